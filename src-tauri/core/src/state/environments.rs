//! The environments of folders: what the person allows, and those that are made without a launch.

use std::path::Path;

use super::effect::{Effect, EnvironmentWish, RecordEdit};
use super::event::Reply;
use super::update::Turn;
use crate::contract::environment::EnvironmentPackages;
use crate::contract::failure::{Failure, FailureCode};
use crate::contract::snapshot::{Stage, StageState};
use crate::environment::choice;
use crate::environment::seen::Seen;
use crate::environment::this_folder::THIS_FOLDER;
use crate::launch::stage;
use crate::words::environment as words;
use crate::words::error::Error;
use crate::words::names;

impl Turn<'_> {
    /// Refuses a launch whose files ask for something that the person has not allowed. A folder that the person names in a
    /// terminal is allowed by that.
    pub fn check_environment(&self, folder: &Path, named: bool) -> Result<(), Failure> {
        let nothing = || words::nothing_found(&names::display_path(folder));
        let seen = self.model.environments.get(folder).ok_or_else(nothing)?;
        let source = seen.source().ok_or_else(nothing)?;
        if named || seen.is_allowed() {
            return Ok(());
        }
        let name = names::display_name(folder);
        Err(words::not_allowed(&name, &source.file, source.asks.len()).into())
    }

    /// The environment that a launch of the folder uses.
    pub fn environment_wish(&self, folder: &Path, upgrade: bool) -> EnvironmentWish {
        let contents = self.model.contents.get(folder);
        let notebooks = contents.into_iter().flat_map(|contents| &contents.notebooks);
        EnvironmentWish { notebooks: notebooks.map(|file| file.path.clone()).collect(), upgrade }
    }

    pub fn allow_environment(&mut self, id: String, reply: Reply<()>) {
        let edit = self.seen(&id).and_then(|(folder, seen)| {
            let digest = seen.digest.clone().ok_or_else(|| words::nothing_found(&names::display_path(&folder)))?;
            Ok((folder, RecordEdit::Allow(digest)))
        });
        self.edit_record(id, edit, reply);
    }

    pub fn pick_environment_file(&mut self, id: String, file: String, reply: Reply<()>) {
        let edit = self.seen(&id).and_then(|(folder, seen)| {
            let known = seen.found.sources.iter().find(|source| source.file == file);
            match known {
                Some(source) if choice::is_used(source.kind) => Ok((folder, RecordEdit::Pick(file))),
                _ => Err(words::not_usable(&file).into()),
            }
        });
        self.edit_record(id, edit, reply);
    }

    fn edit_record(&mut self, id: String, edit: Result<(std::path::PathBuf, RecordEdit), Failure>, reply: Reply<()>) {
        match edit {
            Ok((folder, edit)) => self.then(Effect::EditRecord { id, folder, edit, reply }),
            Err(failure) => self.answer(reply, Err(failure)),
        }
    }

    fn seen(&self, id: &str) -> Result<(std::path::PathBuf, &Seen), Failure> {
        let folder = self.model.folder(id)?;
        match self.model.environments.get(&folder) {
            Some(seen) => Ok((folder, seen)),
            None => Err(Error::UnknownPipeline { id: id.to_owned() }.into()),
        }
    }

    /// Makes the environment of a folder. Its running kernels keep what they have; the next kernel gets the new one.
    pub fn update_environment(&mut self, id: &str, upgrade: bool) -> Result<(), Failure> {
        if self.model.updates.contains_key(id) {
            return Ok(());
        }
        let (folder, _) = self.seen(id)?;
        self.check_environment(&folder, false)?;
        self.model.engine()?;
        let kernelspec = self.model.kernelspec_of(&folder, THIS_FOLDER)?;
        let mut request = self.request(id, folder.clone(), kernelspec);
        request.environment = Some(self.environment_wish(&folder, upgrade));
        self.model.updates.insert(id.to_owned(), stage::new(Stage::Environment));
        self.then(Effect::MakeEnvironment(Box::new(request)));
        Ok(())
    }

    pub fn environment_ended(&mut self, id: &str, outcome: Result<(), Failure>) {
        if let Some(mut stage) = self.model.updates.remove(id) {
            stage::end_active(std::slice::from_mut(&mut stage), StageState::Done, self.now.ms);
        }
        match outcome {
            Err(failure) if failure.code != FailureCode::Cancelled => self.notice(failure),
            _ => {}
        }
        if let Ok(folder) = self.model.folder(id) {
            self.then(Effect::Scan { path: folder, then: None });
        }
    }

    pub fn environment_packages(&self, id: &str) -> Result<EnvironmentPackages, Failure> {
        self.seen(id).map(|(_, seen)| seen.packages())
    }
}
