//! `orchest open`: the window, with a folder in its list. Where it is open already, that one comes to the front.

use std::io::{Read, Seek};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use orchest_core::Failure;
use orchest_core::folder::pipeline;

use crate::output::{self, CliError, Outcome, failure};

/// How long a window that cannot open has to say so.
const ENDS_WITHIN: Duration = Duration::from_secs(1);

pub async fn run(folder: Option<PathBuf>) -> Outcome {
    let folder = folder.map(|folder| pipeline::check_folder(&folder)).transpose().map_err(Failure::from)?;
    let program = program().ok_or_else(|| {
        failure(
            format!("`{}` is neither beside this program nor in the PATH", name()),
            "install the app whole, or use `orchest launch DIR`".to_owned(),
        )
    })?;
    // Not this terminal: whoever waits for the end of what is said here would wait for the window's.
    let mut said = tempfile::tempfile().map_err(|error| CliError::Plain(format!("no temporary file: {error}")))?;
    let heard = said.try_clone().map_err(|error| CliError::Plain(format!("no temporary file: {error}")))?;
    let mut command = Command::new(&program);
    command.args(folder).stdin(Stdio::null()).stdout(Stdio::null()).stderr(heard);
    #[cfg(unix)]
    {
        // Ctrl-C in this terminal is not meant for the window.
        use std::os::unix::process::CommandExt;
        command.process_group(0);
    }
    let mut window = command.spawn().map_err(|error| {
        failure(format!("`{}` could not be started: {error}", program.display()), "install the app anew".to_owned())
    })?;
    // A window that stays is left alone; one that ends has passed its folder on, or has said why it cannot open.
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
            let mut words = String::new();
            let _ = said.rewind().and_then(|()| said.read_to_string(&mut words));
            output::say(words.trim_end());
            Err(CliError::Said)
        }
        _ => Ok(()),
    }
}

fn name() -> String {
    format!("orchest-desktop{}", std::env::consts::EXE_SUFFIX)
}

/// The window's program: the one beside this, else the one in the PATH.
fn program() -> Option<PathBuf> {
    let beside = std::env::current_exe().ok().and_then(|this| this.parent().map(Path::to_owned));
    let path = std::env::var_os("PATH").unwrap_or_default();
    beside.into_iter().chain(std::env::split_paths(&path)).map(|folder| folder.join(name())).find(|file| file.is_file())
}
