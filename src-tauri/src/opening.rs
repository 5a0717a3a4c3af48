//! Opens the browser as soon as an awaited launch is ready.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use orchest_core::Desk;
use tauri::async_runtime::JoinHandle;
use tauri::{AppHandle, Manager};

use crate::window;

/// After a longer wait than this the person may be working in another window, where a browser that comes to the front
/// would be in the way: the desktop notifies them instead.
pub const LONG: Duration = Duration::from_secs(5);

/// The awaited launches by pipeline: the last request for each.
#[derive(Default)]
pub struct Awaited(Mutex<HashMap<String, JoinHandle<()>>>);

/// Opens a starting launch when it is ready, at a notebook if one is given.
pub fn when_ready(app: &AppHandle, id: &str, notebook: Option<String>) {
    let (handle, key) = (app.clone(), id.to_owned());
    let waiting = tauri::async_runtime::spawn(async move {
        let (core, id) = handle.state::<Desk>().of(&key);
        let began = Instant::now();
        let ready = core.until_ready(&id, |_| {}).await;
        if ready.is_err() || (began.elapsed() > LONG && !window::is_in_front(&handle)) {
            return;
        }
        if let Err(failure) = core.open(&id, notebook.as_deref()).await {
            core.tell(failure);
        }
    });
    let awaited = app.state::<Awaited>();
    let mut awaited = awaited.0.lock().unwrap_or_else(PoisonError::into_inner);
    awaited.retain(|_, waiting| !waiting.inner().is_finished());
    if let Some(last) = awaited.insert(id.to_owned(), waiting) {
        last.abort();
    }
}
