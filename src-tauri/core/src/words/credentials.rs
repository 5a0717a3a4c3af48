//! The words for credentials of registries that cannot be read or were refused.

use std::fmt::Display;

/// The start of a pull's log, if a configuration or helper cannot be used.
pub(crate) fn none_used(trouble: &str) -> String {
    format!("Without credentials: {trouble}")
}

/// The registry refused a request without credentials.
pub(crate) fn refused_without(reason: &str, trouble: &str) -> String {
    format!("{reason}; the registry was asked without credentials, because {trouble}")
}

/// The registry refused the credentials from a file.
pub(crate) fn refused(reason: &str, from: &str) -> String {
    format!("{reason}; the registry was asked with the credentials that {from} has")
}

/// A file of the configuration.
pub(crate) fn file(path: impl Display) -> String {
    format!("`{path}`")
}

/// The system does not give the file's content.
pub(crate) fn unreadable(file: impl Display, error: &std::io::Error) -> String {
    format!("`{file}` cannot be read: {error}")
}

/// The file is not JSON.
pub(crate) fn not_json(file: impl Display, line: usize, column: usize) -> String {
    format!("`{file}` is not JSON: line {line}, column {column}")
}

/// The entry of a registry is wrong.
pub(crate) fn entry(registry: &str, file: impl Display, reason: &str) -> String {
    format!("the entry for {registry} in `{file}` cannot be used: {reason}")
}

/// The reason for a wrong entry.
pub(crate) const NOT_BASE64: &str = "its `auth` is not a text in base64";
/// The reason for a wrong entry.
pub(crate) const NOT_A_PAIR: &str = "its `auth` is not a name, a colon and a password";

/// A credential helper failed, with one of the reasons below.
pub(crate) fn helper(name: &str, from: &str, reason: &str) -> String {
    format!("the credential helper `docker-credential-{name}` of {from} {reason}")
}

/// The helper's name could start any program.
pub(crate) const NAME_IS_A_PATH: &str = "has a name that is a path";
/// The helper is not installed.
pub(crate) const NOT_IN_PATH: &str = "is not in the PATH";
/// The helper's output is of another form.
pub(crate) const ANSWER_NOT_JSON: &str = "did not answer in JSON";

/// The system does not start the helper.
pub(crate) fn not_started(error: &std::io::Error) -> String {
    format!("cannot be started: {error}")
}

/// The helper takes too long.
pub(crate) fn silent(seconds: u64) -> String {
    format!("did not answer within {seconds} s")
}

/// The helper's output broke off.
pub(crate) fn broke_off(error: &std::io::Error) -> String {
    format!("broke off its answer: {error}")
}

/// The helper reports a failure, with a line of its output if that has no secret.
pub(crate) fn failed(line: Option<&str>) -> String {
    line.map_or_else(|| "failed".to_owned(), |line| format!("failed: {line}"))
}

/// A reason with the helper's exit status.
pub(crate) fn with_status(reason: &str, status: impl Display) -> String {
    format!("{reason} ({status})")
}
