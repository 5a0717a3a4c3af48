//! Packages of R: an `renv.lock`, a `DESCRIPTION` and an `install.R`, which is read and not run. Pure.

use crate::environment::found::literals;
use crate::environment::found::source::{Source, SourceKind};
use crate::environment::found::tree::{self, Tree};
use crate::words::found as words;

/// Reads an `renv.lock`: <https://rstudio.github.io/renv/reference/lockfiles.html>.
pub(super) fn renv(source: &mut Source, file: &str, text: &str) {
    let (tree, faults) = tree::json(text);
    if let Some((line, message)) = faults.into_iter().next() {
        return source.problem(file, line, message);
    }
    let Some(packages) = tree.get("Packages") else {
        return source.problem(file, None, words::no_key("Packages"));
    };
    if !packages.is_map() {
        return source.problem(file, None, words::other_form("Packages", words::A_TABLE));
    }
    for repository in tree.at(&["R", "Repositories"]).map(Tree::items).unwrap_or_default() {
        source.add_hosts(repository.text_at(&["URL"]).unwrap_or_default());
    }
    for (name, package) in packages.entries() {
        if !is_name(name) {
            source.problem(file, None, words::not_an_r_package(name));
            continue;
        }
        if package.get("RemoteSha").is_some() {
            source.add_hosts(&format!("https://{}", package.text_at(&["RemoteHost"]).unwrap_or("api.github.com")));
        }
        let version = package.text_at(&["Version"]).map(|version| format!(" {version}")).unwrap_or_default();
        source.ask(format!("{name}{version}"), Some(name.clone()), None);
    }
}

/// Whether a `DESCRIPTION` is one of R.
pub(super) fn description_counts(text: &str) -> bool {
    fields(text).iter().any(|(name, _)| matches!(*name, "Package" | "Imports" | "Depends"))
}

/// Reads a `DESCRIPTION`: <https://cran.r-project.org/doc/manuals/r-release/R-exts.html>.
pub(super) fn description(source: &mut Source, file: &str, text: &str) {
    let fields = fields(text);
    source.of_folder = fields.iter().any(|(name, _)| *name == "Package");
    for (name, lines) in fields {
        if !matches!(name, "Depends" | "Imports" | "LinkingTo") {
            continue;
        }
        for (line, text) in lines {
            for part in text.split(',').map(str::trim).filter(|part| !part.is_empty()) {
                let package = part.split(['(', ' ']).next().unwrap_or_default();
                match package {
                    "R" => {}
                    package if is_name(package) => source.ask(part, Some(package.to_owned()), Some(line)),
                    _ => source.problem(file, Some(line), words::not_an_r_package(part)),
                }
            }
        }
    }
}

/// The fields, each with the lines of its value.
fn fields(text: &str) -> Vec<(&str, Vec<(usize, &str)>)> {
    let mut found: Vec<(&str, Vec<(usize, &str)>)> = Vec::new();
    for (at, line) in text.lines().enumerate() {
        if line.starts_with([' ', '\t']) {
            if let Some((_, lines)) = found.last_mut() {
                lines.push((at + 1, line.trim()));
            }
        } else if let Some((name, value)) = line.split_once(':') {
            found.push((name.trim(), vec![(at + 1, value.trim())]));
        }
    }
    found
}

/// The functions that install packages, and whether only their first text is a package.
const INSTALLERS: [(&str, bool); 8] = [
    ("install.packages", false),
    ("install_github", false),
    ("install_gitlab", false),
    ("install_cran", false),
    ("install_bioc", false),
    ("install_version", true),
    ("BiocManager::install", false),
    ("pkg_install", false),
];

/// Their arguments that name packages.
const OF_PACKAGES: [&str; 5] = ["pkgs", "pkg", "repo", "package", "packages"];

