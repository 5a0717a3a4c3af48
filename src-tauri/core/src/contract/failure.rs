//! What a person is told when something fails.

use serde::Serialize;
use ts_rs::TS;

/// What a person is told when something fails: what happened, with what, and what to do next.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
pub struct Failure {
    /// Set apart where an interface acts on it; everything else is `other`.
    pub code: FailureCode,
    /// What happened, with what: one sentence.
    pub message: String,
    /// What to do next.
    pub hint: String,
    /// The last lines of the log that says why, oldest first.
    pub log: Vec<String>,
    /// Where the whole log is.
    pub log_file: Option<String>,
}

/// The failures that an interface acts on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum FailureCode {
    /// No engine answers: the window offers to look again.
    EngineUnreachable,
    /// The socket is there and the person may not use it.
    EngineForbidden,
    /// The engine speaks an API that is older than 1.41.
    EngineTooOld,
    /// The engine is on another machine, where the folder is not.
    EngineElsewhere,
    /// An image is neither here nor to be had.
    Image,
    /// The folder is gone or cannot be used.
    Folder,
    /// The launch was cancelled by the person.
    Cancelled,
    /// Anything that an interface only shows.
    Other,
}
