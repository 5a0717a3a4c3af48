//! The words for the progress of images.

/// All images were on the engine.
pub(crate) const PRESENT: &str = "present";
/// A build sends its context.
pub(crate) const SENDING: &str = "sending the files";

/// How images came to the engine.
pub(crate) fn had(pulled: usize, built: usize) -> String {
    match (pulled, built) {
        (0, 0) => PRESENT.to_owned(),
        (pulled, 0) => format!("{pulled} pulled"),
        (0, built) => format!("{built} built"),
        (pulled, built) => format!("{pulled} pulled, {built} built"),
    }
}

/// Another launch pulls or builds the same image.
pub(crate) fn waiting(name: &str) -> String {
    format!("{name}: waiting for another launch to get it")
}

/// A pull, with its status once there is one.
pub(crate) fn pulling(name: &str, status: Option<&str>) -> String {
    status.map_or_else(|| format!("pulling {name}"), |status| format!("pulling {name}: {status}"))
}

/// A build, with its status once there is one.
pub(crate) fn building(name: &str, status: Option<&str>) -> String {
    status.map_or_else(|| format!("building {name}"), |status| format!("building {name}, {status}"))
}

/// An instruction of a build.
pub(crate) fn instruction(number: u64, of: u64, text: &str) -> String {
    format!("step {number} of {of}: {text}")
}
