//! The words for images that were not made for kernels.

use std::path::PathBuf;
use std::time::Duration;

use crate::words::error::Error;

/// The image's Python is looked for.
pub(crate) fn looking(image: &str) -> String {
    format!("looking for Python in {image}")
}

/// An image with R gets what its kernels need.
pub(crate) fn adding_r(image: &str) -> String {
    format!("adding a kernel of R to {image}")
}

/// That failed.
pub(crate) fn not_over_r(image: &str, reason: &str, log: Vec<String>, log_file: Option<PathBuf>) -> Error {
    Error::Environment {
        message: format!("the image `{image}` could not be made ready for kernels of R: {reason}"),
        hint: "the log shows the reason; add R and IRkernel to the image, or choose another kernelspec".to_owned(),
        log,
        log_file,
    }
}

/// What a kernel needs exists as sources alone.
pub(crate) const NO_WHEELS: &str = "the package index has no files that fit this Python and its C library";

fn of(message: String, hint: &str) -> Error {
    Error::Environment { message, hint: hint.to_owned(), log: Vec::new(), log_file: None }
}

const ADD: &str = "add CPython 3.8 or newer to the image, for all users, or choose another kernelspec";

/// There is no Python.
pub(crate) fn no_python(image: &str) -> Error {
    of(format!("the image `{image}` has no Python that a kernel could run with"), ADD)
}

/// It is too old.
pub(crate) fn old_python(image: &str, version: &str) -> Error {
    of(format!("the Python of the image `{image}` is {version}, and kernels need 3.8 or newer"), ADD)
}

/// It is none that ipykernel runs with.
pub(crate) fn other_python(image: &str, name: &str, version: &str) -> Error {
    of(format!("the Python of the image `{image}` is {name} {version}, and kernels need CPython"), ADD)
}

/// No package index has packages for it.
pub(crate) fn unknown_machine(image: &str, machine: &str) -> Error {
    of(
        format!("the image `{image}` is for the processor {machine}, and kernels run on x86_64 and aarch64"),
        "choose an image for one of these processors",
    )
}

/// No package index has packages for its C library.
pub(crate) fn unknown_library(image: &str) -> Error {
    of(
        format!("the C library of the image `{image}` is older than glibc 2.17, or unknown"),
        "choose an image with glibc 2.17 or newer, or with musl",
    )
}

/// The engine's machine cannot run the image.
pub(crate) fn other_machine(image: &str) -> Error {
    of(
        format!("the image `{image}` is for another processor than that of the engine's machine"),
        "pull or build the image for this processor, or choose another kernelspec",
    )
}

/// The image did not answer.
pub(crate) fn silent(image: &str, within: Duration) -> Error {
    of(
        format!("the Python of the image `{image}` did not answer within {} s", within.as_secs()),
        "run the image's `python3` by hand to see the reason, or choose another kernelspec",
    )
}

/// What a kernel needs cannot be installed for the image's Python.
pub(crate) fn not_installed(image: &str, python: &str, reason: &str, log: Vec<String>) -> Error {
    Error::Environment {
        message: format!("ipykernel could not be installed for Python {python} of the image `{image}`: {reason}"),
        hint: "check the network and the package index, and launch again; or choose another kernelspec".to_owned(),
        log,
        log_file: None,
    }
}

/// The files of a build are read.
pub(crate) const READING: &str = "reading the files of the build";

/// They are sent to the engine.
pub(crate) fn sending(files: usize, bytes: u64) -> String {
    let count = if files == 1 { "1 file".to_owned() } else { format!("{files} files") };
    let size = match bytes {
        0..1_000_000 => format!("{} KB", bytes.div_ceil(1_000)),
        _ => format!("{} MB", bytes.div_ceil(1_000_000)),
    };
    format!("sending {count}, {size}, to the engine")
}

/// The file names no image.
pub(crate) fn names_none(file: &str) -> Error {
    of(format!("`{file}` names no image"), "correct the file, or choose another kernelspec")
}

/// A build failed.
pub(crate) fn not_built(file: &str, reason: &str, log: Vec<String>, log_file: Option<PathBuf>) -> Error {
    Error::Environment {
        message: format!("the image of `{file}` could not be built: {reason}"),
        hint: format!("the log shows the step that failed; correct `{file}`, or choose another kernelspec"),
        log,
        log_file,
    }
}

/// The folder of a build is too large to be sent.
pub(crate) fn large_context(file: &str, most_mb: u64) -> Error {
    of(
        format!("the folder that `{file}` is built with has more than {most_mb} MB or 50,000 files"),
        "name what the build does not need in a `.dockerignore`, such as data and `.git`",
    )
}

/// The folder has an image.
pub(crate) fn done(file: &str, python: &str) -> String {
    if python.is_empty() { file.to_owned() } else { format!("{file}: Python {python}") }
}

/// The person has not allowed the image.
pub(crate) fn not_allowed(name: &str, file: &str) -> Error {
    of(
        format!("`{name}` has an image of its own in `{file}`, and nobody has allowed to use it"),
        "read the file in the folder's page, and press Use and launch",
    )
}
