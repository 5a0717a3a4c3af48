//! Watches folders, and reports changes within a fraction of a second.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use notify_debouncer_full::notify::{self, EventKind, RecommendedWatcher, RecursiveMode};
use notify_debouncer_full::{DebounceEventResult, Debouncer, RecommendedCache, new_debouncer};
use tokio::sync::mpsc::UnboundedSender;

use crate::folder::{mark, scan};

/// How long changes are collected before a report.
const SETTLE: Duration = Duration::from_millis(200);
/// The most folders watched below a pipeline's folder: each takes one watch of the system.
const FOLDERS: usize = 400;

/// Watches folders, which may be missing and come back.
pub struct FolderWatch {
    watcher: Debouncer<RecommendedWatcher, RecommendedCache>,
    /// Each watched path, with the folders whose changes it reports.
    watched: Arc<Mutex<BTreeMap<PathBuf, BTreeSet<PathBuf>>>>,
    /// The mark of each watched path, as it was when its watch was set.
    marks: BTreeMap<PathBuf, Option<String>>,
}

impl FolderWatch {
    /// Calls `changed` with each folder that changed.
    pub fn new(changed: UnboundedSender<PathBuf>) -> notify::Result<FolderWatch> {
        let watched: Arc<Mutex<BTreeMap<PathBuf, BTreeSet<PathBuf>>>> = Arc::default();
        let known = watched.clone();
        let watcher = new_debouncer(SETTLE, None, move |result: DebounceEventResult| {
            let Ok(events) = result else { return };
            let known = known.lock().unwrap_or_else(PoisonError::into_inner);
            let paths = events
                .iter()
                .filter(|event| !matches!(event.kind, EventKind::Access(_)))
                .flat_map(|event| event.paths.iter());
            let mut folders: BTreeSet<&PathBuf> = BTreeSet::new();
            for path in paths {
                let near = [Some(path.as_path()), path.parent()];
                folders.extend(near.into_iter().flatten().filter_map(|path| known.get(path)).flatten());
            }
            for folder in folders {
                let _ = changed.send(folder.clone());
            }
        })?;
        Ok(FolderWatch { watcher, watched, marks: BTreeMap::new() })
    }

    /// Watches these folders and no others; a change in one of `linked` is reported as a change of `linking`. To be called
    /// again after each change, since a folder may have new folders in it.
    pub fn set(&mut self, folders: &[PathBuf], linking: &Path, linked: &[PathBuf]) {
        let mut wanted: BTreeMap<PathBuf, BTreeSet<PathBuf>> = BTreeMap::new();
        for folder in folders {
            for path in below(folder) {
                wanted.entry(path).or_default().insert(folder.clone());
            }
            // The nearest parent reports that a missing folder is back, or that a folder is gone.
            if let Some(parent) = folder.ancestors().skip(1).find(|parent| parent.is_dir()) {
                wanted.entry(parent.to_owned()).or_default().insert(folder.clone());
            }
        }
        for path in linked.iter().take(FOLDERS) {
            wanted.entry(path.clone()).or_default().insert(linking.to_owned());
        }
        self.watched.lock().unwrap_or_else(PoisonError::into_inner).clone_from(&wanted);
        let before = std::mem::take(&mut self.marks);
        for path in before.keys().filter(|path| !wanted.contains_key(*path)) {
            let _ = self.watcher.unwatch(path);
        }
        for path in wanted.into_keys() {
            let mark = mark::of(&path);
            let known = before.get(&path);
            // A watch that stays is not set again, which would miss changes in between. A folder that was removed and
            // created again has lost its watch without a report.
            let stays = known.is_some_and(|known| known.is_some() && *known == mark);
            if known.is_some() && !stays {
                let _ = self.watcher.unwatch(&path);
            }
            let is_watched = stays || self.watch(&path);
            self.marks.insert(path, mark.filter(|_| is_watched));
        }
    }

