//! The one task that owns the state. Everything else sends it messages.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{broadcast, mpsc, oneshot, watch};
use tokio_util::sync::CancellationToken;

use crate::clock::now;
use crate::engine::{Engine, Event, Observed};
use crate::error::Error;
use crate::failure::{Failure, FailureCode};
use crate::fold::{self, Found};
use crate::kernelspec::{self, Kernelspec};
use crate::launching::{self, Order, Unlaunched};
use crate::owner::Owner;
use crate::paths::Places;
use crate::scan::{self, Contents};
use crate::settings::{self, FolderEntry, Settings};
use crate::snapshot::{
    EngineState, ImageRole, ImageView, KernelspecProblem, Notice, Snapshot, Step, StepState, StepView,
};
use crate::steps::{self, StepEvent};
use crate::watch::FolderWatch;
use crate::{images, pipeline, stopping, view};

/// How long the chain has to become usable, where nothing else is said.
const READY_WITHIN: Duration = Duration::from_secs(60);
/// The kernelspec of a folder for which none was picked.
const USUAL_KERNELSPEC: &str = "python_docker";

/// An answer to whoever sent a message.
pub(crate) type Reply<T> = oneshot::Sender<Result<T, Failure>>;

/// What is asked of the state, and what is told to it: closed, so that one `match` drives all.
pub(crate) enum Message {
    Add { path: PathBuf, reply: Reply<String> },
    Remove { id: String, reply: Reply<()> },
    Pick { id: String, name: String, reply: Reply<()> },
    Launch { target: Target, kernelspec: Option<String>, timeout: Option<Duration>, reply: Reply<String> },
    Cancel { id: String, reply: Reply<()> },
    Stop { id: String, reply: Reply<()> },
    Folder { id: String, reply: Reply<PathBuf> },
    Running { id: String, notebook: Option<String>, reply: Reply<Engine> },
    Engine { reply: Reply<Engine> },
    DismissFailure { id: String },
    DismissNotice { notice: u64 },
    Prepare { reply: Reply<()> },
    Settled { reply: oneshot::Sender<()> },
    Quit { reply: oneshot::Sender<()> },

