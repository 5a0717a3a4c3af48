//! What Docker cannot know: the folders, the kernelspec picked for each, and a few choices. One JSON file, which
//! may be edited by hand: only what differs from the defaults is in it, and what is not understood is kept.

use std::fs::{self, File};
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use ts_rs::TS;

use crate::error::{Error, Result};

/// The settings.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Settings {
    /// The folders in the list.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub folders: Vec<FolderEntry>,
    /// How long a launch has to become usable once its containers run, seconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub launch_timeout_s: Option<u64>,
    /// The base image that the project's images are built from, instead of the official one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub base_image: Option<String>,
    /// A file with certificate authorities for image builds, beside the machine's own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ca_file: Option<PathBuf>,
    /// A launch that nobody has used for this long is stopped, minutes; never where this is not set.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub idle_stop_min: Option<f64>,
    /// What becomes of launches when the window is closed; the person is asked where this is not set.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub on_close: Option<OnClose>,
    /// What a newer version, or a person, put there.
    #[serde(flatten)]
    pub unknown: Map<String, Value>,
}

impl Settings {
    /// How long a launch may be idle; none where it may for ever, or where what stands there makes no sense.
    pub fn idle_limit(&self) -> Option<Duration> {
        let minutes = self.idle_stop_min.filter(|minutes| *minutes > 0.0)?;
        Duration::try_from_secs_f64(minutes * 60.0).ok()
    }
}

/// What becomes of launches when the window is closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum OnClose {
    /// They run on, and are shown when the window is opened again.
    Keep,
    /// They are stopped.
    Stop,
}

/// A folder in the list.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct FolderEntry {
    /// Its canonical path.
    pub path: PathBuf,
    /// The kernelspec that was picked for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kernelspec: Option<String>,
    /// What a newer version, or a person, put there.
    #[serde(flatten)]
    pub unknown: Map<String, Value>,
}

/// A settings file that could not be understood, and was kept under another name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SetAside {
    /// Its new name.
    pub moved_to: PathBuf,
    /// Why.
    pub reason: String,
}

/// Reads the settings. A file that is not there gives the defaults; one that cannot be understood is set aside.
pub fn load(path: &Path) -> Result<(Settings, Option<SetAside>)> {
    let io = |what: &str, source| Error::Io { what: what.to_owned(), path: path.to_owned(), source };
    let text = match fs::read(path) {
        Ok(text) => text,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok((Settings::default(), None)),
        Err(error) => return Err(io("read", error)),
    };
    match serde_json::from_slice(&text) {
        Ok(settings) => Ok((settings, None)),
        Err(error) => {
            let moved_to = free_name(path);
            fs::rename(path, &moved_to).map_err(|error| io("set aside", error))?;
            Ok((Settings::default(), Some(SetAside { moved_to, reason: error.to_string() })))
        }
    }
}

fn free_name(path: &Path) -> PathBuf {
    let name = |n: u32| path.with_file_name(format!("settings.broken-{n}.json"));
    (1..).map(name).find(|name| !name.exists()).unwrap_or_else(|| name(0))
}

/// Changes the settings on disk: reads them anew first, so that two programs do not undo each other's changes.
pub fn update(path: &Path, change: impl FnOnce(&mut Settings)) -> Result<Settings> {
    let io = |what: &str, path: &Path, source| Error::Io { what: what.to_owned(), path: path.to_owned(), source };
    let folder = path.parent().unwrap_or(Path::new("."));
    fs::create_dir_all(folder).map_err(|error| io("create", folder, error))?;
    let lock_file = folder.join(".settings.lock");
    let lock = File::create(&lock_file).map_err(|error| io("write", &lock_file, error))?;
    lock.lock().map_err(|error| io("lock", &lock_file, error))?;
    let (mut settings, _) = load(path)?;
    change(&mut settings);
    save(path, &settings).map_err(|error| io("write", path, error))?;
    Ok(settings)
}

/// Writes the settings whole or not at all.
fn save(path: &Path, settings: &Settings) -> std::io::Result<()> {
    let folder = path.parent().unwrap_or(Path::new("."));
    let mut file = tempfile::Builder::new().prefix(".settings-").tempfile_in(folder)?;
    serde_json::to_writer_pretty(&mut file, settings)?;
    file.write_all(b"\n")?;
    file.as_file().sync_all()?;
    file.persist(path).map(drop).map_err(|error| error.error)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn file() -> (tempfile::TempDir, PathBuf) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("deep/settings.json");
        (folder, path)
    }

    #[test]
    fn no_file_means_the_defaults_and_they_are_not_written() {
        let (_folder, path) = file();
        assert_eq!(load(&path).unwrap(), (Settings::default(), None));
        update(&path, |_| {}).unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "{}\n");
    }

    #[test]
    fn what_is_not_understood_is_kept() {
        let (_folder, path) = file();
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, r#"{"theme":"dark","folders":[{"path":"/a","pinned":true}]}"#).unwrap();
        update(&path, |settings| settings.folders[0].kernelspec = Some("r".into())).unwrap();
        let text = fs::read_to_string(&path).unwrap();
        for part in ["\"theme\": \"dark\"", "\"pinned\": true", "\"kernelspec\": \"r\""] {
            assert!(text.contains(part), "{text}");
        }
    }

    #[test]
    fn a_broken_file_is_set_aside_under_a_new_name_each_time() {
        let (_folder, path) = file();
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        for (n, broken) in ["{\"folders\": [{\"pa", "[]", "{\"folders\": 7}"].into_iter().enumerate() {
            fs::write(&path, broken).unwrap();
            let (settings, aside) = load(&path).unwrap();
            let aside = aside.unwrap();
            assert_eq!(settings, Settings::default());
            assert_eq!(fs::read_to_string(&aside.moved_to).unwrap(), broken, "nothing of it is lost");
            assert!(aside.moved_to.ends_with(format!("settings.broken-{}.json", n + 1)));
            assert!(!path.exists());
        }
    }

    #[test]
    fn two_programs_do_not_undo_each_others_changes() {
        let (_folder, path) = file();
        let add = |name: &'static str| {
            let path = path.clone();
            std::thread::spawn(move || {
                for n in 0..20 {
                    let entry = FolderEntry { path: format!("/{name}{n}").into(), ..FolderEntry::default() };
                    update(&path, |settings| settings.folders.push(entry)).unwrap();
                }
            })
        };
        let (one, other) = (add("a"), add("b"));
        one.join().unwrap();
        other.join().unwrap();
        assert_eq!(load(&path).unwrap().0.folders.len(), 40);
        let left = fs::read_dir(path.parent().unwrap()).unwrap().count();
        assert_eq!(left, 2, "the file and its lock; no temporary one");
    }
}
