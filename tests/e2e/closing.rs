//! The window is closed while launches run.

use orchest_tests::engine::left_of;

use crate::dialog;
use crate::person::Person;
use crate::screen::{self, request_close, until, window_titled};
use crate::window::{TITLE, Window};

#[tokio::test(flavor = "multi_thread")]
async fn closing_the_window_asks_and_then_stops_the_launches() {
    let _turn = screen::turn().await;
    let person = Person::new();
    let window = Window::open(&person).await;
    window.click("add-folder", "").await;
    dialog::choose(&person.folder("closing")).await;
    let id = window.pipeline("closing").await;
    window.click("launch", "[data-action=launch]").await;
    window.see_with("pipeline-state", "[data-state=running]").await;
    request_close(TITLE).await;
    window.see("close-keep").await;
    window.shot("closing").await;
    window.click("close-stay", "").await;
    window.see_with("pipeline-state", "[data-state=running]").await;
    request_close(TITLE).await;
    window.click("close-remember", "").await;
    window.click("close-stop", "").await;
    until("no window", || window_titled(TITLE).is_none().then_some(())).await;
    assert_eq!(left_of(&id), Vec::<String>::new());
    let settings = std::fs::read_to_string(person.settings()).unwrap();
    assert!(settings.contains("\"on_close\": \"stop\""), "{settings}");
}
