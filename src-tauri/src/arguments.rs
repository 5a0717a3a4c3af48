//! The folders and notebooks on the command line: `orchest-desktop PATH...` adds them, even if a window is open already.
//! The page marks a notebook; if its folder is launched, the notebook opens in the browser. Images are taken from files
//! with images.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use orchest_core::contract::snapshot::LaunchState;
use orchest_core::images::archive::is_archive;
use orchest_core::{App, Failure};
use tauri::{AppHandle, Manager};

use crate::{alert, window};

/// Brings what is on this process's command line.
pub fn of_this_start(app: &AppHandle) {
    let here = std::env::current_dir().unwrap_or_default();
    bring(app, paths(std::env::args_os().skip(1), &here));
}

/// Brings the window to the front, and what is on another process's command line; that process ends by itself.
pub fn of_another_start(app: &AppHandle, arguments: Vec<OsString>, started_in: &Path) {
    window::bring_back(app);
    bring(app, paths(arguments.into_iter(), started_in));
}

/// Brings what comes from Finder: opened with the app, or dropped on its icon.
#[cfg(target_os = "macos")]
pub fn of_the_finder(app: &AppHandle, urls: &[tauri::Url]) {
    bring(app, urls.iter().filter_map(|url| url.to_file_path().ok()).collect());
}

/// An argument that starts with a dash is no path: it comes from the system (`-psn_0_1` on macOS) or is a mistake.
fn paths(arguments: impl Iterator<Item = OsString>, started_in: &Path) -> Vec<PathBuf> {
    arguments
        .filter(|argument| !argument.is_empty() && !argument.as_encoded_bytes().starts_with(b"-"))
        .map(|argument| started_in.join(argument))
        .collect()
}

fn bring(app: &AppHandle, paths: Vec<PathBuf>) {
    let core = app.state::<App>().inner().clone();
    tauri::async_runtime::spawn(async move {
        for path in paths {
            if is_archive(&path) {
                core.offer_images(path);
            } else if let Err(failure) = bring_pipeline(&core, path).await {
                alert::beside_the_window(&failure).await;
            }
        }
    });
}

async fn bring_pipeline(core: &App, path: PathBuf) -> Result<(), Failure> {
    let brought = core.bring_pipeline(path).await?;
    let snapshot = core.snapshots().borrow().clone();
    match brought.notebook {
        Some(notebook) if snapshot.launch(&brought.id).is_some_and(|launch| launch.state == LaunchState::Running) => {
            core.open(&brought.id, Some(&notebook)).await.map(drop)
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn relative_paths_start_at_the_folder_of_the_other_start() {
        let arguments = ["a b", "/there/c", "-psn_0_1", "", "./-d"].map(OsString::from);
        let wanted = ["/here/a b", "/there/c", "/here/./-d"].map(PathBuf::from);
        assert_eq!(paths(arguments.into_iter(), Path::new("/here")), wanted);
    }
}
