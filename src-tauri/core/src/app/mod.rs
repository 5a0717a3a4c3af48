//! The handle that a shell holds. It is cheap to clone, and sends events to the task that owns the model.
//!
//! - `awaiting`: waits for launches; `opening`: opens one in the browser
//! - `engines`: the engines that can be found, and picks one; `places`: where else launches run
//! - `kernelspecs`: makes and changes kernelspecs
//! - `testing`: starts a kernel to test its kernelspec
//! - `environments`: what folders ask for, and what was made of it
//! - `variables`: the variables of folders
//! - `archives`: images into a file, and from one
//! - `updates`: newer versions of the program
//! - `desk`: the cores of one window
//! - `activity`, `logs`: follow a launch while somebody looks

mod activity;
mod archives;
mod awaiting;
mod desk;
mod engines;
mod environments;
mod kernelspecs;
mod logs;
mod opening;
mod places;
mod testing;
mod updates;
mod variables;

pub use desk::Desk;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{Notify, broadcast, mpsc, oneshot, watch};
use tokio_util::sync::CancellationToken;

use crate::browser::visit;
use crate::contract::check::Check;
use crate::contract::choices::{Change, OnClose};
use crate::contract::failure::Failure;
use crate::contract::live::{KernelAction, Live, LiveKernel};
use crate::contract::snapshot::{Brought, PipelineView, Snapshot};
use crate::doctor;
use crate::engine::{Engine, ProcessEnv};
use crate::folder::pipeline_file::PipelineGraph;
use crate::folder::{example, pipeline, scan};
use crate::launch::orphans::Orphan;
use crate::launch::reach;
use crate::logs::app_log;
use crate::logs::line::LogLine;
use crate::machine::{Machine, There};
use crate::platform::keychain::Keychain;
use crate::platform::paths::AppDirs;
use crate::platform::user::Owner;
use crate::platform::{clock, process, user};
use crate::state::event::{Event, Reply, Target, Wish};
use crate::state::model::Model;
use crate::state::perform::{Interpreter, World, disk, mirror};
use crate::state::{self, Closing, view};
use crate::updates::Source;
use crate::words::error::Error;
use crate::words::names;

/// How long a launch that is restarted may take to be gone.
const GONE_WITHIN: Duration = Duration::from_secs(60);

/// How long another program may take to carry a launch on.
const HANDS_OVER_WITHIN: Duration = Duration::from_secs(20);

/// A running core.
#[derive(Clone)]
pub struct App {
    tell: mpsc::UnboundedSender<Event>,
    snapshots: watch::Receiver<Arc<Snapshot>>,
    /// The engine that answers.
    engine: watch::Receiver<Option<Engine>>,
    look: Arc<Notify>,
    around: Arc<ProcessEnv>,
    places: AppDirs,
    owner: Owner,
    base_image: Option<String>,
    there: Option<Arc<There>>,
    testing: Arc<testing::Testing>,
}

impl App {
    /// Starts the core: reads settings and kernelspecs, and looks for the engine. Answers at once; the work goes on in
    /// tasks of the tokio runtime that calls it.
    pub fn start(places: AppDirs) -> App {
        App::start_amid(places, ProcessEnv::of_this_process())
    }

    /// The same, with another environment than this process has.
    pub fn start_amid(places: AppDirs, around: ProcessEnv) -> App {
        App::start_with(places, around, Source::of_this_build())
    }

    /// The same, with another source of newer versions than this build has.
    pub fn start_with(places: AppDirs, around: ProcessEnv, source: Source) -> App {
        App::begin(places, around, source, None)
    }

    /// A core for another machine: its folders are there, and its engine is the machine's.
    pub fn at(machine: Machine, around: ProcessEnv) -> App {
        App::begin(machine.dirs.clone(), around, Source::of_this_build(), Some(Arc::new(There::new(machine))))
    }