    EngineFound(Engine),
    EngineMissing(Failure),
    EngineLost,
    Listed(Vec<Observed>),
    ImagesListed(Vec<ImageView>),
    StepHappened { id: String, event: StepEvent },
    LaunchEnded { id: String, outcome: Result<(), Failure>, left: Option<String>, listed: Option<Vec<Observed>> },
    LeftoverRemoved { attempt: String, outcome: crate::error::Result<()> },
    StopEnded { id: String, outcome: Result<(), Failure>, listed: Option<Vec<Observed>> },
    Probed { attempt: String, ready: bool },
    DeathTold { container: String, failure: Failure },
    Preparing(StepEvent),
    Prepared { outcome: Result<(), Failure>, replies: Vec<Reply<()>> },
    Changed(PathBuf),
    Scanned { path: PathBuf, contents: Contents },
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
    pub steps: Vec<StepView>,
    pub cancel: CancellationToken,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum TaskKind {
    Launching,
    Stopping,
}

/// A launch that could not be started; shown until it is dismissed or tried again.
pub(crate) struct FailedLaunch {
    pub folder: PathBuf,
    pub kernelspec: String,
    pub started_at: u64,
    pub steps: Vec<StepView>,
    pub failure: Failure,
}

/// What a failed launch left on the engine.
struct Leftover {
    attempt: String,
    launch: String,
    /// It is being removed.
    going: bool,
}

pub(crate) struct State {
    pub places: Places,
    pub owner: Owner,
    pub settings: Settings,
    pub contents: HashMap<PathBuf, Contents>,
    pub kernelspecs: Vec<Kernelspec>,
    pub problems: Vec<KernelspecProblem>,
    pub engine: Option<Engine>,
    pub engine_state: EngineState,
    pub found: BTreeMap<String, Found>,
    pub images: Vec<ImageView>,
    pub preparing: Option<StepView>,
    pub tasks: HashMap<String, Task>,
    pub failed: HashMap<String, FailedLaunch>,
    /// Attempts that answer, and since when.
    pub ready: HashMap<String, u64>,
    /// Attempts of others that did not answer in time.
    pub unready: HashSet<String>,
    /// Attempts of this process, with the steps they took.
    pub own_attempts: HashMap<String, Vec<StepView>>,
    /// Containers that died, with their last words.
    pub deaths: HashMap<String, Failure>,
    pub notices: Vec<Notice>,
    pub probing: HashSet<String>,
    /// What failed launches of this process left, because the engine went away.
    leftovers: Vec<Leftover>,
    pub listed: bool,
    pub images_listed: bool,
    settled: Vec<oneshot::Sender<()>>,
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
        places: Places,
        owner: Owner,
        tell: mpsc::UnboundedSender<Message>,
        events: broadcast::Sender<Event>,
    ) -> State {
        State {
            places,
            owner,
            settings: Settings::default(),
            contents: HashMap::new(),
            kernelspecs: Vec::new(),
            problems: Vec::new(),
            engine: None,
            engine_state: EngineState::Looking,
            found: BTreeMap::new(),
            images: Vec::new(),
            preparing: None,
            tasks: HashMap::new(),
            failed: HashMap::new(),
            ready: HashMap::new(),
            unready: HashSet::new(),
            own_attempts: HashMap::new(),
            deaths: HashMap::new(),
            notices: Vec::new(),
            probing: HashSet::new(),
            leftovers: Vec::new(),
            listed: false,
            images_listed: false,
            settled: Vec::new(),
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
        match settings::load(&self.places.settings_file()) {
            Ok((settings, set_aside)) => {
                self.settings = settings;
                if let Some(aside) = set_aside {
                    self.notice(Error::SettingsSetAside { moved_to: aside.moved_to, reason: aside.reason }.into());
                }
            }
            Err(error) => self.notice(error.into()),
        }
        match crate::kernels_dir::install(&self.places.kernels_dir()) {
            Ok(kept) if kept.is_empty() => {}
            Ok(kept) => tracing::info!(?kept, "shipped kernelspecs that were changed by hand are kept"),
            Err(error) => self.notice(error.into()),
        }
        self.read_kernelspecs();
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

    fn watch_folders(&mut self) {
        let mut folders: Vec<PathBuf> = self.settings.folders.iter().map(|entry| entry.path.clone()).collect();
        folders.push(self.places.kernels_dir());
        if let Some(watch) = &mut self.watch {
            watch.set(&folders);
        }
    }

    fn scan(&self, path: PathBuf) {
        let tell = self.tell.clone();
        tokio::task::spawn_blocking(move || {
            let contents = scan::scan(&path);
            let _ = tell.send(Message::Scanned { path, contents });
        });
    }

    fn read_kernelspecs(&mut self) {
        (self.kernelspecs, self.problems) = kernelspec::read(&self.places.kernels_dir());
    }

    fn notice(&mut self, failure: Failure) {
        tracing::warn!(message = failure.message, "told the person");
        self.last_notice += 1;
        self.notices.push(Notice { id: self.last_notice, failure });
    }

    /// The kernelspec that a launch of the folder uses.
    pub fn kernelspec_for(&self, folder: &Path) -> Option<String> {
        let known = |name: &str| self.kernelspecs.iter().any(|spec| spec.name == name);
        let picked = self.settings.folders.iter().find(|entry| entry.path == folder)?.kernelspec.clone();
        picked.filter(|name| known(name)).or_else(|| self.usual_kernelspec())
    }

    fn usual_kernelspec(&self) -> Option<String> {
        let usual = self.kernelspecs.iter().find(|spec| spec.name == USUAL_KERNELSPEC);
        usual.or(self.kernelspecs.first()).map(|spec| spec.name.clone())
    }

    fn answer<T: Send + 'static>(&mut self, reply: Reply<T>, outcome: Result<T, Failure>) {
        self.answers.push(Box::new(move || drop(reply.send(outcome))));
    }

    fn answer_waiting(&mut self) {
        self.answers.drain(..).for_each(|answer| answer());
        let looked = match self.engine_state {
            EngineState::Looking => false,
            EngineState::Ready { .. } => self.listed && self.images_listed && self.probing.is_empty(),
            EngineState::Unavailable { .. } => true,
        };
        if looked {
            for waiting in self.settled.drain(..) {
                let _ = waiting.send(());
            }
        }
        if self.tasks.is_empty() {
            for waiting in self.quitting.drain(..) {
                let _ = waiting.send(());
            }
        }
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
            Message::Folder { id, reply } => drop(reply.send(self.folder(&id))),
            Message::Running { id, notebook, reply } => {
                drop(reply.send(self.running(&id, notebook.as_deref())));
            }
            Message::Engine { reply } => drop(reply.send(self.engine())),
            Message::DismissFailure { id } => drop(self.failed.remove(&id)),
            Message::DismissNotice { notice } => self.notices.retain(|known| known.id != notice),
            Message::Prepare { reply } => self.prepare(reply),
            Message::Settled { reply } => self.settled.push(reply),
            Message::Quit { reply } => {
                let launching = self.tasks.values().filter(|task| task.kind == TaskKind::Launching);
                launching.for_each(|task| task.cancel.cancel());
                self.quitting.push(reply);
            }

            Message::EngineFound(engine) => self.engine_found(engine),
            Message::EngineMissing(failure) => self.engine_missing(failure),
            Message::EngineLost => self.engine_lost(),
            Message::Listed(containers) => self.listed(&containers),
            Message::ImagesListed(images) => {
                self.images = images;
                self.images_listed = true;
            }
            Message::StepHappened { id, event } => {
                if let Some(task) = self.tasks.get_mut(&id) {
                    steps::fold(&mut task.steps, event, now());
                }
            }
            Message::LaunchEnded { id, outcome, left, listed } => {
                self.leftovers.extend(left.map(|attempt| Leftover { attempt, launch: id.clone(), going: false }));
                self.hide_leftovers();
                self.launch_ended(&id, outcome, listed);
            }
            Message::LeftoverRemoved { attempt, outcome } => self.leftover_removed(&attempt, outcome),
            Message::StopEnded { id, outcome, listed } => self.stop_ended(&id, outcome, listed),
            Message::Probed { attempt, ready } => {
                self.probing.remove(&attempt);
                if ready {
                    self.ready.insert(attempt, now());
                } else {
                    self.unready.insert(attempt);
                }
            }
            Message::DeathTold { container, failure } => drop(self.deaths.insert(container, failure)),
            Message::Preparing(event) => {
                if let Some(step) = &mut self.preparing {
                    steps::fold(std::slice::from_mut(step), event, now());
                }
            }
            Message::Prepared { outcome, replies } => self.prepared(outcome, replies),
            Message::Changed(path) if path == self.places.kernels_dir() => {
                self.watch_folders();
                self.read_kernelspecs();
                self.list_images();
            }
            Message::Changed(path) => {
                self.watch_folders();
                self.scan(path);
            }
            Message::Scanned { path, contents } => drop(self.contents.insert(path, contents)),
            Message::Look => {}
        }
    }

