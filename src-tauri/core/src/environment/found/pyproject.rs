//! A `pyproject.toml`. Pure: it asks for the files that it names.
//!
//! Dependencies are those of PEP 621 and PEP 735, of `[tool.uv]`
//! (<https://docs.astral.sh/uv/concepts/projects/dependencies/>) and of `[tool.poetry]`.

use std::collections::{BTreeMap, BTreeSet};

use crate::environment::found::package;
use crate::environment::found::requirements::{self, Look};
use crate::environment::found::source::Source;
use crate::environment::found::table::{self, Place};
use crate::environment::found::text::{join, parent};
use crate::environment::found::tree::{self, Tree};
use crate::words::found as words;

/// The keys of tables with dependencies. A file without any of these only sets up tools.
const OF_DEPENDENCIES: [&[&str]; 8] = [
    &["project", "dependencies"],
    &["project", "optional-dependencies"],
    &["dependency-groups"],
    &["tool", "uv", "dev-dependencies"],
    &["tool", "pdm", "dev-dependencies"],
    &["tool", "poetry", "dependencies"],
    &["tool", "poetry", "group"],
    &["tool", "poetry", "dev-dependencies"],
];

/// The most places that `[tool.uv.sources]` may give one package.
const CHOICES: usize = 20;

/// Whether the file has dependencies, or faults that may hide them.
pub(super) fn counts(tree: &Tree, faults: &[tree::Fault]) -> bool {
    !faults.is_empty() || is_dynamic(tree) || OF_DEPENDENCIES.iter().any(|keys| tree.at(keys).is_some())
}

/// The range of versions of Python.
pub(super) fn requires_python(tree: &Tree) -> Option<&str> {
    tree.text_at(&["project", "requires-python"])
}

fn is_dynamic(tree: &Tree) -> bool {
    let dynamic = tree.at(&["project", "dynamic"]).map(Tree::items).unwrap_or_default();
    dynamic.iter().any(|key| key.text() == Some("dependencies"))
}

/// Reads the file, with its faults, into a source.
pub(super) fn read(source: &mut Source, tree: &Tree, faults: Vec<tree::Fault>, look: Look) {
    let file = &source.file.clone();
    for (line, message) in faults {
        source.problem(file, line, message);
    }
    source.of_folder = tree.get("build-system").is_some_and(Tree::is_map);
    if let Some(wanted) = requires_python(tree) {
        source.want_python(wanted, file);
    }
    let mut adding = Adding { place: Place { file, folder: parent(file) }, moved: moved(tree) };
    if let Some(list) = tree.at(&["project", "dependencies"]) {
        adding.list(source, "dependencies", list, look);
    }
    if is_dynamic(tree) {
        adding.dynamic(source, tree, look);
    }
    adding.groups(source, tree, look);
    if let Some(list) = tree.at(&["tool", "uv", "dev-dependencies"]) {
        adding.list(source, "dev-dependencies", list, look);
    }
    adding.poetry(source, tree, look);
    add_indexes(source, tree);
}

/// The package indexes of uv, Poetry and PDM.
fn add_indexes(source: &mut Source, tree: &Tree) {
    for keys in [&["tool", "uv", "index"], &["tool", "poetry", "source"], &["tool", "pdm", "source"]] {
        for index in tree.at(keys).map(Tree::items).unwrap_or_default() {
            source.add_hosts(index.text_at(&["url"]).unwrap_or_default());
        }
    }
    for key in ["index-url", "extra-index-url", "find-links"] {
        let Some(value) = tree.at(&["tool", "uv", key]) else { continue };
        for address in if value.is_list() { value.items() } else { std::slice::from_ref(value) } {
            source.add_hosts(address.text().unwrap_or_default());
        }
    }
}

