//! Effects on the disk, never in the task that owns the state: a folder on a slow disk keeps nothing else waiting.

use std::collections::{BTreeSet, HashMap};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::{mpsc, watch};

use super::World;
use super::{packages, updates};
use crate::contract::choices::Change;
use crate::contract::failure::Failure;
use crate::engine::Engine;
use crate::environment::edit::shown_name;
use crate::environment::record::{self, Record, Unlocked};
use crate::environment::seen::{self, Seen};
use crate::folder::scan::Contents;
use crate::folder::watch::FolderWatch;
use crate::folder::{pipeline, scan};
use crate::images::authorities;
use crate::kernelspec::KERNELS;
use crate::kernelspec::{self, copy, shipped};
use crate::launch::{brought, resolve};
use crate::platform::keychain::Keychain;
use crate::platform::others;
use crate::platform::paths::AppDirs;
use crate::platform::process::{self, Liveness};
use crate::platform::secret::Secret;
use crate::settings::place::KeptSecret;
use crate::settings::schema::Refused;
use crate::settings::{self, Edit, Place, Settings, Variable, variable};
use crate::state::effect::{NewVariable, PackageEdit, RecordEdit};
use crate::state::event::{Added, AfterCheck, AfterEdit, Checked, Event, Exam, KernelspecsRead, Reply, Wish};
use crate::updates::Source;
use crate::updates::record as updates_record;
use crate::words::error::{Error, Result};
use crate::words::{self, names};

/// One thing that is done in its turn, after what was asked for before it.
type Work = Box<dyn FnOnce() + Send>;

/// The disk.
pub(super) struct Disk {
    world: Arc<World>,
    engine: watch::Receiver<Option<Engine>>,
    tell: mpsc::UnboundedSender<Event>,
    /// The settings as they were read or written last.
    settings: Arc<Mutex<Settings>>,
    watch: Arc<Mutex<Option<FolderWatch>>>,
    /// Work on the settings, and on what is watched.
    in_turn: [mpsc::UnboundedSender<Work>; 2],
    /// Held while kernelspecs are read and copied for the gateways.
    kernelspecs: Arc<Mutex<()>>,
}

/// How long a disk may take to answer what a folder is.
const ANSWERS_WITHIN: Duration = Duration::from_secs(20);

const SETTINGS: usize = 0;
const WATCH: usize = 1;

/// What was read at the start.
pub(crate) struct Opened {
    pub settings: Settings,
    pub facts: Vec<Event>,
    watch: Option<FolderWatch>,
    changes: mpsc::UnboundedReceiver<PathBuf>,
}

/// Reads the settings and the kernelspecs at the start. Each is watched before it is read, so that no change is missed.
pub(crate) fn open(places: &AppDirs, source: &Source) -> Opened {
    let (changed, changes) = mpsc::unbounded_channel();
    let mut watch = match FolderWatch::new(changed) {
        Ok(watch) => Some(watch),
        Err(error) => {
            tracing::warn!(%error, "folders cannot be watched; changes show at the next start");
            None
        }
    };
    let mut watch_also = |folders: &[PathBuf]| {
        if let Some(watch) = &mut watch {
            watch.set(folders, &places.kernels_dir(), &[]);
        }
    };
    // Only a folder that is there can be watched for changes by hand. If it cannot be created, writing will say so.
    let _ = others::closed_folder(&places.config);
    watch_also(std::slice::from_ref(&places.config));
    let opened = settings::load(&places.settings_file());
    let settings = opened.as_ref().map(|(settings, ..)| settings.clone()).unwrap_or_default();
    let dir = settings.kernels_dir.clone().unwrap_or_else(|| places.kernels_dir());
    watch_also(&[places.config.clone(), dir.clone()]);
    // Another machine's core names the directory of this machine's, which may not have run yet.
    let own = settings.kernels_dir.is_none() || (settings.machine.is_some() && !dir.exists());
    let read = Box::new(read(places, dir, true, own));
    let known = Box::new(updates::known(places, source));
    let read = Event::KernelspecsRead { read, then: None };
    let facts = vec![Event::SettingsOpened(opened), read, Event::UpdatesRead(known)];
    Opened { settings, facts, watch, changes }
}

