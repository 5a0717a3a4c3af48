//! Engines on other machines: how they are named, reached and described.
//!
//! - `address`: an address as it is written; `resolve`: what a person calls an engine
//! - `client`: the connections, which are kept; `tunnel`: the way by ssh; `tls`: certificates
//! - `socket`: the engine's socket on its own machine; `ways`: which program carries a port
//!
//! A connection that is lost is noticed within 15 s. The next call makes it again, so an [`Engine`] outlives it.

mod address;
mod client;
mod resolve;
mod socket;
mod tls;
#[cfg(unix)]
mod tunnel;
mod ways;

use std::path::PathBuf;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

pub use address::{Port, Remote, Ssh, Tls, Way};
pub use resolve::resolve;

use self::client::Connector;
#[cfg(unix)]
use self::tunnel::Tunnel;
use self::ways::{Claim, Held};
use super::carry::{Carried, CarrySpec};
use super::introduce::{Introduced, Seen, Silence, USUAL_SOCKET, introduce};
use super::{Engine, ProcessEnv};
use crate::words::error::{Error, Result};
use crate::words::remote as words;

/// How long a login and the first answer may take together.
const PATIENCE: Duration = Duration::from_secs(45);

/// How an engine on another machine is reached.
pub(super) struct Elsewhere {
    remote: Remote,
    /// The ports that are carried.
    carried: tokio::sync::Mutex<Vec<Kept>>,
    /// The folder in which the person's programs say what they carry.
    ways: OnceLock<PathBuf>,
    /// Its socket and the socket's group, once somebody has asked.
    socket: tokio::sync::OnceCell<(String, u32)>,
    #[cfg(unix)]
    tunnel: Option<Arc<Tunnel>>,
}

/// A port that this program carries.
struct Kept {
    spec: CarrySpec,
    carried: Carried,
    _held: Option<Held>,
}

/// Who carries a port of a container there to a port of this machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Carrier {
    /// This program, at this port.
    Ours(u16),
    /// Another program of this person, at this port; none if it is about to.
    Another(Option<u16>),
}

impl std::fmt::Debug for Elsewhere {
    fn fmt(&self, to: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.remote.fmt(to)
    }
}

/// Connects to an engine on another machine. `around`: the environment that ssh gets.
///
/// # Errors
/// `EngineNotReached`, with the reason that ssh or TLS gave; `EngineConfig` for files that cannot be used; `EngineTooOld`.
pub async fn connect(remote: &Remote, around: &ProcessEnv) -> Result<Engine> {
    match &remote.way {
        Way::Ssh(ssh) => by_ssh(remote, ssh, around).await,
        Way::Port(port) => by_port(remote, port, around).await,
    }
}

#[cfg(unix)]
async fn by_ssh(remote: &Remote, ssh: &Ssh, around: &ProcessEnv) -> Result<Engine> {
    const AUTHORITY: &str = "engine";
    let tunnel = Arc::new(Tunnel::new(ssh, &around.env));
    let elsewhere = Elsewhere {
        remote: remote.clone(),
        carried: tokio::sync::Mutex::default(),
        ways: OnceLock::new(),
        socket: tokio::sync::OnceCell::new(),
        tunnel: Some(tunnel.clone()),
    };
    // The login by itself: its failure has a reason of its own.
    if let Err(error) = tunnel.stream().await {
        return Err(elsewhere.not_reached(&error.to_string()).await);
    }
    let connector = Connector::Ssh(tunnel.clone());
    let ask = || async {
        let docker = client::docker(connector.clone(), AUTHORITY).map_err(Silence::Stopped)?;
        introduce(docker, PATIENCE).await
    };
    let mut answer = ask().await;
    if answer.is_err() && tunnel.look_for_socket().await {
        answer = ask().await;
    }
    let introduced = match answer {
        Ok(introduced) => introduced,
        Err(silence) => return Err(elsewhere.not_reached(&reason_of(&silence)).await),
    };
    let socket = tunnel.socket().await;
    described(introduced, connector, AUTHORITY, Some(socket), elsewhere, around).await
}

#[cfg(not(unix))]
async fn by_ssh(remote: &Remote, _ssh: &Ssh, _around: &ProcessEnv) -> Result<Engine> {
    Err(Error::EngineConfig { found_by: remote.found_by.clone(), reason: words::NO_SOCKETS.to_owned() })
}

async fn by_port(remote: &Remote, port: &Port, around: &ProcessEnv) -> Result<Engine> {
    let bad = |reason: String| Error::EngineConfig { found_by: remote.found_by.clone(), reason };
    let tls = port.tls.as_ref().map(tls::config).transpose().map_err(bad)?;
    let connector = Connector::to_port(port, tls).map_err(|error| bad(error.to_string()))?;
    let host = if port.host.contains(':') { format!("[{}]", port.host) } else { port.host.clone() };
    let authority = format!("{host}:{}", port.port);
    let elsewhere = Elsewhere {
        remote: remote.clone(),
        carried: tokio::sync::Mutex::default(),
        ways: OnceLock::new(),
        socket: tokio::sync::OnceCell::new(),
        #[cfg(unix)]
        tunnel: None,
    };
    let docker = client::docker(connector.clone(), &authority).map_err(|refusal| bad(refusal.to_string()))?;
    let introduced = match introduce(docker, PATIENCE).await {
        Ok(introduced) => introduced,
        Err(silence) => {
            let refusal = match &port.tls {
                Some(_) => client::refusal(connector, &authority).await,
                None => None,
            };
            let reason = refusal.unwrap_or_else(|| reason_of(&silence));
            return Err(elsewhere.not_reached(&reason).await);
        }
    };
    described(introduced, connector, &authority, None, elsewhere, around).await
}

