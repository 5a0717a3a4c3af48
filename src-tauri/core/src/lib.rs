//! Everything in Orchest Desktop that thinks. It knows no window and no terminal: `src-tauri` shows it in a
//! window, `src-tauri/cli` in a terminal.
//!
//! # Code map
//!
//! What a person has and sees, as plain data:
//! - [`snapshot`]: all that an interface shows, at one moment; [`failure`]: what a person is told when something fails
//! - `pipeline`: a folder that was added; [`example`]: the one that ships; `scan`: what is in it, and where its `links` lead; `watch`: when that changes;
//!   [`graph`]: its pipeline file; `beneath`: opens a file of it that others may change meanwhile
//! - [`plain_text`]: text of others as it may be shown
//! - [`kernelspec`]: the kernelspecs under the kernels directory, and what is wrong with the others; `kernel_json`: what
//!   one says, by `json_place` and `image_name`; `kernel_files`: the copy that gateways see; `kernels_dir`: the shipped
//!   ones, installed and refreshed
//! - [`settings`]: what Docker cannot know, in one JSON file; [`choices`]: what of it a person chooses, and what makes
//!   sense; [`paths`]: where files live on each platform; [`others`]: what other users of the machine may change there
//!
//! Decisions, pure:
//! - [`plan`]: the network and containers that a launch creates; `mounts`: how they have the folder; [`kept`]: the volumes
//!   that outlive it, and [`channels`] the one that
//!   does not; [`label`]: the labels that mark them; `folder_mark`: tells a folder from one made in its place;
//!   [`owner`]: whose the files are; [`person`]: what else server and kernels have of the person; [`proxies`]: how they
//!   reach the network; `system_calls`: what their processes may ask of the system
//! - [`memory`]: kernels that ended for want of it; [`fold`]: launches, from the engine's list of containers; [`idle`]: those that nobody uses;
//!   [`live`]: what one does at this moment; [`steps`]: the steps of a launch, from what happened;
//!   [`progress`]: pulls and builds, from their streams; `view`: the snapshot, from the state
//!
//! Effects:
//! - [`engine`]: the Docker-compatible daemon, where it is and what starts it; `mirror`: follows it
//! - [`images`]: has an image on the engine: present, pulled or built
//! - [`launching`], [`stopping`]: carry a plan out, and take it away; [`forgetting`]: removes what is kept of a folder; [`mending`]: makes anew what ended;
//!   [`orphans`]: removes what is nobody's; [`process`]: whether a process of ours still lives
//! - [`jupyter`]: asks a server; `watching`: tells what a launch does to whoever looks at it;
//!   `following`: the same for its logs, a [`log_line`] at a time; [`redirect`]: the one-time way into the browser, for
//!   who is by `peer` one of the person's processes; [`browser`]: opens it
//! - `state`: the one task that owns the state; `app`: the handle that shells hold
//! - `open_ports`: which kernels other people on this machine can reach
//! - [`doctor`]: checks all that a launch needs; [`logging`]: the app's own log
//!
//! # Invariants
//!
//! - Only `engine` names bollard.
//! - Nothing here names tauri; nothing here prints.
//! - Nothing here polls a running engine: `mirror` lists after events, and again, a few times, where a list contradicts
//!   a death that was told. What is asked again and again is a server that is starting, may be idle or is looked at, and an engine that
//!   is away. What containers use is listened to only while somebody looks.
//! - Of two lists the one that was asked for later is the truth, whichever comes first.
//! - Only a process that stays, `App::attend`, makes anew what ended or removes what others left.
//! - Only `state::run` changes the state; all others send it messages.
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
pub mod folder;
pub mod images;
pub mod jupyter;
pub mod kernelspec;
pub mod launch;
pub mod logs;
pub mod platform;
pub mod settings;
mod state;
pub mod words;

pub use app::App;
pub use contract::choices::{Change, OnClose};
pub use contract::failure::{Failure, FailureCode};
pub use logs::line::LogLine;
pub use platform::paths::AppDirs;
pub use state::Closing;
pub use words::error::Error;
