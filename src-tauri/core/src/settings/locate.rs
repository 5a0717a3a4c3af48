//! Gives an entry of the list another folder, after a person moved or renamed it. Pure.

use std::path::Path;

use super::Settings;
use crate::words::error::{Error, Result};
use crate::words::folder as words;
use crate::words::names::display_path;

impl Settings {
    /// Gives the entry of one folder the path of another. The entry keeps its choices. It is an error if the other
    /// folder has an entry already, because one of the two would lose its choices.
    pub fn locate(&mut self, old: &Path, new: &Path) -> Result<()> {
        if old != new && self.folders.iter().any(|entry| entry.path == new) {
            return Err(words::listed(&display_path(new)));
        }
        let entry = self.folders.iter_mut().find(|entry| entry.path == old);
        let entry = entry.ok_or_else(|| Error::UnknownPipeline { id: display_path(old) })?;
        entry.path = new.to_owned();
        Ok(())
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use serde_json::json;

    use super::*;

    fn settings() -> Settings {
        serde_json::from_value(json!({
            "theme": "dark",
            "folders": [
                {"path": "/a", "pinned": true},
                {"path": "/b", "kernelspec": "r_docker", "pinned": true, "last_opened": 7, "from_a_newer_version": [1]},
                {"path": "/c"},
            ],
        }))
        .unwrap()
    }

    #[test]
    fn an_entry_keeps_its_place_and_its_choices() {
        let mut settings = settings();
        settings.locate(Path::new("/b"), Path::new("/moved/b")).unwrap();
        let written = serde_json::to_value(&settings).unwrap();
        let wanted = json!({
            "theme": "dark",
            "folders": [
                {"path": "/a", "pinned": true},
                {
                    "path": "/moved/b", "kernelspec": "r_docker", "pinned": true, "last_opened": 7,
                    "from_a_newer_version": [1],
                },
                {"path": "/c"},
            ],
        });
        assert_eq!(written, wanted);
    }

    #[test]
    fn a_folder_of_the_list_is_refused_and_nothing_changes() {
        let mut changed = settings();
        let refused = changed.locate(Path::new("/b"), Path::new("/c")).unwrap_err().failure();
        assert_eq!(refused.message, "The folder `/c` is in the list already");
        assert!(refused.hint.contains("remove"), "{refused:?}");
        assert_eq!(changed, settings());
    }

    #[test]
    fn a_folder_that_is_back_in_its_place_stays_as_it_is() {
        let mut changed = settings();
        changed.locate(Path::new("/b"), Path::new("/b")).unwrap();
        assert_eq!(changed, settings());
    }

    #[test]
    fn a_folder_without_an_entry_cannot_be_located() {
        let mut changed = settings();
        let refused = changed.locate(Path::new("/nowhere"), Path::new("/d")).unwrap_err();
        assert!(matches!(refused, Error::UnknownPipeline { .. }), "{refused}");
        assert_eq!(changed, settings());
    }
}
