//! The one task that owns the state. Everything else sends it messages.
//!
//! - `folders`: the list of folders, and the kernelspecs to pick from
//! - `launches`: launches that are asked for, stopped and opened; `attempts`: carries one out
//! - `repair`: launches that are not whole; `leftovers`: what failed ones left while the engine was away
//! - `idle`: launches that nobody uses; `images`: the images that launches need
//! - `settings`: what the person chooses; `reveal`: folders that come from outside the page
//! - `engine`: what the engine reports, followed by `mirror`; `closing`: keeps or stops launches when the window closes
//! - `view`: the snapshot, made from all of this

mod attempts;
mod closing;
mod engine;
mod folders;
pub(crate) mod idle;
mod images;
mod launches;
mod leftovers;
pub(crate) mod mirror;
mod repair;
mod reveal;
mod settings;
pub(crate) mod view;

use std::collections::{BTreeMap, HashMap, HashSet};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::{broadcast, mpsc, oneshot, watch};
use tokio_util::sync::CancellationToken;

use crate::contract::choices::{Change, OnClose};
use crate::contract::failure::Failure;
use crate::contract::notice::{Notice, Tone};
use crate::contract::snapshot::{EngineState, ImageView, KernelspecProblem, NoticeView, Reveal, Snapshot, StageView};
use crate::engine::{Engine, Event, Listing, ProcessEnv, Starter};
use crate::folder::scan::Contents;
use crate::folder::watch::FolderWatch;
use crate::jupyter::Activity;
use crate::kernelspec::Kernelspec;
use crate::launch::observed::ObservedLaunch;
use crate::launch::orphans::Orphan;
use crate::launch::repair::Repaired;
use crate::launch::stage::{self, StageEvent};
use crate::platform::clock::now;
use crate::platform::paths::AppDirs;
use crate::platform::process::ProcessLock;
use crate::platform::user::Owner;
use crate::settings::Settings;

pub use closing::Closing;

/// How long a question about all that there is waits for launches that may not answer any more.
const SETTLES_WITHIN: Duration = Duration::from_secs(2);
/// How long whoever asks what is in the folders waits for those on slow disks.
const SCANS_WITHIN: Duration = Duration::from_secs(10);

/// An answer to whoever sent a message.
pub(crate) type Reply<T> = oneshot::Sender<Result<T, Failure>>;

/// What is asked of the state, and what is told to it: closed, so that one `match` drives all.
pub(crate) enum Message {
    Add { path: PathBuf, reply: Reply<String> },
    Remove { id: String, reply: Reply<()> },
    Pick { id: String, name: String, reply: Reply<()> },
    Pin { id: String, pinned: bool, reply: Reply<()> },
    Choose { change: Change, reply: Reply<()> },
    Bring { path: PathBuf, reply: Reply<String> },
    Show { id: String },
    TrayMissing(bool),
    Tell(Notice),
    BrowserAsked { id: String, away: Option<Failure> },
    Dropping(bool),
    Dropped(Vec<PathBuf>),
    Launch { target: Target, kernelspec: Option<String>, timeout: Option<Duration>, reply: Reply<String> },
    Cancel { id: String, reply: Reply<()> },
    Stop { id: String, reply: Reply<()> },
    Forget { id: String, reply: Reply<bool> },
    KeepRunning { id: String, reply: Reply<()> },
    Folder { id: String, reply: Reply<PathBuf> },
    KernelsDir { reply: Reply<PathBuf> },
    Running { id: String, notebook: Option<String>, reply: Reply<Engine> },
    PipelineFile { id: String, file: String, reply: Reply<(PathBuf, Contents)> },
    Engine { reply: Reply<Engine> },
    Starter { reply: Reply<Starter> },
    DismissFailure { id: String },
    DismissNotice { notice: u64 },
    Prepare { reply: Reply<()> },
    CancelPreparing,
    Settled { reply: oneshot::Sender<()> },
    SettledLongEnough,
    Scans { reply: oneshot::Sender<Vec<PathBuf>> },
    ScansLongEnough,
    Close { reply: oneshot::Sender<Closing> },
    AnswerClose { answer: Option<OnClose>, remember: bool, reply: Reply<()> },
    StopAll { reply: oneshot::Sender<()> },
    Quit { reply: oneshot::Sender<()> },

