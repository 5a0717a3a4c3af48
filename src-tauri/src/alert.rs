//! What must be told where there is no page to tell it.

use orchest_core::Failure;
use rfd::{AsyncMessageDialog, MessageLevel};

/// In the terminal, if there is one.
pub fn on_stderr(message: &str, hint: &str) {
    eprintln!("error: {message}");
    eprintln!("hint: {hint}");
}

/// Beside the window, which goes on.
pub async fn beside_the_window(failure: &Failure) {
    tracing::warn!(message = failure.message, "told in a dialog");
    AsyncMessageDialog::new()
        .set_title("Orchest Desktop")
        .set_level(MessageLevel::Warning)
        .set_description(text(failure))
        .show()
        .await;
}

fn text(failure: &Failure) -> String {
    format!("{}\n\n{}", failure.message, failure.hint)
}
