//! The one interpreter of effects: does what the state wants done, and reports the end of each as an event.
//!
//! - `attempts`: carries a launch out; `environments`: makes the environment of a folder; `packages`: changes the
//!   packages that a file names; `prepare`: prepares images; `disk`: settings, kernelspecs and folders, read and written in order;
//!   `afar`: folders on another machine
//! - `updates`: newer versions of the program
//! - [`mirror`]: follows the engine

pub(crate) mod afar;
mod attempts;
pub(crate) mod disk;
mod environments;
mod image_requests;
pub(crate) mod mirror;
mod packages;
mod prepare;
mod updates;

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use tokio::sync::{Notify, broadcast, mpsc, watch};
use tokio_util::sync::CancellationToken;

use super::effect::{Effect, LaunchRequest, VariablesWish};
use super::event::{Event, Reply};
use super::image_requests::{Going, Request};
use crate::contract::environment::Language;
use crate::contract::failure::Failure;
use crate::contract::notice::Tone;
use crate::contract::snapshot::Stage;
use crate::engine::{Engine, Event as EngineEvent, Plan, ProcessEnv, setup};
use crate::environment::record::{self, Record};
use crate::environment::variables::Wanted;
use crate::images;
use crate::jupyter::Server;
use crate::launch::label;
use crate::launch::orphans::{self, Known, Orphan};
use crate::launch::person;
use crate::launch::proxies;
use crate::launch::reach;
use crate::launch::repair::{self, Breakage};
use crate::launch::spec::LaunchSpec;
use crate::launch::stage::StageEvent;
use crate::launch::{death, forget, name, ready, stop, variables};
use crate::machine::There;
use crate::place::connection;
use crate::platform::clock::now;
use crate::platform::keychain::Keychain;
use crate::platform::paths::AppDirs;
use crate::platform::process::{ProcessLock, liveness};
use crate::platform::user::Owner;
use crate::settings::{Place, Settings};
use crate::updates::Source;
use crate::words;
use crate::words::error::{Error, Result};

/// How long an engine may take for a removal before it is tried again.
const REMOVES_WITHIN: std::time::Duration = std::time::Duration::from_secs(20);

/// What the process adds to a launch.
pub(crate) struct World {
    pub places: AppDirs,
    pub owner: Owner,
    /// This process's environment and home.
    pub around: ProcessEnv,
    /// The base image that the environment asks for. It goes before the settings' own.
    pub base_image: Option<String>,
    /// Where newer versions of the program are looked for.
    pub source: Source,
    /// The system's keychain.
    pub keychain: Keychain,
    /// The machine whose engine it is; none is this one.
    pub there: Option<Arc<There>>,
    /// Shows other processes that this one runs.
    pub _lock: ProcessLock,
}

impl World {
    /// How images are made ready on an engine.
    pub fn image_options(&self, engine: Option<&Engine>, settings: &Settings) -> images::Options {
        let endpoint = engine.map(|engine| engine.facts().endpoint.clone());
        images::Options {
            base_image: self.base_image.clone().or_else(|| settings.base_image.clone()),
            registry: settings.images_registry.clone(),
            ca_file: settings.ca_file.clone(),
            logs_dir: self.places.logs_dir(),
            proxies: endpoint.map(|endpoint| proxies::of(&self.around, &endpoint)).unwrap_or_default(),
            carried_from: self.there.as_ref().and_then(|there| there.here()),
        }
    }

    /// Where this machine has the files of a folder that the program reads.
    pub fn here(&self, folder: &Path) -> PathBuf {
        self.there.as_ref().map_or_else(|| folder.to_owned(), |there| there.shadow(folder))
    }
}

/// The answers of a burst of events, to be sent after the snapshot that shows them.
pub(super) type Answers = Vec<Box<dyn FnOnce() + Send>>;

/// Performs effects.
pub(crate) struct Interpreter {
    world: Arc<World>,
    /// The engine that answers, as `mirror` found it.
    engine: watch::Receiver<Option<Engine>>,
    tell: mpsc::UnboundedSender<Event>,
    events: broadcast::Sender<EngineEvent>,
    disk: disk::Disk,
    /// By which launches and repairs are ended early, by launch.
    cancels: HashMap<String, CancellationToken>,
    cancel_preparing: CancellationToken,
    cancel_setup: CancellationToken,
    /// Ends a pause between two searches for the engine.
    look: Arc<Notify>,
    /// The choice by which the engine is searched.
    chosen: watch::Sender<Option<String>>,
    cancel_update: CancellationToken,
    /// By which the making of environments is ended early, by pipeline.
    environments: HashMap<String, CancellationToken>,
    /// The requests for images that this process has taken, by container.
    requests: HashMap<String, watch::Sender<Going>>,
}

