//! `orchest open`: opens the window with a folder in its list, and a notebook of it marked. A window that is open already comes to the front.

use std::io::{Read, Seek};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use orchest_core::Failure;
use orchest_core::folder::pipeline;

use crate::output::{self, CliError, Outcome, failure};
use crate::words::open as words;

/// How long a window that cannot open has to report it.
const ENDS_WITHIN: Duration = Duration::from_secs(1);

pub async fn run(path: Option<PathBuf>) -> Outcome {
    let path = path.map(|path| pipeline::check_folder(pipeline::folder_meant(&path)).map(|_| whole(path)));
    let path = path.transpose().map_err(Failure::from)?;
    let program = program().ok_or_else(|| failure(words::not_found(&name()), words::INSTALL.to_owned()))?;
    // Not this terminal's: a program that reads its output to the end would wait for the end of the window.
    let mut said = tempfile::tempfile().map_err(|error| CliError::Plain(words::no_temporary_file(&error)))?;
    let heard = said.try_clone().map_err(|error| CliError::Plain(words::no_temporary_file(&error)))?;
    let mut command = Command::new(&program);
    command.args(path).stdin(Stdio::null()).stdout(Stdio::null()).stderr(heard);
    #[cfg(unix)]
    {
        // Ctrl-C in this terminal must not end the window.
        use std::os::unix::process::CommandExt;
        command.process_group(0);
    }
    let mut window = command
        .spawn()
        .map_err(|error| failure(words::not_started(&program, &error), words::INSTALL_AGAIN.to_owned()))?;
    // A window that stays needs nothing more. One that ends has handed its folder over, or has printed why it cannot open.
    let ended = tokio::time::timeout(ENDS_WITHIN, async {
        loop {
            if let Ok(Some(status)) = window.try_wait() {
                return status;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    });
    match ended.await {
        Ok(status) if !status.success() => {
            let mut text = String::new();
            let _ = said.rewind().and_then(|()| said.read_to_string(&mut text));
            output::say(text.trim_end());
            Err(CliError::Printed)
        }
        _ => Ok(()),
    }
}

/// A path that does not depend on the working folder, and starts with no dash.
fn whole(path: PathBuf) -> PathBuf {
    std::path::absolute(&path).unwrap_or(path)
}

fn name() -> String {
    format!("orchest-desktop{}", std::env::consts::EXE_SUFFIX)
}

/// The window's program: beside this one, or else in the PATH.
fn program() -> Option<PathBuf> {
    let beside = std::env::current_exe().ok().and_then(|this| this.parent().map(Path::to_owned));
    let path = std::env::var_os("PATH").unwrap_or_default();
    beside.into_iter().chain(std::env::split_paths(&path)).map(|folder| folder.join(name())).find(|file| file.is_file())
}
