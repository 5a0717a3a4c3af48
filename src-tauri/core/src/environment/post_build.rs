//! The folder's `postBuild`: a script that the folder wants to run once its packages are there. Nothing runs it before the
//! person has allowed its text. Pure.

use sha2::{Digest, Sha256};

use super::found::PostBuild;
use super::record::Record;
use super::request;
use crate::contract::environment::{Language, PostBuildState, PostBuildView};
use crate::folder::inside::FOLDER;
use crate::words::error::Result;
use crate::words::plain_text;

/// The name of the script in its container.
const FILE: &str = "postBuild";
/// Runs the script in the folder.
const RUN: &str = include_str!("post_build.sh");
/// Has the Python or R that a kernel would run with run a program in its place: so the script has the kernel's PATH.
const THROUGH_R: [&str; 4] = ["/opt/venv/bin/python", "-I", "-S", "/opt/orchest/orchest_r.py"];
const THROUGH_LAYER: [&str; 6] = [
    "/opt/venv/bin/python",
    "-I",
    "-S",
    "/opt/orchest/orchest_layer.py",
    "-c",
    "import os, sys; os.execvp(sys.argv[1], sys.argv[1:])",
];
/// The largest script, bytes. An interface shows all of it, because all of it runs.
pub const LARGEST: usize = 64 << 10;

/// The digest of a script.
pub fn digest(script: &[u8]) -> String {
    hex::encode(&Sha256::digest(script)[..12])
}

/// What is remembered of a script that has run for an environment.
pub fn ran(script: &PostBuild, key: &str) -> String {
    format!("{} for {key}", script.digest)
}

/// The script, if the person has allowed it and it has not run for this environment.
pub fn due<'a>(script: Option<&'a PostBuild>, record: &Record, key: &str) -> Option<&'a PostBuild> {
    let allowed = script.filter(|script| record.post_build.as_ref() == Some(&script.digest));
    allowed.filter(|script| record.post_built.as_ref() != Some(&ran(script, key)))
}

/// What an interface shows of it.
pub fn view(script: &PostBuild, record: &Record) -> PostBuildView {
    let key = record.made.as_ref().map(|made| made.key.as_str()).unwrap_or_default();
    let state = match &record.post_build {
        None => PostBuildState::Offered,
        Some(allowed) if *allowed != script.digest => PostBuildState::Changed,
        Some(_) if due(Some(script), record, key).is_some() => PostBuildState::Wanted,
        Some(_) => PostBuildState::Ran,
    };
    let text = String::from_utf8_lossy(&script.text);
    let lines = text.lines().map(|line| plain_text::name(line).into_owned()).collect();
    PostBuildView { path: script.file.clone(), lines, state }
}

/// The command that runs it in a container of a kernel, and the archive with it.
pub fn command(script: &PostBuild, umask: &str, language: Language) -> Result<(Vec<String>, bytes::Bytes)> {
    let through: &[&str] = match language {
        Language::Python => &THROUGH_LAYER,
        Language::R => &THROUGH_R,
    };
    let place = format!("/request/{FILE}");
    let words = ["bash", "-c", RUN, FILE, umask, FOLDER, &place];
    let command = through.iter().chain(&words).map(|word| (*word).to_owned()).collect();
    Ok((command, request::of_program(FILE, &with_plain_lines(&script.text))?))
}

/// A script that was written on Windows: its first line would name an interpreter with a line end in its name.
fn with_plain_lines(text: &[u8]) -> Vec<u8> {
    let first = text.split_inclusive(|byte| *byte == b'\n').next().unwrap_or_default();
    if !first.ends_with(b"\r\n") {
        return text.to_owned();
    }
    let lines = text.split_inclusive(|byte| *byte == b'\n');
    lines
        .flat_map(|line| {
            [line.strip_suffix(b"\r\n").unwrap_or(line), if line.ends_with(b"\r\n") { b"\n" } else { b"" }].concat()
        })
        .collect()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::environment::record::Made;

    fn script(text: &str) -> PostBuild {
        PostBuild { file: "binder/postBuild".into(), digest: digest(text.as_bytes()), text: text.into() }
    }

    #[test]
    fn a_script_runs_once_for_each_text_that_is_allowed_and_each_environment() {
        let (first, second) = (script("#!/bin/sh\necho 1\n"), script("#!/bin/sh\necho 2\n"));
        let mut record = Record { made: Some(Made { key: "k".into(), ..Made::default() }), ..Record::default() };
        let state = |script: &PostBuild, record: &Record| view(script, record).state;
        assert_eq!((due(Some(&first), &record, "k"), state(&first, &record)), (None, PostBuildState::Offered));
        record.post_build = Some(first.digest.clone());
        assert_eq!((due(Some(&first), &record, "k"), state(&first, &record)), (Some(&first), PostBuildState::Wanted));
        assert_eq!((due(Some(&second), &record, "k"), state(&second, &record)), (None, PostBuildState::Changed));
        assert_eq!(due(None, &record, "k"), None);
        record.post_built = Some(ran(&first, "k"));
        assert_eq!((due(Some(&first), &record, "k"), state(&first, &record)), (None, PostBuildState::Ran));
        assert_eq!(due(Some(&first), &record, "other"), Some(&first), "another environment");
    }

    #[test]
    fn a_script_of_windows_has_plain_line_ends_and_its_own_bytes_stay() {
        assert_eq!(with_plain_lines(b"#!/bin/sh\r\necho a\r\nprintf '\r'"), b"#!/bin/sh\necho a\nprintf '\r'");
        for text in [&b"#!/bin/sh\nprintf 'a\r\n'\n"[..], b"", b"\xff\x00"] {
            assert_eq!(with_plain_lines(text), text);
        }
    }

    #[test]
    fn a_view_shows_no_escapes_of_terminals() {
        let found = view(&script("echo \u{1b}[31mred\n"), &Record::default());
        assert_eq!(found.path, "binder/postBuild");
        assert!(!found.lines[0].contains('\u{1b}'), "{:?}", found.lines);
    }
}
