//! Folders that come from outside the page: dropped on the window, named on the command line, chosen in the tray.

use std::path::{Path, PathBuf};

use super::State;
use crate::contract::failure::Failure;
use crate::contract::snapshot::Reveal;
use crate::folder::pipeline;
use crate::words::error::Error;
use crate::words::names;

impl State {
    /// Adds a folder and has it shown.
    pub(super) fn bring(&mut self, path: &Path) -> Result<String, Failure> {
        let id = self.add(path)?;
        self.show(&id);
        Ok(id)
    }

    /// Adds what was dropped, shows the first of it, and tells what was refused.
    pub(super) fn take_dropped(&mut self, paths: &[PathBuf]) {
        self.dropping = false;
        let mut refused = Vec::new();
        let mut folders = Vec::new();
        for path in paths {
            match pipeline::check_folder(folder_meant(path)) {
                Ok(folder) => folders.push(folder),
                Err(error) => refused.push((names::display_name(path), error.failure())),
            }
        }
        let first = folders.first().map(|folder| pipeline::id_of(folder));
        match self.add_checked(folders) {
            Ok(()) => first.into_iter().for_each(|id| self.show(&id)),
            Err(failure) => self.notice(failure),
        }
        match refused.as_slice() {
            [] => {}
            [(_, failure)] => self.notice(Failure::clone(failure)),
            several => {
                let names = several.iter().map(|(name, _)| name.clone()).collect();
                self.notice(Error::Dropped { names, first: several[0].1.message.clone() }.failure());
            }
        }
    }

    /// Has the page show a folder.
    pub(super) fn show(&mut self, id: &str) {
        let count = self.reveal.as_ref().map_or(0, |last| last.count) + 1;
        self.reveal = Some(Reveal { id: id.to_owned(), count });
    }
}

/// Whoever drops a notebook means the folder that it is in.
fn folder_meant(path: &Path) -> &Path {
    let is_notebook = path.extension().is_some_and(|end| end.eq_ignore_ascii_case("ipynb"));
    match path.parent() {
        Some(folder) if is_notebook && path.is_file() => folder,
        _ => path,
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn a_notebook_stands_for_its_folder_and_nothing_else_does() {
        let home = tempfile::tempdir().unwrap();
        let notebook = home.path().join("a.IPYNB");
        let (data, named_so) = (home.path().join("data.csv"), home.path().join("folder.ipynb"));
        std::fs::write(&notebook, "{}").unwrap();
        std::fs::write(&data, "").unwrap();
        std::fs::create_dir(&named_so).unwrap();
        assert_eq!(folder_meant(&notebook), home.path());
        for path in [&data, &named_so, &home.path().join("gone.ipynb")] {
            assert_eq!(folder_meant(path), path);
        }
    }
}