    fn change_settings(&mut self, change: impl FnOnce(&mut Settings)) -> Result<(), Failure> {
        self.settings = settings::update(&self.places.settings_file(), change)?;
        Ok(())
    }

    fn add(&mut self, path: &Path) -> Result<String, Failure> {
        let path = pipeline::check_folder(path)?;
        let id = pipeline::id_of(&path);
        if !self.settings.folders.iter().any(|entry| entry.path == path) {
            self.change_settings(|settings| {
                if !settings.folders.iter().any(|entry| entry.path == path) {
                    settings.folders.push(FolderEntry { path: path.clone(), ..FolderEntry::default() });
                }
            })?;
            self.watch_folders();
            // Small folders show whole at once; a large one is bounded by the scan's own time.
            self.contents.insert(path.clone(), scan::scan(&path));
        }
        Ok(id)
    }

    fn remove(&mut self, id: &str) -> Result<(), Failure> {
        let path = self.added(id)?;
        self.change_settings(|settings| settings.folders.retain(|entry| entry.path != path))?;
        self.failed.remove(id);
        self.watch_folders();
        Ok(())
    }

    fn pick(&mut self, id: &str, name: &str) -> Result<(), Failure> {
        let path = self.added(id)?;
        self.kernelspec_named(name)?;
        self.change_settings(|settings| {
            if let Some(entry) = settings.folders.iter_mut().find(|entry| entry.path == path) {
                entry.kernelspec = Some(name.to_owned());
            }
        })
    }

