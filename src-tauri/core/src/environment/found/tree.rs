//! TOML, YAML and JSON as one kind of tree, with lines. Pure.
//!
//! Each is bounded: in depth, and YAML in the nodes that its aliases repeat.

use saphyr_parser::{Event, Parser};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::words::found as words;

/// The deepest level that is read.
const DEPTH: usize = 64;
/// The most nodes of a YAML file.
const NODES: usize = 1_000_000;
/// The most dots of a key of TOML: each nests a table, which the library does not bound.
const DOTS: usize = 16;

/// A value of a file.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Tree {
    /// Its line, from 1. JSON has no lines.
    pub line: Option<usize>,
    pub value: Value,
}

#[derive(Clone, Debug, Default, PartialEq)]
pub(super) enum Value {
    /// Nothing.
    #[default]
    None,
    /// A string, or in YAML any single value.
    Text(String),
    /// A number, a truth value or a time, as in the file.
    Other(String),
    List(Vec<Tree>),
    Map(Vec<(String, Tree)>),
}

/// What cannot be understood: the line, and a message.
pub(super) type Fault = (Option<usize>, String);

impl Tree {
    /// The value of a key of a map.
    pub fn get(&self, key: &str) -> Option<&Tree> {
        self.entries().iter().find(|(name, _)| name == key).map(|(_, value)| value)
    }

    /// The value at the end of several keys.
    pub fn at(&self, keys: &[&str]) -> Option<&Tree> {
        keys.iter().try_fold(self, |tree, key| tree.get(key))
    }

    /// The string at the end of several keys.
    pub fn text_at(&self, keys: &[&str]) -> Option<&str> {
        self.at(keys).and_then(Tree::text)
    }

