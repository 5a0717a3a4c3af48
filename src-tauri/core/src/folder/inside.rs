//! Where a pipeline's folder is inside server and kernels. Pure.

use std::path::{Component, Path};

/// Where the pipeline's folder is inside server and kernels.
pub const FOLDER: &str = "/notebooks";
/// `HOME` of server and kernels; each has a volume of its own there. In our images it belongs to everybody.
pub const HOME: &str = "/home/orchest";
/// Where Lab's settings are inside the server.
pub const SETTINGS: &str = "/settings";

/// Where images have what is theirs: a folder that was mounted there would hide it.
const SYSTEM: [&str; 15] = [
    "/bin", "/boot", "/dev", "/etc", "/lib", "/lib32", "/lib64", "/libx32", "/opt", "/proc", "/sbin", "/sys", "/usr",
    "/var", "/run",
];
/// The same, with what is below them left to people.
const THEIRS_INSIDE: [&str; 3] = ["/tmp", "/root", "/home"];
/// Below these are drives, although they are in a place of the system's.
const DRIVES: [&str; 1] = ["/run/media"];

/// Whether the folder is at its own path, too: where that hides nothing of an image.
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
