//! Packages of R in a `DESCRIPTION` and an `install.R`. Names count with their case and their dots. Pure.

use std::ops::Range;

use super::{Change, Edited};
use crate::environment::found::{SourceKind, installs, is_name_of_r};
use crate::words::edit as words;
use crate::words::error::Result;

/// The fields whose packages are installed.
const FIELDS: [&str; 3] = ["Imports", "Depends", "LinkingTo"];

/// A package that is wanted, perhaps in a version: `(">=", "1.1")`.
struct Wanted<'a> {
    name: &'a str,
    version: Option<(&'a str, &'a str)>,
}

impl Wanted<'_> {
    fn in_description(&self) -> String {
        match self.version {
            Some((sign, version)) => format!("{} ({sign} {version})", self.name),
            None => self.name.to_owned(),
        }
    }
}

/// Reads `dplyr`, `dplyr>=1.1` and `dplyr (>= 1.1)`.
fn wanted(text: &str) -> Option<Wanted<'_>> {
    let text = text.trim();
    let end = text.find([' ', '(', '<', '>', '=', '!']).unwrap_or(text.len());
    let (name, rest) = text.split_at(end);
    let rest = rest.trim();
    let rest = rest.strip_prefix('(').and_then(|inside| inside.strip_suffix(')')).unwrap_or(rest).trim();
    if !is_name_of_r(name) || name.contains(['-', '_']) || name == "R" {
        return None;
    }
    if rest.is_empty() {
        return Some(Wanted { name, version: None });
    }
    let sign = [">=", "<=", "==", "!=", ">", "<"].into_iter().find(|sign| rest.starts_with(sign))?;
    let version = rest[sign.len()..].trim();
    let fits = version.starts_with(|letter: char| letter.is_ascii_digit())
        && version.chars().all(|letter| letter.is_ascii_digit() || matches!(letter, '.' | '-'));
    fits.then_some(Wanted { name, version: Some((sign, version)) })
}

pub(super) fn edit(change: &Change, text: &str) -> Result<Edited> {
    let file = change.file;
    if change.kind == SourceKind::Renv {
        return Err(words::written_by(file, words::RENV));
    }
    if change.pip && !change.add.is_empty() {
        return Err(words::file_of_r(file, change.add));
    }
    let (mut text, mut unknown) = (text.to_owned(), Vec::new());
    for name in change.remove {
        let wanted = wanted(name).ok_or_else(|| words::not_of_r(name))?;
        let found = match change.kind {
            SourceKind::RInstall => without_call(file, &mut text, wanted.name)?,
            _ => without_package(&mut text, wanted.name),
        };
        if !found {
            unknown.push(name.clone());
        }
    }
    for package in change.add {
        let wanted = wanted(package).ok_or_else(|| words::not_of_r(package))?;
        match change.kind {
            SourceKind::RInstall if wanted.version.is_some() => {
                return Err(words::no_version_in_script(file, wanted.name));
            }
            SourceKind::RInstall => with_call(&mut text, wanted.name),
            _ => with_package(&mut text, &wanted),
        }
    }
    Ok(Edited { text, unknown })
}

fn line_break(text: &str) -> &'static str {
    if text.contains("\r\n") { "\r\n" } else { "\n" }
}

/// Adds a line at the end.
fn push_line(text: &mut String, line: &str) {
    let end = line_break(text);
    if !text.is_empty() && !text.ends_with('\n') {
        text.push_str(end);
    }
    text.push_str(line);
    text.push_str(end);
}

/// A field of a `DESCRIPTION`.
struct Field<'a> {
    name: &'a str,
    /// Its lines, and what stands behind its colon.
    lines: Range<usize>,
    value: Range<usize>,
}

fn fields(text: &str) -> Vec<Field<'_>> {
    let mut found: Vec<Field<'_>> = Vec::new();
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        let end = start + line.len();
        let bare = line.trim_start_matches('\u{feff}');
        if line.starts_with([' ', '\t']) {
            if let Some(field) = found.last_mut() {
                (field.lines.end, field.value.end) = (end, end);
            }
        } else if let Some(colon) = bare.find(':') {
            let mark = line.len() - bare.len();
            let value = start + mark + colon + 1..end;
            found.push(Field { name: bare[..colon].trim(), lines: start + mark..end, value });
        }
        start = end;
    }
    found
}

/// The packages of a field, by their places.
fn parts(text: &str, field: &Field<'_>) -> Vec<Range<usize>> {
    let mut start = field.value.start;
    let mut found = Vec::new();
    for part in text[field.value.clone()].split(',') {
        let bare = part.trim();
        let from = start + part.len() - part.trim_start().len();
        if !bare.is_empty() {
            found.push(from..from + bare.len());
        }
        start += part.len() + 1;
    }
    found
}

