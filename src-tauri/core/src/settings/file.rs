//! The settings: the folders, the kernelspec of each, and the person's choices. One JSON file that may be edited by hand:
//! it has only values that differ from the defaults, and unknown keys are kept.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File};
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::contract::choices::{Change, Limits, OnClose, Sort, Theme, is_default};
use crate::platform::{others, paths};
use crate::settings::place::KeptSecret;
use crate::settings::schema::{self, GATEWAY_MEMORY_MB, READY_WITHIN_S, Refused};
use crate::settings::{Place, Variable};
use crate::words::error::{Error, Result};
use crate::words::file as words;

/// The settings.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Settings {
    /// The folders in the list.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub folders: Vec<FolderEntry>,
    /// The colours of the window.
    #[serde(default, skip_serializing_if = "is_default")]
    pub theme: Theme,
    /// The zoom of the window; 1 by default.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub zoom: Option<f64>,
    /// The order of the list.
    #[serde(default, skip_serializing_if = "is_default")]
    pub sort: Sort,
    /// How long a launch has to become ready after its containers have started, seconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub launch_timeout_s: Option<u64>,
    /// An unused launch is stopped after this time, minutes; never by default.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub idle_stop_min: Option<f64>,
    /// The limits of a launch's containers.
    #[serde(default, skip_serializing_if = "is_default")]
    pub limits: Limits,
    /// The memory limit of a gateway, MB.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gateway_memory_mb: Option<u64>,
    /// Whether launches keep running when the window is closed; the window asks by default.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub on_close: Option<OnClose>,
    /// Opens the browser as soon as a launch is ready; `true` by default.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub open_when_ready: Option<bool>,
    /// Shows an icon in the system's tray, even when the window is closed.
    #[serde(default, skip_serializing_if = "is_default")]
    pub tray: bool,
    /// The address of the engine that the person picked, such as `unix:///run/user/1000/podman/podman.sock`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub engine: Option<String>,
    /// The places where launches can run other than on this machine alone, by name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub places: BTreeMap<String, Place>,
    /// What names the engine of another machine, in the settings of that machine's core alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub machine: Option<String>,
    /// The folder of the kernelspecs, instead of the default one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kernels_dir: Option<PathBuf>,
    /// The base image of the project's images, instead of the official one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub base_image: Option<String>,
    /// The registry where the project's images are looked for before they are built, such as `registry.example/orchest`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub images_registry: Option<String>,
    /// A file with certificate authorities for image builds and updates, in addition to the machine's own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ca_file: Option<PathBuf>,
    /// Whether newer versions of the program are looked for; the window asks by default.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub updates_check: Option<bool>,
    /// Where they are looked for, instead of the address that this program was built with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub updates_address: Option<String>,
    /// Keys that this version does not know.
    #[serde(flatten)]
    pub unknown: Map<String, Value>,
}

impl Settings {
    /// The variables of a folder's kernels.
    pub fn variables(&self, folder: &Path) -> BTreeMap<String, Variable> {
        let entry = self.folders.iter().find(|entry| entry.path == folder);
        entry.map(|entry| entry.variables.clone()).unwrap_or_default()
    }

    /// The names that secret values of all folders and places have where they are kept.
    pub fn secrets(&self) -> BTreeSet<String> {
        let all = self.folders.iter().flat_map(|entry| entry.variables.values());
        let item = |variable: &Variable| match variable {
            Variable::Secret(item) => Some(item.clone()),
            _ => None,
        };
        let tokens = self.places.values().filter_map(|place| match &place.token {
            Some(KeptSecret::Secret(item)) => Some(item.clone()),
            _ => None,
        });
        all.filter_map(item).chain(tokens).collect()
    }

    /// The place of a folder's launches, with its name; none is this machine.
    pub fn place_of(&self, folder: &Path) -> Option<(&str, &Place)> {
        let name = self.folders.iter().find(|entry| entry.path == folder)?.place.as_deref()?;
        self.places.get_key_value(name).map(|(name, place)| (name.as_str(), place))
    }

