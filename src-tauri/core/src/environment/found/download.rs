//! How much an installation fetches, as far as a lock file says it. Pure.
//!
//! The forms: uv's `uv.lock`, [`pylock.toml`](https://packaging.python.org/en/latest/specifications/pylock-toml/),
//! `pixi.lock` and `conda-lock.yml`. Other lock files have no sizes. One that is not understood has none, either.

use std::collections::{BTreeMap, BTreeSet};

use crate::environment::found::marker::{self, Machine};
use crate::environment::found::source::{Source, SourceKind};
use crate::environment::found::tree::{self, Tree};
use crate::environment::found::{text, wheel};
use crate::environment::request::GROUPS;

/// The most packages that are followed.
const MOST: usize = 10_000;

/// What an installation fetches.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Download {
    /// The bytes of the packages whose size is known.
    pub bytes: u64,
    /// There are packages whose size is not known.
    pub more: bool,
}

/// What the installation of a source fetches on this machine. `None` if no file says it.
pub fn download(source: &Source, contents: &BTreeMap<String, Vec<u8>>, machine: &Machine) -> Option<Download> {
    let lock = match source.kind {
        SourceKind::CondaLock => source.path(),
        _ => source.locked_by.as_deref()?,
    };
    let (text, _) = text::decode(contents.get(lock)?);
    let name = lock.rsplit('/').next()?;
    let (tree, faults) = match name {
        // Most of these have no sizes.
        _ if !text.contains("size") => return None,
        "uv.lock" | "pylock.toml" => tree::toml(&text),
        "pixi.lock" | "conda-lock.yml" => tree::yaml(&text),
        _ => return None,
    };
    if !faults.is_empty() {
        return None;
    }
    let found = match name {
        "uv.lock" => uv(&tree, machine)?,
        "pylock.toml" => pylock(&tree, machine),
        "pixi.lock" => pixi(&tree, source.environment.as_deref().unwrap_or("default"), machine)?,
        _ => conda_lock(&tree, machine),
    };
    (found.bytes > 0).then_some(found)
}

impl Download {
    /// Adds a package, whose size may not be known.
    fn add(&mut self, size: Option<u64>) {
        self.bytes = self.bytes.saturating_add(size.unwrap_or_default());
        self.more |= size.is_none();
    }
}

fn size(file: &Tree) -> Option<u64> {
    file.get("size")?.scalar()?.parse().ok()
}

/// The text of the first of these keys that a package or a file has.
fn first<'a>(tree: &'a Tree, keys: &[&str]) -> Option<&'a str> {
    keys.iter().find_map(|key| tree.text_at(&[key]))
}

/// What is fetched for a package with `wheels`, an `sdist` or an `archive`: nothing for a file of the folder.
fn of_files(package: &Tree, machine: &Machine) -> Option<u64> {
    let rank = |file: &Tree| {
        let place = first(file, &["name", "filename", "url", "path"])?;
        let path = place.split(['?', '#']).next()?;
        wheel::rank(path.rsplit('/').next()?, machine)
    };
    let wheels = package.get("wheels").map(Tree::items).unwrap_or_default().iter();
    let taken = wheels.filter_map(|file| Some((rank(file)?, file))).min_by_key(|(rank, _)| *rank);
    let file = package.get("archive").or(taken.map(|(_, file)| file)).or_else(|| package.get("sdist"))?;
    if file.get("url").is_none() && file.get("path").is_some() { Some(0) } else { size(file) }
}

fn fits(marker: Option<&str>, machine: &Machine, groups: &[&str]) -> bool {
    // One that is not understood counts: most conditions hold on Linux.
    marker.is_none_or(|marker| marker::holds(marker, machine, groups).unwrap_or(true))
}

/// `pylock.toml` lists the packages, each with its condition.
fn pylock(tree: &Tree, machine: &Machine) -> Download {
    let groups: Vec<&str> =
        tree.get("default-groups").map(Tree::items).unwrap_or_default().iter().filter_map(Tree::text).collect();
    let mut found = Download::default();
    for package in tree.get("packages").map(Tree::items).unwrap_or_default() {
        if !fits(package.text_at(&["marker"]), machine, &groups) || package.get("directory").is_some() {
            continue;
        }
        found.add(of_files(package, machine));
    }
    found
}