fn name_at<'a>(text: &'a str, place: &Range<usize>) -> &'a str {
    text[place.clone()].split([' ', '(', '\t', '\n', '\r']).next().unwrap_or_default()
}

/// The place of a package among those that are installed: its field's packages, and which of them it is.
fn place_of<'a>(text: &'a str, name: &str) -> Option<(Field<'a>, Vec<Range<usize>>, usize)> {
    fields(text).into_iter().filter(|field| FIELDS.contains(&field.name)).find_map(|field| {
        let parts = parts(text, &field);
        let at = parts.iter().position(|part| name_at(text, part) == name)?;
        Some((field, parts, at))
    })
}

fn without_package(text: &mut String, name: &str) -> bool {
    let mut found = false;
    while let Some((field, parts, at)) = place_of(text, name) {
        let place = match (at.checked_sub(1).and_then(|at| parts.get(at)), parts.get(at + 1)) {
            (_, Some(next)) => parts[at].start..next.start,
            (Some(before), None) => before.end..parts[at].end,
            (None, None) => field.lines.clone(),
        };
        text.replace_range(place, "");
        found = true;
    }
    found
}

fn with_package(text: &mut String, wanted: &Wanted<'_>) {
    let new = wanted.in_description();
    if let Some((_, parts, at)) = place_of(text, wanted.name) {
        return text.replace_range(parts[at].clone(), &new);
    }
    let end = line_break(text);
    let field = fields(text).into_iter().find(|field| field.name == "Imports");
    let Some((value, parts)) = field.map(|field| (field.value.clone(), parts(text, &field))) else {
        // An empty line would end the record.
        let filled = text.trim_end().len();
        let behind = text.split_off(filled);
        push_line(text, &format!("Imports:{end}    {new}"));
        let rest = behind.trim_start_matches([' ', '\t']);
        return text.push_str(rest.strip_prefix("\r\n").or_else(|| rest.strip_prefix('\n')).unwrap_or(rest));
    };
    let Some(last) = parts.last() else { return text.insert_str(value.start, &format!(" {new}")) };
    let start = text[..last.start].rfind('\n').map_or(0, |at| at + 1);
    // The others stand on lines of their own, or behind the field's name.
    let separator = match start > value.start {
        true => {
            let line = &text[start..last.start];
            let indent = &line[..line.len() - line.trim_start().len()];
            format!("{end}{indent}")
        }
        false => " ".to_owned(),
    };
    let place = last.end;
    text.insert_str(place, &format!(",{separator}{new}"));
}

/// The package, if a line is `install.packages("…")` and nothing else.
fn of_call(line: &str) -> Option<&str> {
    let line = line.trim_start_matches('\u{feff}').trim();
    let inside = line.trim_end_matches(';').strip_prefix("install.packages")?.trim();
    let inside = inside.strip_prefix('(')?.strip_suffix(')')?.trim();
    let quote = inside.chars().next().filter(|letter| matches!(letter, '"' | '\''))?;
    let name = inside.strip_prefix(quote)?.strip_suffix(quote)?;
    is_name_of_r(name).then_some(name)
}

fn with_call(text: &mut String, name: &str) {
    if !text.lines().any(|line| of_call(line) == Some(name)) {
        push_line(text, &format!("install.packages(\"{name}\")"));
    }
}

