//! The version that an update installed takes the place of the one that runs.

use std::path::Path;

use orchest_core::App;
use orchest_core::updates::Source;
use tauri::{AppHandle, Manager, RunEvent};

/// The page has been shown: the version that runs needs no older one behind it.
pub fn has_started(app: &AppHandle) {
    let app = app.clone();
    tauri::async_runtime::spawn(async move { app.state::<App>().has_started(app.state::<Source>().inner()) });
}

/// At the very end, when launches that were starting are cancelled.
pub fn on_event(app: &AppHandle, event: &RunEvent) {
    if let RunEvent::Exit = event
        && app.state::<App>().snapshots().borrow().updates.restarting
    {
        let error = become_program(&app.state::<Source>().program);
        tracing::error!(%error, "the new version did not start");
    }
}

/// This process becomes a program, so that no two windows run at a time; answers only if that fails. The lock of the one
/// window and all other files are closed by that.
#[cfg(unix)]
pub fn become_program(program: &Path) -> std::io::Error {
    use std::os::unix::process::CommandExt;
    std::process::Command::new(program).exec()
}

#[cfg(not(unix))]
pub fn become_program(_program: &Path) -> std::io::Error {
    std::io::ErrorKind::Unsupported.into()
}
