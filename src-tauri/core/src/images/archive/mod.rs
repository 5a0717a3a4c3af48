//! Images in one file, for a machine that reaches no registry.
//!
//! - `manifest`: what a file says of itself, and its format; `entries`: the tar archive of images in it; [`pack`]: writes
//!   and reads the bytes
//! - `choose`: which images are exported; `export`, `import`: from and to an engine
//! - `pour`: from one engine to another, without a file; `parts`: what is on its way; `taken`: what an engine took
//!
//! A file is checked from end to end before the engine gets anything of it. The engine gets images without names. They
//! are named once all of them are there, so a name never leads to half of an import.

mod choose;
mod entries;
mod export;
mod import;
mod manifest;
pub mod pack;
mod parts;
mod pour;
mod taken;
#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests;

use std::path::Path;

pub use choose::{Wanted, chosen};
pub use export::export;
pub use import::import;
pub use manifest::{Fault, Image, Manifest};
pub(super) use manifest::{is_name, with_tag};
pub(super) use pour::{Passed, pour};
pub(super) use taken::{found, name_all, undo};

/// The end of the names of archives.
pub const EXTENSION: &str = "orchest-images";

/// Whether a path is that of an archive of images, by its name.
pub fn is_archive(path: &Path) -> bool {
    path.extension().is_some_and(|end| end.eq_ignore_ascii_case(EXTENSION))
}
