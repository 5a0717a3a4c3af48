//! Everything that a launch creates, as data. No I/O: the same input gives the same plan, and tests print it.
//!
//! `gateway` and `server` each plan one part; `kernel` plans the containers that the gateway creates; `post_build` plans
//! that of a folder's script, which runs before the parts are there; `bounds` and
//! `person` have what several of them need. A new part is a [`Role`] of its own in `Role::PARTS`, a file here, and its
//! [`Wait`]: starting, waiting, observing, repairing and stopping go through the parts.

mod bounds;
mod gateway;
mod kernel;
mod person;
mod post_build;
mod server;
#[cfg(test)]
mod tests;

pub use person::umask;
pub use post_build::post_build;
pub use server::{GATEWAY_ELSEWHERE, LABEXTENSIONS};

use std::collections::BTreeMap;

use crate::contract::choices::Limit;
use crate::engine::spec::{ContainerSpec, Mount, NetworkSpec};
use crate::launch::label::{Labels, Role};
use crate::launch::spec::{EngineTraits, Resolved};
use crate::launch::wait::Wait;
use crate::launch::{channels, gateway_socket, kept, name};

/// The engine's socket in the gateway. Not below `/var/run`, which is a link: Docker 28.5 puts no files into a container with a
/// mount behind such a link.
pub const SOCKET: &str = "/run/docker.sock";
/// The port that the server listens on inside its container.
pub const PORT: u16 = 8888;

/// The network and the parts of one launch.
#[derive(Clone, Debug, PartialEq)]
pub struct Plan {
    /// The launch's own network.
    pub network: NetworkSpec,
    /// Its parts.
    pub parts: BTreeMap<Role, PlannedPart>,
}

/// A part of a launch.
#[derive(Clone, Debug, PartialEq)]
pub struct PlannedPart {
    /// Its container.
    pub container: ContainerSpec,
    /// When it counts as ready.
    pub ready: Wait,
}

/// The network and the parts of a launch.
pub fn plan(launch: &Resolved) -> Plan {
    let shared = Shared::of(launch);
    let network = NetworkSpec { name: shared.network.clone(), labels: shared.labels.in_role(Role::Network).write() };
    let part = |role: &Role| match role {
        Role::Gateway => (*role, gateway::part(&shared)),
        _ => (*role, server::part(&shared)),
    };
    Plan { network, parts: launch.spec.parts().iter().map(part).collect() }
}

/// What the parts of a launch share.
struct Shared<'a> {
    launch: &'a Resolved,
    labels: Labels,
    network: String,
    home: Mount,
    channels: Mount,
    socket: Mount,
}

impl<'a> Shared<'a> {
    fn of(launch: &'a Resolved) -> Shared<'a> {
        let Resolved { spec, folder, attempt, .. } = launch;
        let labels = Labels {
            place: spec.place.as_ref().map(|place| place.name.clone()),
            ..Labels::of_attempt(&spec.id, folder, &spec.kernelspec.name, attempt, &spec.owner)
        };
        Shared {
            launch,
            network: name::network(&spec.id, attempt),
            home: kept::home(launch),
            channels: channels::mount(&spec.id, attempt, &labels),
            socket: gateway_socket::mount(&spec.id, attempt, &labels),
            labels,
        }
    }

    /// The labels of a part.
    fn labels(&self, role: Role) -> Labels {
        Labels { follows_mounts: self.launch.follows_mounts, ..self.labels.in_role(role) }
    }

    fn part(&self, role: Role, container: ContainerSpec) -> PlannedPart {
        PlannedPart { container, ready: Wait::of(role, &self.launch.spec.kernelspec.name) }
    }

    /// A container with the usual bounds and without mounts.
    fn container(&self, role: Role, image: &str, user: String) -> ContainerSpec {
        ContainerSpec {
            name: name::container(&self.launch.spec.id, role),
            image: image.to_owned(),
            user,
            read_only: false,
            env: Vec::new(),
            labels: self.labels(role).write(),
            mounts: Vec::new(),
            network: self.network.clone(),
            group_add: Vec::new(),
            security_opt: security_opt(&self.launch.engine),
            published_port: None,
            host_port: None,
            stop_timeout_s: 5,
            memory: None,
            nano_cpus: None,
            shm: None,
            processes: bounds::processes(Limit::default(), &self.launch.engine),
            log: bounds::log(Limit::default(), &self.launch.engine),
        }
    }
}

/// Security options in addition to no-new-privileges.
fn security_opt(engine: &EngineTraits) -> Vec<String> {
    labels_off(engine.selinux).into_iter().chain(engine.call_list.clone()).collect()
}

/// The option for a container that reads a person's files, whose labels of SELinux stay as they are.
pub(crate) fn labels_off(selinux: bool) -> Vec<String> {
    if selinux { vec!["label=disable".to_owned()] } else { Vec::new() }
}

fn bind(source: &str, target: &str, read_only: bool) -> Mount {
    Mount {
        source: source.to_owned(),
        target: target.to_owned(),
        read_only,
        volume: None,
        follows: false,
        subpath: None,
    }
}

fn env<const N: usize>(pairs: [(&str, &str); N]) -> Vec<(String, String)> {
    pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec()
}
