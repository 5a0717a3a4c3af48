//! Kernelspecs: Jupyter's descriptions of kernels, and the folder that they are read from.
//!
//! - [`mod@read`]: the kernelspecs in the kernels directory, and the problems of unusable ones
//! - `parse`: one `kernel.json`, with `json_place` (where a problem is) and `image_name` (the image that it names)
//! - `copy`: the copy for gateways
//! - [`nearest`]: the one that comes nearest to one that is not here
//! - [`edit`]: kernelspecs that a person makes and changes
//! - `shipped`: the shipped kernelspecs, installed and refreshed

pub(crate) mod copy;
pub mod edit;
pub(crate) mod image_name;
pub(crate) mod json_place;
pub mod nearest;
pub(crate) mod parse;
pub mod read;
pub(crate) mod shipped;

pub use crate::contract::limits::AskedLimits;
pub use read::*;

/// The folder of the kernelspecs inside the gateway.
pub const KERNELS: &str = "/usr/local/share/jupyter/kernels";
