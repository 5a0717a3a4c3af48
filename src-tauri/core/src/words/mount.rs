//! The words for folders that an engine cannot mount.

use crate::words::error::Error;

fn of(message: String, hint: &str) -> Error {
    Error::Folder { message, hint: hint.to_owned() }
}

/// The path is not UTF-8.
pub(crate) fn not_unicode(path: &str) -> Error {
    of(
        format!("the path `{path}` is not valid Unicode, which the engine cannot take"),
        "rename the folder so that its path is valid UTF-8",
    )
}

/// The engine has no form for the path.
pub(crate) fn unmountable(engine: &str, path: &str) -> Error {
    of(
        format!("{engine} cannot mount `{path}`: the path has a colon, and a comma, a quote or a line break"),
        "rename the folder so that its path has no colon",
    )
}

/// The file system behind the folder does not answer; `kind`: its kind, or nothing if it is not known.
pub(crate) fn silent(folder: &str, kind: &str) -> Error {
    let kind = if kind.is_empty() { "a network or FUSE mount" } else { kind };
    of(
        format!("`{folder}` does not answer: its file system ({kind}) has lost its connection"),
        "mount it again, and launch again",
    )
}

/// The engine's machine does not have the folder.
pub(crate) fn unseen(folder: &str) -> Error {
    of(
        format!("the engine does not see `{folder}`"),
        "check that the folder still exists. An engine in a virtual machine sees only folders that are shared with it: add \
         this one in its settings",
    )
}

/// The engine's user may not enter a FUSE mount.
pub(crate) fn denied_by_fuse(folder: &str, kind: &str) -> Error {
    of(
        format!("the engine may not read `{folder}`: it is mounted by FUSE ({kind}) for you alone"),
        "mount it again with the option `allow_other` (`-o allow_other`, and a line `user_allow_other` in /etc/fuse.conf), \
         or copy the folder to a disk of this machine",
    )
}

/// The engine's user may not enter an NFS share.
pub(crate) fn denied_by_nfs(folder: &str) -> Error {
    of(
        format!("the engine may not read `{folder}`: its share keeps this machine's root out (root_squash)"),
        "let others enter each folder above it (`chmod o+x`), use a rootless engine, have the share exported with \
         `no_root_squash`, or copy the folder to a disk of this machine",
    )
}

/// The engine's user may not enter the folder.
pub(crate) fn denied(folder: &str) -> Error {
    of(
        format!("the engine may not read `{folder}`"),
        "the engine runs as another user than you, and a network or FUSE mount may admit only you: let others in \
         (`allow_other`, `no_root_squash`), use a rootless engine, or copy the folder to a disk of this machine",
    )
}
