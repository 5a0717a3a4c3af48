//! The environments of folders: asked for, allowed, made with and without a launch.

use super::*;
use crate::contract::environment::EnvironmentState;
use crate::environment::record::Made;
use crate::environment::this_folder::THIS_FOLDER;
use crate::launch::stage::StageEvent;

fn scanned(world: &mut World, environment: Seen) {
    let (contents, environment) = (Contents::default(), Box::new(environment));
    world.take(Event::Scanned { path: FOLDER.into(), contents, environment, then: None });
}

/// A launch of the folder whose exam finds this environment.
fn launched(world: &mut World, target: Target, found: &Seen) -> (Vec<Effect>, Answer<String>) {
    let (reply, answer) = ask();
    let wish = Wish { target, kernelspec: None, timeout: None, reply };
    let mut effects = Vec::new();
    for effect in world.take(Event::Launch(wish)) {
        if let Effect::Examine { wish, .. } = effect {
            let exam = Exam { environment: found.clone(), ..exam() };
            effects.extend(world.take(Event::Examined { wish, exam: Box::new(exam) }));
        }
    }
    (answered(effects), answer)
}

fn launch_of(effects: Vec<Effect>) -> Option<super::super::effect::LaunchRequest> {
    effects.into_iter().find_map(|effect| match effect {
        Effect::Launch(request) => Some(*request),
        _ => None,
    })
}

#[test]
fn a_folder_that_asks_for_packages_is_launched_with_its_environment_once_the_person_allows_it() {
    let mut world = World::new();
    scanned(&mut world, asks(false));
    assert_eq!(world.shown().kernelspec.as_deref(), Some(THIS_FOLDER));
    assert_eq!(world.shown().environment.unwrap().state, EnvironmentState::Asks);
    let (effects, mut answer) = launched(&mut world, Target::Id(id()), &asks(false));
    assert!(launch_of(effects).is_none());
    let refused = answer.try_recv().unwrap().unwrap_err();
    assert!(refused.message.contains("`requirements.txt`"), "{refused:?}");

    let (reply, _answer) = ask();
    let effects = world.take(Event::AllowEnvironment { id: id(), reply });
    assert!(matches!(&effects[..], [Effect::EditRecord { edit: RecordEdit::Allow(digest), .. }] if digest == "d"));
    scanned(&mut world, asks(true));
    let (effects, _answer) = launched(&mut world, Target::Id(id()), &asks(true));
    let request = launch_of(effects).unwrap();
    assert_eq!(request.kernelspec.name, THIS_FOLDER);
    assert_eq!(request.kernelspec.display_name, "birds");
    assert!(request.environment.is_some());
    let stages = world.shown().launch.unwrap().stages;
    assert!(stages.iter().any(|stage| stage.stage == Stage::Environment), "{stages:?}");
}

#[test]
fn a_folder_that_is_named_in_a_terminal_is_allowed_by_that() {
    let mut world = World::new();
    let (effects, _answer) = launched(&mut world, Target::Path(FOLDER.into()), &asks(false));
    assert!(launch_of(effects).unwrap().environment.is_some());
}

#[test]
fn a_picked_kernelspec_goes_before_the_environment() {
    let mut world = World::new();
    world.model.settings.folders[0].kernelspec = Some("python_docker".to_owned());
    let (effects, _answer) = launched(&mut world, Target::Id(id()), &asks(false));
    let request = launch_of(effects).unwrap();
    assert_eq!((request.kernelspec.name.as_str(), request.environment.is_some()), ("python_docker", false));
    let stages = world.shown().launch.unwrap().stages;
    assert!(stages.iter().all(|stage| stage.stage != Stage::Environment), "{stages:?}");
}

#[test]
fn an_environment_is_made_again_without_a_launch_once_at_a_time() {
    let mut world = World::new();
    scanned(&mut world, asks(true));
    let update = |world: &mut World| {
        let (reply, answer) = ask();
        let effects = answered(world.take(Event::UpdateEnvironment { id: id(), upgrade: true, named: false, reply }));
        (effects, answer)
    };
    let (effects, mut first) = update(&mut world);
    assert!(matches!(&effects[..], [Effect::MakeEnvironment(_)]));
    let (effects, mut second) = update(&mut world);
    assert!(effects.is_empty(), "it is being made already");
    world.take(Event::EnvironmentHappened { id: id(), event: StageEvent::Began(Stage::Environment) });
    let shown = world.shown().environment.unwrap().updating.unwrap();
    assert!(shown.started_at.is_some());
    assert!(first.try_recv().is_err(), "it is not made yet");
    let ended = Event::EnvironmentEnded { id: id(), outcome: Err(failure("no such package")) };
    let effects = answered(world.take(ended));
    assert!(matches!(&effects[..], [Effect::Scan { .. }]));
    assert_eq!(world.shown().environment.unwrap().updating, None);
    for answer in [&mut first, &mut second] {
        assert_eq!(answer.try_recv().unwrap().unwrap_err().message, failure("no such package").message);
    }
}

#[test]
fn a_change_of_the_files_shows_that_the_environment_is_not_theirs_any_more() {
    let mut world = World::new();
    let made = |digest: &str| {
        let made = Made { digest: digest.to_owned(), python: "3.11.2".to_owned(), ..Made::default() };
        let record = Record { made: Some(made), ..asks(true).record };
        Seen { record, ..asks(true) }
    };
    scanned(&mut world, made("d"));
    let shown = world.shown().environment.unwrap();
    assert_eq!((shown.state, shown.changed, shown.python.as_deref()), (EnvironmentState::Ready, false, Some("3.11.2")));
    scanned(&mut world, made("older"));
    let shown = world.shown().environment.unwrap();
    assert_eq!((shown.state, shown.changed), (EnvironmentState::Wanted, true));
}

#[test]
fn only_a_file_that_environments_are_made_from_can_be_picked() {
    let mut world = World::new();
    scanned(&mut world, asks(true));
    let pick = |world: &mut World, file: &str| {
        let (reply, _answer) = ask();
        answered(world.take(Event::PickEnvironmentFile { id: id(), file: file.to_owned(), reply }))
    };
    assert!(matches!(&pick(&mut world, "requirements.txt")[..], [Effect::EditRecord { .. }]));
    assert!(pick(&mut world, "../secrets.txt").is_empty());
}
