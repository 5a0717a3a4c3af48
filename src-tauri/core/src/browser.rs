//! Opening the person's browser and file manager.

use std::path::Path;
use std::process::{Command, Stdio};

use crate::error::{Error, Result};
use crate::paths;

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
        command.env("PATH", paths::of_programs(std::env::var_os("PATH")));
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
