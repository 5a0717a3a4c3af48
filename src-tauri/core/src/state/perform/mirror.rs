//! Follows the engine: finds it, subscribes to its events, lists its containers, and lists them again after events.
//! Nothing here polls a running engine. An engine that is away is looked for, with growing pauses.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use futures_util::StreamExt;
use tokio::sync::{Notify, broadcast, mpsc, watch};
use tokio::task::AbortHandle;

use crate::engine::{self, ContainerState, Engine, Event as EngineEvent, EventKind, Listing, ProcessEnv};
use crate::launch::memory::Wanting;
use crate::launch::{label, reach};
use crate::machine::There;
use crate::state::event::Event;
use crate::words::error::Result;

/// Events within this time lead to one list.
const SETTLE: Duration = Duration::from_millis(40);
/// The pause between two searches for an engine that is away, at first and at most.
const PAUSE: (Duration, Duration) = (Duration::from_millis(500), Duration::from_secs(5));

/// Follows the engine for ever, and reports what it finds. `chosen` is the address that the person picked: when it changes,
/// the engine is left and searched again. `found` holds the engine that answers; `look` ends a pause early.
pub(crate) async fn follow(
    around: ProcessEnv,
    there: Option<Arc<There>>,
    mut chosen: watch::Receiver<Option<String>>,
    found: watch::Sender<Option<Engine>>,
    tell: mpsc::UnboundedSender<Event>,
    events: broadcast::Sender<EngineEvent>,
    look: Arc<Notify>,
) {
    let mut pause = PAUSE.0;
    // What the environment names goes before any choice.
    let is_free = there.is_none() && engine::named_for_this_run(&around).is_none();
    loop {
        let choice = chosen.borrow_and_update().clone();
        let search = tokio::select! {
            search = found_by(&around, there.as_deref(), choice.as_deref()) => search,
            () = changed(&mut chosen, is_free) => continue,
        };
        match search {
            Ok(engine) => {
                tracing::info!(endpoint = engine.facts().endpoint, version = engine.facts().version, "engine found");
                pause = PAUSE.0;
                let left = tokio::select! {
                    () = changed(&mut chosen, is_free) => true,
                    ended = mirror(&engine, there.as_deref(), &found, &tell, &events) => {
                        if let Err(error) = ended {
                            tracing::warn!(%error, "the engine is lost");
                        }
                        false
                    }
                };
                found.send_replace(None);
                let _ = events.send(EngineEvent::lost());
                // Until the search has an answer, what is shown is marked as old.
                if tell.send(if left { Event::EngineLeft } else { Event::EngineLost }).is_err() {
                    return;
                }
                if !left {
                    continue_after(PAUSE.0, &look).await;
                }
            }
            Err(error) => {
                tracing::debug!(%error, "no engine");
                // What would start or install an engine here does nothing there.
                let (error, remedy) = match &there {
                    Some(_) => (error, None),
                    None => engine::remedied(&around, choice.as_deref(), error),
                };
                if tell.send(Event::EngineMissing(error.into(), remedy)).is_err() {
                    return;
                }
                tokio::select! {
                    () = continue_after(pause, &look) => pause = (pause * 2).min(PAUSE.1),
                    () = changed(&mut chosen, is_free) => {
                        pause = PAUSE.0;
                        let _ = tell.send(Event::EngineLeft);
                    }
                }
            }
        }
    }
}

/// The engine of another machine, or the one that this machine has.
async fn found_by(around: &ProcessEnv, there: Option<&There>, choice: Option<&str>) -> Result<Engine> {
    match there {
        Some(there) => there.connect(around).await,
        None => engine::find_chosen(around, choice).await,
    }
}

/// Waits for another choice, for ever where no choice counts or none can be made any more.
async fn changed(chosen: &mut watch::Receiver<Option<String>>, is_free: bool) {
    if !is_free || chosen.changed().await.is_err() {
        std::future::pending::<()>().await;
    }
}

async fn continue_after(pause: Duration, look: &Notify) {
    tokio::select! {
        () = tokio::time::sleep(pause) => {}
        () = look.notified() => {}
    }
}

