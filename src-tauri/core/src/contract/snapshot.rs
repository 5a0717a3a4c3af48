//! Everything that an interface shows at one moment, as plain data.
//!
//! These types cross to the window as JSON; `ui/src/api/types.ts` is generated from them (see `tests/bridge_types.rs`).
//! Times are milliseconds since the Unix epoch, durations milliseconds, sizes bytes.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::contract::choices::{Limits, OnClose, Sort, Theme};
use crate::contract::environment::EnvironmentView;
use crate::contract::failure::Failure;
use crate::contract::machine::MachineView;
use crate::contract::notice::{Notice, Tone};
use crate::contract::place::{FolderPlace, PlaceView};
use crate::contract::updates::UpdatesView;
use crate::contract::variables::{EnvFileView, VariableView};

/// Everything that an interface shows at one moment. Each snapshot replaces the whole of the previous one.
#[derive(Clone, Debug, PartialEq, Serialize, TS)]
pub struct Snapshot {
    /// Grows by one with each snapshot of this process.
    #[ts(type = "number")]
    pub revision: u64,
    /// The state of the engine.
    pub engine: EngineState,
    /// The set-up of the engine that is under way, or has failed.
    pub engine_setup: Option<EngineSetup>,
    /// The folders of the list, and running folders that are not in it: first running ones, then pinned ones, then the
    /// others in the chosen order. Other people's launches of other folders come last.
    pub pipelines: Vec<PipelineView>,
    /// The usable kernelspecs, by display name.
    pub kernelspecs: Vec<KernelspecView>,
    /// The folders in the kernels directory without a usable kernelspec, with the reason.
    pub kernelspec_problems: Vec<KernelspecProblem>,
    /// The kernels directory, which the user may edit.
    pub kernels_dir: String,
    /// The places where launches can run other than on this machine alone, by name.
    pub places: Vec<PlaceView>,
    /// The other machines, by name. Their folders and launches are among the pipelines.
    pub machines: Vec<MachineView>,
    /// The images that launches need, and whether they are on the engine; empty while no engine answers.
    pub images: Vec<ImageView>,
    /// Images that are being prepared ahead of a launch.
    pub preparing: Option<StageView>,
    /// They come from a file.
    pub importing: bool,
    /// The path of a file with images that the person dropped or opened: the window asks whether to import it.
    pub offered_images: Option<String>,
    /// The person closed the window while launches run: the window asks whether to keep or stop them.
    pub closing: bool,
    /// Messages, newest last. Each stays until it is dismissed.
    pub notices: Vec<NoticeView>,
    /// The person's choices.
    pub settings: SettingsView,
    /// Newer versions of the program.
    pub updates: UpdatesView,
    /// The person drags folders over the window, and dropping them adds them.
    pub dropping: bool,
    /// The folder that was last asked for outside of the page: dropped, named on the command line, or chosen in the
    /// tray.
    pub reveal: Option<Reveal>,
}

impl Snapshot {
    /// The pipeline with this id.
    pub fn pipeline(&self, id: &str) -> Option<&PipelineView> {
        self.pipelines.iter().find(|pipeline| pipeline.id == id)
    }

    /// The launch of the pipeline with this id.
    pub fn launch(&self, id: &str) -> Option<&LaunchView> {
        self.pipeline(id)?.launch.as_ref()
    }
}

