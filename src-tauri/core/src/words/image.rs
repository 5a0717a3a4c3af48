//! The words for the progress of images.

use crate::contract::snapshot::{Progress, ProgressUnit};

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

/// Another build makes the layers that an image begins with.
pub(crate) fn shares(name: &str) -> String {
    format!("{name}: waiting for layers that other images have, too")
}

/// One of several images that are prepared at the same time.
pub(crate) fn one_of_several(name: &str, progress: Option<Progress>) -> String {
    let name = short(name);
    match progress.and_then(|progress| Some((progress.unit, progress.done, progress.total?))) {
        Some((ProgressUnit::Steps, done, of)) => format!("{name}: step {} of {of}", done.saturating_add(1).min(of)),
        Some((ProgressUnit::Bytes, done, of)) => format!("{name}: {} of {} MB", done / 1_000_000, of / 1_000_000),
        _ => format!("{name}: waiting"),
    }
}

/// A line of the log of one of several images.
pub(crate) fn line_of(name: &str, line: &str) -> String {
    format!("{}: {line}", short(name))
}

/// The name of an image without the tag, which all of ours have in common.
fn short(name: &str) -> &str {
    match name.rsplit_once(':') {
        Some((short, _)) if short.starts_with("orchest/") => short,
        _ => name,
    }
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
