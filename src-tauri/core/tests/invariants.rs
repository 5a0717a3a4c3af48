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
fn pure_files_name_no_effect() {
    for name in [
        "engine/remedy.rs",
        "launch/spec.rs",
        "launch/wait.rs",
        "launch/name.rs",
        "launch/plan/mod.rs",
        "launch/plan/bounds.rs",
        "launch/plan/gateway.rs",
        "launch/plan/kernel.rs",
        "launch/plan/server.rs",
        "launch/kept.rs",
        "launch/observed.rs",
        "launch/label.rs",
        "launch/stage.rs",
        "launch/health.rs",
        "settings/schema.rs",
        "settings/edit.rs",
        "images/progress.rs",
        "updates/judge.rs",
        "updates/manifest.rs",
        "state/closing.rs",
        "state/effect.rs",
        "state/engine.rs",
        "state/event.rs",
        "state/folders.rs",
        "state/idle.rs",
        "state/image_requests.rs",
        "state/images.rs",
        "state/kernelspecs.rs",
        "state/launches.rs",
        "state/leftovers.rs",
        "state/model.rs",
        "state/repair.rs",
        "state/settings.rs",
        "state/update.rs",
        "state/updates.rs",
        "state/view.rs",
        "environment/found/conda.rs",
        "environment/found/debian.rs",
        "environment/found/image.rs",
        "environment/found/literals.rs",
        "environment/found/modules.rs",
        "environment/found/notebook.rs",
        "environment/found/package.rs",
        "environment/found/pyproject.rs",
        "environment/found/python.rs",
        "environment/found/r.rs",
        "environment/found/requirements.rs",
        "environment/found/setup.rs",
        "environment/found/source.rs",
        "environment/found/table.rs",
        "environment/found/text.rs",
        "environment/found/tree.rs",
        "contract/snapshot.rs",
    ] {
        let text = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("src").join(name)).unwrap();
        for effect in ["tokio::spawn", "std::fs", "hyper", ".await", "SystemTime", "clock::now", "Instant::now"] {
            assert_eq!(naming(&text, effect), None, "{name}");
        }
    }
}

/// The folders of core and the files beside them. Each may name only those before it.
const ORDER: [&str; 19] = [
    "contract",
    "words",
    "platform",
    "settings",
    "kernelspec",
    "engine",
    "folder",
    "images",
    "environment",
    "place",
    "machine",
    "jupyter",
    "browser",
    "logs",
    "updates",
    "launch",
    "doctor",
    "state",
    "app",
];

/// The folders and files that a text names by `crate::`, outside of its tests.
fn named(text: &str) -> Vec<String> {
    let code = text.split("\n#[cfg(test)]").next().unwrap_or_default();
    let code = code.lines().filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n");
    let word = |rest: &str| rest.chars().take_while(|letter| letter.is_alphanumeric() || *letter == '_').collect();
    code.split("crate::").skip(1).map(word).collect()
}

#[test]
fn a_folder_names_only_those_below_it() {
    let place = |room: &str| ORDER.iter().position(|known| *known == room);
    let mut seen = Vec::new();
    for (path, text) in sources("src") {
        let inside = path.strip_prefix(Path::new(env!("CARGO_MANIFEST_DIR")).join("src")).unwrap().to_owned();
        let room = inside.components().next().unwrap().as_os_str().to_string_lossy().trim_end_matches(".rs").to_owned();
        if room == "lib" {
            continue;
        }
        let own = place(&room).unwrap_or_else(|| panic!("{room} has no place in the order"));
        for other in named(&text) {
            let below = place(&other).unwrap_or_else(|| panic!("{}: {other} is no folder", path.display()));
            assert!(below <= own, "{} names {other}, which is above {room}", inside.display());
        }
        seen.push(room);
    }
    assert!(ORDER.iter().all(|room| seen.iter().any(|found| found == room)), "each has a place and is there");
}

#[test]
fn the_engine_knows_nothing_of_a_launch() {
    for (path, text) in sources("src/engine") {
        for name in ["org.orchest", "8888", "jupyter::", "kernelspec", "launch"] {
            let code = text.split("\n#[cfg(test)]").next().unwrap();
            assert_eq!(naming(&code.to_lowercase(), name), None, "{}", path.display());
        }
    }
}

