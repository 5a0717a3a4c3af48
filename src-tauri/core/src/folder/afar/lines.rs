//! What `look.py` is asked and what it tells, and which paths of it are taken. Pure.

use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};

use crate::platform::mountinfo;
use crate::words::error::Error;
use crate::words::folder as words;
use crate::words::{afar, plain_text};

/// The program.
pub(super) const PROGRAM: &str = include_str!("look.py");

/// A request, which is the program's argument.
#[derive(Debug, Default, Serialize)]
pub(super) struct Request<'a> {
    /// `find`, `list` or `look`.
    #[serde(rename = "do")]
    pub action: &'a str,
    /// Where the other machine's file system is mounted, for `find` and `list`.
    pub root: &'a str,
    /// What is to be found or listed.
    pub paths: Vec<&'a str>,
    /// What is to be copied.
    pub folders: Vec<Copied>,
    /// The folders that may come back, as they are mounted.
    pub awaited: Vec<String>,
    /// How long it reports changes, seconds. 0: it looks once.
    pub life: u64,
}

/// A folder to be copied.
#[derive(Debug, Serialize)]
pub(super) struct Copied {
    /// Where it is mounted.
    pub at: String,
    /// Its path on its machine.
    pub path: String,
    /// Server and kernels have it at that path, too: links may name it so.
    pub own: bool,
    /// The file with what the copy has already.
    pub known: String,
}

/// One line that the program tells.
#[derive(Debug, Deserialize)]
pub(super) enum Line {
    /// It is still there.
    Beat {},
    /// A folder was found, or its copy is up to date.
    Found(Box<Told>),
    /// A folder was not found, or is there no more.
    Fault { at: usize, kind: Kind, why: String },
    /// A folder is back.
    Back {},
    /// A folder in a folder.
    Folder { name: String, notebooks: bool },
    /// All of them were told.
    Listed { path: Name, truncated: bool },
    /// Something that a copy has, and the folder not.
    Gone { at: usize, path: Name },
    /// A folder in a folder.
    Dir { at: usize, path: Name },
    /// A link. Times are nanoseconds since the epoch.
    Link { at: usize, path: Name, to: Name, modified: i64 },
    /// A part of a file. Its size is larger than its contents if it is too long to be read.
    File { at: usize, path: Name, modified: i64, size: u64, data: Name, last: bool },
}

/// What is wrong with a folder.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
pub(super) enum Kind {
    Missing,
    Forbidden,
    Lost,
    File,
    NotUtf8,
    Root,
    Unreadable,
}

/// What is told of a folder.
#[derive(Debug, Deserialize)]
pub(super) struct Told {
    pub at: usize,
    pub path: Name,
    pub uid: u32,
    pub gid: u32,
    pub mode: u32,
    pub mark: String,
    pub mounts: Vec<String>,
    pub seen_at: Name,
    pub truncated: bool,
}

/// Bytes: a name need not be UTF-8.
#[derive(Debug, Deserialize)]
#[serde(try_from = "String")]
pub(super) struct Name(pub Vec<u8>);

impl TryFrom<String> for Name {
    type Error = base64::DecodeError;

    fn try_from(text: String) -> Result<Name, Self::Error> {
        STANDARD.decode(text).map(Name)
    }
}

/// Bytes in a request.
pub(super) fn encoded(bytes: &[u8]) -> String {
    STANDARD.encode(bytes)
}

/// Reads a line.
pub(super) fn parse(line: &str) -> Result<Line, Error> {
    serde_json::from_str(line).map_err(|error| {
        tracing::warn!(%error, "a line of the program that looks was not understood");
        afar::not_understood()
    })
}

impl Told {
    /// What others learn of it. A path that no engine mounts is none.
    pub fn found(&self) -> Result<super::Found, Error> {
        let path = std::str::from_utf8(&self.path.0).ok().filter(|path| path.starts_with('/'));
        let seen_at = String::from_utf8_lossy(&self.seen_at.0);
        let mounted = mountinfo::mount_of(Path::new(seen_at.as_ref()), &self.mounts.join("\n"));
        let (kind, shared) = mounted.map(|mounted| (mounted.kind, mounted.shared)).unwrap_or_default();
        Ok(super::Found {
            path: path.map(PathBuf::from).ok_or_else(afar::not_understood)?,
            uid: self.uid,
            gid: self.gid,
            mode: self.mode,
            kind,
            shared,
            mark: self.mark.clone(),
            truncated: self.truncated,
        })
    }
}

impl Kind {
    /// In words. `why`: the reason of the system there.
    pub fn error(self, path: &str, why: &str) -> Error {
        let shown = plain_text::name(path);
        let why = std::io::Error::other(plain_text::name(why).into_owned());
        match self {
            Kind::Missing => words::missing(&shown),
            Kind::Forbidden => words::forbidden(&shown),
            Kind::Lost => words::lost(&shown, &why),
            Kind::File => words::file(&shown),
            Kind::NotUtf8 => words::not_utf8(&shown),
            Kind::Root => words::root(&shown),
            Kind::Unreadable => words::unreadable(&shown, &why),
        }
    }
}

