//! The window of Orchest Desktop. It shows what `orchest_core` says and passes on what a person presses;
//! whatever thinks is in core.
//!
//! # Code map
//!
//! - [`commands`]: all that the page can ask for; `ui/src/api/commands.ts` has the same list
//! - `subscription`: the newest snapshots, to the newest page
//! - `window`: the one window: how it opens, and what it refuses
//! - `appearance`: its theme and zoom; `drawing`: with a graphics card, or without; `dropping`: folders that are dropped on it
//! - `arguments`: the folders on the command line, of this start and of later ones
//! - `notifying`: what is told by the desktop while the window is not in front
//! - `opening`: what is opened in the browser as soon as it can be
//! - `menu`: the menu bar that macOS has
//! - `tray`: the icon in the system's tray, for who wants one
//! - `clipboard`: what the page must not see, for the person to paste
//! - `ending`: the ways in which the program ends
//! - `alert`: what must be told where there is no page to tell it
//!
//! # Invariants
//!
//! - The only package that names tauri and rfd.
//! - The page passes ids and relative paths, never a path or address of its own making.

mod alert;
mod appearance;
mod arguments;
mod clipboard;
pub mod commands;
mod dropping;
mod gpu;
mod instance;
mod menu;
mod notifying;
mod opening;
#[cfg(test)]
mod samples;
mod shutdown;
mod subscription;
mod tray;
mod window;

use std::process::ExitCode;

use orchest_core::App;
use orchest_core::AppDirs;
use orchest_core::Failure;
use orchest_core::logs::app_log;
use tauri::{Manager, RunEvent, WindowEvent};
use tauri_plugin_window_state::StateFlags;

/// Opens the window and stays until it is closed.
pub fn run() -> ExitCode {
    if !window::can_open() {
        alert::on_stderr("no display is here: neither DISPLAY nor WAYLAND_DISPLAY is set", "use `orchest launch DIR`");
        return ExitCode::FAILURE;
    }
    let places = match AppDirs::of_this_user() {
        Ok(places) => places,
        Err(error) => {
            let failure = Failure::from(error);
            alert::on_stderr(&failure.message, &failure.hint);
            return ExitCode::FAILURE;
        }
    };
    // A log that cannot be written is no reason to stay away.
    if let Err(error) = app_log::start(&places, cfg!(debug_assertions)) {
        let failure = Failure::from(error);
        alert::on_stderr(&failure.message, &failure.hint);
    }
    #[cfg(unix)]
    let first = match instance::claim(&places.state) {
        Ok(instance::Claim::First(first)) => first,
        Ok(instance::Claim::HandedOver) => return ExitCode::SUCCESS,
        Err(error) => {
            let hint = "end the window that is open, or see that its folder can be written to";
            alert::on_stderr(&format!("no second window was opened in `{}`: {error}", places.state.display()), hint);
            return ExitCode::FAILURE;
        }
    };
    let builder = tauri::Builder::default();
    // First, so that a second start ends before it does anything else.
    #[cfg(windows)]
    let builder = builder.plugin(tauri_plugin_single_instance::init(|app, arguments, started_in| {
        let arguments = arguments.into_iter().skip(1).map(Into::into).collect();
        arguments::of_another_start(app, arguments, started_in.as_ref());
    }));
    let built = builder
        .plugin(
            // The page decides when it is seen.
            tauri_plugin_window_state::Builder::new()
                .with_state_flags(StateFlags::SIZE | StateFlags::POSITION | StateFlags::MAXIMIZED)
                .build(),
        )
        .plugin(tauri_plugin_notification::init())
        .invoke_handler(commands::handler())
        .setup(move |app| {
            // The core's tasks live on the runtime that commands run on.
            let core = tauri::async_runtime::block_on(async { App::start(places) });
            core.attend();
            app.manage(core);
            app.manage(subscription::Subscription::default());
            app.manage(subscription::Watched::default());
            app.manage(subscription::Followed::default());
            app.manage(clipboard::Clipboard::default());
            app.manage(opening::Awaited::default());
            shutdown::on_signals(app.handle());
            window::open(app.handle())?;
            #[cfg(unix)]
            first.serve(app.handle());
            #[cfg(target_os = "macos")]
            menu::begin(app.handle())?;
            appearance::follow(app.handle());
            notifying::follow(app.handle());
            tray::follow(app.handle());
            arguments::of_this_start(app.handle());
            Ok(())
        })
        .build(tauri::generate_context!());
    match built {
        Ok(app) => {
            app.run(|app, event| {
                #[cfg(target_os = "macos")]
                if let RunEvent::Opened { urls } = &event {
                    arguments::of_the_finder(app, urls);
                }
                if let RunEvent::WindowEvent { event, .. } = &event {
                    match event {
                        WindowEvent::DragDrop(event) => dropping::on_event(app, event),
                        WindowEvent::ThemeChanged(theme) => appearance::theme_changed(app, *theme),
                        _ => {}
                    }
                }
                shutdown::on_event(app, event);
            });
            ExitCode::SUCCESS
        }
        Err(error) => {
            tracing::error!(error = &error as &dyn std::error::Error, "the window could not be opened");
            alert::on_stderr(&format!("the window could not be opened: {error}"), "use `orchest launch DIR`");
            ExitCode::FAILURE
        }
    }
}
