//! What crosses to an interface, as plain data that serde writes: the window's types are made from it
//! (`tests/bridge_types.rs`).
//!
//! - [`snapshot`]: everything an interface shows at one moment
//! - [`command`]: everything a page can ask for
//! - [`choices`]: the choices of a person
//! - [`failure`]: what a person reads when something fails
//! - [`notice`]: what a person reads of something that happened by itself
//! - [`live`]: what a launch does right now

pub mod choices;
pub mod command;
pub mod failure;
pub mod live;
pub mod notice;
pub mod snapshot;

pub use failure::{Failure, FailureCode};
pub use notice::{Notice, Tone};
