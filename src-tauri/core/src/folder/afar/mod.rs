//! Folders on the machine of an engine elsewhere, seen through that engine alone.
//!
//! A container there looks, and reads nothing but what is mounted for it, read-only. This machine keeps a copy of what the
//! program ever reads of a folder, the shadow: folders, links, scripts, the files that say what kernels need, and notebooks
//! without their outputs, each with the time of its change there. What reads a folder here reads its shadow alike.
//!
//! - [`find`], [`list`]: a folder by its path, and the folders in a folder; both see the whole machine
//! - [`copy`], [`follow`]: bring shadows up to date, once and after each change
//! - `look.py`: the program in the container; `lines`: what it is asked and tells; `container`: runs it
//! - `shadow`: writes a copy; `receive`: takes what is told of a folder into it
//!
//! The container of [`follow`] ends when nobody reads its lines: the engine closes its input with the connection. A
//! connection may be lost without a word, and not every engine closes an input, so that it also lives for ten minutes at
//! most: the next one starts where it ended, and looks once at what changed in between. It says a word each five seconds,
//! so that an engine that is lost is noticed here.

mod container;
mod follow;
mod lines;
mod receive;
mod shadow;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crate::engine::Engine;
use crate::words::error::{Error, Result};
use crate::words::names::display_path;
use crate::words::{afar as words, file};
use container::{Seen, run};
pub use follow::follow;
use lines::{Kind, Line, Request};
use receive::Receiver;

/// What looking needs.
#[derive(Clone, Debug)]
pub struct Looking {
    /// The image of the containers: that of the servers, which has a Python.
    pub image: String,
    /// Their labels.
    pub labels: BTreeMap<String, String>,
    /// The beginning of their names.
    pub name: String,
    /// Security options in addition to no-new-privileges.
    pub security_opt: Vec<String>,
}

/// A folder as it is on its machine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// Its canonical path there.
    pub path: PathBuf,
    /// The user who owns it, as containers of that engine see it: those of a rootless one see the person as 0.
    pub uid: u32,
    /// Its group, alike.
    pub gid: u32,
    /// Its permissions, as in `0o755`.
    pub mode: u32,
    /// The type of its file system, such as `ext4`. Empty if it is not known.
    pub kind: String,
    /// Mounts that are made of it also see file systems that are mounted in it later.
    pub shared: bool,
    /// Distinguishes it from a new folder at the same path, as `mark::of` does.
    pub mark: String,
    /// It has more entries than were read.
    pub truncated: bool,
}

/// The folders in a folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    /// Its canonical path.
    pub path: String,
    /// Its folders by name, hidden ones last.
    pub folders: Vec<Entry>,
    /// It has more than were read, at most 2000.
    pub truncated: bool,
}

/// A folder in a folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Its name.
    pub name: String,
    /// There are notebooks in it; those in folders further down do not count.
    pub notebooks: bool,
    /// Its name begins with a dot.
    pub hidden: bool,
}

/// Finds a folder by its whole path.
///
/// # Errors
/// Those of `pipeline::check_folder`, for a path that is no folder of notebooks there; those of the engine.
pub async fn find(engine: &Engine, looking: &Looking, path: &str) -> Result<Found> {
    check_whole(path)?;
    let found = find_all(engine, looking, &[path]).await?.pop().ok_or_else(words::not_understood)?;
    found.map_err(|(kind, why)| kind.error(path, &why))
}

/// The folders in a folder, for a picker. `/` has folders, too.
///
/// # Errors
/// Those of [`find`].
pub async fn list(engine: &Engine, looking: &Looking, path: &str) -> Result<Listed> {
    check_whole(path)?;
    let request = Request { action: "list", root: container::MACHINE, paths: vec![path], ..Request::default() };
    let (mut folders, mut answer) = (Vec::new(), Err(words::not_understood()));
    let seen = run(engine, looking, Seen::machine(), &request, Vec::new(), |line| {
        match line {
            Line::Folder { name, notebooks } => folders.push(Entry { hidden: name.starts_with('.'), name, notebooks }),
            Line::Fault { kind, why, .. } => answer = Err(kind.error(path, &why)),
            Line::Listed { path, truncated } => answer = Ok((String::from_utf8_lossy(&path.0).into_owned(), truncated)),
            _ => return Err(words::not_understood()),
        }
        Ok(true)
    });
    seen.await?;
    let (path, truncated) = answer?;
    Ok(Listed { path, folders, truncated })
}

/// Brings the shadow of a folder up to date, once. What is gone there is removed.
///
/// # Errors
/// `Folder` if the folder is gone, which empties the shadow, or cannot be read; `Io` if the shadow cannot be written;
/// those of the engine.
pub async fn copy(engine: &Engine, looking: &Looking, folder: &Path, shadow: &Path) -> Result<Found> {
    let mut receiver = Receiver::new(folder, shadow)?;
    let path = receiver.path.clone();
    let (copied, files) = receiver.request(0);
    let request = Request { action: "look", folders: vec![copied], ..Request::default() };
    let mut answer = None;
    let seen = Seen::folders([(0, path.as_str())], false);
    let outcome = run(engine, looking, seen, &request, vec![files], |line| {
        match line {
            Line::Fault { kind, why, .. } => answer = Some(Err((kind, why))),
            line => answer = receiver.take(line)?.map(|(found, _)| Ok(found)).or(answer.take()),
        }
        Ok(true)
    });
    let answer = match (outcome.await, answer) {
        (Ok(()), Some(answer)) => answer,
        (Ok(()), None) => return Err(words::not_understood()),
        // No engine mounts what is not there, and each says so in words of its own.
        (Err(refused @ Error::Engine { .. }), _) => match find_all(engine, looking, &[&path]).await?.pop() {
            Some(Err(fault)) => Err(fault),
            _ => return Err(refused),
        },
        (Err(error), _) => return Err(error),
    };
    answer.map_err(|(kind, why)| receiver.lost(kind, &why))
}

/// Finds folders by their whole paths: each, or what is wrong with it.
async fn find_all(engine: &Engine, looking: &Looking, paths: &[&str]) -> Result<Vec<Result<Found, (Kind, String)>>> {
    let request = Request { action: "find", root: container::MACHINE, paths: paths.to_vec(), ..Request::default() };
    let mut answers = Vec::new();
    let seen = run(engine, looking, Seen::machine(), &request, Vec::new(), |line| {
        answers.push(match line {
            Line::Found(told) if told.at == answers.len() => Ok(told.found()?),
            Line::Fault { at, kind, why } if at == answers.len() => Err((kind, why)),
            _ => return Err(words::not_understood()),
        });
        Ok(true)
    });
    seen.await?;
    if answers.len() == paths.len() { Ok(answers) } else { Err(words::not_understood()) }
}

fn check_whole(path: &str) -> Result<()> {
    if path.starts_with('/') { Ok(()) } else { Err(words::not_whole(&display_path(path.as_ref()))) }
}

/// An error of a shadow on this machine.
fn unwritten(shadow: &Path, source: std::io::Error) -> Error {
    file::failed(file::WRITE, shadow, source)
}

#[cfg(all(test, unix))]
#[allow(clippy::unwrap_used)]
mod tests;
