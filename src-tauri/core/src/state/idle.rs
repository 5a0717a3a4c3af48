//! Launches that nobody uses are stopped, if the settings say so: their servers are asked, never the engine.

use std::time::{Duration, Instant};

use super::effect::Effect;
use super::event::Wake;
use super::update::Turn;
use crate::contract::failure::Failure;
use crate::jupyter::{Activity, Server};
use crate::launch::idle::{self, Verdict};
use crate::launch::observed::ObservedLaunch;
use crate::platform::process::Liveness;
use crate::words::{self, names};

/// Whether an attempt is idle.
#[derive(Default)]
pub(crate) struct Idle {
    /// Its server, where it was reached last.
    server: Option<Server>,
    /// The notice that it will be stopped: when it was shown, and when the launch stops, milliseconds since the epoch.
    noticed: Option<(Instant, u64)>,
    /// When the person wanted it kept.
    kept: Option<Instant>,
}

impl Idle {
    /// When the launch stops because nobody uses it, milliseconds since the epoch.
    pub fn stops_at(&self) -> Option<u64> {
        self.noticed.map(|(_, at)| at)
    }

    fn forget(&mut self) {
        self.noticed = None;
        self.server = None;
    }
}

impl Turn<'_> {
    /// Looks at launches from now on, if the settings stop idle ones and this process stays.
    pub fn look_for_idle(&mut self) {
        let Some(limit) = self.model.settings.idle_limit().filter(|_| self.model.attending) else {
            return self.model.attempts.values_mut().for_each(|attempt| attempt.idle.noticed = None);
        };
        if !self.model.looking_for_idle {
            self.model.looking_for_idle = true;
            self.then(Effect::After(idle::look_after(limit), Wake::LookForIdle));
        }
    }

    /// Asks each server of this person how long it has not been used.
    pub fn ask_for_activity(&mut self) {
        self.model.looking_for_idle = false;
        if self.model.engine.is_some() && self.model.settings.idle_limit().is_some() {
            let idle = self.model.found.iter().filter(|(id, found)| self.can_be_idle(id, found));
            let ask = idle.map(|(id, found)| {
                let server = self.model.attempts.get(&found.attempt).and_then(|attempt| attempt.idle.server.clone());
                Effect::AskActivity { id: id.clone(), attempt: found.attempt.clone(), server }
            });
            let ask: Vec<Effect> = ask.collect();
            self.effects.extend(ask);
        }
        self.look_for_idle();
    }

    fn can_be_idle(&self, id: &str, found: &ObservedLaunch) -> bool {
        found.owner == self.model.owner
            && self.model.is_usable(id, found)
            && self.model.liveness(&found.process) != Liveness::Unknown
    }

    pub fn activity_seen(&mut self, id: &str, attempt_id: &str, seen: Option<(Activity, Server)>) {
        let Some(limit) = self.model.settings.idle_limit() else { return };
        let found = self.model.found.get(id);
        let still = found.is_some_and(|found| found.attempt == attempt_id && self.can_be_idle(id, found));
        let folder = found.map(|found| found.pipeline.clone()).unwrap_or_default();
        let (now, instant) = (self.now.ms, self.now.instant);
        let Some(attempt) = self.model.attempts.get_mut(attempt_id) else { return };
        let Some((activity, server)) = seen.filter(|_| still) else { return attempt.idle.forget() };
        attempt.idle.server = Some(server);
        let since = |then: Instant| instant.saturating_duration_since(then);
        let noticed = attempt.idle.noticed.map(|(then, _)| since(then));
        let ready = Duration::from_millis(attempt.ready_at.map_or(0, |then| now.saturating_sub(then)));
        let kept = attempt.idle.kept.map_or(ready, since);
        match idle::verdict(limit, activity, noticed, kept) {
            Verdict::Used => attempt.idle.noticed = None,
            Verdict::StopsIn(left) if noticed.is_none() => {
                tracing::info!(launch = id, idle_s = activity.idle.as_secs(), "idle; it will be stopped");
                attempt.idle.noticed = Some((instant, now + left.as_millis() as u64));
            }
            Verdict::StopsIn(_) => {}
            Verdict::Stop => {
                attempt.idle.forget();
                match self.stop(id) {
                    Ok(()) => self.notice(words::health::stopped_unused(&names::display_name(folder.as_ref()), limit)),
                    Err(failure) => self.notice(failure),
                }
            }
        }
    }

    /// The person wants a launch to go on although nobody uses it.
    pub fn keep_running(&mut self, id: &str) -> Result<(), Failure> {
        let Some(found) = self.model.found.get(id) else { return self.model.folder(id).map(drop) };
        if let Some(attempt) = self.model.attempts.get_mut(&found.attempt) {
            attempt.idle.noticed = None;
            attempt.idle.kept = Some(self.now.instant);
        }
        Ok(())
    }
}
