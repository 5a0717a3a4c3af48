//! The machines that a person has added. Each is a folder with the settings of its core; the settings name its engine.

use std::fs;
use std::path::Path;

use crate::engine::ProcessEnv;
use crate::engine::remote;
use crate::platform::keychain::Keychain;
use crate::platform::paths::AppDirs;
use crate::platform::user;
use crate::settings::place::check_name;
use crate::settings::{self, Settings};
use crate::words::error::Result;
use crate::words::{file, machine as words};

/// Another machine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Machine {
    /// Its name, which the person gave it.
    pub name: String,
    /// What names its engine: an address, a context, or a host of ssh.
    pub engine: String,
    /// The folders of its core on this machine.
    pub dirs: AppDirs,
}

impl Machine {
    /// The engine that the person picked on this machine.
    pub(super) fn engine_here(&self) -> Option<String> {
        let here = self.dirs.config.parent()?.parent()?.join("settings.json");
        settings::read(&here, &Settings::default()).ok()?.0.engine
    }
}

/// The machines, by name. A folder without settings that name an engine is none.
pub fn all(dirs: &AppDirs) -> Vec<Machine> {
    let entries = fs::read_dir(dirs.machines()).into_iter().flatten().flatten();
    let names = entries.filter_map(|entry| entry.file_name().into_string().ok());
    let mut found: Vec<_> = names.filter_map(|name| read(dirs, &name)).collect();
    found.sort_by(|a, b| a.name.cmp(&b.name));
    found
}

/// The machine of this name.
///
/// # Errors
/// There is none.
pub fn named(dirs: &AppDirs, name: &str) -> Result<Machine> {
    let known = || all(dirs).into_iter().map(|machine| machine.name).collect::<Vec<_>>();
    check_name(name).ok().and_then(|()| read(dirs, name)).ok_or_else(|| words::unknown(name, &known()))
}

fn read(dirs: &AppDirs, name: &str) -> Option<Machine> {
    let dirs = dirs.of_machine(name);
    let (settings, _) = settings::read(&dirs.settings_file(), &Settings::default()).ok()?;
    Some(Machine { name: name.to_owned(), engine: settings.machine?, dirs })
}

/// Adds a machine. Its core begins with the choices of this machine's, and with its kernelspecs.
///
/// # Errors
/// The name is none or taken, nothing can be at this address, or the settings cannot be written.
pub fn add(dirs: &AppDirs, around: &ProcessEnv, name: &str, engine: &str) -> Result<Machine> {
    check_name(name)?;
    remote::resolve(around, engine)?;
    let (here, _) = settings::read(&dirs.settings_file(), &Settings::default())?;
    if here.places.contains_key(name) || read(dirs, name).is_some() {
        return Err(crate::words::place::taken(name));
    }
    let kernels = here.kernels_dir.clone().unwrap_or_else(|| dirs.kernels_dir());
    let begin = Settings {
        machine: Some(engine.to_owned()),
        kernels_dir: Some(kernels),
        engine: None,
        folders: Vec::new(),
        places: Default::default(),
        unknown: Default::default(),
        ..here
    };
    let own = dirs.of_machine(name);
    settings::update(&own.settings_file(), &begin, |settings| {
        *settings = begin.clone();
        Ok(())
    })?;
    Ok(Machine { name: name.to_owned(), engine: engine.to_owned(), dirs: own })
}

/// Whether this is a folder on another machine: `ssh://HOST/path`.
pub fn is_address(text: &str) -> bool {
    text.starts_with("ssh://")
}

/// The machine and the path of `ssh://USER@HOST/path`.
///
/// # Errors
/// It is no such address, or the machine is not known.
pub fn at_address(dirs: &AppDirs, address: &str) -> Result<(Machine, String)> {
    let (host, path) = parts(address)?;
    Ok((of_host(dirs, host).map_or_else(|| named(dirs, host), Ok)?, format!("/{path}")))
}

/// The same for a launch: a machine that is not known yet is added, by the name of its host.
///
/// # Errors
/// It is no such address, or the machine cannot be added.
pub fn at_new_address(dirs: &AppDirs, around: &ProcessEnv, address: &str) -> Result<(Machine, String)> {
    let (host, path) = parts(address)?;
    let name = host.rsplit('@').next().unwrap_or(host).split(':').next().unwrap_or(host);
    let machine = of_host(dirs, host).map_or_else(|| add(dirs, around, name, &format!("ssh://{host}")), Ok)?;
    Ok((machine, format!("/{path}")))
}

