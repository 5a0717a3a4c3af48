//! A file that says what a folder's kernels need: what it asks for is found, or it has a problem.
#![no_main]

use std::fs;

use libfuzzer_sys::fuzz_target;
use orchest_core::environment::found;

/// The first byte of an input chooses among these.
const NAMES: [&str; 16] = [
    "requirements.txt",
    "pyproject.toml",
    "pixi.toml",
    "Pipfile",
    "setup.py",
    "setup.cfg",
    "environment.yml",
    "conda-lock.yml",
    "Dockerfile",
    "devcontainer.json",
    "renv.lock",
    "DESCRIPTION",
    "install.R",
    "apt.txt",
    ".python-version",
    "a.ipynb",
];

fuzz_target!(|input: &[u8]| {
    let Some((choice, text)) = input.split_first() else { return };
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join(NAMES[usize::from(*choice) % NAMES.len()]), text).unwrap();
    let read = found::read(folder.path(), &["a.ipynb".to_owned()]);
    for source in &read.found.sources {
        assert!(source.problems.iter().all(|problem| !problem.file.is_empty() && !problem.message.is_empty()));
        assert!(source.asks.iter().all(|ask| !ask.text.is_empty()), "{source:?}");
        assert!(source.files.iter().all(|file| read.contents.contains_key(file)));
    }
    if let Some(python) = &read.found.python {
        let _ = python.allows((3, 11, 9));
    }
    let _ = found::imports(folder.path(), &["a.ipynb".to_owned()]);
});
