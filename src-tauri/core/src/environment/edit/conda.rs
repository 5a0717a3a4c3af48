//! Packages in an `environment.yml`. Only the lines of those that change are touched. Pure.
//!
//! Each step is checked: the text is read again and has to say what it is meant to say.

use super::python::name_of;
use super::yaml::{self, Node, Value, is_in_brackets, quoted};
use super::{Change, Edited};
use crate::environment::found::is_requirement;
use crate::words::edit as words;
use crate::words::error::Result;

const KEY: &str = "dependencies";
const PIP: &str = "pip";

/// Which list a package stands in: that of conda, or that below `pip:`.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Of {
    Conda,
    Pip,
}

/// A package of conda as a file writes it: `channel::name>=1`.
pub(super) struct Spec<'a> {
    pub channel: Option<&'a str>,
    pub name: &'a str,
    /// What follows the name.
    pub rest: &'a str,
}

/// Reads a package of conda. `None` for what is none, such as a package of pip with extras.
pub(super) fn spec(text: &str) -> Option<Spec<'_>> {
    let text = text.trim();
    let (channel, bare) = text.rsplit_once("::").map_or((None, text), |(channel, bare)| (Some(channel), bare));
    let end = bare.find(|letter: char| !(letter.is_ascii_alphanumeric() || "-_.".contains(letter)));
    let (name, rest) = bare.split_at(end.unwrap_or(bare.len()));
    let has_name = name.starts_with(|letter: char| letter.is_ascii_alphanumeric() || letter == '_');
    let fits = rest.is_empty() || rest.starts_with([' ', '=', '<', '>', '!', '~', '[']);
    let of_pip = rest.contains([';', '@', '#']) || rest.starts_with('[') && !rest.contains('=');
    (has_name && fits && !of_pip).then_some(Spec { channel, name, rest })
}

/// Whether two names of conda are the same. Conda lowers the case, and `_` is not `-`.
pub(super) fn same_name(a: &str, b: &str) -> bool {
    a.eq_ignore_ascii_case(b)
}

pub(super) fn edit(change: &Change, text: &str) -> Result<Edited> {
    let mark = if text.starts_with('\u{feff}') { "\u{feff}" } else { "" };
    let mut file = File { change, text: text[mark.len()..].to_owned() };
    let mut unknown = Vec::new();
    for name in change.remove {
        let places = file.named(name, &[Of::Conda, Of::Pip])?;
        if places.is_empty() {
            unknown.push(name.clone());
        }
        file.remove_all(&places)?;
    }
    for package in change.add {
        let package = package.trim();
        if change.pip { file.add_of_pip(package)? } else { file.add(package)? }
    }
    Ok(Edited { text: format!("{mark}{}", file.text), unknown })
}

struct File<'a> {
    change: &'a Change<'a>,
    text: String,
}

/// What the file says: the packages of both lists.
struct Lists {
    root: Option<Node>,
}

impl Lists {
    fn dependencies(&self) -> Option<&(Node, Node)> {
        self.root.as_ref()?.entry(KEY)
    }

    /// The item of `dependencies` that has the packages of pip, and the key with its list.
    fn pip(&self) -> Option<(usize, &(Node, Node))> {
        let items = self.dependencies()?.1.items();
        items.iter().enumerate().find_map(|(at, item)| Some((at, item.entry(PIP)?)))
    }

    fn list(&self, of: Of) -> Option<&(Node, Node)> {
        match of {
            Of::Conda => self.dependencies(),
            Of::Pip => self.pip().map(|(_, entry)| entry),
        }
    }

    fn items(&self, of: Of) -> &[Node] {
        self.list(of).map_or(&[], |(_, list)| list.items())
    }
}

