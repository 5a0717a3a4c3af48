//! Any order of questions, ends of effects, lists and losses leaves the model consistent, and each question answered.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;

use super::*;
use crate::contract::snapshot::Stage;
use crate::jupyter::Activity;
use crate::launch::repair::Repaired;
use crate::launch::stage::StageEvent;
use crate::state::event::{AfterEdit, Checked, Wake};
use crate::state::image_requests::Going;
use crate::state::leftovers::Leftover;
use crate::state::model::{Import, TaskKind};
use crate::updates::origin::Origin;
use crate::words::error::Error;

/// What holds of each model, whatever happened to it.
pub(super) fn check(model: &Model) {
    let there: BTreeSet<&String> = model.found.values().map(|found| &found.attempt).collect();
    for attempt in model.attempts.keys() {
        assert!(there.contains(attempt), "the attempt {attempt} belongs to a launch");
    }
    let left: BTreeSet<&String> = model.leftovers.iter().map(|leftover| &leftover.attempt).collect();
    assert_eq!(left.len(), model.leftovers.len(), "a leftover is remembered once");
    assert!(there.is_disjoint(&left), "what a failed launch left is no launch");
    let ids: BTreeSet<u64> = model.notices.iter().map(|notice| notice.id).collect();
    assert_eq!(ids.len(), model.notices.len(), "each notice has an id of its own");
    assert!(
        model.engine.is_none()
            || !matches!(model.engine_state, crate::contract::snapshot::EngineState::Looking)
            || !model.listed,
        "an engine that listed its containers is ready"
    );
}

/// The outside of a model: an engine, a disk, and people who ask.
struct Outside {
    world: World,
    /// What was begun and has not ended.
    begun: Vec<Begun>,
    /// The containers on the engine.
    containers: Vec<Container>,
    attempts: u32,
    cancelled: BTreeSet<String>,
    /// The requests for images that this process claimed and has not ended.
    claimed: BTreeSet<String>,
    /// Images are being prepared right now.
    trying: bool,
    /// Another engine was picked, and this one is still followed.
    left: bool,
    /// The pipelines whose environment ends being made in this moment.
    making: BTreeSet<String>,
    /// Whether each question was answered.
    answers: Vec<(&'static str, IsAnswered)>,
}

type IsAnswered = Box<dyn FnMut() -> bool>;

enum Begun {
    Effect(Effect),
    /// The calls of a launch that hung.
    Calls(String),
}

impl Outside {
    fn new() -> Outside {
        let mut world = World::new();
        world.model.settings.idle_stop_min = Some(1.0);
        world.model.settings.updates_check = Some(true);
        world.model.settings.updates_address = Some(updates::ADDRESS.to_owned());
        Outside {
            world,
            begun: Vec::new(),
            containers: Vec::new(),
            attempts: 0,
            cancelled: BTreeSet::new(),
            claimed: BTreeSet::new(),
            trying: false,
            left: false,
            making: BTreeSet::new(),
            answers: Vec::new(),
        }
    }

    fn ask<T: 'static>(&mut self, question: &'static str) -> oneshot::Sender<T> {
        let (reply, mut answer) = oneshot::channel();
        self.answers.push((question, Box::new(move || answer.try_recv().is_ok())));
        reply
    }

    fn take(&mut self, event: Event) {
        for effect in self.world.take(event) {
            match effect {
                Effect::Answer(answer) => answer(),
                Effect::GiveEngine(reply) => drop(reply.send(Err(failure("no engine here")))),
                Effect::GiveLooking(reply) => drop(reply.send(Err(failure("no engine here")))),
                Effect::Watch { .. } => {}
                Effect::FollowEngine(chosen) => {
                    let model = &self.world.model;
                    assert!(model.engine.is_none() || !model.is_at_work(), "nothing is left on its way");
                    assert_eq!(chosen, model.settings.engine);
                    self.left = true;
                }
                Effect::ShowRequest { container, going } => {
                    let known = self.claimed.contains(&container);
                    assert!(known, "a request that is shown is this process's");
                    if !matches!(going, Going::On(_)) {
                        self.claimed.remove(&container);
                        self.containers.retain(|known| known.id != container);
                    }
                }
                Effect::Cancel { id } => drop(self.cancelled.insert(id)),
                Effect::CancelPreparing => drop(self.cancelled.insert(String::new())),
                Effect::CancelEnvironment { id } => {
                    assert!(self.world.model.updates.contains_key(&id), "what is cancelled is at work");
                }
                effect => self.begun.push(Begun::Effect(effect)),
            }
        }
        self.check();
    }