/// Reads the block of a script or a notebook, which has the keys of `[project]` at its top.
pub(super) fn script(source: &mut Source, tree: &Tree, faults: Vec<tree::Fault>, look: Look) {
    let file = &source.file.clone();
    for (line, message) in faults {
        source.problem(file, line, message);
    }
    source.want_python(tree.text_at(&["requires-python"]).unwrap_or_default(), file);
    let mut adding = Adding { place: Place { file, folder: parent(file) }, moved: moved(tree) };
    if let Some(list) = tree.get("dependencies") {
        adding.list(source, "dependencies", list, look);
    }
    add_indexes(source, tree);
}

/// The tables of `[tool.uv.sources]`, by normalized name.
fn moved(tree: &Tree) -> BTreeMap<String, &Tree> {
    let entries = tree.at(&["tool", "uv", "sources"]).map(Tree::entries).unwrap_or_default();
    entries.iter().map(|(name, value)| (package::normalized(name), value)).collect()
}

struct Adding<'a> {
    place: Place<'a>,
    moved: BTreeMap<String, &'a Tree>,
}

impl Adding<'_> {
    fn list(&mut self, source: &mut Source, key: &str, list: &Tree, look: Look) {
        if !list.is_list() {
            return source.problem(self.place.file, list.line, words::other_form(key, words::A_LIST));
        }
        for item in list.items() {
            match item.text() {
                Some(text) => self.one(source, text, item.line, look),
                None => source.problem(self.place.file, item.line, words::other_form(key, words::A_LIST)),
            }
        }
    }

    /// Adds one requirement, from the place that `[tool.uv.sources]` gives it.
    fn one(&mut self, source: &mut Source, text: &str, line: Option<usize>, look: Look) {
        let Place { file, folder } = self.place;
        // Here a requirement begins with its name, and options have no place.
        let found = match package::parse(text, folder) {
            Ok(found) if found.name.is_some() && found.path.is_none() => found,
            Ok(_) => return source.problem(file, line, words::not_a_requirement(text)),
            Err(message) => return source.problem(file, line, message),
        };
        let Some((name, moved)) = found.name.as_ref().and_then(|name| self.moved.get_key_value(name)) else {
            return source.ask(found.text, found.name, line);
        };
        let choices = if moved.is_list() { moved.items() } else { std::slice::from_ref(*moved) };
        let own = text.split_once(';').map(|(_, marker)| marker.trim());
        let extras = text.split_once('[').and_then(|(_, rest)| rest.split_once(']')).map(|(extras, _)| extras);
        let full = extras.map_or(name.clone(), |extras| format!("{name}[{extras}]"));
        let mut is_plain = false;
        for choice in choices.iter().take(CHOICES) {
            if choice.get("workspace").and_then(Tree::scalar) == Some("true") {
                source.problem(file, line, words::of_workspace(name));
                continue;
            }
            let marker = match (own, choice.text_at(&["marker"])) {
                (Some(own), Some(marker)) => Some(format!("({own}) and ({marker})")),
                (own, marker) => own.or(marker).map(str::to_owned),
            };
            match table::located(&full, choice, marker.as_deref()) {
                Some(text) => table::add(source, &text, name, line, &self.place, look),
                // An index of its own.
                None => is_plain = true,
            }
        }
        if is_plain {
            source.ask(found.text, found.name, line);
        }
    }

    /// The dependencies that setuptools reads from other files.
    fn dynamic(&mut self, source: &mut Source, tree: &Tree, look: Look) {
        let Place { file, folder } = self.place;
        let Some(named) = tree.at(&["tool", "setuptools", "dynamic", "dependencies", "file"]) else { return };
        let mut seen = BTreeSet::new();
        for named in if named.is_list() { named.items() } else { std::slice::from_ref(named) } {
            let Some(name) = named.text() else {
                source.problem(file, named.line, words::other_form("file", words::A_TEXT));
                continue;
            };
            let Some(path) = join(folder, name).filter(|path| !path.is_empty()) else {
                source.problem(file, named.line, words::outside(name));
                continue;
            };
            if !seen.insert(path.clone()) {
                continue;
            }
            match look(source, &path) {
                Ok(text) => requirements::read(source, &path, &text, folder, look),
                Err(message) => source.problem(file, named.line, message),
            }
        }
    }

    /// The groups that uv installs unasked; all of them in a file that has nothing else.
    fn groups(&mut self, source: &mut Source, tree: &Tree, look: Look) {
        let Some(table) = tree.get("dependency-groups") else { return };
        if !table.is_map() {
            let message = words::other_form("dependency-groups", words::A_TABLE);
            return source.problem(self.place.file, table.line, message);
        }
        let groups: BTreeMap<String, &Tree> =
            table.entries().iter().map(|(name, list)| (package::normalized(name), list)).collect();
        let all = || table.entries().iter().map(|(name, _)| package::normalized(name)).collect::<Vec<_>>();
        let chosen = match tree.at(&["tool", "uv", "default-groups"]) {
            Some(chosen) if chosen.text() == Some("all") => all(),
            Some(chosen) => chosen.items().iter().filter_map(Tree::text).map(package::normalized).collect(),
            None => all().into_iter().filter(|name| name == "dev").collect(),
        };
        let has_own =
            tree.at(&["project", "dependencies"]).is_some_and(|own| !own.items().is_empty()) || is_dynamic(tree);
        let chosen = if chosen.is_empty() && !has_own { all() } else { chosen };
        let mut done = BTreeSet::new();
        for name in chosen {
            self.group(source, &groups, &name, table.line, &mut Vec::new(), &mut done, look);
        }
    }

    #[allow(clippy::too_many_arguments)]
    fn group(
        &mut self,
        source: &mut Source,
        groups: &BTreeMap<String, &Tree>,
        name: &str,
        line: Option<usize>,
        open: &mut Vec<String>,
        done: &mut BTreeSet<String>,
        look: Look,
    ) {
        let file = self.place.file;
        let Some(list) = groups.get(name) else {
            return source.problem(file, line, words::no_group(name));
        };
        if open.iter().any(|known| known == name) || open.len() == 50 {
            return source.problem(file, line, words::circle(name));
        }
        if !done.insert(name.to_owned()) {
            return;
        }
        open.push(name.to_owned());
        if !list.is_list() {
            source.problem(file, list.line, words::other_form(name, words::A_LIST));
        }
        for item in list.items() {
            match (item.text(), item.text_at(&["include-group"])) {
                (Some(text), _) => self.one(source, text, item.line, look),
                (None, Some(other)) => {
                    self.group(source, groups, &package::normalized(other), item.line, open, done, look);
                }
                (None, None) => source.problem(file, item.line, words::other_form(name, words::A_LIST)),
            }
        }
        open.pop();
    }

    fn poetry(&mut self, source: &mut Source, tree: &Tree, look: Look) {
        let Some(poetry) = tree.at(&["tool", "poetry"]) else { return };
        let mut tables = vec![poetry.get("dependencies"), poetry.get("dev-dependencies")];
        for (_, group) in poetry.get("group").map(Tree::entries).unwrap_or_default() {
            if group.get("optional").and_then(Tree::scalar) != Some("true") {
                tables.push(group.get("dependencies"));
            }
        }
        for table in tables.into_iter().flatten() {
            table::read(source, table, &self.place, look);
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::environment::found::source::SourceKind;

    fn found(text: &str) -> Option<Source> {
        let (tree, faults) = tree::toml(text);
        let mut look = |source: &mut Source, path: &str| match path {
            "base.txt" => {
                source.add_file(path);
                Ok("scipy".to_owned())
            }
            _ => Err(words::missing(path)),
        };
        let mut source = Source::new(SourceKind::Pyproject, "pyproject.toml");
        counts(&tree, &faults).then(|| {
            read(&mut source, &tree, faults, &mut look);
            source
        })
    }

    fn asks(source: &Source) -> Vec<&str> {
        source.asks.iter().map(|ask| ask.text.as_str()).collect()
    }

    #[test]
    fn a_file_that_only_sets_up_tools_does_not_count() {
        assert!(found("[tool.ruff]\nline-length = 100\n").is_none());
        assert!(found("[build-system]\nrequires = [\"setuptools\"]\n").is_none());
        assert!(found("[project]\nname = \"a\"\nrequires-python = \">=3.9\"\n").is_none());
        assert!(found("[tool.ruff\n").is_some(), "a fault is shown");
    }

    #[test]
    fn a_project_asks_for_its_dependencies_and_its_default_group() {
        let source = found(
            "[project]\nname = \"a\"\nrequires-python = \">=3.10\"\ndependencies = [\n  \"numpy>=1\",\n  \"a b\",\n  \"torch\",\n]\n\
             [project.optional-dependencies]\nx = [\"never\"]\n\
             [dependency-groups]\nDev = [{ include-group = \"lint\" }, \"ipykernel\"]\nlint = [\"ruff\"]\ndocs = [\"sphinx\"]\n\
             [tool.uv.sources]\ntorch = { git = \"https://example.org/torch\", tag = \"v2\" }\n\
             [build-system]\nrequires = [\"hatchling\"]\n",
        );
        let source = source.unwrap();
        assert_eq!(asks(&source), ["numpy>=1", "torch @ git+https://example.org/torch@v2", "ruff", "ipykernel"]);
        assert_eq!(source.asks[0].line, Some(5));
        assert!(source.of_folder);
        assert_eq!(source.python.unwrap().wanted, ">=3.10");
        assert_eq!((source.problems.len(), source.problems[0].line), (1, Some(6)), "{:?}", source.problems);
    }

    #[test]
    fn groups_alone_count_and_may_not_include_themselves() {
        let source =
            found("[dependency-groups]\na = [\"x\", {include-group = \"b\"}]\nb = [\"y\", {include-group = \"a\"}]\n");
        let source = source.unwrap();
        assert_eq!((asks(&source), source.of_folder), (vec!["x", "y"], false));
        assert_eq!((source.problems.len(), source.problems[0].line), (1, Some(3)), "{:?}", source.problems);
    }

    #[test]
    fn dependencies_can_be_in_files_that_it_names() {
        let source = found(
            "[project]\nname = \"a\"\ndynamic = [\"version\", \"dependencies\"]\n\
             [tool.setuptools.dynamic]\ndependencies = { file = [\"base.txt\", \"../x.txt\"] }\n",
        );
        let source = source.unwrap();
        assert_eq!((asks(&source), source.files.as_slice()), (vec!["scipy"], &["base.txt".to_owned()][..]));
        assert_eq!((source.problems.len(), source.problems[0].line), (1, Some(5)), "{:?}", source.problems);
    }

    #[test]
    fn poetrys_groups_count_unless_they_are_optional() {
        let source = found(
            "[tool.poetry]\nname = \"a\"\npackage-mode = false\n[tool.poetry.dependencies]\npython = \"^3.11\"\npandas = \"^2.0\"\n\
             [tool.poetry.group.dev.dependencies]\npytest = \"*\"\n[tool.poetry.group.docs]\noptional = true\n\
             [tool.poetry.group.docs.dependencies]\nsphinx = \"*\"\n",
        );
        let source = source.unwrap();
        assert_eq!((asks(&source), source.of_folder), (vec!["pandas>=2.0,<3", "pytest"], false));
    }

    #[test]
    fn a_workspaces_member_and_another_form_are_problems() {
        let source = found(
            "[project]\nname = \"a\"\ndependencies = [\"lib\", \"ok\", 7]\n[tool.uv.sources]\nlib = { workspace = true }\n\
             ok = { index = \"own\" }\n",
        );
        let source = source.unwrap();
        assert_eq!((asks(&source), source.problems.len()), (vec!["ok"], 2), "{:?}", source.problems);
        assert_eq!(found("[project]\ndependencies = \"numpy\"\n").unwrap().problems.len(), 1);
    }
}
