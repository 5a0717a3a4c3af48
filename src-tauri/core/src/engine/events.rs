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
        // Podman before 5.8 finds none by the name of a label alone, so it reports those of all containers.
        // Other types are newer than bollard's list of them on some engine, and would break the stream.
        let mut filters = HashMap::from([("type", vec!["container", "network"])]);
        if self.facts.events_by_label {
            filters.insert("label", vec![label]);
        }
        let label = (!self.facts.events_by_label).then(|| label.to_owned());
        let since = (crate::platform::clock::now() / 1000).saturating_sub(1).to_string();
        let options = EventsOptionsBuilder::default().since(&since).filters(&filters).build();
        self.docker
            .events(Some(options))
            .filter(|message| std::future::ready(!message.as_ref().is_ok_and(is_of_a_program)))
            .map(|message| message.map(event).map_err(|refusal| error(actions::REPORT_EVENTS, &refusal)))
            .filter(move |event| {
                let lacks = |label: &String| event.as_ref().is_ok_and(|event| !event.labels.contains_key(label));
                std::future::ready(!label.as_ref().is_some_and(lacks))
            })
    }
}

/// Whether it tells of a program that was run in a container (`exec_create: sh -c …`, `exec_start`, `exec_die`), which
/// changes no container. Each carried connection is one.
fn is_of_a_program(message: &EventMessage) -> bool {
    message.action.as_deref().is_some_and(|action| action.starts_with("exec"))
}

pub(super) fn event(message: EventMessage) -> Event {
    let actor = message.actor.unwrap_or_default();
    let labels: BTreeMap<_, _> = actor.attributes.unwrap_or_default().into_iter().collect();
    let kind = match message.action.as_deref() {
        Some("create") => EventKind::Created,
        Some("start") => EventKind::Started,
        Some("die") => EventKind::Died { code: labels.get("exitCode").and_then(|code| code.parse().ok()) },
        Some("oom") => EventKind::OutOfMemory,
        // Docker, and Podman.
        Some("destroy" | "remove") => EventKind::Destroyed,
        _ => EventKind::Other,
    };
    Event { kind, id: actor.id.unwrap_or_default(), name: labels.get("name").cloned().unwrap_or_default(), labels }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    /// As the engine wrote it, with fewer labels.
    fn told(line: &str) -> Event {
        event(serde_json::from_str(line).unwrap())
    }

    #[test]
    fn programs_in_a_container_are_no_events_of_it() {
        let of = |action: &str| EventMessage { action: Some(action.to_owned()), ..EventMessage::default() };
        for (action, is) in [("exec_create: sh -c x", true), ("exec_die", true), ("exec", true), ("die", false)] {
            assert_eq!(is_of_a_program(&of(action)), is, "{action}");
        }
        assert!(!is_of_a_program(&EventMessage::default()));
    }

    #[test]
    fn an_end_and_a_removal_are_read_from_docker_and_podman() {
        let died = r#"{"status":"die","id":"c","Type":"container","Action":"die","Actor":{"ID":"c","Attributes":
            {"containerExitCode":"69","exitCode":"69","name":"orchest-a-gateway","org.orchest.launch":"a"}},
            "scope":"local","time":1795964963,"timeNano":1795964963873239970}"#;
        let seen = told(died);
        assert_eq!((seen.kind, seen.name.as_str()), (EventKind::Died { code: Some(69) }, "orchest-a-gateway"));
        assert_eq!(seen.labels["org.orchest.launch"], "a");
        for action in ["remove", "destroy"] {
            assert_eq!(told(&died.replace("\"die\"", &format!("\"{action}\""))).kind, EventKind::Destroyed);
        }
        for action in ["init", "cleanup", "exec_died", "rename", "never seen"] {
            assert_eq!(told(&died.replace("\"die\"", &format!("\"{action}\""))).kind, EventKind::Other, "{action}");
        }
    }
}
