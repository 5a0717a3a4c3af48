//! A person's home and folders, in temporary places, and a core that uses them.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

use orchest_core::App;
use orchest_core::AppDirs;
use orchest_core::Failure;
use orchest_core::contract::snapshot::{LaunchState, LaunchView, PipelineView, Snapshot, Stage, StageState};
use orchest_core::engine::ProcessEnv;
use orchest_core::launch::kept;
use orchest_core::platform::user;
use tempfile::TempDir;

use crate::engine::left_of;
use crate::jupyter::Server;
use crate::proxy::Proxy;

/// How long a test waits for anything.
const PATIENCE: Duration = Duration::from_secs(120);

/// A home of its own. [`Home::stop_all`] stops its launches; a sweep by label removes leftovers of a failed test.
pub struct Home {
    folder: TempDir,
}

/// Dropping the home also removes the data kept for its folders.
impl Drop for Home {
    fn drop(&mut self) {
        let format = "{{.Name}} {{.Label \"org.orchest.pipeline\"}}";
        let list = ["volume", "ls", "--filter", "label=org.orchest.pipeline", "--format", format];
        let Ok(listed) = Command::new("docker").args(list).output() else { return };
        let listed = String::from_utf8_lossy(&listed.stdout).into_owned();
        let below = self.path().canonicalize().unwrap_or_else(|_| self.path().to_owned());
        let ours = listed.lines().filter_map(|line| line.split_once(' '));
        let ours: Vec<&str> = ours.filter(|(_, of)| Path::new(of).starts_with(&below)).map(|(name, _)| name).collect();
        // An installer that still compiles keeps the store until it ends; the sweep removes it then.
        let store = kept::environments(&user::of_this_process(""), &self.places().environment_records()).source;
        let _ = Command::new("docker").args(["volume", "rm", &store]).args(ours).output();
    }
}

impl Default for Home {
    fn default() -> Home {
        Home::new()
    }
}

impl Home {
    /// A new, empty one.
    ///
    /// # Panics
    /// If no temporary folder can be made.
    #[allow(clippy::expect_used)]
    pub fn new() -> Home {
        Home { folder: tempfile::Builder::new().prefix("orchest-test-").tempdir().expect("a temporary folder") }
    }

    /// If it is.
    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    /// The folders in which a core of this home has its files.
    pub fn places(&self) -> AppDirs {
        let place = |name: &str| self.path().join(name).join("orchest");
        AppDirs { config: place("config"), data: place("data"), state: place("state") }
    }

    /// The environment of a program in this home.
    pub fn env(&self) -> Vec<(&'static str, PathBuf)> {
        vec![
            ("XDG_CONFIG_HOME", self.path().join("config")),
            ("XDG_DATA_HOME", self.path().join("data")),
            ("XDG_STATE_HOME", self.path().join("state")),
            ("XDG_CACHE_HOME", self.path().join("cache")),
        ]
    }

    /// A core of this home that has looked for the engine.
    pub async fn app(&self) -> App {
        // If `ORCHEST_LOG` is set, the first core's log is the test's log, too.
        if std::env::var_os("ORCHEST_LOG").is_some() {
            let _ = orchest_core::logs::app_log::start(&self.places(), true);
        }
        let app = App::start(self.places());
        app.settled().await;
        app
    }

    /// The terminal program, built beside the test, in this home.
    ///
    /// # Panics
    /// If it is not built.
    #[allow(clippy::expect_used)]
    pub fn orchest(&self, arguments: &[&str]) -> Command {
        let test = std::env::current_exe().expect("the test's own path");
        let program = test.ancestors().nth(2).expect("the folder of programs").join("orchest");
        assert!(program.exists(), "`cargo build -p orchest-cli` makes {}", program.display());
        let mut command = Command::new(program);
        command.args(arguments).envs(self.env());
        command
    }

    /// The terminal program, run by another one: `sh -c 'umask 077; exec "$@"' sh`, `setpriv …`.
    pub fn orchest_by(&self, runner: &[&str], arguments: &[&str]) -> Command {
        let program = self.orchest(arguments);
        let mut command = Command::new(runner[0]);
        command.args(&runner[1..]).arg(program.get_program()).args(arguments).envs(self.env());
        command
    }

    /// A core of this home for this engine; it may not have found the engine yet.
    pub fn app_with(&self, proxy: &Proxy) -> App {
        App::start_amid(self.places(), proxy.around())
    }

    /// A kernelspec of this name: the shipped one for Python, with another image.
    ///
    /// # Panics
    /// If it cannot be written.
    #[allow(clippy::expect_used)]
    pub fn kernelspec(&self, name: &str, image: &str) {
        let shipped = Path::new(env!("CARGO_MANIFEST_DIR")).join("../etc/kernels/python_docker/kernel.json");
        let spec = std::fs::read_to_string(shipped).expect("the shipped kernelspec");
        let folder = self.places().kernels_dir().join(name);
        std::fs::create_dir_all(&folder).expect("a folder");
        let spec = spec.replace("orchest/kernel-python:VERSION", image);
        std::fs::write(folder.join("kernel.json"), spec).expect("a kernelspec");
    }

