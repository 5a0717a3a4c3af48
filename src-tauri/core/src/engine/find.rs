//! Finds the engine: the configured one, or else one at a usual place. `places` has the order. Lists all that can be found.

use std::sync::Arc;
use std::time::Duration;

use bollard::models::SystemInfo;
use bollard::{API_DEFAULT_VERSION, Docker};
use futures_util::FutureExt;

use super::answers::known;
use super::keeps::{self, Groups};
use super::places::{self, Candidate};
use super::{CallLists, Engine, EngineFacts, ProcessEnv, credentials, tcp};
use crate::contract::engines::{EngineOption, Engines};
use crate::words::engine as words;
use crate::words::error::{Error, Result};

/// How long an engine has to answer the first request.
const PATIENCE: Duration = Duration::from_secs(2);
/// How long it then has to report its version and properties.
const INTRODUCTION: Duration = Duration::from_secs(10);
/// The longest time of one call, seconds. It does not apply to streams and builds.
const CALL_S: u64 = 120;
/// The oldest API that works: engine 20.10's.
const OLDEST: (usize, usize) = (1, 41);

/// Podman, as its component is called.
const PODMAN: &str = "Podman";

/// Finds an engine that answers, where the person has picked none.
pub async fn find(around: &ProcessEnv) -> Result<Engine> {
    find_chosen(around, None).await
}

/// Finds an engine that answers. A configured engine is the only one that is tried. `chosen` is the address that the person
/// picked.
pub async fn find_chosen(around: &ProcessEnv, chosen: Option<&str>) -> Result<Engine> {
    if let Some(configured) = places::configured(around, chosen)? {
        return connect_by_name(around, configured).await;
    }
    let mut refused = None;
    let mut elsewhere = None;
    let mut tried = vec![words::NONE_CONFIGURED.to_owned()];
    for named in places::searched(around) {
        let outcome = match named.candidate {
            Ok(candidate) => connect(around, &candidate, tried.clone()).await,
            Err(error) => Err(error),
        };
        match outcome {
            Ok(engine) => return Ok(engine),
            Err(error) => {
                tried.push(error.to_string());
                match error {
                    // A forbidden socket or an engine that is too old explains more than a missing socket.
                    Error::EngineForbidden { .. } | Error::EngineTooOld { .. } => drop(refused.get_or_insert(error)),
                    Error::EngineElsewhere { .. } => drop(elsewhere.get_or_insert(error)),
                    _ => {}
                }
            }
        }
    }
    Err(refused.or(elsewhere).unwrap_or_else(|| unreachable(words::USUAL_PLACES)))
}

/// Connects to the engine at an address that the person picks.
pub async fn try_chosen(around: &ProcessEnv, address: &str) -> Result<()> {
    connect_by_name(around, places::candidate(address, words::CHOSEN, false)?).await.map(drop)
}

async fn connect_by_name(around: &ProcessEnv, named: Candidate) -> Result<Engine> {
    connect(around, &named, Vec::new()).await.map_err(|error| match error {
        Error::EngineUnreachable { tried, .. } => Error::EngineUnreachable { tried, named_by: Some(named.found_by) },
        error => error,
    })
}

fn unreachable(tried: &str) -> Error {
    Error::EngineUnreachable { tried: tried.to_owned(), named_by: None }
}

/// The address of the configured engine. `None` if none is configured, or the configuration cannot be used.
pub fn configured_endpoint(around: &ProcessEnv, chosen: Option<&str>) -> Option<String> {
    places::configured(around, chosen).ok().flatten().map(|candidate| candidate.endpoint)
}

/// All engines that can be found, in the order of the search, with the reason for each that cannot be used. `used` is the
/// address of the one in use.
pub async fn list(around: &ProcessEnv, chosen: Option<&str>, used: Option<&str>) -> Engines {
    let mut options: Vec<(String, EngineOption, Result<Candidate>)> = Vec::new();
    for named in places::all(around, chosen).into_iter().filter(|named| !places::is_empty(named)) {
        let endpoint = named.candidate.as_ref().map_or(&named.endpoint, |found| &found.endpoint).clone();
        let identity = if endpoint.is_empty() { named.found_by.clone() } else { places::identity(&endpoint) };
        match options.iter_mut().find(|(known, ..)| *known == identity) {
            Some((_, option, _)) if option.named_by.contains(&named.found_by) => {}
            Some((_, option, _)) => option.named_by.push(named.found_by),
            None => {
                let option = EngineOption { endpoint, named_by: vec![named.found_by], ..EngineOption::default() };
                options.push((identity, option, named.candidate));
            }
        }
    }
    let same = |address: Option<&str>| address.map(places::identity);
    let (chosen, used) = (same(chosen), same(used));
    let asked = options.into_iter().map(|(identity, mut option, candidate)| {
        let is = |other: &Option<String>| other.as_ref() == Some(&identity);
        (option.chosen, option.used) = (is(&chosen), is(&used));
        async move {
            let answer = match candidate {
                Ok(candidate) if places::is_named(&candidate.found_by) => connect_by_name(around, candidate).await,
                Ok(candidate) => connect(around, &candidate, Vec::new()).await,
                Err(error) => Err(error),
            };
            match answer {
                Ok(engine) => {
                    option.name = Some(engine.facts.name.clone());
                    option.version = Some(engine.facts.version.clone());
                }
                Err(error) => option.failure = Some(error.into()),
            }
            option
        }
    });
    let options = futures_util::future::join_all(asked).await;
    Engines { options, said_by: places::named_for_this_run(around).map(str::to_owned) }
}