impl Disk {
    pub fn new(
        world: Arc<World>,
        engine: watch::Receiver<Option<Engine>>,
        tell: mpsc::UnboundedSender<Event>,
        Opened { settings, watch, mut changes, .. }: Opened,
    ) -> Disk {
        let report = tell.clone();
        tokio::spawn(async move {
            while let Some(path) = changes.recv().await {
                if report.send(Event::Changed(path)).is_err() {
                    return;
                }
            }
        });
        Disk {
            world,
            engine,
            tell,
            settings: Arc::new(Mutex::new(settings)),
            watch: Arc::new(Mutex::new(watch)),
            in_turn: [(); 2].map(|()| one_after_another()),
            kernelspecs: Arc::default(),
        }
    }

    pub(super) fn world(&self) -> Arc<World> {
        self.world.clone()
    }

    pub(super) fn tell(&self) -> mpsc::UnboundedSender<Event> {
        self.tell.clone()
    }

    pub(super) fn engine(&self) -> Option<Engine> {
        self.engine.borrow().clone()
    }

    /// The settings as they were read or written last.
    pub(super) fn known_settings(&self) -> Settings {
        self.settings.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub fn read_settings(&self) {
        let (world, tell, known) = (self.world.clone(), self.tell.clone(), self.settings.clone());
        self.in_its_turn(SETTINGS, move || {
            let mut known = known.lock().unwrap_or_else(PoisonError::into_inner);
            let read = settings::read(&world.places.settings_file(), &known);
            if let Ok((settings, _)) = &read {
                known.clone_from(settings);
            }
            let _ = tell.send(Event::SettingsRead(read));
        });
    }

    pub fn edit_settings(&self, edit: Edit, then: AfterEdit) {
        let (world, tell, known) = (self.world.clone(), self.tell.clone(), self.settings.clone());
        self.in_its_turn(SETTINGS, move || {
            let mut known = known.lock().unwrap_or_else(PoisonError::into_inner);
            let edited = prepare(&edit).and_then(|()| write(&world, &known, edit));
            if let Ok((settings, _)) = &edited {
                known.clone_from(settings);
            }
            let _ = tell.send(Event::SettingsEdited { outcome: edited, then });
        });
    }

    /// Keeps the value of a variable, then writes the settings. A keychain may ask the person to unlock it, which keeps
    /// no other change of the settings waiting.
    /// Keeps the token of a place in the keychain, and then the place in the settings.
    pub fn add_place(&self, name: String, place: Box<Place>, token: Secret, reply: Reply<()>) {
        let (world, tell, known) = (self.world.clone(), self.tell.clone(), self.settings.clone());
        let in_turn = self.in_turn[SETTINGS].clone();
        tokio::task::spawn_blocking(move || {
            let kept = keep_token(&world.keychain, &name, &token);
            let work = move || {
                let mut known = known.lock().unwrap_or_else(PoisonError::into_inner);
                let edited = kept.and_then(|item| {
                    let place = Box::new(place.with_token(KeptSecret::Secret(item.clone())));
                    let edited = write(&world, &known, Edit::AddPlace { name, place });
                    edited.inspect_err(|_| world.keychain.forget(&item))
                });
                if let Ok((settings, _)) = &edited {
                    known.clone_from(settings);
                }
                let _ = tell.send(Event::SettingsEdited { outcome: edited, then: AfterEdit::Reply(reply) });
            };
            let _ = in_turn.send(Box::new(work));
        });
    }

    pub fn set_variable(&self, new: NewVariable, reply: Reply<()>) {
        let (world, tell, known) = (self.world.clone(), self.tell.clone(), self.settings.clone());
        let in_turn = self.in_turn[SETTINGS].clone();
        tokio::task::spawn_blocking(move || {
            let kept = keep(&world.keychain, &new);
            let work = move || {
                let mut known = known.lock().unwrap_or_else(PoisonError::into_inner);
                let NewVariable { folder, name, .. } = new;
                let edited = kept.and_then(|variable| {
                    let edit = Edit::SetVariable { folder, name, variable: Some(variable.clone()) };
                    write(&world, &known, edit).inspect_err(|_| {
                        if let Variable::Secret(item) = &variable {
                            world.keychain.forget(item);
                        }
                    })
                });
                if let Ok((settings, _)) = &edited {
                    known.clone_from(settings);
                }
                let _ = tell.send(Event::SettingsEdited { outcome: edited, then: AfterEdit::Reply(reply) });
            };
            let _ = in_turn.send(Box::new(work));
        });
    }

    pub fn read_kernelspecs(&self, dir: PathBuf, install: bool, own: bool, then: Option<Reply<()>>) {
        let (world, tell, alone) = (self.world.clone(), self.tell.clone(), self.kernelspecs.clone());
        // Gateways on another machine have copies of their own.
        let engine = self.engine().filter(|engine| engine.remote().is_some());
        let runtime = tokio::runtime::Handle::current();
        self.once_watched(move || {
            let _alone = alone.lock().unwrap_or_else(PoisonError::into_inner);
            let read = Box::new(read(&world.places, dir.clone(), install, own));
            if let Some(engine) = engine {
                let owner = world.owner.name.clone();
                let copy = world.places.kernels_of_gateways(&dir);
                runtime.spawn(async move { brought::renew(&engine, &owner, copy, KERNELS).await });
            }
            let _ = tell.send(Event::KernelspecsRead { read, then });
        });
    }

    /// Has gateways see the kernelspecs as they are now.
    pub fn copy_kernelspecs(&self, dir: PathBuf) -> impl Future<Output = Result<()>> + Send + use<> {
        let (world, tell, alone) = (self.world.clone(), self.tell.clone(), self.kernelspecs.clone());
        let copied = tokio::task::spawn_blocking(move || {
            let _alone = alone.lock().unwrap_or_else(PoisonError::into_inner);
            let (read, copied) = read_and_copy(&world.places, dir);
            let _ = tell.send(Event::KernelspecsRead { read: Box::new(read), then: None });
            copied
        });
        async move { copied.await.unwrap_or(Err(Error::ShuttingDown)) }
    }

    pub fn watch(&self, mut folders: Vec<PathBuf>, kernels: PathBuf, linked: Vec<PathBuf>) {
        if let Some(there) = &self.world.there {
            // The program's own folders are here, and the person's there.
            let of_program = |folder: &PathBuf| *folder == self.world.places.config || *folder == kernels;
            let (own, theirs) = folders.into_iter().partition(of_program);
            there.follow(theirs);
            folders = own;
        }
        let watch = self.watch.clone();
        self.in_its_turn(WATCH, move || {
            if let Some(watch) = watch.lock().unwrap_or_else(PoisonError::into_inner).as_mut() {
                watch.set(&folders, &kernels, &linked);
            }
        });
    }

    pub fn scan(&self, path: PathBuf, then: Option<Added>) {
        if let Some(there) = &self.world.there {
            return self.scan_there(there.clone(), path, then);
        }
        let (tell, places) = (self.tell.clone(), self.world.places.clone());
        self.once_watched(move || {
            let (contents, environment) = looked_at(&path, &path, &places);
            let _ = tell.send(Event::Scanned { path, contents, environment: Box::new(environment), then });
        });
    }

    /// Reads something side by side with others, once all is watched that was to be watched until now: no change is missed
    /// between the two.
    fn once_watched(&self, read: impl FnOnce() + Send + 'static) {
        let runtime = tokio::runtime::Handle::current();
        self.in_its_turn(WATCH, move || drop(runtime.spawn_blocking(read)));
    }

    /// Changes what is remembered of a folder's environment. Edits of the same record are done one after another.
    pub fn edit_record(&self, id: String, folder: PathBuf, edit: RecordEdit, reply: Reply<()>) {
        let (world, tell) = (self.world.clone(), self.tell.clone());
        self.in_its_turn(SETTINGS, move || {
            let file = world.places.environment_record(&id);
            let mut known = record::read(&file);
            match edit {
                RecordEdit::Allow(digest) => known.allowed = Some(digest),
                RecordEdit::Pick(picked) => known.picked = Some(picked),
                RecordEdit::EnvFile(digest) => known.env_file = digest,
                // One that has run runs again if the person asks for it again.
                RecordEdit::PostBuild(digest) => (known.post_build, known.post_built) = (digest, None),
            }
            let written = record::write(&file, &known).map_err(Failure::from);
            let (contents, environment) = world.looked_at(&folder);
            let _ =
                tell.send(Event::Scanned { path: folder, contents, environment: Box::new(environment), then: None });
            let _ = reply.send(written);
        });
    }

    /// Changes the packages that a file of a folder names, and allows what it names then.
    pub fn edit_packages(&self, id: String, folder: PathBuf, edit: PackageEdit, reply: Reply<String>) {
        let (world, tell) = (self.world.clone(), self.tell.clone());
        self.in_its_turn(SETTINGS, move || {
            let file = world.places.environment_record(&id);
            let here = match &world.there {
                Some(there) => Err(words::machine::not_changed(there.name())),
                None => packages::edit(&folder, &edit),
            };
            let edited = here.and_then(|()| {
                let (_, seen) = world.looked_at(&folder);
                let known = record::read(&file);
                let changed = edit.change.add.iter().chain(&edit.change.remove).map(|name| shown_name(name)).collect();
                let unlocked = Unlocked::and(known.unlocked, seen.lock, changed);
                record::write(&file, &Record { allowed: seen.digest, unlocked, ..known })
            });
            let (contents, environment) = world.looked_at(&folder);
            let _ =
                tell.send(Event::Scanned { path: folder, contents, environment: Box::new(environment), then: None });
            let _ = reply.send(edited.map(|()| edit.file).map_err(Failure::from));
        });
    }

    /// Remembers what is known of newer versions of the program.
    pub fn keep_updates(&self, record: updates_record::Record) {
        let world = self.world.clone();
        self.in_its_turn(SETTINGS, move || {
            if let Err(error) = updates_record::write(&world.places.updates_record(), &record) {
                tracing::warn!(error = &error as &dyn std::error::Error, "what is known of newer versions is not kept");
            }
        });
    }

    pub fn check_folders(&self, paths: Vec<PathBuf>, then: AfterCheck) {
        if let Some(there) = &self.world.there {
            return self.check_folders_there(there.clone(), paths, then);
        }
        let tell = self.tell.clone();
        tokio::spawn(async move {
            let mut checked = Vec::new();
            for named in paths {
                let path = named.clone();
                let check = move || {
                    let folder = pipeline::check_folder(pipeline::folder_meant(&path))?;
                    Ok((folder, pipeline::notebook_meant(&path)))
                };
                let (folder, notebook) = match in_time(&named, check).await {
                    Ok((folder, notebook)) => (Ok(folder), notebook),
                    Err(error) => (Err(Failure::from(error)), None),
                };
                checked.push(Checked { named, folder, notebook });
            }
            let _ = tell.send(Event::FoldersChecked { checked, then });
        });
    }

    pub fn look_at_processes(&self, processes: BTreeSet<String>) {
        let (world, tell) = (self.world.clone(), self.tell.clone());
        tokio::task::spawn_blocking(move || {
            let _ = tell.send(Event::ProcessesSeen(seen(&world.places, processes)));
        });
    }

    pub fn examine(
        &self,
        wish: Wish,
        folder: PathBuf,
        kernels: PathBuf,
        processes: BTreeSet<String>,
        notebooks: Option<Vec<String>>,
    ) {
        let (world, tell, alone) = (self.world.clone(), self.tell.clone(), self.kernelspecs.clone());
        let engine = self.engine.borrow().clone();
        let there = world.there.clone().map(|there| self.examined_there(there, folder.clone()));
        tokio::spawn(async move {
            let path = folder.clone();
            let places = world.places.clone();
            let look = move || {
                let path = pipeline::check_folder(&path)?;
                let access = engine.map(|engine| resolve::access(&engine, &path).map_err(Failure::from));
                // A scan of a large folder takes long: a launch does it only if nothing has done it before.
                let notebooks = notebooks.unwrap_or_else(|| scan::scan(&path).notebook_paths());
                let environment = seen_in(&path, &path, &notebooks, &places);
                Ok((path, access, environment))
            };
            let looked = match there {
                Some(looked) => looked.await,
                None => in_time(&folder, look).await,
            };
            let (folder, access, environment) = match looked {
                Ok((folder, access, environment)) => (Ok(folder), access, environment),
                Err(error) => (Err(Failure::from(error)), None, Seen::default()),
            };
            let _ = tokio::task::spawn_blocking(move || {
                let _alone = alone.lock().unwrap_or_else(PoisonError::into_inner);
                let kernelspecs = read(&world.places, kernels, false, false);
                let exam = Exam { folder, environment, access, kernelspecs, processes: seen(&world.places, processes) };
                let _ = tell.send(Event::Examined { wish, exam: Box::new(exam) });
            })
            .await;
        });
    }

    fn in_its_turn(&self, line: usize, work: impl FnOnce() + Send + 'static) {
        let _ = self.in_turn[line].send(Box::new(work));
    }
}

impl World {
    /// What is in a folder, and what its files ask for.
    pub fn looked_at(&self, folder: &Path) -> (Contents, Seen) {
        let (contents, environment) = looked_at(folder, &self.here(folder), &self.places);
        let Some(there) = &self.there else { return (contents, environment) };
        let contents = match there.found(folder) {
            Some(found) => {
                Contents { mark: Some(found.mark), truncated: found.truncated || contents.truncated, ..contents }
            }
            // It was not seen since this core began, or is gone.
            None => Contents { mark: None, missing: there.is_gone(folder), ..contents },
        };
        (contents, environment)
    }
}

/// What is in a folder, and what its files ask for. `here`: where this machine has its files.
pub(crate) fn looked_at(folder: &Path, here: &Path, places: &AppDirs) -> (Contents, Seen) {
    let contents = scan::scan(here);
    let environment = seen_in(folder, here, &contents.notebook_paths(), places);
    (contents, environment)
}

fn seen_in(folder: &Path, here: &Path, notebooks: &[String], places: &AppDirs) -> Seen {
    let record = places.environment_record(&pipeline::id_of(folder));
    seen::look(here, notebooks, &record, &places.download_rate())
}

/// Does blocking work on a folder, which may be on a disk that does not answer.
async fn in_time<T: Send + 'static>(folder: &Path, work: impl FnOnce() -> Result<T> + Send + 'static) -> Result<T> {
    match tokio::time::timeout(ANSWERS_WITHIN, tokio::task::spawn_blocking(work)).await {
        Ok(done) => done.unwrap_or(Err(Error::ShuttingDown)),
        Err(_) => Err(words::folder::silent(&names::display_path(folder), ANSWERS_WITHIN)),
    }
}

