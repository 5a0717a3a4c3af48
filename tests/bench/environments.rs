//! (j) Environments: the installation of a usual set of packages, a second folder with the same set, a launch that finds
//! its environment, the first import, and the disk; each beside what a person would use instead.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use orchest_core::App;
use orchest_tests::engine::docker;
use orchest_tests::home::{Home, launched, stopped};
use orchest_tests::jupyter::Server;

use crate::{compare, millis};

const SET: &str = "numpy\npandas\nmatplotlib\nscikit-learn\nipykernel\n";
/// The lock of a large application.
const LARGE: &str = include_str!("large-application.txt");
/// A small package, by which a set becomes another one.
const ONE_MORE: &str = "cowsay==6.1\n";
const IMAGE: &str = "orchest-bench/pip";
/// The image that the set is installed on by pip: the kernels' own Python and pip, without their packages' versions.
const BASE: &str = concat!("orchest/kernel-python:", env!("CARGO_PKG_VERSION"));

pub async fn of_environments(rounds: usize) {
    let (mut empty, mut by_pip, mut again, mut by_uv) = (vec![], vec![], vec![], vec![]);
    let (mut ready, mut shipped, mut import, mut shipped_import) = (vec![], vec![], vec![], vec![]);
    let (mut large, mut large_by_uv, mut disk) = (vec![], vec![], vec![]);
    for round in 1..=rounds {
        let home = Home::new();
        let app = home.app().await;
        let first = folder(&home, "first", SET);
        empty.push(made(&app, &first).await);
        by_pip.push(pip(&first));
        let one = store_of(&home);
        let mut others = Vec::new();
        for number in 2..=10 {
            let other = folder(&home, &format!("folder-{number}"), SET);
            let took = made(&app, &other).await;
            others.push(took);
        }
        again.push(others[0]);
        by_uv.push(uv(&home, SET));
        disk.push(store_of(&home) / one);
        let mut both = [(&mut ready, &mut import, None), (&mut shipped, &mut shipped_import, Some("python_docker"))];
        // The second launch of a pair may find more in the machine's caches.
        if round % 2 == 0 {
            both.reverse();
        }
        for (times, imports, kernelspec) in both {
            let began = Instant::now();
            let id = launched(&app, &first, kernelspec).await.unwrap();
            times.push(began.elapsed());
            imports.push(first_import(&app, &id, kernelspec.unwrap_or("this_folder")).await);
            stopped(&app, &id).await;
        }
        made(&app, &folder(&home, "large", LARGE)).await;
        large.push(made(&app, &folder(&home, "larger", &format!("{LARGE}{ONE_MORE}"))).await);
        large_by_uv.push(uv(&home, LARGE));
        println!("round {round} of {rounds} done");
    }
    compare("(j) the set, empty cache; docker build by pip", "ms", millis(&empty), millis(&by_pip));
    compare("(j) the set in another folder; uv on the host, filled", "ms", millis(&again), millis(&by_uv));
    compare("(j) launch: environment ready, shipped kernelspec", "ms", millis(&ready), millis(&shipped));
    compare("(j) first import of pandas: environment, shipped", "ms", millis(&import), millis(&shipped_import));
    compare("(j) 300 packages, filled cache; uv on the host", "ms", millis(&large), millis(&large_by_uv));
    let ones = disk.iter().map(|_| 1.0).collect();
    compare("(j) disk: ten folders, one", "", disk, ones);
}

fn folder(home: &Home, name: &str, requirements: &str) -> PathBuf {
    let folder = home.pipeline(name);
    fs::write(folder.join("requirements.txt"), requirements).unwrap();
    folder
}

async fn made(app: &App, folder: &Path) -> Duration {
    let began = Instant::now();
    let id = app.look_at(folder.to_owned()).await.unwrap();
    app.update_environment(&id, false, true).await.unwrap();
    began.elapsed()
}

fn pip(folder: &Path) -> Duration {
    let dockerfile = format!(
        "FROM {BASE}\nUSER 0\nRUN /usr/bin/python3 -m venv /mine\nCOPY requirements.txt /\nRUN /mine/bin/pip install -q -r /requirements.txt\n"
    );
    fs::write(folder.join("Dockerfile.bench"), dockerfile).unwrap();
    let file = folder.join("Dockerfile.bench");
    let began = Instant::now();
    let mut build = Command::new("docker");
    build.env("DOCKER_BUILDKIT", "0").args(["build", "-q", "--no-cache", "-t", IMAGE, "-f"]).arg(&file).arg(folder);
    assert!(build.output().unwrap().status.success());
    let took = began.elapsed();
    fs::remove_file(file).unwrap();
    docker(&["rmi", "-f", IMAGE]);
    took
}

/// `uv venv` and `uv pip install` on this machine, with a cache that has it all.
fn uv(home: &Home, packages: &str) -> Duration {
    let uv = Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/python/environment/bin/uv");
    let cache = home.path().join("uv-cache");
    let requirements = home.path().join("requirements.txt");
    fs::write(&requirements, packages).unwrap();
    let install = |venv: &Path| {
        let run = |arguments: &[&str]| {
            let done = Command::new(&uv).args(arguments).env("UV_CACHE_DIR", &cache).output().unwrap();
            assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
        };
        run(&["venv", "-q", venv.to_str().unwrap()]);
        let python = venv.join("bin/python");
        run(&["pip", "install", "-q", "--python", python.to_str().unwrap(), "-r", requirements.to_str().unwrap()]);
    };
    let (first, second) = (home.path().join("venv-1"), home.path().join("venv-2"));
    install(&first);
    let began = Instant::now();
    install(&second);
    let took = began.elapsed();
    for venv in [first, second] {
        fs::remove_dir_all(venv).unwrap();
    }
    took
}

async fn first_import(app: &App, id: &str, kernelspec: &str) -> Duration {
    let server = Server::at(&app.url(id).await.unwrap());
    let mut kernel = server.start(kernelspec, "import.ipynb").await.unwrap();
    let began = Instant::now();
    assert_eq!(kernel.execute("import pandas").await.error, None);
    began.elapsed()
}

/// The bytes of the store's files, each counted once.
fn store_of(home: &Home) -> f64 {
    let owner = orchest_core::platform::user::of_this_process("");
    let store = orchest_core::launch::kept::environments(&owner, &home.places().environment_records()).source;
    let mount = format!("{store}:/store:ro");
    let said = docker(&["run", "--rm", "-u", "0", "-v", &mount, "--entrypoint", "du", BASE, "-sb", "/store"]);
    said.first().and_then(|line| line.split_whitespace().next()?.parse().ok()).unwrap()
}
