//! One button from a folder to JupyterLab: the browser opens as soon as the launch is ready.

use std::time::Duration;

use orchest_tests::engine::left_of;
use orchest_tests::proxy::{Fault, Proxy};
use serde_json::json;

use crate::browser::Browser;
use crate::person::Person;
use crate::screen::{self, focus};
use crate::window::{TITLE, Window};

#[tokio::test(flavor = "multi_thread")]
async fn pressing_a_notebook_launches_its_folder_and_opens_it() {
    let _turn = screen::turn().await;
    let person = Person::new();
    person.has_folder(&person.folder("pressed"));
    let window = Window::open(&person).await;
    let id = window.pipeline("pressed").await;
    focus(TITLE).await;
    // The button cannot be pressed before the engine has answered.
    window.click("notebook-row", "[data-path='first.ipynb'][type=button]").await;
    let browser = Browser::open().await;
    browser.visit(&person.opened_address(0).await).await;
    assert_eq!(browser.run_first_cell().await, "42");
    browser.close().await;
    window.click("stop", "").await;
    window.see_with("pipeline-state", "[data-state=stopped]").await;
    assert_eq!(left_of(&id), Vec::<String>::new());
    window.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn one_button_cancels_a_launch_and_retries_a_failed_one() {
    let _turn = screen::turn().await;
    let person = Person::new();
    // With the default setting the browser opens by itself.
    person.has_settings(json!({ "folders": [{ "path": person.folder("one button") }] }));
    let place = tempfile::tempdir().unwrap();
    let proxy = Proxy::new(place.path()).await;
    proxy.start();
    let window = Window::open_with(&person, |command| {
        command.env("DOCKER_HOST", proxy.host());
    })
    .await;
    let id = window.pipeline("one button").await;
    focus(TITLE).await;

    proxy.rule("POST", "/networks/create", Fault::Late(Duration::from_secs(2)));
    window.click("launch", "[data-action=launch]").await;
    window.see_with("stage", "[data-stage=network][data-state=active]").await;
    window.shot("cancel-1-starting").await;
    window.click("launch", "[data-action=cancel]").await;
    window.see_with("launch", "[data-action=launch]:not(:disabled)").await;
    window.shot("cancel-2-cancelled").await;
    assert_eq!(left_of(&id), Vec::<String>::new());

    proxy.rule("POST", "/containers/create", Fault::Refused(500, "no space left on device"));
    window.click("launch", "[data-action=launch]").await;
    window.see_with("pipeline-state", "[data-state=failed]").await;
    let said = window.see("failure-message").await.text().await.unwrap();
    assert!(said.contains("disk is full"), "{said}");
    assert_eq!(window.see("launch").await.text().await.unwrap(), "Retry");
    window.shot("failed-retry").await;
    assert_eq!(left_of(&id), Vec::<String>::new());

    proxy.no_rules();
    window.click("launch", "[data-action=launch]").await;
    window.see_with("pipeline-state", "[data-state=running]").await;
    let address = person.opened_address(0).await;
    assert!(address.starts_with("http://127.0.0.1:") && !address.contains("token"), "{address}");
    let shown = window.see("address").await.text().await.unwrap();
    assert!(shown.contains("127.0.0.1:") && !shown.contains("token"), "{shown}");
    window.click("stop", "").await;
    window.see_with("pipeline-state", "[data-state=stopped]").await;
    assert_eq!(left_of(&id), Vec::<String>::new());
    window.close().await;
}
