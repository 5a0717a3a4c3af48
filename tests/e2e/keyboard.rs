//! The main job without a pointer.

use orchest_tests::engine::left_of;

use crate::dialog;
use crate::person::Person;
use crate::screen::{self, focus, press};
use crate::window::Window;

const TITLE: &str = "Orchest Desktop";

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
    assert!(person.told(0).await.starts_with("http://127.0.0.1:"));
    press(&["ctrl+period"]).await;
    window.see_with("pipeline-state", "[data-state=stopped]").await;
    assert_eq!(left_of(&id), Vec::<String>::new());
    window.close().await;
}
