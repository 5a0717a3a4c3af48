//! The copy on this machine of what the program reads of a folder elsewhere: written by what the other machine tells, so
//! that nothing is written outside of it, through no link either.
//!
//! Each file is there whole or as it was before, with the time of its change on its own machine.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fs;
use std::io::{Error, ErrorKind, Result};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde_json::{Value, json};

use super::lines::{bytes_of, encoded};

/// The beginning of the name of a file that is not whole yet. A scan passes over it.
const NEW: &str = ".orchest-new-";
/// The deepest level of folders that is looked at in a copy.
const DEEPEST: usize = 64;

/// A copy.
#[derive(Debug)]
pub(super) struct Shadow {
    root: PathBuf,
}

impl Shadow {
    /// The copy at a path, which is created for this user alone if it does not exist.
    pub fn at(root: &Path) -> Result<Shadow> {
        platform::create_root(root)?;
        Ok(Shadow { root: root.to_owned() })
    }

    /// What it has, as `look.py` reads it: paths with a kind, a time, and a size or a target.
    pub fn known(&self) -> Value {
        let mut known = BTreeMap::new();
        let mut waiting = vec![(PathBuf::new(), 0)];
        while let Some((dir, depth)) = waiting.pop() {
            for entry in fs::read_dir(self.root.join(&dir)).into_iter().flatten().flatten() {
                // Another process may be writing it.
                if entry.file_name().as_encoded_bytes().starts_with(NEW.as_bytes()) {
                    continue;
                }
                let inside = dir.join(entry.file_name());
                let Ok(found) = entry.metadata() else { continue };
                let modified = found.modified().ok().and_then(nanoseconds);
                let path = encoded(&bytes_of(&inside));
                if found.is_dir() {
                    known.insert(path, json!(["Dir"]));
                    if depth < DEEPEST {
                        waiting.push((inside, depth + 1));
                    }
                } else if found.is_symlink() {
                    let target = fs::read_link(entry.path()).unwrap_or_default();
                    known.insert(path, json!(["Link", modified, encoded(&bytes_of(&target))]));
                } else {
                    known.insert(path, json!(["File", modified, found.len()]));
                }
            }
        }
        json!(known)
    }

    /// Makes a folder in it.
    pub fn dir(&self, inside: &Path) -> Result<()> {
        platform::dir(&self.root, inside)
    }

    /// Makes a link in it.
    pub fn link(&self, inside: &Path, target: &Path, modified: i64) -> Result<()> {
        platform::link(&self.root, inside, target, modified)
    }

    /// Writes a file in it, of this size: what is beyond its contents is zeros that take no space.
    pub fn file(&self, inside: &Path, contents: &[u8], size: u64, modified: i64) -> Result<()> {
        platform::file(&self.root, inside, contents, size, time(modified))
    }

    /// Removes what is at a path, and all below it.
    pub fn remove(&self, inside: &Path) -> Result<()> {
        match platform::remove(&self.root, inside) {
            Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => Ok(()),
            other => other,
        }
    }

    /// Removes all that it has.
    pub fn empty(&self) -> Result<()> {
        for entry in fs::read_dir(&self.root)?.flatten() {
            self.remove(Path::new(&entry.file_name()))?;
        }
        Ok(())
    }
}

/// Whether nothing more can be written. Another error is that of one name, which this machine's file system may not have.
pub(super) fn is_fatal(error: &Error) -> bool {
    use ErrorKind::{PermissionDenied, QuotaExceeded, ReadOnlyFilesystem, StorageFull};
    matches!(error.kind(), StorageFull | QuotaExceeded | ReadOnlyFilesystem | PermissionDenied)
}

fn time(nanoseconds: i64) -> SystemTime {
    let since = Duration::from_nanos(nanoseconds.unsigned_abs());
    let time = if nanoseconds < 0 { UNIX_EPOCH.checked_sub(since) } else { UNIX_EPOCH.checked_add(since) };
    time.unwrap_or(UNIX_EPOCH)
}

