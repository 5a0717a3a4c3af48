//! Puts the files of a newer version in the place of the old ones, in a folder of the person's own.
//!
//! Each file is replaced by one rename. The old ones stay in `.orchest-before`, with a journal, until the new version has
//! shown its window. If the replacing stops midway, or the new version did not get that far, the old files come back at
//! the next start.

use std::fs;
use std::io::{ErrorKind, Read, Seek, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use semver::Version;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use tokio_util::sync::CancellationToken;
use url::Url;

use super::archive::{self, PROGRAMS};
use super::fetch::{self, Way};
use super::manifest::ReleasedFile;
use crate::environment::record as file;
use crate::words::error::Result;
use crate::words::file as of_files;
use crate::words::updates as words;

/// The folder with the old files.
const BEFORE: &str = ".orchest-before";
const JOURNAL: &str = "journal.json";
/// How long a new program may take to say its version.
const ANSWERS_WITHIN: Duration = Duration::from_secs(20);

/// An update that the person wants.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wanted {
    /// The version.
    pub version: Version,
    /// Its archive.
    pub file: ReleasedFile,
    /// Where that is.
    pub address: Url,
    /// The folder with `bin` and `share`.
    pub root: PathBuf,
    /// How the network is reached.
    pub way: Way,
}

/// What is replaced.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default)]
struct Journal {
    version: String,
    /// Each file, and whether there was an old one.
    files: Vec<(PathBuf, bool)>,
    /// All are replaced.
    done: bool,
    /// The new version was started once.
    started: bool,
}

/// What the start of a program finds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AtStart {
    /// No update, or one that starts for the first time.
    GoOn,
    /// The old files are back: the program is to be started anew. The version that was taken away.
    Restored(String),
}

/// Downloads an archive, verifies and tries it, and replaces the files. On a failure the old version is as it was.
pub fn update(wanted: &Wanted, mut report: impl FnMut(u64), cancel: &CancellationToken) -> Result<()> {
    let failed = |error| of_files::failed(of_files::WRITE, &wanted.root, error);
    if wanted.root.join(BEFORE).exists() {
        return Err(words::waits_for_start());
    }
    let staging = tempfile::Builder::new().prefix(".orchest-update-").tempdir_in(&wanted.root).map_err(failed)?;
    let mut archive = tempfile::tempfile_in(staging.path()).map_err(failed)?;
    let mut hash = Sha256::new();
    let mut done = 0;
    fetch::large(&wanted.address, &wanted.way, wanted.file.size, |part| {
        if cancel.is_cancelled() {
            return Err(words::cancelled());
        }
        hash.update(part);
        archive.write_all(part).map_err(failed)?;
        done += part.len() as u64;
        report(done);
        Ok(())
    })?;
    if !hex::encode(hash.finalize()).eq_ignore_ascii_case(&wanted.file.sha256) {
        return Err(words::other_hash(&wanted.address));
    }
    archive.rewind().map_err(failed)?;
    let new = staging.path().join("new");
    fs::create_dir(&new).map_err(failed)?;
    let files = archive::unpack(archive, &wanted.version, &new)?;
    for program in PROGRAMS {
        try_program(&new.join(program), &wanted.version)?;
    }
    if cancel.is_cancelled() {
        return Err(words::cancelled());
    }
    replace(&wanted.root, &new, files, &wanted.version)
}

/// Whether a new program runs on this machine: it says its version.
fn try_program(program: &Path, version: &Version) -> Result<()> {
    let unusable = |reason: &str| words::does_not_run(program, reason);
    let mut command = Command::new(program);
    command.arg("--version").stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null());
    let began = Instant::now();
    let mut child = loop {
        match command.spawn() {
            // A file that was just written is busy while another thread that forks still has it open.
            Err(error) if error.kind() == ErrorKind::ExecutableFileBusy && began.elapsed() < ANSWERS_WITHIN => {
                std::thread::sleep(Duration::from_millis(20));
            }
            spawned => break spawned.map_err(|error| unusable(&error.to_string()))?,
        }
    };
    let status = loop {
        match child.try_wait() {
            Ok(Some(status)) => break status,
            Ok(None) if began.elapsed() < ANSWERS_WITHIN => std::thread::sleep(Duration::from_millis(20)),
            Ok(None) => {
                let _ = child.kill();
                let _ = child.wait();
                return Err(unusable(words::SILENT));
            }
            Err(error) => return Err(unusable(&error.to_string())),
        }
    };
    let mut said = String::new();
    if let Some(out) = child.stdout.take() {
        let _ = out.take(1024).read_to_string(&mut said);
    }
    if !status.success() {
        return Err(unusable(&status.to_string()));
    }
    if !said.split_whitespace().any(|word| word == version.to_string()) {
        return Err(unusable(&words::says(said.trim())));
    }
    Ok(())
}

