//! The menu bar, which macOS has for every program. What is chosen there is done by the page, as what its keys ask for.

use Line::{Act, Between};

/// One line of a menu.
#[cfg_attr(not(target_os = "macos"), allow(dead_code, reason = "only macOS has a menu bar"))]
enum Line {
    /// An action of the page's, by its name there, with its keys.
    Act(&'static str, &'static str, Option<&'static str>),
    /// One that the system knows.
    System(System),
    Between,
}

#[cfg_attr(not(target_os = "macos"), allow(dead_code, reason = "only macOS has a menu bar"))]
enum System {
    About,
    Services,
    Hide,
    HideOthers,
    ShowAll,
    CloseWindow,
    Undo,
    Redo,
    Cut,
    Copy,
    Paste,
    SelectAll,
    FullScreen,
    Minimize,
    Zoom,
}

/// The bar: each menu with its lines. The first is the program's own.
#[cfg_attr(not(target_os = "macos"), allow(dead_code, reason = "only macOS has a menu bar"))]
const BAR: &[(&str, &[Line])] = &[
    (
        "Orchest Desktop",
        &[
            Line::System(System::About),
            Between,
            Act("settings", "Settings…", Some("Cmd+,")),
            Between,
            Line::System(System::Services),
            Between,
            Line::System(System::Hide),
            Line::System(System::HideOthers),
            Line::System(System::ShowAll),
            Between,
            Act("quit", "Quit Orchest Desktop", Some("Cmd+Q")),
        ],
    ),
    (
        "File",
        &[
            Act("add", "Add a folder…", Some("Cmd+N")),
            Act("example", "Try the example…", None),
            Between,
            Line::System(System::CloseWindow),
        ],
    ),
    (
        "Edit",
        &[
            Line::System(System::Undo),
            Line::System(System::Redo),
            Between,
            Line::System(System::Cut),
            Line::System(System::Copy),
            Line::System(System::Paste),
            Line::System(System::SelectAll),
            Between,
            Act("search", "Find", Some("Cmd+F")),
        ],
    ),
    (
        "View",
        &[
            Act("palette", "Find a command or a pipeline", Some("Cmd+K")),
            Between,
            Act("zoom-in", "Zoom in", Some("Cmd+Plus")),
            Act("zoom-out", "Zoom out", Some("Cmd+-")),
            Act("zoom-reset", "Actual size", Some("Cmd+0")),
            Between,
            Line::System(System::FullScreen),
        ],
    ),
    (
        "Pipeline",
        &[
            Act("act", "Launch or open", None),
            Act("stop", "Stop", Some("Cmd+.")),
            Act("restart", "Restart", None),
            Between,
            Act("show-logs", "Show the logs", None),
            Act("reveal", "Reveal in Finder", None),
            Act("copy-path", "Copy path", None),
            Act("copy-address", "Copy address", None),
            Between,
            Act("remove", "Remove from list…", None),
        ],
    ),
    ("Window", &[Line::System(System::Minimize), Line::System(System::Zoom)]),
    ("Help", &[Act("help", "Keyboard shortcuts", None), Act("reveal-logs", "Open logs folder", None)]),
];

/// The names of what can be asked for.
#[cfg(any(target_os = "macos", test))]
fn acts() -> impl Iterator<Item = &'static str> {
    BAR.iter().flat_map(|(_, lines)| lines.iter()).filter_map(|line| match line {
        Act(act, ..) => Some(*act),
        _ => None,
    })
}

#[cfg(target_os = "macos")]
pub use bar::begin;

#[cfg(target_os = "macos")]
mod bar {
    use tauri::menu::{IsMenuItem, Menu, MenuItem, PredefinedMenuItem as Own, Submenu};
    use tauri::{AppHandle, Manager, Wry};

    use super::{BAR, Line, System};
    use crate::subscription::Subscription;
    use crate::window;

    /// Gives the program its menus.
    pub fn begin(app: &AppHandle) -> tauri::Result<()> {
        let mut menus = Vec::new();
        for (title, lines) in BAR {
            let items = lines.iter().map(|line| item(app, line)).collect::<tauri::Result<Vec<_>>>()?;
            let items: Vec<&dyn IsMenuItem<Wry>> = items.iter().map(AsRef::as_ref).collect();
            menus.push(Submenu::with_items(app, title, true, &items)?);
        }
        let menus: Vec<&dyn IsMenuItem<Wry>> = menus.iter().map(|menu| menu as &dyn IsMenuItem<Wry>).collect();
        app.set_menu(Menu::with_items(app, &menus)?)?;
        app.on_menu_event(|app, event| {
            // The tray's lines come by here too.
            if let Some(act) = super::acts().find(|act| event.id() == act) {
                // Some open a dialog, and all are shown by the window.
                window::bring_back(app);
                app.state::<Subscription>().ask(act);
            }
        });
        Ok(())
    }

    fn item(app: &AppHandle, line: &Line) -> tauri::Result<Box<dyn IsMenuItem<Wry>>> {
        Ok(match line {
            Line::Act(id, label, keys) => Box::new(MenuItem::with_id(app, *id, *label, true, *keys)?),
            Line::Between => Box::new(Own::separator(app)?),
            Line::System(system) => Box::new(match system {
                System::About => Own::about(app, None, None)?,
                System::Services => Own::services(app, None)?,
                System::Hide => Own::hide(app, None)?,
                System::HideOthers => Own::hide_others(app, None)?,
                System::ShowAll => Own::show_all(app, None)?,
                System::CloseWindow => Own::close_window(app, None)?,
                System::Undo => Own::undo(app, None)?,
                System::Redo => Own::redo(app, None)?,
                System::Cut => Own::cut(app, None)?,
                System::Copy => Own::copy(app, None)?,
                System::Paste => Own::paste(app, None)?,
                System::SelectAll => Own::select_all(app, None)?,
                System::FullScreen => Own::fullscreen(app, None)?,
                System::Minimize => Own::minimize(app, None)?,
                System::Zoom => Own::maximize(app, None)?,
            }),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_knows_what_the_menus_ask_for() {
        let source = include_str!("../../ui/src/logic/actions.ts");
        for act in acts() {
            assert!(source.contains(&format!("| \"{act}\"")), "{act}");
        }
    }
}
