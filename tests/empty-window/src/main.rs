//! An empty window. Its page sends one command as soon as it can; the program then makes the file that its first
//! argument names.

use std::path::PathBuf;

#[tauri::command]
fn here() -> Result<(), String> {
    let file = std::env::args_os().nth(1).map(PathBuf::from).ok_or("no file is named")?;
    std::fs::write(file, "").map_err(|error| error.to_string())
}

fn main() -> tauri::Result<()> {
    tauri::Builder::default().invoke_handler(tauri::generate_handler![here]).run(tauri::generate_context!())
}
