//! The words of the icon in the system's tray.

use crate::contract::snapshot::LaunchState;

/// The entry of an empty menu.
pub const NOTHING_RUNS: &str = "No launch is running";
/// Shows the window.
pub const SHOW_WINDOW: &str = "Show Orchest Desktop";
/// Ends the program.
pub const QUIT: &str = "Quit Orchest Desktop";
/// Opens a launch.
pub const OPEN: &str = "Open in the browser";
/// Shows a pipeline in the window.
pub const SHOW: &str = "Show";
/// Stops a launch.
pub const STOP: &str = "Stop";
/// Cancels a launch that is starting.
pub const CANCEL: &str = "Cancel";

/// The text beside the pointer.
pub fn tip(running: usize) -> String {
    match running {
        0 => "Orchest Desktop".to_owned(),
        running => format!("Orchest Desktop: {running} running"),
    }
}

/// A launch in the menu, by its pipeline's name.
pub fn launch(name: &str, state: LaunchState) -> String {
    match state {
        LaunchState::Running => name.to_owned(),
        LaunchState::Starting => format!("{name} (starting)"),
        LaunchState::Stopping => format!("{name} (stopping)"),
        LaunchState::Broken | LaunchState::Failed => format!("{name} (broken)"),
    }
}
