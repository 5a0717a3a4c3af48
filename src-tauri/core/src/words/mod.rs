//! The words that a person reads, and how text of others is made fit to be shown.
//!
//! - [`error`]: everything that can go wrong, with its message and its remedy
//! - [`names`]: names of files and folders; `registry`: names of registries, and the words by which they refuse
//! - [`plain_text`]: names, log lines and other text that comes from elsewhere, without what a terminal would obey

pub mod error;
pub mod names;
pub mod plain_text;
pub(crate) mod registry;
