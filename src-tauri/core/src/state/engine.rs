//! What the engine tells: that it is there or gone, and what runs.

use std::collections::{BTreeMap, HashSet};
use std::path::PathBuf;
use std::time::Duration;

use super::{Message, State};
use crate::contract::failure::Failure;
use crate::contract::notice::Notice;
use crate::contract::snapshot::EngineState;
use crate::engine::{Engine, Listing, Starter};
use crate::launch::observed::{self, ObservedLaunch};
use crate::launch::{memory, start};
use crate::platform::clock::now;
use crate::platform::user;
use crate::state::view;
use crate::words::error::Error;

impl State {
    pub(super) fn engine(&self) -> Result<Engine, Failure> {
        match (&self.engine, &self.engine_state) {
            (Some(engine), _) => Ok(engine.clone()),
            (None, EngineState::Unavailable { failure, .. }) => Err(failure.clone()),
            (None, _) => Err(Error::StillLooking.into()),
        }
    }

    /// What can be started so that an engine answers.
    pub(super) fn starter(&self) -> Result<Starter, Failure> {
        match (self.starter, &self.engine_state) {
            (Some(starter), _) => Ok(starter),
            (None, EngineState::Unavailable { failure, .. }) => Err(failure.clone()),
            (None, _) => Err(Error::StillLooking.into()),
        }
    }

    pub(super) fn engine_found(&mut self, engine: Engine) {
        self.engine = Some(engine);
        // It counts as ready once it has said what runs: until then, what is shown is old.
        self.listed = false;
        self.images_listed = false;
        self.cleaned = false;
        self.list_images();
    }

    pub(super) fn engine_missing(&mut self, failure: Failure, starter: Option<Starter>) {
        self.engine = None;
        self.starter = starter;
        let since = match &self.engine_state {
            EngineState::Unavailable { since, .. } => *since,
            _ => now(),
        };
        let starts = starter.map(|starter| starter.name.to_owned());
        self.engine_state = EngineState::Unavailable { failure, since, stale: self.newest_listing.is_some(), starts };
    }

    pub(super) fn engine_lost(&mut self) {
        self.engine_missing(Error::EngineLost.into(), None);
    }

    pub(super) fn fold(&mut self, listing: &Listing) {
        // A task's listing may come after one that the mirror asked for later.
        if self.newest_listing.is_some_and(|newest| newest > listing.asked) {
            return;
        }
        self.newest_listing = Some(listing.asked);
        self.found = observed::launches(&listing.containers);
        self.hide_leftovers();
        // The engine forgets the port of a container that has ended.
        let ports = self.found.values().filter_map(|found| Some((found.attempt.clone(), found.server.as_ref()?.port?)));
        self.ports.extend(ports);
    }

    pub(super) fn listed(&mut self, listing: &Listing) {
        self.fold(listing);
        if let Some(engine) = self.engine.as_ref().filter(|_| !self.listed) {
            self.engine_state = ready(engine);
        }
        self.listed = true;
        self.remove_leftovers();
        self.attend();
        let attempts: HashSet<&String> = self.found.values().map(|found| &found.attempt).collect();
        self.ready.retain(|attempt, _| attempts.contains(attempt));
        self.own_attempts.retain(|attempt, _| attempts.contains(attempt));
        self.unready.retain(|attempt| attempts.contains(attempt));
        self.ports.retain(|attempt, _| attempts.contains(attempt));
        self.repaired.retain(|attempt, _| attempts.contains(attempt));
        self.idle.retain(&attempts);
        let Some(engine) = self.engine.clone() else { return };
        for (id, found) in &self.found {
            let folder = PathBuf::from(&found.pipeline);
            // A folder on another machine is not there, which says nothing about it.
            if user::host_of(&found.owner) == user::host_of(&self.owner.name) && !self.contents.contains_key(&folder) {
                self.scan(folder);
            }
            if self.tasks.contains_key(id) {
                continue;
            }
            let asked = self.ready.contains_key(&found.attempt)
                || self.unready.contains(&found.attempt)
                || self.probing.contains(&found.attempt);
            if found.whole() && !asked {
                self.probing.insert(found.attempt.clone());
                let (tell, engine, timeout) = (self.tell.clone(), engine.clone(), self.settings.launch_timeout());
                let (id, spec, attempt) = (id.clone(), found.kernelspec.clone(), found.attempt.clone());
                tokio::spawn(async move {
                    let ready = start::becomes_ready(&engine, &id, &spec, timeout).await;
                    let _ = tell.send(Message::Probed { attempt, ready });
                });
            }
            if !found.whole() {
                // Looked at again when it can no longer be on its way.
                let tell = self.tell.clone();
                tokio::spawn(async move {
                    tokio::time::sleep(Duration::from_millis(view::GRACE_MS)).await;
                    let _ = tell.send(Message::Look);
                });
            }
            self.ask_for_last_words(&engine, id, found);
        }
    }

    /// A container with these labels ended so. The same of the same folder is told once, as the newest.
    pub(super) fn out_of_memory(&mut self, labels: &BTreeMap<String, String>) {
        let name_of = |name: &str| {
            let known = self.kernelspecs.iter().find(|kernelspec| kernelspec.name == name);
            known.map_or(name, |kernelspec| &kernelspec.display_name).to_owned()
        };
        if let Some(error) = memory::told(labels, &self.owner.name, name_of) {
            let notice = Notice::from(error.failure());
            self.notices.retain(|known| !known.says(&notice));
            self.notice(notice);
        }
    }

    pub(super) fn ask_for_last_words(&self, engine: &Engine, id: &str, found: &ObservedLaunch) {
        let Some((role, code)) = found.dead() else { return };
        let part = if role == crate::launch::label::Role::Gateway { &found.gateway } else { &found.server };
        let Some(container) = part.as_ref().map(|part| part.container.clone()) else { return };
        if self.deaths.contains_key(&container) {
            return;
        }
        let (tell, engine) = (self.tell.clone(), engine.clone());
        let name = crate::launch::plan::container_name(id, role);
        tokio::spawn(async move {
            let failure = start::died(&engine, role, &name, code.unwrap_or(-1)).await.into();
            let _ = tell.send(Message::DeathTold { container, failure });
        });
    }
}

fn ready(engine: &Engine) -> EngineState {
    let facts = engine.facts();
    EngineState::Ready {
        name: facts.name.clone(),
        version: facts.version.clone(),
        api_version: facts.api_version.clone(),
        endpoint: facts.endpoint.clone(),
        found_by: facts.found_by.clone(),
        tried: facts.tried.clone(),
        cpus: facts.cpus,
        memory: facts.memory,
    }
}
