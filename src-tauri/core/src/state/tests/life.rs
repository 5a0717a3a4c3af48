//! Stories: a launch from the question to its end.

use super::*;
use crate::launch::health::Answer as ChainAnswer;
use crate::launch::label::Role;
use crate::launch::repair::Repaired;
use crate::state::event::Wake;
use crate::state::leftovers::Leftover;
use crate::words::error::Error;

fn stop_of(effects: &[Effect]) -> bool {
    effects.iter().any(|effect| matches!(effect, Effect::Stop { .. }))
}

fn ready(world: &mut World, attempt: &str) {
    let listed = Some(world.listing(whole(attempt)));
    world.take(Event::LaunchEnded { id: id(), outcome: Ok(()), left: None, listed });
}

#[test]
fn a_launch_starts_runs_and_stops() {
    let mut world = World::new();
    let (effects, mut answer) = world.launch();
    assert_eq!(world.state(), Some(LaunchState::Starting));
    let effects = answered(effects);
    assert_eq!(answer.try_recv().unwrap().unwrap(), id());
    assert!(effects.iter().any(|effect| matches!(effect, Effect::Launch(request) if request.in_the_way.is_none())));
    ready(&mut world, "a1");
    assert_eq!(world.state(), Some(LaunchState::Running));
    assert!(!world.shown().launch.unwrap().foreign);
    assert!(stop_of(&world.take(Event::Stop { id: id(), reply: ask().0 })));
    assert_eq!(world.state(), Some(LaunchState::Stopping));
    let listed = Some(world.listing(Vec::new()));
    world.take(Event::StopEnded { id: id(), attempt: "a1".to_owned(), outcome: Ok(()), listed });
    assert_eq!(world.state(), None);
    assert!(world.model.attempts.is_empty());
}

#[test]
fn a_launch_that_is_cancelled_in_the_moment_in_which_it_is_ready_is_stopped() {
    let mut world = World::new();
    world.launch();
    world.take(Event::Cancel { id: id(), reply: ask().0 });
    let listed = Some(world.listing(whole("a1")));
    let effects = world.take(Event::LaunchEnded { id: id(), outcome: Ok(()), left: None, listed });
    assert!(stop_of(&effects));
    assert_eq!(world.state(), Some(LaunchState::Stopping));
}

#[test]
fn a_launch_that_is_cancelled_while_its_folder_is_read_never_begins() {
    let mut world = World::new();
    let (reply, mut answer) = ask();
    let wish = Wish { target: Target::Id(id()), kernelspec: None, place: None, timeout: None, reply };
    let mut effects = world.take(Event::Launch(wish));
    let Some(Effect::Examine { wish, .. }) = effects.pop() else { panic!("it is examined") };
    world.take(Event::Cancel { id: id(), reply: ask().0 });
    assert_eq!(world.state(), Some(LaunchState::Stopping));
    let effects = answered(world.take(Event::Examined { wish, exam: Box::new(exam()) }));
    assert!(!effects.iter().any(|effect| matches!(effect, Effect::Launch(_))));
    assert!(answer.try_recv().unwrap().is_ok(), "it was launched, and cancelled");
    assert_eq!(world.state(), None);
}

#[test]
fn a_folder_that_cannot_be_used_is_refused_with_the_reason_and_keeps_the_last_failure() {
    let mut world = World::new();
    world.launch();
    world.take(Event::LaunchEnded { id: id(), outcome: Err(failure("first")), left: None, listed: None });
    for (refused, wanted) in [
        (Exam { folder: Err(failure("gone")), ..exam() }, "gone"),
        (Exam { access: Some(Ok((Access::None, "the user 1".to_owned()))), ..exam() }, "may not use"),
    ] {
        let (reply, mut answer) = ask();
        let wish = Wish { target: Target::Path(FOLDER.into()), kernelspec: None, place: None, timeout: None, reply };
        answered(world.take(Event::Examined { wish, exam: Box::new(refused) }));
        let refusal = answer.try_recv().unwrap().unwrap_err();
        assert!(refusal.message.contains(wanted), "{}", refusal.message);
        assert_eq!(world.shown().launch.unwrap().failure.unwrap().message, "first");
    }
}

