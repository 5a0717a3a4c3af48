//! The time of day.

use std::time::{SystemTime, UNIX_EPOCH};

/// Milliseconds since the epoch.
pub fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_millis() as u64)
}

/// How long ago something was at `now`, milliseconds. What is in the future was made before the clock was set back, by
/// at least as much: it is that old.
pub(crate) fn age(then: u64, now: u64) -> u64 {
    now.abs_diff(then)
}
