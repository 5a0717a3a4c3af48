//! Looks after launches: replaces a part that ended, finishes what other programs left undone, removes what is nobody's.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::effect::Effect;
use super::event::{Reply, Wake};
use super::model::{Task, TaskKind};
use super::update::Turn;
use crate::contract::failure::Failure;
use crate::contract::notice::Notice;
use crate::contract::snapshot::Stage;
use crate::engine::Listing;
use crate::kernelspec::Kernelspec;
use crate::launch::health;
use crate::launch::label::Role;
use crate::launch::observed::ObservedLaunch;
use crate::launch::orphans::{self, Orphan};
use crate::launch::repair::{Breakage, Repaired};
use crate::launch::stage;
use crate::platform::clock;
use crate::platform::process::Liveness;
use crate::settings::Place;
use crate::words::{self, error, names};

/// The pause before each try to repair a launch. There are as many tries as pauses.
pub(super) const PAUSES: [Duration; 3] = [Duration::ZERO, Duration::from_secs(1), Duration::from_secs(4)];
/// Tries that are older than this do not count, milliseconds.
const FORGIVEN: u64 = 10 * 60_000;
/// What another program stops is gone after this time, or is stopped here, milliseconds.
const STOPS_WITHIN: u64 = 30_000;

impl Turn<'_> {
    /// Looks after launches by what is known of their launchers, and asks which of them still run.
    pub fn attend(&mut self) {
        if self.can_attend() {
            // At once, so that no snapshot shows a launch as broken that is repaired in the next moment.
            self.attend_now();
            let processes = self.launchers();
            self.then(Effect::LookAtProcesses(processes));
        }
    }

    /// This process stays, and knows what runs.
    fn can_attend(&self) -> bool {
        self.model.attending && self.model.listed && self.model.engine.is_some()
    }

    /// The processes that launched what runs.
    pub fn launchers(&self) -> BTreeSet<String> {
        let found = self.model.found.values();
        let launched = found.flat_map(|found| found.makers.iter().chain([&found.process]));
        launched.chain(self.model.image_requests.launchers()).cloned().collect()
    }

    /// Looks after launches by what is known of their launchers. A launcher that ended is dead for good; one that was seen
    /// alive may have died since, which the next look finds.
    pub fn attend_now(&mut self) {
        if !self.can_attend() {
            return;
        }
        for id in self.ids_of(|turn, id, found| {
            turn.model.is_mine_and_idle(id, found)
                && turn.model.liveness(&found.process) != Liveness::Unknown
                && health::is_shut_down_from_within(found)
        }) {
            tracing::info!(launch = id, "its server was asked to shut down; what is left of it is removed");
            let _ = self.stop(&id);
        }
        for id in self.ids_of(|turn, id, found| turn.is_to_be_repaired(id, found)) {
            self.repair(&id);
        }
        self.finish_stopping();
        self.take_image_requests();
        self.look_for_idle();
        if !self.model.cleaned {
            self.model.cleaned = true;
            self.clean(None);
            // What was too young then is old enough later.
            self.then(Effect::After(Duration::from_millis(orphans::GRACE_MS + 1000), Wake::Clean));
        }
    }

    fn ids_of(&self, wanted: impl Fn(&Self, &str, &ObservedLaunch) -> bool) -> Vec<String> {
        self.model.found.iter().filter(|(id, found)| wanted(self, id, found)).map(|(id, _)| id.clone()).collect()
    }

    /// Stops what another program began to stop and did not finish.
    fn finish_stopping(&mut self) {
        let begun = self.ids_of(|turn, id, found| found.stopping && turn.model.is_mine_and_idle(id, found));
        self.model.stopping.retain(|id, _| begun.contains(id));
        for id in begun {
            let since = *self.model.stopping.entry(id.clone()).or_insert(self.now.ms);
            if clock::age(since, self.now.ms) >= STOPS_WITHIN {
                tracing::info!(launch = id, "another program began to stop it and did not finish");
                let _ = self.stop(&id);
            } else {
                self.then(Effect::After(Duration::from_millis(STOPS_WITHIN), Wake::Look));
            }
        }
    }

    fn is_to_be_repaired(&self, id: &str, found: &ObservedLaunch) -> bool {
        let launcher = self.model.liveness(&found.process);
        self.model.is_mine_and_idle(id, found)
            && health::is_to_be_repaired(found, self.model.answer(&found.attempt), launcher, self.now.ms)
            && self.tries(&found.attempt) < PAUSES.len()
    }

    fn tries(&self, attempt: &str) -> usize {
        let recent = |at: &&u64| clock::age(**at, self.now.ms) < FORGIVEN;
        self.model.attempts.get(attempt).map_or(0, |attempt| attempt.repaired.iter().filter(recent).count())
    }

    fn repair(&mut self, id: &str) {
        let Some(found) = self.model.found.get(id).cloned() else { return };
        let Ok((kernelspec, place)) = self.as_launched(&found) else { return };
        let pause = PAUSES.get(self.tries(&found.attempt)).copied().unwrap_or_default();
        let attempt = self.model.attempts.entry(found.attempt.clone()).or_default();
        attempt.repaired.push(self.now.ms);
        let breakage = Breakage { port: attempt.port, attempt: found.attempt.clone() };
        tracing::warn!(launch = id, dead = ?found.dead(), "a part of a launch ended; it is replaced");
        let request = self.request(id, PathBuf::from(&found.pipeline), kernelspec, place);
        let task = Task {
            kind: TaskKind::Repairing,
            folder: request.folder.clone(),
            kernelspec: found.kernelspec,
            place: found.place,
            started_at: found.started_at,
            stages: vec![stage::new(Stage::Containers), stage::new(Stage::Ready)],
            cancelled: false,
        };
        self.model.tasks.insert(id.to_owned(), task);
        self.then(Effect::Repair { request: Box::new(request), breakage, pause });
    }

    /// Kernelspec and place of a launch that runs: the person may have picked others since.
    fn as_launched(&self, found: &ObservedLaunch) -> Result<(Kernelspec, Option<(String, Place)>), Failure> {
        match &found.place {
            Some(place) => Ok((self.model.kernelspec_at(place, &found.kernelspec)?, Some(self.place_named(place)?))),
            None => Ok((self.model.kernelspec_here(Path::new(&found.pipeline), &found.kernelspec)?, None)),
        }
    }

    pub fn repair_ended(&mut self, id: &str, outcome: error::Result<Repaired>, listed: Option<Listing>) {
        let Some(task) = self.end_task(id, TaskKind::Repairing) else { return };
        if let Some(listing) = &listed {
            self.fold(listing);
        }
        match outcome {
            _ if task.cancelled => self.stop_what_was_cancelled(id),
            Ok(done) => {
                let whole = self.model.found.get(id).filter(|found| found.whole());
                if let Some(attempt) = whole.map(|found| found.attempt.clone()) {
                    self.became_ready(&attempt);
                    if !done.roles.is_empty() {
                        self.notice(repaired(&names::display_name(&task.folder), &done));
                    }
                }
            }
            Err(error) => tracing::warn!(launch = id, error = &error as &dyn std::error::Error, "not repaired"),
        }
        if let Some(listing) = listed {
            self.listed(&listing);
        }
    }

    /// Removes what dead processes left of launches that cannot become whole.
    pub fn clean(&mut self, reply: Option<Reply<Vec<Orphan>>>) {
        match (self.model.engine(), reply) {
            (Ok(_), reply) => {
                let busy = self.model.tasks.keys().cloned().collect();
                self.then(Effect::RemoveOrphans { busy, reply });
            }
            (Err(failure), Some(reply)) => self.answer(reply, Err(failure)),
            (Err(_), None) => {}
        }
    }
}

/// The notice of a launch that was repaired.
fn repaired(name: &str, Repaired { roles, moved }: &Repaired) -> Notice {
    let parts: Vec<&str> = roles.iter().map(|role| role.as_str()).collect();
    words::health::repaired(name, &parts, roles.contains(&Role::Gateway), *moved)
}
