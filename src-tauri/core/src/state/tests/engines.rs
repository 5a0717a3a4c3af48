//! An engine is picked.

use super::*;
use crate::contract::choices::Change;
use crate::contract::snapshot::EngineState;
use crate::settings::Edit;
use crate::state::event::AfterEdit;
use crate::words::error::Error;

const PODMAN: &str = "unix:///run/user/7/podman/podman.sock";

fn picks(world: &mut World, endpoint: Option<&str>) -> (Vec<Effect>, Answer<()>) {
    let (reply, answer) = ask();
    (world.take(Event::UseEngine { endpoint: endpoint.map(str::to_owned), reply }), answer)
}

/// The settings are written as an effect wants it.
fn written(world: &mut World, effects: Vec<Effect>) -> Vec<Effect> {
    let mut then_effects = Vec::new();
    for effect in effects {
        let Effect::EditSettings { edit, then } = effect else { continue };
        assert!(matches!(edit, Edit::Choose(Change::Engine(_))));
        let mut settings = world.model.settings.clone();
        edit.apply(&mut settings).unwrap();
        then_effects.extend(world.take(Event::SettingsEdited { outcome: Ok((settings, Vec::new())), then }));
    }
    then_effects
}

fn followed(effects: &[Effect]) -> Vec<Option<String>> {
    let followed = effects.iter().filter_map(|effect| match effect {
        Effect::FollowEngine(chosen) => Some(chosen.clone()),
        _ => None,
    });
    followed.collect()
}

fn ready(world: &mut World, attempt: &str) -> Vec<Effect> {
    let listed = Some(world.listing(whole(attempt)));
    world.take(Event::LaunchEnded { id: id(), outcome: Ok(()), left: None, listed })
}

#[test]
fn a_picked_engine_is_kept_and_followed_and_launches_stay_on_the_other() {
    let mut world = World::new();
    world.launch();
    ready(&mut world, "a1");
    let (effects, mut answer) = picks(&mut world, Some(PODMAN));
    assert_eq!(followed(&effects), [], "it is written down first");
    let effects = written(&mut world, effects);
    assert_eq!(followed(&effects), [Some(PODMAN.to_owned())]);
    answered(effects);
    assert!(answer.try_recv().unwrap().is_ok());
    assert_eq!(followed(&world.take(Event::ImagesListed(Vec::new()))), [], "it is followed once");

    world.take(Event::EngineLeft);
    assert_eq!((world.state(), &world.model.engine_state), (None, &EngineState::Looking));
    assert!(world.model.attempts.is_empty(), "nothing of it is shown");
    world.take(Event::EngineMissing(failure("away"), None));
    assert!(matches!(world.model.engine_state, EngineState::Unavailable { stale: false, .. }));

    let (effects, _answer) = picks(&mut world, None);
    let effects = written(&mut world, effects);
    assert_eq!(followed(&effects), [None]);
    assert_eq!(world.model.settings.engine, None);
    world.take(Event::EngineLeft);
    world.take(Event::EngineFound(facts()));
    world.lists(whole("a1"));
    assert!(world.state().is_some(), "the launch is seen again");
}

#[test]
fn an_engine_is_not_left_in_the_middle_of_a_launch() {
    let mut world = World::new();
    world.launch();
    let (effects, mut answer) = picks(&mut world, Some(PODMAN));
    answered(effects);
    let refused = answer.try_recv().unwrap().unwrap_err();
    assert_eq!(refused.message, Failure::from(Error::EngineAtWork).message);

    // A terminal makes the same choice: it is followed once the launch is done.
    let settings = Settings { engine: Some(PODMAN.to_owned()), ..world.model.settings.clone() };
    let effects = world.take(Event::SettingsRead(Ok((settings, Vec::new()))));
    assert_eq!(followed(&effects), []);
    assert_eq!(followed(&ready(&mut world, "a1")), [Some(PODMAN.to_owned())]);
}

#[test]
fn an_engine_that_is_away_is_left_at_once() {
    let mut world = World::new();
    world.launch();
    world.take(Event::EngineLost);
    let (effects, _answer) = picks(&mut world, Some(PODMAN));
    assert_eq!(followed(&written(&mut world, effects)), [Some(PODMAN.to_owned())]);
}

#[test]
fn a_choice_that_cannot_be_written_down_is_not_followed() {
    let mut world = World::new();
    let (effects, mut answer) = picks(&mut world, Some(PODMAN));
    let mut after = Vec::new();
    for effect in effects {
        let Effect::EditSettings { then: then @ AfterEdit::Reply(_), .. } = effect else { continue };
        after.extend(world.take(Event::SettingsEdited { outcome: Err(Error::ShuttingDown), then }));
    }
    assert_eq!(followed(&after), []);
    answered(after);
    assert!(answer.try_recv().unwrap().is_err());
}

#[test]
fn the_choice_of_the_start_is_followed() {
    let mut world = World::new();
    let settings = Settings { engine: Some(PODMAN.to_owned()), ..Settings::default() };
    let effects = world.take(Event::SettingsOpened(Ok((settings, Vec::new(), None))));
    assert_eq!(followed(&effects), [Some(PODMAN.to_owned())]);
}
