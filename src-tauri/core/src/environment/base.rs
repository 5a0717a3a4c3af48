//! The Python that a folder's kernels run with: the image's, or another one, which the installer has in the store. Pure.

use std::env::consts::ARCH;

use serde::Serialize;

use super::choice;
use super::found::{Found, Machine, Source, WantedPython};
use super::store::STORE;
use crate::contract::environment::Language;

/// The minor version of the images' Python.
const SHIPPED: (u32, u32) = (3, 11);
/// The versions that are looked at: the last minor version, and the last patch of each.
const LAST: (u32, u32) = (40, 60);
/// Other programs for the language, which kernels do not run with.
const OTHERS: [&str; 2] = ["pypy", "graalpy"];

/// The Python that a folder wants, as the installer gets it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Wish {
    /// As it is written.
    pub wanted: String,
    /// The path of the file.
    pub file: String,
    /// Minor versions that fit, each with its first and last patch that fits: `[3, 12, 0, 60]`.
    pub allowed: Vec<(u32, u32, u32, u32)>,
    /// Without the lock that lets one thread run at a time: `3.14t`.
    pub free_threaded: bool,
    /// A version before the release is named: `3.15.0rc1`.
    pub before: bool,
    /// The folder of the Python that was taken before in the same launch.
    pub exact: Option<String>,
}

/// What a source wants, or else the folder. Both count if there is a version that fits both.
pub fn wish(source: &Source, found: &Found) -> Option<Wish> {
    let wanted: Vec<Wish> = wanted(source, found).into_iter().filter_map(of).collect();
    if let [own, folders] = wanted.as_slice() {
        let both = between(&own.allowed, &folders.allowed);
        if !both.is_empty() {
            // A version that is named says more than a range.
            return Some(Wish { allowed: both, ..folders.clone() });
        }
    }
    wanted.into_iter().next()
}

/// The wishes in the order of their worth: the source's, and the folder's if that is another one.
pub fn wanted<'a>(source: &'a Source, found: &'a Found) -> Vec<&'a WantedPython> {
    // A folder's image has its own, and packages of R need none.
    if choice::is_image(source.kind) || source.language == Language::R {
        return Vec::new();
    }
    let own = source.python.as_ref();
    let folders = found.python.as_ref().filter(|folders| own.is_none_or(|own| own.wanted != folders.wanted));
    own.into_iter().chain(folders).collect()
}

/// What an interface shows before the environment is made.
pub fn shown(source: &Source, found: &Found) -> Option<String> {
    let first = wanted(source, found).into_iter().next()?;
    match wish(source, found) {
        Some(wish) if wish.fits_shipped() => Some(format!("{}.{}", SHIPPED.0, SHIPPED.1)),
        Some(wish) => Some(wish.wanted),
        None => Some(first.wanted.clone()),
    }
}

/// What packages are installed for on this machine, as far as the files say it. The installer chooses in the same way.
pub fn machine(source: &Source, found: &Found) -> Machine {
    let wish = wish(source, found).filter(|wish| !wish.fits_shipped());
    let allowed = wish.as_ref().map(|wish| wish.allowed.as_slice()).unwrap_or_default();
    let newer = allowed.iter().find(|(major, minor, ..)| (*major, *minor) >= SHIPPED);
    let python = newer
        .or(allowed.last())
        .map_or((SHIPPED.0, SHIPPED.1, LAST.1), |(major, minor, _, last)| (*major, *minor, *last));
    Machine { arch: ARCH.to_owned(), python, free_threaded: wish.is_some_and(|wish| wish.free_threaded) }
}

/// Where a kernel has a Python of the store: where the installer has it, too.
pub fn place(name: &str) -> String {
    format!("{STORE}/{}", inside(name))
}

/// The folder of a Python in the store.
pub fn inside(name: &str) -> String {
    format!("pythons/{name}")
}

impl Wish {
    fn fits_shipped(&self) -> bool {
        !self.free_threaded && self.allowed.iter().any(|(major, minor, ..)| (*major, *minor) == SHIPPED)
    }
}