    fn begin(places: AppDirs, around: ProcessEnv, source: Source, there: Option<Arc<There>>) -> App {
        let (tell, asked) = mpsc::unbounded_channel();
        let (events, _) = broadcast::channel(1024);
        let (found, engine) = watch::channel(None);
        let look = Arc::new(Notify::new());
        places.close();
        let lock = process::lock(&places);
        let mut owner = user::of_this_process(&lock.process);
        if let Some(there) = &there {
            owner.name = there.owner(&around, &owner.name);
        }
        let base_image = around.set("ORCHEST_BASE_IMAGE").cloned();
        let mut opened = disk::open(&places, &source);
        let facts = std::mem::take(&mut opened.facts);
        let start = state::start(Model::new(places.clone(), &owner), facts);
        let (publish, snapshots) = watch::channel(Arc::new(view::snapshot(&start.model, clock::now())));
        let world = World {
            places: places.clone(),
            owner: owner.clone(),
            around: around.clone(),
            base_image: base_image.clone(),
            source,
            keychain: Keychain::of_this_process(owner.test.is_some()),
            there: there.clone(),
            _lock: lock,
        };
        let (choose, chosen) = watch::channel(start.model.settings.engine.clone());
        let interpreter =
            Interpreter::new(world, engine.clone(), tell.clone(), events.clone(), opened, look.clone(), choose);
        tokio::spawn(state::run(start, interpreter, asked, publish));
        let following =
            mirror::follow(around.clone(), there.clone(), chosen, found, tell.clone(), events, look.clone());
        match there.clone() {
            Some(there) => drop(tokio::spawn(async move { there.until_left(following).await })),
            None => drop(tokio::spawn(following)),
        }
        App {
            tell,
            snapshots,
            engine,
            look,
            around: Arc::new(around),
            places,
            owner,
            base_image,
            there,
            testing: Arc::default(),
        }
    }

    /// The newest snapshot, and each that follows.
    pub fn snapshots(&self) -> watch::Receiver<Arc<Snapshot>> {
        self.snapshots.clone()
    }

    /// The snapshot after the search for an engine. If one answers, its containers and images are listed.
    pub async fn settled(&self) -> Arc<Snapshot> {
        let (reply, settled) = oneshot::channel();
        let _ = self.tell.send(Event::Settled { reply });
        let _ = settled.await;
        self.snapshots.borrow().clone()
    }

    /// The same after the folders were scanned, too, for at most 10 s, and the folders whose scan takes longer.
    pub async fn scanned(&self) -> (Arc<Snapshot>, Vec<PathBuf>) {
        self.settled().await;
        let (reply, scanned) = oneshot::channel();
        let _ = self.tell.send(Event::Scans { reply });
        let unscanned = scanned.await.unwrap_or_default();
        (self.snapshots.borrow().clone(), unscanned)
    }

    async fn ask<T>(&self, message: impl FnOnce(Reply<T>) -> Event) -> Result<T, Failure> {
        let (reply, answer) = oneshot::channel();
        let _ = self.tell.send(message(reply));
        answer.await.unwrap_or_else(|_| Err(Error::ShuttingDown.into()))
    }

    /// Adds a folder to the list and answers with its id. A folder that is in the list stays as it is.
    pub async fn add_pipeline(&self, path: PathBuf) -> Result<String, Failure> {
        self.ask(|reply| Event::Add { path, reveal: false, reply }).await.map(|brought| brought.id)
    }

    /// Copies the example into a folder and adds it; answers with its id.
    pub async fn add_example(&self, parent: PathBuf) -> Result<String, Failure> {
        let copied = tokio::task::spawn_blocking(move || example::copy_into(&parent)).await;
        self.add_pipeline(copied.unwrap_or(Err(Error::ShuttingDown))?).await
    }

    /// Adds a folder that comes from outside the page, and shows it. For a notebook that is its folder, or the one of the
    /// list that it is in; the page marks the notebook.
    pub async fn bring_pipeline(&self, path: PathBuf) -> Result<Brought, Failure> {
        self.ask(|reply| Event::Add { path, reveal: true, reply }).await
    }

    /// Has the page show a pipeline.
    pub fn show(&self, id: &str) {
        let _ = self.tell.send(Event::Show { id: id.to_owned() });
    }

    /// Shows a failure of something that nobody waited for.
    pub fn tell(&self, failure: Failure) {
        let _ = self.tell.send(Event::Tell(failure.into()));
    }

    /// Whether the system shows no tray although the person wants an icon in it.
    pub fn tray_missing(&self, missing: bool) {
        let _ = self.tell.send(Event::TrayMissing(missing));
    }

