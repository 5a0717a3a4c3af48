//! The newest snapshots, to the newest page.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use orchest_core::snapshot::Snapshot;
use tauri::async_runtime::JoinHandle;
use tauri::ipc::{Channel, InvokeResponseBody};
use tokio::sync::watch;

/// What a page receives snapshots by.
pub type Snapshots = Channel<InvokeResponseBody>;

/// No more than one snapshot a frame: a screen shows no more.
const FRAME: Duration = Duration::from_millis(16);

/// The one page that receives snapshots. A page that was loaded again takes the place of the one before,
/// whose channel leads nowhere.
#[derive(Default)]
pub struct Subscription(Mutex<Option<JoinHandle<()>>>);

impl Subscription {
    /// Sends the newest snapshot at once, then each newer one, until another page subscribes.
    pub fn replace(&self, snapshots: watch::Receiver<Arc<Snapshot>>, page: Snapshots) {
        let following = tauri::async_runtime::spawn(follow(snapshots, page));
        let last = self.0.lock().unwrap_or_else(PoisonError::into_inner).replace(following);
        if let Some(last) = last {
            last.abort();
        }
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
