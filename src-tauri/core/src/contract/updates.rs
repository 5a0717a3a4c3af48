//! Newer versions of the program, as an interface shows them.

use serde::Serialize;
use ts_rs::TS;

use super::failure::Failure;
use super::snapshot::Progress;

/// What is known of newer versions.
#[derive(Clone, Debug, Default, PartialEq, Serialize, TS)]
pub struct UpdatesView {
    /// Where they are looked for; none if this build has no address and the settings name none.
    pub address: Option<String>,
    /// Whether the person wants that; none if they have not said.
    pub check: Option<bool>,
    /// The window asks the person now.
    pub ask: bool,
    /// When the address was asked last.
    #[ts(type = "number | null")]
    pub checked_at: Option<u64>,
    /// The address is being asked.
    pub checking: bool,
    /// Why the last look, or the last update, came to nothing.
    pub failure: Option<Failure>,
    /// The newer version, if there is one.
    pub newer: Option<NewerView>,
    /// The download of the newer version, while it goes on.
    pub progress: Option<Progress>,
    /// The version that was installed and runs after a restart.
    pub installed: Option<String>,
    /// The program ends to start that version.
    pub restarting: bool,
}

/// A newer version.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
pub struct NewerView {
    /// Its version.
    pub version: String,
    /// The day of its release, as `2026-11-29`.
    pub date: String,
    /// What is new: plain text.
    pub notes: String,
    /// The address of its page, for people; `OpenUpdatePage` opens it.
    pub page: String,
    /// How it gets here.
    pub how: UpdateHow,
    /// The person does not want to be shown it outside of Settings.
    pub later: bool,
}

/// How a newer version gets to this machine.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
#[serde(tag = "how", rename_all = "snake_case")]
pub enum UpdateHow {
    /// The program installs it.
    Itself {
        /// The size of the download, bytes.
        #[ts(type = "number")]
        size: u64,
    },
    /// The person runs a command in a terminal.
    Command {
        /// The command.
        command: String,
    },
    /// The person gets it from its page.
    Page,
}