    fn check(&self) {
        let model = &self.world.model;
        check(model);
        let mut at_work: BTreeMap<&str, Vec<TaskKind>> = BTreeMap::new();
        let (mut probing, mut going, mut preparing) = (BTreeSet::new(), BTreeSet::new(), 0);
        let (mut checking, mut installing) = (0, 0);
        let mut making: BTreeSet<&str> = self.making.iter().map(String::as_str).collect();
        for begun in &self.begun {
            let Begun::Effect(effect) = begun else { continue };
            match effect {
                Effect::Examine { wish: Wish { target: Target::Id(id), .. }, .. } => {
                    at_work.entry(id).or_default().push(TaskKind::Examining);
                }
                Effect::Launch(request) => at_work.entry(&request.id).or_default().push(TaskKind::Launching),
                Effect::Repair { request, .. } => at_work.entry(&request.id).or_default().push(TaskKind::Repairing),
                Effect::Stop { id, .. } => at_work.entry(id).or_default().push(TaskKind::Stopping),
                Effect::Probe { attempt, .. } => drop(probing.insert(attempt)),
                Effect::RemoveLeftover { attempt, .. } => drop(going.insert(attempt)),
                Effect::PrepareImages { .. } | Effect::ImportImages(_) => preparing += 1,
                Effect::CheckUpdates { .. } => checking += 1,
                Effect::InstallUpdate(_) => installing += 1,
                Effect::MakeEnvironment(request) => drop(making.insert(request.id.as_str())),
                _ => {}
            }
        }
        for (id, task) in &model.tasks {
            let works = at_work.get(id.as_str()).is_some_and(|kinds| kinds.contains(&task.kind));
            assert!(works, "the task of {id} is at work: {:?}", task.kind);
        }
        for (id, kinds) in at_work {
            let kinds: Vec<_> = kinds.into_iter().filter(|kind| *kind != TaskKind::Examining).collect();
            assert!(kinds.len() <= 1, "one task works on {id}: {kinds:?}");
            let known = model.tasks.get(id).map(|task| task.kind);
            assert!(kinds.iter().all(|kind| known == Some(*kind)), "a task that works on {id} is known: {kinds:?}");
        }
        for (attempt, known) in &model.attempts {
            assert!(!known.probing || probing.contains(attempt), "{attempt} is being asked");
        }
        for leftover in model.leftovers.iter().filter(|leftover| leftover.going) {
            assert!(going.contains(&leftover.attempt), "{} is being removed", leftover.attempt);
        }
        let known: BTreeSet<&str> = model.updates.keys().map(String::as_str).collect();
        assert_eq!(making, known, "an environment that is shown as being made is at work");
        let shown = super::super::updates::view(model);
        assert_eq!(checking, usize::from(shown.checking), "the address is asked once at a time");
        assert_eq!(installing, usize::from(shown.progress.is_some()), "an update is installed once at a time");
        let preparing = preparing + usize::from(self.trying);
        assert_eq!(preparing, usize::from(model.preparing.is_some()), "images are prepared once at a time");
    }

    fn new_attempt(&mut self) -> String {
        self.attempts += 1;
        format!("a{}", self.attempts)
    }

    /// One thing happens: `what`, in the way `how`, to the one in the place `which`.
    fn happens(&mut self, what: u8, how: u8, which: usize) {
        match what {
            0..=11 => self.asked(what, how),
            12..=26 if !self.begun.is_empty() => {
                let begun = self.begun.swap_remove(which % self.begun.len());
                self.ends(begun, how);
            }
            12..=26 => {}
            27 | 28 => {
                let listing = self.world.listing(self.containers.clone());
                self.take(Event::Listed(listing));
            }
            29 if std::mem::take(&mut self.left) => {
                self.containers.clear();
                self.take(Event::EngineLeft);
            }
            29 => match how % 4 {
                0 => self.take(Event::EngineLost),
                1 => self.take(Event::EngineMissing(failure("away"), None)),
                2 => {
                    let endpoint = (how < 128).then(|| "unix:///other.sock".to_owned());
                    let reply = self.ask("use another engine");
                    self.take(Event::UseEngine { endpoint, reply });
                }
                _ => {
                    self.take(Event::EngineFound(facts()));
                    let listing = self.world.listing(self.containers.clone());
                    self.take(Event::Listed(listing));
                }
            },
            30 => self.changes(how),
            _ => self.late(how, which),
        }
    }

