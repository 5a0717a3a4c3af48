//! The lines that the installer and the builder print, and the progress that they add up to. Pure.
//!
//! `etc/images/README.md` describes them. A line of an unknown kind, or one that is no JSON, is a line of the log.

use std::collections::VecDeque;

use serde::Deserialize;

use super::record::Package;
use crate::contract::snapshot::{Progress, ProgressUnit};
use crate::images::progress::Marks;
use crate::words::environment as words;
use crate::words::plain_text;
use crate::words::python::{self, Missing};

/// The lines of the log that are shown, and those that a failure has.
const SHOWN: usize = 8;
const TAIL: usize = 40;
/// The longest line of the log, characters.
const LONGEST: usize = 400;
/// A download of fewer bytes says little about the network.
const MEASURED_FROM: u64 = 5_000_000;

/// A line.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(tag = "step", rename_all = "snake_case")]
pub enum Line {
    /// It finds out which versions fit together.
    Resolving,
    /// It has found them.
    Resolved {
        packages: u64,
        #[serde(default)]
        present: bool,
    },
    /// A package is built.
    Building {
        #[serde(default)]
        package: String,
    },
    /// The builder has made these wheels.
    Built {
        #[serde(default)]
        wheels: u64,
    },
    /// A Python is fetched, or was taken: then its folder in the store has a name.
    Python {
        version: String,
        #[serde(default)]
        name: Option<String>,
        #[serde(default)]
        bytes: Option<u64>,
    },
    /// Packages are fetched and linked.
    Installing {
        packages: u64,
        of: u64,
        #[serde(default)]
        bytes: Option<u64>,
        #[serde(default)]
        of_bytes: Option<u64>,
    },
    /// A line of uv's or of a build.
    Log { text: String },
    /// The environment is whole.
    Done {
        key: String,
        /// The version of Python, or of R.
        #[serde(alias = "r")]
        python: String,
        #[serde(default)]
        packages: Vec<Package>,
        #[serde(default)]
        size: u64,
        #[serde(default)]
        support_key: Option<String>,
        #[serde(default)]
        base: Option<String>,
    },
    /// Its bytecode is there.
    Compiled,
    /// It cannot be made.
    Failed {
        kind: String,
        #[serde(default)]
        package: Option<String>,
        #[serde(default)]
        packages: Vec<String>,
        #[serde(default)]
        text: String,
        #[serde(default)]
        python: Option<Missing>,
        /// What the builder has to know.
        #[serde(default)]
        carried: Option<Box<serde_json::Value>>,
    },
}

/// Reads a line.
pub fn parse(text: &str) -> Line {
    serde_json::from_str(text).unwrap_or_else(|_| Line::Log { text: text.to_owned() })
}

/// What the lines add up to.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Install {
    detail: String,
    progress: Option<Progress>,
    marks: Marks,
    log: VecDeque<String>,
    python: Option<String>,
    fetched: Fetched,
}

/// A download that is measured.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Fetched {
    /// When it began, and the bytes that were there.
    from: Option<(u64, u64)>,
    bytes: u64,
    /// Bytes in a second, of the last download that was large enough.
    rate: Option<u64>,
}

impl Fetched {
    fn add(&mut self, now: u64, bytes: u64) {
        // Fewer bytes than before are those of another download.
        let (began, had) = self.from.filter(|_| bytes >= self.bytes).unwrap_or((now, bytes));
        (self.from, self.bytes) = (Some((began, had)), bytes);
        let (passed, got) = (now.saturating_sub(began), bytes.saturating_sub(had));
        if got >= MEASURED_FROM && passed > 0 {
            self.rate = Some(got.saturating_mul(1_000) / passed);
        }
    }
}

impl Install {
    /// Folds a line that arrived at `now` (milliseconds).
    pub fn fold(&mut self, line: &Line, now: u64) {
        match line {
            Line::Resolving => self.doing(words::RESOLVING.to_owned()),
            Line::Resolved { packages, present: false } => self.doing(words::resolved(*packages)),
            Line::Resolved { packages, present: true } => self.doing(words::present(*packages)),
            Line::Building { package } => self.doing(words::building(package)),
            Line::Built { wheels } => self.doing(words::built(*wheels)),
            Line::Python { version, name: None, bytes } => {
                self.doing(python::fetching(version));
                let so_far = |done| Progress { unit: ProgressUnit::Bytes, done, total: None, rate: None };
                self.progress = bytes.map(so_far);
            }
            Line::Python { version, name, .. } => {
                self.doing(python::taken(version));
                self.python.clone_from(name);
            }
            Line::Installing { packages, of, bytes, of_bytes } => {
                self.doing(words::installing(*packages, *of));
                self.progress = match (bytes, of_bytes) {
                    (Some(bytes), Some(of_bytes)) if *of_bytes > 0 => {
                        self.marks.add(now, *bytes);
                        // The end is reported as all bytes, even of files that were here.
                        if bytes < of_bytes {
                            self.fetched.add(now, *bytes);
                        }
                        let rate = self.marks.rate();
                        Some(Progress { unit: ProgressUnit::Bytes, done: *bytes, total: Some(*of_bytes), rate })
                    }
                    _ => Some(Progress { unit: ProgressUnit::Packages, done: *packages, total: Some(*of), rate: None }),
                };
            }
            Line::Log { text } => text.lines().for_each(|line| self.log(line)),
            Line::Done { .. } | Line::Compiled | Line::Failed { .. } => {}
        }
    }

    fn doing(&mut self, detail: String) {
        self.detail = detail;
        self.progress = None;
    }

