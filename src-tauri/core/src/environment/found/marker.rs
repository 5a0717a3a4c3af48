//! Conditions behind a package: `sys_platform == 'win32' and python_version < '3.9'`. Pure.
//!
//! Their form: <https://packaging.python.org/en/latest/specifications/dependency-specifiers/#environment-markers>.

use crate::environment::found::source::WantedPython;

/// The longest condition that is read, bytes.
const LONGEST: usize = 8_000;
/// The most brackets inside each other.
const DEPTH: usize = 50;

/// Where packages are installed: a container with Linux, and the Python of the folder's kernels.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Machine {
    /// `x86_64` or `aarch64`.
    pub arch: String,
    /// The version of Python. Its patch is the newest if none is known.
    pub python: (u32, u32, u32),
    /// Without the lock that lets one thread run at a time.
    pub free_threaded: bool,
}

/// Whether a condition holds. `groups` are those that are installed. `None` if it is not understood.
pub(super) fn holds(marker: &str, machine: &Machine, groups: &[&str]) -> Option<bool> {
    if marker.len() > LONGEST {
        return None;
    }
    let mut reading = Reading { left: words(marker)?, at: 0, machine, groups };
    let found = reading.any(DEPTH)?;
    (reading.at == reading.left.len()).then_some(found)
}

#[derive(Clone, Debug, PartialEq)]
enum Word {
    Open,
    Close,
    /// A name, or one of `and`, `or`, `in` and `not`.
    Name(String),
    Text(String),
    /// `==`, `<` and others.
    Sign(String),
}

fn words(text: &str) -> Option<Vec<Word>> {
    let is_sign = |letter: char| matches!(letter, '=' | '<' | '>' | '!' | '~');
    let is_name = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '_' | '.');
    let mut found = Vec::new();
    let mut rest = text.trim_start();
    while let Some(first) = rest.chars().next() {
        let end = match first {
            '(' | ')' => 1,
            '"' | '\'' => rest[1..].find(first)? + 2,
            _ if is_sign(first) => rest.find(|letter| !is_sign(letter)).unwrap_or(rest.len()),
            _ if is_name(first) => rest.find(|letter| !is_name(letter)).unwrap_or(rest.len()),
            _ => return None,
        };
        let word = &rest[..end];
        found.push(match first {
            '(' => Word::Open,
            ')' => Word::Close,
            '"' | '\'' => Word::Text(word[1..end - 1].to_owned()),
            _ if is_sign(first) => Word::Sign(word.to_owned()),
            _ => Word::Name(word.to_owned()),
        });
        rest = rest[end..].trim_start();
    }
    Some(found)
}

struct Reading<'a> {
    left: Vec<Word>,
    at: usize,
    machine: &'a Machine,
    groups: &'a [&'a str],
}