    /// Whether folders are held over the window, to be added when they are let go.
    pub fn dropping(&self, dropping: bool) {
        let _ = self.tell.send(Event::Dropping(dropping));
    }

    /// Adds folders that were dropped on the window, and the folders of dropped notebooks. A notice names the refused ones.
    /// Images are taken from dropped files with images.
    pub fn dropped(&self, paths: Vec<PathBuf>) {
        let _ = self.tell.send(Event::Dropped(paths));
    }

    /// Pins a folder to the top of the list, or unpins it.
    pub async fn pin(&self, id: &str, pinned: bool) -> Result<(), Failure> {
        self.ask(|reply| Event::Pin { id: id.to_owned(), pinned, reply }).await
    }

    /// Changes one choice. An invalid value is refused and changes nothing.
    pub async fn choose(&self, change: Change) -> Result<(), Failure> {
        self.ask(|reply| Event::Choose { change, reply }).await
    }

    /// Takes a folder off the list. The folder itself stays as it is.
    pub async fn remove_pipeline(&self, id: &str) -> Result<(), Failure> {
        self.ask(|reply| Event::Remove { id: id.to_owned(), reply }).await
    }

    /// Gives a pipeline the folder that it was moved to; answers with its new id. The pipeline keeps its choices. A
    /// folder that is in the list already, or that cannot be used, is refused.
    pub async fn locate_pipeline(&self, id: &str, folder: PathBuf) -> Result<String, Failure> {
        let checked = tokio::task::spawn_blocking(move || pipeline::check_folder(&folder)).await;
        let folder = checked.unwrap_or(Err(Error::ShuttingDown))?;
        self.ask(|reply| Event::Locate { id: id.to_owned(), folder, reply }).await.map(|brought| brought.id)
    }

    /// Picks the kernelspec of a folder's next launch.
    pub async fn pick_kernelspec(&self, id: &str, name: &str) -> Result<(), Failure> {
        self.ask(|reply| Event::Pick { id: id.to_owned(), name: name.to_owned(), reply }).await
    }

    /// Launches a pipeline. Answers when it is on its way. A launch that runs or starts stays as it is.
    pub async fn launch(&self, id: &str) -> Result<(), Failure> {
        let target = Target::Id(id.to_owned());
        self.ask(|reply| Event::Launch(Wish { target, kernelspec: None, place: None, timeout: None, reply }))
            .await
            .map(drop)
    }

    /// Launches a folder, which need not be in the list, with a kernelspec and a time limit if they are given.
    pub async fn launch_folder(
        &self,
        path: PathBuf,
        kernelspec: Option<String>,
        timeout: Option<Duration>,
    ) -> Result<String, Failure> {
        self.launch_folder_at(path, kernelspec, None, timeout).await
    }

    /// The same at a place, which goes before the folder's own.
    pub async fn launch_folder_at(
        &self,
        path: PathBuf,
        kernelspec: Option<String>,
        place: Option<String>,
        timeout: Option<Duration>,
    ) -> Result<String, Failure> {
        let target = Target::Path(path);
        self.ask(|reply| Event::Launch(Wish { target, kernelspec, place, timeout, reply })).await
    }

    /// Cancels a launch that is starting, and removes what it created.
    pub async fn cancel(&self, id: &str) -> Result<(), Failure> {
        self.ask(|reply| Event::Cancel { id: id.to_owned(), reply }).await
    }

    /// Stops a launch and removes every trace of it. Answers at once.
    pub async fn stop(&self, id: &str) -> Result<(), Failure> {
        self.ask(|reply| Event::Stop { id: id.to_owned(), reply }).await
    }

    /// Stops a launch, and launches it again once it is gone; answers when it is on its way.
    pub async fn restart(&self, id: &str) -> Result<(), Failure> {
        let snapshots = self.snapshots();
        let folder = self.folder(id).await?;
        // A folder that is not in the list is known only while it runs: it gets the kernelspec that it had.
        let before = snapshots.borrow().pipeline(id).filter(|known| !known.added).cloned();
        let before = before.and_then(|pipeline| pipeline.launch);
        let (kernelspec, place) = before.map(|launch| (launch.kernelspec, launch.place)).unzip();
        self.stop(id).await?;
        if tokio::time::timeout(GONE_WITHIN, self.until_gone(id)).await.is_err() {
            return Err(Error::StillStopping { folder }.into());
        }
        self.launch_folder_at(folder, kernelspec, place.flatten(), None).await.map(drop)
    }

