//! Tests against a real engine, with the real images, real kernels and real cells.
//!
//! They need an engine and the images (`make test` prepares both). Each test has a home of its own, and leaving
//! something behind is a failure.
#![allow(clippy::unwrap_used, missing_docs)]

mod any_image;
mod bad_input;
mod bounds;
mod builds;
mod cancel;
mod cli;
mod conda;
mod cookies;
mod deaths;
mod editing;
mod engine_away;
mod environments;
mod environments_of_r;
mod folders;
mod idle;
mod images;
mod interrupts;
mod jupyterlab;
mod kept;
mod kernelspecs;
mod launch;
mod limits;
mod load;
mod logins;
mod matrix;
mod messages;
mod missing_images;
mod names;
mod neighbours;
mod others;
mod ports;
mod pulls;
mod pythons;
mod repair;
mod requests;
mod running;
mod security;
mod seed;
mod setuid;
mod starting;
mod surroundings;
mod terminals;
mod theirs;
mod tokens;
mod two_programs;
mod variables;
mod visits;
mod walls_files;
mod walls_flood;
mod walls_imports;
mod walls_process;
mod walls_root;