/// `uv.lock` has the packages for all machines, extras and groups. Those that are needed here are found from the project on.
fn uv(tree: &Tree, machine: &Machine) -> Option<Download> {
    let packages = tree.get("package")?.items();
    let mut by_name: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (at, package) in packages.iter().enumerate() {
        by_name.entry(package.text_at(&["name"])?).or_default().push(at);
    }
    let is_project = |package: &&Tree| {
        ["virtual", "editable", "directory"].iter().any(|kind| package.text_at(&["source", kind]) == Some("."))
    };
    let mut open: Vec<&Tree> = Vec::new();
    match packages.iter().find(is_project) {
        Some(project) => {
            open.extend(needs(project, &["dependencies"]));
            for group in GROUPS {
                open.extend(needs(project, &["dev-dependencies", group]));
                open.extend(needs(project, &["optional-dependencies", group]));
            }
        }
        None => GROUPS.iter().for_each(|group| open.extend(needs(tree, &["manifest", "dependency-groups", group]))),
    }
    let (mut seen, mut found) = (BTreeSet::new(), Download::default());
    while let Some(need) = open.pop() {
        if !fits(need.text_at(&["marker"]), machine, &[]) {
            continue;
        }
        let at = *by_name.get(need.text_at(&["name"])?)?.iter().find(|at| is_meant(need, &packages[**at], machine))?;
        let package = &packages[at];
        if seen.insert((at, "")) {
            open.extend(needs(package, &["dependencies"]));
            if !["virtual", "editable", "directory", "path"].iter().any(|kind| package.at(&["source", kind]).is_some())
            {
                found.add(of_files(package, machine));
            }
        }
        let extras = ["extra", "extras"].iter().flat_map(|key| need.get(key).map(Tree::items).unwrap_or_default());
        for extra in extras.filter_map(Tree::text) {
            if seen.insert((at, extra)) {
                open.extend(needs(package, &["optional-dependencies", extra]));
            }
        }
        if seen.len() > MOST {
            return None;
        }
    }
    Some(found)
}

fn needs<'a>(tree: &'a Tree, keys: &[&str]) -> impl Iterator<Item = &'a Tree> {
    tree.at(keys).map(Tree::items).unwrap_or_default().iter()
}

/// Whether a package of this name is the one that is needed. One name can have several versions, each for some machines.
fn is_meant(need: &Tree, package: &Tree, machine: &Machine) -> bool {
    let same =
        |keys: &[&str]| need.at(keys).is_none_or(|wanted| package.at(keys).and_then(Tree::scalar) == wanted.scalar());
    let markers = package.get("resolution-markers").map(Tree::items).unwrap_or_default();
    same(&["version"])
        && same(&["source", "registry"])
        && (markers.is_empty() || markers.iter().any(|one| fits(one.text(), machine, &[])))
}

fn platform(machine: &Machine) -> &'static str {
    if machine.arch == "aarch64" { "linux-aarch64" } else { "linux-64" }
}

/// `pixi.lock` lists the addresses of an environment's packages, and then each package once. Its first forms were those of
/// `conda-lock.yml`.
fn pixi(tree: &Tree, environment: &str, machine: &Machine) -> Option<Download> {
    let Some(environments) = tree.get("environments") else {
        return (environment == "default").then(|| conda_lock(tree, machine));
    };
    let place = |item| first(item, &["conda", "pypi", "url", "path"]);
    let packages = tree.get("packages").map(Tree::items).unwrap_or_default();
    let sizes: BTreeMap<&str, u64> = packages.iter().filter_map(|one| Some((place(one)?, size(one)?))).collect();
    let mut found = Download::default();
    for item in environments.at(&[environment, "packages", platform(machine)])?.items() {
        let place = place(item)?;
        // Others are files or folders on this machine.
        if place.contains("://") {
            found.add(sizes.get(place).copied());
        }
    }
    Some(found)
}

