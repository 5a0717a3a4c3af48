//! The time of day.

use std::time::{SystemTime, UNIX_EPOCH};

/// Milliseconds since the epoch.
pub fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_millis() as u64)
}

/// The age of something at `now`, milliseconds. If its time is in the future, the clock was set back since: it is at
/// least as old as the difference.
pub(crate) fn age(then: u64, now: u64) -> u64 {
    now.abs_diff(then)
}
