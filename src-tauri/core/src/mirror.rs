//! The engine's truth, followed: found, subscribed to, then listed, and listed again when something happened.
//! Nothing here polls a running engine; one that is away is looked for with growing patience.

use std::sync::Arc;
use std::time::Duration;

use futures_util::StreamExt;
use tokio::sync::{Notify, broadcast, mpsc};

use crate::engine::{self, Engine, Event, Surroundings};
use crate::error::Result;
use crate::state::Message;

/// Events that come within this time are answered with one list.
const SETTLE: Duration = Duration::from_millis(40);
/// The pause between two searches for an engine that is away, at first and at most.
const PAUSE: (Duration, Duration) = (Duration::from_millis(500), Duration::from_secs(5));

/// Follows the engine for ever, telling the state what it finds. `look` ends a pause early.
pub(crate) async fn follow(
    around: Surroundings,
    tell: mpsc::UnboundedSender<Message>,
    events: broadcast::Sender<Event>,
    look: Arc<Notify>,
) {
    let mut pause = PAUSE.0;
    loop {
        match engine::find(&around).await {
            Ok(engine) => {
                tracing::info!(endpoint = engine.facts().endpoint, version = engine.facts().version, "engine found");
                pause = PAUSE.0;
                if let Err(error) = mirror(&engine, &tell, &events).await {
                    tracing::warn!(%error, "the engine is lost");
                }
                let _ = events.send(Event::lost());
                // What was seen last is shown as old until the search has an answer.
                if tell.send(Message::EngineLost).is_err() {
                    return;
                }
                continue_after(PAUSE.0, &look).await;
            }
            Err(error) => {
                tracing::debug!(%error, "no engine");
                if tell.send(Message::EngineMissing(error.into())).is_err() {
                    return;
                }
                continue_after(pause, &look).await;
                pause = (pause * 2).min(PAUSE.1);
            }
        }
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
    tell: &mpsc::UnboundedSender<Message>,
    events: &broadcast::Sender<Event>,
) -> Result<()> {
    // Subscribed first and listed second, so that nothing falls between the two.
    let mut stream = Box::pin(engine.events());
    let _ = tell.send(Message::EngineFound(engine.clone()));
    let _ = tell.send(Message::Listed(engine.list().await?));
    loop {
        let Some(event) = stream.next().await else { return Ok(()) };
        let _ = events.send(event?);
        let settled = tokio::time::sleep(SETTLE);
        tokio::pin!(settled);
        loop {
            tokio::select! {
                () = &mut settled => break,
                event = stream.next() => match event {
                    Some(event) => { let _ = events.send(event?); }
                    None => return Ok(()),
                },
            }
        }
        let _ = tell.send(Message::Listed(engine.list().await?));
    }
}
