//! Folders, notebooks and files with images that are dropped on the window. Their paths go from the system to core; the page only knows that something is
//! being dragged over it.

use orchest_core::App;
use tauri::{AppHandle, DragDropEvent, Manager};

/// Handles a drag over the window and a drop on it. Only files and folders have paths; a text or a picture has none.
pub fn on_event(app: &AppHandle, event: &DragDropEvent) {
    let core = app.state::<App>();
    match event {
        DragDropEvent::Enter { paths, .. } if !paths.is_empty() => core.dropping(true),
        DragDropEvent::Drop { paths, .. } if !paths.is_empty() => core.dropped(paths.clone()),
        DragDropEvent::Drop { .. } | DragDropEvent::Leave => core.dropping(false),
        _ => {}
    }
}
