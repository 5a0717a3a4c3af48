//! Reads `tauri.conf.json`, and ends with a hint if the interface is not built.

use std::path::Path;

fn main() {
    println!("cargo::rerun-if-changed=../ui/dist");
    let embeds = std::env::var_os("CARGO_FEATURE_CUSTOM_PROTOCOL").is_some();
    if embeds && !Path::new("../ui/dist/index.html").exists() {
        println!("cargo::error=the interface is not built: `ui/dist/index.html` is missing");
        println!("cargo::error=hint: `npm --prefix ui ci && npm --prefix ui run build`, or `make run`");
        return;
    }
    tauri_build::build();
}
