//! Tests a kernelspec: launches an empty folder with it, starts one kernel, runs a sum in it, and removes everything.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use tokio_util::sync::CancellationToken;

use crate::app::App;
use crate::contract::failure::Failure;
use crate::contract::kernelspec::KernelspecTested;
use crate::contract::snapshot::{LaunchState, LaunchView};
use crate::jupyter;
use crate::launch::reach;
use crate::words::error::Error;
use crate::words::file as words;

/// The code of a test. Python, R, Julia and most other languages know it.
const CODE: &str = "1+1";
/// The lines of the kernel's log that a test shows.
const LINES: usize = 30;
/// How long the end of the program waits for a test to remove its launch.
const ENDS_WITHIN: Duration = Duration::from_secs(15);

/// The test that runs, if one does.
#[derive(Default)]
pub(super) struct Testing {
    /// Held while a test runs.
    alone: tokio::sync::Mutex<()>,
    cancel: Mutex<CancellationToken>,
}

impl App {
    /// Tests a kernelspec. `shown` is called with each change of its launch. One test runs at a time.
    ///
    /// # Errors
    ///
    /// Why it failed, with the last lines of the kernel's log.
    pub async fn test_kernelspec(
        &self,
        name: &str,
        shown: impl FnMut(&LaunchView),
    ) -> Result<KernelspecTested, Failure> {
        // The empty folder of a test is on this machine.
        if let Some(there) = &self.there {
            return Err(crate::words::machine::not_tested(there.name()).into());
        }
        let Ok(_alone) = self.testing.alone.try_lock() else { return Err(Error::Testing.into()) };
        let cancel = CancellationToken::new();
        *self.testing.cancel.lock().unwrap_or_else(PoisonError::into_inner) = cancel.clone();
        // A name of the list, so that the folder's own name leads nowhere else.
        let name = &self.kernelspec_name(name).await?;
        let dir = self.places.tests_dir();
        let failed = |source| Failure::from(words::failed(words::CREATE, &dir, source));
        std::fs::create_dir_all(&dir).map_err(failed)?;
        // The folder's name is the launch's in every list.
        let folder = tempfile::Builder::new().prefix(&format!("test of {name} ")).tempdir_in(&dir).map_err(failed)?;
        let begun = Instant::now();
        let id = self.launch_folder(folder.path().to_owned(), Some(name.to_owned()), None).await?;
        let outcome = tokio::select! {
            outcome = self.run_test(&id, name, begun, shown) => outcome,
            () = cancel.cancelled() => Err(Error::Cancelled.into()),
        };
        self.remove_test(&id).await;
        outcome
    }

    /// Cancels the test that runs. Its launch is removed.
    pub fn cancel_test(&self) {
        self.testing.cancel.lock().unwrap_or_else(PoisonError::into_inner).cancel();
    }

    pub(super) async fn end_test(&self) {
        self.cancel_test();
        let _ = tokio::time::timeout(ENDS_WITHIN, self.testing.alone.lock()).await;
    }

    async fn run_test(
        &self,
        id: &str,
        name: &str,
        begun: Instant,
        shown: impl FnMut(&LaunchView),
    ) -> Result<KernelspecTested, Failure> {
        self.until_ready(id, shown).await?;
        let launched = begun.elapsed();
        let server = reach::server(&self.engine().await?, id).await?;
        let begun = Instant::now();
        let kernel = match server.start_kernel(&name.to_ascii_lowercase()).await {
            Ok(kernel) => kernel,
            Err(error) => return Err(self.test_failed(id, name, &error).await),
        };
        let started = begun.elapsed();
        let begun = Instant::now();
        match server.execute(&kernel, CODE).await {
            Ok(answer) => Ok(KernelspecTested {
                launch_ms: ms(launched),
                kernel_ms: ms(started),
                answer_ms: ms(begun.elapsed()),
                code: CODE.to_owned(),
                answer,
                log: self.test_log(id).await,
            }),
            Err(error) => Err(self.test_failed(id, name, &error).await),
        }
    }

    /// The failure of a test. A kernel that fails without lines of its own has the log of its launch.
    async fn test_failed(&self, id: &str, name: &str, error: &jupyter::Error) -> Failure {
        let (reason, hint, mut log) = told(&error.to_string());
        if let jupyter::Error::Code { traceback, .. } = error {
            log.extend(traceback.iter().cloned());
        }
        if log.is_empty() {
            log = self.test_log(id).await;
        }
        Error::KernelTest { name: name.to_owned(), reason, hint, log }.into()
    }

    /// The last lines of the kernel, or of the gateway if there is no kernel.
    async fn test_log(&self, id: &str) -> Vec<String> {
        let Ok(mut lines) = self.log_lines(id, LINES, false).await else { return Vec::new() };
        let (mut kernel, mut gateway) = (Vec::new(), Vec::new());
        while let Some(line) = lines.recv().await {
            if line.ended {
                continue;
            }
            match line.source.as_str() {
                "gateway" => gateway.push(line.text),
                "server" => {}
                _ => kernel.push(line.text),
            }
        }
        if kernel.is_empty() { gateway } else { kernel }
    }

    /// Removes the launch of a test with all that it keeps. What could not be removed is in the log and in the list.
    async fn remove_test(&self, id: &str) {
        let state = self.snapshots.borrow().launch(id).map(|launch| launch.state);
        match state {
            None => {}
            Some(LaunchState::Failed) => drop(self.dismiss_failure(id).await),
            Some(LaunchState::Starting) => drop(self.cancel(id).await),
            Some(_) => drop(self.stop(id).await),
        }
        if let Err(failure) = self.until_gone(id).await {
            // A cancelled launch is shown as failed, and has nothing left.
            tracing::debug!(failure.message, "the launch of a test ended");
            let _ = self.dismiss_failure(id).await;
        }
        if let Err(failure) = self.forget(id).await {
            tracing::warn!(failure.message, "the saved state of a test is not removed");
        }
    }
}

/// The parts of what a gateway says of a kernel that does not start: the reason in the first line, the remedy in one that
/// begins with `hint:`, and lines of the kernel's log.
fn told(text: &str) -> (String, Option<String>, Vec<String>) {
    let mut lines = text.lines().map(str::to_owned);
    let reason = lines.next().unwrap_or_default();
    let (mut hint, mut log) = (None, Vec::new());
    for line in lines {
        match line.strip_prefix("hint: ") {
            Some(remedy) => hint = Some(remedy.trim_end_matches('.').to_owned()),
            None => log.push(line),
        }
    }
    (reason, hint, log)
}

fn ms(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_gateway_says_has_a_reason_a_remedy_and_a_log() {
        let log = vec!["Its last lines:".to_owned(), "a".to_owned()];
        assert_eq!(told("no.\nIts last lines:\na"), ("no.".to_owned(), None, log));
        let (reason, hint, log) = told("no.\nhint: do it.");
        assert_eq!((reason.as_str(), hint.as_deref(), log.len()), ("no.", Some("do it"), 0));
    }
}
