//! Adds packages to a file that names them, and removes them again: everything else in the file stays as it is.
//!
//! - `python`: `requirements.txt` and `pyproject.toml`; `conda`: `environment.yml`, with `yaml`; `pixi`: `pixi.toml`
//! - `r`: `DESCRIPTION` and `install.R`
//!
//! Names are compared as the tool of the file does it: PEP 503 for Python, without case for conda, exactly for R.

use std::path::PathBuf;
use std::{fs, io};

use super::found::SourceKind;
use crate::words::edit as words;
use crate::words::error::Result;

mod conda;
mod pixi;
mod python;
mod r;
mod yaml;

/// The file that packages are added to where a folder has none.
pub const USUAL_FILE: &str = "requirements.txt";

/// A file before it was changed.
#[derive(Clone, Debug)]
pub struct FileBefore {
    path: PathBuf,
    /// None if there was no such file.
    contents: Option<Vec<u8>>,
}

impl FileBefore {
    /// A file as it is now.
    pub fn of(path: PathBuf) -> FileBefore {
        FileBefore { contents: fs::read(&path).ok(), path }
    }

    /// Makes the file what it was, unless somebody has changed it since it was like `after`.
    pub fn restore(&self, after: &FileBefore) -> io::Result<()> {
        if fs::read(&self.path).ok() != after.contents || self.contents == after.contents {
            return Ok(());
        }
        match &self.contents {
            Some(contents) => fs::write(&self.path, contents),
            None => fs::remove_file(&self.path),
        }
    }
}

/// A file with other packages.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edited {
    /// The new text.
    pub text: String,
    /// The packages that were to be removed, and that the file does not name.
    pub unknown: Vec<String>,
}

/// Whether packages can be added to files of this kind.
pub fn is_editable(kind: SourceKind) -> bool {
    matches!(
        kind,
        SourceKind::CondaEnvironment
            | SourceKind::Pixi
            | SourceKind::Pyproject
            | SourceKind::Requirements
            | SourceKind::RDescription
            | SourceKind::RInstall
    )
}

/// What is to become of the packages in a file.
#[derive(Clone, Copy, Debug)]
pub struct Change<'a> {
    /// The kind of the file.
    pub kind: SourceKind,
    /// The file as a person knows it.
    pub file: &'a str,
    /// The environment of a file of pixi, if it is not the default one.
    pub environment: Option<&'a str>,
    /// The packages that are added. One takes the place of that which the file names already.
    pub add: &'a [String],
    /// The names of those that are removed.
    pub remove: &'a [String],
    /// The added packages come from PyPI, also in a file of conda.
    pub pip: bool,
}

/// Adds packages to the text of a file, and removes others.
///
/// # Errors
/// A name is none, the file is not of a kind that can be changed, or it has a form that cannot be changed safely.
pub fn edit(change: &Change, text: &str) -> Result<Edited> {
    let Change { kind, file, .. } = *change;
    if matches!(kind, SourceKind::Renv | SourceKind::RDescription | SourceKind::RInstall) {
        return r::edit(change, text);
    }
    for name in change.add.iter().chain(change.remove) {
        if python::name_of(name).trim_matches('-').is_empty() || name.contains(['\n', '\r']) || name.starts_with('-') {
            return Err(words::no_package(name));
        }
    }
    match kind {
        SourceKind::Requirements => Ok(python::requirements(text, change.add, change.remove)),
        SourceKind::Pyproject => python::pyproject(file, text, change.add, change.remove),
        SourceKind::CondaEnvironment => conda::edit(change, text),
        SourceKind::Pixi => pixi::edit(change, text),
        SourceKind::CondaLock => Err(words::written_by(file, "conda-lock")),
        _ => Err(words::not_editable(file)),
    }
}

/// The name in a package as a person writes it, without its channel and its version.
pub fn shown_name(package: &str) -> String {
    let bare = package.rsplit_once("::").map_or(package, |(_, bare)| bare).trim();
    let end = bare.find(|letter: char| !letter.is_ascii_alphanumeric() && !"-_.".contains(letter));
    bare[..end.unwrap_or(bare.len())].to_owned()
}

/// TOML that was changed, with the mark of a beginning and the line breaks that it had.
fn as_before(before: &str, after: String) -> String {
    let mark = if before.starts_with('\u{feff}') && !after.starts_with('\u{feff}') { "\u{feff}" } else { "" };
    let all = before.matches('\n').count();
    let breaks = all > 0 && before.matches("\r\n").count() == all;
    let after = if breaks { after.replace("\r\n", "\n").replace('\n', "\r\n") } else { after };
    format!("{mark}{after}")
}

