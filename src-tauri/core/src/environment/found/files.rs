//! Reads the files of a folder: plain ones, within bounds, and through no link that leads out of the folder.

use std::collections::BTreeMap;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use crate::environment::found::package::is_archive;
use crate::environment::found::source::Source;
use crate::environment::found::text;
use crate::platform::beneath;
use crate::words::found as words;

/// The largest file that is read, bytes.
const LARGEST: u64 = 4 << 20;
/// The most files that are read.
const MOST: usize = 200;
/// Their most bytes in all.
const MOST_BYTES: usize = 64 << 20;
/// The most paths that are looked for.
const MOST_LOOKS: usize = 2_000;

/// Why a file was not read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Unread {
    Missing,
    /// It is there. With a message.
    Refused(String),
}

/// The files of a folder, each read once.
pub(super) struct Files {
    folder: PathBuf,
    known: BTreeMap<String, Result<Vec<u8>, Unread>>,
    /// The files that may still be read.
    left: usize,
    /// Their bytes.
    bytes_left: usize,
}

impl Files {
    pub fn of(folder: &Path) -> Self {
        Files { folder: folder.to_owned(), known: BTreeMap::new(), left: MOST, bytes_left: MOST_BYTES }
    }

    /// The bytes of a file.
    pub fn bytes(&mut self, path: &str) -> Result<&[u8], Unread> {
        if !self.known.contains_key(path) {
            let is_many = self.left == 0 || self.known.len() == MOST_LOOKS;
            if is_many || self.bytes_left == 0 {
                return Err(match beneath::open(&self.folder, Path::new(path)) {
                    Err(error) if is_missing(&error) => Unread::Missing,
                    _ if is_many => Unread::Refused(words::many_files(MOST)),
                    _ => Unread::Refused(words::many_bytes(MOST_BYTES)),
                });
            }
            let found = plain(&self.folder, path);
            if let Ok(bytes) = &found {
                self.left -= 1;
                self.bytes_left = self.bytes_left.saturating_sub(bytes.len());
            }
            self.known.insert(path.to_owned(), found);
        }
        match &self.known[path] {
            Ok(bytes) => Ok(bytes),
            Err(unread) => Err(unread.clone()),
        }
    }

    /// The text of a file, which is listed in the source. A line that is no text is a problem of the source.
    pub fn text(&mut self, source: &mut Source, path: &str) -> Result<String, Unread> {
        let bytes = self.bytes(path)?;
        source.add_file(path);
        if is_archive(path) {
            return Ok(String::new());
        }
        let (text, bad) = text::decode(bytes);
        if let Some(target) = text::link_target(&text, path).map(str::to_owned)
            && beneath::open(&self.folder, Path::new(&text::join(text::parent(path), &target).unwrap_or_default()))
                .is_ok()
        {
            return Err(Unread::Refused(words::link_as_text(&target)));
        }
        if bad.is_some() {
            source.problem(path, bad, words::NO_TEXT);
        }
        Ok(text)
    }

    /// The same for a file that another one names: a missing one has a message, too.
    pub fn look(&mut self, source: &mut Source, path: &str) -> Result<String, String> {
        self.text(source, path).map_err(|unread| match unread {
            Unread::Missing => words::missing(path),
            Unread::Refused(message) => message,
        })
    }

    /// Forgets a file, whose content is needed no more. It stays counted.
    pub fn forget(&mut self, path: &str) {
        self.known.remove(path);
    }

    /// The bytes of the files that `is_wanted`.
    pub fn into_contents(self, is_wanted: impl Fn(&str) -> bool) -> BTreeMap<String, Vec<u8>> {
        let wanted = self.known.into_iter().filter(|(path, _)| is_wanted(path));
        wanted.filter_map(|(path, found)| Some((path, found.ok()?))).collect()
    }
}

/// The names in a folder of the folder, at most `most`, without their order.
pub(super) fn names_in(folder: &Path, inside: &str, most: usize) -> Vec<String> {
    // A link may lead out.
    let is_inside = inside.is_empty() || matches!(resolved(folder, Path::new(inside)), Ok(None));
    let entries = is_inside.then(|| std::fs::read_dir(folder.join(inside)).ok()).flatten();
    entries
        .into_iter()
        .flatten()
        .flatten()
        .take(most)
        .filter_map(|entry| entry.file_name().into_string().ok())
        .collect()
}

/// A plain file beneath the folder. A link is followed if it leads to one.
fn plain(folder: &Path, path: &str) -> Result<Vec<u8>, Unread> {
    let relative = Path::new(path);
    let direct = beneath::read(folder, relative, LARGEST);
    let found = match direct {
        Err(error) if error.kind() != ErrorKind::NotFound => match resolved(folder, relative)? {
            Some(target) => beneath::read(folder, &target, LARGEST),
            None => Err(error),
        },
        other => other,
    };
    match found {
        Ok(Some(bytes)) => Ok(bytes),
        Ok(None) => Err(Unread::Refused(words::too_large(LARGEST))),
        Err(error) => Err(match error.kind() {
            _ if is_missing(&error) => Unread::Missing,
            ErrorKind::InvalidInput | ErrorKind::IsADirectory => Unread::Refused(words::NOT_A_FILE.to_owned()),
            _ => Unread::Refused(words::unreadable(&error)),
        }),
    }
}

fn is_missing(error: &std::io::Error) -> bool {
    matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory)
}

/// The path of the file that a path with links leads to. `None` if it has no link.
fn resolved(folder: &Path, path: &Path) -> Result<Option<PathBuf>, Unread> {
    let Ok(folder) = folder.canonicalize() else { return Ok(None) };
    let Ok(target) = folder.join(path).canonicalize() else { return Ok(None) };
    match target.strip_prefix(&folder) {
        Ok(inside) if inside == path => Ok(None),
        Ok(inside) => Ok(Some(inside.to_owned())),
        Err(_) => Err(Unread::Refused(words::LINK_OUTSIDE.to_owned())),
    }
}
