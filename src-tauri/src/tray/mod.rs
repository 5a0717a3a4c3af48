//! The icon in the system's tray, for who wants one: what runs, one click away, also while the window is closed.
//!
//! It is never the only way: where the system shows no tray the window closes as it does without one, and a second
//! start of the program brings the window back.

#[cfg(target_os = "linux")]
#[path = "linux.rs"]
mod platform;
#[cfg(not(target_os = "linux"))]
#[path = "native.rs"]
mod platform;

use std::sync::atomic::{AtomicBool, Ordering};

use orchest_core::App;
use orchest_core::contract::snapshot::{LaunchState, LaunchView, PipelineView};
use tauri::{AppHandle, Manager, WebviewWindow};

use crate::opening::state_of;
use crate::{alert, shutdown, window};

/// What a click asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Act {
    Open(String),
    Show(String),
    Stop(String),
    Window,
    Quit,
}

/// A line of the menu.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Item {
    Act(&'static str, Act),
    Menu(String, Vec<Item>),
    Note(&'static str),
    Line,
}

/// What the icon says.
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

/// Takes the window that is to be closed, where the icon can bring it back; whether it does.
pub fn take(window: &WebviewWindow) -> bool {
    let tray = window.state::<Tray>();
    let takes = tray.shown.load(Ordering::Relaxed) && window.hide().is_ok();
    tray.has_window.fetch_or(takes, Ordering::Relaxed);
    takes
}

/// Gives the window back, where it has it and nobody else has brought it back since.
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
                    told_shown(&app, false);
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

/// The system shows the icon, or does not any more. A window that was closed comes back before nothing leads to it.
fn told_shown(app: &AppHandle, shown: bool) {
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

/// What there is to click on.
fn look(pipelines: &[PipelineView]) -> Look {
    let up: Vec<_> = pipelines.iter().filter_map(|pipeline| Some((pipeline, up(pipeline)?))).collect();
    let mut menu: Vec<_> = up.iter().map(|(pipeline, launch)| of_launch(pipeline, launch)).collect();
    if menu.is_empty() {
        menu.push(Item::Note("Nothing runs"));
    }
    menu.extend([
        Item::Line,
        Item::Act("Show Orchest Desktop", Act::Window),
        Item::Act("Quit Orchest Desktop", Act::Quit),
    ]);
    let running = up.iter().filter(|(_, launch)| launch.state == LaunchState::Running).count();
    let tip = match running {
        0 => "Orchest Desktop".to_owned(),
        running => format!("Orchest Desktop: {running} running"),
    };
    Look { tip, menu }
}

/// The launch, where it is this person's and not over.
fn up(pipeline: &PipelineView) -> Option<&LaunchView> {
    pipeline.launch.as_ref().filter(|launch| launch.owner.is_none() && launch.state != LaunchState::Failed)
}

fn of_launch(pipeline: &PipelineView, launch: &LaunchView) -> Item {
    use LaunchState::{Broken, Failed, Running, Starting, Stopping};
    let id = || pipeline.id.clone();
    let title = match launch.state {
        Running => pipeline.name.clone(),
        Starting => format!("{} (starting)", pipeline.name),
        Stopping => format!("{} (stopping)", pipeline.name),
        Broken | Failed => format!("{} (broken)", pipeline.name),
    };
    let show = Item::Act("Show", Act::Show(id()));
    Item::Menu(
        title,
        match launch.state {
            Running => {
                vec![Item::Act("Open in the browser", Act::Open(id())), show, Item::Act("Stop", Act::Stop(id()))]
            }
            Starting => vec![show, Item::Act("Cancel", Act::Stop(id()))],
            Broken => vec![show, Item::Act("Stop", Act::Stop(id()))],
            Stopping | Failed => vec![show],
        },
    )
}

/// Does what was clicked.
fn perform(app: &AppHandle, act: Act) {
    let app = app.clone();
    tauri::async_runtime::spawn(async move {
        let core = app.state::<App>().inner().clone();
        let done = match act {
            Act::Open(id) => core.open(&id, None).await.map(drop),
            Act::Stop(id) if state_of(&core.snapshots().borrow(), &id) == Some(LaunchState::Starting) => {
                core.cancel(&id).await
            }
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

    fn words(items: &[Item]) -> Vec<String> {
        items
            .iter()
            .flat_map(|item| match item {
                Item::Act(label, _) | Item::Note(label) => vec![(*label).to_owned()],
                Item::Menu(title, items) => vec![format!("{title}: {}", words(items).join(", "))],
                Item::Line => Vec::new(),
            })
            .collect()
    }

    #[test]
    fn what_is_up_can_be_clicked_and_what_is_somebody_elses_cannot() {
        use LaunchState::{Broken, Failed, Running, Starting, Stopping};
        let theirs = LaunchView { owner: Some("grace@engine".to_owned()), ..launch(Running) };
        let table = [
            (None, "Nothing runs", false),
            (Some(launch(Failed)), "Nothing runs", false),
            (Some(theirs), "Nothing runs", false),
            (Some(launch(Running)), "churn: Open in the browser, Show, Stop", true),
            (Some(launch(Starting)), "churn (starting): Show, Cancel", false),
            (Some(launch(Stopping)), "churn (stopping): Show", false),
            (Some(launch(Broken)), "churn (broken): Show, Stop", false),
        ];
        for (launch, first, running) in table {
            let look = look(&[pipeline("churn", launch)]);
            assert_eq!(words(&look.menu), [first, "Show Orchest Desktop", "Quit Orchest Desktop"]);
            assert_eq!(look.tip.ends_with("1 running"), running, "{}", look.tip);
        }
    }
}
