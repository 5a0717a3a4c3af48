//! The list of folders, and the kernelspecs to pick from.

use std::path::{Path, PathBuf};

use super::{Message, State};
use crate::contract::failure::Failure;
use crate::folder::scan::Contents;
use crate::folder::{pipeline, scan};
use crate::kernelspec::{self, Kernelspec};
use crate::kernelspec::{copy, shipped};
use crate::platform::user;
use crate::settings::FolderEntry;
use crate::words::error::Error;

/// The kernelspec of a folder for which none was picked.
const USUAL_KERNELSPEC: &str = "python_docker";

impl State {
    /// The folder that kernelspecs are read from.
    pub fn kernels_dir(&self) -> PathBuf {
        self.settings.kernels_dir.clone().unwrap_or_else(|| self.places.kernels_dir())
    }

    /// Has the shipped kernelspecs where they belong, and reads all that are there.
    pub(super) fn open_kernels(&mut self) {
        let dir = self.kernels_dir();
        if self.settings.kernels_dir.is_none() || shipped::is_kept_by_us(&dir) {
            match shipped::install(&dir) {
                Ok(kept) if kept.is_empty() => {}
                Ok(kept) => tracing::info!(?kept, "shipped kernelspecs that were changed by hand are kept"),
                Err(error) => self.notice(error.failure()),
            }
        }
        self.read_kernelspecs();
    }

    pub(super) fn watch_folders(&mut self) {
        let mut folders: Vec<PathBuf> = self.settings.folders.iter().map(|entry| entry.path.clone()).collect();
        // Also what runs without having been added.
        folders.extend(
            self.contents
                .keys()
                .filter(|path| !self.settings.folders.iter().any(|entry| entry.path == **path))
                .cloned(),
        );
        let kernels = self.kernels_dir();
        folders.push(kernels.clone());
        folders.push(self.places.config.clone());
        if let Some(watch) = &mut self.watch {
            watch.set(&folders, &kernels, &self.linked_kernels);
        }
    }

    pub(super) fn scan(&self, path: PathBuf) {
        let tell = self.tell.clone();
        tokio::task::spawn_blocking(move || {
            let contents = scan::scan(&path);
            let _ = tell.send(Message::Scanned { path, contents });
        });
    }

    /// The folders of the list, and those of launches on this machine, of which it is not known yet what is in them.
    pub(super) fn unscanned(&self) -> Vec<PathBuf> {
        let added = self.settings.folders.iter().map(|entry| entry.path.clone());
        let here = |owner: &str| user::host_of(owner) == user::host_of(&self.owner.name);
        let run = self.found.values().filter(|found| here(&found.owner)).map(|found| PathBuf::from(&found.pipeline));
        added.chain(run).filter(|path| !self.contents.contains_key(path)).collect()
    }

    pub(super) fn read_kernelspecs(&mut self) {
        let copied = self.copied_kernels();
        if let Err(failure) = copied {
            self.notice(failure);
        }
    }

    /// Reads the kernelspecs anew, and has gateways see what was read; answers with the folder that they see.
    pub(super) fn copied_kernels(&mut self) -> Result<PathBuf, Failure> {
        let dir = self.kernels_dir();
        let found = kernelspec::read_whole(&dir);
        let copy = self.places.kernels_of_gateways(&dir);
        let copied = copy::bring_up_to_date(&copy, &found.files);
        (self.kernelspecs, self.problems, self.linked_kernels) = (found.usable, found.problems, found.files.linked);
        copied.map_err(|source| Error::Io { what: "write".to_owned(), path: copy.clone(), source })?;
        Ok(copy)
    }

    /// The kernelspec that a launch of the folder uses.
    pub fn kernelspec_for(&self, folder: &Path) -> Option<String> {
        let picked = self.settings.folders.iter().find(|entry| entry.path == folder)?.kernelspec.as_ref();
        picked
            .and_then(|name| self.usable_kernelspec(name))
            .map(|spec| spec.name.clone())
            .or_else(|| self.usual_kernelspec())
    }

    /// As Jupyter finds one: without regard to case.
    fn usable_kernelspec(&self, name: &str) -> Option<&Kernelspec> {
        self.kernelspecs.iter().find(|spec| spec.name.eq_ignore_ascii_case(name))
    }

