//! The list of folders, and what is in them.

use std::path::{Path, PathBuf};

use super::effect::Effect;
use super::event::{Added, AfterCheck, AfterEdit, Checked, Reply};
use super::update::Turn;
use crate::contract::failure::Failure;
use crate::contract::snapshot::{Brought, Reveal};
use crate::environment::seen::Seen;
use crate::folder::pipeline;
use crate::folder::scan::Contents;
use crate::images::archive::is_archive;
use crate::settings::Edit;
use crate::words::error::Error;
use crate::words::{self, names};

/// A folder that a person means, and a notebook in it, relative to it.
struct Meant {
    folder: PathBuf,
    notebook: Option<String>,
}

impl Turn<'_> {
    /// Has a folder checked, to add it. `reveal`: the page shows it then.
    pub fn check_and_add(&mut self, path: PathBuf, reveal: bool, reply: Reply<Brought>) {
        self.then(Effect::CheckFolders { paths: vec![path], then: AfterCheck::Add { reveal, reply } });
    }

    /// Has folders checked that were dropped on the window, to add them. The page asks about files with images.
    pub fn check_dropped(&mut self, paths: Vec<PathBuf>) {
        self.model.dropping = false;
        let (archives, paths): (Vec<PathBuf>, Vec<PathBuf>) = paths.into_iter().partition(|path| is_archive(path));
        if !paths.is_empty() {
            self.then(Effect::CheckFolders { paths, then: AfterCheck::Drop });
        }
        for file in archives {
            self.offer_images(file);
        }
    }

    pub fn folders_checked(&mut self, checked: Vec<Checked>, then: AfterCheck) {
        match then {
            AfterCheck::Add { reveal, reply } => match checked.into_iter().next() {
                Some(Checked { folder: Ok(folder), notebook, .. }) => {
                    let meant = self.meant(folder, notebook);
                    self.add(vec![meant], reveal, Some(reply));
                }
                Some(Checked { folder: Err(failure), .. }) => self.answer(reply, Err(failure)),
                None => self.answer(reply, Err(Error::ShuttingDown.into())),
            },
            AfterCheck::Drop => {
                let mut refused = Vec::new();
                let mut folders = Vec::new();
                for Checked { named, folder, notebook } in checked {
                    match folder {
                        Ok(folder) => folders.push(self.meant(folder, notebook)),
                        Err(failure) => refused.push((names::display_name(&named), failure)),
                    }
                }
                self.add(folders, true, None);
                match refused.as_slice() {
                    [] => {}
                    [(_, failure)] => self.notice(Failure::clone(failure)),
                    several => {
                        let names = several.iter().map(|(name, _)| name.clone()).collect();
                        self.notice(Error::Dropped { names, first: several[0].1.message.clone() }.failure());
                    }
                }
            }
        }
    }

    /// The folder that is shown for a notebook: the nearest one of the list that the notebook is in, or its own.
    fn meant(&self, folder: PathBuf, notebook: Option<PathBuf>) -> Meant {
        let Some(notebook) = notebook else { return Meant { folder, notebook: None } };
        let listed = self.model.settings.folders.iter().map(|entry| &entry.path);
        let nearest = listed.filter(|path| notebook.starts_with(path)).max_by_key(|path| path.components().count());
        let folder = nearest.cloned().unwrap_or(folder);
        let inside = notebook.strip_prefix(&folder).ok().and_then(|inside| {
            inside.iter().map(|part| part.to_str()).collect::<Option<Vec<_>>>().map(|parts| parts.join("/"))
        });
        Meant { folder, notebook: inside }
    }

    /// Adds folders that were checked, in one go. Those that are in the list stay as they are.
    fn add(&mut self, folders: Vec<Meant>, reveal: bool, reply: Option<Reply<Brought>>) {
        let Some(first) = folders.first() else { return };
        let brought = Brought { id: pipeline::id_of(&first.folder), notebook: first.notebook.clone() };
        let added = Added { brought, reveal, reply };
        let mut folders: Vec<PathBuf> = folders.into_iter().map(|meant| meant.folder).collect();
        folders.retain(|path| !self.model.settings.folders.iter().any(|entry| entry.path == *path));
        if folders.is_empty() {
            return self.added(added);
        }
        self.then(Effect::EditSettings { edit: Edit::Add(folders), then: AfterEdit::Added(Box::new(added)) });
    }

    /// A folder is in the list.
    pub fn added(&mut self, Added { brought, reveal, reply }: Added) {
        if reveal {
            self.show(&brought.id, brought.notebook.clone());
        }
        if let Some(reply) = reply {
            self.answer(reply, Ok(brought));
        }
    }

    /// Has the page show a folder, and a notebook in it.
    pub fn show(&mut self, id: &str, notebook: Option<String>) {
        let count = self.model.reveal.as_ref().map_or(0, |last| last.count) + 1;
        self.model.reveal = Some(Reveal { id: id.to_owned(), notebook, count });
    }

    /// Gives an entry of the list a folder that was checked.
    pub fn locate(&mut self, id: &str, folder: PathBuf, reply: Reply<Brought>) {
        let old = match self.model.added(id) {
            Ok(old) => old,
            Err(failure) => return self.answer(reply, Err(failure)),
        };
        if self.model.tasks.contains_key(id) || self.model.found.contains_key(id) {
            return self.answer(reply, Err(words::folder::launched(&names::display_path(&old)).into()));
        }
        self.model.failed.remove(id);
        let brought = Brought { id: pipeline::id_of(&folder), notebook: None };
        let added = Added { brought, reveal: false, reply: Some(reply) };
        let edit = Edit::Locate { folder: old, to: folder };
        self.then(Effect::EditSettings { edit, then: AfterEdit::Added(Box::new(added)) });
    }

    pub fn remove(&mut self, id: String, reply: Reply<()>) {
        match self.model.added(&id) {
            Ok(folder) => {
                self.then(Effect::EditSettings { edit: Edit::Remove(folder), then: AfterEdit::Removed { id, reply } });
            }
            Err(failure) => self.answer(reply, Err(failure)),
        }
    }

    pub fn pick(&mut self, id: &str, name: &str, reply: Reply<()>) {
        let picked = self.model.added(id).and_then(|folder| {
            let kernelspec = self.model.kernelspec_of(&folder, name)?.name;
            Ok(match self.model.settings.place_of(&folder) {
                Some(_) => Edit::PickAtPlace { folder, kernelspec },
                None => Edit::Pick { folder, kernelspec: name.to_owned() },
            })
        });
        self.edit(picked, reply);
    }

    pub fn pin(&mut self, id: &str, pinned: bool, reply: Reply<()>) {
        let edit = self.model.added(id).map(|folder| Edit::Pin { folder, pinned });
        self.edit(edit, reply);
    }

    pub fn edit(&mut self, edit: Result<Edit, Failure>, reply: Reply<()>) {
        match edit {
            Ok(edit) => self.then(Effect::EditSettings { edit, then: AfterEdit::Reply(reply) }),
            Err(failure) => self.answer(reply, Err(failure)),
        }
    }

    /// A folder and what is in it, if it has this pipeline file.
    pub fn pipeline_file(&self, id: &str, file: &str) -> Result<(PathBuf, Contents), Failure> {
        let folder = self.model.folder(id)?;
        let contents = self.model.contents.get(&folder).cloned().unwrap_or_default();
        if contents.pipeline_files.iter().any(|known| known.path == file) {
            Ok((folder, contents))
        } else {
            Err(Error::UnknownPipelineFile { path: file.to_owned() }.into())
        }
    }

    /// Something changed below a folder that is watched.
    pub fn changed(&mut self, path: PathBuf) {
        // On macOS one folder holds both the settings and the kernels directory.
        if path == self.model.places.config {
            self.then(Effect::ReadSettings);
        } else if path == self.model.kernels_dir() {
            self.read_kernelspecs(false, None);
        } else {
            self.watch_folders();
            self.then(Effect::Scan { path, then: None });
        }
    }

    pub fn scanned(&mut self, path: PathBuf, contents: Contents, environment: Seen, then: Option<Added>) {
        let added = self.is_added(&path);
        self.model.environments.insert(path.clone(), environment);
        if self.model.contents.insert(path, contents).is_none() && !added {
            self.watch_folders();
        }
        if let Some(then) = then {
            self.added(then);
        }
    }

    fn is_added(&self, path: &Path) -> bool {
        self.model.settings.folders.iter().any(|entry| entry.path == path)
    }

    /// Watches the folders in the list, the folders that run without being in it, the kernels directory and the settings.
    pub fn watch_folders(&mut self) {
        let mut folders: Vec<PathBuf> = self.model.settings.folders.iter().map(|entry| entry.path.clone()).collect();
        folders.extend(self.model.contents.keys().filter(|path| !self.is_added(path)).cloned());
        let kernels = self.model.kernels_dir();
        folders.push(kernels.clone());
        folders.push(self.model.places.config.clone());
        let linked = self.model.linked_kernels.clone();
        self.then(Effect::Watch { folders, kernels, linked });
    }
}
