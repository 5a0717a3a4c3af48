//! Finds the engine: the configured one, or else one at a usual place. `places` has the order. Lists all that can be found.

use std::time::Duration;

use bollard::models::SystemInfo;
use bollard::{API_DEFAULT_VERSION, Docker};
use futures_util::FutureExt;

use super::answers::known;
use super::introduce::{self, CALL_S, Seen, Silence};
use super::places::{self, Candidate};
use super::{Engine, ProcessEnv, keeps, tcp};
use crate::contract::engines::{EngineOption, Engines};
use crate::words::engine as words;
use crate::words::error::{Error, Result};

/// How long an engine has to answer the first request.
const PATIENCE: Duration = Duration::from_secs(2);

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
    let introduced = match introduce::introduce(docker.ok_or_else(silent)?, PATIENCE).await {
        Ok(introduced) => introduced,
        Err(Silence::SpokeOtherwise(_)) if speaks_tls(&candidate.endpoint).await => {
            let (found_by, reason) = (candidate.found_by.clone(), words::needs_tls(&candidate.endpoint));
            return Err(Error::EngineConfig { found_by, reason });
        }
        Err(_) => return Err(silent()),
    };
    introduced.is_new_enough()?;
    let mut machine = candidate.machine || introduced.info.operating_system.as_deref() == Some("Docker Desktop");
    let mut socket = candidate.endpoint.strip_prefix("unix://").unwrap_or_default().to_owned();
    if socket.is_empty() && !machine {
        match socket_here(around, &introduced.info).await {
            Some(found) => socket = found,
            None if introduced.info.name == platform::machine_name() => {
                let (endpoint, found_by) = (candidate.endpoint.clone(), candidate.found_by.clone());
                return Err(Error::EngineOnlyTcp { endpoint, found_by });
            }
            None => machine = true,
        }
    }
    // Podman 4 does not say so, but then the socket is the person's.
    let rootless = introduced.has("name=rootless")
        || (introduced.podman && !machine && platform::owner_of(&socket).is_some_and(|uid| uid != 0));
    let (socket_mount, socket_gid) = match (machine, rootless) {
        // Inside the virtual machine the socket is at the usual path, and root's group may use it.
        (true, _) => (introduce::USUAL_SOCKET.to_owned(), 0),
        // The person's own group, which the containers of a rootless engine see as 0.
        (false, true) => (socket, 0),
        (false, false) => {
            let gid = platform::gid_of(&socket);
            (socket, gid)
        }
    };
    let seen = Seen {
        endpoint: candidate.endpoint.clone(),
        found_by: candidate.found_by.clone(),
        tried,
        socket_mount,
        socket_gid,
        rootless,
        apart: machine,
        delegated: if machine { None } else { keeps::delegated() },
    };
    Ok(introduced.engine(seen, around, None))
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
        let answer = match self.answer().await {
            // A connection that was kept ends with the engine, and only a new one says why.
            Err(Silence::Stopped(_)) if self.remote().is_some() => self.answer().await,
            answer => answer,
        };
        match answer {
            Ok(()) => Ok(()),
            Err(silence) => Err(self.not_reached(&silence).await.unwrap_or_else(|| unreachable(&self.facts.endpoint))),
        }
    }

    async fn answer(&self) -> Result<(), Silence> {
        let answer = tokio::time::timeout(PATIENCE * 5, self.docker.ping()).await.map_err(|_| Silence::Late)?;
        answer.map(drop).map_err(Silence::Stopped)
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
