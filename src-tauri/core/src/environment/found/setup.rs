//! A `setup.py`, which is read and not run, and a `setup.cfg`; a `Pipfile`. Pure: they ask for the files that they name.

use std::collections::BTreeSet;

use crate::environment::found::literals;
use crate::environment::found::package;
use crate::environment::found::requirements::{self, Look};
use crate::environment::found::source::Source;
use crate::environment::found::table::{self, Place};
use crate::environment::found::text::{join, parent};
use crate::environment::found::tree::{self, Tree};
use crate::words::found as words;

/// Reads a `setup.py`. It is a program: only a list that is written out is seen.
pub(super) fn py(source: &mut Source, file: &str, text: &str) {
    let mut left = literals::LETTERS;
    for (key, is_python) in [("install_requires", false), ("python_requires", true)] {
        for (at, line) in literals::places(text, key) {
            let rest = &text[at..];
            let value = rest.trim_start();
            let Some(value) = value.strip_prefix('=').filter(|value| !value.starts_with('=')) else { continue };
            let at = text.len() - value.len();
            let line = line + rest[..rest.len() - value.len()].matches('\n').count();
            if is_python {
                let wanted = value.trim_start();
                let quote = wanted.chars().next().filter(|letter| matches!(letter, '"' | '\''));
                let wanted = quote.and_then(|quote| wanted[1..].split_once(quote));
                source.want_python(wanted.map_or("", |(wanted, _)| wanted), file);
                continue;
            }
            for literal in literals::inside(text, (at, line), &mut left) {
                add(source, file, &literal.text, Some(literal.line));
            }
        }
    }
}

/// Whether a `setup.cfg` describes a package, and does not only set up tools.
pub(super) fn cfg_counts(text: &str) -> bool {
    entries(text).iter().any(|entry| entry.section == "options" || entry.section == "metadata" && entry.key == "name")
}

/// Reads a `setup.cfg`.
pub(super) fn cfg(source: &mut Source, file: &str, text: &str, look: Look) {
    let mut seen = BTreeSet::new();
    for entry in entries(text) {
        match (entry.section.as_str(), entry.key.as_str()) {
            ("options", "python_requires") => {
                source.want_python(&entry.values.iter().map(|(_, text)| text.as_str()).collect::<String>(), file);
            }
            ("options", "install_requires") => {
                for (line, text) in entry.values {
                    match text.strip_prefix("file:") {
                        Some(names) => named(source, file, names, line, &mut seen, look),
                        None => add(source, file, &text, Some(line)),
                    }
                }
            }
            _ => {}
        }
    }
}

/// Reads the files that a `file:` names.
fn named(source: &mut Source, file: &str, names: &str, line: usize, seen: &mut BTreeSet<String>, look: Look) {
    for name in names.split(',').map(str::trim).filter(|name| !name.is_empty()) {
        let Some(path) = join(parent(file), name).filter(|path| !path.is_empty()) else {
            source.problem(file, Some(line), words::outside(name));
            continue;
        };
        if !seen.insert(path.clone()) {
            continue;
        }
        match look(source, &path) {
            Ok(text) => requirements::read(source, &path, &text, parent(file), look),
            Err(message) => source.problem(file, Some(line), message),
        }
    }
}

fn add(source: &mut Source, file: &str, text: &str, line: Option<usize>) {
    match package::parse(text, parent(file)) {
        Ok(found) if found.path.is_none() => source.ask(found.text, found.name, line),
        Ok(_) => source.problem(file, line, words::not_a_requirement(text)),
        Err(message) => source.problem(file, line, message),
    }
}

/// An entry of a `setup.cfg`, with the lines of its value.
struct Entry {
    section: String,
    key: String,
    values: Vec<(usize, String)>,
}

fn entries(text: &str) -> Vec<Entry> {
    let mut found: Vec<Entry> = Vec::new();
    let mut section = String::new();
    let mut is_open = false;
    for (at, line) in text.lines().enumerate() {
        let bare = line.split(" #").next().unwrap_or_default().trim();
        if bare.is_empty() || bare.starts_with(['#', ';']) {
            continue;
        }
        if line.starts_with([' ', '\t']) && is_open {
            if let Some(entry) = found.last_mut() {
                entry.values.push((at + 1, bare.to_owned()));
            }
        } else if let Some(name) = bare.strip_prefix('[').and_then(|bare| bare.strip_suffix(']')) {
            section = name.trim().to_owned();
            is_open = false;
        } else if let Some((key, value)) = bare.split_once(['=', ':']) {
            let value = value.trim();
            let values = if value.is_empty() { vec![] } else { vec![(at + 1, value.to_owned())] };
            found.push(Entry { section: section.clone(), key: key.trim().replace('-', "_"), values });
            is_open = true;
        }
    }
    found
}

