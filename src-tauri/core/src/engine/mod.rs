//! The engine: a Docker-compatible daemon, on this machine or on another one. The only module that names bollard.
//!
//! Calls follow the Docker Engine API, version 1.41 and newer.

mod answers;
mod archives;
mod around;
mod calls;
mod carry;
mod containers;
mod credentials;
pub(crate) mod docker_config;
mod events;
mod find;
mod images;
mod introduce;
mod keeps;
mod log_bounds;
mod machine;
mod places;
mod podman;
#[cfg(test)]
mod recorded;
mod remedy;
pub mod remote;
mod report;
mod root_fs;
mod run;
pub mod setup;
pub mod spec;
mod start;
mod stats;
mod tcp;
mod volumes;

use std::sync::Arc;

use bollard::Docker;

pub use crate::contract::limits::{Keeps, Lack};
pub use archives::MadeBy;
pub use around::ProcessEnv;
pub use carry::{Carried, CarrySpec};
pub use containers::{Container, ContainerState, Listing, Network};
pub use events::{Event, EventKind};
pub use find::{configured_endpoint, find, find_chosen, list, try_chosen};
pub use images::{BuildRequest, ImageFacts, StreamLine};
pub use machine::remedied;
pub use places::named_for_this_run;
pub use remedy::{By, GROUP, Plan, Remedy};
pub use report::Report;
pub use run::{RunEnd, RunLimits, RunSpec};
pub use start::Starter;
pub use stats::Counters;
pub use volumes::VolumePlace;

/// An engine that answers. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Engine {
    docker: Docker,
    facts: Arc<EngineFacts>,
    /// The environment, with the paths to a person's logins.
    around: Arc<ProcessEnv>,
    /// How it is reached, if it is on another machine.
    elsewhere: Option<Arc<remote::Elsewhere>>,
}

/// How an engine accepts a list of system calls for a container.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CallLists {
    /// Not at all: it has no seccomp, or runs on a machine with other files.
    Never,
    /// As JSON, in the request.
    InTheRequest,
    /// From a file on its machine, as Podman does.
    FromAFile,
}

/// The properties of an engine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EngineFacts {
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: String,
    /// The negotiated API version.
    pub api_version: String,
    /// It reports GPUs, or a runtime for them.
    pub gpus: bool,
    /// Its address.
    pub endpoint: String,
    /// What named the address, such as `DOCKER_HOST`.
    pub found_by: String,
    /// The places that were tried before, in order, with the result of each.
    pub tried: Vec<String>,
    /// The number of its cores, or 0 if it does not report it.
    pub cpus: u32,
    /// Its memory, bytes, or 0 if it does not report it.
    pub memory: u64,
    /// The limits of a container that it keeps.
    pub keeps: Keeps,
    /// Its socket, as its own machine sees it.
    pub socket_mount: String,
    /// The group that may use the socket, as a container sees it. 0 on another machine until `Engine::socket_of` has asked.
    pub socket_gid: u32,
    /// It runs as the person, and its containers see the person as root.
    pub rootless: bool,
    /// SELinux separates its containers from the person's files.
    pub selinux: bool,
    /// How it accepts a list of system calls for a container.
    pub call_lists: CallLists,
    /// Its log driver can limit the size of a log.
    pub bounds_logs: bool,
    /// It writes mounts as comma-separated values, without quoting them.
    pub unquoted_mounts: bool,
    /// It creates the volumes of a container without their labels.
    pub unlabelled_volumes: bool,
    /// It finds events by the name of a label alone.
    pub events_by_label: bool,
    /// It gives containers users of their own (`userns-remap`), unless a container asks for this machine's. Ours do: they
    /// run as the person, who owns the folder.
    pub remaps: bool,
    /// It runs in a virtual machine or on another machine: nothing of the machine that it runs on can be seen from here.
    pub in_machine: bool,
    /// Users and groups are the same inside our containers as on this machine.
    pub same_ids: bool,
}

impl EngineFacts {
    /// It is reached by a port.
    pub fn is_tcp(&self) -> bool {
        self.endpoint.starts_with("tcp://")
    }
}

impl Engine {
    /// Whose users a container has: empty for the engine's usual ones, as in `HostConfig.UsernsMode`.
    pub fn userns_mode(&self) -> &'static str {
        if self.facts.remaps { "host" } else { "" }
    }

    /// Its properties.
    pub fn facts(&self) -> &EngineFacts {
        &self.facts
    }
}
