//! What the tests and the benchmark share: a home of their own, folders to launch, a client that speaks to
//! Jupyter as a browser does, and a look at the engine that does not go through the program's own code.

pub mod engine;
pub mod frames;
pub mod home;
pub mod jupyter;
pub mod page;
pub mod plain;
pub mod private;
pub mod proxy;
pub mod registry;
pub mod soak;
pub mod terminal;
pub mod widgets_image;
