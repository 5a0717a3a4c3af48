//! The window is to be closed: what becomes of the launches that run?

use super::{Reply, State, TaskKind};
use crate::contract::choices::{Change, OnClose};
use crate::contract::failure::Failure;

/// What whoever shows the window does when it is to be closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Closing {
    /// Closes it.
    Now,
    /// Stops all launches first, then closes it.
    StopFirst,
    /// Waits: the person is asked, by `Snapshot::closing`.
    Asked,
}

impl State {
    /// Whether something of this person's runs that would go on without the window.
    fn runs(&self) -> bool {
        self.found.iter().any(|(id, found)| {
            let ending = self.tasks.get(id).is_some_and(|task| task.kind == TaskKind::Stopping);
            found.owner == self.owner.name && !found.stopping && !ending
        })
    }

    /// A second wish to close while the person is asked is granted: nobody is kept from leaving.
    pub(super) fn close(&mut self) -> Closing {
        let asked = std::mem::take(&mut self.closing);
        match self.settings.on_close {
            _ if asked || !self.runs() => Closing::Now,
            Some(OnClose::Keep) => Closing::Now,
            Some(OnClose::Stop) => Closing::StopFirst,
            None => {
                self.closing = true;
                Closing::Asked
            }
        }
    }

    /// Takes the person's answer; none where they stay.
    pub(super) fn answer_close(&mut self, answer: Option<OnClose>, remember: bool, reply: Reply<()>) {
        self.closing = false;
        let outcome: Result<(), Failure> = match answer.filter(|_| remember) {
            Some(answer) => self.choose(&Change::OnClose(Some(answer))),
            None => Ok(()),
        };
        self.answer(reply, outcome);
    }

    /// Stops all that this person runs.
    pub(super) fn stop_all(&mut self) {
        let ids: Vec<String> = self
            .found
            .iter()
            .filter(|(_, found)| found.owner == self.owner.name)
            .map(|(id, _)| id.clone())
            .chain(self.tasks.keys().cloned())
            .collect();
        for id in ids {
            if let Err(failure) = self.stop(&id) {
                self.notice(failure);
            }
        }
    }
}
