//! The window's theme and size of all in it, as the person chose them, from the moment they choose.

use orchest_core::App;
use orchest_core::contract::choices::Theme as Chosen;
use orchest_core::contract::snapshot::SettingsView;
use tauri::window::Color;
use tauri::{AppHandle, Manager, Theme, WebviewWindow};

/// `--window` of `ui/src/styles/tokens.css`: what is seen before the page is.
const LIGHT: Color = Color(0xf9, 0xfa, 0xfc, 0xff);
const DARK: Color = Color(0x12, 0x14, 0x16, 0xff);

/// Follows what the person chooses until the program ends.
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
                    told(set_theme(&window, chosen.theme));
                }
                told(window.set_zoom(chosen.zoom));
            }
            shown = look(&chosen);
        }
    });
}

fn look(settings: &SettingsView) -> (Chosen, f64) {
    (settings.theme, settings.zoom)
}

/// Gives a new window its looks.
pub fn begin(window: &WebviewWindow) -> tauri::Result<()> {
    let settings = window.state::<App>().snapshots().borrow().settings.clone();
    match settings.theme {
        // It has the system's by itself.
        Chosen::System => set_background(window)?,
        theme => set_theme(window, theme)?,
    }
    if settings.zoom == 1.0 { Ok(()) } else { window.set_zoom(settings.zoom) }
}

/// The system's theme changed, with which the window's may have.
pub fn theme_changed(app: &AppHandle, to: Theme) {
    let chosen = app.state::<App>().snapshots().borrow().settings.theme;
    for window in app.webview_windows().into_values() {
        if exactly(chosen).is_some_and(|theme| theme != to) {
            told(set_theme(&window, chosen));
        } else {
            told(set_background(&window));
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
    // On Linux no theme means light, whatever the system's is; the window then knows the system's.
    if cfg!(target_os = "linux") && chosen == Chosen::System {
        window.set_theme(Some(window.theme()?))?;
    }
    set_background(window)
}

fn set_background(window: &WebviewWindow) -> tauri::Result<()> {
    window.set_background_color(Some(if window.theme()? == Theme::Dark { DARK } else { LIGHT }))
}

fn told(outcome: tauri::Result<()>) {
    if let Err(error) = outcome {
        tracing::warn!(error = &error as &dyn std::error::Error, "the window does not look as chosen");
    }
}
