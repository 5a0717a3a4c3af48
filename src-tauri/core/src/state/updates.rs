//! Newer versions of the program: looked for if the person wants it, and installed if the person asks for it.

use std::time::Duration;

use semver::Version;
use url::Url;

use super::effect::Effect;
use super::event::{Reply, Wake};
use super::update::Turn;
use crate::contract::failure::Failure;
use crate::contract::snapshot::{Progress, ProgressUnit};
use crate::contract::updates::{NewerView, UpdateHow, UpdatesView};
use crate::platform::clock;
use crate::state::model::Model;
use crate::updates::check::FoundList;
use crate::updates::fetch::Way;
use crate::updates::manifest::{self, Manifest};
use crate::updates::origin::{self, Origin};
use crate::updates::record::Record;
use crate::updates::replace::Wanted;
use crate::words::error::{Error, Result};
use crate::words::updates as words;

/// The address is asked at most once in this time, milliseconds.
const DAY: u64 = 24 * 60 * 60 * 1000;
/// Whether it is time is looked at in this interval: a machine that sleeps does not count the time.
const LOOKS_EVERY: Duration = Duration::from_secs(60 * 60);

/// What is known of newer versions.
#[derive(Default)]
pub(crate) struct ProgramUpdates {
    /// The address that this program was built with.
    built_address: Option<String>,
    /// What is remembered on the disk.
    record: Record,
    newer: Option<Newer>,
    /// Those who wait for the answer of the address, while it is asked.
    checking: Option<Vec<Reply<()>>>,
    failure: Option<Failure>,
    /// Bytes of the download, done and in all.
    updating: Option<(u64, u64)>,
    installed: Option<Version>,
    /// The program ends to start the version that was installed.
    restarting: bool,
    /// A look at the time is due.
    waking: bool,
}

impl ProgramUpdates {
    /// Whether the program starts again when it ends. Without another version there is no reason to.
    pub fn restart(&mut self, wanted: bool) {
        self.restarting = wanted && self.installed.is_some();
    }
}

/// A newer version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Newer {
    pub manifest: Manifest,
    /// The address of the list.
    pub list: Url,
    /// How this copy of the program came.
    pub origin: Origin,
}

impl Newer {
    /// The newer version of a list, if it names one.
    pub fn of(checked: &FoundList, origin: Origin) -> Option<Newer> {
        let newer = Newer { manifest: checked.manifest.clone(), list: checked.address.clone(), origin };
        checked.newer.then_some(newer)
    }
}

/// What was read at the start.
pub(crate) struct Known {
    pub built_address: Option<String>,
    pub record: Record,
    pub newer: Option<Newer>,
}