/// The person's choices, and the defaults of the others.
#[derive(Clone, Debug, PartialEq, Serialize, TS)]
pub struct SettingsView {
    /// The settings file, which the person may edit.
    pub file: String,
    /// The colours of the window.
    pub theme: Theme,
    /// The zoom of the window; 1 is the normal size.
    pub zoom: f64,
    /// The order of the list, below running launches and pinned folders.
    pub sort: Sort,
    /// What to do with running launches when the window is closed; by default the window asks.
    pub on_close: Option<OnClose>,
    /// How long a launch has to become ready, seconds.
    #[ts(type = "number")]
    pub launch_timeout_s: u64,
    /// The default of it.
    #[ts(type = "number")]
    pub launch_timeout_default_s: u64,
    /// An unused launch is stopped after this time, minutes; never by default.
    pub idle_stop_min: Option<f64>,
    /// The limits of a launch's containers.
    pub limits: Limits,
    /// The browser opens as soon as a launch is ready.
    pub open_when_ready: bool,
    /// An icon in the system's tray shows running launches, even when the window is closed.
    pub tray: bool,
    /// The system shows no tray, and so no icon.
    pub tray_missing: bool,
    /// The address of the engine that the person picked. None: it is searched.
    pub engine: Option<String>,
    /// The person chose the kernels directory.
    pub kernels_dir_chosen: bool,
    /// A file with certificate authorities for image builds and updates.
    pub ca_file: Option<String>,
    /// The base image of the app's images, if another one was chosen.
    pub base_image: Option<String>,
    /// The registry where the app's images are looked for before they are built, if one was chosen.
    pub images_registry: Option<String>,
    /// The folder with the logs.
    pub logs_dir: String,
    /// The app's version.
    pub version: String,
}

/// A folder that is in the list now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Brought {
    /// The pipeline's id.
    pub id: String,
    /// The notebook in it that the person named, relative to it, with `/`.
    pub notebook: Option<String>,
}

/// A folder to show: it was added or asked for outside of the page.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
pub struct Reveal {
    /// The pipeline's id.
    pub id: String,
    /// The notebook in it that the person opened from outside.
    pub notebook: Option<String>,
    /// Grows by one with each request.
    #[ts(type = "number")]
    pub count: u64,
}

/// The state of the engine, the Docker-compatible daemon.
#[derive(Clone, Debug, PartialEq, Serialize, TS)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum EngineState {
    /// The first search goes on.
    Looking,
    /// An engine answers.
    Ready {
        /// Its name: `Docker Engine`, `Docker Desktop`, `Podman Engine`, ...
        name: String,
        /// Its version, such as `20.10.24`.
        version: String,
        /// The negotiated API version, such as `1.41`.
        api_version: String,
        /// Its address, such as `unix:///var/run/docker.sock`.
        endpoint: String,
        /// What named the address: `DOCKER_HOST`, `context colima`, `well-known socket`.
        found_by: String,
        /// The places that were tried before, in order, with the result of each.
        tried: Vec<String>,
        /// The number of its cores, or 0 if it does not report it.
        cpus: u32,
        /// Its memory, bytes, or 0 if it does not report it.
        #[ts(type = "number")]
        memory: u64,
        /// The limits that it keeps.
        limits: EngineLimits,
    },
    /// No engine can be used; the app tries again by itself.
    Unavailable {
        /// The reason and the remedy.
        failure: Failure,
        /// The time since when.
        #[ts(type = "number")]
        since: u64,
        /// An engine has answered before, so the launches in the snapshot may be out of date.
        stale: bool,
        /// What gives the person an engine, if the app knows.
        remedy: Option<EngineRemedy>,
    },
}

/// The limits of a container that an engine keeps. One that is not kept has no effect.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
pub struct EngineLimits {
    /// Memory.
    pub memory: bool,
    /// CPUs.
    pub cpus: bool,
    /// Processes.
    pub processes: bool,
    /// It tells which share of the CPUs a container uses.
    pub tells_cpu: bool,
    /// It tells how much memory a container uses.
    pub tells_memory: bool,
    /// What is missing, and why; none if nothing is.
    pub unkept: Option<Unkept>,
}

/// Limits that an engine does not keep.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
pub struct Unkept {
    /// Which, and why.
    pub message: String,
    /// What makes it keep them.
    pub hint: String,
}

