//! The way into the person's browser.
//!
//! - [`visit`]: opens an address in the browser
//! - [`redirect`]: the address that redirects once, and only processes of the person
//! - [`peer`]: the user whose process has the other end of a connection

pub mod peer;
pub mod redirect;
pub mod visit;