impl Interpreter {
    /// `opened` is what was read at the start.
    pub fn new(
        world: World,
        engine: watch::Receiver<Option<Engine>>,
        tell: mpsc::UnboundedSender<Event>,
        events: broadcast::Sender<EngineEvent>,
        opened: disk::Opened,
        look: Arc<Notify>,
        chosen: watch::Sender<Option<String>>,
    ) -> Interpreter {
        let world = Arc::new(world);
        if let Some(there) = &world.there {
            let (world, settings) = (world.clone(), opened.settings.clone());
            let (there, engine, tell) = (there.clone(), engine.clone(), tell.clone());
            tokio::spawn(async move {
                there.until_left(afar::follow(world, there.clone(), settings, engine, tell)).await;
            });
        }
        let disk = disk::Disk::new(world.clone(), engine.clone(), tell.clone(), opened);
        Interpreter {
            world,
            engine,
            tell,
            events,
            disk,
            cancels: HashMap::new(),
            cancel_preparing: CancellationToken::new(),
            cancel_setup: CancellationToken::new(),
            look,
            chosen,
            cancel_update: CancellationToken::new(),
            environments: HashMap::new(),
            requests: HashMap::new(),
        }
    }

    /// Performs effects, in order. Answers are handed back: they wait for a snapshot.
    pub fn perform_all(&mut self, effects: Vec<Effect>) -> Answers {
        let mut answers = Answers::new();
        for effect in effects {
            match effect {
                Effect::Answer(answer) => answers.push(answer),
                effect => self.perform(effect),
            }
        }
        answers
    }

