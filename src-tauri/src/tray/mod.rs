//! The icon in the system's tray, which the settings turn on: running launches are one click away, even when the window
//! is closed.
//!
//! It is never the only way back: without a tray in the system the window closes as usual, and a second start of the
//! program brings the window back.

#[cfg(target_os = "linux")]
#[path = "linux.rs"]
mod platform;
#[cfg(not(target_os = "linux"))]
#[path = "native.rs"]
mod platform;

use std::sync::atomic::{AtomicBool, Ordering};

use orchest_core::App;
use orchest_core::contract::snapshot::{LaunchState, LaunchView, PipelineView};
use orchest_core::words::tray as words;
use tauri::{AppHandle, Manager, WebviewWindow};

use crate::{alert, shutdown, window};

/// The action of a click.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Act {
    Open(String),
    Show(String),
    Stop(String),
    Window,
    Quit,
}

/// An entry of the menu.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Item {
    Act(&'static str, Act),
    Menu(String, Vec<Item>),
    Note(&'static str),
    Line,
}

/// The text and menu of the icon.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Look {
    tip: String,
    menu: Vec<Item>,
}

/// The icon and the window.
#[derive(Default)]
struct Tray {
    /// The system shows the icon now.
    shown: AtomicBool,
    /// The window was closed, and the icon brings it back.
    has_window: AtomicBool,
}

/// Hides the window that is about to close, if the icon can bring it back. Returns whether it did.
pub fn take(window: &WebviewWindow) -> bool {
    let tray = window.state::<Tray>();
    let takes = tray.shown.load(Ordering::Relaxed) && window.hide().is_ok();
    tray.has_window.fetch_or(takes, Ordering::Relaxed);
    takes
}

/// Shows the hidden window again, unless something else has already.
fn give_back(app: &AppHandle) {
    if app.state::<Tray>().has_window.swap(false, Ordering::Relaxed) && !window::is_seen(app) {
        window::bring_back(app);
    }
}

/// Shows the icon while the settings say so, until the program ends.
pub fn follow(app: &AppHandle) {
    app.manage(Tray::default());
    let app = app.clone();
    let mut snapshots = app.state::<App>().snapshots();
    tauri::async_runtime::spawn(async move {
        let mut icon: Option<(platform::Icon, Look)> = None;
        loop {
            let snapshot = snapshots.borrow_and_update().clone();
            icon = match (snapshot.settings.tray.then(|| look(&snapshot.pipelines)), icon) {
                (Some(look), Some((icon, shown))) => {
                    if look != shown {
                        icon.update(look.clone()).await;
                    }
                    Some((icon, look))
                }
                (Some(look), None) => platform::Icon::new(&app, look.clone()).await.map(|icon| (icon, look)),
                (None, Some((icon, _))) => {
                    icon.remove().await;
                    shown_changed(&app, false);
                    None
                }
                (None, None) => None,
            };
            if snapshots.changed().await.is_err() {
                return;
            }
        }
    });
}

/// The system shows the icon, or no longer does. Without the icon nothing would lead to a hidden window: it comes back.
fn shown_changed(app: &AppHandle, shown: bool) {
    app.state::<Tray>().shown.store(shown, Ordering::Relaxed);
    let core = app.state::<App>();
    let missing = !shown && core.snapshots().borrow().settings.tray;
    core.tray_missing(missing);
    if missing {
        tracing::warn!("the system shows no tray");
    }
    if !shown {
        give_back(app);
    }
}

/// The menu for these pipelines.
fn look(pipelines: &[PipelineView]) -> Look {
    let active: Vec<_> = pipelines.iter().filter_map(|pipeline| Some((pipeline, active(pipeline)?))).collect();
    let mut menu: Vec<_> = active.iter().map(|(pipeline, launch)| of_launch(pipeline, launch)).collect();
    if menu.is_empty() {
        menu.push(Item::Note(words::NOTHING_RUNS));
    }
    menu.extend([Item::Line, Item::Act(words::SHOW_WINDOW, Act::Window), Item::Act(words::QUIT, Act::Quit)]);
    let running = active.iter().filter(|(_, launch)| launch.state == LaunchState::Running).count();
    Look { tip: words::tip(running), menu }
}

/// The launch, if it is this person's and has not failed.
fn active(pipeline: &PipelineView) -> Option<&LaunchView> {
    pipeline.launch.as_ref().filter(|launch| launch.owner.is_none() && launch.state != LaunchState::Failed)
}

fn of_launch(pipeline: &PipelineView, launch: &LaunchView) -> Item {
    use LaunchState::{Broken, Failed, Running, Starting, Stopping};
    let id = || pipeline.id.clone();
    let show = Item::Act(words::SHOW, Act::Show(id()));
    let stop = Item::Act(words::STOP, Act::Stop(id()));
    Item::Menu(
        words::launch(&pipeline.name, launch.state),
        match launch.state {
            Running => vec![Item::Act(words::OPEN, Act::Open(id())), show, stop],
            Starting => vec![show, Item::Act(words::CANCEL, Act::Stop(id()))],
            Broken => vec![show, stop],
            Stopping | Failed => vec![show],
        },
    )
}

/// Performs the action of a click.
fn perform(app: &AppHandle, act: Act) {
    let app = app.clone();
    tauri::async_runtime::spawn(async move {
        let core = app.state::<App>().inner().clone();
        let done = match act {
            Act::Open(id) => core.open(&id, None).await.map(drop),
            // It cancels a launch that is starting.
            Act::Stop(id) => core.stop(&id).await,
            Act::Show(id) => {
                core.show(&id);
                window::bring_back(&app);
                Ok(())
            }
            Act::Window => {
                window::bring_back(&app);
                Ok(())
            }
            Act::Quit => {
                shutdown::request_close(&app).await;
                Ok(())
            }
        };
        if let Err(failure) = done {
            alert::beside_the_window(&failure).await;
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::samples::{launch, pipeline};

    fn labels(items: &[Item]) -> Vec<String> {
        items
            .iter()
            .flat_map(|item| match item {
                Item::Act(label, _) | Item::Note(label) => vec![(*label).to_owned()],
                Item::Menu(title, items) => vec![format!("{title}: {}", labels(items).join(", "))],
                Item::Line => Vec::new(),
            })
            .collect()
    }

    #[test]
    fn own_launches_can_be_clicked_and_those_of_others_cannot() {
        use LaunchState::{Broken, Failed, Running, Starting, Stopping};
        let theirs = LaunchView { owner: Some("grace@engine".to_owned()), ..launch(Running) };
        let table = [
            (None, "No launch is running", false),
            (Some(launch(Failed)), "No launch is running", false),
            (Some(theirs), "No launch is running", false),
            (Some(launch(Running)), "churn: Open in the browser, Show, Stop", true),
            (Some(launch(Starting)), "churn (starting): Show, Cancel", false),
            (Some(launch(Stopping)), "churn (stopping): Show", false),
            (Some(launch(Broken)), "churn (broken): Show, Stop", false),
        ];
        for (launch, first, running) in table {
            let look = look(&[pipeline("churn", launch)]);
            assert_eq!(labels(&look.menu), [first, "Show Orchest Desktop", "Quit Orchest Desktop"]);
            assert_eq!(look.tip.ends_with("1 running"), running, "{}", look.tip);
        }
    }
}