/// `conda-lock.yml` lists the packages of each platform. Only some programs write sizes into it.
fn conda_lock(tree: &Tree, machine: &Machine) -> Download {
    let mut found = Download::default();
    let packages = tree.get("package").map(Tree::items).unwrap_or_default();
    let here = packages.iter().filter(|one| one.text_at(&["platform"]) == Some(platform(machine)));
    here.for_each(|package| found.add(size(package)));
    found
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn of(kind: SourceKind, lock: &str, text: &str, arch: &str, minor: u32) -> Option<(u64, bool)> {
        let (file, environment) = match kind {
            SourceKind::CondaLock => (lock, None),
            SourceKind::Pixi => ("pixi.toml:test", Some("test".to_owned())),
            _ => ("pyproject.toml", None),
        };
        let source = Source { environment, locked_by: Some(lock.to_owned()), ..Source::new(kind, file) };
        let machine = Machine { arch: arch.to_owned(), python: (3, minor, 60), free_threaded: false };
        let contents = BTreeMap::from([(lock.to_owned(), text.as_bytes().to_vec())]);
        download(&source, &contents, &machine).map(|found| (found.bytes, found.more))
    }

    const UV: &str = r#"
version = 1
revision = 3
requires-python = ">=3.10"

[[package]]
name = "birds"
version = "0"
source = { virtual = "." }
dependencies = [
    { name = "colorama", marker = "sys_platform == 'win32'" },
    { name = "numpy", version = "1.0", source = { registry = "https://pypi.org/simple" }, marker = "python_full_version < '3.11'" },
    { name = "numpy", version = "2.0", source = { registry = "https://pypi.org/simple" }, marker = "python_full_version >= '3.11'" },
    { name = "requests", extra = ["socks"] },
    { name = "own" },
]

[package.optional-dependencies]
plots = [{ name = "colorama" }]

[package.dev-dependencies]
dev = [{ name = "pytest" }]
docs = [{ name = "colorama" }]

[[package]]
name = "colorama"
version = "1"
source = { registry = "https://pypi.org/simple" }
wheels = [{ url = "https://f/colorama-1-py3-none-any.whl", hash = "sha256:0", size = 50000000 }]

[[package]]
name = "numpy"
version = "1.0"
source = { registry = "https://pypi.org/simple" }
wheels = [{ url = "https://f/numpy-1.0-cp310-cp310-manylinux_2_17_x86_64.whl", size = 70000000 }]

[[package]]
name = "numpy"
version = "2.0"
source = { registry = "https://pypi.org/simple" }
sdist = { url = "https://f/numpy-2.0.tar.gz", size = 4000 }
wheels = [
    { url = "https://f/numpy-2.0-cp311-cp311-manylinux_2_17_x86_64.whl", size = 300 },
    { url = "https://f/numpy-2.0-cp311-cp311-manylinux_2_28_x86_64.whl", size = 200 },
    { url = "https://f/numpy-2.0-cp311-cp311-win_amd64.whl", size = 900 },
]

[[package]]
name = "own"
version = "0"
source = { editable = "packages/own" }
dependencies = [{ name = "requests" }]

[[package]]
name = "pysocks"
version = "1"
source = { registry = "https://pypi.org/simple" }
sdist = { url = "https://f/PySocks-1.tar.gz", size = 30 }

[[package]]
name = "pytest"
version = "1"
source = { registry = "https://pypi.org/simple" }
wheels = [{ url = "https://f/pytest-1-py3-none-any.whl#sha256=0", size = 7 }]
dependencies = [{ name = "pytest" }]

[[package]]
name = "requests"
version = "1"
source = { registry = "https://pypi.org/simple" }
wheels = [{ url = "https://f/requests-1-py3-none-any.whl", size = 10000 }]

[package.optional-dependencies]
socks = [{ name = "pysocks" }]
"#;

    #[test]
    fn a_lock_of_uv_has_the_files_that_this_machine_and_this_python_take() {
        let found = |text: &str, arch, minor| of(SourceKind::Pyproject, "uv.lock", text, arch, minor);
        assert_eq!(found(UV, "x86_64", 11), Some((10_237, false)));
        assert_eq!(found(UV, "aarch64", 11), Some((14_037, false)), "what has no wheel is built");
        assert_eq!(found(UV, "x86_64", 10), Some((70_010_037, false)));
        let of_git = UV.replace(
            "source = { registry = \"https://pypi.org/simple\" }\nwheels = [{ url = \"https://f/requests-1-py3-none-any.whl\", size = 10000 }]",
            "source = { git = \"https://git.example/requests?rev=1#1\" }",
        );
        assert_eq!(found(&of_git, "x86_64", 11), Some((237, true)), "a repository has no size");
        let unsized_wheel = UV.replace(", size = 200", "");
        assert_eq!(found(&unsized_wheel, "x86_64", 11), Some((10_037, true)));
    }

    #[test]
    fn versions_of_one_name_count_where_their_conditions_hold() {
        let text = r#"
[manifest]
[manifest.dependency-groups]
dev = [{ name = "torch", specifier = ">=2" }]
[[package]]
name = "torch"
version = "2"
source = { registry = "https://f/gpu" }
resolution-markers = ["sys_platform == 'win32'"]
wheels = [{ url = "https://f/torch-2-cp311-none-any.whl", size = 900 }]
[[package]]
name = "torch"
version = "2+cpu"
source = { registry = "https://f/cpu" }
resolution-markers = ["sys_platform != 'win32' and sys_platform != 'darwin'"]
wheels = [{ url = "https://f/torch-2%2Bcpu-cp311-cp311-manylinux_2_28_x86_64.whl", size = 100 }]
"#;
        assert_eq!(of(SourceKind::Pyproject, "uv.lock", text, "x86_64", 11), Some((100, false)));
    }

    #[test]
    fn a_pylock_has_the_packages_whose_conditions_hold() {
        let text = r#"
lock-version = "1.0"
default-groups = ["dev"]
[[packages]]
name = "a"
wheels = [
    { name = "a-1-cp311-cp311-manylinux_2_17_aarch64.whl", url = "https://f/1", size = 20 },
    { name = "a-1-cp311-cp311-manylinux_2_17_x86_64.whl", url = "https://f/2", size = 30 },
]
[[packages]]
name = "b"
marker = "sys_platform == 'win32'"
sdist = { url = "https://f/b-1.tar.gz", size = 4000 }
[[packages]]
name = "c"
marker = "'dev' in dependency_groups"
archive = { url = "https://f/c-1.zip", size = 500 }
[[packages]]
name = "d"
directory = { path = "d" }
[[packages]]
name = "e"
wheels = [{ path = "wheels/e-1-py3-none-any.whl", size = 60000 }]
"#;
        let found = |text: &str, arch| of(SourceKind::Pyproject, "pylock.toml", text, arch, 11);
        assert_eq!(found(text, "x86_64"), Some((530, false)));
        assert_eq!(found(text, "aarch64"), Some((520, false)));
        let with_git = format!("{text}[[packages]]\nname = \"f\"\nvcs = {{ type = \"git\", url = \"https://g/f\" }}\n");
        assert_eq!(found(&with_git, "x86_64"), Some((530, true)));
    }

    #[test]
    fn a_lock_of_pixi_has_the_packages_of_the_environment_that_is_used() {
        let text = "version: 6\nenvironments:\n  default:\n    packages:\n      linux-64:\n      - conda: https://c/b.conda\n  test:\n    packages:\n      linux-64:\n      - conda: https://c/a.conda\n      - conda: https://c/b.conda\n      - pypi: ./\n      linux-aarch64:\n      - conda: https://c/b.conda\n      - pypi: https://p/r-1-py3-none-any.whl\npackages:\n- conda: https://c/a.conda\n  size: 30\n- conda: https://c/b.conda\n  size: 4000\n- pypi: https://p/r-1-py3-none-any.whl\n  name: r\n";
        let found = |text: &str, arch| of(SourceKind::Pixi, "pixi.lock", text, arch, 11);
        assert_eq!(found(text, "x86_64"), Some((4_030, false)));
        assert_eq!(found(text, "aarch64"), Some((4_000, true)), "packages of pip have no size there");
        let of_kind = text.replace("\n- conda: https://c/", "\n- kind: conda\n  url: https://c/");
        assert_eq!(found(&of_kind, "x86_64"), Some((4_030, false)));
        assert_eq!(found(&text.replace("  test:", "  other:"), "x86_64"), None);
    }

    #[test]
    fn a_lock_of_conda_has_sizes_if_its_program_wrote_them() {
        let text = "version: 1\npackage:\n- name: python\n  platform: linux-64\n  size: 30\n- name: numpy\n  platform: linux-64\n  size: 8\n- name: python\n  platform: osx-64\n  size: 500\n";
        let found = |text: &str| of(SourceKind::CondaLock, "conda-lock.yml", text, "x86_64", 11);
        assert_eq!(found(text), Some((38, false)));
        assert_eq!(found(&text.replace("  size: 8\n", "")), Some((30, true)));
        assert_eq!(found(&text.replace("size:", "was:")), None);
    }

    #[test]
    fn a_lock_without_sizes_or_that_is_not_understood_has_none() {
        for (lock, text) in [
            ("poetry.lock", "[[package]]\nname = \"a\"\nsize = 4\n"),
            ("uv.lock", ""),
            ("uv.lock", "size = ["),
            ("uv.lock", "size = 1\npackage = 7\n"),
            ("uv.lock", &UV.replace("[[package]]\nname = \"pysocks\"", "[[package]]\nname = \"other\"")),
            ("pylock.toml", "packages = [{ size = 7 }, 1, \"size\"]\n"),
            ("pixi.lock", "size: {"),
            ("pixi.lock", "environments: [size]\n"),
        ] {
            assert_eq!(of(SourceKind::Pyproject, lock, text, "x86_64", 11), None, "{lock} {text}");
        }
        for text in ["package: size", "package:\n- size: -4\n  platform: linux-64\n", "- size"] {
            assert_eq!(of(SourceKind::CondaLock, "conda-lock.yml", text, "x86_64", 11), None, "{text}");
        }
    }
}
