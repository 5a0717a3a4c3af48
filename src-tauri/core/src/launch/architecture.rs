//! Whether the engine's machine runs the programs of an image: an image of another architecture ends each kernel at its
//! start, unless the machine emulates it. Pure, except [`check`].

use crate::engine::Engine;
use crate::words::error::{Error, Result};
use crate::words::launch as words;

/// Whether a machine runs the programs of an image.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fits {
    Yes,
    /// Only if the machine emulates the architecture, which is not known.
    Perhaps,
    No,
}

/// `image` and `engine`: operating system and architecture. `emulated`: whether the machine emulates that of the image,
/// if that is known.
fn fits(image: (&str, &str), engine: (&str, &str), emulated: Option<bool>) -> Fits {
    let unsaid = [image.0, image.1, engine.0, engine.1].contains(&"");
    if unsaid || image == engine {
        return Fits::Yes;
    }
    match (image, engine) {
        _ if image.0 != engine.0 => Fits::No,
        ((_, "386"), (_, "amd64")) => Fits::Yes,
        // Not each of them has the instructions of 32 bits.
        ((_, "arm"), (_, "arm64")) => Fits::Perhaps,
        _ => match emulated {
            Some(true) => Fits::Yes,
            Some(false) => Fits::No,
            None => Fits::Perhaps,
        },
    }
}

/// A warning about an image that may not run on the engine's machine. None while it is not on the engine.
///
/// # Errors
/// `OtherArchitecture` if it cannot run there.
pub(crate) async fn check(engine: &Engine, image: &str) -> Result<Option<String>> {
    let Some(found) = engine.image(image).await? else { return Ok(None) };
    let machine = engine.machine().await?;
    let emulated = if engine.facts().in_machine { None } else { platform::emulated(&found.machine.1) };
    let pair = |of: &(String, String)| (of.0.clone(), of.1.clone());
    let (of_image, of_engine) = (pair(&found.machine), pair(&machine));
    match fits((&of_image.0, &of_image.1), (&of_engine.0, &of_engine.1), emulated) {
        Fits::Yes => Ok(None),
        Fits::Perhaps => Ok(Some(words::other_architecture(image, &of_image.1, &of_engine.1))),
        Fits::No => Err(Error::OtherArchitecture {
            image: image.to_owned(),
            of: format!("{}/{}", of_image.0, of_image.1),
            engine: format!("{}/{}", of_engine.0, of_engine.1),
        }),
    }
}

/// Whether one of the emulators in a kernel's list is for an architecture, in the words of images. `is_on` reads whether
/// one of them is switched on.
#[cfg_attr(not(target_os = "linux"), allow(dead_code))]
fn has_emulator(names: &[String], architecture: &str, is_on: impl Fn(&str) -> bool) -> bool {
    let known: &[&str] = match architecture {
        "amd64" => &["x86_64", "rosetta", "box64", "FEX-x86_64"],
        "386" => &["i386", "box32", "FEX-x86"],
        "arm64" => &["aarch64"],
        other => &[other],
    };
    let of_it = |name: &str| known.iter().any(|part| name == *part || name == format!("qemu-{part}"));
    names.iter().any(|name| of_it(name) && is_on(name))
}

#[cfg(target_os = "linux")]
mod platform {
    use std::fs;
    use std::path::Path;

    /// The kernel's list of emulators (its documentation, `admin-guide/binfmt-misc.rst`).
    const LIST: &str = "/proc/sys/fs/binfmt_misc";

    /// Whether this machine emulates an architecture. `None` if its list cannot be read.
    pub fn emulated(architecture: &str) -> Option<bool> {
        let list = Path::new(LIST);
        let status = fs::read_to_string(list.join("status")).ok()?;
        let names = fs::read_dir(list).ok()?.flatten().map(|entry| entry.file_name().to_string_lossy().into_owned());
        let is_on = |name: &str| fs::read_to_string(list.join(name)).is_ok_and(|text| text.starts_with("enabled"));
        Some(status.starts_with("enabled") && super::has_emulator(&names.collect::<Vec<_>>(), architecture, is_on))
    }
}

#[cfg(not(target_os = "linux"))]
mod platform {
    /// The engine's machine is another one.
    pub fn emulated(_architecture: &str) -> Option<bool> {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_image_runs_on_its_own_architecture_or_where_that_is_emulated() {
        let amd = ("linux", "amd64");
        let arm = ("linux", "arm64");
        let table = [
            (amd, amd, None, Fits::Yes),
            (arm, amd, Some(false), Fits::No),
            (arm, amd, Some(true), Fits::Yes),
            (arm, amd, None, Fits::Perhaps),
            (("linux", "386"), amd, Some(false), Fits::Yes),
            (("linux", "arm"), arm, Some(false), Fits::Perhaps),
            (("windows", "amd64"), amd, Some(true), Fits::No),
            (("linux", ""), amd, Some(false), Fits::Yes),
            (arm, ("", ""), Some(false), Fits::Yes),
        ];
        for (image, engine, emulated, wanted) in table {
            assert_eq!(fits(image, engine, emulated), wanted, "{image:?} on {engine:?}, emulated: {emulated:?}");
        }
    }

    #[test]
    fn an_emulator_counts_if_it_is_for_that_architecture_and_switched_on() {
        let names = ["register", "status", "python3.11", "qemu-aarch64", "qemu-s390x"].map(str::to_owned);
        let has = |architecture: &str| has_emulator(&names, architecture, |name| name != "qemu-s390x");
        assert_eq!(["arm64", "amd64", "s390x", "riscv64"].map(has), [true, false, false, false]);
    }
}
