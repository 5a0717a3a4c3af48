//! The use of a container, from two readings of the engine's counters. Pure.

use crate::contract::live::Use;
use crate::engine::Counters;

/// The use of a container between two moments, as `docker stats` counts it (docker/cli,
/// `cli/command/container/stats_helpers.go`). `None` if the moments are the same.
pub fn used(part: &str, before: &Counters, after: &Counters) -> Option<Use> {
    let machine = after.machine.checked_sub(before.machine).filter(|passed| *passed > 0)?;
    let cpu = after.cpu.saturating_sub(before.cpu);
    Some(Use {
        part: part.to_owned(),
        cpu: cpu as f64 / machine as f64 * after.cores.max(1) as f64 * 100.0,
        memory: after.memory.saturating_sub(after.inactive_file),
        memory_limit: after.memory_limit,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_use_is_counted_between_two_moments() {
        let counters = |cpu, machine, memory, inactive_file| Counters {
            cpu,
            machine,
            cores: 4,
            memory,
            inactive_file,
            memory_limit: 900,
        };
        let before = counters(100, 1_000, 0, 0);
        let table = [
            // One of four cores, then two, then none.
            (counters(350, 2_000, 500, 100), Some((100.0, 400))),
            (counters(600, 2_000, 500, 0), Some((200.0, 500))),
            (counters(100, 2_000, 0, 0), Some((0.0, 0))),
            // The counters of a container that was started again begin at zero.
            (counters(5, 2_000, 10, 20), Some((0.0, 0))),
            (counters(350, 1_000, 0, 0), None),
            (counters(350, 900, 0, 0), None),
        ];
        for (after, wanted) in table {
            let found = used("server", &before, &after).map(|used| (used.cpu, used.memory));
            assert_eq!(found, wanted, "{after:?}");
        }
    }
}
