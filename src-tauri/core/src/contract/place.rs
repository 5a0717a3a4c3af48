//! The places where launches run, other than this machine alone.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use super::failure::Failure;
use super::variables::TypedValue;

/// A place, as an interface shows it.
#[derive(Clone, Debug, PartialEq, Serialize, TS)]
pub struct PlaceView {
    /// Its name, which the person gave it.
    pub name: String,
    /// The gateway's address.
    pub address: String,
    /// What is known of it.
    pub state: PlaceState,
    /// The folders whose launches run there, by name.
    pub folders: Vec<String>,
    /// Folders of this machine that its kernels see, too: `HERE=THERE`, or one path if both are the same.
    pub shared: Vec<String>,
    /// The user for whom its kernels start.
    pub user: Option<String>,
    /// The app has a token for it.
    pub has_token: bool,
}

/// What is known of a place.
#[derive(Clone, Debug, PartialEq, Serialize, TS)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum PlaceState {
    /// It has not been asked since the app started.
    Unknown,
    /// It is being asked.
    Asking,
    /// It answered.
    Ready {
        /// What it is: `Enterprise Gateway 3.3.0`.
        version: String,
        /// Its kernelspecs, by display name.
        kernelspecs: Vec<PlaceKernelspec>,
    },
    /// It did not answer, or refused.
    Failed {
        /// The reason and the remedy.
        failure: Failure,
    },
}

/// A kernelspec that a place offers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
pub struct PlaceKernelspec {
    /// Its name in Jupyter.
    pub name: String,
    /// Its name for people.
    pub display_name: String,
    /// The language.
    pub language: String,
    /// How the gateway starts its kernels, such as `KubernetesProcessProxy`, if it says so.
    pub proxy: Option<String>,
}

/// A place that a page adds. Files with certificates are named in a terminal alone.
#[derive(Clone, Debug, PartialEq, Deserialize, TS)]
pub struct NewPlace {
    /// Its name.
    pub name: String,
    /// The gateway's address.
    pub gateway: String,
    /// The token that it asks for.
    pub token: Option<TypedValue>,
    /// The user for whom its kernels start.
    pub user: Option<String>,
    /// Folders of this machine that its kernels see, too: `HERE=THERE`, or one path if both are the same.
    pub shared: Vec<String>,
}

/// The place of a folder.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
pub struct FolderPlace {
    /// Its name.
    pub name: String,
    /// The folder's path where the kernels run; none if they do not see it.
    pub path: Option<String>,
}
