//! A launch: one folder's network, gateway, server and kernels, from the press on Launch to their end.
//!
//! Decisions, pure:
//! - [`plan`]: the network and the containers that a launch creates; [`label`]: the labels that mark them
//! - `mounts`: how the containers have the folder; [`kept`]: the volumes that outlive a launch;
//!   [`channels`] and [`gateway_socket`]: the volumes that do not; [`person`]: what else the containers have of the person; [`proxies`]: how
//!   they reach the network; `system_calls`: what their processes may ask of the system
//! - [`observed`]: launches, read from the engine's list of containers
//! - [`health`]: whether a launch is broken; [`stage`]: how far a launch is; [`idle`]: launches that nobody uses; [`memory`]: kernels that ran out of memory;
//!   [`usage`]: what a container uses
//!
//! Effects:
//! - [`start`]: carries a plan out and waits until the chain answers; [`stop`]: removes a launch
//! - `create`: makes a container, whose name no other program may have taken
//! - [`repair`]: replaces a part that ended; [`orphans`]: removes what dead processes left
//! - [`forget`]: removes what is kept of a folder; `open_ports`: kernels that other people on this machine can reach

pub mod channels;
pub(crate) mod create;
pub mod forget;
pub mod gateway_socket;
pub mod health;
pub mod idle;
pub mod kept;
pub mod label;
pub(crate) mod list;
pub mod memory;
pub(crate) mod mounts;
pub mod observed;
pub(crate) mod open_ports;
pub mod orphans;
pub mod person;
pub mod plan;
pub mod proxies;
pub mod reach;
pub mod repair;
pub mod resolve;
pub mod spec;
pub mod stage;
pub mod start;
pub mod stop;
pub(crate) mod system_calls;
pub mod usage;