    fn asked(&mut self, what: u8, how: u8) {
        match what {
            0 => {
                let target = if how.is_multiple_of(2) { Target::Id(id()) } else { Target::Path(FOLDER.into()) };
                let reply = self.ask("launch");
                self.take(Event::Launch(Wish { target, kernelspec: None, place: None, timeout: None, reply }));
            }
            1 if how.is_multiple_of(5) => {
                let reply = self.ask("update the environment");
                self.take(Event::UpdateEnvironment { id: id(), upgrade: false, named: false, reply });
                self.take(Event::CancelEnvironment { id: id() });
            }
            1 if how.is_multiple_of(7) => {
                let reply = self.ask("allow the environment");
                self.take(Event::AllowEnvironment { id: id(), reply });
            }
            1 => {
                let reply = self.ask("cancel");
                self.take(Event::Cancel { id: id(), reply });
            }
            2 => {
                let reply = self.ask("stop");
                self.take(Event::Stop { id: id(), reply });
            }
            3 => {
                let reply = self.ask("forget");
                self.take(Event::Forget { id: id(), reply });
            }
            4 => {
                let reply = self.ask("open");
                self.take(Event::Running { id: id(), notebook: None, reply });
            }
            5 if how.is_multiple_of(3) => {
                let reply = self.ask("look for an update");
                self.take(Event::CheckUpdates { reply });
            }
            5 if how.is_multiple_of(5) => {
                let reply = self.ask("install an update");
                self.take(Event::InstallUpdate { reply });
                self.take(Event::CancelUpdate);
            }
            5 => {
                let reply = self.ask("keep");
                self.take(Event::KeepRunning { id: id(), reply });
            }
            6 => {
                let reply = self.ask("prepare");
                let kernelspecs = if how.is_multiple_of(2) { Vec::new() } else { vec!["python_docker".to_owned()] };
                self.take(Event::Prepare { kernelspecs, reply });
            }
            7 if how.is_multiple_of(3) => {
                let reply = Some(self.ask("import"));
                self.take(Event::Import(Import { file: "/media/stick/all.orchest-images".into(), reply }));
            }
            7 if how.is_multiple_of(5) => self.take(Event::OfferImages("/media/stick/all.orchest-images".into())),
            7 if how.is_multiple_of(2) => {
                let file = "/media/stick/all.orchest-images".to_owned();
                self.take(Event::AnswerImages { file, take: how.is_multiple_of(4) });
            }
            7 => self.take(Event::CancelPreparing),
            8 => {
                let reply = self.ask("settled");
                self.take(Event::Settled { reply });
            }
            9 => {
                let reply = self.ask("scans");
                self.take(Event::Scans { reply });
            }
            10 => {
                let reply = self.ask("clean");
                self.take(Event::Clean { reply });
            }
            _ => match how % 8 {
                0 => {
                    let reply = self.ask("stop all");
                    self.take(Event::StopAll { reply });
                }
                1 => {
                    let reply = self.ask("quit");
                    self.take(Event::Quit { reply });
                }
                2 => {
                    let reply = self.ask("add");
                    self.take(Event::Add { path: "/home/ada/bees".into(), reveal: true, reply });
                }
                3 => {
                    let reply = self.ask("remove");
                    self.take(Event::Remove { id: id(), reply });
                }
                4 => {
                    let reply = self.ask("pin");
                    self.take(Event::Pin { id: id(), pinned: true, reply });
                }
                5 => self.take(Event::DismissFailure { id: id() }),
                6 => {
                    let reply = self.ask("choose");
                    let change = crate::contract::choices::Change::KernelsDir(Some("/elsewhere".into()));
                    self.take(Event::Choose { change, reply });
                }
                _ => self.take(Event::Attend),
            },
        }
    }

