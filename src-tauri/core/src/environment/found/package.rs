//! One requirement of Python: `name[extra]>=1.0 ; marker`, an address, or a path. Pure.
//!
//! The form is that of PEP 508 and of <https://packaging.python.org/en/latest/specifications/dependency-specifiers/>.

use crate::environment::found::text::{is_url, join};
use crate::words::found as words;

/// A requirement that is understood.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Package {
    /// As `pip` accepts it.
    pub text: String,
    /// The normalized name.
    pub name: Option<String>,
    /// The path in the folder, if the package is a file or a folder there. Empty for the folder itself.
    pub path: Option<String>,
}

/// Reads a requirement. Paths in it are relative to `folder`.
///
/// # Errors
/// The reason why it is none, as a message.
pub(super) fn parse(text: &str, folder: &str) -> Result<Package, String> {
    let text = text.trim();
    if let Some((before, after)) = named_url(text) {
        return of_url(text, Some(before), after);
    }
    // An address and a path may have a marker only after a space.
    let bare = text.split(" ;").next().unwrap_or_default().trim();
    if is_url(bare) {
        return of_url(text, None, bare);
    }
    if is_path(bare) {
        return of_path(text, bare, folder);
    }
    let (name, rest) = split_name(text).ok_or_else(|| reason(text))?;
    let (rest, marker) = rest.split_once(';').map_or((rest, None), |(rest, marker)| (rest, Some(marker)));
    if marker.is_some_and(|marker| marker.trim().is_empty()) {
        return Err(words::not_a_requirement(text));
    }
    check_versions(rest).map_err(|()| reason(text))?;
    Ok(Package { text: text.to_owned(), name: Some(normalized(name)), path: None })
}

/// Whether pip understands a text as a package with a name.
pub(crate) fn is_requirement(text: &str) -> bool {
    parse(text, "").is_ok_and(|package| package.name.is_some() && package.path.is_none())
}

/// The name of PEP 503: lower case, with single hyphens.
pub(crate) fn normalized(name: &str) -> String {
    let mut out = String::with_capacity(name.len());
    for letter in name.chars() {
        match letter {
            '-' | '_' | '.' if out.ends_with('-') => {}
            '-' | '_' | '.' => out.push('-'),
            _ => out.push(letter.to_ascii_lowercase()),
        }
    }
    out
}

/// Whether this is the name of a package.
pub(super) fn is_name(text: &str) -> bool {
    let ends = |letter: Option<char>| letter.is_some_and(|letter| letter.is_ascii_alphanumeric());
    ends(text.chars().next())
        && ends(text.chars().next_back())
        && text.chars().all(|letter| letter.is_ascii_alphanumeric() || matches!(letter, '-' | '_' | '.'))
}

/// The name, and what follows it and its extras.
fn split_name(text: &str) -> Option<(&str, &str)> {
    let end = text
        .find(|letter: char| !(letter.is_ascii_alphanumeric() || matches!(letter, '-' | '_' | '.')))
        .unwrap_or(text.len());
    let (name, rest) = text.split_at(end);
    let rest = rest.trim_start();
    if !is_name(name) {
        return None;
    }
    let Some(inside) = rest.strip_prefix('[') else { return Some((name, rest)) };
    let (extras, rest) = inside.split_once(']')?;
    let fits = extras.trim().is_empty() || extras.split(',').all(|extra| is_name(extra.trim()));
    fits.then_some((name, rest.trim_start()))
}

/// A name and the address after its `@`.
fn named_url(text: &str) -> Option<(&str, &str)> {
    let (name, rest) = split_name(text)?;
    Some((name, rest.strip_prefix('@')?.trim_start()))
}

fn of_url(text: &str, name: Option<&str>, url: &str) -> Result<Package, String> {
    let address = url.split_whitespace().next().unwrap_or_default();
    if !is_url(address) {
        return Err(words::not_a_requirement(text));
    }
    if address.starts_with("file:") || address.contains("+file:") {
        return Err(words::other_machine(text));
    }
    let egg = address.split_once('#').and_then(|(_, fragment)| {
        let egg = fragment.split('&').find_map(|part| part.strip_prefix("egg="))?;
        split_name(egg).map(|(name, _)| name)
    });
    let name = name.or(egg).map(normalized).or_else(|| of_wheel(address.split(['#', '?']).next().unwrap_or_default()));
    Ok(Package { text: text.to_owned(), name, path: None })
}

