//! Carries a launch out, attempt by attempt, and reports how it ended, also if it is cancelled and the engine hangs.

use std::pin::Pin;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::{broadcast, mpsc, oneshot};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::contract::failure::Failure;
use crate::contract::snapshot::Stage;
use crate::engine::{Engine, Event as EngineEvent};
use crate::launch::claim::{self, Joined};
use crate::launch::spec::LaunchSpec;
use crate::launch::stage::StageEvent;
use crate::launch::start::{self, LaunchError};
use crate::launch::{label, stop};
use crate::platform::clock::now;
use crate::state::event::Event;
use crate::state::leftovers::Leftover;
use crate::words;
use crate::words::error::Error;

/// How long a cancelled launch may take to end. After that the failure says that the engine does not answer.
const ENDS_WITHIN: Duration = Duration::from_secs(4);

/// How a launch ended.
struct Ended {
    outcome: Result<(), Error>,
    /// The attempt that left something on the engine, or may have.
    left: Option<String>,
    /// The work that still waits for the engine.
    waits: Option<JoinHandle<()>>,
}

impl Ended {
    fn with(outcome: Result<(), Error>, left: Option<String>) -> Ended {
        Ended { outcome, left, waits: None }
    }

    fn hung(attempt: String, waits: JoinHandle<()>) -> Ended {
        Ended { outcome: Err(Error::EngineHangs), left: Some(attempt), waits: Some(waits) }
    }
}

/// Launches in a task of its own, after removing the attempt that is in the way, and reports the end.
pub(super) fn spawn(
    engine: Engine,
    spec: LaunchSpec,
    in_the_way: Option<String>,
    events: broadcast::Sender<EngineEvent>,
    tell: mpsc::UnboundedSender<Event>,
    cancel: CancellationToken,
) {
    tokio::spawn(async move {
        let spec = Arc::new(spec);
        let hangs = async {
            cancel.cancelled().await;
            tokio::time::sleep(ENDS_WITHIN).await;
        };
        let mut hangs = std::pin::pin!(hangs);
        let mut ended = carry_out(&engine, &spec, in_the_way, &events, &tell, &cancel, hangs.as_mut()).await;
        let listed = match ended.waits {
            Some(_) => None,
            None => tokio::select! {
                listed = engine.listing(label::LAUNCH) => listed.ok(),
                () = hangs => {
                    // It runs although it was cancelled.
                    ended.outcome = ended.outcome.and(Err(Error::EngineHangs));
                    None
                }
            },
        };
        let id = spec.id.clone();
        let Ended { outcome, left, waits } = ended;
        let left = left.filter(|_| outcome.is_err());
        let hung = matches!(outcome, Err(Error::EngineHangs));
        let outcome = outcome.map_err(|error| {
            tracing::warn!(launch = id, error = &error as &dyn std::error::Error, "launch failed");
            Failure::from(error)
        });
        let leftover = left.clone().map(|attempt| Leftover {
            ended: waits.is_none(),
            failure: outcome.clone().err().filter(|_| hung),
            ..Leftover::of(&id, attempt)
        });
        let _ = tell.send(Event::LaunchEnded { id, outcome, left: leftover, listed });
        if let (Some(waits), Some(attempt)) = (waits, left) {
            let _ = waits.await;
            let _ = tell.send(Event::LeftoverEnded { attempt });
        }
    });
}

async fn carry_out(
    engine: &Engine,
    spec: &Arc<LaunchSpec>,
    in_the_way: Option<String>,
    events: &broadcast::Sender<EngineEvent>,
    tell: &mpsc::UnboundedSender<Event>,
    cancel: &CancellationToken,
    mut hangs: Pin<&mut impl Future<Output = ()>>,
) -> Ended {
    let id = &spec.id;
    let report = {
        let (tell, id) = (tell.clone(), id.clone());
        move |event| drop(tell.send(Event::StageHappened { id: id.clone(), event }))
    };
    if let Some(before) = in_the_way {
        let (engine, id) = (engine.clone(), id.clone());
        match to_its_end(async move { stop::stop(&engine, &id).await }, hangs.as_mut()).await {
            Ok(Ok(_)) => {}
            Ok(Err(error)) => return Ended::with(Err(error), None),
            Err(waits) => return Ended::hung(before, waits),
        }
    }
    let mut waits_since = None;
    loop {
        let attempt = label::new_attempt(now());
        let work = {
            let (engine, spec, attempt) = (engine.clone(), spec.clone(), attempt.clone());
            let (events, report, cancel) = (events.subscribe(), report.clone(), cancel.clone());
            async move { start::launch(&engine, &spec, &attempt, events, &report, &cancel).await }
        };
        match to_its_end(work, hangs.as_mut()).await {
            // Another program was quicker. Its launch is as good, unless it fails.
            Ok(Err(LaunchError { error: Error::LaunchedElsewhere { .. }, left: None })) => {
                report(StageEvent::Doing(Stage::Network, words::launch::LAUNCHED_ELSEWHERE.to_owned()));
                let waited = waits_since.get_or_insert_with(Instant::now).elapsed();
                match claim::joined(engine, spec, spec.timeout.saturating_sub(waited), cancel).await {
                    Ok(Joined::Gone) => {}
                    Ok(Joined::Ready) => return Ended::with(Ok(()), None),
                    Err(error) => return Ended::with(Err(error), None),
                }
            }
            Ok(Ok(())) => return Ended::with(Ok(()), Some(attempt)),
            Ok(Err(LaunchError { error, left })) => return Ended::with(Err(error), left),
            Err(waits) => return Ended::hung(attempt, waits),
        }
    }
}

/// Does work on the engine in a task of its own, to its end: a call that is broken off may still take effect. Once the
/// engine `hangs`, it waits no longer and answers with the task, which goes on.
async fn to_its_end<T: Send + 'static>(
    work: impl Future<Output = T> + Send + 'static,
    hangs: Pin<&mut impl Future<Output = ()>>,
) -> Result<T, JoinHandle<()>> {
    let (done, ended) = oneshot::channel();
    let task = tokio::spawn(async move { drop(done.send(work.await)) });
    tokio::select! {
        biased;
        Ok(outcome) = ended => Ok(outcome),
        () = hangs => Err(task),
    }
}
