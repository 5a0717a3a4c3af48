//! The window's theme and zoom, applied as soon as the person chooses them.

use orchest_core::App;
use orchest_core::contract::choices::Theme as Chosen;
use orchest_core::contract::snapshot::SettingsView;
use tauri::window::Color;
use tauri::{AppHandle, Manager, Theme, WebviewWindow};

/// `--window` of `ui/src/styles/tokens.css`, shown until the page has loaded.
const LIGHT: Color = Color(0xf9, 0xfa, 0xfc, 0xff);
const DARK: Color = Color(0x12, 0x14, 0x16, 0xff);

/// Applies the person's choices until the program ends.
pub fn follow(app: &AppHandle) {
    let app = app.clone();
    let mut snapshots = app.state::<App>().snapshots();
    tauri::async_runtime::spawn(async move {
        let mut shown = look(&snapshots.borrow_and_update().settings);
        while snapshots.changed().await.is_ok() {
            let chosen = snapshots.borrow_and_update().settings.clone();
            if look(&chosen) == shown {
                continue;
            }
            for window in app.webview_windows().into_values() {
                if chosen.theme != shown.0 {
                    log(set_theme(&window, chosen.theme));
                }
                log(window.set_zoom(chosen.zoom));
            }
            shown = look(&chosen);
        }
    });
}

fn look(settings: &SettingsView) -> (Chosen, f64) {
    (settings.theme, settings.zoom)
}

/// Applies theme and zoom to a new window.
pub fn begin(window: &WebviewWindow) -> tauri::Result<()> {
    let settings = window.state::<App>().snapshots().borrow().settings.clone();
    match settings.theme {
        // A new window has the system's theme already.
        Chosen::System => set_background(window)?,
        theme => set_theme(window, theme)?,
    }
    if settings.zoom == 1.0 { Ok(()) } else { window.set_zoom(settings.zoom) }
}

/// Reacts to a change of the system's theme, which may change the window's.
pub fn theme_changed(app: &AppHandle, to: Theme) {
    let chosen = app.state::<App>().snapshots().borrow().settings.theme;
    for window in app.webview_windows().into_values() {
        if exactly(chosen).is_some_and(|theme| theme != to) {
            log(set_theme(&window, chosen));
        } else {
            log(set_background(&window));
        }
    }
}

fn exactly(chosen: Chosen) -> Option<Theme> {
    match chosen {
        Chosen::System => None,
        Chosen::Light => Some(Theme::Light),
        Chosen::Dark => Some(Theme::Dark),
    }
}

fn set_theme(window: &WebviewWindow, chosen: Chosen) -> tauri::Result<()> {
    window.set_theme(exactly(chosen))?;
    // On Linux no theme means light. Afterwards, however, the window reports the system's theme.
    if cfg!(target_os = "linux") && chosen == Chosen::System {
        window.set_theme(Some(window.theme()?))?;
    }
    set_background(window)
}

fn set_background(window: &WebviewWindow) -> tauri::Result<()> {
    window.set_background_color(Some(if window.theme()? == Theme::Dark { DARK } else { LIGHT }))
}

fn log(outcome: tauri::Result<()>) {
    if let Err(error) = outcome {
        tracing::warn!(error = &error as &dyn std::error::Error, "the window does not have the chosen theme or zoom");
    }
}
