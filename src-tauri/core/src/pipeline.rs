//! A pipeline: a folder that was added.

use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use crate::error::{Error, Result};
use crate::owner;

/// The folder's id in commands, labels and names: the same for the same person and canonical path.
pub fn id_of(path: &Path) -> String {
    let mut hash = Sha256::new();
    hash.update(owner::me().as_user());
    hash.update([0]);
    hash.update(path.as_os_str().as_encoded_bytes());
    hash.finalize().iter().take(6).map(|byte| format!("{byte:02x}")).collect()
}

/// Whether this could be a folder's id.
pub fn is_id(text: &str) -> bool {
    text.len() == 12 && text.bytes().all(|digit| matches!(digit, b'0'..=b'9' | b'a'..=b'f'))
}

/// The folder's own name, for people.
pub fn display_name(path: &Path) -> String {
    path.file_name().map_or_else(|| display_path(path), |name| readable(&name.to_string_lossy()))
}

/// The whole path, for people.
pub fn display_path(path: &Path) -> String {
    readable(&path.to_string_lossy())
}

/// Control characters, such as a newline, would break a line or a terminal.
fn readable(text: &str) -> String {
    text.chars()
        .map(|letter| if letter.is_control() { letter.escape_default().to_string() } else { letter.to_string() })
        .collect()
}

/// The folder's canonical path, where it is a folder that can be read.
pub fn check_folder(path: &Path) -> Result<PathBuf> {
    let shown = display_path(path);
    let bad = |message: String, hint: &str| Error::Folder { message, hint: hint.to_owned() };
    let canonical = path.canonicalize().map_err(|error| match error.kind() {
        std::io::ErrorKind::NotFound => {
            bad(format!("the folder `{shown}` does not exist"), "check the path; a folder that was moved is added anew")
        }
        std::io::ErrorKind::PermissionDenied => {
            bad(format!("this user may not look into `{shown}`"), "ask its owner for access, or pick another folder")
        }
        _ => bad(format!("the folder `{shown}` cannot be found: {error}"), "check the path"),
    })?;
    if !canonical.is_dir() {
        let hint = "pick the folder that it is in";
        return Err(bad(format!("`{shown}` is a file, not a folder"), hint));
    }
    if canonical.parent().is_none() {
        return Err(bad(format!("`{shown}` is the whole file system"), "pick a folder of notebooks in it"));
    }
    std::fs::read_dir(&canonical).map_err(|error| {
        bad(format!("the folder `{shown}` cannot be read: {error}"), "ask its owner for access, or pick another folder")
    })?;
    Ok(plain(canonical))
}

/// Windows' canonical paths begin with `\\?\`, which neither people nor the engine want.
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

    #[test]
    fn an_id_is_a_folders_own() {
        let (one, other) = (id_of(Path::new("/a/b")), id_of(Path::new("/a/c")));
        assert_eq!(one.len(), 12);
        assert_eq!(one, id_of(Path::new("/a/b")));
        assert_ne!(one, other);
    }

    #[test]
    fn a_name_is_readable() {
        assert_eq!(display_name(Path::new("/a/two\nlines")), "two\\nlines");
        assert_eq!(display_name(Path::new("/")), "/");
        assert_eq!(display_path(Path::new("/a/ü 数")), "/a/ü 数");
    }

    #[test]
    fn what_is_no_folder_is_told_apart() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("file");
        std::fs::write(&file, "").unwrap();
        let message = |path: &Path| check_folder(path).unwrap_err().to_string();
        assert!(message(&file).contains("is a file"));
        assert!(message(&dir.path().join("none")).contains("does not exist"));
        assert!(message(Path::new("/")).contains("whole file system"));
        assert!(check_folder(dir.path()).unwrap().is_absolute());
    }
}