    /// The name of the place that a folder has, also of one that is not in the settings any more.
    pub fn place_name_of(&self, folder: &Path) -> Option<&str> {
        self.folders.iter().find(|entry| entry.path == folder)?.place.as_deref()
    }

    /// How long a launch may be idle. `None` if there is no limit.
    pub fn idle_limit(&self) -> Option<Duration> {
        let minutes = self.idle_stop_min.filter(|minutes| *minutes > 0.0)?;
        Duration::try_from_secs_f64(minutes * 60.0).ok()
    }

    /// How long a launch has to become ready after its containers have started.
    pub fn launch_timeout(&self) -> Duration {
        Duration::from_secs(self.launch_timeout_s.unwrap_or(READY_WITHIN_S))
    }

    /// The memory limit of a gateway, MB.
    pub fn gateway_memory_mb(&self) -> u64 {
        self.gateway_memory_mb.unwrap_or(GATEWAY_MEMORY_MB)
    }

    /// Changes one choice, if the value is valid.
    pub fn choose(&mut self, change: &Change) -> Result<(), Refused> {
        let (name, value) = change.named();
        schema::check(&name, &value)?;
        let mut all = to_map(self);
        match value {
            Value::Null => all.shift_remove(&name),
            value => all.insert(name, value),
        };
        if let Ok(chosen) = serde_json::from_value(Value::Object(all)) {
            *self = chosen;
        }
        Ok(())
    }
}

fn to_map(settings: &Settings) -> Map<String, Value> {
    match serde_json::to_value(settings) {
        Ok(Value::Object(map)) => map,
        _ => Map::new(),
    }
}

/// A folder in the list.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct FolderEntry {
    /// Its canonical path.
    pub path: PathBuf,
    /// Its kernelspec.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kernelspec: Option<String>,
    /// The place of its launches; none is this machine.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub place: Option<String>,
    /// Its kernelspec at that place.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub place_kernelspec: Option<String>,
    /// The variables of its kernels.
    #[serde(default, skip_serializing_if = "is_default")]
    pub variables: BTreeMap<String, Variable>,
    /// It stays on top of the list.
    #[serde(default, skip_serializing_if = "is_default")]
    pub pinned: bool,
    /// The time of its last launch or opening, milliseconds since the epoch.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_opened: Option<u64>,
    /// Keys that this version does not know.
    #[serde(flatten)]
    pub unknown: Map<String, Value>,
}

/// A settings file that could not be read and was renamed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SetAside {
    /// Its new name.
    pub moved_to: PathBuf,
    /// The reason.
    pub reason: String,
}

/// Reads the settings at the start. A missing file gives the defaults; a file that cannot be read is renamed. Invalid
/// values in it are ignored.
pub fn load(path: &Path) -> Result<(Settings, Vec<Refused>, Option<SetAside>)> {
    match read(path, &Settings::default()) {
        Ok((settings, refused)) => Ok((settings, refused, None)),
        Err(Error::SettingsBroken { reason, .. }) => {
            let moved_to = free_name(path);
            fs::rename(path, &moved_to).map_err(|error| words::failed(words::RENAME, path, error))?;
            Ok((Settings::default(), Vec::new(), Some(SetAside { moved_to, reason })))
        }
        Err(error) => Err(error),
    }
}

/// Reads the settings again. For an invalid value, the one from `before` stays. A file that cannot be read is an error
/// and is left as it is, since somebody is editing it.
pub fn read(path: &Path, before: &Settings) -> Result<(Settings, Vec<Refused>)> {
    let text = match fs::read(path) {
        Ok(text) => text,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok((Settings::default(), Vec::new())),
        Err(error) => return Err(words::failed(words::READ, path, error)),
    };
    sense(&text, before).map_err(|error| Error::SettingsBroken { path: path.to_owned(), reason: error.to_string() })
}

