//! All that the program knows, as plain data. `update` alone changes it.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::path::{Path, PathBuf};
use std::time::Instant;

use tokio::sync::oneshot;

use super::event::Reply;
use super::idle::Idle;
use super::image_requests::ImageRequests;
use super::leftovers::Leftover;
use super::updates::ProgramUpdates;
use crate::contract::archive::Imported;
use crate::contract::failure::Failure;
use crate::contract::snapshot::{
    EngineSetup, EngineState, ImageRole, ImageView, KernelspecProblem, NoticeView, Reveal, StageView,
};
use crate::engine::{EngineFacts, Remedy, Starter};
use crate::environment::seen::Seen;
use crate::environment::this_folder::{self, THIS_FOLDER};
use crate::folder::pipeline;
use crate::folder::scan::Contents;
use crate::images;
use crate::kernelspec::{AskedLimits, Kernelspec};
use crate::launch::health::Answer;
use crate::launch::observed::ObservedLaunch;
use crate::place::gateway::Gateway;
use crate::platform::paths::AppDirs;
use crate::platform::process::Liveness;
use crate::platform::user::{self, Owner};
use crate::settings::Settings;
use crate::words;
use crate::words::error::Error;
use crate::words::names;

/// The kernelspec of a folder for which none was picked.
const USUAL_KERNELSPEC: &str = "python_docker";

/// The state of the program.
pub(crate) struct Model {
    pub places: AppDirs,
    /// The person, as `user@host`.
    pub owner: String,
    /// This process.
    pub process: String,
    pub settings: Settings,
    /// The notices of what is wrong in the settings file.
    pub settings_notices: Vec<u64>,
    /// What scans found, by folder.
    pub contents: HashMap<PathBuf, Contents>,
    /// What the folders' files ask for, and what is remembered of their environments, by folder.
    pub environments: HashMap<PathBuf, Seen>,
    /// Environments that are made without a launch, by pipeline.
    pub updates: HashMap<String, Update>,
    /// What is known of the places, by name.
    pub places_seen: BTreeMap<String, PlaceSeen>,
    pub kernelspecs: Vec<Kernelspec>,
    pub kernelspec_problems: Vec<KernelspecProblem>,
    /// The folders that links in the kernels directory lead to.
    pub linked_kernels: Vec<PathBuf>,

    /// The engine that answers.
    pub engine: Option<EngineFacts>,
    pub engine_state: EngineState,
    /// The person's choice that the engine is searched by.
    pub followed: Option<String>,
    /// What gives the person an engine, if none answers.
    pub remedy: Option<Remedy>,
    /// The set-up of the engine that is under way, or has failed.
    pub engine_setup: Option<EngineSetup>,
    /// The engine has listed its containers since it was found.
    pub listed: bool,
    /// The engine has listed its images since it was found.
    pub images_listed: bool,
    /// What dead processes left was removed since the engine was found.
    pub cleaned: bool,
    /// When the newest list of containers was asked for.
    pub newest_listing: Option<Instant>,

    /// The launches in the newest list of containers, by launch.
    pub found: BTreeMap<String, ObservedLaunch>,
    /// What this process knows of the attempts in `found`, by attempt.
    pub attempts: HashMap<String, Attempt>,
    /// What this process does to launches, by launch.
    pub tasks: HashMap<String, Task>,
    /// The launches that failed, by launch.
    pub failed: HashMap<String, FailedLaunch>,
    /// What failed launches of this process left on the engine.
    pub leftovers: Vec<Leftover>,
    /// The launches that another program is stopping, and since when.
    pub stopping: HashMap<String, u64>,
    /// This process and others that launched something, as they were seen last.
    pub processes: HashMap<String, Liveness>,

    pub images: Vec<ImageView>,
    pub preparing: Option<Preparing>,
    /// Files with images that the person brought, and is asked about.
    pub offered_images: VecDeque<PathBuf>,
    /// Files with images that wait for their turn.
    pub imports: VecDeque<Import>,
    /// The images that kernels wait for.
    pub image_requests: ImageRequests,

    /// Newer versions of the program.
    pub program: ProgramUpdates,

    pub notices: Vec<NoticeView>,
    pub last_notice: u64,
    /// The page asks whether launches go on when the window closes.
    pub closing: bool,
    /// Folders are held over the window.
    pub dropping: bool,
    pub reveal: Option<Reveal>,
    /// The person wants an icon in the tray, and the system shows none.
    pub tray_missing: bool,

    /// This process stays: it repairs what ends and removes what is left behind.
    pub attending: bool,
    /// A look at idle launches is due.
    pub looking_for_idle: bool,
    pub waiting: Waiting,
}

