//! The newest snapshots, to the newest page; and what it looks at beside.

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

/// What a page receives snapshots by.
pub type Snapshots = Channel<InvokeResponseBody>;

/// What a page is asked for actions by, which have names that it knows.
pub type Acts = Channel<&'static str>;

/// No more than one snapshot a frame: a screen shows no more.
const FRAME: Duration = Duration::from_millis(16);

/// The one page that receives snapshots, and is asked for what is chosen outside it. A page that was loaded again takes the place of the one before,
/// whose channel leads nowhere.
#[derive(Default)]
pub struct Subscription {
    newest: Newest,
    acts: Mutex<Option<Acts>>,
}

/// The one launch, or log, that the page looks at, where it looks at one.
pub struct LookedAt<T> {
    newest: Newest,
    told: PhantomData<fn(T)>,
}

impl<T> Default for LookedAt<T> {
    fn default() -> Self {
        LookedAt { newest: Newest::default(), told: PhantomData }
    }
}

/// What the launch does that the page looks at.
pub type Watched = LookedAt<Live>;
/// The lines of the logs that the page looks at.
pub type Followed = LookedAt<Vec<LogLine>>;

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
    pub fn replace(&self, snapshots: watch::Receiver<Arc<Snapshot>>, page: Snapshots, acts: Acts) {
        *self.acts.lock().unwrap_or_else(PoisonError::into_inner) = Some(acts);
        self.newest.replace(Some(tauri::async_runtime::spawn(follow(snapshots, page))));
    }

    /// Asks the page for one of its actions, by its name there.
    #[cfg(target_os = "macos")]
    pub fn ask(&self, act: &'static str) {
        let acts = self.acts.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(Err(error)) = acts.as_ref().map(|page| page.send(act)) {
            tracing::debug!(error = &error as &dyn std::error::Error, "the page is gone");
        }
    }
}

impl<T: Serialize + Send + 'static> LookedAt<T> {
    /// Sends what is told of it, until another is looked at, or none.
    pub fn replace(&self, told: Option<(mpsc::Receiver<T>, Channel<T>)>) {
        self.newest.replace(told.map(|(mut told, page)| {
            tauri::async_runtime::spawn(async move {
                while let Some(news) = told.recv().await {
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
