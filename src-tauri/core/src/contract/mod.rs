//! Everything that crosses to an interface, as plain data for serde. The window's types are generated from it
//! (`tests/bridge_types.rs`).
//!
//! - [`snapshot`]: everything an interface shows at one moment
//! - [`command`]: everything a page can ask for
//! - [`check`]: what was checked, and with what result
//! - [`environment`]: what a folder asks for, and what its kernels have
//! - [`choices`]: the choices of a person
//! - [`engines`]: the engines that can be found
//! - [`place`]: places where launches run
//! - [`kernelspec`]: a kernelspec while somebody edits it
//! - [`variables`]: the variables of a folder
//! - [`updates`]: newer versions of the program
//! - [`failure`]: the message about a failure
//! - [`notice`]: the message about something that happened by itself
//! - [`limits`]: the limits that an engine keeps, for the words about them; an interface gets `snapshot::EngineLimits`
//! - [`live`]: a launch at this moment
//! - [`archive`]: images in a file

pub mod archive;
pub mod check;
pub mod choices;
pub mod command;
pub mod engines;
pub mod environment;
pub mod failure;
pub mod kernelspec;
pub mod limits;
pub mod live;
pub mod machine;
pub mod notice;
pub mod place;
pub mod snapshot;
pub mod updates;
pub mod variables;

pub use failure::{Failure, FailureCode};
pub use notice::{Notice, Tone};