/// What is known of a place.
#[derive(Default)]
pub(crate) struct PlaceSeen {
    /// It is being asked.
    pub asking: bool,
    /// What its gateway offers, or why it does not answer.
    pub found: Option<Result<Gateway, Failure>>,
}

/// An environment that is made without a launch.
pub(crate) struct Update {
    pub folder: PathBuf,
    pub stage: StageView,
    pub asked: Vec<Reply<()>>,
}

/// What this process knows of one attempt to launch.
#[derive(Default)]
pub(crate) struct Attempt {
    /// Whether its chain answered.
    pub answer: Answer,
    /// When it answered first, milliseconds since the epoch.
    pub ready_at: Option<u64>,
    /// Its chain is being asked.
    pub probing: bool,
    /// The stages that it took, if this process launched it.
    pub stages: Option<Vec<StageView>>,
    /// When its parts were replaced, milliseconds since the epoch.
    pub repaired: Vec<u64>,
    /// The port that led to its server: the engine forgets the port of a container that has ended.
    pub port: Option<u16>,
    /// Why its containers died, by container; none while the engine is asked.
    pub deaths: HashMap<String, Option<Failure>>,
    pub idle: Idle,
}

/// What this process does to a launch. A launch has one task at most.
pub(crate) struct Task {
    pub kind: TaskKind,
    pub folder: PathBuf,
    pub kernelspec: String,
    /// The place where its kernels run; none is this machine.
    pub place: Option<String>,
    pub started_at: u64,
    pub stages: Vec<StageView>,
    /// The person wants it to end.
    pub cancelled: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TaskKind {
    /// Folder and kernelspecs are read before it is launched.
    Examining,
    Launching,
    /// A part of it is replaced.
    Repairing,
    Stopping,
}

/// A launch that failed. It is shown until it is dismissed or tried again.
pub(crate) struct FailedLaunch {
    pub folder: PathBuf,
    pub kernelspec: String,
    /// The place where its kernels were to run.
    pub place: Option<String>,
    pub started_at: u64,
    pub stages: Vec<StageView>,
    pub failure: Failure,
}

/// Images that are being prepared, ahead of a launch, for a kernel that waits, or from a file.
pub(crate) struct Preparing {
    pub stage: StageView,
    /// The file that they come from.
    pub import: Option<Import>,
    pub images: Vec<String>,
    pub asked: Vec<ImagesAsked>,
}

/// A file with images.
pub(crate) struct Import {
    pub file: PathBuf,
    /// Without it, a notice says what came of the file.
    pub reply: Option<Reply<Imported>>,
}

/// Images that somebody asked for.
pub(crate) struct ImagesAsked {
    pub images: Vec<String>,
    pub reply: Reply<()>,
}

/// Questions that are answered once something has come about.
#[derive(Default)]
pub(crate) struct Waiting {
    /// For the engine and the launches on it to be known.
    pub settled: Vec<oneshot::Sender<()>>,
    /// `settled` timed out: launches that do not answer are waited for no longer.
    pub settled_timed_out: bool,
    /// For the scans of the folders. The answer names the folders that have not been scanned.
    pub scans: Vec<oneshot::Sender<Vec<PathBuf>>>,
    pub scans_timed_out: bool,
    /// For the tasks to end.
    pub quitting: Vec<oneshot::Sender<()>>,
}

impl Model {
    pub fn new(places: AppDirs, owner: &Owner) -> Model {
        Model {
            places,
            owner: owner.name.clone(),
            process: owner.process.clone(),
            settings: Settings::default(),
            settings_notices: Vec::new(),
            contents: HashMap::new(),
            environments: HashMap::new(),
            updates: HashMap::new(),
            places_seen: BTreeMap::new(),
            kernelspecs: Vec::new(),
            kernelspec_problems: Vec::new(),
            linked_kernels: Vec::new(),
            engine: None,
            engine_state: EngineState::Looking,
            followed: None,
            remedy: None,
            engine_setup: None,
            listed: false,
            images_listed: false,
            cleaned: false,
            newest_listing: None,
            found: BTreeMap::new(),
            attempts: HashMap::new(),
            tasks: HashMap::new(),
            failed: HashMap::new(),
            leftovers: Vec::new(),
            stopping: HashMap::new(),
            processes: HashMap::from([(owner.process.clone(), Liveness::Alive)]),
            images: Vec::new(),
            preparing: None,
            offered_images: VecDeque::new(),
            imports: VecDeque::new(),
            image_requests: ImageRequests::default(),
            program: ProgramUpdates::default(),
            notices: Vec::new(),
            last_notice: 0,
            closing: false,
            dropping: false,
            reveal: None,
            tray_missing: false,
            attending: false,
            looking_for_idle: false,
            waiting: Waiting::default(),
        }
    }

