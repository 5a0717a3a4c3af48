//! Images that launches need.
//!
//! - [`ensure`]: makes sure that the engine has an image: present, carried, pulled or built; [`carried`], `pull`,
//!   `build`: one of these
//! - [`definition`]: the images that this project defines: their names, files and sizes
//! - `beginnings`: the layers that several of them begin with, which are built once
//! - [`over_r`]: what is laid over an image with R that was not made for kernels
//! - `context`: what the engine gets to build an image from; [`authorities`]: the certificates in it
//! - `published`: ours from a registry, in place of a build
//! - [`base`]: the image that ours are built from; `debian`: makes it from Debian's packages; `host`: runs its script
//! - [`archive`]: images in one file
//! - [`progress`]: pulls and builds, read from the engine's streams; [`together`]: several at once, as one; `log`: the
//!   whole log of one, in a file

pub mod archive;
pub mod authorities;
pub mod base;
mod beginnings;
mod build;
pub mod carried;
mod context;
mod debian;
pub mod definition;
pub mod ensure;
mod host;
mod log;
pub mod over_r;
pub mod progress;
mod published;
mod pull;
pub mod together;

pub use base::on_engine as base_on_engine;
pub use build::run as build_from;
pub use definition::{
    builder, builder_r, gateway, is_from_ours, is_ours, kernel_python, kernel_python_digest, kernel_r, server,
};
pub use ensure::*;
