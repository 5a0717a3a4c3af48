//! What the engine reports: that it is there or gone, and what runs.

use std::collections::{BTreeMap, HashSet};
use std::path::PathBuf;
use std::time::Duration;

use super::effect::Effect;
use super::event::{Reply, Wake};
use super::update::Turn;
use crate::contract::choices::Change;
use crate::contract::failure::{Failure, FailureCode};
use crate::contract::notice::Notice;
use crate::contract::snapshot::{EngineLimits, EngineRemedy, EngineSetup, EngineState, Unkept};
use crate::engine::{EngineFacts, GROUP, Keeps, Listing, Plan, Remedy};
use crate::launch::health::{Answer, GRACE_MS};
use crate::launch::label::{Labels, Role};
use crate::launch::memory;
use crate::launch::observed;
use crate::words::error::Error;
use crate::words::limits as limits_words;

/// The last lines of the set-up that are shown.
const SETUP_LINES: usize = 12;

impl Turn<'_> {
    pub fn engine_found(&mut self, facts: EngineFacts) {
        self.model.engine = Some(facts);
        // It counts as ready once it has listed its containers. Until then, what is shown is old.
        self.model.listed = false;
        self.model.images_listed = false;
        self.model.cleaned = false;
        self.list_images();
        self.begin_import();
    }

    pub fn engine_missing(&mut self, failure: Failure, remedy: Option<Remedy>) {
        self.model.engine = None;
        let since = match &self.model.engine_state {
            EngineState::Unavailable { since, .. } => *since,
            _ => self.now.ms,
        };
        let stale = self.model.newest_listing.is_some();
        let shown = remedy.as_ref().and_then(shown);
        self.model.remedy = remedy;
        self.model.engine_state = EngineState::Unavailable { failure, since, stale, remedy: shown };
        self.begin_import();
    }

    pub fn engine_lost(&mut self) {
        self.engine_missing(Error::EngineLost.into(), None);
    }

    /// Picks an engine, or forgets the choice. What is on its way ends on the engine where it began.
    pub fn use_engine(&mut self, endpoint: Option<String>, reply: Reply<()>) {
        if self.model.engine.is_some() && self.model.is_at_work() {
            return self.answer(reply, Err(Error::EngineAtWork.into()));
        }
        self.choose(Change::Engine(endpoint), reply);
    }

    /// Has the engine searched by the person's choice, which another program or a person with an editor may have made. It
    /// waits until nothing is on its way on the engine that answers.
    pub fn follow_choice(&mut self) {
        let chosen = &self.model.settings.engine;
        if *chosen == self.model.followed || (self.model.engine.is_some() && self.model.is_at_work()) {
            return;
        }
        self.model.followed = chosen.clone();
        let chosen = chosen.clone();
        self.then(Effect::FollowEngine(chosen));
    }

    /// Launches on the engine that was left run on there, and are seen again when it is used again.
    pub fn engine_left(&mut self) {
        self.model.engine = None;
        self.model.engine_state = EngineState::Looking;
        self.model.remedy = None;
        self.model.listed = false;
        self.model.images_listed = false;
        self.model.images.clear();
        self.model.newest_listing = None;
        self.model.found.clear();
        self.give_requests_up();
        self.prune_attempts();
    }

    /// Runs the programs that install the engine, or with `join` those that let the person use it. They are those that the
    /// last search found out, and one run at a time.
    pub fn set_up_engine(&mut self, join: bool, reply: Reply<()>) {
        if self.setup_goes_on() {
            return self.answer(reply, Ok(()));
        }
        let plan = match (&self.model.remedy, join) {
            (Some(Remedy::Install(plan)), false) | (Some(Remedy::JoinGroup(plan)), true) => plan.clone(),
            _ => return self.answer(reply, self.model.engine().map(drop)),
        };
        let setup = EngineSetup { name: plan.name.to_owned(), joins_only: join, lines: Vec::new(), failure: None };
        self.model.engine_setup = Some(setup);
        self.then(Effect::SetUpEngine(plan));
        self.answer(reply, Ok(()));
    }

    fn setup_goes_on(&self) -> bool {
        self.model.engine_setup.as_ref().is_some_and(|setup| setup.failure.is_none())
    }

    pub fn engine_setup_said(&mut self, line: String) {
        if let Some(setup) = &mut self.model.engine_setup {
            setup.lines.push(line);
            let more = setup.lines.len().saturating_sub(SETUP_LINES);
            setup.lines.drain(..more);
        }
    }

    pub fn engine_setup_ended(&mut self, outcome: Result<(), Failure>) {
        match outcome {
            Err(failure) if failure.code != FailureCode::Cancelled => {
                if let Some(setup) = &mut self.model.engine_setup {
                    setup.failure = Some(failure);
                }
            }
            _ => self.model.engine_setup = None,
        }
    }

    pub fn dismiss_engine_setup(&mut self) {
        if !self.setup_goes_on() {
            self.model.engine_setup = None;
        }
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
            self.model.remedy = None;
            self.model.engine_state = ready(facts);
            self.dismiss_engine_setup();
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
                    parts: found.wanted(),
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

/// A remedy as an interface shows it.
fn shown(remedy: &Remedy) -> Option<EngineRemedy> {
    let commands = |plan: &Plan| plan.steps.iter().map(|step| step.join(" ")).collect();
    match remedy {
        Remedy::Start(starter) => Some(EngineRemedy::Start { name: starter.name.to_owned() }),
        Remedy::Install(plan) => Some(EngineRemedy::Install {
            name: plan.name.to_owned(),
            commands: commands(plan),
            joins: plan.joins,
            runs: plan.by.is_some(),
        }),
        Remedy::JoinGroup(plan) => {
            Some(EngineRemedy::JoinGroup { group: GROUP.to_owned(), commands: commands(plan), runs: plan.by.is_some() })
        }
        Remedy::LogInAgain => Some(EngineRemedy::LogInAgain),
        // The words of the failure say it all.
        Remedy::StartByHand { .. } | Remedy::InstallByHand => None,
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
        limits: limits(facts.keeps),
    }
}

fn limits(keeps: Keeps) -> EngineLimits {
    EngineLimits {
        memory: keeps.memory,
        cpus: keeps.cpus,
        processes: keeps.processes,
        tells_cpu: keeps.figures,
        tells_memory: keeps.tells_memory(),
        unkept: limits_words::unkept(keeps).map(|(message, hint)| Unkept { message, hint }),
    }
}
