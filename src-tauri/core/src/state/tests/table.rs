//! Every state of a launch with every event of it: `table.txt` says what follows. An event comes twice in each line, as
//! an event may. `ORCHEST_WRITE_TABLE=1 cargo test -p orchest-core states_and_events` writes the file anew: read the
//! difference before you commit it.

use std::fmt::Write;

use super::*;
use crate::contract::snapshot::Stage;
use crate::jupyter::Activity;
use crate::launch::health::GRACE_MS;
use crate::launch::label::Role;
use crate::launch::repair::Repaired;
use crate::launch::stage::StageEvent;
use crate::state::event::Wake;
use crate::state::leftovers::Leftover;
use crate::state::model::TaskKind;
use crate::words::error::Error;

const FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/src/state/tests/table.txt");

/// A launch in one of its states.
type State = (&'static str, fn() -> World);

fn running() -> World {
    let mut world = World::new();
    world.launch();
    let listed = Some(world.listing(whole("a1")));
    world.take(Event::LaunchEnded { id: id(), outcome: Ok(()), left: None, listed });
    world.processes(&[(THIS, Liveness::Alive)]);
    world
}

fn with(mut world: World, change: impl FnOnce(&mut World)) -> World {
    change(&mut world);
    world
}

fn cancel(world: &mut World) {
    world.take(Event::Cancel { id: id(), reply: ask().0 });
}

const STATES: [State; 16] = [
    ("nothing", World::new),
    ("examining", || {
        with(World::new(), |world| {
            let wish = Wish { target: Target::Id(id()), kernelspec: None, place: None, timeout: None, reply: ask().0 };
            world.take(Event::Launch(wish));
        })
    }),
    ("launching", || with(World::new(), |world| drop(world.launch()))),
    ("launching, cancelled", || {
        with(World::new(), |world| {
            world.launch();
            cancel(world);
        })
    }),
    ("running", running),
    ("running, by another process", || with(World::new(), |world| drop(world.lists(of_other(whole("a1")))))),
    ("half made, by another process", || {
        with(World::new(), |world| {
            world.lists(of_other(vec![container("gateway", "a1", ContainerState::Running)]));
        })
    }),
    ("half made, by a dead process", || {
        with(World::new(), |world| {
            world.lists(of_other(vec![container("gateway", "a1", ContainerState::Created)]));
            world.processes(&[(OTHER, Liveness::Dead)]);
        })
    }),
    ("silent", || {
        with(World::new(), |world| {
            world.lists(whole("a1"));
            world.take(Event::Probed { attempt: "a1".to_owned(), ready: false });
        })
    }),
    ("broken, out of tries", || {
        with(running(), |world| {
            let tries = super::super::repair::PAUSES.len();
            world.model.attempts.get_mut("a1").unwrap().repaired = vec![NOW; tries];
            world.lists(without_gateway("a1"));
        })
    }),
    ("repairing", || {
        with(running(), |world| {
            world.lists(without_gateway("a1"));
            world.processes(&[(THIS, Liveness::Alive)]);
        })
    }),
    ("stopping", || with(running(), |world| drop(world.take(Event::Stop { id: id(), reply: ask().0 })))),
    ("stopping, by another process", || with(running(), |world| drop(world.lists(stopping(whole("a1")))))),
    ("failed", || {
        with(World::new(), |world| {
            world.launch();
            let outcome = Err(failure("no"));
            world.take(Event::LaunchEnded { id: id(), outcome, left: None, listed: None });
        })
    }),
    ("failed, with a leftover", || {
        with(World::new(), |world| {
            world.launch();
            let left =
                Some(Leftover { ended: false, failure: Some(failure("no")), ..Leftover::of(&id(), "a1".into()) });
            world.take(Event::LaunchEnded { id: id(), outcome: Err(failure("no")), left, listed: None });
        })
    }),
    ("running, the engine is lost", || with(running(), |world| drop(world.take(Event::EngineLost)))),
];

/// Something that happens to a launch.
type Happening = (&'static str, fn(&World) -> Event);

fn events() -> Vec<Happening> {
    fn launched(path: bool) -> Event {
        let target = if path { Target::Path(FOLDER.into()) } else { Target::Id(id()) };
        Event::Launch(Wish { target, kernelspec: None, place: None, timeout: None, reply: ask().0 })
    }
    fn examined(change: impl FnOnce(&mut Exam)) -> Event {
        let wish = Wish { target: Target::Id(id()), kernelspec: None, place: None, timeout: None, reply: ask().0 };
        let mut exam = exam();
        change(&mut exam);
        Event::Examined { wish, exam: Box::new(exam) }
    }
    fn seen(idle_s: u64) -> Event {
        let activity = Activity { busy: false, idle: Duration::from_secs(idle_s) };
        Event::ActivitySeen { id: id(), attempt: "a1".to_owned(), seen: Some((activity, server())) }
    }
    vec![
        ("asked to launch", |_| launched(false)),
        ("asked to launch by path", |_| launched(true)),
        ("examined", |_| examined(|_| {})),
        ("examined, refused", |_| examined(|exam| exam.folder = Err(failure("no")))),
        ("examined, its launcher is dead", |_| {
            examined(|exam| exam.processes = HashMap::from([(OTHER.to_owned(), Liveness::Dead)]))
        }),
        ("asked to cancel", |_| Event::Cancel { id: id(), reply: ask().0 }),
        ("asked to stop", |_| Event::Stop { id: id(), reply: ask().0 }),
        ("asked to forget", |_| Event::Forget { id: id(), reply: ask().0 }),
        ("asked to open", |_| Event::Running { id: id(), notebook: None, reply: ask().0 }),
        ("asked to keep", |_| Event::KeepRunning { id: id(), reply: ask().0 }),
        ("asked to dismiss", |_| Event::DismissFailure { id: id() }),
        ("asked to stop all", |_| Event::StopAll { reply: oneshot::channel().0 }),
        ("asked to quit", |_| Event::Quit { reply: oneshot::channel().0 }),
        ("a stage began", |_| Event::StageHappened { id: id(), event: StageEvent::Began(Stage::Network) }),
        ("the launch is ready", |world| {
            let listed = Some(world.listing(whole("a1")));
            Event::LaunchEnded { id: id(), outcome: Ok(()), left: None, listed }
        }),
        ("the launch failed", |world| {
            let listed = Some(world.listing(Vec::new()));
            Event::LaunchEnded { id: id(), outcome: Err(failure("no")), left: None, listed }
        }),
        ("the launch failed and left something", |world| {
            let (left, listed) = (Some(Leftover::of(&id(), "a1".to_owned())), Some(world.listing(whole("a1"))));
            Event::LaunchEnded { id: id(), outcome: Err(failure("no")), left, listed }
        }),
        ("the launch is cancelled", |world| {
            let listed = Some(world.listing(Vec::new()));
            Event::LaunchEnded { id: id(), outcome: Err(Error::Cancelled.failure()), left: None, listed }
        }),
        ("the repair is done", |world| {
            let done = Repaired { roles: vec![Role::Gateway], moved: false };
            Event::RepairEnded { id: id(), outcome: Ok(done), listed: Some(world.listing(whole("a1"))) }
        }),
        ("the repair failed", |world| {
            let listed = Some(world.listing(without_gateway("a1")));
            Event::RepairEnded { id: id(), outcome: Err(Error::EngineLost), listed }
        }),
        ("the stop is done", |world| {
            let listed = Some(world.listing(Vec::new()));
            Event::StopEnded { id: id(), attempt: "a1".to_owned(), outcome: Ok(()), listed }
        }),
        ("the stop failed", |world| {
            let listed = Some(world.listing(whole("a1")));
            Event::StopEnded { id: id(), attempt: "a1".to_owned(), outcome: Err(failure("no")), listed }
        }),
        ("the stop left a network", |world| {
            let listed = Some(world.listing(Vec::new()));
            Event::StopEnded { id: id(), attempt: "a1".to_owned(), outcome: Err(failure("no")), listed }
        }),
        ("the last call ended", |_| Event::LeftoverEnded { attempt: "a1".to_owned() }),
        ("the leftover is removed", |_| Event::LeftoverRemoved { attempt: "a1".into(), ended: true, outcome: Ok(()) }),
        ("the leftover stays", |_| Event::LeftoverRemoved {
            attempt: "a1".into(),
            ended: true,
            outcome: Err(Error::EngineLost),
        }),
        ("it answers", |_| Event::Probed { attempt: "a1".to_owned(), ready: true }),
        ("it does not answer", |_| Event::Probed { attempt: "a1".to_owned(), ready: false }),
        ("its last words", |_| Event::Died {
            attempt: "a1".to_owned(),
            container: "a1-gateway".to_owned(),
            failure: failure("It ran out of disk."),
        }),
        ("it was used", |_| seen(0)),
        ("it was not used", |_| seen(3600)),
        ("listed: whole", |world| Event::Listed(world.listing(whole("a1")))),
        ("listed: nothing", |world| Event::Listed(world.listing(Vec::new()))),
        ("listed: nothing, an hour ago", |world| {
            let hour = Duration::from_secs(3600);
            Event::Listed(Listing { asked: world.now.instant.checked_sub(hour).unwrap(), containers: Vec::new() })
        }),
        ("listed: its gateway ended", |world| Event::Listed(world.listing(without_gateway("a1")))),
        ("listed: another attempt", |world| Event::Listed(world.listing(of_other(whole("a2"))))),
        ("listed: stopping", |world| Event::Listed(world.listing(stopping(whole("a1"))))),
        ("its launcher lives", |_| {
            Event::ProcessesSeen([THIS, OTHER].map(|process| (process.to_owned(), Liveness::Alive)).into())
        }),
        ("its launcher is dead", |_| {
            Event::ProcessesSeen([THIS, OTHER].map(|process| (process.to_owned(), Liveness::Dead)).into())
        }),
        ("the engine is lost", |_| Event::EngineLost),
        ("the engine is left", |_| Event::EngineLeft),
        ("the engine is found", |_| Event::EngineFound(facts())),
        ("look again", |_| Event::Woke(Wake::Look)),
        ("look for idle ones", |_| Event::Woke(Wake::LookForIdle)),
    ]
}

/// The state that a page shows, and what this process does.
fn shown(world: &World) -> String {
    let shown = match world.state() {
        None => "none".to_owned(),
        Some(state) => format!("{state:?}").to_lowercase(),
    };
    match world.model.tasks.get(&id()).map(|task| task.kind) {
        None => shown,
        Some(TaskKind::Examining) => format!("{shown} (examining)"),
        Some(TaskKind::Launching) => format!("{shown} (launching)"),
        Some(TaskKind::Repairing) => format!("{shown} (repairing)"),
        Some(TaskKind::Stopping) => format!("{shown} (stopping)"),
    }
}

fn name(effect: &Effect) -> &'static str {
    match effect {
        Effect::Answer(_) => "answer",
        Effect::GiveEngine(_) => "give engine",
        Effect::GiveLooking(_) => "give looking",
        Effect::After(..) => "wait",
        Effect::ReadSettings => "read settings",
        Effect::EditSettings { .. } => "edit settings",
        Effect::ReadKernelspecs { .. } => "read kernelspecs",
        Effect::Watch { .. } => "watch",
        Effect::Scan { .. } => "scan",
        Effect::CheckFolders { .. } => "check folders",
        Effect::LookAtProcesses(_) => "look at processes",
        Effect::Examine { .. } => "examine",
        Effect::EditPackages { .. } => "edit packages",
        Effect::EditRecord { .. } => "edit record",
        Effect::SetVariable { .. } => "set variable",
        Effect::OfferVariables { .. } => "offer variables",
        Effect::AddPlace { .. } => "add place",
        Effect::AskPlace { .. } => "ask place",
        Effect::GivePlace { .. } => "give place",
        Effect::CheckUpdates { .. } => "check updates",
        Effect::KeepUpdates(_) => "keep updates",
        Effect::InstallUpdate(_) => "install update",
        Effect::CancelUpdate => "cancel update",
        Effect::MakeEnvironment(_) => "make environment",
        Effect::CancelEnvironment { .. } => "cancel environment",
        Effect::Launch(request) if request.in_the_way.is_some() => "remove and launch",
        Effect::Launch(_) => "launch",
        Effect::Repair { .. } => "repair",
        Effect::Cancel { .. } => "cancel",
        Effect::Stop { .. } => "stop",
        Effect::Forget { .. } => "forget",
        Effect::RemoveLeftover { .. } => "remove leftover",
        Effect::RemoveOrphans { .. } => "remove orphans",
        Effect::ListImages(_) => "list images",
        Effect::ClaimRequest(_) => "claim request",
        Effect::ShowRequest { .. } => "show request",
        Effect::PrepareImages { .. } => "prepare images",
        Effect::ImportImages(_) => "import images",
        Effect::CancelPreparing => "cancel preparing",
        Effect::FollowEngine(_) => "follow engine",
        Effect::SetUpEngine(_) => "set up engine",
        Effect::CancelEngineSetup => "cancel engine setup",
        Effect::Probe { .. } => "probe",
        Effect::AskLastWords { .. } => "ask last words",
        Effect::AskActivity { .. } => "ask activity",
    }
}

fn names(effects: &[Effect]) -> String {
    // When a folder was opened is written down in every case.
    let names: Vec<&str> = effects.iter().map(name).filter(|name| *name != "edit settings").collect();
    if names.is_empty() { "-".to_owned() } else { names.join(", ") }
}

#[test]
fn states_and_events_lead_where_the_table_says() {
    let mut table = String::from(
        "# state | event | shown then | effects | shown after the same event again | effects\n\
         # Written by the test of this folder. `edit settings` is left out.\n",
    );
    for (state, make) in STATES {
        for (event, happens) in events() {
            let mut world = make();
            // Limits are set, so that a launch may be idle.
            world.model.settings.idle_stop_min = Some(1.0);
            let mut line = format!("{state} | {event}");
            for _ in 0..2 {
                let event = happens(&world);
                let effects = world.take(event);
                write!(line, " | {} | {}", shown(&world), names(&effects)).unwrap();
                random::check(&world.model);
            }
            table.push_str(&line);
            table.push('\n');
        }
    }
    if std::env::var_os("ORCHEST_WRITE_TABLE").is_some() {
        std::fs::write(FILE, &table).unwrap();
    }
    let wanted = std::fs::read_to_string(FILE).unwrap();
    for (found, wanted) in table.lines().zip(wanted.lines()) {
        assert_eq!(found, wanted, "a line of {FILE}");
    }
    assert_eq!(table.lines().count(), wanted.lines().count(), "lines of {FILE}");
}

#[test]
fn a_launch_that_stays_half_made_breaks_after_its_grace() {
    let mut world = STATES[6].1();
    assert_eq!(world.state(), Some(LaunchState::Starting));
    world.now.ms += GRACE_MS;
    assert_eq!(world.state(), Some(LaunchState::Broken));
}
