//! YAML with the place of each value in the text, so that a line can be changed and all others stay. Pure.

use saphyr_parser::{Event, Parser};

use crate::words::found as words;

/// The deepest level that is read.
const DEPTH: usize = 64;

/// A value, and where it stands.
#[derive(Clone, Debug)]
pub(super) struct Node {
    /// Its first byte.
    pub start: usize,
    /// The byte behind it. A list or a map of lines ends where its last value does.
    pub end: usize,
    /// It has a name, and other places may repeat it.
    pub anchored: bool,
    pub value: Value,
}

#[derive(Clone, Debug)]
pub(super) enum Value {
    Text(String),
    List(Vec<Node>),
    Map(Vec<(Node, Node)>),
    /// Another place is repeated.
    Alias(usize),
}

impl Node {
    pub fn text(&self) -> Option<&str> {
        match &self.value {
            Value::Text(text) => Some(text),
            _ => None,
        }
    }

    pub fn items(&self) -> &[Node] {
        match &self.value {
            Value::List(items) => items,
            _ => &[],
        }
    }

    pub fn entries(&self) -> &[(Node, Node)] {
        match &self.value {
            Value::Map(entries) => entries,
            _ => &[],
        }
    }

    pub fn entry(&self, key: &str) -> Option<&(Node, Node)> {
        self.entries().iter().find(|(name, _)| name.text() == Some(key))
    }
}

/// A list or a map that is open: its first value comes next.
struct Open {
    node: Node,
    /// The key that awaits its value.
    key: Option<Node>,
}

/// Reads a text of one document. `None` for an empty one.
///
/// # Errors
/// The reason why it cannot be read.
pub(super) fn read(text: &str) -> Result<Option<Node>, String> {
    let places: Vec<usize> = text.char_indices().map(|(at, _)| at).chain([text.len()]).collect();
    let place = |letters: usize| places.get(letters).copied().unwrap_or(text.len());
    let mut open: Vec<Open> = Vec::new();
    let mut root = None;
    let mut documents = 0;
    for event in Parser::new_from_str(text) {
        if open.len() > DEPTH {
            return Err(words::TOO_DEEP.to_owned());
        }
        let (event, span) = event.map_err(|error| error.to_string())?;
        let (start, end) = (place(span.start.index()), place(span.end.index()));
        let node = |value, anchor: usize| Node { start, end, anchored: anchor > 0, value };
        let done = match event {
            Event::Scalar(value, _, anchor, _) => {
                let mut node = node(Value::Text(value.into_owned()), anchor);
                node.end = start + text[start..end].trim_end().len();
                node
            }
            Event::Alias(anchor) => node(Value::Alias(anchor), 0),
            Event::SequenceStart(anchor, _) => {
                open.push(Open { node: node(Value::List(Vec::new()), anchor), key: None });
                continue;
            }
            Event::MappingStart(anchor, _) => {
                open.push(Open { node: node(Value::Map(Vec::new()), anchor), key: None });
                continue;
            }
            Event::SequenceEnd | Event::MappingEnd => {
                let Some(Open { mut node, .. }) = open.pop() else { continue };
                if is_in_brackets(text, &node) {
                    node.end = end;
                }
                node
            }
            Event::DocumentStart(_) => {
                documents += 1;
                if documents > 1 {
                    return Err(words::TWO_DOCUMENTS.to_owned());
                }
                continue;
            }
            Event::Nothing | Event::StreamStart | Event::StreamEnd | Event::DocumentEnd => continue,
        };
        match open.last_mut() {
            Some(Open { node: parent, key }) => add(parent, key, done),
            None => root = Some(done),
        }
    }
    Ok(root)
}

fn add(parent: &mut Node, key: &mut Option<Node>, mut child: Node) {
    let name = key.take();
    if let (Some(name), true) = (&name, child.start == child.end) {
        // Where nothing stands behind a key, the parser names a later place.
        (child.start, child.end) = (name.end, name.end);
    }
    parent.end = parent.end.max(child.end);
    match (&mut parent.value, name) {
        (Value::List(items), _) => items.push(child),
        (Value::Map(entries), Some(name)) => entries.push((name, child)),
        (Value::Map(_), None) => *key = Some(child),
        _ => {}
    }
}

/// Whether a list or a map stands in brackets, and not on lines of its own.
pub(super) fn is_in_brackets(text: &str, node: &Node) -> bool {
    text[node.start..].starts_with(['[', '{'])
}

/// The text as one value, in quotes if it needs them.
pub(super) fn quoted(text: &str, in_brackets: bool) -> String {
    let word = ["", "~", "null", "true", "false", "yes", "no", "on", "off", "y", "n"];
    let is_other = word.contains(&text.to_ascii_lowercase().as_str()) || text.parse::<f64>().is_ok();
    let has_sign = text.contains(": ") || text.contains(" #") || text.ends_with(':');
    let has_bracket = in_brackets && text.contains(['[', ']', '{', '}', ',']);
    let begins = text.starts_with(|letter: char| !letter.is_alphanumeric());
    match is_other || has_sign || has_bracket || begins {
        true => format!("'{}'", text.replace('\'', "''")),
        false => text.to_owned(),
    }
}
