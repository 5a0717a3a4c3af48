//! Turns the engine's refusals into errors.

use bollard::errors::Error as Refusal;

use crate::words::engine;
use crate::words::error::Error;

/// The status of a refusal, if the engine gave one.
pub(super) fn status(refusal: &Refusal) -> Option<u16> {
    match refusal {
        Refusal::DockerResponseServerError { status_code, .. } => Some(*status_code),
        _ => None,
    }
}

/// Whether a name belongs to something else on the engine. Podman has no status for a container's name, only a message.
pub(super) fn is_taken(refusal: &Refusal) -> bool {
    status(refusal) == Some(409) || {
        let words = words(refusal);
        words.contains("name") && words.contains("is already in use")
    }
}

/// The engine's own message.
pub(super) fn words(refusal: &Refusal) -> String {
    match refusal {
        Refusal::DockerResponseServerError { message, .. } => message.trim().to_owned(),
        Refusal::DockerStreamError { error } => error.trim().to_owned(),
        other if is_gone(other) => engine::STOPPED_ANSWERING.to_owned(),
        other => other.to_string(),
    }
}

/// Whether the engine did not answer, or not to the end.
fn is_gone(refusal: &Refusal) -> bool {
    matches!(
        refusal,
        Refusal::HyperLegacyError { .. }
            | Refusal::HyperResponseError { .. }
            | Refusal::IOError { .. }
            | Refusal::RequestTimeoutError
    )
}

/// The error for a call that failed. For these cases the engine has no codes, only messages.
pub(super) fn error(what: &str, refusal: &Refusal) -> Error {
    if is_gone(refusal) {
        return Error::EngineGone { what: what.to_owned() };
    }
    let words = words(refusal);
    let lower = words.to_lowercase();
    if lower.contains("no space left on device") {
        Error::DiskFull { what: what.to_owned() }
    } else if lower.contains("could not find an available, non-overlapping")
        || lower.contains("address pools have been fully subnetted")
    {
        Error::NoAddresses
    } else {
        Error::Engine { what: what.to_owned(), reason: words }
    }
}

/// Success also if the object to be removed or stopped is gone already.
pub(super) fn or_gone(what: &str, outcome: Result<(), Refusal>) -> Result<(), Error> {
    match outcome {
        Ok(()) => Ok(()),
        Err(refusal) => match status(&refusal) {
            Some(304 | 404) => Ok(()),
            Some(409) if words(&refusal).contains("already in progress") => Ok(()),
            _ => Err(error(what, &refusal)),
        },
    }
}
