//! The invariants of `lib.rs` that a reading of the sources can hold.
#![allow(clippy::unwrap_used, missing_docs)]

use std::fs;
use std::path::{Path, PathBuf};

fn sources(dir: &str) -> Vec<(PathBuf, String)> {
    let mut waiting = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join(dir)];
    let mut found = Vec::new();
    while let Some(dir) = waiting.pop() {
        for entry in fs::read_dir(dir).unwrap().flatten() {
            let path = entry.path();
            if path.is_dir() {
                waiting.push(path);
            } else if path.extension().is_some_and(|end| end == "rs") {
                found.push((path.clone(), fs::read_to_string(path).unwrap()));
            }
        }
    }
    assert!(!found.is_empty());
    found
}

/// Lines of code, without comments.
fn naming(text: &str, name: &str) -> Option<String> {
    let is_code = |line: &&str| !line.trim_start().starts_with("//");
    text.lines().filter(is_code).find(|line| line.contains(name)).map(str::to_owned)
}

#[test]
fn only_the_engine_names_bollard() {
    for (path, text) in sources("src").into_iter().chain(sources("../cli/src")).chain(sources("../src")) {
        if !path.components().any(|part| part.as_os_str() == "engine") {
            assert_eq!(naming(&text, "bollard"), None, "{}", path.display());
        }
    }
}

#[test]
fn core_names_no_window_and_does_not_print() {
    for (path, text) in sources("src") {
        for name in ["tauri", "rfd::", "println!", "dbg!"] {
            assert_eq!(naming(&text, name), None, "{}", path.display());
        }
    }
}

#[test]
fn what_is_pure_names_no_effect() {
    for name in [
        "launch/plan.rs",
        "launch/kept.rs",
        "launch/observed.rs",
        "launch/label.rs",
        "launch/stage.rs",
        "settings/schema.rs",
        "images/progress.rs",
        "state/view.rs",
        "contract/snapshot.rs",
    ] {
        let text = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("src").join(name)).unwrap();
        for effect in ["tokio::spawn", "std::fs", "hyper", ".await", "SystemTime"] {
            assert_eq!(naming(&text, effect), None, "{name}");
        }
    }
}
