//! Tests against a real engine that see how much is used and how soon something is told: not beside those that have the
//! engine start twenty launches at once.
#![allow(clippy::unwrap_used, missing_docs)]

mod live;
mod logs;
