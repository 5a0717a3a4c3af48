//! The `.env` of a folder: names and values for its kernels.
//!
//! It is read as Python's `python-dotenv` reads it: `export` before a name, comments, single and double quotation marks,
//! escapes in double ones, values of several lines in either, and `${NAME}` for a variable that stands before. The crates
//! that read such a file fill in this program's own environment, which a stranger's file must not get.

use std::collections::BTreeMap;
use std::path::Path;

use sha2::{Digest, Sha256};

use crate::platform::beneath;
use crate::settings::variable;
use crate::words::variables as words;

/// Its name.
pub const NAME: &str = ".env";
/// The largest that is read, bytes.
const LARGEST: u64 = 1 << 20;
/// The most problems that are shown.
const MOST_PROBLEMS: usize = 20;

/// What a `.env` has. `Debug` shows no values.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct EnvFile {
    /// A hash of its content.
    pub digest: String,
    /// Its variables; of two with one name, the last.
    pub values: BTreeMap<String, String>,
    /// What in it cannot be used.
    pub problems: Vec<String>,
}

impl std::fmt::Debug for EnvFile {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let names: Vec<_> = self.values.keys().collect();
        f.debug_struct("EnvFile").field("digest", &self.digest).field("names", &names).finish_non_exhaustive()
    }
}

/// Reads the `.env` of a folder. A link is not followed, since it may lead to a file of the person's.
pub fn read(folder: &Path) -> Option<EnvFile> {
    let text = match beneath::read(folder, Path::new(NAME), LARGEST) {
        Ok(Some(bytes)) => String::from_utf8(bytes).ok(),
        Ok(None) => None,
        Err(_) => return None,
    };
    Some(text.map_or_else(
        || EnvFile { problems: vec![words::line(1, words::NOT_READ)], ..EnvFile::default() },
        |text| parse(&text),
    ))
}

/// The variables of a text.
pub fn parse(text: &str) -> EnvFile {
    let mut found = EnvFile { digest: hex::encode(&Sha256::digest(text.as_bytes())[..12]), ..EnvFile::default() };
    let text = text.strip_prefix('\u{feff}').unwrap_or(text).replace("\r\n", "\n");
    let (mut rest, mut line) = (text.as_str(), 1);
    while !rest.is_empty() {
        let (outcome, left) = entry(rest, &found.values);
        match outcome {
            Ok(Some((name, value))) => match variable::fault(&name, &value) {
                None => drop(found.values.insert(name, value)),
                Some((reason, _)) => found.problems.push(words::line(line, &reason)),
            },
            Ok(None) => {}
            Err(reason) => found.problems.push(words::line(line, reason)),
        }
        line += rest[..rest.len() - left.len()].matches('\n').count();
        rest = left;
    }
    found.problems.truncate(MOST_PROBLEMS);
    found
}

type Entry = Result<Option<(String, String)>, &'static str>;

/// The entry at the beginning of a text, and the text behind its lines.
fn entry<'a>(text: &'a str, known: &BTreeMap<String, String>) -> (Entry, &'a str) {
    let (line, after) = text.split_once('\n').unwrap_or((text, ""));
    let bare = line.trim();
    if bare.is_empty() || bare.starts_with('#') {
        return (Ok(None), after);
    }
    let Some((name, value)) = line.split_once('=') else { return (Err(words::NO_EQUALS), after) };
    let name = name.trim();
    let name = name.strip_prefix("export").filter(|rest| rest.starts_with([' ', '\t'])).unwrap_or(name).trim();
    // The value may go on in the next lines, so it is looked for in the whole text.
    let start = line.len() - value.len();
    let value = text[start..].trim_start_matches([' ', '\t']);
    let quote = match value.chars().next() {
        Some(quote @ ('\'' | '"')) => quote,
        _ => {
            let value = text[start..].split('\n').next().unwrap_or_default();
            return (Ok(Some((name.to_owned(), expanded(uncommented(value).trim(), known)))), after);
        }
    };
    let Some(end) = closing(&value[1..], quote) else { return (Err(words::OPEN_QUOTE), after) };
    let (inside, behind) = (&value[1..=end], &value[end + 2..]);
    let (behind, after) = behind.split_once('\n').unwrap_or((behind, ""));
    if !behind.trim().is_empty() && !behind.trim().starts_with('#') {
        return (Err(words::AFTER_QUOTE), after);
    }
    let value = if quote == '"' { expanded(&unescaped(inside, "nrt\\\"'"), known) } else { unescaped(inside, "\\'") };
    (Ok(Some((name.to_owned(), value))), after)
}

/// The place of the quotation mark that closes a text.
fn closing(text: &str, quote: char) -> Option<usize> {
    let mut escaped = false;
    text.char_indices().find_map(|(place, letter)| {
        let closes = letter == quote && !escaped;
        escaped = letter == '\\' && !escaped;
        closes.then_some(place)
    })
}

/// A value without the comment behind it.
fn uncommented(value: &str) -> &str {
    if value.trim_start().starts_with('#') && value.starts_with([' ', '\t']) {
        return "";
    }
    let end = value.match_indices('#').find(|(place, _)| value[..*place].ends_with([' ', '\t']));
    &value[..end.map_or(value.len(), |(place, _)| place)]
}

