//! A person's folder of notebooks, which the app calls a pipeline.
//!
//! - [`pipeline`]: its id and its names, and whether it can be used
//! - `scan`: the notebooks and scripts in it; `links`: where its links lead; `watch`: when that changes
//! - [`pipeline_file`]: the graph in its pipeline file
//! - `inside`: where it is inside server and kernels
//! - `mark`: tells a folder from a new one at the same path
//! - [`example`]: the folder that ships

pub mod example;
pub(crate) mod inside;
pub(crate) mod links;
pub(crate) mod mark;
pub mod pipeline;
pub mod pipeline_file;
pub(crate) mod scan;
pub(crate) mod watch;
