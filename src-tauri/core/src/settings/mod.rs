//! The person's settings.
//!
//! - [`mod@file`]: the settings file, which people edit and several processes write
//! - [`schema`]: each choice, with its default and its valid values
//! - `edit`: the changes that commands make

mod edit;
pub mod file;
pub mod schema;

pub use edit::Edit;
pub use file::*;
