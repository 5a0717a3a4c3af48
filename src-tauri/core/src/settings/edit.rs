//! Changes of the settings that commands make. Pure: `file::update` writes them.

use std::path::PathBuf;

use super::{FolderEntry, Settings};
use crate::contract::choices::Change;
use crate::words::error::Result;

/// One change of the settings.
#[derive(Clone, Debug, PartialEq)]
pub enum Edit {
    /// Adds folders. A folder that is in the list stays as it is.
    Add(Vec<PathBuf>),
    /// Gives an entry another folder.
    Locate {
        /// The entry's folder.
        folder: PathBuf,
        /// The folder that it gets.
        to: PathBuf,
    },
    /// Takes a folder off the list.
    Remove(PathBuf),
    /// Picks the kernelspec of a folder's next launch.
    Pick {
        /// The folder.
        folder: PathBuf,
        /// The kernelspec's name.
        kernelspec: String,
    },
    /// Pins a folder to the top of the list, or unpins it.
    Pin {
        /// The folder.
        folder: PathBuf,
        /// Whether it is pinned.
        pinned: bool,
    },
    /// Remembers when a folder was launched or opened.
    Opened {
        /// The folder.
        folder: PathBuf,
        /// The time, milliseconds since the epoch.
        at: u64,
    },
    /// Changes one choice.
    Choose(Change),
}

impl Edit {
    /// Applies the change, if its value is valid.
    pub fn apply(self, settings: &mut Settings) -> Result<()> {
        let entry = |settings: &mut Settings, folder: &PathBuf, change: &dyn Fn(&mut FolderEntry)| {
            settings.folders.iter_mut().filter(|entry| entry.path == *folder).for_each(change);
        };
        match self {
            Edit::Add(folders) => {
                for path in folders {
                    if !settings.folders.iter().any(|entry| entry.path == path) {
                        settings.folders.push(FolderEntry { path, ..FolderEntry::default() });
                    }
                }
            }
            Edit::Locate { folder, to } => settings.locate(&folder, &to)?,
            Edit::Remove(folder) => settings.folders.retain(|entry| entry.path != folder),
            Edit::Pick { folder, kernelspec } => {
                entry(settings, &folder, &|entry| entry.kernelspec = Some(kernelspec.clone()));
            }
            Edit::Pin { folder, pinned } => entry(settings, &folder, &|entry| entry.pinned = pinned),
            Edit::Opened { folder, at } => entry(settings, &folder, &|entry| entry.last_opened = Some(at)),
            Edit::Choose(change) => settings.choose(&change)?,
        }
        Ok(())
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn each_edit_changes_the_entry_of_its_folder_alone() {
        let [a, b] = ["/a", "/b"].map(PathBuf::from);
        let mut settings = Settings::default();
        for edit in [
            Edit::Add(vec![a.clone(), b.clone()]),
            Edit::Pin { folder: a.clone(), pinned: true },
            Edit::Add(vec![a.clone()]),
            Edit::Pick { folder: b.clone(), kernelspec: "r".to_owned() },
            Edit::Opened { folder: b.clone(), at: 7 },
        ] {
            edit.apply(&mut settings).unwrap();
        }
        let [first, second] = settings.folders.as_slice() else { panic!("{:?}", settings.folders) };
        assert_eq!((&first.path, first.pinned, first.kernelspec.as_deref(), first.last_opened), (&a, true, None, None));
        assert_eq!((&second.path, second.kernelspec.as_deref(), second.last_opened), (&b, Some("r"), Some(7)));
        Edit::Remove(a).apply(&mut settings).unwrap();
        assert_eq!(settings.folders.len(), 1);
    }

    #[test]
    fn an_invalid_choice_is_refused_and_changes_nothing() {
        let mut settings = Settings::default();
        assert!(Edit::Choose(Change::Zoom(Some(99.0))).apply(&mut settings).is_err());
        assert_eq!(settings, Settings::default());
    }
}