/// A wish. `None` if it is not understood: the shipped Python is then used, as it is without a wish.
fn of(python: &WantedPython) -> Option<Wish> {
    let text = python.wanted.trim();
    let (plain, free_threaded) = without_threads(text);
    let is_other = OTHERS.iter().any(|other| text.starts_with(other));
    let readable = WantedPython { wanted: plain.to_owned(), file: python.file.clone() };
    let allowed = if is_other { Vec::new() } else { allowed(&readable)? };
    Some(Wish {
        wanted: text.to_owned(),
        file: python.file.clone(),
        allowed,
        free_threaded,
        before: names_one_before(plain),
        exact: None,
    })
}

/// A name such as `3.14t` or `cpython-3.14+freethreaded`, without its ending.
fn without_threads(text: &str) -> (&str, bool) {
    let is_name = text.starts_with(|letter: char| letter.is_ascii_alphanumeric());
    let ended = text
        .strip_suffix("+freethreaded")
        .or_else(|| text.strip_suffix('t').filter(|rest| rest.ends_with(|letter: char| letter.is_ascii_digit())));
    match ended.filter(|_| is_name) {
        Some(plain) => (plain, true),
        None => (text, false),
    }
}

/// Whether a version before a release is named: digits, and then `a`, `b` or `rc`, and a number.
fn names_one_before(text: &str) -> bool {
    let after_digit = |at: usize| text[..at].ends_with(|letter: char| letter.is_ascii_digit());
    ["a", "b", "rc"].iter().any(|mark| {
        text.match_indices(mark).any(|(at, _)| {
            after_digit(at) && text[at + mark.len()..].starts_with(|letter: char| letter.is_ascii_digit())
        })
    })
}

/// The versions that fit. Patches that fit and follow one another are one entry.
fn allowed(python: &WantedPython) -> Option<Vec<(u32, u32, u32, u32)>> {
    let mut found: Vec<(u32, u32, u32, u32)> = Vec::new();
    for (major, minor) in [2, 3].into_iter().flat_map(|major| (0..=LAST.0).map(move |minor| (major, minor))) {
        let mut open: Option<(u32, u32)> = None;
        for patch in 0..=LAST.1 {
            open = match (python.allows((major, minor, patch))?, open) {
                (true, Some((first, _))) => Some((first, patch)),
                (true, None) => Some((patch, patch)),
                (false, open) => {
                    found.extend(open.map(|(first, last)| (major, minor, first, last)));
                    None
                }
            };
        }
        found.extend(open.map(|(first, last)| (major, minor, first, last)));
    }
    Some(found)
}

