//! Images that launches need.
//!
//! - [`ensure`]: has an image on the engine: present, pulled or built
//! - [`progress`]: pulls and builds, read from the engine's streams

pub mod ensure;
pub mod progress;

pub use ensure::*;
