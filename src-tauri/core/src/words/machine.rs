//! The words for other machines.

use crate::words::error::Error;
use crate::words::plain_text;

/// No machine has this name.
pub(crate) fn unknown(name: &str, known: &[String]) -> Error {
    let hint = match known {
        [] => "`orchest places add NAME --engine ssh://HOST` adds one".to_owned(),
        known => format!("the machines are {}", known.join(", ")),
    };
    of(format!("no machine is called `{}`", plain_text::name(name)), hint)
}

fn of(message: String, hint: String) -> Error {
    Error::Place { message, hint }
}

/// The address of a folder lacks its host or its path.
pub(crate) fn no_folder(address: &str) -> Error {
    of(
        format!("`{}` names no folder on another machine", plain_text::name(address)),
        "such an address looks like ssh://ada@rack/home/ada/notes".to_owned(),
    )
}

/// Launches of this person run on a machine that is to be removed.
pub(crate) fn runs(machine: &str, folders: &[String]) -> Error {
    of(format!("launches run on {machine}: {}", folders.join(", ")), "stop them first".to_owned())
}

/// A message of another machine's core.
pub(crate) fn on(machine: &str, message: &str) -> String {
    format!("{machine}: {message}")
}

/// No other program carries the launch.
pub(crate) fn not_carried() -> Error {
    of(
        "the program that brings open pages to the launch did not start".to_owned(),
        "the launch runs; the program's own log may say why, and `orchest list` shows the launch".to_owned(),
    )
}

/// The machine's engine does not answer, and nothing is known of the folder.
pub(crate) fn unseen(path: &str, machine: &str) -> Error {
    of(
        format!("`{}` cannot be looked at: the engine of {machine} does not answer", plain_text::name(path)),
        format!("`orchest places test {machine}` shows why"),
    )
}

/// A file of a folder there would have to be changed.
pub(crate) fn not_changed(machine: &str) -> Error {
    of(
        format!("files of folders on {machine} are not changed from here"),
        format!("change the file on {machine}, or in JupyterLab; the next launch takes it"),
    )
}

/// A kernelspec is tested on this machine alone.
pub(crate) fn not_tested(machine: &str) -> Error {
    of(
        format!("kernelspecs are tested on this machine, not on {machine}"),
        "run the test without `--on`; `orchest places test` goes through what a launch needs there".to_owned(),
    )
}

/// A Dockerfile there would be built with files that are not here.
pub(crate) fn not_built(dockerfile: &str, machine: &str) -> Error {
    of(
        format!(
            "`{}` is not built: its files are on {machine}, and only some of them are known here",
            plain_text::name(dockerfile)
        ),
        format!("build its image on {machine}, and name the image in a kernelspec"),
    )
}

/// Puts the gateway's own files into its container.
pub(crate) const BRING: &str = "bring kernelspecs to the gateway";
