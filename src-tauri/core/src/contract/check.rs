//! What was checked, and with what result.

use serde::Serialize;
use ts_rs::TS;

/// The result of one check.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
pub struct Check {
    /// Its name.
    pub name: &'static str,
    /// Whether it passed.
    pub ok: bool,
    /// The finding.
    pub finding: String,
    /// The remedy of a failed check, or what would be better.
    pub remedy: Option<String>,
}

/// A check that passed.
pub(crate) fn fine(name: &'static str, finding: impl Into<String>) -> Check {
    Check { name, ok: true, finding: finding.into(), remedy: None }
}

/// A check that failed.
pub(crate) fn wrong(name: &'static str, finding: impl Into<String>, remedy: impl Into<String>) -> Check {
    Check { name, ok: false, finding: finding.into(), remedy: Some(remedy.into()) }
}

/// A check that passed, and what would be better.
pub(crate) fn remark(name: &'static str, finding: impl Into<String>, remedy: impl Into<String>) -> Check {
    Check { name, ok: true, finding: finding.into(), remedy: Some(remedy.into()) }
}
