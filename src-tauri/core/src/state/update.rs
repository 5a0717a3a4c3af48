//! `update`: what an event changes in the model, and what is to be done about it. Pure: no I/O and no clock of its own.
//! It writes to the log, which nothing reads back.

use std::time::{Duration, Instant};

use tokio::sync::oneshot;

use super::effect::Effect;
use super::event::{Event, Reply, Wake};
use super::model::{Model, TaskKind};
use crate::contract::failure::Failure;
use crate::contract::notice::{Notice, Tone};
use crate::contract::snapshot::{EngineState, NoticeView};
use crate::launch::stage;

/// How long a question about everything waits for launches that may not answer.
const SETTLES_WITHIN: Duration = Duration::from_secs(2);
/// How long a question about the folders waits for those on slow disks.
const SCANS_WITHIN: Duration = Duration::from_secs(10);

/// The time of an event.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Moment {
    /// Milliseconds since the epoch.
    pub ms: u64,
    /// For durations: it goes on evenly when the clock is set.
    pub instant: Instant,
}

/// Changes the model by one event. The effects are what is to be done then.
pub(crate) fn update(model: &mut Model, event: Event, now: Moment) -> Vec<Effect> {
    let mut turn = Turn { model, now, effects: Vec::new() };
    turn.take(event);
    turn.follow_choice();
    turn.answer_waiting();
    turn.effects
}

/// One event being handled.
pub(super) struct Turn<'a> {
    pub model: &'a mut Model,
    pub now: Moment,
    pub effects: Vec<Effect>,
}

