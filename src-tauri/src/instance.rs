//! One window for each person and configuration: a second start hands its folders to the first one and ends.
//!
//! On Unix, the open window holds a lock on a file beside the logs; the system releases it when the process ends, even
//! after a crash. A socket beside it receives the folders. Neither needs a session bus. On Windows, a plugin of Tauri
//! does the same with a named mutex.

#[cfg(unix)]
pub use unix::{Claim, claim};

#[cfg(unix)]
mod unix {
    use std::ffi::{OsStr, OsString};
    use std::fs::{File, OpenOptions, Permissions, TryLockError};
    use std::io::{Error, ErrorKind, Read, Result, Write};
    use std::net::Shutdown;
    use std::os::unix::ffi::OsStrExt;
    use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
    use std::os::unix::net::{UnixListener, UnixStream};
    use std::path::{Path, PathBuf};
    use std::time::{Duration, Instant};

    use orchest_core::words::dialog as words;
    use tauri::AppHandle;

    use crate::arguments;

    /// How long a first start has to begin to listen, and how long it has to answer.
    const ANSWERS_WITHIN: Duration = Duration::from_secs(5);
    /// The longest list of folders, bytes.
    const LONGEST: u64 = 1 << 20;
    const TAKEN: &[u8] = b"taken";

    /// The result of a start.
    pub enum Claim {
        /// No other window is open, and none can open while this value lives.
        First(First),
        /// Another window has taken the folders.
        HandedOver,
    }

    /// The right to be the only window.
    pub struct First {
        _lock: File,
        listener: UnixListener,
    }

    /// Becomes the only window of this configuration, or hands the folders on the command line to the one that is open.
    ///
    /// # Errors
    /// The folder is not writable, or the other window does not answer.
    pub fn claim(folder: &Path) -> Result<Claim> {
        orchest_core::platform::others::closed_folder(folder)?;
        let mut options = OpenOptions::new();
        let mut lock =
            options.create(true).truncate(false).read(true).write(true).mode(0o600).open(folder.join("window.lock"))?;
        match lock.try_lock() {
            Ok(()) => {
                let _ = lock.set_len(0).and_then(|()| write!(lock, "{}", std::process::id()));
                Ok(Claim::First(First { listener: listen(folder)?, _lock: lock }))
            }
            Err(TryLockError::WouldBlock) => {
                let here = std::env::current_dir().unwrap_or_default();
                let said = std::iter::once(here.into_os_string()).chain(std::env::args_os().skip(1));
                hand_over(folder, said).map(|()| Claim::HandedOver).map_err(|error| {
                    let mut process = String::new();
                    let _ = lock.read_to_string(&mut process);
                    Error::new(error.kind(), words::window_silent(&process, &error))
                })
            }
            Err(TryLockError::Error(error)) => Err(error),
        }
    }

    /// The socket's path. The system allows about 100 bytes; a longer path goes through the folder's descriptor.
    fn with_socket<T>(folder: &Path, with: impl FnOnce(&Path) -> Result<T>) -> Result<T> {
        let path = folder.join("window.sock");
        if path.as_os_str().len() < 100 || !cfg!(target_os = "linux") {
            return with(&path);
        }
        let folder = File::open(folder)?;
        let short = format!("/proc/self/fd/{}/window.sock", std::os::fd::AsRawFd::as_raw_fd(&folder));
        with(Path::new(&short))
    }

    fn listen(folder: &Path) -> Result<UnixListener> {
        with_socket(folder, |path| {
            // It belongs to a window that ended: the holder of the lock owns the socket.
            match std::fs::remove_file(path) {
                Err(error) if error.kind() != ErrorKind::NotFound => return Err(error),
                _ => {}
            }
            let listener = UnixListener::bind(path)?;
            std::fs::set_permissions(path, Permissions::from_mode(0o600))?;
            Ok(listener)
        })
    }

    fn hand_over(folder: &Path, said: impl Iterator<Item = OsString>) -> Result<()> {
        let began = Instant::now();
        let mut first = loop {
            match with_socket(folder, |path| UnixStream::connect(path)) {
                Ok(first) => break first,
                Err(error) if began.elapsed() > ANSWERS_WITHIN => return Err(error),
                Err(_) => std::thread::sleep(Duration::from_millis(50)),
            }
        };
        first.set_read_timeout(Some(ANSWERS_WITHIN))?;
        first.set_write_timeout(Some(ANSWERS_WITHIN))?;
        for part in said {
            first.write_all(part.as_bytes())?;
            first.write_all(b"\0")?;
        }
        first.shutdown(Shutdown::Write)?;
        let mut answer = Vec::new();
        first.read_to_end(&mut answer)?;
        if answer == TAKEN { Ok(()) } else { Err(ErrorKind::UnexpectedEof.into()) }
    }

    impl First {
        /// Receives the folders of later starts until the program ends.
        pub fn serve(self, app: &AppHandle) {
            let app = app.clone();
            std::thread::spawn(move || {
                // The whole value: the closure would move the listener alone and drop the lock.
                let first = self;
                for second in first.listener.incoming() {
                    let taken = second.and_then(|second| take(second, &app));
                    if let Err(error) = taken {
                        tracing::warn!(%error, "the folders of another start could not be read");
                    }
                }
            });
        }
    }

    fn take(mut second: UnixStream, app: &AppHandle) -> Result<()> {
        second.set_read_timeout(Some(ANSWERS_WITHIN))?;
        let mut said = Vec::new();
        Read::by_ref(&mut second).take(LONGEST).read_to_end(&mut said)?;
        let mut parts = said.split(|byte| *byte == 0).map(|part| OsStr::from_bytes(part).to_owned());
        let started_in = parts.next().map(PathBuf::from).unwrap_or_default();
        arguments::of_another_start(app, parts.collect(), &started_in);
        second.write_all(TAKEN)
    }

    #[cfg(test)]
    #[allow(clippy::unwrap_used)]
    mod tests {
        use super::*;

        #[test]
        fn a_second_start_hands_over_even_with_a_long_path_and_after_a_crash() {
            let home = tempfile::tempdir().unwrap();
            for name in ["short".to_owned(), "long".repeat(50)] {
                let folder = home.path().join(name);
                std::fs::create_dir_all(&folder).unwrap();
                // A window that crashed leaves its files behind.
                drop(listen(&folder).unwrap());
                let Claim::First(first) = claim(&folder).unwrap() else { panic!("no other window is open") };
                let heard = std::thread::spawn(move || {
                    let (mut second, _) = first.listener.accept().unwrap();
                    let mut said = Vec::new();
                    second.read_to_end(&mut said).unwrap();
                    second.write_all(TAKEN).unwrap();
                    (first, said)
                });
                assert!(matches!(claim(&folder).unwrap(), Claim::HandedOver));
                let (first, said) = heard.join().unwrap();
                let here = std::env::current_dir().unwrap();
                assert!(said.starts_with(here.as_os_str().as_bytes()));
                drop(first);
                assert!(matches!(claim(&folder).unwrap(), Claim::First(_)), "the window's end releases the lock");
            }
        }
    }
}