/// The settings in a text, and its invalid choices.
fn sense(text: &[u8], before: &Settings) -> serde_json::Result<(Settings, Vec<Refused>)> {
    let mut all: Map<String, Value> = serde_json::from_slice(text)?;
    let mut refused = Vec::new();
    let mut held = to_map(before);
    for name in schema::names() {
        match all.get(name) {
            None => {}
            Some(Value::Null) => drop(all.shift_remove(name)),
            Some(value) => {
                let Err(nonsense) = schema::check(name, value) else { continue };
                refused.push(nonsense);
                match held.shift_remove(name) {
                    Some(value) => drop(all.insert(name.to_owned(), value)),
                    None => drop(all.shift_remove(name)),
                }
            }
        }
    }
    Ok((serde_json::from_value(Value::Object(all))?, refused))
}

fn free_name(path: &Path) -> PathBuf {
    let name = |n: u32| path.with_file_name(format!("settings.broken-{n}.json"));
    paths::first_free((1..).map(name)).unwrap_or_else(|| name(0))
}

/// Changes the settings on disk. It reads them again first, so that two programs do not undo each other's changes. If
/// the change is refused or the file cannot be read, nothing is written.
pub fn update(
    path: &Path,
    before: &Settings,
    change: impl FnOnce(&mut Settings) -> Result<()>,
) -> Result<(Settings, Vec<Refused>)> {
    let folder = path.parent().unwrap_or(Path::new("."));
    others::closed_folder(folder).map_err(|error| words::failed(words::CREATE, folder, error))?;
    let lock_file = folder.join(".settings.lock");
    let lock = File::create(&lock_file).map_err(|error| words::failed(words::WRITE, &lock_file, error))?;
    lock.lock().map_err(|error| words::failed(words::LOCK, &lock_file, error))?;
    let (mut settings, mut refused) = read(path, before)?;
    let held = to_map(&settings);
    let places = settings.places.clone();
    change(&mut settings)?;
    // What is there is no list of places, and would be lost.
    if let Some(nonsense) = refused.iter().find(|refused| refused.name == "places" && settings.places != places) {
        return Err(nonsense.clone().into());
    }
    let mut all = to_map(&settings);
    refused.retain(|refused| all.get(&refused.name) == held.get(&refused.name));
    // Invalid values are for the person to correct: they are left as they are.
    for Refused { name, value, .. } in &refused {
        all.insert(name.clone(), value.clone());
    }
    save(path, &all).map_err(|error| words::failed(words::WRITE, path, error))?;
    Ok((settings, refused))
}

