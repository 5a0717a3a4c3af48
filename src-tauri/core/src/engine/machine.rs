//! Looks at the machine for what the remedy depends on.

use std::path::Path;

use super::remedy::{self, GROUP, Machine, PKEXEC, PROGRAMS, Remedy, SYSTEM_BUS, Trouble};
use super::start::{self, SYSTEMD};
use super::{ProcessEnv, configured_endpoint};
use crate::platform::user;
use crate::words::error::Error;

/// What gives the person an engine, and the failure in the words that fit it. `chosen` is the address that they picked.
pub fn remedied(around: &ProcessEnv, chosen: Option<&str>, error: Error) -> (Error, Option<Remedy>) {
    let configured = configured_endpoint(around, chosen);
    let trouble = match &error {
        Error::EngineUnreachable { .. } => Trouble::Silent { configured: configured.is_some() },
        Error::EngineForbidden { group, .. } => Trouble::Forbidden { group: group.as_deref() },
        _ => Trouble::Other,
    };
    if trouble == Trouble::Other {
        return (error, None);
    }
    let machine = look(around, configured.as_deref(), Path::new("/"));
    let remedy = remedy::remedy(&machine, trouble);
    (explained(error, remedy.as_ref()), remedy)
}

/// The failure in the words of its remedy.
fn explained(error: Error, remedy: Option<&Remedy>) -> Error {
    let named = match &error {
        Error::EngineUnreachable { tried, named_by: Some(named_by) } => Some((tried.clone(), named_by.clone())),
        _ => None,
    };
    match (error, remedy) {
        (Error::EngineForbidden { socket, .. }, Some(Remedy::LogInAgain)) => {
            Error::EngineNotInSession { socket, group: GROUP.to_owned() }
        }
        (error @ Error::EngineForbidden { .. }, Some(Remedy::JoinGroup(_)) | None) => error,
        (_, Some(Remedy::Start(starter))) => stopped(starter.name, &starter.in_terminal(), named),
        (_, Some(Remedy::StartByHand { name, command })) => stopped(name, command, named),
        (_, Some(Remedy::Install(plan))) => Error::EngineNotInstalled {
            name: plan.name.to_owned(),
            command: Some(plan.in_terminal()),
            joins: plan.joins,
        },
        (_, Some(Remedy::InstallByHand)) => {
            Error::EngineNotInstalled { name: "Docker".to_owned(), command: None, joins: false }
        }
        (error, _) => error,
    }
}

/// It is installed and does not answer. `named`: its address, and what names it.
fn stopped(name: &str, command: &str, named: Option<(String, String)>) -> Error {
    let (endpoint, named_by) = named.map(|(endpoint, by)| (endpoint, Some(by))).unwrap_or_default();
    Error::EngineStopped { name: name.to_owned(), command: command.to_owned(), endpoint, named_by }
}

/// Looks at the machine whose files are below `root`.
fn look(around: &ProcessEnv, configured: Option<&str>, root: &Path) -> Machine {
    let at = |path: &str| root.join(path.trim_start_matches('/'));
    let exists = |path: &str| at(path).exists();
    let group = user::group_named(GROUP);
    let has = |groups: Vec<u32>| group.is_some_and(|group| groups.contains(&group));
    let me = user::me();
    let release =
        ["/etc/os-release", "/usr/lib/os-release"].iter().find_map(|path| std::fs::read_to_string(at(path)).ok());
    let lists = std::fs::read_dir(at("/var/lib/apt/lists")).into_iter().flatten().flatten();
    Machine {
        os: std::env::consts::OS,
        release: release.unwrap_or_default(),
        person: user::login().filter(|name| remedy::is_usual_name(name)),
        root: cfg!(unix) && me.uid == 0,
        systemd: exists(SYSTEMD),
        polkit: exists(PKEXEC) && exists(SYSTEM_BUS),
        programs: PROGRAMS.iter().copied().filter(|program| exists(program)).collect(),
        fixed: exists("/run/ostree-booted"),
        lists: lists.into_iter().any(|entry| entry.file_name().to_string_lossy().contains("_Packages")),
        in_session: has(user::groups_of_process()),
        is_member: has(user::groups_of(me.uid)),
        starter: start::starter(around, configured),
    }
}

#[cfg(test)]
#[cfg(target_os = "linux")]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn a_named_engine_that_is_installed_and_stopped_is_still_named() {
        let podman = start::known("Podman").unwrap();
        let silent = |named_by: Option<&str>| {
            let error =
                Error::EngineUnreachable { tried: "unix:///p.sock".to_owned(), named_by: named_by.map(str::to_owned) };
            explained(error, Some(&Remedy::Start(podman))).failure()
        };
        let command = "systemctl --user enable --now podman.socket";
        for (named_by, at, then) in [
            (None, "Podman is installed, but does not answer", ""),
            (Some("DOCKER_HOST"), "does not answer at unix:///p.sock, which DOCKER_HOST names", "point DOCKER_HOST to"),
            (
                Some("your choice"),
                "does not answer at unix:///p.sock, the engine that you picked",
                "orchest engine forget",
            ),
        ] {
            let failure = silent(named_by);
            assert!(failure.message.ends_with(at) && failure.hint.contains(command), "{failure:?}");
            assert!(failure.hint.contains(then), "{failure:?}");
        }
    }

    #[test]
    fn the_files_of_a_machine_are_read() {
        let root = tempfile::tempdir().unwrap();
        let around = ProcessEnv::default();
        let bare = look(&around, Some("unix:///nowhere.sock"), root.path());
        assert!(!bare.polkit && !bare.systemd && !bare.lists && bare.programs.is_empty() && bare.release.is_empty());
        let files = [
            ("usr/lib/os-release", "ID=debian\n"),
            ("usr/bin/pkexec", ""),
            ("run/dbus/system_bus_socket", ""),
            ("usr/bin/apt-get", ""),
            ("run/systemd/system/x", ""),
            ("var/lib/apt/lists/deb.example_dists_bookworm_main_binary-amd64_Packages.lz4", ""),
        ];
        for (path, text) in files {
            let path = root.path().join(path);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        }
        let desktop = look(&around, Some("unix:///nowhere.sock"), root.path());
        assert!(desktop.polkit && desktop.systemd && desktop.lists, "{desktop:?}");
        assert_eq!((desktop.programs.as_slice(), desktop.release.as_str()), (&["/usr/bin/apt-get"][..], "ID=debian\n"));
    }
}
