//! The words for folders and files in them that cannot be used.

use std::time::Duration;

use crate::words::error::Error;

fn of(message: String, hint: &str) -> Error {
    Error::Folder { message, hint: hint.to_owned() }
}

/// The folder does not exist.
pub(crate) fn missing(folder: &str) -> Error {
    of(
        format!("the folder `{folder}` does not exist"),
        "check the path; if a folder of the list was moved, press \"Locate…\" in the window, or use `orchest locate`",
    )
}

/// This user may not enter the folder.
pub(crate) fn forbidden(folder: &str) -> Error {
    of(format!("this user may not enter the folder `{folder}`"), ASK_OWNER)
}

/// The folder's path cannot be resolved.
pub(crate) fn lost(folder: &str, error: &std::io::Error) -> Error {
    of(format!("the folder `{folder}` cannot be found: {error}"), "check the path")
}

/// It is a file.
pub(crate) fn file(path: &str) -> Error {
    of(format!("`{path}` is a file, not a folder"), "pick the folder that contains it")
}

/// Its name is not UTF-8.
pub(crate) fn not_utf8(folder: &str) -> Error {
    of(
        format!("the name `{folder}` is not UTF-8, and engines cannot mount such a folder"),
        "rename it, or the parent folder with that name; `convmv -f latin1 -t utf8` renames many",
    )
}

/// It is the root of the file system.
pub(crate) fn root(folder: &str) -> Error {
    of(format!("`{folder}` is the whole file system"), "pick a folder of notebooks in it")
}

/// It has an entry in the list, which another folder cannot take.
pub(crate) fn listed(folder: &str) -> Error {
    of(
        format!("the folder `{folder}` is in the list already"),
        "pick another folder, or remove one of the two entries from the list",
    )
}

/// It cannot be located while its launch runs.
pub(crate) fn launched(folder: &str) -> Error {
    of(format!("a launch of `{folder}` is running"), "stop it, then locate the folder")
}

/// Its content cannot be listed.
pub(crate) fn unreadable(folder: &str, error: &std::io::Error) -> Error {
    of(format!("the folder `{folder}` cannot be read: {error}"), ASK_OWNER)
}

/// The disk does not answer.
pub(crate) fn silent(folder: &str, after: Duration) -> Error {
    of(
        format!("the disk of the folder `{folder}` has not answered for {} s", after.as_secs()),
        "check that the disk or network drive is connected, and try again",
    )
}

/// Server and kernels cannot save in the folder.
pub(crate) fn read_only(folder: &str, who: &str) -> Error {
    of(
        format!("{who} may read the folder `{folder}` and write nothing in it"),
        "notebooks open and run, and cannot be saved; ask its owner for write access",
    )
}

/// Server and kernels cannot use the folder.
pub(crate) fn no_access(folder: &str, who: &str) -> Error {
    of(
        format!("{who} may not use the folder `{folder}`"),
        "it takes read, write and execute permission on it: ask its owner for access",
    )
}

const ASK_OWNER: &str = "ask its owner for access, or pick another folder";

/// A notebook whose name is not UTF-8.
pub(crate) const NOTEBOOK_NOT_UTF8: &str =
    "JupyterLab cannot open it, since its name or that of a folder above it is not UTF-8: rename it";
/// A notebook behind a link that leads out of the folder.
pub(crate) const NOTEBOOK_OUTSIDE: &str =
    "It is a link to a file outside of this folder, which JupyterLab and kernels do not see: copy the file here";
/// A notebook that is a broken link.
pub(crate) const NOTEBOOK_LOST: &str = "It is a broken link";

/// A pipeline file outside of the folder.
pub(crate) const PIPELINE_FILE_OUTSIDE: &str = "it is a link that leads out of the folder";
/// A pipeline file without steps.
pub(crate) const NO_STEPS: &str = "it has no `steps`";
/// A pipeline file whose steps have another form.
pub(crate) const STEPS_OF_NO_FORM: &str = "its `steps` are neither an object nor a list";

/// A pipeline file that is too long, in bytes.
pub(crate) fn too_long(longest: u64) -> String {
    format!("it is larger than {} MB", longest >> 20)
}

/// A pipeline file that is not JSON.
pub(crate) fn not_json(error: &serde_json::Error) -> String {
    format!("it is not valid JSON: {error}")
}

/// Steps that are not understood.
pub(crate) fn unread_steps(count: usize) -> String {
    format!("{count} of its steps cannot be read")
}

/// More steps than are shown.
pub(crate) fn many_steps(count: usize, shown: usize) -> String {
    format!("it has {count} steps; only the first {shown} are shown")
}

/// Connections from steps that do not exist.
pub(crate) fn loose_connections(count: usize) -> String {
    format!("{count} of its connections come from steps that do not exist")
}
