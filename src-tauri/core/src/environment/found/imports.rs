//! Which packages notebooks and scripts import, for a first `requirements.txt`.

use std::collections::BTreeSet;
use std::path::Path;

use crate::environment::found::files::{Files, names_in};
use crate::environment::found::modules::{OF_PYTHON, OTHER_NAMES};
use crate::environment::found::{notebook, package, text};

/// The most names in a folder that are looked at.
const NAMES: usize = 2_000;
/// The most packages.
const MOST: usize = 200;
/// Magics of cells whose code is still Python.
const PYTHON_CELLS: [&str; 6] = ["%%time", "%%timeit", "%%capture", "%%prun", "%%python", "%%memit"];

/// The packages that the notebooks of a folder, and the scripts at its top, import: without Python's own modules and
/// those of the folder, by name, each once. `notebooks` are paths, relative and with `/`.
///
/// The lines are read and not run, so a package that only other code imports is missing.
#[must_use]
pub fn imports(folder: &Path, notebooks: &[String]) -> Vec<String> {
    let mut files = Files::of(folder);
    let mut modules = BTreeSet::new();
    let mut own = BTreeSet::new();
    let top = names_in(folder, "", NAMES);
    let places: BTreeSet<&str> =
        notebooks.iter().map(|file| text::parent(file)).filter(|place| !place.is_empty()).collect();
    // A notebook's own folder, and `src` by convention, have modules, too.
    for place in std::iter::once("src").chain(places.into_iter().take(50)) {
        own.extend(names_in(folder, place, NAMES).into_iter().map(module_of_file));
    }
    own.extend(top.iter().cloned().map(module_of_file));
    let mut scripts: Vec<&String> = top.iter().filter(|name| name.ends_with(".py")).collect();
    scripts.sort();
    for file in notebooks {
        if let Ok(bytes) = files.bytes(file) {
            notebook::code_cells(bytes).iter().for_each(|cell| of_cell(cell, &mut modules));
        }
        files.forget(file);
    }
    for file in scripts {
        if let Ok(bytes) = files.bytes(file) {
            of_code(&text::decode(bytes).0, &mut modules);
        }
        files.forget(file);
    }
    packages(&modules, &own)
}

/// The module that a file or folder of this name would be.
fn module_of_file(name: String) -> String {
    name.strip_suffix(".py").map(str::to_owned).unwrap_or(name)
}

/// The packages of modules, without those in `own`.
fn packages(modules: &BTreeSet<String>, own: &BTreeSet<String>) -> Vec<String> {
    let of_python: BTreeSet<&str> = OF_PYTHON.split_whitespace().collect();
    let mut found = BTreeSet::new();
    for module in modules {
        let top = module.split('.').next().unwrap_or_default();
        if top.is_empty() || top.starts_with('_') || of_python.contains(top) || own.contains(top) {
            continue;
        }
        let known = OTHER_NAMES
            .iter()
            .filter(|(name, _)| module.strip_prefix(name).is_some_and(|rest| rest.is_empty() || rest.starts_with('.')));
        // The longest name says the most: `google.cloud.storage` and not `google`.
        let name = match known.max_by_key(|(name, _)| name.len()) {
            Some((_, package)) => (*package).to_owned(),
            None => package::normalized(top),
        };
        if package::is_name(&name) {
            found.insert(name);
        }
    }
    found.into_iter().take(MOST).collect()
}

/// The modules that a cell imports.
fn of_cell(cell: &str, modules: &mut BTreeSet<String>) {
    let first = cell.trim_start().lines().next().unwrap_or_default();
    if first.starts_with("%%") && !PYTHON_CELLS.iter().any(|magic| first.starts_with(magic)) {
        return;
    }
    if cell.lines().any(|line| line.trim_start().starts_with("%matplotlib")) {
        modules.insert("matplotlib".to_owned());
    }
    of_code(cell, modules);
}

/// The modules that lines of code import, outside of long texts.
fn of_code(code: &str, modules: &mut BTreeSet<String>) {
    let mut is_text = false;
    for line in code.lines() {
        let was_text = is_text;
        if (line.matches("\"\"\"").count() + line.matches("'''").count()) % 2 == 1 {
            is_text = !is_text;
        }
        let line = line.split('#').next().unwrap_or_default();
        if !was_text {
            line.split(';').for_each(|part| of_statement(part.trim(), modules));
        }
    }
}

fn of_statement(statement: &str, modules: &mut BTreeSet<String>) {
    let mut words = statement.split_whitespace();
    match (words.next(), words.next()) {
        (Some("from"), Some(module)) if words.next() == Some("import") => {
            // `from google.cloud import storage` imports a module, too.
            add(module, modules);
            if module.starts_with("google") {
                words.for_each(|name| add(&format!("{module}.{}", name.trim_matches(['(', ')', ','])), modules));
            }
        }
        (Some("import"), Some(_)) => {
            let names = statement.strip_prefix("import").unwrap_or_default();
            // What follows a name is `as` and another name, or this is a sentence.
            for name in names.split(',') {
                let mut words = name.split_whitespace();
                if let (Some(module), None | Some("as")) = (words.next(), words.next()) {
                    add(module, modules);
                }
            }
        }
        _ => {}
    }
}

fn add(module: &str, modules: &mut BTreeSet<String>) {
    let is_name = |part: &str| {
        part.starts_with(|letter: char| letter.is_ascii_alphabetic() || letter == '_')
            && part.chars().all(|letter| letter.is_ascii_alphanumeric() || letter == '_')
    };
    if module.len() <= 200 && modules.len() < 10_000 && module.split('.').all(is_name) {
        modules.insert(module.to_owned());
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_imports_packages_and_not_pythons_or_its_own_modules() {
        let folder = tempfile::tempdir().unwrap();
        let notebook = |cells: &[&str]| {
            let cell = |code: &&str| serde_json::json!({"cell_type": "code", "source": [code]});
            serde_json::json!({"cells": cells.iter().map(cell).collect::<Vec<_>>()}).to_string()
        };
        let write = |name: &str, text: &str| {
            let path = folder.path().join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        };
        let cells = [
            "import os, sys; import numpy as np, pandas as pd  # arrays\nfrom sklearn.svm import SVC",
            "%matplotlib inline\n!pip install no\n\"\"\"\nimport never\n\"\"\"\nfrom .mine import x\nfrom helper import y",
            "%%bash\nimport -h\nimport bash_thing",
            "%%time\ntry:\n    import cv2\nexcept ImportError:\n    import PIL.Image\nimport the data first\n",
            "from google.cloud import storage\nfrom google.colab import drive\nimport sentence_transformers, near, __main__",
        ];
        write("deep/a.ipynb", &notebook(&cells));
        write("deep/near.py", "");
        write("helper/__init__.py", "");
        write("script.py", "from bs4 import BeautifulSoup\nimport yaml\n");
        write("b.ipynb", "no JSON");
        let names = ["deep/a.ipynb", "b.ipynb", "none.ipynb"].map(str::to_owned);
        assert_eq!(
            imports(folder.path(), &names),
            [
                "beautifulsoup4",
                "google-cloud-storage",
                "matplotlib",
                "numpy",
                "opencv-python-headless",
                "pandas",
                "pillow",
                "pyyaml",
                "scikit-learn",
                "sentence-transformers",
            ]
        );
    }
}
