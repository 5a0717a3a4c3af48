//! The core of Orchest Desktop: all of its decisions. It knows no window and no terminal. `src-tauri` shows it in a window,
//! `src-tauri/cli` in a terminal.
//!
//! # Code map
//!
//! From the lowest folder to the highest. Each folder's own documentation lists its files; `docs/architecture.md` tells
//! two trips through them.
//!
//! - [`contract`]: what crosses to an interface, as plain data
//! - [`words`]: what a person reads
//! - [`platform`]: the machine and its operating system
//! - [`settings`]: what the engine cannot know, and what the person chose
//! - [`kernelspec`]: the kernelspecs that can be picked
//! - [`engine`]: the Docker-compatible daemon, and nothing of ours
//! - [`folder`]: a person's folder of notebooks
//! - [`images`]: has an image on the engine: present, carried, pulled or built
//! - [`environment`]: what a folder's kernels need
//! - [`place`]: gateways that others keep, where launches can run
//! - [`machine`]: other machines, each with an engine and a core of its own
//! - [`jupyter`]: asks a launch's server
//! - [`browser`]: the way into the person's browser
//! - [`logs`]: lines of logs
//! - [`updates`]: newer versions of the program
//! - [`launch`]: a launch from its plan to its end
//! - [`doctor`]: checks everything that a launch needs
//! - `state`: the model; `state::update`: what an event changes in it, and the effects that follow, pure;
//!   `state::perform`: does what effects say; `state::view`: the snapshot of a model
//! - `app`: the handle that shells hold
//!
//! # Invariants
//!
//! - A folder names only those before it in this list.
//! - Only `engine` names bollard, and `engine` names no launch, label or port of ours.
//! - An unknown value in what an engine describes costs its own field: `engine::answers` reads it.
//! - Nothing here names tauri, and nothing here prints.
//! - Nothing here polls a running engine. `state::perform::mirror` lists after events, and re-lists a few times if a container
//!   reported dead is still listed as running. The core asks repeatedly in two cases: a server that starts, may be idle
//!   or is shown, and an engine that is away. It reads what containers use only while somebody looks.
//! - If two lists cross, the one that was asked for later is the truth.
//! - Only a process that stays, `App::attend`, replaces what ended or removes what dead processes left.
//! - Only `state::update` changes the model; all others send events to the task that owns it. It is pure: no I/O, no clock.
//! - Only `launch::health` decides whether a launch is broken.
//! - One `App` drives one engine. `Desk` shows those of all machines together, and nothing below it knows of several.
//! - Containers are found by label, never from a record of our own.
//! - No token is in a log, an error or a command line; `secret::Secret` has no `Display`, and its `Debug` hides it.
//!
//! `tests/invariants.rs` holds those that a reading of the sources can hold.
//!
//! # Where it departs from the first design
//!
//! The `open` crate is named here, in `browser`, and not in the window's shell: the terminal opens the browser too.

mod app;
pub mod browser;
pub mod contract;
pub mod doctor;
pub mod engine;
pub mod environment;
pub mod folder;
pub mod images;
pub mod jupyter;
pub mod kernelspec;
pub mod launch;
pub mod logs;
pub mod machine;
pub mod place;
pub mod platform;
pub mod settings;
mod state;
pub mod updates;
pub mod words;

pub use app::{App, Desk};
pub use contract::choices::{Change, OnClose};
pub use contract::failure::{Failure, FailureCode};
pub use logs::line::LogLine;
pub use platform::paths::AppDirs;
pub use state::Closing;
pub use words::error::Error;
