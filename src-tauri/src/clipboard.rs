//! The system's clipboard, for what the page must not see.

use std::sync::{Mutex, PoisonError};

use orchest_core::Failure;
use orchest_core::FailureCode;

/// What was put there. On some systems it is there only as long as this is.
#[derive(Default)]
pub struct Clipboard(Mutex<Option<arboard::Clipboard>>);

impl Clipboard {
    /// Puts a text there.
    pub fn put(&self, text: String) -> Result<(), Failure> {
        let mut clipboard = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if clipboard.is_none() {
            *clipboard = Some(arboard::Clipboard::new().map_err(failure)?);
        }
        match clipboard.as_mut().map(|clipboard| clipboard.set_text(text)) {
            Some(Err(error)) => {
                // Another is made the next time.
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
        message: format!("The clipboard could not be written: {error}"),
        hint: "\"Open\" works without it".to_owned(),
        log: Vec::new(),
        log_file: None,
    }
}
