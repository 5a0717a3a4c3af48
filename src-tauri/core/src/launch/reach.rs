//! Where the server of a launch that runs is reached, as the engine reports it.
//!
//! An engine on this machine publishes the server's port here. To a server on another machine leads a port of this one that
//! is carried through the engine's connection; each launch has its own port, so that open pages find it again.

use std::time::Duration;

use sha2::{Digest, Sha256};

use crate::engine::remote::Carrier;
use crate::engine::{CarrySpec, Container, ContainerState, Engine};
use crate::images;
use crate::jupyter::{Endpoint, Server};
use crate::launch::label::{Labels, Role};
use crate::launch::{name, plan};
use crate::platform::secret::Secret;
use crate::words::error::Result;

/// Python in the server's image.
const PYTHON: &str = "/opt/venv/bin/python";
/// The pause between two looks whether another program carries a launch, or has ended.
const PAUSE: Duration = Duration::from_millis(250);
/// The ports of this machine that are carried: below those that systems give to connections (32768 and up on Linux, 49152
/// and up elsewhere).
const PORTS: std::ops::Range<u16> = 21_000..31_000;

/// The server of a launch that runs.
pub async fn server(engine: &Engine, launch: &str) -> Result<Server> {
    let name = name::container(launch, Role::Server);
    let (env, endpoint) = tokio::join!(engine.env_of(&name), endpoint(engine, &name, plan::PORT));
    let token = env?.remove("JUPYTER_TOKEN").unwrap_or_default();
    Ok(Server { endpoint: endpoint?, token: Secret::new(token) })
}

/// Where a port of a server's container is reached.
pub(crate) async fn endpoint(engine: &Engine, container: &str, port: u16) -> Result<Endpoint> {
    if engine.remote().is_none() {
        return Ok(Endpoint::on_this_machine(engine.container_port(container, port).await?));
    }
    loop {
        match engine.carried(way(container, port)).await? {
            Carrier::Ours(port) | Carrier::Another(Some(port)) => return Ok(Endpoint::on_this_machine(port)),
            // It has claimed it a moment ago.
            Carrier::Another(None) => tokio::time::sleep(PAUSE).await,
        }
    }
}

fn way(container: &str, port: u16) -> CarrySpec {
    CarrySpec { container: container.to_owned(), python: PYTHON.to_owned(), port, at: port_of(container) }
}

/// Carries the servers that run, of these containers on another machine, and no others. Those that another program carries
/// it takes over when that program ends.
pub(crate) async fn keep(engine: Engine, containers: Vec<Container>) {
    let runs = |container: &Container| {
        let labels = Labels::parse(&container.labels)?;
        let is_server = labels.role == Some(Role::Server) && container.state == ContainerState::Running;
        is_server.then(|| name::container(&labels.launch, Role::Server))
    };
    let names: Vec<String> = containers.iter().filter_map(runs).collect();
    engine.carries_only(|container| names.iter().any(|name| name == container)).await;
    let mut waiting = names;
    while !waiting.is_empty() {
        let mut left = Vec::new();
        for name in waiting {
            match engine.carried(way(&name, plan::PORT)).await {
                Ok(Carrier::Ours(_)) => {}
                Ok(Carrier::Another(_)) => left.push(name),
                Err(error) => {
                    tracing::warn!(container = name, %error, "open pages do not reach it");
                }
            }
        }
        waiting = left;
        tokio::time::sleep(PAUSE).await;
    }
}

/// Waits, at most `patience`, until another program of this person carries a launch.
pub(crate) async fn carried_by_another(engine: &Engine, launch: &str, patience: Duration) -> bool {
    let name = name::container(launch, Role::Server);
    let carried = async {
        loop {
            // Another program can have it only while this one has not.
            engine.carries_only(|_| false).await;
            tokio::time::sleep(PAUSE).await;
            match engine.carried(way(&name, plan::PORT)).await {
                Ok(Carrier::Another(Some(_))) => return,
                Ok(_) => {}
                Err(error) => tracing::debug!(%error, "not carried yet"),
            }
        }
    };
    tokio::time::timeout(patience, carried).await.is_ok()
}

/// The port of this machine that leads to a launch on another one, unless another program has it.
pub fn port_there(launch: &str) -> u16 {
    port_of(&name::container(launch, Role::Server))
}

fn port_of(container: &str) -> u16 {
    let hash = Sha256::digest(container);
    let count = PORTS.end - PORTS.start;
    PORTS.start + u16::from_be_bytes([hash[0], hash[1]]) % count
}

/// The same engine with the socket that its own machine has. The server's image must be on it.
pub(crate) async fn with_socket(engine: &Engine) -> Result<Engine> {
    engine.with_socket(&images::server()).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_launch_on_another_machine_has_a_port_of_its_own_that_stays() {
        let ports: std::collections::BTreeSet<u16> =
            ["0123456789ab", "1123456789ab", "2123456789ab"].map(port_there).into();
        assert_eq!(ports.len(), 3);
        assert!(ports.iter().all(|port| PORTS.contains(port)));
        assert_eq!(port_there("0123456789ab"), port_there("0123456789ab"));
    }
}