    pub(super) fn usual_kernelspec(&self) -> Option<String> {
        let usual = self.kernelspecs.iter().find(|spec| spec.name == USUAL_KERNELSPEC);
        usual.or(self.kernelspecs.first()).map(|spec| spec.name.clone())
    }

    pub(super) fn add(&mut self, path: &Path) -> Result<String, Failure> {
        let path = pipeline::check_folder(path)?;
        let id = pipeline::id_of(&path);
        self.add_checked(vec![path])?;
        Ok(id)
    }

    /// Adds folders that were checked, in one go; those that are in the list are left as they are.
    pub(super) fn add_checked(&mut self, mut paths: Vec<PathBuf>) -> Result<(), Failure> {
        paths.retain(|path| !self.settings.folders.iter().any(|entry| entry.path == *path));
        if paths.is_empty() {
            return Ok(());
        }
        self.change_settings(|settings| {
            for path in &paths {
                if !settings.folders.iter().any(|entry| entry.path == *path) {
                    settings.folders.push(FolderEntry { path: path.clone(), ..FolderEntry::default() });
                }
            }
            Ok(())
        })?;
        if let [path] = paths.as_slice() {
            // Small folders show whole at once; a large one is bounded by the scan's own time.
            self.contents.insert(path.clone(), scan::scan(path));
        }
        Ok(())
    }

    pub(super) fn remove(&mut self, id: &str) -> Result<(), Failure> {
        let path = self.added(id)?;
        self.change_settings(|settings| {
            settings.folders.retain(|entry| entry.path != path);
            Ok(())
        })?;
        self.failed.remove(id);
        Ok(())
    }

    pub(super) fn pick(&mut self, id: &str, name: &str) -> Result<(), Failure> {
        let path = self.added(id)?;
        self.kernelspec_named(name)?;
        self.change_settings(|settings| {
            if let Some(entry) = settings.folders.iter_mut().find(|entry| entry.path == path) {
                entry.kernelspec = Some(name.to_owned());
            }
            Ok(())
        })
    }

    /// The folder of a pipeline and what is in it, where this is one of its pipeline files.
    pub(super) fn pipeline_file(&self, id: &str, file: &str) -> Result<(PathBuf, Contents), Failure> {
        let folder = self.folder(id)?;
        let contents = self.contents.get(&folder).cloned().unwrap_or_default();
        if contents.pipeline_files.iter().any(|known| known.path == file) {
            Ok((folder, contents))
        } else {
            Err(Error::UnknownPipelineFile { path: file.to_owned() }.into())
        }
    }

    pub(super) fn added(&self, id: &str) -> Result<PathBuf, Failure> {
        let entry = self.settings.folders.iter().find(|entry| pipeline::id_of(&entry.path) == id);
        entry.map(|entry| entry.path.clone()).ok_or_else(|| Error::UnknownPipeline { id: id.to_owned() }.into())
    }

    pub(super) fn folder(&self, id: &str) -> Result<PathBuf, Failure> {
        self.added(id)
            .ok()
            .or_else(|| self.tasks.get(id).map(|task| task.folder.clone()))
            .or_else(|| self.failed.get(id).map(|failed| failed.folder.clone()))
            .or_else(|| self.found.get(id).map(|found| PathBuf::from(&found.pipeline)))
            .ok_or_else(|| Error::UnknownPipeline { id: id.to_owned() }.into())
    }

    pub(super) fn kernelspec_named(&self, name: &str) -> Result<Kernelspec, Failure> {
        if let Some(spec) = self.usable_kernelspec(name) {
            return Ok(spec.clone());
        }
        if let Some(problem) = self.problems.iter().find(|problem| problem.name.eq_ignore_ascii_case(name)) {
            return Err(Error::Kernelspec {
                message: format!("the kernelspec `{name}` cannot be used: {}", problem.message),
                hint: problem.hint.clone(),
            }
            .into());
        }
        let names: Vec<_> = self.kernelspecs.iter().map(|spec| format!("`{}`", spec.name)).collect();
        Err(Error::Kernelspec {
            message: format!("there is no kernelspec `{name}` in `{}`", self.kernels_dir().display()),
            hint: format!("pick one of {}", names.join(", ")),
        }
        .into())
    }
}
