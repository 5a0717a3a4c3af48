//! What failed launches left while the engine was away, and what the engine may still create of a cancelled launch: it is
//! removed once the engine answers.

use std::time::Duration;

use super::effect::Effect;
use super::event::Wake;
use super::update::Turn;
use crate::contract::failure::Failure;
use crate::words::error;

/// The pause after a removal that failed.
const AGAIN: Duration = Duration::from_secs(3);

/// What a failed launch left on the engine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Leftover {
    pub attempt: String,
    pub launch: String,
    /// It is being removed.
    pub going: bool,
    /// All calls of the launch have ended: what is removed now does not come again.
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

impl Turn<'_> {
    /// Remembers what a launch left. It may be known already: another launch was to remove it first.
    pub fn leave(&mut self, leftover: Leftover) {
        self.model.leftovers.retain(|known| known.attempt != leftover.attempt);
        self.model.leftovers.push(leftover);
        self.hide_leftovers();
    }

    /// A launch that failed is shown as failed, also while something of it is left.
    pub fn hide_leftovers(&mut self) {
        let left = &self.model.leftovers;
        self.model.found.retain(|_, found| !left.iter().any(|leftover| leftover.attempt == found.attempt));
        self.prune_attempts();
    }

    /// Removes what failed launches left, if the engine answers.
    pub fn remove_leftovers(&mut self) {
        if self.model.engine.is_none() {
            return;
        }
        for leftover in self.model.leftovers.iter_mut().filter(|leftover| !leftover.going) {
            leftover.going = true;
            let (launch, attempt, ended) = (leftover.launch.clone(), leftover.attempt.clone(), leftover.ended);
            self.effects.push(Effect::RemoveLeftover { launch, attempt, ended });
        }
    }

    /// The last call of a cancelled launch has ended.
    pub fn leftover_ended(&mut self, attempt: &str) {
        if let Some(leftover) = self.model.leftovers.iter_mut().find(|leftover| leftover.attempt == attempt) {
            leftover.ended = true;
            self.remove_leftovers();
        }
    }

    /// A removal has ended. `ended`: it began after the launch's last call.
    pub fn leftover_removed(&mut self, attempt: &str, ended: bool, outcome: error::Result<()>) {
        let leftovers = &mut self.model.leftovers;
        let Some(at) = leftovers.iter().position(|leftover| leftover.attempt == attempt) else { return };
        leftovers[at].going = false;
        match outcome {
            Ok(()) if ended && leftovers[at].ended => {
                tracing::info!(attempt, "what a failed launch had left is removed");
                let Leftover { launch, failure, .. } = leftovers.swap_remove(at);
                let failed = self.model.failed.get(&launch).map(|failed| &failed.failure);
                if failure.is_some() && failed == failure.as_ref() {
                    self.model.failed.remove(&launch);
                }
            }
            Ok(()) if leftovers[at].ended => self.remove_leftovers(),
            // The launch's last call may still create something.
            Ok(()) => {}
            Err(error) => {
                tracing::warn!(attempt, %error, "what a failed launch left could not be removed; tried again later");
                self.then(Effect::After(AGAIN, Wake::Look));
            }
        }
    }
}