#[test]
fn a_kernelspec_that_is_typed_in_capitals_is_launched_by_its_own_name() {
    let mut world = World::new();
    let own = world.model.kernelspecs[0].name.clone();
    let wish = Wish {
        target: Target::Id(id()),
        kernelspec: Some(own.to_uppercase()),
        place: None,
        timeout: None,
        reply: ask().0,
    };
    let effects = answered(world.take(Event::Examined { wish, exam: Box::new(exam()) }));
    let request = effects.iter().find_map(|effect| match effect {
        Effect::Launch(request) => Some(request),
        _ => None,
    });
    assert_eq!(request.unwrap().kernelspec.name, own);
    assert_eq!(world.shown().launch.unwrap().kernelspec, own);
}

#[test]
fn a_gateway_that_ends_is_replaced_three_times_and_then_shown_as_broken() {
    let mut world = World::new();
    world.launch();
    ready(&mut world, "a1");
    for tries in 0..4 {
        let effects = world.lists(without_gateway("a1"));
        let repair = effects.iter().find_map(|effect| match effect {
            Effect::Repair { breakage, pause, .. } => Some((breakage.port, *pause)),
            _ => None,
        });
        if tries == 3 {
            assert_eq!(repair, None);
            break;
        }
        assert_eq!(repair, Some((Some(40_000), super::super::repair::PAUSES[tries])));
        assert_eq!(world.state(), Some(LaunchState::Starting));
        let listed = Some(world.listing(whole("a1")));
        let done = Repaired { roles: vec![Role::Gateway], moved: false };
        world.take(Event::RepairEnded { id: id(), outcome: Ok(done), listed });
        assert_eq!(world.state(), Some(LaunchState::Running));
        assert!(world.model.notices.last().unwrap().message.contains("started again"));
    }
    let shown = world.shown().launch.unwrap();
    assert_eq!(shown.state, LaunchState::Broken);
    assert!(shown.failure.unwrap().message.ends_with("after it had been started again 3 times"));
}

#[test]
fn what_another_program_launches_is_asked_once_whether_it_answers() {
    let mut world = World::new();
    let probes = |effects: &[Effect]| effects.iter().filter(|effect| matches!(effect, Effect::Probe { .. })).count();
    assert_eq!(probes(&world.lists(of_other(whole("a1")))), 1);
    assert_eq!(world.state(), Some(LaunchState::Starting));
    assert_eq!(probes(&world.lists(of_other(whole("a1")))), 0, "it is being asked");
    world.take(Event::Probed { attempt: "a1".to_owned(), ready: true });
    assert_eq!(world.state(), Some(LaunchState::Running));
    assert!(world.shown().launch.unwrap().foreign);
    assert_eq!(probes(&world.lists(of_other(whole("a1")))), 0, "it answered");
    world.take(Event::Probed { attempt: "a0".to_owned(), ready: true });
    assert!(!world.model.attempts.contains_key("a0"), "an answer of an attempt that is gone counts nothing");
}

#[test]
fn the_list_that_was_asked_for_later_is_the_truth() {
    let mut world = World::new();
    let early = world.listing(whole("a1"));
    world.now.instant += Duration::from_millis(1);
    world.lists(Vec::new());
    world.take(Event::Listed(early));
    assert_eq!(world.state(), None);
}