/// Changes a text, as tests do it.
#[cfg(test)]
fn tested(kind: SourceKind, file: &str, text: &str, add: &[&str], remove: &[&str]) -> Result<Edited> {
    let owned = |all: &[&str]| all.iter().map(|one| (*one).trim_start_matches("--pip ").to_owned()).collect::<Vec<_>>();
    let (name, environment) = file.split_once(':').map_or((file, None), |(name, of)| (name, Some(of)));
    let pip = add.iter().any(|one| one.starts_with("--pip "));
    edit(&Change { kind, file: name, environment, add: &owned(add), remove: &owned(remove), pip }, text)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn edited(kind: SourceKind, text: &str, add: &[&str], remove: &[&str]) -> Edited {
        tested(kind, "the file", text, add, remove).unwrap()
    }

    #[test]
    fn lines_of_other_packages_comments_and_options_stay_as_they_are() {
        let text = "# mine\n--index-url https://example.org\nNumPy >= 2 ; python_version > '3'  # fast\npandas==2 \\\n    --hash=sha256:00\nscipy";
        let found = edited(SourceKind::Requirements, text, &["polars>=1"], &["pandas", "dask"]);
        assert_eq!(
            found.text,
            "# mine\n--index-url https://example.org\nNumPy >= 2 ; python_version > '3'  # fast\nscipy\npolars>=1\n"
        );
        assert_eq!(found.unknown, ["dask"]);
    }

    #[test]
    fn a_package_that_is_added_again_takes_the_place_of_its_line() {
        let found = edited(SourceKind::Requirements, "scikit_learn==1.0\r\nnumpy\r\n", &["scikit-learn==1.5"], &[]);
        assert_eq!(found.text, "numpy\r\nscikit-learn==1.5\r\n");
        assert_eq!(edited(SourceKind::Requirements, "", &["numpy"], &[]).text, "numpy\n");
    }

    #[test]
    fn the_dependencies_of_a_project_are_changed_and_its_comments_stay() {
        let text = "# ours\n[project]\nname = \"a\"  # short\ndependencies = [\"numpy>=2\", \"pandas\"]\n\n[tool.ruff]\nline-length = 120\n";
        let found = edited(SourceKind::Pyproject, text, &["polars"], &["pandas", "dask"]);
        assert_eq!(found.text, text.replace("\"pandas\"", "\"polars\""));
        assert_eq!(found.unknown, ["dask"]);
        let windows = format!("\u{feff}{}", text.replace('\n', "\r\n"));
        assert_eq!(edited(SourceKind::Pyproject, &windows, &["pandas"], &[]).text, windows);
        assert!(tested(SourceKind::Pyproject, "p", "[project", &["a"], &[]).is_err());
        assert!(tested(SourceKind::Pyproject, "p", "project = 7", &["a"], &[]).is_err());
    }

    #[test]
    fn what_is_no_name_and_files_that_cannot_be_changed_are_refused() {
        for name in ["", "--index-url=x", "a\nb", "=="] {
            assert!(tested(SourceKind::Requirements, "r", "", &[name], &[]).is_err(), "{name:?}");
        }
        for (kind, file, tool) in [
            (SourceKind::CondaLock, "conda-lock.yml", "`conda-lock`"),
            (SourceKind::Renv, "renv.lock", "`renv::snapshot()`"),
            (SourceKind::Setup, "setup.py", "an editor"),
        ] {
            let error = tested(kind, file, "", &["a"], &[]).unwrap_err();
            assert!(!is_editable(kind));
            let said = format!("{error:?}");
            assert!(said.contains(file) && said.contains(tool), "{said}");
        }
        assert_eq!(python::name_of("Scikit_Learn[extra]>=1 ; x"), "scikit-learn");
        assert_eq!(shown_name("conda-forge::data_x >=1"), "data_x");
    }

    #[test]
    fn a_file_becomes_what_it_was_unless_somebody_has_changed_it() {
        let home = tempfile::tempdir().unwrap();
        let file = home.path().join("requirements.txt");
        let none = FileBefore::of(file.clone());
        fs::write(&file, "numpy").unwrap();
        let first = FileBefore::of(file.clone());
        fs::write(&file, "numpy\nno-such").unwrap();
        first.restore(&FileBefore::of(file.clone())).unwrap();
        assert_eq!(fs::read_to_string(&file).unwrap(), "numpy");
        let changed = FileBefore::of(file.clone());
        fs::write(&file, "by hand").unwrap();
        none.restore(&changed).unwrap();
        assert_eq!(fs::read_to_string(&file).unwrap(), "by hand");
        none.restore(&FileBefore::of(file.clone())).unwrap();
        assert!(!file.exists());
    }

    proptest::proptest! {
        #[test]
        fn any_file_can_be_changed_and_changed_back(text in "(?s).{0,200}") {
            let added = edited(SourceKind::Requirements, &text, &["zzz-new"], &[]);
            proptest::prop_assert!(added.text.lines().any(|line| line == "zzz-new"));
            let removed = edited(SourceKind::Requirements, &added.text, &[], &["zzz-new"]);
            proptest::prop_assert!(!removed.text.lines().any(|line| line == "zzz-new"));
        }
    }
}
