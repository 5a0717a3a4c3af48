//! The words that a person reads, and how text of others is made fit to be shown. A translation is one more file beside
//! each of the first group.
//!
//! - [`error`]: everything that can go wrong, with its message; `hint`: the remedy for each
//! - [`notification`], [`dialog`], [`tray`], [`menu`]: the words of the window's shell, outside of its page
//! - `doctor`: the checks; `environment`: what folders ask for, and how it is installed; `edit`: changes of that; `r`: packages of R; `found`: files
//!   that say what a folder's kernels need; `folder`: folders that cannot be used; `afar`: folders on the machine of an engine elsewhere; `kernelspec`: kernelspecs that cannot be
//!   used; `variables`: variables of a folder; `launch`: stages of a launch; `limits`: limits that an engine does not keep; `health`: launches that broke; `mount`: folders that
//!   cannot be mounted; `python`: a Python that cannot be had; `image`: pulls and builds; `archive`: images in a file; `any_image`: images that were not
//!   made for kernels; `jupyter`: requests to a server
//! - `engine`: the engine's calls, and engines that cannot be used; `remote`: engines on other machines; `machine`: those machines; `credentials`: logins to registries; `place`: places where launches run; `browser`:
//!   browsers that do not open; `page`: the page behind the one-time address; `settings`: valid values; `updates`: newer
//!   versions of the program; `file`: the program's own files; `log`: logs that were cut
//!
//! Text of others:
//! - [`names`]: names of files and folders; `registry`: names of registries, and the words by which they refuse
//! - [`plain_text`]: names, log lines and other text from elsewhere, without the characters that a terminal would obey

pub(crate) mod afar;
pub(crate) mod any_image;
pub(crate) mod archive;
pub(crate) mod browser;
pub(crate) mod credentials;
pub mod dialog;
pub(crate) mod doctor;
pub(crate) mod edit;
pub(crate) mod engine;
pub(crate) mod environment;
pub mod error;
pub(crate) mod file;
pub(crate) mod folder;
pub(crate) mod found;
pub(crate) mod health;
mod hint;
pub(crate) mod image;
pub(crate) mod jupyter;
pub(crate) mod kernelspec;
pub(crate) mod launch;
pub(crate) mod limits;
pub(crate) mod log;
pub(crate) mod machine;
pub mod menu;
pub(crate) mod mount;
pub mod names;
pub mod notification;
pub(crate) mod page;
pub(crate) mod place;
pub mod plain_text;
pub(crate) mod python;
pub(crate) mod r;
pub(crate) mod registry;
pub(crate) mod remote;
pub(crate) mod settings;
pub mod tray;
pub(crate) mod updates;
pub(crate) mod variables;
