//! A pipeline: a folder that was added.

use std::path::{Component, Path, PathBuf};

use sha2::{Digest, Sha256};

use crate::platform::user;
use crate::words::error::Result;
use crate::words::folder as words;
use crate::words::names::display_path;

/// The folder's id in commands, labels and names. The same person and canonical path always give the same id.
pub fn id_of(path: &Path) -> String {
    let mut hash = Sha256::new();
    hash.update(user::me().as_user());
    hash.update([0]);
    hash.update(path.as_os_str().as_encoded_bytes());
    hex::encode(&hash.finalize()[..6])
}

/// Whether this has the form of a folder's id.
pub fn is_id(text: &str) -> bool {
    text.len() == 12 && text.bytes().all(|digit| matches!(digit, b'0'..=b'9' | b'a'..=b'f'))
}

/// The folder's canonical path, if it is a folder that can be read.
pub fn check_folder(path: &Path) -> Result<PathBuf> {
    let shown = display_path(path);
    let canonical = path.canonicalize().map_err(|error| match error.kind() {
        std::io::ErrorKind::NotFound => words::missing(&shown),
        std::io::ErrorKind::PermissionDenied => words::forbidden(&shown),
        _ => words::lost(&shown, &error),
    })?;
    if !canonical.is_dir() {
        return Err(words::file(&shown));
    }
    if canonical.to_str().is_none() {
        return Err(words::not_utf8(&display_path(&canonical)));
    }
    if canonical.parent().is_none() {
        return Err(words::root(&shown));
    }
    std::fs::read_dir(&canonical).map_err(|error| words::unreadable(&shown, &error))?;
    Ok(plain(canonical))
}

/// The folder that a person means by what they open or drop on the window: of a notebook, the folder that it is in.
pub fn folder_meant(path: &Path) -> &Path {
    match path.parent() {
        Some(folder) if is_notebook(path) => folder,
        _ => path,
    }
}

/// The canonical path of the notebook that a person means by what they open or drop on the window, if it is one. A link
/// is a file of the folder that the link is in.
pub fn notebook_meant(path: &Path) -> Option<PathBuf> {
    let folder = path.parent().filter(|_| is_notebook(path))?.canonicalize().ok()?;
    Some(plain(folder.join(path.file_name()?)))
}

fn is_notebook(path: &Path) -> bool {
    path.extension().is_some_and(|end| end.eq_ignore_ascii_case("ipynb")) && path.is_file()
}

/// The path of a folder, or the path that a deleted folder had: absolute, without links, `.`, `..` or a slash at its end.
pub fn whereabouts(path: &Path) -> PathBuf {
    let whole = if path.is_absolute() { path.to_owned() } else { current_folder().join(path) };
    plain(resolved(&whole, LINKS))
}

/// The working folder of a terminal may be deleted. The terminal's variable PWD still has its path.
fn current_folder() -> PathBuf {
    std::env::current_dir().or_else(|error| std::env::var_os("PWD").map(PathBuf::from).ok_or(error)).unwrap_or_default()
}

/// The longest chain of links, as for the system.
const LINKS: usize = 40;

fn resolved(path: &Path, links: usize) -> PathBuf {
    if let Ok(found) = path.canonicalize() {
        return found;
    }
    let Some(parent) = path.parent() else { return path.to_owned() };
    let parent = resolved(parent, links);
    match path.components().next_back() {
        Some(Component::ParentDir) => parent.parent().map_or_else(|| parent.clone(), Path::to_owned),
        Some(Component::Normal(name)) => {
            let joined = parent.join(name);
            // A link to a deleted folder leads to the path that the folder had.
            match std::fs::read_link(&joined) {
                Ok(target) if links > 0 => resolved(&parent.join(target), links - 1),
                _ => joined,
            }
        }
        _ => parent,
    }
}

