//! The machine and its operating system.
//!
//! - [`paths`]: where the app keeps its files on each platform
//! - [`process`]: whether a process of this app still runs
//! - [`user`]: the person, their groups, and who owns a folder
//! - [`others`]: checks that other users of this machine cannot change a file
//! - `beneath`: opens a file in a folder that others may change meanwhile
//! - `mountinfo`: the mounts of this machine
//! - [`keychain`]: the system's keychain
//! - `authorities`: the certificate authorities of this machine
//! - [`clock`]: the time; `secret`: values that no log shows

pub(crate) mod authorities;
pub(crate) mod beneath;
pub mod clock;
pub mod keychain;
pub(crate) mod mountinfo;
pub mod others;
pub mod paths;
pub mod process;
pub(crate) mod secret;
pub mod user;
