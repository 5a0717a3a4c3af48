//! The result of a search: files that say what a folder's kernels need, and what each asks for.

use std::collections::BTreeMap;

use crate::contract::environment::Language;
use crate::environment::found::{hosts, text};
use crate::kernelspec::nearest::Asked;
use crate::kernelspec::parse::ALL_GPUS;
use crate::words::found as words;

/// The most packages of one source.
const MOST_ASKS: usize = 10_000;
/// The most channels of one source.
const MOST_CHANNELS: usize = 20;
/// The most hosts of one source.
const MOST_HOSTS: usize = 20;
/// The most problems of one source that are listed.
const MOST_PROBLEMS: usize = 100;

/// What the files of a folder say.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Found {
    /// The sources of packages, the preferred one first.
    pub sources: Vec<Source>,
    /// The Python of the folder, from `runtime.txt`, `.python-version` or the `requires-python` of `pyproject.toml`, the
    /// first of these. A source has its own, too.
    pub python: Option<WantedPython>,
    /// The Debian packages.
    pub apt: Option<Apt>,
    /// The folder's `postBuild`, which nothing runs unasked.
    pub post_build: Option<PostBuild>,
    /// The kernelspecs that notebooks name, each with its notebooks.
    pub kernelspecs: Vec<(Asked, Vec<String>)>,
}

impl Found {
    /// The GPUs that a dev container of the folder asks for, whichever file its packages come from.
    pub fn gpus(&self) -> Option<Gpus> {
        self.sources.iter().find_map(|source| source.gpus)
    }
}

/// A file that asks for packages or for an image, with the files that it refers to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    /// The kind of the file.
    pub kind: SourceKind,
    /// The language of the kernels that its packages are for.
    pub language: Language,
    /// Its path in the folder, with `/`. An environment of pixi other than the default one has its name behind that:
    /// `pixi.toml:test`.
    pub file: String,
    /// Each file that says something for it, by path, without the lock file. The first is that of `file`, if it could be read.
    pub files: Vec<String>,
    /// The packages or images that it asks for, in the order of the files.
    pub asks: Vec<Ask>,
    /// The path of the lock file that pins its packages.
    pub locked_by: Option<String>,
    /// The packages that the app changed after the lock file was written.
    pub unlocked: Vec<String>,
    /// The channels that conda's packages come from, as the file and `.condarc` name them, without logins.
    pub channels: Vec<String>,
    /// The hosts that its files name, besides those of the usual indexes and of channels.
    pub hosts: Vec<String>,
    /// The Python that it wants.
    pub python: Option<WantedPython>,
    /// Whether the folder, or a folder in it, is itself a package that is installed: code of the folder is needed, and not
    /// only its `files`.
    pub of_folder: bool,
    /// The name of the environment in a file of pixi, if it is not the default one.
    pub environment: Option<String>,
    /// How its image is built, if it is the image of a Dockerfile.
    pub build: Option<Build>,
    /// The GPUs that it asks for, if it is a dev container.
    pub gpus: Option<Gpus>,
    /// What could not be understood, or not be read.
    pub problems: Vec<FileProblem>,
}

/// GPUs for kernels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Gpus {
    /// How many. `None` for all.
    pub count: Option<u16>,
    /// Kernels run without them, too.
    pub is_optional: bool,
}

impl Gpus {
    /// What a `kernel.json` has in `metadata.orchest.gpus`, on an engine that reports GPUs or none. `None` for nothing.
    pub fn requested(self, reported: bool) -> Option<serde_json::Value> {
        let count = self.count.map_or_else(|| ALL_GPUS.into(), Into::into);
        (reported || !self.is_optional).then_some(count)
    }
}

/// How an image is built from files of the folder.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Build {
    /// The path of the Dockerfile.
    pub dockerfile: String,
    /// The path of the folder with the files that it copies; empty for the folder itself.
    pub context: String,
    /// Its build arguments.
    pub args: BTreeMap<String, String>,
    /// The stage that is built, if not the last one.
    pub target: Option<String>,
    /// The text of the Dockerfile, as a person reads it before it is built.
    pub lines: Vec<String>,
}

/// One package, or one image, that a file asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ask {
    /// What a person reads. For packages of Python, it is a line that `pip` accepts in a `requirements.txt`, without
    /// options; a path in it is relative to the folder for a `requirements.txt`, and to the file's own folder for others.
    /// For conda and R packages, it is as in the file; for Dockerfiles, it is the image.
    pub text: String,
    /// The package's name. The name of a Python package is normalized: `Scikit_Learn` is `scikit-learn`. `None` for an
    /// image, and for a package that only its own files name.
    pub name: Option<String>,
    /// The line in the file, or in the cell of a notebook, from 1.
    pub line: Option<usize>,
}

/// The kinds of sources, the preferred one first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SourceKind {
    /// A `Dockerfile`.
    Dockerfile,
    /// A `devcontainer.json`.
    DevContainer,
    /// Conda's `environment.yml` or `environment.yaml`.
    CondaEnvironment,
    /// A `pixi.toml`, or `[tool.pixi]` in a `pyproject.toml`.
    Pixi,
    /// A `conda-lock.yml`.
    CondaLock,
    /// A `pyproject.toml` with dependencies.
    Pyproject,
    /// A `requirements.txt`.
    Requirements,
    /// A `Pipfile`.
    Pipfile,
    /// A `setup.py` or `setup.cfg`.
    Setup,
    /// An `renv.lock`.
    Renv,
    /// The `DESCRIPTION` of an R package.
    RDescription,
    /// An `install.R`.
    RInstall,
    /// A notebook with a PEP 723 block in its first code cell.
    Notebook,
}

