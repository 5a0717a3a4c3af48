//! Where files live on each platform.

use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

/// Where the app's files live.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Places {
    /// Settings.
    pub config: PathBuf,
    /// Kernelspecs, and what gateways see of them.
    pub data: PathBuf,
    /// Logs.
    pub state: PathBuf,
}

impl Places {
    /// Those of the person who runs this process; below the current folder where they have no home.
    pub fn of_this_user() -> Places {
        platform::places()
    }

    /// The one file with all that Docker cannot know.
    pub fn settings_file(&self) -> PathBuf {
        self.config.join("settings.json")
    }

    /// The kernels directory, which the user may edit.
    pub fn kernels_dir(&self) -> PathBuf {
        self.data.join("kernels")
    }

    /// The copy that gateways see of a kernels directory.
    pub fn kernels_of_gateways(&self, kernels_dir: &Path) -> PathBuf {
        let hash = Sha256::digest(kernels_dir.as_os_str().as_encoded_bytes());
        let name: String = hash.iter().take(6).map(|byte| format!("{byte:02x}")).collect();
        self.data.join("gateways").join(name)
    }

    /// The app's own log, and those of pulls and builds.
    pub fn logs_dir(&self) -> PathBuf {
        self.state.join("logs")
    }
}

/// A program started from the desktop may lack the shell's PATH: the usual folders are added behind it.
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

fn env(name: &str) -> Option<PathBuf> {
    std::env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute())
}

/// The XDG base directory specification, version 0.8.
#[cfg(all(unix, not(target_os = "macos")))]
mod platform {
    use std::path::PathBuf;

    use super::{Places, env};

    pub fn places() -> Places {
        let home = env("HOME").unwrap_or_default();
        let place =
            |name: &str, usual: &str| -> PathBuf { env(name).unwrap_or_else(|| home.join(usual)).join("orchest") };
        Places {
            config: place("XDG_CONFIG_HOME", ".config"),
            data: place("XDG_DATA_HOME", ".local/share"),
            state: place("XDG_STATE_HOME", ".local/state"),
        }
    }
}

#[cfg(target_os = "macos")]
mod platform {
    use super::{Places, env};

    pub fn places() -> Places {
        let library = env("HOME").unwrap_or_default().join("Library");
        let support = library.join("Application Support/Orchest");
        Places { config: support.clone(), data: support, state: library.join("Logs/Orchest") }
    }
}

#[cfg(windows)]
mod platform {
    use super::{Places, env};

    pub fn places() -> Places {
        let local = env("LOCALAPPDATA").unwrap_or_default().join("Orchest");
        Places { config: env("APPDATA").unwrap_or_default().join("Orchest"), data: local.clone(), state: local }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(target_os = "linux")]
    #[test]
    fn the_usual_folders_are_added_behind_what_is_there() {
        assert_eq!(of_programs(None), "/usr/local/bin:/usr/bin:/bin:/snap/bin:/var/lib/flatpak/exports/bin");
        let path = of_programs(Some("/my/bin:/usr/bin".into()));
        assert!(path.to_string_lossy().starts_with("/my/bin:/usr/bin:/usr/local/bin"));
    }
}