    /// Fails with the reason if no engine answers.
    pub fn engine(&self) -> Result<&EngineFacts, Failure> {
        match (&self.engine, &self.engine_state) {
            (Some(engine), _) => Ok(engine),
            (None, EngineState::Unavailable { failure, .. }) => Err(failure.clone()),
            (None, _) => Err(Error::StillLooking.into()),
        }
    }

    /// Something of this process is on its way on the engine.
    pub fn is_at_work(&self) -> bool {
        !self.tasks.is_empty() || !self.updates.is_empty() || self.preparing.is_some()
    }

    /// The program that can start an engine.
    pub fn starter(&self) -> Result<Starter, Failure> {
        match (&self.remedy, &self.engine_state) {
            (Some(Remedy::Start(starter)), _) => Ok(*starter),
            (_, EngineState::Unavailable { failure, .. }) => Err(failure.clone()),
            (_, _) => Err(Error::StillLooking.into()),
        }
    }

    /// The folder that kernelspecs are read from.
    pub fn kernels_dir(&self) -> PathBuf {
        self.settings.kernels_dir.clone().unwrap_or_else(|| self.places.kernels_dir())
    }

    /// The kernelspec that a launch of the folder uses.
    pub fn kernelspec_for(&self, folder: &Path) -> Option<String> {
        if let Some((name, _)) = self.settings.place_of(folder) {
            return self.kernelspec_for_at(folder, name);
        }
        self.kernelspec_for_here(folder)
    }

    /// The same for kernels on the engine.
    pub fn kernelspec_for_here(&self, folder: &Path) -> Option<String> {
        let picked = self.settings.folders.iter().find(|entry| entry.path == folder)?.kernelspec.as_ref();
        let picked = picked.and_then(|name| self.usable_kernelspec(name)).map(|spec| spec.name.clone());
        picked.or_else(|| self.usual_kernelspec_of(folder))
    }

    /// The same at its place: the one that was picked, or else the gateway's default.
    pub fn kernelspec_for_at(&self, folder: &Path, place: &str) -> Option<String> {
        let entry = self.settings.folders.iter().find(|entry| entry.path == folder);
        let picked = entry.and_then(|entry| entry.place_kernelspec.clone());
        let Some(gateway) = self.gateway_at(place) else { return picked };
        let offered = picked.as_deref().and_then(|name| gateway.kernelspec(name)).or_else(|| gateway.usual());
        offered.map(|spec| spec.name.clone())
    }

    /// What the gateway of a place offers, as far as it is known.
    pub fn gateway_at(&self, place: &str) -> Option<&Gateway> {
        self.places_seen.get(place)?.found.as_ref()?.as_ref().ok()
    }

    /// The kernelspec of this name at a place. What is not known of it, its gateway says at the launch.
    pub fn kernelspec_at(&self, place: &str, name: &str) -> Result<Kernelspec, Failure> {
        let gateway = self.gateway_at(place);
        let offered = gateway.and_then(|gateway| gateway.kernelspec(name));
        if let (Some(gateway), None) = (gateway, offered) {
            return Err(words::place::not_offered(place, name, &gateway.names()).into());
        }
        Ok(Kernelspec {
            name: offered.map_or(name, |spec| &spec.name).to_owned(),
            display_name: offered.map_or(name, |spec| &spec.display_name).to_owned(),
            language: offered.map(|spec| spec.language.clone()).unwrap_or_default(),
            image: String::new(),
            lacks_public_key: false,
            gpus: false,
            limits: AskedLimits::default(),
        })
    }

    /// The kernelspec of a folder for which none was picked: its own environment, if its files ask for one.
    pub fn usual_kernelspec_of(&self, folder: &Path) -> Option<String> {
        let own = self.environments.get(folder).and_then(Seen::source).map(|_| THIS_FOLDER.to_owned());
        own.or_else(|| self.usual_kernelspec())
    }

    /// The kernelspec of this name for a folder, or the reason why it cannot be used.
    pub fn kernelspec_of(&self, folder: &Path, name: &str) -> Result<Kernelspec, Failure> {
        match self.settings.place_of(folder) {
            Some((place, _)) => self.kernelspec_at(place, name),
            None => self.kernelspec_here(folder, name),
        }
    }

