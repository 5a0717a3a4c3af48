//! The one window: how it opens, and where its page may not go.

use std::ffi::OsString;
use std::time::Duration;

use tauri::webview::{NewWindowResponse, PageLoadEvent};
use tauri::{AppHandle, LogicalPosition, LogicalSize, Manager, Url, WebviewWindow, WebviewWindowBuilder};

use crate::{appearance, blank, gpu, restarting};

/// Its label, as in `capabilities/main.json` and `tauri.conf.json`.
const LABEL: &str = "main";

/// A page that loads longer than this is shown unfinished.
const PATIENCE: Duration = Duration::from_secs(2);

/// The height of the bar with the title, which the window's own size lacks.
const TITLE_BAR: f64 = 40.0;

/// Whether a display is named. Without one GTK would end the program.
pub fn can_open() -> bool {
    !cfg!(target_os = "linux") || DISPLAYS.into_iter().any(|name| display(name).is_some())
}

/// The displays that are named, if none of them answers. GTK, which asks them, stays initialised.
pub fn dead_displays() -> Option<String> {
    #[cfg(target_os = "linux")]
    if gtk::init().is_err() {
        let named = DISPLAYS.into_iter().filter_map(|name| Some(format!("{name}={}", display(name)?.display())));
        return Some(named.collect::<Vec<_>>().join(", "));
    }
    None
}

/// The variables that name a display.
const DISPLAYS: [&str; 2] = ["DISPLAY", "WAYLAND_DISPLAY"];

fn display(name: &str) -> Option<OsString> {
    std::env::var_os(name).filter(|value| !value.is_empty())
}

/// Opens the window, which stays hidden until its page has loaded.
pub fn open(app: &AppHandle) -> tauri::Result<WebviewWindow> {
    let config = app.config().app.windows.iter().find(|window| window.label == LABEL);
    let window = WebviewWindowBuilder::from_config(app, config.ok_or(tauri::Error::WindowNotFound)?)?
        .on_navigation(is_our_page)
        .on_new_window(|_, _| NewWindowResponse::Deny)
        .on_download(|_, _| false)
        .on_page_load(|window, page| {
            if page.event() == PageLoadEvent::Finished {
                show(&window);
                restarting::has_started(window.app_handle());
            }
        })
        .build()?;
    fit(&window)?;
    gpu::begin(&window)?;
    blank::watch(&window)?;
    appearance::begin(&window)?;
    let late = window.clone();
    tauri::async_runtime::spawn(async move {
        tokio::time::sleep(PATIENCE).await;
        show(&late);
    });
    Ok(window)
}

/// Makes a window smaller that does not fit on its screen, such as a laptop's at 200 %.
fn fit(window: &WebviewWindow) -> tauri::Result<()> {
    let Some(screen) = window.current_monitor()?.map_or_else(|| window.primary_monitor(), |found| Ok(Some(found)))?
    else {
        return Ok(());
    };
    let area = screen.work_area();
    let room: LogicalSize<f64> = area.size.to_logical(screen.scale_factor());
    if let Some(size) = fitting(window.inner_size()?.to_logical(window.scale_factor()?), room) {
        window.set_size(size)?;
        // A hidden window has no size yet by which the system could centre it.
        let corner: LogicalPosition<f64> = area.position.to_logical(screen.scale_factor());
        window.set_position(LogicalPosition::new(corner.x + (room.width - size.width) / 2.0, corner.y))?;
    }
    Ok(())
}

/// The size of a window that does not fit into this room.
fn fitting(size: LogicalSize<f64>, room: LogicalSize<f64>) -> Option<LogicalSize<f64>> {
    let fits = LogicalSize::new(size.width.min(room.width), size.height.min(room.height - TITLE_BAR));
    (fits != size && room.width > 0.0 && room.height > TITLE_BAR).then_some(fits)
}

fn show(window: &WebviewWindow) {
    if let Err(error) = window.show() {
        tracing::warn!(error = &error as &dyn std::error::Error, "the window cannot be shown");
    }
}

/// Whether the window has the focus.
pub fn is_in_front(app: &AppHandle) -> bool {
    app.webview_windows().values().any(|window| window.is_focused().unwrap_or(false))
}

/// Whether the window is visible.
pub fn is_seen(app: &AppHandle) -> bool {
    app.webview_windows().values().any(|window| window.is_visible().unwrap_or(false))
}

/// Brings the window to the front. A failure goes to the log, since no page could show it.
pub fn bring_back(app: &AppHandle) {
    if let Err(error) = bring_to_front(app) {
        tracing::warn!(error = &error as &dyn std::error::Error, "the window does not come to the front");
    }
}

/// Brings the window to the front, or opens it again if the program is ending.
fn bring_to_front(app: &AppHandle) -> tauri::Result<()> {
    let Some(window) = app.get_webview_window(LABEL) else {
        return open(app).map(drop);
    };
    window.unminimize()?;
    window.show()?;
    window.set_focus()
}

/// Whether this is our page: the one built into the program, or Vite's during development.
fn is_our_page(url: &Url) -> bool {
    let ours = match url.scheme() {
        "tauri" => url.host_str() == Some("localhost"),
        // The same on Windows.
        "http" | "https" => url.host_str() == Some("tauri.localhost"),
        _ => false,
    };
    ours || (!cfg!(feature = "custom-protocol") && url.as_str().starts_with("http://localhost:1420/"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_window_is_not_larger_than_its_screen() {
        let fit = |width: f64, height: f64| fitting(LogicalSize::new(1100.0, 720.0), LogicalSize::new(width, height));
        assert_eq!(fit(1920.0, 1080.0), None);
        assert_eq!(fit(960.0, 540.0), Some(LogicalSize::new(960.0, 500.0)), "a full HD laptop at 200 %");
        assert_eq!(fit(1366.0, 740.0), Some(LogicalSize::new(1100.0, 700.0)));
        assert_eq!(fit(0.0, 0.0), None, "an unknown screen");
    }

    #[test]
    fn the_window_shows_no_other_page() {
        let ours = |url: &str| Url::parse(url).is_ok_and(|url| is_our_page(&url));
        assert!(ours("tauri://localhost/index.html") && ours("http://tauri.localhost/"));
        for elsewhere in ["https://example.org/", "http://localhost:8888/lab", "file:///etc/passwd", "data:text/html,x"]
        {
            assert!(!ours(elsewhere), "{elsewhere}");
        }
    }
}
