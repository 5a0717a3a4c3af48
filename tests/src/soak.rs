//! Launches and stops again and again, and compares what is held before and after.

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use orchest_core::App;
use orchest_core::Failure;

use crate::engine::docker;
use crate::home::{Home, launched, stopped};

/// The resources of a process and an engine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Held {
    /// Containers, networks and volumes of this launch.
    pub engine: usize,
    /// Files below the home.
    pub files: usize,
    /// Open files of this process.
    pub descriptors: usize,
    /// Threads of this process.
    pub threads: usize,
    /// Memory of this process alone, kilobytes.
    pub memory_kb: u64,
}

/// The result of a soak.
#[derive(Clone, Debug)]
pub struct Report {
    /// Held after the first rounds.
    pub before: Held,
    /// Held at the end.
    pub after: Held,
    /// How long each launch took, shortest first.
    pub launches: Vec<Duration>,
    /// How long each stop took, shortest first.
    pub stops: Vec<Duration>,
}

/// Launches and stops a folder `cycles` times; measures after the first `warm` of them and at the end.
///
/// # Errors
/// The failure of a launch.
pub async fn soak(home: &Home, app: &App, cycles: usize, warm: usize) -> Result<Report, Failure> {
    let folder = home.pipeline("soak");
    let (mut launches, mut stops) = (Vec::new(), Vec::new());
    let mut before = None;
    let mut id = String::new();
    for cycle in 1..=cycles {
        let began = Instant::now();
        id = launched(app, &folder, None).await?;
        launches.push(began.elapsed());
        let began = Instant::now();
        stopped(app, &id).await;
        stops.push(began.elapsed());
        if cycle == warm {
            before = Some(held(home, &id).await);
        }
    }
    let after = held(home, &id).await;
    launches.sort();
    stops.sort();
    Ok(Report { before: before.unwrap_or(after), after, launches, stops })
}

/// The lowest figures over a while: idle threads and connections end and come back for a moment, but a leak stays.
async fn held(home: &Home, launch: &str) -> Held {
    let mut least = held_now(home, launch);
    for _ in 0..10 {
        tokio::time::sleep(Duration::from_secs(2)).await;
        let now = held_now(home, launch);
        least = Held {
            engine: least.engine.min(now.engine),
            files: least.files.min(now.files),
            descriptors: least.descriptors.min(now.descriptors),
            threads: least.threads.min(now.threads),
            memory_kb: least.memory_kb.min(now.memory_kb),
        };
    }
    least
}

fn held_now(home: &Home, launch: &str) -> Held {
    let filter = format!("label=org.orchest.launch={launch}");
    let containers = docker(&["ps", "-aq", "--filter", &filter]).len();
    let networks = docker(&["network", "ls", "-q", "--filter", &filter]).len();
    let volumes = docker(&["volume", "ls", "-q", "--filter", &filter]).len();
    let count = |folder: &str| fs::read_dir(folder).map_or(0, Iterator::count);
    let rollup = fs::read_to_string("/proc/self/smaps_rollup").unwrap_or_default();
    let private: u64 = rollup
        .lines()
        .filter(|line| line.starts_with("Private_Dirty:"))
        .filter_map(|line| line.split_whitespace().nth(1)?.parse::<u64>().ok())
        .sum();
    Held {
        engine: containers + networks + volumes,
        files: files_below(home.path()),
        descriptors: count("/proc/self/fd"),
        threads: count("/proc/self/task"),
        memory_kb: private,
    }
}

fn files_below(folder: &Path) -> usize {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    entries.map(|entry| if entry.path().is_dir() { files_below(&entry.path()) } else { 1 }).sum()
}

impl Report {
    /// What has grown beyond the tolerance; nothing if all is well. Memory may grow by 5 % and by a megabyte that the
    /// allocator keeps.
    pub fn grown(&self) -> Vec<String> {
        let (before, after) = (&self.before, &self.after);
        let counted = [
            ("containers, networks and volumes", before.engine, after.engine),
            ("files", before.files, after.files),
            ("file descriptors", before.descriptors, after.descriptors),
            ("threads", before.threads, after.threads),
        ];
        let mut grown: Vec<String> = counted
            .iter()
            .filter(|(_, before, after)| after > before)
            .map(|(what, before, after)| format!("{what}: {before}, then {after}"))
            .collect();
        if after.memory_kb > before.memory_kb + before.memory_kb / 20 + 1024 {
            grown.push(format!("memory: {} kB, then {} kB", before.memory_kb, after.memory_kb));
        }
        grown
    }
}
