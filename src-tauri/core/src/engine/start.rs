//! Starts the engine of this machine, if a program here can start it.

use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use super::ProcessEnv;
use crate::words::engine as words;
use crate::words::error::{Error, Result};

/// The time for the person to authenticate and for the service to start.
const STARTS_WITHIN: Duration = Duration::from_secs(120);

/// A program that starts an engine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Starter {
    /// Its name for people.
    pub name: &'static str,
    os: &'static str,
    /// The paths that show that it is installed; one of them is enough. `~` is the person's home.
    at: &'static [&'static str],
    command: &'static [&'static str],
    /// Parts of its engine's addresses. If an engine is configured, only its own starter is used.
    serves: &'static [&'static str],
    /// What else it needs.
    needs: Need,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Need {
    Nothing,
    /// Systemd runs the services. It asks the person to authenticate if it has to.
    Systemd,
    /// Systemd does not run, and this user is root.
    RootWithout,
}

/// This path exists if the system runs systemd (`sd_booted` of its manual).
pub(super) const SYSTEMD: &str = "/run/systemd/system";

const SYSTEM_SOCKETS: &[&str] = &["/run/docker.sock"];

/// The starters, in the order in which their engines are searched.
const STARTERS: &[Starter] = &[
    Starter {
        name: "Docker",
        os: "linux",
        at: &[
            "/usr/lib/systemd/system/docker.service",
            "/lib/systemd/system/docker.service",
            "/etc/systemd/system/docker.service",
        ],
        command: &["systemctl", "start", "docker"],
        serves: SYSTEM_SOCKETS,
        needs: Need::Systemd,
    },
    Starter {
        name: "Docker",
        os: "linux",
        at: &["/etc/systemd/system/snap.docker.dockerd.service"],
        command: &["systemctl", "start", "snap.docker.dockerd"],
        serves: SYSTEM_SOCKETS,
        needs: Need::Systemd,
    },
    Starter {
        name: "Docker",
        os: "linux",
        at: &["/etc/init.d/docker"],
        command: &["service", "docker", "start"],
        serves: SYSTEM_SOCKETS,
        needs: Need::RootWithout,
    },
    Starter {
        name: "rootless Docker",
        os: "linux",
        at: &["~/.config/systemd/user/docker.service", "/etc/systemd/user/docker.service"],
        command: &["systemctl", "--user", "start", "docker"],
        serves: &["/run/user/"],
        needs: Need::Systemd,
    },
    Starter {
        name: "Docker Desktop",
        os: "linux",
        at: &["/usr/lib/systemd/user/docker-desktop.service"],
        command: &["systemctl", "--user", "start", "docker-desktop"],
        serves: &[".docker/desktop"],
        needs: Need::Systemd,
    },
    Starter {
        name: "Podman",
        os: "linux",
        at: &["/usr/lib/systemd/user/podman.socket", "/etc/systemd/user/podman.socket"],
        // Enabled, so that it listens after the next login, too.
        command: &["systemctl", "--user", "enable", "--now", "podman.socket"],
        serves: &["podman"],
        needs: Need::Systemd,
    },
    Starter {
        name: "Docker Desktop",
        os: "macos",
        at: &["/Applications/Docker.app"],
        command: &["open", "-a", "Docker"],
        serves: &[".docker/run", "/var/run/docker.sock"],
        needs: Need::Nothing,
    },
    Starter {
        name: "OrbStack",
        os: "macos",
        at: &["/Applications/OrbStack.app"],
        command: &["open", "-a", "OrbStack"],
        serves: &["orbstack"],
        needs: Need::Nothing,
    },
    Starter {
        name: "Rancher Desktop",
        os: "macos",
        at: &["/Applications/Rancher Desktop.app"],
        command: &["open", "-a", "Rancher Desktop"],
        serves: &[".rd/"],
        needs: Need::Nothing,
    },
    Starter {
        name: "Colima",
        os: "macos",
        at: &["/opt/homebrew/bin/colima", "/usr/local/bin/colima"],
        command: &["/bin/sh", "-c", "PATH=$PATH:/opt/homebrew/bin:/usr/local/bin colima start"],
        serves: &["colima"],
        needs: Need::Nothing,
    },
    Starter {
        name: "Docker Desktop",
        os: "windows",
        at: &["C:\\Program Files\\Docker\\Docker\\Docker Desktop.exe"],
        // It keeps running, so nothing waits for it.
        command: &["cmd", "/C", "start", "", "C:\\Program Files\\Docker\\Docker\\Docker Desktop.exe"],
        serves: &["docker_engine", "dockerDesktop"],
        needs: Need::Nothing,
    },
];

/// The starter for an engine that does not answer: the one for `configured`, or any.
pub fn starter(around: &ProcessEnv, configured: Option<&str>) -> Option<Starter> {
    let root = cfg!(unix) && crate::platform::user::me().uid == 0;
    let exists = |path: &str| match path.strip_prefix("~/") {
        Some(rest) => around.home.join(rest).exists(),
        None => Path::new(path).exists(),
    };
    choose(std::env::consts::OS, root, configured, exists)
}

