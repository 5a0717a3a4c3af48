//! A part of a launch that dies while it starts, and the last words of one that has died.

use tokio::sync::broadcast;

use crate::engine::{Engine, Event, EventKind};
use crate::launch::label::{Labels, Role};
use crate::launch::plan::Plan;
use crate::logs::line;
use crate::platform::mountinfo;
use crate::words::error::Error;
use crate::words::mount;

/// The number of a container's last log lines that a failure shows.
const TAIL: usize = 40;

/// The exit code of a gateway that may not use the engine's socket: `FORBIDDEN` in its `engine.py`.
const FORBIDDEN: i64 = 77;

/// The exit code of a server that cannot read the folder: `UNREADABLE` in its `reach.py`.
const UNREADABLE: i64 = 66;

/// Waits until a part dies, as the event stream reports it.
pub(crate) async fn of_a_part(engine: &Engine, plan: &Plan, events: &mut broadcast::Receiver<Event>) -> Error {
    loop {
        // For a death that the receiver missed, or that came before it subscribed.
        if let Some(error) = first(engine, plan).await {
            return error;
        }
        loop {
            match events.recv().await {
                Ok(event) if may_be_of(&event, plan) => break,
                Ok(_) => {}
                Err(broadcast::error::RecvError::Lagged(_)) => break,
                // The event stream ends with the engine's; the deadline remains.
                Err(broadcast::error::RecvError::Closed) => std::future::pending().await,
            }
        }
    }
}

fn may_be_of(event: &Event, plan: &Plan) -> bool {
    match event.kind {
        EventKind::Died { .. } | EventKind::Destroyed => {
            plan.parts.values().any(|part| part.container.name == event.name)
        }
        // The engine is asked, and if it does not answer, that is the end.
        EventKind::Lost => true,
        EventKind::Created | EventKind::Started | EventKind::OutOfMemory | EventKind::Other => false,
    }
}

/// The error of the first part that has died.
pub(crate) async fn first(engine: &Engine, plan: &Plan) -> Option<Error> {
    for (role, part) in &plan.parts {
        match engine.exit_code(&part.container.name).await {
            Ok(Some(code)) => return Some(died(engine, *role, &part.container.name, code).await),
            Ok(None) => {}
            Err(error) => return Some(error),
        }
    }
    None
}

/// The error of a container that died, with its last words.
pub async fn died(engine: &Engine, role: Role, name: &str, code: i64) -> Error {
    let log = engine.logs_tail(name, TAIL).await.unwrap_or_default();
    let log = log.iter().map(|line| line::shown(line, &[])).collect();
    if role == Role::Gateway && code == FORBIDDEN {
        return Error::GatewayWithoutEngine { socket: engine.facts().socket_mount.clone(), log };
    }
    if role == Role::Server
        && code == UNREADABLE
        && let Some(folder) = folder_of(engine, name).await
    {
        let kind = mountinfo::mounted(folder.as_ref()).map(|mounted| mounted.kind).unwrap_or_default();
        return mount::unread(&folder, &kind, engine.facts().rootless);
    }
    Error::ContainerDied { role: role.as_str().to_owned(), name: name.to_owned(), code, log }
}

/// The folder of the launch that a container belongs to.
async fn folder_of(engine: &Engine, name: &str) -> Option<String> {
    Labels::parse(&engine.labels_of(name).await.ok()??)?.pipeline
}
