//! The folders of the app's files on each platform.
//!
//! The crate `dirs` accepts a relative HOME, which would put settings and logs below the current folder. It also has no
//! folder for logs on macOS, and a test cannot give it another environment.

use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use crate::platform::others;
use crate::words::error::{Error, Result};
use crate::words::file as words;

/// The folders of the app's files.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AppDirs {
    /// Settings.
    pub config: PathBuf,
    /// Kernelspecs, and the copy that gateways see.
    pub data: PathBuf,
    /// Logs.
    pub state: PathBuf,
}

impl AppDirs {
    /// The folders of the person who runs this process.
    pub fn of_this_user() -> Result<AppDirs> {
        platform::places(&|name| std::env::var_os(name), std::env::home_dir)
    }

    /// Closes the app's folders to other users of the machine, even those that an earlier umask left open.
    pub fn close(&self) {
        for folder in [&self.config, &self.data, &self.state] {
            if let Err(error) = others::closed_folder(folder) {
                tracing::warn!(path = %folder.display(), %error, "the folder could not be closed to other users");
            }
        }
    }

    /// The folders of the other machines' cores.
    pub fn machines(&self) -> PathBuf {
        self.config.join("machines")
    }

    /// The folders of the core of another machine.
    pub fn of_machine(&self, name: &str) -> AppDirs {
        let own = |folder: &Path| folder.join("machines").join(name);
        AppDirs { config: own(&self.config), data: own(&self.data), state: own(&self.state) }
    }

    /// What is known here of a folder on another machine: its files without their outputs and data.
    pub fn shadow(&self, folder: &Path) -> PathBuf {
        let hash = Sha256::digest(folder.as_os_str().as_encoded_bytes());
        self.data.join("shadows").join(hex::encode(&hash[..6]))
    }

    /// The settings file.
    pub fn settings_file(&self) -> PathBuf {
        self.config.join("settings.json")
    }

    /// The kernels directory, which the user may edit.
    pub fn kernels_dir(&self) -> PathBuf {
        self.data.join("kernels")
    }

    /// The list of system calls, for engines that read it from a file.
    pub fn call_list(&self) -> PathBuf {
        self.data.join("seccomp.json")
    }

    /// The person's own extensions of JupyterLab's page.
    pub fn labextensions_dir(&self) -> PathBuf {
        self.data.join("labextensions")
    }

    /// The copy of a kernels directory that gateways see.
    pub fn kernels_of_gateways(&self, kernels_dir: &Path) -> PathBuf {
        let hash = Sha256::digest(kernels_dir.as_os_str().as_encoded_bytes());
        self.data.join("gateways").join(hex::encode(&hash[..6]))
    }

    /// Empty folders that are launched to test a kernelspec.
    pub fn tests_dir(&self) -> PathBuf {
        self.state.join("tests")
    }

    /// The kernelspec of a folder's environment, which the folder's gateway sees.
    pub fn kernels_of_folder(&self, id: &str) -> PathBuf {
        self.data.join("gateways").join("folders").join(safe_name(id))
    }

    /// What is known of images that were not made for kernels, which gateways see.
    pub fn images_of_gateways(&self) -> PathBuf {
        self.data.join("gateways").join("images")
    }

    /// The files with what is remembered of the folders' environments.
    pub fn environment_records(&self) -> PathBuf {
        self.data.join("environments")
    }

    /// What is remembered of a folder's environment.
    pub fn environment_record(&self, id: &str) -> PathBuf {
        self.environment_records().join(format!("{}.json", safe_name(id)))
    }

    /// The rate of the last download of packages.
    pub fn download_rate(&self) -> PathBuf {
        self.data.join("download-rate.json")
    }

    /// What is remembered of newer versions of the program.
    pub fn updates_record(&self) -> PathBuf {
        self.data.join("updates.json")
    }

    /// The logs of the app and of pulls and builds.
    pub fn logs_dir(&self) -> PathBuf {
        self.state.join("logs")
    }
}

/// The file with the texts of the licences, which `make licences` writes and the packages of the app install.
pub fn licences_file() -> Result<PathBuf> {
    let program = std::env::current_exe().and_then(|program| program.canonicalize()).unwrap_or_default();
    let found = licences_beside(&program).find(|file| file.is_file());
    found.ok_or(Error::NoLicences { program })
}

/// Where the packages of each system put the file, then where it is in a checkout.
fn licences_beside(program: &Path) -> impl Iterator<Item = PathBuf> + use<> {
    let folder = program.parent().unwrap_or(program).to_owned();
    let places = ["../share/doc/orchest-desktop", "../Resources", ".", "../licences"];
    places.into_iter().map(move |place| folder.join(place).join("THIRD_PARTY.txt"))
}

