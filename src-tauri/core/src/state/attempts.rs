//! Carries a launch out, attempt by attempt, and says how it ended.

use std::time::Instant;

use tokio::sync::{broadcast, mpsc};
use tokio_util::sync::CancellationToken;

use super::Message;
use crate::contract::snapshot::Stage;
use crate::engine::{Engine, Event};
use crate::launch::stage::StageEvent;
use crate::launch::start::{self, Joined, LaunchError, Order};
use crate::launch::{label, stop};
use crate::platform::clock::now;
use crate::words::error::Error;

/// Launches in a task of its own, and tells when it ended.
pub(super) fn spawn(
    engine: Engine,
    order: Order,
    remove_first: bool,
    events: broadcast::Sender<Event>,
    tell: mpsc::UnboundedSender<Message>,
    cancel: CancellationToken,
) {
    tokio::spawn(async move {
        let id = order.id.clone();
        let outcome = carry_out(&engine, &order, remove_first, &events, &tell, &cancel).await;
        let (outcome, left) = match outcome {
            Ok(()) => (Ok(()), None),
            Err(LaunchError { error, left }) => {
                tracing::warn!(launch = id, error = &error as &dyn std::error::Error, "launch failed");
                (Err(error.into()), left)
            }
        };
        let listed = engine.listing(label::LAUNCH).await.ok();
        let _ = tell.send(Message::LaunchEnded { id, outcome, left, listed });
    });
}

async fn carry_out(
    engine: &Engine,
    order: &Order,
    remove_first: bool,
    events: &broadcast::Sender<Event>,
    tell: &mpsc::UnboundedSender<Message>,
    cancel: &CancellationToken,
) -> Result<(), LaunchError> {
    let unlaunched = |error| LaunchError { error, left: None };
    let report = |event| drop(tell.send(Message::StageHappened { id: order.id.clone(), event }));
    if remove_first {
        stop::stop(engine, &order.id).await.map_err(unlaunched)?;
    }
    let mut waits_since = None;
    loop {
        let attempt = label::new_attempt(now());
        match start::launch(engine, order, &attempt, events.subscribe(), &report, cancel).await {
            // Another program was quicker: its launch is what was asked for, unless it comes to nothing.
            Err(LaunchError { error: Error::LaunchedElsewhere { .. }, left: None }) => {
                report(StageEvent::Doing(Stage::Network, "another program launches this folder".to_owned()));
                let waited = waits_since.get_or_insert_with(Instant::now).elapsed();
                let patience = order.timeout.saturating_sub(waited);
                match start::joined(engine, order, patience, cancel).await.map_err(unlaunched)? {
                    Joined::Gone => {}
                    Joined::Ready => return Ok(()),
                }
            }
            outcome => return outcome,
        }
    }
}
