//! The words of `orchest doctor`: findings and hints.

use std::path::Path;

/// The usual hint while the engine is not known.
pub const TRY_AGAIN: &str = "try again in a moment";
/// The engine is not known yet.
pub const LOOKING: &str = "the search for an engine is still running";

/// An engine that answers.
pub fn engine(name: &str, version: &str, endpoint: &str, found_by: &str) -> String {
    format!("{name} {version} at {endpoint} ({found_by})")
}

/// The socket can be used.
pub const PERMITTED: &str = "this user may use the engine";

/// The API is new enough.
pub fn api_version(version: &str) -> String {
    format!("{version} (1.41 or newer is required)")
}

/// Kernels cannot make setuid programs.
pub const CALLS_FILTERED: &str = "filtered: kernels cannot create setuid programs in the folder";
/// Kernels can.
pub const CALLS_FREE: &str = "this engine cannot filter system calls: a kernel can leave a program in the folder that runs with \
                              your rights when another user of this machine starts it";
/// The hint for that.
pub const CLOSE_FOLDERS: &str = "close the folders that you launch to other users (`chmod go-x FOLDER`), or use Docker on a Linux \
                                 with seccomp";

/// All limits hold.
pub const BOUNDED: &str = "each container has a limit on processes and on the size of its log";
/// A limit that an engine may lack.
pub const PROCESSES: &str = "processes";
/// A limit that an engine may lack.
pub const LOGS: &str = "log size";

/// Limits that the engine cannot set.
pub fn unbounded(lacking: &[&str]) -> String {
    format!("this engine cannot limit {}; its own limits apply", lacking.join(" and "))
}

/// No image has to be built.
pub const BASE_NOT_NEEDED: &str = "not needed: no image has to be built";
/// The base image will be pulled.
pub const BASE_MISSING: &str = "not on the engine: it is pulled when images are built, which needs a registry";

/// The base image is on the engine.
pub fn base_present(name: &str) -> String {
    format!("{name} is on the engine")
}

/// All images are on the engine.
pub fn images_present(count: usize) -> String {
    format!("all {count} are on the engine")
}

/// Some images are missing.
pub fn images_missing(names: &[&str]) -> String {
    format!("missing: {}", names.join(", "))
}

/// The hint for missing images.
pub const PREPARE: &str = "run `orchest images --prepare` now, or the first launch gets them";

/// Kernels' ports are closed.
pub const PORTS_CLOSED: &str = "no other user of this machine can reach them";
/// The hint for open ports.
pub const CLOSE_PORTS: &str =
    "start the kernel with `orchest_kernel.py`, as the project's own images do, or use a rootless engine";

/// The kernels directory has no kernelspec.
pub fn no_kernelspec(dir: &str) -> String {
    format!("there is none in {dir}")
}

/// The hint for that.
pub const RESTORE_KERNELSPECS: &str =
    "remove `.orchest-shipped.json` there and start again to restore the shipped kernelspecs";

/// All kernelspecs can be used.
pub fn kernelspecs(usable: usize, dir: &str) -> String {
    format!("{usable} usable in {dir}")
}

/// A kernelspec that cannot be used.
pub fn kernelspec_problem(name: &str, message: &str) -> String {
    format!("`{name}`: {message}")
}

/// Some kernelspecs cannot be used.
pub fn kernelspec_problems(usable: usize, problems: &[String]) -> String {
    format!("{usable} usable; {}", problems.join("; "))
}

/// The system does not report free space.
pub const SPACE_UNKNOWN: &str = "unknown on this system";

/// Free space, bytes.
pub fn space(free: u64, place: &Path) -> String {
    format!("{:.1} GB free at {}", free as f64 / 1e9, place.display())
}

/// The hint for too little space.
pub const FREE_SPACE: &str = "`docker system df` shows what uses the space; `docker image prune` removes unused images";

/// The settings file is correct.
pub fn settings(file: &str) -> String {
    format!("readable: {file}")
}
