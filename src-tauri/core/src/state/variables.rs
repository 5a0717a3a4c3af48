//! The variables of a folder's kernels: set and taken away, and the folder's `.env`.

use std::path::Path;

use super::effect::{Effect, NewVariable, RecordEdit, VariablesWish};
use super::event::{Reply, ShownVariables};
use super::update::Turn;
use crate::contract::failure::Failure;
use crate::environment::variables;
use crate::platform::secret::Secret;
use crate::settings::variable;
use crate::words::error::Error;
use crate::words::variables as words;

impl Turn<'_> {
    /// Gives the kernels of a folder a variable. Its name and its value must be usable.
    pub fn set_variable(&mut self, id: &str, name: String, value: Secret, secret: bool, reply: Reply<()>) {
        let folder = self.seen(id).map(|(folder, _)| folder).and_then(|folder| {
            variable::fault(&name, value.expose()).map_or(Ok(folder), |fault| Err(words::refused(fault).into()))
        });
        match folder {
            Ok(folder) => {
                // A value that no keychain keeps is of use only to a process that stays.
                let stays = self.model.attending;
                let process = self.model.process.clone();
                let new = NewVariable { folder, name, value, secret, stays, process };
                self.then(Effect::SetVariable { new: Box::new(new), reply });
            }
            Err(failure) => self.answer(reply, Err(failure)),
        }
    }

    /// Takes a variable away from the kernels of a folder.
    pub fn remove_variable(&mut self, id: &str, name: String, reply: Reply<()>) {
        let edit = self.seen(id).map(|(folder, _)| folder).and_then(|folder| {
            if self.model.settings.variables(&folder).contains_key(&name) {
                Ok(crate::settings::Edit::SetVariable { folder, name, variable: None })
            } else {
                Err(words::unknown(&name).into())
            }
        });
        self.edit(edit, reply);
    }

    /// Allows that kernels get the variables of the folder's `.env` as it is now, or ends that.
    pub fn use_env_file(&mut self, id: String, used: bool, reply: Reply<()>) {
        let edit = self.seen(&id).and_then(|(folder, seen)| match (&seen.env_file, used) {
            (Some(file), true) => Ok((folder, RecordEdit::EnvFile(Some(file.digest.clone())))),
            (None, true) => Err(words::no_env_file().into()),
            (_, false) => Ok((folder, RecordEdit::EnvFile(None))),
        });
        self.edit_record(id, edit, reply);
    }

    /// What a launch of the folder gives its kernels.
    pub fn variables_wish(&self, folder: &Path) -> VariablesWish {
        let seen = self.model.environments.get(folder);
        VariablesWish {
            set: self.model.settings.variables(folder),
            env_file: seen.and_then(|seen| seen.record.env_file.clone()),
        }
    }

    /// Puts the variables as they are now into the gateway of a launch that runs. Answers with why some are missing.
    pub fn offer_variables(&mut self, id: String, reply: Reply<Vec<String>>) {
        let runs = self.model.found.get(&id).is_some_and(|found| self.model.is_mine_and_idle(&id, found));
        match self.seen(&id).map(|(folder, _)| folder) {
            Ok(folder) if runs && self.model.engine.is_some() => {
                let wish = self.variables_wish(&folder);
                self.then(Effect::OfferVariables { id, folder, wish, reply });
            }
            // The next launch has them.
            _ => self.answer(reply, Ok(Vec::new())),
        }
    }

    /// The variables of a folder, as an interface shows them.
    pub fn shown_variables(&self, id: &str) -> Result<ShownVariables, Failure> {
        let (folder, seen) = self.seen(id).map_err(|_| Error::UnknownPipeline { id: id.to_owned() })?;
        let file = seen.env_file.as_ref().map(|file| file.view(seen.record.env_file.as_deref()));
        Ok((variables::views(&self.model.settings.variables(&folder), &self.model.process), file))
    }
}
