//! The environments of folders: what the person allows, and those that are made without a launch.

use std::path::Path;

use super::effect::{Effect, EnvironmentWish, LaunchRequest, PackageEdit, RecordEdit};
use super::event::Reply;
use super::model::Update;
use super::update::Turn;
use crate::contract::environment::PackageChange;
use crate::contract::failure::Failure;
use crate::contract::snapshot::Stage;
use crate::environment::found::SourceKind;
use crate::environment::seen::Seen;
use crate::environment::this_folder::THIS_FOLDER;
use crate::environment::{choice, edit};
use crate::folder::pipeline;
use crate::launch::stage;
use crate::words::any_image;
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
        Err(match choice::is_image(source.kind) {
            true => any_image::not_allowed(&name, &source.file),
            false => words::not_allowed(&name, &source.file, source.asks.len()),
        }
        .into())
    }

    /// The environment that a launch of the folder uses.
    pub fn environment_wish(&self, folder: &Path, upgrade: bool) -> EnvironmentWish {
        let seen = self.model.environments.get(folder);
        EnvironmentWish { notebooks: seen.map(|seen| seen.notebooks.clone()).unwrap_or_default(), upgrade }
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
                Some(source) if choice::is_usable(source) => Ok((folder, RecordEdit::Pick(file))),
                _ => Err(words::not_usable(&file).into()),
            }
        });
        self.edit_record(id, edit, reply);
    }

    /// Allows that launches run the folder's `postBuild` as it is now, or ends that.
    pub fn run_post_build(&mut self, id: String, run: bool, reply: Reply<()>) {
        let edit = self.seen(&id).and_then(|(folder, seen)| match (&seen.found.post_build, run) {
            (Some(script), true) => Ok((folder, RecordEdit::PostBuild(Some(script.digest.clone())))),
            (None, true) => Err(words::no_script(&names::display_path(&folder)).into()),
            (_, false) => Ok((folder, RecordEdit::PostBuild(None))),
        });
        self.edit_record(id, edit, reply);
    }

    pub fn edit_record(
        &mut self,
        id: String,
        edit: Result<(std::path::PathBuf, RecordEdit), Failure>,
        reply: Reply<()>,
    ) {
        match edit {
            Ok((folder, edit)) => self.then(Effect::EditRecord { id, folder, edit, reply }),
            Err(failure) => self.answer(reply, Err(failure)),
        }
    }

    /// A folder, also one that is only looked at, and what is known of its environment.
    pub fn seen(&self, id: &str) -> Result<(std::path::PathBuf, &Seen), Failure> {
        let looked_at = || self.model.environments.keys().find(|folder| pipeline::id_of(folder) == id).cloned();
        let folder = self.model.folder(id).or_else(|failure| looked_at().ok_or(failure))?;
        match self.model.environments.get(&folder) {
            Some(seen) => Ok((folder, seen)),
            None => Err(Error::UnknownPipeline { id: id.to_owned() }.into()),
        }
    }

    /// Makes the environment of a folder. Its running kernels keep what they have; the next kernel gets the new one.
    pub fn update_environment(&mut self, id: &str, upgrade: bool, named: bool, reply: Reply<()>) {
        if let Some(update) = self.model.updates.get_mut(id) {
            return update.asked.push(reply);
        }
        match self.update_request(id, upgrade, named) {
            Ok(request) => {
                let stage = stage::new(Stage::Environment);
                let update = Update { folder: request.folder.clone(), stage, asked: vec![reply] };
                self.model.updates.insert(id.to_owned(), update);
                self.then(Effect::MakeEnvironment(Box::new(request)));
            }
            Err(failure) => self.answer(reply, Err(failure)),
        }
    }

    fn update_request(&self, id: &str, upgrade: bool, named: bool) -> Result<LaunchRequest, Failure> {
        let (folder, _) = self.seen(id)?;
        self.check_environment(&folder, named)?;
        self.model.engine()?;
        let kernelspec = self.model.kernelspec_here(&folder, THIS_FOLDER)?;
        let mut request = self.request(id, folder.clone(), kernelspec, None);
        request.environment = Some(self.environment_wish(&folder, upgrade));
        Ok(request)
    }

    pub fn environment_ended(&mut self, id: &str, outcome: Result<(), Failure>) {
        let Some(update) = self.model.updates.remove(id) else { return };
        for reply in update.asked {
            self.answer(reply, outcome.clone());
        }
        self.then(Effect::Scan { path: update.folder, then: None });
    }

    /// Writes a first file for packages.
    pub fn start_environment(&mut self, id: String, packages: Vec<String>, reply: Reply<String>) {
        let edit = self.seen(&id).and_then(|(folder, seen)| match seen.found.sources.first() {
            Some(source) => Err(words::has_file(&source.file).into()),
            None if packages.is_empty() => Err(words::no_imports().into()),
            None => Ok(folder),
        });
        match edit {
            Ok(folder) => {
                let (kind, file) = (SourceKind::Requirements, edit::USUAL_FILE.to_owned());
                let change = PackageChange { add: packages, ..PackageChange::default() };
                let edit = PackageEdit { kind, file, environment: None, new: true, change };
                self.then(Effect::EditPackages { id, folder, edit, reply });
            }
            Err(failure) => self.answer(reply, Err(failure)),
        }
    }

    /// Changes the packages in the file that is used. A folder without one gets a file.
    pub fn edit_packages(&mut self, id: String, change: PackageChange, reply: Reply<String>) {
        let edit = self.seen(&id).map(|(folder, seen)| {
            let source = seen.source();
            let kind = source.map_or(SourceKind::Requirements, |source| source.kind);
            let file = source.map_or(edit::USUAL_FILE, |source| source.path()).to_owned();
            let environment = source.and_then(|source| source.environment.clone());
            (folder, PackageEdit { kind, file, environment, new: false, change })
        });
        match edit {
            Ok((folder, edit)) => self.then(Effect::EditPackages { id, folder, edit, reply }),
            Err(failure) => self.answer(reply, Err(failure)),
        }
    }
}
