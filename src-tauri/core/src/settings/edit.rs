//! Changes of the settings that commands make. Pure: `file::update` writes them.

use std::path::PathBuf;

use super::{FolderEntry, Place, Settings, Variable};
use crate::contract::choices::Change;
use crate::words::error::Result;
use crate::words::place;

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
    /// Picks the place of a folder's next launch; none is this machine.
    PickPlace {
        /// The folder.
        folder: PathBuf,
        /// The place's name.
        place: Option<String>,
    },
    /// Picks the kernelspec of a folder's next launch at its place.
    PickAtPlace {
        /// The folder.
        folder: PathBuf,
        /// The kernelspec's name.
        kernelspec: String,
    },
    /// Adds a place.
    AddPlace {
        /// Its name.
        name: String,
        /// The place.
        place: Box<Place>,
    },
    /// Removes a place. Its folders are launched on this machine then.
    RemovePlace(String),
    /// Pins a folder to the top of the list, or unpins it.
    Pin {
        /// The folder.
        folder: PathBuf,
        /// Whether it is pinned.
        pinned: bool,
    },
    /// Gives the kernels of a folder a variable, or takes it away. A folder that is not in the list is added.
    SetVariable {
        /// The folder.
        folder: PathBuf,
        /// The variable's name.
        name: String,
        /// The variable; none takes it away.
        variable: Option<Variable>,
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
            Edit::PickPlace { folder, place } => {
                Edit::Add(vec![folder.clone()]).apply(settings)?;
                entry(settings, &folder, &|entry| {
                    if entry.place != place {
                        entry.place = place.clone();
                        entry.place_kernelspec = None;
                    }
                });
            }
            Edit::PickAtPlace { folder, kernelspec } => {
                entry(settings, &folder, &|entry| entry.place_kernelspec = Some(kernelspec.clone()));
            }
            Edit::AddPlace { name, place } => {
                place.check(&name)?;
                if settings.places.contains_key(&name) {
                    return Err(place::taken(&name));
                }
                settings.places.insert(name, *place);
            }
            Edit::RemovePlace(name) => {
                settings.places.remove(&name);
                for entry in settings.folders.iter_mut().filter(|entry| entry.place.as_ref() == Some(&name)) {
                    entry.place = None;
                    entry.place_kernelspec = None;
                }
            }
            Edit::Pin { folder, pinned } => entry(settings, &folder, &|entry| entry.pinned = pinned),
            Edit::SetVariable { folder, name, variable: Some(variable) } => {
                Edit::Add(vec![folder.clone()]).apply(settings)?;
                entry(settings, &folder, &|entry| drop(entry.variables.insert(name.clone(), variable.clone())));
            }
            Edit::SetVariable { folder, name, variable: None } => {
                entry(settings, &folder, &|entry| drop(entry.variables.remove(&name)));
            }
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
    fn a_variable_is_set_and_taken_away_and_a_folder_that_gets_one_is_in_the_list() {
        let folder = PathBuf::from("/a");
        let mut settings = Settings::default();
        let mut set = |name: &str, variable: Option<&str>| {
            let variable = variable.map(|value| Variable::Plain(value.to_owned()));
            Edit::SetVariable { folder: folder.clone(), name: name.to_owned(), variable }.apply(&mut settings).unwrap();
            settings.folders.iter().flat_map(|entry| entry.variables.keys().cloned()).collect::<Vec<_>>()
        };
        assert_eq!(set("B", Some("1")), ["B"]);
        assert_eq!(set("A", Some("")), ["A", "B"]);
        assert_eq!(set("B", None), ["A"]);
        assert_eq!(set("A", None), Vec::<String>::new());
        assert_eq!(serde_json::to_string(&settings).unwrap(), r#"{"folders":[{"path":"/a"}]}"#);
    }

    #[test]
    fn an_invalid_choice_is_refused_and_changes_nothing() {
        let mut settings = Settings::default();
        assert!(Edit::Choose(Change::Zoom(Some(99.0))).apply(&mut settings).is_err());
        assert_eq!(settings, Settings::default());
    }
}