/// Replaces files, in order. If one cannot be replaced, those before it come back.
fn replace(root: &Path, new: &Path, files: Vec<PathBuf>, version: &Version) -> Result<()> {
    let before = root.join(BEFORE);
    fs::create_dir(&before).map_err(|error| of_files::failed(of_files::WRITE, &before, error))?;
    let is_there = |file: &PathBuf| root.join(file).symlink_metadata().is_ok();
    let files = files.into_iter().map(|file| (file.clone(), is_there(&file))).collect();
    let mut journal = Journal { version: version.to_string(), files, done: false, started: false };
    let replaced = file::write(&before.join(JOURNAL), &journal).and_then(|()| {
        for (path, was) in &journal.files {
            let put = put(root, new, path, *was);
            put.map_err(|error| of_files::failed(of_files::WRITE, &root.join(path), error))?;
        }
        journal.done = true;
        file::write(&before.join(JOURNAL), &journal)
    });
    if replaced.is_err() {
        restore(root, &journal);
    }
    replaced
}

fn put(root: &Path, new: &Path, path: &Path, was: bool) -> std::io::Result<()> {
    let (to, kept) = (root.join(path), root.join(BEFORE).join(path));
    for folder in [&to, &kept].into_iter().filter_map(|file| file.parent()) {
        fs::create_dir_all(folder)?;
    }
    if was {
        // A link and not a move: there is a program at each moment.
        fs::hard_link(&to, &kept)?;
    }
    fs::rename(new.join(path), to)
}

/// Brings the old files back, as far as they were replaced.
fn restore(root: &Path, journal: &Journal) {
    let before = root.join(BEFORE);
    for (path, was) in journal.files.iter().rev() {
        let (to, kept) = (root.join(path), before.join(path));
        let back = match was {
            true if kept.exists() => fs::rename(&kept, &to),
            true => Ok(()),
            false => fs::remove_file(&to),
        };
        if let Err(error) = back.or_else(|error| if error.kind() == ErrorKind::NotFound { Ok(()) } else { Err(error) })
        {
            tracing::error!(file = %to.display(), %error, "an old file is not back");
        }
    }
    forget(&before);
}

fn forget(before: &Path) {
    if let Err(error) = fs::remove_dir_all(before) {
        tracing::warn!(folder = %before.display(), %error, "old files are not removed");
    }
}

/// Looks for an update when a window starts, before it shows anything. Only one window may be at it.
pub fn at_start(root: &Path) -> AtStart {
    let before = root.join(BEFORE);
    if !before.is_dir() {
        return AtStart::GoOn;
    }
    let path = before.join(JOURNAL);
    let mut journal: Journal = file::parsed(&path).unwrap_or_default();
    if journal.done && !journal.started {
        journal.started = true;
        if file::write(&path, &journal).is_ok() {
            return AtStart::GoOn;
        }
    }
    tracing::warn!(version = journal.version, "the update is taken back");
    restore(root, &journal);
    AtStart::Restored(journal.version)
}

/// The new version has shown its window: the old files are not needed any more.
pub fn has_started(root: &Path) {
    let before = root.join(BEFORE);
    let journal: Journal = file::parsed(&before.join(JOURNAL)).unwrap_or_default();
    if journal.done && journal.started {
        forget(&before);
    }
}

