//! The menu bar that every program has on macOS. The page performs the actions, as it does for keys.

use orchest_core::words::menu as words;

use Line::{Act, Between};

/// An entry of a menu.
#[cfg_attr(not(target_os = "macos"), allow(dead_code, reason = "only macOS has a menu bar"))]
enum Line {
    /// An action of the page, by its name there, with its keys.
    Act(&'static str, &'static str, Option<&'static str>),
    /// An entry of the system.
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

/// The bar: each menu with its entries. The first is the program's own.
#[cfg_attr(not(target_os = "macos"), allow(dead_code, reason = "only macOS has a menu bar"))]
const BAR: &[(&str, &[Line])] = &[
    (
        words::APP,
        &[
            Line::System(System::About),
            Between,
            Act("settings", words::SETTINGS, Some("Cmd+,")),
            Between,
            Line::System(System::Services),
            Between,
            Line::System(System::Hide),
            Line::System(System::HideOthers),
            Line::System(System::ShowAll),
            Between,
            Act("quit", words::QUIT, Some("Cmd+Q")),
        ],
    ),
    (
        words::FILE,
        &[
            Act("add", words::ADD, Some("Cmd+N")),
            Act("example", words::EXAMPLE, None),
            Between,
            Line::System(System::CloseWindow),
        ],
    ),
    (
        words::EDIT,
        &[
            Line::System(System::Undo),
            Line::System(System::Redo),
            Between,
            Line::System(System::Cut),
            Line::System(System::Copy),
            Line::System(System::Paste),
            Line::System(System::SelectAll),
            Between,
            Act("search", words::SEARCH, Some("Cmd+F")),
        ],
    ),
    (
        words::VIEW,
        &[
            Act("palette", words::PALETTE, Some("Cmd+K")),
            Between,
            Act("zoom-in", words::ZOOM_IN, Some("Cmd+Plus")),
            Act("zoom-out", words::ZOOM_OUT, Some("Cmd+-")),
            Act("zoom-reset", words::ZOOM_RESET, Some("Cmd+0")),
            Between,
            Line::System(System::FullScreen),
        ],
    ),
    (
        words::PIPELINE,
        &[
            Act("act", words::LAUNCH_OR_OPEN, None),
            Act("stop", words::STOP, Some("Cmd+.")),
            Act("restart", words::RESTART, None),
            Between,
            Act("show-logs", words::SHOW_LOGS, None),
            Act("locate", words::LOCATE, None),
            Act("reveal", words::REVEAL, None),
            Act("copy-path", words::COPY_PATH, None),
            Act("copy-address", words::COPY_ADDRESS, None),
            Between,
            Act("remove", words::REMOVE, None),
        ],
    ),
    (words::WINDOW, &[Line::System(System::Minimize), Line::System(System::Zoom)]),
    (words::HELP, &[Act("help", words::SHORTCUTS, None), Act("reveal-logs", words::REVEAL_LOGS, None)]),
];

/// The names of the page's actions.
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
            // The tray's entries arrive here too.
            if let Some(act) = super::acts().find(|act| event.id() == act) {
                // The window shows the effect of each, and some open a dialog.
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
    fn the_page_has_each_action_of_the_menus() {
        let source = include_str!("../../ui/src/logic/actions.ts");
        for act in acts() {
            assert!(source.contains(&format!("| \"{act}\"")), "{act}");
        }
    }
}