    /// The containers on the engine change by themselves.
    fn changes(&mut self, how: u8) {
        match how % 7 {
            0 => self.containers.clear(),
            6 => {
                let request = image_request(&format!("r{}", how % 3));
                self.containers.retain(|known| known.id != request.id);
                self.containers.push(request);
            }
            1 => drop(self.containers.pop()),
            2 => {
                if let Some(first) = self.containers.first_mut() {
                    first.state = ContainerState::Exited { code: i64::from(how % 2) };
                }
            }
            3 => {
                if let Some(last) = self.containers.last_mut() {
                    last.state = ContainerState::Exited { code: 0 };
                }
            }
            4 => self.containers = stopping(std::mem::take(&mut self.containers)),
            _ => {
                let attempt = self.new_attempt();
                self.containers = of_other(whole(&attempt));
            }
        }
    }

    /// Something is reported late, twice, or of an attempt that is gone.
    fn late(&mut self, how: u8, which: usize) {
        let attempt = format!("a{}", which % 6);
        let none_went_to_it = !self.begun.iter().any(|begun| match begun {
            Begun::Effect(Effect::Probe { attempt: known, .. } | Effect::RemoveLeftover { attempt: known, .. }) => {
                *known == attempt
            }
            _ => false,
        });
        match how % 6 {
            0 if none_went_to_it => self.take(Event::Probed { attempt, ready: which.is_multiple_of(2) }),
            1 if none_went_to_it => self.take(Event::LeftoverRemoved { attempt, ended: true, outcome: Ok(()) }),
            2 => self.take(Event::Died { attempt, container: "gone".to_owned(), failure: failure("late") }),
            3 => self.take(Event::ActivitySeen { id: id(), attempt, seen: None }),
            4 => {
                let hour = Duration::from_secs(3600);
                let asked = self.world.now.instant.checked_sub(hour).unwrap();
                self.take(Event::Listed(Listing { asked, containers: whole(&attempt) }));
            }
            _ => self.take(Event::ProcessesSeen([(OTHER.to_owned(), Liveness::Dead)].into())),
        }
    }