    fn added(&self, id: &str) -> Result<PathBuf, Failure> {
        let entry = self.settings.folders.iter().find(|entry| pipeline::id_of(&entry.path) == id);
        entry.map(|entry| entry.path.clone()).ok_or_else(|| Error::UnknownPipeline { id: id.to_owned() }.into())
    }

    fn folder(&self, id: &str) -> Result<PathBuf, Failure> {
        self.added(id)
            .ok()
            .or_else(|| self.tasks.get(id).map(|task| task.folder.clone()))
            .or_else(|| self.failed.get(id).map(|failed| failed.folder.clone()))
            .or_else(|| self.found.get(id).map(|found| PathBuf::from(&found.pipeline)))
            .ok_or_else(|| Error::UnknownPipeline { id: id.to_owned() }.into())
    }

    fn kernelspec_named(&self, name: &str) -> Result<Kernelspec, Failure> {
        if let Some(spec) = self.kernelspecs.iter().find(|spec| spec.name == name) {
            return Ok(spec.clone());
        }
        if let Some(problem) = self.problems.iter().find(|problem| problem.name == name) {
            return Err(Error::Kernelspec {
                message: format!("the kernelspec `{name}` cannot be used: {}", problem.message),
                hint: problem.hint.clone(),
            }
            .into());
        }
        let names: Vec<_> = self.kernelspecs.iter().map(|spec| format!("`{}`", spec.name)).collect();
        Err(Error::Kernelspec {
            message: format!("there is no kernelspec `{name}` in `{}`", self.places.kernels_dir().display()),
            hint: format!("pick one of {}", names.join(", ")),
        }
        .into())
    }

    fn engine(&self) -> Result<Engine, Failure> {
        match (&self.engine, &self.engine_state) {
            (Some(engine), _) => Ok(engine.clone()),
            (None, EngineState::Unavailable { failure, .. }) => Err(failure.clone()),
            (None, _) => Err(Error::StillLooking.into()),
        }
    }

    /// Starts a launch and answers with its id. What runs or starts already is left as it is.
    fn launch(
        &mut self,
        target: Target,
        kernelspec: Option<String>,
        timeout: Option<Duration>,
    ) -> Result<String, Failure> {
        let folder = match target {
            Target::Id(id) => self.folder(&id)?,
            Target::Path(path) => path,
        };
        let folder = pipeline::check_folder(&folder)?;
        let id = pipeline::id_of(&folder);
        match self.tasks.get(&id) {
            Some(task) if task.kind == TaskKind::Launching && !task.cancel.is_cancelled() => return Ok(id),
            Some(_) => return Err(Error::StillStopping { folder }.into()),
            None => {}
        }
        let left = self.found.get(&id);
        // Broken ones are removed first; what runs, or starts elsewhere, is what was asked for.
        let broken = left.is_some_and(|found| {
            found.dead().is_some()
                || self.unready.contains(&found.attempt)
                || (!found.whole() && now().saturating_sub(found.started_at) >= view::GRACE_MS)
        });
        if left.is_some() && !broken {
            return Ok(id);
        }
        let remove_first = broken || self.leftovers.iter().any(|leftover| leftover.launch == id);
        let name = match kernelspec.or_else(|| self.kernelspec_for(&folder)).or_else(|| self.usual_kernelspec()) {
            Some(name) => name,
            None => {
                return Err(Error::Kernelspec {
                    message: format!("there is no usable kernelspec in `{}`", self.places.kernels_dir().display()),
                    hint: "`orchest kernels` says what is wrong with those that are there".to_owned(),
                }
                .into());
            }
        };
        let kernelspec = self.kernelspec_named(&name)?;
        let engine = self.engine()?;
        if !self.contents.contains_key(&folder) {
            self.scan(folder.clone());
        }
        self.failed.remove(&id);
        let order = Order {
            id: id.clone(),
            folder: folder.clone(),
            kernelspec,
            kernels_dir: self.places.kernels_dir(),
            images: self.image_options(),
            timeout: timeout.or(self.settings.launch_timeout_s.map(Duration::from_secs)).unwrap_or(READY_WITHIN),
            owner: self.owner.clone(),
        };
        let cancel = CancellationToken::new();
        self.tasks.insert(
            id.clone(),
            Task {
                kind: TaskKind::Launching,
                folder,
                kernelspec: name,
                started_at: now(),
                steps: steps::waiting(),
                cancel: cancel.clone(),
            },
        );
        self.spawn_launch(engine, order, remove_first, cancel);
        Ok(id)
    }