    EngineFound(Engine),
    EngineMissing(Failure, Option<Starter>),
    EngineLost,
    Listed(Listing),
    ImagesListed(Vec<ImageView>),
    StageHappened { id: String, event: StageEvent },
    LaunchEnded { id: String, outcome: Result<(), Failure>, left: Option<leftovers::Leftover>, listed: Option<Listing> },
    RepairEnded { id: String, outcome: crate::words::error::Result<Repaired>, listed: Option<Listing> },
    Attend,
    Clean { reply: Option<Reply<Vec<Orphan>>> },
    LeftoverEnded { attempt: String },
    LeftoverRemoved { attempt: String, ended: bool, outcome: crate::words::error::Result<()> },
    StopEnded { id: String, attempt: String, outcome: Result<(), Failure>, listed: Option<Listing> },
    Probed { attempt: String, ready: bool },
    DeathTold { container: String, failure: Failure },
    OutOfMemory(BTreeMap<String, String>),
    Preparing(StageEvent),
    Prepared { outcome: Result<(), Failure> },
    Changed(PathBuf),
    Scanned { path: PathBuf, contents: Contents },
    LookForIdle,
    ActivitySeen { id: String, attempt: String, seen: Option<(Activity, idle::Way)> },
    Look,
}

/// Which folder to launch.
pub(crate) enum Target {
    Id(String),
    Path(PathBuf),
}

