//! Which of a folder's files its environment comes from. Pure.

use sha2::{Digest, Sha256};

use super::base;
use super::found::{Found, Read, Source, SourceKind};
use super::record::Unlocked;
use crate::contract::environment::Language;

/// Whether environments are made from files of this kind.
pub fn is_used(kind: SourceKind) -> bool {
    matches!(
        kind,
        SourceKind::Dockerfile
            | SourceKind::DevContainer
            | SourceKind::CondaEnvironment
            | SourceKind::Pixi
            | SourceKind::CondaLock
            | SourceKind::Pyproject
            | SourceKind::Requirements
            | SourceKind::Pipfile
            | SourceKind::Setup
            | SourceKind::Notebook
            | SourceKind::Renv
            | SourceKind::RDescription
            | SourceKind::RInstall
    )
}

/// Whether a file of this kind asks for conda's packages: the conda installer makes its environment.
pub fn is_of_conda(kind: SourceKind) -> bool {
    matches!(kind, SourceKind::CondaEnvironment | SourceKind::Pixi | SourceKind::CondaLock)
}

/// Whether R installs a source's packages itself, in the builder.
pub fn is_of_r(source: &Source) -> bool {
    source.language == Language::R && !is_of_conda(source.kind)
}

/// Whether a file gives kernels an image instead of packages.
pub fn is_image(kind: SourceKind) -> bool {
    matches!(kind, SourceKind::Dockerfile | SourceKind::DevContainer)
}

/// Whether an environment can be made from this file.
pub fn is_usable(source: &Source) -> bool {
    // A dev container may be described elsewhere.
    is_used(source.kind) && (!is_image(source.kind) || source.build.is_some() || !source.asks.is_empty())
}

/// The file that is used: the one that the person picked, or else the nearest.
pub fn chosen<'a>(found: &'a Found, picked: Option<&str>) -> Option<&'a Source> {
    let mut usable = found.sources.iter().filter(|source| is_usable(source));
    let by_hand = picked.and_then(|file| usable.clone().find(|source| source.file == file));
    by_hand.or_else(|| usable.next())
}

/// The files that the installer gets for a source: those that it names, and its lock file.
pub fn files_of(source: &Source) -> impl Iterator<Item = &String> {
    source.files.iter().chain(&source.locked_by)
}

/// A hash of all that an environment is made from. It changes with each byte of each file that counts.
pub fn digest(source: &Source, read: &Read, image: &str) -> String {
    let mut hash = Sha256::new();
    let mut part = |bytes: &[u8]| {
        hash.update(u64::try_from(bytes.len()).unwrap_or_default().to_le_bytes());
        hash.update(bytes);
    };
    part(image.as_bytes());
    part(source.file.as_bytes());
    for file in files_of(source) {
        part(file.as_bytes());
        part(read.contents.get(file).map(Vec::as_slice).unwrap_or_default());
    }
    for package in debian_packages(source, &read.found) {
        part(package.as_bytes());
    }
    for python in base::wanted(source, &read.found) {
        part(python.wanted.as_bytes());
    }
    if is_of_conda(source.kind) && source.language == Language::R {
        // The notebooks may say that kernels are of R, and not of Python.
        part(b"R");
    }
    hex::encode(&hash.finalize()[..12])
}

/// The digest of a source's lock file.
pub fn lock_digest(source: &Source, read: &Read) -> Option<String> {
    let lock = read.contents.get(source.locked_by.as_ref()?)?;
    Some(hex::encode(&Sha256::digest(lock)[..12]))
}

/// Notes in the sources what the app changed after their lock files were written.
pub fn unlock(read: &mut Read, unlocked: Option<&Unlocked>) {
    let Some(unlocked) = unlocked else { return };
    let locks: Vec<_> = read.found.sources.iter().map(|source| lock_digest(source, read)).collect();
    for (source, lock) in read.found.sources.iter_mut().zip(locks) {
        if lock.as_ref() == Some(&unlocked.lock) {
            source.unlocked.clone_from(&unlocked.names);
        }
    }
}