    fn log(&mut self, text: &str) {
        let text: String = plain_text::name(text.trim_end()).chars().take(LONGEST).collect();
        if !text.is_empty() {
            self.log.push_back(text);
        }
        if self.log.len() > TAIL {
            self.log.pop_front();
        }
    }

    /// The current action.
    pub fn detail(&self) -> &str {
        &self.detail
    }

    /// The folder of the Python that was taken, if it is not the image's.
    pub fn python(&self) -> Option<String> {
        self.python.clone()
    }

    /// The bytes in a second of the whole download, if it was large enough.
    pub fn rate(&self) -> Option<u64> {
        self.fetched.rate
    }

    /// How much of it is done.
    pub fn progress(&self) -> Option<Progress> {
        self.progress
    }

    /// The newest lines of the log, oldest first.
    pub fn shown(&self) -> Vec<String> {
        self.log.iter().skip(self.log.len().saturating_sub(SHOWN)).cloned().collect()
    }

    /// The lines that a failure has.
    pub fn tail(&self) -> Vec<String> {
        self.log.iter().cloned().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_read_by_their_step_and_others_belong_to_the_log() {
        assert_eq!(parse(r#"{"step": "resolving"}"#), Line::Resolving);
        assert_eq!(
            parse(r#"{"step": "resolved", "packages": 3, "key": "k", "present": true}"#),
            Line::Resolved { packages: 3, present: true }
        );
        let of_r = r#"{"step": "done", "key": "k", "r": "4.2.2", "packages": [], "support_key": null}"#;
        assert!(matches!(parse(of_r), Line::Done { python, .. } if python == "4.2.2"));
        for text in [r#"{"step": "unheard of"}"#, "Traceback (most recent call last):", "", "{", "[]"] {
            assert_eq!(parse(text), Line::Log { text: text.to_owned() });
        }
    }

    #[test]
    fn an_installation_shows_what_it_does_and_how_far_it_is() {
        let mut install = Install::default();
        install.fold(&Line::Resolving, 0);
        assert_eq!((install.detail(), install.progress()), (words::RESOLVING, None));
        install.fold(&Line::Installing { packages: 1, of: 9, bytes: Some(1), of_bytes: Some(10) }, 1_000);
        install.fold(&Line::Installing { packages: 3, of: 9, bytes: Some(5), of_bytes: Some(10) }, 3_000);
        let progress = install.progress().unwrap_or_else(|| panic!("bytes"));
        assert_eq!((progress.unit, progress.done, progress.total), (ProgressUnit::Bytes, 5, Some(10)));
        assert_eq!(progress.rate, Some(2.0), "bytes in a second");
        install.fold(&Line::Installing { packages: 4, of: 9, bytes: None, of_bytes: None }, 4_000);
        assert_eq!(install.progress().map(|progress| progress.unit), Some(ProgressUnit::Packages));
    }

    #[test]
    fn the_rate_is_that_of_the_whole_download_without_its_end_and_only_of_a_large_one() {
        let rate = |lines: &[(u64, u64, u64)]| {
            let mut install = Install::default();
            for (now, bytes, of_bytes) in lines.iter().copied() {
                let (bytes, of_bytes) = (Some(bytes), Some(of_bytes));
                install.fold(&Line::Installing { packages: 0, of: 9, bytes, of_bytes }, now);
            }
            install.rate()
        };
        let large = [(1_000, 0, 90_000_000), (2_000, 1_000_000, 90_000_000), (11_000, 80_000_000, 90_000_000)];
        assert_eq!(rate(&large), Some(8_000_000));
        assert_eq!(rate(&[large[0], (1_100, 90_000_000, 90_000_000)]), None, "all of it was here");
        assert_eq!(rate(&[(0, 0, 4_000_000), (2_000, 3_900_000, 4_000_000)]), None);
        let of_pip = [(60_000, 0, 2_000_000), (61_000, 1_000_000, 2_000_000), (61_000, 2_000_000, 2_000_000)];
        assert_eq!(rate(&[&large[..], &of_pip].concat()), Some(8_000_000), "a small one comes after a large one");
        let next = [(60_000, 0, 20_000_000), (61_000, 10_000_000, 20_000_000)];
        assert_eq!(rate(&[&large[..], &next].concat()), Some(10_000_000));
        assert_eq!(rate(&[]), None);
    }

    #[test]
    fn a_python_is_fetched_and_then_has_a_name() {
        let mut install = Install::default();
        install.fold(&parse(r#"{"step": "python", "version": "3.13.5", "bytes": 7}"#), 0);
        assert!(install.detail().contains("3.13.5") && install.python().is_none());
        assert_eq!(install.progress().map(|progress| (progress.done, progress.total)), Some((7, None)));
        install.fold(&parse(r#"{"step": "python", "version": "3.13.5", "name": "cpython-3.13.5"}"#), 0);
        assert_eq!((install.python().as_deref(), install.progress()), (Some("cpython-3.13.5"), None));
    }

    #[test]
    fn a_log_keeps_its_newest_lines_without_control_characters() {
        let mut install = Install::default();
        for number in 0..100 {
            install.fold(&Line::Log { text: format!("line {number}\u{1b}[2J") }, 0);
        }
        assert_eq!((install.tail().len(), install.shown().len()), (TAIL, SHOWN));
        let mut several = Install::default();
        several.fold(&Line::Log { text: "one\ntwo".to_owned() }, 0);
        assert_eq!(several.tail(), ["one", "two"]);
        assert!(install.shown().iter().all(|line| !line.contains('\u{1b}')), "{:?}", install.shown());
        assert!(install.tail().last().is_some_and(|line| line.starts_with("line 99")));
    }
}
