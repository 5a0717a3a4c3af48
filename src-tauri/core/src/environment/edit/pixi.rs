//! Packages in a `pixi.toml`, or in `[tool.pixi]` of a `pyproject.toml`. Pure.

use toml_edit::{Array, DocumentMut, InlineTable, Item, Table, TableLike, Value, value};

use super::conda::{Spec, same_name, spec};
use super::python::name_of;
use super::{Change, Edited, as_before};
use crate::environment::found::is_requirement;
use crate::words::edit as words;
use crate::words::error::Result;

const CONDA: &str = "dependencies";
const PYPI: &str = "pypi-dependencies";
/// The tables that hold for the kernels.
const TARGETS: [&str; 4] = ["unix", "linux", "linux-64", "linux-aarch64"];
/// Keys of a package that comes from a place of its own.
const ELSEWHERE: [&str; 3] = ["git", "path", "url"];

/// The keys that lead to a table.
type Keys = Vec<String>;

pub(super) fn edit(change: &Change, text: &str) -> Result<Edited> {
    let mut document: DocumentMut =
        text.parse().map_err(|error: toml_edit::TomlError| words::not_read(change.file, error.message()))?;
    let features = features(&mut document, change)?;
    let mut file = File { change, features, document };
    let mut unknown = Vec::new();
    for name in change.remove {
        let found = [file.remove(CONDA, name), file.remove(PYPI, name), file.remove_of_project(name)];
        if !found.contains(&true) {
            unknown.push(name.clone());
        }
    }
    for package in change.add {
        file.add(package.trim())?;
    }
    Ok(Edited { text: as_before(text, file.document.to_string()), unknown })
}

/// The tables that the environment is made of. The first is the one that packages are added to: the default feature, if
/// it counts.
fn features(document: &mut DocumentMut, change: &Change) -> Result<Vec<Keys>> {
    let of_project = change.file.rsplit('/').next() == Some("pyproject.toml");
    let root: Keys = if of_project { vec!["tool".to_owned(), "pixi".to_owned()] } else { Vec::new() };
    let name = change.environment.unwrap_or("default");
    let environment = [&root[..], &["environments".to_owned()]].concat();
    let item = table_at(document.as_item_mut(), &environment).and_then(|table| table.get(name));
    let table = item.and_then(Item::as_table_like);
    let listed = table.map_or(item, |table| table.get("features")).and_then(Item::as_array);
    let alone = table.and_then(|table| table.get("no-default-feature")).and_then(Item::as_bool) == Some(true);
    let named = listed.into_iter().flatten().filter_map(Value::as_str).filter(|feature| *feature != "default");
    let mut found: Vec<Keys> = if alone { Vec::new() } else { vec![root.clone()] };
    found.extend(named.map(|feature| [&root[..], &["feature".to_owned(), feature.to_owned()]].concat()));
    if found.is_empty() {
        return Err(words::no_feature(change.file, name));
    }
    Ok(found)
}

fn table_at<'a>(item: &'a mut Item, keys: &[String]) -> Option<&'a mut dyn TableLike> {
    let mut item = item;
    for key in keys {
        item = item.as_table_like_mut()?.get_mut(key)?;
    }
    item.as_table_like_mut()
}

/// The table, which is made if it is missing.
fn made_at<'a>(item: &'a mut Item, keys: &[String]) -> Option<&'a mut dyn TableLike> {
    let mut item = item;
    for (at, key) in keys.iter().enumerate() {
        let in_line = item.is_inline_table();
        let parent = item.as_table_like_mut()?;
        if parent.get(key).is_none() {
            let mut table = Table::new();
            table.set_implicit(at + 1 < keys.len());
            let new = if in_line { value(InlineTable::new()) } else { Item::Table(table) };
            parent.insert(key, new);
        }
        item = parent.get_mut(key)?;
    }
    item.as_table_like_mut()
}

fn is_same(kind: &str, key: &str, package: &str) -> bool {
    match kind {
        CONDA => spec(package).is_some_and(|spec| same_name(spec.name, key)),
        _ => name_of(key) == name_of(package),
    }
}

struct File<'a> {
    change: &'a Change<'a>,
    features: Vec<Keys>,
    document: DocumentMut,
}