fn parts(address: &str) -> Result<(&str, &str)> {
    let parts = address.strip_prefix("ssh://").unwrap_or(address).split_once('/');
    parts.filter(|(host, path)| !host.is_empty() && !path.is_empty()).ok_or_else(|| words::no_folder(address))
}

/// The machine at this host. A name is enough for one that was added by another address.
fn of_host(dirs: &AppDirs, host: &str) -> Option<Machine> {
    let known = all(dirs);
    let at = known.iter().find(|machine| machine.engine == format!("ssh://{host}"));
    at.or_else(|| known.iter().find(|machine| machine.name == host)).cloned()
}

/// Removes a machine: its list of folders, and what is remembered of them here. Nothing on the machine itself changes.
///
/// # Errors
/// A file cannot be removed.
pub fn remove(machine: &Machine) -> Result<()> {
    let known = settings::read(&machine.dirs.settings_file(), &Settings::default());
    let keychain = Keychain::of_this_process(user::of_this_process("").test.is_some());
    for item in known.map(|(settings, _)| settings.secrets()).unwrap_or_default() {
        keychain.forget(&item);
    }
    let AppDirs { config, data, state } = &machine.dirs;
    for folder in [config, data, state] {
        gone(folder)?;
    }
    Ok(())
}

fn gone(folder: &Path) -> Result<()> {
    match fs::remove_dir_all(folder) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(file::failed(file::REMOVE, folder, error)),
        _ => Ok(()),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn here() -> (tempfile::TempDir, AppDirs, ProcessEnv) {
        let home = tempfile::tempdir().unwrap();
        let place = |name: &str| home.path().join(name);
        let dirs = AppDirs { config: place("config"), data: place("data"), state: place("state") };
        let around = ProcessEnv { env: Default::default(), home: home.path().to_owned() };
        (home, dirs, around)
    }

    #[test]
    fn a_machine_begins_with_the_choices_of_this_one_and_without_its_folders() {
        let (_home, dirs, around) = here();
        settings::update(&dirs.settings_file(), &Settings::default(), |settings| {
            settings.idle_stop_min = Some(30.0);
            settings.engine = Some("unix:///run/docker.sock".to_owned());
            settings.folders = vec![settings::FolderEntry { path: "/home/ada/notes".into(), ..Default::default() }];
            Ok(())
        })
        .unwrap();
        let added = add(&dirs, &around, "rack", "ssh://ada@rack").unwrap();
        assert_eq!(all(&dirs), std::slice::from_ref(&added));
        assert_eq!(named(&dirs, "rack").unwrap(), added);
        let (begun, refused) = settings::read(&added.dirs.settings_file(), &Settings::default()).unwrap();
        assert_eq!((begun.idle_stop_min, begun.engine, begun.folders, refused), (Some(30.0), None, vec![], vec![]));
        assert_eq!(begun.kernels_dir, Some(dirs.kernels_dir()));
        let taken = add(&dirs, &around, "rack", "ssh://other").unwrap_err().failure();
        assert!(taken.message.contains("rack"), "{taken:?}");
        remove(&added).unwrap();
        assert_eq!(all(&dirs), []);
        assert!(named(&dirs, "rack").is_err());
    }

    #[test]
    fn only_a_launch_adds_the_machine_of_an_address() {
        let (_home, dirs, around) = here();
        assert!(at_address(&dirs, "ssh://ada@rack/home/ada").is_err() && at_address(&dirs, "ssh://rack").is_err());
        assert_eq!(all(&dirs), []);
        let (added, path) = at_new_address(&dirs, &around, "ssh://ada@rack/home/ada").unwrap();
        assert_eq!((added.name.as_str(), path.as_str()), ("rack", "/home/ada"));
        for address in ["ssh://ada@rack/x", "ssh://rack/x"] {
            assert_eq!(at_address(&dirs, address).unwrap(), (added.clone(), "/x".to_owned()));
        }
    }

    #[test]
    fn a_name_or_an_address_that_cannot_be_is_refused() {
        let (_home, dirs, around) = here();
        for (name, engine) in [("../x", "ssh://rack"), ("this-machine", "ssh://rack"), ("rack", "ftp://rack")] {
            assert!(add(&dirs, &around, name, engine).is_err(), "{name} {engine}");
        }
        assert!(named(&dirs, "../../etc").is_err());
        assert_eq!(all(&dirs), []);
    }
}
