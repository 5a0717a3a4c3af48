//! Adds packages to a file that names them, and removes them again: everything else in the file stays as it is.

use std::path::PathBuf;
use std::{fs, io};

use toml_edit::{Array, DocumentMut, Item, Table, value};

use super::found::{SourceKind, normalized};
use crate::words::environment as words;
use crate::words::error::Result;

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

/// Adds and removes packages. One that is added takes the place of the line that names it already.
///
/// # Errors
/// A name is none, or the file is not of a kind that can be changed.
pub fn edit(kind: SourceKind, file: &str, text: &str, add: &[String], remove: &[String]) -> Result<Edited> {
    for name in add.iter().chain(remove) {
        if name_of(name).trim_matches('-').is_empty() || name.contains(['\n', '\r']) || name.starts_with('-') {
            return Err(words::no_package(name));
        }
    }
    match kind {
        SourceKind::Requirements => Ok(requirements(text, add, remove)),
        SourceKind::Pyproject => pyproject(file, text, add, remove),
        _ => Err(words::not_editable(file)),
    }
}

/// The name in a requirement, in the form that PEP 503 compares: `NumPy>=2; …` is `numpy`.
pub fn name_of(requirement: &str) -> String {
    let requirement = requirement.trim();
    let end = requirement.find(|letter: char| !letter.is_ascii_alphanumeric() && !"-_.".contains(letter));
    normalized(requirement.get(..end.unwrap_or(requirement.len())).unwrap_or_default())
}

/// The names that a change is about, and those of them that were not found.
struct Names<'a> {
    add: &'a [String],
    remove: &'a [String],
    seen: Vec<String>,
}

impl Names<'_> {
    /// What takes the place of a requirement: itself, another one, or nothing.
    fn in_place_of<'b>(&mut self, requirement: &'b str) -> Option<&'b str>
    where
        Self: 'b,
    {
        let name = name_of(requirement);
        let known = !name.is_empty() && (names(self.add, &name) || names(self.remove, &name));
        if known {
            self.seen.push(name);
            return None;
        }
        Some(requirement)
    }

    fn unknown(&self) -> Vec<String> {
        let missing = |name: &&String| !self.seen.contains(&name_of(name));
        self.remove.iter().filter(missing).cloned().collect()
    }
}

fn names(all: &[String], name: &str) -> bool {
    all.iter().any(|known| name_of(known) == name)
}

fn requirements(text: &str, add: &[String], remove: &[String]) -> Edited {
    let end = if text.contains("\r\n") { "\r\n" } else { "\n" };
    let mut names = Names { add, remove, seen: Vec::new() };
    let (mut kept, mut goes_on, mut gone) = (String::new(), false, false);
    for line in text.split_inclusive('\n') {
        // Hashes of a requirement are on lines that continue it.
        let continues = goes_on;
        goes_on = line.trim_end().ends_with('\\');
        if !continues {
            let bare = line.trim_start_matches('\u{feff}').trim();
            gone = !bare.starts_with(['#', '-']) && !bare.is_empty() && names.in_place_of(bare).is_none();
        }
        if !gone {
            kept.push_str(line);
        }
    }
    if !add.is_empty() && !kept.is_empty() && !kept.ends_with('\n') {
        kept.push_str(end);
    }
    if !add.is_empty() && goes_on {
        // The last line would continue on the new one.
        kept.push_str(end);
    }
    for requirement in add {
        kept.push_str(requirement.trim());
        kept.push_str(end);
    }
    Edited { text: kept, unknown: names.unknown() }
}

fn pyproject(file: &str, text: &str, add: &[String], remove: &[String]) -> Result<Edited> {
    let mut document: DocumentMut =
        text.parse().map_err(|error: toml_edit::TomlError| words::not_read(file, error.message()))?;
    let mut names = Names { add, remove, seen: Vec::new() };
    let project = document.entry("project").or_insert(Item::Table(Table::new()));
    let Some(project) = project.as_table_mut() else { return Err(words::not_editable(file)) };
    let dependencies = project.entry("dependencies").or_insert(value(Array::new()));
    let Some(list) = dependencies.as_array_mut() else { return Err(words::not_editable(file)) };
    let mut index = 0;
    while let Some(one) = list.get(index) {
        if one.as_str().is_some_and(|text| names.in_place_of(text).is_none()) {
            list.remove(index);
        } else {
            index += 1;
        }
    }
    for requirement in add {
        list.push(requirement.trim());
    }
    Ok(Edited { unknown: names.unknown(), text: document.to_string() })
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn edited(kind: SourceKind, text: &str, add: &[&str], remove: &[&str]) -> Edited {
        let owned = |all: &[&str]| all.iter().map(|one| (*one).to_owned()).collect::<Vec<_>>();
        edit(kind, "the file", text, &owned(add), &owned(remove)).unwrap()
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
        assert!(edit(SourceKind::Pyproject, "p", "[project", &["a".into()], &[]).is_err());
        assert!(edit(SourceKind::Pyproject, "p", "project = 7", &["a".into()], &[]).is_err());
    }

    #[test]
    fn what_is_no_name_and_files_that_cannot_be_changed_are_refused() {
        for name in ["", "--index-url=x", "a\nb", "=="] {
            assert!(edit(SourceKind::Requirements, "r", "", &[name.to_owned()], &[]).is_err(), "{name:?}");
        }
        assert!(edit(SourceKind::CondaEnvironment, "environment.yml", "", &["a".into()], &[]).is_err());
        assert_eq!(name_of("Scikit_Learn[extra]>=1 ; x"), "scikit-learn");
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
