//! The message that a person reads when something fails.

use serde::Serialize;
use ts_rs::TS;

/// The message that a person reads when something fails: what happened, with what, and what to do next.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
pub struct Failure {
    /// A code of its own if an interface acts on it; otherwise `other`.
    pub code: FailureCode,
    /// What happened, with what: one sentence.
    pub message: String,
    /// What to do next.
    pub hint: String,
    /// The last lines of the log with the reason, oldest first.
    pub log: Vec<String>,
    /// The file with the whole log.
    pub log_file: Option<String>,
}

/// The failures that an interface acts on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum FailureCode {
    /// No engine answers: the window offers to try again.
    EngineUnreachable,
    /// The socket exists, but the person may not use it.
    EngineForbidden,
    /// The engine's API is older than 1.41.
    EngineTooOld,
    /// The engine is on another machine, which does not have the folder.
    EngineElsewhere,
    /// An image is missing, and cannot be pulled or built.
    Image,
    /// The folder does not exist or cannot be used.
    Folder,
    /// The person cancelled the launch.
    Cancelled,
    /// Interfaces only show it.
    Other,
}
