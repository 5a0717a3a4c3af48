//! Finds the place of a value in a JSON text: a person finds a mistake by its line, not only by its name. Pure.

/// One part of the path to a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Key<'a> {
    /// A member of an object.
    Name(&'a str),
    /// An item of a list, from 0.
    Item(usize),
}

/// The path in people's form: `argv[2]`, `metadata.process_proxy`.
pub fn written(path: &[Key]) -> String {
    path.iter().fold(String::new(), |way, key| match key {
        Key::Name(name) if way.is_empty() => (*name).to_owned(),
        Key::Name(name) => format!("{way}.{name}"),
        Key::Item(item) => format!("{way}[{item}]"),
    })
}

/// Line and column, from 1, of the start of the value at `path`. `None` if there is no such value. `text` is valid JSON;
/// if two members have one name, the last one counts, as in Python's and Rust's parsers.
pub fn place(text: &str, path: &[Key]) -> Option<(usize, usize)> {
    let bytes = text.as_bytes();
    let start = path.iter().try_fold(skip_space(bytes, 0), |at, key| enter(text, at, *key))?;
    Some(line_and_column(text, start))
}

/// Line and column, from 1, of a byte of the text; columns count letters.
pub fn line_and_column(text: &str, at: usize) -> (usize, usize) {
    let before = text.get(..at).unwrap_or(text);
    let line = before.matches('\n').count() + 1;
    let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
    (line, column)
}

/// The start of a member or item of the value at `at`.
fn enter(text: &str, at: usize, key: Key) -> Option<usize> {
    let bytes = text.as_bytes();
    let opens = match key {
        Key::Name(_) => b'{',
        Key::Item(_) => b'[',
    };
    if bytes.get(at) != Some(&opens) {
        return None;
    }
    let (mut next, mut item, mut found) = (skip_space(bytes, at + 1), 0, None);
    while !matches!(bytes.get(next), None | Some(b'}' | b']')) {
        let wanted = match key {
            Key::Name(name) => {
                let end = value_end(bytes, next);
                let wanted = serde_json::from_str::<String>(text.get(next..end)?).is_ok_and(|found| found == name);
                next = skip_space(bytes, skip_space(bytes, end) + 1);
                wanted
            }
            Key::Item(wanted) => item == wanted,
        };
        if wanted {
            found = Some(next);
        }
        next = skip_space(bytes, value_end(bytes, next));
        if bytes.get(next) == Some(&b',') {
            next = skip_space(bytes, next + 1);
        }
        item += 1;
    }
    found
}

fn skip_space(bytes: &[u8], at: usize) -> usize {
    let rest = bytes.get(at..).unwrap_or_default();
    at + rest.iter().take_while(|byte| matches!(byte, b' ' | b'\t' | b'\r' | b'\n')).count()
}

/// The end of the value that starts at `at`; always behind its start.
fn value_end(bytes: &[u8], at: usize) -> usize {
    match bytes.get(at) {
        Some(b'"') => string_end(bytes, at),
        Some(b'{' | b'[') => {
            let (mut next, mut depth) = (at, 0);
            while let Some(byte) = bytes.get(next) {
                match byte {
                    b'"' => {
                        next = string_end(bytes, next);
                        continue;
                    }
                    b'{' | b'[' => depth += 1,
                    b'}' | b']' => depth -= 1,
                    _ => {}
                }
                next += 1;
                if depth == 0 {
                    break;
                }
            }
            next
        }
        _ => {
            let rest = bytes.get(at..).unwrap_or_default();
            let ends = |byte: &u8| matches!(byte, b',' | b']' | b'}' | b' ' | b'\t' | b'\r' | b'\n');
            at + rest.iter().take_while(|byte| !ends(byte)).count().max(1)
        }
    }
}

fn string_end(bytes: &[u8], at: usize) -> usize {
    let mut next = at + 1;
    while let Some(byte) = bytes.get(next) {
        match byte {
            b'"' => return next + 1,
            b'\\' => next += 2,
            _ => next += 1,
        }
    }
    next
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_value_is_found_where_it_begins() {
        use Key::{Item, Name};
        let text = "{\n  \"a\": [1, \"]\", {\"b\\\"\": [ ]}],\n\t\"ü\": \"x\", \"d\" : {\"e\":{\"f\":null}},\n\"a\\u0062\": 7, \"d\": 1.5e3}";
        type Case<'a> = (&'a [Key<'a>], Option<(usize, usize)>);
        let table: [Case; 11] = [
            (&[], Some((1, 1))),
            (&[Name("a")], Some((2, 8))),
            (&[Name("a"), Item(0)], Some((2, 9))),
            (&[Name("a"), Item(1)], Some((2, 12))),
            (&[Name("a"), Item(2), Name("b\"")], Some((2, 25))),
            (&[Name("ü")], Some((3, 7))),
            (&[Name("ab")], Some((4, 12))),
            (&[Name("d")], Some((4, 20))),
            (&[Name("d"), Name("e")], None),
            (&[Name("a"), Item(3)], None),
            (&[Item(0)], None),
        ];
        for (path, wanted) in table {
            assert_eq!(place(text, path), wanted, "{path:?}");
        }
        assert_eq!(written(&[Name("a"), Item(2), Name("b")]), "a[2].b");
    }

    #[test]
    fn text_that_is_no_json_has_no_place_and_ends() {
        for text in ["", "{", "[", "{\"", "{\"a\"", "{\"a\":", "[1,", "{\"a\\", "}{", "[\"\\\"", "{,}", "{\"a\":}"] {
            place(text, &[Key::Name("a"), Key::Item(0)]);
            place(text, &[Key::Item(3)]);
        }
    }
}
