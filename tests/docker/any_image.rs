//! Images that were not made for kernels: a Debian of another version with its own Python, those of Dockerfiles and dev
//! containers, and the shipped one with Debian packages.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use orchest_core::contract::environment::EnvironmentState;
use orchest_core::contract::snapshot::{Stage, StageState};
use orchest_core::{App, images};
use orchest_tests::engine::{created_since, docker, left_of, moment};
use orchest_tests::home::{Home, launch_of, launched, stop_all, until};
use orchest_tests::jupyter::{Kernel, Server};
use tokio::sync::OnceCell;

const THIS_FOLDER: &str = "this_folder";
/// Debian 13, whose Python is 3.13. `etc/images/base/make.sh` makes it where no registry can be reached.
const DEBIAN: &str = "orchest/base:trixie";
/// The same with Python.
const PYTHON: &str = "orchest-test/python:trixie";
/// What a compiled package does.
const COMPILED: &str = "import markupsafe._speedups as one; print(one.__file__.rsplit('.', 2)[1][:11])";

/// Has the image of Debian 13 with Python, which all tests share and the engine keeps.
async fn python() -> &'static str {
    static MADE: OnceCell<()> = OnceCell::const_new();
    let make = || {
        if docker(&["images", "-q", DEBIAN]).is_empty() {
            let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../etc/images/base/make.sh");
            let folder = tempfile::tempdir().unwrap();
            let archive = folder.path().join("base.tar");
            let mut make = Command::new("sh");
            let made = make.arg(script).arg(&archive).env("ORCHEST_BASE_SUITE", "trixie").status().unwrap();
            assert!(made.success(), "{DEBIAN} could not be made");
            docker(&["import", "--change", "CMD [\"bash\"]", archive.to_str().unwrap(), DEBIAN]);
        }
        let install = "apt-get update && apt-get install -y --no-install-recommends python3";
        // Its command and its user are none that a kernel could have.
        let text = format!("FROM {DEBIAN}\nRUN {install}\nUSER root\nENTRYPOINT [\"/bin/false\"]\nCMD [\"nothing\"]\n");
        build(PYTHON, &text);
    };
    MADE.get_or_init(async || tokio::task::spawn_blocking(make).await.unwrap()).await;
    PYTHON
}

/// An image that a test builds, removed at the end.
struct Image(String);

impl Image {
    fn of(name: &str, dockerfile: &str) -> Image {
        let tag = format!("orchest-test/{name}:{}", std::process::id());
        build(&tag, dockerfile);
        Image(tag)
    }
}

pub(super) fn build(tag: &str, dockerfile: &str) {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("Dockerfile"), dockerfile).unwrap();
    docker(&["build", "-q", "-t", tag, folder.path().to_str().unwrap()]);
}

impl Drop for Image {
    fn drop(&mut self) {
        let _ =
            Command::new("docker").args(["rmi", "-f", &self.0]).stdout(Stdio::null()).stderr(Stdio::null()).status();
    }
}

async fn kernel(app: &App, id: &str, kernelspec: &str, notebook: &str) -> Kernel {
    let server = Server::at(&app.url(id).await.unwrap());
    server.start(kernelspec, notebook).await.unwrap_or_else(|failure| panic!("{failure}"))
}

async fn printed(kernel: &mut Kernel, code: &str) -> String {
    let output = kernel.execute(code).await;
    assert_eq!(output.error, None, "{code}");
    output.text.trim().to_owned()
}

