//! Folders that want another Python than the shipped one. Their kernels run with one that uv fetches from a mirror of the
//! test: CPython, built from its sources.

use orchest_tests::home::{Home, launched, server_of, stop_all};
use orchest_tests::python_image::{Mirror, NAME, VERSION};

use crate::environments::printed;

/// Names a list of Pythons.
const LIST: &str = "UV_PYTHON_DOWNLOADS_JSON_URL";

/// How often a mirror was asked for its archive.
fn fetched(mirror: &Mirror) -> usize {
    mirror.log().iter().filter(|line| line.contains("GET /python.tar.gz")).count()
}

const PROJECT: &str = "[project]\nname = \"new\"\nversion = \"1\"\nrequires-python = \">=3.13,<3.14\"\n\
                       dependencies = [\"markupsafe==3.0.2\", \"docopt==0.6.2\"]\n";

#[tokio::test(flavor = "multi_thread")]
async fn a_folder_that_wants_another_python_has_it_and_another_folder_shares_it() {
    let home = Home::new();
    let mirror = Mirror::start();
    let new = home.pipeline_of("new", &[("pyproject.toml", PROJECT)]);
    let other = home.pipeline_of(
        "other",
        &[("requirements.txt", "markupsafe==3.0.2\ndocopt==0.6.2\n"), (".python-version", "3.13\n")],
    );
    let app = home.app_amid(&[(LIST, &mirror.list)]).await;
    // The builder's image is built first, which takes as long as it takes.
    let id = app.look_at(new.clone()).await.unwrap();
    app.update_environment(&id, false, true).await.unwrap_or_else(|failure| panic!("{failure:?}"));
    launched(&app, &new, None).await.unwrap_or_else(|failure| panic!("{failure:?}"));
    let server = server_of(&app, &id).await;
    let said = printed(
        &server,
        "import sys, platform, sysconfig, docopt, markupsafe._speedups as fast; \
         print(platform.python_version(), sys.prefix, docopt.__version__, fast.__file__)",
    )
    .await;
    let layer = "/home/orchest/environment/3.13";
    let compiled = "/environment/markupsafe/_speedups.cpython-313-x86_64-linux-gnu.so";
    // The old package that was built gives warnings of its own.
    assert_eq!(said.lines().next(), Some(format!("{VERSION} {layer} 0.6.2 {compiled}").as_str()));
    let walls = format!(
        "import os, json\nprint(os.listdir('/store'), os.listdir('/store/pythons'), os.path.isfile(json.__cached__))\n\
         try: open('/store/pythons/{NAME}/x', 'w')\nexcept OSError as error: print(error.strerror)"
    );
    let closed = format!("['pythons'] ['{NAME}'] True\nRead-only file system");
    assert_eq!(printed(&server, &walls).await, closed, "one Python, with its bytecode, and nothing else");

    // By the three ways of a notebook, in a program, and in an environment of its own.
    for install in
        ["%pip install -q humanize==4.12.0", "!pip install -q sniffio==1.3.1", "!uv pip install -q h11==0.16.0"]
    {
        printed(&server, install).await;
    }
    let programs = "!python -V; python3 -c 'import docopt, humanize, h11, sniffio, sys; print(sys.prefix)'\n\
                    !python -m venv /tmp/own && /tmp/own/bin/pip --version && /tmp/own/bin/python -c 'import ssl, ctypes'";
    let said = printed(&server, programs).await;
    assert!(said.contains(&format!("Python {VERSION}")) && said.contains(layer), "{said}");
    assert!(said.contains("/tmp/own/lib/python3.13/site-packages/pip"), "{said}");
    let by_hand = app.environment_packages(&id).await.unwrap().by_hand;
    let by_hand: Vec<&str> = by_hand.iter().map(|one| one.name.as_str()).collect();
    assert_eq!(by_hand, ["h11", "humanize", "sniffio"]);
    let view = app.snapshots().borrow().pipeline(&id).and_then(|pipeline| pipeline.environment.clone()).unwrap();
    assert_eq!(view.python.as_deref(), Some(VERSION));

    let second = launched(&app, &other, None).await.unwrap();
    let shared = "import sys; print(sys.version.split()[0], \
                  [line.split()[3] for line in open('/proc/self/mountinfo') if line.split()[4] == '/environment'])";
    let there = server_of(&app, &second).await;
    let (one, two) = (printed(&server, shared).await, printed(&there, shared).await);
    assert!(one == two && one.contains("/environments/"), "{one} {two}");
    // The installer asked once, and the builder, which keeps nothing, for each folder.
    assert_eq!(fetched(&mirror), 3);
    stop_all(&app, &[&id, &second]).await;
    app.forget(&id).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_python_that_cannot_be_had_is_explained_and_the_shipped_one_can_be_picked() {
    let home = Home::new();
    let mirror = Mirror::start();
    let files = |python: &'static str| [("requirements.txt", "cowsay==6.1\n"), (".python-version", python)];
    let with = home.app_amid(&[(LIST, &mirror.list)]).await;
    for wanted in ["3.99", "2.7"] {
        let failure = launched(&with, &home.pipeline_of(wanted, &files(wanted)), None).await.unwrap_err();
        assert!(failure.message.contains(wanted) && failure.message.contains("there is 3.13"), "{failure:?}");
        assert!(failure.hint.contains(".python-version") && failure.hint.contains("3.11"), "{failure:?}");
    }
    drop(with);
    let away = home.app_amid(&[(LIST, "http://127.0.0.1:9/list.json")]).await;
    let new = home.pipeline_of("away", &files("3.13"));
    let failure = launched(&away, &new, None).await.unwrap_err();
    assert!(failure.message.contains("3.13") && failure.message.contains("http://127.0.0.1:9"), "{failure:?}");
    assert!(failure.hint.contains("UV_PYTHON_INSTALL_MIRROR") && failure.hint.contains("3.11"), "{failure:?}");
    let id = launched(&away, &new, Some("python_docker")).await.unwrap();
    stop_all(&away, &[&id]).await;
}
