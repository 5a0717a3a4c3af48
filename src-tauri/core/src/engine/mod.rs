//! The engine: a Docker-compatible daemon on this machine. The only module that names bollard.
//!
//! Calls follow the Docker Engine API, version 1.41 and newer.

mod calls;
mod containers;
mod credentials;
pub(crate) mod docker_config;
mod events;
mod find;
mod images;
mod log_bounds;
pub mod spec;
mod start;
mod stats;
mod tcp;
mod volumes;

use std::sync::Arc;

use bollard::Docker;

pub use containers::{Container, ContainerState, Listing, Network};
pub use events::{Event, EventKind};
pub use find::{ProcessEnv, configured_endpoint, find};
pub use images::{BuildRequest, ImageFacts, StreamLine};
pub use start::{Starter, starter};
pub use stats::Counters;

/// An engine that answers. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Engine {
    docker: Docker,
    facts: Arc<EngineFacts>,
    /// Where a person's logins to registries are looked for.
    around: Arc<ProcessEnv>,
}

/// How an engine takes a list of system calls with a container.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CallLists {
    /// Not at all: it has no seccomp, or is on a machine with other files.
    Never,
    /// As JSON, in the request.
    InTheRequest,
    /// From a file of its machine: Podman.
    FromAFile,
}

/// What is known of an engine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EngineFacts {
    /// What it calls itself.
    pub name: String,
    /// Its version.
    pub version: String,
    /// The API version that was agreed on.
    pub api_version: String,
    /// Where it was found.
    pub endpoint: String,
    /// Why there.
    pub found_by: String,
    /// Where it was looked for before, in order, and what was found there.
    pub tried: Vec<String>,
    /// How many cores it has; 0 where it does not say.
    pub cpus: u32,
    /// How much memory it has, bytes; 0 where it does not say.
    pub memory: u64,
    /// It can limit the memory of a container.
    pub limits_memory: bool,
    /// Its socket, as its own machine sees it.
    pub socket_mount: String,
    /// The group that may use the socket, as a container sees it.
    pub socket_gid: u32,
    /// It runs as the person, whom its containers see as root.
    pub rootless: bool,
    /// SELinux separates its containers from the person's files.
    pub selinux: bool,
    /// How it takes a list of system calls with a container.
    pub call_lists: CallLists,
    /// It bounds how many processes a container may have.
    pub bounds_processes: bool,
    /// Its log driver takes a bound on a log's size.
    pub bounds_logs: bool,
    /// Users and groups are the same inside its containers as on this machine.
    pub same_ids: bool,
}

impl Engine {
    /// What is known of it.
    pub fn facts(&self) -> &EngineFacts {
        &self.facts
    }
}
