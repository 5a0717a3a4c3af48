//! Finds the files of a folder that say what its kernels need, and reads what they ask for.
//!
//! It searches the folder, then `binder/`, `.binder/` and `.devcontainer/`. The names are those of repo2docker
//! (<https://repo2docker.readthedocs.io>, "configuration files"), and those of uv, Poetry, PDM, pixi and dev containers.
//!
//! - [`read`]: looks for each file and reads it, within bounds; `files`: the only file here that reads the disk
//! - [`imports`]: the packages that notebooks and scripts import, for a first `requirements.txt`; `modules`: names of
//!   modules and their packages
//! - [`Found`], [`Source`]: the result
//! - `requirements`, `pyproject`, `setup`: packages of Python; `package`: one requirement; `table`: tables of
//!   dependencies, as Poetry and `Pipfile` have them
//! - `conda`: conda environments, pixi and conda-lock; `image`: Dockerfiles and dev containers; `r`: packages of R;
//!   `notebook`: a block in a notebook; `debian`: `apt.txt`
//! - `literals`: the texts in a program that is not run
//! - `python`: which versions of Python a file allows
//! - `download`: how much an installation fetches, from a lock file; `wheel`: which wheel is taken; `marker`: conditions
//! - `tree`: TOML, YAML and JSON; `text`: encodings and paths
//!
//! A reader never fails: what it cannot understand is a problem with file and line, and the rest counts.

mod conda;
mod debian;
mod download;
mod files;
mod hosts;
mod image;
mod imports;
mod literals;
mod marker;
mod modules;
mod notebook;
mod package;
mod pyproject;
mod python;
mod r;
mod read;
mod requirements;
mod setup;
mod source;
mod table;
mod text;
mod tree;
mod wheel;

pub use download::{Download, download};
pub use imports::imports;
pub use marker::Machine;
pub(crate) use package::{is_requirement, normalized};
pub(crate) use r::{installs, is_name as is_name_of_r};
pub use read::read;
pub use source::{Apt, Ask, Build, FileProblem, Found, Gpus, PostBuild, Read, Source, SourceKind, WantedPython};