/// What gives a person an engine.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum EngineRemedy {
    /// It is installed, and the app can start it.
    Start {
        /// Its name: `Docker`, `Docker Desktop`, ...
        name: String,
    },
    /// It is not installed.
    Install {
        /// Its name: `Docker`, `Podman`.
        name: String,
        /// The programs that root runs, one after another, exactly.
        commands: Vec<String>,
        /// The person joins the group `docker`, which gives them root's power on this machine.
        joins: bool,
        /// The app can run them: the system asks for the password. Otherwise only the person can, in a terminal.
        runs: bool,
    },
    /// The person is not in the group of the engine's socket.
    JoinGroup {
        /// The group.
        group: String,
        /// The programs that root runs, exactly.
        commands: Vec<String>,
        /// The app can run them.
        runs: bool,
    },
    /// The person is in the group, but this session began before.
    LogInAgain,
}

/// The set-up of the engine that the person asked for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
pub struct EngineSetup {
    /// What is installed, or the group that the person joins.
    pub name: String,
    /// The person is only added to the group.
    pub joins_only: bool,
    /// The last lines that the programs wrote. As long as there is none, it can be cancelled.
    pub lines: Vec<String>,
    /// Why it failed; until it is dismissed, or an engine answers.
    pub failure: Option<Failure>,
}

/// A folder of notebooks, with its launch.
#[derive(Clone, Debug, PartialEq, Serialize, TS)]
pub struct PipelineView {
    /// The folder's id in commands: a hash of its owner and path.
    pub id: String,
    /// The folder's own name.
    pub name: String,
    /// The whole path, for people; not exact if it is not Unicode.
    pub path: String,
    /// The machine that the folder is on; none is this one.
    pub machine: Option<String>,
    /// False for a folder that is not in the list and is shown because it runs.
    pub added: bool,
    /// It stays on top of the list.
    pub pinned: bool,
    /// The time of its last launch or opening.
    #[ts(type = "number | null")]
    pub last_opened: Option<u64>,
    /// The folder does not exist at the moment.
    pub missing: bool,
    /// The reason why an existing folder cannot be read.
    pub unreadable: Option<String>,
    /// Notebooks in the folder and below, by path.
    pub notebooks: Vec<PipelineFile>,
    /// Scripts in the folder and below (`.py`, `.R`, `.sh`, `.jl`), by path.
    pub scripts: Vec<PipelineFile>,
    /// The scan has reached its limit: the folder has more files.
    pub truncated: bool,
    /// The time of the last change of a notebook or script.
    #[ts(type = "number | null")]
    pub last_change: Option<u64>,
    /// The pipeline files (`*.orchest`, `pipeline.json`) in the folder.
    pub pipeline_files: Vec<PipelineFile>,
    /// The kernelspec of the next launch; none if there is none to pick. `this_folder` is the folder's environment.
    pub kernelspec: Option<String>,
    /// The place of its next launch; none is this machine.
    pub place: Option<FolderPlace>,
    /// The environment of the folder, if its files ask for packages.
    pub environment: Option<EnvironmentView>,
    /// The kernelspecs that its notebooks name and that are not here. JupyterLab opens these with the nearest.
    pub unknown_kernelspecs: Vec<UnknownKernelspec>,
    /// The variables of its kernels, by name.
    pub variables: Vec<VariableView>,
    /// The `.env` of the folder, if it has one.
    pub env_file: Option<EnvFileView>,
    /// The launch, if it runs or the last one failed.
    pub launch: Option<LaunchView>,
}

/// A kernelspec that notebooks name and that is not here.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
pub struct UnknownKernelspec {
    /// Its name.
    pub name: String,
    /// The notebooks that name it, at most 20.
    pub notebooks: Vec<String>,
    /// The number of these notebooks.
    pub count: usize,
    /// The name of the nearest kernelspec of the same language; none if there is none.
    pub nearest: Option<String>,
}

/// A notebook or script of a pipeline.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
pub struct PipelineFile {
    /// Its path relative to the folder, with `/`.
    pub path: String,
    /// Its last change; none if that is not known.
    #[ts(type = "number | null")]
    pub modified: Option<u64>,
    /// The reason if it cannot be opened.
    pub problem: Option<String>,
}

