//! What the person chooses: in the window, or by hand in the file while the program runs.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::effect::Effect;
use super::event::{AfterEdit, Opened, Reply};
use super::update::Turn;
use crate::contract::choices::Change;
use crate::contract::failure::Failure;
use crate::contract::notice::Notice;
use crate::settings::schema::Refused;
use crate::settings::{Edit, Settings};
use crate::words::error::{Error, Result};

/// A folder that is opened again within this time is not written down again, milliseconds.
const RECENT: u64 = 60_000;

/// What a change of the settings leads to.
struct Taken {
    /// Another kernels directory was chosen.
    kernels_dir: bool,
    /// The folders that were added.
    folders: Vec<PathBuf>,
}

impl Turn<'_> {
    /// The settings were read at the start.
    pub fn settings_opened(&mut self, opened: Result<Opened>) {
        match opened {
            Ok((settings, refused, set_aside)) => {
                self.model.settings = settings;
                self.look_at_places(&BTreeMap::new());
                self.show_refused(refused);
                self.watch_folders();
                self.scan_all(self.model.settings.folders.iter().map(|entry| entry.path.clone()).collect());
                if let Some(aside) = set_aside {
                    self.notice(Error::SettingsSetAside { moved_to: aside.moved_to, reason: aside.reason }.failure());
                }
            }
            Err(error) => self.notice(error.failure()),
        }
    }

    /// The settings were read again, after their file changed.
    pub fn settings_read(&mut self, read: Result<(Settings, Vec<Refused>)>) {
        match read {
            Ok((settings, refused)) => {
                self.show_refused(refused);
                let taken = self.take_settings(settings);
                if taken.kernels_dir {
                    self.read_kernelspecs(true, None);
                }
                self.scan_all(taken.folders);
            }
            Err(error) => self.show_of_settings(vec![error.into()]),
        }
    }

    /// The settings were changed, here and on disk, or neither.
    pub fn settings_edited(&mut self, outcome: Result<(Settings, Vec<Refused>)>, then: AfterEdit) {
        let (settings, refused) = match outcome {
            Ok(edited) => edited,
            Err(error) => return self.edit_failed(error.into(), then),
        };
        self.show_refused(refused);
        let Taken { mut kernels_dir, mut folders } = self.take_settings(settings);
        match then {
            // The answer waits until the snapshot has the kernelspecs of the directory that was chosen.
            AfterEdit::Reply(reply) if kernels_dir => {
                kernels_dir = false;
                self.read_kernelspecs(true, Some(reply));
            }
            AfterEdit::Reply(reply) => self.answer(reply, Ok(())),
            AfterEdit::Removed { id, reply } => {
                self.model.failed.remove(&id);
                self.answer(reply, Ok(()));
            }
            // The answer waits until the snapshot has the contents of the folder.
            AfterEdit::Added(added) if folders.len() == 1 => {
                let path = folders.remove(0);
                self.then(Effect::Scan { path, then: Some(*added) });
            }
            AfterEdit::Added(added) => self.added(*added),
            AfterEdit::Nothing => {}
        }
        if kernels_dir {
            self.read_kernelspecs(true, None);
        }
        self.scan_all(folders);
    }

    fn edit_failed(&mut self, failure: Failure, then: AfterEdit) {
        match then {
            AfterEdit::Reply(reply) | AfterEdit::Removed { reply, .. } => self.answer(reply, Err(failure)),
            AfterEdit::Added(added) => match added.reply {
                Some(reply) => self.answer(reply, Err(failure)),
                None => self.notice(failure),
            },
            // It only orders a list: no reason to disturb a person who waits for a launch.
            AfterEdit::Nothing => tracing::warn!(message = failure.message, "not remembered in the settings"),
        }
    }

    fn scan_all(&mut self, folders: Vec<PathBuf>) {
        self.effects.extend(folders.into_iter().map(|path| Effect::Scan { path, then: None }));
    }

    /// Makes one choice.
    pub fn choose(&mut self, change: Change, reply: Reply<()>) {
        self.then(Effect::EditSettings { edit: Edit::Choose(change), then: AfterEdit::Reply(reply) });
    }

    fn take_settings(&mut self, settings: Settings) -> Taken {
        if settings == self.model.settings {
            return Taken { kernels_dir: false, folders: Vec::new() };
        }
        let paths = |settings: &Settings| settings.folders.iter().map(|entry| entry.path.clone()).collect::<Vec<_>>();
        let before = paths(&self.model.settings);
        let kernels_before = self.model.kernels_dir();
        let places_before = std::mem::replace(&mut self.model.settings, settings).places;
        self.look_at_places(&places_before);
        self.look_for_idle();
        self.look_for_update();
        let mut folders = paths(&self.model.settings);
        let kernels_dir = kernels_before != self.model.kernels_dir();
        if before != folders || kernels_dir {
            self.watch_folders();
        }
        folders.retain(|path| !before.contains(path));
        Taken { kernels_dir, folders }
    }

    /// A person who edits the file sees what is wrong with it for as long as that is so.
    fn show_refused(&mut self, refused: Vec<Refused>) {
        self.show_of_settings(refused.into_iter().map(|refused| Error::from(refused).into()).collect());
    }

    fn show_of_settings(&mut self, failures: Vec<Failure>) {
        let shown = std::mem::take(&mut self.model.settings_notices);
        let known: Vec<_> = self.model.notices.iter().filter(|notice| shown.contains(&notice.id)).cloned().collect();
        self.model.notices.retain(|notice| !shown.contains(&notice.id));
        for notice in failures.into_iter().map(Notice::from) {
            match known.iter().find(|known| known.says(&notice)) {
                Some(known) => self.model.notices.push(known.clone()),
                None => self.notice(notice),
            }
            self.model.settings_notices.extend(self.model.notices.last().map(|notice| notice.id));
        }
    }

    /// Remembers that a folder was launched or opened.
    pub fn was_opened(&mut self, path: &Path) {
        let entry = self.model.settings.folders.iter().find(|entry| entry.path == path);
        let at = self.now.ms;
        if entry.is_none_or(|entry| entry.last_opened.is_some_and(|last| at.saturating_sub(last) < RECENT)) {
            return;
        }
        let edit = Edit::Opened { folder: path.to_owned(), at };
        self.then(Effect::EditSettings { edit, then: AfterEdit::Nothing });
    }
}
