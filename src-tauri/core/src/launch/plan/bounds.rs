//! The bounds of a container: memory, cores, shared memory, processes, log. Pure.

use std::collections::BTreeMap;

use crate::contract::choices::Limit;
use crate::launch::spec::EngineTraits;
use crate::settings::schema;

/// The size of /dev/shm, bytes. Its content counts as memory, so a larger one is of no use. Without a choice it is the
/// memory limit, or half of the engine's memory, as Linux has it for a machine.
pub(super) fn shm(limit: Limit, engine: &EngineTraits) -> Option<i64> {
    let chosen = limit.shm_mb.and_then(|shm| i64::try_from(shm << 20).ok());
    let half = i64::try_from(engine.memory / 2).ok().filter(|half| *half > 0);
    match (chosen, memory(limit, engine)) {
        (Some(chosen), Some(memory)) => Some(chosen.min(memory)),
        (chosen, memory) => chosen.or(memory).or(half),
    }
}

/// The most processes and threads together, as control groups count them.
pub(super) fn processes(limit: Limit, engine: &EngineTraits) -> Option<i64> {
    let most = limit.processes.unwrap_or(schema::PROCESSES);
    engine.keeps.processes.then(|| i64::try_from(most).unwrap_or(i64::MAX))
}

/// The bounds of a log: two files of half its size; when the second is full, the first is dropped. Options of `json-file`
/// and `local` (Docker's "Configure logging drivers").
pub(super) fn log(limit: Limit, engine: &EngineTraits) -> BTreeMap<String, String> {
    if !engine.bounds_logs {
        return BTreeMap::new();
    }
    let file = (limit.log_mb.unwrap_or(schema::LOG_MB) << 20) / 2;
    BTreeMap::from([("max-file".to_owned(), "2".to_owned()), ("max-size".to_owned(), file.to_string())])
}

/// The memory limit, bytes. An engine that keeps none is asked for none.
pub(super) fn memory(limit: Limit, engine: &EngineTraits) -> Option<i64> {
    limit.memory_mb.filter(|_| engine.keeps.memory).and_then(|memory| i64::try_from(memory << 20).ok())
}

/// The CPU limit, in 10⁻⁹ of a core. An engine refuses a container that may use more cores than it has, and any limit that
/// it cannot keep.
pub(super) fn nano_cpus(limit: Limit, engine: &EngineTraits) -> Option<i64> {
    let most = if engine.cpus == 0 { f64::INFINITY } else { f64::from(engine.cpus) };
    limit.cpus.filter(|_| engine.keeps.cpus).map(|cpus| (cpus.min(most) * 1e9).round() as i64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::launch::spec::tests::resolved;

    #[test]
    fn shared_memory_is_the_chosen_size_or_all_memory_or_half_of_the_engines() {
        let limit = |memory_mb, shm_mb| Limit { memory_mb, shm_mb, ..Limit::default() };
        let table = [
            (limit(None, None), 8 << 30, Some(4 << 30)),
            (limit(None, None), 0, None),
            (limit(Some(256), None), 8 << 30, Some(256 << 20)),
            (limit(Some(256), Some(64)), 8 << 30, Some(64 << 20)),
            (limit(Some(256), Some(1024)), 8 << 30, Some(256 << 20)),
            (limit(None, Some(1024)), 0, Some(1024 << 20)),
        ];
        for (limit, has, wanted) in table {
            let engine = EngineTraits { memory: has, ..resolved().engine };
            assert_eq!(shm(limit, &engine), wanted, "{limit:?}");
        }
    }
}