/// A text as a part of a file's name: letters and digits of ASCII, and `-` for all others.
pub(crate) fn safe_name(text: &str) -> String {
    text.chars().map(|letter| if letter.is_ascii_alphanumeric() { letter } else { '-' }).collect()
}

/// The first of these paths at which nothing is, not even a broken link. `None` if there is something at each.
pub(crate) fn first_free(mut paths: impl Iterator<Item = PathBuf>) -> Option<PathBuf> {
    paths.find(|path| path.symlink_metadata().is_err())
}

/// The PATH with the usual folders added at its end: a program started from the desktop may lack the shell's PATH.
pub(crate) fn of_programs(path: Option<OsString>) -> OsString {
    let usual: &[&str] = if cfg!(target_os = "macos") {
        &["/opt/homebrew/bin", "/usr/local/bin", "/usr/bin", "/bin"]
    } else if cfg!(unix) {
        &["/usr/local/bin", "/usr/bin", "/bin", "/snap/bin", "/var/lib/flatpak/exports/bin"]
    } else {
        &[]
    };
    let path = path.unwrap_or_default();
    let mut folders: Vec<_> = std::env::split_paths(&path).filter(|folder| !folder.as_os_str().is_empty()).collect();
    for folder in usual {
        if !folders.iter().any(|known| known.as_os_str() == OsStr::new(folder)) {
            folders.push(folder.into());
        }
    }
    std::env::join_paths(folders).unwrap_or(path)
}

/// The variables of an environment.
type Env<'a> = &'a dyn Fn(&str) -> Option<OsString>;

/// The home folder of the person who runs this process.
pub(crate) fn home() -> Result<PathBuf> {
    home_of(&|name| std::env::var_os(name), std::env::home_dir)
}

fn home_of(env: Env<'_>, known: impl FnOnce() -> Option<PathBuf>) -> Result<PathBuf> {
    const NAME: &str = if cfg!(windows) { "USERPROFILE" } else { "HOME" };
    let reason = match env(NAME).map(PathBuf::from) {
        Some(home) if home.is_absolute() => return Ok(home),
        Some(home) if home.as_os_str().is_empty() => words::home_empty(NAME),
        Some(home) => words::home_relative(NAME, &home),
        None => match known().filter(|home| home.is_absolute()) {
            Some(home) => return Ok(home),
            None => words::home_unknown(NAME),
        },
    };
    Err(Error::NoHome { name: NAME, reason })
}

/// A variable's path. `None` if it is not absolute.
#[cfg(not(target_os = "macos"))]
fn place(env: Env<'_>, name: &str) -> Option<PathBuf> {
    env(name).map(PathBuf::from).filter(|path| path.is_absolute())
}

/// The XDG base directory specification, version 0.8.
#[cfg(all(unix, not(target_os = "macos")))]
mod platform {
    use std::path::PathBuf;

    use super::{AppDirs, Env, Result, home_of, place};

    pub fn places(env: Env<'_>, known: impl Fn() -> Option<PathBuf>) -> Result<AppDirs> {
        let place = |name: &str, usual: &str| -> Result<PathBuf> {
            let base = place(env, name).map_or_else(|| home_of(env, &known).map(|home| home.join(usual)), Ok)?;
            Ok(base.join("orchest"))
        };
        Ok(AppDirs {
            config: place("XDG_CONFIG_HOME", ".config")?,
            data: place("XDG_DATA_HOME", ".local/share")?,
            state: place("XDG_STATE_HOME", ".local/state")?,
        })
    }
}

#[cfg(target_os = "macos")]
mod platform {
    use std::path::PathBuf;

    use super::{AppDirs, Env, Result, home_of};

    pub fn places(env: Env<'_>, known: impl Fn() -> Option<PathBuf>) -> Result<AppDirs> {
        let library = home_of(env, known)?.join("Library");
        let support = library.join("Application Support/Orchest");
        Ok(AppDirs { config: support.clone(), data: support, state: library.join("Logs/Orchest") })
    }
}

#[cfg(windows)]
mod platform {
    use std::path::PathBuf;

    use super::{AppDirs, Env, Result, home_of, place};

