//! A launch: one folder's network, parts and kernels, from the press on Launch to their end.
//!
//! Data and decisions, pure:
//! - [`spec`]: what is launched; [`plan`]: the network and the parts that a launch creates; [`wait`]: when a part counts as
//!   ready; [`name`] and [`label`]: the names and labels of everything that it creates
//! - `mounts`: how the containers have the folder; [`kept`]: the volumes that outlive a launch;
//!   [`channels`] and [`gateway_socket`]: the volumes that do not; [`person`]: what else the containers have of the person;
//!   [`proxies`]: how they reach the network; `system_calls`: the system calls that their processes may make
//! - [`observed`]: launches, read from the engine's list of containers
//! - [`health`]: whether a launch is broken; [`stage`]: how far a launch is; [`idle`]: launches that nobody uses; [`memory`]: kernels that ran out of memory;
//!   [`usage`]: what a container uses
//!
//! Effects:
//! - [`resolve`]: finds out what a plan depends on; [`start`]: carries a plan out, by `create`; [`claim`]: one program
//!   launches a folder at a time
//! - `offer`: the folder's environment, before its parts; [`post_build`]: the folder's script after that; [`by_hand`]: what
//!   notebooks installed
//! - `variables`: the variables of the folder's kernels, put into the gateway
//! - [`ready`]: waits until all parts are ready; [`death`]: a part that dies; [`reach`]: where the server is reached
//! - [`stop`]: removes a launch; [`repair`]: replaces a part that ended; [`orphans`]: removes what dead processes left
//! - `architecture`: images that do not run on the engine's machine
//! - `list`: everything of launches on the engine; [`forget`]: removes what is kept of a folder; `open_ports`: kernels that
//!   other people on this machine can reach

pub(crate) mod architecture;
pub(crate) mod brought;
pub mod by_hand;
pub mod channels;
pub mod claim;
pub(crate) mod create;
pub mod death;
pub mod forget;
pub mod gateway_socket;
pub mod health;
pub mod idle;
pub mod kept;
pub mod label;
pub(crate) mod list;
pub mod memory;
pub(crate) mod mounts;
pub mod name;
pub mod observed;
pub(crate) mod offer;
pub(crate) mod open_ports;
pub mod orphans;
pub mod person;
pub mod plan;
pub mod post_build;
pub mod proxies;
pub mod reach;
pub mod ready;
pub mod repair;
pub mod resolve;
pub mod spec;
pub mod stage;
pub mod start;
pub mod stop;
pub(crate) mod system_calls;
pub mod usage;
pub(crate) mod variables;
pub mod wait;