/// The versions that are in both.
fn between(some: &[(u32, u32, u32, u32)], others: &[(u32, u32, u32, u32)]) -> Vec<(u32, u32, u32, u32)> {
    let pairs = some.iter().flat_map(|one| others.iter().map(move |other| (one, other)));
    let same = pairs.filter(|(one, other)| (one.0, one.1) == (other.0, other.1));
    let both = same.map(|(one, other)| (one.0, one.1, one.2.max(other.2), one.3.min(other.3)));
    both.filter(|(_, _, first, last)| first <= last).collect()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::environment::found::SourceKind;

    fn python(wanted: &str, file: &str) -> Option<WantedPython> {
        (!wanted.is_empty()).then(|| WantedPython { wanted: wanted.into(), file: file.into() })
    }

    fn both(own: &str, folders: &str) -> (Source, Found) {
        let source =
            Source { python: python(own, "pyproject.toml"), ..Source::new(SourceKind::Pyproject, "pyproject.toml") };
        (source, Found { python: python(folders, ".python-version"), ..Found::default() })
    }

    fn wished(own: &str, folders: &str) -> Option<Wish> {
        let (source, found) = both(own, folders);
        wish(&source, &found)
    }

    #[test]
    fn a_wish_lists_the_versions_that_fit() {
        assert_eq!(wished("", ""), None);
        assert_eq!(wished("my-virtualenv", ""), None);
        assert_eq!(wished(">=3.12,<3.13", "").unwrap().allowed, [(3, 12, 0, 60)]);
        assert_eq!(wished("~=3.12.3, !=3.12.5", "").unwrap().allowed, [(3, 12, 3, 4), (3, 12, 6, 60)]);
        assert_eq!(wished("2.7", "").unwrap().allowed, [(2, 7, 0, 60)]);
        assert_eq!(wished("3.99", "").unwrap().allowed, []);
        assert_eq!(wished("pypy3.10", "").unwrap().allowed, []);
        assert_eq!(wished(">=3.12", "").unwrap().allowed.len(), 29);
    }

    #[test]
    fn variants_and_versions_before_a_release_are_taken_by_name_alone() {
        let found = |text: &str| wished(text, "").map(|wish| (wish.free_threaded, wish.before)).unwrap();
        assert_eq!(found("3.14t"), (true, false));
        assert_eq!(found("cpython-3.14+freethreaded"), (true, false));
        assert_eq!(found("3.15.0rc1"), (false, true));
        assert_eq!(found("cpython-3.12"), (false, false));
        assert_eq!(found(">=3.12"), (false, false));
    }

    #[test]
    fn the_versions_of_a_range_and_of_a_name_count_together_if_they_can() {
        let wish = wished(">=3.10", "3.12").unwrap();
        assert_eq!((wish.file.as_str(), wish.allowed.as_slice()), (".python-version", &[(3, 12, 0, 60)][..]));
        // What the packages need is worth more than an older note.
        let wish = wished(">=3.12", "3.7").unwrap();
        assert_eq!((wish.file.as_str(), wish.allowed[0]), ("pyproject.toml", (3, 12, 0, 60)));
        assert_eq!(wished("", "3.12").unwrap().file, ".python-version");
    }

    #[test]
    fn a_view_has_the_shipped_python_where_that_fits() {
        let of = |own: &str, folders: &str| {
            let (source, found) = both(own, folders);
            shown(&source, &found)
        };
        assert_eq!(of("", ""), None);
        assert_eq!(of(">=3.9", "").as_deref(), Some("3.11"));
        assert_eq!(of(">=3.9", "3.12").as_deref(), Some("3.12"));
        assert_eq!(of("3.11t", "").as_deref(), Some("3.11t"));
        assert_eq!(of("my-virtualenv", "").as_deref(), Some("my-virtualenv"));
    }

    #[test]
    fn packages_are_installed_for_the_shipped_python_or_the_next_that_fits() {
        let of = |own: &str, folders: &str| {
            let (source, found) = both(own, folders);
            let machine = machine(&source, &found);
            (machine.python, machine.free_threaded)
        };
        assert_eq!(of("", ""), ((3, 11, 60), false));
        assert_eq!(of(">=3.9", ""), ((3, 11, 60), false));
        assert_eq!(of(">=3.12", ""), ((3, 12, 60), false));
        assert_eq!(of(">=3.12", "3.13"), ((3, 13, 60), false));
        assert_eq!(of("==3.12.4", ""), ((3, 12, 4), false));
        assert_eq!(of(">=3.8,<3.11", ""), ((3, 10, 60), false));
        assert_eq!(of("3.14t", ""), ((3, 14, 60), true));
        assert_eq!(of("my-virtualenv", ""), ((3, 11, 60), false));
    }

    #[test]
    fn a_python_is_at_the_same_place_in_the_installer_and_in_a_kernel() {
        assert_eq!(place("cpython-3.12.4-linux-x86_64-gnu"), "/store/pythons/cpython-3.12.4-linux-x86_64-gnu");
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/../../etc/images/shared/kernel/orchest_layer.py");
        assert!(std::fs::read_to_string(script).unwrap().contains("PYTHONS = \"/store/pythons\""));
    }

    #[test]
    fn the_shipped_version_is_that_of_the_image() {
        let file = concat!(env!("CARGO_MANIFEST_DIR"), "/../../etc/images/kernel-python/Dockerfile");
        let text = std::fs::read_to_string(file).unwrap();
        assert!(text.contains(&format!("python:{}.{}.", SHIPPED.0, SHIPPED.1)), "{text}");
    }
}
