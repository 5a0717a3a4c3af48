//! The main job without a mouse.

use orchest_tests::engine::left_of;

use crate::dialog;
use crate::person::Person;
use crate::screen::{self, focus, press};
use crate::window::{TITLE, Window};

#[tokio::test(flavor = "multi_thread")]
async fn a_folder_is_added_launched_opened_and_stopped_by_keys_alone() {
    let _turn = screen::turn().await;
    let person = Person::new();
    let window = Window::open(&person).await;
    focus(TITLE).await;
    press(&["ctrl+n"]).await;
    dialog::choose(&person.folder("keys")).await;
    let id = window.pipeline("keys").await;
    window.see_with("launch", "[data-action=launch]:not(:disabled)").await;
    focus(TITLE).await;
    press(&["Return"]).await;
    window.see_with("pipeline-state", "[data-state=running]").await;
    press(&["Return"]).await;
    assert!(person.opened_address(0).await.starts_with("http://127.0.0.1:"));
    press(&["ctrl+period"]).await;
    window.see_with("pipeline-state", "[data-state=stopped]").await;
    assert_eq!(left_of(&id), Vec::<String>::new());
    window.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_palette_finds_and_launches_a_pipeline_by_keys_alone() {
    let _turn = screen::turn().await;
    let person = Person::new();
    let folders: Vec<_> =
        ["apples", "palette", "zebras"].iter().map(|name| serde_json::json!({ "path": person.folder(name) })).collect();
    person.has_settings(serde_json::json!({ "open_when_ready": false, "folders": folders }));
    let window = Window::open(&person).await;
    let id = window.pipeline("palette").await;
    window.see_with("engine-state", "[data-state=ready]").await;
    focus(TITLE).await;
    press(&["ctrl+3"]).await;
    window.see_with("pipeline-row", "[aria-current=true]:last-child").await;
    press(&["ctrl+k", "p", "a", "l", "e"]).await;
    window.see_with("palette-entry", &format!("[aria-selected=true][data-key='go:{id}']")).await;
    window.shot("palette").await;
    press(&["Return"]).await;
    window.see_with("pipeline-row", &format!("[data-id='{id}'][aria-current=true]")).await;
    press(&["ctrl+k", "l", "a", "u", "n"]).await;
    window.see_with("palette-entry", "[aria-selected=true][data-key='do:act']").await;
    press(&["Return"]).await;
    window.see_with("pipeline-state", "[data-state=running]").await;
    press(&["ctrl+k", "s", "t", "o", "p"]).await;
    window.see_with("palette-entry", "[aria-selected=true][data-key='do:stop']").await;
    press(&["Return"]).await;
    window.see_with("pipeline-state", "[data-state=stopped]").await;
    assert_eq!(left_of(&id), Vec::<String>::new());
    window.close().await;
}
