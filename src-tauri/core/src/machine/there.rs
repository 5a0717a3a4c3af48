//! What a core knows of the machine that its engine is on.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};

use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use crate::contract::machine::{FolderThere, FoldersThere};
use crate::engine::remote::{self, Way};
use crate::engine::{self, Engine, ProcessEnv};
use crate::folder::afar::{self, Found, Looking};
use crate::machine::list::Machine;
use crate::words::error::{Error, Result};

/// The machine of a core, and the folders that were seen there.
#[derive(Debug)]
pub struct There {
    machine: Machine,
    /// None for one that is gone.
    found: Mutex<HashMap<PathBuf, Option<Found>>>,
    carries: AtomicBool,
    follows: AtomicBool,
    /// The folders to be followed, in a process that stays.
    followed: watch::Sender<Vec<PathBuf>>,
    /// This machine's own engine, whose images the other one may get.
    here: Mutex<Option<Engine>>,
    /// The machine was removed: nothing of it is looked at any more.
    left: CancellationToken,
}

impl There {
    /// Nothing is known of it yet.
    pub fn new(machine: Machine) -> There {
        There {
            machine,
            found: Mutex::default(),
            carries: AtomicBool::new(false),
            follows: AtomicBool::new(false),
            followed: watch::Sender::default(),
            here: Mutex::default(),
            left: CancellationToken::new(),
        }
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.machine.name
    }

    /// The owner of launches there: the same person has the same name on each of their desktops. `here`: the name on this
    /// machine.
    pub fn owner(&self, around: &ProcessEnv, here: &str) -> String {
        let person = here.split('@').next().unwrap_or(here);
        match remote::resolve(around, &self.machine.engine).map(|remote| remote.way) {
            Ok(Way::Ssh(ssh)) => format!("{}@{}", ssh.user.as_deref().unwrap_or(person), ssh.host),
            Ok(Way::Port(port)) => format!("{person}@{}", port.host),
            Err(_) => here.to_owned(),
        }
    }

    /// Connects to its engine.
    ///
    /// # Errors
    /// As `engine::remote::connect`.
    pub async fn connect(&self, around: &ProcessEnv) -> Result<Engine> {
        let remote = remote::resolve(around, &self.machine.engine)?;
        let chosen = self.machine.engine_here();
        let here = engine::find_chosen(around, chosen.as_deref());
        let (there, here) = tokio::join!(remote::connect(&remote, around), here);
        // Without one, images are pulled or built there.
        *self.here.lock().unwrap_or_else(PoisonError::into_inner) = here.ok();
        there.map(|engine| engine.with_ways_in(self.machine.dirs.state.join("ways")))
    }

    /// This machine's own engine, as it was found with the other one's.
    pub fn here(&self) -> Option<Engine> {
        self.here.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// From now on folders are followed, and servers are carried.
    pub fn stay(&self) {
        self.carry();
        self.follows.store(true, Ordering::Relaxed);
        self.followed.send_modify(|_| {});
    }

    /// From now on servers are carried: open pages reach them.
    pub fn carry(&self) {
        self.carries.store(true, Ordering::Relaxed);
    }

    /// Ends what looks at it.
    pub fn leave(&self) {
        self.left.cancel();
    }

    /// Does work until the machine is left.
    pub async fn until_left(&self, work: impl Future<Output = ()>) {
        let _ = self.left.run_until_cancelled(work).await;
    }

    /// Whether folders are followed.
    pub fn follows(&self) -> bool {
        self.follows.load(Ordering::Relaxed)
    }

    /// Whether servers are carried.
    pub fn carries(&self) -> bool {
        self.carries.load(Ordering::Relaxed)
    }

    /// Where this machine has what it knows of the folder's files.
    pub fn shadow(&self, folder: &Path) -> PathBuf {
        self.machine.dirs.shadow(folder)
    }

    /// The folder as it was seen last.
    pub fn found(&self, folder: &Path) -> Option<Found> {
        self.found.lock().unwrap_or_else(PoisonError::into_inner).get(folder).cloned().flatten()
    }

    /// Remembers how a folder was seen: as it is, or why it was not.
    pub fn saw(&self, folder: &Path, seen: &Result<Found>) {
        let mut known = self.found.lock().unwrap_or_else(PoisonError::into_inner);
        match seen {
            Ok(found) => drop(known.insert(folder.to_owned(), Some(found.clone()))),
            Err(Error::Folder { .. }) => drop(known.insert(folder.to_owned(), None)),
            // An engine that does not answer says nothing about the folder.
            Err(_) => drop(known.remove(folder)),
        }
    }

    /// Whether the folder was looked for, and is not there.
    pub fn is_gone(&self, folder: &Path) -> bool {
        matches!(self.found.lock().unwrap_or_else(PoisonError::into_inner).get(folder), Some(None))
    }

    /// Finds a folder there.
    ///
    /// # Errors
    /// There is none, or it cannot be used.
    pub async fn find(&self, engine: &Engine, looking: &Looking, path: &Path) -> Result<Found> {
        let found = afar::find(engine, looking, &path.to_string_lossy()).await?;
        let path = found.path.clone();
        let found = Ok(found);
        self.saw(&path, &found);
        found
    }

    /// The folders in a folder there.
    ///
    /// # Errors
    /// There is none, or it cannot be read.
    pub async fn folders(&self, engine: &Engine, looking: &Looking, path: &str) -> Result<FoldersThere> {
        let listed = afar::list(engine, looking, path).await?;
        let folders = listed.folders.into_iter();
        let folders = folders.map(|folder| FolderThere { name: folder.name, has_notebooks: folder.notebooks });
        Ok(FoldersThere { path: listed.path, folders: folders.collect(), truncated: listed.truncated })
    }

    /// Brings what is known here of a folder up to date.
    ///
    /// # Errors
    /// The folder is gone, or cannot be read.
    pub async fn bring(&self, engine: &Engine, looking: &Looking, folder: &Path) -> Result<Found> {
        let brought = afar::copy(engine, looking, folder, &self.shadow(folder)).await;
        self.saw(folder, &brought);
        brought
    }

    /// Follows these folders from now on, and no others.
    pub fn follow(&self, folders: Vec<PathBuf>) {
        self.followed.send_if_modified(|known| std::mem::replace(known, folders.clone()) != folders);
    }

    /// The folders to be followed.
    pub fn followed(&self) -> watch::Receiver<Vec<PathBuf>> {
        self.followed.subscribe()
    }
}