/// Whether the lock file of a source is left out: a file of pixi is resolved as a whole, or not at all.
pub fn leaves_lock_out(source: &Source) -> bool {
    source.kind == SourceKind::Pixi && !source.unlocked.is_empty()
}

/// The Debian packages that the image of the kernels gets. An image of the folder's own has what it needs.
pub fn debian_packages<'a>(source: &Source, found: &'a Found) -> &'a [String] {
    found.apt.as_ref().filter(|_| !is_image(source.kind)).map_or(&[], |apt| &apt.packages)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    fn source(kind: SourceKind, file: &str) -> Source {
        Source { files: vec![file.to_owned()], ..Source::new(kind, file) }
    }

    fn found() -> Found {
        let sources = vec![
            source(SourceKind::Dockerfile, "Dockerfile"),
            source(SourceKind::Pixi, "pixi.toml"),
            source(SourceKind::Pyproject, "pyproject.toml"),
            source(SourceKind::Requirements, "requirements.txt"),
        ];
        Found { sources, ..Found::default() }
    }

    #[test]
    fn the_nearest_file_is_used_unless_the_person_picked_another() {
        let found = found();
        assert_eq!(chosen(&found, None).unwrap().file, "pixi.toml");
        assert_eq!(chosen(&found, Some("requirements.txt")).unwrap().file, "requirements.txt");
        assert_eq!(chosen(&found, Some("gone.txt")).unwrap().file, "pixi.toml");
        assert_eq!(
            chosen(&found, Some("Dockerfile")).unwrap().file,
            "pixi.toml",
            "no environment is made from an image"
        );
        assert_eq!(chosen(&Found::default(), None), None);
    }

    #[test]
    fn files_of_r_are_used_behind_those_of_python_and_want_no_python() {
        let kinds = [SourceKind::Setup, SourceKind::Renv, SourceKind::RDescription, SourceKind::RInstall];
        assert!(kinds.is_sorted_by_key(|kind| *kind as usize) && kinds.into_iter().all(is_used));
        let python = crate::environment::found::WantedPython { wanted: "3.12".into(), file: "runtime.txt".into() };
        let found = Found { python: Some(python), ..Found::default() };
        let of_r = Source { language: Language::R, ..source(SourceKind::Renv, "renv.lock") };
        assert_eq!(base::wanted(&of_r, &found).len(), 0);
        assert_eq!(base::wanted(&source(SourceKind::Setup, "setup.py"), &found)[0].wanted, "3.12");
    }

    #[test]
    fn what_was_changed_after_the_lock_was_written_is_noted_until_the_lock_changes() {
        let read = |lock: &str| {
            let mut found = found();
            found.sources[1].locked_by = Some("pixi.lock".to_owned());
            Read { found, contents: BTreeMap::from([("pixi.lock".to_owned(), lock.into())]) }
        };
        let mut same = read("one");
        let lock = lock_digest(&same.found.sources[1], &same).unwrap();
        let unlocked = Unlocked { lock, names: vec!["numpy".to_owned()] };
        unlock(&mut same, Some(&unlocked));
        let of = |read: &Read| read.found.sources.iter().map(leaves_lock_out).collect::<Vec<_>>();
        assert_eq!(of(&same), [false, true, false, false]);
        let mut other = read("two");
        unlock(&mut other, Some(&unlocked));
        assert_eq!(of(&other), [false; 4]);
    }

    #[test]
    fn a_digest_changes_with_each_file_that_counts_and_no_other() {
        let read = |requirements: &str, notes: &str| Read {
            found: found(),
            contents: BTreeMap::from([
                ("requirements.txt".to_owned(), requirements.into()),
                ("notes.txt".to_owned(), notes.into()),
            ]),
        };
        let of = |read: &Read, image: &str| digest(&read.found.sources[3], read, image);
        let first = of(&read("numpy", ""), "image");
        assert_eq!(of(&read("numpy", "changed"), "image"), first);
        assert_ne!(of(&read("numpy ", ""), "image"), first);
        assert_ne!(of(&read("numpy", ""), "another"), first);
    }
}