/// Something that this process does to a launch.
pub(crate) struct Task {
    pub kind: TaskKind,
    pub folder: PathBuf,
    pub kernelspec: String,
    pub started_at: u64,
    pub stages: Vec<StageView>,
    pub cancel: CancellationToken,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum TaskKind {
    Launching,
    /// A part of it is made anew.
    Repairing,
    Stopping,
}

/// A launch that could not be started; shown until it is dismissed or tried again.
pub(crate) struct FailedLaunch {
    pub folder: PathBuf,
    pub kernelspec: String,
    pub started_at: u64,
    pub stages: Vec<StageView>,
    pub failure: Failure,
}

pub(crate) struct State {
    pub places: AppDirs,
    pub owner: Owner,
    /// Held as long as this process has a state.
    _lock: ProcessLock,
    pub settings: Settings,
    /// The base image that the environment asks for; it goes before the settings'.
    pub base_image: Option<String>,
    /// This process's environment and home.
    pub around: ProcessEnv,
    pub contents: HashMap<PathBuf, Contents>,
    pub kernelspecs: Vec<Kernelspec>,
    pub problems: Vec<KernelspecProblem>,
    /// Folders that links in the kernels directory lead to.
    pub linked_kernels: Vec<PathBuf>,
    pub engine: Option<Engine>,
    /// What can be started where none answers.
    starter: Option<Starter>,
    pub engine_state: EngineState,
    pub found: BTreeMap<String, ObservedLaunch>,
    newest_listing: Option<Instant>,
    /// Launches that somebody else is stopping, and since when.
    pub stopping: HashMap<String, u64>,
    pub images: Vec<ImageView>,
    pub preparing: Option<images::Preparing>,
    pub tasks: HashMap<String, Task>,
    pub failed: HashMap<String, FailedLaunch>,
    /// Attempts that answer, and since when.
    pub ready: HashMap<String, u64>,
    /// Attempts of others that did not answer in time.
    pub unready: HashSet<String>,
    /// Attempts of this process, with the stages they took.
    pub own_attempts: HashMap<String, Vec<StageView>>,
    /// Attempts of which a part was made anew, and when.
    pub repaired: HashMap<String, Vec<u64>>,
    /// The ports that led to the servers of attempts.
    ports: HashMap<String, u16>,
    pub idle: idle::Idle,
    /// This process stays, and takes care of what ends.
    attending: bool,
    /// What dead processes left was removed since the engine was found.
    cleaned: bool,
    /// Containers that died, with their last words.
    pub deaths: HashMap<String, Failure>,
    pub notices: Vec<NoticeView>,
    /// The person is asked what becomes of launches when the window is closed.
    pub closing: bool,
    /// Notices of what is wrong with the settings file.
    told_of_settings: Vec<u64>,
    /// Folders are held over the window.
    pub dropping: bool,
    pub reveal: Option<Reveal>,
    /// The person wants an icon in the tray, and the system shows none.
    pub tray_missing: bool,
    pub probing: HashSet<String>,
    /// What failed launches of this process left, because the engine went away or hangs.
    leftovers: Vec<leftovers::Leftover>,
    pub listed: bool,
    pub images_listed: bool,
    settled: Vec<oneshot::Sender<()>>,
    /// Whoever waits has waited long enough for launches that do not answer.
    settled_by_force: bool,
    /// Whoever waits to know what is in the folders.
    scans: Vec<oneshot::Sender<Vec<PathBuf>>>,
    /// They have waited long enough.
    scans_by_force: bool,
    quitting: Vec<oneshot::Sender<()>>,
    watch: Option<FolderWatch>,
    tell: mpsc::UnboundedSender<Message>,
    events: broadcast::Sender<Event>,
    last_notice: u64,
    /// Answers that wait for the snapshot that shows what they answer.
    answers: Vec<Box<dyn FnOnce() + Send>>,
}

/// Owns the state until nobody can send any more, publishing a snapshot after each burst of messages.
pub(crate) async fn run(
    mut state: State,
    mut messages: mpsc::UnboundedReceiver<Message>,
    publish: watch::Sender<Arc<Snapshot>>,
) {
    let mut revision = 0;
    loop {
        let mut next = view::snapshot(&state, now());
        publish.send_if_modified(|last| {
            next.revision = last.revision;
            if **last == next {
                return false;
            }
            revision += 1;
            next.revision = revision;
            *last = Arc::new(next);
            true
        });
        state.answer_waiting();
        let Some(message) = messages.recv().await else { return };
        state.handle(message);
        while let Ok(message) = messages.try_recv() {
            state.handle(message);
        }
    }
}

impl State {
    pub fn new(
        places: AppDirs,
        owner: Owner,
        lock: ProcessLock,
        tell: mpsc::UnboundedSender<Message>,
        events: broadcast::Sender<Event>,
    ) -> State {
        State {
            places,
            owner,
            _lock: lock,
            settings: Settings::default(),
            base_image: None,
            around: ProcessEnv::default(),
            contents: HashMap::new(),
            kernelspecs: Vec::new(),
            problems: Vec::new(),
            linked_kernels: Vec::new(),
            engine: None,
            starter: None,
            engine_state: EngineState::Looking,
            found: BTreeMap::new(),
            newest_listing: None,
            stopping: HashMap::new(),
            images: Vec::new(),
            preparing: None,
            tasks: HashMap::new(),
            failed: HashMap::new(),
            ready: HashMap::new(),
            unready: HashSet::new(),
            own_attempts: HashMap::new(),
            repaired: HashMap::new(),
            ports: HashMap::new(),
            idle: idle::Idle::default(),
            attending: false,
            cleaned: false,
            deaths: HashMap::new(),
            notices: Vec::new(),
            closing: false,
            told_of_settings: Vec::new(),
            dropping: false,
            reveal: None,
            tray_missing: false,
            probing: HashSet::new(),
            leftovers: Vec::new(),
            listed: false,
            images_listed: false,
            settled: Vec::new(),
            settled_by_force: false,
            scans: Vec::new(),
            scans_by_force: false,
            quitting: Vec::new(),
            watch: None,
            tell,
            events,
            last_notice: 0,
            answers: Vec::new(),
        }
    }

    /// Reads what is on disk and starts to watch it.
    pub fn open(&mut self) {
        self.open_settings();
        self.open_kernels();
        let (changed, mut changes) = mpsc::unbounded_channel();
        match FolderWatch::new(changed) {
            Ok(watch) => self.watch = Some(watch),
            Err(error) => tracing::warn!(%error, "folders cannot be watched; changes show at the next start"),
        }
        let tell = self.tell.clone();
        tokio::spawn(async move {
            while let Some(path) = changes.recv().await {
                if tell.send(Message::Changed(path)).is_err() {
                    return;
                }
            }
        });
        self.watch_folders();
        for entry in self.settings.folders.clone() {
            self.scan(entry.path);
        }
    }

    fn notice(&mut self, notice: impl Into<Notice>) {
        let Notice { tone, message, hint } = notice.into();
        match tone {
            Tone::Failure => tracing::warn!(message, "told the person"),
            Tone::Good | Tone::Remark => tracing::info!(message, "told the person"),
        }
        self.last_notice += 1;
        self.notices.push(NoticeView { id: self.last_notice, tone, message, hint, address_of: None });
    }

