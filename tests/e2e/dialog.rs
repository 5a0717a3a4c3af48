//! The system's dialog for folders, controlled by the keyboard.

use std::path::Path;

use crate::screen::{focus, pause, press, until, window_titled, xdotool};

const TITLE: &str = "Add folders of notebooks";

/// Types the path of a folder and accepts it. `xdotool` cannot type a capital letter that the keyboard lacks, such as
/// `Ü`.
pub async fn choose(folder: &Path) {
    choose_in(TITLE, folder).await;
}

/// The same in the dialog with this title.
pub async fn choose_in(title: &str, folder: &Path) {
    focus(title).await;
    // In GTK a slash opens the field for a path.
    press(&["slash"]).await;
    let path = folder.to_str().unwrap();
    xdotool(&["type", "--delay", "20", &path[1..]]).unwrap();
    pause().await;
    press(&["Return"]).await;
    gone(title).await;
}

/// Cancels the dialog.
pub async fn cancel() {
    focus(TITLE).await;
    press(&["Escape"]).await;
    gone(TITLE).await;
}

async fn gone(title: &str) {
    until("the dialog to close", || window_titled(title).is_none().then_some(())).await;
}
