//! The words of the menu bar on macOS. They are those of the page's own menus and palette.

#![allow(missing_docs)] // the words say what they are

pub const APP: &str = "Orchest Desktop";
pub const FILE: &str = "File";
pub const EDIT: &str = "Edit";
pub const VIEW: &str = "View";
pub const PIPELINE: &str = "Pipeline";
pub const WINDOW: &str = "Window";
pub const HELP: &str = "Help";

pub const SETTINGS: &str = "Settings…";
pub const QUIT: &str = "Quit Orchest Desktop";
pub const ADD: &str = "Add a folder…";
pub const EXAMPLE: &str = "Try the example…";
pub const SEARCH: &str = "Search the list";
pub const PALETTE: &str = "Find a command or a pipeline";
pub const ZOOM_IN: &str = "Zoom in";
pub const ZOOM_OUT: &str = "Zoom out";
pub const ZOOM_RESET: &str = "Actual size";
pub const LAUNCH_OR_OPEN: &str = "Launch or open";
pub const STOP: &str = "Stop";
pub const RESTART: &str = "Restart";
pub const SHOW_LOGS: &str = "Show the logs";
pub const LOCATE: &str = "Locate…";
pub const REVEAL: &str = "Show in Finder";
pub const COPY_PATH: &str = "Copy path";
pub const COPY_ADDRESS: &str = "Copy address";
pub const REMOVE: &str = "Remove from list…";
pub const SHORTCUTS: &str = "Keyboard shortcuts";
pub const REVEAL_LOGS: &str = "Open logs folder";
