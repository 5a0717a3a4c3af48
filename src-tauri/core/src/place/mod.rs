//! Places where launches run other than on this machine alone: gateways that others keep.
//!
//! - [`connection`]: how a place is reached, with its secrets, as the settings and the keychain give it
//! - [`gateway`]: asks a gateway for what it offers
//! - [`trial`]: goes through each step of a launch at a place

pub mod connection;
pub mod gateway;
pub mod trial;
