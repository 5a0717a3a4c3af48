//! The copy of the kernels directory for gateways: readable for the gateway's user, with links resolved.
//!
//! A gateway only sees mounted folders, and root's gateway runs as another user: links out of the kernels directory and
//! files that only their owner can read would be missing for it. The copy is in a folder that is closed to other users of
//! the machine. It has exactly the content that the list of kernelspecs was made from, and is changed in place, so that
//! running gateways see the changes.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use crate::kernelspec::KERNEL_JSON;
use crate::platform::others;
use crate::platform::others::Problem;
use crate::words::kernelspec as words;
use crate::words::names::display_path;

/// The limits of one kernelspec: files, bytes and levels of folders.
const MOST: (usize, u64, usize) = (1_000, 32 << 20, 10);

/// Files by their paths below the kernels directory.
#[derive(Clone, Debug, Default)]
pub struct Files {
    files: BTreeMap<PathBuf, Contents>,
    /// Folders that links lead to: a change in them changes a kernelspec.
    pub linked: Vec<PathBuf>,
}

#[derive(Clone, Debug)]
enum Contents {
    /// The contents of this file.
    Of(PathBuf),
    These(Vec<u8>),
}

impl Files {
    /// Adds an existing file.
    pub fn add_file(&mut self, path: &Path, source: &Path) {
        self.note_link(source);
        self.files.insert(path.to_owned(), Contents::Of(source.to_owned()));
    }

    /// Adds a file with these contents.
    pub fn add(&mut self, path: PathBuf, contents: Vec<u8>) {
        self.files.insert(path, Contents::These(contents));
    }

    /// Adds the files of a folder in the kernels directory, except its `kernel.json`.
    pub fn extend(&mut self, mut more: Files, folder: &OsStr) {
        more.files.remove(&Path::new(folder).join(KERNEL_JSON));
        self.files.extend(more.files);
        self.linked.extend(more.linked);
    }

    /// Writes the files below a folder of the kernels directory into another folder.
    pub fn write_below(&self, folder: &Path, to: &Path) -> io::Result<()> {
        for (path, contents) in &self.files {
            if let Ok(inside) = path.strip_prefix(folder) {
                write(to, inside, contents)?;
            }
        }
        Ok(())
    }

    fn note_link(&mut self, source: &Path) {
        if source.is_symlink()
            && let Ok(target) = source.canonicalize()
        {
            self.linked.extend(if target.is_dir() { Some(target) } else { target.parent().map(Path::to_owned) });
        }
    }
}

/// The files of a folder in the kernels directory. Refused if they are more than a kernelspec may have, or if somebody
/// else can change one.
pub fn below(dir: &Path, folder: &OsStr) -> Result<Files, Problem> {
    let mut found = Files::default();
    let mut size = 0;
    let mut waiting = vec![(PathBuf::from(folder), 0)];
    while let Some((inside, depth)) = waiting.pop() {
        let path = dir.join(&inside);
        others::nobody_else_changes(&path)?;
        found.note_link(&path);
        for entry in fs::read_dir(&path).into_iter().flatten().flatten() {
            let (inside, path) = (inside.join(entry.file_name()), entry.path());
            // A broken link is left out.
            let Ok(kind) = fs::metadata(&path) else { continue };
            if kind.is_dir() {
                waiting.push((inside, depth + 1));
            } else if kind.is_file() {
                others::nobody_else_changes(&path)?;
                size += kind.len();
                found.add_file(&inside, &path);
            }
        }
        // A link to its own parent folder also ends here.
        if found.files.len() > MOST.0 || size > MOST.1 || depth > MOST.2 || waiting.len() > MOST.0 {
            return Err(words::too_large(MOST.0, MOST.1 >> 20, MOST.2));
        }
    }
    Ok(found)
}