/// The text between quotation marks, in which a backslash stands before one of these letters.
fn unescaped(text: &str, escapes: &str) -> String {
    let (mut plain, mut letters) = (String::new(), text.chars().peekable());
    while let Some(letter) = letters.next() {
        let escaped = if letter == '\\' { letters.next_if(|next| escapes.contains(*next)) } else { None };
        plain.push(match escaped {
            Some('n') => '\n',
            Some('r') => '\r',
            Some('t') => '\t',
            Some(other) => other,
            None => letter,
        });
    }
    plain
}

/// A value with the variables that stand before it. One that is not known stays as it is written.
fn expanded(value: &str, known: &BTreeMap<String, String>) -> String {
    let (mut whole, mut rest) = (String::new(), value);
    while let Some((before, after)) = rest.split_once("${") {
        whole.push_str(before);
        let found = after.split_once('}').and_then(|(name, after)| Some((known.get(name)?, after)));
        match found {
            Some((value, after)) => {
                whole.push_str(value);
                rest = after;
            }
            None => {
                whole.push_str("${");
                rest = after;
            }
        }
    }
    whole + rest
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn values(text: &str) -> Vec<(String, String)> {
        let found = parse(text);
        assert_eq!(found.problems, Vec::<String>::new(), "{text:?}");
        found.values.into_iter().collect()
    }

    #[test]
    fn values_are_read_as_python_dotenv_reads_them() {
        let table = [
            ("A=1", "1"),
            ("\u{feff}A=1\r\n", "1"),
            ("export A = 1 ", "1"),
            ("# no\n\nA=1", "1"),
            ("A=", ""),
            ("A='it is # \"so\"'", "it is # \"so\""),
            ("A=\"one\\ntwo\\t\\\"three\\\"\"", "one\ntwo\t\"three\""),
            ("A=\"one\ntwo\" # both", "one\ntwo"),
            ("A='one\ntwo'", "one\ntwo"),
            ("A=one # comment", "one"),
            ("A=one#two", "one#two"),
            ("A= # comment", ""),
            ("A=a=b", "a=b"),
            ("A=äöü 日本", "äöü 日本"),
            ("A='$B ${B}'", "$B ${B}"),
            ("A=\\d", "\\d"),
            ("A=C:\\new", "C:\\new"),
            ("A=1\nA=2", "2"),
        ];
        for (text, wanted) in table {
            assert_eq!(values(text), [("A".to_owned(), wanted.to_owned())], "{text:?}");
        }
    }

    #[test]
    fn a_value_takes_the_variables_before_it_and_nothing_of_this_program() {
        let found = parse("A=1\nB=\"x${A}y${A}\"\nC=${PATH} ${A\nD=${A}");
        assert_eq!(found.values["B"], "x1y1");
        assert_eq!(found.values["C"], "${PATH} ${A");
        assert_eq!(found.values["D"], "1");
    }

    #[test]
    fn a_line_that_cannot_be_used_is_named_and_the_others_count() {
        let found = parse("A\nB=1\n9=1\nPATH=/x\nC='open\nD=\"a\" b\nE=2");
        assert_eq!(found.values.keys().collect::<Vec<_>>(), ["B", "E"]);
        let lines: Vec<_> = found.problems.iter().map(|one| one.split(':').next().unwrap()).collect();
        assert_eq!(lines, [".env, line 1", ".env, line 3", ".env, line 4", ".env, line 5", ".env, line 6"]);
        assert!(!format!("{:?}", parse("KEY=s3cret")).contains("s3cret"));
    }

    #[test]
    fn a_file_is_read_and_a_link_or_a_large_or_binary_one_is_not() {
        let home = tempfile::tempdir().unwrap();
        assert_eq!(read(home.path()), None);
        let file = home.path().join(NAME);
        std::fs::write(&file, "A=1").unwrap();
        let first = read(home.path()).unwrap();
        assert_eq!(first.values["A"], "1");
        std::fs::write(&file, "A=2").unwrap();
        assert_ne!(read(home.path()).unwrap().digest, first.digest);
        for bad in [vec![0xff, 0xfe], vec![b'x'; (LARGEST + 1) as usize]] {
            std::fs::write(&file, bad).unwrap();
            let found = read(home.path()).unwrap();
            assert!(found.values.is_empty() && found.problems.len() == 1, "{found:?}");
        }
        #[cfg(unix)]
        {
            std::fs::remove_file(&file).unwrap();
            std::os::unix::fs::symlink("/etc/environment", &file).unwrap();
            assert_eq!(read(home.path()), None);
        }
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_read_to_its_end(text in "(?s)[A-Z=#'\"\\\\$\\{\\} \n\t\u{fc}a]{0,80}") {
            let found = parse(&text);
            proptest::prop_assert!(found.values.keys().all(|name| variable::fault(name, "").is_none()));
        }

        #[test]
        fn a_quoted_value_comes_back(value in "(?s)[^'\\\\\0\r]{0,40}") {
            let found = parse(&format!("A='{value}'\nB=2"));
            proptest::prop_assert_eq!(&found.values["A"], &value);
            proptest::prop_assert_eq!(&found.values["B"], "2");
        }
    }
}