    fn perform(&mut self, effect: Effect) {
        let tell = self.tell.clone();
        match effect {
            Effect::Answer(answer) => answer(),
            Effect::GiveLooking(reply) => self.disk.give_looking(reply),
            Effect::GiveEngine(reply) => drop(reply.send(self.engine().map_err(Failure::from))),
            Effect::After(time, wake) => drop(tokio::spawn(async move {
                tokio::time::sleep(time).await;
                let _ = tell.send(Event::Woke(wake));
            })),

            Effect::ReadSettings => self.disk.read_settings(),
            Effect::EditSettings { edit, then } => self.disk.edit_settings(edit, then),
            Effect::ReadKernelspecs { dir, install, own, then } => self.disk.read_kernelspecs(dir, install, own, then),
            Effect::Watch { folders, kernels, linked } => self.disk.watch(folders, kernels, linked),
            Effect::Scan { path, then } => self.disk.scan(path, then),
            Effect::CheckFolders { paths, then } => self.disk.check_folders(paths, then),
            Effect::LookAtProcesses(processes) => self.disk.look_at_processes(processes),
            Effect::Examine { wish, folder, kernels, processes, notebooks } => {
                self.disk.examine(wish, folder, kernels, processes, notebooks);
            }

            Effect::EditRecord { id, folder, edit, reply } => self.disk.edit_record(id, folder, edit, reply),
            Effect::EditPackages { id, folder, edit, reply } => self.disk.edit_packages(id, folder, edit, reply),
            Effect::SetVariable { new, reply } => self.disk.set_variable(*new, reply),
            Effect::OfferVariables { id, folder, wish, reply } => {
                let wanted = self.variables(folder, wish);
                self.answer_by(reply, move |engine| async move { variables::offer(&engine, &id, &wanted).await });
            }
            Effect::AddPlace { name, place, token, reply } => self.disk.add_place(name, place, token, reply),
            Effect::GivePlace { name, place, reply } => drop(reply.send(Ok(self.wanted(name, *place)))),
            Effect::AskPlace { name, place, reply } => {
                let wanted = self.wanted(name.clone(), (*place).clone());
                tokio::spawn(async move {
                    let found = wanted.ask().await.map(|(_, found)| found).map_err(Failure::from);
                    let _ = tell.send(Event::PlaceSeen { name, place, found, reply });
                });
            }
            Effect::CheckUpdates { address, seen, way } => updates::check(self.world.clone(), tell, address, seen, way),
            Effect::KeepUpdates(record) => self.disk.keep_updates(*record),
            Effect::InstallUpdate(wanted) => {
                self.cancel_update = CancellationToken::new();
                updates::install(tell, *wanted, self.cancel_update.clone());
            }
            Effect::CancelUpdate => self.cancel_update.cancel(),
            Effect::MakeEnvironment(request) => self.make_environment(*request),
            Effect::CancelEnvironment { id } => {
                if let Some(cancel) = self.environments.get(&id) {
                    cancel.cancel();
                }
            }
            Effect::Launch(request) => self.launch(*request),
            Effect::Repair { request, breakage, pause } => self.repair(*request, breakage, pause),
            Effect::Cancel { id } => {
                if let Some(cancel) = self.cancels.get(&id) {
                    cancel.cancel();
                }
            }
            Effect::Stop { id, attempt } => self.stop(id, attempt),
            Effect::Forget { id, reply } => {
                let owner = self.world.owner.name.clone();
                let record = self.world.places.environment_record(&id);
                self.answer_by(reply, move |engine| async move {
                    let forgotten = forget::forget(&engine, &id, &owner).await?;
                    // What the folder's script installed is gone with the kernels' home.
                    let known = record::read(&record);
                    if known.post_built.is_some() {
                        record::write(&record, &Record { post_built: None, ..known })?;
                    }
                    Ok(forgotten)
                });
            }
            Effect::RemoveLeftover { launch, attempt, ended } => self.remove_leftover(launch, attempt, ended),
            Effect::RemoveOrphans { busy, reply } => self.remove_orphans(busy, reply),
            Effect::ListImages(names) => {
                let Ok(engine) = self.engine() else { return };
                tokio::spawn(async move {
                    let _ = tell.send(Event::ImagesListed(images::list(&engine, &names).await));
                });
            }
            Effect::ClaimRequest(request) => self.claim(request),
            Effect::ShowRequest { container, going } => {
                if let Some(shown) = self.requests.get(&container) {
                    shown.send_replace(going);
                }
                if !matches!(going, Going::On(_)) {
                    self.requests.remove(&container);
                }
            }
            Effect::PrepareImages { names, languages, settings } => self.prepare_images(names, languages, &settings),
            Effect::ImportImages(file) => self.import_images(file),
            Effect::CancelPreparing => self.cancel_preparing.cancel(),
            Effect::FollowEngine(choice) => {
                self.chosen.send_if_modified(|chosen| std::mem::replace(chosen, choice.clone()) != choice);
            }
            Effect::SetUpEngine(plan) => self.set_up_engine(plan),
            Effect::CancelEngineSetup => self.cancel_setup.cancel(),
            Effect::Probe { id, attempt, parts, kernelspec, within } => {
                let engine = self.engine();
                tokio::spawn(async move {
                    let ready = match engine {
                        Ok(engine) => ready::becomes_ready(&engine, &id, parts, &kernelspec, within).await,
                        Err(_) => false,
                    };
                    let _ = tell.send(Event::Probed { attempt, ready });
                });
            }
            Effect::AskLastWords { id, attempt, container, role, code } => {
                let engine = self.engine();
                let name = name::container(&id, role);
                tokio::spawn(async move {
                    let error = match engine {
                        Ok(engine) => death::died(&engine, role, &name, code.unwrap_or(-1)).await,
                        Err(error) => error,
                    };
                    let _ = tell.send(Event::Died { attempt, container, failure: error.into() });
                });
            }
            Effect::AskActivity { id, attempt, server } => self.ask_activity(id, attempt, server),
        }
    }

    fn engine(&self) -> Result<Engine> {
        self.engine.borrow().clone().ok_or(Error::EngineLost)
    }

    /// Answers a question with the outcome of work on the engine.
    fn answer_by<T: Send + 'static, F: Future<Output = Result<T>> + Send + 'static>(
        &self,
        reply: Reply<T>,
        work: impl FnOnce(Engine) -> F + Send + 'static,
    ) {
        let engine = self.engine();
        tokio::spawn(async move {
            let outcome = match engine {
                Ok(engine) => work(engine).await,
                Err(error) => Err(error),
            };
            let _ = reply.send(outcome.map_err(Failure::from));
        });
    }

    fn image_options(&self, settings: &Settings) -> images::Options {
        self.world.image_options(self.engine.borrow().as_ref(), settings)
    }

    /// The variables that kernels of a folder get, with what has the values of secret ones.
    fn variables(&self, folder: PathBuf, wish: VariablesWish) -> Wanted {
        Wanted {
            folder: self.world.here(&folder),
            set: wish.set,
            env_file: wish.env_file,
            keychain: self.world.keychain.clone(),
        }
    }

    /// A place, with what has its token.
    fn wanted(&self, name: String, place: Place) -> connection::Wanted {
        connection::Wanted { name, place, keychain: self.world.keychain.clone() }
    }