    fn spawn_launch(&self, engine: Engine, order: Order, remove_first: bool, cancel: CancellationToken) {
        let (tell, events) = (self.tell.clone(), self.events.subscribe());
        tokio::spawn(async move {
            let id = order.id.clone();
            let report = {
                let (tell, id) = (tell.clone(), id.clone());
                move |event| drop(tell.send(Message::StepHappened { id: id.clone(), event }))
            };
            let unlaunched = |error| Unlaunched { error, left: None };
            let outcome = async {
                if remove_first {
                    stopping::stop(&engine, &id).await.map_err(unlaunched)?;
                }
                match launching::launch(&engine, &order, events, &report, &cancel).await {
                    // Another program was quicker: its launch is what was asked for.
                    Err(Unlaunched { error: Error::LaunchedElsewhere { .. }, left: None }) => {
                        report(StepEvent::Doing(Step::Network, "another program launches this folder".to_owned()));
                        launching::joined(&engine, &order, &cancel).await.map_err(unlaunched)
                    }
                    outcome => outcome,
                }
            }
            .await;
            let (outcome, left) = match outcome {
                Ok(()) => (Ok(()), None),
                Err(Unlaunched { error, left }) => {
                    tracing::warn!(launch = id, error = &error as &dyn std::error::Error, "launch failed");
                    (Err(error.into()), left)
                }
            };
            let listed = engine.list().await.ok();
            let _ = tell.send(Message::LaunchEnded { id, outcome, left, listed });
        });
    }

    fn launch_ended(&mut self, id: &str, outcome: Result<(), Failure>, listed: Option<Vec<Observed>>) {
        let Some(mut task) = self.tasks.remove(id) else { return };
        if let Some(containers) = &listed {
            self.fold(containers);
        }
        match outcome {
            Ok(()) => {
                if let Some(found) = self.found.get(id) {
                    self.ready.insert(found.attempt.clone(), now());
                    self.own_attempts.insert(found.attempt.clone(), task.steps);
                }
                tracing::info!(launch = id, took_ms = now().saturating_sub(task.started_at), "ready");
            }
            Err(failure) if failure.code == FailureCode::Cancelled => {
                tracing::info!(launch = id, message = failure.message, "not launched");
            }
            Err(failure) => {
                steps::end_active(&mut task.steps, StepState::Failed, now());
                let Task { folder, kernelspec, started_at, steps, .. } = task;
                self.failed.insert(id.to_owned(), FailedLaunch { folder, kernelspec, started_at, steps, failure });
            }
        }
        if let Some(containers) = listed {
            self.listed(&containers);
        }
        self.list_images();
    }

    fn cancel(&mut self, id: &str) -> Result<(), Failure> {
        match self.tasks.get(id) {
            Some(task) if task.kind == TaskKind::Launching => {
                task.cancel.cancel();
                Ok(())
            }
            Some(_) => Ok(()),
            None => self.stop(id),
        }
    }

    fn stop(&mut self, id: &str) -> Result<(), Failure> {
        if let Some(task) = self.tasks.get(id) {
            task.cancel.cancel();
            return Ok(());
        }
        self.failed.remove(id);
        let Some(found) = self.found.get(id) else {
            return self.folder(id).map(drop);
        };
        let engine = self.engine()?;
        let task = Task {
            kind: TaskKind::Stopping,
            folder: PathBuf::from(&found.pipeline),
            kernelspec: found.kernelspec.clone(),
            started_at: found.started_at,
            steps: Vec::new(),
            cancel: CancellationToken::new(),
        };
        self.tasks.insert(id.to_owned(), task);
        let (tell, id) = (self.tell.clone(), id.to_owned());
        tokio::spawn(async move {
            let outcome = stopping::stop(&engine, &id).await.map_err(Failure::from);
            let listed = engine.list().await.ok();
            let _ = tell.send(Message::StopEnded { id, outcome, listed });
        });
        Ok(())
    }

