//! What a folder's files ask for, and what its kernels have, as an interface shows it.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use super::snapshot::StageView;

/// The environment of a folder.
#[derive(Clone, Debug, PartialEq, Serialize, TS)]
pub struct EnvironmentView {
    /// Its state.
    pub state: EnvironmentState,
    /// The files that name packages, the nearest first.
    pub files: Vec<EnvironmentFile>,
    /// The language of the packages in the file that is used.
    pub language: Language,
    /// The version of Python or R: of the environment if it was made, else as the files want it.
    pub python: Option<String>,
    /// The number of packages: all that are installed, or else those that the files name.
    pub packages: usize,
    /// The bytes of the installed packages.
    #[ts(type = "number | null")]
    pub size: Option<u64>,
    /// What the installation fetches, as far as a lock file of the folder says it. An environment that is there has none.
    pub download: Option<DownloadView>,
    /// An environment was made, and the files have changed since.
    pub changed: bool,
    /// The names of the other folders that have the same environment: it is on the disk once.
    pub shared_with: Vec<String>,
    /// Debian packages that the folder asks for. The kernels of an environment have them; an image of the folder's own does not
    /// get them.
    pub apt: Vec<String>,
    /// A script that the folder wants to run after the installation.
    pub post_build: Option<PostBuildView>,
    /// The folder asks for GPUs, and the engine reports none.
    pub lacks_gpus: Option<GpuWish>,
    /// The environment is being made without a launch.
    pub updating: Option<StageView>,
}

/// What an installation fetches. Packages that are in the store already count, too: only the installation finds them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, TS)]
pub struct DownloadView {
    /// The bytes of the packages whose size the lock file has.
    #[ts(type = "number")]
    pub bytes: u64,
    /// There are packages whose size it does not have.
    pub more: bool,
    /// How long that takes at the rate of the last download.
    #[ts(type = "number | null")]
    pub seconds: Option<u64>,
}

/// How a folder asks for GPUs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum GpuWish {
    /// Its kernels need them.
    Needed,
    /// Its kernels use them where there are any.
    Optional,
}

/// A script that a folder wants to run after the installation: in a container with what the folder's kernels have.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
pub struct PostBuildView {
    /// Its path relative to the folder, with `/`.
    pub path: String,
    /// All of its lines.
    pub lines: Vec<String>,
    /// Whether it runs.
    pub state: PostBuildState,
}

/// The state of a `postBuild`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum PostBuildState {
    /// The person has not allowed it. Nothing runs it.
    Offered,
    /// It changed since the person allowed it. Nothing runs it.
    Changed,
    /// The next launch runs it.
    Wanted,
    /// It has run for the environment as it is.
    Ran,
}

/// The language of packages.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, TS)]
pub enum Language {
    /// Python.
    #[default]
    Python,
    /// R.
    R,
}

impl Language {
    /// The language of a kernelspec, if an app can bring what its kernels need into any image.
    pub fn of_kernelspec(language: &str) -> Option<Language> {
        match language.to_ascii_lowercase().as_str() {
            "python" => Some(Language::Python),
            "r" => Some(Language::R),
            _ => None,
        }
    }
}

/// The state of an environment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum EnvironmentState {
    /// The folder has files for packages, and none of a kind that environments are made from.
    Unsupported,
    /// The person has not allowed the installation yet.
    Asks,
    /// It is made by the next launch.
    Wanted,
    /// It is there: a launch only uses it.
    Ready,
}

/// A file that names packages.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
pub struct EnvironmentFile {
    /// Its path relative to the folder, with `/`.
    pub path: String,
    /// The environment is made from it.
    pub used: bool,
    /// An environment can be made from it.
    pub usable: bool,
    /// The language of the packages that it names.
    pub language: Language,
    /// Packages can be added to it and removed from it.
    pub editable: bool,
    /// The file is itself a program, which runs when its packages are installed.
    pub script: bool,
    /// The packages that it names, as they are written, or the lines of its Dockerfile; at most 500.
    pub asks: Vec<String>,
    /// The number of packages that it names.
    pub count: usize,
    /// The channels of conda that its packages come from; with none, they come from PyPI.
    pub channels: Vec<String>,
    /// The hosts that its files name, besides those of PyPI, of CRAN and of the channels.
    pub hosts: Vec<String>,
    /// An image is built from it: its commands run as root inside the build, with the network.
    pub builds: bool,
    /// The image that it names and that is pulled.
    pub pulls: Option<String>,
    /// The lock file that is used with it.
    pub locked_by: Option<String>,
    /// What in it cannot be understood: the file, the line if it is known, and the reason.
    pub problems: Vec<String>,
}

/// The packages of an environment.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, TS)]
pub struct EnvironmentPackages {
    /// Each package that the environment has.
    pub installed: Vec<PackageView>,
    /// What was installed by hand in the folder's kernels. Empty while no engine answers.
    pub by_hand: Vec<HandInstalled>,
}

/// A package that was installed by hand in a kernel of the folder.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct HandInstalled {
    /// Its language.
    #[serde(default)]
    pub language: Language,
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: String,
    /// Its size, bytes.
    #[ts(type = "number")]
    pub size: u64,
    /// A person asked for it. Otherwise another package needs it.
    pub requested: bool,
    /// The version that the environment has, if that is another one.
    pub environment: Option<String>,
}

/// Other packages for the file that an environment comes from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PackageChange {
    /// Those that are added, each with its version if one is wanted.
    pub add: Vec<String>,
    /// The names of those that are removed.
    pub remove: Vec<String>,
    /// What is added comes from PyPI. A file of conda names channels for the others.
    pub pip: bool,
}

/// An installed package.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
pub struct PackageView {
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: String,
    /// Its size, bytes.
    #[ts(type = "number")]
    pub size: u64,
    /// A file of the folder names it. Otherwise another package needs it.
    pub asked: bool,
}

/// The environments and Pythons that were removed, or would be.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(default)]
pub struct Cleaned {
    /// Nothing was removed: this is what would be.
    pub dry_run: bool,
    /// The environments.
    pub environments: Vec<String>,
    /// The Pythons, each by its name in the store.
    pub pythons: Vec<String>,
    /// The bytes that this frees.
    #[ts(type = "number")]
    pub frees: u64,
    /// What is in use and stays.
    pub busy: Vec<String>,
}
