//! Other machines, each with an engine of its own: folders, kernels and servers are there, and only the window, the terminal
//! and the browser are here.
//!
//! A machine has a core of its own, [`App::at`](crate::App::at), with its own settings, so that everything in the core
//! knows one engine alone.
//!
//! - `carrying`: a process that stays for open pages
//! - `list`: the machines that a person has added; `there`: what a core knows of its own. What is in
//!   folders there, `folder::afar` finds

mod carrying;
mod list;
mod there;

pub use carrying::carry_on;
pub use list::{Machine, add, all, at_address, at_new_address, is_address, named, remove};
pub use there::There;
