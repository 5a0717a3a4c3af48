//! Folders whose files name packages: what their kernels have, who else sees it, and what fails with which words.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use orchest_core::contract::environment::{EnvironmentState, Language};
use orchest_core::contract::snapshot::{Stage, StageState};
use orchest_tests::engine::{created_since, docker, in_role, moment};
use orchest_tests::home::{Home, launch_of, launched, server_of, stop_all, until};
use orchest_tests::jupyter::Server;
use orchest_tests::packages::{Manner, Packages, wheel};
use orchest_tests::served::bridge;

const THIS_FOLDER: &str = "this_folder";
/// A small package without requirements, which is a wheel, and one that is only there as sources.
const WHEEL: &str = "cowsay==6.1";
const SOURCES: &str = "docopt==0.6.2";

/// A folder with a file.
pub(super) fn folder(home: &Home, name: &str, file: &str, text: &str) -> PathBuf {
    home.pipeline_of(name, &[(file, text)])
}

pub(super) fn write(folder: &Path, file: &str, text: &str) {
    fs::create_dir_all(folder.join(file).parent().unwrap()).unwrap();
    fs::write(folder.join(file), text).unwrap();
}

/// What a cell prints in a new kernel of the folder's environment.
pub(super) async fn printed(server: &Server, code: &str) -> String {
    server.printed(THIS_FOLDER, code).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_kernel_has_what_the_folder_asks_for_and_keeps_what_it_installs() {
    let home = Home::new();
    let birds = folder(&home, "birds", "requirements.txt", &format!("{WHEEL}\n"));
    let app = home.app().await;
    let id = launched(&app, &birds, None).await.unwrap();
    let server = server_of(&app, &id).await;
    let (_, specs) = server.get("/api/kernelspecs").await;
    assert_eq!(specs["default"], THIS_FOLDER);
    assert_eq!(specs["kernelspecs"][THIS_FOLDER]["spec"]["display_name"], "birds");
    let there = printed(&server, "import cowsay, sys; print(cowsay.__version__, cowsay.__file__)").await;
    assert_eq!(there.trim(), "6.1 /environment/cowsay/__init__.py");
    let other = printed(&server, "import importlib.util; print(importlib.util.find_spec('numpy'))").await;
    assert_eq!(other.trim(), "None", "the image's own packages are not the folder's");
    let closed = "import os, glob\ntry: os.mkdir('/environment/x')\nexcept OSError as error: print(error.strerror, glob.glob('/store/*'))";
    assert_eq!(printed(&server, closed).await.trim(), "Read-only file system []");

    // By the three ways of a notebook; all of it is there in the next launch.
    for install in
        ["%pip install -q humanize==4.12.0", "!pip install -q sniffio==1.3.1", "!uv pip install -q h11==0.16.0"]
    {
        printed(&server, install).await;
    }
    stop_all(&app, &[&id]).await;
    launched(&app, &birds, None).await.unwrap();
    let server = server_of(&app, &id).await;
    let names = "import humanize, sniffio, h11, cowsay; print(humanize.__version__, h11.__version__)";
    assert_eq!(printed(&server, names).await.trim(), "4.12.0 0.16.0");

    let packages = app.environment_packages(&id).await.unwrap();
    let by_hand: Vec<&str> = packages.by_hand.iter().map(|one| one.name.as_str()).collect();
    assert_eq!(by_hand, ["h11", "humanize", "sniffio"]);
    assert!(packages.installed.iter().any(|one| one.name == "cowsay" && one.asked));
    app.remove_by_hand(&id, Language::Python, &["humanize".to_owned()]).await.unwrap();
    let gone = printed(&server, "import importlib.util; print(importlib.util.find_spec('humanize'))").await;
    assert_eq!(gone.trim(), "None");
    stop_all(&app, &[&id]).await;
    app.forget(&id).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn an_environment_is_made_once_and_folders_with_the_same_packages_share_it() {
    let home = Home::new();
    let (first, second) = (
        folder(&home, "first", "requirements.txt", &format!("{WHEEL}\n")),
        folder(&home, "second", "binder/requirements.txt", &format!("# the same\n{WHEEL}  # really\n")),
    );
    let app = home.app().await;
    let (one, two) = tokio::join!(launched(&app, &first, None), launched(&app, &second, None));
    let (one, two) = (one.unwrap(), two.unwrap());
    let key = "import os; print([line.split()[3] for line in open('/proc/self/mountinfo') if line.split()[4] == '/environment'])";
    let (a, b) = (server_of(&app, &one).await, server_of(&app, &two).await);
    let (a, b) = tokio::join!(printed(&a, key), printed(&b, key));
    assert!(a.contains("/environments/") && a == b, "{a} {b}");
    stop_all(&app, &[&one, &two]).await;

    // The second launch finds it without a container.
    let before = moment();
    launched(&app, &first, None).await.unwrap();
    let launch = launch_of(&app.snapshots().borrow(), &one).unwrap();
    let stage = launch.stages.iter().find(|stage| stage.stage == Stage::Environment).unwrap();
    assert_eq!(stage.state, StageState::Done);
    assert_eq!(created_since(&before, &one), ["gateway", "server"]);
    stop_all(&app, &[&one]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn each_kind_of_file_for_python_gives_a_kernel_that_imports_what_it_names() {
    let home = Home::new();
    let script = serde_json::json!({
        "cells": [{ "cell_type": "code", "source": "# /// script\n# dependencies = [\"cowsay==6.1\"]\n# ///\n",
                    "id": "a", "metadata": {}, "outputs": [], "execution_count": null }],
        "metadata": {}, "nbformat": 4, "nbformat_minor": 5,
    });
    let kinds = [
        ("pyproject", "pyproject.toml", format!("[project]\nname = \"a\"\nversion = \"1\"\ndependencies = [\"{WHEEL}\"]\n")),
        ("groups", "pyproject.toml", format!("[dependency-groups]\ndev = [\"{WHEEL}\"]\n")),
        ("poetry", "pyproject.toml", "[tool.poetry]\nname = \"a\"\nversion = \"1\"\n[tool.poetry.dependencies]\npython = \"^3.11\"\ncowsay = \"6.1\"\n".to_owned()),
        ("pipfile", "Pipfile", "[packages]\ncowsay = \"==6.1\"\n".to_owned()),
        ("windows", "requirements.txt", format!("\u{feff}{WHEEL} ; python_version >= '3'\r\n-c limits.txt\r\n")),
        ("notebook", "own.ipynb", script.to_string()),
    ];
    let app = home.app().await;
    for (name, file, text) in kinds {
        let folder = folder(&home, name, file, &text);
        write(&folder, "limits.txt", "cowsay<7\n");
        let id = launched(&app, &folder, None).await.unwrap_or_else(|failure| panic!("{name}: {failure:?}"));
        let server = server_of(&app, &id).await;
        let said = printed(&server, "import cowsay; print(cowsay.__version__)").await;
        assert_eq!(said.trim(), "6.1", "{name}");
        stop_all(&app, &[&id]).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_must_be_built_is_built_where_nothing_of_the_person_or_of_others_is() {
    let home = Home::new();
    // A setup.py that looks for everything it must not see, and puts what it finds into the package.
    let setup = r#"
import glob, os, setuptools
found = [place for place in ("/store", "/var/run/docker.sock", "/notebooks/secret.csv", "/environment", "/home/orchest/environment")
         if os.path.exists(place) and (not os.path.isdir(place) or os.listdir(place))]
found += [name for name in os.environ if "TOKEN" in name]
setuptools.setup(name="prying", version="1", description=f"{found} {os.getuid()}", py_modules=["prying"])
"#;
    let prying = folder(&home, "prying", "setup.py", setup);
    write(&prying, "requirements.txt", &format!("./\n{SOURCES}\n"));
    write(&prying, "prying.py", "here = __file__\n");
    write(&prying, "secret.csv", "a,b\n");
    let app = home.app().await;
    // The builder's image is built first, which takes as long as it takes.
    let id = app.look_at(prying.clone()).await.unwrap();
    app.update_environment(&id, false, true).await.unwrap_or_else(|failure| panic!("{failure:?}"));
    launched(&app, &prying, None).await.unwrap();
    let server = server_of(&app, &id).await;
    let said = printed(&server, "import docopt, prying; print(docopt.__version__, prying.here)").await;
    // The folder itself is installed as it is, so that a change shows at once.
    assert_eq!(said.trim(), "0.6.2 /notebooks/prying.py");
    let said = printed(&server, "import importlib.metadata as m; print(m.metadata('prying')['Summary'])").await;
    assert_eq!(said.trim(), "[] 65500");
    stop_all(&app, &[&id]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_launch_whose_packages_cannot_be_had_names_them_and_leaves_nothing() {
    let home = Home::new();
    let app = home.app().await;
    for (name, text, wanted) in [
        ("unknown", "no-such-package-xyz\n", "`no-such-package-xyz`"),
        ("conflict", "cowsay==6.1\ncowsay==5.0\n", "do not fit together"),
    ] {
        let failure = launched(&app, &folder(&home, name, "requirements.txt", text), None).await.unwrap_err();
        assert!(failure.message.contains(wanted), "{failure:?}");
        assert!(failure.hint.contains("requirements.txt"), "{failure:?}");
    }
    let unknown = home.pipeline("unknown");
    let out = home.orchest(&["launch", unknown.to_str().unwrap(), "--no-open"]).output().unwrap();
    let said = String::from_utf8_lossy(&out.stderr).into_owned();
    assert_eq!(out.status.code(), Some(1), "{said}");
    assert!(said.contains("no-such-package-xyz"), "{said}");
    // A kernelspec of the person's choice goes on without the environment.
    let id = launched(&app, &unknown, Some("python_docker")).await.unwrap();
    stop_all(&app, &[&id]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_window_asks_before_it_installs_and_again_when_the_files_change() {
    let home = Home::new();
    let birds = folder(&home, "birds", "requirements.txt", &format!("{WHEEL}\n"));
    let app = home.app().await;
    let id = app.add_pipeline(birds.clone()).await.unwrap();
    let state = |wanted: EnvironmentState| {
        let (app, id) = (app.clone(), id.clone());
        async move {
            until(&app, "the environment", |snapshot| {
                let view = snapshot.pipeline(&id)?.environment.clone()?;
                (view.state == wanted).then_some(view)
            })
            .await
        }
    };
    let asks = state(EnvironmentState::Asks).await;
    assert_eq!(asks.files[0].asks, [WHEEL]);
    let refused = app.launch(&id).await.unwrap_err();
    assert!(refused.message.contains("requirements.txt"), "{refused:?}");
    app.allow_environment(&id).await.unwrap();
    state(EnvironmentState::Wanted).await;
    app.launch(&id).await.unwrap();
    app.until_ready(&id, |_| {}).await.unwrap();
    state(EnvironmentState::Ready).await;

    // The running kernel keeps what it has; the next one has what the file says then.
    let server = server_of(&app, &id).await;
    let mut running = server.start(THIS_FOLDER, "first.ipynb").await.unwrap();
    assert_eq!(running.execute("import cowsay; print(cowsay.__version__)").await.text.trim(), "6.1");
    write(&birds, "requirements.txt", "cowsay==5.0\n");
    assert!(state(EnvironmentState::Asks).await.changed);
    app.allow_environment(&id).await.unwrap();
    app.update_environment(&id, false, false).await.unwrap();
    assert_eq!(running.execute("import importlib.metadata as m; print(m.version('cowsay'))").await.text.trim(), "6.1");
    assert_eq!(printed(&server, "import importlib.metadata as m; print(m.version('cowsay'))").await.trim(), "5.0");
    stop_all(&app, &[&id]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_installation_that_is_cancelled_leaves_no_container_and_can_be_tried_again() {
    let home = Home::new();
    let birds = folder(&home, "birds", "requirements.txt", "pandas\nmatplotlib\n");
    let app = home.app().await;
    let id = app.add_pipeline(birds.clone()).await.unwrap();
    for wait_ms in [0, 300, 700, 1500] {
        app.launch_folder(birds.clone(), None, None).await.unwrap();
        tokio::time::sleep(std::time::Duration::from_millis(wait_ms)).await;
        let _ = app.cancel(&id).await;
        app.until_gone(&id).await.unwrap();
        // One that was done may still compile, and ends by itself.
        let named = format!("name=orchest-{id}-install");
        let installers = || docker(&["ps", "-a", "--filter", &named, "--format", "{{.Names}}"]);
        for _ in 0..240 {
            if installers().is_empty() {
                break;
            }
            tokio::time::sleep(Duration::from_millis(500)).await;
        }
        assert_eq!(installers(), Vec::<String>::new());
    }
    launched(&app, &birds, None).await.unwrap();
    let server = server_of(&app, &id).await;
    assert_eq!(printed(&server, "import pandas, matplotlib; print('there')").await.trim(), "there");
    stop_all(&app, &[&id]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn environments_that_no_folder_uses_are_removed_and_others_stay() {
    let home = Home::new();
    let (kept, gone) = (
        folder(&home, "kept", "requirements.txt", &format!("{WHEEL}\n")),
        folder(&home, "gone", "requirements.txt", "sniffio==1.3.1\n"),
    );
    let app = home.app().await;
    for folder in [&kept, &gone] {
        let id = app.look_at(folder.clone()).await.unwrap();
        app.update_environment(&id, false, true).await.unwrap();
    }
    assert_eq!(app.clean_environments(true).await.unwrap().environments.len(), 0);
    fs::remove_dir_all(&gone).unwrap();
    let would = app.clean_environments(true).await.unwrap();
    assert!(would.environments.len() == 1 && would.frees > 0, "{would:?}");
    let cleaned = app.clean_environments(false).await.unwrap();
    assert_eq!((cleaned.environments, cleaned.dry_run), (would.environments, false));
    let id = launched(&app, &kept, None).await.unwrap();
    let server = server_of(&app, &id).await;
    assert_eq!(printed(&server, "import cowsay; print('there')").await.trim(), "there");
    stop_all(&app, &[&id]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_index_with_a_password_is_used_and_the_password_stays_nowhere() {
    const PASSWORD: &str = "kingfisher-5512";
    let manner = Manner { login: Some(("ann", PASSWORD)), ..Manner::default() };
    let packages = Packages::start(bridge(), vec![wheel("inhouse", "1.0", 0)], manner).await;
    let index = |password: &str| format!("http://ann:{password}@{}/simple", packages.host);

    let home = Home::new();
    let wrong = home.app_amid(&[("UV_INDEX", &index("wrong"))]).await;
    let inhouse = folder(&home, "inhouse", "requirements.txt", "inhouse==1.0\n");
    let failure = launched(&wrong, &inhouse, None).await.unwrap_err();
    assert!(failure.message.contains(&packages.host), "{failure:?}");
    assert!(!format!("{failure:?}").contains("wrong"), "{failure:?}");

    let right = home.app_amid(&[("UV_INDEX", &index(PASSWORD))]).await;
    let id = launched(&right, &inhouse, None).await.unwrap_or_else(|failure| panic!("{failure:?}"));
    let server = server_of(&right, &id).await;
    assert_eq!(printed(&server, "import inhouse; print(inhouse.VERSION)").await.trim(), "1.0");
    let variables = printed(&server, "import os; print(dict(os.environ))").await;
    assert!(!variables.contains(PASSWORD), "{variables}");
    // The installer has it until it ends.
    let containers = ["server", "gateway", "kernel"].map(|role| in_role(&id, role)).concat();
    let inspected = containers.iter().flat_map(|one| docker(&["inspect", one])).collect::<Vec<_>>().join("\n");
    assert!(!inspected.is_empty() && !inspected.contains(PASSWORD));
    let owner = orchest_core::platform::user::of_this_process("");
    let store = orchest_core::launch::kept::environments(&owner, &home.places().environment_records()).source;
    let image = concat!("orchest/kernel-python:", env!("CARGO_PKG_VERSION"));
    let mount = format!("{store}:/store:ro");
    let search = ["run", "--rm", "-u", "0", "-v", &mount, "--entrypoint", "grep", image];
    let found = Command::new("docker").args(search).args(["-rlF", PASSWORD, "/store"]).output().unwrap();
    assert_eq!((found.status.code(), found.stdout), (Some(1), Vec::new()), "the store has the password");
    let own = Command::new("grep").args(["-rlF", PASSWORD]).arg(home.path()).output().unwrap();
    assert_eq!(own.status.code(), Some(1), "{}", String::from_utf8_lossy(&own.stdout));
    stop_all(&right, &[&id]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_network_a_filled_cache_serves_and_an_empty_one_says_what_is_missing() {
    let home = Home::new();
    let packages = Packages::start(bridge(), vec![wheel("inhouse", "1.0", 0)], Manner::default()).await;
    let index = packages.index();
    let online = home.app_amid(&[("UV_INDEX", &index)]).await;
    for (name, text) in [("first", "inhouse==1.0\n"), ("second", &format!("{WHEEL}\n"))] {
        let id = online.look_at(folder(&home, name, "requirements.txt", text)).await.unwrap();
        online.update_environment(&id, false, true).await.unwrap_or_else(|failure| panic!("{failure:?}"));
    }
    drop((online, packages));

    // Nothing listens at this port: each connection is refused.
    let nowhere = format!("http://{}:9", bridge());
    let none = ["HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy"].map(|name| (name, nowhere.as_str()));
    let variables = [&none[..], &[("UV_INDEX", &index), ("NO_PROXY", ""), ("no_proxy", "")]].concat();
    let offline = home.app_amid(&variables).await;
    // Another set than both: it is made of what the cache has.
    let both = folder(&home, "both", "requirements.txt", &format!("inhouse==1.0\n{WHEEL}\n"));
    let id = launched(&offline, &both, None).await.unwrap_or_else(|failure| panic!("{failure:?}"));
    let server = server_of(&offline, &id).await;
    let said = printed(&server, "import inhouse, cowsay; print(inhouse.VERSION, cowsay.__version__)").await;
    assert_eq!(said.trim(), "1.0 6.1");
    stop_all(&offline, &[&id]).await;

    let missing = folder(&home, "missing", "requirements.txt", "humanize==4.12.0\n");
    let failure = launched(&offline, &missing, None).await.unwrap_err();
    let said = format!("{} {}", failure.message, failure.hint);
    assert!(said.contains("network") || said.contains("reach"), "{failure:?}");
}