/// Makes `copy` contain these files and no others. Changes only differences.
pub fn bring_up_to_date(copy: &Path, files: &Files) -> io::Result<()> {
    let closed = copy.parent().unwrap_or(copy);
    others::closed_folder(closed)?;
    fs::create_dir_all(copy)?;
    set_mode(copy, 0o755)?;
    remove_others(copy, Path::new(""), files)?;
    // A gateway sees a kernelspec as soon as its `kernel.json` exists: the other files come first.
    let last = |path: &Path| path.file_name() == Some(OsStr::new(KERNEL_JSON));
    for now in [false, true] {
        for (path, contents) in files.files.iter().filter(|(path, _)| last(path) == now) {
            if let Err(error) = write(copy, path, contents) {
                match contents {
                    // A kernelspec also works without a logo that cannot be read.
                    Contents::Of(source) if error.kind() == io::ErrorKind::PermissionDenied => {
                        tracing::warn!(path = display_path(source), %error, "gateways do not see this file");
                    }
                    _ => return Err(error),
                }
            }
        }
    }
    Ok(())
}

fn write(copy: &Path, path: &Path, contents: &Contents) -> io::Result<()> {
    let (bytes, mode) = match contents {
        Contents::These(bytes) => (bytes.clone(), 0o644),
        Contents::Of(source) => (fs::read(source)?, if may_be_run(source) { 0o755 } else { 0o644 }),
    };
    let target = copy.join(path);
    if fs::read(&target).is_ok_and(|there| there == bytes) {
        return set_mode(&target, mode);
    }
    let folder = target.parent().unwrap_or(copy);
    fs::create_dir_all(folder)?;
    for folder in folder.ancestors().take_while(|folder| *folder != copy) {
        set_mode(folder, 0o755)?;
    }
    let mut file = tempfile::Builder::new().prefix(".new-").tempfile_in(folder)?;
    file.write_all(&bytes)?;
    set_mode(file.path(), mode)?;
    file.persist(target).map(drop).map_err(|error| error.error)
}

/// Removes all other files. Another program of this app may be quicker.
fn remove_others(copy: &Path, inside: &Path, files: &Files) -> io::Result<()> {
    let gone = |removed: io::Result<()>| match removed {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    };
    let mut entries: Vec<_> = fs::read_dir(copy.join(inside))?.flatten().collect();
    entries.sort_by_key(|entry| entry.file_name() != OsStr::new(KERNEL_JSON));
    for entry in entries {
        let path = inside.join(entry.file_name());
        let is_dir = entry.file_type().is_ok_and(|kind| kind.is_dir());
        if !is_dir {
            if !files.files.contains_key(&path) {
                gone(fs::remove_file(entry.path()))?;
            }
        } else if files.files.keys().any(|file| file != &path && file.starts_with(&path)) {
            remove_others(copy, &path, files)?;
        } else {
            gone(fs::remove_dir_all(entry.path()))?;
        }
    }
    Ok(())
}

#[cfg(unix)]
fn set_mode(path: &Path, mode: u32) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    if fs::metadata(path)?.permissions().mode() & 0o7777 == mode {
        return Ok(());
    }
    fs::set_permissions(path, fs::Permissions::from_mode(mode))
}

#[cfg(unix)]
fn may_be_run(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    fs::metadata(path).is_ok_and(|found| found.permissions().mode() & 0o100 != 0)
}

#[cfg(not(unix))]
fn set_mode(_path: &Path, _mode: u32) -> io::Result<()> {
    Ok(())
}

