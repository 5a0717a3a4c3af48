//! Launches that nobody uses: when they are stopped, and when the person gets a warning before. Pure.

use std::time::Duration;

use crate::jupyter::Activity;

/// The longest time between the warning and the stop.
const NOTICE: Duration = Duration::from_secs(60);
/// The longest time between two looks.
const LOOK: Duration = Duration::from_secs(20);

/// The next step for a launch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It is used.
    Used,
    /// Nobody uses it: it is stopped after this time unless that changes.
    StopsIn(Duration),
    /// It is stopped now.
    Stop,
}

/// The time from one look to the next.
pub fn look_after(limit: Duration) -> Duration {
    (limit / 4).min(LOOK)
}

/// The next step for a launch that may be idle for `limit`. `warned`: the time since the warning that it will be stopped;
/// `kept`: the time since the person last kept it, or since it became ready.
pub fn verdict(limit: Duration, activity: Activity, warned: Option<Duration>, kept: Duration) -> Verdict {
    let notice = limit.min(NOTICE);
    if activity.busy || activity.idle.min(kept) < limit {
        return Verdict::Used;
    }
    match warned {
        Some(ago) if ago >= notice => Verdict::Stop,
        Some(ago) => Verdict::StopsIn(notice - ago),
        None => Verdict::StopsIn(notice),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn min(minutes: u64) -> Duration {
        Duration::from_secs(minutes * 60)
    }

    #[test]
    fn a_launch_is_stopped_after_a_warning_and_only_if_it_stays_idle() {
        use Verdict::{Stop, StopsIn, Used};
        let idle = |minutes| Activity { busy: false, idle: min(minutes) };
        let busy = Activity { busy: true, idle: min(90) };
        let table = [
            (idle(29), None, min(99), Used),
            (idle(30), None, min(99), StopsIn(NOTICE)),
            // A laptop that slept for a night: the person gets a warning first.
            (idle(600), None, min(600), StopsIn(NOTICE)),
            (idle(30), Some(Duration::from_secs(20)), min(99), StopsIn(Duration::from_secs(40))),
            (idle(31), Some(min(1)), min(99), Stop),
            (idle(0), Some(min(1)), min(99), Used),
            (busy, Some(min(1)), min(99), Used),
            // Kept, or just ready: the last activity of its kernels does not count.
            (idle(99), None, min(2), Used),
            (idle(99), Some(min(1)), min(2), Used),
            (idle(99), None, min(30), StopsIn(NOTICE)),
        ];
        for (activity, warned, kept, wanted) in table {
            assert_eq!(verdict(min(30), activity, warned, kept), wanted, "{activity:?}, {warned:?}, {kept:?}");
        }
    }

    #[test]
    fn a_short_limit_has_a_short_warning() {
        let limit = Duration::from_secs(8);
        let idle = Activity { busy: false, idle: limit };
        assert_eq!(verdict(limit, idle, None, limit), Verdict::StopsIn(limit));
        assert_eq!((look_after(limit), look_after(min(60))), (Duration::from_secs(2), LOOK));
    }
}
