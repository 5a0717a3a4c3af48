//! Orchest Desktop: `orchest-desktop [PATH]...` opens the window, and adds folders and the folders of notebooks.
//! `--version` prints the version.

// On Windows, a release opens no console beside the window.
#![cfg_attr(not(debug_assertions), windows_subsystem = "windows")]

use std::process::ExitCode;

fn main() -> ExitCode {
    // An update asks a new program before it takes the old one's place.
    if std::env::args_os().skip(1).eq(["--version"]) {
        return orchest_desktop::say_version();
    }
    orchest_desktop::run()
}
