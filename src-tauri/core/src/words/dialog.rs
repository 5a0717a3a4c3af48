//! The words of the system's dialogs, and of the shell's own failures, even those before a page exists.

use std::path::Path;

use crate::words::plain_text;

/// The title of dialogs that show a failure.
pub const TITLE: &str = "Orchest Desktop";

/// The title of the dialog that picks folders to add.
pub const ADD_FOLDERS: &str = "Add folders of notebooks";
/// The title of the dialog that picks a folder for the example.
pub const COPY_EXAMPLE: &str = "Copy the example into a folder";
/// The title of the dialog that picks the new place of a folder.
pub const LOCATE_FOLDER: &str = "Locate the folder";
/// The title of the dialog that saves a log.
pub const SAVE_LOG: &str = "Save the log";
/// The title of the dialog that picks a file of certificate authorities.
pub const CHOOSE_CA_FILE: &str = "Choose a file of certificates";
/// The title of the dialog that picks the kernels directory.
pub const CHOOSE_KERNELS_DIR: &str = "Choose a folder of kernelspecs";

/// Asks whether a kernelspec may run another command in the gateway.
pub fn new_command(name: &str, argv: &[String]) -> String {
    let command = plain_text::name(&argv.join(" ")).into_owned();
    format!(
        "The kernelspec \"{}\" gets another command, or variables for a command that is no Python script. The gateway \
         runs it with access to the engine, which is access to this machine.\n\n{command}\n\nSave it only if you \
         changed the command yourself.",
        plain_text::name(name)
    )
}

/// Asks whether launches may run at a gateway.
pub fn new_place(name: &str, gateway: &str) -> String {
    format!(
        "Launches at \"{}\" send the code of their notebooks to this gateway, and show what it answers:\n\n{}\n\nAdd it \
         only if you trust those who keep it.",
        plain_text::name(name),
        plain_text::name(gateway)
    )
}

/// The question before a machine is added.
pub fn new_machine(name: &str, engine: &str) -> String {
    format!(
        "Launches on \"{}\" run on this engine, and see the folders of its machine:\n\n{}\n\nAdd it only if you may use \
         that machine.",
        plain_text::name(name),
        plain_text::name(engine)
    )
}

/// A failure in a dialog.
pub fn failure(message: &str, hint: &str) -> String {
    format!("{message}\n\n{hint}")
}

/// A failure in a terminal.
pub fn failure_in_terminal(message: &str, hint: &str) -> String {
    format!("error: {message}\nhint: {hint}")
}

/// The window cannot open on a machine without a screen.
pub const NO_DISPLAY: &str = "no display: neither DISPLAY nor WAYLAND_DISPLAY is set";

/// The window cannot open, because the displays that these variables name are gone, or belong to somebody else.
pub fn display_dead(displays: &str) -> String {
    format!("no display answers: {displays}")
}

/// The remedy if no window can open.
pub const USE_TERMINAL: &str = "use `orchest launch DIR` in a terminal";

/// WebKit draws nothing.
pub const WINDOW_EMPTY: &str = "the window stays empty: WebKit, which draws it, does not work on this machine";

/// The same in a dialog.
pub fn window_empty(logs: &Path) -> String {
    failure(
        "The window of Orchest Desktop stays empty: WebKit, which draws it, does not work on this machine.",
        &format!(
            "In a terminal, \"orchest launch DIR\" launches a folder, and \"orchest --help\" shows the other commands.\n\nThe \
             log is in {}",
            logs.display()
        ),
    )
}

/// The remedy for that.
pub fn window_empty_hint(logs: &Path) -> String {
    format!(
        "use `orchest` in a terminal, which does all that the window does: `orchest launch DIR`. The log is in `{}`",
        logs.display()
    )
}
/// The program was to be started anew, after an update was taken back.
pub fn not_started_again(program: &Path, error: &dyn std::fmt::Display) -> String {
    format!("`{}` could not be started: {error}", program.display())
}

/// The remedy for that.
pub const START_BY_HAND: &str = "start it again by hand";

/// The window did not open.
pub fn window_failed(error: &dyn std::fmt::Display) -> String {
    format!("the window could not be opened: {error}")
}

/// Another window holds the lock of this configuration and does not answer, or its folder cannot be used.
pub fn second_window(folder: &Path, error: &dyn std::fmt::Display) -> String {
    format!("the window could not be opened for `{}`: {error}", folder.display())
}

/// The remedy if the lock cannot be taken.
pub const END_OTHER_WINDOW: &str = "end the window that is open, and check that its folder is writable";

/// Another window holds the lock.
pub fn window_silent(process: &str, error: &dyn std::fmt::Display) -> String {
    format!("the open window (process {process}) does not answer: {error}")
}

/// The clipboard refused a text.
pub fn clipboard_failed(error: &dyn std::fmt::Display) -> String {
    format!("The address could not be copied: {error}")
}

/// The remedy if the clipboard refuses.
pub const CLIPBOARD_HINT: &str = "press \"Open\" instead";