async fn mirror(
    engine: &Engine,
    there: Option<&There>,
    found: &watch::Sender<Option<Engine>>,
    tell: &mpsc::UnboundedSender<Event>,
    events: &broadcast::Sender<EngineEvent>,
) -> Result<()> {
    // It subscribes first and lists second, so that no event is missed between the two.
    let mut stream = Box::pin(engine.events(label::LAUNCH));
    found.send_replace(Some(engine.clone()));
    let _ = tell.send(Event::EngineFound(engine.facts().clone()));
    let listing = engine.listing(label::LAUNCH).await?;
    let mut carrying = Carrying::default();
    carrying.replace(engine, there, &listing);
    let _ = tell.send(Event::Listed(listing));
    let mut deaths = Deaths::default();
    let mut wanting = Wanting::default();
    let mut heard = |event: EngineEvent, deaths: &mut Deaths| {
        if wanting.ended_by(&event) {
            let _ = tell.send(Event::OutOfMemory(event.labels.clone()));
        }
        pass_on(event, events, deaths);
    };
    loop {
        // A list that contradicts a reported death is followed by another, also without an event.
        if deaths.0.is_empty() {
            let Some(event) = stream.next().await else { return Ok(()) };
            heard(event?, &mut deaths);
        }
        let settled = tokio::time::sleep(SETTLE);
        tokio::pin!(settled);
        loop {
            tokio::select! {
                () = &mut settled => break,
                event = stream.next() => match event {
                    Some(event) => heard(event?, &mut deaths),
                    None => return Ok(()),
                },
            }
        }
        let listing = engine.listing(label::LAUNCH).await?;
        deaths.seen_in(&listing);
        carrying.replace(engine, there, &listing);
        let _ = tell.send(Event::Listed(listing));
    }
}

/// The task that has open pages reach the servers on another machine.
#[derive(Default)]
struct Carrying(Option<AbortHandle>);

impl Carrying {
    fn replace(&mut self, engine: &Engine, there: Option<&There>, listing: &Listing) {
        if there.is_some_and(There::carries) {
            self.end();
            self.0 = Some(tokio::spawn(reach::keep(engine.clone(), listing.containers.clone())).abort_handle());
        }
    }

    fn end(&mut self) {
        if let Some(task) = self.0.take() {
            task.abort();
        }
    }
}

impl Drop for Carrying {
    fn drop(&mut self) {
        self.end();
    }
}

/// Reported deaths that no list has shown yet, each with the number of lists to wait for. An engine reports a death some
/// milliseconds before its list has it; a container that was started again keeps running.
#[derive(Default)]
struct Deaths(HashMap<String, u8>);

impl Deaths {
    fn seen_in(&mut self, listing: &Listing) {
        let runs = |id: &str| listing.containers.iter().any(|c| c.id == id && c.state == ContainerState::Running);
        self.0.retain(|id, patience| {
            *patience -= 1;
            *patience > 0 && runs(id)
        });
    }
}

fn pass_on(event: EngineEvent, to: &broadcast::Sender<EngineEvent>, deaths: &mut Deaths) {
    if matches!(event.kind, EventKind::Died { .. }) {
        deaths.0.insert(event.id.clone(), 20);
    }
    tracing::debug!(kind = ?event.kind, name = event.name, "event");
    let _ = to.send(event);
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::engine::Container;

    fn reported(deaths: &mut Deaths, kind: EventKind) {
        let event = EngineEvent { kind, id: "a".to_owned(), ..EngineEvent::lost() };
        pass_on(event, &broadcast::channel(1).0, deaths);
    }

    fn listed(state: Option<ContainerState>) -> Listing {
        let one = |state| Container {
            id: "a".to_owned(),
            name: String::new(),
            labels: BTreeMap::new(),
            state,
            created_ms: 0,
            ports: BTreeMap::new(),
            networks: Vec::new(),
        };
        Listing { asked: std::time::Instant::now(), containers: state.map(one).into_iter().collect() }
    }

    /// Whether another list is wanted after these events and lists.
    fn unsettled(died: usize, lists: &[Option<ContainerState>]) -> bool {
        let mut deaths = Deaths::default();
        for _ in 0..died {
            reported(&mut deaths, EventKind::Died { code: Some(1) });
        }
        for state in lists {
            deaths.seen_in(&listed(state.clone()));
        }
        !deaths.0.is_empty()
    }

    #[test]
    fn a_list_that_contradicts_a_death_is_followed_by_another_and_no_other_is() {
        use ContainerState::{Exited, Running};
        let ended = || Some(Exited { code: 1 });
        let table: [(&str, usize, Vec<Option<ContainerState>>, bool); 7] = [
            ("nothing happened", 0, vec![Some(Running)], false),
            ("a death that the list does not have yet", 1, vec![Some(Running)], true),
            ("and then has", 1, vec![Some(Running), ended()], false),
            ("a death that is reported twice", 2, vec![Some(Running), ended()], false),
            ("a death of a container that is gone", 1, vec![None], false),
            ("one that was started again, for some lists", 1, vec![Some(Running); 19], true),
            ("and no longer", 1, vec![Some(Running); 20], false),
        ];
        for (what, died, lists, wanted) in table {
            assert_eq!(unsettled(died, &lists), wanted, "{what}");
        }
        let mut deaths = Deaths::default();
        reported(&mut deaths, EventKind::Died { code: None });
        deaths.seen_in(&listed(ended()));
        reported(&mut deaths, EventKind::Died { code: None });
        deaths.seen_in(&listed(Some(Running)));
        assert!(!deaths.0.is_empty(), "a death that is reported again after a list is waited for again");
    }
}
