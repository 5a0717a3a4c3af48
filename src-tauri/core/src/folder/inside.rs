//! The path of a pipeline's folder inside server and kernels. Pure.

use std::path::{Component, Path};

/// The path of the pipeline's folder inside server and kernels.
pub const FOLDER: &str = "/notebooks";
/// `HOME` of server and kernels; each has a volume of its own there. In our images every user may write to it.
pub const HOME: &str = "/home/orchest";
/// The folder of JupyterLab's settings inside the server.
pub const SETTINGS: &str = "/settings";

/// Folders with an image's own files: a folder mounted there would hide them.
const SYSTEM: [&str; 15] = [
    "/bin", "/boot", "/dev", "/etc", "/lib", "/lib32", "/lib64", "/libx32", "/opt", "/proc", "/sbin", "/sys", "/usr",
    "/var", "/run",
];
/// The same, but folders below these are free.
const THEIRS_INSIDE: [&str; 3] = ["/tmp", "/root", "/home"];
/// Drives are mounted below these, although they are in a system folder.
const DRIVES: [&str; 1] = ["/run/media"];

/// Whether the folder is also mounted at its own path, which must hide no file of an image.
pub fn has_own_path(folder: &str) -> bool {
    let path = Path::new(folder);
    let plain = path.components().all(|part| matches!(part, Component::RootDir | Component::Normal(_)));
    let ours = [FOLDER, HOME, SETTINGS].map(Path::new);
    folder.starts_with('/')
        && plain
        && path.components().count() > 1
        && !ours.iter().any(|ours| ours.starts_with(path) || path.starts_with(ours))
        && !THEIRS_INSIDE.iter().any(|place| path == Path::new(place))
        && (DRIVES.iter().any(|place| path.starts_with(place) && path != Path::new(place))
            || !SYSTEM.iter().any(|place| path.starts_with(place)))
}