impl File<'_> {
    fn read(&self) -> Result<Lists> {
        let root = yaml::read(&self.text).map_err(|reason| words::not_changed(self.change.file, &reason))?;
        Ok(Lists { root })
    }

    /// Each place of a package in these lists.
    fn named(&self, package: &str, lists: &[Of]) -> Result<Vec<(Of, usize)>> {
        let read = self.read()?;
        let fits = |of: Of, node: &Node| {
            let Some(text) = node.text() else { return false };
            match of {
                Of::Conda => spec(package).zip(spec(text)).is_some_and(|(a, b)| same_name(a.name, b.name)),
                Of::Pip => !text.starts_with('-') && name_of(text) == name_of(package),
            }
        };
        let places = lists.iter().flat_map(|of| read.items(*of).iter().enumerate().map(|(at, node)| (*of, at, node)));
        Ok(places.filter(|(of, _, node)| fits(*of, node)).map(|(of, at, _)| (of, at)).collect())
    }

    /// Adds a package from wherever the file has it: from a channel, unless it stands below `pip:`.
    fn add(&mut self, package: &str) -> Result<()> {
        let places = self.named(package, &[Of::Conda, Of::Pip])?;
        let Some(((of, at), others)) = places.split_first() else { return self.append(Of::Conda, package) };
        self.replace(*of, *at, package)?;
        // A second line would ask for another version.
        self.remove_all(others)
    }

    /// Adds a package of pip. `dependencies` then has `pip` itself, as conda asks for it, and not the package.
    fn add_of_pip(&mut self, package: &str) -> Result<()> {
        let places = self.named(package, &[Of::Pip])?;
        self.remove_all(&self.named(package, &[Of::Conda])?)?;
        if self.named(PIP, &[Of::Conda])?.is_empty() {
            self.append(Of::Conda, PIP)?;
        }
        let Some(((of, at), others)) = places.split_first() else { return self.append(Of::Pip, package) };
        self.replace(*of, *at, package)?;
        self.remove_all(others)
    }

    /// The package as the list has it.
    fn written(&self, of: Of, package: &str) -> Result<String> {
        let fits = match of {
            Of::Conda => spec(package).is_some(),
            Of::Pip => is_requirement(package),
        };
        match (fits, of) {
            (true, _) => Ok(package.to_owned()),
            (false, Of::Conda) => Err(words::not_of_conda(package)),
            (false, Of::Pip) => Err(words::not_of_pip(package)),
        }
    }

    fn replace(&mut self, of: Of, at: usize, package: &str) -> Result<()> {
        let read = self.read()?;
        let node = &read.items(of)[at];
        let mut wanted = self.written(of, package)?;
        let old = node.text().and_then(spec).filter(|_| of == Of::Conda);
        if let (Some(Spec { channel: Some(channel), .. }), false) = (old, wanted.contains("::")) {
            wanted = format!("{channel}::{wanted}");
        }
        let list = read.list(of).map(|(_, list)| is_in_brackets(&self.text, list)).unwrap_or_default();
        let place = node.start..node.end;
        // Text over several lines, with a name for other places, or in a form of its own.
        if node.anchored || self.text[place.clone()].starts_with(['|', '>', '!', '&']) {
            return Err(self.refused(node.start));
        }
        let quote = self.text[node.start..].chars().next().filter(|letter| matches!(letter, '"' | '\''));
        let new = match quote.filter(|_| !wanted.contains(['"', '\'', '\\'])) {
            Some(quote) => format!("{quote}{wanted}{quote}"),
            None => quoted(&wanted, list),
        };
        let start = node.start;
        let mut after = self.text.clone();
        after.replace_range(place, &new);
        self.accept(after, start, |conda, pip| {
            let texts = if of == Of::Conda { conda } else { pip };
            texts[at] = Some(wanted);
        })
    }

    /// Takes items away, the last one first. The list of pip is itself an item, and so it comes after conda's.
    fn remove_all(&mut self, places: &[(Of, usize)]) -> Result<()> {
        let mut remove = |kind: Of| {
            let places = places.iter().rev().filter(|(of, _)| *of == kind);
            places.clone().try_for_each(|(of, at)| self.remove(*of, *at))
        };
        remove(Of::Conda)?;
        remove(Of::Pip)
    }

    /// Takes an item away; below `pip:`, the last one takes the key with it.
    fn remove(&mut self, of: Of, at: usize) -> Result<()> {
        let read = self.read()?;
        let last_of_pip = (of == Of::Pip && read.items(of).len() == 1).then(|| read.pip()).flatten();
        let (list, at) = match last_of_pip {
            Some((item, _)) => (read.list(Of::Conda), item),
            None => (read.list(of), at),
        };
        let Some((_, list)) = list else { return Ok(()) };
        let node = &list.items()[at];
        let is_alone = node.entries().len() < 2;
        if node.anchored || !is_alone {
            return Err(self.refused(node.start));
        }
        let place = match is_in_brackets(&self.text, list) {
            true => self.in_brackets(list, at),
            false => self.lines_of(node),
        };
        let place = place.ok_or_else(|| self.refused(node.start))?;
        let mut after = self.text.clone();
        after.replace_range(place, "");
        let (start, is_pip) = (node.start, last_of_pip.is_some());
        self.accept(after, start, |conda, pip| {
            if is_pip {
                pip.clear();
            }
            drop(if is_pip || of == Of::Conda { conda.remove(at) } else { pip.remove(at) });
        })
    }

    /// The whole lines of an item, if nothing else stands on them but a comment.
    fn lines_of(&self, node: &Node) -> Option<std::ops::Range<usize>> {
        let (start, end) = (self.line_start(node.start), self.line_end(node.end));
        let before = self.text[start..node.start].trim();
        let behind = self.text[node.end..end].trim();
        (before == "-" && (behind.is_empty() || behind.starts_with('#'))).then_some(start..end)
    }

    /// An item of a list in brackets, with one comma.
    fn in_brackets(&self, list: &Node, at: usize) -> Option<std::ops::Range<usize>> {
        let (items, node) = (list.items(), &list.items()[at]);
        let place = match (at.checked_sub(1).and_then(|at| items.get(at)), items.get(at + 1)) {
            (_, Some(next)) => node.start..next.start,
            (Some(before), None) => before.end..node.end,
            (None, None) => node.start..node.end + self.comma_behind(node.end),
        };
        let other = [&self.text[place.start..node.start.max(place.start)], &self.text[node.end..place.end]].concat();
        (!other.contains('#')).then_some(place)
    }

    /// The letters of a comma behind a place.
    fn comma_behind(&self, at: usize) -> usize {
        let behind = &self.text[at..];
        let rest = behind.trim_start();
        if rest.starts_with(',') { behind.len() - rest.len() + 1 } else { 0 }
    }

    /// Writes a package behind the others.
    fn append(&mut self, of: Of, package: &str) -> Result<()> {
        let wanted = self.written(of, package)?;
        let read = self.read()?;
        let after = match (of, read.list(of)) {
            (_, Some((key, list))) => self.with_item(key, list, |in_brackets| quoted(&wanted, in_brackets)),
            (Of::Conda, None) => self.with_key(&read, &wanted),
            (Of::Pip, None) => self.with_pip(&read, &wanted),
        };
        let place = read.list(of).map_or(0, |(key, _)| key.start);
        let (start, after) = (place, after.ok_or_else(|| self.refused(place))?);
        self.accept(after, start, |conda, pip| match of {
            Of::Pip if read.pip().is_none() => {
                conda.push(None);
                pip.push(Some(wanted));
            }
            Of::Pip => pip.push(Some(wanted)),
            Of::Conda => {
                let texts = conda.iter().rposition(Option::is_some).map(|at| at + 1);
                conda.insert(texts.unwrap_or_default(), Some(wanted));
            }
        })
    }

    /// The text with one more item in a list: behind the last one that is a text.
    fn with_item(&self, key: &Node, list: &Node, item: impl FnOnce(bool) -> String) -> Option<String> {
        let mut after = self.text.clone();
        let last = list.items().iter().rfind(|node| node.text().is_some());
        if is_in_brackets(&self.text, list) {
            let new = item(true);
            match (last, list.items().first()) {
                (Some(last), _) => after.insert_str(last.end, &format!(", {new}")),
                (None, Some(first)) => after.insert_str(first.start, &format!("{new}, ")),
                (None, None) => after.insert_str(list.start + 1, &new),
            }
            return Some(after);
        }
        let end = self.line_break();
        let new = item(false);
        match (last, list.items().first()) {
            (Some(last), _) => {
                let line = format!("{}{new}", self.dash_of(last)?);
                self.insert_line(&mut after, last.end, &line);
            }
            (None, Some(first)) => {
                let line = format!("{}{new}{end}", self.dash_of(first)?);
                after.insert_str(self.line_start(first.start), &line);
            }
            (None, None) => {
                let behind = self.text[key.end..self.line_end(key.end)].trim().strip_prefix(':')?.trim_start();
                if list.text() != Some("") || !(behind.is_empty() || behind.starts_with('#')) {
                    return None;
                }
                let indent = " ".repeat(self.column(key.start));
                self.insert_line(&mut after, key.end, &format!("{indent}  - {new}"));
            }
        }
        Some(after)
    }

    /// The text with the key `dependencies` at its end.
    fn with_key(&self, read: &Lists, package: &str) -> Option<String> {
        if read.root.as_ref().is_some_and(|root| is_in_brackets(&self.text, root)) {
            return None;
        }
        let end = self.line_break();
        let mut after = self.text.clone();
        if !after.is_empty() && !after.ends_with('\n') {
            after.push_str(end);
        }
        Some(format!("{after}{KEY}:{end}  - {}{end}", quoted(package, false)))
    }

    /// The text with a list of packages of pip behind all others.
    fn with_pip(&self, read: &Lists, package: &str) -> Option<String> {
        let (_, list) = read.dependencies()?;
        let last = list.items().last()?;
        let mut after = self.text.clone();
        if is_in_brackets(&self.text, list) {
            after.insert_str(last.end, &format!(", {{{PIP}: [{}]}}", quoted(package, true)));
            return Some(after);
        }
        let dash = self.dash_of(last)?;
        let (end, indent) = (self.line_break(), " ".repeat(dash.len()));
        let lines = format!("{dash}{PIP}:{end}{indent}  - {}", quoted(package, false));
        self.insert_line(&mut after, last.end, &lines);
        Some(after)
    }

    /// What stands before an item on its line: spaces and a dash.
    fn dash_of(&self, node: &Node) -> Option<&str> {
        let before = &self.text[self.line_start(node.start)..node.start];
        (before.trim() == "-").then_some(before)
    }

    /// Inserts a line behind the one of a place.
    fn insert_line(&self, after: &mut String, place: usize, line: &str) {
        let (at, end) = (self.line_end(place), self.line_break());
        match self.text[..at].ends_with('\n') {
            true => after.insert_str(at, &format!("{line}{end}")),
            false => after.insert_str(at, &format!("{end}{line}")),
        }
    }

    fn line_break(&self) -> &'static str {
        if self.text.contains("\r\n") { "\r\n" } else { "\n" }
    }

    fn line_start(&self, at: usize) -> usize {
        self.text[..at].rfind('\n').map_or(0, |at| at + 1)
    }

    /// The place behind the line break.
    fn line_end(&self, at: usize) -> usize {
        self.text[at..].find('\n').map_or(self.text.len(), |found| at + found + 1)
    }

    fn column(&self, at: usize) -> usize {
        self.text[self.line_start(at)..at].chars().count()
    }

    fn refused(&self, at: usize) -> crate::words::error::Error {
        words::form(self.change.file, self.text[..at].matches('\n').count() + 1)
    }

    /// Takes a text, if it says the same as before but for this change of its packages. An item that is no text is `None`.
    fn accept(
        &mut self,
        after: String,
        place: usize,
        change: impl FnOnce(&mut Vec<Option<String>>, &mut Vec<Option<String>>),
    ) -> Result<()> {
        let before = self.read()?;
        let refused = self.refused(place);
        let new = Lists { root: yaml::read(&after).ok().flatten() };
        let texts = |lists: &Lists, of: Of| -> Vec<Option<String>> {
            lists.items(of).iter().map(|node| node.text().map(str::to_owned)).collect()
        };
        let (mut conda, mut pip) = (texts(&before, Of::Conda), texts(&before, Of::Pip));
        change(&mut conda, &mut pip);
        let is_right = texts(&new, Of::Conda) == conda && texts(&new, Of::Pip) == pip;
        if is_right && others(&before) == others(&new) {
            self.text = after;
            return Ok(());
        }
        Err(refused)
    }
}

