//! A person's folder of notebooks, which the app calls a pipeline.
//!
//! - [`pipeline`]: its id and its names, and whether it can be used
//! - `scan`: finds notebooks and scripts in it; `links`: resolves its links; `watch`: reports changes
//! - [`pipeline_file`]: the graph in its pipeline file
//! - `inside`: its path inside server and kernels
//! - `mark`: distinguishes it from a new folder at the same path
//! - [`example`]: the shipped folder
//! - [`afar`]: folders on the machine of an engine elsewhere, of which this machine keeps a copy of what it reads

pub mod afar;
pub mod example;
pub(crate) mod inside;
pub(crate) mod links;
pub(crate) mod mark;
pub mod pipeline;
pub mod pipeline_file;
pub(crate) mod scan;
pub(crate) mod watch;