    /// Something that was begun ends: well where `how` is 0.
    fn ends(&mut self, begun: Begun, how: u8) {
        let well = how.is_multiple_of(3);
        let effect = match begun {
            Begun::Effect(effect) => effect,
            Begun::Calls(attempt) => return self.take(Event::LeftoverEnded { attempt }),
        };
        fn fails<T>() -> Result<T, Failure> {
            Err(failure("no"))
        }
        match effect {
            Effect::Answer(_)
            | Effect::GiveEngine(_)
            | Effect::GiveLooking(_)
            | Effect::Watch { .. }
            | Effect::FollowEngine(_)
            | Effect::Cancel { .. }
            | Effect::ShowRequest { .. }
            | Effect::CancelEnvironment { .. }
            | Effect::CancelEngineSetup
            | Effect::CancelUpdate
            | Effect::KeepUpdates(_)
            | Effect::CancelPreparing => {}
            Effect::SetUpEngine(_) => self.take(Event::EngineSetupEnded(if well { Ok(()) } else { fails() })),
            Effect::CheckUpdates { .. } => {
                let found = Ok((updates::found("0.2.0"), Origin::Archive("/o".into())));
                let outcome = if well { found } else { Err(updates::refused()) };
                self.take(Event::UpdatesChecked(Box::new(outcome)));
            }
            Effect::InstallUpdate(wanted) => {
                let outcome = if well { Ok(wanted.version.clone()) } else { Err(updates::refused()) };
                self.take(Event::UpdateEnded(outcome));
            }
            Effect::EditPackages { reply, .. } => drop(reply.send(fails())),
            Effect::SetVariable { reply, .. } | Effect::AddPlace { reply, .. } => drop(reply.send(fails())),
            Effect::GivePlace { reply, .. } => drop(reply.send(fails())),
            Effect::AskPlace { name, place, reply } => {
                let found = if well { Ok(gateway()) } else { fails() };
                self.take(Event::PlaceSeen { name, place, found, reply });
            }
            Effect::OfferVariables { reply, .. } => drop(reply.send(Ok(Vec::new()))),
            Effect::EditRecord { reply, .. } => drop(reply.send(if well { Ok(()) } else { fails() })),
            Effect::MakeEnvironment(request) => {
                self.world.model.environments.get(&request.folder).expect("an environment is known that is made");
                let progress = StageEvent::Began(Stage::Environment);
                self.making.insert(request.id.clone());
                self.take(Event::EnvironmentHappened { id: request.id.clone(), event: progress });
                self.making.remove(&request.id);
                self.take(Event::EnvironmentEnded { id: request.id, outcome: if well { Ok(()) } else { fails() } });
            }
            Effect::ClaimRequest(request) => {
                if well {
                    self.claimed.insert(request.container.clone());
                }
                self.take(Event::RequestClaimed { container: request.container, ours: well });
            }
            Effect::After(_, wake) => self.take(Event::Woke(wake)),
            Effect::ReadSettings => {
                let settings = self.world.model.settings.clone();
                self.take(Event::SettingsRead(Ok((settings, Vec::new()))));
            }
            Effect::EditSettings { edit, then } => {
                let mut settings = self.world.model.settings.clone();
                let edited = if well { edit.apply(&mut settings) } else { Err(Error::ShuttingDown) };
                self.take(Event::SettingsEdited { outcome: edited.map(|()| (settings, Vec::new())), then });
            }
            Effect::ReadKernelspecs { dir, then, .. } => {
                let read = Box::new(KernelspecsRead { dir, ..kernelspecs() });
                self.take(Event::KernelspecsRead { read, then });
            }
            Effect::Scan { path, then } => {
                self.take(Event::Scanned { path, contents: Contents::default(), environment: Box::default(), then })
            }
            Effect::CheckFolders { paths, then } => {
                let folder = |named: &PathBuf| if well { Ok(named.clone()) } else { fails() };
                let check = |named: PathBuf| Checked { folder: folder(&named), named, notebook: None };
                self.take(Event::FoldersChecked { checked: paths.into_iter().map(check).collect(), then });
            }
            Effect::LookAtProcesses(processes) => {
                let liveness = [Liveness::Alive, Liveness::Dead, Liveness::Unknown][usize::from(how % 3)];
                self.take(Event::ProcessesSeen(processes.into_iter().map(|process| (process, liveness)).collect()));
            }
            Effect::Examine { wish, kernels, .. } => {
                let mut exam = Exam { kernelspecs: KernelspecsRead { dir: kernels, ..kernelspecs() }, ..exam() };
                if how.is_multiple_of(2) {
                    exam.environment = asks(how.is_multiple_of(4));
                }
                match how % 3 {
                    0 => {}
                    1 => exam.folder = fails(),
                    _ => exam.processes = HashMap::from([(OTHER.to_owned(), Liveness::Dead)]),
                }
                self.take(Event::Examined { wish, exam: Box::new(exam) });
            }
            Effect::Launch(request) => self.launch_ends(&request.id, how),
            Effect::Repair { request, breakage, .. } => {
                let cancelled = self.cancelled.remove(&request.id);
                let done = well && !cancelled;
                if done {
                    self.containers = whole(&breakage.attempt);
                }
                let outcome = if done { Ok(Repaired::default()) } else { Err(Error::Cancelled) };
                let listed = (how < 200).then(|| self.world.listing(self.containers.clone()));
                self.take(Event::RepairEnded { id: request.id, outcome, listed });
            }
            Effect::Stop { id, attempt } => {
                if well {
                    self.containers.clear();
                }
                let outcome = if well { Ok(()) } else { fails() };
                let listed = (how < 200).then(|| self.world.listing(self.containers.clone()));
                self.take(Event::StopEnded { id, attempt, outcome, listed });
            }
            Effect::Forget { reply, .. } => drop(reply.send(if well { Ok(true) } else { fails() })),
            Effect::RemoveLeftover { attempt, ended, .. } => {
                let outcome = if well { Ok(()) } else { Err(Error::EngineLost) };
                self.take(Event::LeftoverRemoved { attempt, ended, outcome });
            }
            Effect::RemoveOrphans { reply, .. } => {
                if let Some(reply) = reply {
                    let _ = reply.send(Ok(Vec::new()));
                }
            }
            Effect::ListImages(_) => self.take(Event::ImagesListed(Vec::new())),
            Effect::PrepareImages { names, .. } => {
                self.trying = true;
                if !self.cancelled.contains("") {
                    for image in names {
                        let event = StageEvent::Doing(Stage::Images, "a step".to_owned());
                        self.take(Event::Preparing { image: image.clone(), progress: None, event });
                        self.take(Event::ImageTried { image, failed: !well });
                    }
                }
                self.trying = false;
                let outcome = if self.cancelled.remove("") { Err(Error::Cancelled.failure()) } else { Ok(()) };
                self.take(Event::Prepared { outcome });
            }
            Effect::ImportImages(_) => {
                let cancelled = self.cancelled.remove("");
                let outcome = if well && !cancelled { Ok(imported()) } else { Err(Error::Cancelled.failure()) };
                self.take(Event::Imported { outcome });
            }
            Effect::Probe { attempt, .. } => self.take(Event::Probed { attempt, ready: well }),
            Effect::AskLastWords { attempt, container, .. } => {
                self.take(Event::Died { attempt, container, failure: failure("It ended.") });
            }
            Effect::AskActivity { id, attempt, .. } => {
                let idle = Duration::from_secs(u64::from(how) * 10);
                let server = server();
                let seen = (how < 200).then_some((Activity { busy: false, idle }, server));
                self.take(Event::ActivitySeen { id, attempt, seen });
            }
        }
    }