#[test]
fn what_a_launch_left_on_an_engine_that_hung_is_removed_and_its_failure_goes_with_it() {
    let mut world = World::new();
    world.launch();
    let hangs = Error::EngineHangs.failure();
    let left = Leftover { ended: false, failure: Some(hangs.clone()), ..Leftover::of(&id(), "a1".to_owned()) };
    let ended = Event::LaunchEnded { id: id(), outcome: Err(hangs), left: Some(left), listed: None };
    let removes = |effects: Vec<Effect>| {
        effects.into_iter().filter(|effect| matches!(effect, Effect::RemoveLeftover { .. })).count()
    };
    assert_eq!(removes(world.take(ended)), 1);
    assert_eq!(world.state(), Some(LaunchState::Failed));
    // It removed what was there, and a call of the launch is still on its way.
    world.take(Event::LeftoverRemoved { attempt: "a1".to_owned(), ended: false, outcome: Ok(()) });
    assert_eq!(world.state(), Some(LaunchState::Failed));
    assert_eq!(removes(world.take(Event::LeftoverEnded { attempt: "a1".to_owned() })), 1);
    world.take(Event::LeftoverRemoved { attempt: "a1".to_owned(), ended: true, outcome: Ok(()) });
    assert_eq!(world.state(), None);
}

#[test]
fn a_dead_programs_launch_is_taken_over_and_a_living_ones_is_left_alone() {
    for (liveness, taken_over) in [(Liveness::Dead, true), (Liveness::Alive, false), (Liveness::Unknown, false)] {
        let mut world = World::new();
        world.lists(of_other(vec![container("gateway", "a1", ContainerState::Created)]));
        let wish = Wish { target: Target::Id(id()), kernelspec: None, place: None, timeout: None, reply: ask().0 };
        let exam = Exam { processes: HashMap::from([(OTHER.to_owned(), liveness)]), ..exam() };
        let effects = world.take(Event::Examined { wish, exam: Box::new(exam) });
        let launches = effects.iter().any(|effect| matches!(effect, Effect::Launch(_)));
        assert_eq!(launches, taken_over, "{liveness:?}");
    }
}

#[test]
fn an_unused_launch_is_stopped_after_a_notice_and_a_kept_one_goes_on() {
    use crate::jupyter::Activity;
    let seen = |world: &mut World, idle_s: u64| {
        let activity = Activity { busy: false, idle: Duration::from_secs(idle_s) };
        let seen = Some((activity, server()));
        world.take(Event::ActivitySeen { id: id(), attempt: "a1".to_owned(), seen })
    };
    let unused = || {
        let mut world = World::new();
        world.model.settings.idle_stop_min = Some(30.0);
        world.launch();
        ready(&mut world, "a1");
        world.processes(&[(THIS, Liveness::Alive)]);
        world.now.ms += 3_600_000;
        world.now.instant += Duration::from_secs(3600);
        world
    };
    let mut world = unused();
    let asks = world.take(Event::Woke(Wake::LookForIdle));
    assert!(asks.iter().any(|effect| matches!(effect, Effect::AskActivity { .. })));
    assert!(!stop_of(&seen(&mut world, 3600)));
    assert!(world.shown().launch.unwrap().idle_stop_at.is_some());
    world.now.instant += Duration::from_secs(61);
    assert!(stop_of(&seen(&mut world, 3661)));
    assert!(world.model.notices.last().unwrap().message.contains("had not been used for 30 minutes"));

    let mut world = unused();
    seen(&mut world, 3600);
    world.take(Event::KeepRunning { id: id(), reply: ask().0 });
    assert_eq!(world.shown().launch.unwrap().idle_stop_at, None);
    assert!(!stop_of(&seen(&mut world, 3700)));
}

#[test]
fn a_lost_engine_keeps_what_is_known_and_says_that_it_may_be_old() {
    use crate::contract::snapshot::EngineState;
    let mut world = World::new();
    world.launch();
    ready(&mut world, "a1");
    world.take(Event::EngineLost);
    assert_eq!(world.state(), Some(LaunchState::Running));
    assert!(matches!(world.model.engine_state, EngineState::Unavailable { stale: true, .. }));
    assert_eq!(world.model.answer("a1"), ChainAnswer::Ready);
    let (reply, mut answer) = ask();
    answered(world.take(Event::Stop { id: id(), reply }));
    assert!(answer.try_recv().unwrap().is_err());
}