/// Reads an `install.R`. It is a program: only names that are written out are seen.
pub(super) fn install(source: &mut Source, file: &str, text: &str) {
    let mut found = Vec::new();
    let mut left = literals::LETTERS;
    for (installer, only_first) in INSTALLERS {
        for place in literals::places(text, installer) {
            match installer {
                "install_github" => source.add_hosts("https://github.com"),
                "install_gitlab" => source.add_hosts("https://gitlab.com"),
                _ => {}
            }
            let all = literals::inside(text, place, &mut left);
            all.iter().for_each(|literal| source.add_hosts(&literal.text));
            let arguments = all
                .into_iter()
                .filter(|literal| literal.argument.as_deref().is_none_or(|name| OF_PACKAGES.contains(&name)));
            found.extend(arguments.take(if only_first { 1 } else { usize::MAX }));
        }
    }
    found.sort_by_key(|literal| literal.line);
    let mut seen = std::collections::BTreeSet::new();
    for literal in found {
        let bare = literal.text.split(['@', '#']).next().unwrap_or_default();
        let name = bare.rsplit('/').next().unwrap_or_default();
        if !is_name(name) {
            source.problem(file, Some(literal.line), words::not_an_r_package(&literal.text));
        } else if seen.insert((literal.line, literal.text.clone())) {
            source.ask(literal.text.clone(), Some(name.to_owned()), Some(literal.line));
        }
    }
}

/// The packages that an `install.R` names, each with its line.
pub(crate) fn installs(text: &str) -> Vec<(String, usize)> {
    let mut source = Source::new(SourceKind::RInstall, "");
    install(&mut source, "", text);
    source.asks.into_iter().filter_map(|ask| Some((ask.name?, ask.line?))).collect()
}

/// Whether this is the name of a package of R.
pub(crate) fn is_name(text: &str) -> bool {
    text.starts_with(|letter: char| letter.is_ascii_alphabetic())
        && text.chars().all(|letter| letter.is_ascii_alphanumeric() || matches!(letter, '.' | '-' | '_'))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The texts with their lines, the lines of problems, and whether the folder is a package.
    type Result = (Vec<(String, Option<usize>)>, Vec<Option<usize>>, bool);

    fn read(read: impl FnOnce(&mut Source)) -> Result {
        let mut source = Source::new(SourceKind::Renv, "f");
        read(&mut source);
        let asks = source.asks.into_iter().map(|ask| (ask.text, ask.line)).collect();
        (asks, source.problems.iter().map(|problem| problem.line).collect(), source.of_folder)
    }

    fn ask(text: &str, line: usize) -> (String, Option<usize>) {
        (text.to_owned(), (line > 0).then_some(line))
    }

    #[test]
    fn a_lock_file_asks_for_its_packages() {
        let text = r#"{"R": {"Version": "4.3.1"}, "Packages": {"dplyr": {"Version": "1.1.4"}, "-x": {}, "R6": {}}}"#;
        assert_eq!(read(|it| renv(it, "f", text)), (vec![ask("dplyr 1.1.4", 0), ask("R6", 0)], vec![None], false));
        assert_eq!(read(|it| renv(it, "f", "{\n\"R\"}")).1, [Some(2)]);
        assert_eq!(read(|it| renv(it, "f", "{}")).1, [None]);
    }

    #[test]
    fn a_description_asks_for_what_it_imports() {
        let text =
            "Package: a\nTitle: B\nDepends: R (>= 4.0)\nImports:\n    dplyr (>= 1.0),\n    R6, 1x\nSuggests: no\n";
        assert!(description_counts(text) && !description_counts("A folder: of plots\n"));
        let wanted = (vec![ask("dplyr (>= 1.0)", 5), ask("R6", 6)], vec![Some(6)], true);
        assert_eq!(read(|it| description(it, "f", text)), wanted);
    }

    #[test]
    fn a_program_that_installs_is_read_and_not_run() {
        let text = "# install.packages('no')\ninstall.packages(c(\"dplyr\", 'R6'), repos = \"https://x\")\nremotes::install_version('a', '1.0')\nif (T) devtools::install_github(\"ada/b@v1\")\nBiocManager::install('-c')\ninstall.packages(x)\n";
        let wanted = (vec![ask("dplyr", 2), ask("R6", 2), ask("a", 3), ask("ada/b@v1", 4)], vec![Some(5)], false);
        assert_eq!(read(|it| install(it, "f", text)), wanted);
    }
}