impl Reading<'_> {
    fn next(&mut self) -> Option<Word> {
        self.at += 1;
        self.left.get(self.at - 1).cloned()
    }

    fn takes(&mut self, name: &str) -> bool {
        let is_next = matches!(self.left.get(self.at), Some(Word::Name(next)) if next == name);
        self.at += usize::from(is_next);
        is_next
    }

    fn any(&mut self, depth: usize) -> Option<bool> {
        let mut found = self.all(depth)?;
        while self.takes("or") {
            found |= self.all(depth)?;
        }
        Some(found)
    }

    fn all(&mut self, depth: usize) -> Option<bool> {
        let mut found = self.one(depth)?;
        while self.takes("and") {
            found &= self.one(depth)?;
        }
        Some(found)
    }

    fn one(&mut self, depth: usize) -> Option<bool> {
        let left = self.next()?;
        if left == Word::Open {
            let found = self.any(depth.checked_sub(1)?)?;
            return (self.next()? == Word::Close).then_some(found);
        }
        let sign = match self.next()? {
            Word::Sign(sign) => sign,
            Word::Name(name) if name == "in" => name,
            Word::Name(name) if name == "not" && self.takes("in") => "not in".to_owned(),
            _ => return None,
        };
        match (left, self.next()?) {
            (Word::Name(name), Word::Text(text)) => self.compared(&name, &sign, &text),
            (Word::Text(text), Word::Name(name)) => match sign.as_str() {
                "in" => Some(self.has(&name, &text)?),
                "not in" => Some(!self.has(&name, &text)?),
                _ => self.compared(&name, &turned(&sign), &text),
            },
            _ => None,
        }
    }

    /// Whether a variable has a text in it. Extras and groups are sets.
    fn has(&self, name: &str, text: &str) -> Option<bool> {
        match name {
            "extras" => Some(false),
            "dependency_groups" => Some(self.groups.contains(&text)),
            _ => Some(self.value(name)?.contains(text)),
        }
    }

    fn compared(&self, name: &str, sign: &str, text: &str) -> Option<bool> {
        let (major, minor, patch) = self.machine.python;
        let version = match name {
            _ if sign.ends_with("in") => None,
            "python_version" => Some((major, minor, 0)),
            "python_full_version" | "implementation_version" => Some((major, minor, patch)),
            _ => None,
        };
        if let Some(version) = version {
            return WantedPython { wanted: format!("{sign}{}", text.trim()), file: String::new() }.allows(version);
        }
        let value = self.value(name)?;
        match sign {
            "==" | "===" => Some(value == text),
            "!=" => Some(value != text),
            "in" => Some(text.contains(&value)),
            "not in" => Some(!text.contains(&value)),
            _ => None,
        }
    }

    fn value(&self, name: &str) -> Option<String> {
        let (major, minor, patch) = self.machine.python;
        Some(match name {
            "os_name" => "posix".to_owned(),
            "sys_platform" => "linux".to_owned(),
            "platform_system" => "Linux".to_owned(),
            "platform_machine" => self.machine.arch.clone(),
            "platform_python_implementation" => "CPython".to_owned(),
            "implementation_name" => "cpython".to_owned(),
            "python_version" => format!("{major}.{minor}"),
            "python_full_version" | "implementation_version" => format!("{major}.{minor}.{patch}"),
            "extra" => String::new(),
            _ => return None,
        })
    }
}

/// The sign that says the same with its sides exchanged.
fn turned(sign: &str) -> String {
    sign.chars()
        .map(|letter| match letter {
            '<' => '>',
            '>' => '<',
            other => other,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_condition_holds_as_its_installer_would_see_it() {
        let machine = Machine { arch: "x86_64".to_owned(), python: (3, 11, 60), free_threaded: false };
        for (marker, wanted) in [
            ("sys_platform == 'linux'", Some(true)),
            ("sys_platform == \"win32\" or os_name != 'posix'", Some(false)),
            ("python_full_version < '3.11'", Some(false)),
            ("python_full_version == '3.11.*'", Some(true)),
            ("python_full_version < '3.11.3'", Some(false)),
            ("python_version <= '3.11'", Some(true)),
            ("python_version > '3.10' and python_version ~= '3.8'", Some(true)),
            ("'3.9' <= python_version", Some(true)),
            ("'3.12' <= python_version", Some(false)),
            ("python_version in '3.10 3.11'", Some(true)),
            ("python_version not in '3.10, 3.11'", Some(false)),
            ("platform_machine == 'aarch64' or (platform_machine == 'x86_64' and sys_platform != 'win32')", Some(true)),
            ("(sys_platform == 'win32' or sys_platform == 'linux') and os_name == 'nt'", Some(false)),
            ("sys_platform == 'linux' or sys_platform == 'win32' and os_name == 'nt'", Some(true)),
            ("'linux' in sys_platform", Some(true)),
            ("platform_python_implementation != 'PyPy' and implementation_name == 'cpython'", Some(true)),
            ("extra == 'extra-5-birds-cpu'", Some(false)),
            ("'dev' in dependency_groups", Some(true)),
            ("'docs' in dependency_groups or 'x' in extras", Some(false)),
            ("'docs' not in dependency_groups", Some(true)),
            ("platform_release == '6'", None),
            ("sys_platform = 'linux'", None),
            ("sys_platform == 'linux", None),
            ("sys_platform == 'linux' and", None),
            ("(sys_platform == 'linux'", None),
            ("sys_platform == 'linux')", None),
            ("python_version > 'newest'", None),
            ("", None),
        ] {
            assert_eq!(holds(marker, &machine, &["dev"]), wanted, "{marker}");
        }
        assert_eq!(holds(&"(".repeat(7_000), &machine, &[]), None);
    }
}
