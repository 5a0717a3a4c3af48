//! Takes what is told of a folder into its shadow, within bounds: the other machine may tell anything.

use std::io;
use std::path::{Path, PathBuf};

use super::Found;
use super::container::{known_of, place_of};
use super::lines::{Copied, Kind, Line, inside, target};
use super::shadow::{Shadow, is_fatal};
use super::unwritten;
use crate::folder::inside::has_own_path;
use crate::words::afar as words;
use crate::words::error::{Error, Result};
use crate::words::folder;
use crate::words::names::display_path;

/// The longest file, bytes: one byte more than what reads a folder takes.
const LARGEST: u64 = (4 << 20) + 1;
/// The most lines of one look, and the most bytes.
const MOST: (usize, u64) = (100_000, 256 << 20);

/// A folder, and its shadow.
#[derive(Debug)]
pub(super) struct Receiver {
    /// The folder's path on its machine.
    pub path: String,
    root: PathBuf,
    shadow: Shadow,
    /// A file of which more comes.
    part: Option<(PathBuf, Vec<u8>)>,
    lines: usize,
    bytes: u64,
}

impl Receiver {
    /// # Errors
    /// `Folder` for a path that no engine mounts, `Io` if the shadow cannot be created.
    pub fn new(path: &Path, shadow: &Path) -> Result<Receiver> {
        let text = path.to_str().ok_or_else(|| folder::not_utf8(&display_path(path)))?;
        super::check_whole(text)?;
        let (path, root) = (text.to_owned(), shadow.to_owned());
        let shadow = Shadow::at(&root).map_err(|error| unwritten(&root, error))?;
        Ok(Receiver { path, root, shadow, part: None, lines: 0, bytes: 0 })
    }

    /// What is asked of it, and the file that goes with it.
    pub fn request(&mut self, number: usize) -> (Copied, (String, Vec<u8>)) {
        (self.part, self.lines, self.bytes) = (None, 0, 0);
        let copied = Copied {
            at: place_of(number),
            path: self.path.clone(),
            own: has_own_path(&self.path),
            known: known_of(number),
        };
        (copied, (known_of(number), self.shadow.known().to_string().into_bytes()))
    }

    /// Takes a line. Once the shadow is up to date, it gives the folder, and whether the shadow changed.
    pub fn take(&mut self, line: Line) -> Result<Option<(Found, bool)>> {
        let mut is_longer = |size: u64| {
            self.lines += 1;
            self.bytes += size;
            self.lines > MOST.0 || self.bytes > MOST.1
        };
        let size = if let Line::File { size, last: true, .. } = &line { (*size).min(LARGEST) } else { 0 };
        if !matches!(line, Line::Beat {} | Line::Found(_)) && is_longer(size) {
            return Err(words::too_much(&display_path(self.path.as_ref()), MOST.1 >> 20));
        }
        match line {
            Line::Beat {} => {}
            Line::Found(told) => {
                let is_changed = self.lines > 0;
                (self.lines, self.bytes) = (0, 0);
                return Ok(Some((told.found()?, is_changed)));
            }
            Line::Gone { path, .. } => self.write(&path.0, |shadow, path| shadow.remove(path))?,
            Line::Dir { path, .. } => self.write(&path.0, |shadow, path| shadow.dir(path))?,
            Line::Link { path, to, modified, .. } => {
                let to = target(&to.0);
                self.write(&path.0, |shadow, path| match &to {
                    Some(to) => shadow.link(path, to, modified),
                    None => Err(io::ErrorKind::InvalidInput.into()),
                })?;
            }
            Line::File { path, modified, size, data, last, .. } => {
                let path = path.0;
                let before = inside(&path).zip(self.part.take()).filter(|(path, (of, _))| path == of);
                let mut contents = before.map(|(_, (_, contents))| contents).unwrap_or_default();
                contents.extend_from_slice(&data.0);
                if contents.len() as u64 > LARGEST {
                    return Err(words::not_understood());
                }
                if last {
                    let size = size.min(LARGEST).max(contents.len() as u64);
                    self.write(&path, |shadow, path| shadow.file(path, &contents, size, modified))?;
                } else {
                    self.part = inside(&path).map(|path| (path, contents));
                }
            }
            _ => return Err(words::not_understood()),
        }
        Ok(None)
    }

    /// A name that this machine cannot have is left out.
    fn write(&self, name: &[u8], write: impl FnOnce(&Shadow, &Path) -> io::Result<()>) -> Result<()> {
        let Some(path) = inside(name) else {
            tracing::debug!(folder = self.path, name = %String::from_utf8_lossy(name), "a name that was not taken");
            return Ok(());
        };
        match write(&self.shadow, &path) {
            Err(error) if is_fatal(&error) => Err(unwritten(&self.root.join(path), error)),
            Err(error) => {
                tracing::debug!(folder = self.path, path = %path.display(), %error, "a file was not copied");
                Ok(())
            }
            Ok(()) => Ok(()),
        }
    }

    /// What others learn of a folder that cannot be seen any more. The shadow of one that is gone is emptied.
    pub fn lost(&self, kind: Kind, why: &str) -> Error {
        if !matches!(kind, Kind::Missing | Kind::File) {
            return kind.error(&self.path, why);
        }
        if let Err(error) = self.shadow.empty() {
            return unwritten(&self.root, error);
        }
        words::gone(&display_path(self.path.as_ref()))
    }
}
