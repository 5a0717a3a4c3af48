//! Tests of the real window, and of JupyterLab in a real browser.
//!
//! They need a screen (`make test` gives them one of their own), `WebKitWebDriver`, `xdotool`, Chromium with
//! `chromedriver`, an engine and the images. They take turns: there is one screen and one keyboard.
//! Each test keeps its screenshots in `target/test-logs/screens`.
#![allow(clippy::unwrap_used, missing_docs)]

mod again;
mod browser;
mod choosing;
mod closing;
mod cookies;
mod dialog;
mod driver;
mod dropping;
mod environment;
mod first_start;
mod graph;
mod kernel_dies;
mod kernelspecs;
mod keyboard;
mod machines;
mod notebook;
mod notifying;
mod opening;
mod person;
mod places;
mod screen;
mod starts;
mod story;
mod terminal;
mod tray;
mod unknown_kernelspec;
mod unseen;
mod updates;
mod walls;
mod widgets;
mod window;
