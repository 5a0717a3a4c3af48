//! Tables of dependencies, by name: those of Poetry, of a `Pipfile`, and uv's `[tool.uv.sources]`. Pure.
//!
//! Each becomes a line that `pip` accepts. The form of versions is that of
//! <https://python-poetry.org/docs/dependency-specification/>.

use crate::environment::found::package;
use crate::environment::found::python;
use crate::environment::found::requirements::{self, Look, Seen};
use crate::environment::found::source::Source;
use crate::environment::found::tree::Tree;
use crate::words::found as words;

/// The variables of markers that a `Pipfile` has as keys.
const MARKERS: [&str; 6] =
    ["sys_platform", "os_name", "platform_system", "platform_machine", "python_version", "implementation_name"];

/// Where a table is: its file, and the folder from which its paths begin.
pub(super) struct Place<'a> {
    pub file: &'a str,
    pub folder: &'a str,
}

/// Adds each package of a table. An entry with the name `python` is the Python that is wanted.
pub(super) fn read(source: &mut Source, table: &Tree, place: &Place, look: Look) {
    for (name, value) in table.entries() {
        if name == "python" {
            match value.scalar().or_else(|| value.text_at(&["version"])) {
                Some(wanted) => source.want_python(wanted, place.file),
                None => source.problem(place.file, value.line, words::other_form(name, words::A_TEXT)),
            }
            continue;
        }
        if !package::is_name(name) {
            source.problem(place.file, value.line, words::not_a_requirement(name));
            continue;
        }
        let choices = if value.is_list() { value.items() } else { std::slice::from_ref(value) };
        for choice in choices {
            match line_of(name, choice) {
                Ok(Some(text)) => {
                    add(source, &text, name, choice.line, place, look);
                }
                Ok(None) => {}
                Err(message) => source.problem(place.file, choice.line, message),
            }
        }
    }
}

/// Adds one line, with the name of its package.
pub(super) fn add(source: &mut Source, text: &str, name: &str, line: Option<usize>, place: &Place, look: Look) {
    let before = source.asks.len();
    requirements::read_one(source, place.file, text, line, place.folder, &mut Seen::new(), look);
    for ask in source.asks.iter_mut().skip(before) {
        ask.name = Some(package::normalized(name));
    }
}

/// The line for `pip`. `None` for a package that is optional.
fn line_of(name: &str, value: &Tree) -> Result<Option<String>, String> {
    if let Some(version) = value.scalar() {
        return Ok(Some(format!("{name}{}", versions(version)?)));
    }
    if !value.is_map() {
        return Err(words::other_form(name, words::A_TEXT));
    }
    if value.get("optional").and_then(Tree::scalar) == Some("true") {
        return Ok(None);
    }
    let marker = marker(value)?;
    if let Some(text) = located(name, value, marker.as_deref()) {
        return Ok(Some(text));
    }
    let version = versions(value.get("version").and_then(Tree::scalar).unwrap_or("*"))?;
    let line = format!("{name}{}{version}", extras(value));
    Ok(Some(with_marker(line, marker.as_deref())))
}

fn with_marker(line: String, marker: Option<&str>) -> String {
    match marker {
        // A space, since `;` can be a part of an address.
        Some(marker) => format!("{line} ; {marker}"),
        None => line,
    }
}

fn extras(value: &Tree) -> String {
    let extras: Vec<&str> =
        value.get("extras").map(Tree::items).unwrap_or_default().iter().filter_map(Tree::text).collect();
    if extras.is_empty() { String::new() } else { format!("[{}]", extras.join(",")) }
}

/// The line of a package that has a place of its own: a repository, an address or a path.
pub(super) fn located(name: &str, value: &Tree, marker: Option<&str>) -> Option<String> {
    let text = |key: &str| value.text_at(&[key]);
    let name = format!("{name}{}", extras(value));
    if let Some(git) = text("git") {
        let address = match git.split_once(':') {
            _ if git.starts_with("git+") => git.to_owned(),
            // What only git itself understands: user@host:path.
            Some((host, path)) if !git.contains("://") => format!("git+ssh://{host}/{path}"),
            _ => format!("git+{git}"),
        };
        let at = ["rev", "tag", "branch", "ref"].iter().find_map(|key| text(key));
        let at = at.map(|at| format!("@{at}")).unwrap_or_default();
        let inside = text("subdirectory").map(|inside| format!("#subdirectory={inside}")).unwrap_or_default();
        return Some(with_marker(format!("{name} @ {address}{at}{inside}"), marker));
    }
    if let Some(url) = text("url") {
        return Some(with_marker(format!("{name} @ {url}"), marker));
    }
    let path = text("path").or_else(|| text("file"))?;
    let is_editable = ["editable", "develop"].iter().any(|key| value.get(key).and_then(Tree::scalar) == Some("true"));
    let path = if path.starts_with(['.', '/', '~']) { path.to_owned() } else { format!("./{path}") };
    Some(with_marker(format!("{}{path}", if is_editable { "-e " } else { "" }), marker))
}

