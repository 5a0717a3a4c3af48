//! Events of containers and networks, as the engine reports them.

use std::collections::{BTreeMap, HashMap};

use bollard::models::EventMessage;
use bollard::query_parameters::EventsOptionsBuilder;
use futures_util::{Stream, StreamExt};

use super::Engine;
use super::calls::error;
use crate::words::engine as actions;
use crate::words::error::Result;

/// Something that happened to a container or network.
#[derive(Clone, Debug, PartialEq)]
pub struct Event {
    /// The kind of event.
    pub kind: EventKind,
    /// The container's or network's id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Its labels.
    pub labels: BTreeMap<String, String>,
}

/// A kind of event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EventKind {
    /// A container was created.
    Created,
    /// A container was started.
    Started,
    /// A container ended.
    Died {
        /// Its exit code, if the engine reported it.
        code: Option<i64>,
    },
    /// A container ran out of memory, and the system ended one of its processes.
    OutOfMemory,
    /// A container or network was removed.
    Destroyed,
    /// The engine stopped answering: later events are not reported.
    Lost,
    /// Anything else.
    Other,
}

impl Event {
    /// The event for receivers when the stream ends.
    pub fn lost() -> Event {
        Event { kind: EventKind::Lost, id: String::new(), name: String::new(), labels: BTreeMap::new() }
    }
}

impl Engine {
    /// The events of everything with a label from now on, and those of the second before. The stream ends with the
    /// engine.
    ///
    /// The request is sent when the stream is first polled. It asks for earlier events by time, so that none is missed.
    pub fn events(&self, label: &str) -> impl Stream<Item = Result<Event>> + use<> {
        let filters = HashMap::from([("label", vec![label])]);
        let since = (crate::platform::clock::now() / 1000).saturating_sub(1).to_string();
        let options = EventsOptionsBuilder::default().since(&since).filters(&filters).build();
        self.docker
            .events(Some(options))
            .map(|message| message.map(event).map_err(|refusal| error(actions::REPORT_EVENTS, &refusal)))
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
