//! The newest snapshots, to the newest page; and what the launch does that it looks at.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use orchest_core::live::Live;
use orchest_core::snapshot::Snapshot;
use tauri::async_runtime::JoinHandle;
use tauri::ipc::{Channel, InvokeResponseBody};
use tokio::sync::{mpsc, watch};

/// What a page receives snapshots by.
pub type Snapshots = Channel<InvokeResponseBody>;

/// No more than one snapshot a frame: a screen shows no more.
const FRAME: Duration = Duration::from_millis(16);

/// The one page that receives snapshots. A page that was loaded again takes the place of the one before,
/// whose channel leads nowhere.
#[derive(Default)]
pub struct Subscription(Newest);

/// The one launch that the page looks at, where it looks at one.
#[derive(Default)]
pub struct Watched(Newest);

/// Of tasks that do the same for another, the newest alone.
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
    /// Sends the newest snapshot at once, then each newer one, until another page subscribes.
    pub fn replace(&self, snapshots: watch::Receiver<Arc<Snapshot>>, page: Snapshots) {
        self.0.replace(Some(tauri::async_runtime::spawn(follow(snapshots, page))));
    }
}

impl Watched {
    /// Sends what that launch does, until another is looked at, or none.
    pub fn replace(&self, launch: Option<(mpsc::Receiver<Live>, Channel<Live>)>) {
        self.0.replace(launch.map(|(mut told, page)| {
            tauri::async_runtime::spawn(async move {
                while let Some(live) = told.recv().await {
                    if page.send(live).is_err() {
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
