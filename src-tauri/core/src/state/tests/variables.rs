//! The variables of a folder: set, taken away, and given to its launch.

use super::*;
use crate::contract::variables::{EnvFileState, VariableKept};
use crate::environment::variables::SeenEnvFile;
use crate::settings::{Edit, Variable};

fn set(world: &mut World, name: &str, value: &str, secret: bool) -> (Vec<Effect>, Answer<()>) {
    let (reply, answer) = ask();
    let (name, value) = (name.to_owned(), Secret::new(value));
    (answered(world.take(Event::SetVariable { id: id(), name, value, secret, reply })), answer)
}

fn with(variables: &[(&str, Variable)]) -> World {
    let mut world = World::new();
    let mut settings = world.model.settings.clone();
    settings.folders[0].variables =
        variables.iter().map(|(name, variable)| ((*name).to_owned(), variable.clone())).collect();
    world.take(Event::SettingsRead(Ok((settings, Vec::new()))));
    world
}

#[test]
fn a_variable_is_set_unless_its_name_is_one_of_the_launch() {
    let mut world = World::new();
    let (effects, _) = set(&mut world, "KEY", "s3cret", true);
    let [Effect::SetVariable { new, .. }] = &effects[..] else { panic!("it is set") };
    assert!(new.secret && new.stays && new.process == THIS && new.folder.to_str() == Some(FOLDER));
    for name in ["PATH", "KERNEL_ID", "1", ""] {
        let (effects, mut answer) = set(&mut world, name, "x", false);
        assert!(effects.is_empty(), "{name}");
        assert!(answer.try_recv().unwrap().is_err(), "{name}");
    }
}

#[test]
fn a_page_sees_no_secret_and_a_launch_gets_what_the_folder_has() {
    let mut world = with(&[("A", Variable::Plain("1".into())), ("KEY", Variable::Secret("KEY-0f".into()))]);
    let shown: Vec<_> = world.shown().variables.into_iter().map(|one| (one.value, one.kept)).collect();
    assert_eq!(shown, [(Some("1".to_owned()), VariableKept::Settings), (None, VariableKept::Keychain)]);
    let (effects, _) = world.launch();
    let request = effects.into_iter().find_map(|effect| match effect {
        Effect::Launch(request) => Some(request),
        _ => None,
    });
    assert_eq!(request.unwrap().variables.set.len(), 2);
}

#[test]
fn a_variable_that_is_there_is_taken_away_and_an_unknown_one_is_refused() {
    let mut world = with(&[("A", Variable::Plain("1".into()))]);
    let mut remove = |name: &str| {
        let (reply, _) = ask();
        world.take(Event::RemoveVariable { id: id(), name: name.to_owned(), reply })
    };
    let effects = remove("A");
    assert!(
        matches!(&effects[..], [Effect::EditSettings { edit: Edit::SetVariable { variable: None, name, .. }, .. }] if name == "A")
    );
    assert!(!remove("B").iter().any(|effect| matches!(effect, Effect::EditSettings { .. })));
}

#[test]
fn a_dotenv_file_is_used_as_it_was_seen_and_offered_again_when_it_changes() {
    let mut world = World::new();
    let seen = |digest: &str, allowed: Option<&str>| {
        let file = SeenEnvFile { digest: digest.into(), names: vec!["A".into()], problems: Vec::new() };
        let record = Record { env_file: allowed.map(str::to_owned), ..Record::default() };
        Seen { env_file: Some(file), record, ..Seen::default() }
    };
    let mut scanned = |environment: Seen| {
        let (contents, environment) = (Contents::default(), Box::new(environment));
        world.take(Event::Scanned { path: FOLDER.into(), contents, environment, then: None });
        let state = world.shown().env_file.map(|file| file.state);
        let (reply, _) = ask();
        (state, world.take(Event::UseEnvFile { id: id(), used: true, reply }))
    };
    let (state, effects) = scanned(seen("one", None));
    assert_eq!(state, Some(EnvFileState::Offered));
    assert!(
        matches!(&effects[..], [Effect::EditRecord { edit: RecordEdit::EnvFile(Some(digest)), .. }] if digest == "one")
    );
    assert_eq!(scanned(seen("one", Some("one"))).0, Some(EnvFileState::Used));
    assert_eq!(scanned(seen("two", Some("one"))).0, Some(EnvFileState::Changed));
    let (state, effects) = scanned(Seen::default());
    assert_eq!(state, None);
    assert!(!effects.iter().any(|effect| matches!(effect, Effect::EditRecord { .. })));
}

#[test]
fn only_a_launch_that_runs_is_given_the_variables() {
    let offer = |world: &mut World| {
        let (reply, _) = ask();
        let effects = world.take(Event::OfferVariables { id: id(), reply });
        effects.iter().any(|effect| matches!(effect, Effect::OfferVariables { .. }))
    };
    let mut world = World::new();
    assert!(!offer(&mut world));
    world.lists(whole("a1"));
    assert!(offer(&mut world));
}