impl File<'_> {
    /// The tables of this kind that count.
    fn tables(&self, kind: &str) -> Vec<Keys> {
        let targets = |feature: &Keys| -> Vec<Keys> {
            let of = |target: &&str| [&feature[..], &["target".to_owned(), (*target).to_owned()]].concat();
            std::iter::once(feature.clone()).chain(TARGETS.iter().map(of)).collect()
        };
        let all = self.features.iter().flat_map(targets);
        all.map(|keys| [&keys[..], &[kind.to_owned()]].concat()).collect()
    }

    /// Each table of this kind that names a package, with the key there.
    fn named(&mut self, kind: &str, package: &str) -> Vec<(Keys, String)> {
        let mut found = Vec::new();
        for keys in self.tables(kind) {
            let Some(table) = table_at(self.document.as_item_mut(), &keys) else { continue };
            let key = table.iter().map(|(key, _)| key.to_owned()).find(|key| is_same(kind, key, package));
            found.extend(key.map(|key| (keys, key)));
        }
        found
    }

    fn remove(&mut self, kind: &str, package: &str) -> bool {
        let places = self.named(kind, package);
        for (keys, key) in &places {
            if let Some(table) = table_at(self.document.as_item_mut(), keys) {
                table.remove(key);
            }
        }
        !places.is_empty()
    }

    /// The packages of the project itself, which belong to the default feature.
    fn of_project(&mut self) -> Option<&mut Array> {
        if self.features[0] != ["tool", "pixi"] {
            return None;
        }
        let project = table_at(self.document.as_item_mut(), &["project".to_owned()])?;
        project.get_mut(CONDA)?.as_array_mut()
    }

    fn in_project(&mut self, package: &str) -> Option<(&mut Array, usize)> {
        let list = self.of_project()?;
        let fits = |one: &Value| one.as_str().is_some_and(|text| name_of(text) == name_of(package));
        let at = list.iter().position(fits)?;
        Some((list, at))
    }

    fn remove_of_project(&mut self, package: &str) -> bool {
        let mut found = false;
        while let Some((list, at)) = self.in_project(package) {
            list.remove(at);
            found = true;
        }
        found
    }

    fn add(&mut self, package: &str) -> Result<()> {
        if !self.change.pip {
            let known = self.named(CONDA, package);
            if !known.is_empty() {
                return self.set(CONDA, known, package);
            }
        }
        let known = self.named(PYPI, package);
        if !known.is_empty() {
            return self.set(PYPI, known, package);
        }
        if let Some((list, at)) = self.in_project(package) {
            if !is_requirement(package) {
                return Err(words::not_of_pip(package));
            }
            list.replace(at, package);
            return Ok(());
        }
        if self.change.pip {
            self.remove(CONDA, package);
        }
        let kind = if self.change.pip { PYPI } else { CONDA };
        let name = match kind {
            CONDA => spec(package).map(|spec| spec.name.to_ascii_lowercase()),
            _ => is_requirement(package).then(|| parts(package).0.to_owned()),
        };
        let first = [&self.features[0][..], &[kind.to_owned()]].concat();
        self.set(kind, vec![(first, name.unwrap_or_default())], package)
    }

    /// Writes a package into these tables.
    fn set(&mut self, kind: &str, places: Vec<(Keys, String)>, package: &str) -> Result<()> {
        let file = self.change.file;
        let new = match kind {
            CONDA => of_conda(package, file)?,
            _ => of_pypi(package, file)?,
        };
        for (keys, key) in places {
            let table = made_at(self.document.as_item_mut(), &keys);
            let table = table.ok_or_else(|| words::no_version(file, &key))?;
            match table.get_mut(&key) {
                Some(item) => replace(item, &new).ok_or_else(|| words::no_version(file, &key))?,
                None => drop(table.insert(&key, Item::Value(new.value()))),
            }
        }
        Ok(())
    }
}