    /// A browser came to a launch, or did not come, which is told until it does or another is asked.
    fn browser_asked(&mut self, id: &str, away: Option<Failure>) {
        self.notices.retain(|notice| notice.address_of.as_deref() != Some(id));
        if let Some(failure) = away {
            self.notice(failure);
            if let Some(notice) = self.notices.last_mut() {
                notice.address_of = Some(id.to_owned());
            }
        }
    }

    fn answer<T: Send + 'static>(&mut self, reply: Reply<T>, outcome: Result<T, Failure>) {
        self.answers.push(Box::new(move || drop(reply.send(outcome))));
    }

    fn answer_waiting(&mut self) {
        self.answers.drain(..).for_each(|answer| answer());
        let looked = match self.engine_state {
            EngineState::Looking => false,
            EngineState::Ready { .. } => {
                self.listed && self.images_listed && (self.probing.is_empty() || self.settled_by_force)
            }
            EngineState::Unavailable { .. } => true,
        };
        if looked {
            self.settled_by_force = false;
            for waiting in self.settled.drain(..) {
                let _ = waiting.send(());
            }
        }
        if !self.scans.is_empty() {
            let unscanned = self.unscanned();
            if unscanned.is_empty() || self.scans_by_force {
                self.scans_by_force = false;
                for waiting in self.scans.drain(..) {
                    let _ = waiting.send(unscanned.clone());
                }
            }
        }
        // What was cancelled and not waited for is removed by this process, as long as it may.
        if self.tasks.is_empty() && !self.leftovers.iter().any(|leftover| leftover.failure.is_some()) {
            for waiting in self.quitting.drain(..) {
                let _ = waiting.send(());
            }
        }
    }

    fn settle(&mut self, reply: oneshot::Sender<()>) {
        self.settled.push(reply);
        let tell = self.tell.clone();
        tokio::spawn(async move {
            tokio::time::sleep(SETTLES_WITHIN).await;
            let _ = tell.send(Message::SettledLongEnough);
        });
    }

    fn wait_for_scans(&mut self, reply: oneshot::Sender<Vec<PathBuf>>) {
        self.scans.push(reply);
        let tell = self.tell.clone();
        tokio::spawn(async move {
            tokio::time::sleep(SCANS_WITHIN).await;
            let _ = tell.send(Message::ScansLongEnough);
        });
    }