/// The name in the name of a wheel's file.
fn of_wheel(path: &str) -> Option<String> {
    let file = path.rsplit('/').next()?.strip_suffix(".whl")?;
    file.split_once('-').map(|(name, _)| name).filter(|name| is_name(name)).map(normalized)
}

fn is_path(text: &str) -> bool {
    let is_archive = [".whl", ".zip", ".tar.gz", ".tgz", ".tar.bz2"].iter().any(|end| text.ends_with(end));
    let before = text.split(['[', '=', '<', '>', '!', '~', ' ']).next().unwrap_or_default();
    text.starts_with(['.', '~']) || before.contains(['/', '\\']) || is_archive && !text.contains("==")
}

fn of_path(text: &str, bare: &str, folder: &str) -> Result<Package, String> {
    let path = bare.strip_suffix(']').and_then(|bare| bare.rsplit_once('[')).map_or(bare, |(path, _)| path);
    let path = join(folder, path).ok_or_else(|| words::outside(path))?;
    Ok(Package { text: text.to_owned(), name: of_wheel(&path), path: Some(path) })
}

/// Whether a path is that of a built or packed package.
pub(super) fn is_archive(path: &str) -> bool {
    [".whl", ".zip", ".tar.gz", ".tgz", ".tar.bz2"].iter().any(|end| path.ends_with(end))
}

fn check_versions(rest: &str) -> Result<(), ()> {
    let rest = rest.trim();
    if rest.is_empty() {
        return Ok(());
    }
    let rest = rest.strip_prefix('(').and_then(|inside| inside.strip_suffix(')')).unwrap_or(rest).trim();
    // A comma at the end is common in old files, and uv accepts it.
    for part in rest.strip_suffix(',').unwrap_or(rest).split(',') {
        let part = part.trim();
        let signs = ["===", "==", ">=", "<=", "!=", "~=", ">", "<"];
        let found = signs.iter().find_map(|sign| part.strip_prefix(sign).map(|version| (*sign, version.trim())));
        match found {
            Some(("==" | "===" | "!=", version)) if is_version(version) => {}
            Some(("~=", version)) if is_version(version) && version.contains('.') && !version.contains('*') => {}
            Some((">=" | "<=" | ">" | "<", version)) if is_version(version) && !version.contains('*') => {}
            _ => return Err(()),
        }
    }
    Ok(())
}

/// Why a line is no requirement: what people write instead of one, each with what to write.
fn reason(text: &str) -> String {
    if text.contains("${") {
        return words::a_variable(text);
    }
    let words: Vec<&str> = text.split_whitespace().collect();
    match words[..] {
        [
            "pip" | "pip3" | "!pip" | "!pip3" | "%pip" | "conda" | "!conda" | "%conda" | "mamba" | "sudo" | "apt-get",
            ..,
        ]
        | ["python" | "python3", "-m", ..] => return words::a_command(text),
        ["import", _, ..] | ["from", _, "import", ..] => return words::an_import(text),
        [name, version]
            if is_name(name) && version.starts_with(|c: char| c.is_ascii_digit()) && is_version(version) =>
        {
            return words::no_sign(text, &format!("{name}=={version}"));
        }
        _ => {}
    }
    match text.split('=').collect::<Vec<_>>()[..] {
        [name, version, build] if is_conda_name(name) && is_version(version) && is_build(build) => {
            words::of_conda(text, &format!("{name}=={version}"))
        }
        [name, version] if !name.ends_with(['=', '<', '>', '!', '~', ' ', ',']) && is_version(version.trim()) => {
            words::one_equals(text)
        }
        _ => words::not_a_requirement(text),
    }
}

