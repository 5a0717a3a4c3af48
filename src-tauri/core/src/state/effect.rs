//! All that the state wants done. `perform` does it and reports the end as an event.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::time::Duration;

use semver::Version;

use super::event::{Added, AfterCheck, AfterEdit, Reply, Wake, Wish};
use super::image_requests::{Going, Request};
use crate::contract::environment::{Language, PackageChange};
use crate::contract::snapshot::ImageRole;
use crate::engine::{Engine, Plan};
use crate::environment::found::SourceKind;
use crate::folder::afar::Looking;
use crate::jupyter::Server;
use crate::kernelspec::Kernelspec;
use crate::launch::label::Role;
use crate::launch::orphans::Orphan;
use crate::launch::repair::Breakage;
use crate::place::connection;
use crate::platform::secret::Secret;
use crate::settings::{Edit, Place, Settings, Variable};
use crate::updates::fetch::Way;
use crate::updates::record::Record;
use crate::updates::replace::Wanted;

/// One thing to do outside of the model.
pub(crate) enum Effect {
    /// Sends an answer, after the snapshot that shows what it answers.
    Answer(Box<dyn FnOnce() + Send>),
    /// Answers with the engine.
    GiveEngine(Reply<Engine>),
    /// Answers with what looking at folders of another machine needs, once it is there.
    GiveLooking(Reply<(Engine, Looking)>),
    /// Reports `Woke` after this time.
    After(Duration, Wake),

    // On the disk.
    /// Reports `SettingsRead`.
    ReadSettings,
    /// Reports `SettingsEdited`. Edits are done one after another.
    EditSettings {
        edit: Edit,
        then: AfterEdit,
    },
    /// Reports `KernelspecsRead`. `own`: the directory is the program's own, and has the shipped kernelspecs.
    ReadKernelspecs {
        dir: PathBuf,
        install: bool,
        own: bool,
        then: Option<Reply<()>>,
    },
    /// Watches these folders and no others. A change in one of `linked` is one of the kernels directory.
    Watch {
        folders: Vec<PathBuf>,
        kernels: PathBuf,
        linked: Vec<PathBuf>,
    },
    /// Reports `Scanned`.
    Scan {
        path: PathBuf,
        then: Option<Added>,
    },
    /// Reports `FoldersChecked`.
    CheckFolders {
        paths: Vec<PathBuf>,
        then: AfterCheck,
    },
    /// Reports `ProcessesSeen`.
    LookAtProcesses(BTreeSet<String>),
    /// Reports `Examined`.
    Examine {
        wish: Wish,
        folder: PathBuf,
        kernels: PathBuf,
        processes: BTreeSet<String>,
        /// The notebooks that the last scan found. Without a scan, the folder is scanned for them.
        notebooks: Option<Vec<String>>,
    },

    /// Changes what is remembered of a folder's environment, and scans the folder.
    EditRecord {
        id: String,
        folder: PathBuf,
        edit: RecordEdit,
        reply: Reply<()>,
    },

    /// Changes the packages in a folder's file, allows them, and scans the folder. Answers with the file.
    EditPackages {
        id: String,
        folder: PathBuf,
        edit: PackageEdit,
        reply: Reply<String>,
    },

    /// Keeps the value of a variable, and reports `SettingsEdited`.
    SetVariable {
        new: Box<NewVariable>,
        reply: Reply<()>,
    },

    /// Keeps the token of a place in the keychain, and reports `SettingsEdited`.
    AddPlace {
        name: String,
        place: Box<Place>,
        token: Secret,
        reply: Reply<()>,
    },

    // On the network.
    /// Asks the gateway of a place what it offers. Reports `PlaceSeen`.
    AskPlace {
        name: String,
        place: Box<Place>,
        reply: Option<Reply<()>>,
    },
    /// Answers with what tests a place.
    GivePlace {
        name: String,
        place: Box<Place>,
        reply: Reply<connection::Wanted>,
    },
    /// Remembers the outcome, and reports `UpdatesChecked`.
    CheckUpdates {
        address: String,
        seen: Option<Version>,
        way: Way,
    },
    /// Remembers what is known of newer versions.
    KeepUpdates(Box<Record>),
    /// Reports `UpdateHappened` and at last `UpdateEnded`.
    InstallUpdate(Box<Wanted>),
    CancelUpdate,

