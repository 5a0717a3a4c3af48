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

/// The engine's user may not enter the folder of this program.
pub(crate) fn own_files_denied(path: &str) -> Error {
    of(
        format!("the engine may not read `{path}`, one of this program's own files, which gateways need"),
        "your home admits only you, as a share with root_squash or a FUSE mount does: set XDG_DATA_HOME to a folder of yours \
         on a disk of this machine, or use a rootless engine",
    )
}

/// Server and kernels cannot read the folder, though the person can; `kind`: that of its file system, or nothing if it is
/// not known.
pub(crate) fn unread(folder: &str, kind: &str, rootless: bool) -> Error {
    let (why, hint) = if kind.starts_with("fuse") {
        (
            format!("it is mounted by FUSE ({kind}) for one user alone"),
            "mount it again with the option `allow_other` (`-o allow_other`, and a line `user_allow_other` in /etc/fuse.conf), \
             or copy the folder to a disk of this machine",
        )
    } else if kind.starts_with("nfs") {
        (
            "its share does not admit their user".to_owned(),
            "a share with root_squash, or with other users than this machine's, admits only some: have the share changed, \
             or copy the folder to a disk of this machine",
        )
    } else if rootless {
        (
            "a rootless engine leaves out your further groups and what they may read".to_owned(),
            "give yourself the access by your own user (`sudo setfacl -m u:$USER:rwx FOLDER`), or use an engine of root's",
        )
    } else {
        (
            "something on this machine keeps containers out of it".to_owned(),
            "SELinux, AppArmor, an encrypted folder or an access list (`getfacl FOLDER`) can be the cause; a folder elsewhere \
             works",
        )
    };
    of(format!("server and kernels may not read `{folder}`, although you may: {why}"), hint)
}

/// The engine's user may not enter the folder.
pub(crate) fn denied(folder: &str) -> Error {
    of(
        format!("the engine may not read `{folder}`"),
        "the engine runs as another user than you, and a network or FUSE mount may admit only you: let others in \
         (`allow_other`, `no_root_squash`), use a rootless engine, or copy the folder to a disk of this machine",
    )
}
