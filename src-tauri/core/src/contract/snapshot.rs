//! All that an interface shows, at one moment, as plain data.
//!
//! These types cross to the window as JSON; `ui/src/api/types.ts` is written from them
//! (see `tests/bridge_types.rs`). Times are milliseconds since the Unix epoch, durations
//! milliseconds, sizes bytes.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::contract::choices::{Limits, OnClose, Sort, Theme};
use crate::contract::failure::Failure;
use crate::contract::notice::{Notice, Tone};

/// All that an interface shows, at one moment. Each snapshot replaces the one before it whole.
#[derive(Clone, Debug, PartialEq, Serialize, TS)]
pub struct Snapshot {
    /// Grows by one with each snapshot of this process.
    #[ts(type = "number")]
    pub revision: u64,
    /// What is known of the engine.
    pub engine: EngineState,
    /// The folders that were added, and those that run without having been added; running ones first, then
    /// those that are pinned, then in the order that was chosen; last what somebody else runs in folders that are not in
    /// one's own list.
    pub pipelines: Vec<PipelineView>,
    /// The kernelspecs that can be picked, by display name.
    pub kernelspecs: Vec<KernelspecView>,
    /// The folders under the kernels directory that hold no usable kernelspec, and why.
    pub kernelspec_problems: Vec<KernelspecProblem>,
    /// The kernels directory, which the user may edit.
    pub kernels_dir: String,
    /// The images that launches need, and whether they are here; empty while no engine answers.
    pub images: Vec<ImageView>,
    /// Images being prepared ahead of a launch, while that goes on.
    pub preparing: Option<StageView>,
    /// The window is to be closed while launches run: the person is to be asked what becomes of them.
    pub closing: bool,
    /// Things to tell once, newest last; each stays until it is dismissed.
    pub notices: Vec<NoticeView>,
    /// What the person chose.
    pub settings: SettingsView,
    /// Folders are held over the window, and will be added when they are let go.
    pub dropping: bool,
    /// The folder that was asked for last in another way than by the page: dropped, named on the command line, chosen in
    /// the tray.
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

/// What the person chose, with the defaults where they chose nothing.
#[derive(Clone, Debug, PartialEq, Serialize, TS)]
pub struct SettingsView {
    /// The file that holds it, which may be edited by hand.
    pub file: String,
    /// The colours of the window.
    pub theme: Theme,
    /// How large all in the window is; 1 is the usual size.
    pub zoom: f64,
    /// The order of the list, below what runs and what is pinned.
    pub sort: Sort,
    /// What becomes of launches when the window is closed; the person is asked where none is chosen.
    pub on_close: Option<OnClose>,
    /// How long a launch has to become usable, seconds.
    #[ts(type = "number")]
    pub launch_timeout_s: u64,
    /// The same where nothing is chosen.
    #[ts(type = "number")]
    pub launch_timeout_default_s: u64,
    /// After how many minutes a launch that nobody uses is stopped; never where none is chosen.
    pub idle_stop_min: Option<f64>,
    /// The most that the containers of a launch may use.
    pub limits: Limits,
    /// The browser is opened as soon as a launch can be used.
    pub open_when_ready: bool,
    /// Running launches are one click away in the system's tray, also while the window is closed.
    pub tray: bool,
    /// The system shows no tray, and so no icon.
    pub tray_missing: bool,
    /// The kernels directory is one that the person chose.
    pub kernels_dir_chosen: bool,
    /// A file with certificate authorities for image builds.
    pub ca_file: Option<String>,
    /// The base image that ours are built from, where another one was named.
    pub base_image: Option<String>,
    /// The folder with the logs.
    pub logs_dir: String,
    /// The program's version.
    pub version: String,
}

/// A folder that is to be shown: it was added in another way than by the page, or somebody asked for it from elsewhere.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
pub struct Reveal {
    /// The pipeline's id.
    pub id: String,
    /// Grows by one each time.
    #[ts(type = "number")]
    pub count: u64,
}

/// What is known of the engine, the Docker-compatible daemon.
#[derive(Clone, Debug, PartialEq, Serialize, TS)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum EngineState {
    /// The first search has not ended yet.
    Looking,
    /// An engine answers.
    Ready {
        /// What it calls itself: `Docker Engine`, `Docker Desktop`, `Podman Engine`, ...
        name: String,
        /// Its version, such as `20.10.24`.
        version: String,
        /// The API version that was agreed on, such as `1.41`.
        api_version: String,
        /// Where it was found, such as `unix:///var/run/docker.sock`.
        endpoint: String,
        /// Why this one: `DOCKER_HOST`, `context colima`, `well-known socket`.
        found_by: String,
        /// Where it was looked for before, in order, and what was found there.
        tried: Vec<String>,
        /// How many cores it has; 0 where it does not say.
        cpus: u32,
        /// How much memory it has, bytes; 0 where it does not say.
        #[ts(type = "number")]
        memory: u64,
    },
    /// No engine can be used; it is tried again by itself.
    Unavailable {
        /// Why, and what to do.
        failure: Failure,
        /// Since when.
        #[ts(type = "number")]
        since: u64,
        /// When an engine had answered before: what is shown of launches may be old.
        stale: bool,
        /// What can be started from here, so that it answers: `Docker`, `Docker Desktop`, ...
        starts: Option<String>,
    },
}

