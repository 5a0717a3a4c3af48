//! The window of Orchest Desktop. It shows the snapshots of `orchest_core` and passes on a person's commands; all
//! decisions are made in core.
//!
//! # Code map
//!
//! - `perform`: performs the commands of the page, which `orchest_core::contract::command` lists
//! - [`commands`]: the calls of the page: `perform`, and those that need a channel, a dialog or the clipboard;
//!   `ui/src/api/commands.ts` has the same list
//! - `subscription`: sends the newest snapshots to the newest page
//! - `window`: the one window: how it opens, and where its page may not go
//! - `surroundings`: the environment that it is drawn in; `blank`: a window that stays empty
//! - `appearance`: its theme and zoom; `gpu`: draws it with or without a graphics card; `dropping`: folders dropped
//!   on it
//! - `instance`: one window for each person; `arguments`: the folders on the command line, of this start and later ones
//! - `notifying`: the desktop's notifications while the window is not in front
//! - `opening`: opens the browser as soon as a launch is ready
//! - `menu`: the menu bar of macOS
//! - `tray`: the icon in the system's tray
//! - `clipboard`: copies addresses that the page must not see
//! - `shutdown`: the ways in which the program ends
//! - `restarting`: the version that an update installed takes the place of the one that runs
//! - `alert`: failures that no page can show
//!
//! Their words are in `orchest_core::words`.
//!
//! # Invariants
//!
//! - Only this package names tauri and rfd.
//! - The page passes ids and paths inside a folder, never a whole path or an address.

mod alert;
mod appearance;
mod arguments;
mod blank;
mod clipboard;
pub mod commands;
mod dropping;
mod gpu;
mod instance;
mod menu;
mod notifying;
mod opening;
mod perform;
mod restarting;
#[cfg(test)]
mod samples;
mod shutdown;
mod subscription;
mod surroundings;
mod tray;
mod window;

use std::io::Write;
use std::process::ExitCode;

use orchest_core::App;
use orchest_core::AppDirs;
use orchest_core::Desk;
use orchest_core::Failure;
use orchest_core::engine::ProcessEnv;
use orchest_core::logs::app_log;
use orchest_core::updates::{self, Source};
use orchest_core::words::dialog as words;
use tauri::{Manager, RunEvent, WindowEvent};
use tauri_plugin_window_state::StateFlags;

/// Prints the version.
pub fn say_version() -> ExitCode {
    match writeln!(std::io::stdout(), "orchest-desktop {}", env!("CARGO_PKG_VERSION")) {
        Ok(()) => ExitCode::SUCCESS,
        Err(_) => ExitCode::FAILURE,
    }
}

/// Opens the window and stays until it is closed.
pub fn run() -> ExitCode {
    if !window::can_open() {
        alert::on_stderr(words::NO_DISPLAY, words::USE_TERMINAL);
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
    surroundings::correct(&places);
    if surroundings::cannot_draw() {
        blank::tell(&places);
        return ExitCode::FAILURE;
    }
    // The window opens even without a log.
    if let Err(error) = app_log::start(&places, cfg!(debug_assertions)) {
        let failure = Failure::from(error);
        alert::on_stderr(&failure.message, &failure.hint);
    }
    #[cfg(unix)]
    let first = match instance::claim(&places.state) {
        Ok(instance::Claim::First(first)) => first,
        Ok(instance::Claim::HandedOver) => return ExitCode::SUCCESS,
        Err(error) => {
            alert::on_stderr(&words::second_window(&places.state, &error), words::END_OTHER_WINDOW);
            return ExitCode::FAILURE;
        }
    };
    let source = Source::of_this_build();
    // Only now it is sure that no other window is at it.
    if let Some(program) = updates::at_start(&places, &source) {
        let failure = restarting::become_program(&program);
        alert::on_stderr(&words::not_started_again(&program, &failure), words::START_BY_HAND);
        return ExitCode::FAILURE;
    }
    if let Some(displays) = window::dead_displays() {
        alert::on_stderr(&words::display_dead(&displays), words::USE_TERMINAL);
        return ExitCode::FAILURE;
    }
    let builder = tauri::Builder::default();
    // First, so that a second start ends before it does anything else.
    #[cfg(windows)]
    let builder = builder.plugin(tauri_plugin_single_instance::init(|app, arguments, started_in| {
        let arguments = arguments.into_iter().skip(1).map(Into::into).collect();
        arguments::of_another_start(app, arguments, started_in.as_ref());
    }));
    let built = builder
        .plugin(
            // The window is shown once its page has loaded.
            tauri_plugin_window_state::Builder::new()
                .with_state_flags(StateFlags::SIZE | StateFlags::POSITION | StateFlags::MAXIMIZED)
                .build(),
        )
        .plugin(tauri_plugin_notification::init())
        .invoke_handler(commands::handler())
        .setup(move |app| {
            // Core's tasks run on the same runtime as the commands.
            app.manage(places.clone());
            let (core, desk) = tauri::async_runtime::block_on(async {
                let core = App::start(places.clone());
                core.attend();
                (core.clone(), Desk::begin(core, places, ProcessEnv::of_this_process()))
            });
            app.manage(core);
            app.manage(desk);
            app.manage(source);
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
                restarting::on_event(app, &event);
                shutdown::on_event(app, event);
            });
            ExitCode::SUCCESS
        }
        Err(error) => {
            tracing::error!(error = &error as &dyn std::error::Error, "the window could not be opened");
            alert::on_stderr(&words::window_failed(&error), words::USE_TERMINAL);
            ExitCode::FAILURE
        }
    }
}
