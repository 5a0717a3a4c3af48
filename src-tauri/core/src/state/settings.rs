//! What the person chooses: in the window, or by hand in the file while the program runs.

use std::path::{Path, PathBuf};

use super::State;
use crate::contract::choices::Change;
use crate::contract::failure::Failure;
use crate::contract::notice::Notice;
use crate::kernelspec::shipped;
use crate::platform::clock::now;
use crate::platform::others;
use crate::settings::schema::Refused;
use crate::settings::{self, Settings};
use crate::words::error::Error;

/// A folder that is opened again within this time is not written down again, milliseconds.
const RECENT: u64 = 60_000;

impl State {
    /// Reads the settings at the start.
    pub(super) fn open_settings(&mut self) {
        // Only a folder that is there can be watched for changes by hand. Where it cannot be made, writing will say so.
        let _ = others::closed_folder(&self.places.config);
        match settings::load(&self.places.settings_file()) {
            Ok((settings, refused, set_aside)) => {
                self.settings = settings;
                self.tell_refused(refused);
                if let Some(aside) = set_aside {
                    self.notice(Error::SettingsSetAside { moved_to: aside.moved_to, reason: aside.reason }.failure());
                }
            }
            Err(error) => self.notice(error.failure()),
        }
    }

    /// Reads the settings anew, after their file changed.
    pub(super) fn read_settings(&mut self) {
        match settings::read(&self.places.settings_file(), &self.settings) {
            Ok((settings, refused)) => {
                self.tell_refused(refused);
                self.take_settings(settings);
            }
            Err(error) => self.tell_of_settings(vec![error.into()]),
        }
    }

    /// Changes the settings, here and on disk, or neither.
    pub(super) fn change_settings(
        &mut self,
        change: impl FnOnce(&mut Settings) -> Result<(), Error>,
    ) -> Result<(), Failure> {
        let (settings, refused) = settings::update(&self.places.settings_file(), &self.settings, change)?;
        self.tell_refused(refused);
        self.take_settings(settings);
        Ok(())
    }

    /// Makes one choice anew.
    pub(super) fn choose(&mut self, change: &Change) -> Result<(), Failure> {
        match change {
            Change::CaFile(Some(path)) => check_authorities(path)?,
            Change::KernelsDir(Some(dir)) => shipped::take(dir)?,
            _ => {}
        }
        self.change_settings(|settings| Ok(settings.choose(change)?))
    }

    fn take_settings(&mut self, settings: Settings) {
        if settings == self.settings {
            return;
        }
        let paths = |settings: &Settings| settings.folders.iter().map(|entry| entry.path.clone()).collect::<Vec<_>>();
        let (before, after) = (paths(&self.settings), paths(&settings));
        let kernels_before = self.kernels_dir();
        self.settings = settings;
        self.look_for_idle();
        if kernels_before != self.kernels_dir() {
            self.open_kernels();
            self.watch_folders();
            self.list_images();
        }
        if before != after {
            self.watch_folders();
            for path in after.into_iter().filter(|path| !before.contains(path)) {
                self.scan(path);
            }
        }
    }

    /// Whoever edits the file is told what is wrong with it for as long as that is so.
    fn tell_refused(&mut self, refused: Vec<Refused>) {
        self.tell_of_settings(refused.into_iter().map(|refused| Error::from(refused).into()).collect());
    }

    fn tell_of_settings(&mut self, failures: Vec<Failure>) {
        let told = std::mem::take(&mut self.told_of_settings);
        let known: Vec<_> = self.notices.iter().filter(|notice| told.contains(&notice.id)).cloned().collect();
        self.notices.retain(|notice| !told.contains(&notice.id));
        for notice in failures.into_iter().map(Notice::from) {
            match known.iter().find(|known| known.says(&notice)) {
                Some(known) => self.notices.push(known.clone()),
                None => self.notice(notice),
            }
            self.told_of_settings.extend(self.notices.last().map(|notice| notice.id));
        }
    }

    pub(super) fn pin(&mut self, id: &str, pinned: bool) -> Result<(), Failure> {
        let path = self.added(id)?;
        self.change_settings(|settings| {
            if let Some(entry) = settings.folders.iter_mut().find(|entry| entry.path == path) {
                entry.pinned = pinned;
            }
            Ok(())
        })
    }

    /// Remembers that a folder was launched or opened.
    pub(super) fn was_opened(&mut self, path: &Path) {
        let entry = self.settings.folders.iter().find(|entry| entry.path == path);
        let now = now();
        if entry.is_none_or(|entry| entry.last_opened.is_some_and(|last| now.saturating_sub(last) < RECENT)) {
            return;
        }
        let remembered = self.change_settings(|settings| {
            if let Some(entry) = settings.folders.iter_mut().find(|entry| entry.path == path) {
                entry.last_opened = Some(now);
            }
            Ok(())
        });
        // It only orders a list: no reason to disturb whoever waits for a launch.
        if let Err(failure) = remembered {
            tracing::warn!(message = failure.message, "when a folder was opened is not remembered");
        }
    }
}

/// Builds read the file long after it was picked: what cannot be used is said at once.
fn check_authorities(path: &PathBuf) -> Result<(), Error> {
    let text =
        std::fs::read(path).map_err(|source| Error::Io { what: "read".to_owned(), path: path.clone(), source })?;
    if text.windows(27).any(|part| part == b"-----BEGIN CERTIFICATE-----") {
        return Ok(());
    }
    Err(Error::CaFile {
        message: format!("there is no certificate in `{}`", path.display()),
        hint: "pick a file in PEM format, in which each certificate begins with `-----BEGIN CERTIFICATE-----`"
            .to_owned(),
    })
}
