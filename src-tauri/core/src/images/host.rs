//! Runs the script of the base image on this machine.

use std::ffi::OsStr;
use std::io;

#[cfg(unix)]
pub(super) use unix::{has_mmdebstrap, run};

/// Whether this machine can make a root file system of Debian.
#[cfg(not(unix))]
pub(super) fn has_mmdebstrap() -> bool {
    false
}

/// Runs a script of the shell, which this system does not have.
#[cfg(not(unix))]
pub(super) async fn run(_script: &[u8], _arguments: &[&OsStr], _on_line: impl FnMut(&str)) -> io::Result<bool> {
    Err(io::ErrorKind::Unsupported.into())
}

#[cfg(unix)]
mod unix {
    use std::process::Stdio;

    use rustix::process::{Pid, Signal, kill_process_group};
    use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
    use tokio::process::{Child, Command};

    use super::{OsStr, io};
    use crate::platform::paths;

    /// Whether this machine can make a root file system of Debian without root.
    pub fn has_mmdebstrap() -> bool {
        let path = paths::of_programs(std::env::var_os("PATH"));
        std::env::split_paths(&path).any(|folder| folder.join("mmdebstrap").is_file())
    }

    /// Runs a script of the shell with these arguments. `on_line` gets each line that it says. Returns whether it ended
    /// well. If the future is dropped, the script and all that it started are asked to end.
    pub async fn run(script: &[u8], arguments: &[&OsStr], mut on_line: impl FnMut(&str)) -> io::Result<bool> {
        let mut command = Command::new("sh");
        // Standard error goes where standard output goes; the script comes from standard input.
        command.args(["-c", "exec 2>&1; script=$(cat); eval \"$script\" </dev/null", "sh"]).args(arguments);
        command.env("PATH", paths::of_programs(std::env::var_os("PATH")));
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()).process_group(0);
        let mut running = Running(command.spawn()?);
        if let Some(mut input) = running.0.stdin.take() {
            input.write_all(script).await?;
        }
        if let Some(output) = running.0.stdout.take() {
            let mut lines = BufReader::new(output).split(b'\n');
            while let Some(line) = lines.next_segment().await? {
                on_line(&String::from_utf8_lossy(&line));
            }
        }
        Ok(running.0.wait().await?.success())
    }

    /// A process and those that it started; dropping it asks them to end.
    struct Running(Child);

    impl Drop for Running {
        fn drop(&mut self) {
            // An ended process has no id, which another may have by now.
            let id = self.0.id().and_then(|id| i32::try_from(id).ok()).and_then(Pid::from_raw);
            if let Some(id) = id {
                let _ = kill_process_group(id, Signal::TERM);
            }
        }
    }
}

#[cfg(test)]
#[cfg(unix)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[tokio::test]
    async fn a_script_gets_its_arguments_and_says_lines_and_how_it_ended() {
        let mut said = Vec::new();
        let script = b"echo \"$1\"; echo wrong >&2; [ \"$1\" = 'a b' ]";
        assert!(run(script, &["a b".as_ref()], |line| said.push(line.to_owned())).await.unwrap());
        assert_eq!(said, ["a b", "wrong"]);
        assert!(!run(script, &["c".as_ref()], |_| {}).await.unwrap());
    }

    #[tokio::test]
    async fn a_script_that_is_dropped_ends_with_what_it_started_and_cleans_up() {
        let folder = tempfile::tempdir().unwrap();
        let (begun, ended) = (folder.path().join("begun"), folder.path().join("ended"));
        let script = b"trap 'touch \"$2\"; exit' TERM; touch \"$1\"; sleep 60 & wait";
        let arguments = [begun.as_os_str(), ended.as_os_str()];
        tokio::select! {
            _ = run(script, &arguments, |_| {}) => panic!("it ended"),
            () = async { while !begun.exists() { tokio::time::sleep(Duration::from_millis(5)).await } } => {}
        }
        for _ in 0..400 {
            if ended.exists() {
                return;
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        panic!("it goes on");
    }
}
