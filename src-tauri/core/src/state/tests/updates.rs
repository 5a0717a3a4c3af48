//! Newer versions of the program: when the address is asked, and what follows.

use super::*;
use crate::contract::choices::OnClose;
use crate::contract::updates::{UpdateHow, UpdatesView};
use crate::state::closing::Closing;
use crate::state::event::Wake;
use crate::state::updates::Known;
use crate::updates::check::FoundList;
use crate::updates::manifest::samples::manifest;
use crate::updates::origin::Origin;
use crate::updates::record::Record;
use crate::words::error::Error;
use crate::words::updates as words;

pub(super) const ADDRESS: &str = "https://orchest.example/updates.json";
const DAY: u64 = 24 * 60 * 60 * 1000;

pub(super) fn found(version: &str) -> FoundList {
    let address = ADDRESS.parse().unwrap();
    FoundList { manifest: manifest(version), address, newer: version != "0.1.0", kept: Default::default() }
}

pub(super) fn refused() -> Error {
    words::malformed("a test")
}

fn with(check: Option<bool>, built: Option<&str>, record: Record) -> (World, Vec<Effect>) {
    let mut world = World::new();
    let settings = Settings { updates_check: check, ..world.model.settings.clone() };
    world.take(Event::SettingsRead(Ok((settings, Vec::new()))));
    let known = Known { built_address: built.map(str::to_owned), record, newer: None };
    let effects = world.take(Event::UpdatesRead(Box::new(known)));
    (world, effects)
}

fn asks(effects: &[Effect]) -> bool {
    effects.iter().any(|effect| matches!(effect, Effect::CheckUpdates { .. }))
}

fn shown(world: &World) -> UpdatesView {
    super::super::view::snapshot(&world.model, world.now.ms).updates
}

fn checked(world: &mut World, outcome: Result<FoundList, Error>) -> Vec<Effect> {
    let outcome = outcome.map(|found| (found, Origin::Archive("/o".into())));
    world.take(Event::UpdatesChecked(Box::new(outcome)))
}

#[test]
fn the_address_is_asked_only_if_there_is_one_and_the_person_agreed() {
    for check in [None, Some(false), Some(true)] {
        for address in [None, Some(ADDRESS)] {
            let (_, effects) = with(check, address, Record::default());
            assert_eq!(asks(&effects), check == Some(true) && address.is_some(), "{check:?} {address:?}");
        }
    }
    // A terminal does not stay, and asks nothing by itself.
    let (mut world, _) = with(None, Some(ADDRESS), Record::default());
    world.model.attending = false;
    let settings = Settings { updates_check: Some(true), ..world.model.settings.clone() };
    assert!(!asks(&world.take(Event::SettingsRead(Ok((settings, Vec::new()))))));
}

#[test]
fn the_person_is_asked_once_a_launch_has_succeeded() {
    let (mut world, _) = with(None, Some(ADDRESS), Record::default());
    assert!(!shown(&world).ask);
    world.lists(whole("a1"));
    world.take(Event::Probed { attempt: "a1".to_owned(), ready: true });
    assert!(shown(&world).ask);
    let settings = Settings { updates_check: Some(false), ..world.model.settings.clone() };
    world.take(Event::SettingsRead(Ok((settings, Vec::new()))));
    assert!(!shown(&world).ask);
    let (mut world, _) = with(None, None, Record::default());
    world.lists(whole("a1"));
    world.take(Event::Probed { attempt: "a1".to_owned(), ready: true });
    assert!(!shown(&world).ask, "without an address");
}

#[test]
fn the_address_is_asked_once_a_day_also_if_it_did_not_answer() {
    for ago in [1, DAY - 1000] {
        let (_, effects) = with(Some(true), Some(ADDRESS), Record { checked_at: NOW - ago, ..Record::default() });
        assert!(!asks(&effects), "{ago}");
        assert!(effects.iter().any(|effect| matches!(effect, Effect::After(_, Wake::LookForUpdate))));
    }
    let (mut world, effects) = with(Some(true), Some(ADDRESS), Record { checked_at: NOW - DAY, ..Record::default() });
    assert!(asks(&effects));
    let effects = checked(&mut world, Err(refused()));
    assert!(!asks(&effects) && effects.iter().any(|effect| matches!(effect, Effect::After(_, Wake::LookForUpdate))));
    assert!(!asks(&world.take(Event::Woke(Wake::LookForUpdate))));
    world.now.ms += DAY;
    assert!(asks(&world.take(Event::Woke(Wake::LookForUpdate))));
}

#[test]
fn what_must_not_be_used_is_told_and_a_network_that_is_away_is_not() {
    let away = || Error::Update { message: "away".into(), hint: "check it".into(), refused: false };
    for (error, told) in [(refused(), true), (away(), false)] {
        let (mut world, _) = with(Some(true), Some(ADDRESS), Record::default());
        let before = world.model.notices.len();
        checked(&mut world, Err(error));
        assert_eq!(world.model.notices.len() > before, told);
        assert!(shown(&world).failure.is_some());
    }
    // Who asks gets the answer, and needs no notice.
    let (mut world, _) = with(None, Some(ADDRESS), Record::default());
    let (reply, mut answer) = ask();
    assert!(asks(&world.take(Event::CheckUpdates { reply })));
    answered(checked(&mut world, Err(refused())));
    assert!(answer.try_recv().unwrap().is_err() && world.model.notices.is_empty());
}