/// The longest path in a folder, and the most parts of one.
const LONGEST: (usize, usize) = (4096, 64);

/// The path in a folder that the program told, if it is one: it leads nowhere else on this machine.
pub(super) fn inside(name: &[u8]) -> Option<PathBuf> {
    let mut path = PathBuf::new();
    if name.len() > LONGEST.0 || name.split(|byte| *byte == b'/').count() > LONGEST.1 {
        return None;
    }
    for part in name.split(|byte| *byte == b'/') {
        if matches!(part, b"" | b"." | b"..") || part.contains(&0) {
            return None;
        }
        path.push(platform::name(part)?);
    }
    Some(path)
}

/// The target of a link, as it is told.
pub(super) fn target(name: &[u8]) -> Option<PathBuf> {
    let is_one = !name.is_empty() && name.len() <= LONGEST.0 && !name.contains(&0);
    is_one.then(|| platform::target(name)).flatten()
}

/// The bytes of a path in a copy, as the program knows it.
pub(super) fn bytes_of(path: &Path) -> Vec<u8> {
    platform::bytes(path)
}

#[cfg(unix)]
mod platform {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt;
    use std::path::{Path, PathBuf};

    pub fn name(part: &[u8]) -> Option<&OsStr> {
        Some(OsStr::from_bytes(part))
    }

    pub fn target(name: &[u8]) -> Option<PathBuf> {
        Some(PathBuf::from(OsStr::from_bytes(name)))
    }

    pub fn bytes(path: &Path) -> Vec<u8> {
        path.as_os_str().as_bytes().to_vec()
    }
}

/// Windows has other names: one with these letters is a drive, a stream of a file, or a device.
#[cfg(windows)]
mod platform {
    use std::path::{Path, PathBuf};

    pub fn name(part: &[u8]) -> Option<&str> {
        let name = std::str::from_utf8(part).ok()?;
        let odd =
            |letter: char| letter.is_control() || ['\\', '/', ':', '*', '?', '\u{22}', '<', '>', '|'].contains(&letter);
        (!name.contains(odd) && !name.ends_with([' ', '.'])).then_some(name)
    }

    /// One that is absolute there leads nowhere here.
    pub fn target(name: &[u8]) -> Option<PathBuf> {
        let parts = std::str::from_utf8(name).ok().filter(|name| !name.starts_with('/'))?.split('/');
        parts.map(|part| if part == ".." { Some(part) } else { self::name(part.as_bytes()) }).collect()
    }

    pub fn bytes(path: &Path) -> Vec<u8> {
        path.to_string_lossy().replace('\\', "/").into_bytes()
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn only_paths_that_stay_in_the_folder_are_taken() {
        for path in [&b"a"[..], b"a b/c.ipynb", b"...", b"a/..b", "ü/数".as_bytes()] {
            assert_eq!(bytes_of(&inside(path).unwrap()), path);
        }
        let (long, deep) = (vec![b'a'; 5000], b"a/".repeat(70));
        for path in [
            &b""[..],
            b"/",
            b"/etc/passwd",
            b"..",
            b"../x",
            b"a/../../x",
            b"a/..",
            b"./a",
            b"a//b",
            b"a/",
            b"a\0b",
            &long,
            &deep,
        ] {
            assert_eq!(inside(path), None, "{path:?}");
        }
    }

    #[cfg(unix)]
    #[test]
    fn a_name_that_is_not_utf8_survives() {
        assert_eq!(bytes_of(&inside(b"caf\xe9/a").unwrap()), b"caf\xe9/a");
        assert_eq!(bytes_of(&target(b"../\xff").unwrap()), b"../\xff");
        assert_eq!(target(b""), None);
        assert_eq!(target(b"a\0"), None);
    }

    #[test]
    fn a_line_is_read_and_another_one_is_an_error() {
        assert!(matches!(parse(r#"{"Beat": {}}"#), Ok(Line::Beat {})));
        let line = r#"{"File": {"at": 1, "path": "YQ==", "modified": -5, "size": 3, "data": "", "last": true}}"#;
        assert!(matches!(parse(line), Ok(Line::File { at: 1, modified: -5, .. })));
        for bad in ["", "{", r#"{"Other": {}}"#, r#"{"Gone": {"at": 0, "path": "?"}}"#, r#"{"Gone": {"at": -1}}"#] {
            assert!(parse(bad).unwrap_err().to_string().contains("none"), "{bad}");
        }
    }

    #[test]
    fn what_is_wrong_with_a_folder_is_told_as_of_one_here() {
        let message = |kind: Kind| kind.error("/home/ada/x", "Too many levels").failure().message;
        assert!(message(Kind::Missing).contains("does not exist"));
        assert!(message(Kind::File).contains("is a file"));
        assert!(message(Kind::Root).contains("whole file system"));
        assert!(message(Kind::NotUtf8).contains("not UTF-8"));
        assert!(message(Kind::Lost).contains("Too many levels"));
    }
}
