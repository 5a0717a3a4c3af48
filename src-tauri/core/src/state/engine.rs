//! What the engine reports: that it is there or gone, and what runs.

use std::collections::{BTreeMap, HashSet};
use std::path::PathBuf;
use std::time::Duration;

use super::effect::Effect;
use super::event::Wake;
use super::update::Turn;
use crate::contract::failure::Failure;
use crate::contract::notice::Notice;
use crate::contract::snapshot::EngineState;
use crate::engine::{EngineFacts, Listing, Starter};
use crate::launch::health::{Answer, GRACE_MS};
use crate::launch::label::{Labels, Role};
use crate::launch::memory;
use crate::launch::observed;
use crate::words::error::Error;

impl Turn<'_> {
    pub fn engine_found(&mut self, facts: EngineFacts) {
        self.model.engine = Some(facts);
        // It counts as ready once it has listed its containers. Until then, what is shown is old.
        self.model.listed = false;
        self.model.images_listed = false;
        self.model.cleaned = false;
        self.list_images();
    }

    pub fn engine_missing(&mut self, failure: Failure, starter: Option<Starter>) {
        self.model.engine = None;
        self.model.starter = starter;
        let since = match &self.model.engine_state {
            EngineState::Unavailable { since, .. } => *since,
            _ => self.now.ms,
        };
        let starts = starter.map(|starter| starter.name.to_owned());
        let stale = self.model.newest_listing.is_some();
        self.model.engine_state = EngineState::Unavailable { failure, since, stale, starts };
    }

    pub fn engine_lost(&mut self) {
        self.engine_missing(Error::EngineLost.into(), None);
    }

    /// Takes what a list of containers shows.
    pub fn fold(&mut self, listing: &Listing) {
        // A task's list may arrive after one that was asked for later.
        if self.model.newest_listing.is_some_and(|newest| newest > listing.asked) {
            return;
        }
        self.model.newest_listing = Some(listing.asked);
        self.model.found = observed::launches(&listing.containers);
        self.model.image_requests.see(&listing.containers);
        self.hide_leftovers();
        for found in self.model.found.values() {
            let attempt = self.model.attempts.entry(found.attempt.clone()).or_default();
            let endpoint = found.part(Role::Server).and_then(|server| server.endpoint.as_ref());
            attempt.port = endpoint.map(|endpoint| endpoint.port).or(attempt.port);
        }
    }

    /// Forgets attempts that are gone.
    pub fn prune_attempts(&mut self) {
        let there: HashSet<&String> = self.model.found.values().map(|found| &found.attempt).collect();
        self.model.attempts.retain(|attempt, _| there.contains(attempt));
    }

    pub fn listed(&mut self, listing: &Listing) {
        self.fold(listing);
        if let Some(facts) = self.model.engine.as_ref().filter(|_| !self.model.listed) {
            self.model.engine_state = ready(facts);
        }
        self.model.listed = true;
        self.remove_leftovers();
        self.attend();
        if self.model.engine.is_some() {
            self.look_at_launches();
        }
    }

    /// Asks what is not known yet of the launches in the list.
    fn look_at_launches(&mut self) {
        let mut effects = Vec::new();
        for (id, found) in &self.model.found {
            let folder = PathBuf::from(&found.pipeline);
            // The folder of a launch from another machine is not here, which says nothing about it.
            if self.model.is_here(found) && !self.model.contents.contains_key(&folder) {
                effects.push(Effect::Scan { path: folder, then: None });
            }
            if self.model.tasks.contains_key(id) {
                continue;
            }
            let attempt = self.model.attempts.entry(found.attempt.clone()).or_default();
            if !found.whole() {
                // Looked at again when it can no longer be on its way.
                effects.push(Effect::After(Duration::from_millis(GRACE_MS), Wake::Look));
            } else if attempt.answer == Answer::Open && !attempt.probing {
                attempt.probing = true;
                effects.push(Effect::Probe {
                    id: id.clone(),
                    attempt: found.attempt.clone(),
                    kernelspec: found.kernelspec.clone(),
                    within: self.model.settings.launch_timeout(),
                });
            }
            let Some((role, code)) = found.dead() else { continue };
            let Some(container) = found.part(role).map(|part| part.container.clone()) else { continue };
            if !attempt.deaths.contains_key(&container) {
                attempt.deaths.insert(container.clone(), None);
                let (id, attempt) = (id.clone(), found.attempt.clone());
                effects.push(Effect::AskLastWords { id, attempt, container, role, code });
            }
        }
        self.effects.extend(effects);
    }

    /// The chain of an attempt answered, or did not in time.
    pub fn probed(&mut self, attempt: &str, ready: bool) {
        let Some(known) = self.model.attempts.get_mut(attempt) else { return };
        known.probing = false;
        if ready {
            self.became_ready(attempt);
        } else if known.answer == Answer::Open {
            known.answer = Answer::Silent;
        }
    }

    /// A container with these labels ran out of memory. Of the same folder, the newest notice is shown.
    pub fn out_of_memory(&mut self, labels: &BTreeMap<String, String>) {
        let kernelspecs = &self.model.kernelspecs;
        let name_of = |name: &str| {
            let known = kernelspecs.iter().find(|kernelspec| kernelspec.name == name);
            known.map_or(name, |kernelspec| &kernelspec.display_name).to_owned()
        };
        let ended = Labels::parse(labels).and_then(|labels| memory::error(&labels, &self.model.owner, name_of));
        if let Some(error) = ended {
            let notice = Notice::from(error.failure());
            self.model.notices.retain(|known| !known.says(&notice));
            self.notice(notice);
        }
    }
}

fn ready(facts: &EngineFacts) -> EngineState {
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