    /// The string, if it is one.
    pub fn text(&self) -> Option<&str> {
        match &self.value {
            Value::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The string, number or truth value, if it is one.
    pub fn scalar(&self) -> Option<&str> {
        match &self.value {
            Value::Text(text) | Value::Other(text) => Some(text),
            _ => None,
        }
    }

    /// The items of a list. Another value has none.
    pub fn items(&self) -> &[Tree] {
        match &self.value {
            Value::List(items) => items,
            _ => &[],
        }
    }

    /// The entries of a map. Another value has none.
    pub fn entries(&self) -> &[(String, Tree)] {
        match &self.value {
            Value::Map(entries) => entries,
            _ => &[],
        }
    }

    pub fn is_list(&self) -> bool {
        matches!(self.value, Value::List(_))
    }

    pub fn is_map(&self) -> bool {
        matches!(self.value, Value::Map(_))
    }
}

/// Where each line begins.
struct Lines(Vec<usize>);

impl Lines {
    fn of(text: &str) -> Self {
        Lines(std::iter::once(0).chain(text.match_indices('\n').map(|(at, _)| at + 1)).collect())
    }

    fn line(&self, at: usize) -> usize {
        self.0.partition_point(|start| *start <= at)
    }
}

/// Reads TOML. What can be understood counts, even if other lines have faults.
pub(super) fn toml(text: &str) -> (Tree, Vec<Fault>) {
    if let Some(line) = text.lines().position(|line| dots(line) > DOTS) {
        return (Tree::default(), vec![(Some(line + 1), words::TOO_DEEP.to_owned())]);
    }
    let lines = Lines::of(text);
    let (table, errors) = DeTable::parse_recoverable(text);
    let fault = |error: toml::de::Error| {
        (error.span().map(|span| lines.line(span.start)), words::not_toml(error.message().trim()))
    };
    (of_table(table.get_ref(), 1, DEPTH, &lines), errors.into_iter().map(fault).collect())
}

/// The most dots of a key in a line, outside of strings and comments.
fn dots(line: &str) -> usize {
    let mut quote = None;
    let (mut count, mut most) = (0, 0);
    // The letter before, and whether a space is between it and this one.
    let (mut last, mut is_apart) = (' ', false);
    for letter in line.chars() {
        match (letter, quote) {
            (letter, Some(open)) if letter == open => quote = None,
            (_, Some(_)) => {}
            ('#', None) => break,
            ('"' | '\'', None) => quote = Some(letter),
            ('.', None) if last != '.' => count += 1,
            (letter, None) if letter.is_whitespace() => {
                is_apart = true;
                continue;
            }
            (letter, None) if letter.is_alphanumeric() || matches!(letter, '-' | '_') => {
                if is_apart && last != '.' {
                    count = 0;
                }
            }
            _ => count = 0,
        }
        (last, is_apart) = (letter, false);
        most = most.max(count);
    }
    most
}

fn of_table(table: &DeTable<'_>, line: usize, left: usize, lines: &Lines) -> Tree {
    if left == 0 {
        return Tree { line: Some(line), value: Value::None };
    }
    let entry = |(key, value): (&Spanned<std::borrow::Cow<'_, str>>, &Spanned<DeValue<'_>>)| {
        let line = lines.line(key.span().start);
        let tree = match value.get_ref() {
            // A header has no place of its own: its key is one.
            DeValue::Table(table) => of_table(table, line, left - 1, lines),
            other => of_value(other, lines.line(value.span().start), left - 1, lines),
        };
        (key.get_ref().to_string(), tree)
    };
    // A table is sorted by name. Its file's order is the one that a person knows.
    let mut entries: Vec<_> = table.iter().collect();
    entries.sort_by_key(|(key, _)| key.span().start);
    Tree { line: Some(line), value: Value::Map(entries.into_iter().map(entry).collect()) }
}

fn of_value(value: &DeValue<'_>, line: usize, left: usize, lines: &Lines) -> Tree {
    let value = match value {
        DeValue::String(text) => Value::Text(text.to_string()),
        DeValue::Integer(number) => Value::Other(number.to_string()),
        DeValue::Float(number) => Value::Other(number.to_string()),
        DeValue::Boolean(truth) => Value::Other(truth.to_string()),
        DeValue::Datetime(time) => Value::Other(time.to_string()),
        DeValue::Array(items) => {
            let Some(left) = left.checked_sub(1) else { return Tree { line: Some(line), value: Value::None } };
            let item =
                |item: &Spanned<DeValue<'_>>| of_value(item.get_ref(), lines.line(item.span().start), left, lines);
            Value::List(items.iter().map(item).collect())
        }
        DeValue::Table(table) => return of_table(table, line, left, lines),
    };
    Tree { line: Some(line), value }
}

/// Reads the first document of YAML. After a fault, what stands before it counts.
pub(super) fn yaml(text: &str) -> (Tree, Vec<Fault>) {
    let mut reading = Reading::default();
    for event in Parser::new_from_str(text) {
        let (event, span) = match event {
            Ok(event) => event,
            Err(error) => {
                let fault = (Some(error.marker().line()), words::not_yaml(error.info()));
                return (reading.finish(), vec![fault]);
            }
        };
        match reading.take(event, span.start.line()) {
            Ok(true) => {}
            Ok(false) => break,
            Err(message) => return (reading.finish(), vec![(Some(span.start.line()), message.to_owned())]),
        }
    }
    (reading.finish(), Vec::new())
}

/// A YAML file that is half read.
#[derive(Default)]
struct Reading {
    /// The lists and maps that are open, each with its anchor and the key that awaits its value.
    open: Vec<(Tree, usize, Option<String>)>,
    root: Option<Tree>,
    /// What an alias repeats, and how many nodes it has.
    anchors: std::collections::BTreeMap<usize, (Tree, usize)>,
    nodes: usize,
}

impl Reading {
    /// `false` at the end of the document.
    fn take(&mut self, event: Event<'_>, line: usize) -> Result<bool, &'static str> {
        let line = Some(line);
        self.nodes += 1;
        if self.nodes > NODES {
            return Err(words::TOO_MANY_NODES);
        }
        match event {
            Event::Scalar(text, _, anchor, _) => self.add(Tree { line, value: Value::Text(text.into_owned()) }, anchor),
            Event::SequenceStart(anchor, _) => self.open(Tree { line, value: Value::List(Vec::new()) }, anchor)?,
            Event::MappingStart(anchor, _) => self.open(Tree { line, value: Value::Map(Vec::new()) }, anchor)?,
            Event::SequenceEnd | Event::MappingEnd => {
                if let Some((tree, anchor, _)) = self.open.pop() {
                    self.add(tree, anchor);
                }
            }
            Event::Alias(anchor) => {
                let (tree, size) = self.anchors.get(&anchor).cloned().unwrap_or_default();
                self.nodes += size;
                if self.nodes > NODES || self.open.len() + depth(&tree) > DEPTH {
                    return Err(words::TOO_MANY_NODES);
                }
                self.add(tree, 0);
            }
            Event::DocumentEnd => return Ok(false),
            Event::Nothing | Event::StreamStart | Event::StreamEnd | Event::DocumentStart(_) => {}
        }
        Ok(true)
    }

    fn open(&mut self, tree: Tree, anchor: usize) -> Result<(), &'static str> {
        if self.open.len() == DEPTH {
            return Err(words::TOO_DEEP);
        }
        self.open.push((tree, anchor, None));
        Ok(())
    }

    fn add(&mut self, tree: Tree, anchor: usize) {
        if anchor != 0 {
            // A scalar may be long, and is repeated, too.
            let size = size(&tree);
            self.nodes += size;
            if self.nodes <= NODES {
                self.anchors.insert(anchor, (tree.clone(), size));
            }
        }
        match self.open.last_mut() {
            None => self.root = self.root.take().or(Some(tree)),
            Some((Tree { value: Value::List(items), .. }, _, _)) => items.push(tree),
            Some((Tree { value: Value::Map(entries), .. }, _, key)) => match key.take() {
                // A key that is a list or a map has no name.
                None => *key = Some(tree.scalar().unwrap_or_default().to_owned()),
                Some(key) => entries.push((key, tree)),
            },
            Some(_) => {}
        }
    }

    /// What was read, with all that is open closed.
    fn finish(mut self) -> Tree {
        while let Some((tree, _, _)) = self.open.pop() {
            self.add(tree, 0);
        }
        self.root.unwrap_or_default()
    }
}

fn depth(tree: &Tree) -> usize {
    let inside = tree.items().iter().chain(tree.entries().iter().map(|(_, value)| value));
    1 + inside.map(depth).max().unwrap_or_default()
}

/// The nodes of a tree, and its text in parts of the size of a node.
fn size(tree: &Tree) -> usize {
    let own = 1 + tree.text().map_or(0, |text| text.len() / 64);
    let entries = tree.entries().iter().map(|(key, value)| key.len() / 64 + size(value));
    own + tree.items().iter().map(size).sum::<usize>() + entries.sum::<usize>()
}

/// Reads JSON, with comments and commas at the end of lists as in a `devcontainer.json`.
pub(super) fn json(text: &str) -> (Tree, Vec<Fault>) {
    match serde_json::from_str(&without_comments(text)) {
        Ok(value) => (of_json(value), Vec::new()),
        Err(error) => (Tree::default(), vec![(Some(error.line()), words::not_json(&error))]),
    }
}

fn of_json(value: serde_json::Value) -> Tree {
    use serde_json::Value as Json;
    let value = match value {
        Json::Null => Value::None,
        Json::String(text) => Value::Text(text),
        Json::Array(items) => Value::List(items.into_iter().map(of_json).collect()),
        Json::Object(entries) => Value::Map(entries.into_iter().map(|(key, value)| (key, of_json(value))).collect()),
        other => Value::Other(other.to_string()),
    };
    Tree { line: None, value }
}

/// Comments, and commas before a closing bracket, as spaces. Lines stay where they are.
fn without_comments(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut comma = None;
    let mut letters = text.chars().peekable();
    while let Some(letter) = letters.next() {
        match (letter, letters.peek()) {
            ('"', _) => {
                comma = None;
                out.push(letter);
                let mut escaped = false;
                for letter in letters.by_ref() {
                    out.push(letter);
                    match letter {
                        _ if escaped => escaped = false,
                        '\\' => escaped = true,
                        '"' => break,
                        _ => {}
                    }
                }
            }
            ('/', Some('/')) => while letters.next_if(|letter| *letter != '\n').is_some() {},
            ('/', Some('*')) => {
                letters.next();
                let mut last = ' ';
                for letter in letters.by_ref() {
                    if letter == '\n' {
                        out.push('\n');
                    }
                    if last == '*' && letter == '/' {
                        break;
                    }
                    last = letter;
                }
                out.push(' ');
            }
            (',', _) => {
                comma = Some(out.len());
                out.push(',');
            }
            (']' | '}', _) => {
                if let Some(at) = comma.take() {
                    out.replace_range(at..=at, " ");
                }
                out.push(letter);
            }
            _ => {
                if !letter.is_whitespace() {
                    comma = None;
                }
                out.push(letter);
            }
        }
    }
    out
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn toml_has_lines_and_keeps_what_is_right() {
        let (tree, faults) = toml("[project]\nname = \"a\"\ndependencies = [\n  \"numpy\",\n]\n");
        assert!(faults.is_empty(), "{faults:?}");
        let list = tree.at(&["project", "dependencies"]).unwrap();
        assert_eq!((list.items()[0].text(), list.items()[0].line), (Some("numpy"), Some(4)));
        let (tree, faults) = toml("[project]\ndependencies = [\"numpy\"]\nbad = = 1\n[tool.x]\ny = 1\n");
        assert_eq!(tree.at(&["project", "dependencies"]).unwrap().items().len(), 1);
        assert_eq!(faults[0].0, Some(3), "{faults:?}");
        assert_eq!(tree.at(&["tool", "x", "y"]).unwrap().scalar(), Some("1"));
    }

    #[test]
    fn only_the_dots_of_a_key_nest_tables() {
        let seventeen = "a.".repeat(17);
        for deep in [format!("{seventeen}a = 1"), seventeen.replace('.', " . "), format!("[x.{seventeen}a]")] {
            assert!(dots(&deep) > DOTS, "{deep}");
        }
        for flat in [
            format!("# {}", ".".repeat(100)),
            "[1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0]".to_owned(),
            format!("text = \"{seventeen}\""),
            "A line. It has words. ".repeat(20),
        ] {
            assert!(dots(&flat) <= DOTS, "{flat}");
        }
    }

    #[test]
    fn yaml_has_lines_and_keeps_what_stands_before_a_fault() {
        let (tree, faults) = yaml("name: a\ndependencies:\n  - python=3.11\n  - pip:\n    - numpy\n");
        assert!(faults.is_empty(), "{faults:?}");
        let list = tree.get("dependencies").unwrap().items();
        assert_eq!((list[0].text(), list[0].line), (Some("python=3.11"), Some(3)));
        assert_eq!(list[1].get("pip").unwrap().items()[0].line, Some(5));
        let (tree, faults) = yaml("dependencies:\n  - numpy\n  - {{ x }}: [\n");
        assert_eq!(tree.get("dependencies").unwrap().items()[0].text(), Some("numpy"));
        assert!(faults[0].0.is_some_and(|line| line >= 3), "{faults:?}");
        assert_eq!(yaml("a: &x [1, 2]\nb: *x\n").0.get("b").unwrap().items().len(), 2, "an alias");
    }

    #[test]
    fn json_may_have_comments() {
        let text = "{ // one\n \"image\": \"a//b\", /* two\n */ \"list\": [1, 2,],\n}";
        let (tree, faults) = json(text);
        assert!(faults.is_empty(), "{faults:?}");
        assert_eq!(tree.text_at(&["image"]), Some("a//b"));
        assert_eq!(tree.get("list").unwrap().items().len(), 2);
        assert_eq!(json("{\n\n\"a\" 1}").1[0].0, Some(3));
    }

    #[test]
    fn input_that_nests_or_repeats_without_end_is_refused() {
        let mut laughs = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n".to_owned();
        for level in 1..20 {
            let last = level - 1;
            laughs += &format!("a{level}: &a{level} [*a{last}, *a{last}, *a{last}, *a{last}, *a{last}, *a{last}]\n");
        }
        assert_eq!(yaml(&laughs).1.len(), 1);
        for text in ["[".repeat(100_000), "- ".repeat(100_000), "{a: ".repeat(100_000), "? ".repeat(100_000)] {
            assert!(!yaml(&text).1.is_empty());
        }
        for text in [
            format!("a = {}", "[".repeat(100_000)),
            format!("{}a = 1", "a.".repeat(1_000_000)),
            format!("[{}a]\n", "a.".repeat(1_000_000)),
            format!("a = {}", "{a=".repeat(100_000)),
        ] {
            assert!(!toml(&text).1.is_empty());
        }
        // As deep as the library lets it be: arrays of tables with dotted keys.
        let deep = "[\n{a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a = ".repeat(39);
        let (_, faults) = toml(&format!("a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a = {deep}1{}", "}]".repeat(39)));
        assert_eq!(faults, []);
        assert!(!json(&"[".repeat(1_000_000)).1.is_empty());
    }
}