impl Turn<'_> {
    fn take(&mut self, event: Event) {
        match event {
            Event::Add { path, reveal, reply } => self.check_and_add(path, reveal, reply),
            Event::Locate { id, folder, reply } => self.locate(&id, folder, reply),
            Event::Remove { id, reply } => self.remove(id, reply),
            Event::Pick { id, name, reply } => self.pick(&id, &name, reply),
            Event::Pin { id, pinned, reply } => self.pin(&id, pinned, reply),
            Event::Choose { change, reply } => self.choose(change, reply),
            Event::Show { id } => self.show(&id, None),
            Event::TrayMissing(missing) => self.model.tray_missing = missing,
            Event::Tell(notice) => self.notice(notice),
            Event::BrowserAsked { id, away } => self.browser_asked(&id, away),
            Event::Dropping(dropping) => self.model.dropping = dropping,
            Event::Dropped(paths) => self.check_dropped(paths),
            Event::AllowEnvironment { id, reply } => self.allow_environment(id, reply),
            Event::PickEnvironmentFile { id, file, reply } => self.pick_environment_file(id, file, reply),
            Event::EditPackages { id, change, reply } => self.edit_packages(id, change, reply),
            Event::SetVariable { id, name, value, secret, reply } => {
                self.set_variable(&id, name, value, secret, reply);
            }
            Event::RemoveVariable { id, name, reply } => self.remove_variable(&id, name, reply),
            Event::UseEnvFile { id, used, reply } => self.use_env_file(id, used, reply),
            Event::RunPostBuild { id, run, reply } => self.run_post_build(id, run, reply),
            Event::OfferVariables { id, reply } => self.offer_variables(id, reply),
            Event::Variables { id, reply } => {
                let outcome = self.shown_variables(&id);
                self.answer(reply, outcome);
            }
            Event::StartEnvironment { id, packages, reply } => self.start_environment(id, packages, reply),
            Event::UpdateEnvironment { id, upgrade, named, reply } => {
                self.update_environment(&id, upgrade, named, reply);
            }
            Event::CancelEnvironment { id } => {
                if self.model.updates.contains_key(&id) {
                    self.then(Effect::CancelEnvironment { id });
                }
            }
            Event::EnvironmentPackages { id, reply } => {
                let outcome = self.seen(&id).map(|(folder, seen)| (folder, seen.clone()));
                self.answer(reply, outcome);
            }
            Event::Launch(wish) => self.launch(wish),
            Event::Cancel { id, reply } => {
                let outcome = self.cancel(&id);
                self.answer(reply, outcome);
            }
            Event::Stop { id, reply } => {
                let outcome = self.stop(&id);
                self.answer(reply, outcome);
            }
            Event::Forget { id, reply } => self.forget(id, reply),
            Event::KeepRunning { id, reply } => {
                let outcome = self.keep_running(&id);
                self.answer(reply, outcome);
            }
            Event::Folder { id, reply } => {
                let outcome = self.model.folder(&id);
                self.answer(reply, outcome);
            }
            Event::KernelsDir { reply } => {
                let dir = self.model.kernels_dir();
                self.answer(reply, Ok(dir));
            }
            Event::KernelspecsWritten { reply } => self.read_kernelspecs(false, Some(reply)),
            Event::Running { id, notebook, reply } => self.running(&id, notebook.as_deref(), reply),
            Event::PipelineFile { id, file, reply } => {
                let outcome = self.pipeline_file(&id, &file);
                self.answer(reply, outcome);
            }
            Event::Looking { reply } => match self.model.engine() {
                Ok(_) => self.then(Effect::GiveLooking(reply)),
                Err(failure) => self.answer(reply, Err(failure)),
            },
            Event::Engine { reply } => match self.model.engine() {
                Ok(_) => self.then(Effect::GiveEngine(reply)),
                Err(failure) => self.answer(reply, Err(failure)),
            },
            Event::UseEngine { endpoint, reply } => self.use_engine(endpoint, reply),
            Event::PickPlace { id, place, reply } => self.pick_place(&id, place, reply),
            Event::AskPlace { name, reply } => self.ask_place(&name, Some(reply)),
            Event::AddPlace { name, place, token, reply } => self.add_place(name, place, token, reply),
            Event::RemovePlace { name, reply } => self.remove_place(name, reply),
            Event::PlaceToTest { name, reply } => self.place_to_test(name, reply),
            Event::PlaceSeen { name, place, found, reply } => self.place_seen(name, &place, found, reply),
            Event::Starter { reply } => {
                let outcome = self.model.starter();
                self.answer(reply, outcome);
            }
            Event::SetUpEngine { join, reply } => self.set_up_engine(join, reply),
            Event::CancelEngineSetup => {
                if self.model.engine_setup.is_some() {
                    self.then(Effect::CancelEngineSetup);
                }
            }
            Event::DismissEngineSetup => self.dismiss_engine_setup(),
            Event::DismissFailure { id } => drop(self.model.failed.remove(&id)),
            Event::DismissNotice { notice } => self.model.notices.retain(|known| known.id != notice),
            Event::Prepare { kernelspecs, reply } => self.prepare(&kernelspecs, reply),
            Event::CancelPreparing => {
                if self.model.preparing.is_some() {
                    self.then(Effect::CancelPreparing);
                }
            }
            Event::Import(import) => self.import(import),
            Event::OfferImages(file) => self.offer_images(file),
            Event::AnswerImages { file, take } => self.answer_images(&file, take),
            Event::ImagesToExport { kernelspecs, reply } => {
                let outcome = self.model.images_to_export(&kernelspecs);
                self.answer(reply, outcome);
            }
            Event::Settled { reply } => {
                self.model.waiting.settled.push(reply);
                self.then(Effect::After(SETTLES_WITHIN, Wake::SettledTimedOut));
            }
            Event::Scans { reply } => {
                self.model.waiting.scans.push(reply);
                self.then(Effect::After(SCANS_WITHIN, Wake::ScansTimedOut));
            }
            Event::Close { restart, reply } => {
                let closing = self.close(restart);
                self.give(reply, closing);
            }
            Event::AnswerClose { answer, remember, reply } => self.answer_close(answer, remember, reply),
            Event::StopAll { reply } => {
                self.model.attending = false;
                self.stop_all();
                self.cancel_imports();
                self.model.waiting.quitting.push(reply);
            }
            Event::Quit { reply } => {
                self.model.attending = false;
                self.cancel_all();
                self.cancel_imports();
                self.model.waiting.quitting.push(reply);
            }
            Event::CheckUpdates { reply } => self.check_updates(reply),
            Event::PutUpdateOff => self.put_update_off(),
            Event::UpdatePage { reply } => self.update_page(reply),
            Event::InstallUpdate { reply } => self.install_update(reply),
            Event::CancelUpdate => self.cancel_update(),
            Event::Attend => {
                self.model.attending = true;
                self.attend();
                self.attend_to_updates();
                self.ask_places();
            }
            Event::Clean { reply } => self.clean(Some(reply)),

            Event::EngineFound(facts) => self.engine_found(facts),
            Event::EngineMissing(failure, remedy) => self.engine_missing(failure, remedy),
            Event::EngineLost => self.engine_lost(),
            Event::EngineLeft => self.engine_left(),
            Event::Listed(listing) => self.listed(&listing),
            Event::ImagesListed(images) => {
                self.model.images = images;
                self.model.images_listed = true;
            }
            Event::OutOfMemory(labels) => self.out_of_memory(&labels),
            Event::EngineSetupSaid(line) => self.engine_setup_said(line),
            Event::EngineSetupEnded(outcome) => self.engine_setup_ended(outcome),

            Event::Examined { wish, exam } => self.examined(wish, *exam),
            Event::EnvironmentHappened { id, event } => {
                if let Some(update) = self.model.updates.get_mut(&id) {
                    stage::fold(std::slice::from_mut(&mut update.stage), event, self.now.ms);
                }
            }
            Event::EnvironmentEnded { id, outcome } => self.environment_ended(&id, outcome),
            Event::StageHappened { id, event } => {
                if let Some(task) = self.model.tasks.get_mut(&id) {
                    stage::fold(&mut task.stages, event, self.now.ms);
                }
            }
            Event::LaunchEnded { id, outcome, left, listed } => self.launch_ended(&id, outcome, left, listed),
            Event::RepairEnded { id, outcome, listed } => self.repair_ended(&id, outcome, listed),
            Event::StopEnded { id, attempt, outcome, listed } => self.stop_ended(&id, attempt, outcome, listed),
            Event::LeftoverEnded { attempt } => self.leftover_ended(&attempt),
            Event::LeftoverRemoved { attempt, ended, outcome } => self.leftover_removed(&attempt, ended, outcome),
            Event::Probed { attempt, ready } => self.probed(&attempt, ready),
            Event::Died { attempt, container, failure } => {
                if let Some(attempt) = self.model.attempts.get_mut(&attempt) {
                    attempt.deaths.insert(container, Some(failure));
                }
            }
            Event::ActivitySeen { id, attempt, seen } => self.activity_seen(&id, &attempt, seen),
            Event::RequestClaimed { container, ours } => self.request_claimed(&container, ours),
            Event::Preparing { image, progress, event } => self.preparing_goes_on(&image, progress, event),
            Event::Importing(event) => self.importing_goes_on(event),
            Event::ImageTried { image, failed } => self.image_tried(&image, failed),
            Event::Prepared { outcome } => self.prepared(&outcome),
            Event::Imported { outcome } => self.imported(outcome),
            Event::ProcessesSeen(processes) => {
                self.model.processes.extend(processes);
                self.attend_now();
            }

            Event::UpdatesRead(known) => self.updates_read(*known),
            Event::UpdatesChecked(outcome) => self.updates_checked(*outcome),
            Event::UpdateHappened(bytes) => self.update_happened(bytes),
            Event::UpdateEnded(outcome) => self.update_ended(outcome),

            Event::Changed(path) => self.changed(path),
            Event::Scanned { path, contents, environment, then } => {
                self.scanned(path, contents, *environment, then);
            }
            Event::FoldersChecked { checked, then } => self.folders_checked(checked, then),
            Event::SettingsOpened(opened) => self.settings_opened(opened),
            Event::SettingsRead(read) => self.settings_read(read),
            Event::SettingsEdited { outcome, then } => self.settings_edited(outcome, then),
            Event::KernelspecsRead { read, then } => self.kernelspecs_read(*read, then),

            Event::Woke(wake) => self.woke(wake),
        }
    }

    fn woke(&mut self, wake: Wake) {
        let waiting = &mut self.model.waiting;
        match wake {
            Wake::Look => {
                self.remove_leftovers();
                self.attend();
            }
            Wake::Clean => self.clean(None),
            Wake::LookForIdle => self.ask_for_activity(),
            Wake::SettledTimedOut => waiting.settled_timed_out = !waiting.settled.is_empty(),
            Wake::LookForUpdate => self.woke_for_update(),
            Wake::ScansTimedOut => waiting.scans_timed_out = !waiting.scans.is_empty(),
        }
    }

    /// Has something done.
    pub fn then(&mut self, effect: Effect) {
        self.effects.push(effect);
    }

    /// Answers after the snapshot that shows the result.
    pub fn answer<T: Send + 'static>(&mut self, reply: Reply<T>, outcome: Result<T, Failure>) {
        self.give(reply, outcome);
    }

    fn give<T: Send + 'static>(&mut self, reply: oneshot::Sender<T>, answer: T) {
        // Nobody may wait for it any more.
        self.then(Effect::Answer(Box::new(move || {
            let _ = reply.send(answer);
        })));
    }

    /// Shows a notice until it is dismissed.
    pub fn notice(&mut self, notice: impl Into<Notice>) {
        let Notice { tone, message, hint } = notice.into();
        match tone {
            Tone::Failure => tracing::warn!(message, "notice"),
            Tone::Good | Tone::Remark => tracing::info!(message, "notice"),
        }
        self.model.last_notice += 1;
        let id = self.model.last_notice;
        self.model.notices.push(NoticeView { id, tone, message, hint, address_of: None });
    }

    /// A browser came to a launch, or did not come: that is shown until it comes, or until another is asked.
    fn browser_asked(&mut self, id: &str, away: Option<Failure>) {
        self.model.notices.retain(|notice| notice.address_of.as_deref() != Some(id));
        if let Some(failure) = away {
            self.notice(failure);
            if let Some(notice) = self.model.notices.last_mut() {
                notice.address_of = Some(id.to_owned());
            }
        }
    }

    /// Answers the questions that waited for what has come about.
    fn answer_waiting(&mut self) {
        let probing = self.model.attempts.values().any(|attempt| attempt.probing);
        let known = match self.model.engine_state {
            EngineState::Looking => false,
            EngineState::Ready { .. } => {
                let listed = self.model.listed && self.model.images_listed;
                listed && (!probing || self.model.waiting.settled_timed_out)
            }
            EngineState::Unavailable { .. } => true,
        };
        if known {
            self.model.waiting.settled_timed_out = false;
            for reply in std::mem::take(&mut self.model.waiting.settled) {
                self.give(reply, ());
            }
        }
        if !self.model.waiting.scans.is_empty() {
            let unscanned = self.model.unscanned();
            if unscanned.is_empty() || self.model.waiting.scans_timed_out {
                self.model.waiting.scans_timed_out = false;
                for reply in std::mem::take(&mut self.model.waiting.scans) {
                    let unscanned = unscanned.clone();
                    self.give(reply, unscanned);
                }
            }
        }
        // This process removes what a cancelled launch left on an engine that hung, as long as it may stay.
        let hung = self.model.leftovers.iter().any(|leftover| leftover.failure.is_some());
        let importing = self.model.preparing.as_ref().is_some_and(|preparing| preparing.import.is_some());
        if self.model.tasks.is_empty() && !hung && !importing {
            for reply in std::mem::take(&mut self.model.waiting.quitting) {
                self.give(reply, ());
            }
        }
    }

    /// Cancels what is on its way. What is being stopped goes on.
    fn cancel_all(&mut self) {
        let on_its_way = self.model.tasks.iter_mut().filter(|(_, task)| task.kind != TaskKind::Stopping);
        let ids: Vec<String> = on_its_way.map(|(id, _)| id.clone()).collect();
        for id in ids {
            self.cancel_task(&id);
        }
    }
}
