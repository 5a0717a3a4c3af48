//! The system's clipboard, for addresses with a token, which the page must not see.

use std::sync::{Mutex, PoisonError};

use orchest_core::Failure;
use orchest_core::FailureCode;
use orchest_core::words::dialog as words;

/// The clipboard. On some systems its text is lost when this is dropped.
#[derive(Default)]
pub struct Clipboard(Mutex<Option<arboard::Clipboard>>);

impl Clipboard {
    /// Copies a text.
    pub fn put(&self, text: String) -> Result<(), Failure> {
        let mut clipboard = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if clipboard.is_none() {
            *clipboard = Some(arboard::Clipboard::new().map_err(failure)?);
        }
        match clipboard.as_mut().map(|clipboard| clipboard.set_text(text)) {
            Some(Err(error)) => {
                // The next text gets a new one.
                *clipboard = None;
                Err(failure(error))
            }
            _ => Ok(()),
        }
    }
}

#[expect(clippy::needless_pass_by_value, reason = "`map_err` gives it")]
fn failure(error: arboard::Error) -> Failure {
    Failure {
        code: FailureCode::Other,
        message: words::clipboard_failed(&error),
        hint: words::CLIPBOARD_HINT.to_owned(),
        log: Vec::new(),
        log_file: None,
    }
}
