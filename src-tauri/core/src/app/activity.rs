//! Watches a launch while somebody looks at it: asks its server for its kernels once a second, and listens to the engine's
//! counters of its containers.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use futures_util::StreamExt;
use tokio::sync::{mpsc, watch};
use tokio::task::JoinSet;
use tokio::time::MissedTickBehavior;

use crate::contract::live::{Live, LiveKernel, Use};
use crate::contract::snapshot::{EngineState, LaunchState, Snapshot};
use crate::engine::{ContainerState, Engine};
use crate::jupyter::Server;
use crate::launch::label::Role;
use crate::launch::{list, reach, usage};

/// The time between two questions.
const EVERY: Duration = Duration::from_secs(1);

/// Sends the activity of a launch, about once a second while it runs, until the receiver is dropped.
pub(crate) async fn watch(
    mut snapshots: watch::Receiver<Arc<Snapshot>>,
    engine: watch::Receiver<Option<Engine>>,
    id: String,
    lives: mpsc::Sender<Live>,
) {
    let mut clock = tokio::time::interval(EVERY);
    clock.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut watched = Watched::default();
    loop {
        tokio::select! {
            () = lives.closed() => return,
            changed = snapshots.changed() => if changed.is_err() { return },
            Some(used) = watched.heard.1.recv() => drop(watched.uses.insert(used.part.clone(), used)),
            _ = clock.tick() => {
                let parts = parts(&snapshots.borrow_and_update(), &id);
                if !watched.is_of(parts, &engine, &id).await {
                    continue;
                }
                let kernels = tokio::select! {
                    () = lives.closed() => return,
                    kernels = watched.ask(&id) => kernels,
                };
                let Some(kernels) = kernels else { continue };
                let uses = watched.uses.values().cloned().collect();
                if lives.send(Live { kernels, uses }).await.is_err() {
                    return;
                }
            }
        }
    }
}

/// An identity of the containers of a running launch: if it changes, they are listed again.
type Parts = Vec<(String, u64)>;

fn parts(snapshot: &Snapshot, id: &str) -> Option<Parts> {
    let launch = snapshot.launch(id)?;
    let answers = matches!(snapshot.engine, EngineState::Ready { .. });
    if launch.state != LaunchState::Running || !answers {
        return None;
    }
    let mut parts: Parts = launch.kernels.iter().map(|kernel| (kernel.id.clone(), kernel.started_at)).collect();
    parts.push((String::new(), launch.ready_at.unwrap_or_default()));
    Some(parts)
}

struct Watched {
    parts: Option<Parts>,
    engine: Option<Engine>,
    server: Option<Server>,
    listening: JoinSet<()>,
    heard: (mpsc::Sender<Use>, mpsc::Receiver<Use>),
    uses: HashMap<String, Use>,
}

impl Default for Watched {
    fn default() -> Watched {
        Watched {
            parts: None,
            engine: None,
            server: None,
            listening: JoinSet::new(),
            heard: mpsc::channel(64),
            uses: HashMap::new(),
        }
    }
}

impl Watched {
    /// Listens to these parts, if they changed. Returns false if the launch does not run, or cannot be listed at the moment.
    async fn is_of(&mut self, parts: Option<Parts>, engine: &watch::Receiver<Option<Engine>>, id: &str) -> bool {
        if parts.is_some() && parts == self.parts {
            return true;
        }
        self.parts = None;
        self.listening.abort_all();
        self.uses.clear();
        self.server = None;
        let Some(parts) = parts else { return false };
        let Some(engine) = engine.borrow().clone() else { return false };
        let Ok(mut containers) = list::containers_of(&engine, id).await else { return false };
        if !engine.facts().keeps.figures {
            containers.clear();
        }
        for (labels, container) in containers {
            let (Some(role), ContainerState::Running) = (labels.role, &container.state) else { continue };
            let part = match (role, labels.kernel_id) {
                (Role::Kernel, Some(kernel)) => kernel,
                (role, _) => role.as_str().to_owned(),
            };
            self.listening.spawn(listen(engine.clone(), container.id, part, self.heard.0.clone()));
        }
        self.engine = Some(engine);
        self.parts = Some(parts);
        true
    }

    async fn ask(&mut self, id: &str) -> Option<Vec<LiveKernel>> {
        let server = match (&self.server, &self.engine) {
            (Some(server), _) => server.clone(),
            (None, Some(engine)) => reach::server(engine, id).await.ok()?,
            (None, None) => return None,
        };
        match server.kernels().await {
            Ok(kernels) => {
                self.server = Some(server);
                Some(kernels)
            }
            Err(reason) => {
                tracing::debug!(launch = id, %reason, "its server does not report its kernels at the moment");
                self.server = None;
                None
            }
        }
    }
}

async fn listen(engine: Engine, container: String, part: String, heard: mpsc::Sender<Use>) {
    let mut counters = Box::pin(engine.counters(&container));
    let mut before = None;
    while let Some(now) = counters.next().await {
        let used = before.as_ref().and_then(|before| usage::used(&part, before, &now));
        before = Some(now);
        if let Some(used) = used
            && heard.send(used).await.is_err()
        {
            return;
        }
    }
}