#[test]
fn a_question_without_an_address_is_answered_and_two_at_once_are_one() {
    let (mut world, _) = with(None, None, Record::default());
    let (reply, mut answer) = ask();
    assert!(!asks(&answered(world.take(Event::CheckUpdates { reply }))));
    assert!(answer.try_recv().unwrap().is_err());
    let (mut world, _) = with(None, Some(ADDRESS), Record::default());
    let (one, mut first) = ask();
    let (other, mut second) = ask();
    assert!(asks(&world.take(Event::CheckUpdates { reply: one })));
    assert!(!asks(&world.take(Event::CheckUpdates { reply: other })));
    answered(checked(&mut world, Ok(found("0.2.0"))));
    assert!(first.try_recv().unwrap().is_ok() && second.try_recv().unwrap().is_ok());
}

#[test]
fn a_newer_version_is_shown_put_off_and_remembered() {
    let (mut world, _) = with(Some(true), Some(ADDRESS), Record::default());
    checked(&mut world, Ok(found("0.2.0")));
    assert!(!shown(&world).newer.unwrap().later);
    let effects = world.take(Event::PutUpdateOff);
    let [Effect::KeepUpdates(kept)] = &effects[..] else { panic!("it is remembered") };
    let versions = [&kept.seen, &kept.later].map(|version| version.as_ref().unwrap().to_string());
    assert_eq!(versions, ["0.2.0", "0.2.0"]);
    assert!(shown(&world).newer.unwrap().later);
    checked(&mut world, Ok(found("0.3.0")));
    assert!(!shown(&world).newer.unwrap().later, "another version is shown again");
    checked(&mut world, Ok(found("0.1.0")));
    assert!(shown(&world).newer.is_none());
}

#[test]
fn an_update_is_installed_once_and_a_failure_leaves_the_offer() {
    let (mut world, _) = with(Some(true), Some(ADDRESS), Record::default());
    let install = |world: &mut World| {
        let (reply, mut answer) = ask();
        let effects = answered(world.take(Event::InstallUpdate { reply }));
        (effects.len(), answer.try_recv().unwrap())
    };
    assert!(install(&mut world).1.is_err(), "no newer version is known");
    checked(&mut world, Ok(found("0.2.0")));
    assert!(matches!(shown(&world).newer.unwrap().how, UpdateHow::Itself { .. }) || !cfg!(target_os = "linux"));
    assert_eq!(install(&mut world).0, 1);
    assert_eq!(install(&mut world), (0, Ok(())), "it goes on");
    world.take(Event::UpdateHappened(7));
    assert_eq!(shown(&world).progress.map(|progress| (progress.done, progress.total)), Some((7, Some(10))));
    world.take(Event::UpdateEnded(Err(refused())));
    assert!(shown(&world).progress.is_none() && shown(&world).newer.is_some() && shown(&world).failure.is_some());
    assert!(install(&mut world).1.is_ok());
    world.take(Event::UpdateEnded(Err(Error::Cancelled)));
    assert!(shown(&world).failure.is_none(), "who cancels needs no failure");
    assert!(install(&mut world).1.is_ok());
    world.take(Event::UpdateEnded(Ok("0.2.0".parse().unwrap())));
    assert_eq!(shown(&world).installed.as_deref(), Some("0.2.0"));
    assert!(shown(&world).newer.is_none());
    assert_eq!(install(&mut world), (0, Ok(())));
}

#[test]
fn a_restart_asks_what_happens_to_launches_as_closing_does_and_a_window_that_stays_gives_it_up() {
    let (mut world, _) = with(Some(true), Some(ADDRESS), Record::default());
    world.lists(whole("a1"));
    let close = |world: &mut World, restart: bool| {
        let (reply, mut closing) = oneshot::channel();
        answered(world.take(Event::Close { restart, reply }));
        (closing.try_recv().unwrap(), shown(world).restarting)
    };
    assert_eq!(close(&mut world, true), (Closing::Asked, false), "nothing was installed");
    world.take(Event::AnswerClose { answer: None, remember: false, reply: ask().0 });
    checked(&mut world, Ok(found("0.2.0")));
    world.take(Event::UpdateEnded(Ok("0.2.0".parse().unwrap())));
    assert_eq!(close(&mut world, true), (Closing::Asked, true));
    world.take(Event::AnswerClose { answer: None, remember: false, reply: ask().0 });
    assert!(!shown(&world).restarting);
    close(&mut world, true);
    world.take(Event::AnswerClose { answer: Some(OnClose::Keep), remember: false, reply: ask().0 });
    assert!(shown(&world).restarting);
    assert_eq!(close(&mut world, false), (Closing::Asked, false), "a window that is closed does not come back");
}
