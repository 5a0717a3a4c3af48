//! The environments of folders: asked for, allowed, made with and without a launch.

use super::*;
use crate::contract::environment::{EnvironmentState, GpuWish, PostBuildState};
use crate::contract::snapshot::EngineState;
use crate::engine::Lack;
use crate::environment::found::{Download, Gpus, PostBuild};
use crate::environment::record::{Made, Rate};
use crate::environment::this_folder::THIS_FOLDER;
use crate::kernelspec::nearest::Asked;
use crate::launch::stage::StageEvent;

fn scanned(world: &mut World, environment: Seen) {
    let (contents, environment) = (Contents::default(), Box::new(environment));
    world.take(Event::Scanned { path: FOLDER.into(), contents, environment, then: None });
}

/// A launch of the folder whose exam finds this environment.
fn launched(world: &mut World, target: Target, found: &Seen) -> (Vec<Effect>, Answer<String>) {
    let (reply, answer) = ask();
    let wish = Wish { target, kernelspec: None, place: None, timeout: None, reply };
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
fn the_time_of_an_installation_is_that_of_the_newest_download_of_any_folder() {
    let mut world = World::new();
    let download = Some(Download { bytes: 60_000_000, more: false });
    let seen = |bytes: u64, at: u64| Seen { download, rate: Some(Rate { bytes, at }), ..asks(true) };
    scanned(&mut world, seen(1_000_000, 1));
    let seconds = |world: &World| world.shown().environment.unwrap().download.unwrap().seconds;
    assert_eq!(seconds(&world), Some(60));
    let environment = Box::new(seen(2_000_000, 2));
    let other = Event::Scanned { path: "/other".into(), contents: Contents::default(), environment, then: None };
    world.take(other);
    assert_eq!(seconds(&world), Some(30));
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

#[test]
fn a_first_file_is_written_only_into_a_folder_without_one() {
    let start = |world: &mut World, packages: &[&str]| {
        let (reply, answer) = ask();
        let packages = packages.iter().map(|name| (*name).to_owned()).collect();
        (answered(world.take(Event::StartEnvironment { id: id(), packages, reply })), answer)
    };
    let mut world = World::new();
    let (effects, _) = start(&mut world, &["numpy"]);
    assert!(matches!(&effects[..], [Effect::EditPackages { edit, .. }] if edit.new && edit.change.add == ["numpy"]));
    let (effects, mut answer) = start(&mut world, &[]);
    assert!(effects.is_empty() && answer.try_recv().unwrap().is_err());
    scanned(&mut world, asks(false));
    let (effects, mut answer) = start(&mut world, &["numpy"]);
    let refused = answer.try_recv().unwrap().unwrap_err();
    assert!(effects.is_empty() && refused.message.contains("`requirements.txt` already"), "{refused:?}");
}

#[test]
fn a_page_sees_which_kernelspecs_of_notebooks_are_missing_and_the_nearest_of_each() {
    let mut world = World::new();
    let named =
        |name: &str, notebook: &str| (Asked { name: name.into(), ..Asked::default() }, vec![notebook.to_owned()]);
    let mut seen = asks(true);
    seen.found.kernelspecs = vec![named("python3", "a.ipynb"), named("julia-1.9", "b.ipynb")];
    scanned(&mut world, seen);
    let shown: Vec<_> = world.shown().unknown_kernelspecs.into_iter().map(|one| (one.name, one.nearest)).collect();
    let near = Some(THIS_FOLDER.to_owned());
    assert_eq!(shown, [("python3".to_owned(), near), ("julia-1.9".to_owned(), None)]);
}

#[test]
fn a_kernelspec_that_asks_for_gpus_says_so_while_the_engine_reports_none() {
    let mut world = World::new();
    world.model.kernelspecs[0].gpus = true;
    let lacks = |world: &World| super::super::view::snapshot(&world.model, NOW).kernelspecs[0].lacks_gpus;
    assert!(lacks(&world));
    world.take(Event::EngineFound(EngineFacts { gpus: true, ..facts() }));
    assert!(!lacks(&world));
}

#[test]
fn a_kernelspec_that_asks_for_a_limit_says_so_while_the_engine_does_not_keep_it() {
    let mut world = World::new();
    world.model.kernelspecs[0].limits.cpus = true;
    let unkept = |world: &World| super::super::view::snapshot(&world.model, NOW).kernelspecs[0].unkept.clone();
    assert_eq!(unkept(&world), None);
    let keeps = Keeps { cpus: false, lacks: Some(Lack::Delegation), ..Keeps::ALL };
    world.take(Event::EngineFound(EngineFacts { keeps, ..facts() }));
    assert_eq!(unkept(&world).as_deref(), Some("this engine keeps no limit on CPUs"));
    let listing = world.listing(Vec::new());
    world.take(Event::Listed(listing));
    let EngineState::Ready { limits, .. } = world.model.engine_state else { panic!("it was found") };
    assert!(!limits.cpus && limits.memory && limits.tells_cpu);
    assert!(limits.unkept.unwrap().hint.contains("Delegate=cpu"));
}

#[test]
fn a_folder_that_asks_for_gpus_says_so_while_the_engine_reports_none() {
    for (is_optional, wanted) in [(false, GpuWish::Needed), (true, GpuWish::Optional)] {
        let mut world = World::new();
        let mut seen = asks(true);
        // The packages come from another file than the dev container.
        let dev = Source { gpus: Some(Gpus { count: None, is_optional }), ..seen.found.sources[0].clone() };
        seen.found.sources.push(Source { kind: SourceKind::DevContainer, asks: Vec::new(), ..dev });
        scanned(&mut world, seen);
        assert_eq!(world.shown().environment.unwrap().lacks_gpus, Some(wanted));
        // The launch says it, too, and is not refused.
        let own = world.model.kernelspec_of(FOLDER.as_ref(), THIS_FOLDER).unwrap();
        assert_eq!(own.gpus, !is_optional);
        world.take(Event::EngineFound(EngineFacts { gpus: true, ..facts() }));
        assert_eq!(world.shown().environment.unwrap().lacks_gpus, None);
    }
}

#[test]
fn a_script_of_the_folder_is_allowed_as_it_was_seen() {
    let mut world = World::new();
    let run = |world: &mut World, run: bool| {
        let (reply, mut answer) = ask();
        let effects = answered(world.take(Event::RunPostBuild { id: id(), run, reply }));
        (effects, answer.try_recv().ok())
    };
    scanned(&mut world, asks(true));
    let (effects, answer) = run(&mut world, true);
    assert!(!effects.iter().any(|effect| matches!(effect, Effect::EditRecord { .. })));
    assert!(answer.unwrap().unwrap_err().message.contains("has no `postBuild`"));
    let mut seen = asks(true);
    let script = PostBuild { file: "postBuild".into(), digest: "one".into(), text: b"true".to_vec() };
    seen.found.post_build = Some(script);
    scanned(&mut world, seen);
    assert_eq!(world.shown().environment.unwrap().post_build.unwrap().state, PostBuildState::Offered);
    let of = |effects: &[Effect]| match effects {
        [Effect::EditRecord { edit: RecordEdit::PostBuild(digest), .. }] => digest.clone(),
        _ => panic!("no edit of the record"),
    };
    assert_eq!(of(&run(&mut world, true).0).as_deref(), Some("one"));
    assert_eq!(of(&run(&mut world, false).0), None);
}

#[test]
fn folders_with_the_same_environment_are_named() {
    let mut world = World::new();
    let made = |key: &str| {
        let mut seen = asks(true);
        let digest = seen.digest.clone().unwrap_or_default();
        seen.record.made = Some(Made { digest, key: key.into(), store: "s".into(), ..Made::default() });
        seen
    };
    scanned(&mut world, made("one"));
    for (folder, key) in [("/home/ada/sunflowers", "one"), ("/home/ada/other", "two")] {
        let (contents, environment) = (Contents::default(), Box::new(made(key)));
        world.take(Event::Scanned { path: folder.into(), contents, environment, then: None });
    }
    assert_eq!(world.shown().environment.unwrap().shared_with, ["sunflowers"]);
}