    fn handle(&mut self, message: Message) {
        match message {
            Message::Add { path, reply } => {
                let outcome = self.add(&path);
                self.answer(reply, outcome);
            }
            Message::Remove { id, reply } => {
                let outcome = self.remove(&id);
                self.answer(reply, outcome);
            }
            Message::Pick { id, name, reply } => {
                let outcome = self.pick(&id, &name);
                self.answer(reply, outcome);
            }
            Message::Pin { id, pinned, reply } => {
                let outcome = self.pin(&id, pinned);
                self.answer(reply, outcome);
            }
            Message::Choose { change, reply } => {
                let outcome = self.choose(&change);
                self.answer(reply, outcome);
            }
            Message::Bring { path, reply } => {
                let outcome = self.bring(&path);
                self.answer(reply, outcome);
            }
            Message::Tell(notice) => self.notice(notice),
            Message::BrowserAsked { id, away } => self.browser_asked(&id, away),
            Message::TrayMissing(missing) => self.tray_missing = missing,
            Message::Show { id } => self.show(&id),
            Message::Dropping(dropping) => self.dropping = dropping,
            Message::Dropped(paths) => self.take_dropped(&paths),
            Message::Launch { target, kernelspec, timeout, reply } => {
                let outcome = self.launch(target, kernelspec, timeout);
                self.answer(reply, outcome);
            }
            Message::Cancel { id, reply } => {
                let outcome = self.cancel(&id);
                self.answer(reply, outcome);
            }
            Message::Stop { id, reply } => {
                let outcome = self.stop(&id);
                self.answer(reply, outcome);
            }
            Message::Forget { id, reply } => self.forget(id, reply),
            Message::KeepRunning { id, reply } => {
                let outcome = self.keep_running(&id);
                self.answer(reply, outcome);
            }
            Message::Folder { id, reply } => drop(reply.send(self.folder(&id))),
            Message::KernelsDir { reply } => drop(reply.send(Ok(self.kernels_dir()))),
            Message::Running { id, notebook, reply } => {
                drop(reply.send(self.running(&id, notebook.as_deref())));
                if let Ok(folder) = self.folder(&id) {
                    self.was_opened(&folder);
                }
            }
            Message::PipelineFile { id, file, reply } => drop(reply.send(self.pipeline_file(&id, &file))),
            Message::Engine { reply } => drop(reply.send(self.engine())),
            Message::Starter { reply } => drop(reply.send(self.starter())),
            Message::DismissFailure { id } => drop(self.failed.remove(&id)),
            Message::DismissNotice { notice } => self.notices.retain(|known| known.id != notice),
            Message::Prepare { reply } => self.prepare(reply),
            Message::CancelPreparing => self.cancel_preparing(),
            Message::Settled { reply } => self.settle(reply),
            Message::SettledLongEnough => self.settled_by_force = !self.settled.is_empty(),
            Message::Scans { reply } => self.wait_for_scans(reply),
            Message::ScansLongEnough => self.scans_by_force = !self.scans.is_empty(),
            Message::Close { reply } => drop(reply.send(self.close())),
            Message::AnswerClose { answer, remember, reply } => self.answer_close(answer, remember, reply),
            Message::StopAll { reply } => {
                self.attending = false;
                self.stop_all();
                self.quitting.push(reply);
            }
            Message::Quit { reply } => {
                self.attending = false;
                let launching = self.tasks.values().filter(|task| task.kind != TaskKind::Stopping);
                launching.for_each(|task| task.cancel.cancel());
                self.quitting.push(reply);
            }

            Message::EngineFound(engine) => self.engine_found(engine),
            Message::EngineMissing(failure, starter) => self.engine_missing(failure, starter),
            Message::EngineLost => self.engine_lost(),
            Message::Listed(listing) => self.listed(&listing),
            Message::ImagesListed(images) => {
                self.images = images;
                self.images_listed = true;
            }
            Message::StageHappened { id, event } => {
                if let Some(task) = self.tasks.get_mut(&id) {
                    stage::fold(&mut task.stages, event, now());
                }
            }
            Message::LaunchEnded { id, outcome, left, listed } => {
                // It may be what another launch left, that was to be removed first.
                self.leftovers.retain(|known| left.as_ref().is_none_or(|left| left.attempt != known.attempt));
                self.leftovers.extend(left);
                self.hide_leftovers();
                self.launch_ended(&id, outcome, listed);
                self.remove_leftovers();
            }
            Message::RepairEnded { id, outcome, listed } => self.repair_ended(&id, outcome, listed),
            Message::Attend => {
                self.attending = true;
                self.attend();
            }
            Message::Clean { reply } => self.clean(reply),
            Message::LeftoverEnded { attempt } => self.leftover_ended(&attempt),
            Message::LeftoverRemoved { attempt, ended, outcome } => self.leftover_removed(&attempt, ended, outcome),
            Message::StopEnded { id, attempt, outcome, listed } => self.stop_ended(&id, attempt, outcome, listed),
            Message::Probed { attempt, ready } => {
                self.probing.remove(&attempt);
                if ready {
                    self.ready.insert(attempt, now());
                } else {
                    self.unready.insert(attempt);
                }
            }
            Message::DeathTold { container, failure } => drop(self.deaths.insert(container, failure)),
            Message::OutOfMemory(labels) => self.out_of_memory(&labels),
            Message::Preparing(event) => {
                if let Some(preparing) = &mut self.preparing {
                    stage::fold(std::slice::from_mut(&mut preparing.stage), event, now());
                }
            }
            Message::Prepared { outcome } => self.prepared(&outcome),
            // Where one folder holds both (macOS), a change is either's.
            Message::Changed(path) if path == self.places.config => self.read_settings(),
            Message::Changed(path) if path == self.kernels_dir() => {
                self.read_kernelspecs();
                self.watch_folders();
                self.list_images();
            }
            Message::Changed(path) => {
                self.watch_folders();
                self.scan(path);
            }
            Message::Scanned { path, contents } => {
                let added = self.settings.folders.iter().any(|entry| entry.path == path);
                if self.contents.insert(path, contents).is_none() && !added {
                    self.watch_folders();
                }
            }
            Message::LookForIdle => self.ask_for_activity(),
            Message::ActivitySeen { id, attempt, seen } => self.activity_seen(&id, &attempt, seen),
            Message::Look => {
                self.remove_leftovers();
                self.attend();
            }
        }
    }
}
