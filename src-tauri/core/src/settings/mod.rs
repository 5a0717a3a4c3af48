//! The person's settings.
//!
//! - [`mod@file`]: the settings file, which people edit and several processes write
//! - `locate`: gives an entry of the list the folder's new place
//! - [`schema`]: each choice, with its default and its valid values
//! - `edit`: the changes that commands make
//! - [`place`]: a place where launches run
//! - [`variable`]: a variable of a folder, and the names that one may have

mod edit;
pub mod file;
mod locate;
pub mod place;
pub mod schema;
pub mod variable;

pub use edit::Edit;
pub use file::*;
pub use place::Place;
pub use variable::Variable;
