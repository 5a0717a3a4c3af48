//! Launches that are asked for, stopped and opened.

use std::path::{Path, PathBuf};

use super::effect::{Effect, LaunchRequest};
use super::event::{Exam, Reply, Target, Wish};
use super::leftovers::Leftover;
use super::model::{FailedLaunch, Task, TaskKind};
use super::update::Turn;
use crate::contract::failure::{Failure, FailureCode};
use crate::contract::notice::Tone;
use crate::contract::snapshot::StageState;
use crate::engine::{Engine, Listing};
use crate::environment::this_folder::THIS_FOLDER;
use crate::folder::pipeline;
use crate::folder::scan::Contents;
use crate::kernelspec::Kernelspec;
use crate::launch::health::{self, Answer, Health};
use crate::launch::stage;
use crate::platform::user::Access;
use crate::settings::Place;
use crate::settings::place::THIS_MACHINE;
use crate::words::error::Error;
use crate::words::{self, names};

impl Turn<'_> {
    /// Has the folder and the kernelspecs read, on which it depends whether a launch can begin.
    pub fn launch(&mut self, wish: Wish) {
        let folder = match &wish.target {
            Target::Path(path) => path.clone(),
            Target::Id(id) => match self.model.folder(id) {
                Ok(folder) => folder,
                Err(failure) => return self.answer(wish.reply, Err(failure)),
            },
        };
        if let Target::Id(id) = &wish.target {
            match self.model.tasks.get(id) {
                Some(task) if task.kind != TaskKind::Stopping && !task.cancelled => {
                    let id = id.clone();
                    return self.answer(wish.reply, Ok(id));
                }
                Some(_) => return self.answer(wish.reply, Err(Error::StillStopping { folder }.into())),
                None => {}
            }
            // From here on it can be cancelled. What runs is shown as it is.
            if !self.model.found.contains_key(id) {
                let kernelspec = wish.kernelspec.clone().or_else(|| self.model.kernelspec_for(&folder));
                let kernelspec = kernelspec.unwrap_or_default();
                let place = self.model.settings.place_of(&folder).map(|(name, _)| name.to_owned());
                self.begin(id, TaskKind::Examining, folder.clone(), kernelspec, place);
            }
        }
        self.examine(wish, folder);
    }

    fn examine(&mut self, wish: Wish, folder: PathBuf) {
        let kernels = self.model.kernels_dir();
        let processes = self.launchers();
        let scanned = self.model.contents.get(&folder);
        let notebooks = scanned.map(Contents::notebook_paths);
        self.then(Effect::Examine { wish, folder, kernels, processes, notebooks });
    }

    /// Launches, now that folder and kernelspecs are read. What runs or starts already is left as it is.
    pub fn examined(&mut self, wish: Wish, exam: Exam) {
        let examining = match &wish.target {
            Target::Id(id) => self.model.tasks.get(id).filter(|task| task.kind == TaskKind::Examining),
            Target::Path(_) => None,
        };
        let cancelled = examining.is_some_and(|task| task.cancelled);
        // The kernels directory was changed meanwhile.
        if let Ok(folder) = &exam.folder
            && !cancelled
            && exam.kernelspecs.dir != self.model.kernels_dir()
        {
            return self.examine(wish, folder.clone());
        }
        let id = match &wish.target {
            Target::Id(id) => Some(id.clone()),
            Target::Path(_) => None,
        };
        if let Some(id) = id.filter(|_| examining.is_some()) {
            self.model.tasks.remove(&id);
            if cancelled {
                return self.answer(wish.reply, Ok(id));
            }
        }
        let outcome = self.begin_launch(&wish, exam);
        self.answer(wish.reply, outcome);
    }

    fn begin_launch(&mut self, wish: &Wish, exam: Exam) -> Result<String, Failure> {
        let folder = match exam.folder {
            Ok(folder) => folder,
            Err(failure) => {
                // A folder on another machine is seen through its engine alone: the engine's failure says more.
                if self.model.settings.machine.is_some() {
                    self.model.engine()?;
                }
                return Err(failure);
            }
        };
        let id = pipeline::id_of(&folder);
        match self.model.tasks.get(&id) {
            Some(task) if task.kind != TaskKind::Stopping && !task.cancelled => return Ok(id),
            Some(_) => return Err(Error::StillStopping { folder }.into()),
            None => {}
        }
        if let Some(name) = wish.place.as_deref().filter(|name| *name != THIS_MACHINE) {
            self.place_named(name)?;
        }
        self.model.processes.extend(exam.processes);
        let mut in_the_way =
            self.model.leftovers.iter().find(|left| left.launch == id).map(|left| left.attempt.clone());
        if let Some(found) = self.model.found.get(&id) {
            match health::health(found, self.model.answer(&found.attempt), self.now.ms) {
                Health::Stopping => return Err(Error::StillStopping { folder }.into()),
                // What is left of it is removed first.
                Health::Broken(_) => in_the_way = Some(found.attempt.clone()),
                // The launch itself takes over what a dead process began.
                Health::Starting | Health::Running => {
                    let abandoned = found.owner == self.model.owner
                        && health::is_abandoned(found, |process| self.model.liveness(process));
                    if !abandoned {
                        let asked = wish.place.as_deref().map(|name| Some(name).filter(|name| *name != THIS_MACHINE));
                        if asked.is_some_and(|place| place != found.place.as_deref()) {
                            let shown = names::display_path(&folder);
                            return Err(words::place::runs_at(&shown, found.place.as_deref()).into());
                        }
                        return Ok(id);
                    }
                }
            }
        }
        self.take_kernelspecs(exam.kernelspecs)?;
        self.model.environments.insert(folder.clone(), exam.environment);
        let place = self.place_for(wish, &folder)?;
        let kernelspec = self.kernelspec_for(wish, &folder, place.as_ref().map(|(name, _)| name.as_str()))?;
        let name = kernelspec.name.clone();
        self.model.engine()?;
        if kernelspec.name == THIS_FOLDER {
            self.check_environment(&folder, matches!(wish.target, Target::Path(_)))?;
        }
        if let Some(access) = exam.access {
            self.check_access(&folder, access?)?;
        }
        if !self.model.contents.contains_key(&folder) {
            self.then(Effect::Scan { path: folder.clone(), then: None });
        }
        self.model.failed.remove(&id);
        self.was_opened(&folder);
        let place_name = place.as_ref().map(|(name, _)| name.clone());
        let mut request = self.request(&id, folder.clone(), kernelspec, place);
        request.timeout = wish.timeout.unwrap_or(request.timeout);
        request.in_the_way = in_the_way;
        if request.kernelspec.name == THIS_FOLDER {
            request.environment = Some(self.environment_wish(&folder, false));
        }
        self.begin(&id, TaskKind::Launching, folder, name, place_name);
        self.then(Effect::Launch(Box::new(request)));
        Ok(id)
    }

    /// The place of a launch.
    fn place_for(&self, wish: &Wish, folder: &Path) -> Result<Option<(String, Place)>, Failure> {
        match wish.place.as_deref() {
            Some(THIS_MACHINE) => Ok(None),
            Some(name) => self.place_named(name).map(Some),
            None => match (self.model.settings.place_name_of(folder), self.model.settings.place_of(folder)) {
                (None, _) => Ok(None),
                (Some(_), Some((name, place))) => Ok(Some((name.to_owned(), place.clone()))),
                (Some(name), None) => Err(words::place::folder_without(&names::display_path(folder), name).into()),
            },
        }
    }

    /// The kernelspec of a launch.
    fn kernelspec_for(&self, wish: &Wish, folder: &Path, place: Option<&str>) -> Result<Kernelspec, Failure> {
        if let Some(place) = place {
            let picked = || self.model.kernelspec_for_at(folder, place);
            let name = wish.kernelspec.clone().or_else(picked);
            // Without one, the launch takes the gateway's default.
            return self.model.kernelspec_at(place, &name.unwrap_or_default());
        }
        let usual = || self.model.kernelspec_for_here(folder).or_else(|| self.model.usual_kernelspec_of(folder));
        let name = wish.kernelspec.clone().or_else(usual);
        let name = name.ok_or_else(|| words::kernelspec::nothing_to_launch_with(&self.model.kernels_dir()))?;
        self.model.kernelspec_here(folder, &name)
    }

    /// A launch of this folder by the settings of this moment.
    pub fn request(
        &self,
        id: &str,
        folder: PathBuf,
        kernelspec: Kernelspec,
        place: Option<(String, Place)>,
    ) -> LaunchRequest {
        LaunchRequest {
            id: id.to_owned(),
            variables: self.variables_wish(&folder),
            folder,
            kernelspec,
            place,
            environment: None,
            kernels_dir: self.model.kernels_dir(),
            timeout: self.model.settings.launch_timeout(),
            settings: self.model.settings.clone(),
            in_the_way: None,
        }
    }

    /// Records a task, so that the next snapshot shows it.
    fn begin(&mut self, id: &str, kind: TaskKind, folder: PathBuf, kernelspec: String, place: Option<String>) {
        let (started_at, stages) = (self.now.ms, stage::waiting(kernelspec == THIS_FOLDER, place.is_some()));
        self.model
            .tasks
            .insert(id.to_owned(), Task { kind, folder, kernelspec, place, started_at, stages, cancelled: false });
    }

    /// Ends the task of a launch, if it is of this kind: an event may come twice, or for a task of long ago.
    pub fn end_task(&mut self, id: &str, kind: TaskKind) -> Option<Task> {
        let is_it = self.model.tasks.get(id).is_some_and(|task| task.kind == kind);
        if is_it { self.model.tasks.remove(id) } else { None }
    }

    /// A folder that server and kernels cannot read is refused before they run. If they can read it and write nothing, a
    /// notice says so.
    fn check_access(&mut self, folder: &Path, (access, who): (Access, String)) -> Result<(), Failure> {
        let shown = folder.display().to_string();
        let read_only = match access {
            Access::Full => return Ok(()),
            Access::ReadOnly => words::folder::read_only(&shown, &who),
            Access::None => return Err(words::folder::no_access(&shown, &who).into()),
        };
        let notice = read_only.notice(Tone::Remark);
        if !self.model.notices.iter().any(|known| known.says(&notice)) {
            self.notice(notice);
        }
        Ok(())
    }

    pub fn launch_ended(
        &mut self,
        id: &str,
        outcome: Result<(), Failure>,
        left: Option<Leftover>,
        listed: Option<Listing>,
    ) {
        if let Some(left) = left {
            self.leave(left);
        }
        self.end_launch(id, outcome, listed);
        self.remove_leftovers();
    }

    fn end_launch(&mut self, id: &str, outcome: Result<(), Failure>, listed: Option<Listing>) {
        let Some(mut task) = self.end_task(id, TaskKind::Launching) else { return };
        if let Some(listing) = &listed {
            self.fold(listing);
        }
        match outcome {
            Ok(()) if task.cancelled => self.stop_what_was_cancelled(id),
            Ok(()) => {
                let attempt = self.model.found.get(id).map(|found| found.attempt.clone());
                if let Some(attempt) = attempt {
                    self.became_ready(&attempt);
                    self.model.attempts.entry(attempt).or_default().stages = Some(task.stages);
                }
                // It answered the launch, whatever it did before.
                if let Some(place) = task.place.as_ref().filter(|place| self.model.gateway_at(place).is_none()) {
                    self.ask_place(place, None);
                }
                tracing::info!(launch = id, took_ms = self.now.ms.saturating_sub(task.started_at), "ready");
            }
            Err(failure) if failure.code == FailureCode::Cancelled => {
                tracing::info!(launch = id, message = failure.message, "not launched");
            }
            Err(failure) => {
                stage::end_active(&mut task.stages, StageState::Failed, self.now.ms);
                let Task { folder, kernelspec, place, started_at, stages, .. } = task;
                self.model
                    .failed
                    .insert(id.to_owned(), FailedLaunch { folder, kernelspec, place, started_at, stages, failure });
            }
        }
        if let Some(listing) = listed {
            self.listed(&listing);
        }
        if let Ok(folder) = self.model.folder(id)
            && self.model.environments.get(&folder).is_some_and(|seen| seen.source().is_some())
        {
            // The launch has made the environment, or found that it is there.
            self.then(Effect::Scan { path: folder, then: None });
        }
        self.list_images();
    }

    /// The chain of an attempt answers.
    pub fn became_ready(&mut self, attempt: &str) {
        let attempt = self.model.attempts.entry(attempt.to_owned()).or_default();
        attempt.answer = Answer::Ready;
        attempt.ready_at = Some(self.now.ms);
    }

    /// Stops what is there of a launch that was cancelled, also if it was done in the same moment.
    pub fn stop_what_was_cancelled(&mut self, id: &str) {
        if self.model.found.contains_key(id)
            && let Err(failure) = self.stop(id)
        {
            self.notice(failure);
        }
    }

    pub fn cancel(&mut self, id: &str) -> Result<(), Failure> {
        match self.model.tasks.get(id) {
            Some(task) if task.kind != TaskKind::Stopping => {
                self.cancel_task(id);
                Ok(())
            }
            Some(_) => Ok(()),
            None => self.stop(id),
        }
    }

    /// Ends the task of a launch early.
    pub fn cancel_task(&mut self, id: &str) {
        let Some(task) = self.model.tasks.get_mut(id) else { return };
        task.cancelled = true;
        if matches!(task.kind, TaskKind::Launching | TaskKind::Repairing) {
            self.then(Effect::Cancel { id: id.to_owned() });
        }
    }

    pub fn stop(&mut self, id: &str) -> Result<(), Failure> {
        if self.model.tasks.contains_key(id) {
            self.cancel_task(id);
            return Ok(());
        }
        self.model.failed.remove(id);
        let Some(found) = self.model.found.get(id) else {
            return self.model.folder(id).map(drop);
        };
        self.model.engine()?;
        let attempt = found.attempt.clone();
        let task = Task {
            kind: TaskKind::Stopping,
            folder: PathBuf::from(&found.pipeline),
            kernelspec: found.kernelspec.clone(),
            place: found.place.clone(),
            started_at: found.started_at,
            stages: Vec::new(),
            cancelled: false,
        };
        self.model.tasks.insert(id.to_owned(), task);
        self.then(Effect::Stop { id: id.to_owned(), attempt });
        Ok(())
    }

    pub fn stop_ended(&mut self, id: &str, attempt: String, outcome: Result<(), Failure>, listed: Option<Listing>) {
        self.end_task(id, TaskKind::Stopping);
        if let Some(listing) = &listed {
            self.fold(listing);
        }
        if let Err(failure) = outcome {
            self.notice(failure);
            // Without containers it is no launch that could be stopped again; the network is left.
            if !self.model.found.contains_key(id) {
                self.leave(Leftover::of(id, attempt));
            }
        }
        if let Some(listing) = listed {
            self.listed(&listing);
        }
    }

    /// Removes what is kept of a folder that does not run.
    pub fn forget(&mut self, id: String, reply: Reply<bool>) {
        if self.model.tasks.contains_key(&id) || self.model.found.contains_key(&id) {
            let name = self.model.folder(&id).map_or_else(|_| id, |folder| names::display_name(&folder));
            return self.answer(reply, Err(Error::Runs { name }.into()));
        }
        match self.model.engine() {
            Ok(_) => self.then(Effect::Forget { id, reply }),
            Err(failure) => self.answer(reply, Err(failure)),
        }
    }

    /// Answers with the engine on which a launch runs that can be opened, at one of its notebooks if that is given.
    pub fn running(&mut self, id: &str, notebook: Option<&str>, reply: Reply<Engine>) {
        match self.check_running(id, notebook) {
            Ok(()) => self.then(Effect::GiveEngine(reply)),
            Err(failure) => self.answer(reply, Err(failure)),
        }
        if let Ok(folder) = self.model.folder(id) {
            self.was_opened(&folder);
        }
    }

    fn check_running(&self, id: &str, notebook: Option<&str>) -> Result<(), Failure> {
        let Some(found) = self.model.found.get(id).filter(|found| self.model.is_usable(id, found)) else {
            return Err(Error::NotRunning { name: self.model.folder(id)?.display().to_string() }.into());
        };
        if let Some(notebook) = notebook {
            let contents = self.model.contents.get(Path::new(&found.pipeline));
            let known = contents.and_then(|contents| contents.notebooks.iter().find(|file| file.path == notebook));
            let Some(known) = known else {
                return Err(Error::UnknownNotebook { path: notebook.to_owned() }.into());
            };
            if let Some(problem) = known.problem.clone() {
                return Err(Error::Unopenable { path: notebook.to_owned(), problem }.into());
            }
        }
        self.model.engine().map(drop)
    }
}
