//! All that the state is asked and all that it hears: one closed enum, so that one `match` handles it.

use std::collections::{BTreeMap, HashMap};
use std::path::PathBuf;
use std::time::Duration;

use semver::Version;
use tokio::sync::oneshot;
use url::Url;

use super::closing::Closing;
use super::leftovers::Leftover;
use super::model::Import;
use super::updates::Known;
use crate::contract::archive::Imported;
use crate::contract::choices::{Change, OnClose};
use crate::contract::environment::PackageChange;
use crate::contract::failure::Failure;
use crate::contract::notice::Notice;
use crate::contract::snapshot::{Brought, ImageView, KernelspecProblem, Progress};
use crate::contract::variables::{EnvFileView, VariableView};
use crate::engine::{Engine, EngineFacts, Listing, Remedy, Starter};
use crate::environment::seen::Seen;
use crate::folder::afar::Looking;
use crate::folder::scan::Contents;
use crate::images::archive::Wanted;
use crate::jupyter::{Activity, Server};
use crate::kernelspec::Kernelspec;
use crate::launch::orphans::Orphan;
use crate::launch::repair::Repaired;
use crate::launch::stage::StageEvent;
use crate::place::connection;
use crate::place::gateway::Gateway;
use crate::platform::process::Liveness;
use crate::platform::secret::Secret;
use crate::platform::user::Access;
use crate::settings::schema::Refused;
use crate::settings::{Place, SetAside, Settings};
use crate::updates::check::FoundList;
use crate::updates::origin::Origin;
use crate::words::error::Result;

/// The way back to the asker.
pub(crate) type Reply<T> = oneshot::Sender<std::result::Result<T, Failure>>;

/// A question or a fact.
pub(crate) enum Event {
    // Questions of a shell.
    Add {
        path: PathBuf,
        reveal: bool,
        reply: Reply<Brought>,
    },
    Locate {
        id: String,
        folder: PathBuf,
        reply: Reply<Brought>,
    },
    Remove {
        id: String,
        reply: Reply<()>,
    },
    Pick {
        id: String,
        name: String,
        reply: Reply<()>,
    },
    Pin {
        id: String,
        pinned: bool,
        reply: Reply<()>,
    },
    Choose {
        change: Change,
        reply: Reply<()>,
    },
    Show {
        id: String,
    },
    TrayMissing(bool),
    Tell(Notice),
    BrowserAsked {
        id: String,
        away: Option<Failure>,
    },
    Dropping(bool),
    Dropped(Vec<PathBuf>),
    AllowEnvironment {
        id: String,
        reply: Reply<()>,
    },
    PickEnvironmentFile {
        id: String,
        file: String,
        reply: Reply<()>,
    },
    SetVariable {
        id: String,
        name: String,
        value: Secret,
        secret: bool,
        reply: Reply<()>,
    },
    RemoveVariable {
        id: String,
        name: String,
        reply: Reply<()>,
    },
    UseEnvFile {
        id: String,
        used: bool,
        reply: Reply<()>,
    },
    /// A person has launches run a folder's `postBuild`, or never.
    RunPostBuild {
        id: String,
        run: bool,
        reply: Reply<()>,
    },
    /// Somebody changed the variables of a folder, and waits until its launch has them.
    OfferVariables {
        id: String,
        reply: Reply<Vec<String>>,
    },
    Variables {
        id: String,
        reply: Reply<ShownVariables>,
    },
    UpdateEnvironment {
        id: String,
        upgrade: bool,
        /// The person named the folder in a terminal, and so allows what it asks for.
        named: bool,
        reply: Reply<()>,
    },
    CancelEnvironment {
        id: String,
    },
    EditPackages {
        id: String,
        change: PackageChange,
        reply: Reply<String>,
    },
    /// A first file for packages, in a folder that has none.
    StartEnvironment {
        id: String,
        packages: Vec<String>,
        reply: Reply<String>,
    },
    EnvironmentPackages {
        id: String,
        reply: Reply<(PathBuf, Seen)>,
    },
    Launch(Wish),
    Cancel {
        id: String,
        reply: Reply<()>,
    },
    Stop {
        id: String,
        reply: Reply<()>,
    },
    Forget {
        id: String,
        reply: Reply<bool>,
    },
    KeepRunning {
        id: String,
        reply: Reply<()>,
    },
    Folder {
        id: String,
        reply: Reply<PathBuf>,
    },
    KernelsDir {
        reply: Reply<PathBuf>,
    },
    /// Somebody changed the kernels directory, and waits until the list is up to date.
    KernelspecsWritten {
        reply: Reply<()>,
    },
    Running {
        id: String,
        notebook: Option<String>,
        reply: Reply<Engine>,
    },
    PipelineFile {
        id: String,
        file: String,
        reply: Reply<(PathBuf, Contents)>,
    },
    Engine {
        reply: Reply<Engine>,
    },
    /// Somebody looks at folders of another machine.
    Looking {
        reply: Reply<(Engine, Looking)>,
    },
    /// The person picks the engine at this address, or forgets the choice.
    UseEngine {
        endpoint: Option<String>,
        reply: Reply<()>,
    },
    /// Picks the place of a folder's next launch; none is this machine.
    PickPlace {
        id: String,
        place: Option<String>,
        reply: Reply<()>,
    },
    /// Asks a place what it offers.
    AskPlace {
        name: String,
        reply: Reply<()>,
    },
    AddPlace {
        name: String,
        place: Box<Place>,
        token: Option<Secret>,
        reply: Reply<()>,
    },
    RemovePlace {
        name: String,
        reply: Reply<()>,
    },
    /// What tests a place: it, with what has its secrets.
    PlaceToTest {
        name: String,
        reply: Reply<connection::Wanted>,
    },
    Starter {
        reply: Reply<Starter>,
    },
    /// Installs the engine, or with `join` only adds the person to its group.
    SetUpEngine {
        join: bool,
        reply: Reply<()>,
    },
    CancelEngineSetup,
    DismissEngineSetup,
    DismissFailure {
        id: String,
    },
    DismissNotice {
        notice: u64,
    },
    /// The images of these kernelspecs, or all if none is named.
    Prepare {
        kernelspecs: Vec<String>,
        reply: Reply<()>,
    },
    CancelPreparing,
    Import(Import),
    /// The person brought a file with images.
    OfferImages(PathBuf),
    /// Whether to import the file with images that the page asked about.
    AnswerImages {
        file: String,
        take: bool,
    },
    /// The images to export, with those of these kernelspecs.
    ImagesToExport {
        kernelspecs: Vec<String>,
        reply: Reply<Wanted>,
    },
    Settled {
        reply: oneshot::Sender<()>,
    },
    Scans {
        reply: oneshot::Sender<Vec<PathBuf>>,
    },
    Close {
        /// The version that was installed is started then.
        restart: bool,
        reply: oneshot::Sender<Closing>,
    },
    AnswerClose {
        answer: Option<OnClose>,
        remember: bool,
        reply: Reply<()>,
    },
    StopAll {
        reply: oneshot::Sender<()>,
    },
    Quit {
        reply: oneshot::Sender<()>,
    },
    CheckUpdates {
        reply: Reply<()>,
    },
    PutUpdateOff,
    UpdatePage {
        reply: Reply<Url>,
    },
    InstallUpdate {
        reply: Reply<()>,
    },
    CancelUpdate,
    Attend,
    Clean {
        reply: Reply<Vec<Orphan>>,
    },

