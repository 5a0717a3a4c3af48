//! Launches that are asked for, stopped and opened.

use std::path::{Path, PathBuf};
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use super::leftovers::Leftover;
use super::{FailedLaunch, Message, Reply, State, Target, Task, TaskKind, attempts};
use crate::contract::failure::{Failure, FailureCode};
use crate::contract::notice::Tone;
use crate::contract::snapshot::StageState;
use crate::engine::{Engine, Listing};
use crate::folder::pipeline;
use crate::kernelspec::Kernelspec;
use crate::launch::label;
use crate::launch::observed::ObservedLaunch;
use crate::launch::person::{self, Person};
use crate::launch::stage;
use crate::launch::start::{self, Order};
use crate::launch::{forget, stop};
use crate::platform::clock::{self, now};
use crate::platform::process::{Liveness, liveness};
use crate::platform::user::Access;
use crate::state::view;
use crate::words::error::Error;
use crate::words::names;

impl State {
    /// Starts a launch and answers with its id. What runs or starts already is left as it is.
    pub(super) fn launch(
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
            Some(task) if task.kind != TaskKind::Stopping && !task.cancel.is_cancelled() => return Ok(id),
            Some(_) => return Err(Error::StillStopping { folder }.into()),
            None => {}
        }
        let left = self.found.get(&id);
        if left.is_some_and(|found| found.stopping) {
            return Err(Error::StillStopping { folder }.into());
        }
        // Broken ones are removed first; what runs, or starts elsewhere, is what was asked for.
        let broken = left.is_some_and(|found| {
            found.dead().is_some()
                || self.unready.contains(&found.attempt)
                || (!found.whole() && clock::age(found.started_at, now()) >= view::GRACE_MS)
        });
        // What a dead process had begun is taken over by the launch itself.
        if left.is_some_and(|found| !broken && !self.is_abandoned(found)) {
            return Ok(id);
        }
        let in_the_way = self.leftovers.iter().find(|leftover| leftover.launch == id);
        let in_the_way = left.filter(|_| broken).map(|found| &found.attempt).or(in_the_way.map(|left| &left.attempt));
        let remove_first = in_the_way.cloned();
        // Also what was changed a moment ago, of which the watch has not told yet.
        let kernels_dir = self.copied_kernels()?;
        let name = match kernelspec.or_else(|| self.kernelspec_for(&folder)).or_else(|| self.usual_kernelspec()) {
            Some(name) => name,
            None => {
                return Err(Error::Kernelspec {
                    message: format!("there is no usable kernelspec in `{}`", self.kernels_dir().display()),
                    hint: "`orchest kernels` says what is wrong with those that are there".to_owned(),
                }
                .into());
            }
        };
        let kernelspec = self.kernelspec_named(&name)?;
        let engine = self.engine()?;
        self.check_access(&folder, &engine)?;
        if !self.contents.contains_key(&folder) {
            self.scan(folder.clone());
        }
        self.failed.remove(&id);
        self.was_opened(&folder);
        let mut order = self.order(&engine, &id, folder.clone(), kernelspec, kernels_dir);
        order.timeout = timeout.unwrap_or(order.timeout);
        let cancel = CancellationToken::new();
        self.tasks.insert(
            id.clone(),
            Task {
                kind: TaskKind::Launching,
                folder,
                kernelspec: name,
                started_at: now(),
                stages: stage::waiting(),
                cancel: cancel.clone(),
            },
        );
        attempts::spawn(engine, order, remove_first, self.events.clone(), self.tell.clone(), cancel);
        Ok(id)
    }

    /// A launch of this folder by the settings of this moment.
    pub(super) fn order(
        &self,
        engine: &Engine,
        id: &str,
        folder: PathBuf,
        kernelspec: Kernelspec,
        kernels_dir: PathBuf,
    ) -> Order {
        Order {
            id: id.to_owned(),
            folder,
            kernelspec,
            kernels_dir,
            call_list: self.places.call_list(),
            images: self.image_options(),
            timeout: self.settings.launch_timeout(),
            owner: self.owner.clone(),
            dirs: self.places.clone(),
            limits: self.settings.limits,
            gateway_memory_mb: self.settings.gateway_memory_mb(),
            person: self.person(engine),
        }
    }

    /// What a launch on this engine has of the person.
    pub(super) fn person(&self, engine: &Engine) -> Person {
        person::of_this_process(&self.around, &engine.facts().endpoint, &self.places.labextensions_dir())
    }

    /// What server and kernels cannot do with the folder is said before they run: one that they cannot read is refused,
    /// and of one in which nothing can be saved the person is told.
    fn check_access(&mut self, folder: &Path, engine: &Engine) -> Result<(), Failure> {
        let read_only = match start::access(engine, folder)? {
            (Access::Full, _) => return Ok(()),
            (Access::ReadOnly, who) => Error::Folder {
                message: format!("{who} may read the folder `{}` and write nothing in it", folder.display()),
                hint: "notebooks open and run, and cannot be saved; ask its owner for write access".to_owned(),
            },
            (Access::None, who) => {
                return Err(Error::Folder {
                    message: format!("{who} may not use the folder `{}`", folder.display()),
                    hint: "it takes read, write and execute permission on it: ask its owner for access".to_owned(),
                }
                .into());
            }
        };
        let notice = read_only.notice(Tone::Remark);
        if !self.notices.iter().any(|known| known.says(&notice)) {
            self.notice(notice);
        }
        Ok(())
    }

    /// Whether dead processes of this person had begun this launch and it did not come to run: nobody goes on with it.
    fn is_abandoned(&self, found: &ObservedLaunch) -> bool {
        let dead = |process: &String| liveness(&self.places, process) == Liveness::Dead;
        found.owner == self.owner.name && !found.whole() && found.kernels.is_empty() && found.makers.iter().all(dead)
    }

    pub(super) fn launch_ended(&mut self, id: &str, outcome: Result<(), Failure>, listed: Option<Listing>) {
        let Some(mut task) = self.tasks.remove(id) else { return };
        if let Some(listing) = &listed {
            self.fold(listing);
        }
        match outcome {
            Ok(()) if task.cancel.is_cancelled() => self.stop_what_was_cancelled(id),
            Ok(()) => {
                if let Some(found) = self.found.get(id) {
                    self.ready.insert(found.attempt.clone(), now());
                    self.own_attempts.insert(found.attempt.clone(), task.stages);
                }
                tracing::info!(launch = id, took_ms = now().saturating_sub(task.started_at), "ready");
            }
            Err(failure) if failure.code == FailureCode::Cancelled => {
                tracing::info!(launch = id, message = failure.message, "not launched");
            }
            Err(failure) => {
                stage::end_active(&mut task.stages, StageState::Failed, now());
                let Task { folder, kernelspec, started_at, stages, .. } = task;
                self.failed.insert(id.to_owned(), FailedLaunch { folder, kernelspec, started_at, stages, failure });
            }
        }
        if let Some(listing) = listed {
            self.listed(&listing);
        }
        self.list_images();
    }

    /// Stops what is there of a launch whose task was cancelled, also in the moment in which it was done.
    pub(super) fn stop_what_was_cancelled(&mut self, id: &str) {
        if self.found.contains_key(id)
            && let Err(failure) = self.stop(id)
        {
            self.notice(failure);
        }
    }

    pub(super) fn cancel(&mut self, id: &str) -> Result<(), Failure> {
        match self.tasks.get(id) {
            Some(task) if task.kind != TaskKind::Stopping => {
                task.cancel.cancel();
                Ok(())
            }
            Some(_) => Ok(()),
            None => self.stop(id),
        }
    }

    pub(super) fn stop(&mut self, id: &str) -> Result<(), Failure> {
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
            stages: Vec::new(),
            cancel: CancellationToken::new(),
        };
        self.tasks.insert(id.to_owned(), task);
        let (tell, id, attempt) = (self.tell.clone(), id.to_owned(), found.attempt.clone());
        tokio::spawn(async move {
            let outcome = stop::stop(&engine, &id).await.map_err(Failure::from);
            let listed = engine.listing(label::LAUNCH).await.ok();
            let _ = tell.send(Message::StopEnded { id, attempt, outcome, listed });
        });
        Ok(())
    }

    /// Removes what is kept of a folder that does not run.
    pub(super) fn forget(&self, id: String, reply: Reply<bool>) {
        let runs = || {
            let folder = self.folder(&id).map_or_else(|_| id.clone(), |folder| names::display_name(&folder));
            Failure::from(Error::Runs { name: folder })
        };
        let engine = match self.engine() {
            _ if self.tasks.contains_key(&id) || self.found.contains_key(&id) => Err(runs()),
            engine => engine,
        };
        let engine = match engine {
            Ok(engine) => engine,
            Err(failure) => return drop(reply.send(Err(failure))),
        };
        let owner = self.owner.name.clone();
        tokio::spawn(async move {
            let _ = reply.send(forget::forget(&engine, &id, &owner).await.map_err(Failure::from));
        });
    }

    pub(super) fn stop_ended(
        &mut self,
        id: &str,
        attempt: String,
        outcome: Result<(), Failure>,
        listed: Option<Listing>,
    ) {
        self.tasks.remove(id);
        if let Some(listing) = &listed {
            self.fold(listing);
        }
        if let Err(failure) = outcome {
            self.notice(failure);
            // Without containers it is no launch that could be stopped again; the network is left.
            if !self.found.contains_key(id) {
                self.leftovers.push(Leftover::of(id, attempt));
            }
        }
        if let Some(listing) = listed {
            self.listed(&listing);
        }
    }

    /// The engine on which a launch runs that can be opened, at one of its notebooks.
    pub(super) fn running(&self, id: &str, notebook: Option<&str>) -> Result<Engine, Failure> {
        let found = self.found.get(id).filter(|found| found.whole() && self.ready.contains_key(&found.attempt));
        let Some(found) = found.filter(|_| !self.tasks.contains_key(id)) else {
            return Err(Error::NotRunning { name: self.folder(id)?.display().to_string() }.into());
        };
        if let Some(notebook) = notebook {
            let contents = self.contents.get(Path::new(&found.pipeline));
            let known = contents.and_then(|contents| contents.notebooks.iter().find(|file| file.path == notebook));
            let Some(known) = known else {
                return Err(Error::UnknownNotebook { path: notebook.to_owned() }.into());
            };
            if let Some(problem) = known.problem.clone() {
                return Err(Error::Unopenable { path: notebook.to_owned(), problem }.into());
            }
        }
        self.engine()
    }
}
