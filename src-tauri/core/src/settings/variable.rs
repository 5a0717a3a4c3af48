//! A variable of a folder, as the settings file has it, and the names that one may have. Pure.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::platform::secret;
use crate::words::variables as words;

/// The longest value, bytes. Linux starts no program with a longer variable than 128 KiB.
const LONGEST: usize = 100_000;
/// The longest name, bytes.
const LONGEST_NAME: usize = 200;
/// Names that a launch sets itself, or without which a kernel does not start.
const RESERVED: [&str; 6] = ["PATH", "HOME", "RESPONSE_ADDRESS", "PUBLIC_KEY", "PORT_RANGE", "MIN_PORT_RANGE_SIZE"];
/// The beginnings of such names.
const RESERVED_BEGINNINGS: [&str; 3] = ["KERNEL_", "EG_", "ORCHEST_"];
/// The beginning of the name of a value that only a running program keeps.
const THIS_RUN: &str = "run-";

/// A variable.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(from = "Value", into = "Value")]
pub enum Variable {
    /// A value that may be read by everybody who may read the settings.
    Plain(String),
    /// A secret value, which is not in the settings: the name that it has in the keychain.
    Secret(String),
    /// Something that this version does not know, or that a person wrote by hand.
    Other(Value),
}

impl From<Value> for Variable {
    fn from(value: Value) -> Variable {
        match value {
            Value::String(text) => Variable::Plain(text),
            // As a person writes it by hand.
            Value::Number(number) => Variable::Plain(number.to_string()),
            Value::Bool(yes) => Variable::Plain(yes.to_string()),
            Value::Object(map) => match map.get("secret").and_then(Value::as_str) {
                Some(item) if map.len() == 1 => Variable::Secret(item.to_owned()),
                _ => Variable::Other(Value::Object(map)),
            },
            other => Variable::Other(other),
        }
    }
}

impl From<Variable> for Value {
    fn from(variable: Variable) -> Value {
        match variable {
            Variable::Plain(text) => Value::String(text),
            Variable::Secret(item) => json!({ "secret": item }),
            Variable::Other(value) => value,
        }
    }
}

/// Whether a name has letters, digits and `_` alone, with no digit first: POSIX, "Environment Variables".
pub fn is_posix(name: &str) -> bool {
    !name.starts_with(|first: char| first.is_ascii_digit())
        && name.chars().all(|letter| letter.is_ascii_alphanumeric() || letter == '_')
}

/// Why a name or a value cannot be used: a message and a hint.
pub fn fault(name: &str, value: &str) -> Option<(String, String)> {
    if name.is_empty() || !is_posix(name) {
        return Some(words::not_a_name(name));
    }
    if RESERVED.contains(&name) || RESERVED_BEGINNINGS.iter().any(|beginning| name.starts_with(beginning)) {
        return Some(words::reserved(name));
    }
    if name.len() > LONGEST_NAME {
        return Some(words::long_name(LONGEST_NAME));
    }
    if value.contains('\0') {
        return Some(words::with_nul(name));
    }
    (value.len() > LONGEST).then(|| words::too_long(name, LONGEST))
}

/// A new name for a secret value: in the keychain, or of a value that only `process` keeps.
pub fn new_item(name: &str, process: Option<&str>) -> String {
    let random = secret::random_hex(8);
    match process {
        Some(process) => format!("{THIS_RUN}{process}-{random}"),
        None => format!("{name}-{random}"),
    }
}

/// Whether a value was kept only while a program runs, and whether that is this one.
pub fn of_run(item: &str, process: &str) -> Option<bool> {
    let rest = item.strip_prefix(THIS_RUN)?;
    Some(rest.strip_prefix(process).is_some_and(|rest| rest.starts_with('-')))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_one_of_posix_and_none_that_a_launch_needs() {
        for name in ["A", "_", "a1", "AWS_PROFILE", "LD_LIBRARY_PATH", "PYTHONPATH", "LOG_LEVEL", "KERNEL", "EGO"] {
            assert_eq!(fault(name, "é\n\"'$X"), None, "{name}");
        }
        for name in ["", "1A", "A B", "A=B", "A-B", "Ä", "A\n", "PATH", "HOME", "KERNEL_ID", "EG_X", "ORCHEST_KERNEL"]
        {
            assert!(fault(name, "").is_some(), "{name}");
        }
        assert!(fault("A", "a\0b").is_some());
        assert!(fault("A", &"x".repeat(LONGEST)).is_none() && fault("A", &"x".repeat(LONGEST + 1)).is_some());
    }

    #[test]
    fn a_variable_comes_back_from_the_settings_as_it_was_and_one_by_hand_spoils_no_other() {
        let text = json!({"A": "1", "B": {"secret": "B-0f"}, "C": {"later": 1}, "D": null});
        let read: std::collections::BTreeMap<String, Variable> = serde_json::from_value(text.clone()).unwrap();
        assert_eq!(read["A"], Variable::Plain("1".into()));
        assert_eq!(read["B"], Variable::Secret("B-0f".into()));
        assert!(matches!(read["C"], Variable::Other(_)) && matches!(read["D"], Variable::Other(_)));
        assert_eq!(serde_json::to_value(&read).unwrap(), text);
        for (by_hand, wanted) in [(json!(4), "4"), (json!(true), "true"), (json!(1.5), "1.5")] {
            assert_eq!(Variable::from(by_hand), Variable::Plain(wanted.to_owned()));
        }
    }

    #[test]
    fn the_name_of_a_value_says_which_program_keeps_it() {
        assert_eq!(of_run(&new_item("KEY", None), "42-1"), None);
        let here = new_item("KEY", Some("42-1"));
        assert_eq!(of_run(&here, "42-1"), Some(true));
        assert_eq!(of_run(&here, "42-11"), Some(false));
        assert_eq!(of_run(&here, "4"), Some(false));
        assert_ne!(here, new_item("KEY", Some("42-1")));
    }
}