/// Whether conda may call a package so: its own begin with `_`, too.
fn is_conda_name(text: &str) -> bool {
    is_name(text.trim_start_matches('_'))
}

/// Whether this looks like the build of a conda package: `py311h64a7726_0`.
fn is_build(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|letter| letter.is_ascii_alphanumeric() || letter == '_')
}

/// Whether this looks like a version, or the beginning of one with `*`.
pub(super) fn is_version(text: &str) -> bool {
    let fits = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '.' | '-' | '_' | '+' | '!' | '*');
    let begins = |letter: char| letter.is_ascii_digit() || letter == '*';
    text.trim_start_matches('v').starts_with(begins) && text.chars().all(fits)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn requirements_have_the_names_of_their_packages() {
        for (text, name) in [
            ("numpy", Some("numpy")),
            ("Scikit_Learn==1.5.*", Some("scikit-learn")),
            ("uvicorn[standard] >=0.20,<1", Some("uvicorn")),
            ("requests (>=2.0)", Some("requests")),
            ("torch==2.1.0+cu118", Some("torch")),
            ("pywin32>=1.0 ; sys_platform == 'win32'", Some("pywin32")),
            ("zope.interface~=5.0", Some("zope-interface")),
            ("old>=1.0,", Some("old")),
            ("a @ https://example.org/a.zip", Some("a")),
            ("a@git+https://example.org/a.git@main ; python_version < '3.9'", Some("a")),
            ("git+https://example.org/a.git@v1#egg=My_Pkg&subdirectory=x", Some("my-pkg")),
            ("git+https://example.org/a.git", None),
            ("https://example.org/some_pkg-1.0-py3-none-any.whl", Some("some-pkg")),
        ] {
            let found = parse(text, "").unwrap();
            assert_eq!((found.text.as_str(), found.name.as_deref()), (text, name));
        }
    }

    #[test]
    fn a_package_can_be_a_path_in_the_folder() {
        let path = |text: &str| parse(text, "binder").map(|found| found.path.unwrap());
        assert_eq!(path("."), Ok("binder".to_owned()));
        assert_eq!(path("..[dev,test]"), Ok(String::new()));
        assert_eq!(path("./lib"), Ok("binder/lib".to_owned()));
        assert_eq!(path("wheels/a-1.0-py3-none-any.whl"), Ok("binder/wheels/a-1.0-py3-none-any.whl".to_owned()));
        assert!(path("../../other").unwrap_err().contains("leads out"));
        assert!(path("/home/ada/pkg").unwrap_err().contains("leads out"));
    }

    #[test]
    fn a_line_that_is_no_requirement_is_refused_with_the_reason() {
        for (text, reason) in [
            ("numpy=1.26", "single `=`"),
            ("numpy[all]=1.26", "single `=`"),
            ("numpy 1.26", "write `numpy==1.26`"),
            ("numpy      1.26.4", "write `numpy==1.26.4`"),
            ("numpy=1.26.4=py311h64a7726_0", "write `numpy==1.26.4`"),
            ("_libgcc_mutex=0.1=main", "as conda lists it"),
            ("pip install numpy", "is a command"),
            ("!pip install -q numpy", "is a command"),
            ("python -m pip install numpy", "is a command"),
            ("import numpy as np", "line of a program"),
            ("from numpy import array", "line of a program"),
            ("torch==2.7+${CUDA}", "variable"),
            ("numpy==", "not the name"),
            ("-", "not the name"),
            ("Package    Version", "not the name"),
            ("<<<<<<< HEAD", "not the name"),
            ("numpy ;", "not the name"),
            ("numpy ()", "not the name"),
            ("numpy>=1,,<2", "not the name"),
            ("numpy~=1", "not the name"),
            ("numpy>=1.*", "not the name"),
            ("numpy==newest", "not the name"),
            ("numpy>=1.0 pandas", "not the name"),
            ("a @ file:///tmp/build/a_1600", "another computer"),
        ] {
            let message = parse(text, "").unwrap_err();
            assert!(message.contains(reason), "{text}: {message}");
        }
    }
}