/// The image that was made for a folder.
fn image_of(home: &Home, id: &str) -> String {
    let record = fs::read_to_string(home.places().environment_record(id)).unwrap();
    let record: serde_json::Value = serde_json::from_str(&record).unwrap();
    record["made"]["image"].as_str().unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_python_of_any_image_runs_a_kernel_that_installs_and_is_interrupted_and_restarted() {
    let home = Home::new();
    home.kernelspec("debian", python().await);
    let app = home.app().await;
    let id = launched(&app, &home.pipeline("any"), Some("debian")).await.unwrap();
    let mut here = kernel(&app, &id, "debian", "first.ipynb").await;
    let version = "import sys, os; print(sys.version_info[:2], sys.executable, os.getuid() != 0)";
    let python = "(3, 13) /home/orchest/environment/3.13/bin/python";
    assert!(printed(&mut here, version).await.starts_with(python));
    // A package of the image, and one that is compiled for its Python.
    assert_eq!(printed(&mut here, "import IPython, math; print('there')").await, "there");
    let installed = here.execute("%pip install -q markupsafe==3.0.2").await;
    assert_eq!(installed.error, None, "{}", installed.text);
    assert_eq!(printed(&mut here, COMPILED).await, "cpython-313");

    let sent = here.begin("import time\nprint('begun', flush=True)\ntime.sleep(60)").await;
    here.interrupt().await;
    assert!(here.outcome(&sent).await.error.is_some_and(|error| error.contains("KeyboardInterrupt")));
    let mut again = here.restart().await;
    assert_eq!(printed(&mut again, COMPILED).await, "cpython-313");
    stop_all(&app, &[&id]).await;

    // What was found out is remembered: the next launch starts no container for it.
    let before = moment();
    launched(&app, &home.pipeline("any"), Some("debian")).await.unwrap();
    assert_eq!(created_since(&before, &id), ["gateway", "server"]);
    stop_all(&app, &[&id]).await;
    app.forget(&id).await.unwrap();

    let tested = home.orchest(&["kernels", "test", "debian"]).output().unwrap();
    assert!(tested.status.success(), "{}", String::from_utf8_lossy(&tested.stderr));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_image_that_no_launch_knows_is_made_ready_while_the_page_waits() {
    let home = Home::new();
    home.kernelspec("debian", python().await);
    let app = home.app().await;
    app.attend();
    let id = launched(&app, &home.pipeline("offered"), Some("python_docker")).await.unwrap();
    let mut here = kernel(&app, &id, "debian", "first.ipynb").await;
    assert_eq!(printed(&mut here, "import sys; print(sys.version_info[1])").await, "13");
    stop_all(&app, &[&id]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_image_that_cannot_run_kernels_is_refused_before_the_launch_is_ready() {
    let home = Home::new();
    let app = home.app().await;
    let none = Image::of("none", "FROM orchest/base:bookworm\nRUN rm -f /usr/bin/python3*\n");
    let bare = Image::of("bare", "FROM scratch\nENV A=1\n");
    let old = Image::of(
        "old",
        "FROM orchest/base:bookworm\nRUN rm -f /usr/bin/python3* && printf '#!/bin/sh\\necho '\\''{\"program\": \
         \"/usr/bin/python3\", \"version\": \"3.6.9\", \"implementation\": \"cpython\", \"free\": false, \
         \"machine\": \"x86_64\", \"glibc\": \"2.27\", \"musl\": false, \"sites\": []}'\\''\\n' \
         > /usr/bin/python3 && chmod 755 /usr/bin/python3\n",
    );
    for (name, image, wanted) in [
        ("none", &none, "has no Python that a kernel could run with"),
        ("bare", &bare, "has no Python that a kernel could run with"),
        ("old", &old, "is 3.6.9, and kernels need 3.8 or newer"),
    ] {
        home.kernelspec(name, &image.0);
        let folder = home.pipeline(name);
        let failure = launched(&app, &folder, Some(name)).await.unwrap_err();
        assert!(failure.message.contains(wanted) && failure.message.contains(&image.0), "{name}: {failure:?}");
        assert!(!failure.hint.is_empty());
        let id = orchest_core::folder::pipeline::id_of(&folder);
        assert_eq!(left_of(&id), Vec::<String>::new());
        let probes = docker(&["ps", "-a", "--filter", &format!("name=orchest-{id}-python"), "--format", "{{.Names}}"]);
        assert_eq!(probes, Vec::<String>::new());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dockerfile_gives_the_folders_kernels_their_image() {
    let home = Home::new();
    let text = format!(
        "FROM {}\nCOPY words.txt data/ /opt/words/\nRUN id -u > /opt/words/built-by && ls -a /opt/words > /opt/words/list\n\
         RUN useradd -u 4711 ada\nUSER ada\nENTRYPOINT [\"/bin/sh\", \"-c\", \"exit 9\"]\nENV FROM_IMAGE=yes\n",
        python().await
    );
    let files = [
        ("Dockerfile", text.as_str()),
        ("words.txt", "one"),
        ("data/kept.txt", "kept"),
        ("data/secret.txt", "secret"),
        (".dockerignore", "data/secret*\n"),
        ("requirements.txt", "cowsay==6.1\n"),
    ];
    let birds = home.pipeline_of("birds", &files);
    let app = home.app().await;
    // A window asks first, with the text.
    let id = app.add_pipeline(birds.clone()).await.unwrap();
    let asks = until(&app, "the question", |snapshot| {
        let view = snapshot.pipeline(&id)?.environment.clone()?;
        (view.state == EnvironmentState::Asks).then_some(view)
    })
    .await;
    let file = asks.files.iter().find(|file| file.used).unwrap();
    assert!(file.path == "Dockerfile" && file.builds && file.asks[0] == text.lines().next().unwrap(), "{file:?}");
    assert!(app.launch(&id).await.unwrap_err().message.contains("Dockerfile"));
    app.allow_environment(&id).await.unwrap();
    app.launch(&id).await.unwrap();
    app.until_ready(&id, |_| {}).await.unwrap();
    let mut here = kernel(&app, &id, THIS_FOLDER, "first.ipynb").await;
    let code = "import sys, os; print(sys.version_info[1], os.environ['FROM_IMAGE'], os.getuid() != 4711)\n\
                for name in ('built-by', 'list', 'words.txt'): print(open('/opt/words/' + name).read().split())";
    assert_eq!(
        printed(&mut here, code).await,
        "13 yes True\n['0']\n['.', '..', 'built-by', 'kept.txt', 'list', 'words.txt']\n['one']"
    );
    assert_eq!(here.execute("%pip install -q markupsafe==3.0.2").await.error, None);
    stop_all(&app, &[&id]).await;

    let first = image_of(&home, &id);
    let before = moment();
    launched(&app, &birds, None).await.unwrap();
    let launch = launch_of(&app.snapshots().borrow(), &id).unwrap();
    let stage = launch.stages.iter().find(|stage| stage.stage == Stage::Environment).unwrap();
    assert_eq!(stage.state, StageState::Done);
    assert_eq!(created_since(&before, &id), ["gateway", "server"]);
    let mut here = kernel(&app, &id, THIS_FOLDER, "first.ipynb").await;
    assert_eq!(printed(&mut here, COMPILED).await, "cpython-313");
    stop_all(&app, &[&id]).await;

    // Another file that is copied makes another image, and the old one goes.
    fs::write(birds.join("words.txt"), "two").unwrap();
    launched(&app, &birds, None).await.unwrap();
    let mut here = kernel(&app, &id, THIS_FOLDER, "first.ipynb").await;
    assert_eq!(printed(&mut here, "print(open('/opt/words/words.txt').read())").await, "two");
    stop_all(&app, &[&id]).await;
    let second = image_of(&home, &id);
    assert!(first != second && docker(&["images", "-q", &first]).is_empty());

    // The person may pick the list of packages instead; then nobody needs the image.
    app.pick_environment_file(&id, "requirements.txt").await.unwrap();
    app.update_environment(&id, false, true).await.unwrap();
    assert_eq!(app.clean_environments(true).await.unwrap().environments, std::slice::from_ref(&second));
    app.clean_environments(false).await.unwrap();
    assert_eq!(docker(&["images", "-q", &second]), Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_step_of_a_dockerfile_that_fails_is_shown_with_its_log() {
    let home = Home::new();
    let text = format!("FROM {DEBIAN}\nRUN echo the library is missing && exit 3\n");
    python().await;
    let app = home.app().await;
    let broken = home.pipeline_of("broken", &[("binder/Dockerfile", &text)]);
    let failure = launched(&app, &broken, None).await.unwrap_err();
    assert!(failure.message.contains("image of `binder/Dockerfile` could not be built"), "{failure:?}");
    assert!(failure.log.iter().any(|line| line == "the library is missing"), "{failure:?}");
    assert!(fs::read_to_string(failure.log_file.unwrap()).unwrap().contains("the library is missing"));
    let id = orchest_core::folder::pipeline::id_of(&broken);
    assert_eq!(left_of(&id), Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_build_that_is_cancelled_leaves_nothing_and_can_be_tried_again() {
    let home = Home::new();
    let marked = format!("sleep-{}", std::process::id());
    let text = format!("FROM {}\nRUN echo {marked} && sleep 20\n", python().await);
    let app = home.app().await;
    let slow = home.pipeline_of("slow", &[("Dockerfile", &text)]);
    let id = app.launch_folder(slow.clone(), None, None).await.unwrap();
    until(&app, "the step", |snapshot| {
        let stages = launch_of(snapshot, &id)?.stages;
        let stage = stages.into_iter().find(|stage| stage.stage == Stage::Environment)?;
        stage.log.contains(&marked).then_some(())
    })
    .await;
    let cancelled = Instant::now();
    app.cancel(&id).await.unwrap();
    app.until_gone(&id).await.unwrap();
    assert!(cancelled.elapsed() < Duration::from_secs(3), "{:?}", cancelled.elapsed());
    let builds = || {
        let all = docker(&["ps", "-a", "--no-trunc", "--format", "{{.Command}}"]);
        all.into_iter().filter(|command| command.contains(&marked)).count()
    };
    for _ in 0..50 {
        if builds() == 0 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    assert_eq!((builds(), left_of(&id)), (0, Vec::new()));
    launched(&app, &slow, None).await.unwrap();
    stop_all(&app, &[&id]).await;
    docker(&["rmi", &image_of(&home, &id)]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dev_container_gives_the_folders_kernels_its_image_or_that_of_its_dockerfile() {
    let home = Home::new();
    let app = home.app().await;
    let image = format!("// ours\n{{ \"image\": \"{}\", \"features\": {{\"x\": {{}}}}, }}", python().await);
    let build =
        r#"{ "build": { "dockerfile": "Image", "context": "..", "args": { "WORD": "said" }, "target": "first" } }"#;
    let dockerfile = format!(
        "FROM {PYTHON} AS first\nARG WORD=none\nCOPY own.txt /own.txt\nRUN echo $WORD >> /own.txt\n\
         FROM first\nRUN exit 1\n"
    );
    let named = home.pipeline_of("named", &[(".devcontainer/devcontainer.json", &image)]);
    let built = home.pipeline_of(
        "built",
        &[(".devcontainer/devcontainer.json", build), (".devcontainer/Image", &dockerfile), ("own.txt", "own ")],
    );
    for (folder, code, wanted) in [
        (&named, "import sys; print(sys.version_info[1])", "13"),
        (&built, "print(open('/own.txt').read().split())", "['own', 'said']"),
    ] {
        let id = launched(&app, folder, None).await.unwrap_or_else(|failure| panic!("{failure:?}"));
        let mut here = kernel(&app, &id, THIS_FOLDER, "first.ipynb").await;
        assert_eq!(printed(&mut here, code).await, wanted);
        stop_all(&app, &[&id]).await;
    }
    docker(&["rmi", &image_of(&home, &orchest_core::folder::pipeline::id_of(&built))]);
}

/// The engine of the tests has no GPUs: its refusal shows that they were requested.
#[tokio::test(flavor = "multi_thread")]
async fn a_dev_containers_gpus_are_requested_and_left_out_where_it_can_do_without() {
    let home = Home::new();
    let app = home.app().await;
    let folder = |name: &str, gpu: &str| {
        let text = format!(r#"{{ "image": "{}", "hostRequirements": {{ "gpu": {gpu} }} }}"#, images::kernel_python());
        home.pipeline_of(name, &[(".devcontainer/devcontainer.json", &text)])
    };
    let (needed, optional) = (folder("needed", "true"), folder("optional", "\"optional\""));
    let ids = [launched(&app, &needed, None).await.unwrap(), launched(&app, &optional, None).await.unwrap()];
    let said = |id: &str, stage: Stage| {
        let stages = launch_of(&app.snapshots().borrow(), id).unwrap().stages;
        stages.into_iter().find(|view| view.stage == stage).unwrap().detail
    };
    assert!(said(&ids[0], Stage::Engine).contains("reports no GPUs, and kernels of `this_folder` ask for them"));
    let server = Server::at(&app.url(&ids[0]).await.unwrap());
    let refused = server.start(THIS_FOLDER, "first.ipynb").await.err().unwrap();
    assert!(refused.contains("The folder's `devcontainer.json` asks for GPUs, and the engine has none"), "{refused}");

    assert!(said(&ids[1], Stage::Environment).ends_with("so its kernels have none"));
    let mut here = kernel(&app, &ids[1], THIS_FOLDER, "first.ipynb").await;
    assert_eq!(printed(&mut here, "print('ran')").await, "ran");
    stop_all(&app, &[&ids[0], &ids[1]]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_programs_of_an_apt_txt_are_there_beside_the_packages() {
    let home = Home::new();
    let birds =
        home.pipeline_of("birds", &[("requirements.txt", "cowsay==6.1\n"), ("apt.txt", "tree  # for the docs\n")]);
    let app = home.app().await;
    let id = launched(&app, &birds, None).await.unwrap_or_else(|failure| panic!("{failure:?}"));
    let mut here = kernel(&app, &id, THIS_FOLDER, "first.ipynb").await;
    assert!(printed(&mut here, "!tree --version").await.starts_with("tree v"));
    assert_eq!(printed(&mut here, "import cowsay; print(cowsay.__file__)").await, "/environment/cowsay/__init__.py");
    stop_all(&app, &[&id]).await;
    let image = image_of(&home, &id);
    fs::write(birds.join("apt.txt"), "no-such-package-xyz\n").unwrap();
    let failure = launched(&app, &birds, None).await.unwrap_err();
    assert!(failure.message.contains("apt.txt"), "{failure:?}");
    assert!(failure.log.iter().any(|line| line.contains("no-such-package-xyz")), "{failure:?}");
    docker(&["rmi", &image]);
}
