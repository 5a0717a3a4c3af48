//! A `requirements.txt`, and the files that it includes. Pure: it asks for the files.
//!
//! The format is that of <https://pip.pypa.io/en/stable/reference/requirements-file-format/>.

use std::collections::BTreeSet;

use crate::environment::found::package;
use crate::environment::found::source::Source;
use crate::environment::found::text::{is_url, join, parent};
use crate::words::found as words;

/// The deepest level of files that include each other.
const DEPTH: usize = 10;

/// Gives the text of another file of the folder by its path, and lists it in the source.
pub(super) type Look<'a> = &'a mut dyn FnMut(&mut Source, &str) -> Result<String, String>;

/// The files that were included, each with whether it was as constraints.
pub(super) type Seen = BTreeSet<(String, bool)>;

/// The options with a value that a file may have.
const WITH_VALUE: [&str; 13] = [
    "-i",
    "--index-url",
    "--pypi-url",
    "--extra-index-url",
    "-f",
    "--find-links",
    "--no-binary",
    "--only-binary",
    "--trusted-host",
    "--use-feature",
    "--uploaded-prior-to",
    "--build-constraint",
    "--all-releases",
];
/// Those of them that say where packages come from.
const OF_PLACES: [&str; 6] = ["-i", "--index-url", "--pypi-url", "--extra-index-url", "-f", "--find-links"];
/// The options without a value.
const ALONE: [&str; 5] = ["--no-index", "--pre", "--prefer-binary", "--require-hashes", "--process-dependency-links"];
/// The options of one requirement.
const OF_ONE: [&str; 5] = ["--hash", "--config-settings", "-C", "--global-option", "--install-option"];

/// A list of requirements, and where its paths begin.
struct List<'a> {
    /// The file that the list is in.
    file: &'a str,
    /// The folder from which packages that are paths are found.
    here: &'a str,
    /// It only bounds the versions of packages that others ask for.
    is_constraints: bool,
    depth: usize,
}

/// Reads the text of a file into a source. `here` is the folder in which `pip` would run.
pub(super) fn read(source: &mut Source, file: &str, text: &str, here: &str, look: Look) {
    let list = List { file, here, is_constraints: false, depth: 1 };
    let mut seen = BTreeSet::from([(file.to_owned(), false)]);
    for (line, text) in lines(text) {
        read_line(source, &list, &text, Some(line), &mut seen, look);
    }
}

/// Reads one line of another file that has the form of such a file, as a conda file's `pip:`.
pub(super) fn read_one(
    source: &mut Source,
    file: &str,
    text: &str,
    line: Option<usize>,
    here: &str,
    seen: &mut Seen,
    look: Look,
) {
    let list = List { file, here, is_constraints: false, depth: 1 };
    for (_, text) in lines(text) {
        read_line(source, &list, &text, line, seen, look);
    }
}

/// The lines with a content: continued ones joined, without comments, each with the number of its first line.
fn lines(text: &str) -> Vec<(usize, String)> {
    let mut found = Vec::new();
    let mut whole: Option<(usize, String)> = None;
    // `pip` splits as Python's `splitlines`: an old Mac's line end is one, too.
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    for (at, line) in text.split('\n').enumerate() {
        let is_comment = line.trim_start().starts_with('#');
        let (begin, mut joined) = whole.take().unwrap_or((at + 1, String::new()));
        match line.strip_suffix('\\') {
            Some(open) if !is_comment => {
                joined.push_str(open);
                whole = Some((begin, joined));
            }
            _ => {
                // A comment after a continued line ends it.
                joined.push_str(if is_comment { "" } else { line });
                found.push((begin, joined));
            }
        }
    }
    found.extend(whole);
    let plain = |(at, line): (usize, String)| (at, without_comment(&line).trim().to_owned());
    found.into_iter().map(plain).filter(|(_, line)| !line.is_empty()).collect()
}

/// A `#` begins a comment at the start of a line and after a space; otherwise it is part of an address.
fn without_comment(line: &str) -> &str {
    let mut last = ' ';
    for (at, letter) in line.char_indices() {
        if letter == '#' && last.is_whitespace() {
            return &line[..at];
        }
        last = letter;
    }
    line
}

fn read_line(source: &mut Source, list: &List, text: &str, line: Option<usize>, seen: &mut Seen, look: Look) {
    if !text.starts_with('-') {
        let (package, options) = split_options(text);
        if let Some(option) = options.iter().find(|option| !OF_ONE.contains(&name_of(option))) {
            source.problem(list.file, line, words::unknown_option(option));
        }
        return add(source, list, &package, line, look);
    }
    let mut parts = split(text).into_iter();
    while let Some(part) = parts.next() {
        let (option, value) = option(&part);
        let mut value = || value.map(str::to_owned).or_else(|| parts.next()).filter(|value| !value.is_empty());
        match option {
            "-r" | "--requirement" | "-c" | "--constraint" | "-e" | "--editable" => {
                let Some(value) = value() else {
                    return source.problem(list.file, line, words::no_value(option));
                };
                match option {
                    "-e" | "--editable" => {
                        // Its marker follows after a space.
                        let rest: Vec<String> = std::iter::once(value).chain(parts).collect();
                        return add_editable(source, list, &rest.join(" "), line, look);
                    }
                    _ => include(source, list, &value, line, option.contains('c'), seen, look),
                }
            }
            _ if ALONE.contains(&option) => {}
            _ if WITH_VALUE.contains(&option) || OF_ONE.contains(&option) => match value() {
                Some(value) if OF_PLACES.contains(&option) => source.add_hosts(&value),
                Some(_) => {}
                None => source.problem(list.file, line, words::no_value(option)),
            },
            _ => return source.problem(list.file, line, words::unknown_option(&part)),
        }
    }
}

