//! The use of containers, from the engine's stats stream, about once a second.

use std::collections::HashMap;

use bollard::models::ContainerStatsResponse;
use bollard::query_parameters::StatsOptionsBuilder;
use futures_util::{Stream, StreamExt};

use super::Engine;

/// The counters of a container at one moment.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Counters {
    /// Its processor time on all cores together, nanoseconds.
    pub cpu: u64,
    /// The processor time of the whole machine, nanoseconds.
    pub machine: u64,
    /// The number of cores.
    pub cores: u64,
    /// Its memory, bytes.
    pub memory: u64,
    /// The part of that which caches files that were not used recently, bytes.
    pub inactive_file: u64,
    /// Its memory limit, bytes.
    pub memory_limit: u64,
}

impl Engine {
    /// A container's counters, until it ends or the receiver is dropped.
    pub fn counters(&self, name: &str) -> impl Stream<Item = Counters> + use<> {
        let options = StatsOptionsBuilder::default().stream(true).build();
        let stream = Box::pin(self.docker.stats(name, Some(options)));
        stream
            .take_while(|answer| std::future::ready(answer.is_ok()))
            .filter_map(|answer| std::future::ready(answer.ok()))
            .map(|answer| counters(&answer))
    }
}

fn counters(answer: &ContainerStatsResponse) -> Counters {
    let cpu = answer.cpu_stats.clone().unwrap_or_default();
    let usage = cpu.cpu_usage.unwrap_or_default();
    let memory = answer.memory_stats.clone().unwrap_or_default();
    let none = HashMap::new();
    let parts = memory.stats.as_ref().unwrap_or(&none);
    Counters {
        cpu: usage.total_usage.unwrap_or_default(),
        machine: cpu.system_cpu_usage.unwrap_or_default(),
        cores: cpu.online_cpus.map_or_else(|| usage.percpu_usage.map_or(1, |each| each.len() as u64), u64::from),
        memory: memory.usage.unwrap_or_default(),
        // The name under cgroup v1, then under v2.
        inactive_file: parts.get("total_inactive_file").or(parts.get("inactive_file")).copied().unwrap_or_default(),
        memory_limit: memory.limit.unwrap_or_default(),
    }
}
