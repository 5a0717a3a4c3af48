//! Settings in the real window: changed there or in the file, applied at once, and kept over a restart.

use std::time::{Duration, Instant};

use crate::dialog;
use crate::person::Person;
use crate::screen::{self, focus, press, until};
use crate::window::{TITLE, Window};

/// The page's theme, the system's theme as the webview sees it, and the page's width.
const LOOK: &str = "return [document.documentElement.dataset.theme, \
                    matchMedia('(prefers-color-scheme: dark)').matches, \
                    getComputedStyle(document.body).backgroundColor]";

async fn until_seen(window: &Window, what: &str, script: &str, wanted: impl Fn(&serde_json::Value) -> bool) {
    let began = Instant::now();
    loop {
        let found = window.script(script).await;
        if wanted(&found) {
            return;
        }
        assert!(began.elapsed() < Duration::from_secs(20), "waited in vain for {what}: {found}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

async fn until_worn(window: &Window, theme: &str) {
    until_seen(window, theme, LOOK, |look| look[0] == theme && look[1] == (theme == "dark")).await;
}

async fn until_written(person: &Person, part: &str) {
    until(part, || std::fs::read_to_string(person.settings()).ok()?.contains(part).then_some(())).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_theme_applies_at_once_after_a_restart_and_after_an_edit_of_the_file() {
    let _turn = screen::turn().await;
    let person = Person::new();
    let window = Window::open(&person).await;
    until_worn(&window, "light").await;
    let light = window.script(LOOK).await[2].clone();
    window.click("open-settings", "").await;
    window.click("theme-dark", "").await;
    until_worn(&window, "dark").await;
    assert_ne!(window.script(LOOK).await[2], light);
    window.shot("settings-dark").await;
    window.click("theme-system", "").await;
    until_worn(&window, "light").await;
    window.click("theme-dark", "").await;
    window.click("on-close-keep", "").await;
    window.see("launch-timeout").await.send_keys("120\u{e007}").await.unwrap();
    until_written(&person, "\"launch_timeout_s\": 120").await;
    window.see("kernel-memory").await.send_keys("64\u{e007}").await.unwrap();
    assert!(window.see("setting-error").await.text().await.unwrap().contains("128"));
    let written = std::fs::read_to_string(person.settings()).unwrap();
    assert!(written.contains("\"on_close\": \"keep\"") && !written.contains("limits"), "{written}");
    window.close().await;

    let window = Window::open(&person).await;
    until_worn(&window, "dark").await;
    window.click("open-settings", "").await;
    window.see_with("on-close", "[data-value=keep]").await;
    assert_eq!(window.see("launch-timeout").await.value().await.unwrap().as_deref(), Some("120"));

    std::fs::write(person.settings(), r#"{"theme": "light", "launch_timeout_s": 30}"#).unwrap();
    until_worn(&window, "light").await;
    assert_eq!(window.see("launch-timeout").await.value().await.unwrap().as_deref(), Some("30"));
    std::fs::write(person.settings(), r#"{"theme": "purple"}"#).unwrap();
    window.see_with("notice", "[data-kind=notice]").await;
    // A new element is still transparent, and the driver reads no text in it.
    let told = window.script("return document.querySelector('[data-testid=notice]').textContent").await.to_string();
    assert!(told.contains("theme cannot be purple"), "{told}");
    window.shot("settings-refused").await;
    std::fs::write(person.settings(), "{}").unwrap();
    until_seen(&window, "no notice", "return document.querySelectorAll('[data-testid=notice]').length", |n| n == 0)
        .await;
    window.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_zoom_the_window_and_the_zoom_is_kept() {
    const WIDE: &str = "return innerWidth";
    let _turn = screen::turn().await;
    let person = Person::new();
    let window = Window::open(&person).await;
    let usual = window.script(WIDE).await.as_f64().unwrap();
    let is = |factor: f64| move |wide: &serde_json::Value| (wide.as_f64().unwrap() - usual / factor).abs() < 2.0;
    focus(TITLE).await;
    press(&["ctrl+plus", "ctrl+plus"]).await;
    until_seen(&window, "a larger page", WIDE, is(1.25)).await;
    window.close().await;

    let window = Window::open(&person).await;
    until_seen(&window, "a page that is still larger", WIDE, is(1.25)).await;
    focus(TITLE).await;
    press(&["ctrl+minus"]).await;
    until_seen(&window, "a smaller page", WIDE, is(1.1)).await;
    press(&["ctrl+0"]).await;
    until_seen(&window, "the usual page", WIDE, is(1.0)).await;
    until("the usual size", || {
        let settings = std::fs::read_to_string(person.settings()).ok()?;
        (!settings.contains("zoom")).then_some(())
    })
    .await;
    window.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_missing_folder_is_located_in_the_systems_dialog() {
    let _turn = screen::turn().await;
    let person = Person::new();
    let (old, other) = (person.folder("tides"), person.folder("other"));
    person.has_settings(serde_json::json!({
        "open_when_ready": false,
        "folders": [{ "path": old, "pinned": true }, { "path": other }],
    }));
    let new = old.with_file_name("moved-tides");
    std::fs::rename(&old, &new).unwrap();
    let window = Window::open(&person).await;
    window.pipeline("tides").await;
    window.click("locate", "").await;
    dialog::choose_in("Locate the folder", &other).await;
    window.see_with("notice", "").await;
    window.click("locate", "").await;
    dialog::choose_in("Locate the folder", &new).await;
    until_written(&person, "moved-tides").await;
    let id = window.pipeline("moved-tides").await;
    window.see_with("pipeline-row", &format!("[data-id=\"{id}\"][aria-current=true]")).await;
    let settings: serde_json::Value =
        serde_json::from_str(&std::fs::read_to_string(person.settings()).unwrap()).unwrap();
    assert_eq!(settings["folders"][0], serde_json::json!({ "path": new, "pinned": true }));
    window.close().await;
}
