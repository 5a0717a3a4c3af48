//! The person's settings.
//!
//! - [`mod@file`]: the settings file, which people edit and several processes write
//! - `locate`: gives an entry of the list the folder's new place
//! - [`schema`]: each choice, with its default and its valid values
//! - `edit`: the changes that commands make

mod edit;
pub mod file;
mod locate;
pub mod schema;

pub use edit::Edit;
pub use file::*;
