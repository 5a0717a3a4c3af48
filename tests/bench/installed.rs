//! (l) The packages of `make package`: their sizes, the start of the installed program against an empty window, and the
//! first launch after an installation, with images from a file and with images that the program builds.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

use orchest_core::App;
use orchest_core::contract::snapshot::LaunchState;
use orchest_core::images;
use orchest_tests::engine::docker;
use orchest_tests::home::{Home, launch_of, launched, stopped};
use orchest_tests::jupyter::Server;
use orchest_tests::private::PrivateEngine;

use crate::images::Base;
use crate::{compare, middle, millis, window};

/// The name of the part of [`from_file`] that runs with networks of its own.
pub const FROM_FILE: &str = "first-launch";

pub async fn of_installed(rounds: usize) {
    sizes();
    if std::env::var_os("DISPLAY").is_some() {
        start(rounds).await;
    } else {
        println!("(l) the start of the installed program: there is no screen");
    }
    if rustix::process::geteuid().is_root() {
        first_launch(rounds).await;
    } else {
        println!("(l) the first launch: only root can start an engine for it");
    }
}

/// A folder that `make package` fills.
fn made(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../target").join(name);
    assert!(folder.exists(), "{} is missing; hint: `make package`", folder.display());
    folder
}

fn sizes() {
    let mut files: Vec<_> = fs::read_dir(made("packages")).unwrap().flatten().collect();
    files.sort_by_key(fs::DirEntry::file_name);
    for file in files {
        let name = file.file_name().into_string().unwrap();
        if name != "SHA256SUMS" {
            println!("(l) {name:<56} {:>8.1} MB", file.metadata().unwrap().len() as f64 / 1e6);
        }
    }
    println!("(l) {:<56} {:>8.1} MB", "installed", size_of(&made("package-stage")) as f64 / 1e6);
}

/// Of all files below a folder, bytes.
fn size_of(folder: &Path) -> u64 {
    let size = |entry: fs::DirEntry| {
        if entry.file_type().unwrap().is_dir() { size_of(&entry.path()) } else { entry.metadata().unwrap().len() }
    };
    fs::read_dir(folder).unwrap().flatten().map(size).sum()
}

async fn start(rounds: usize) {
    let home = Home::new();
    let program = made("package-stage").join("bin/orchest-desktop");
    let (mut ours, mut empty) = (vec![], vec![]);
    // A first round is not counted, so that all files have been read from disk.
    for round in 0..=rounds {
        let one = window::start_of(&home, &program).await;
        let other = window::empty(&home).await;
        if round > 0 {
            ours.push(one.first_command);
            empty.push(other.first_command);
        }
    }
    compare("(l) first command: installed, an empty window", "ms", millis(&ours), millis(&empty));
}

async fn first_launch(rounds: usize) {
    let home = Home::new();
    let file = home.path().join("all.orchest-images");
    let mut orchest = Command::new(made("package-stage").join("bin/orchest"));
    let exported = orchest.args(["images", "export"]).arg(&file).envs(home.env()).output().unwrap();
    assert!(exported.status.success(), "{}", String::from_utf8_lossy(&exported.stderr));
    let (mut imports, mut from_file, mut built) = (vec![], vec![], vec![]);
    for round in 1..=rounds {
        let base = Base::new(&home, &format!("{round}-first"));
        built.push(build_and_launch(&base.0).await);
        let [import, all] = from_file_in_isolation(&file);
        imports.push(import);
        from_file.push(all);
        println!("round {round} of {rounds} done");
    }
    println!("(l) {:<56} {:>8.1} s", "the import of the file", middle(imports));
    compare("(l) first launch to a cell: from a file, built", "s", from_file, built);
}

/// Seconds from the press to a cell's output, on an engine that has the base image alone.
async fn build_and_launch(base: &str) -> f64 {
    let names = [images::gateway(), images::server(), images::kernel_python()];
    let kept = |name: &str| format!("orchest-bench/kept-{}", name.trim_start_matches("orchest/"));
    for name in &names {
        docker(&["tag", name, &kept(name)]);
        docker(&["rmi", name]);
    }
    let home = Home::new();
    let app = home.app_amid(&[("ORCHEST_BASE_IMAGE", base)]).await;
    let began = Instant::now();
    let id = app.launch_folder(home.pipeline("built"), None, None).await.unwrap();
    let ended = |state| matches!(state, LaunchState::Running | LaunchState::Failed | LaunchState::Broken);
    let mut snapshots = app.snapshots();
    let over = snapshots.wait_for(|all| launch_of(all, &id).is_some_and(|launch| ended(launch.state)));
    assert_eq!(over.await.unwrap().pipeline(&id).unwrap().launch.as_ref().unwrap().failure, None);
    let took = cell(&app, &id, began).await;
    stopped(&app, &id).await;
    for name in &names {
        docker(&["rmi", name]);
        docker(&["tag", &kept(name), name]);
        docker(&["rmi", &kept(name)]);
    }
    took
}

/// Seconds since `began` when a kernel's first cell has its output.
async fn cell(app: &App, id: &str, began: Instant) -> f64 {
    let server = Server::at(&app.url(id).await.unwrap());
    let mut kernel = server.start("python_docker", "first.ipynb").await.unwrap();
    assert_eq!(kernel.execute("print(6 * 7)").await.text, "42\n");
    began.elapsed().as_secs_f64()
}

/// [`from_file`] in a process with networks of its own: its engine would change those of this machine.
fn from_file_in_isolation(file: &Path) -> [f64; 2] {
    let mut command = Command::new("unshare");
    command.args(["--mount", "--net"]).arg(std::env::current_exe().unwrap()).arg(FROM_FILE).arg(file);
    let output = command.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

/// Prints the seconds of the import alone, and those from its beginning to a cell's output, on an engine without images.
pub async fn from_file(file: PathBuf) {
    let home = Home::new();
    let engine = PrivateEngine::start_in(home.path(), &[]);
    let app = App::start_amid(home.places(), engine.around());
    app.settled().await;
    let began = Instant::now();
    app.import_images(file).await.unwrap();
    let imported = began.elapsed().as_secs_f64();
    let id = launched(&app, &home.pipeline("from-file"), None).await.unwrap();
    let all = cell(&app, &id, began).await;
    stopped(&app, &id).await;
    println!("[{imported}, {all}]");
}