    fn launch_ends(&mut self, id: &str, how: u8) {
        let attempt = self.new_attempt();
        let cancelled = self.cancelled.remove(id);
        let (mut outcome, mut left) = (Ok(()), None);
        match how % 4 {
            // It was done in the moment in which it was cancelled.
            0 => self.containers = whole(&attempt),
            _ if cancelled => outcome = Err(Error::Cancelled.failure()),
            1 => outcome = Err(failure("no")),
            2 => {
                outcome = Err(failure("no"));
                self.containers = whole(&attempt);
                left = Some(Leftover::of(id, attempt));
            }
            _ => {
                let hangs = Error::EngineHangs.failure();
                let leftover = Leftover::of(id, attempt.clone());
                left = Some(Leftover { ended: false, failure: Some(hangs.clone()), ..leftover });
                outcome = Err(hangs);
                self.begun.push(Begun::Calls(attempt));
            }
        }
        let listed = (how < 200).then(|| self.world.listing(self.containers.clone()));
        self.take(Event::LaunchEnded { id: id.to_owned(), outcome, left, listed });
    }

    /// Everything that was begun ends well, and nothing new is asked.
    fn comes_to_rest(&mut self) {
        self.take(Event::EngineFound(facts()));
        let listing = self.world.listing(self.containers.clone());
        self.take(Event::Listed(listing));
        let reply = self.ask("quit at the end");
        self.take(Event::Quit { reply });
        for _ in 0..500 {
            let lasting = |begun: &Begun| {
                matches!(
                    begun,
                    Begun::Effect(Effect::After(_, Wake::LookForIdle | Wake::LookForUpdate | Wake::Look | Wake::Clean))
                )
            };
            let Some(at) = self.begun.iter().position(|begun| !lasting(begun)) else { break };
            let begun = self.begun.remove(at);
            self.ends(begun, 0);
        }
        assert!(self.world.model.tasks.is_empty(), "no task is left");
        assert!(self.claimed.is_empty(), "no request for an image is left");
        for (question, is_answered) in &mut self.answers {
            assert!(is_answered(), "the question is answered: {question}");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1000, ..ProptestConfig::default() })]
    #[test]
    fn any_order_of_events_leaves_the_model_consistent(
        events in prop::collection::vec((0u8..33, any::<u8>(), any::<usize>()), 1..120)
    ) {
        let mut outside = Outside::new();
        for (what, how, which) in events {
            outside.happens(what, how, which);
        }
        outside.comes_to_rest();
    }
}

/// `AfterEdit` has no question without an answer but the one that nobody asked.
#[test]
fn an_edit_that_fails_answers_or_shows_why() {
    let mut world = World::new();
    let (reply, mut answer) = ask();
    answered(world.take(Event::SettingsEdited { outcome: Err(Error::ShuttingDown), then: AfterEdit::Reply(reply) }));
    assert!(answer.try_recv().unwrap().is_err());
    let before = world.model.notices.len();
    world.take(Event::SettingsEdited { outcome: Err(Error::ShuttingDown), then: AfterEdit::Nothing });
    assert_eq!(world.model.notices.len(), before);
}
