//! Logs.
//!
//! - [`mod@line`]: one line, as a person sees it
//! - [`app_log`]: the app's own log

pub mod app_log;
pub mod line;
