//! Packages in a `requirements.txt` and a `pyproject.toml`. Pure.

use toml_edit::{Array, DocumentMut, Item, Table, value};

use super::{Edited, as_before};
use crate::environment::found::normalized;
use crate::words::edit as words;
use crate::words::error::Result;

/// The name in a requirement, in the form that PEP 503 compares: `NumPy>=2; …` is `numpy`.
pub(super) fn name_of(requirement: &str) -> String {
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

    /// Takes the packages out of a list of requirements.
    fn take_from(&mut self, list: &mut Array) {
        let mut index = 0;
        while let Some(one) = list.get(index) {
            if one.as_str().is_some_and(|text| self.in_place_of(text).is_none()) {
                list.remove(index);
            } else {
                index += 1;
            }
        }
    }

    fn unknown(&self) -> Vec<String> {
        let missing = |name: &&String| !self.seen.contains(&name_of(name));
        self.remove.iter().filter(missing).cloned().collect()
    }
}

fn names(all: &[String], name: &str) -> bool {
    all.iter().any(|known| name_of(known) == name)
}

pub(super) fn requirements(text: &str, add: &[String], remove: &[String]) -> Edited {
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

pub(super) fn pyproject(file: &str, text: &str, add: &[String], remove: &[String]) -> Result<Edited> {
    let mut document: DocumentMut =
        text.parse().map_err(|error: toml_edit::TomlError| words::not_read(file, error.message()))?;
    let mut names = Names { add, remove, seen: Vec::new() };
    let project = document.entry("project").or_insert(Item::Table(Table::new()));
    let Some(project) = project.as_table_mut() else { return Err(words::not_editable(file)) };
    let dependencies = project.entry("dependencies").or_insert(value(Array::new()));
    let Some(list) = dependencies.as_array_mut() else { return Err(words::not_editable(file)) };
    names.take_from(list);
    for requirement in add {
        list.push(requirement.trim());
    }
    Ok(Edited { unknown: names.unknown(), text: as_before(text, document.to_string()) })
}
