//! Tests with an engine of their own, which they can kill or limit. They need `dockerd` and root; they call sudo if
//! another user starts them.
#![allow(clippy::unwrap_used, missing_docs)]

mod addresses;
mod archives;
mod base_image;
mod carried;
mod engine_dies;
mod environments;
mod gateway_by_ssh;
mod machine;
mod picking;
mod port_alone;
mod published;
mod remote;
mod sockets_and_users;