/// A package as a table of pixi has it.
struct Entry {
    version: String,
    /// Another key, such as the channel.
    more: Option<(&'static str, Value)>,
}

impl Entry {
    fn value(&self) -> Value {
        let Some((key, more)) = &self.more else { return Value::from(self.version.as_str()) };
        let mut table = InlineTable::new();
        table.insert("version", Value::from(self.version.as_str()));
        table.insert(*key, more.clone());
        Value::InlineTable(table)
    }
}

/// Gives a package another version. `None` if it comes from a place of its own.
fn replace(item: &mut Item, new: &Entry) -> Option<()> {
    if let Some(table) = item.as_table_like_mut() {
        if ELSEWHERE.iter().any(|key| table.contains_key(key)) {
            return None;
        }
        let more = new.more.iter().map(|(key, value)| (*key, value.clone()));
        for (key, value) in more.chain([("version", Value::from(new.version.as_str()))]) {
            match table.get_mut(key).and_then(Item::as_value_mut) {
                Some(old) => put(old, value),
                None => drop(table.insert(key, Item::Value(value))),
            }
        }
        return Some(());
    }
    put(item.as_value_mut()?, new.value());
    Some(())
}

/// Another value, with the spaces and the comment of the old one.
fn put(old: &mut Value, mut new: Value) {
    *new.decor_mut() = old.decor().clone();
    *old = new;
}

/// The name, the extras and the version of a requirement of Python.
fn parts(package: &str) -> (&str, &str, &str) {
    let end = package.find(|letter: char| !letter.is_ascii_alphanumeric() && !"-_.".contains(letter));
    let (name, rest) = package.split_at(end.unwrap_or(package.len()));
    let rest = rest.trim();
    let (extras, rest) = rest.strip_prefix('[').and_then(|rest| rest.split_once(']')).unwrap_or(("", rest));
    (name, extras, rest.trim())
}

fn of_pypi(package: &str, file: &str) -> Result<Entry> {
    if !is_requirement(package) {
        return Err(words::not_of_pip(package));
    }
    let (_, extras, rest) = parts(package);
    if rest.contains([';', '@']) {
        return Err(words::not_of_pixi(package, file));
    }
    let all: Array = extras.split(',').map(str::trim).filter(|extra| !extra.is_empty()).collect();
    let more = (!all.is_empty()).then_some(("extras", Value::Array(all)));
    Ok(Entry { version: any_if_empty(&rest.trim_matches(['(', ')']).replace(' ', "")), more })
}

fn of_conda(package: &str, file: &str) -> Result<Entry> {
    let Spec { channel, rest, .. } = spec(package).ok_or_else(|| words::not_of_conda(package))?;
    let version = one_version(rest).ok_or_else(|| words::not_of_pixi(package, file))?;
    let more = channel.map(|channel| ("channel", Value::from(channel)));
    Ok(Entry { version: any_if_empty(&version), more })
}

fn any_if_empty(version: &str) -> String {
    if version.is_empty() { "*".to_owned() } else { version.to_owned() }
}

/// A version without spaces. `None` if there is a build or another key.
fn one_version(rest: &str) -> Option<String> {
    let sign = |letter: Option<char>| letter.is_some_and(|letter| ",|<>=!~".contains(letter));
    let words: Vec<&str> = rest.split_whitespace().collect();
    let is_one = words.windows(2).all(|two| sign(two[0].chars().last()) || sign(two[1].chars().next()));
    let version = words.concat();
    let has_build =
        version.split([',', '|']).any(|part| part.trim_start_matches(['<', '>', '=', '!', '~']).contains('='));
    (is_one && !has_build && !version.contains('[')).then_some(version)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::super::tested;
    use super::*;
    use crate::environment::found::SourceKind;

    fn changed(file: &str, text: &str, add: &[&str], remove: &[&str]) -> Result<String> {
        let found = tested(SourceKind::Pixi, file, text, add, remove)?;
        assert_eq!(found.unknown, [""; 0]);
        Ok(found.text)
    }

    /// The file, what is added and removed, and which part of the text becomes which.
    type Case<'a> = (&'a str, &'a [&'a str], &'a [&'a str], &'a str, &'a str);

    const FILE: &str = "# mine\n[workspace]\nchannels = []\n\n[dependencies]\npython = \"3.12.*\"  # not 3.13\nNumpy = { version = \">=1\", channel = \"x\" }\n\n[pypi-dependencies]\nrich = \">=13\"\nowls = { path = \".\" }\n\n[target.linux-64.dependencies]\ngcc = \"*\"\n\n[feature.test.dependencies]\npytest = \"*\"\n\n[feature.test.pypi-dependencies]\n\"zope.event\" = \"*\"\n\n[environments]\ntest = [\"test\"]\nsmall = { features = [\"test\"], no-default-feature = true }\nnone = { features = [], no-default-feature = true }\n";

    #[test]
    fn the_packages_of_an_environment_change_and_all_else_stays() {
        let numpy = "Numpy = { version = \">=1\", channel = \"x\" }\n";
        let pytest = "pytest = \"*\"\n";
        let table: [Case<'_>; 14] = [
            ("pixi.toml", &["pandas"], &[], numpy, &format!("{numpy}pandas = \"*\"\n")),
            (
                "pixi.toml",
                &["own::Pandas >=2, <3"],
                &[],
                numpy,
                &format!("{numpy}pandas = {{ version = \">=2,<3\", channel = \"own\" }}\n"),
            ),
            ("pixi.toml", &["python=3.13"], &[], "\"3.12.*\"", "\"=3.13\""),
            ("pixi.toml", &["numpy 2.*"], &[], "\">=1\"", "\"2.*\""),
            ("pixi.toml", &["rich>=14"], &[], "rich = \">=13\"", "rich = \">=14\""),
            (
                "pixi.toml",
                &["--pip attrs[x, y]>=1, <2"],
                &[],
                "owls = { path = \".\" }\n",
                "owls = { path = \".\" }\nattrs = { version = \">=1,<2\", extras = [\"x\", \"y\"] }\n",
            ),
            ("pixi.toml", &["gcc=12"], &[], "gcc = \"*\"", "gcc = \"=12\""),
            ("pixi.toml", &[], &["gcc", "numpy", "owls"], "", ""),
            ("pixi.toml:test", &["pandas"], &[], numpy, &format!("{numpy}pandas = \"*\"\n")),
            ("pixi.toml:test", &["pytest >=8"], &[], pytest, "pytest = \">=8\"\n"),
            ("pixi.toml:small", &["pandas"], &[], pytest, &format!("{pytest}pandas = \"*\"\n")),
            ("pixi.toml:small", &["python"], &[], pytest, &format!("{pytest}python = \"*\"\n")),
            ("pixi.toml:small", &["--pip Zope_Event==4"], &[], "\"zope.event\" = \"*\"", "\"zope.event\" = \"==4\""),
            ("pixi.toml:small", &[], &["zope-event"], "\"zope.event\" = \"*\"\n", ""),
        ];
        for (file, add, remove, before, after) in table {
            let wanted = match before {
                "" => FILE.replace(numpy, "").replace("gcc = \"*\"\n", "").replace("owls = { path = \".\" }\n", ""),
                before => FILE.replacen(before, after, 1),
            };
            assert_eq!(changed(file, FILE, add, remove).unwrap(), wanted, "{file} {add:?} {remove:?}");
            let windows = |text: &str| format!("\u{feff}{}", text.replace('\n', "\r\n"));
            assert_eq!(changed(file, &windows(FILE), add, remove).unwrap(), windows(&wanted), "{file} {add:?}");
        }
        let moved = changed("pixi.toml", FILE, &["--pip numpy==1"], &[]).unwrap();
        assert!(!moved.contains("Numpy") && moved.contains("owls = { path = \".\" }\nnumpy = \"==1\"\n"), "{moved}");
    }

    #[test]
    fn tables_that_are_missing_are_made() {
        let made = changed("pixi.toml", "[workspace]\nchannels = []\n", &["a"], &[]).unwrap();
        assert_eq!(made, "[workspace]\nchannels = []\n\n[dependencies]\na = \"*\"\n");
        let text =
            "[project]\nname = \"x\"\ndependencies = [\"rich>=13\", \"b\"]\n\n[tool.pixi.workspace]\nchannels = []\n";
        let made = changed("sub/pyproject.toml", text, &["a", "rich>=14"], &["B"]).unwrap();
        let wanted = text.replace("\"rich>=13\", \"b\"", "\"rich>=14\"") + "\n[tool.pixi.dependencies]\na = \"*\"\n";
        assert_eq!(made, wanted);
        let inside = "environments = { t = { features = [\"t\"], no-default-feature = true } }\nfeature = { t = {} }\n";
        let made = changed("pixi.toml:t", inside, &["a"], &[]).unwrap();
        let read: DocumentMut = made.parse().unwrap();
        assert_eq!(read["feature"]["t"]["dependencies"]["a"].as_str(), Some("*"), "{made}");
    }

    #[test]
    fn what_is_no_version_is_refused() {
        for (file, add, wanted) in [
            ("pixi.toml", "owls", "`owls`"),
            ("pixi.toml", "a=1=py_0", "more than a name and a version"),
            ("pixi.toml", "a >=1 py_0", "more than a name and a version"),
            ("pixi.toml", "a[build=x]", "more than a name and a version"),
            ("pixi.toml", "a[x]", "of conda"),
            ("pixi.toml", "--pip a=1", "of pip"),
            ("pixi.toml", "--pip a ; os_name == 'y'", "more than a name and a version"),
            ("pixi.toml:none", "a", "no feature"),
        ] {
            let error = changed(file, FILE, &[add], &[]).unwrap_err().to_string();
            assert!(error.contains(wanted), "{add}: {error}");
        }
        assert!(changed("pixi.toml", "[dependencies", &["a"], &[]).is_err());
        assert!(changed("pixi.toml", "dependencies = 7", &["a"], &[]).is_err());
        let unknown = tested(SourceKind::Pixi, "pixi.toml", FILE, &[], &["pytest"]).unwrap().unknown;
        assert_eq!(unknown, ["pytest"], "it is of a feature that does not count");
    }
}
