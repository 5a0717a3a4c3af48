//! Runs the programs that install an engine or let the person use it, as root.
//!
//! Polkit's `pkexec` asks the person. It gets an absolute path and arguments from `remedy`, and no shell. The programs
//! write to a file and not into a pipe: they go on if this program ends meanwhile, and packages are not left half done.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use tokio::process::{Child, Command};
use tokio_util::sync::CancellationToken;

use super::remedy::{By, PKEXEC, Plan};
use crate::words::engine as words;
use crate::words::error::{Error, Result};

/// The time between two looks at what the programs have written.
const LOOKS: Duration = Duration::from_millis(150);
/// The most of a program's output that is read at once, bytes.
const MOST: u64 = 1 << 20;
/// The last lines that a failure has.
const LAST: usize = 20;
/// `pkexec` ends with this code if the person closed its question (pkexec(1)).
const DISMISSED: i32 = 126;

/// Runs a plan. `tell` gets each line of output. `cancel` ends it as long as the person has not agreed: once a program
/// runs as root, only root can end it.
pub async fn run(plan: &Plan, log: &Path, tell: impl Fn(String), cancel: &CancellationToken) -> Result<()> {
    let failed = |reason: String, said: &[String]| Error::EngineSetup {
        name: plan.name.to_owned(),
        reason,
        command: plan.in_terminal(),
        log: said.iter().rev().take(LAST).rev().cloned().collect(),
        log_file: Some(log.to_owned()),
    };
    let Some(by) = plan.by else { return Err(failed(words::NO_POLKIT.to_owned(), &[])) };
    let mut said = Vec::new();
    let mut output = Output::new(log).map_err(|error| failed(error.to_string(), &[]))?;
    for step in &plan.steps {
        tracing::info!(?step, ?by, "run as root, as the person asked");
        let child = start(by, step, &output.file).map_err(|error| failed(error.to_string(), &said))?;
        let mut hear = |line: String| {
            tell(line.clone());
            said.push(line);
        };
        let status =
            watch(child, &mut output, &mut hear, cancel).await.map_err(|error| failed(error.to_string(), &[]))?;
        match status {
            None => return Err(Error::Cancelled),
            Some(status) if status.success() => {}
            Some(status) if by == By::Polkit && status.code() == Some(DISMISSED) => return Err(Error::Cancelled),
            Some(status) => {
                let last = said.iter().rev().find(|line| !line.trim().is_empty());
                return Err(failed(last.map_or_else(|| status.to_string(), |line| line.trim().to_owned()), &said));
            }
        }
    }
    Ok(())
}

fn start(by: By, step: &[String], output: &File) -> std::io::Result<Child> {
    let mut command = match by {
        By::Polkit => {
            let mut command = Command::new(PKEXEC);
            // Its own agent would ask in the terminal that the window was started from.
            command.arg("--disable-internal-agent").args(step);
            command
        }
        By::Root => {
            let mut command = Command::new(step.first().map(String::as_str).unwrap_or_default());
            command.args(step.iter().skip(1)).env("DEBIAN_FRONTEND", "noninteractive");
            command
        }
    };
    // A group of its own: Ctrl+C in that terminal ends the window, and not the installation.
    #[cfg(unix)]
    command.process_group(0);
    command.stdin(Stdio::null()).stdout(output.try_clone()?).stderr(output.try_clone()?).current_dir("/").spawn()
}

/// Waits for the end of a program. `None` if it was ended before the person agreed.
async fn watch(
    mut child: Child,
    output: &mut Output,
    hear: &mut impl FnMut(String),
    cancel: &CancellationToken,
) -> std::io::Result<Option<ExitStatus>> {
    let mut cancelled = false;
    loop {
        let ended = tokio::select! {
            ended = child.wait() => Some(ended?),
            () = tokio::time::sleep(LOOKS) => None,
            // The system refuses if the program is root's already.
            () = cancel.cancelled(), if !cancelled => {
                cancelled = true;
                let asking = child.start_kill().is_ok();
                tracing::info!(asking, "cancelled");
                None
            }
        };
        output.lines(ended.is_some()).into_iter().for_each(&mut *hear);
        match ended {
            Some(status) if cancelled && killed(status) => return Ok(None),
            Some(status) => return Ok(Some(status)),
            None => {}
        }
    }
}

#[cfg(unix)]
fn killed(status: ExitStatus) -> bool {
    std::os::unix::process::ExitStatusExt::signal(&status).is_some()
}

