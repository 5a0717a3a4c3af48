//! Waits for launches: until one is ready, or until one is gone. Both shells wait in this way.

use crate::app::App;
use crate::contract::failure::Failure;
use crate::contract::snapshot::{LaunchState, LaunchView};
use crate::words;
use crate::words::error::Error;

impl App {
    /// Waits until a launch can be used. `shown` is called with each change of it.
    ///
    /// # Errors
    ///
    /// Why it failed or broke, or that it was stopped meanwhile.
    pub async fn until_ready(&self, id: &str, mut shown: impl FnMut(&LaunchView)) -> Result<LaunchView, Failure> {
        let mut snapshots = self.snapshots();
        loop {
            let launch = snapshots.borrow_and_update().launch(id).cloned();
            let Some(launch) = launch else { return Err(words::health::stopped_meanwhile()) };
            shown(&launch);
            match (launch.state, &launch.failure) {
                (LaunchState::Running, _) => return Ok(launch),
                (LaunchState::Failed | LaunchState::Broken, Some(failure)) => return Err(failure.clone()),
                _ => {}
            }
            if snapshots.changed().await.is_err() {
                return Err(words::health::stopped_meanwhile());
            }
        }
    }

    /// Waits until a launch that is being stopped is gone.
    ///
    /// # Errors
    ///
    /// It failed, and the failure says what may be left; or it runs again, or still.
    pub async fn until_gone(&self, id: &str) -> Result<(), Failure> {
        let mut snapshots = self.snapshots();
        loop {
            let launch = snapshots.borrow_and_update().launch(id).cloned();
            match launch {
                None => return Ok(()),
                Some(LaunchView { state: LaunchState::Failed, failure, .. }) => return failure.map_or(Ok(()), Err),
                Some(LaunchView { state: LaunchState::Stopping, .. }) => {}
                Some(_) => return Err(Error::NotStopped { name: self.shown_name(id) }.into()),
            }
            if snapshots.changed().await.is_err() {
                return Ok(());
            }
        }
    }

    fn shown_name(&self, id: &str) -> String {
        self.snapshots().borrow().pipeline(id).map_or_else(|| id.to_owned(), |pipeline| pipeline.name.clone())
    }
}