/// Writes all settings, or none.
fn save(path: &Path, settings: &Map<String, Value>) -> std::io::Result<()> {
    let folder = path.parent().unwrap_or(Path::new("."));
    // The library's errors name a temporary file, which means nothing to a person: the kind is enough.
    let made = tempfile::Builder::new().prefix(".settings-").tempfile_in(folder);
    let mut file = made.map_err(|error| error.kind())?;
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

    fn write(path: &Path, text: &str) {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    /// A change that cannot be refused.
    fn change(path: &Path, change: impl FnOnce(&mut Settings)) -> Settings {
        let changed = update(path, &Settings::default(), |settings| {
            change(settings);
            Ok(())
        });
        changed.unwrap().0
    }

    #[test]
    fn no_file_means_the_defaults_and_they_are_not_written() {
        let (_folder, path) = file();
        assert_eq!(load(&path).unwrap(), (Settings::default(), Vec::new(), None));
        change(&path, |_| {});
        assert_eq!(fs::read_to_string(&path).unwrap(), "{}\n");
    }

    #[test]
    fn unknown_keys_are_kept() {
        let (_folder, path) = file();
        write(&path, r#"{"colour":"dark","folders":[{"path":"/a","starred":true}]}"#);
        change(&path, |settings| settings.folders[0].kernelspec = Some("r".into()));
        let text = fs::read_to_string(&path).unwrap();
        for part in ["\"colour\": \"dark\"", "\"starred\": true", "\"kernelspec\": \"r\""] {
            assert!(text.contains(part), "{text}");
        }
    }

    #[test]
    fn a_choice_is_changed_and_reset_and_only_differences_are_written() {
        let (_folder, path) = file();
        let choose = |change: Change| {
            update(&path, &Settings::default(), |settings| settings.choose(&change).map_err(Error::from))
        };
        let kernel =
            crate::contract::choices::WantedLimit { cpus: Some(1.5), memory_mb: Some(2048.0), ..Default::default() };
        let limits =
            crate::contract::choices::WantedLimits { kernel, ..crate::contract::choices::WantedLimits::default() };
        for change in [Change::Theme(Theme::Dark), Change::LaunchTimeoutS(Some(90.0)), Change::Limits(limits)] {
            choose(change).unwrap();
        }
        let written: Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
        let wanted = serde_json::json!({
            "theme": "dark", "launch_timeout_s": 90, "limits": {"kernel": {"cpus": 1.5, "memory_mb": 2048}}
        });
        assert_eq!(written, wanted);

        let refused = choose(Change::LaunchTimeoutS(Some(1.0))).unwrap_err();
        assert!(refused.to_string().contains("`launch_timeout_s` cannot be `1`"), "{refused}");
        let unchanged: Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
        assert_eq!(unchanged, wanted, "a refused change changes nothing");

        for change in [Change::Theme(Theme::System), Change::LaunchTimeoutS(None), Change::Limits(Default::default())] {
            choose(change).unwrap();
        }
        assert_eq!(fs::read_to_string(&path).unwrap(), "{}\n");
    }

    #[test]
    fn an_invalid_choice_does_not_affect_the_others() {
        let (_folder, path) = file();
        write(&path, r#"{"theme":"purple","on_close":"stop","launch_timeout_s":null,"folders":[{"path":"/a"}]}"#);
        let (settings, refused, aside) = load(&path).unwrap();
        assert_eq!(
            (settings.theme, settings.on_close, settings.folders.len()),
            (Theme::System, Some(OnClose::Stop), 1)
        );
        assert_eq!(refused.iter().map(|refused| refused.name.as_str()).collect::<Vec<_>>(), ["theme"]);
        assert_eq!(aside, None);
        let before = Settings { theme: Theme::Dark, ..Settings::default() };
        assert_eq!(read(&path, &before).unwrap().0.theme, Theme::Dark, "it stays as it was");
        let text = || fs::read_to_string(&path).unwrap();
        change(&path, |settings| settings.on_close = None);
        assert!(text().contains("purple") && !text().contains("stop"), "it is for the person to correct: {}", text());
        let (_, left) = update(&path, &before, |settings| Ok(settings.choose(&Change::Theme(Theme::Light))?)).unwrap();
        assert!(left.is_empty() && text().contains("\"theme\": \"light\""), "{}", text());
    }

    #[test]
    fn a_broken_file_is_renamed_to_a_new_name_each_time() {
        let (_folder, path) = file();
        for (n, broken) in ["{\"folders\": [{\"pa", "[]", "{\"folders\": 7}"].into_iter().enumerate() {
            write(&path, broken);
            let (settings, _, aside) = load(&path).unwrap();
            let aside = aside.unwrap();
            assert_eq!(settings, Settings::default());
            assert_eq!(fs::read_to_string(&aside.moved_to).unwrap(), broken, "nothing of it is lost");
            assert!(aside.moved_to.ends_with(format!("settings.broken-{}.json", n + 1)));
            assert!(!path.exists());
        }
    }

    #[test]
    fn a_broken_file_that_somebody_edits_is_left_alone() {
        let (_folder, path) = file();
        let half = "{\"folders\": [{\"pa";
        write(&path, half);
        let read = read(&path, &Settings::default());
        assert!(matches!(read, Err(Error::SettingsBroken { .. })), "{read:?}");
        let update = update(&path, &Settings::default(), |_| Ok(()));
        assert!(matches!(update, Err(Error::SettingsBroken { .. })), "{update:?}");
        assert_eq!(fs::read_to_string(&path).unwrap(), half);
    }

    #[test]
    fn two_programs_do_not_undo_each_others_changes() {
        let (_folder, path) = file();
        let add = |name: &'static str| {
            let path = path.clone();
            std::thread::spawn(move || {
                for n in 0..20 {
                    let entry = FolderEntry { path: format!("/{name}{n}").into(), ..FolderEntry::default() };
                    change(&path, |settings| settings.folders.push(entry));
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
