//! The words for requests to a Jupyter server that fail. Other messages quote them as a reason.

use std::time::Duration;

/// The server's answer is of another form.
pub(crate) const NOT_JSON: &str = "the server's answer is not JSON";

/// A kernel's websocket ends too early.
pub(crate) const CLOSED: &str = "the kernel's connection was closed before the code was done";

/// The server does not answer.
pub(crate) fn no_answer(within: Duration) -> String {
    format!("no answer within {} s", within.as_secs())
}

/// The server refuses without a message, or its answer is not understood.
pub(crate) fn status(status: u16) -> String {
    format!("the server answered with status {status}")
}
