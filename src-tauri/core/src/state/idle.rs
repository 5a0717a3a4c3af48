//! Launches that nobody uses are stopped, where the settings say so: their servers are asked, never the engine.

use std::collections::{HashMap, HashSet};
use std::time::{Duration, Instant};

use super::{Message, State};
use crate::contract::failure::Failure;
use crate::contract::notice::{Notice, Tone};
use crate::jupyter;
use crate::jupyter::Activity;
use crate::launch::idle::{self, Verdict};
use crate::launch::observed::ObservedLaunch;
use crate::launch::start;
use crate::platform::clock::now;
use crate::platform::process::{Liveness, liveness};
use crate::platform::secret::Secret;
use crate::words::names;

/// Where a server is reached: its port, and its token.
pub(crate) type Way = (u16, Secret);

/// What is known of launches that may be idle, by attempt.
#[derive(Default)]
pub(crate) struct Idle {
    /// A look is due.
    looking: bool,
    ways: HashMap<String, Way>,
    /// When it was told that the launch will be stopped, and when that is, milliseconds since the epoch.
    told: HashMap<String, (Instant, u64)>,
    /// When the person wanted it kept.
    kept: HashMap<String, Instant>,
}

impl Idle {
    /// When a launch is stopped because nobody uses it, milliseconds since the epoch.
    pub fn stops_at(&self, attempt: &str) -> Option<u64> {
        self.told.get(attempt).map(|(_, at)| *at)
    }

    /// Keeps what is known of these attempts alone.
    pub fn retain(&mut self, attempts: &HashSet<&String>) {
        self.ways.retain(|attempt, _| attempts.contains(attempt));
        self.told.retain(|attempt, _| attempts.contains(attempt));
        self.kept.retain(|attempt, _| attempts.contains(attempt));
    }

    fn forget(&mut self, attempt: &str) {
        self.told.remove(attempt);
        self.ways.remove(attempt);
    }
}

impl State {
    /// Looks from now on, where the settings say that idle launches are stopped and this process stays.
    pub(super) fn look_for_idle(&mut self) {
        let Some(limit) = self.settings.idle_limit().filter(|_| self.attending) else {
            self.idle.told.clear();
            return;
        };
        if self.idle.looking {
            return;
        }
        self.idle.looking = true;
        let tell = self.tell.clone();
        tokio::spawn(async move {
            tokio::time::sleep(idle::look_after(limit)).await;
            let _ = tell.send(Message::LookForIdle);
        });
    }

    /// Asks every server of ours how long it has not been used.
    pub(super) fn ask_for_activity(&mut self) {
        self.idle.looking = false;
        let Some(engine) = self.engine.clone().filter(|_| self.settings.idle_limit().is_some()) else {
            return self.look_for_idle();
        };
        for (id, found) in self.found.iter().filter(|(id, found)| self.can_be_idle(id, found)) {
            let (id, attempt) = (id.clone(), found.attempt.clone());
            let (tell, engine, way) = (self.tell.clone(), engine.clone(), self.idle.ways.get(&attempt).cloned());
            tokio::spawn(async move {
                let way = match way {
                    Some(way) => Ok(way),
                    None => start::reached_at(&engine, &id).await,
                };
                let seen = match way {
                    Ok((port, token)) => match jupyter::activity(port, &token).await {
                        Ok(activity) => Some((activity, (port, token))),
                        Err(reason) => {
                            tracing::warn!(launch = id, reason, "whether it is idle is not known");
                            None
                        }
                    },
                    Err(_) => None,
                };
                let _ = tell.send(Message::ActivitySeen { id, attempt, seen });
            });
        }
        self.look_for_idle();
    }

    fn can_be_idle(&self, id: &str, found: &ObservedLaunch) -> bool {
        found.owner == self.owner.name
            && found.whole()
            && !found.stopping
            && self.ready.contains_key(&found.attempt)
            && !self.tasks.contains_key(id)
            && liveness(&self.places, &found.process) != Liveness::Unknown
    }

    pub(super) fn activity_seen(&mut self, id: &str, attempt: &str, seen: Option<(Activity, Way)>) {
        let Some(limit) = self.settings.idle_limit() else { return };
        let Some((activity, way)) = seen else { return self.idle.forget(attempt) };
        let still = self.found.get(id).is_some_and(|found| found.attempt == attempt && self.can_be_idle(id, found));
        if !still {
            return self.idle.forget(attempt);
        }
        self.idle.ways.insert(attempt.to_owned(), way);
        let told = self.idle.told.get(attempt).map(|(since, _)| since.elapsed());
        let ready = self.ready.get(attempt).map_or(0, |since| now().saturating_sub(*since));
        let kept = self.idle.kept.get(attempt).map_or(Duration::from_millis(ready), Instant::elapsed);
        match idle::verdict(limit, activity, told, kept) {
            Verdict::Used => drop(self.idle.told.remove(attempt)),
            Verdict::StopsIn(left) if told.is_none() => {
                tracing::info!(launch = id, idle_s = activity.idle.as_secs(), "idle; it will be stopped");
                let at = now() + left.as_millis() as u64;
                self.idle.told.insert(attempt.to_owned(), (Instant::now(), at));
            }
            Verdict::StopsIn(_) => {}
            Verdict::Stop => {
                self.idle.forget(attempt);
                let folder = self.found.get(id).map(|found| found.pipeline.clone()).unwrap_or_default();
                let name = names::display_name(folder.as_ref());
                match self.stop(id) {
                    Ok(()) => self.notice(stopped(&name, limit)),
                    Err(failure) => self.notice(failure),
                }
            }
        }
    }

    /// The person wants a launch to run on although nobody uses it.
    pub(super) fn keep_running(&mut self, id: &str) -> Result<(), Failure> {
        let Some(found) = self.found.get(id) else { return self.folder(id).map(drop) };
        self.idle.told.remove(&found.attempt);
        self.idle.kept.insert(found.attempt.clone(), Instant::now());
        Ok(())
    }
}

/// What a person is told of a launch that nobody used.
fn stopped(name: &str, limit: Duration) -> Notice {
    let minutes = limit.as_secs_f64() / 60.0;
    let time = if (minutes - 1.0).abs() < 0.01 { "a minute".to_owned() } else { format!("{minutes:.0} minutes") };
    Notice {
        tone: Tone::Remark,
        message: format!("{name} was stopped: it had not been used for {time}"),
        hint: "what was saved is in the folder; how long a launch may be idle is in the settings".to_owned(),
    }
}
