//! The first words with an engine: its version and properties, from which its facts follow.

use std::sync::Arc;
use std::time::Duration;

use bollard::Docker;
use bollard::errors::Error as Refusal;
use bollard::models::SystemInfo;
use futures_util::FutureExt;

use super::answers::known;
use super::keeps::{self, Groups};
use super::remote::Elsewhere;
use super::{CallLists, Engine, EngineFacts, ProcessEnv, credentials};
use crate::words::error::{Error, Result};

/// The longest time of one call, seconds. It does not apply to streams and builds.
pub(super) const CALL_S: u64 = 120;
/// Where an engine usually listens on its own machine.
pub(super) const USUAL_SOCKET: &str = "/var/run/docker.sock";
/// How long an engine has to report its version and properties once it has answered.
const INTRODUCTION: Duration = Duration::from_secs(10);
/// The oldest API that works: engine 20.10's.
const OLDEST: (usize, usize) = (1, 41);
/// Podman, as its component is called.
pub(super) const PODMAN: &str = "Podman";

/// What an engine said of itself.
pub(super) struct Introduced {
    docker: Docker,
    pub info: SystemInfo,
    pub podman: bool,
    version: String,
    platform: String,
    components: Vec<String>,
}

/// Why an engine did not introduce itself.
#[derive(Debug)]
pub(super) enum Silence {
    /// It took too long.
    Late,
    /// The first answer is none of an engine, or there was none.
    SpokeOtherwise(Refusal),
    /// A later answer was none.
    Stopped(Refusal),
}

/// What is known of an engine from how it was found, and not from itself.
pub(super) struct Seen {
    pub endpoint: String,
    pub found_by: String,
    pub tried: Vec<String>,
    pub socket_mount: String,
    pub socket_gid: u32,
    pub rootless: bool,
    /// Nothing of its machine can be seen from here.
    pub apart: bool,
    /// The controllers that systemd leaves to the person, if they are known.
    pub delegated: Option<String>,
}

/// Agrees on a version with the engine and asks for its properties. `patience`: how long it has for the first answer.
pub(super) async fn introduce(docker: Docker, patience: Duration) -> Result<Introduced, Silence> {
    let docker = docker.with_request_modifier(credentials::as_the_engine_reads_them);
    let docker = tokio::time::timeout(patience, docker.negotiate_version()).await.map_err(|_| Silence::Late)?;
    let docker = docker.map_err(Silence::SpokeOtherwise)?;
    let introduced = async { tokio::try_join!(docker.version().map(known), docker.info().map(known)) };
    let introduced = tokio::time::timeout(INTRODUCTION, introduced).await.map_err(|_| Silence::Late)?;
    let (version, info) = introduced.map_err(Silence::Stopped)?;
    let components: Vec<_> = version.components.into_iter().flatten().map(|component| component.name).collect();
    Ok(Introduced {
        info,
        podman: components.iter().any(|name| name.contains(PODMAN)),
        version: version.version.unwrap_or_default(),
        platform: version.platform.map(|platform| platform.name).unwrap_or_default(),
        components,
        docker,
    })
}

impl Introduced {
    /// Whether it has a security option.
    pub(super) fn has(&self, option: &str) -> bool {
        self.info.security_options.iter().flatten().any(|known| known.contains(option))
    }

    fn api(&self) -> (usize, usize) {
        let agreed = self.docker.client_version();
        (agreed.major_version, agreed.minor_version)
    }

    fn api_version(&self) -> String {
        let (major, minor) = self.api();
        format!("{major}.{minor}")
    }

    /// Fails if its API is older than the oldest that works.
    pub(super) fn is_new_enough(&self) -> Result<()> {
        if self.api() < OLDEST {
            return Err(Error::EngineTooOld { version: self.version.clone(), api_version: self.api_version() });
        }
        Ok(())
    }

    /// The engine, with its facts. `elsewhere`: how it is reached on another machine.
    pub(super) fn engine(self, seen: Seen, around: &ProcessEnv, elsewhere: Option<Arc<Elsewhere>>) -> Engine {
        let info = &self.info;
        let facts = EngineFacts {
            name: name_of(&self.platform, &self.components),
            api_version: self.api_version(),
            gpus: reports_gpus(info),
            endpoint: seen.endpoint,
            found_by: seen.found_by,
            tried: seen.tried,
            cpus: info.ncpu.and_then(|cpus| u32::try_from(cpus).ok()).unwrap_or_default(),
            keeps: keeps::keeps(Groups::of(info, seen.rootless, self.podman, seen.delegated.as_deref())),
            memory: info.mem_total.and_then(|memory| u64::try_from(memory).ok()).unwrap_or_default(),
            socket_mount: seen.socket_mount,
            socket_gid: seen.socket_gid,
            rootless: seen.rootless,
            selinux: self.has("name=selinux"),
            // Podman takes the name of a file on its own machine instead of the list.
            call_lists: match (self.has("name=seccomp"), self.podman) {
                (true, false) => CallLists::InTheRequest,
                (true, true) if !seen.apart => CallLists::FromAFile,
                _ => CallLists::Never,
            },
            bounds_logs: matches!(info.logging_driver.as_deref(), Some("json-file" | "local")),
            unquoted_mounts: self.podman,
            unlabelled_volumes: self.podman,
            events_by_label: !self.podman,
            remaps: self.has("name=userns"),
            in_machine: seen.apart,
            same_ids: !seen.apart && !seen.rootless,
            version: self.version,
        };
        Engine { docker: self.docker, facts: Arc::new(facts), around: Arc::new(around.clone()), elsewhere }
    }
}

/// The name of an engine, from its platform and the names of its components. Podman calls its platform after the system
/// (`linux/amd64/debian-13`). Debian's build of Docker names its component `Engine`, and no platform.
fn name_of(platform: &str, components: &[String]) -> String {
    if components.iter().any(|name| name.contains(PODMAN)) {
        return PODMAN.to_owned();
    }
    let first = components.first().map(String::as_str);
    match (platform.split(" - ").next().unwrap_or_default(), first) {
        ("", Some("Engine")) => "Docker Engine",
        ("", first) => first.unwrap_or("Docker"),
        (name, _) => name.trim_end_matches(" Community"),
    }
    .to_owned()
}

/// Whether an engine reports GPUs: the runtime of NVIDIA's toolkit, or a device that it found by itself (CDI). An engine
/// with the toolkit's hook alone has GPUs and does not report them.
fn reports_gpus(info: &SystemInfo) -> bool {
    let runtimes = info.runtimes.iter().flatten().map(|(name, _)| name).chain(&info.default_runtime);
    let ids = info.discovered_devices.iter().flatten().filter_map(|device| device.id.as_ref());
    runtimes.chain(ids).any(|name| name.contains("nvidia") || name.contains("gpu"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_engine_has_its_own_name() {
        for (platform, components, name) in [
            ("Docker Engine - Community", &["Engine", "containerd"][..], "Docker Engine"),
            ("Docker Desktop 4.30.0 (149282)", &["Engine"], "Docker Desktop 4.30.0 (149282)"),
            ("", &["Engine", "containerd"], "Docker Engine"),
            ("", &[], "Docker"),
            ("linux/amd64/debian-13", &["Podman Engine", "Conmon"], "Podman"),
            ("", &["Podman Engine"], "Podman"),
        ] {
            let components: Vec<_> = components.iter().map(|name| (*name).to_owned()).collect();
            assert_eq!(name_of(platform, &components), name, "{platform} {components:?}");
        }
    }
}