fn marker(value: &Tree) -> Result<Option<String>, String> {
    let mut all = Vec::new();
    if let Some(marker) = value.text_at(&["markers"]).or_else(|| value.text_at(&["marker"])) {
        all.push(format!("({marker})"));
    }
    for name in MARKERS {
        if let Some(condition) = value.text_at(&[name]) {
            all.push(format!("{name} {condition}"));
        }
    }
    if let Some(platform) = value.text_at(&["platform"]) {
        all.push(format!("sys_platform == '{platform}'"));
    }
    if let Some(wanted) = value.text_at(&["python"]) {
        for part in versions(wanted)?.split(',').filter(|part| !part.is_empty()) {
            let at = part.find(|letter: char| letter.is_ascii_digit()).unwrap_or(part.len());
            all.push(format!("python_version {} '{}'", &part[..at], &part[at..]));
        }
    }
    if let [only] = all.as_mut_slice() {
        // One condition needs no brackets.
        if let Some(bare) = only.strip_prefix('(').and_then(|only| only.strip_suffix(')')) {
            *only = bare.to_owned();
        }
    }
    Ok((!all.is_empty()).then(|| all.join(" and ")))
}

/// A range of versions as `pip` accepts it.
fn versions(text: &str) -> Result<String, String> {
    let not = || words::not_a_version(text);
    if text.len() > python::LONGEST {
        return Err(not());
    }
    let mut parts = Vec::new();
    for part in python::parts(text) {
        let sign = part.find(|letter: char| letter.is_ascii_alphanumeric() || letter == '*').ok_or_else(not)?;
        let (sign, version) = (part[..sign].trim(), &part[sign..]);
        if !package::is_version(version) {
            return Err(not());
        }
        match sign {
            "" | "=" | "==" if version == "*" => {}
            "" | "=" => parts.push(format!("=={version}")),
            "^" | "~" => {
                let end = if sign == "^" { python::next_caret(version) } else { python::next_tilde(version) };
                parts.push(format!(">={version}"));
                parts.push(format!("<{}", end.ok_or_else(not)?));
            }
            "==" | "===" | ">=" | "<=" | "!=" | "~=" | ">" | "<" => parts.push(format!("{sign}{version}")),
            _ => return Err(not()),
        }
    }
    Ok(parts.join(","))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::environment::found::source::SourceKind;
    use crate::environment::found::tree::toml;

    #[test]
    fn each_form_of_a_dependency_becomes_a_line_for_pip() {
        let text = r#"
            python = "^3.10"
            numpy = "^1.26"
            a = "^0.2.3"
            b = "^0.0.3"
            c = "~2.1"
            d = "*"
            e = "1.4"
            f = ">=1.0 <2.0"
            g = { version = "^2", extras = ["x", "y"], markers = "sys_platform == 'linux'" }
            h = { git = "https://example.org/h.git", branch = "main" }
            i = { git = "git@example.org:ada/i.git", rev = "abc", subdirectory = "py" }
            j = { path = "../j", develop = true }
            k = { path = "k", develop = true }
            l = { version = "1.0", optional = true }
            m = [{ version = "1.0", python = "<3.9" }, { version = "2.0", python = "^3.9" }]
            n = { version = "*", sys_platform = "== 'win32'" }
            o = "1.*"
            p = "^1 || ^2"
            q = "newest!"
            r = 7
            s = { url = "https://example.org/s.zip" }
        "#;
        let mut source = Source::new(SourceKind::Pyproject, "pyproject.toml");
        let mut look = |_: &mut Source, path: &str| Err(words::missing(path));
        let place = Place { file: "pyproject.toml", folder: "" };
        read(&mut source, &toml(text).0, &place, &mut look);
        let asks: Vec<_> = source.asks.iter().map(|ask| ask.text.as_str()).collect();
        assert_eq!(
            asks,
            [
                "numpy>=1.26,<2",
                "a>=0.2.3,<0.3",
                "b>=0.0.3,<0.0.4",
                "c>=2.1,<2.2",
                "d",
                "e==1.4",
                "f>=1.0,<2.0",
                "g[x,y]>=2,<3 ; sys_platform == 'linux'",
                "h @ git+https://example.org/h.git@main",
                "i @ git+ssh://git@example.org/ada/i.git@abc#subdirectory=py",
                "-e ./k",
                "m==1.0 ; python_version < '3.9'",
                "m==2.0 ; python_version >= '3.9' and python_version < '4'",
                "n ; sys_platform == 'win32'",
                "o==1.*",
                "r==7",
                "s @ https://example.org/s.zip",
            ]
        );
        assert_eq!(source.python.unwrap().wanted, "^3.10");
        let lines: Vec<_> = source.problems.iter().map(|problem| problem.line.unwrap()).collect();
        assert_eq!(lines, [13, 19, 20], "{:?}", source.problems);
        assert_eq!(source.asks[10].name.as_deref(), Some("k"));
    }
}