/// Does blocking work in the order in which it comes.
fn one_after_another() -> mpsc::UnboundedSender<Work> {
    let (sender, mut waiting) = mpsc::unbounded_channel::<Work>();
    tokio::spawn(async move {
        while let Some(work) = waiting.recv().await {
            let _ = tokio::task::spawn_blocking(work).await;
        }
    });
    sender
}

fn seen(places: &AppDirs, processes: BTreeSet<String>) -> HashMap<String, Liveness> {
    processes.into_iter().map(|process| (process.clone(), process::liveness(places, &process))).collect()
}

/// Writes a change of the settings. Secret values that no folder names any more are forgotten.
fn write(world: &World, known: &Settings, edit: Edit) -> Result<(Settings, Vec<Refused>)> {
    let mut before = BTreeSet::new();
    let edited = settings::update(&world.places.settings_file(), known, |settings| {
        before = settings.secrets();
        edit.apply(settings)
    })?;
    for item in before.difference(&edited.0.secrets()) {
        world.keychain.forget(item);
    }
    Ok(edited)
}

/// Keeps the value of a variable: as it is, in the keychain, or else in this process if it stays.
fn keep(keychain: &Keychain, new: &NewVariable) -> Result<Variable> {
    if !new.secret {
        return Ok(Variable::Plain(new.value.expose().to_owned()));
    }
    let Some(reason) = keychain.missing() else {
        let item = variable::new_item(&new.name, None);
        let put = keychain.put(&item, &new.value);
        put.map_err(|reason| words::variables::keychain_refused(&new.name, &reason))?;
        return Ok(Variable::Secret(item));
    };
    if !new.stays {
        return Err(words::variables::no_keychain(&new.name, &reason));
    }
    let item = variable::new_item(&new.name, Some(&new.process));
    keychain.put_for_this_run(&item, &new.value);
    Ok(Variable::Secret(item))
}