/// A folder of notebooks, with what runs in it.
#[derive(Clone, Debug, PartialEq, Serialize, TS)]
pub struct PipelineView {
    /// Stable name of the folder in commands: a hash of its owner and path.
    pub id: String,
    /// The folder's own name.
    pub name: String,
    /// The whole path, for people; lossy where it is not Unicode.
    pub path: String,
    /// False for a folder that is shown only because it runs.
    pub added: bool,
    /// It stays on top of the list.
    pub pinned: bool,
    /// When it was launched or opened last.
    #[ts(type = "number | null")]
    pub last_opened: Option<u64>,
    /// The folder is not there at the moment.
    pub missing: bool,
    /// Why the folder cannot be read, where it is there and cannot.
    pub unreadable: Option<String>,
    /// Notebooks below the folder, by path.
    pub notebooks: Vec<PipelineFile>,
    /// Scripts below the folder (`.py`, `.R`, `.sh`, `.jl`), by path.
    pub scripts: Vec<PipelineFile>,
    /// The scan met its bound: there are more files than are shown.
    pub truncated: bool,
    /// The newest change of a notebook or script.
    #[ts(type = "number | null")]
    pub last_change: Option<u64>,
    /// The pipeline files (`*.orchest`, `pipeline.json`) in the folder.
    pub pipeline_files: Vec<PipelineFile>,
    /// The kernelspec that the next launch uses; none where there is none to pick.
    pub kernelspec: Option<String>,
    /// The launch, where there is one or the last one failed.
    pub launch: Option<LaunchView>,
}

/// A notebook or script below a pipeline's folder.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
pub struct PipelineFile {
    /// Relative to the folder, with `/` between its parts.
    pub path: String,
    /// Its last change.
    #[ts(type = "number")]
    pub modified: u64,
    /// Why it cannot be opened, where it cannot.
    pub problem: Option<String>,
}

/// One pipeline's gateway, server, network and kernels.
#[derive(Clone, Debug, PartialEq, Serialize, TS)]
pub struct LaunchView {
    /// The launch's id, which is the pipeline's.
    pub id: String,
    /// Where it is between being asked for and being gone.
    pub state: LaunchState,
    /// The kernelspec it was launched with.
    pub kernelspec: String,
    /// Another process (the terminal, another window) started it.
    pub foreign: bool,
    /// Whose it is, `user@host`, where it is somebody else's: it is shown, and neither repaired nor removed.
    pub owner: Option<String>,
    /// When it was asked for.
    #[ts(type = "number")]
    pub started_at: u64,
    /// Where it is reached from this machine, without its token and most of its path; none while that is not known.
    pub address: Option<String>,
    /// When it could be used.
    #[ts(type = "number | null")]
    pub ready_at: Option<u64>,
    /// The stages, in order; empty for a launch that another process started.
    pub stages: Vec<StageView>,
    /// Why it failed, where it did.
    pub failure: Option<Failure>,
    /// What a person should know of it while it runs, and do: its folder was made anew, and it has the old one.
    pub warning: Option<Notice>,
    /// Kernels that run.
    pub kernels: Vec<KernelView>,
    /// Nobody has used it for as long as the settings allow: when it is stopped, unless that changes.
    #[ts(type = "number | null")]
    pub idle_stop_at: Option<u64>,
}

/// Where a launch is between being asked for and being gone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum LaunchState {
    /// On its way; `Cancel` ends it.
    Starting,
    /// Usable: the whole chain answers.
    Running,
    /// A part of it died; `failure` says which.
    Broken,
    /// On its way out, after Stop or Cancel.
    Stopping,
    /// It could not be started; nothing of it is left.
    Failed,
}

/// A kernel's container.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
pub struct KernelView {
    /// Jupyter's kernel id.
    pub id: String,
    /// The kernelspec's name.
    pub kernelspec: String,
    /// When its container was made.
    #[ts(type = "number")]
    pub started_at: u64,
}

