//! On macOS and Windows the system always has a tray.

use tauri::menu::{IsMenuItem, Menu, MenuItem, PredefinedMenuItem, Submenu};
use tauri::tray::{MouseButton, TrayIcon, TrayIconBuilder, TrayIconEvent};
use tauri::{AppHandle, Wry};

use super::{Act, Item, Look, perform, shown_changed};

/// The icon.
pub struct Icon(TrayIcon);

impl Icon {
    /// Shows the icon.
    pub async fn new(app: &AppHandle, look: Look) -> Option<Icon> {
        match built(app, &look) {
            Ok(icon) => {
                shown_changed(app, true);
                Some(Icon(icon))
            }
            Err(error) => {
                tracing::warn!(error = &error as &dyn std::error::Error, "no tray");
                shown_changed(app, false);
                None
            }
        }
    }

    /// Shows another text and menu.
    pub async fn update(&self, look: Look) {
        let updated = menu(self.0.app_handle(), &look)
            .and_then(|menu| self.0.set_menu(Some(menu)))
            .and_then(|()| self.0.set_tooltip(Some(&look.tip)));
        if let Err(error) = updated {
            tracing::warn!(error = &error as &dyn std::error::Error, "the tray is out of date");
        }
    }

    /// Removes the icon.
    pub async fn remove(self) {
        self.0.app_handle().remove_tray_by_id(self.0.id());
    }
}

fn built(app: &AppHandle, look: &Look) -> tauri::Result<TrayIcon> {
    let mut icon = TrayIconBuilder::with_id("orchest-desktop")
        .menu(&menu(app, look)?)
        .tooltip(&look.tip)
        // On macOS a click opens the menu, as it does for other icons there.
        .show_menu_on_left_click(cfg!(target_os = "macos"))
        .on_menu_event(|app, event| {
            if let Some(act) = act_of(event.id().as_ref()) {
                perform(app, act);
            }
        })
        .on_tray_icon_event(|icon, event| {
            if let TrayIconEvent::DoubleClick { button: MouseButton::Left, .. } = event {
                perform(icon.app_handle(), Act::Window);
            }
        });
    if let Some(image) = app.default_window_icon() {
        icon = icon.icon(image.clone());
    }
    icon.build(app)
}

fn menu(app: &AppHandle, look: &Look) -> tauri::Result<Menu<Wry>> {
    let items = drawn(app, &look.menu)?;
    Menu::with_items(app, &items.iter().map(AsRef::as_ref).collect::<Vec<_>>())
}

type Drawn = Box<dyn IsMenuItem<Wry>>;

fn drawn(app: &AppHandle, items: &[Item]) -> tauri::Result<Vec<Drawn>> {
    let draw = |item: &Item| -> tauri::Result<Drawn> {
        Ok(match item {
            Item::Line => Box::new(PredefinedMenuItem::separator(app)?),
            Item::Note(label) => Box::new(MenuItem::new(app, label, false, None::<&str>)?),
            Item::Act(label, act) => Box::new(MenuItem::with_id(app, id_of(act), label, true, None::<&str>)?),
            Item::Menu(title, items) => {
                let items = drawn(app, items)?;
                // A single ampersand would make the next letter a key.
                let title = title.replace('&', "&&");
                Box::new(Submenu::with_items(app, title, true, &items.iter().map(AsRef::as_ref).collect::<Vec<_>>())?)
            }
        })
    };
    items.iter().map(draw).collect()
}

/// Menus identify their entries by name.
fn id_of(act: &Act) -> String {
    match act {
        Act::Open(id) => format!("open {id}"),
        Act::Show(id) => format!("show {id}"),
        Act::Stop(id) => format!("stop {id}"),
        Act::Window => "window".to_owned(),
        Act::Quit => "quit".to_owned(),
    }
}

fn act_of(id: &str) -> Option<Act> {
    match id.split_once(' ').unwrap_or((id, "")) {
        ("open", id) => Some(Act::Open(id.to_owned())),
        ("show", id) => Some(Act::Show(id.to_owned())),
        ("stop", id) => Some(Act::Stop(id.to_owned())),
        ("window", _) => Some(Act::Window),
        ("quit", _) => Some(Act::Quit),
        _ => None,
    }
}