    /// A launch with all that this process and its engine add to it.
    fn spec(&self, engine: &Engine, request: LaunchRequest) -> LaunchSpec {
        let LaunchRequest { id, folder, kernelspec, place, environment, variables, .. } = request;
        let LaunchRequest { kernels_dir, timeout, settings, .. } = request;
        let World { places, owner, around, .. } = &*self.world;
        let images = self.image_options(&settings);
        let environment = environment.map(|wish| environments::wanted(&self.world, &id, &folder, wish, &images));
        LaunchSpec {
            there: self.world.there.as_ref().and_then(|there| there.found(&folder)),
            place: place.map(|(name, place)| self.wanted(name, place)),
            any_image: environments::any_image(&self.world, &id, &images),
            folder_kernels_dir: places.kernels_of_folder(&id),
            environment,
            variables: self.variables(folder.clone(), variables),
            id,
            folder,
            kernelspec,
            kernels_dir: places.kernels_of_gateways(&kernels_dir),
            images,
            timeout,
            owner: owner.clone(),
            dirs: places.clone(),
            limits: settings.limits,
            gateway_memory_mb: settings.gateway_memory_mb(),
            person: person::of_this_process(around, &engine.facts().endpoint, &places.labextensions_dir()),
        }
    }

    fn launch(&mut self, mut request: LaunchRequest) {
        let (id, in_the_way) = (request.id.clone(), request.in_the_way.take());
        let engine = match self.engine() {
            Ok(engine) => engine,
            Err(error) => {
                let outcome = Err(error.into());
                return drop(self.tell.send(Event::LaunchEnded { id, outcome, left: None, listed: None }));
            }
        };
        let spec = self.spec(&engine, request);
        let cancel = self.new_cancel(&id);
        attempts::spawn(engine, spec, in_the_way, self.events.clone(), self.tell.clone(), cancel);
    }

    fn new_cancel(&mut self, id: &str) -> CancellationToken {
        let cancel = CancellationToken::new();
        self.cancels.insert(id.to_owned(), cancel.clone());
        cancel
    }

    fn repair(&mut self, request: LaunchRequest, breakage: Breakage, pause: std::time::Duration) {
        let id = request.id.clone();
        let engine = match self.engine() {
            Ok(engine) => engine,
            Err(error) => {
                return drop(self.tell.send(Event::RepairEnded { id, outcome: Err(error), listed: None }));
            }
        };
        let copied = self.disk.copy_kernelspecs(request.kernels_dir.clone());
        let spec = self.spec(&engine, request);
        let cancel = self.new_cancel(&id);
        let (tell, events) = (self.tell.clone(), self.events.subscribe());
        tokio::spawn(async move {
            let report = {
                let (tell, id) = (tell.clone(), id.clone());
                move |event| drop(tell.send(Event::StageHappened { id: id.clone(), event }))
            };
            let work = async {
                tokio::time::sleep(pause).await;
                copied.await?;
                Ok(())
            };
            let begun = tokio::select! {
                () = cancel.cancelled() => Err(Error::Cancelled),
                begun = work => begun,
            };
            let outcome = match begun {
                Ok(()) => repair::repair(&engine, &spec, &breakage, events, &report, &cancel).await,
                Err(error) => Err(error),
            };
            let listed = engine.listing(label::LAUNCH).await.ok();
            let _ = tell.send(Event::RepairEnded { id, outcome, listed });
        });
    }

    fn stop(&self, id: String, attempt: String) {
        let (tell, engine) = (self.tell.clone(), self.engine());
        tokio::spawn(async move {
            let (outcome, listed) = match engine {
                Ok(engine) => {
                    let outcome = stop::stop(&engine, &id).await.map_err(Failure::from);
                    if let Ok(Some(place)) = &outcome {
                        let _ = tell.send(Event::Tell(words::place::kernels_left(place).notice(Tone::Remark)));
                    }
                    let outcome = outcome.map(drop);
                    (outcome, engine.listing(label::LAUNCH).await.ok())
                }
                Err(error) => (Err(error.into()), None),
            };
            let _ = tell.send(Event::StopEnded { id, attempt, outcome, listed });
        });
    }

    fn remove_leftover(&self, launch: String, attempt: String, ended: bool) {
        let (tell, engine) = (self.tell.clone(), self.engine());
        tokio::spawn(async move {
            let outcome = match engine {
                Ok(engine) => {
                    let removed = stop::remove(&engine, &launch, Some(&attempt));
                    tokio::time::timeout(REMOVES_WITHIN, removed).await.unwrap_or(Err(Error::EngineLost))
                }
                Err(error) => Err(error),
            };
            let _ = tell.send(Event::LeftoverRemoved { attempt, ended, outcome });
        });
    }

