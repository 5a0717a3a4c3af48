//! Folders with files of conda. The packages come from a channel that a test makes and serves: it has the Python and the R
//! of the kernels' images, a library, and packages for both.

use std::process::Command;
use std::time::Duration;

use orchest_core::contract::environment::Language;
use orchest_core::contract::snapshot::Stage;
use orchest_tests::engine::{created_since, docker, moment};
use orchest_tests::home::{Home, launch_of, launched, server_of, stop_all};
use orchest_tests::r_repository::RRepository;

use crate::environments::{folder, printed, write};

/// A small package without requirements, which is a wheel of PyPI.
const WHEEL: &str = "cowsay==6.1";
/// A notebook of R.
pub(super) const OF_R: &str = r#"{"cells": [], "metadata": {"kernelspec": {"name": "ir", "display_name": "R", "language": "R"}},
    "nbformat": 4, "nbformat_minor": 5}"#;
const PROGRAM: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/python/environment/channel.py");

/// A container that serves a channel on the engine's default network.
struct Channel {
    container: String,
    /// Its address, without the channel.
    address: String,
}

impl Channel {
    async fn serve(name: &str) -> Channel {
        Self::serve_from(name, &orchest_core::images::kernel_python()).await
    }

    /// A channel with the Python, and the R if there is one, of an image.
    async fn serve_from(name: &str, image: &str) -> Channel {
        let container = format!("orchest-tests-channel-{name}-{}", std::process::id());
        let program = format!("{PROGRAM}:/channel.py:ro");
        let run = ["run", "-d", "--name", &container, "-v", &program, "--entrypoint", "/opt/venv/bin/python"];
        docker(&[&run[..], &[image, "/channel.py", "/tmp/channels", "8000"]].concat());
        let mut channel = Channel { container, address: String::new() };
        for _ in 0..600 {
            if let Some(address) = docker(&["logs", &channel.container]).first() {
                channel.address.clone_from(address);
                return channel;
            }
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
        panic!("the channel is not served");
    }

    fn url(&self) -> String {
        format!("{}/made", self.address)
    }

    /// A file beside the channel.
    fn file(&self, name: &str) -> String {
        docker(&["exec", &self.container, "cat", &format!("/tmp/channels/{name}")]).join("\n")
    }

    /// An `environment.yml`.
    fn environment(&self, packages: &[&str]) -> String {
        let lines: String = packages.iter().map(|package| format!("  - {package}\n")).collect();
        format!("channels: [{}, nodefaults]\ndependencies:\n{lines}", self.url())
    }
}

impl Drop for Channel {
    fn drop(&mut self) {
        let _ = Command::new("docker").args(["rm", "-f", &self.container]).output();
    }
}

/// Prepares the conda installer's image, which takes as long as it takes, and makes the folder's environment.
async fn made(app: &orchest_core::App, folder: &std::path::Path) -> String {
    let id = app.look_at(folder.to_owned()).await.unwrap();
    app.update_environment(&id, false, true).await.unwrap_or_else(|failure| panic!("{failure:?}"));
    id
}

#[tokio::test(flavor = "multi_thread")]
async fn a_kernel_runs_with_the_python_of_the_environment_and_has_its_packages() {
    let (home, channel) = (Home::new(), Channel::serve("kernel").await);
    let text = channel.environment(&["python", "birds >=1", &format!("pip: [\"{WHEEL}\"]")]);
    let birds = folder(&home, "birds", "environment.yml", &format!("{text}variables:\n  WINGS: two\n"));
    let second =
        folder(&home, "second", "binder/environment.yml", &format!("# the same\n{text}variables: {{WINGS: two}}\n"));
    let app = home.app().await;
    let id = made(&app, &birds).await;
    launched(&app, &birds, None).await.unwrap();
    let server = server_of(&app, &id).await;
    let there = "import birds, cowsay, sys; print(birds.VERSION, birds.__file__, cowsay.__version__, sys.base_prefix)";
    let site = "/environment/lib/python3.11/site-packages";
    assert_eq!(printed(&server, there).await.trim(), format!("1.2 {site}/birds/__init__.py 6.1 /environment"));
    let found = printed(&server, "import sys, os; print(sys.prefix, os.path.realpath(sys.executable))").await;
    assert_eq!(found.trim(), "/home/orchest/environment/3.11 /environment/bin/python3.11");
    let set = "import os; print(*(os.environ[name] for name in ('CONDA_PREFIX', 'WINGS', 'CLIB_DATA')))";
    assert_eq!(printed(&server, set).await.trim(), "/environment two /environment/share/clib");
    let script = "import os, socket; print(os.environ['CLIB_HOME'], os.environ['CLIB_FOUND_BY'], socket.gethostname())";
    let said = printed(&server, script).await;
    let [place, library, host, own] = said.split_whitespace().collect::<Vec<_>>()[..] else { panic!("{said}") };
    assert_eq!((place, library), ("/environment/share/clib", "/environment/lib"));
    assert_eq!(host, own, "the script of activation runs in the kernel's container");
    assert_eq!(printed(&server, "!clib-config; birds").await.trim(), "/environment/lib\r\nbirds 1.2");
    let bytes = "print(b'/environment/share/clib\\0' in open('/environment/lib/libclib.so', 'rb').read())";
    assert_eq!(printed(&server, bytes).await.trim(), "True");
    let other =
        "import importlib.util, os; print(importlib.util.find_spec('numpy'), os.path.exists('/environment/ran'))";
    assert_eq!(
        printed(&server, other).await.trim(),
        "None False",
        "the image's packages are not there, and no script wrote into the environment"
    );

    // What a notebook installs goes into the layer of this Python, and is there in the next launch.
    printed(&server, "%pip install -q sniffio==1.3.1").await;
    let packages = app.environment_packages(&id).await.unwrap();
    assert_eq!(packages.by_hand.iter().map(|one| one.name.as_str()).collect::<Vec<_>>(), ["sniffio"]);
    let named = |name: &str| packages.installed.iter().find(|one| one.name == name).cloned().unwrap();
    assert!(named("birds").asked && named("cowsay").asked && !named("clib").asked && named("clib").size > 500);
    stop_all(&app, &[&id]).await;
    let before = moment();
    launched(&app, &birds, None).await.unwrap();
    assert_eq!(created_since(&before, &id), ["gateway", "server"]);
    let server = server_of(&app, &id).await;
    assert_eq!(printed(&server, "import sniffio, birds; print(sniffio.__version__)").await.trim(), "1.3.1");

    // A second folder with the same packages has the same environment, and soon.
    let two = launched(&app, &second, None).await.unwrap();
    let launch = launch_of(&app.snapshots().borrow(), &two).unwrap();
    let stage = launch.stages.iter().find(|stage| stage.stage == Stage::Environment).unwrap();
    // About a second on a quiet machine: a container starts, and finds what is there.
    assert!(stage.took.unwrap() < 30_000, "{stage:?}");
    let other = server_of(&app, &two).await;
    let key = "print([line.split()[3] for line in open('/proc/self/mountinfo') if line.split()[4] == '/environment'])";
    let (a, b) = tokio::join!(printed(&server, key), printed(&other, key));
    assert!(a.contains("/environments/") && a == b, "{a} {b}");
    stop_all(&app, &[&id, &two]).await;
    app.forget(&id).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn each_kind_of_a_conda_file_gives_a_kernel_that_imports_what_it_names() {
    let (home, channel) = (Home::new(), Channel::serve("kinds").await);
    let subdir = if cfg!(target_arch = "aarch64") { "linux-aarch64" } else { "linux-64" };
    let pixi = format!(
        "[workspace]\nchannels = [\"{}\"]\nplatforms = [\"{subdir}\"]\n[dependencies]\nbirds = \">=1\"\n",
        channel.url()
    );
    let condarc = format!("channels: [own]\ncustom_channels:\n  own: {}\n", channel.address).replace("own", "made");
    let kinds = [
        ("pixi", "pixi.toml", format!("{pixi}[pypi-dependencies]\ncowsay = \"==6.1\"\n"), vec![]),
        ("locked", "pixi.toml", pixi, vec![("pixi.lock", channel.file("pixi.lock"))]),
        ("lock", "conda-lock.yml", channel.file("conda-lock.yml"), vec![]),
        ("condarc", "environment.yaml", "dependencies: [birds]\n".to_owned(), vec![(".condarc", condarc)]),
    ];
    let app = home.app().await;
    for (name, file, text, more) in kinds {
        let folder = folder(&home, name, file, &text);
        more.iter().for_each(|(file, text)| write(&folder, file, text));
        let id = made(&app, &folder).await;
        launched(&app, &folder, None).await.unwrap_or_else(|failure| panic!("{name}: {failure:?}"));
        let server = server_of(&app, &id).await;
        let said = printed(&server, "import birds, sys; print(birds.VERSION, sys.base_prefix)").await;
        assert_eq!(said.trim(), "1.2 /environment", "{name}");
        stop_all(&app, &[&id]).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn another_environment_of_a_pixi_file_can_be_picked_in_the_terminal() {
    let (home, channel) = (Home::new(), Channel::serve("features").await);
    let text = format!(
        "[workspace]\nchannels = [\"{}\"]\nplatforms = []\n[dependencies]\npython = \"*\"\n\
         [feature.wings.dependencies]\nbirds = \"*\"\n[environments]\nwings = [\"wings\"]\n",
        channel.url()
    );
    let folder = folder(&home, "features", "pixi.toml", &text);
    let dir = folder.to_str().unwrap();
    let out = home.orchest(&["env", "use", "pixi.toml:tails", "--dir", dir]).output().unwrap();
    let said = String::from_utf8_lossy(&out.stderr).into_owned();
    assert!(out.status.code() == Some(1) && said.contains("`pixi.toml:tails`"), "{said}");
    let has_birds = "import importlib.util; print(importlib.util.find_spec('birds') is not None)";
    for (picked, wanted) in [("pixi.toml:wings", "True"), ("pixi.toml", "False")] {
        let out = home.orchest(&["env", "use", picked, "--dir", dir]).output().unwrap();
        assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
        let app = home.app().await;
        let id = made(&app, &folder).await;
        let view = app.environment(&id).await.unwrap().unwrap();
        let used: Vec<_> = view.files.iter().map(|file| (file.path.as_str(), file.used)).collect();
        assert_eq!(used, [("pixi.toml", picked == "pixi.toml"), ("pixi.toml:wings", picked != "pixi.toml")]);
        launched(&app, &folder, None).await.unwrap();
        assert_eq!(printed(&server_of(&app, &id).await, has_birds).await.trim(), wanted, "{picked}");
        stop_all(&app, &[&id]).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn packages_of_pip_without_a_wheel_are_built_for_the_python_of_the_environment() {
    let (home, channel) = (Home::new(), Channel::serve("sources").await);
    let text = channel.environment(&["python", "birds >=1", "pip: [\"docopt==0.6.2\", \"-e .\"]"]);
    let owls = folder(&home, "owls", "environment.yml", &text);
    write(&owls, "setup.py", "from setuptools import setup\nsetup(name='owls', version='1', py_modules=['owls'])\n");
    write(&owls, "owls.py", "import birds\nSEEN = birds.VERSION\n");
    let app = home.app().await;
    let id = made(&app, &owls).await;
    launched(&app, &owls, None).await.unwrap();
    let server = server_of(&app, &id).await;
    let there = "import docopt, owls; print(docopt.__version__, owls.SEEN, owls.__file__, docopt.__file__)";
    let site = "/environment/lib/python3.11/site-packages";
    assert_eq!(printed(&server, there).await.trim(), format!("0.6.2 1.2 /notebooks/owls.py {site}/docopt.py"));
    stop_all(&app, &[&id]).await;
    app.forget(&id).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn an_environment_with_r_gives_kernels_of_r() {
    let (home, repository) = (Home::new(), RRepository::start().await);
    let channel = Channel::serve_from("r", &orchest_core::images::kernel_r()).await;
    let finches = folder(&home, "finches", "environment.yml", &channel.environment(&["r-base >=4", "r-stringr"]));
    write(&finches, "first.ipynb", OF_R);
    let app = home.app().await;
    let id = made(&app, &finches).await;
    launched(&app, &finches, None).await.unwrap();
    let server = server_of(&app, &id).await;
    let (_, specs) = server.get("/api/kernelspecs").await;
    assert_eq!(specs["kernelspecs"]["this_folder"]["spec"]["language"], "R");
    let there = "library(stringr); cat(str_c('fin', 'ch'), R.home(), find.package('stringr'), getOption('of.conda'))";
    let library = "/environment/lib/R/library";
    assert_eq!(printed(&server, there).await.trim(), format!("finch /environment/lib/R {library}/stringr TRUE"));
    let other = "cat('ggplot2' %in% rownames(installed.packages()), Sys.getenv('CONDA_PREFIX'), Sys.which('R'))";
    assert_eq!(printed(&server, other).await.trim(), "FALSE /environment /environment/bin/R", "not the image's R");
    let view = app.environment(&id).await.unwrap().unwrap();
    assert_eq!((view.language, view.python.as_deref()), (Language::R, Some("4.2.2")));
    let packages = app.environment_packages(&id).await.unwrap().installed;
    let asked: Vec<&str> = packages.iter().filter(|one| one.asked).map(|one| one.name.as_str()).collect();
    assert_eq!(asked, ["r-base", "r-stringr"]);

    // What a notebook installs is there in the next launch.
    let install = format!("install.packages('birdsong', repos = '{}', quiet = TRUE); cat('done')", repository.url);
    assert!(printed(&server, &install).await.ends_with("done"));
    let by_hand = app.environment_packages(&id).await.unwrap().by_hand;
    let by_hand: Vec<_> = by_hand.iter().map(|one| (one.name.as_str(), one.language)).collect();
    assert_eq!(by_hand, [("birdsong", Language::R)]);
    stop_all(&app, &[&id]).await;
    launched(&app, &finches, None).await.unwrap();
    let server = server_of(&app, &id).await;
    let kept = "cat(birdsong::sing(), startsWith(find.package('birdsong'), path.expand('~')), R.home())";
    assert_eq!(printed(&server, kept).await.trim(), "chirp 1.2.0 TRUE /environment/lib/R");
    stop_all(&app, &[&id]).await;

    // With Python beside R, the notebooks say which of them kernels are of.
    let both = folder(&home, "both", "environment.yml", &channel.environment(&["r-base", "python"]));
    let id = made(&app, &both).await;
    launched(&app, &both, None).await.unwrap();
    assert_eq!(printed(&server_of(&app, &id).await, "import sys; print(sys.base_prefix)").await.trim(), "/environment");
    stop_all(&app, &[&id]).await;
    write(&both, "first.ipynb", OF_R);
    made(&app, &both).await;
    launched(&app, &both, None).await.unwrap();
    let server = server_of(&app, &id).await;
    let found = printed(&server, "cat(R.home(), Sys.which('python'))").await;
    assert_eq!(found.trim(), "/environment/lib/R /environment/bin/python");
    stop_all(&app, &[&id]).await;
    app.forget(&id).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_launch_whose_conda_packages_cannot_be_had_names_them_and_another_kernelspec_works() {
    let (home, channel) = (Home::new(), Channel::serve("failures").await);
    let app = home.app().await;
    made(&app, &folder(&home, "first", "environment.yml", &channel.environment(&["birds"]))).await;
    for (name, text, wanted) in [
        ("unknown", channel.environment(&["no-such-package-xyz"]), "`no-such-package-xyz`"),
        ("conflict", channel.environment(&["birds", "nests"]), "do not fit together"),
        ("channel", channel.environment(&["birds"]).replace("/made", "/none"), " channel of `environment.yml`"),
        ("r", channel.environment(&["r-base"]), "`r-irkernel`"),
        ("build", channel.environment(&["birds", "pip: [\"./bad\"]"]), "could not be built"),
    ] {
        let folder = folder(&home, name, "environment.yml", &text);
        write(&folder, "first.ipynb", if name == "r" { OF_R } else { "" });
        write(&folder, "bad/setup.py", "raise RuntimeError('no such bird')\n");
        let failure = launched(&app, &folder, None).await.unwrap_err();
        assert!(failure.message.contains(wanted), "{name}: {failure:?}");
        assert!(failure.hint.contains("another kernelspec"), "{name}: {failure:?}");
    }
    let unknown = home.pipeline("unknown");
    let out = home.orchest(&["launch", unknown.to_str().unwrap(), "--no-open"]).output().unwrap();
    let said = String::from_utf8_lossy(&out.stderr).into_owned();
    assert_eq!(out.status.code(), Some(1), "{said}");
    assert!(said.contains("no-such-package-xyz") && !said.contains("Traceback"), "{said}");
    let id = launched(&app, &unknown, Some("python_docker")).await.unwrap();
    stop_all(&app, &[&id]).await;
}

/// Runs `orchest env` with these words for a folder. Answers with its exit code and what it says.
fn env(home: &Home, folder: &std::path::Path, words: &[&str]) -> (Option<i32>, String) {
    let dir = ["--dir", folder.to_str().unwrap()];
    let out = home.orchest(&[&["env"], words, &dir].concat()).output().unwrap();
    (out.status.code(), String::from_utf8_lossy(&out.stderr).into_owned())
}

#[tokio::test(flavor = "multi_thread")]
async fn packages_are_added_to_an_environment_file_and_removed_and_its_other_lines_stay() {
    let (home, channel) = (Home::new(), Channel::serve("edits").await);
    // Spaces and comments are as a person leaves them.
    let text = format!("# mine\n{}  # nothing else yet\n", channel.environment(&["python   # any"]));
    let folder = folder(&home, "edits", "environment.yml", &text);
    let written = || std::fs::read_to_string(folder.join("environment.yml")).unwrap();
    let app = home.app().await;
    let has =
        "import importlib.util; print(*(importlib.util.find_spec(name) is not None for name in ('birds', 'cowsay')))";
    let added = text.replace("# any\n", "# any\n  - birds>=1\n");
    let both = added.replace("birds>=1\n", &format!("birds>=1\n  - pip\n  - pip:\n      - {WHEEL}\n"));
    for (words, file, wanted) in [
        (&["add", "birds>=1"][..], &added, "True False"),
        (&["add", "--pip", WHEEL], &both, "True True"),
        (&["remove", "Birds", "cowsay", "pip"], &text, "False False"),
    ] {
        let (code, said) = env(&home, &folder, words);
        assert!(code == Some(0) && said.contains("environment.yml"), "{said}");
        assert_eq!(written(), *file);
        let id = launched(&app, &folder, None).await.unwrap();
        assert_eq!(printed(&server_of(&app, &id).await, has).await.trim(), wanted);
        stop_all(&app, &[&id]).await;
    }
    for package in ["no-such-package-xyz", "nests"] {
        let (code, said) = env(&home, &folder, &["add", "birds", package]);
        assert!(code == Some(1) && !said.contains("Traceback"), "{said}");
        assert_eq!(written(), text, "it is as it was, byte for byte");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pixi_lock_that_no_longer_fits_is_left_out_until_it_is_written_anew() {
    let (home, channel) = (Home::new(), Channel::serve("stale").await);
    let text = format!(
        "[workspace]\nchannels = [\"{}\"]\nplatforms = []\n\n[dependencies]\nbirds = \"*\"  # they fly\n",
        channel.url()
    );
    let folder = folder(&home, "stale", "pixi.toml", &text);
    let lock = channel.file("pixi.lock");
    write(&folder, "pixi.lock", &lock);
    let (code, said) = env(&home, &folder, &["add", "--pip", WHEEL]);
    assert!(
        code == Some(0) && said.contains("pixi.lock no longer fits to pixi.toml, because `cowsay` changed"),
        "{said}"
    );
    let wanted = format!("{text}\n[pypi-dependencies]\ncowsay = \"==6.1\"\n");
    assert_eq!(std::fs::read_to_string(folder.join("pixi.toml")).unwrap(), wanted);
    let app = home.app().await;
    let id = launched(&app, &folder, None).await.unwrap();
    let there = "import birds, cowsay; print(birds.VERSION, cowsay.__version__)";
    assert_eq!(printed(&server_of(&app, &id).await, there).await.trim(), "1.2 6.1");
    stop_all(&app, &[&id]).await;
    write(&folder, "pixi.lock", &format!("{lock}\n"));
    app.look_at(folder.clone()).await.unwrap();
    let view = app.environment(&id).await.unwrap().unwrap();
    assert_eq!((view.files[0].locked_by.as_deref(), &view.files[0].problems[..]), (Some("pixi.lock"), &[][..]));
}
