//! The variables of a folder, as an interface shows and sends them. No value of a secret one crosses to an interface.

use std::fmt;

use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// A variable of a folder's kernels.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
pub struct VariableView {
    /// Its name.
    pub name: String,
    /// Its value; none if it is secret.
    pub value: Option<String>,
    /// Where its value is.
    pub kept: VariableKept,
    /// Why kernels do not get it: a person wrote it into the settings file by hand.
    pub problem: Option<String>,
}

/// Where the value of a variable is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum VariableKept {
    /// In the settings file: it is not secret.
    Settings,
    /// In the system's keychain.
    Keychain,
    /// In this program, until it ends: the system has no keychain.
    ThisRun,
    /// Nowhere any more: it was in a program that has ended, or is in another one.
    Lost,
}

/// The `.env` of a folder. Its values are not in it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
pub struct EnvFileView {
    /// Whether kernels get its variables.
    pub state: EnvFileState,
    /// The names of its variables, at most 100.
    pub names: Vec<String>,
    /// The number of its variables.
    pub count: usize,
    /// What in it cannot be used: the line and the reason.
    pub problems: Vec<String>,
}

/// Whether kernels get the variables of a `.env`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum EnvFileState {
    /// The person has not allowed it.
    Offered,
    /// They get them.
    Used,
    /// The person allowed it, and it has changed since.
    Changed,
}

/// A value on its way from a person. `Debug` hides it, so that it cannot slip into a log.
#[derive(Clone, PartialEq, Eq, Deserialize, TS)]
#[ts(type = "string")]
pub struct TypedValue(pub String);

impl fmt::Debug for TypedValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TypedValue(…)")
    }
}
