//! Places where launches run, and the place of a folder.

use std::collections::BTreeMap;

use super::*;
use crate::contract::place::PlaceState;
use crate::launch::label::{self, Role};
use crate::place::gateway::Gateway;
use crate::settings::place::{GatewayPlace, SharedFolder, THIS_MACHINE};
use crate::settings::{Edit, Place};
use crate::state::effect::LaunchRequest;
use crate::state::event::AfterEdit;
use crate::words::error::Error;

const TEAM: &str = "team";

fn fields() -> GatewayPlace {
    GatewayPlace { gateway: "https://gateway.example".to_owned(), ..GatewayPlace::default() }
}

fn place() -> Place {
    fields().into()
}

/// A world in which the place `team` is known.
fn with_team() -> World {
    let mut world = World::new();
    let settings = Settings { places: BTreeMap::from([(TEAM.to_owned(), place())]), ..world.model.settings.clone() };
    world.take(Event::SettingsRead(Ok((settings, Vec::new()))));
    world
}

fn seen(world: &mut World, found: Result<Gateway, Failure>) -> Vec<Effect> {
    world.take(Event::PlaceSeen { name: TEAM.to_owned(), place: Box::new(place()), found, reply: None })
}

/// Picks a place; what is to be written is written.
fn picks(world: &mut World, place: &str) -> Result<(), Failure> {
    let (reply, mut answer) = ask();
    let effects = world.take(Event::PickPlace { id: id(), place: Some(place.to_owned()), reply });
    for effect in effects {
        match effect {
            Effect::EditSettings { edit, then } => written(world, edit, then),
            effect => drop(answered(vec![effect])),
        }
    }
    answer.try_recv().unwrap()
}

fn written(world: &mut World, edit: Edit, then: AfterEdit) {
    let mut settings = world.model.settings.clone();
    let edited = edit.apply(&mut settings).map(|()| (settings, Vec::new()));
    let effects = world.take(Event::SettingsEdited { outcome: edited, then });
    answered(effects);
}

/// What is launched.
fn launched(world: &mut World) -> Option<LaunchRequest> {
    world.launch().0.into_iter().find_map(|effect| match effect {
        Effect::Launch(request) => Some(*request),
        _ => None,
    })
}

#[test]
fn a_folder_is_launched_at_the_place_that_was_picked_with_the_gateways_default() {
    let mut world = with_team();
    seen(&mut world, Ok(gateway()));
    picks(&mut world, TEAM).unwrap();
    let view = world.snapshot();
    let pipeline = view.pipeline(&id()).unwrap();
    assert_eq!(pipeline.place.as_ref().map(|place| (place.name.as_str(), place.path.clone())), Some((TEAM, None)));
    assert_eq!(pipeline.kernelspec.as_deref(), Some("python3"));
    let request = launched(&mut world).unwrap();
    assert_eq!(request.place, Some((TEAM.to_owned(), place())));
    assert_eq!((request.kernelspec.name.as_str(), request.kernelspec.image.as_str()), ("python3", ""));
    let stages = &world.model.tasks[&id()].stages;
    assert!(stages.iter().any(|view| view.stage == Stage::Gateway));
    assert!(picks(&mut world, THIS_MACHINE).unwrap_err().message.contains("runs"), "while it starts");
}

#[test]
fn a_place_of_which_nothing_is_known_is_asked_by_the_launch() {
    let mut world = with_team();
    picks(&mut world, TEAM).unwrap();
    let request = launched(&mut world).unwrap();
    assert_eq!(request.kernelspec.name, "", "the gateway's default");
    assert!(launched(&mut World::new()).unwrap().place.is_none());
}

#[test]
fn a_place_that_did_not_answer_is_asked_again_after_a_launch_there() {
    let mut world = with_team();
    picks(&mut world, TEAM).unwrap();
    seen(&mut world, Err(failure("away")));
    launched(&mut world).unwrap();
    let mut server = container("server", "a1", ContainerState::Running);
    server.labels.insert(label::PLACE.to_owned(), TEAM.to_owned());
    let listed = Some(world.listing(vec![server]));
    let effects = world.take(Event::LaunchEnded { id: id(), outcome: Ok(()), left: None, listed });
    assert!(effects.iter().any(|effect| matches!(effect, Effect::AskPlace { name, .. } if name == TEAM)));
}

#[test]
fn a_kernelspec_at_a_place_is_picked_apart_from_that_of_this_machine() {
    let mut world = with_team();
    seen(&mut world, Ok(gateway()));
    picks(&mut world, TEAM).unwrap();
    let pick = |world: &mut World, name: &str| {
        let (reply, mut answer) = ask();
        for effect in world.take(Event::Pick { id: id(), name: name.to_owned(), reply }) {
            match effect {
                Effect::EditSettings { edit, then } => written(world, edit, then),
                effect => drop(answered(vec![effect])),
            }
        }
        answer.try_recv().unwrap()
    };
    assert!(pick(&mut world, "r_docker").unwrap_err().message.contains("has no kernelspec `r_docker`"));
    pick(&mut world, "ir").unwrap();
    let kernelspec = |world: &World| world.snapshot().pipeline(&id()).unwrap().kernelspec.clone();
    assert_eq!(kernelspec(&world).as_deref(), Some("ir"));
    picks(&mut world, THIS_MACHINE).unwrap();
    assert_eq!(kernelspec(&world).as_deref(), Some("python_docker"));
}

