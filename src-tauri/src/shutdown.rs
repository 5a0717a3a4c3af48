//! The ways in which the program ends: the window is closed, a person quits, or a signal arrives. Running launches
//! stay. Starting ones are cancelled first, so that no half launch is left behind.

use std::time::Duration;

use orchest_core::App;
use orchest_core::Closing;
use orchest_core::{Desk, machine};
use tauri::{AppHandle, Manager, RunEvent, WindowEvent};

use crate::{blank, tray, window};

/// The longest time that the end itself may take.
const ENDS_WITHIN: Duration = Duration::from_secs(3);

/// Ends the program on a signal, as on a person's command.
pub fn on_signals(app: &AppHandle) {
    let app = app.clone();
    tauri::async_runtime::spawn(async move {
        signal().await;
        tracing::info!("ended by a signal");
        exit(&app, || true).await;
    });
}

/// Ends the program when its last window is closed: after the choice to keep or stop running launches.
pub fn on_event(app: &AppHandle, event: RunEvent) {
    if let RunEvent::WindowEvent { label, event: WindowEvent::CloseRequested { api, .. }, .. } = &event {
        api.prevent_close();
        if app.get_webview_window(label).is_some_and(|window| tray::take(&window)) {
            return;
        }
        let app = app.clone();
        tauri::async_runtime::spawn(async move { request_close(&app).await });
        return;
    }
    // With a code the request comes from `exit`.
    if let RunEvent::ExitRequested { code: None, api, .. } = event {
        api.prevent_exit();
        let app = app.clone();
        tauri::async_runtime::spawn(async move {
            // A second start may have opened the window again while launches were cancelled.
            exit(&app, || app.webview_windows().is_empty()).await;
        });
    }
}

/// Ends the program after the choice to keep or stop running launches.
pub async fn request_close(app: &AppHandle) {
    let closing = app.state::<App>().close().await;
    close(app, closing).await;
}

/// The same to start the version that an update installed.
pub async fn request_restart(app: &AppHandle) {
    let closing = app.state::<App>().close_to_restart().await;
    close(app, closing).await;
}

async fn close(app: &AppHandle, closing: Closing) {
    match closing {
        Closing::Now => close_windows(app, false).await,
        Closing::StopFirst => close_windows(app, true).await,
        // The window asks.
        Closing::Asked => window::bring_back(app),
    }
}

/// Closes the window, which ends the program. With `stop_first`, stops all launches before.
pub async fn close_windows(app: &AppHandle, stop_first: bool) {
    if stop_first {
        app.state::<App>().stop_all().await;
    }
    for window in app.webview_windows().into_values() {
        if let Err(error) = window.destroy() {
            tracing::warn!(error = &error as &dyn std::error::Error, "the window is not closed");
        }
    }
}

async fn exit(app: &AppHandle, still_wanted: impl Fn() -> bool) {
    blank::program_ends();
    let desk = app.state::<Desk>().inner().clone();
    desk.quit().await;
    carry_on(&desk);
    if still_wanted() {
        // The end may wait for an answer that never comes, for example of a message bus that has ended already. Nothing
        // can be lost any more, so the process ends in any case.
        std::thread::spawn(|| {
            std::thread::sleep(ENDS_WITHIN);
            std::process::exit(0);
        });
        app.exit(0);
    }
}

/// Open pages go on to reach launches on other machines: a process of the terminal's program stays for each.
fn carry_on(desk: &Desk) {
    let Ok(own) = std::env::current_exe() else { return };
    let program = own.with_file_name(format!("orchest{}", std::env::consts::EXE_SUFFIX));
    for (machine, launch) in desk.running_elsewhere() {
        if let Err(error) = machine::carry_on(&program, &machine, &launch) {
            tracing::warn!(machine, launch, %error, "open pages do not reach it until the window is open again");
        }
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
