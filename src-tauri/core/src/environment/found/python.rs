//! Which versions of Python a file allows. Pure.
//!
//! The forms are those of PEP 440 (`>=3.10,<4`, `~=3.11`), of Poetry (`^3.9`, `~3.9`), of conda (`=3.11`, `3.9|3.10`), of
//! `.python-version` (`3.11.4`, `cpython-3.12`) and of `runtime.txt` (`python-3.11`).

use crate::environment::found::source::WantedPython;

/// The longest range that is understood, bytes.
pub(super) const LONGEST: usize = 500;

impl WantedPython {
    /// Whether a version is one of those that are wanted. `None` if this is not understood.
    ///
    /// A version without a sign, as in `.python-version`, allows every patch of its minor version: kernels need the same
    /// packages in all of them.
    #[must_use]
    pub fn allows(&self, version: (u32, u32, u32)) -> Option<bool> {
        let mut allowed = false;
        let choices = self.wanted.split('|').filter(|choice| !choice.trim().is_empty());
        if self.wanted.len() > LONGEST {
            return None;
        }
        choices.clone().next()?;
        for choice in choices {
            let parts = self::parts(choice);
            if parts.is_empty() {
                return None;
            }
            let mut all = true;
            for part in parts {
                all &= allows(&part, version)?;
            }
            allowed |= all;
        }
        Some(allowed)
    }
}

/// The parts of a range: separated by a comma, or by a space between a version and the next sign.
pub(super) fn parts(text: &str) -> Vec<String> {
    let is_sign = |letter: char| matches!(letter, '=' | '<' | '>' | '!' | '~' | '^');
    let mut parts: Vec<String> = Vec::new();
    for piece in text.split(',') {
        let mut open = String::new();
        for word in piece.split_whitespace() {
            let has_version = open.chars().any(|letter| !is_sign(letter));
            if has_version && word.starts_with(is_sign) {
                parts.push(std::mem::take(&mut open));
            } else if has_version {
                open.push(' ');
            }
            open.push_str(word);
        }
        if !open.is_empty() {
            parts.push(open);
        }
    }
    parts
}

/// A version: its numbers, and whether it is one before the release with these numbers.
struct Version {
    numbers: Vec<u32>,
    is_before: bool,
    /// It ends with `.*`.
    is_prefix: bool,
}

fn version(text: &str) -> Option<Version> {
    // A conda package has its build after a second `=`.
    let text = text.split('=').next()?.trim();
    let text = text.strip_prefix("cpython").or_else(|| text.strip_prefix("python")).unwrap_or(text);
    let text = text.trim_start_matches(['-', '@', 'v']);
    let (text, is_prefix) = match text.strip_suffix(".*").or_else(|| text.strip_suffix('*').filter(|_| text != "*")) {
        Some(text) => (text.trim_end_matches('.'), true),
        None => (text, false),
    };
    let end = text.find(|letter: char| !letter.is_ascii_digit() && letter != '.').unwrap_or(text.len());
    let (release, rest) = text.split_at(end);
    let rest = rest.trim_start_matches(['-', '_']);
    let is_before = match rest.trim_end_matches(|letter: char| letter.is_ascii_digit() || letter == '.') {
        "" if rest.is_empty() => false,
        "a" | "b" | "c" | "rc" | "alpha" | "beta" | "dev" | "pre" => true,
        _ => return None,
    };
    let release = if is_before { release.trim_end_matches('.') } else { release };
    let numbers: Option<Vec<u32>> = release.split('.').map(|number| number.parse().ok()).collect();
    let numbers = numbers.filter(|numbers| numbers.len() <= 3)?;
    Some(Version { numbers, is_before, is_prefix })
}

fn allows(part: &str, (major, minor, patch): (u32, u32, u32)) -> Option<bool> {
    if part == "*" {
        return Some(true);
    }
    let at = part.find(|letter: char| !matches!(letter, '=' | '<' | '>' | '!' | '~' | '^'))?;
    let (sign, text) = (&part[..at], part[at..].trim());
    if text == "*" && matches!(sign, "=" | "==") {
        return Some(true);
    }
    let wanted = version(text)?;
    let here = [major, minor, patch];
    let mut whole = [0; 3];
    whole[..wanted.numbers.len()].copy_from_slice(&wanted.numbers);
    let begins_with = |numbers: &[u32]| here.starts_with(numbers);
    // A release comes after what leads to it.
    let order =
        here.cmp(&whole).then(if wanted.is_before { std::cmp::Ordering::Greater } else { std::cmp::Ordering::Equal });
    Some(match sign {
        "" => begins_with(&wanted.numbers[..wanted.numbers.len().min(2)]),
        "=" => begins_with(&wanted.numbers),
        "==" | "===" if wanted.is_prefix => begins_with(&wanted.numbers),
        "!=" if wanted.is_prefix => !begins_with(&wanted.numbers),
        "==" | "===" => order.is_eq(),
        "!=" => order.is_ne(),
        ">=" => order.is_ge(),
        "<=" => order.is_le(),
        ">" => order.is_gt(),
        "<" => order.is_lt(),
        "~=" => {
            let (_, start) = wanted.numbers.split_last().filter(|(_, start)| !start.is_empty())?;
            order.is_ge() && begins_with(start)
        }
        "^" => order.is_ge() && begins_with(&wanted.numbers[..kept_by_caret(&wanted.numbers)]),
        "~" => order.is_ge() && begins_with(&wanted.numbers[..wanted.numbers.len().min(2)]),
        _ => return None,
    })
}

