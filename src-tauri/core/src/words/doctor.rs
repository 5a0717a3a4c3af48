//! The words of `orchest doctor`: findings and hints.

use std::collections::BTreeSet;
use std::path::Path;

use crate::words::error::Error;

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
pub const BOUNDED: &str = "each container has a limit on processes and on the size of its log, and can have others";
/// The engine's log driver takes no limit.
pub const LOGS_UNBOUNDED: &str = "this engine's log driver takes no limit on a log; its own applies";

/// Who may use the engine's socket. `mode`: its permissions.
pub fn socket(path: &Path, owner: &str, group: &str, mode: u32, me: &str, groups: &[String]) -> String {
    format!(
        "{} belongs to {owner} and the group {group} (mode {mode:03o}); you are {me}, in {}",
        path.display(),
        groups.join(", ")
    )
}

/// The numbers that a person may give to containers.
pub fn ranges(users: u64, groups: u64, missing: &[&str]) -> String {
    let missing = if missing.is_empty() { String::new() } else { format!("; {} is missing", missing.join(" and ")) };
    format!("{users} user and {groups} group numbers for containers{missing}")
}

/// The remedy for missing programs.
pub const INSTALL_MAPPERS: &str =
    "install them: `sudo apt-get install uidmap` (Debian, Ubuntu) or `sudo dnf install shadow-utils` (Fedora)";

/// The remedy for missing numbers.
pub fn add_ranges(user: &str, first: u64, count: u64) -> String {
    let last = first + count - 1;
    format!(
        "run `sudo usermod --add-subuids {first}-{last} --add-subgids {first}-{last} {user}`, then restart the engine (for \
         Podman `podman system migrate`)"
    )
}

/// The control groups of the engine's machine.
pub fn groups(version: &str, driver: &str) -> String {
    match (version, driver) {
        ("", _) => "the engine does not say".to_owned(),
        (version, "") => format!("version {version}"),
        (version, driver) => format!("version {version}, driver {driver}"),
    }
}

/// Whose users containers have.
pub fn namespaces(rootless: bool, remaps: bool) -> &'static str {
    match (rootless, remaps) {
        (true, _) => "the engine is rootless: its containers' root is you, and no more",
        (false, true) => "the engine remaps users; containers of launches keep this machine's",
        (false, false) => "containers have this machine's users",
    }
}

/// The proxies of the engine, and those of containers.
pub fn proxies(engine: &BTreeSet<String>, containers: &BTreeSet<String>) -> String {
    let listed = |of: &BTreeSet<String>| of.iter().cloned().collect::<Vec<_>>().join(", ");
    match (engine.is_empty(), containers.is_empty()) {
        (true, true) => "none".to_owned(),
        (false, true) => format!("the engine uses {}, and containers none", listed(engine)),
        (true, false) => format!("containers use {}, and the engine names none for its pulls", listed(containers)),
        (false, false) => format!("the engine uses {}, and containers {}", listed(engine), listed(containers)),
    }
}

/// Containers get a proxy that they cannot reach.
pub fn loopback(of: &BTreeSet<String>) -> String {
    format!(
        "containers get the proxy {}, which is on this machine's own address: they reach only themselves there",
        joined(of)
    )
}

/// Containers do not get the person's proxy.
pub fn left_out(of: &BTreeSet<String>) -> String {
    format!("your proxy {} is on this machine's own address, which containers do not reach: they get none", joined(of))
}

fn joined(of: &BTreeSet<String>) -> String {
    of.iter().map(|place| format!("`{place}`")).collect::<Vec<_>>().join(", ")
}

/// The remedy for a proxy on the loopback address.
pub const PROXY_FOR_CONTAINERS: &str = "if builds and kernels need it, have the proxy listen on the address of the engine's network (`docker network inspect \
     bridge` shows the gateway) and name that address as `proxies` in `~/.docker/config.json`";
/// The remedy for an engine without a proxy.
pub const PROXY_FOR_ENGINE: &str = "if pulls fail, give the engine the proxy, too: `HTTPS_PROXY` in a drop-in of its service (`sudo systemctl edit docker`), \
     or `proxies` in /etc/docker/daemon.json";

/// How the engine's clock differs from this machine's.
pub fn clock(ahead_ms: i64) -> String {
    match ahead_ms / 1000 {
        0 => "the engine's clock goes with this machine's".to_owned(),
        ahead if ahead > 0 => format!("the engine's clock is {ahead} s ahead of this machine's"),
        behind => format!("the engine's clock is {} s behind this machine's", -behind),
    }
}

/// The remedy for clocks that are far apart.
pub fn set_clock(in_machine: bool) -> &'static str {
    if in_machine {
        "a virtual machine loses time while the computer sleeps: restart the engine's virtual machine"
    } else {
        "set the clock of the engine's machine: `sudo timedatectl set-ntp true`"
    }
}

/// No image is there that could ask.
pub const NAMES_NOT_ASKED: &str = "not looked up: no image of this program is on the engine yet";

/// All names are found.
pub fn names(public: &str) -> String {
    format!("containers find each other and `{public}`")
}

/// The same behind a proxy, which finds the names of the world.
pub fn names_by_proxy(public: &str) -> String {
    format!("containers find each other; `{public}` is looked up by the proxy")
}

/// Containers do not find each other.
pub fn strangers(said: &str) -> String {
    format!("containers do not find each other by name ({said}): the server would not find its gateway")
}

/// The remedy for that.
pub const NAME_SERVER: &str = "restart the engine; with Podman, install `aardvark-dns` and `netavark`. A firewall on this machine may drop the \
     containers' queries (port 53 on the engine's bridges)";

/// Containers do not find names of the world.
pub fn own_names_only(public: &str, said: &str) -> String {
    format!("containers find each other, and not `{public}` ({said})")
}

/// What helps if the machine itself has a network.
pub const PUBLIC_NAMES: &str = "without a network, launches work and packages cannot be installed. If this machine finds the name (`getent hosts \
     pypi.org`), give the engine its name servers: `dns` in /etc/docker/daemon.json, or `dns_servers` in containers.conf";

/// The container did not run in time.
pub(crate) fn too_slow(seconds: u64) -> Error {
    Error::Engine { what: RUN.to_owned(), reason: format!("it took longer than {seconds} s") }
}

/// The container ended without an answer.
pub(crate) fn says_nothing(lines: &str) -> Error {
    let reason = if lines.is_empty() { "it wrote nothing".to_owned() } else { lines.to_owned() };
    Error::Engine { what: RUN.to_owned(), reason }
}

/// The action in an error.
const RUN: &str = "look up names in a container";

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

/// A gateway that others keep answers.
pub(crate) fn place(name: &str, version: &str) -> String {
    format!("{name}: {version}")
}

/// A gateway was not asked in time.
pub(crate) fn place_not_asked(name: &str) -> String {
    format!("{name} has not answered yet")
}

/// What says more about a place.
pub(crate) fn test_place(name: &str) -> String {
    format!("`orchest places test {name}` goes through each step of a launch there")
}
