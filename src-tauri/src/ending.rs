//! The ways in which the program ends: the window is closed, a person quits, a signal comes. What runs stays;
//! what is on its way is cancelled first, so that no half of a launch is left.

use orchest_core::App;
use tauri::{AppHandle, Manager, RunEvent};

/// Ends the program by a signal as by a person.
pub fn on_signals(app: &AppHandle) {
    let app = app.clone();
    tauri::async_runtime::spawn(async move {
        signal().await;
        tracing::info!("ended by a signal");
        quit(&app, || true).await;
    });
}

/// Ends the program when its last window is closed.
pub fn on_event(app: &AppHandle, event: RunEvent) {
    // With a code it is `quit` that asks.
    if let RunEvent::ExitRequested { code: None, api, .. } = event {
        api.prevent_exit();
        let app = app.clone();
        tauri::async_runtime::spawn(async move {
            // Another start may have opened the window again while launches were cancelled.
            quit(&app, || app.webview_windows().is_empty()).await;
        });
    }
}

async fn quit(app: &AppHandle, still_wanted: impl Fn() -> bool) {
    app.state::<App>().inner().clone().quit().await;
    if still_wanted() {
        app.exit(0);
    }
}

#[cfg(unix)]
async fn signal() {
    use tokio::signal::unix::{SignalKind, signal};
    let (Ok(mut terminate), Ok(mut interrupt), Ok(mut hang_up)) =
        (signal(SignalKind::terminate()), signal(SignalKind::interrupt()), signal(SignalKind::hangup()))
    else {
        return std::future::pending().await;
    };
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
        _ = hang_up.recv() => {}
    }
}

#[cfg(not(unix))]
async fn signal() {
    if tokio::signal::ctrl_c().await.is_err() {
        std::future::pending().await
    }
}
