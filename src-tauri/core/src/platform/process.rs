//! Tells whether a process of this app still runs: each holds a lock on its own file until it ends.
//!
//! The process number alone proves nothing: the system reuses it, and soon after a restart of the machine.

use std::fs::{self, File, TryLockError};
use std::path::PathBuf;
use std::time::{Duration, SystemTime};

use crate::platform::clock::now;
use crate::platform::others;
use crate::platform::paths::AppDirs;
use crate::platform::secret::random_hex;

/// The lock file of a dead process is removed after this time.
const KEPT: Duration = Duration::from_secs(90 * 24 * 3600);

/// The lock of this process. The system releases it when the process ends, even after a crash.
#[derive(Debug)]
pub struct ProcessLock {
    /// The process's name: its number, its start in milliseconds since the epoch, and a random word.
    pub process: String,
    _lock: Option<File>,
}

/// The state of a process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Liveness {
    /// It runs.
    Alive,
    /// It has ended.
    Dead,
    /// It has no lock file here: its state is unknown.
    Unknown,
}

/// Locks this process's file. Without it, other processes cannot know whether this one has ended.
pub fn lock(places: &AppDirs) -> ProcessLock {
    let process = format!("{}-{}-{}", std::process::id(), now(), random_hex(3));
    forget_old(places);
    let lock = others::closed_folder(&folder(places)).and_then(|()| File::create(file(places, &process)));
    let lock = lock.and_then(|file| file.lock().map(|()| file));
    if let Err(error) = &lock {
        tracing::warn!(%error, "this process has no lock file; leftovers of its launches are not removed later");
    }
    ProcessLock { process, _lock: lock.ok() }
}

/// Whether a process that launched something on this machine still runs.
pub fn liveness(places: &AppDirs, process: &str) -> Liveness {
    // The name comes from a label, and must not be a path.
    if process.is_empty() || !process.bytes().all(|byte| byte.is_ascii_hexdigit() || byte == b'-') {
        return Liveness::Unknown;
    }
    match File::open(file(places, process)).map(|file| file.try_lock_shared()) {
        Ok(Ok(())) => Liveness::Dead,
        Ok(Err(TryLockError::WouldBlock)) => Liveness::Alive,
        Ok(Err(TryLockError::Error(_))) | Err(_) => Liveness::Unknown,
    }
}

fn folder(places: &AppDirs) -> PathBuf {
    places.state.join("processes")
}

fn file(places: &AppDirs, process: &str) -> PathBuf {
    folder(places).join(format!("{process}.lock"))
}

fn forget_old(places: &AppDirs) {
    for entry in fs::read_dir(folder(places)).into_iter().flatten().flatten() {
        let made = entry.metadata().and_then(|found| found.modified());
        let old = made.is_ok_and(|made| SystemTime::now().duration_since(made).is_ok_and(|age| age > KEPT));
        let dead = File::open(entry.path()).is_ok_and(|file| file.try_lock_shared().is_ok());
        if old && dead {
            let _ = fs::remove_file(entry.path());
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn a_process_lives_as_long_as_it_holds_its_lock() {
        let home = tempfile::tempdir().unwrap();
        let place = home.path().to_owned();
        let places = AppDirs { config: place.clone(), data: place.clone(), state: place };
        let lock = lock(&places);
        assert_eq!(liveness(&places, &lock.process), Liveness::Alive);
        let process = lock.process.clone();
        drop(lock);
        // A process that another test is about to start has the lock, too, until it is another program.
        let began = std::time::Instant::now();
        while liveness(&places, &process) == Liveness::Alive && began.elapsed().as_secs() < 5 {
            std::thread::yield_now();
        }
        assert_eq!(liveness(&places, &process), Liveness::Dead);
        for stranger in ["1-2", "", "../1-2", "x", "/etc/passwd"] {
            assert_eq!(liveness(&places, stranger), Liveness::Unknown, "{stranger}");
        }
    }
}
