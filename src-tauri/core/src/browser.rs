//! Opening the person's browser and file manager.

use std::ffi::{OsStr, OsString};
use std::path::Path;
use std::process::{Command, Stdio};

use crate::error::{Error, Result};

/// Opens an address in the person's browser: `$BROWSER` where it is set, else the system's choice.
pub fn open_url(url: &str) -> Result<()> {
    let chosen = std::env::var_os("BROWSER").filter(|browser| cfg!(unix) && !browser.is_empty());
    let commands = match chosen {
        Some(browser) => {
            let mut command = Command::new(browser);
            command.arg(url);
            vec![command]
        }
        None => open::commands(url),
    };
    start_first(commands).map_err(|source| Error::Browser { source })
}

/// Shows a file or folder in the file manager.
pub fn reveal(path: &Path) -> Result<()> {
    let folder = if path.is_dir() { path } else { path.parent().unwrap_or(path) };
    start_first(open::commands(folder)).map_err(|source| Error::Io {
        what: "show".to_owned(),
        path: path.to_owned(),
        source,
    })
}

fn start_first(commands: Vec<Command>) -> std::io::Result<()> {
    let mut failure = std::io::Error::new(std::io::ErrorKind::NotFound, "there is no program to open it with");
    for mut command in commands {
        command.env("PATH", whole_path(std::env::var_os("PATH")));
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        match command.spawn() {
            Ok(mut child) => {
                // Reaped when it ends, so that no zombie stays while the app runs.
                std::thread::spawn(move || child.wait());
                return Ok(());
            }
            Err(error) => failure = error,
        }
    }
    Err(failure)
}

/// A program started from the desktop may lack the shell's PATH: the usual folders are added behind it.
fn whole_path(path: Option<OsString>) -> OsString {
    let usual: &[&str] = if cfg!(target_os = "macos") {
        &["/opt/homebrew/bin", "/usr/local/bin", "/usr/bin", "/bin"]
    } else if cfg!(unix) {
        &["/usr/local/bin", "/usr/bin", "/bin", "/snap/bin", "/var/lib/flatpak/exports/bin"]
    } else {
        &[]
    };
    let path = path.unwrap_or_default();
    let mut folders: Vec<_> = std::env::split_paths(&path).filter(|folder| !folder.as_os_str().is_empty()).collect();
    for folder in usual {
        if !folders.iter().any(|known| known.as_os_str() == OsStr::new(folder)) {
            folders.push(folder.into());
        }
    }
    std::env::join_paths(folders).unwrap_or(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(target_os = "linux")]
    #[test]
    fn the_usual_folders_are_added_behind_what_is_there() {
        assert_eq!(whole_path(None), "/usr/local/bin:/usr/bin:/bin:/snap/bin:/var/lib/flatpak/exports/bin");
        let path = whole_path(Some("/my/bin:/usr/bin".into()));
        assert!(path.to_string_lossy().starts_with("/my/bin:/usr/bin:/usr/local/bin"));
    }
}