    fn remove_orphans(&self, busy: Vec<String>, reply: Option<Reply<Vec<Orphan>>>) {
        let (engine, world) = (self.engine(), self.world.clone());
        tokio::spawn(async move {
            let removed = match engine {
                Ok(engine) => {
                    let known = Known {
                        owner: &world.owner.name,
                        liveness: &|process| liveness(&world.places, process),
                        busy: &|launch| busy.iter().any(|id| id == launch),
                        now: now(),
                    };
                    orphans::remove(&engine, &known).await
                }
                Err(error) => Err(error),
            };
            if let Err(error) = &removed {
                tracing::warn!(error = error as &dyn std::error::Error, "what dead processes left is not all removed");
            }
            if let Some(reply) = reply {
                let _ = reply.send(removed.map_err(Failure::from));
            }
        });
    }

    fn claim(&mut self, request: Request) {
        let (going, shown) = watch::channel(Going::On(None));
        let container = request.container.clone();
        match self.engine() {
            Ok(engine) => {
                // Those that another process claimed, or whose container is gone, nobody follows any more.
                self.requests.retain(|_, going| !going.is_closed());
                self.requests.insert(container, going);
                let World { owner, places, there, .. } = &*self.world;
                let notes = there.as_ref().map(|_| (owner.name.clone(), places.images_of_gateways()));
                tokio::spawn(image_requests::answer(engine, request, shown, self.tell.clone(), notes));
            }
            Err(_) => drop(self.tell.send(Event::RequestClaimed { container, ours: false })),
        }
    }

    fn set_up_engine(&mut self, plan: Plan) {
        let (tell, look) = (self.tell.clone(), self.look.clone());
        let log = setup::log_file(&self.world.places.logs_dir());
        let cancel = CancellationToken::new();
        self.cancel_setup = cancel.clone();
        tokio::spawn(async move {
            let said = |line| drop(tell.send(Event::EngineSetupSaid(line)));
            let outcome = setup::run(&plan, &log, said, &cancel).await;
            let _ = tell.send(Event::EngineSetupEnded(outcome.map_err(Failure::from)));
            look.notify_one();
        });
    }

    fn prepare_images(&mut self, names: Vec<String>, languages: Vec<(String, Language)>, settings: &Settings) {
        let tell = self.tell.clone();
        let engine = match self.engine() {
            Ok(engine) => engine,
            Err(error) => return drop(tell.send(Event::Prepared { outcome: Err(error.into()) })),
        };
        let cancel = CancellationToken::new();
        self.cancel_preparing = cancel.clone();
        let options = self.image_options(settings);
        let place = environments::any_image(&self.world, "images", &options);
        tokio::spawn(async move {
            let work = prepare::Work { names, languages, options, place };
            let prepared = prepare::each(&engine, &work, &cancel, &tell).await;
            let outcome = if cancel.is_cancelled() { Err(Failure::from(Error::Cancelled)) } else { prepared };
            let _ = tell.send(Event::Prepared { outcome });
        });
    }

    fn import_images(&mut self, file: PathBuf) {
        let (tell, engine) = (self.tell.clone(), self.engine());
        let cancel = CancellationToken::new();
        self.cancel_preparing = cancel.clone();
        tokio::spawn(async move {
            let report = {
                let tell = tell.clone();
                move |progress: images::ImageProgress| {
                    let event = StageEvent::Progressed(Stage::Images, progress.detail, progress.progress, progress.log);
                    drop(tell.send(Event::Importing(event)));
                }
            };
            let outcome = match engine {
                Ok(engine) => images::archive::import(&engine, &file, &cancel, report).await,
                Err(error) => Err(error),
            };
            if let Err(error) = &outcome {
                tracing::warn!(file = %file.display(), error = error as &dyn std::error::Error, "not imported");
            }
            let _ = tell.send(Event::Imported { outcome: outcome.map_err(Failure::from) });
        });
    }

    fn ask_activity(&self, id: String, attempt: String, server: Option<Server>) {
        let (tell, engine) = (self.tell.clone(), self.engine());
        tokio::spawn(async move {
            let server = match (server, engine) {
                (Some(server), _) => Ok(server),
                (None, Ok(engine)) => reach::server(&engine, &id).await,
                (None, Err(error)) => Err(error),
            };
            let seen = match server {
                Ok(server) => match server.activity().await {
                    Ok(activity) => Some((activity, server)),
                    Err(reason) => {
                        tracing::warn!(launch = id, %reason, "whether it is idle is not known");
                        None
                    }
                },
                Err(_) => None,
            };
            let _ = tell.send(Event::ActivitySeen { id, attempt, seen });
        });
    }
}
