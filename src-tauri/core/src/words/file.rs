//! The words for the app's own files, and for files that other users could change.

use std::path::Path;

use crate::words::error::Error;

// The actions in "could not … `path`".

/// Reads a file.
pub(crate) const READ: &str = "read";
/// Writes a file.
pub(crate) const WRITE: &str = "write";
/// Packs the files that name packages.
pub(crate) const PACK_REQUEST: &str = "pack the files of";
/// Creates a folder.
pub(crate) const CREATE: &str = "create";
/// Renames a file.
pub(crate) const RENAME: &str = "rename";
/// Locks a file.
pub(crate) const LOCK: &str = "lock";
/// Shows a file in the file manager.
pub(crate) const SHOW: &str = "show";
/// Removes a folder of the program's own.
pub(crate) const REMOVE: &str = "remove";
/// Copies the example.
pub(crate) const COPY_EXAMPLE: &str = "copy the example to";
/// Packs the definition of an image.
pub(crate) const PACK_DEFINITION: &str = "pack the definition of";

/// The system refused an action on a file.
pub(crate) fn failed(what: &str, path: &Path, source: std::io::Error) -> Error {
    Error::Io { what: what.to_owned(), path: path.to_owned(), source }
}

// The reasons why a file in a folder is not opened.

/// The path leads out of the folder.
pub(crate) const NOT_INSIDE: &str = "it is not a path inside the folder";
/// There is a folder, a pipe or something else.
pub(crate) const NOT_A_FILE: &str = "it is not a file";
/// There is a link.
#[cfg(windows)]
pub(crate) const A_LINK: &str = "it is a link";

// Files that other users could change: a message and its hint.

/// Another user owns it.
#[cfg(unix)]
pub(crate) fn owned_by(path: &str, uid: u32) -> (String, String) {
    let hint = format!("run `sudo chown -h \"$USER\" '{path}'` to own it, or copy it to a folder of your own");
    (format!("its owner, user {uid}, can change `{path}`"), hint)
}

/// Every user can write to it.
#[cfg(unix)]
pub(crate) fn open_to_all(path: &str, mode: u32) -> (String, String) {
    (format!("every user of this machine (mode {mode:04o}) can change `{path}`"), close(path))
}

/// A group can write to it.
#[cfg(unix)]
pub(crate) fn open_to_group(path: &str, gid: u32, mode: u32) -> (String, String) {
    (format!("the group {gid} (mode {mode:04o}) can change `{path}`"), close(path))
}

#[cfg(unix)]
fn close(path: &str) -> String {
    format!("run `chmod go-w '{path}'`")
}

// The reasons why a user has no home folder.

/// The variable is empty.
pub(crate) fn home_empty(variable: &str) -> String {
    format!("{variable} is empty")
}

/// The variable has a relative path.
pub(crate) fn home_relative(variable: &str, home: &Path) -> String {
    format!("{variable} is `{}`, which is not an absolute path", home.display())
}

/// The variable is not set, and the system does not know the user.
pub(crate) fn home_unknown(variable: &str) -> String {
    format!("{variable} is not set, and the system's list of users names no home folder")
}
