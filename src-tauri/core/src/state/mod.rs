//! The state: a model, the events that change it, and the effects that follow. One task owns it.
//!
//! - [`model`]: all that the program knows, as plain data
//! - [`event`]: what it is asked and what it hears; [`effect`]: what it wants done
//! - [`update`]: from an event to a changed model and effects. Pure, with a file for each concept:
//!   - `environments`: what folders ask for, and what the person allows
//!   - `folders`, `kernelspecs`, `settings`, `images`; `image_requests`: the images that kernels wait for
//!   - `launches`: launches that are asked for, stopped and opened; `repair`: launches that broke;
//!     `leftovers`: what failed ones left; `idle`: launches that nobody uses
//!   - `updates`: newer versions of the program
//!   - `engine`: what the engine reports; `closing`: the window closes
//! - [`perform`]: does what effects say, and reports the end as an event
//! - [`view`]: the snapshot of a model

mod closing;
pub(crate) mod effect;
mod engine;
mod environments;
pub(crate) mod event;
mod folders;
pub(crate) mod idle;
mod image_requests;
mod images;
mod kernelspecs;
mod launches;
mod leftovers;
pub(crate) mod model;
pub(crate) mod perform;
mod places;
mod repair;
mod settings;
#[cfg(test)]
mod tests;
mod update;
mod updates;
mod variables;
pub(crate) mod view;

use std::sync::Arc;
use std::time::Instant;

use tokio::sync::{mpsc, watch};

use crate::contract::snapshot::Snapshot;
use crate::platform::clock;
use effect::Effect;
use event::Event;
use model::Model;
use perform::Interpreter;
use update::{Moment, update};

pub use closing::Closing;

/// The model at the start, with the effects of what was read for it.
pub(crate) struct Start {
    pub model: Model,
    pub effects: Vec<Effect>,
}

/// Makes a model of what was read from the disk.
pub(crate) fn start(mut model: Model, facts: Vec<Event>) -> Start {
    let effects = facts.into_iter().flat_map(|fact| update(&mut model, fact, now())).collect();
    Start { model, effects }
}

/// Owns the model until nobody can send events any more. Publishes a snapshot after each burst of events.
pub(crate) async fn run(
    Start { mut model, effects }: Start,
    mut interpreter: Interpreter,
    mut events: mpsc::UnboundedReceiver<Event>,
    publish: watch::Sender<Arc<Snapshot>>,
) {
    let mut revision = 0;
    let mut answers = interpreter.perform_all(effects);
    loop {
        let mut next = view::snapshot(&model, clock::now());
        publish.send_if_modified(|last| {
            next.revision = last.revision;
            if **last == next {
                return false;
            }
            revision += 1;
            next.revision = revision;
            *last = Arc::new(next);
            true
        });
        answers.drain(..).for_each(|answer| answer());
        let Some(event) = events.recv().await else { return };
        answers.extend(interpreter.perform_all(update(&mut model, event, now())));
        while let Ok(event) = events.try_recv() {
            answers.extend(interpreter.perform_all(update(&mut model, event, now())));
        }
    }
}

fn now() -> Moment {
    Moment { ms: clock::now(), instant: Instant::now() }
}
