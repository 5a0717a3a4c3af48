//! Editing kernelspecs: each is a `kernel.json` on the disk, before and after.
//!
//! - `draft`: the fields of a `kernel.json`, and a `kernel.json` with changed fields
//! - `faults`: all that is wrong with a draft
//! - [`disk`]: opens, writes, renames and removes

pub mod disk;
pub(crate) mod draft;
pub(crate) mod faults;

use serde_json::{Value, json};

use crate::kernelspec::parse::{IMAGE, OWN_FOLDER};
use crate::kernelspec::shipped;

/// What a new kernelspec for Python begins with: the shipped one, with a script in its own folder and without an image.
pub(crate) fn template() -> String {
    let mut spec: Value = serde_json::from_str(&shipped::python()).unwrap_or_default();
    spec["display_name"] = json!("");
    if let Some(script) = spec.pointer_mut("/argv/1") {
        *script = json!(format!("{OWN_FOLDER}/{}", shipped::OWN_SCRIPT));
    }
    if let Some(image) = spec.pointer_mut(&format!("/{}", IMAGE.join("/"))) {
        *image = json!("");
    }
    serde_json::to_string_pretty(&spec).unwrap_or_default() + "\n"
}

/// The same for a language: only Python's kernels have a debugger.
fn template_for(language: &str) -> String {
    if language.eq_ignore_ascii_case("python") || language.is_empty() {
        return template();
    }
    let mut spec: Value = serde_json::from_str(&template()).unwrap_or_default();
    if let Some(metadata) = spec["metadata"].as_object_mut() {
        metadata.shift_remove("debugger");
    }
    serde_json::to_string_pretty(&spec).unwrap_or_default() + "\n"
}
