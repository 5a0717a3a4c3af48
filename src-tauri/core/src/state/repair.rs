//! What is done about launches that are not whole: a part that ended is made anew; what is nobody's is removed.

use std::path::PathBuf;
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use super::{Message, Reply, State, Task, TaskKind};
use crate::contract::failure::Failure;
use crate::contract::notice::{Notice, Tone};
use crate::contract::snapshot::Stage;
use crate::engine::{ContainerState, Listing};
use crate::launch::label::{self, Role};
use crate::launch::observed::ObservedLaunch;
use crate::launch::orphans::{self, Known, Orphan};
use crate::launch::repair::{self, Breakage, Repaired};
use crate::launch::stage;
use crate::platform::clock::{self, now};
use crate::platform::process::{Liveness, liveness};
use crate::state::view;
use crate::words::error::Error;

/// How long after each try before the next is made; as many tries as there are pauses.
const PAUSES: [Duration; 3] = [Duration::ZERO, Duration::from_secs(1), Duration::from_secs(4)];
/// Tries that are older than this count no more, milliseconds.
const FORGIVEN: u64 = 10 * 60_000;

/// What another program stops is gone after this long, or is stopped here, milliseconds.
const STOPS_WITHIN: u64 = 30_000;

impl State {
    /// Looks after launches, where this process stays to see it through.
    pub(super) fn attend(&mut self) {
        if !self.attending || !self.listed || self.engine.is_none() {
            return;
        }
        for id in self.shut_down_from_within() {
            tracing::info!(launch = id, "its server was asked to shut down; what is left of it is removed");
            let _ = self.stop(&id);
        }
        let broken: Vec<String> =
            self.found.iter().filter(|(id, found)| self.is_to_be_mended(id, found)).map(|(id, _)| id.clone()).collect();
        for id in broken {
            self.repair(&id);
        }
        self.finish_stopping();
        self.look_for_idle();
        if !self.cleaned {
            self.cleaned = true;
            self.clean(None);
            // What was too young then is old enough later.
            let tell = self.tell.clone();
            tokio::spawn(async move {
                tokio::time::sleep(Duration::from_millis(orphans::GRACE_MS + 1000)).await;
                let _ = tell.send(Message::Clean { reply: None });
            });
        }
    }

    /// Launches whose server ended in peace while the gateway runs: JupyterLab's own `Shut Down`. An engine that is
    /// stopped ends both.
    fn shut_down_from_within(&self) -> Vec<String> {
        let in_peace = |found: &ObservedLaunch| {
            let ended = found.server.as_ref().is_some_and(|part| part.state == ContainerState::Exited { code: 0 });
            ended && !found.stopping && found.gateway.as_ref().is_some_and(|part| part.runs())
        };
        let mine = |id: &String, found: &ObservedLaunch| {
            found.owner == self.owner.name
                && !self.tasks.contains_key(id)
                && liveness(&self.places, &found.process) != Liveness::Unknown
        };
        self.found.iter().filter(|(id, found)| mine(id, found) && in_peace(found)).map(|(id, _)| id.clone()).collect()
    }

    /// Stops what another program began to stop and did not finish.
    fn finish_stopping(&mut self) {
        let begun: Vec<String> = self
            .found
            .iter()
            .filter(|(id, found)| found.stopping && found.owner == self.owner.name && !self.tasks.contains_key(*id))
            .map(|(id, _)| id.clone())
            .collect();
        self.stopping.retain(|id, _| begun.contains(id));
        for id in begun {
            let since = *self.stopping.entry(id.clone()).or_insert_with(now);
            if clock::age(since, now()) >= STOPS_WITHIN {
                tracing::info!(launch = id, "begun to be stopped by another program, which did not finish");
                let _ = self.stop(&id);
            } else {
                let tell = self.tell.clone();
                tokio::spawn(async move {
                    tokio::time::sleep(Duration::from_millis(STOPS_WITHIN)).await;
                    let _ = tell.send(Message::Look);
                });
            }
        }
    }

    fn is_to_be_mended(&self, id: &str, found: &ObservedLaunch) -> bool {
        if self.tasks.contains_key(id) || found.owner != self.owner.name || found.whole() || found.stopping {
            return false;
        }
        // Without a sign of whoever launched it, it was launched from another home, with kernelspecs of its own.
        let launcher = liveness(&self.places, &found.process);
        if launcher == Liveness::Unknown {
            return false;
        }
        // What another process has not finished is its own affair, while it lives.
        let abandoned = launcher == Liveness::Dead || clock::age(found.started_at, now()) > view::GRACE_MS;
        let seen = self.ready.contains_key(&found.attempt);
        (seen || (abandoned && found.can_be_repaired())) && self.tries(&found.attempt) < PAUSES.len()
    }

    fn tries(&self, attempt: &str) -> usize {
        let recent = |at: &&u64| clock::age(**at, now()) < FORGIVEN;
        self.repaired.get(attempt).map_or(0, |times| times.iter().filter(recent).count())
    }

