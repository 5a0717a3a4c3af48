//! Logs.
//!
//! - [`mod@line`]: one line, as it may be shown
//! - [`app_log`]: the app's own log

pub mod app_log;
pub mod line;