/// Keeps the token of a place in the keychain, and returns its name there.
fn keep_token(keychain: &Keychain, place: &str, token: &Secret) -> Result<String> {
    let item = variable::new_item(&format!("place {place}"), None);
    match keychain.missing() {
        Some(reason) => Err(words::place::no_keychain(&reason)),
        None => keychain.put(&item, token).map(|()| item).map_err(|reason| words::place::no_keychain(&reason)),
    }
}

/// What a choice needs before it is written down.
fn prepare(edit: &Edit) -> Result<()> {
    match edit {
        Edit::Choose(Change::CaFile(Some(path))) => check_authorities(path),
        Edit::Choose(Change::KernelsDir(Some(dir))) => shipped::take(dir),
        _ => Ok(()),
    }
}

/// Builds read the file long after it was picked, so a file that cannot be used is refused at once.
fn check_authorities(path: &Path) -> Result<()> {
    let read = std::fs::read(path);
    let text = read.map_err(|source| Error::Io { what: "read".to_owned(), path: path.to_owned(), source })?;
    if authorities::are_in(&text) {
        return Ok(());
    }
    Err(words::settings::no_certificate(path))
}

/// Reads the kernelspecs and has gateways see them. `install`: the shipped ones are written first, if the directory is
/// the program's `own`, or was filled by it.
fn read(places: &AppDirs, dir: PathBuf, install: bool, own: bool) -> KernelspecsRead {
    let mut not_installed = None;
    if install && (own || shipped::is_kept_by_us(&dir)) {
        match shipped::install(&dir) {
            Ok(kept) if kept.is_empty() => {}
            Ok(kept) => tracing::info!(?kept, "shipped kernelspecs that were changed by hand are kept"),
            Err(error) => not_installed = Some(error.failure()),
        }
    }
    KernelspecsRead { not_installed, ..read_and_copy(places, dir).0 }
}

fn read_and_copy(places: &AppDirs, dir: PathBuf) -> (KernelspecsRead, Result<()>) {
    let found = kernelspec::read_whole(&dir);
    let to = places.kernels_of_gateways(&dir);
    let copied = copy::bring_up_to_date(&to, &found.files);
    let copied = copied.map_err(|source| Error::Io { what: "write".to_owned(), path: to.clone(), source });
    let copy = copied.as_ref().map(|()| to).map_err(Error::failure);
    let (usable, problems, linked) = (found.usable, found.problems, found.files.linked);
    (KernelspecsRead { dir, usable, problems, linked, copy, not_installed: None }, copied)
}