fn without_call(file: &str, text: &mut String, name: &str) -> Result<bool> {
    let kept: String = text.split_inclusive('\n').filter(|line| of_call(line) != Some(name)).collect();
    if let Some((_, line)) = installs(text).into_iter().find(|(known, line)| {
        known == name && text.lines().nth(line - 1).is_none_or(|line| of_call(line) != Some(name))
    }) {
        return Err(words::other_call(file, name, line));
    }
    let found = kept.len() != text.len();
    *text = kept;
    Ok(found)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use proptest::prelude::{prop_assert_eq, proptest};

    use super::super::tested;
    use super::*;

    fn description(text: &str, add: &[&str], remove: &[&str]) -> Result<Edited> {
        tested(SourceKind::RDescription, "DESCRIPTION", text, add, remove)
    }

    #[test]
    fn the_packages_of_a_description_change_and_its_other_lines_stay() {
        const HEAD: &str = "Package: a\nTitle: B\n  c: d, e\n";
        let table: [(&str, &[&str], &[&str], &str); 14] = [
            ("", &["dplyr>=1.1"], &[], "Imports:\n    dplyr (>= 1.1)\n"),
            ("\n\n", &["dplyr"], &[], "Imports:\n    dplyr\n\n\n"),
            ("Imports: R6", &["data.table"], &[], "Imports: R6, data.table"),
            ("Imports:\n", &["R6"], &[], "Imports: R6\n"),
            (
                "Imports:\n\tR6,\n\tdplyr\nSuggests: x\n",
                &["tidyr"],
                &[],
                "Imports:\n\tR6,\n\tdplyr,\n\ttidyr\nSuggests: x\n",
            ),
            ("Imports:\n    R6 (>= 2),\n    dplyr,\n", &["tidyr"], &["R6"], "Imports:\n    dplyr,\n    tidyr,\n"),
            (
                "Imports: R6,\n    dplyr (>= 1.0),\n    tidyr\n",
                &["dplyr (>= 1.1)"],
                &[],
                "Imports: R6,\n    dplyr (>= 1.1),\n    tidyr\n",
            ),
            ("Imports: R6,\n    dplyr (>= 1.0),\n    tidyr\n", &["dplyr"], &["tidyr"], "Imports: R6,\n    dplyr\n"),
            ("Depends: R (>= 4.0), dplyr\n", &["dplyr==1.1"], &[], "Depends: R (>= 4.0), dplyr (== 1.1)\n"),
            ("Depends: R (>= 4.0), dplyr\n", &[], &["dplyr"], "Depends: R (>= 4.0)\n"),
            ("Imports: dplyr\nLinkingTo: dplyr, cpp11\n", &[], &["dplyr"], "LinkingTo: cpp11\n"),
            ("Imports: data.table, Data.Table\n", &[], &["data.table"], "Imports: Data.Table\n"),
            ("Imports: a,b , c\n", &[], &["b"], "Imports: a,c\n"),
            ("Suggests: dplyr\n", &["dplyr"], &[], "Suggests: dplyr\nImports:\n    dplyr\n"),
        ];
        for (before, add, remove, after) in table {
            for (mark, end) in [("", "\n"), ("\u{feff}", "\r\n")] {
                let form = |text: &str| format!("{mark}{HEAD}{text}").replace('\n', end);
                let found = description(&form(before), add, remove).unwrap();
                assert_eq!(found.text, form(after), "{before:?}");
                assert_eq!(found.unknown, [""; 0]);
            }
        }
        assert_eq!(description("Imports: R6\n", &[], &["r6", "R6"]).unwrap().unknown, ["r6"]);
        for name in ["", "R", "9a", "a_b", "dplyr ~ 1", "dplyr>=new", "a\nb"] {
            assert!(description("", &[name], &[]).is_err(), "{name:?}");
        }
        assert!(description("", &["--pip rich"], &[]).unwrap_err().to_string().contains("`rich` is of Python"));
    }

    #[test]
    fn a_script_gets_and_loses_lines_of_its_own_alone() {
        let script =
            |text: &str, add: &[&str], remove: &[&str]| tested(SourceKind::RInstall, "install.R", text, add, remove);
        const TEXT: &str = "# install.packages(\"dplyr\")\ninstall.packages('R6')\n  install.packages( \"data.table\" );\ninstall.packages(c(\"a\", \"b\"))";
        let found = script(TEXT, &["dplyr", "R6"], &["data.table"]).unwrap();
        let wanted = TEXT.replace("  install.packages( \"data.table\" );\n", "") + "\ninstall.packages(\"dplyr\")\n";
        assert_eq!((found.text, found.unknown), (wanted, vec![]));
        assert_eq!(script(TEXT, &[], &["dplyr"]).unwrap().unknown, ["dplyr"]);
        let error = script(TEXT, &[], &["b"]).unwrap_err().to_string();
        assert!(error.contains("line 4 of `install.R`"), "{error}");
        assert!(script("", &["dplyr>=1"], &[]).unwrap_err().to_string().contains("no version"));
    }

    proptest! {
        #[test]
        fn a_package_that_is_added_and_removed_leaves_a_description_as_it_was(
            packages in proptest::collection::vec("[a-y][a-z.]{1,4}( \\(>= 1\\))?", 1..6),
            separator in proptest::sample::select(vec![", ", ",\n    ", ",", " ,\r\n\t"]),
        ) {
            let text = format!("Package: a\r\nImports: {}\nLicense: x", packages.join(separator));
            let added = description(&text, &["zz"], &[]).unwrap().text;
            prop_assert_eq!(description(&added, &[], &["zz"]).unwrap().text, text);
        }
    }
}
