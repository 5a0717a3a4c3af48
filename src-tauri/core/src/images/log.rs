//! The whole log of one pull or build, in a file.

use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};

use crate::images::progress;
use crate::platform::clock::now;
use crate::platform::{others, paths};

/// The whole log of one pull or build.
pub struct Log {
    pub path: Option<PathBuf>,
    file: Option<File>,
    last: Vec<String>,
}

impl Log {
    pub fn open(folder: &Path, what: &str, image: &str) -> Log {
        let path = folder.join(format!("{what}-{}-{}.log", paths::safe_name(image), now()));
        let file = others::closed_folder(folder).and_then(|()| File::create(&path));
        if let Err(error) = &file {
            tracing::warn!(path = %path.display(), %error, "the log cannot be kept");
        }
        Log { path: file.is_ok().then_some(path), file: file.ok(), last: Vec::new() }
    }

    pub fn write(&mut self, line: &str) {
        self.last.push(progress::plain(line));
        if self.last.len() > 8 {
            self.last.remove(0);
        }
        self.write_part(&format!("{}\n", line.trim_end()));
    }

    /// A build continues even if its log cannot be written.
    pub fn write_part(&mut self, part: &str) {
        if let Some(file) = &mut self.file {
            let _ = file.write_all(part.as_bytes());
        }
    }

    pub fn tail(&self) -> Vec<String> {
        self.last.clone()
    }
}
