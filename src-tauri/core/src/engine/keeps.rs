//! Which limits of a container an engine keeps, and whose use it can tell. An engine says less than the truth, or more.
//!
//! Docker: `daemon/info_unix.go` and `daemon/daemon_unix.go`. It refuses a limit on CPUs that it cannot set, and drops one
//! on memory. Podman: `pkg/specgen/generate/validate_linux.go`, and `sysinfo_linux.go` of its common part. It drops all
//! limits of a person's own engine under version 1 of control groups, reports `CpuCfsQuota` under version 1 only, and
//! newer ones never report `PidsLimit`.

use bollard::models::{SystemInfo, SystemInfoCgroupDriverEnum as Driver, SystemInfoCgroupVersionEnum as Version};

use crate::contract::limits::{Keeps, Lack};

/// What the limits depend on.
#[derive(Clone, Copy, Debug)]
pub(super) struct Groups<'a> {
    pub version: Option<Version>,
    pub driver: Option<Driver>,
    /// The engine runs as a person.
    pub rootless: bool,
    pub podman: bool,
    pub memory: Option<bool>,
    pub cpus: Option<bool>,
    pub processes: Option<bool>,
    /// The controllers that systemd leaves to the person, if the engine is on this machine and they are known.
    pub delegated: Option<&'a str>,
}

impl<'a> Groups<'a> {
    pub(super) fn of(info: &SystemInfo, rootless: bool, podman: bool, delegated: Option<&'a str>) -> Groups<'a> {
        Groups {
            version: info.cgroup_version,
            driver: info.cgroup_driver,
            rootless,
            podman,
            memory: info.memory_limit,
            cpus: info.cpu_cfs_quota,
            processes: info.pids_limit,
            delegated,
        }
    }
}

/// The limits that an engine keeps.
pub(super) fn keeps(groups: Groups<'_>) -> Keeps {
    let own = groups.rootless;
    if own && groups.version == Some(Version::_1) {
        return Keeps::none(Lack::Version2);
    }
    let without_systemd = groups.podman && groups.driver == Some(Driver::CGROUPFS);
    if own && (groups.driver == Some(Driver::NONE) || without_systemd) {
        return Keeps::none(Lack::Session);
    }
    let left = |name: &str| groups.delegated.is_none_or(|all| all.split_whitespace().any(|one| one == name));
    let (memory, cpus, processes) = match (groups.podman, own) {
        // It says what the machine has, and not what is left to the person.
        (true, true) => (left("memory"), left("cpu"), left("pids")),
        (true, false) if groups.version == Some(Version::_2) => (groups.memory != Some(false), true, true),
        _ => (groups.memory == Some(true), groups.cpus != Some(false), groups.processes != Some(false)),
    };
    let lack = if own { Lack::Delegation } else { Lack::Kernel };
    let lacks = (!(memory && cpus && processes)).then_some(lack);
    Keeps { memory, cpus, processes, figures: true, lacks }
}

/// The controllers that this machine's systemd leaves to the person.
#[cfg(target_os = "linux")]
pub(super) fn delegated() -> Option<String> {
    let uid = crate::platform::user::me().uid;
    let service = format!("/sys/fs/cgroup/user.slice/user-{uid}.slice/user@{uid}.service/cgroup.controllers");
    std::fs::read_to_string(service).ok()
}

/// Elsewhere an engine is in a virtual machine.
#[cfg(not(target_os = "linux"))]
pub(super) fn delegated() -> Option<String> {
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    const DOCKER: Groups<'_> = Groups {
        version: Some(Version::_2),
        driver: Some(Driver::SYSTEMD),
        rootless: false,
        podman: false,
        memory: Some(true),
        cpus: Some(true),
        processes: Some(true),
        delegated: None,
    };
    /// What newer ones report under version 2.
    const PODMAN: Groups<'_> = Groups { podman: true, cpus: Some(false), processes: Some(false), ..DOCKER };

    #[test]
    fn an_engine_keeps_the_limits_whose_controllers_it_has() {
        let none = Groups { memory: Some(false), cpus: Some(false), processes: Some(false), ..DOCKER };
        let own = Groups { rootless: true, ..DOCKER };
        let own_podman = Groups { rootless: true, ..PODMAN };
        let table = [
            ("Docker", DOCKER, (true, true, true, true), None),
            ("Docker under version 1", Groups { version: Some(Version::_1), ..DOCKER }, (true, true, true, true), None),
            (
                "a kernel without CPU bandwidth",
                Groups { cpus: Some(false), ..DOCKER },
                (true, false, true, true),
                Some(Lack::Kernel),
            ),
            (
                "a kernel with memory switched off",
                Groups { memory: Some(false), ..DOCKER },
                (false, true, true, true),
                Some(Lack::Kernel),
            ),
            (
                "an engine that says nothing",
                Groups { memory: None, cpus: None, processes: None, ..DOCKER },
                (false, true, true, true),
                Some(Lack::Kernel),
            ),
            ("rootless Docker with all", own, (true, true, true, true), None),
            (
                "rootless Docker, systemd's default",
                Groups { cpus: Some(false), ..own },
                (true, false, true, true),
                Some(Lack::Delegation),
            ),
            (
                "rootless Docker without systemd",
                Groups { rootless: true, driver: Some(Driver::NONE), ..none },
                (false, false, false, false),
                Some(Lack::Session),
            ),
            (
                "rootless Docker, version 1",
                Groups { rootless: true, driver: Some(Driver::NONE), version: Some(Version::_1), ..none },
                (false, false, false, false),
                Some(Lack::Version2),
            ),
            ("Podman", PODMAN, (true, true, true, true), None),
            (
                "Podman under version 1",
                Groups { version: Some(Version::_1), cpus: Some(true), processes: None, ..PODMAN },
                (true, true, true, true),
                None,
            ),
            (
                "rootless Podman, version 1, which claims memory",
                Groups { version: Some(Version::_1), ..own_podman },
                (false, false, false, false),
                Some(Lack::Version2),
            ),
            (
                "rootless Podman with all",
                Groups { delegated: Some("cpuset cpu io memory pids\n"), ..own_podman },
                (true, true, true, true),
                None,
            ),
            (
                "rootless Podman, systemd's default",
                Groups { delegated: Some("memory pids\n"), ..own_podman },
                (true, false, true, true),
                Some(Lack::Delegation),
            ),
            (
                "rootless Podman without systemd",
                Groups { driver: Some(Driver::CGROUPFS), ..own_podman },
                (false, false, false, false),
                Some(Lack::Session),
            ),
            ("rootless Podman in a virtual machine", own_podman, (true, true, true, true), None),
        ];
        for (what, groups, (memory, cpus, processes, figures), lacks) in table {
            assert_eq!(keeps(groups), Keeps { memory, cpus, processes, figures, lacks }, "{what}");
        }
    }
}
