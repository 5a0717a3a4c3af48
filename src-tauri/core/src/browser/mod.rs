//! The way into the person's browser.
//!
//! - [`visit`]: asks the browser to come
//! - [`redirect`]: the address that answers once, and only to the person
//! - [`peer`]: which user's process has the other end of a connection

pub mod peer;
pub mod redirect;
pub mod visit;
