//! Folders that are dropped on the window. Their paths come from the system and go to core; the page knows only that
//! something is held over it.

use orchest_core::App;
use tauri::{AppHandle, DragDropEvent, Manager};

/// Takes what is held over the window, or let go there. What is no file or folder (a text, a picture) has no paths.
pub fn on_event(app: &AppHandle, event: &DragDropEvent) {
    let core = app.state::<App>();
    match event {
        DragDropEvent::Enter { paths, .. } if !paths.is_empty() => core.dropping(true),
        DragDropEvent::Drop { paths, .. } if !paths.is_empty() => core.dropped(paths.clone()),
        DragDropEvent::Drop { .. } | DragDropEvent::Leave => core.dropping(false),
        _ => {}
    }
}
