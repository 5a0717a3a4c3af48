//! The words for the progress of images.

use crate::contract::snapshot::{Progress, ProgressUnit};

/// All images were on the engine.
pub(crate) const PRESENT: &str = "present";
/// A build sends its context.
pub(crate) const SENDING: &str = "sending the files";

/// How images came to the engine.
pub(crate) fn had(carried: usize, pulled: usize, built: usize) -> String {
    let ways = [(carried, "carried from this machine"), (pulled, "pulled"), (built, "built")];
    let had: Vec<_> =
        ways.iter().filter(|(count, _)| *count > 0).map(|(count, how)| format!("{count} {how}")).collect();
    if had.is_empty() { PRESENT.to_owned() } else { had.join(", ") }
}

/// Images are carried from this machine's engine.
pub(crate) fn carrying(names: &[String]) -> String {
    match names {
        [one] => format!("carrying {one}"),
        several => format!("carrying {}", several.iter().map(|name| short(name)).collect::<Vec<_>>().join(", ")),
    }
}

/// Images could not be carried.
pub(crate) fn not_carried(reason: &str) -> String {
    format!("not carried from this machine: {reason}")
}

/// Another launch pulls or builds the same image.
pub(crate) fn waiting(name: &str) -> String {
    format!("{name}: waiting for another launch to get it")
}

/// One of our images is looked for in a registry.
pub(crate) fn looking_for(name: &str) -> String {
    format!("looking for {name}")
}

/// A registry did not answer in this time.
pub(crate) fn no_answer(within: std::time::Duration) -> String {
    format!("the registry did not answer within {} s", within.as_secs())
}

/// The pulled image is not on the engine.
pub(crate) const NOT_THERE: &str = "the engine does not have it after the pull";
/// The engine knows the pulled image by another digest.
pub(crate) const OTHER_DIGEST: &str = "it has another digest than its tag";
/// The published image was built by another version of this program.
pub(crate) const OTHER_DEFINITION: &str = "it was built from another definition than this program has";
/// The published image has no label.
pub(crate) const NO_DEFINITION: &str = "it does not say which definition it was built from";
/// The published image trusts others than this machine does.
pub(crate) const OTHER_AUTHORITIES: &str = "it was built with other certificate authorities than this machine has";

/// The published image is for another machine.
pub(crate) fn other_machine(of: &(String, String), wanted: &(String, String)) -> String {
    format!("it is for {}/{}, and the engine is {}/{}", of.0, of.1, wanted.0, wanted.1)
}

/// One of our images is built, for this reason.
pub(crate) fn not_published(name: &str, registry: &str, reason: &str) -> String {
    format!("{name} is built, not taken from {registry}: {reason}")
}

/// The base image is made, in a container of an image or [`ON_THIS_MACHINE`].
pub(crate) fn making_base(place: &str) -> String {
    format!("making the base image from Debian's packages, by {place}")
}

/// The place of [`making_base`] that is no container.
pub(crate) const ON_THIS_MACHINE: &str = "this machine's mmdebstrap";
/// Whoever had the name in a registry could have made it.
pub(crate) const NOT_PULLED: &str = "it is made on this machine, and in no registry";
/// The program was built without the script.
pub(crate) const NO_SCRIPT: &str = "this program has no script for it";
/// The base image cannot be made on this machine.
pub(crate) const NO_MMDEBSTRAP: &str = "the package `mmdebstrap` is not installed here";
/// The base image cannot be made in a container.
pub(crate) const NO_DEBIAN: &str = "the engine has no image with Debian or Ubuntu";

/// The base image was not made on this machine.
pub(crate) fn not_made_here(reason: &str) -> String {
    format!("on this machine: {reason}")
}

/// The base image was not made in a container.
pub(crate) fn not_made_in(image: &str, reason: &str) -> String {
    format!("in a build of `{image}`: {reason}")
}

/// The end of what a script said: its own error if it has one.
pub(crate) fn ended_with(lines: &[String]) -> String {
    let of = |start: &str| lines.iter().rev().find_map(|line| line.strip_prefix(start).map(str::to_owned));
    let said = |error: String| of("hint: ").map_or(error.clone(), |hint| format!("{error} ({hint})"));
    of("error: ").map(said).or_else(|| lines.last().cloned()).unwrap_or_default()
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