    // On the engine.
    /// Puts the variables of a folder into the gateway of its launch. Answers by itself.
    OfferVariables {
        id: String,
        folder: PathBuf,
        wish: VariablesWish,
        reply: Reply<Vec<String>>,
    },
    /// Reports `EnvironmentHappened` and at last `EnvironmentEnded`.
    MakeEnvironment(Box<LaunchRequest>),
    /// Ends the making of this folder's environment early.
    CancelEnvironment {
        id: String,
    },
    /// Reports `StageHappened` and at last `LaunchEnded`.
    Launch(Box<LaunchRequest>),
    /// Reports `StageHappened` and at last `RepairEnded`.
    Repair {
        request: Box<LaunchRequest>,
        breakage: Breakage,
        pause: Duration,
    },
    /// Ends the launch or repair of this id early.
    Cancel {
        id: String,
    },
    /// Reports `StopEnded`.
    Stop {
        id: String,
        attempt: String,
    },
    /// Answers by itself.
    Forget {
        id: String,
        reply: Reply<bool>,
    },
    /// Reports `LeftoverRemoved`.
    RemoveLeftover {
        launch: String,
        attempt: String,
        ended: bool,
    },
    /// Removes what dead processes left, except of the launches in `busy`. Answers by itself.
    RemoveOrphans {
        busy: Vec<String>,
        reply: Option<Reply<Vec<Orphan>>>,
    },
    /// Reports `ImagesListed`.
    ListImages(Vec<(ImageRole, String)>),
    /// Marks a request for an image as taken. Reports `RequestClaimed`.
    ClaimRequest(Request),
    /// Shows the gateway the state of an image that it requested.
    ShowRequest {
        container: String,
        going: Going,
    },
    /// Reports `Preparing`, `ImageTried` for each, and at last `Prepared`.
    PrepareImages {
        /// Those that the app can make ready for kernels, each with their language.
        languages: Vec<(String, Language)>,
        names: Vec<String>,
        settings: Box<Settings>,
    },
    /// Takes images from a file. Reports `Importing`, and at last `Imported`.
    ImportImages(PathBuf),
    CancelPreparing,
    /// Searches the engine by this choice of the person from now on. Reports `EngineLeft` if one was used.
    FollowEngine(Option<String>),
    /// Runs the programs of a plan as root. Reports `EngineSetupSaid` for each line, and at last `EngineSetupEnded`.
    SetUpEngine(Plan),
    CancelEngineSetup,
    /// Asks until the chain of a launch answers, within this time. Reports `Probed`.
    Probe {
        id: String,
        attempt: String,
        /// Its parts.
        parts: &'static [Role],
        kernelspec: String,
        within: Duration,
    },
    /// Asks the engine for the last lines of a container that died. Reports `Died`.
    AskLastWords {
        id: String,
        attempt: String,
        container: String,
        role: Role,
        code: Option<i64>,
    },
    /// Asks a server how long it has not been used. Reports `ActivitySeen`.
    AskActivity {
        id: String,
        attempt: String,
        server: Option<Server>,
    },
}

/// A launch, as the model knows it. `perform` makes a `LaunchSpec` of it, with what the process and the engine add.
pub(crate) struct LaunchRequest {
    pub id: String,
    pub folder: PathBuf,
    pub kernelspec: Kernelspec,
    /// The place where its kernels run, with its name; none is this engine.
    pub place: Option<(String, Place)>,
    /// The environment of the folder, if its kernels have one.
    pub environment: Option<EnvironmentWish>,
    /// The variables of its kernels.
    pub variables: VariablesWish,
    /// The kernels directory, whose copy gateways see.
    pub kernels_dir: PathBuf,
    pub timeout: Duration,
    pub settings: Settings,
    /// The attempt to remove first.
    pub in_the_way: Option<String>,
}

/// The environment that a launch uses.
pub(crate) struct EnvironmentWish {
    /// The notebooks of the folder, which may name packages.
    pub notebooks: Vec<String>,
    /// Take the newest versions that fit.
    pub upgrade: bool,
}

/// The variables that kernels of a folder get.
pub(crate) struct VariablesWish {
    /// What the person set.
    pub set: BTreeMap<String, Variable>,
    /// The digest of the `.env` that the person allowed.
    pub env_file: Option<String>,
}

/// A variable that the person sets.
pub(crate) struct NewVariable {
    pub folder: PathBuf,
    pub name: String,
    pub value: Secret,
    /// The settings do not have its value.
    pub secret: bool,
    /// This process stays, and can keep what no keychain keeps.
    pub stays: bool,
    /// This process.
    pub process: String,
}

/// A change of what is remembered of a folder's environment.
pub(crate) enum RecordEdit {
    /// The person allows the installation of what has this digest.
    Allow(String),
    /// The person picked a file.
    Pick(String),
    /// The person allows a `.env` of this digest, or none.
    EnvFile(Option<String>),
    /// The digest of the `postBuild` that the person allows.
    PostBuild(Option<String>),
}

/// A change of the packages that a file names.
pub(crate) struct PackageEdit {
    pub kind: SourceKind,
    /// The file, relative to the folder.
    pub file: String,
    /// The environment of a file of pixi, if it is not the default one.
    pub environment: Option<String>,
    /// The file must not exist.
    pub new: bool,
    pub change: PackageChange,
}