/// One pipeline's gateway, server, network and kernels.
#[derive(Clone, Debug, PartialEq, Serialize, TS)]
pub struct LaunchView {
    /// The launch's id, which is the pipeline's id.
    pub id: String,
    /// Its state.
    pub state: LaunchState,
    /// Its kernelspec.
    pub kernelspec: String,
    /// The place where its kernels run; none is this machine.
    pub place: Option<String>,
    /// Another process (the terminal, another window) launched it.
    pub foreign: bool,
    /// Its owner, `user@host`, if it belongs to somebody else: the app shows it, but neither repairs nor removes it.
    pub owner: Option<String>,
    /// When the person asked for it; 0 if the engine does not report that, which is null for the page.
    #[serde(with = "known_time")]
    #[ts(type = "number | null")]
    pub started_at: u64,
    /// Its address on this machine, without token and most of the path; none if it is not known.
    pub address: Option<String>,
    /// When it became ready.
    #[ts(type = "number | null")]
    pub ready_at: Option<u64>,
    /// The stages, in order; empty for a launch that another process started.
    pub stages: Vec<StageView>,
    /// The reason if it failed.
    pub failure: Option<Failure>,
    /// A warning about the running launch: its folder was created anew, and it uses the old one.
    pub warning: Option<Notice>,
    /// Its running kernels.
    pub kernels: Vec<KernelView>,
    /// When the app stops it, if it stays unused: it has been unused for as long as the settings allow.
    #[ts(type = "number | null")]
    pub idle_stop_at: Option<u64>,
}

/// The state of a launch, from the request to the removal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum LaunchState {
    /// It starts; `Cancel` ends it.
    Starting,
    /// It is ready: the whole chain answers.
    Running,
    /// One of its containers ended; `failure` names it.
    Broken,
    /// It ends, after Stop or Cancel.
    Stopping,
    /// It failed to start, and nothing of it is left.
    Failed,
}

/// A kernel's container.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
pub struct KernelView {
    /// Jupyter's kernel id.
    pub id: String,
    /// The kernelspec's name.
    pub kernelspec: String,
    /// When its container was made; 0 where the engine does not say, which crosses as null.
    #[serde(with = "known_time")]
    #[ts(type = "number | null")]
    pub started_at: u64,
}

/// A visible stage of launching.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    /// Find and ask the engine.
    Engine,
    /// Get every image on the engine: present, pulled or built.
    Images,
    /// Make the folder's environment. Only launches with one have this stage.
    Environment,
    /// Ask the gateway of the launch's place. Only launches at a place have this stage.
    Gateway,
    /// Create the network of the launch.
    Network,
    /// Create and start gateway and server.
    Containers,
    /// Wait until the whole chain answers.
    Ready,
}

impl Stage {
    /// All stages, in their order.
    pub const ALL: [Stage; 7] = [
        Stage::Engine,
        Stage::Images,
        Stage::Environment,
        Stage::Gateway,
        Stage::Network,
        Stage::Containers,
        Stage::Ready,
    ];

    /// The stage's name for people.
    pub fn title(self) -> &'static str {
        match self {
            Stage::Engine => "Engine",
            Stage::Images => "Images",
            Stage::Environment => "Environment",
            Stage::Gateway => "Gateway",
            Stage::Network => "Network",
            Stage::Containers => "Containers",
            Stage::Ready => "Ready",
        }
    }
}

/// The progress of one stage.
#[derive(Clone, Debug, PartialEq, Serialize, TS)]
pub struct StageView {
    /// The stage.
    pub stage: Stage,
    /// Its state.
    pub state: StageState,
    /// When it began.
    #[ts(type = "number | null")]
    pub started_at: Option<u64>,
    /// How long it took, once it has ended.
    #[ts(type = "number | null")]
    pub took: Option<u64>,
    /// The current action, or the finding, in a few words.
    pub detail: String,
    /// The amount done, if it is known.
    pub progress: Option<Progress>,
    /// The newest lines of a build's log, at most 8.
    pub log: Vec<String>,
}

/// The state of a stage.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum StageState {
    /// It has not begun.
    Waiting,
    /// It goes on.
    Active,
    /// It is done.
    Done,
    /// It failed, and ended the launch.
    Failed,
    /// The person cancelled during it.
    Cancelled,
}