    // Facts of the engine.
    EngineFound(EngineFacts),
    EngineMissing(Failure, Option<Remedy>),
    EngineLost,
    /// Another engine is searched, as the person picked it.
    EngineLeft,
    Listed(Listing),
    ImagesListed(Vec<ImageView>),
    OutOfMemory(BTreeMap<String, String>),
    EngineSetupSaid(String),
    EngineSetupEnded(std::result::Result<(), Failure>),

    /// A place answered, or did not.
    PlaceSeen {
        name: String,
        place: Box<Place>,
        found: std::result::Result<Gateway, Failure>,
        reply: Option<Reply<()>>,
    },

    // Progress and ends of effects.
    Examined {
        wish: Wish,
        exam: Box<Exam>,
    },
    EnvironmentHappened {
        id: String,
        event: StageEvent,
    },
    EnvironmentEnded {
        id: String,
        outcome: std::result::Result<(), Failure>,
    },
    StageHappened {
        id: String,
        event: StageEvent,
    },
    LaunchEnded {
        id: String,
        outcome: std::result::Result<(), Failure>,
        left: Option<Leftover>,
        listed: Option<Listing>,
    },
    RepairEnded {
        id: String,
        outcome: Result<Repaired>,
        listed: Option<Listing>,
    },
    StopEnded {
        id: String,
        attempt: String,
        outcome: std::result::Result<(), Failure>,
        listed: Option<Listing>,
    },
    LeftoverEnded {
        attempt: String,
    },
    LeftoverRemoved {
        attempt: String,
        ended: bool,
        outcome: Result<()>,
    },
    Probed {
        attempt: String,
        ready: bool,
    },
    Died {
        attempt: String,
        container: String,
        failure: Failure,
    },
    ActivitySeen {
        id: String,
        attempt: String,
        seen: Option<(Activity, Server)>,
    },
    RequestClaimed {
        container: String,
        ours: bool,
    },
    Preparing {
        image: String,
        /// How far it is.
        progress: Option<Progress>,
        /// What is shown of all that are being prepared.
        event: StageEvent,
    },
    /// How far the import of images is.
    Importing(StageEvent),
    ImageTried {
        image: String,
        failed: bool,
    },
    Prepared {
        outcome: std::result::Result<(), Failure>,
    },
    Imported {
        outcome: std::result::Result<Imported, Failure>,
    },
    ProcessesSeen(HashMap<String, Liveness>),