fn choose(os: &str, root: bool, configured: Option<&str>, exists: impl Fn(&str) -> bool) -> Option<Starter> {
    let can = |starter: &&Starter| {
        let needs = match starter.needs {
            Need::Nothing => true,
            Need::Systemd => exists(SYSTEMD),
            Need::RootWithout => root && !exists(SYSTEMD),
        };
        let serves = configured.is_none_or(|endpoint| starter.serves.iter().any(|part| endpoint.contains(part)));
        starter.os == os && needs && serves && starter.at.iter().any(|path| exists(path))
    };
    STARTERS.iter().find(can).copied()
}

impl Starter {
    /// Its command for a terminal.
    pub fn in_terminal(&self) -> String {
        let root = self.needs == Need::Systemd && !self.command.contains(&"--user");
        format!("{}{}", if root { "sudo " } else { "" }, self.command.join(" "))
    }

    /// Starts it. Returns when it has started, which is before the engine answers.
    pub async fn start(&self) -> Result<()> {
        let refused = |reason: String| Error::EngineNotStarted {
            name: self.name.to_owned(),
            reason,
            command: self.command.join(" "),
        };
        let (program, arguments) = self.command.split_first().ok_or_else(|| refused(words::NO_COMMAND.to_owned()))?;
        let mut command = tokio::process::Command::new(program);
        command.args(arguments).stdin(Stdio::null()).kill_on_drop(true);
        tracing::info!(command = ?self.command, "starting the engine, as the person asked");
        let output = tokio::time::timeout(STARTS_WITHIN, command.output()).await;
        let output = output.map_err(|_| refused(words::starts_slowly(STARTS_WITHIN.as_secs())))?;
        let output = output.map_err(|error| refused(error.to_string()))?;
        if output.status.success() {
            return Ok(());
        }
        let said = [output.stderr, output.stdout].concat();
        let said = String::from_utf8_lossy(&said);
        let last = said.lines().map(str::trim).rfind(|line| !line.is_empty());
        Err(refused(last.map_or_else(|| output.status.to_string(), str::to_owned)))
    }
}

#[cfg(test)]
pub(super) fn known(name: &str) -> Option<Starter> {
    STARTERS.iter().find(|starter| starter.name == name).copied()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn a_starter_is_installed_and_serves_the_configured_engine() {
        const UNIT: &str = "/lib/systemd/system/docker.service";
        const ROOTLESS: &str = "~/.config/systemd/user/docker.service";
        const DESKTOP: &str = "/usr/lib/systemd/user/docker-desktop.service";
        type Case = (&'static str, bool, Option<&'static str>, &'static [&'static str], Option<&'static str>);
        const PODMAN: &str = "/usr/lib/systemd/user/podman.socket";
        let table: [Case; 15] = [
            ("linux", false, None, &[SYSTEMD, UNIT], Some("systemctl start docker")),
            ("linux", false, None, &[SYSTEMD, UNIT, DESKTOP], Some("systemctl start docker")),
            (
                "linux",
                false,
                Some("unix:///home/ada/.docker/desktop/docker.sock"),
                &[SYSTEMD, UNIT, DESKTOP],
                Some("systemctl --user start docker-desktop"),
            ),
            (
                "linux",
                false,
                Some("unix:///run/user/7/docker.sock"),
                &[SYSTEMD, UNIT, ROOTLESS],
                Some("systemctl --user start docker"),
            ),
            ("linux", false, Some("unix:///srv/other.sock"), &[SYSTEMD, UNIT], None),
            ("linux", false, None, &[SYSTEMD, PODMAN], Some("systemctl --user enable --now podman.socket")),
            ("linux", false, None, &[PODMAN], None),
            ("linux", false, None, &[UNIT], None),
            ("linux", false, None, &["/etc/init.d/docker"], None),
            ("linux", true, None, &["/etc/init.d/docker"], Some("service docker start")),
            ("linux", true, None, &[SYSTEMD, "/etc/init.d/docker"], None),
            ("linux", false, None, &[SYSTEMD], None),
            ("macos", false, None, &["/Applications/OrbStack.app"], Some("open -a OrbStack")),
            (
                "macos",
                false,
                Some("unix:///Users/ada/.docker/run/docker.sock"),
                &["/Applications/OrbStack.app", "/Applications/Docker.app"],
                Some("open -a Docker"),
            ),
            ("windows", false, None, &[SYSTEMD, UNIT], None),
        ];
        for (os, root, configured, here, command) in table {
            let found = choose(os, root, configured, |path| here.contains(&path));
            assert_eq!(found.map(|found| found.command.join(" ")).as_deref(), command, "{os} {configured:?} {here:?}");
        }
    }

    #[tokio::test]
    async fn a_failed_start_reports_the_reason() {
        let with = |command| Starter { name: "Docker", os: "", at: &[], command, serves: &[], needs: Need::Nothing };
        with(&["true"]).start().await.unwrap();
        let said = with(&["sh", "-c", "echo first; echo 'no such unit' >&2; exit 5"]).start().await.unwrap_err();
        assert!(said.to_string().contains("first") || said.to_string().contains("no such unit"), "{said}");
        let absent = with(&["/nowhere/at/all"]).start().await.unwrap_err();
        assert!(absent.to_string().contains("could not be started"), "{absent}");
    }
}