/// The Python that a file wants.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WantedPython {
    /// A version or a range of versions, as in the file: `3.11`, `>=3.10,<4`, `^3.9`.
    pub wanted: String,
    /// The path of the file.
    pub file: String,
}

/// The Debian packages that a folder asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Apt {
    /// The path of the `apt.txt`.
    pub file: String,
    /// The packages, each a valid name with at most a version or an architecture.
    pub packages: Vec<String>,
}

/// A script that a folder wants to run after the installation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PostBuild {
    /// Its path in the folder.
    pub file: String,
    /// A hash of its text.
    pub digest: String,
    /// Its text.
    pub text: Vec<u8>,
}

/// What could not be understood in a file, or why it could not be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileProblem {
    /// The path of the file.
    pub file: String,
    /// The line, from 1, where one is to blame.
    pub line: Option<usize>,
    /// The problem, in words that follow the file's name and a colon.
    pub message: String,
}

/// The result of a search, and the content of the files that it is from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Read {
    /// What the files say.
    pub found: Found,
    /// The bytes of each file that a source, its lock file or the Python is from, by path. Paths are relative and have `/`.
    pub contents: BTreeMap<String, Vec<u8>>,
}

impl Source {
    /// A source that asks for nothing yet.
    pub(crate) fn new(kind: SourceKind, file: &str) -> Self {
        Source {
            kind,
            language: match kind {
                SourceKind::Renv | SourceKind::RDescription | SourceKind::RInstall => Language::R,
                _ => Language::Python,
            },
            file: file.to_owned(),
            files: Vec::new(),
            asks: Vec::new(),
            locked_by: None,
            unlocked: Vec::new(),
            channels: Vec::new(),
            hosts: Vec::new(),
            python: None,
            build: None,
            of_folder: false,
            gpus: None,
            environment: None,
            problems: Vec::new(),
        }
    }

    /// Another environment in the same file of pixi.
    pub(super) fn of_environment(file: &str, environment: &str) -> Self {
        let source = Self::new(SourceKind::Pixi, &format!("{file}:{environment}"));
        Source { environment: Some(environment.to_owned()), ..source }
    }

    /// The path of the file itself.
    pub fn path(&self) -> &str {
        let name = self.environment.as_deref().and_then(|name| self.file.strip_suffix(name)?.strip_suffix(':'));
        name.unwrap_or(&self.file)
    }

    /// Adds a package or image, up to one more than the bound.
    pub(super) fn ask(&mut self, text: impl Into<String>, name: Option<String>, line: Option<usize>) {
        if self.asks.len() <= MOST_ASKS {
            let text = text.into();
            self.add_hosts(&text);
            self.asks.push(Ask { text, name, line });
        }
    }

    /// Adds the hosts of all addresses in a text, up to the bound.
    pub(super) fn add_hosts(&mut self, text: &str) {
        if !text.contains("://") {
            return;
        }
        let of_channels: Vec<String> = self.channels.iter().flat_map(|channel| hosts::in_text(channel)).collect();
        for host in hosts::in_text(text) {
            if self.hosts.len() < MOST_HOSTS && !of_channels.contains(&host) && !self.hosts.contains(&host) {
                self.hosts.push(host);
            }
        }
    }

    /// Reports that there were more packages than the bound.
    pub(super) fn finish(&mut self) {
        if self.asks.len() > MOST_ASKS {
            self.asks.truncate(MOST_ASKS);
            // It is listed even after many others.
            let message = words::many_asks(MOST_ASKS);
            self.problems.push(FileProblem { file: self.file.clone(), line: None, message });
        }
    }

    /// Adds a problem, up to the bound.
    pub(super) fn problem(&mut self, file: &str, line: Option<usize>, message: impl Into<String>) {
        let problem = FileProblem { file: file.to_owned(), line, message: message.into() };
        match self.problems.len() {
            0..MOST_PROBLEMS if !self.problems.contains(&problem) => self.problems.push(problem),
            MOST_PROBLEMS => self.problems.push(FileProblem { line: None, message: words::MORE.to_owned(), ..problem }),
            _ => {}
        }
    }

    /// Adds a channel, without the login that its address may have.
    pub(super) fn add_channel(&mut self, channel: &str) {
        let shown = text::without_login(channel.trim());
        if !shown.is_empty() && self.channels.len() < MOST_CHANNELS && !self.channels.contains(&shown) {
            self.channels.push(shown);
        }
    }

    /// Adds a file that says something.
    pub(super) fn add_file(&mut self, file: &str) {
        if !self.files.iter().any(|known| known == file) {
            self.files.push(file.to_owned());
        }
    }

    /// Sets the Python that a file of this source wants, unless one is set.
    pub(super) fn want_python(&mut self, wanted: &str, file: &str) {
        let wanted = wanted.trim();
        if self.python.is_none() && !wanted.is_empty() {
            self.python = Some(WantedPython { wanted: wanted.to_owned(), file: file.to_owned() });
        }
    }
}