    /// Removes a folder's saved state: open tabs, trusted notebooks, checkpoints, and the kernels' home. Answers once it is
    /// gone, with whether there was any. The folder itself stays as it is.
    pub async fn forget(&self, id: &str) -> Result<bool, Failure> {
        self.ask(|reply| Event::Forget { id: id.to_owned(), reply }).await
    }

    /// Keeps a launch that is about to be stopped because nobody uses it.
    pub async fn keep_running(&self, id: &str) -> Result<(), Failure> {
        self.ask(|reply| Event::KeepRunning { id: id.to_owned(), reply }).await
    }

    /// Interrupts, restarts or ends one of a launch's kernels; answers when that is done.
    pub async fn act_on_kernel(&self, id: &str, kernel: &str, action: KernelAction) -> Result<(), Failure> {
        let snapshot = self.snapshots.borrow().clone();
        let Some(launch) = snapshot.launch(id) else {
            return Err(Error::UnknownKernel { id: kernel.to_owned() }.into());
        };
        let server = reach::server(&self.engine().await?, id).await?;
        // A dead kernel has no container: only its server knows it.
        let known = launch.kernels.iter().any(|known| known.id == kernel)
            || server.kernels().await.is_ok_and(|known| known.iter().any(|known| known.id == kernel));
        if !known {
            return Err(Error::UnknownKernel { id: kernel.to_owned() }.into());
        }
        let done = server.act_on(kernel, action).await;
        done.map_err(|error| Error::KernelAction { action, reason: error.to_string() }.into())
    }

    /// The kernels of a running launch as its server reports them at this moment; none if the server does not answer. A
    /// question about lost work needs them: what `watch` sent may be a second old.
    pub async fn live_kernels(&self, id: &str) -> Option<Vec<LiveKernel>> {
        let server = reach::server(&self.engine().await.ok()?, id).await.ok()?;
        server.kernels().await.ok()
    }

    /// The activity of a launch, about once a second while it runs, until the receiver is dropped.
    pub fn watch(&self, id: &str) -> mpsc::Receiver<Live> {
        let (sender, receiver) = mpsc::channel(1);
        tokio::spawn(activity::watch(self.snapshots(), self.engine.clone(), id.to_owned(), sender));
        receiver
    }

    /// Starts what `EngineState::Unavailable` names as what can be started, and looks for the engine.
    pub async fn start_engine(&self) -> Result<(), Failure> {
        let starter = self.ask(|reply| Event::Starter { reply }).await?;
        starter.start().await?;
        self.look_again().await
    }

    /// Installs the engine that `EngineState::Unavailable` names. Answers when that has begun; `Snapshot::engine_setup` has
    /// its progress.
    pub async fn install_engine(&self) -> Result<(), Failure> {
        self.ask(|reply| Event::SetUpEngine { join: false, reply }).await
    }

    /// Adds the person to the group that `EngineState::Unavailable` names. Answers as `install_engine`.
    pub async fn join_group(&self) -> Result<(), Failure> {
        self.ask(|reply| Event::SetUpEngine { join: true, reply }).await
    }

    /// Cancels both, as long as the person has not agreed.
    pub fn cancel_engine_setup(&self) {
        let _ = self.tell.send(Event::CancelEngineSetup);
    }

    /// Dismisses the failure of both.
    pub fn dismiss_engine_setup(&self) {
        let _ = self.tell.send(Event::DismissEngineSetup);
    }

    /// The engine, where it answers.
    pub(crate) async fn engine(&self) -> Result<Engine, Failure> {
        self.ask(|reply| Event::Engine { reply }).await
    }

    /// The content of a pipeline file.
    pub async fn graph(&self, id: &str, file: &str) -> Result<PipelineGraph, Failure> {
        let (id, file) = (id.to_owned(), file.to_owned());
        let (folder, contents) = self.ask(|reply| Event::PipelineFile { id, file: file.clone(), reply }).await?;
        let folder = self.there.as_ref().map_or_else(|| folder.clone(), |there| there.shadow(&folder));
        let read = tokio::task::spawn_blocking(move || scan::graph(&folder, &file, &contents)).await;
        Ok(read.unwrap_or(Err(Error::ShuttingDown))?)
    }