    /// A core of this home with these variables in addition to those of the test.
    pub async fn app_amid(&self, variables: &[(&str, &str)]) -> App {
        let mut around = ProcessEnv::of_this_process();
        around.env.extend(variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
        let app = App::start_amid(self.places(), around);
        app.settled().await;
        app
    }

    /// A new folder with this name, with a notebook in it.
    ///
    /// # Panics
    /// If it cannot be made.
    #[allow(clippy::expect_used)]
    pub fn pipeline(&self, name: &str) -> PathBuf {
        let folder = self.path().join("folders").join(name);
        std::fs::create_dir_all(&folder).expect("a folder");
        std::fs::write(folder.join("first.ipynb"), NOTEBOOK).expect("a notebook");
        folder.canonicalize().expect("the folder's own path")
    }

    /// The same, with these files beside it.
    ///
    /// # Panics
    /// If one cannot be written.
    #[allow(clippy::expect_used)]
    pub fn pipeline_of(&self, name: &str, files: &[(&str, &str)]) -> PathBuf {
        let folder = self.pipeline(name);
        for (file, text) in files {
            let file = folder.join(file);
            std::fs::create_dir_all(file.parent().expect("a parent")).expect("a folder");
            std::fs::write(file, text).expect("a file");
        }
        folder
    }
}

/// A notebook with one cell.
pub const NOTEBOOK: &str = r#"{"cells":[{"cell_type":"code","execution_count":null,"id":"one","metadata":{},
"outputs":[],"source":["print(6 * 7)"]}],"metadata":{"kernelspec":{"display_name":"Python 3","language":"python",
"name":"python_docker"}},"nbformat":4,"nbformat_minor":5}"#;

/// Waits until `found` gives a value for a snapshot, and answers with that value.
///
/// # Panics
/// If that does not happen in time; the last snapshot is printed.
pub async fn until<T>(app: &App, what: &str, found: impl Fn(&Snapshot) -> Option<T>) -> T {
    let mut snapshots = app.snapshots();
    let waited = tokio::time::timeout(PATIENCE, async {
        loop {
            let snapshot: Arc<Snapshot> = snapshots.borrow_and_update().clone();
            if let Some(found) = found(&snapshot) {
                return found;
            }
            if snapshots.changed().await.is_err() {
                std::future::pending::<()>().await;
            }
        }
    })
    .await;
    waited.unwrap_or_else(|_| panic!("no snapshot with {what}; the last: {:#?}", app.snapshots().borrow()))
}

/// Waits until a launch has begun this stage, or is ready.
pub async fn begun(app: &App, id: &str, stage: Stage) {
    until(app, "the stage", |snapshot| {
        let launch = launch_of(snapshot, id)?;
        let begun = launch.stages.iter().any(|view| view.stage == stage && view.state != StageState::Waiting);
        (begun || launch.state == LaunchState::Running).then_some(())
    })
    .await;
}

/// The pipeline with this id.
pub fn pipeline<'a>(snapshot: &'a Snapshot, id: &str) -> Option<&'a PipelineView> {
    snapshot.pipeline(id)
}

/// The launch of the pipeline with this id.
pub fn launch_of(snapshot: &Snapshot, id: &str) -> Option<LaunchView> {
    pipeline(snapshot, id).and_then(|pipeline| pipeline.launch.clone())
}

/// Launches a folder and waits until it runs.
///
/// # Errors
/// The failure that the person would see.
pub async fn launched(app: &App, folder: &Path, kernelspec: Option<&str>) -> Result<String, Failure> {
    let id = app.launch_folder(folder.to_owned(), kernelspec.map(str::to_owned), None).await?;
    let ended = until(app, "an end of the launch", |snapshot| {
        launch_of(snapshot, &id)
            .filter(|launch| matches!(launch.state, LaunchState::Running | LaunchState::Failed | LaunchState::Broken))
    })
    .await;
    match ended.failure {
        Some(failure) => Err(failure),
        None => Ok(id),
    }
}

/// Stops a launch and waits until the window would show none.
///
/// # Panics
/// If it cannot be stopped.
pub async fn stopped(app: &App, id: &str) {
    if let Err(failure) = app.stop(id).await {
        panic!("not stopped: {failure:?}");
    }
    until(app, "no launch", |snapshot| launch_of(snapshot, id).is_none().then_some(())).await;
}

/// Stops launches, and sees that nothing of them is left on the engine.
///
/// # Panics
/// If something is left.
pub async fn stop_all(app: &App, ids: &[&str]) {
    for id in ids {
        stopped(app, id).await;
        assert_eq!(left_of(id), Vec::<String>::new());
    }
}

/// The server of a launch that runs.
///
/// # Panics
/// If there is none.
#[allow(clippy::unwrap_used)]
pub async fn server_of(app: &App, id: &str) -> Server {
    Server::at(&app.url(id).await.unwrap())
}
