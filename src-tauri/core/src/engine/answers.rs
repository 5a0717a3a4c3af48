//! Reads answers that bollard's models do not know in full: an unknown value costs its own field, not the answer.
//!
//! Podman lists a container as `stopped` until its cleaning has run, and newer engines have values of their own.

use bollard::errors::Error as Refusal;
use serde::de::DeserializeOwned;
use serde_json::Value;
use serde_path_to_error::{Path, Segment};

/// The most values that one answer may lose. Each costs a reading of the whole.
const MOST: usize = 1000;

/// An answer, without the values that its model does not have.
pub(super) fn known<T: DeserializeOwned>(answer: Result<T, Refusal>) -> Result<T, Refusal> {
    match answer {
        Err(Refusal::JsonDataError { message, contents, column }) => {
            let read = serde_json::from_str(&contents).ok().and_then(without_unknown);
            read.ok_or(Refusal::JsonDataError { message, contents, column })
        }
        answer => answer,
    }
}

fn without_unknown<T: DeserializeOwned>(mut answer: Value) -> Option<T> {
    for _ in 0..MOST {
        match serde_path_to_error::deserialize(&answer) {
            Ok(read) => return Some(read),
            Err(fault) => {
                tracing::debug!(at = %fault.path(), reason = %fault.inner(), "an unknown value of the engine");
                remove(&mut answer, fault.path())?;
            }
        }
    }
    None
}

/// Removes the value at a path, or the nearest value around it. `None` at the answer itself, which has no other form.
fn remove(answer: &mut Value, path: &Path) -> Option<()> {
    let mut steps: Vec<&Segment> = path.iter().filter(|step| !matches!(step, Segment::Unknown)).collect();
    // The name of a variant is no step in the text.
    steps.retain(|step| !matches!(step, Segment::Enum { .. }));
    let last = steps.pop()?;
    let mut around = answer;
    for step in steps {
        around = match step {
            Segment::Seq { index } => around.get_mut(*index)?,
            Segment::Map { key } => around.get_mut(key.as_str())?,
            _ => return None,
        };
    }
    match (last, around) {
        (Segment::Map { key }, Value::Object(fields)) => fields.remove(key).map(drop),
        (Segment::Seq { index }, Value::Array(items)) => (*index < items.len()).then(|| drop(items.remove(*index))),
        _ => None,
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use bollard::models::{ContainerInspectResponse, ContainerSummary, ContainerSummaryStateEnum};
    use serde_json::json;

    use super::*;

    /// What a call answers if the engine sent this.
    fn sent<T: DeserializeOwned>(text: &Value) -> Result<T, Refusal> {
        known(serde_json::from_value(text.clone()).map_err(|refusal| Refusal::JsonDataError {
            message: refusal.to_string(),
            contents: text.to_string(),
            column: refusal.column(),
        }))
    }

    #[test]
    fn an_unknown_state_costs_only_itself() {
        let listed: Vec<ContainerSummary> = sent(&json!([
            { "Id": "a", "State": "running" },
            { "Id": "b", "State": "never seen", "Status": "Exited (137)", "Labels": { "org.orchest.launch": "l" } },
            { "Id": "c", "State": 7, "Ports": [{ "PrivatePort": 8888, "Type": "quic" }] },
        ]))
        .unwrap();
        assert_eq!(listed.len(), 3);
        assert_eq!(listed[0].state, Some(ContainerSummaryStateEnum::RUNNING));
        assert_eq!((listed[1].state, listed[1].status.as_deref()), (None, Some("Exited (137)")));
        assert_eq!(listed[1].labels.as_ref().unwrap()["org.orchest.launch"], "l");
        assert_eq!(listed[2].id.as_deref(), Some("c"));
    }

    #[test]
    fn an_unknown_value_deep_in_an_answer_costs_only_itself() {
        let found: ContainerInspectResponse =
            sent(&json!({ "Id": "a", "State": { "Status": "stopped", "ExitCode": 3 }, "Config": { "Env": ["A=1"] } }))
                .unwrap();
        assert_eq!(found.state.unwrap().exit_code, Some(3));
        assert_eq!(found.config.unwrap().env, Some(vec!["A=1".to_owned()]));
    }

    #[test]
    fn an_answer_of_another_kind_is_an_error() {
        for text in [json!("text"), json!({ "message": "no" }), json!(null)] {
            assert!(sent::<Vec<ContainerSummary>>(&text).is_err(), "{text}");
        }
    }
}