    fn stop_ended(&mut self, id: &str, outcome: Result<(), Failure>, listed: Option<Vec<Observed>>) {
        self.tasks.remove(id);
        if let Err(failure) = outcome {
            self.notice(failure);
        }
        if let Some(containers) = listed {
            self.listed(&containers);
        }
    }

    /// The engine on which a launch runs that can be opened, at one of its notebooks.
    fn running(&self, id: &str, notebook: Option<&str>) -> Result<Engine, Failure> {
        let found = self.found.get(id).filter(|found| found.whole() && self.ready.contains_key(&found.attempt));
        let Some(found) = found.filter(|_| !self.tasks.contains_key(id)) else {
            return Err(Error::NotRunning { name: self.folder(id)?.display().to_string() }.into());
        };
        if let Some(notebook) = notebook {
            let contents = self.contents.get(Path::new(&found.pipeline));
            let known = contents.is_some_and(|contents| contents.notebooks.iter().any(|file| file.path == notebook));
            if !known {
                return Err(Error::UnknownNotebook { path: notebook.to_owned() }.into());
            }
        }
        self.engine()
    }

    fn image_options(&self) -> images::Options {
        images::Options {
            base_image: self.settings.base_image.clone(),
            ca_file: self.settings.ca_file.clone(),
            logs_dir: self.places.logs_dir(),
        }
    }

    /// The images that launches need: gateway, server, then those of the kernelspecs, each once.
    fn image_names(&self) -> Vec<(ImageRole, String)> {
        let mut names = vec![(ImageRole::Gateway, images::gateway()), (ImageRole::Server, images::server())];
        for spec in &self.kernelspecs {
            if !names.iter().any(|(_, name)| *name == spec.image) {
                names.push((ImageRole::Kernel, spec.image.clone()));
            }
        }
        names
    }

    fn list_images(&self) {
        let Some(engine) = self.engine.clone() else { return };
        let (tell, names) = (self.tell.clone(), self.image_names());
        tokio::spawn(async move {
            let _ = tell.send(Message::ImagesListed(images::list(&engine, &names).await));
        });
    }

    fn prepare(&mut self, reply: Reply<()>) {
        let engine = match self.engine() {
            Ok(engine) => engine,
            Err(failure) => return drop(reply.send(Err(failure))),
        };
        self.preparing.get_or_insert_with(|| {
            let mut step = steps::new(Step::Images);
            steps::fold(std::slice::from_mut(&mut step), StepEvent::Began(Step::Images), now());
            step
        });
        let names: Vec<String> = self.image_names().into_iter().map(|(_, name)| name).collect();
        let (tell, options) = (self.tell.clone(), self.image_options());
        tokio::spawn(async move {
            let cancel = CancellationToken::new();
            let mut outcome = Ok(());
            // One that cannot be had does not keep the others from being prepared.
            for name in names {
                let report = |progress: images::ImageProgress| {
                    let event = StepEvent::Progressed(Step::Images, progress.detail, progress.progress, progress.log);
                    drop(tell.send(Message::Preparing(event)));
                };
                let had = images::ensure_all(&engine, std::slice::from_ref(&name), &options, &cancel, report).await;
                if let Err(error) = had {
                    tracing::warn!(image = name, error = &error as &dyn std::error::Error, "not prepared");
                    outcome = outcome.and(Err(Failure::from(error)));
                }
            }
            let _ = tell.send(Message::Prepared { outcome, replies: vec![reply] });
        });
    }

    fn prepared(&mut self, outcome: Result<(), Failure>, replies: Vec<Reply<()>>) {
        self.preparing = None;
        self.images_listed = false;
        self.list_images();
        for reply in replies {
            self.answer(reply, outcome.clone());
        }
    }

    fn engine_found(&mut self, engine: Engine) {
        let facts = engine.facts();
        self.engine_state = EngineState::Ready {
            name: facts.name.clone(),
            version: facts.version.clone(),
            api_version: facts.api_version.clone(),
            endpoint: facts.endpoint.clone(),
            found_by: facts.found_by.clone(),
        };
        self.engine = Some(engine);
        self.listed = false;
        self.images_listed = false;
        self.list_images();
    }

    fn engine_missing(&mut self, failure: Failure) {
        self.engine = None;
        let since = match &self.engine_state {
            EngineState::Unavailable { since, .. } => *since,
            _ => now(),
        };
        self.engine_state = EngineState::Unavailable { failure, since, stale: self.listed };
    }

