//! The window closes: do its launches go on?

use std::collections::BTreeSet;

use super::effect::Effect;
use super::event::{AfterEdit, Reply};
use super::model::TaskKind;
use super::update::Turn;
use crate::contract::choices::{Change, OnClose};
use crate::settings::Edit;

/// What the shell does with a window that the person closes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Closing {
    /// It closes the window.
    Now,
    /// It stops all launches, then closes the window.
    StopFirst,
    /// It waits: the page asks the person, by `Snapshot::closing`.
    Asked,
}

impl Turn<'_> {
    /// Whether something of this person runs that would go on without the window.
    fn runs(&self) -> bool {
        self.model.found.iter().any(|(id, found)| {
            let ending = self.model.tasks.get(id).is_some_and(|task| task.kind == TaskKind::Stopping);
            found.owner == self.model.owner && !found.stopping && !ending
        })
    }

    /// If the person closes the window again while the page asks, it closes: nobody is kept from leaving.
    pub fn close(&mut self, restart: bool) -> Closing {
        self.model.program.restart(restart);
        let asked = std::mem::take(&mut self.model.closing);
        match self.model.settings.on_close {
            _ if asked || !self.runs() => Closing::Now,
            Some(OnClose::Keep) => Closing::Now,
            Some(OnClose::Stop) => Closing::StopFirst,
            None => {
                self.model.closing = true;
                Closing::Asked
            }
        }
    }

    /// Takes the person's answer; none if the window stays open.
    pub fn answer_close(&mut self, answer: Option<OnClose>, remember: bool, reply: Reply<()>) {
        self.model.closing = false;
        if answer.is_none() {
            self.model.program.restart(false);
        }
        match answer.filter(|_| remember) {
            Some(answer) => {
                let edit = Edit::Choose(Change::OnClose(Some(answer)));
                self.then(Effect::EditSettings { edit, then: AfterEdit::Reply(reply) });
            }
            None => self.answer(reply, Ok(())),
        }
    }

    /// Stops all that this person runs.
    pub fn stop_all(&mut self) {
        let mine = self.model.found.iter().filter(|(_, found)| found.owner == self.model.owner);
        let ids: BTreeSet<String> = mine.map(|(id, _)| id).chain(self.model.tasks.keys()).cloned().collect();
        for id in ids {
            if let Err(failure) = self.stop(&id) {
                self.notice(failure);
            }
        }
    }
}
