//! Orchest Desktop: `orchest-desktop [PATH]...` opens the window, and adds folders and the folders of notebooks.

// On Windows, a release opens no console beside the window.
#![cfg_attr(not(debug_assertions), windows_subsystem = "windows")]

use std::process::ExitCode;

fn main() -> ExitCode {
    orchest_desktop::run()
}
