//! The screen of the fresh system: its windows, a mouse and a keyboard.

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use crate::system::until;

/// What `xdotool` prints; none if it fails.
fn xdotool(arguments: &[&str]) -> Option<String> {
    let output = Command::new("xdotool").args(arguments).output().expect("xdotool");
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

/// The visible window whose title has these words.
pub fn window(title: &str) -> Option<String> {
    xdotool(&["search", "--onlyvisible", "--name", title])?.lines().last().map(str::to_owned)
}

/// Waits for a window, and gives it the keyboard.
pub fn front(title: &str) -> String {
    let window = until(&format!("window `{title}`"), || window(title));
    xdotool(&["windowactivate", "--sync", &window]).expect("a window that comes to the front");
    std::thread::sleep(Duration::from_millis(300));
    window
}

pub fn press(keys: &[&str]) {
    xdotool(&[&["key", "--delay", "80"], keys].concat()).expect("a key");
}

/// Presses the mouse's button twice at a place of a window.
pub fn double_click(window: &str, x: i32, y: i32) {
    let (x, y) = (x.to_string(), y.to_string());
    xdotool(&["mousemove", "--window", window, &x, &y]).expect("a mouse");
    xdotool(&["click", "--repeat", "2", "--delay", "80", "1"]).expect("a click");
}

/// Keeps a picture of the whole screen, for people.
pub fn keep(name: &str) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/test-logs/screens");
    let _ = std::fs::create_dir_all(&folder);
    let file = folder.join(format!("package-{name}.xwd"));
    let _ = Command::new("xwd").args(["-root", "-silent", "-out"]).arg(file).status();
}