    fn repair(&mut self, id: &str) {
        let (Some(found), Some(engine)) = (self.found.get(id).cloned(), self.engine.clone()) else { return };
        let kernels_dir = match self.copied_kernels() {
            Ok(dir) => dir,
            Err(failure) => return tracing::warn!(launch = id, reason = failure.message, "not made anew"),
        };
        let Ok(kernelspec) = self.kernelspec_named(&found.kernelspec) else { return };
        let pause = PAUSES.get(self.tries(&found.attempt)).copied().unwrap_or_default();
        self.repaired.entry(found.attempt.clone()).or_default().push(now());
        tracing::warn!(launch = id, dead = ?found.dead(), "a part of a launch ended; it is made anew");
        let folder = PathBuf::from(&found.pipeline);
        let order = self.order(&engine, id, folder, kernelspec, kernels_dir);
        let cancel = CancellationToken::new();
        let task = Task {
            kind: TaskKind::Repairing,
            folder: order.folder.clone(),
            kernelspec: found.kernelspec.clone(),
            started_at: found.started_at,
            stages: vec![stage::new(Stage::Containers), stage::new(Stage::Ready)],
            cancel: cancel.clone(),
        };
        self.tasks.insert(id.to_owned(), task);
        let breakage = Breakage { port: self.ports.get(&found.attempt).copied(), attempt: found.attempt };
        let (tell, events, id) = (self.tell.clone(), self.events.subscribe(), id.to_owned());
        tokio::spawn(async move {
            let report = {
                let (tell, id) = (tell.clone(), id.clone());
                move |event| drop(tell.send(Message::StageHappened { id: id.clone(), event }))
            };
            let outcome = tokio::select! {
                () = cancel.cancelled() => Err(Error::Cancelled),
                () = tokio::time::sleep(pause) => {
                    repair::repair(&engine, &order, &breakage, events, &report, &cancel).await
                }
            };
            let listed = engine.listing(label::LAUNCH).await.ok();
            let _ = tell.send(Message::RepairEnded { id, outcome, listed });
        });
    }

    pub(super) fn repair_ended(
        &mut self,
        id: &str,
        outcome: crate::words::error::Result<Repaired>,
        listed: Option<Listing>,
    ) {
        let Some(task) = self.tasks.remove(id) else { return };
        if let Some(listing) = &listed {
            self.fold(listing);
        }
        match outcome {
            _ if task.cancel.is_cancelled() => self.stop_what_was_cancelled(id),
            Ok(done) => {
                if let Some(found) = self.found.get(id).filter(|found| found.whole()) {
                    self.ready.insert(found.attempt.clone(), now());
                    let name = crate::words::names::display_name(&task.folder);
                    if !done.roles.is_empty() {
                        self.notice(repaired(&name, &done));
                    }
                }
            }
            Err(error) => tracing::warn!(launch = id, error = &error as &dyn std::error::Error, "not repaired"),
        }
        if let Some(listing) = listed {
            self.listed(&listing);
        }
    }

    /// Removes what dead processes left of launches that cannot be whole any more.
    pub(super) fn clean(&self, reply: Option<Reply<Vec<Orphan>>>) {
        let engine = match self.engine() {
            Ok(engine) => engine,
            Err(failure) => return reply.into_iter().for_each(|reply| drop(reply.send(Err(failure.clone())))),
        };
        let (places, owner) = (self.places.clone(), self.owner.name.clone());
        let busy: Vec<String> = self.tasks.keys().cloned().collect();
        tokio::spawn(async move {
            let known = Known {
                owner: &owner,
                liveness: &|process| liveness(&places, process),
                busy: &|launch| busy.iter().any(|id| id == launch),
                now: now(),
            };
            let removed = orphans::remove(&engine, &known).await;
            if let Err(error) = &removed {
                tracing::warn!(error = error as &dyn std::error::Error, "what dead processes left is not all removed");
            }
            if let Some(reply) = reply {
                let _ = reply.send(removed.map_err(Failure::from));
            }
        });
    }
}

/// What a person is told of a launch that was made whole again.
fn repaired(name: &str, Repaired { roles, moved }: &Repaired) -> Notice {
    let lost_kernels = roles.contains(&Role::Gateway);
    let parts: Vec<&str> = roles.iter().map(|role| role.as_str()).collect();
    let were = if parts.len() == 1 { "was" } else { "were" };
    let hint = if *moved {
        "another program has taken its address: close its page in the browser and press Open; what was \
         saved is in the folder"
    } else if lost_kernels {
        "its kernels ended, too: run the cells again that you need; what was saved is in the folder"
    } else {
        "its kernels run on; reload the page in the browser if it does not go on by itself"
    };
    Notice {
        tone: Tone::Good,
        message: format!("The {} of {name} had ended and {were} started again", parts.join(" and ")),
        hint: hint.to_owned(),
    }
}