#[cfg(all(test, unix))]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::updates::archive::samples::archive;

    /// A folder with version 0.1.0, and one with the unpacked files of 0.2.0.
    fn folders(others: &[(&str, &str)]) -> (tempfile::TempDir, PathBuf, PathBuf, Vec<PathBuf>) {
        let folder = tempfile::tempdir().unwrap();
        let (root, new) = (folder.path().join("own"), folder.path().join("new"));
        for (at, version, others) in [(&root, "0.1.0", &[("share/a.txt", "old")][..]), (&new, "0.2.0", others)] {
            fs::create_dir(at).unwrap();
            archive::unpack(archive(version, others).as_slice(), &version.parse().unwrap(), at).unwrap();
        }
        let files = ["share/a.txt", "share/doc/b.txt", "bin/orchest", "bin/orchest-desktop"];
        let files = files.iter().map(PathBuf::from).filter(|file| new.join(file).exists()).collect();
        (folder, root, new, files)
    }

    fn version_in(root: &Path) -> Vec<String> {
        PROGRAMS
            .map(|program| fs::read_to_string(root.join(program)).unwrap().lines().nth(1).unwrap()[2..].to_owned())
            .to_vec()
    }

    const OTHERS: [(&str, &str); 2] = [("share/a.txt", "new"), ("share/doc/b.txt", "b")];

    fn to() -> Version {
        "0.2.0".parse().unwrap()
    }

    #[test]
    fn old_files_stay_until_the_new_version_has_started() {
        let (_folder, root, new, files) = folders(&OTHERS);
        replace(&root, &new, files, &to()).unwrap();
        assert_eq!(version_in(&root), ["0.2.0", "0.2.0"]);
        assert_eq!(fs::read_to_string(root.join("share/a.txt")).unwrap(), "new");
        assert!(root.join(BEFORE).join("bin/orchest-desktop").exists());
        has_started(&root);
        assert!(root.join(BEFORE).exists(), "the new version was not started");
        assert_eq!(at_start(&root), AtStart::GoOn);
        has_started(&root);
        assert!(!root.join(BEFORE).exists());
        assert_eq!(at_start(&root), AtStart::GoOn);
    }

    #[test]
    fn a_version_that_did_not_show_its_window_is_taken_back_at_the_next_start() {
        let (_folder, root, new, files) = folders(&OTHERS);
        replace(&root, &new, files, &to()).unwrap();
        assert_eq!(at_start(&root), AtStart::GoOn);
        assert_eq!(at_start(&root), AtStart::Restored("0.2.0".to_owned()));
        assert_eq!(version_in(&root), ["0.1.0", "0.1.0"]);
        assert_eq!(fs::read_to_string(root.join("share/a.txt")).unwrap(), "old");
        assert!(!root.join("share/doc/b.txt").exists() && !root.join(BEFORE).exists());
    }

    #[test]
    fn a_failure_midway_leaves_the_old_version() {
        let (_folder, root, new, files) = folders(&OTHERS);
        // No file can take the place of this folder.
        fs::remove_file(root.join("bin/orchest")).unwrap();
        fs::create_dir_all(root.join("bin/orchest/x")).unwrap();
        assert!(replace(&root, &new, files, &to()).is_err());
        assert_eq!(fs::read_to_string(root.join("share/a.txt")).unwrap(), "old");
        assert!(root.join("bin/orchest/x").is_dir() && !root.join("share/doc/b.txt").exists());
        assert!(!root.join(BEFORE).exists());
    }

    #[test]
    fn a_program_that_was_killed_midway_finds_its_old_files_again() {
        let (_folder, root, new, files) = folders(&OTHERS);
        let before = root.join(BEFORE);
        fs::create_dir(&before).unwrap();
        let files: Vec<_> = files.into_iter().map(|file| (file.clone(), root.join(&file).exists())).collect();
        let journal = Journal { version: "0.2.0".to_owned(), files, ..Journal::default() };
        file::write(&before.join(JOURNAL), &journal).unwrap();
        for (path, was) in &journal.files[..3] {
            put(&root, &new, path, *was).unwrap();
        }
        assert_eq!(version_in(&root), ["0.2.0", "0.1.0"]);
        assert_eq!(at_start(&root), AtStart::Restored("0.2.0".to_owned()));
        assert_eq!(version_in(&root), ["0.1.0", "0.1.0"]);
        assert!(!root.join("share/doc/b.txt").exists() && !before.exists());
    }

    #[test]
    fn a_new_program_is_tried_before_it_replaces_the_old_one() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let program = folder.path().join("program");
        let tried = |script: &str| {
            fs::write(&program, script).unwrap();
            fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap();
            try_program(&program, &to()).is_ok()
        };
        assert!(tried("#!/bin/sh\necho orchest 0.2.0\n"));
        assert!(!tried("#!/bin/sh\necho orchest 0.2.0-rc.1\n"));
        assert!(!tried("#!/bin/sh\necho orchest 0.2.0\nexit 1\n"));
        assert!(!tried("#!/nowhere/loader\n"));
    }
}
