//! Failures that no page can show.

use orchest_core::Failure;
use orchest_core::words::dialog as words;
use rfd::{AsyncMessageDialog, MessageDialog, MessageLevel};

/// Prints a failure in the terminal, if there is one.
pub fn on_stderr(message: &str, hint: &str) {
    eprintln!("{}", words::failure_in_terminal(message, hint));
}

/// Shows a failure in a dialog of the system, since there is no window.
pub fn instead_of_the_window(said: String) {
    MessageDialog::new().set_title(words::TITLE).set_level(MessageLevel::Error).set_description(said).show();
}

/// Shows a failure in a dialog beside the window, which goes on.
pub async fn beside_the_window(failure: &Failure) {
    tracing::warn!(message = failure.message, "shown in a dialog");
    AsyncMessageDialog::new()
        .set_title(words::TITLE)
        .set_level(MessageLevel::Warning)
        .set_description(words::failure(&failure.message, &failure.hint))
        .show()
        .await;
}