/// A stage of launching that a person can see.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    /// Find and ask the engine.
    Engine,
    /// Have every image on the engine: present, pulled or built.
    Images,
    /// Create the launch's own network.
    Network,
    /// Create and start gateway and server.
    Containers,
    /// Wait until the whole chain answers.
    Ready,
}

impl Stage {
    /// All stages, in the order they are done.
    pub const ALL: [Stage; 5] = [Stage::Engine, Stage::Images, Stage::Network, Stage::Containers, Stage::Ready];

    /// The stage's name for people.
    pub fn title(self) -> &'static str {
        match self {
            Stage::Engine => "Engine",
            Stage::Images => "Images",
            Stage::Network => "Network",
            Stage::Containers => "Containers",
            Stage::Ready => "Ready",
        }
    }
}

/// How far one stage is.
#[derive(Clone, Debug, PartialEq, Serialize, TS)]
pub struct StageView {
    /// Which one.
    pub stage: Stage,
    /// How far it is.
    pub state: StageState,
    /// When it began.
    #[ts(type = "number | null")]
    pub started_at: Option<u64>,
    /// How long it took, once it has ended.
    #[ts(type = "number | null")]
    pub took: Option<u64>,
    /// What is happening, or what was found, in a few words.
    pub detail: String,
    /// How much is done, where that can be told.
    pub progress: Option<Progress>,
    /// The newest lines of a build's log, at most 8.
    pub log: Vec<String>,
}

/// How far a stage is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum StageState {
    /// Its turn has not come.
    Waiting,
    /// Going on.
    Active,
    /// Done.
    Done,
    /// It ended the launch.
    Failed,
    /// The person cancelled during it.
    Cancelled,
}

/// How much of something is done.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, TS)]
pub struct Progress {
    /// In what it is counted.
    pub unit: ProgressUnit,
    /// How much is done.
    #[ts(type = "number")]
    pub done: u64,
    /// How much there is, as far as it is known by now.
    #[ts(type = "number | null")]
    pub total: Option<u64>,
    /// Units a second over the last few seconds.
    pub rate: Option<f64>,
}

/// In what progress is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum ProgressUnit {
    /// Bytes of a pull.
    Bytes,
    /// Instructions of a build.
    Steps,
}

/// A kernelspec that can be picked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
pub struct KernelspecView {
    /// Its folder's name, which is Jupyter's name for it.
    pub name: String,
    /// Its name for people.
    pub display_name: String,
    /// The language, such as `python` or `R`.
    pub language: String,
    /// The image its kernels run from.
    pub image: String,
    /// Something to know before picking it, such as an argument that is completed at launch.
    pub remark: Option<String>,
}

/// A folder under the kernels directory that holds no usable kernelspec.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
pub struct KernelspecProblem {
    /// The folder's name.
    pub name: String,
    /// The file the problem is in.
    pub path: String,
    /// What is wrong, with where.
    pub message: String,
    /// What to do.
    pub hint: String,
}

/// What an image is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum ImageRole {
    /// Jupyter Enterprise Gateway.
    Gateway,
    /// The Jupyter server.
    Server,
    /// A kernelspec's kernels.
    Kernel,
}

/// An image that launches need.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
pub struct ImageView {
    /// What it is for.
    pub role: ImageRole,
    /// Its name with its tag.
    pub name: String,
    /// It is on the engine, and current.
    pub present: bool,
    /// Its size on the engine, bytes; none where it is not present.
    #[ts(type = "number | null")]
    pub size: Option<u64>,
    /// What it adds on the engine, bytes, about, and beside [`shared`](ImageView::shared); known of our own alone.
    #[ts(type = "number | null")]
    pub adds: Option<u64>,
    /// What it shares with the others of ours, bytes, about.
    #[ts(type = "number")]
    pub shared: u64,
}

/// A [`Notice`] that is shown until it is dismissed.
#[derive(Clone, Debug, PartialEq, Serialize, TS)]
pub struct NoticeView {
    /// Names it in `dismiss_notice`.
    #[ts(type = "number")]
    pub id: u64,
    /// How it is shown.
    pub tone: Tone,
    /// What happened.
    pub message: String,
    /// What to do.
    pub hint: String,
    /// The pipeline whose address helps, where one does: it can be copied.
    pub address_of: Option<String>,
}

impl NoticeView {
    /// True if it says the same as a notice.
    pub fn says(&self, notice: &Notice) -> bool {
        (self.tone, &self.message, &self.hint) == (notice.tone, &notice.message, &notice.hint)
    }
}