#[cfg(not(unix))]
fn may_be_run(_path: &Path) -> bool {
    false
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn listed(copy: &Path) -> Vec<String> {
        let mut found = Vec::new();
        let mut waiting = vec![copy.to_owned()];
        while let Some(dir) = waiting.pop() {
            for entry in fs::read_dir(dir).unwrap().flatten() {
                if entry.file_type().unwrap().is_dir() {
                    waiting.push(entry.path());
                } else {
                    found.push(entry.path().strip_prefix(copy).unwrap().to_string_lossy().replace('\\', "/"));
                }
            }
        }
        found.sort();
        found
    }

    #[test]
    fn a_copy_has_exactly_its_files_and_is_changed_in_place() {
        let home = tempfile::tempdir().unwrap();
        let (dir, copy) = (home.path().join("kernels"), home.path().join("closed/copy"));
        fs::create_dir_all(dir.join("a/scripts")).unwrap();
        fs::write(dir.join("a/scripts/run"), "1").unwrap();
        fs::write(dir.join("a").join(KERNEL_JSON), "theirs").unwrap();
        let files = |with_json: bool| {
            let mut files = Files::default();
            files.extend(below(&dir, OsStr::new("a")).unwrap(), OsStr::new("a"));
            if with_json {
                files.add(Path::new("a").join(KERNEL_JSON), b"ours".to_vec());
            }
            files
        };
        bring_up_to_date(&copy, &files(true)).unwrap();
        assert_eq!(listed(&copy), ["a/kernel.json", "a/scripts/run"]);
        assert_eq!(fs::read_to_string(copy.join("a").join(KERNEL_JSON)).unwrap(), "ours");

        fs::write(copy.join("left"), "").unwrap();
        fs::create_dir(copy.join("b")).unwrap();
        fs::write(dir.join("a/scripts/run"), "22").unwrap();
        bring_up_to_date(&copy, &files(false)).unwrap();
        assert_eq!(listed(&copy), ["a/scripts/run"], "an unusable kernelspec is not offered");
        assert!(!copy.join("b").exists());
        assert_eq!(fs::read_to_string(copy.join("a/scripts/run")).unwrap(), "22");

        // A file in the place of a folder, and the other way round.
        fs::remove_dir_all(dir.join("a")).unwrap();
        fs::create_dir(dir.join("a")).unwrap();
        fs::write(dir.join("a/scripts"), "3").unwrap();
        bring_up_to_date(&copy, &files(false)).unwrap();
        assert_eq!(listed(&copy), ["a/scripts"]);
        fs::remove_file(dir.join("a/scripts")).unwrap();
        fs::create_dir(dir.join("a/scripts")).unwrap();
        fs::write(dir.join("a/scripts/run"), "4").unwrap();
        bring_up_to_date(&copy, &files(false)).unwrap();
        assert_eq!(listed(&copy), ["a/scripts/run"]);
    }

    #[cfg(unix)]
    #[test]
    fn the_gateway_can_read_the_whole_copy_and_other_users_cannot_reach_it() {
        use std::os::unix::fs::{PermissionsExt, symlink};
        let home = tempfile::tempdir().unwrap();
        let (dir, copy, elsewhere) =
            (home.path().join("kernels"), home.path().join("closed/copy"), home.path().join("dotfiles"));
        fs::create_dir_all(elsewhere.join("scripts")).unwrap();
        fs::create_dir(&dir).unwrap();
        for (file, mode) in [("scripts/run", 0o700), ("logo", 0o600)] {
            fs::write(elsewhere.join(file), file).unwrap();
            fs::set_permissions(elsewhere.join(file), fs::Permissions::from_mode(mode)).unwrap();
        }
        fs::set_permissions(&elsewhere, fs::Permissions::from_mode(0o700)).unwrap();
        symlink(&elsewhere, dir.join("a")).unwrap();
        symlink("/nowhere", elsewhere.join("lost")).unwrap();
        let found = below(&dir, OsStr::new("a")).unwrap();
        assert!(found.linked.contains(&elsewhere.canonicalize().unwrap()), "{:?}", found.linked);
        let mut files = Files::default();
        files.extend(found, OsStr::new("a"));
        bring_up_to_date(&copy, &files).unwrap();
        let mode = |path: &Path| fs::symlink_metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!(listed(&copy), ["a/logo", "a/scripts/run"]);
        assert_eq!((mode(&copy.join("a/logo")), mode(&copy.join("a/scripts/run"))), (0o644, 0o755));
        assert_eq!((mode(&copy.join("a/scripts")), mode(&copy), mode(copy.parent().unwrap())), (0o755, 0o755, 0o700));
    }

    #[cfg(unix)]
    #[test]
    fn a_link_to_everything_or_to_itself_ends() {
        let home = tempfile::tempdir().unwrap();
        fs::create_dir(home.path().join("a")).unwrap();
        std::os::unix::fs::symlink(home.path(), home.path().join("a/round")).unwrap();
        std::os::unix::fs::symlink("/usr", home.path().join("large")).unwrap();
        for name in ["a", "large"] {
            let (message, _) = below(home.path(), OsStr::new(name)).unwrap_err();
            assert!(message.contains("more than a kernelspec may"), "{message}");
        }
    }
}
