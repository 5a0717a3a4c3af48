//! The Jupyter server of a launch, by its REST API.

pub mod server;

pub use server::*;
