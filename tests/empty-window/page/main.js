await window.__TAURI_INTERNALS__.invoke("here");
