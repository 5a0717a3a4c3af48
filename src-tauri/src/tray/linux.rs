//! On Linux the desktop shows the tray, over the message bus (the StatusNotifierItem specification). Not every desktop
//! has one.

use ksni::menu::{MenuItem, StandardItem, SubMenu};
use ksni::{Handle, OfflineReason, TrayMethods};
use tauri::AppHandle;

use super::{Act, Item, Look, perform, shown_changed};

/// The icon.
pub struct Icon(Handle<Tray>);

impl Icon {
    /// Offers the icon to the desktop, which shows it as soon as it has a tray. `None` without a message bus.
    pub async fn new(app: &AppHandle, look: Look) -> Option<Icon> {
        shown_changed(app, true);
        let tray = Tray { app: app.clone(), look };
        match tray.assume_sni_available(true).spawn().await {
            Ok(handle) => Some(Icon(handle)),
            Err(error) => {
                tracing::warn!(error = &error as &dyn std::error::Error, "no tray");
                shown_changed(app, false);
                None
            }
        }
    }

    /// Shows another text and menu.
    pub async fn update(&self, look: Look) {
        self.0.update(|tray| tray.look = look).await;
    }

    /// Removes the icon.
    pub async fn remove(self) {
        self.0.shutdown().await;
    }
}

struct Tray {
    app: AppHandle,
    look: Look,
}

impl ksni::Tray for Tray {
    fn id(&self) -> String {
        "orchest-desktop".to_owned()
    }

    fn title(&self) -> String {
        "Orchest Desktop".to_owned()
    }

    fn icon_pixmap(&self) -> Vec<ksni::Icon> {
        let Some(image) = self.app.default_window_icon() else { return Vec::new() };
        let data = image.rgba().chunks_exact(4).flat_map(|pixel| [pixel[3], pixel[0], pixel[1], pixel[2]]).collect();
        vec![ksni::Icon { width: image.width().cast_signed(), height: image.height().cast_signed(), data }]
    }

    fn tool_tip(&self) -> ksni::ToolTip {
        ksni::ToolTip { title: self.look.tip.clone(), ..Default::default() }
    }

    fn activate(&mut self, _x: i32, _y: i32) {
        perform(&self.app, Act::Window);
    }

    fn menu(&self) -> Vec<MenuItem<Self>> {
        self.look.menu.iter().map(drawn).collect()
    }

    fn watcher_online(&self) {
        shown_changed(&self.app, true);
    }

    fn watcher_offline(&self, _: OfflineReason) -> bool {
        shown_changed(&self.app, false);
        true
    }
}

fn drawn(item: &Item) -> MenuItem<Tray> {
    match item.clone() {
        Item::Line => MenuItem::Separator,
        Item::Note(label) => StandardItem { label: literal(label), enabled: false, ..Default::default() }.into(),
        Item::Act(label, act) => StandardItem {
            label: literal(label),
            activate: Box::new(move |tray: &mut Tray| perform(&tray.app, act.clone())),
            ..Default::default()
        }
        .into(),
        Item::Menu(title, items) => {
            SubMenu { label: literal(&title), submenu: items.iter().map(drawn).collect(), ..Default::default() }.into()
        }
    }
}

/// A single underscore would make the next letter a key.
fn literal(text: &str) -> String {
    text.replace('_', "__")
}