/// All that a file says beside its packages, as a text to compare.
fn others(lists: &Lists) -> Vec<String> {
    let root = lists.root.as_ref().map(Node::entries).unwrap_or_default();
    let keys = root.iter().filter(|(key, _)| key.text() != Some(KEY));
    let items = lists.items(Of::Conda).iter().filter(|item| item.text().is_none() && item.entry(PIP).is_none());
    keys.map(|(key, value)| format!("{} {}", shape(key), shape(value))).chain(items.map(shape)).collect()
}

fn shape(node: &Node) -> String {
    let all = |parts: Vec<String>| parts.join(",");
    match &node.value {
        Value::Text(text) => format!("{text:?}"),
        Value::Alias(of) => format!("*{of}"),
        Value::List(items) => format!("[{}]", all(items.iter().map(shape).collect())),
        Value::Map(entries) => {
            let pairs = entries.iter().map(|(key, value)| format!("{}:{}", shape(key), shape(value)));
            format!("{{{}}}", all(pairs.collect()))
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use proptest::prelude::{Strategy, prop, prop_assert, prop_assert_eq, proptest};

    use super::super::tested;
    use super::*;
    use crate::environment::found::SourceKind;

    fn changed(text: &str, add: &[&str], remove: &[&str]) -> Result<Edited> {
        tested(SourceKind::CondaEnvironment, "environment.yml", text, add, remove)
    }

    const FILE: &str = "# mine\nname: a # short\nchannels: [conda-forge]\ndependencies:\n  - python =3.11   # not 3.12\n\n  # numbers\n  - conda-forge::NumPy>=1.20\n  - \"scipy=1\"\n  - pip\n  - pip:\n      - rich>=13 # colours\n      - -e .\nvariables:\n  A: b\n";

    #[test]
    fn only_the_lines_of_what_changes_are_other_lines() {
        let table: [(&[&str], &[&str], &str, &str); 10] = [
            (&["pandas>=2"], &[], "  - pip\n", "  - pip\n  - pandas>=2\n"),
            (&["r-data.table"], &[], "  - pip\n", "  - pip\n  - r-data.table\n"),
            (&["numpy=2"], &[], "conda-forge::NumPy>=1.20", "conda-forge::numpy=2"),
            (&["own::numpy"], &[], "conda-forge::NumPy>=1.20", "own::numpy"),
            (&["python=3.12"], &[], "python =3.11   #", "python=3.12   #"),
            (&["scipy >=1.2"], &[], "\"scipy=1\"", "\"scipy >=1.2\""),
            (&["Rich>=14"], &[], "rich>=13 #", "Rich>=14 #"),
            (&["--pip attrs[x]==1"], &[], "      - -e .\n", "      - -e .\n      - attrs[x]==1\n"),
            (
                &["--pip scipy==2"],
                &[],
                "  - \"scipy=1\"\n  - pip\n  - pip:\n      - rich>=13 # colours\n      - -e .\n",
                "  - pip\n  - pip:\n      - rich>=13 # colours\n      - -e .\n      - scipy==2\n",
            ),
            (
                &[],
                &["numpy", "RICH"],
                "  - conda-forge::NumPy>=1.20\n  - \"scipy=1\"\n  - pip\n  - pip:\n      - rich>=13 # colours\n",
                "  - \"scipy=1\"\n  - pip\n  - pip:\n",
            ),
        ];
        for (add, remove, before, after) in table {
            for mark in ["", "\u{feff}"] {
                for end in ["\n", "\r\n"] {
                    let form = |text: &str| format!("{mark}{}", text.replace('\n', end));
                    let found = changed(&form(FILE), add, remove).unwrap();
                    assert!(FILE.contains(before), "{before}");
                    assert_eq!(found.text, form(&FILE.replace(before, after)), "{add:?} {remove:?}");
                    assert_eq!(found.unknown, [""; 0]);
                }
            }
        }
        assert_eq!(changed(FILE, &[], &["pandas", "numpy"]).unwrap().unknown, ["pandas"]);
    }

    #[test]
    fn each_shape_of_a_list_can_be_changed() {
        let table: [(&str, &[&str], &[&str], &str); 22] = [
            ("dependencies:\n- pip:\n  - a\n- a\n- b\n- a=1\n", &[], &["a"], "dependencies:\n- b\n"),
            ("dependencies:\n- pip:\n  - a\n- a\n- a=1\n", &["a=2"], &[], "dependencies:\n- a=2\n"),
            ("", &["a"], &[], "dependencies:\n  - a\n"),
            ("name: x", &["a"], &[], "name: x\ndependencies:\n  - a\n"),
            ("dependencies:", &["a"], &[], "dependencies:\n  - a"),
            ("dependencies: # none\nname: x\n", &["a"], &[], "dependencies: # none\n  - a\nname: x\n"),
            ("dependencies: []\n", &["a>=1,<2"], &[], "dependencies: ['a>=1,<2']\n"),
            ("dependencies: [a, b]  # two\n", &["c"], &["a"], "dependencies: [b, c]  # two\n"),
            ("dependencies: [a, b]\n", &[], &["b"], "dependencies: [a]\n"),
            ("dependencies: [a,]\n", &[], &["a"], "dependencies: []\n"),
            ("dependencies: [\n  a,\n  b,\n]\n", &["c"], &["a"], "dependencies: [\n  b, c,\n]\n"),
            ("dependencies: [a, {pip: [b]}]\n", &["c"], &[], "dependencies: [a, c, {pip: [b]}]\n"),
            ("dependencies: [a, {pip: [b]}]\n", &[], &["b"], "dependencies: [a]\n"),
            ("dependencies: [a, pip: [b, c]]\n", &["--pip d"], &["b"], "dependencies: [a, pip, pip: [c, d]]\n"),
            ("dependencies: [a]\n", &["--pip b[x]"], &[], "dependencies: [a, pip, {pip: ['b[x]']}]\n"),
            ("dependencies:\n- a\n", &["--pip b"], &[], "dependencies:\n- a\n- pip\n- pip:\n    - b\n"),
            ("dependencies:\n- pip:\n  - b\n", &["a"], &[], "dependencies:\n- a\n- pip:\n  - b\n"),
            ("dependencies:\n- pip:\n  - b\n- a\n", &[], &["b"], "dependencies:\n- a\n"),
            ("dependencies:\n- pip\n- pip:\n", &["--pip b"], &[], "dependencies:\n- pip\n- pip:\n    - b\n"),
            ("dependencies:\n- a", &["b"], &[], "dependencies:\n- a\n- b"),
            ("dependencies:\n- a=1\n- x\n- a=2\n", &["a=3"], &[], "dependencies:\n- a=3\n- x\n"),
            (
                "---\ndependencies:\n- typing_extensions\n",
                &["typing-extensions"],
                &["typing_extensions"],
                "---\ndependencies:\n  - typing-extensions\n",
            ),
        ];
        for (before, add, remove, after) in table {
            assert_eq!(changed(before, add, remove).unwrap().text, after, "{before:?} {add:?} {remove:?}");
        }
    }

    #[test]
    fn what_cannot_be_changed_safely_is_refused_with_the_line() {
        for (text, add, remove, line) in [
            ("name: x\ndependencies: {a: 1}\n", "b", "", 2),
            ("x: &d [a]\ndependencies: *d\n", "b", "", 2),
            ("dependencies:\n- &a a\nx: *a\n", "a=2", "", 2),
            ("dependencies:\n- b\n- >\n  a\n", "a=2", "", 4),
            ("dependencies:\n- - a\n- b\n", "", "a", 0),
            ("dependencies: [\n  a, # first\n  b]\n", "", "a", 2),
            ("{name: x}\n", "a", "", 1),
        ] {
            let (add, remove) = (Vec::from_iter(Some(add).filter(|a| !a.is_empty())), [remove]);
            let remove = if remove[0].is_empty() { &[][..] } else { &remove[..] };
            match changed(text, &add, remove) {
                Err(error) => {
                    assert!(error.to_string().contains(&format!("line {line} of `environment.yml`")), "{error}")
                }
                // A list in a list names no package.
                Ok(found) => assert_eq!((line, found.text.as_str(), found.unknown), (0, text, vec!["a".to_owned()])),
            }
        }
        for (text, add, wanted) in [
            ("dependencies: [", "a", "`environment.yml`"),
            ("a: 1\n---\nb: 1\n", "a", "more than one document"),
            ("", "dask[complete]", "of conda"),
            ("", "a @ https://x", "of conda"),
            ("dependencies:\n- pip:\n  - b\n", "b=1", "of pip"),
            ("", "--pip b=1", "of pip"),
        ] {
            let error = changed(text, &[add], &[]).unwrap_err().to_string();
            assert!(error.contains(wanted), "{error}");
        }
    }

    /// Lines of a file: comments, packages of conda and of pip, with spaces and other ends.
    fn lines() -> impl Strategy<Value = Vec<String>> {
        let line = prop::sample::select(vec![
            "  - {}",
            "  - {}>=1  # why",
            "  - 'own::{} =1'",
            "  # {}",
            "",
            "  -   \"{}\"   ",
            "  - {}[version='>=1']",
        ]);
        let names = prop::sample::select(vec!["numpy", "Pandas", "scikit-learn", "r-data.table", "gdal_x", "é"]);
        prop::collection::vec((line, names).prop_map(|(line, name)| line.replace("{}", name)), 0..12)
    }

    proptest! {
        #[test]
        fn a_change_keeps_all_other_lines(lines in lines(), pip in prop::collection::vec("      - [a-y]{3}(==1|>=2 # no)?", 0..4), windows: bool, new in "zz[a-z]{0,4}(>=1)?") {
            let below = if pip.is_empty() { vec![] } else { vec!["  - pip:".to_owned()] };
            let head = ["# top".to_owned(), "dependencies:".to_owned()];
            let tail = ["name: x  # end".to_owned()];
            let all = [&head[..], &lines, &below, &pip, &tail].concat();
            let end = if windows { "\r\n" } else { "\n" };
            let text: String = all.iter().map(|line| format!("{line}{end}")).collect();
            let added = changed(&text, &[&new], &[]).unwrap();
            let is_new = |line: &&str| line.contains(&new);
            prop_assert_eq!(added.text.split_inclusive('\n').filter(is_new).count(), 1);
            let others: String = added.text.split_inclusive('\n').filter(|line| !is_new(line)).collect();
            prop_assert_eq!(&others, &text);
            let name = shown(&new);
            prop_assert_eq!(changed(&added.text, &[], &[&name]).unwrap().text, text.clone());
            // Each package that is named goes with its lines, and no other line does.
            let without = changed(&text, &[], &["numpy"]).unwrap();
            let kept: String = all.iter().filter(|line| line.contains('#') && line.trim().starts_with('#') || !line.contains("numpy")).map(|line| format!("{line}{end}")).collect();
            prop_assert_eq!(without.text, kept);
        }

        #[test]
        fn any_text_is_changed_as_meant_or_refused(text in "(?s).{0,60}|(dependencies:|[ \\-a:\\[\\]{},#'\"\n&*|>]){0,40}") {
            if let Ok(added) = changed(&text, &["zzz"], &[]) {
                let read = yaml::read(added.text.trim_start_matches('\u{feff}')).unwrap().unwrap();
                let items = &read.entry(KEY).unwrap().1;
                prop_assert!(items.items().iter().any(|node| node.text() == Some("zzz")));
            }
        }
    }

    fn shown(package: &str) -> String {
        super::super::shown_name(package)
    }
}
