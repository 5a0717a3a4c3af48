//! The files of a folder that name packages, and what they ask for.

mod read;

use std::collections::BTreeMap;

pub use read::read;

/// What the files of a folder ask for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Found {
    /// The files that name packages, in the order in which they are preferred.
    pub sources: Vec<Source>,
    /// The Python that the folder wants, beside what a source wants.
    pub python: Option<WantedPython>,
    /// Debian packages.
    pub apt: Option<Apt>,
    /// A script that the folder wants to run after the installation.
    pub post_build: Option<String>,
}

/// A file that names packages.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    /// Its kind.
    pub kind: SourceKind,
    /// Its path in the folder, with `/`.
    pub file: String,
    /// It, and every file that it names.
    pub files: Vec<String>,
    /// The packages that it names, for people.
    pub asks: Vec<Ask>,
    /// The lock file that is used with it.
    pub locked_by: Option<String>,
    /// The Python that it wants.
    pub python: Option<WantedPython>,
    /// The folder itself is installed.
    pub of_folder: bool,
    /// What in it cannot be understood.
    pub problems: Vec<FileProblem>,
}

/// A package that a file names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ask {
    /// As it is written, without markers and hashes.
    pub text: String,
    /// Its name, in the form that PEP 503 compares.
    pub name: Option<String>,
    /// The line that names it.
    pub line: Option<usize>,
}

/// The kind of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SourceKind {
    /// `Dockerfile`
    Dockerfile,
    /// `devcontainer.json`
    DevContainer,
    /// `environment.yml`
    CondaEnvironment,
    /// `pixi.toml`
    Pixi,
    /// `conda-lock.yml`
    CondaLock,
    /// `pyproject.toml`
    Pyproject,
    /// `requirements.txt`
    Requirements,
    /// `Pipfile`
    Pipfile,
    /// `setup.py`, `setup.cfg`
    Setup,
    /// `renv.lock`
    Renv,
    /// `DESCRIPTION`
    RDescription,
    /// `install.R`
    RInstall,
    /// A notebook with a block of PEP 723.
    Notebook,
}

/// A version of Python that a file wants.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WantedPython {
    /// A version or specifiers, as written.
    pub wanted: String,
    /// The file that says so.
    pub file: String,
}

/// Debian packages that a file names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Apt {
    /// The file.
    pub file: String,
    /// The packages.
    pub packages: Vec<String>,
}

/// A place in a file that cannot be understood.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileProblem {
    /// The file.
    pub file: String,
    /// The line, if it is known.
    pub line: Option<usize>,
    /// What is wrong.
    pub message: String,
}

/// What the files ask for, and the contents of those that count.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Read {
    /// What they ask for.
    pub found: Found,
    /// The contents by path.
    pub contents: BTreeMap<String, Vec<u8>>,
}
