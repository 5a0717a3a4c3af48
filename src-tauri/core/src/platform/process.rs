//! Whether a process of ours still lives: each holds a lock on a file of its own for as long as it does.
//!
//! A process's number alone proves nothing: it is given again, and after a restart of the machine soon.

use std::fs::{self, File, TryLockError};
use std::path::PathBuf;
use std::time::{Duration, SystemTime};

use crate::platform::clock::now;
use crate::platform::others;
use crate::platform::paths::AppDirs;
use crate::platform::secret::random_hex;

/// What a dead process left is of no use to anybody after this long.
const KEPT: Duration = Duration::from_secs(90 * 24 * 3600);

/// This process's sign of life. It ends with the process, however that ends.
#[derive(Debug)]
pub struct ProcessLock {
    /// The process's name: its number, when it began, milliseconds since the epoch, and a word of its own.
    pub process: String,
    _lock: Option<File>,
}

/// What is known of a process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Liveness {
    /// It runs.
    Alive,
    /// It has ended.
    Dead,
    /// It left no sign here: it may be anything.
    Unknown,
}

/// Gives this process its sign of life. Where that cannot be written, others will not know what has become of it.
pub fn lock(places: &AppDirs) -> ProcessLock {
    let process = format!("{}-{}-{}", std::process::id(), now(), random_hex(3));
    forget_old(places);
    let lock = others::closed_folder(&folder(places)).and_then(|()| File::create(file(places, &process)));
    let lock = lock.and_then(|file| file.lock().map(|()| file));
    if let Err(error) = &lock {
        tracing::warn!(%error, "this process leaves no sign of life; what it may leave half made is not removed later");
    }
    ProcessLock { process, _lock: lock.ok() }
}

/// Whether a process that launched something on this machine still lives.
pub fn liveness(places: &AppDirs, process: &str) -> Liveness {
    // It comes from a label, which is no path.
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
    fn a_process_lives_as_long_as_it_holds_its_sign() {
        let home = tempfile::tempdir().unwrap();
        let place = home.path().to_owned();
        let places = AppDirs { config: place.clone(), data: place.clone(), state: place };
        let lock = lock(&places);
        assert_eq!(liveness(&places, &lock.process), Liveness::Alive);
        let process = lock.process.clone();
        drop(lock);
        assert_eq!(liveness(&places, &process), Liveness::Dead);
        for stranger in ["1-2", "", "../1-2", "x", "/etc/passwd"] {
            assert_eq!(liveness(&places, stranger), Liveness::Unknown, "{stranger}");
        }
    }
}
