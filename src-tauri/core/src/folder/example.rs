//! The shipped example, copied into a folder of the person's choice, so that they can change it.

use std::path::{Path, PathBuf};

use include_dir::{Dir, include_dir};

use crate::platform::paths;
use crate::words::error::Result;
use crate::words::file;

static EXAMPLE: Dir = include_dir!("$CARGO_MANIFEST_DIR/../../etc/examples/sunflowers");
const NAME: &str = "sunflowers";

/// Copies the example into `parent` under a free name, and returns its folder.
pub fn copy_into(parent: &Path) -> Result<PathBuf> {
    let folder = free_name(parent);
    let failed = |source| file::failed(file::COPY_EXAMPLE, &folder, source);
    // Copied under another name first: half a copy must not look like the example.
    let half = tempfile::Builder::new().prefix(".sunflowers-").tempdir_in(parent).map_err(failed)?;
    let whole = half.path().join(NAME);
    std::fs::create_dir(&whole).and_then(|()| EXAMPLE.extract(&whole)).map_err(failed)?;
    std::fs::rename(&whole, &folder).map_err(failed)?;
    Ok(folder)
}

fn free_name(parent: &Path) -> PathBuf {
    let names = std::iter::once(NAME.to_owned()).chain((2..).map(|number| format!("{NAME}-{number}")));
    paths::first_free(names.map(|name| parent.join(name))).unwrap_or_default()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn the_example_is_copied_whole_and_never_over_another_folder() {
        let home = tempfile::tempdir().unwrap();
        let first = copy_into(home.path()).unwrap();
        std::fs::write(first.join("1-growth.ipynb"), "mine").unwrap();
        let second = copy_into(home.path()).unwrap();
        assert_eq!(second.file_name().unwrap(), "sunflowers-2");
        assert_eq!(std::fs::read_to_string(first.join("1-growth.ipynb")).unwrap(), "mine");
        assert!(second.join("growth.csv").exists() && second.join("2-soils.ipynb").exists());
        assert_eq!(std::fs::read_dir(home.path()).unwrap().count(), 2, "nothing else is left");
        assert!(copy_into(&home.path().join("nowhere")).is_err());
    }
}
