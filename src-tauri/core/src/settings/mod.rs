//! What the engine cannot know, and what the person chose.
//!
//! - [`mod@file`]: the settings file, which people edit and several processes write
//! - [`schema`]: each choice, its default and the values that it may have

pub mod file;
pub mod schema;

pub use file::*;