    /// The folder of a pipeline.
    pub async fn folder(&self, id: &str) -> Result<PathBuf, Failure> {
        self.ask(|reply| Event::Folder { id: id.to_owned(), reply }).await
    }

    /// The id that a person means: one that is known, or the path of a folder that is added, runs, or is there.
    pub fn resolve(&self, dir_or_id: &str) -> Result<String, Failure> {
        let snapshot = self.snapshots.borrow().clone();
        let path = Path::new(dir_or_id);
        // A folder that was deleted while it runs is still known by its path.
        let was = self.there.as_ref().map_or_else(|| pipeline::whereabouts(path), |_| path.components().collect());
        let (id, shown) = (pipeline::id_of(&was), names::display_path(&was));
        let known =
            |pipeline: &&PipelineView| [dir_or_id, &id].contains(&pipeline.id.as_str()) || pipeline.path == shown;
        let known = snapshot.pipelines.iter().find(known);
        match known {
            Some(pipeline) => Ok(pipeline.id.clone()),
            None if self.there.is_some() && path.is_absolute() => Ok(id),
            None => Ok(pipeline::id_of(&pipeline::check_folder(path)?)),
        }
    }

    /// The same, also of a folder that is neither there nor known any more: by its whole path, or its id.
    pub fn resolve_gone(&self, dir_or_id: &str) -> Result<String, Failure> {
        let path = Path::new(dir_or_id);
        self.resolve(dir_or_id).or_else(|failure| match dir_or_id {
            id if pipeline::is_id(id) => Ok(id.to_owned()),
            _ if path.is_absolute() && !path.exists() => Ok(pipeline::id_of(path)),
            _ => Err(failure),
        })
    }

    /// Shows a file or folder in the file manager.
    pub fn reveal(&self, path: &Path) -> Result<(), Failure> {
        Ok(visit::reveal(path)?)
    }

    /// The kernels directory, which the user may edit.
    pub async fn kernels_dir(&self) -> Result<PathBuf, Failure> {
        self.ask(|reply| Event::KernelsDir { reply }).await
    }

    /// The settings file; written, with nothing in it, where it was not there.
    pub fn settings_file(&self) -> Result<PathBuf, Failure> {
        let file = self.places.settings_file();
        if !file.exists() {
            crate::settings::update(&file, &crate::settings::Settings::default(), |_| Ok(()))?;
        }
        Ok(file)
    }

    /// Where the logs are.
    pub fn logs_dir(&self) -> PathBuf {
        self.places.logs_dir()
    }

    /// Dismisses the last failure of a launch.
    pub async fn dismiss_failure(&self, id: &str) -> Result<(), Failure> {
        let _ = self.tell.send(Event::DismissFailure { id: id.to_owned() });
        Ok(())
    }

    /// Dismisses a notice.
    pub async fn dismiss_notice(&self, notice: u64) -> Result<(), Failure> {
        let _ = self.tell.send(Event::DismissNotice { notice });
        Ok(())
    }

    /// Looks for the engine now instead of after the pause.
    pub async fn look_again(&self) -> Result<(), Failure> {
        self.look.notify_one();
        Ok(())
    }

    /// Prepares every image and answers when that is done. Progress is in `Snapshot::preparing`.
    pub async fn prepare_images(&self) -> Result<(), Failure> {
        self.prepare_images_of(&[]).await
    }

    /// The same for the images of these kernelspecs; for every image if none is named.
    pub async fn prepare_images_of(&self, kernelspecs: &[String]) -> Result<(), Failure> {
        self.ask(|reply| Event::Prepare { kernelspecs: kernelspecs.to_owned(), reply }).await
    }

    /// Cancels [`App::prepare_images`]. Images that are done stay.
    pub async fn cancel_preparing(&self) -> Result<(), Failure> {
        let _ = self.tell.send(Event::CancelPreparing);
        Ok(())
    }

    /// From now on, has open pages reach the launches on another machine: those that run, and those to come.
    pub fn carry(&self) {
        if let Some(there) = &self.there {
            there.carry();
        }
    }