/// Each answer that is a description, and no stream, costs only the values that bollard does not know.
#[test]
fn what_engines_describe_is_read_through_answers() {
    for (path, text) in sources("src/engine") {
        let code = text.split("\n#[cfg(test)]").next().unwrap();
        for line in code.lines().filter(|line| line.contains("docker.")) {
            let describes = [".inspect_", ".list_", ".info()", ".version()"].iter().any(|call| line.contains(call));
            assert!(!describes || line.contains("known"), "{}: {line}", path.display());
        }
    }
}

/// A pure file that is added to `state` belongs in the list above; what has effects belongs in `state/perform`.
#[test]
fn state_has_its_effects_in_one_folder() {
    for (path, text) in sources("src/state") {
        let is_test = path.components().any(|part| part.as_os_str() == "tests") || path.ends_with("state/tests.rs");
        let performs = path.components().any(|part| part.as_os_str() == "perform") || path.ends_with("state/mod.rs");
        if !is_test && !performs {
            for effect in ["tokio::spawn", "spawn_blocking", ".await", "clock::now", "Instant::now"] {
                let code = text.split("\n#[cfg(test)]").next().unwrap();
                assert_eq!(naming(code, effect), None, "{}", path.display());
            }
        }
    }
}

#[test]
fn only_health_decides_whether_a_launch_is_broken() {
    for (path, text) in sources("src") {
        if !path.ends_with("launch/health.rs") {
            let code = text.split("\n#[cfg(test)]").next().unwrap();
            let decided = naming(code, "Health::Broken(Fault");
            assert_eq!(decided, None, "{}", path.display());
        }
    }
}

#[test]
fn only_the_state_changes_the_model() {
    for (path, text) in sources("src") {
        let code = text.split("\n#[cfg(test)]").next().unwrap();
        let owns = path.ends_with("state/update.rs") || path.ends_with("state/mod.rs");
        let is_test = path.components().any(|part| part.as_os_str() == "tests") || path.ends_with("state/tests.rs");
        for name in ["&mut Model", "&mut model"] {
            assert!(owns || is_test || naming(code, name).is_none(), "{} names {name}", path.display());
        }
    }
}

/// The texts in quotes of some code, without those of log calls.
fn texts(code: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut rest = code;
    while let Some(at) = rest.find(['"', 't']) {
        if rest[at..].starts_with("tracing::") {
            rest = after_call(&rest[at..]);
        } else if rest[at..].starts_with('"') {
            let (text, after) = quoted(&rest[at + 1..]);
            found.push(text.to_owned());
            rest = after;
        } else {
            rest = &rest[at + 1..];
        }
    }
    found
}

/// The text up to the closing quote, and what follows.
fn quoted(text: &str) -> (&str, &str) {
    let mut escaped = false;
    for (at, letter) in text.char_indices() {
        match letter {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => return (&text[..at], &text[at + 1..]),
            _ => {}
        }
    }
    (text, "")
}

/// What follows a call with its arguments.
fn after_call(text: &str) -> &str {
    let mut depth = 0;
    let mut rest = text;
    while let Some(at) = rest.find(['(', ')', '"', ';']) {
        let letter = rest.as_bytes()[at];
        rest = &rest[at + 1..];
        match letter {
            b'(' => depth += 1,
            b')' => depth -= 1,
            b'"' => rest = quoted(rest).1,
            _ if depth == 0 => return rest,
            _ => {}
        }
        if letter == b')' && depth == 0 {
            return rest;
        }
    }
    ""
}

/// Words of the engine's and the system's messages, by which they are told apart.
const OF_OTHERS: [&str; 2] = ["engine/calls.rs", "launch/mounts.rs"];

#[test]
fn sentences_that_a_person_reads_are_in_words() {
    let is_word = |word: &&str| word.len() > 1 && word.chars().all(|letter| letter.is_lowercase());
    for (path, text) in sources("src") {
        let is_test = path.components().any(|part| part.as_os_str() == "tests") || path.ends_with("tests.rs");
        let is_words = path.components().any(|part| part.as_os_str() == "words");
        if is_test || is_words || OF_OTHERS.iter().any(|other| path.ends_with(other)) {
            continue;
        }
        let code = text.split("\nmod tests {").next().unwrap();
        let is_code = |line: &&str| {
            let starts = |start: &&str| line.trim_start().starts_with(*start);
            !["//", "#["].iter().any(starts) && !line.contains(".expect(")
        };
        let code: Vec<&str> = code.lines().filter(is_code).collect();
        for text in texts(&code.join("\n")) {
            let words = text.split(' ').filter(is_word).count();
            assert!(
                words < 4 || text.contains('\n'),
                "{} has a sentence of {words} words, which belongs in words/: {text}",
                path.display()
            );
        }
    }
}
