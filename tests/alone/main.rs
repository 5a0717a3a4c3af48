//! Tests against a real engine that measure usage or times, or that remove a shipped image. They do not run beside the
//! tests that start twenty launches at once.
#![allow(clippy::unwrap_used, missing_docs)]

mod live;
mod logs;
mod only_python;
