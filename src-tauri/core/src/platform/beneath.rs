//! Opens a file in a folder that others may change at any moment: only inside the folder, through no link, and without
//! blocking.

use std::fs::File;
use std::io::{Error, ErrorKind, Read, Result};
use std::path::{Component, Path};

use crate::words::file as words;

/// Opens a regular file at a relative path inside a folder. Each part of the path is opened from its parent and may not be
/// a link, so the file is in the folder even if others change the path meanwhile.
///
/// # Errors
/// Errors of the system, and `InvalidInput` for another kind of path or file.
pub fn open(folder: &Path, relative: &Path) -> Result<File> {
    if !relative.components().all(|part| matches!(part, Component::Normal(_))) || relative.as_os_str().is_empty() {
        return Err(Error::new(ErrorKind::InvalidInput, words::NOT_INSIDE));
    }
    let file = platform::open(folder, relative)?;
    if !file.metadata()?.is_file() {
        return Err(Error::new(ErrorKind::InvalidInput, words::NOT_A_FILE));
    }
    Ok(file)
}

/// Reads such a file. `None` if it is larger than `longest` bytes.
///
/// # Errors
/// Those of [`open`] and of reading.
pub fn read(folder: &Path, relative: &Path, at_most: u64) -> Result<Option<Vec<u8>>> {
    let mut text = Vec::new();
    open(folder, relative)?.take(at_most + 1).read_to_end(&mut text)?;
    Ok((text.len() as u64 <= at_most).then_some(text))
}

#[cfg(unix)]
mod platform {
    use std::fs::File;
    use std::io::Result;
    use std::path::Path;

    use rustix::fs::{Mode, OFlags, open as open_at_path, openat};

    pub fn open(folder: &Path, relative: &Path) -> Result<File> {
        let common = OFlags::RDONLY | OFlags::CLOEXEC;
        let mut at = open_at_path(folder, common | OFlags::DIRECTORY, Mode::empty())?;
        let mut parts = relative.components().peekable();
        while let Some(part) = parts.next() {
            // Opening a pipe would block until somebody writes into it.
            let kind = if parts.peek().is_some() { OFlags::DIRECTORY } else { OFlags::NONBLOCK };
            at = openat(&at, part.as_os_str(), common | OFlags::NOFOLLOW | kind, Mode::empty())?;
        }
        Ok(File::from(at))
    }
}

/// Windows lets only administrators make links, unless it is in developer mode: each part is looked at before the file
/// is opened, and the file itself is not followed.
#[cfg(windows)]
mod platform {
    use std::fs::{File, OpenOptions, symlink_metadata};
    use std::io::{Error, ErrorKind, Result};
    use std::os::windows::fs::OpenOptionsExt;
    use std::path::Path;

    /// `FILE_FLAG_OPEN_REPARSE_POINT`, of the Windows API's `CreateFile`.
    const THE_LINK_ITSELF: u32 = 0x0020_0000;

    pub fn open(folder: &Path, relative: &Path) -> Result<File> {
        let mut path = folder.to_owned();
        for part in relative.components() {
            path.push(part);
            if symlink_metadata(&path)?.is_symlink() {
                return Err(Error::new(ErrorKind::InvalidInput, crate::words::file::A_LINK));
            }
        }
        OpenOptions::new().read(true).custom_flags(THE_LINK_ITSELF).open(path)
    }
}

#[cfg(all(test, unix))]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::fs;
    use std::os::unix::fs::symlink;
    use std::time::{Duration, Instant};

    use super::*;

    #[test]
    fn only_regular_files_beneath_the_folder_are_opened() {
        let (inside, outside) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let root = inside.path();
        fs::create_dir_all(root.join("deep/er")).unwrap();
        fs::write(root.join("deep/er/a.orchest"), "12345").unwrap();
        fs::write(outside.path().join("secret"), "secret").unwrap();
        symlink(outside.path().join("secret"), root.join("link")).unwrap();
        symlink(outside.path(), root.join("out")).unwrap();
        symlink("deep", root.join("in")).unwrap();
        rustix::fs::mknodat(rustix::fs::CWD, root.join("pipe"), rustix::fs::FileType::Fifo, 0o600.into(), 0).unwrap();

        let text = |path: &str, most| read(root, Path::new(path), most);
        assert_eq!(text("deep/er/a.orchest", 5).unwrap().unwrap(), b"12345");
        assert_eq!(text("deep/er/a.orchest", 4).unwrap(), None, "longer than is wanted");
        let began = Instant::now();
        for refused in ["link", "out/secret", "in/er/a.orchest", "pipe", "deep", "../secret", "/etc/passwd", "", "none"]
        {
            assert!(text(refused, 100).is_err(), "{refused}");
        }
        assert!(began.elapsed() < Duration::from_secs(1), "nothing is waited for");
    }

    #[test]
    fn a_file_that_is_replaced_by_a_link_all_the_time_never_leads_out() {
        let (inside, outside) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let root = inside.path().to_owned();
        let secret = outside.path().join("secret");
        fs::write(&secret, "secret").unwrap();
        let (stop, stopped) = std::sync::mpsc::channel::<()>();
        let attacker = std::thread::spawn({
            let root = root.clone();
            move || {
                while stopped.try_recv().is_err() {
                    fs::write(root.join("new"), "plain").unwrap();
                    fs::rename(root.join("new"), root.join("p.orchest")).unwrap();
                    symlink(&secret, root.join("new")).unwrap();
                    fs::rename(root.join("new"), root.join("p.orchest")).unwrap();
                }
            }
        });
        let (mut plain, mut refused) = (0, 0);
        let until = Instant::now() + Duration::from_secs(60);
        while (plain < 1000 || refused < 1000) && Instant::now() < until {
            match read(&root, Path::new("p.orchest"), 100) {
                Ok(Some(text)) => {
                    assert_eq!(text, b"plain");
                    plain += 1;
                }
                Ok(None) => unreachable!("it is short"),
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
                Err(_) => refused += 1,
            }
        }
        stop.send(()).unwrap();
        attacker.join().unwrap();
        assert!(plain >= 1000 && refused >= 1000, "both were met: {plain} and {refused}");
    }
}