fn nanoseconds(time: SystemTime) -> Option<i64> {
    match time.duration_since(UNIX_EPOCH) {
        Ok(since) => i64::try_from(since.as_nanos()).ok(),
        Err(before) => i64::try_from(before.duration().as_nanos()).ok().map(|since| -since),
    }
}

/// A name for a file that is not whole yet. Another process may write the same copy.
fn new_name() -> String {
    static COUNT: AtomicU64 = AtomicU64::new(0);
    format!("{NEW}{}-{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed))
}

fn split(inside: &Path) -> Result<(&Path, &OsStr)> {
    let is_inside = inside.components().all(|part| matches!(part, std::path::Component::Normal(_)));
    let (Some(parent), Some(name), true) = (inside.parent(), inside.file_name(), is_inside) else {
        return Err(Error::new(ErrorKind::InvalidInput, crate::words::file::NOT_INSIDE));
    };
    Ok((parent, name))
}

/// Each folder is opened from its parent and through no link, so that another process cannot lead a write elsewhere.
#[cfg(unix)]
mod platform {
    use std::ffi::OsStr;
    use std::fs::File;
    use std::io::{Result, Write};
    use std::os::fd::{AsFd, OwnedFd};
    use std::os::unix::ffi::OsStrExt;
    use std::os::unix::fs::DirBuilderExt;
    use std::path::Path;
    use std::time::SystemTime;

    use rustix::fs::{self, AtFlags, Mode, OFlags, Timespec, Timestamps};
    use rustix::io::Errno;

    use super::{new_name, split};

    const FOLDER: OFlags = OFlags::RDONLY.union(OFlags::DIRECTORY).union(OFlags::NOFOLLOW).union(OFlags::CLOEXEC);
    const OWN: Mode = Mode::RWXU;

    pub fn create_root(root: &Path) -> Result<()> {
        std::fs::DirBuilder::new().recursive(true).mode(0o700).create(root)
    }

    /// Opens a folder of the copy, and makes it if it may.
    fn folder(root: &Path, inside: &Path, makes: bool) -> Result<OwnedFd> {
        let mut at = fs::open(root, FOLDER, Mode::empty())?;
        for part in inside.components() {
            at = match fs::openat(&at, part.as_os_str(), FOLDER, Mode::empty()) {
                Err(Errno::NOENT | Errno::NOTDIR | Errno::LOOP) if makes => made(&at, part.as_os_str())?,
                opened => opened?,
            };
        }
        Ok(at)
    }

    fn made(at: &OwnedFd, name: &OsStr) -> Result<OwnedFd> {
        // What is there is no folder.
        let _ = fs::unlinkat(at, name, AtFlags::empty());
        fs::mkdirat(at, name, OWN)?;
        Ok(fs::openat(at, name, FOLDER, Mode::empty())?)
    }

    pub fn dir(root: &Path, inside: &Path) -> Result<()> {
        folder(root, inside, true).map(drop)
    }

    pub fn link(root: &Path, inside: &Path, target: &Path, modified: i64) -> Result<()> {
        let (parent, name) = split(inside)?;
        let at = folder(root, parent, true)?;
        let new = new_name();
        fs::symlinkat(target, &at, &new)?;
        let time =
            Timespec { tv_sec: modified.div_euclid(1_000_000_000), tv_nsec: modified.rem_euclid(1_000_000_000) as _ };
        let times = Timestamps { last_access: time, last_modification: time };
        let _ = fs::utimensat(&at, &new, &times, AtFlags::SYMLINK_NOFOLLOW);
        replace(&at, &new, name)
    }

    pub fn file(root: &Path, inside: &Path, contents: &[u8], size: u64, modified: SystemTime) -> Result<()> {
        let (parent, name) = split(inside)?;
        let at = folder(root, parent, true)?;
        let new = new_name();
        let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let mut file = File::from(fs::openat(&at, &new, flags, Mode::RUSR | Mode::WUSR)?);
        let written = file.write_all(contents).and_then(|()| file.set_len(size));
        let written = written.and_then(|()| file.set_modified(modified)).and_then(|()| replace(&at, &new, name));
        if written.is_err() {
            let _ = fs::unlinkat(&at, &new, AtFlags::empty());
        }
        written
    }

    fn replace(at: &OwnedFd, new: &str, name: &OsStr) -> Result<()> {
        match fs::renameat(at, new, at, name) {
            Err(Errno::ISDIR) => {
                remove_in(at, name)?;
                Ok(fs::renameat(at, new, at, name)?)
            }
            renamed => Ok(renamed?),
        }
    }

    pub fn remove(root: &Path, inside: &Path) -> Result<()> {
        let (parent, name) = split(inside)?;
        remove_in(&folder(root, parent, false)?, name)
    }

    fn remove_in(at: impl AsFd, name: &OsStr) -> Result<()> {
        match fs::unlinkat(&at, name, AtFlags::empty()) {
            // The second is macOS's word for a folder.
            Err(Errno::ISDIR | Errno::PERM) => {}
            removed => return Ok(removed?),
        }
        let folder = fs::openat(&at, name, FOLDER, Mode::empty())?;
        for entry in fs::Dir::read_from(&folder)?.flatten() {
            let name = entry.file_name().to_bytes();
            if !matches!(name, b"." | b"..") {
                remove_in(&folder, OsStr::from_bytes(name))?;
            }
        }
        Ok(fs::unlinkat(&at, name, AtFlags::REMOVEDIR)?)
    }
}

/// Windows lets only administrators make links, unless it is in developer mode: each part is looked at before.
#[cfg(windows)]
mod platform {
    use std::fs;
    use std::io::{Result, Write};
    use std::path::{Path, PathBuf};
    use std::time::SystemTime;

    use super::{new_name, split};

    pub fn create_root(root: &Path) -> Result<()> {
        fs::create_dir_all(root)
    }

    fn folder(root: &Path, inside: &Path) -> Result<PathBuf> {
        let mut path = root.to_owned();
        for part in inside.components() {
            path.push(part);
            match fs::symlink_metadata(&path) {
                Ok(found) if found.is_dir() => continue,
                Ok(_) => fs::remove_file(&path).or_else(|_| fs::remove_dir(&path))?,
                Err(_) => {}
            }
            fs::create_dir(&path)?;
        }
        Ok(path)
    }

    pub fn dir(root: &Path, inside: &Path) -> Result<()> {
        folder(root, inside).map(drop)
    }

    pub fn link(root: &Path, inside: &Path, target: &Path, _modified: i64) -> Result<()> {
        let (parent, name) = split(inside)?;
        let path = folder(root, parent)?.join(name);
        let _ = remove(root, inside);
        std::os::windows::fs::symlink_file(target, path)
    }

    pub fn file(root: &Path, inside: &Path, contents: &[u8], size: u64, modified: SystemTime) -> Result<()> {
        let (parent, name) = split(inside)?;
        let parent = folder(root, parent)?;
        let new = parent.join(new_name());
        let mut file = fs::File::create_new(&new)?;
        let written = file.write_all(contents).and_then(|()| file.set_len(size));
        let written = written.and_then(|()| file.set_modified(modified));
        drop(file);
        if fs::symlink_metadata(parent.join(name)).is_ok_and(|found| found.is_dir()) {
            let _ = remove(root, inside);
        }
        let written = written.and_then(|()| fs::rename(&new, parent.join(name)));
        if written.is_err() {
            let _ = fs::remove_file(&new);
        }
        written
    }

    pub fn remove(root: &Path, inside: &Path) -> Result<()> {
        let (parent, name) = split(inside)?;
        let path = folder(root, parent)?.join(name);
        // A link to a folder is a folder here.
        if fs::symlink_metadata(&path)?.is_dir() {
            return fs::remove_dir_all(&path);
        }
        fs::remove_file(&path).or_else(|_| fs::remove_dir(&path))
    }
}

#[cfg(all(test, unix))]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::os::unix::fs::{PermissionsExt, symlink};

    use super::*;

    #[test]
    fn what_is_told_is_written_with_its_time_and_changes_kind() {
        let home = tempfile::tempdir().unwrap();
        let root = home.path().join("deep/shadow");
        let shadow = Shadow::at(&root).unwrap();
        let second = 1_000_000_000;
        shadow.file(Path::new("a/b.ipynb"), b"{}", 2, 5 * second + 7).unwrap();
        shadow.file(Path::new("long"), b"", 5 << 20, -second).unwrap();
        shadow.link(Path::new("link"), Path::new("a/b.ipynb"), 9 * second).unwrap();
        assert_eq!(fs::read(root.join("link")).unwrap(), b"{}");
        assert_eq!(fs::metadata(root.join("long")).unwrap().len(), 5 << 20);
        let known = shadow.known();
        assert_eq!(known[encoded(b"a/b.ipynb")], json!(["File", 5_000_000_007_i64, 2]));
        assert_eq!(known[encoded(b"long")], json!(["File", -1_000_000_000_i64, 5 << 20]));
        assert_eq!(known[encoded(b"link")], json!(["Link", 9_000_000_000_i64, encoded(b"a/b.ipynb")]));
        assert_eq!(known[encoded(b"a")], json!(["Dir"]));
        assert_eq!(fs::metadata(root.join("long")).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(fs::metadata(&root).unwrap().permissions().mode() & 0o777, 0o700);

        shadow.file(Path::new("a"), b"x", 1, 0).unwrap();
        assert_eq!(fs::read(root.join("a")).unwrap(), b"x", "a folder became a file");
        shadow.dir(Path::new("a/c")).unwrap();
        assert!(root.join("a/c").is_dir(), "and a folder again");
        shadow.remove(Path::new("nowhere/at/all")).unwrap();
        shadow.empty().unwrap();
        assert_eq!(fs::read_dir(&root).unwrap().count(), 0);
    }

    #[test]
    fn nothing_is_written_or_removed_outside_of_a_copy() {
        let home = tempfile::tempdir().unwrap();
        let (root, outside) = (home.path().join("shadow"), home.path().join("outside"));
        fs::create_dir(&outside).unwrap();
        fs::write(outside.join("mine"), "mine").unwrap();
        let shadow = Shadow::at(&root).unwrap();
        shadow.link(Path::new("out"), &outside, 0).unwrap();
        shadow.link(Path::new("file"), &outside.join("mine"), 0).unwrap();
        shadow.remove(Path::new("out/mine")).unwrap();
        shadow.file(Path::new("out/mine"), b"theirs", 6, 0).unwrap();
        shadow.file(Path::new("file"), b"theirs", 6, 0).unwrap();
        assert_eq!(fs::read(root.join("out/mine")).unwrap(), b"theirs", "a folder took the place of the link");
        symlink(&outside, root.join("again")).unwrap();
        shadow.link(Path::new("again/new"), Path::new("x"), 0).unwrap();
        symlink(&outside, root.join("third")).unwrap();
        shadow.dir(Path::new("third/new")).unwrap();
        for path in ["../outside/new", "/etc/x", "", "a/../../outside/new"] {
            assert!(shadow.file(Path::new(path), b"", 0, 0).is_err(), "{path}");
            assert!(shadow.remove(Path::new(path)).is_err(), "{path}");
        }
        symlink(&outside, root.join("fourth")).unwrap();
        shadow.empty().unwrap();
        assert_eq!(fs::read_dir(&outside).unwrap().count(), 1);
        assert_eq!(fs::read_to_string(outside.join("mine")).unwrap(), "mine");
    }
}