/// How many numbers `^` keeps: up to the first that is not zero.
fn kept_by_caret(numbers: &[u32]) -> usize {
    numbers.iter().position(|number| *number != 0).map_or(numbers.len(), |at| at + 1)
}

/// The first version that `^` excludes.
pub(super) fn next_caret(text: &str) -> Option<String> {
    let numbers = release(text)?;
    next(&numbers[..kept_by_caret(&numbers)])
}

/// The first version that `~` excludes.
pub(super) fn next_tilde(text: &str) -> Option<String> {
    let numbers = release(text)?;
    next(&numbers[..numbers.len().min(2)])
}

/// The numbers at the beginning of a version.
fn release(text: &str) -> Option<Vec<u32>> {
    let end = text.find(|letter: char| !letter.is_ascii_digit() && letter != '.').unwrap_or(text.len());
    text[..end].trim_end_matches('.').split('.').map(|number| number.parse().ok()).collect()
}

fn next(numbers: &[u32]) -> Option<String> {
    let (last, start) = numbers.split_last()?;
    let numbers = start.iter().copied().chain([last.checked_add(1)?]);
    Some(numbers.map(|number| number.to_string()).collect::<Vec<_>>().join("."))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_range_allows_the_versions_that_its_tool_would() {
        let (yes, no, unknown) = (Some(true), Some(false), None);
        for (wanted, version, allowed) in [
            (">=3.12,<4", (3, 12, 0), yes),
            (">=3.12,<4", (3, 11, 9), no),
            (">= 3.8, < 3.12", (3, 11, 9), yes),
            (">=3.8 <3.11", (3, 11, 9), no),
            ("==3.11.*", (3, 11, 9), yes),
            ("==3.11.*", (3, 12, 0), no),
            ("==3.11", (3, 11, 9), no),
            ("==3.11", (3, 11, 0), yes),
            ("!=3.11.*,>=3.9", (3, 11, 9), no),
            ("!=3.9.*", (3, 11, 9), yes),
            ("~=3.11", (3, 12, 1), yes),
            ("~=3.11.2", (3, 12, 1), no),
            ("~=3.11.2", (3, 11, 9), yes),
            ("~=3", (3, 11, 9), unknown),
            ("3.11", (3, 11, 9), yes),
            ("3.11.4", (3, 11, 9), yes),
            ("3.10", (3, 11, 9), no),
            ("3", (3, 11, 9), yes),
            ("2.7", (3, 11, 9), no),
            ("=3.11", (3, 11, 9), yes),
            ("=3.11.4", (3, 11, 9), no),
            ("3.11.*", (3, 11, 9), yes),
            ("=3.11.4=h123_cpython", (3, 11, 4), yes),
            ("3.9|3.11", (3, 11, 9), yes),
            ("3.9|3.10", (3, 11, 9), no),
            ("^3.9", (3, 11, 9), yes),
            ("^3.9", (4, 0, 0), no),
            ("^3.8 || ^3.11", (3, 9, 0), yes),
            ("~3.9", (3, 10, 0), no),
            ("~3.11", (3, 11, 9), yes),
            ("*", (3, 11, 9), yes),
            ("python-3.11", (3, 11, 9), yes),
            ("cpython-3.12.1", (3, 12, 7), yes),
            ("cpython@3.12", (3, 12, 7), yes),
            ("<3.13.0rc1", (3, 13, 0), no),
            (">=3.13.0rc1", (3, 13, 0), yes),
            (">=3.8.dev0", (3, 8, 0), yes),
            (">3.8", (3, 8, 5), yes),
            ("<=3.11", (3, 11, 9), no),
            ("pypy3.9", (3, 9, 0), unknown),
            ("my-virtualenv", (3, 9, 0), unknown),
            ("", (3, 9, 0), unknown),
            ("||", (3, 9, 0), unknown),
            (">=", (3, 9, 0), unknown),
            ("=>3.9", (3, 9, 0), unknown),
            ("3.11.99999999999", (3, 11, 0), unknown),
            ("3.11t", (3, 11, 0), unknown),
        ] {
            let python = WantedPython { wanted: wanted.to_owned(), file: "f".to_owned() };
            assert_eq!(python.allows(version), allowed, "{wanted} {version:?}");
        }
    }
}