    UpdatesRead(Box<Known>),
    UpdatesChecked(Box<Result<(FoundList, Origin)>>),
    /// So many bytes of an update have arrived.
    UpdateHappened(u64),
    UpdateEnded(Result<Version>),

    // Facts of the disk.
    Changed(PathBuf),
    Scanned {
        path: PathBuf,
        contents: Contents,
        environment: Box<Seen>,
        then: Option<Added>,
    },
    FoldersChecked {
        checked: Vec<Checked>,
        then: AfterCheck,
    },
    SettingsOpened(Result<Opened>),
    SettingsRead(Result<(Settings, Vec<Refused>)>),
    SettingsEdited {
        outcome: Result<(Settings, Vec<Refused>)>,
        then: AfterEdit,
    },
    KernelspecsRead {
        read: Box<KernelspecsRead>,
        then: Option<Reply<()>>,
    },

    /// The time that an effect asked for has passed.
    Woke(Wake),
}

/// The settings at the start, with what was invalid in their file, and where a broken file is now.
pub(crate) type Opened = (Settings, Vec<Refused>, Option<SetAside>);

/// The variables of a folder, and its `.env`.
pub(crate) type ShownVariables = (Vec<VariableView>, Option<EnvFileView>);

/// What somebody wants to launch. The answer is the launch's id.
pub(crate) struct Wish {
    pub target: Target,
    /// The folder's own, if none is given.
    pub kernelspec: Option<String>,
    /// The name of its place, `this-machine` among them; the folder's own, if none is given.
    pub place: Option<String>,
    /// The settings' own, if none is given.
    pub timeout: Option<Duration>,
    pub reply: Reply<String>,
}

/// The folder to launch.
pub(crate) enum Target {
    Id(String),
    Path(PathBuf),
}

/// What is read before a launch.
pub(crate) struct Exam {
    /// The folder's canonical path.
    pub folder: std::result::Result<PathBuf, Failure>,
    /// What its files ask for.
    pub environment: Seen,
    /// What server and kernels may do with the folder, and who they are; none if no engine answers.
    pub access: Option<std::result::Result<(Access, String), Failure>>,
    /// The kernelspecs as they are now: the watch may not have reported the newest change.
    pub kernelspecs: KernelspecsRead,
    /// The processes that launched something.
    pub processes: HashMap<String, Liveness>,
}

/// The kernelspecs in the kernels directory.
pub(crate) struct KernelspecsRead {
    /// The kernels directory.
    pub dir: PathBuf,
    pub usable: Vec<Kernelspec>,
    pub problems: Vec<KernelspecProblem>,
    pub linked: Vec<PathBuf>,
    /// The copy that gateways see.
    pub copy: std::result::Result<PathBuf, Failure>,
    /// Why the shipped kernelspecs are not all there.
    pub not_installed: Option<Failure>,
}

/// A folder or a notebook that was named.
pub(crate) struct Checked {
    pub named: PathBuf,
    /// The canonical path of the folder, or of the notebook's folder, if it can be used.
    pub folder: std::result::Result<PathBuf, Failure>,
    /// The canonical path of the notebook.
    pub notebook: Option<PathBuf>,
}

/// What follows a check of folders.
pub(crate) enum AfterCheck {
    Add { reveal: bool, reply: Reply<Brought> },
    Drop,
}

/// A folder that was added, and the way back to the asker.
pub(crate) struct Added {
    pub brought: Brought,
    pub reveal: bool,
    pub reply: Option<Reply<Brought>>,
}

/// What follows a change of the settings.
pub(crate) enum AfterEdit {
    Reply(Reply<()>),
    /// The first of the folders that were added.
    Added(Box<Added>),
    Removed {
        id: String,
        reply: Reply<()>,
    },
    Nothing,
}

/// What a passed time means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Wake {
    /// Look after launches and leftovers again.
    Look,
    Clean,
    LookForIdle,
    SettledTimedOut,
    ScansTimedOut,
    LookForUpdate,
}
