//! Tests that each have an engine of their own, which may be killed or short of something. They need root, by sudo where
//! they are started by somebody else, and `dockerd`.
#![allow(clippy::unwrap_used, missing_docs)]

mod addresses;
mod engine_dies;
mod port_alone;