#[cfg(not(unix))]
fn killed(status: ExitStatus) -> bool {
    !status.success()
}

/// The file that the programs write to, and what of it was read.
struct Output {
    file: File,
    reader: File,
    rest: Vec<u8>,
}

impl Output {
    fn new(path: &Path) -> std::io::Result<Output> {
        if let Some(folder) = path.parent() {
            crate::platform::others::closed_folder(folder)?;
        }
        // Each program appends, and this process reads from the start.
        let _ = std::fs::remove_file(path);
        let file = File::options().create_new(true).append(true).open(path)?;
        Ok(Output { file, reader: File::open(path)?, rest: Vec::new() })
    }

    /// The lines that were written since the last time; with `ended` also one without an end.
    fn lines(&mut self, ended: bool) -> Vec<String> {
        let at = self.reader.stream_position().unwrap_or_default();
        let mut new = Vec::new();
        if Read::by_ref(&mut self.reader).take(MOST).read_to_end(&mut new).is_err() {
            let _ = self.reader.seek(SeekFrom::Start(at));
            return Vec::new();
        }
        self.rest.extend(new);
        let end = if ended {
            self.rest.len()
        } else {
            self.rest.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1)
        };
        let whole: Vec<u8> = self.rest.drain(..end).collect();
        let text = String::from_utf8_lossy(&whole);
        // A progress bar draws over its own line.
        let lines = text.lines().map(|line| line.rsplit('\r').find(|part| !part.trim().is_empty()).unwrap_or_default());
        lines.filter(|line| !line.trim().is_empty()).map(crate::words::plain_text::of_terminal).collect()
    }
}

/// The file with the output of the last run.
pub fn log_file(logs: &Path) -> PathBuf {
    logs.join("engine-setup.log")
}

#[cfg(all(test, unix))]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::sync::Mutex;

    use super::*;

    fn plan(steps: &[&[&str]]) -> Plan {
        let steps = steps.iter().map(|step| step.iter().map(|word| (*word).to_owned()).collect()).collect();
        Plan { name: "Docker", steps, joins: false, by: Some(By::Root) }
    }

    async fn run_it(plan: &Plan, cancel: &CancellationToken) -> (Result<()>, Vec<String>) {
        let folder = tempfile::tempdir().unwrap();
        let heard = Mutex::new(Vec::new());
        let tell = |line| heard.lock().unwrap().push(line);
        let outcome = run(plan, &log_file(folder.path()), tell, cancel).await;
        (outcome, heard.into_inner().unwrap())
    }

    #[tokio::test]
    async fn the_steps_run_one_after_another_and_their_lines_are_told() {
        let steps = plan(&[&["/bin/echo", "one"], &["/usr/bin/printf", "two\\n10%%\\r20%%\\n\\nthree"]]);
        let (outcome, heard) = run_it(&steps, &CancellationToken::new()).await;
        outcome.unwrap();
        assert_eq!(heard, ["one", "two", "20%", "three"]);
    }

    #[tokio::test]
    async fn a_step_that_fails_ends_the_plan_with_its_own_last_words() {
        let steps = plan(&[&["/bin/ls", "/nowhere at all"], &["/bin/echo", "never"]]);
        let (outcome, heard) = run_it(&steps, &CancellationToken::new()).await;
        let failure = outcome.unwrap_err().failure();
        assert!(
            failure.message.contains("/nowhere at all") && failure.hint.contains("ls /nowhere at all"),
            "{failure:?}"
        );
        assert_eq!((failure.log.len(), heard.len()), (1, 1));
        let (outcome, _) = run_it(&plan(&[&["/nowhere/program"]]), &CancellationToken::new()).await;
        assert!(outcome.is_err());
    }

    #[tokio::test]
    async fn a_plan_that_is_cancelled_ends() {
        let cancel = CancellationToken::new();
        cancel.cancel();
        let (outcome, _) = run_it(&plan(&[&["/bin/sleep", "600"], &["/bin/echo", "never"]]), &cancel).await;
        assert!(matches!(outcome, Err(Error::Cancelled)), "{outcome:?}");
    }

    #[tokio::test]
    async fn without_polkit_nothing_is_run() {
        let nobody = Plan { by: None, ..plan(&[&["/bin/echo", "never"]]) };
        let (outcome, heard) = run_it(&nobody, &CancellationToken::new()).await;
        assert!(outcome.unwrap_err().failure().hint.contains("sudo echo never") && heard.is_empty());
    }
}
