//! Changes the packages that a file of a folder names, in place: its owner and permissions stay.

use std::fs;
use std::io::{ErrorKind, Write};
use std::path::Path;

use crate::contract::environment::PackageChange;
use crate::environment::edit::{self, Change};
use crate::state::effect::PackageEdit;
use crate::words::edit as words;
use crate::words::environment;
use crate::words::error::Result;
use crate::words::file;

/// Reads the file, changes it and writes it. A file that does not exist is created, unless something is to be removed.
pub(super) fn edit(folder: &Path, wanted: &PackageEdit) -> Result<()> {
    let path = folder.join(&wanted.file);
    let text = match fs::symlink_metadata(&path) {
        Ok(found) if found.is_file() => {
            fs::read_to_string(&path).map_err(|error| words::not_read(&wanted.file, &error.to_string()))?
        }
        Ok(_) => return Err(words::not_editable(&wanted.file)),
        Err(error) if error.kind() == ErrorKind::NotFound => String::new(),
        Err(error) => return Err(words::not_read(&wanted.file, &error.to_string())),
    };
    if wanted.new {
        return create(&path, wanted);
    }
    let edited = edit::edit(&change(wanted), &text)?;
    if !edited.unknown.is_empty() {
        return Err(words::not_named(&wanted.file, &edited.unknown));
    }
    fs::write(&path, edited.text).map_err(|error| file::failed(file::WRITE, &path, error))
}

fn change(wanted: &PackageEdit) -> Change<'_> {
    let PackageEdit { kind, file, environment, change: PackageChange { add, remove, pip }, .. } = wanted;
    Change { kind: *kind, file, environment: environment.as_deref(), add, remove, pip: *pip }
}

/// Writes a file that does not exist. One that came in between stays as it is.
fn create(path: &Path, wanted: &PackageEdit) -> Result<()> {
    let text = edit::edit(&change(wanted), environment::FIRST_FILE)?.text;
    let created = fs::OpenOptions::new().write(true).create_new(true).open(path);
    match created.and_then(|mut file| file.write_all(text.as_bytes())) {
        Ok(()) => Ok(()),
        Err(error) if error.kind() == ErrorKind::AlreadyExists => Err(environment::has_file(&wanted.file)),
        Err(error) => Err(file::failed(file::WRITE, path, error)),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::environment::found::SourceKind;

    fn wanted(add: &[&str], remove: &[&str]) -> PackageEdit {
        let owned = |all: &[&str]| all.iter().map(|one| (*one).to_owned()).collect();
        let (kind, file) = (SourceKind::Requirements, "requirements.txt".to_owned());
        let change = PackageChange { add: owned(add), remove: owned(remove), pip: false };
        PackageEdit { kind, file, environment: None, new: false, change }
    }

    #[test]
    fn a_file_is_created_changed_and_left_alone_if_it_does_not_name_a_package() {
        let home = tempfile::tempdir().unwrap();
        let file = home.path().join("requirements.txt");
        assert!(edit(home.path(), &wanted(&[], &["numpy"])).is_err());
        assert!(!file.exists());
        edit(home.path(), &wanted(&["numpy"], &[])).unwrap();
        edit(home.path(), &wanted(&["pandas"], &["numpy"])).unwrap();
        assert_eq!(fs::read_to_string(&file).unwrap(), "pandas\n");
        assert!(edit(home.path(), &wanted(&["dask"], &["scipy"])).is_err());
        assert_eq!(fs::read_to_string(&file).unwrap(), "pandas\n");
    }

    #[test]
    fn a_first_file_is_written_and_replaces_none() {
        let home = tempfile::tempdir().unwrap();
        let file = home.path().join("requirements.txt");
        let first = PackageEdit { new: true, ..wanted(&["numpy", "scikit-learn"], &[]) };
        edit(home.path(), &first).unwrap();
        let text = fs::read_to_string(&file).unwrap();
        assert!(text.starts_with("# ") && text.ends_with("\nnumpy\nscikit-learn\n"), "{text}");
        fs::write(&file, "mine").unwrap();
        assert!(edit(home.path(), &first).is_err());
        assert_eq!(fs::read_to_string(&file).unwrap(), "mine");
    }

    #[cfg(unix)]
    #[test]
    fn a_link_is_not_followed() {
        let home = tempfile::tempdir().unwrap();
        let elsewhere = home.path().join("elsewhere");
        fs::write(&elsewhere, "numpy").unwrap();
        std::os::unix::fs::symlink(&elsewhere, home.path().join("requirements.txt")).unwrap();
        assert!(edit(home.path(), &wanted(&["pandas"], &[])).is_err());
        assert_eq!(fs::read_to_string(&elsewhere).unwrap(), "numpy");
    }
}
