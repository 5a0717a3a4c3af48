//! A window with nothing in it. Its page asks one thing as soon as it can; then the file named by the first
//! argument is made.

use std::path::PathBuf;

#[tauri::command]
fn here() -> Result<(), String> {
    let file = std::env::args_os().nth(1).map(PathBuf::from).ok_or("no file is named")?;
    std::fs::write(file, "").map_err(|error| error.to_string())
}

fn main() -> tauri::Result<()> {
    tauri::Builder::default().invoke_handler(tauri::generate_handler![here]).run(tauri::generate_context!())
}
