//! The engines that can be found, for a person who picks one.

use serde::Serialize;
use ts_rs::TS;

use super::failure::Failure;

/// The engines that can be found.
#[derive(Clone, Debug, Default, PartialEq, Serialize, TS)]
pub struct Engines {
    /// In the order in which they are looked for.
    pub options: Vec<EngineOption>,
    /// The variable that names the engine of this run, such as `DOCKER_HOST`. It goes before what the person picks.
    pub said_by: Option<String>,
}

/// A place where an engine is, or should be.
#[derive(Clone, Debug, Default, PartialEq, Serialize, TS)]
pub struct EngineOption {
    /// Its address, such as `unix:///var/run/docker.sock`. Empty if what names it has none.
    pub endpoint: String,
    /// What names the address: `DOCKER_HOST`, `context colima`, `Podman connection own`, `well-known socket`, ...
    pub named_by: Vec<String>,
    /// The engine's name, such as `Podman`. None if it cannot be used.
    pub name: Option<String>,
    /// Its version.
    pub version: Option<String>,
    /// Why it cannot be used.
    pub failure: Option<Failure>,
    /// This program uses it now.
    pub used: bool,
    /// The person picked it.
    pub chosen: bool,
}