#[test]
fn a_place_is_shown_with_what_it_answered_and_forgotten_when_it_changes() {
    let mut world = with_team();
    let state = |world: &World| world.snapshot().places[0].state.clone();
    assert_eq!(state(&world), PlaceState::Asking, "a window asks all places");
    let (reply, _answer) = ask();
    let effects = world.take(Event::AskPlace { name: TEAM.to_owned(), reply });
    assert!(matches!(effects.as_slice(), [Effect::AskPlace { .. }]));
    assert_eq!(state(&world), PlaceState::Asking);
    seen(&mut world, Err(failure("away")));
    assert!(matches!(state(&world), PlaceState::Failed { failure } if failure.message == "away"));
    seen(&mut world, Ok(gateway()));
    assert!(
        matches!(state(&world), PlaceState::Ready { version, kernelspecs } if version == "Enterprise Gateway 3.3.0" && kernelspecs.len() == 2)
    );
    let shared = SharedFolder { here: "/data".into(), there: "/mnt/data".to_owned() };
    let changed: Place = GatewayPlace { shared: vec![shared], ..fields() }.into();
    let settings = Settings { places: BTreeMap::from([(TEAM.to_owned(), changed)]), ..world.model.settings.clone() };
    world.take(Event::SettingsRead(Ok((settings, Vec::new()))));
    assert_eq!(state(&world), PlaceState::Asking);
    assert_eq!(world.snapshot().places[0].shared, ["/data=/mnt/data"]);
    seen(&mut world, Ok(gateway()));
    assert_eq!(state(&world), PlaceState::Asking, "an answer of what it was before");
}

#[test]
fn a_launch_at_a_place_is_whole_without_a_gateway_and_its_place_stays() {
    let mut world = with_team();
    let mut server = container("server", "a1", ContainerState::Running);
    server.labels.insert(label::PLACE.to_owned(), TEAM.to_owned());
    let effects = world.lists(vec![server]);
    let probed = effects.iter().any(|effect| matches!(effect, Effect::Probe { parts, .. } if *parts == [Role::Server]));
    assert!(probed, "its server is asked");
    world.take(Event::Probed { attempt: "a1".to_owned(), ready: true });
    let view = world.snapshot();
    let launch = view.launch(&id()).unwrap();
    assert_eq!((launch.state, launch.place.as_deref()), (LaunchState::Running, Some(TEAM)));
    assert_eq!(view.places[0].folders, ["birds"]);
    let (reply, mut answer) = ask();
    answered(world.take(Event::RemovePlace { name: TEAM.to_owned(), reply }));
    assert!(answer.try_recv().unwrap().unwrap_err().message.contains("Launches run at `team`"));
}

#[test]
fn places_that_are_not_there_are_refused() {
    let mut world = with_team();
    assert!(picks(&mut world, "lab").unwrap_err().hint.contains("`team`"));
    let (reply, mut answer) = ask();
    answered(world.take(Event::AddPlace { name: TEAM.to_owned(), place: Box::new(place()), token: None, reply }));
    assert_eq!(answer.try_recv().unwrap().unwrap_err().message, "There is a place `team` already");
    let mut settings = Settings::default();
    assert!(matches!(
        Edit::AddPlace { name: "a/b".to_owned(), place: Box::new(place()) }.apply(&mut settings),
        Err(Error::Place { .. })
    ));
}

#[test]
fn a_folder_whose_place_is_gone_from_the_settings_is_not_launched_elsewhere() {
    let mut world = with_team();
    picks(&mut world, TEAM).unwrap();
    let settings = Settings { places: BTreeMap::new(), ..world.model.settings.clone() };
    world.take(Event::SettingsRead(Ok((settings, Vec::new()))));
    assert_eq!(world.shown().place.map(|place| place.name).as_deref(), Some(TEAM));
    let (effects, mut answer) = world.launch();
    assert!(!answered(effects).iter().any(|effect| matches!(effect, Effect::Launch(_))));
    let failure = answer.try_recv().unwrap().unwrap_err();
    assert!(failure.message.contains("`team`, which is not in the settings"), "{failure:?}");
}

#[test]
fn a_launch_that_runs_elsewhere_than_it_is_asked_for_is_refused() {
    let mut world = with_team();
    world.lists(whole("a1"));
    world.take(Event::Probed { attempt: "a1".to_owned(), ready: true });
    let mut asked = |place: &str| {
        let (reply, mut answer) = ask();
        let wish = Wish {
            target: Target::Path(FOLDER.into()),
            kernelspec: None,
            place: Some(place.to_owned()),
            timeout: None,
            reply,
        };
        answered(world.take(Event::Examined { wish, exam: Box::new(exam()) }));
        answer.try_recv().unwrap()
    };
    assert!(asked(TEAM).unwrap_err().message.contains("runs at this machine"));
    assert!(asked("nowhere").unwrap_err().message.contains("no place `nowhere`"));
    assert_eq!(asked(THIS_MACHINE).unwrap(), id());
}