    fn watch(&mut self, path: &Path) -> bool {
        let watched = self.watcher.watch(path, RecursiveMode::NonRecursive);
        if let Err(error) = &watched {
            tracing::warn!(path = %path.display(), %error, "this folder is not watched");
        }
        watched.is_ok()
    }
}

/// A folder, and the folders in it that a scan would enter.
fn below(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut waiting = vec![folder.to_owned()];
    while let Some(dir) = waiting.pop() {
        if found.len() >= FOLDERS || !dir.is_dir() {
            continue;
        }
        for entry in fs::read_dir(&dir).into_iter().flatten().flatten() {
            let is_dir = entry.file_type().is_ok_and(|kind| kind.is_dir());
            if is_dir && scan::is_entered(&entry.file_name().to_string_lossy()) {
                waiting.push(entry.path());
            }
        }
        found.push(dir);
    }
    found
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::time::Instant;

    use tokio::sync::mpsc::unbounded_channel;

    use super::*;

    async fn reported(changes: &mut tokio::sync::mpsc::UnboundedReceiver<PathBuf>, folder: &Path) -> Duration {
        let began = Instant::now();
        let report = async { while changes.recv().await.unwrap() != folder {} };
        tokio::time::timeout(Duration::from_secs(3), report).await.expect("the change is reported");
        began.elapsed()
    }

    #[tokio::test]
    async fn a_new_notebook_is_reported_within_a_second() {
        let home = tempfile::tempdir().unwrap();
        let folder = home.path().canonicalize().unwrap().join("folder");
        fs::create_dir_all(folder.join("deep")).unwrap();
        let (changed, mut changes) = unbounded_channel();
        let mut watch = FolderWatch::new(changed).unwrap();
        watch.set(std::slice::from_ref(&folder), Path::new(""), &[]);
        fs::write(folder.join("deep/new.ipynb"), "{}").unwrap();
        assert!(reported(&mut changes, &folder).await < Duration::from_secs(1));
    }

    #[cfg(unix)]
    #[tokio::test]
    async fn a_change_behind_a_link_is_reported_for_the_folder_with_the_link() {
        let home = tempfile::tempdir().unwrap();
        let root = home.path().canonicalize().unwrap();
        let (kernels, elsewhere) = (root.join("kernels"), root.join("dotfiles/mine"));
        fs::create_dir_all(&elsewhere).unwrap();
        fs::create_dir(&kernels).unwrap();
        fs::write(elsewhere.join("kernel.json"), "{").unwrap();
        std::os::unix::fs::symlink(&elsewhere, kernels.join("mine")).unwrap();
        let linked = crate::kernelspec::read_whole(&kernels).files.linked;
        let (changed, mut changes) = unbounded_channel();
        let mut watch = FolderWatch::new(changed).unwrap();
        watch.set(std::slice::from_ref(&kernels), &kernels, &linked);
        fs::write(elsewhere.join("kernel.json"), "{}").unwrap();
        reported(&mut changes, &kernels).await;
    }

    #[tokio::test]
    async fn a_folder_that_disappears_and_comes_back_is_reported() {
        let home = tempfile::tempdir().unwrap();
        let folder = home.path().canonicalize().unwrap().join("folder");
        fs::create_dir(&folder).unwrap();
        let (changed, mut changes) = unbounded_channel();
        let mut watch = FolderWatch::new(changed).unwrap();
        watch.set(std::slice::from_ref(&folder), Path::new(""), &[]);
        fs::remove_dir_all(&folder).unwrap();
        reported(&mut changes, &folder).await;
        watch.set(std::slice::from_ref(&folder), Path::new(""), &[]);
        fs::create_dir(&folder).unwrap();
        reported(&mut changes, &folder).await;
        watch.set(std::slice::from_ref(&folder), Path::new(""), &[]);
        fs::write(folder.join("new.ipynb"), "{}").unwrap();
        reported(&mut changes, &folder).await;
    }
}