    /// The kernelspec of this name for a folder whose kernels run on the engine, or the reason why it cannot be used.
    pub fn kernelspec_here(&self, folder: &Path, name: &str) -> Result<Kernelspec, Failure> {
        if name.eq_ignore_ascii_case(THIS_FOLDER) {
            let source = self.environments.get(folder).and_then(Seen::source);
            let language = source.map(|source| source.language).unwrap_or_default();
            let gpus = self.environments.get(folder).and_then(|seen| seen.found.gpus());
            let own = this_folder::of_language(language, &names::display_name(folder));
            return Ok(Kernelspec { gpus: gpus.is_some_and(|gpus| !gpus.is_optional), ..own });
        }
        self.kernelspec_named(name)
    }

    /// The kernelspec of this name, as Jupyter finds it: in upper or lower case.
    pub fn usable_kernelspec(&self, name: &str) -> Option<&Kernelspec> {
        self.kernelspecs.iter().find(|spec| spec.name.eq_ignore_ascii_case(name))
    }

    pub fn usual_kernelspec(&self) -> Option<String> {
        let usual = self.kernelspecs.iter().find(|spec| spec.name == USUAL_KERNELSPEC);
        usual.or(self.kernelspecs.first()).map(|spec| spec.name.clone())
    }

    /// The kernelspec of this name, or the reason why it cannot be used.
    pub fn kernelspec_named(&self, name: &str) -> Result<Kernelspec, Failure> {
        if let Some(spec) = self.usable_kernelspec(name) {
            return Ok(spec.clone());
        }
        let problem = self.kernelspec_problems.iter().find(|problem| problem.name.eq_ignore_ascii_case(name));
        if let Some(problem) = problem {
            return Err(words::kernelspec::unusable(name, &problem.message, &problem.hint).into());
        }
        let known: Vec<_> = self.kernelspecs.iter().map(|spec| spec.name.clone()).collect();
        Err(words::kernelspec::unknown(name, &self.kernels_dir(), &known).into())
    }

    /// The folder of a pipeline in the list.
    pub fn added(&self, id: &str) -> Result<PathBuf, Failure> {
        let entry = self.settings.folders.iter().find(|entry| pipeline::id_of(&entry.path) == id);
        entry.map(|entry| entry.path.clone()).ok_or_else(|| Error::UnknownPipeline { id: id.to_owned() }.into())
    }

    /// The folder of a pipeline in the list, or of a launch.
    pub fn folder(&self, id: &str) -> Result<PathBuf, Failure> {
        self.added(id)
            .ok()
            .or_else(|| self.tasks.get(id).map(|task| task.folder.clone()))
            .or_else(|| self.failed.get(id).map(|failed| failed.folder.clone()))
            .or_else(|| self.found.get(id).map(|found| PathBuf::from(&found.pipeline)))
            .ok_or_else(|| Error::UnknownPipeline { id: id.to_owned() }.into())
    }

    /// The folders in the list, and the folders of launches on this machine, that have not been scanned.
    pub fn unscanned(&self) -> Vec<PathBuf> {
        let added = self.settings.folders.iter().map(|entry| entry.path.clone());
        let run = self.found.values().filter(|found| self.is_here(found)).map(|found| PathBuf::from(&found.pipeline));
        added.chain(run).filter(|path| !self.contents.contains_key(path)).collect()
    }

    /// Whether a launch's folder is on this machine.
    pub fn is_here(&self, found: &ObservedLaunch) -> bool {
        user::host_of(&found.owner) == user::host_of(&self.owner)
    }

    /// The images that launches need, each once: gateway, server, then those of the kernelspecs.
    pub fn image_names(&self) -> Vec<(ImageRole, String)> {
        let mut names = vec![(ImageRole::Gateway, images::gateway()), (ImageRole::Server, images::server())];
        for spec in &self.kernelspecs {
            if !names.iter().any(|(_, name)| *name == spec.image) {
                names.push((ImageRole::Kernel, spec.image.clone()));
            }
        }
        names
    }

    /// Whether a process runs that launched something, as it was seen last.
    pub fn liveness(&self, process: &str) -> Liveness {
        self.processes.get(process).copied().unwrap_or(Liveness::Unknown)
    }

    /// Whether the chain of an attempt answered.
    pub fn answer(&self, attempt: &str) -> Answer {
        self.attempts.get(attempt).map(|attempt| attempt.answer).unwrap_or_default()
    }

    /// Whether a launch can be used now.
    pub fn is_usable(&self, id: &str, found: &ObservedLaunch) -> bool {
        let runs = found.whole() && !found.stopping && self.answer(&found.attempt) == Answer::Ready;
        runs && !self.tasks.contains_key(id)
    }

    /// Whether this person launched it, and no task works on it.
    pub fn is_mine_and_idle(&self, id: &str, found: &ObservedLaunch) -> bool {
        found.owner == self.owner && !self.tasks.contains_key(id)
    }
}
