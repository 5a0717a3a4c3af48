//! What happens to containers and networks, as the engine tells it.

use std::collections::{BTreeMap, HashMap};

use bollard::models::EventMessage;
use bollard::query_parameters::EventsOptionsBuilder;
use futures_util::{Stream, StreamExt};

use super::Engine;
use super::calls::error;
use crate::words::error::Result;

/// Something that happened to a container or network.
#[derive(Clone, Debug, PartialEq)]
pub struct Event {
    /// What.
    pub kind: EventKind,
    /// The container's or network's id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Its labels.
    pub labels: BTreeMap<String, String>,
}

/// What happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EventKind {
    /// A container was made.
    Created,
    /// A container was started.
    Started,
    /// A container ended.
    Died {
        /// Its exit code, where the engine told it.
        code: Option<i64>,
    },
    /// Memory was wanting in a container, and one of its processes was ended for it.
    OutOfMemory,
    /// A container or network was removed.
    Destroyed,
    /// Nothing: the engine went away, and what happens now is not told.
    Lost,
    /// Anything else.
    Other,
}

impl Event {
    /// What those who wait for events are told when the stream of them ends.
    pub fn lost() -> Event {
        Event { kind: EventKind::Lost, id: String::new(), name: String::new(), labels: BTreeMap::new() }
    }
}

impl Engine {
    /// What happens from now on to what bears a label, and what happened in the second before. It ends when the engine
    /// does.
    ///
    /// The engine is asked when the stream is first polled, so what comes between is asked for by time.
    pub fn events(&self, label: &str) -> impl Stream<Item = Result<Event>> + use<> {
        let filters = HashMap::from([("label", vec![label])]);
        let since = (crate::platform::clock::now() / 1000).saturating_sub(1).to_string();
        let options = EventsOptionsBuilder::default().since(&since).filters(&filters).build();
        self.docker
            .events(Some(options))
            .map(|message| message.map(event).map_err(|refusal| error("tell what happens", &refusal)))
    }
}

fn event(message: EventMessage) -> Event {
    let actor = message.actor.unwrap_or_default();
    let labels: BTreeMap<_, _> = actor.attributes.unwrap_or_default().into_iter().collect();
    let kind = match message.action.as_deref() {
        Some("create") => EventKind::Created,
        Some("start") => EventKind::Started,
        Some("die") => EventKind::Died { code: labels.get("exitCode").and_then(|code| code.parse().ok()) },
        Some("oom") => EventKind::OutOfMemory,
        Some("destroy") => EventKind::Destroyed,
        _ => EventKind::Other,
    };
    Event { kind, id: actor.id.unwrap_or_default(), name: labels.get("name").cloned().unwrap_or_default(), labels }
}