async fn connect(around: &ProcessEnv, candidate: &Candidate, tried: Vec<String>) -> Result<Engine> {
    let silent = || unreachable(&candidate.endpoint);
    let docker = match candidate.endpoint.strip_prefix("tcp://") {
        Some(address) => tcp::connect(address).await,
        None => {
            platform::usable(&candidate.endpoint).await.map_err(|kind| match kind {
                std::io::ErrorKind::PermissionDenied => Error::EngineForbidden {
                    socket: candidate.endpoint.clone(),
                    group: platform::group_of(&candidate.endpoint),
                },
                _ => silent(),
            })?;
            platform::connect(&candidate.endpoint).ok()
        }
    };
    let docker = docker.ok_or_else(silent)?.with_request_modifier(credentials::as_the_engine_reads_them);
    let docker = tokio::time::timeout(PATIENCE, docker.negotiate_version()).await;
    let docker = match docker.map_err(|_| silent())? {
        Ok(docker) => docker,
        Err(_) if speaks_tls(&candidate.endpoint).await => {
            let (found_by, reason) = (candidate.found_by.clone(), words::needs_tls(&candidate.endpoint));
            return Err(Error::EngineConfig { found_by, reason });
        }
        Err(_) => return Err(silent()),
    };
    let introduced = async { tokio::try_join!(docker.version().map(known), docker.info().map(known)) };
    let introduced = tokio::time::timeout(INTRODUCTION, introduced).await.map_err(|_| silent())?;
    let (version, info) = introduced.map_err(|_| silent())?;
    let agreed = docker.client_version();
    let api_version = format!("{}.{}", agreed.major_version, agreed.minor_version);
    let number = version.version.unwrap_or_default();
    if (agreed.major_version, agreed.minor_version) < OLDEST {
        return Err(Error::EngineTooOld { version: number, api_version });
    }
    let options = info.security_options.clone().unwrap_or_default();
    let has = |name: &str| options.iter().any(|option| option.contains(name));
    // Podman takes the name of a file on its own machine instead of the list.
    let components: Vec<_> = version.components.into_iter().flatten().map(|component| component.name).collect();
    let podman = components.iter().any(|name| name.contains(PODMAN));
    let mut machine = candidate.machine || info.operating_system.as_deref() == Some("Docker Desktop");
    let mut socket = candidate.endpoint.strip_prefix("unix://").unwrap_or_default().to_owned();
    if socket.is_empty() && !machine {
        match socket_here(around, &info).await {
            Some(found) => socket = found,
            None if info.name == platform::machine_name() => {
                let (endpoint, found_by) = (candidate.endpoint.clone(), candidate.found_by.clone());
                return Err(Error::EngineOnlyTcp { endpoint, found_by });
            }
            None => machine = true,
        }
    }
    // Podman 4 does not say so, but then the socket is the person's.
    let rootless =
        has("name=rootless") || (podman && !machine && platform::owner_of(&socket).is_some_and(|uid| uid != 0));
    let (socket_mount, socket_gid) = match (machine, rootless) {
        // Inside the virtual machine the socket is at the usual path, and root's group may use it.
        (true, _) => ("/var/run/docker.sock".to_owned(), 0),
        // The person's own group, which the containers of a rootless engine see as 0.
        (false, true) => (socket, 0),
        (false, false) => {
            let gid = platform::gid_of(&socket);
            (socket, gid)
        }
    };
    let name = name_of(&version.platform.map(|platform| platform.name).unwrap_or_default(), &components);
    let delegated = if machine { None } else { keeps::delegated() };
    let facts = EngineFacts {
        name,
        version: number,
        api_version,
        gpus: reports_gpus(&info),
        endpoint: candidate.endpoint.clone(),
        found_by: candidate.found_by.clone(),
        tried,
        cpus: info.ncpu.and_then(|cpus| u32::try_from(cpus).ok()).unwrap_or_default(),
        keeps: keeps::keeps(Groups::of(&info, rootless, podman, delegated.as_deref())),
        memory: info.mem_total.and_then(|memory| u64::try_from(memory).ok()).unwrap_or_default(),
        socket_mount,
        socket_gid,
        rootless,
        selinux: has("name=selinux"),
        call_lists: match (has("name=seccomp"), podman) {
            (true, false) => CallLists::InTheRequest,
            (true, true) if !machine => CallLists::FromAFile,
            _ => CallLists::Never,
        },
        bounds_logs: matches!(info.logging_driver.as_deref(), Some("json-file" | "local")),
        unquoted_mounts: podman,
        unlabelled_volumes: podman,
        events_by_label: !podman,
        remaps: has("name=userns"),
        in_machine: machine,
        same_ids: !machine && !rootless,
    };
    Ok(Engine { docker, facts: Arc::new(facts), around: Arc::new(around.clone()) })
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

/// The socket of this machine on which the same engine listens. If none answers as the same, a well-known socket that this
/// user may not use counts as the engine's, since they may be allowed to use only the port.
async fn socket_here(around: &ProcessEnv, engine: &SystemInfo) -> Option<String> {
    // Older engines on one machine share an id, but never a data folder.
    let same = |info: &SystemInfo| info.id == engine.id && info.docker_root_dir == engine.docker_root_dir;
    let path = |endpoint: &str| endpoint.strip_prefix("unix://").map(str::to_owned);
    let mut forbidden = None;
    let usual = places::well_known(around);
    let others = places::all(around, None).into_iter().filter_map(|named| named.candidate.ok());
    for candidate in usual.iter().cloned().chain(others).filter(|candidate| !candidate.machine) {
        let Some(socket) = path(&candidate.endpoint) else { continue };
        match platform::usable(&candidate.endpoint).await {
            Ok(()) => {
                let Ok(docker) = platform::connect(&candidate.endpoint) else { continue };
                let info = tokio::time::timeout(PATIENCE, docker.info().map(known)).await;
                if info.is_ok_and(|info| info.is_ok_and(|info| same(&info))) {
                    return Some(socket);
                }
            }
            Err(kind) if kind == std::io::ErrorKind::PermissionDenied && usual.contains(&candidate) => {
                forbidden.get_or_insert(socket);
            }
            Err(_) => {}
        }
    }
    forbidden
}

/// Whether a port that does not answer as an engine wants TLS.
async fn speaks_tls(endpoint: &str) -> bool {
    match endpoint.strip_prefix("tcp://") {
        Some(address) => tcp::speaks_tls(address).await,
        None => false,
    }
}

impl Engine {
    /// Checks that the engine answers.
    pub async fn ping(&self) -> Result<()> {
        match tokio::time::timeout(PATIENCE * 5, self.docker.ping()).await {
            Ok(Ok(_)) => Ok(()),
            _ => Err(unreachable(&self.facts.endpoint)),
        }
    }
}

#[cfg(unix)]
mod platform {
    use std::io::ErrorKind;
    use std::os::unix::fs::MetadataExt;

    use super::{API_DEFAULT_VERSION, CALL_S, Docker};

    pub async fn usable(endpoint: &str) -> Result<(), ErrorKind> {
        let path = endpoint.strip_prefix("unix://").ok_or(ErrorKind::Unsupported)?;
        tokio::net::UnixStream::connect(path).await.map(drop).map_err(|error| error.kind())
    }

    pub fn connect(endpoint: &str) -> Result<Docker, bollard::errors::Error> {
        Docker::connect_with_unix(endpoint, CALL_S, API_DEFAULT_VERSION)
    }

    /// The name of this machine.
    pub fn machine_name() -> Option<String> {
        Some(rustix::system::uname().nodename().to_string_lossy().into_owned())
    }

    pub fn gid_of(socket: &str) -> u32 {
        std::fs::metadata(socket).map_or(0, |found| found.gid())
    }

    pub fn owner_of(socket: &str) -> Option<u32> {
        std::fs::metadata(socket).ok().map(|found| found.uid())
    }

    /// The name of the group that may use the socket. `None` for root's group, or a group without a name.
    pub fn group_of(endpoint: &str) -> Option<String> {
        let gid = gid_of(endpoint.strip_prefix("unix://")?);
        let groups = std::fs::read_to_string("/etc/group").ok()?;
        let name = groups.lines().find_map(|line| {
            let mut fields = line.split(':');
            let name = fields.next()?;
            (fields.nth(1)?.parse() == Ok(gid)).then(|| name.to_owned())
        });
        name.filter(|_| gid != 0)
    }
}

#[cfg(windows)]
mod platform {
    use std::io::ErrorKind;

    use super::{API_DEFAULT_VERSION, CALL_S, Docker};

    pub async fn usable(_endpoint: &str) -> Result<(), ErrorKind> {
        Ok(())
    }

    pub fn connect(endpoint: &str) -> Result<Docker, bollard::errors::Error> {
        Docker::connect_with_named_pipe(endpoint, CALL_S, API_DEFAULT_VERSION)
    }

    /// Not needed: on Windows each engine runs in a virtual machine.
    pub fn machine_name() -> Option<String> {
        None
    }

    pub fn gid_of(_socket: &str) -> u32 {
        0
    }

    pub fn owner_of(_socket: &str) -> Option<u32> {
        None
    }

    pub fn group_of(_endpoint: &str) -> Option<String> {
        None
    }
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
