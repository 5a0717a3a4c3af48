//! Compares the observations of both sides, without the values that change each time.

use std::sync::LazyLock;

use regex::Regex;
use serde_json::Value;

use crate::known::{self, Known};
use crate::sides::Side;

/// A longer text is shown by its length and digest.
const LONG: usize = 4000;

/// Patterns of the values that change each time, and their placeholders.
static CHANGING: LazyLock<Vec<(Regex, &str)>> = LazyLock::new(|| {
    [
        (r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}(_\d+)*", "<id>"),
        (r"\b[0-9a-f]{8}-[0-9a-f]{24}(_\d+)*\b", "<id>"),
        (r"\b[0-9a-f]{32}\b", "<id>"),
        (r"fidelity-\d+-\d+(-\d+)?", "<session>"),
        (r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)?", "<time>"),
        (r"(/tmp|~)/ipykernel_\d+/\d+\.py", "<cell>"),
        (r"\b0x[0-9a-f]{6,16}\b", "<address>"),
    ]
    .map(|(pattern, stand_in)| (Regex::new(pattern).expect("a pattern"), stand_in))
    .to_vec()
});

/// A value with placeholders for what changes each time.
pub fn normal(value: Value, side: &Side) -> Value {
    match value {
        Value::String(text) => normal_text(&text, side).into(),
        Value::Array(items) => items.into_iter().map(|item| normal(item, side)).collect(),
        Value::Object(items) => {
            let items = items.into_iter().map(|(name, item)| (normal_text(&name, side), normal(item, side)));
            Value::Object(items.collect())
        }
        other => other,
    }
}

/// A text with placeholders for what changes each time.
pub fn normal_text(text: &str, side: &Side) -> String {
    if text.len() > 10 * LONG {
        return brief(text);
    }
    let host = side.place.base.trim_start_matches("http://");
    // All addresses of a launch are below a path of its own, which has no meaning for a page.
    let path = host.find('/').map_or("", |start| &host[start..]);
    let mut text = text.replace(&side.place.token, "<token>").replace(host, "<host>");
    if !path.is_empty() {
        text = text.replace(path, "");
    }
    if side.place.ours {
        text = text.replace(side.place.kernelspec, "python3");
    }
    for (pattern, stand_in) in CHANGING.iter() {
        text = pattern.replace_all(&text, *stand_in).into_owned();
    }
    if text.len() > LONG { brief(&text) } else { text }
}

fn brief(text: &str) -> String {
    let start: String = text.chars().take(60).collect();
    format!("{start}… ({} characters, {})", text.chars().count(), orchest_tests::engine::digest(text.as_bytes()))
}

/// One difference and its place.
#[derive(Debug, PartialEq)]
struct Difference {
    /// A JSON pointer.
    at: String,
    plain: Option<Value>,
    launch: Option<Value>,
}

/// Fails with each unknown difference, and with each known one that does not exist any more.
pub fn verdict(name: &str, plain: &Value, launch: &Value) -> Result<(), String> {
    let mut differences = Vec::new();
    collect(String::new(), plain, launch, &mut differences);
    let known = known::of(name);
    let covers = |known: &Known, difference: &Difference| difference.at.starts_with(known.at);
    let stale = known.iter().filter(|known| !differences.iter().any(|difference| covers(known, difference)));
    let mut told: Vec<String> = stale
        .map(|known| format!("a known difference does not exist any more, at {:?}: {}", known.at, known.reason))
        .collect();
    for difference in differences.iter().filter(|one| !known.iter().any(|known| covers(known, one))) {
        let value = |side: &Option<Value>| match side {
            None => "(nothing)".to_owned(),
            Some(value) => format!("{value:#}"),
        };
        let (plain, launch) = (value(&difference.plain), value(&difference.launch));
        told.push(format!("at {:?}\n  plain:  {plain}\n  launch: {launch}", difference.at));
    }
    if told.is_empty() { Ok(()) } else { Err(told.join("\n")) }
}

/// The check failed on the launch only.
pub fn failed(name: &str, error: &str) -> Result<(), String> {
    let known = known::of(name).iter().any(|known| known.at == "/failed");
    if known { Ok(()) } else { Err(format!("the plain server can do this, the launch cannot: {error}")) }
}

fn collect(at: String, plain: &Value, launch: &Value, found: &mut Vec<Difference>) {
    match (plain, launch) {
        (Value::Object(left), Value::Object(right)) => {
            for (name, item) in left {
                let at = format!("{at}/{name}");
                match right.get(name) {
                    Some(other) => collect(at, item, other, found),
                    None => found.push(Difference { at, plain: Some(item.clone()), launch: None }),
                }
            }
            for (name, item) in right.iter().filter(|(name, _)| !left.contains_key(*name)) {
                found.push(Difference { at: format!("{at}/{name}"), plain: None, launch: Some(item.clone()) });
            }
        }
        (Value::Array(left), Value::Array(right)) if left.len() == right.len() => {
            for (number, (item, other)) in left.iter().zip(right).enumerate() {
                collect(format!("{at}/{number}"), item, other, found);
            }
        }
        (left, right) if left == right => {}
        (left, right) => {
            found.push(Difference { at, plain: Some(left.clone()), launch: Some(right.clone()) });
        }
    }
}
