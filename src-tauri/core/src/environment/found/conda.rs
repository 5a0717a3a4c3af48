//! Conda packages: an `environment.yml`, a `pixi.toml` and a `conda-lock.yml`. Pure: they ask for the files that they name.

use std::collections::BTreeSet;

use crate::contract::environment::Language;
use crate::environment::found::requirements::{self, Look, Seen};
use crate::environment::found::source::{Ask, Source};
use crate::environment::found::table::{self, Place};
use crate::environment::found::text::parent;
use crate::environment::found::tree::{self, Tree};
use crate::words::found as words;

/// The most environments of one file of pixi, beside the default one.
const MOST_ENVIRONMENTS: usize = 50;
/// The channel of files that name none.
const USUAL_CHANNEL: &str = "conda-forge";

/// Reads an `environment.yml`.
///
/// Its form: <https://docs.conda.io/projects/conda/en/stable/user-guide/tasks/manage-environments.html>.
pub(super) fn environment(source: &mut Source, file: &str, text: &str, look: Look) {
    let (tree, faults) = tree::yaml(text);
    for (line, message) in faults {
        source.problem(file, line, message);
    }
    add_channels(source, &tree, "channels");
    let Some(list) = tree.get("dependencies") else {
        return source.problem(file, None, words::no_key("dependencies"));
    };
    if !list.is_list() && !is_empty(list) {
        source.problem(file, list.line, words::other_form("dependencies", words::A_LIST));
    }
    let mut seen = Seen::new();
    for item in list.items() {
        if let Some(text) = item.text() {
            package(source, file, text, item.line);
            continue;
        }
        for (key, lines) in item.entries() {
            match key.as_str() {
                "pip" => pip(source, file, lines, &mut seen, look),
                _ => source.problem(file, item.line, words::other_form(key, words::A_TEXT)),
            }
        }
    }
}

/// Adds the channels of a list. `nodefaults` is none: it says that no others count.
fn add_channels(source: &mut Source, tree: &Tree, key: &str) {
    for item in tree.get(key).map(Tree::items).unwrap_or_default() {
        match item.text().or_else(|| item.text_at(&["channel"])).or_else(|| item.text_at(&["url"])) {
            Some("nodefaults") | None => {}
            Some(channel) => source.add_channel(channel),
        }
    }
}

/// Reads a `.condarc` beside a conda file: the channels that count after those of the file.
pub(super) fn condarc(source: &mut Source, text: &str) {
    add_channels(source, &tree::yaml(text).0, "channels");
}

/// A file that names no channel gets packages of conda-forge.
pub(super) fn usual_channel(source: &mut Source) {
    if source.channels.is_empty() {
        source.add_channel(USUAL_CHANNEL);
    }
}

fn is_empty(tree: &Tree) -> bool {
    matches!(tree.scalar(), Some("" | "~" | "null"))
}

/// The packages that `pip` installs, which runs in the folder of the file.
fn pip(source: &mut Source, file: &str, lines: &Tree, seen: &mut Seen, look: Look) {
    if !lines.is_list() && !is_empty(lines) {
        return source.problem(file, lines.line, words::other_form("pip", words::A_LIST));
    }
    for line in lines.items() {
        match line.text() {
            Some(text) => requirements::read_one(source, file, text, line.line, parent(file), seen, look),
            None => source.problem(file, line.line, words::other_form("pip", words::A_LIST)),
        }
    }
}

/// Adds a conda package: `channel::name=version=build`, `name >=version` or `name[key=value]`.
fn package(source: &mut Source, file: &str, text: &str, line: Option<usize>) {
    let text = text.trim();
    let bare = text.rsplit_once("::").map_or(text, |(_, bare)| bare);
    let end = bare.find([' ', '=', '<', '>', '!', '~', '[']).unwrap_or(bare.len());
    let (name, wanted) = bare.split_at(end);
    let fits = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '-' | '_' | '.');
    if name.is_empty() || name.starts_with('-') || !name.chars().all(fits) {
        return source.problem(file, line, words::not_a_requirement(text));
    }
    let extras = wanted.split_once('[').and_then(|(_, rest)| rest.split_once(']')).map(|(inside, _)| inside);
    if extras.is_some_and(|inside| !inside.contains('=')) {
        source.problem(file, line, words::extras_of_pip(text, name));
    }
    if name == "python" {
        source.want_python(wanted, file);
    }
    source.ask(text, Some(name.to_lowercase()), line);
}

