//! A window that stays empty: its page does not come, because WebKit's process cannot draw on this machine, or crashed.
//! It is drawn in software then, once. If that is empty as well, the person is told the way by the terminal.
//!
//! Only WebKitGTK needs this: it depends on the graphics of the machine more than the engines of other systems.

use orchest_core::AppDirs;
use orchest_core::words::dialog as words;

use crate::alert;

#[cfg(target_os = "linux")]
mod platform {
    use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
    use std::time::Duration;

    use orchest_core::{App, AppDirs};
    use tauri::{AppHandle, Manager, WebviewWindow};
    use webkit2gtk::WebViewExt;
    use webkit2gtk::glib::{self, LogLevel};

    use crate::surroundings;

    /// How long a page has to come.
    const COMES_WITHIN: Duration = Duration::from_secs(5);
    /// The longest time that the core has to end before the program starts again.
    const ENDS_WITHIN: Duration = Duration::from_secs(3);
    /// How often a page that was there is loaded again after a crash.
    const RELOADS: u32 = 3;

    /// The page of the window is here.
    static HERE: AtomicBool = AtomicBool::new(false);
    /// Nothing more is done about an empty window: the program ends, or starts again.
    static OVER: AtomicBool = AtomicBool::new(false);
    static CRASHES: AtomicU32 = AtomicU32::new(0);

    /// The page has come.
    pub fn page_came(places: &AppDirs) {
        if !HERE.swap(true, Ordering::Relaxed) && surroundings::in_software() {
            surroundings::remember(places);
        }
    }

    /// The program ends: that is why its page does.
    pub fn program_ends() {
        OVER.store(true, Ordering::Relaxed);
    }

    /// Watches a new window.
    pub fn watch(window: &WebviewWindow) -> tauri::Result<()> {
        // A driver of tests holds on to the process of its page, and decides by itself when the page comes.
        if std::env::var_os("TAURI_WEBVIEW_AUTOMATION").is_some() {
            return Ok(());
        }
        HERE.store(false, Ordering::Relaxed);
        OVER.store(false, Ordering::Relaxed);
        // If a process of WebKit ends while it starts, WebKit ends this one, too: by a fatal message (`g_error`).
        glib::log_set_default_handler(|domain, level, message| {
            if level == LogLevel::Error && !HERE.load(Ordering::Relaxed) && !OVER.load(Ordering::Relaxed) {
                tracing::warn!(message, "WebKit does not start");
                surroundings::draw_otherwise();
            }
            glib::log_default_handler(domain, level, Some(message));
        });
        let app = window.app_handle().clone();
        let late = app.clone();
        tauri::async_runtime::spawn(async move {
            tokio::time::sleep(COMES_WITHIN).await;
            if !HERE.load(Ordering::Relaxed) {
                give_up(&late).await;
            }
        });
        window.with_webview(move |view| {
            view.inner().connect_web_process_terminated(move |view, reason| {
                tracing::warn!(?reason, "the page's process ended");
                let reloads = CRASHES.fetch_add(1, Ordering::Relaxed) < RELOADS;
                if HERE.load(Ordering::Relaxed) && reloads {
                    return view.reload();
                }
                let app = app.clone();
                tauri::async_runtime::spawn(async move {
                    // A signal to all processes ends the page's first.
                    tokio::time::sleep(Duration::from_secs(1)).await;
                    give_up(&app).await;
                });
            });
        })
    }

    /// Draws the window in another way, or has the person told that there is none.
    async fn give_up(app: &AppHandle) {
        if OVER.swap(true, Ordering::Relaxed) {
            return;
        }
        tracing::warn!(in_software = surroundings::in_software(), "the window stays empty; the program starts again");
        let core = app.state::<App>().inner().clone();
        let _ = tokio::time::timeout(ENDS_WITHIN, core.quit()).await;
        surroundings::draw_otherwise();
        app.exit(1);
    }
}

#[cfg(not(target_os = "linux"))]
mod platform {
    use orchest_core::AppDirs;
    use tauri::WebviewWindow;

    pub fn page_came(_: &AppDirs) {}

    pub fn program_ends() {}

    /// The system's own engine of pages is part of the system.
    pub fn watch(_: &WebviewWindow) -> tauri::Result<()> {
        Ok(())
    }
}

/// Tells the person that no window can be drawn, and what works without one.
pub fn tell(places: &AppDirs) {
    let hint = words::window_empty_hint(&places.logs_dir());
    alert::on_stderr(words::WINDOW_EMPTY, &hint);
    alert::instead_of_the_window(words::window_empty(&places.logs_dir()));
}

pub use platform::{page_came, program_ends, watch};
