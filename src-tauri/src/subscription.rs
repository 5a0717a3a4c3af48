//! Sends the newest page the newest snapshots, and the launch and logs that it looks at.

use std::marker::PhantomData;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use orchest_core::LogLine;
use orchest_core::contract::live::Live;
use orchest_core::contract::snapshot::Snapshot;
use serde::Serialize;
use tauri::async_runtime::JoinHandle;
use tauri::ipc::{Channel, InvokeResponseBody};
use tokio::sync::{mpsc, watch};

/// The channel of a page's snapshots.
pub type Snapshots = Channel<InvokeResponseBody>;

/// The channel of actions that a page is to perform, by their names in the page.
pub type Acts = Channel<&'static str>;

/// At most one snapshot per frame: a screen shows no more.
const FRAME: Duration = Duration::from_millis(16);

/// The one page that receives snapshots and actions. A reloaded page replaces the previous one, whose channel leads
/// nowhere.
#[derive(Default)]
pub struct Subscription {
    newest: Newest,
    acts: Mutex<Option<Acts>>,
}

/// The launch or log that the page looks at, if any.
pub struct LookedAt<T> {
    newest: Newest,
    sent: PhantomData<fn(T)>,
}

impl<T> Default for LookedAt<T> {
    fn default() -> Self {
        LookedAt { newest: Newest::default(), sent: PhantomData }
    }
}

/// The activity of the launch that the page looks at.
pub type Watched = LookedAt<Live>;
/// The lines of the logs that the page looks at.
pub type Followed = LookedAt<Vec<LogLine>>;

/// Holds one task; replacing it aborts the old one.
#[derive(Default)]
struct Newest(Mutex<Option<JoinHandle<()>>>);

impl Newest {
    fn replace(&self, task: Option<JoinHandle<()>>) {
        let last = std::mem::replace(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner), task);
        if let Some(last) = last {
            last.abort();
        }
    }
}

impl Subscription {
    /// Sends the newest snapshot at once and each newer one, until another page subscribes.
    pub fn replace(&self, snapshots: watch::Receiver<Arc<Snapshot>>, page: Snapshots, acts: Acts) {
        *self.acts.lock().unwrap_or_else(PoisonError::into_inner) = Some(acts);
        self.newest.replace(Some(tauri::async_runtime::spawn(follow(snapshots, page))));
    }

    /// Has the page perform one of its actions, by its name in the page.
    #[cfg(target_os = "macos")]
    pub fn ask(&self, act: &'static str) {
        let acts = self.acts.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(Err(error)) = acts.as_ref().map(|page| page.send(act)) {
            tracing::debug!(error = &error as &dyn std::error::Error, "the page is gone");
        }
    }
}

impl<T: Serialize + Send + 'static> LookedAt<T> {
    /// Sends everything from the receiver, until the page looks at another one or at none.
    pub fn replace(&self, looked_at: Option<(mpsc::Receiver<T>, Channel<T>)>) {
        self.newest.replace(looked_at.map(|(mut received, page)| {
            tauri::async_runtime::spawn(async move {
                while let Some(news) = received.recv().await {
                    if page.send(news).is_err() {
                        return;
                    }
                }
            })
        }));
    }
}

async fn follow(mut snapshots: watch::Receiver<Arc<Snapshot>>, page: Snapshots) {
    loop {
        let newest = snapshots.borrow_and_update().clone();
        if let Err(error) = send(&newest, &page) {
            tracing::debug!(error = &error as &dyn std::error::Error, "the page is gone");
            return;
        }
        tokio::time::sleep(FRAME).await;
        if snapshots.changed().await.is_err() {
            return;
        }
    }
}

fn send(snapshot: &Snapshot, page: &Snapshots) -> tauri::Result<()> {
    page.send(InvokeResponseBody::Json(serde_json::to_string(snapshot)?))
}