/// Reads a `Pipfile`: its packages, without those for development.
///
/// Its form: <https://pipenv.pypa.io/en/latest/pipfile.html>.
pub(super) fn pipfile(source: &mut Source, file: &str, text: &str, look: Look) {
    let (tree, faults) = tree::toml(text);
    for (line, message) in faults {
        source.problem(file, line, message);
    }
    let requires = ["python_full_version", "python_version"];
    let wanted = requires.iter().find_map(|key| tree.at(&["requires", key]).and_then(Tree::scalar));
    source.want_python(wanted.unwrap_or_default(), file);
    for index in tree.get("source").map(Tree::items).unwrap_or_default() {
        source.add_hosts(index.text_at(&["url"]).unwrap_or_default());
    }
    match tree.get("packages") {
        Some(table) if table.is_map() => table::read(source, table, &Place { file, folder: parent(file) }, look),
        Some(other) => source.problem(file, other.line, words::other_form("packages", words::A_TABLE)),
        None => {}
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::environment::found::source::SourceKind;

    fn source() -> Source {
        Source::new(SourceKind::Setup, "setup")
    }

    fn asks(source: &Source) -> Vec<(&str, Option<usize>)> {
        source.asks.iter().map(|ask| (ask.text.as_str(), ask.line)).collect()
    }

    #[test]
    fn a_setup_py_is_read_and_not_run() {
        let mut found = source();
        let text = "from setuptools import setup\n# install_requires=['no']\nsetup(\n  name='a',\n  install_requires = [\n    'numpy>=1',  # 'no'\n    \"pandas\",\n    f'{x}',\n  ],\n  python_requires='>=3.8',\n  extras_require={'x': ['no']},\n)\n";
        py(&mut found, "setup.py", text);
        assert_eq!(asks(&found), [("numpy>=1", Some(6)), ("pandas", Some(7))]);
        assert_eq!((found.problems.len(), found.problems[0].line), (1, Some(8)));
        assert_eq!(found.python.unwrap().wanted, ">=3.8");
        let mut found = source();
        py(&mut found, "setup.py", "setup(install_requires=open('requirements.txt').read().split())");
        assert_eq!((found.asks.len(), found.problems.len()), (0, 0));
    }

    #[test]
    fn a_setup_cfg_counts_if_it_describes_a_package() {
        assert!(!cfg_counts("[flake8]\nmax-line-length = 100\n[metadata]\nlicense = MIT\n"));
        let text = "[metadata]\nname = a\n[options]\npython_requires = >=3.9\ninstall_requires =\n    numpy\n    # no\n    pandas>=2 ; python_version > '3'\n\n    file: more.txt, ../x.txt\n[options.extras_require]\nx = no\n";
        assert!(cfg_counts(text));
        let mut found = source();
        cfg(&mut found, "setup.cfg", text, &mut |_, _| Ok("scipy".to_owned()));
        let wanted = [("numpy", Some(6)), ("pandas>=2 ; python_version > '3'", Some(8)), ("scipy", Some(1))];
        assert_eq!(asks(&found), wanted);
        assert_eq!((found.problems.len(), found.problems[0].line), (1, Some(10)));
        assert_eq!(found.python.unwrap().wanted, ">=3.9");
    }

    #[test]
    fn a_pipfile_asks_for_its_packages() {
        let mut found = source();
        let text = "[[source]]\nurl = \"https://example.org/simple\"\n[packages]\nrequests = \"*\"\nnumpy = \"==1.26\"\nlocal = {path = \".\", editable = true}\n[dev-packages]\npytest = \"*\"\n[requires]\npython_version = \"3.11\"\n";
        pipfile(&mut found, "Pipfile", text, &mut |_, path| Err(words::missing(path)));
        assert_eq!(asks(&found), [("requests", Some(4)), ("numpy==1.26", Some(5)), ("-e .", Some(6))]);
        assert!(found.of_folder && found.problems.is_empty(), "{:?}", found.problems);
        assert_eq!(found.hosts, ["example.org"]);
        assert_eq!(found.python.unwrap().wanted, "3.11");
    }
}
