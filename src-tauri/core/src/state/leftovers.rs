//! What failed launches left while the engine was away: removed once it answers.

use std::time::Duration;

use super::{Message, State};
use crate::launch::stop;

/// How long after a removal that failed it is tried again.
const AGAIN: Duration = Duration::from_secs(3);

/// What a failed launch left on the engine.
pub(super) struct Leftover {
    pub attempt: String,
    pub launch: String,
    /// It is being removed.
    pub going: bool,
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
            let (launch, attempt) = (leftover.launch.clone(), leftover.attempt.clone());
            tokio::spawn(async move {
                let outcome = stop::remove(&engine, &launch, Some(&attempt)).await;
                let _ = tell.send(Message::LeftoverRemoved { attempt, outcome });
            });
        }
    }

    pub(super) fn leftover_removed(&mut self, attempt: &str, outcome: crate::words::error::Result<()>) {
        match outcome {
            Ok(()) => {
                tracing::info!(attempt, "what a failed launch had left is removed");
                self.leftovers.retain(|leftover| leftover.attempt != attempt);
            }
            Err(error) => {
                tracing::warn!(attempt, %error, "what a failed launch left could not be removed; tried again later");
                if let Some(leftover) = self.leftovers.iter_mut().find(|leftover| leftover.attempt == attempt) {
                    leftover.going = false;
                }
                let tell = self.tell.clone();
                tokio::spawn(async move {
                    tokio::time::sleep(AGAIN).await;
                    let _ = tell.send(Message::Look);
                });
            }
        }
    }
}