/// The language of the kernels. An environment can have R and Python: then the notebooks say it, and R is for files that
/// do not name Python.
pub(super) fn language(asks: &[Ask], of_notebooks: Option<Language>) -> Language {
    let names = || asks.iter().filter_map(|ask| ask.name.as_deref());
    let has_r = names().any(|name| name == "r-base" || name.starts_with("r-"));
    match of_notebooks {
        _ if !has_r => Language::Python,
        Some(language) => language,
        None if names().any(|name| name == "python") => Language::Python,
        None => Language::R,
    }
}

/// Whether a `pyproject.toml` has an environment of pixi.
pub(super) fn has_pixi(tree: &Tree) -> bool {
    tree.at(&["tool", "pixi"]).is_some_and(|pixi| {
        ["workspace", "project", "dependencies", "pypi-dependencies"].iter().any(|key| pixi.get(key).is_some())
    })
}

/// The names of the environments beside the default one. A name is shown behind the file's, and is plain.
pub(super) fn other_environments(tree: &Tree) -> impl Iterator<Item = &str> {
    let names = tree.get("environments").map(Tree::entries).unwrap_or_default().iter().map(|(name, _)| name.as_str());
    let plain = |name: &&str| name.chars().all(|letter| letter.is_ascii_alphanumeric() || matches!(letter, '-' | '_'));
    names.filter(plain).filter(|name| !name.is_empty() && *name != "default").take(MOST_ENVIRONMENTS)
}

/// The tables that the source's environment is made of: its features, and at last what belongs to none.
fn features<'a>(source: &mut Source, file: &str, tree: &'a Tree) -> Vec<&'a Tree> {
    let name = source.environment.as_deref().unwrap_or("default");
    let environment = tree.at(&["environments", name]);
    let listed = environment.map(|one| if one.is_list() { one } else { one.get("features").unwrap_or(one) });
    let mut found = Vec::new();
    for item in listed.map(Tree::items).unwrap_or_default() {
        match item.text() {
            Some("default") => {}
            Some(feature) => match tree.at(&["feature", feature]) {
                Some(table) => found.push(table),
                None => source.problem(file, item.line, words::unknown_feature(feature)),
            },
            None => source.problem(file, item.line, words::other_form("features", words::A_TEXT)),
        }
    }
    let alone = environment.and_then(|one| one.get("no-default-feature")).and_then(Tree::scalar) == Some("true");
    found.extend((!alone).then_some(tree));
    found
}

/// Reads a `pixi.toml`, or the table `[tool.pixi]`: the packages of one of its environments on Linux.
///
/// Its form: <https://pixi.sh/latest/reference/pixi_manifest/>.
pub(super) fn pixi(source: &mut Source, file: &str, tree: &Tree, look: Look) {
    let features = features(source, file, tree);
    features.iter().for_each(|feature| add_channels(source, feature, "channels"));
    for table in ["workspace", "project"] {
        tree.get(table).into_iter().for_each(|table| add_channels(source, table, "channels"));
    }
    let targets = ["unix", "linux", "linux-64", "linux-aarch64"];
    let mut tables = Vec::new();
    for feature in features {
        tables.push(feature);
        tables.extend(targets.iter().filter_map(|name| feature.at(&["target", name])));
    }
    let mut seen = BTreeSet::new();
    for tables in tables {
        for (name, value) in tables.get("dependencies").map(Tree::entries).unwrap_or_default() {
            let Some(version) = value.scalar().or_else(|| value.get("version").and_then(Tree::scalar)).or_else(|| {
                // A package with a channel alone, or from a place of its own.
                value.is_map().then_some("*")
            }) else {
                source.problem(file, value.line, words::other_form(name, words::A_TEXT));
                continue;
            };
            if seen.insert(name.as_str()) {
                let text = if version == "*" { name.clone() } else { format!("{name} {version}") };
                package(source, file, &text, value.line);
            }
        }
        if let Some(table) = tables.get("pypi-dependencies") {
            table::read(source, table, &Place { file, folder: parent(file) }, look);
        }
    }
}

