//! Orchest Desktop: `orchest-desktop [DIR]...` opens the window, and adds the folders.

// On Windows, a release opens no console beside the window.
#![cfg_attr(not(debug_assertions), windows_subsystem = "windows")]

use std::process::ExitCode;

fn main() -> ExitCode {
    orchest_desktop::run()
}