    fn engine_lost(&mut self) {
        self.engine_missing(Error::EngineLost.into());
    }

    fn fold(&mut self, containers: &[Observed]) {
        self.found = fold::launches(containers);
        self.hide_leftovers();
    }

    /// What failed is shown as failed, whatever is left of it.
    fn hide_leftovers(&mut self) {
        self.found.retain(|_, found| !self.leftovers.iter().any(|leftover| leftover.attempt == found.attempt));
    }

    /// Removes what failed launches left, now that the engine answers again.
    fn remove_leftovers(&mut self) {
        let Some(engine) = self.engine.clone() else { return };
        for leftover in self.leftovers.iter_mut().filter(|leftover| !leftover.going) {
            leftover.going = true;
            let (tell, engine) = (self.tell.clone(), engine.clone());
            let (launch, attempt) = (leftover.launch.clone(), leftover.attempt.clone());
            tokio::spawn(async move {
                let outcome = stopping::remove(&engine, &launch, Some(&attempt)).await;
                let _ = tell.send(Message::LeftoverRemoved { attempt, outcome });
            });
        }
    }

    fn leftover_removed(&mut self, attempt: &str, outcome: crate::error::Result<()>) {
        match outcome {
            Ok(()) => {
                tracing::info!(attempt, "what a failed launch had left is removed");
                self.leftovers.retain(|leftover| leftover.attempt != attempt);
            }
            Err(error) => {
                tracing::warn!(attempt, %error, "what a failed launch left could not be removed; tried again later");
                if let Some(leftover) = self.leftovers.iter_mut().find(|leftover| leftover.attempt == attempt) {
                    leftover.going = false;
                }
            }
        }
    }

    fn listed(&mut self, containers: &[Observed]) {
        self.fold(containers);
        self.listed = true;
        self.remove_leftovers();
        let attempts: HashSet<&String> = self.found.values().map(|found| &found.attempt).collect();
        self.ready.retain(|attempt, _| attempts.contains(attempt));
        self.own_attempts.retain(|attempt, _| attempts.contains(attempt));
        self.unready.retain(|attempt| attempts.contains(attempt));
        let Some(engine) = self.engine.clone() else { return };
        for (id, found) in &self.found {
            let folder = PathBuf::from(&found.pipeline);
            if found.owner == self.owner.name && !self.contents.contains_key(&folder) {
                self.scan(folder);
            }
            if self.tasks.contains_key(id) {
                continue;
            }
            let asked = self.ready.contains_key(&found.attempt)
                || self.unready.contains(&found.attempt)
                || self.probing.contains(&found.attempt);
            if found.whole() && !asked {
                self.probing.insert(found.attempt.clone());
                let (tell, engine) = (self.tell.clone(), engine.clone());
                let (id, spec, attempt) = (id.clone(), found.kernelspec.clone(), found.attempt.clone());
                tokio::spawn(async move {
                    let ready = launching::becomes_ready(&engine, &id, &spec, READY_WITHIN).await;
                    let _ = tell.send(Message::Probed { attempt, ready });
                });
            }
            if !found.whole() {
                // Looked at again when it can no longer be on its way.
                let tell = self.tell.clone();
                tokio::spawn(async move {
                    tokio::time::sleep(Duration::from_millis(view::GRACE_MS)).await;
                    let _ = tell.send(Message::Look);
                });
            }
            self.ask_for_last_words(&engine, id, found);
        }
    }

    fn ask_for_last_words(&self, engine: &Engine, id: &str, found: &Found) {
        let Some((role, code)) = found.dead() else { return };
        let part = if role == crate::label::Role::Gateway { &found.gateway } else { &found.server };
        let Some(container) = part.as_ref().map(|part| part.container.clone()) else { return };
        if self.deaths.contains_key(&container) {
            return;
        }
        let (tell, engine) = (self.tell.clone(), engine.clone());
        let name = crate::plan::container_name(id, role);
        tokio::spawn(async move {
            let failure = launching::died(&engine, role, &name, code.unwrap_or(-1)).await.into();
            let _ = tell.send(Message::DeathTold { container, failure });
        });
    }
}
