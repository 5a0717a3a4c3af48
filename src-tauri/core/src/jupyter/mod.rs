//! The Jupyter server of a launch, by its REST API.
//!
//! - [`server`]: a server and the requests to it; [`mod@error`]: why a request fails
//! - [`endpoint`]: where a server is reached; [`address`]: its addresses for a browser
//! - `execute`: runs code in a kernel, by its websocket
//! - [`mod@kernels`]: its kernels, read from its lists

pub mod address;
pub mod endpoint;
pub mod error;
mod execute;
pub mod kernels;
pub mod server;

pub use address::path;
pub use endpoint::Endpoint;
pub use error::Error;
pub use server::{Activity, Chain, Server};
