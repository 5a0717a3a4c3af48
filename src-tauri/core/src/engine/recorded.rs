//! What engines answered, in `tests/recorded`, read by this module. `record.py` there makes the files.

#![allow(clippy::unwrap_used)]

use std::path::{Path, PathBuf};

use bollard::errors::Error as Refusal;
use bollard::models::{ContainerSummary, EventMessage};
use proptest::prelude::*;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::answers::known;
use super::containers::{Container, ContainerState, observed};
use super::events::{EventKind, event};

fn engines() -> Vec<PathBuf> {
    let all = std::fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/recorded")).unwrap();
    let mut all: Vec<_> = all.map(|entry| entry.unwrap().path()).filter(|path| path.is_dir()).collect();
    all.sort();
    assert!(all.len() >= 6, "{all:?}");
    all
}

fn lines(engine: &Path, file: &str) -> Vec<Value> {
    let text = std::fs::read_to_string(engine.join(file)).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// What a call answers if the engine sent this.
fn sent<T: DeserializeOwned>(answer: &Value) -> Result<T, Refusal> {
    known(serde_json::from_str(&answer.to_string()).map_err(|refusal| Refusal::JsonDataError {
        message: refusal.to_string(),
        contents: answer.to_string(),
        column: refusal.column(),
    }))
}

fn listed(answer: &Value) -> Vec<Container> {
    sent::<Vec<ContainerSummary>>(answer).unwrap().into_iter().map(observed).collect()
}

#[test]
fn each_state_of_each_engine_is_read() {
    for engine in engines() {
        let answers = lines(&engine, "containers.jsonl");
        let containers = listed(&Value::from(answers.clone()));
        assert_eq!(containers.len(), answers.len(), "{engine:?}");
        for (answer, container) in answers.iter().zip(&containers) {
            let state = answer["State"].as_str().unwrap();
            let is_right = match state {
                "created" => container.state == ContainerState::Created,
                "running" => container.state == ContainerState::Running,
                "exited" | "stopped" => {
                    matches!(container.state, ContainerState::Exited { code: 0 | 3 | 137 })
                }
                "dead" => matches!(container.state, ContainerState::Exited { .. }),
                _ => container.state == ContainerState::Other,
            };
            assert!(is_right, "{engine:?}: {state}: {:?}", container.state);
            assert!(container.name.starts_with("recorded-") && container.id.len() == 64, "{engine:?}: {container:?}");
            assert_eq!(container.labels["recorded"], "kernel");
        }
    }
}

#[test]
fn a_life_is_read_from_the_events_of_each_engine() {
    for engine in engines() {
        let events = lines(&engine, "events.jsonl").into_iter();
        let events: Vec<_> = events.map(|line| event(sent::<EventMessage>(&line).unwrap())).collect();
        let of = |kind: EventKind| {
            let found = events.iter().find(|event| event.kind == kind && event.name.starts_with("recorded-"));
            found.unwrap_or_else(|| panic!("{engine:?}: no {kind:?}")).clone()
        };
        for kind in [EventKind::Created, EventKind::Started, EventKind::Destroyed] {
            assert_eq!(of(kind).labels["recorded"], "kernel", "{engine:?}: {kind:?}");
        }
        let died = events.iter().any(|event| matches!(event.kind, EventKind::Died { code: Some(0 | 3 | 137) }));
        assert!(died, "{engine:?}: {events:?}");
    }
}

/// A value that an engine might send one day.
fn odd() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        "\\PC*".prop_map(Value::from),
        Just(json!([])),
        Just(json!(["a", 1, null])),
        Just(json!({})),
        Just(json!({ "a": { "b": [1] } })),
    ]
}

/// The places of all values in an answer.
fn places(answer: &Value) -> Vec<String> {
    fn add(value: &Value, at: &str, all: &mut Vec<String>) {
        let inner: Vec<(String, &Value)> = match value {
            Value::Object(fields) => fields.iter().map(|(name, value)| (name.clone(), value)).collect(),
            Value::Array(items) => items.iter().enumerate().map(|(at, value)| (at.to_string(), value)).collect(),
            _ => Vec::new(),
        };
        for (name, value) in inner {
            let at = format!("{at}/{}", name.replace('~', "~0").replace('/', "~1"));
            all.push(at.clone());
            add(value, &at, all);
        }
    }
    let mut all = Vec::new();
    add(answer, "", &mut all);
    all
}

proptest! {
    #[test]
    fn no_value_of_a_container_breaks_the_list(
        engine in any::<prop::sample::Index>(),
        changed in any::<prop::sample::Index>(),
        values in prop::collection::vec((any::<prop::sample::Index>(), odd()), 1..4),
    ) {
        let mut answers = lines(engine.get::<PathBuf>(&engines()), "containers.jsonl");
        let at = changed.index(answers.len());
        for (place, value) in values {
            let places = places(&answers[at]);
            if let Some(found) = answers[at].pointer_mut(place.get::<String>(&places)) {
                *found = value;
            }
        }
        let others = answers.len() - 1;
        let found = listed(&Value::from(answers));
        prop_assert!(found.iter().filter(|container| container.id.len() == 64).count() >= others);
    }

    #[test]
    fn no_value_of_an_event_is_a_panic(
        engine in any::<prop::sample::Index>(),
        changed in any::<prop::sample::Index>(),
        place in any::<prop::sample::Index>(),
        value in odd(),
    ) {
        let answers = lines(engine.get::<PathBuf>(&engines()), "events.jsonl");
        let mut answer = changed.get(&answers).clone();
        let places = places(&answer);
        *answer.pointer_mut(place.get::<String>(&places)).unwrap() = value;
        let _ = sent::<EventMessage>(&answer).map(event);
    }

    #[test]
    fn no_action_breaks_the_stream(action in "\\PC*") {
        for engine in engines() {
            let mut answer = lines(&engine, "events.jsonl").remove(0);
            answer["Action"] = action.clone().into();
            prop_assert!(serde_json::from_value::<EventMessage>(answer).is_ok());
        }
    }
}