    /// Leaves the way to a launch on another machine to a program that carries it on, and waits until it does.
    ///
    /// # Errors
    /// It does not within 20 s.
    pub async fn hand_over(&self, id: &str) -> Result<(), Failure> {
        let engine = self.engine().await?;
        match reach::carried_by_another(&engine, id, HANDS_OVER_WITHIN).await {
            true => Ok(()),
            false => Err(crate::words::machine::not_carried().into()),
        }
    }

    /// From now on, repairs launches and removes what dead processes left. For a process that stays.
    pub fn attend(&self) {
        if let Some(there) = &self.there {
            there.stay();
        }
        let _ = self.tell.send(Event::Attend);
    }

    /// Removes what dead processes left of launches that cannot become whole, and answers with it.
    pub async fn clean(&self) -> Result<Vec<Orphan>, Failure> {
        self.ask(|reply| Event::Clean { reply }).await
    }

    /// The person closes the window: says what the shell does.
    pub async fn close(&self) -> Closing {
        self.end(false).await
    }

    /// The person wants the version that was installed: the same as closing, and `UpdatesView::restarting` says that the
    /// program starts again at the end.
    pub async fn close_to_restart(&self) -> Closing {
        self.end(true).await
    }

    async fn end(&self, restart: bool) -> Closing {
        let (reply, answer) = oneshot::channel();
        let _ = self.tell.send(Event::Close { restart, reply });
        answer.await.unwrap_or(Closing::Now)
    }

    /// The person's answer whether launches go on; none if the window stays open.
    pub async fn answer_close(&self, answer: Option<OnClose>, remember: bool) -> Result<(), Failure> {
        self.ask(|reply| Event::AnswerClose { answer, remember, reply }).await
    }

    /// Stops all that this person runs, and waits until it is gone, at most 30 s.
    pub async fn stop_all(&self) {
        self.end_test().await;
        let (reply, done) = oneshot::channel();
        let _ = self.tell.send(Event::StopAll { reply });
        let _ = tokio::time::timeout(Duration::from_secs(30), done).await;
    }

    /// Cancels launches that are starting and waits until they are gone, at most 15 s. Running launches stay.
    pub async fn quit(&self) {
        self.end_test().await;
        let (reply, done) = oneshot::channel();
        let _ = self.tell.send(Event::Quit { reply });
        let _ = tokio::time::timeout(Duration::from_secs(15), done).await;
    }

    /// The last lines of each container of a launch, and the lines that follow.
    pub async fn log_lines(&self, id: &str, tail: usize, follow: bool) -> Result<mpsc::Receiver<LogLine>, Failure> {
        let engine = self.engine().await?;
        let containers = logs::sources(&engine, id).await?;
        if containers.is_empty() {
            return Err(Error::NotRunning { name: self.folder(id).await?.display().to_string() }.into());
        }
        Ok(logs::once(&engine, containers, id, tail, follow).await)
    }

    /// The app's own log and, if a launch is named, the logs of its containers, also of later ones. They come in batches,
    /// until the receiver is dropped.
    pub fn follow_logs(&self, id: Option<&str>) -> mpsc::Receiver<Vec<LogLine>> {
        let (sender, receiver) = mpsc::channel(2);
        let log = app_log::log_file(&self.places);
        tokio::spawn(logs::follow(self.snapshots(), self.engine.clone(), log, id.map(str::to_owned), sender));
        receiver
    }

    /// Checks all that a launch needs, with a remedy for each that fails. None if `stop` ends before; then nothing that it
    /// made is left on the engine.
    pub async fn doctor(&self, stop: impl Future<Output = ()>) -> Option<Vec<Check>> {
        self.settled().await;
        self.ask_places().await;
        let snapshot = self.snapshots.borrow().clone();
        let engine = self.engine().await.ok();
        let found = engine.as_ref().map(|engine| (engine, self.base_image.as_deref()));
        let cancel = CancellationToken::new();
        let checks = doctor::examine(&self.places, &self.owner, &snapshot, found, &cancel);
        tokio::pin!(checks);
        tokio::select! {
            checks = &mut checks => Some(checks),
            () = stop => {
                cancel.cancel();
                checks.await;
                None
            }
        }
    }
}