/// The engine with its facts: what it says of itself, and nothing of this machine.
async fn described(
    introduced: Introduced,
    connector: Connector,
    authority: &str,
    socket: Option<String>,
    elsewhere: Elsewhere,
    around: &ProcessEnv,
) -> Result<Engine> {
    introduced.is_new_enough()?;
    let of_podman = if introduced.podman {
        socket::OfPodman::read(&client::get(connector, authority, socket::PODMANS_INFO).await)
    } else {
        socket::OfPodman::default()
    };
    let seen = Seen {
        endpoint: elsewhere.remote.endpoint.clone(),
        found_by: elsewhere.remote.found_by.clone(),
        tried: Vec::new(),
        rootless: introduced.has("name=rootless") || of_podman.rootless,
        socket_mount: socket.or(of_podman.socket).unwrap_or_else(|| USUAL_SOCKET.to_owned()),
        socket_gid: 0,
        apart: true,
        delegated: None,
    };
    Ok(introduced.engine(seen, around, Some(Arc::new(elsewhere))))
}

impl Elsewhere {
    /// Why it is not reached. `reason`: what the call said.
    async fn not_reached(&self, reason: &str) -> Error {
        let Remote { endpoint, found_by, way } = &self.remote;
        match way {
            #[cfg(unix)]
            Way::Ssh(ssh) => {
                let (said, trouble) = match &self.tunnel {
                    Some(tunnel) => (tunnel.said(), tunnel.trouble().await),
                    None => (String::new(), None),
                };
                let reason = trouble.as_deref().unwrap_or(reason);
                words::not_by_ssh(endpoint, found_by, &ssh.target(), reason, &said)
            }
            #[cfg(not(unix))]
            Way::Ssh(ssh) => words::not_by_ssh(endpoint, found_by, &ssh.target(), reason, ""),
            Way::Port(port) => words::not_by_port(endpoint, found_by, port.tls.is_some(), reason),
        }
    }
}

impl Engine {
    /// How it is reached, if it is on another machine.
    pub fn remote(&self) -> Option<&Remote> {
        self.elsewhere.as_ref().map(|elsewhere| &elsewhere.remote)
    }

    /// The folder in which the person's programs say which ports they carry of this engine.
    pub fn with_ways_in(self, folder: PathBuf) -> Engine {
        if let Some(elsewhere) = &self.elsewhere {
            let _ = elsewhere.ways.set(folder);
        }
        self
    }

    /// A port of this machine that leads to a port in a container of an engine on another machine: at `spec.at` unless a
    /// program of somebody else has that. It is carried until all clones of this engine are dropped, or `carries_only` ends
    /// it; or another program of this person carries it.
    ///
    /// # Errors
    /// No port of this machine is free, or the folder of `with_ways_in` cannot be used.
    pub async fn carried(&self, spec: CarrySpec) -> Result<Carrier> {
        let Some(elsewhere) = &self.elsewhere else {
            return Ok(Carrier::Ours(self.container_port(&spec.container, spec.port).await?));
        };
        let mut carried = elsewhere.carried.lock().await;
        if let Some(known) = carried.iter().find(|known| known.spec == spec) {
            return Ok(Carrier::Ours(known.carried.port()));
        }
        let mut held = None;
        if let Some(folder) = elsewhere.ways.get() {
            let refused = |source| Error::Io { what: words::LOCK_WAY.to_owned(), path: folder.clone(), source };
            match ways::claim(folder, &spec.container).map_err(refused)? {
                Claim::Ours(ours) => held = Some(ours),
                Claim::Another(port) => return Ok(Carrier::Another(port)),
            }
        }
        let new = match self.carry(spec.clone()).await {
            Err(error) if spec.at != 0 => {
                tracing::info!(container = spec.container, %error, "another port is carried");
                self.carry(CarrySpec { at: 0, ..spec.clone() }).await?
            }
            new => new?,
        };
        let port = new.port();
        if let Some(Err(error)) = held.as_mut().map(|held| held.say(port)) {
            tracing::warn!(%error, "other programs do not see which port is carried");
        }
        carried.push(Kept { spec, carried: new, _held: held });
        Ok(Carrier::Ours(port))
    }

    /// Carries no port of other containers than these any more.
    pub async fn carries_only(&self, is_there: impl Fn(&str) -> bool) {
        if let Some(elsewhere) = &self.elsewhere {
            elsewhere.carried.lock().await.retain(|kept| is_there(&kept.spec.container));
        }
    }

    /// Why an engine on another machine does not answer, after a call that failed.
    pub(super) async fn not_reached(&self, silence: &Silence) -> Option<Error> {
        match &self.elsewhere {
            Some(elsewhere) => Some(elsewhere.not_reached(&reason_of(silence)).await),
            None => None,
        }
    }
}

fn reason_of(silence: &Silence) -> String {
    match silence {
        Silence::Late => words::LATE.to_owned(),
        Silence::SpokeOtherwise(refusal) | Silence::Stopped(refusal) => innermost(refusal),
    }
}

/// The innermost reason: those around it say which library gave up.
fn innermost(error: &dyn std::error::Error) -> String {
    error.source().map_or_else(|| error.to_string(), innermost)
}