/// Reads a file that a line includes.
fn include(
    source: &mut Source,
    list: &List,
    value: &str,
    line: Option<usize>,
    is_constraints: bool,
    seen: &mut Seen,
    look: Look,
) {
    if is_url(value) {
        return source.add_hosts(value);
    }
    let Some(path) = join(parent(list.file), value).filter(|path| !path.is_empty()) else {
        return source.problem(list.file, line, words::outside(value));
    };
    let is_constraints = is_constraints || list.is_constraints;
    if !seen.insert((path.clone(), is_constraints)) {
        return;
    }
    if list.depth == DEPTH {
        return source.problem(&path, None, words::too_nested(DEPTH));
    }
    match look(source, &path) {
        Err(message) if message == words::missing(&path) => source.problem(list.file, line, message),
        Err(message) => source.problem(&path, None, message),
        Ok(text) => {
            let inner = List { file: &path, here: list.here, is_constraints, depth: list.depth + 1 };
            for (line, text) in lines(&text) {
                read_line(source, &inner, &text, Some(line), seen, look);
            }
        }
    }
}

fn add(source: &mut Source, list: &List, text: &str, line: Option<usize>, look: Look) {
    match package::parse(text, list.here) {
        Err(message) => source.problem(list.file, line, message),
        Ok(_) if list.is_constraints => {}
        Ok(found) => {
            add_path(source, list.file, line, found.path.as_deref(), look);
            source.ask(found.text, found.name, line);
        }
    }
}

fn add_editable(source: &mut Source, list: &List, text: &str, line: Option<usize>, look: Look) {
    let bare = text.split(" ;").next().unwrap_or_default().trim();
    // `-e src` is a path, although `src` could be a name.
    let is_plain = is_url(bare) || bare.starts_with('.') || join(list.here, bare).is_none();
    let text = if is_plain { text.to_owned() } else { format!("./{text}") };
    match package::parse(&text, list.here) {
        Err(message) => source.problem(list.file, line, message),
        Ok(_) if list.is_constraints => {}
        Ok(found) => {
            add_path(source, list.file, line, found.path.as_deref(), look);
            source.ask(format!("-e {}", found.text), found.name, line);
        }
    }
}

/// What a package that is a file or a folder of this folder is made of.
fn add_path(source: &mut Source, file: &str, line: Option<usize>, path: Option<&str>, look: Look) {
    let Some(path) = path else { return };
    if package::is_archive(path) {
        if let Err(message) = look(source, path) {
            source.problem(file, line, message);
        }
        return;
    }
    source.of_folder = true;
    for name in ["pyproject.toml", "setup.py", "setup.cfg"] {
        let inside = if path.is_empty() { name.to_owned() } else { format!("{path}/{name}") };
        // It has one of these, seldom all. One that is listed was read before.
        if !source.files.contains(&inside) {
            let _ = look(source, &inside);
        }
    }
}

/// A requirement, and the options after it.
fn split_options(text: &str) -> (String, Vec<String>) {
    let is_option = |part: &str| part.starts_with("--") || part.starts_with("-C");
    let at =
        text.match_indices(char::is_whitespace).map(|(at, _)| at + 1).find(|at| text.get(*at..).is_some_and(is_option));
    let Some(at) = at else { return (text.to_owned(), Vec::new()) };
    let options = split(&text[at..]).into_iter().filter(|part| part.starts_with('-')).collect();
    (text[..at].trim().to_owned(), options)
}

fn name_of(option: &str) -> &str {
    self::option(option).0
}

/// The name of an option, and the value that is written with it.
fn option(part: &str) -> (&str, Option<&str>) {
    if part.starts_with("--") {
        return part.split_once('=').map_or((part, None), |(name, value)| (name, Some(value)));
    }
    match part.char_indices().nth(2) {
        Some((at, _)) => (&part[..at], Some(part[at..].trim_start_matches('='))),
        None => (part, None),
    }
}

