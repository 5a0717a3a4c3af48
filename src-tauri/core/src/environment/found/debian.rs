//! An `apt.txt`, and files with nothing but a version of Python. Pure.

use crate::environment::found::source::{Apt, FileProblem, WantedPython};
use crate::words::found as words;

/// Reads an `apt.txt`. Only valid names of packages are kept: the list becomes a part of a command.
pub(super) fn apt(file: &str, text: &str) -> (Apt, Vec<FileProblem>) {
    let mut apt = Apt { file: file.to_owned(), packages: Vec::new() };
    let mut problems = Vec::new();
    for (at, line) in text.lines().enumerate() {
        for word in line.split('#').next().unwrap_or_default().split_whitespace() {
            match word {
                _ if apt.packages.len() == 1_000 || problems.len() == 100 => return (apt, problems),
                word if is_package(word) => apt.packages.push(word.to_owned()),
                word => problems.push(FileProblem {
                    file: file.to_owned(),
                    line: Some(at + 1),
                    message: words::not_debian(word),
                }),
            }
        }
    }
    (apt, problems)
}

/// `name`, `name:architecture` or `name=version`. The form is that of Debian's policy, 5.6.1 and 5.6.12.
fn is_package(word: &str) -> bool {
    let (name, version) = word.split_once('=').map_or((word, None), |(name, version)| (name, Some(version)));
    let (name, architecture) = name.split_once(':').map_or((name, None), |(name, kind)| (name, Some(kind)));
    let plain = |letter: char| letter.is_ascii_lowercase() || letter.is_ascii_digit();
    name.starts_with(plain)
        // A sign at the end of a name has a meaning for apt.
        && name.ends_with(|letter: char| plain(letter) || word.contains("++") && letter == '+')
        && name.chars().all(|letter| plain(letter) || matches!(letter, '+' | '-' | '.'))
        && architecture.is_none_or(|kind| !kind.is_empty() && kind.chars().all(plain))
        && version.is_none_or(|version| {
            version.starts_with(|letter: char| letter.is_ascii_digit())
                && version.chars().all(|letter| letter.is_ascii_alphanumeric() || ".+-~:*".contains(letter))
        })
}

/// The Python of a `runtime.txt`: `python-3.11`. An R there is none.
pub(super) fn runtime(file: &str, text: &str) -> Option<WantedPython> {
    let line = first_line(text)?;
    match line.split_once('-') {
        Some(("r" | "R" | "julia", _)) => None,
        Some(("python", version)) => Some(WantedPython { wanted: version.to_owned(), file: file.to_owned() }),
        _ => Some(WantedPython { wanted: line.to_owned(), file: file.to_owned() }),
    }
}

/// The Python of a `.python-version`: its first line.
pub(super) fn python_version(file: &str, text: &str) -> Option<WantedPython> {
    first_line(text).map(|line| WantedPython { wanted: line.to_owned(), file: file.to_owned() })
}

fn first_line(text: &str) -> Option<&str> {
    let line = text.lines().map(str::trim).find(|line| !line.is_empty() && !line.starts_with('#'))?;
    line.get(..line.len().min(100))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn only_names_of_debian_packages_are_kept() {
        let text = "# tools\nffmpeg libgl1:amd64\ng++ # c\r\ngraphviz=2.42.2-7\nlibstdc++6\n--allow-downgrades\n-o=Dpkg\ngit-\na;b $(x)\nA\n";
        let (apt, problems) = apt("apt.txt", text);
        assert_eq!(apt.packages, ["ffmpeg", "libgl1:amd64", "g++", "graphviz=2.42.2-7", "libstdc++6"]);
        assert_eq!(problems.iter().map(|problem| problem.line.unwrap()).collect::<Vec<_>>(), [6, 7, 8, 9, 9, 10]);
    }

    #[test]
    fn a_version_of_python_is_the_first_line() {
        let wanted = |text: &str| runtime("runtime.txt", text).map(|python| python.wanted);
        assert_eq!(wanted("python-3.11\n").as_deref(), Some("3.11"));
        assert_eq!(wanted("r-4.1-2021-01-01"), None);
        assert_eq!(wanted("3.9").as_deref(), Some("3.9"));
        assert_eq!(python_version("f", "# x\n\n3.12.1\n3.11\n").unwrap().wanted, "3.12.1");
        assert_eq!(python_version("f", "\n"), None);
    }
}