/// Reads a `conda-lock.yml`: the packages for Linux.
///
/// Its form: <https://conda.github.io/conda-lock/output/>.
pub(super) fn lock(source: &mut Source, file: &str, text: &str) {
    let (tree, faults) = tree::yaml(text);
    for (line, message) in faults {
        source.problem(file, line, message);
    }
    tree.get("metadata").into_iter().for_each(|table| add_channels(source, table, "channels"));
    let Some(list) = tree.get("package").filter(|list| list.is_list()) else {
        return source.problem(file, None, words::no_key("package"));
    };
    let platform = |item: &Tree| item.text_at(&["platform"]).unwrap_or_default().to_owned();
    let has_linux = list.items().iter().any(|item| platform(item) == "linux-64");
    let mut seen = BTreeSet::new();
    for item in list.items().iter().filter(|item| !has_linux || platform(item) == "linux-64") {
        let (Some(name), Some(version)) = (item.text_at(&["name"]), item.text_at(&["version"])) else {
            source.problem(file, item.line, words::no_key("name"));
            continue;
        };
        if !seen.insert(name.to_owned()) {
            continue;
        }
        source.add_hosts(item.text_at(&["url"]).unwrap_or_default());
        match item.text_at(&["manager"]) {
            Some("pip") => requirements::read_one(
                source,
                file,
                &format!("{name}=={version}"),
                item.line,
                parent(file),
                &mut Seen::new(),
                &mut |_, path| Err(words::missing(path)),
            ),
            _ => package(source, file, &format!("{name}={version}"), item.line),
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::environment::found::source::SourceKind;

    fn read(read: impl FnOnce(&mut Source, Look)) -> Source {
        let mut source = Source::new(SourceKind::CondaEnvironment, "binder/environment.yml");
        read(&mut source, &mut |source, path| match path {
            "binder/more.txt" => {
                source.add_file(path);
                Ok("scipy".to_owned())
            }
            _ => Err(words::missing(path)),
        });
        source
    }

    fn asks(source: &Source) -> Vec<(&str, Option<&str>, usize)> {
        source.asks.iter().map(|ask| (ask.text.as_str(), ask.name.as_deref(), ask.line.unwrap_or_default())).collect()
    }

    #[test]
    fn an_environment_asks_for_conda_packages_and_for_those_of_pip() {
        let text = "name: a\nchannels:\n  - conda-forge\ndependencies:\n  - python=3.11\n  - conda-forge::numpy>=1.20\n  - pip\n  - R_x 1.*  # [linux]\n  - {odd: 1}\n  - '-x'\n  - pip:\n      - -r more.txt\n      - pandas==2.0\n      - -e .\n";
        let source = read(|source, look| environment(source, "binder/environment.yml", text, look));
        assert_eq!(
            asks(&source),
            [
                ("python=3.11", Some("python"), 5),
                ("conda-forge::numpy>=1.20", Some("numpy"), 6),
                ("pip", Some("pip"), 7),
                ("R_x 1.*", Some("r_x"), 8),
                ("scipy", Some("scipy"), 1),
                ("pandas==2.0", Some("pandas"), 13),
                ("-e .", None, 14),
            ]
        );
        assert_eq!(source.problems.iter().map(|problem| problem.line).collect::<Vec<_>>(), [Some(9), Some(10)]);
        assert_eq!(source.python.unwrap().allows((3, 11, 9)), Some(true));
        let text = "dependencies:\n- pip:\n";
        assert_eq!(read(|source, look| environment(source, "e", text, look)).problems, []);
        assert_eq!(read(|source, look| environment(source, "e", "name: a", look)).problems.len(), 1);
    }

    #[test]
    fn pixi_asks_for_conda_and_pypi_packages() {
        let text = "[workspace]\nchannels = []\n[dependencies]\npython = \"3.12.*\"\nnumpy = { version = \">=1.26\", channel = \"x\" }\ngit = \"*\"\n[pypi-dependencies]\nrich = { version = \">=13\", extras = [\"jupyter\"] }\n[target.win-64.dependencies]\nno = \"*\"\n[target.linux-64.dependencies]\ngcc = \"*\"\n";
        let source = read(|source, look| pixi(source, "pixi.toml", &tree::toml(text).0, look));
        let texts: Vec<_> = source.asks.iter().map(|ask| ask.text.as_str()).collect();
        assert_eq!(texts, ["python 3.12.*", "numpy >=1.26", "git", "rich[jupyter]>=13", "gcc"]);
        assert_eq!(source.python.unwrap().allows((3, 12, 1)), Some(true));
    }

    #[test]
    fn an_environment_of_pixi_asks_for_what_its_features_name() {
        let text = "[workspace]\nchannels = [\"a\"]\n[dependencies]\npython = \">=3.9\"\n[feature.test]\nchannels = [\"b\"]\n[feature.test.dependencies]\npytest = \"*\"\npython = \"3.12.*\"\n[feature.test.target.linux-64.pypi-dependencies]\nrich = \"*\"\n[environments]\ndefault = [\"odd\"]\ntest = [\"test\"]\nsmall = { features = [\"test\"], no-default-feature = true }\n\"no/name\" = []\n";
        let (tree, _) = tree::toml(text);
        assert_eq!(other_environments(&tree).collect::<Vec<_>>(), ["test", "small"]);
        let of = |name: &str| {
            let mut source = Source::of_environment("binder/pixi.toml", name);
            pixi(&mut source, "binder/pixi.toml", &tree, &mut |_, _| Ok(String::new()));
            source
        };
        let (test, small) = (of("test"), of("small"));
        let texts = |source: &Source| source.asks.iter().map(|ask| ask.text.clone()).collect::<Vec<_>>();
        assert_eq!(texts(&test), ["pytest", "python 3.12.*", "rich"]);
        assert_eq!(texts(&small), texts(&test));
        assert_eq!((test.channels.join(" "), test.problems.len()), ("b a".to_owned(), 0));
        assert_eq!((test.file.as_str(), test.path()), ("binder/pixi.toml:test", "binder/pixi.toml"));
        assert_eq!(test.python.unwrap().allows((3, 11, 0)), Some(false));
        let default = read(|source, look| pixi(source, "pixi.toml", &tree, look));
        assert_eq!(texts(&default), ["python >=3.9"]);
        assert_eq!((default.problems[0].line, default.path()), (Some(13), default.file.as_str()));
    }

    #[test]
    fn channels_are_named_without_their_logins_and_conda_forge_is_the_usual_one() {
        let text = "channels:\n- https://ada:s3cret@conda.example.org/t/tk-1/birds/\n- nodefaults\n- conda-forge\n- conda-forge\ndependencies: []\n";
        let mut source = read(|source, look| environment(source, "e", text, look));
        condarc(&mut source, "channels: [own]\nssl_verify: false\n");
        usual_channel(&mut source);
        assert_eq!(source.channels, ["https://conda.example.org/birds", "conda-forge", "own"]);
        let mut none = read(|source, look| environment(source, "e", "dependencies: [numpy]", look));
        usual_channel(&mut none);
        assert_eq!(none.channels, ["conda-forge"]);
        let pixi_text = "[workspace]\nchannels = [\"a\", { channel = \"b\", priority = 1 }]\n";
        let of_pixi = read(|source, look| pixi(source, "pixi.toml", &tree::toml(pixi_text).0, look));
        assert_eq!(of_pixi.channels, ["a", "b"]);
        let text = "metadata:\n  channels:\n  - url: c\n    used_env_vars: []\npackage: []\n";
        assert_eq!(read(|source, _| lock(source, "conda-lock.yml", text)).channels, ["c"]);
    }

    #[test]
    fn kernels_are_of_r_where_packages_or_notebooks_say_so() {
        let of = |packages: &[&str], notebooks| {
            let mut source = Source::new(SourceKind::CondaEnvironment, "environment.yml");
            packages.iter().for_each(|text| package(&mut source, "environment.yml", text, None));
            language(&source.asks, notebooks)
        };
        let (r, python) = (Language::R, Language::Python);
        for (packages, notebooks, wanted) in [
            (&["r-base=4.3"][..], None, r),
            (&["conda-forge::r-tidyverse"], Some(r), r),
            (&["r-base", "numpy"], Some(python), python),
            (&["r-base", "numpy"], None, r),
            (&["r-base", "python"], None, python),
            (&["r-base", "python"], Some(r), r),
            (&["numpy", "rich"], Some(r), python),
        ] {
            assert_eq!(of(packages, notebooks), wanted, "{packages:?} {notebooks:?}");
        }
    }

    #[test]
    fn a_lock_asks_for_the_packages_for_linux() {
        let text = "version: 1\npackage:\n- name: python\n  version: 3.11.4\n  manager: conda\n  platform: linux-64\n- name: python\n  version: 3.11.5\n  manager: conda\n  platform: osx-64\n- name: rich\n  version: 13.0.0\n  manager: pip\n  platform: linux-64\n- name: odd\n  platform: linux-64\n";
        let source = read(|source, _| lock(source, "conda-lock.yml", text));
        assert_eq!(asks(&source), [("python=3.11.4", Some("python"), 3), ("rich==13.0.0", Some("rich"), 11)]);
        assert_eq!(source.problems[0].line, Some(15));
    }
}
