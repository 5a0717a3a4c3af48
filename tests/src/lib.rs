//! What the tests and the benchmark share: a home, folders to launch, a client that speaks to Jupyter as a browser
//! does, and a view of the engine that is independent of the program's code.

pub mod engine;
pub mod frames;
pub mod home;
pub mod jupyter;
pub mod packages;
pub mod page;
pub mod plain;
pub mod ports_inside;
pub mod private;
pub mod proxy;
pub mod python_image;
pub mod r_repository;
pub mod registry;
pub mod served;
pub mod soak;
pub mod sshd;
pub mod stock_gateway;
pub mod terminal;
pub mod widgets_image;
