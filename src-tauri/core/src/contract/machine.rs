//! Other machines, whose folders are launched on their own engines.

use serde::Serialize;
use ts_rs::TS;

use super::snapshot::EngineState;

/// Another machine, as an interface shows it.
#[derive(Clone, Debug, PartialEq, Serialize, TS)]
pub struct MachineView {
    /// Its name, which the person gave it.
    pub name: String,
    /// What names its engine: an address, a context, or a host of ssh.
    pub address: String,
    /// The state of its engine.
    pub engine: EngineState,
}

/// A folder on another machine, for a person who picks one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
pub struct FoldersThere {
    /// Its whole path there.
    pub path: String,
    /// The folders in it, by name.
    pub folders: Vec<FolderThere>,
    /// It has more of them.
    pub truncated: bool,
}

/// A folder in it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
pub struct FolderThere {
    /// Its name.
    pub name: String,
    /// There are notebooks in it.
    pub has_notebooks: bool,
}
