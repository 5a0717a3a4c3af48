//! What must be told where there is no page to tell it.

use std::process::ExitCode;

use orchest_core::Failure;
use rfd::{AsyncMessageDialog, MessageDialog, MessageLevel};

const TITLE: &str = "Orchest Desktop";

/// In the terminal, if there is one.
pub fn on_stderr(message: &str, hint: &str) {
    eprintln!("error: {message}");
    eprintln!("hint: {hint}");
}

/// Before the window: shown until it is read, and then there is nothing more to do.
pub fn at_start(failure: &Failure) -> ExitCode {
    on_stderr(&failure.message, &failure.hint);
    MessageDialog::new().set_title(TITLE).set_level(MessageLevel::Error).set_description(text(failure)).show();
    ExitCode::FAILURE
}

/// Beside the window, which goes on.
pub async fn beside_the_window(failure: &Failure) {
    tracing::warn!(message = failure.message, "told in a dialog");
    AsyncMessageDialog::new().set_title(TITLE).set_level(MessageLevel::Warning).set_description(text(failure)).show().await;
}

fn text(failure: &Failure) -> String {
    format!("{}\n\n{}", failure.message, failure.hint)
}