/// The words of a line, as a shell splits them: quotes hold one together.
fn split(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut word: Option<String> = None;
    let mut quote = None;
    for letter in text.chars() {
        match quote {
            Some(open) if letter == open => quote = None,
            None if matches!(letter, '"' | '\'') => {
                quote = Some(letter);
                word.get_or_insert_default();
            }
            None if letter.is_whitespace() => found.extend(word.take()),
            _ => word.get_or_insert_default().push(letter),
        }
    }
    found.extend(word);
    found
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::environment::found::source::SourceKind;

    fn found(file: &str, files: &[(&str, &str)]) -> Source {
        let files: BTreeMap<&str, &str> = files.iter().copied().collect();
        let mut source = Source::new(SourceKind::Requirements, file);
        let mut look = |source: &mut Source, path: &str| match files.get(path) {
            Some(text) => {
                source.add_file(path);
                Ok((*text).to_owned())
            }
            None => Err(words::missing(path)),
        };
        let text = look(&mut source, file).unwrap();
        read(&mut source, file, &text, "", &mut look);
        source
    }

    fn asks(source: &Source) -> Vec<(&str, usize)> {
        source.asks.iter().map(|ask| (ask.text.as_str(), ask.line.unwrap())).collect()
    }

    #[test]
    fn comments_continued_lines_and_windows_line_ends_are_read_as_pip_does() {
        let text = "# a\r\nnumpy==1.26 # pinned\r\n\r\npandas>=2,\\\r\n  <3\r\n# not \\\r\nscipy\r\n\
                    a @ https://example.org/a.zip#sha256=0\r\nflask \\\r\n# end\r\nsix";
        let source = found("requirements.txt", &[("requirements.txt", text)]);
        assert_eq!(source.problems, []);
        assert_eq!(
            asks(&source),
            [
                ("numpy==1.26", 2),
                ("pandas>=2,  <3", 4),
                ("scipy", 7),
                ("a @ https://example.org/a.zip#sha256=0", 8),
                ("flask", 9),
                ("six", 11),
            ]
        );
    }

    #[test]
    fn options_are_no_packages_and_unknown_ones_are_named() {
        let text = "--index-url https://u:p@example.org/simple\n-i https://a/b --extra-index-url=https://c\n\
                    -f https://example.org/links.html\n--find-links ./wheels\n--pre\n--no-binary :all:\n\
                    --trusted-host example.org\nnumpy==1 --hash=sha256:0 \\\n  --hash=sha256:1\n--upgrade\n-i\n\
                    pip install pandas\nscipy --no-deps";
        let source = found("requirements.txt", &[("requirements.txt", text)]);
        assert_eq!(asks(&source), [("numpy==1", 8), ("scipy", 13)]);
        let lines: Vec<_> = source.problems.iter().map(|problem| problem.line.unwrap()).collect();
        assert_eq!(lines, [10, 11, 12, 13], "{:?}", source.problems);
    }

    #[test]
    fn included_files_are_read_from_where_they_are_named() {
        let source = found(
            "binder/requirements.txt",
            &[
                ("binder/requirements.txt", "-r ../base.txt\n-cpins.txt\n--requirement=more\\deep.txt\n-e .[dev]"),
                ("base.txt", "numpy\n-r binder/requirements.txt\n-c https://example.org/c.txt\n"),
                ("binder/pins.txt", "numpy==1.26\nbad line"),
                ("binder/more/deep.txt", "scipy\n-r ../../../etc.txt\n-r none.txt\n-r /etc/passwd"),
                ("setup.py", ""),
            ],
        );
        assert_eq!(source.files.len(), 5, "{:?}", source.files);
        assert_eq!(asks(&source), [("numpy", 1), ("scipy", 1), ("-e .[dev]", 4)]);
        assert!(source.of_folder, "pip runs in the folder itself");
        let problems: Vec<_> =
            source.problems.iter().map(|problem| (problem.file.as_str(), problem.line.unwrap())).collect();
        let deep = "binder/more/deep.txt";
        assert_eq!(problems, [("binder/pins.txt", 2), (deep, 2), (deep, 3), (deep, 4)], "{:?}", source.problems);
    }

    #[test]
    fn editable_packages_are_paths_or_addresses() {
        let text = "-e git+https://example.org/a.git@x#egg=a\n-e \"lib\"\n--editable ./b\n-e ../other\n-e";
        let source = found("requirements.txt", &[("requirements.txt", text)]);
        let wanted = [("-e git+https://example.org/a.git@x#egg=a", 1), ("-e ./lib", 2), ("-e ./b", 3)];
        assert_eq!(asks(&source), wanted);
        assert_eq!(source.problems.len(), 2, "{:?}", source.problems);
    }

    #[test]
    fn files_may_nest_ten_deep_and_ask_for_ten_thousand_packages() {
        let names: Vec<String> = (0..12).map(|at| format!("{at}.txt")).collect();
        let texts: Vec<String> = (0..12).map(|at| format!("p{at}\n-r {}.txt", at + 1)).collect();
        let files: Vec<_> = names.iter().map(String::as_str).zip(texts.iter().map(String::as_str)).collect();
        let source = found("0.txt", &files);
        assert_eq!((source.asks.len(), source.problems.len()), (10, 1), "{:?}", source.problems);
        let many: String = (0..10_002).map(|at| format!("p{at}\n")).collect();
        let mut source = found("a", &[("a", &many)]);
        source.finish();
        assert_eq!((source.asks.len(), source.problems.len()), (10_000, 1));
    }
}
