//! What failed launches left while the engine was away, and what it may still make of a cancelled one: removed once it
//! answers.

use std::time::Duration;

use super::{Message, State};
use crate::contract::failure::Failure;
use crate::launch::stop;
use crate::words::error::Error;

/// How long after a removal that failed it is tried again.
const AGAIN: Duration = Duration::from_secs(3);
/// How long an engine may take for a removal before it is tried again.
const REMOVES_WITHIN: Duration = Duration::from_secs(20);

/// What a failed launch left on the engine.
pub(crate) struct Leftover {
    pub attempt: String,
    pub launch: String,
    /// It is being removed.
    pub going: bool,
    /// No call of the launch is on its way any more: what is removed now does not come again.
    pub ended: bool,
    /// The failure that says that something may be left. It goes with it.
    pub failure: Option<Failure>,
}

impl Leftover {
    /// What a launch left whose calls have all ended.
    pub fn of(launch: &str, attempt: String) -> Leftover {
        Leftover { attempt, launch: launch.to_owned(), going: false, ended: true, failure: None }
    }
}

impl State {
    /// What failed is shown as failed, whatever is left of it.
    pub(super) fn hide_leftovers(&mut self) {
        self.found.retain(|_, found| !self.leftovers.iter().any(|leftover| leftover.attempt == found.attempt));
    }

    /// Removes what failed launches left, now that the engine answers again.
    pub(super) fn remove_leftovers(&mut self) {
        let Some(engine) = self.engine.clone() else { return };
        for leftover in self.leftovers.iter_mut().filter(|leftover| !leftover.going) {
            leftover.going = true;
            let (tell, engine) = (self.tell.clone(), engine.clone());
            let (launch, attempt, ended) = (leftover.launch.clone(), leftover.attempt.clone(), leftover.ended);
            tokio::spawn(async move {
                let removed = stop::remove(&engine, &launch, Some(&attempt));
                let outcome = tokio::time::timeout(REMOVES_WITHIN, removed).await.unwrap_or(Err(Error::EngineLost));
                let _ = tell.send(Message::LeftoverRemoved { attempt, ended, outcome });
            });
        }
    }

    /// No call of a cancelled launch is on its way any more.
    pub(super) fn leftover_ended(&mut self, attempt: &str) {
        if let Some(leftover) = self.leftovers.iter_mut().find(|leftover| leftover.attempt == attempt) {
            leftover.ended = true;
            self.remove_leftovers();
        }
    }

    /// A removal has come to its end; `ended`: it began after the launch's last call.
    pub(super) fn leftover_removed(&mut self, attempt: &str, ended: bool, outcome: crate::words::error::Result<()>) {
        let Some(at) = self.leftovers.iter().position(|leftover| leftover.attempt == attempt) else { return };
        self.leftovers[at].going = false;
        match outcome {
            Ok(()) if ended && self.leftovers[at].ended => {
                tracing::info!(attempt, "what a failed launch had left is removed");
                let Leftover { launch, failure, .. } = self.leftovers.swap_remove(at);
                if failure.is_some() && self.failed.get(&launch).map(|failed| &failed.failure) == failure.as_ref() {
                    self.failed.remove(&launch);
                }
            }
            Ok(()) if self.leftovers[at].ended => self.remove_leftovers(),
            // Something may come yet.
            Ok(()) => {}
            Err(error) => {
                tracing::warn!(attempt, %error, "what a failed launch left could not be removed; tried again later");
                let tell = self.tell.clone();
                tokio::spawn(async move {
                    tokio::time::sleep(AGAIN).await;
                    let _ = tell.send(Message::Look);
                });
            }
        }
    }
}
