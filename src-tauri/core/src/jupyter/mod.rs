//! The Jupyter server of a launch, by its REST API.
//!
//! - [`server`]: requests to it
//! - [`mod@kernels`]: its kernels, read from its lists

pub mod kernels;
pub mod server;

pub use server::*;