/// Removes the `\\?\` of Windows' canonical paths, which neither people nor the engine understand.
fn plain(path: PathBuf) -> PathBuf {
    if cfg!(windows)
        && let Some(rest) = path.to_str().and_then(|text| text.strip_prefix(r"\\?\"))
        && !rest.starts_with("UNC")
    {
        return PathBuf::from(rest);
    }
    path
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    #[cfg(unix)]
    use crate::words::names::readable_name;
    #[cfg(unix)]
    use std::ffi::OsStr;

    #[test]
    fn an_id_is_a_folders_own() {
        let (one, other) = (id_of(Path::new("/a/b")), id_of(Path::new("/a/c")));
        assert_eq!(one.len(), 12);
        assert_eq!(one, id_of(Path::new("/a/b")));
        assert_ne!(one, other);
    }

    #[cfg(unix)]
    #[test]
    fn a_name_that_is_not_utf8_is_shown_and_refused_with_a_hint() {
        use std::os::unix::ffi::OsStrExt;
        let (one, other) = (OsStr::from_bytes(b"caf\xe9"), OsStr::from_bytes(b"caf\xe8"));
        assert_eq!((readable_name(one), readable_name(other)), ("caf\\xe9".to_owned(), "caf\\xe8".to_owned()));
        let home = tempfile::tempdir().unwrap();
        let folder = home.path().join(one);
        std::fs::create_dir_all(folder.join("inside")).unwrap();
        // A link with a valid name does not help: the engine gets the path that it leads to.
        let link = home.path().join("link");
        std::os::unix::fs::symlink(&folder, &link).unwrap();
        for path in [folder.clone(), folder.join("inside"), link] {
            let failure = check_folder(&path).unwrap_err().failure();
            assert!(failure.message.contains("caf\\xe9") && failure.message.contains("not UTF-8"), "{failure:?}");
            assert!(failure.hint.contains("rename"), "{failure:?}");
        }
    }

    #[cfg(unix)]
    #[test]
    fn a_deleted_folder_is_known_by_each_of_its_paths() {
        let dir = tempfile::tempdir().unwrap();
        let home = dir.path().canonicalize().unwrap();
        std::fs::create_dir_all(home.join("real/other")).unwrap();
        std::os::unix::fs::symlink(home.join("real"), home.join("link")).unwrap();
        std::os::unix::fs::symlink("real/gone", home.join("to-gone")).unwrap();
        std::os::unix::fs::symlink("to-gone", home.join("to-link")).unwrap();
        std::os::unix::fs::symlink("round", home.join("round")).unwrap();
        let gone = home.join("real/gone");
        for way in [
            "real/gone",
            "real/gone/",
            "real//gone//",
            "./real/./gone/.",
            "real/other/../gone",
            "real/nowhere/../gone/",
            "real/gone/deeper/..",
            "link/gone",
            "link/other/../gone/",
            "to-gone",
            "to-gone/",
            "to-link",
        ] {
            let whole = format!("{}/{way}", home.display());
            assert_eq!(whereabouts(Path::new(&whole)), gone, "{way}");
        }
        assert_eq!(whereabouts(&home.join("real/")), home.join("real"), "one that is there");
        assert_eq!(whereabouts(&home.join("round/x")), home.join("round/x"), "a link to itself leads nowhere");
        assert_eq!(whereabouts(Path::new("/nowhere/../..")), Path::new("/"));
        let here = std::env::current_dir().unwrap().canonicalize().unwrap();
        assert_eq!(whereabouts(Path::new("nowhere/")), here.join("nowhere"));
    }

    #[test]
    fn a_path_that_is_no_folder_is_refused_with_the_reason() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("file");
        std::fs::write(&file, "").unwrap();
        let message = |path: &Path| check_folder(path).unwrap_err().to_string();
        assert!(message(&file).contains("is a file"));
        assert!(message(&dir.path().join("none")).contains("does not exist"));
        assert!(message(Path::new("/")).contains("whole file system"));
        assert!(check_folder(dir.path()).unwrap().is_absolute());
    }

    #[test]
    fn a_dropped_notebook_stands_for_its_folder_and_other_files_do_not() {
        let home = tempfile::tempdir().unwrap();
        let notebook = home.path().join("a.IPYNB");
        let (data, named_so) = (home.path().join("data.csv"), home.path().join("folder.ipynb"));
        std::fs::write(&notebook, "{}").unwrap();
        std::fs::write(&data, "").unwrap();
        std::fs::create_dir(&named_so).unwrap();
        assert_eq!(folder_meant(&notebook), home.path());
        assert_eq!(notebook_meant(&notebook), Some(home.path().canonicalize().unwrap().join("a.IPYNB")));
        assert_eq!(notebook_meant(&data), None);
        for path in [&data, &named_so, &home.path().join("gone.ipynb")] {
            assert_eq!(folder_meant(path), path);
        }
    }
}
