//! The words of the desktop's notifications.

/// The title when a launch is ready.
pub fn ready(name: &str) -> String {
    format!("{name} is ready")
}

/// The text when a launch is ready.
pub const READY: &str = "Open it from Orchest Desktop.";

/// The title when a launch failed; the failure's message is the text.
pub fn failed(name: &str) -> String {
    format!("{name} could not be started")
}

/// The title when an unused launch stops soon.
pub fn idle(name: &str, seconds: u64) -> String {
    format!("{name} stops in {seconds} s")
}

/// The text when an unused launch stops soon.
pub const IDLE: &str = "Nobody has used it for a while.";