    pub fn places(env: Env<'_>, known: impl Fn() -> Option<PathBuf>) -> Result<AppDirs> {
        let place = |name: &str, usual: &str| -> Result<PathBuf> {
            let base = place(env, name).map_or_else(|| home_of(env, &known).map(|home| home.join(usual)), Ok)?;
            Ok(base.join("Orchest"))
        };
        let local = place("LOCALAPPDATA", "AppData\\Local")?;
        Ok(AppDirs { config: place("APPDATA", "AppData\\Roaming")?, data: local.clone(), state: local })
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[cfg(unix)]
    #[test]
    fn a_name_is_free_if_nothing_has_it_not_even_a_broken_link() {
        let folder = tempfile::tempdir().unwrap();
        let paths = || (1..=3).map(|n| folder.path().join(n.to_string()));
        std::fs::write(folder.path().join("1"), "").unwrap();
        assert_eq!(first_free(paths()), Some(folder.path().join("2")));
        std::os::unix::fs::symlink("/nowhere", folder.path().join("2")).unwrap();
        assert_eq!(first_free(paths()), Some(folder.path().join("3")));
        assert_eq!(first_free(paths().take(2)), None);
        assert_eq!(safe_name("orchest/kernel-r:1 ü"), "orchest-kernel-r-1--");
    }

    #[test]
    fn the_licences_are_found_beside_the_program_of_each_package() {
        let root = tempfile::tempdir().unwrap();
        for (program, file) in [
            ("usr/bin/orchest", "usr/share/doc/orchest-desktop/THIRD_PARTY.txt"),
            ("Orchest.app/Contents/MacOS/orchest", "Orchest.app/Contents/Resources/THIRD_PARTY.txt"),
            ("Orchest Desktop/orchest.exe", "Orchest Desktop/THIRD_PARTY.txt"),
            ("checkout/target/debug/orchest", "checkout/target/licences/THIRD_PARTY.txt"),
        ] {
            let (program, file) = (root.path().join(program), root.path().join(file));
            let found = || licences_beside(&program).find(|file| file.is_file());
            std::fs::create_dir_all(program.parent().unwrap()).unwrap();
            assert_eq!(found(), None);
            std::fs::create_dir_all(file.parent().unwrap()).unwrap();
            std::fs::write(&file, "").unwrap();
            assert_eq!(found().unwrap().canonicalize().unwrap(), file.canonicalize().unwrap());
        }
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn the_usual_folders_are_added_at_the_end_of_the_path() {
        assert_eq!(of_programs(None), "/usr/local/bin:/usr/bin:/bin:/snap/bin:/var/lib/flatpak/exports/bin");
        let path = of_programs(Some("/my/bin:/usr/bin".into()));
        assert!(path.to_string_lossy().starts_with("/my/bin:/usr/bin:/usr/local/bin"));
    }

    fn home_in(vars: &[(&str, &str)], known: Option<&str>) -> Result<PathBuf> {
        let env = |name: &str| vars.iter().find(|(known, _)| *known == name).map(|(_, value)| OsString::from(value));
        home_of(&env, || known.map(PathBuf::from))
    }

    #[cfg(unix)]
    #[test]
    fn the_home_comes_from_the_environment_or_else_from_the_system() {
        assert_eq!(home_in(&[("HOME", "/home/ada")], Some("/other")).unwrap(), PathBuf::from("/home/ada"));
        assert_eq!(home_in(&[], Some("/home/ada")).unwrap(), PathBuf::from("/home/ada"));
        for (vars, known, wanted) in [
            (&[("HOME", "ada")][..], Some("/home/ada"), "HOME is `ada`, which is not an absolute path"),
            (&[("HOME", "")], Some("/home/ada"), "HOME is empty"),
            (&[("HOME", "~")], None, "HOME is `~`"),
            (&[], None, "HOME is not set"),
            (&[], Some(""), "HOME is not set"),
        ] {
            let failure = home_in(vars, known).unwrap_err().failure();
            assert!(failure.message.contains(wanted) && failure.hint.contains("set HOME"), "{vars:?}: {failure:?}");
        }
    }

    #[cfg(all(unix, not(target_os = "macos")))]
    #[test]
    fn nothing_is_ever_kept_below_the_current_folder() {
        let ask = |vars: &[(&str, &str)]| {
            let env =
                |name: &str| vars.iter().find(|(known, _)| *known == name).map(|(_, value)| OsString::from(value));
            platform::places(&env, || None)
        };
        let all = [("XDG_CONFIG_HOME", "/c"), ("XDG_DATA_HOME", "/d"), ("XDG_STATE_HOME", "/s")];
        let places = ask(&all).unwrap();
        assert_eq!(
            (places.config, places.data, places.state),
            ("/c/orchest".into(), "/d/orchest".into(), "/s/orchest".into())
        );
        let places = ask(&[("HOME", "/h"), ("XDG_CONFIG_HOME", "c"), ("XDG_DATA_HOME", ""), all[2]]).unwrap();
        assert_eq!(places.config, PathBuf::from("/h/.config/orchest"), "one that is not absolute counts as none");
        assert_eq!((places.data, places.state), ("/h/.local/share/orchest".into(), "/s/orchest".into()));
        for vars in [&[][..], &all[..2], &[("HOME", "h")], &[("XDG_CONFIG_HOME", "c")]] {
            assert!(ask(vars).is_err(), "{vars:?}");
        }
    }
}
