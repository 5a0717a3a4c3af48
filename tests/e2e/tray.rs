//! The tray icon, as the desktop's tray sees it on the message bus. There is no desktop here, so the test acts as the
//! tray (StatusNotifierWatcher and com.canonical.dbusmenu, as KDE and the AppIndicator extension use them).

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use orchest_tests::engine::left_of;
use zbus::zvariant::{OwnedValue, Structure, Value};
use zbus::{Connection, Proxy, interface};

use crate::person::Person;
use crate::screen::{self, request_close, window_titled};
use crate::starts::bus;
use crate::window::{TITLE, Window};

/// The connection that has an icon.
#[derive(Clone, Default)]
struct Tray(Arc<Mutex<Vec<String>>>);

#[interface(name = "org.kde.StatusNotifierWatcher")]
impl Tray {
    fn register_status_notifier_item(&self, service: String) {
        self.0.lock().unwrap().push(service);
    }

    #[zbus(property)]
    fn is_status_notifier_host_registered(&self) -> bool {
        true
    }

    #[zbus(property)]
    fn protocol_version(&self) -> i32 {
        0
    }
}

const WATCHER: &str = "org.kde.StatusNotifierWatcher";

async fn on(address: &str) -> Connection {
    zbus::connection::Builder::address(address).unwrap().build().await.unwrap()
}

/// A line of the icon's menu, with its place: `drawn > Stop`.
struct Line {
    id: i32,
    words: String,
}

struct Icon {
    bus: Connection,
    name: String,
}

impl Icon {
    async fn proxy(&self, path: &'static str, interface: &'static str) -> Proxy<'_> {
        Proxy::new(&self.bus, self.name.as_str(), path, interface).await.unwrap()
    }

    async fn menu(&self) -> zbus::Result<Vec<Line>> {
        let menu = self.proxy("/MenuBar", "com.canonical.dbusmenu").await;
        type Layout = (i32, HashMap<String, OwnedValue>, Vec<OwnedValue>);
        let (_, (_, _, children)): (u32, Layout) = menu.call("GetLayout", &(0, -1, Vec::<String>::new())).await?;
        let mut lines = Vec::new();
        children.iter().for_each(|child| gather(child, "", &mut lines));
        Ok(lines)
    }

    /// The line with this text, once it exists.
    async fn line(&self, words: &str) -> Line {
        let mut seen = Vec::new();
        for _ in 0..600 {
            seen = self.menu().await.unwrap();
            if let Some(at) = seen.iter().position(|line| line.words == words) {
                return seen.swap_remove(at);
            }
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        }
        panic!("{words} is not in the menu: {:?}", seen.iter().map(|line| &line.words).collect::<Vec<_>>());
    }

    async fn click(&self, words: &str) {
        let line = self.line(words).await;
        let menu = self.proxy("/MenuBar", "com.canonical.dbusmenu").await;
        let _: () = menu.call("Event", &(line.id, "clicked", Value::from(0), 0u32)).await.unwrap();
    }

    async fn says(&self, property: &str) -> OwnedValue {
        self.proxy("/StatusNotifierItem", "org.kde.StatusNotifierItem").await.get_property(property).await.unwrap()
    }
}

fn gather(item: &Value<'_>, above: &str, lines: &mut Vec<Line>) {
    let item = if let Value::Value(inner) = item { inner } else { item };
    let Value::Structure(item) = item else { return };
    let (id, properties, children) =
        <(i32, HashMap<String, OwnedValue>, Vec<OwnedValue>)>::try_from(Structure::try_clone(item).unwrap()).unwrap();
    let label = properties.get("label").and_then(|label| <&str>::try_from(label).ok()).unwrap_or_default();
    let words = if above.is_empty() { label.to_owned() } else { format!("{above} > {label}") };
    children.iter().for_each(|child| gather(child, &words, lines));
    lines.push(Line { id, words });
}

async fn until_window(seen: bool) {
    screen::until("the window to come or go", || (window_titled(TITLE).is_some() == seen).then_some(())).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn running_launches_are_one_click_away_and_a_closed_window_comes_back() {
    let _turn = screen::turn().await;
    let person = Person::new();
    person.has_settings(serde_json::json!({ "tray": true, "folders": [{ "path": person.folder("snow_fall") }] }));
    let (_bus, address) = bus();
    let tray = Tray::default();
    let desktop = on(&address).await;
    desktop.object_server().at("/StatusNotifierWatcher", tray.clone()).await.unwrap();
    desktop.request_name(WATCHER).await.unwrap();

    let window = Window::open_with(&person, |command| {
        command.env("DBUS_SESSION_BUS_ADDRESS", &address);
    })
    .await;
    let name = screen::until("an icon", || tray.0.lock().unwrap().first().cloned()).await;
    let icon = Icon { bus: on(&address).await, name };
    assert_eq!(icon.says("Title").await, OwnedValue::try_from(Value::from("Orchest Desktop")).unwrap());
    icon.line("No launch is running").await;

    let id = window.pipeline("snow_fall").await;
    window.click("launch", "[data-action=launch]").await;
    window.see_with("pipeline-state", "[data-state=running]").await;
    // An underscore in the name is shown as one, and marks no key.
    icon.click("snow__fall > Open in the browser").await;
    assert!(person.opened_address(0).await.starts_with("http://127.0.0.1:"));

    request_close(TITLE).await;
    until_window(false).await;
    assert!(!left_of(&id).is_empty(), "it runs on");
    icon.click("Show Orchest Desktop").await;
    until_window(true).await;
    request_close(TITLE).await;
    until_window(false).await;
    icon.click("snow__fall > Show").await;
    until_window(true).await;

    // If the tray goes away, the window comes back and says so.
    request_close(TITLE).await;
    until_window(false).await;
    desktop.release_name(WATCHER).await.unwrap();
    until_window(true).await;
    window.click("open-settings", "").await;
    window.see("tray").await;
    let text = window.text().await;
    assert!(text.contains("This desktop shows no tray"), "{text}");
    desktop.request_name(WATCHER).await.unwrap();
    screen::until("the icon again", || (tray.0.lock().unwrap().len() > 1).then_some(())).await;

    icon.click("snow__fall > Stop").await;
    icon.line("No launch is running").await;
    assert_eq!(left_of(&id), Vec::<String>::new());
    icon.click("Quit Orchest Desktop").await;
    until_window(false).await;
    let mut gone = false;
    for _ in 0..200 {
        gone = icon.menu().await.is_err();
        if gone {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    assert!(gone, "the program has ended");
}
