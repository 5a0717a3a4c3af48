//! The words for browsers and file managers that do not open.

use std::fmt::Display;

/// The system names no program that opens addresses or folders.
pub(crate) const NO_PROGRAM: &str = "no program to open it was found";

/// A program, with one of the reasons below.
pub(crate) fn program(name: &str, reason: &str) -> String {
    format!("`{name}` {reason}")
}

/// The program is not installed.
pub(crate) const NOT_FOUND: &str = "was not found";

/// The system does not start the program.
pub(crate) fn not_started(error: &std::io::Error) -> String {
    format!("could not be started: {error}")
}

/// The program runs, but does not request the address.
pub(crate) fn late(seconds: f32) -> String {
    format!("did not ask for the page within {seconds} s")
}

/// The program failed.
pub(crate) fn ended(code: i32) -> String {
    format!("ended with exit code {code}")
}

/// A signal ended the program.
pub(crate) fn was_ended(status: impl Display) -> String {
    format!("was ended: {status}")
}
