//! Images that launches need.
//!
//! - [`ensure`]: makes sure that the engine has an image: present, pulled or built
//! - [`progress`]: pulls and builds, read from the engine's streams

pub mod ensure;
pub mod progress;

pub use ensure::*;