impl Turn<'_> {
    pub fn updates_read(&mut self, known: Known) {
        let program = &mut self.model.program;
        program.built_address = known.built_address;
        program.record = known.record;
        program.newer = known.newer;
        self.attend_to_updates();
    }

    /// A process that stays says what became of an update, and looks for the next one.
    pub fn attend_to_updates(&mut self) {
        let program = &mut self.model.program;
        if self.model.attending
            && let Some(version) = program.record.taken_back.take()
        {
            let record = program.record.clone();
            self.then(Effect::KeepUpdates(Box::new(record)));
            self.notice(words::taken_back(&version));
        }
        self.look_for_update();
    }

    /// Has the address asked if that is due, in a process that stays.
    pub fn look_for_update(&mut self) {
        let wanted = self.model.attending && self.model.settings.updates_check == Some(true);
        let program = &mut self.model.program;
        if !wanted || program.checking.is_some() || address(&self.model.settings, program).is_none() {
            return;
        }
        if clock::age(program.record.checked_at, self.now.ms) >= DAY {
            self.ask_for_update(Vec::new());
        } else if !program.waking {
            program.waking = true;
            self.then(Effect::After(LOOKS_EVERY, Wake::LookForUpdate));
        }
    }

    pub fn woke_for_update(&mut self) {
        self.model.program.waking = false;
        self.look_for_update();
    }

    /// A person wants to know now.
    pub fn check_updates(&mut self, reply: Reply<()>) {
        match &mut self.model.program.checking {
            Some(waiting) => waiting.push(reply),
            None => self.ask_for_update(vec![reply]),
        }
    }

    fn ask_for_update(&mut self, waiting: Vec<Reply<()>>) {
        let program = &mut self.model.program;
        let Some(address) = address(&self.model.settings, program) else {
            return waiting.into_iter().for_each(|reply| self.answer(reply, Err(words::no_address().into())));
        };
        program.checking = Some(waiting);
        program.failure = None;
        let (seen, way) = (program.record.seen.clone(), self.way());
        self.then(Effect::CheckUpdates { address, seen, way });
    }

    fn way(&self) -> Way {
        Way { ca_file: self.model.settings.ca_file.clone(), within: None }
    }

    pub fn updates_checked(&mut self, outcome: Result<(FoundList, Origin)>) {
        let program = &mut self.model.program;
        let waiting = program.checking.take().unwrap_or_default();
        program.record.checked_at = self.now.ms;
        let outcome = match outcome {
            Ok((checked, origin)) => {
                program.newer = Newer::of(&checked, origin);
                program.record.seen = Some(checked.manifest.version);
                program.record.list = Some(checked.kept);
                Ok(())
            }
            Err(error) => {
                let failure = error.failure();
                tracing::warn!(message = failure.message, "newer versions are not known");
                program.failure = Some(failure.clone());
                // Who waits sees the failure. That the network is away is no reason to disturb anybody.
                if waiting.is_empty() && matches!(error, Error::Update { refused: true, .. }) {
                    self.notice(failure.clone());
                }
                Err(failure)
            }
        };
        for reply in waiting {
            self.answer(reply, outcome.clone());
        }
        self.look_for_update();
    }

    /// The window does not show this version any more, but in Settings.
    pub fn put_update_off(&mut self) {
        let program = &mut self.model.program;
        let Some(newer) = &program.newer else { return };
        program.record.later = Some(newer.manifest.version.clone());
        let record = program.record.clone();
        self.then(Effect::KeepUpdates(Box::new(record)));
    }

    /// Answers with the page of the newer version.
    pub fn update_page(&mut self, reply: Reply<Url>) {
        let page = self.model.program.newer.as_ref().map(|newer| newer.manifest.page.clone());
        self.answer(reply, page.ok_or_else(|| words::no_newer().into()));
    }

    pub fn install_update(&mut self, reply: Reply<()>) {
        let outcome = self.wanted_update().map_err(Failure::from);
        let outcome = outcome.map(|wanted| {
            if let Some(wanted) = wanted {
                self.model.program.updating = Some((0, wanted.file.size));
                self.model.program.failure = None;
                self.then(Effect::InstallUpdate(Box::new(wanted)));
            }
        });
        self.answer(reply, outcome);
    }

    /// What is to be installed; none if that goes on, or is done.
    fn wanted_update(&self) -> Result<Option<Wanted>> {
        let program = &self.model.program;
        if program.updating.is_some() || program.installed.is_some() {
            return Ok(None);
        }
        let Some(Newer { manifest, list, origin: Origin::Archive(root) }) = &program.newer else {
            return Err(words::nothing_to_install());
        };
        let file = manifest.file(&manifest::this_platform(), "tar.gz").ok_or_else(words::nothing_to_install)?;
        let address = manifest::address_of(file, list)?;
        let (version, file, root) = (manifest.version.clone(), file.clone(), root.clone());
        Ok(Some(Wanted { version, file, address, root, way: self.way() }))
    }

    pub fn cancel_update(&mut self) {
        if self.model.program.updating.is_some() {
            self.then(Effect::CancelUpdate);
        }
    }

    pub fn update_happened(&mut self, bytes: u64) {
        if let Some((done, _)) = &mut self.model.program.updating {
            *done = bytes;
        }
    }

    pub fn update_ended(&mut self, outcome: Result<Version>) {
        let program = &mut self.model.program;
        program.updating = None;
        match outcome {
            Ok(version) => {
                tracing::info!(%version, "installed; it runs after a restart");
                program.installed = Some(version);
            }
            Err(Error::Cancelled) => {}
            Err(error) => {
                let failure = Failure::from(error);
                program.failure = Some(failure.clone());
                self.notice(failure);
            }
        }
    }
}

fn address(settings: &crate::settings::Settings, program: &ProgramUpdates) -> Option<String> {
    settings.updates_address.clone().or_else(|| program.built_address.clone())
}

/// What an interface shows.
pub(super) fn view(model: &Model) -> UpdatesView {
    let (program, check) = (&model.program, model.settings.updates_check);
    let address = address(&model.settings, program);
    // A person who has seen a launch succeed may think of the next version; one who just started has other questions.
    let launched = model.attempts.values().any(|attempt| attempt.ready_at.is_some());
    let newer = program.newer.as_ref().filter(|_| program.installed.is_none()).map(|newer| NewerView {
        version: newer.manifest.version.to_string(),
        date: newer.manifest.date.clone(),
        notes: newer.manifest.notes.clone(),
        page: newer.manifest.page.to_string(),
        how: how(newer),
        later: program.record.later.as_ref() == Some(&newer.manifest.version),
    });
    UpdatesView {
        ask: address.is_some() && check.is_none() && launched,
        address,
        check,
        checked_at: Some(program.record.checked_at).filter(|at| *at > 0),
        checking: program.checking.is_some(),
        failure: program.failure.clone(),
        newer,
        progress: program.updating.map(|(done, total)| Progress {
            unit: ProgressUnit::Bytes,
            done,
            total: Some(total),
            rate: None,
        }),
        installed: program.installed.as_ref().map(Version::to_string),
        restarting: program.restarting,
    }
}

fn how(newer: &Newer) -> UpdateHow {
    origin::how(&newer.origin, &newer.manifest, &newer.list, &manifest::this_platform())
}