/// The progress of something.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, TS)]
pub struct Progress {
    /// Its unit.
    pub unit: ProgressUnit,
    /// The amount done.
    #[ts(type = "number")]
    pub done: u64,
    /// The whole amount, as far as it is known.
    #[ts(type = "number | null")]
    pub total: Option<u64>,
    /// Units a second over the last few seconds.
    pub rate: Option<f64>,
}

/// The unit of progress.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum ProgressUnit {
    /// Bytes of a pull.
    Bytes,
    /// Instructions of a build.
    Steps,
    /// Packages of an environment.
    Packages,
}

/// A usable kernelspec.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
pub struct KernelspecView {
    /// Its name in Jupyter, which is its folder's name.
    pub name: String,
    /// Its name for people.
    pub display_name: String,
    /// The language, such as `python` or `R`.
    pub language: String,
    /// The image of its kernels.
    pub image: String,
    /// Its kernels ask for GPUs, and the engine reports none: they may not start.
    pub lacks_gpus: bool,
    /// It asks for limits that the engine does not keep: these, as a sentence without an end.
    pub unkept: Option<String>,
    /// A remark for the choice, such as an argument that the gateway adds.
    pub remark: Option<String>,
}

/// A folder in the kernels directory without a usable kernelspec.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
pub struct KernelspecProblem {
    /// The folder's name.
    pub name: String,
    /// The file with the problem.
    pub path: String,
    /// The problem and its place.
    pub message: String,
    /// The remedy.
    pub hint: String,
}

/// The purpose of an image.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum ImageRole {
    /// Jupyter Enterprise Gateway.
    Gateway,
    /// The Jupyter server.
    Server,
    /// The kernels of a kernelspec.
    Kernel,
}

/// An image that launches need.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
pub struct ImageView {
    /// Its purpose.
    pub role: ImageRole,
    /// Its name with its tag.
    pub name: String,
    /// It is on the engine, and current.
    pub present: bool,
    /// Its size on the engine, bytes; none if it is missing.
    #[ts(type = "number | null")]
    pub size: Option<u64>,
    /// About how much disk it takes in addition to [`shared`](ImageView::shared), bytes; known only for the app's
    /// images.
    #[ts(type = "number | null")]
    pub adds: Option<u64>,
    /// About how much it shares with the app's other images, bytes.
    #[ts(type = "number")]
    pub shared: u64,
}

/// A [`Notice`] that stays until it is dismissed.
#[derive(Clone, Debug, PartialEq, Serialize, TS)]
pub struct NoticeView {
    /// Its id in `dismiss_notice`.
    #[ts(type = "number")]
    pub id: u64,
    /// Its tone.
    pub tone: Tone,
    /// What happened.
    pub message: String,
    /// What to do.
    pub hint: String,
    /// The pipeline whose address the person can copy, if that helps.
    pub address_of: Option<String>,
}

/// Writes a time that is not known as null: as a number it would be a day of 1970 to those who read it.
mod known_time {
    use serde::{Serialize, Serializer};

    pub fn serialize<S: Serializer>(time: &u64, to: S) -> Result<S::Ok, S::Error> {
        Some(time).filter(|time| **time != 0).serialize(to)
    }
}

impl NoticeView {
    /// Whether it has the same words as a notice.
    pub fn says(&self, notice: &Notice) -> bool {
        (self.tone, &self.message, &self.hint) == (notice.tone, &notice.message, &notice.hint)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_unknown_time_crosses_as_null() {
        let kernel =
            |started_at| json!(KernelView { id: "k".to_owned(), kernelspec: "python_docker".to_owned(), started_at });
        assert_eq!(kernel(7)["started_at"], 7);
        assert_eq!(kernel(0)["started_at"], json!(null));
        let file = PipelineFile { path: "a.ipynb".to_owned(), modified: None, problem: None };
        assert_eq!(json!(file)["modified"], json!(null));
    }
}
