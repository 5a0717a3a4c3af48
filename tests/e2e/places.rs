//! A gateway that others keep: added and tested in Settings, picked for a folder, and its kernels in JupyterLab.

use std::time::{Duration, Instant};

use orchest_core::settings::place::{GatewayPlace, KeptSecret};
use orchest_tests::home::{Home, launched, stopped};
use orchest_tests::stock_gateway::{KERNELSPEC, StockGateway};
use serde_json::json;

use crate::browser::Browser;
use crate::person::Person;
use crate::screen::{self, press, until};
use crate::window::{TITLE, Window};

/// The windows with the program's title: its own, and a question of the system.
fn windows() -> Vec<String> {
    let found = screen::xdotool(&["search", "--onlyvisible", "--name", &format!("^{TITLE}$")]).unwrap_or_default();
    found.lines().map(str::to_owned).collect()
}

async fn until_checked(window: &Window, wanted: usize) {
    let began = Instant::now();
    while window.count("place-check", "[data-ok=true]").await < wanted {
        assert!(began.elapsed() < Duration::from_secs(60), "{}", window.text().await);
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_place_is_added_tested_and_picked_and_a_folder_is_launched_there() {
    let _turn = screen::turn().await;
    let person = Person::new();
    let files = tempfile::tempdir().unwrap();
    let gateway = StockGateway::start_in(files.path(), false);
    let folder = person.folder("at a place");
    person.has_folder(&folder);
    let window = Window::open(&person).await;
    let id = window.pipeline("at a place").await;
    assert_eq!(window.count("place-picker", "").await, 0, "there is no place yet");

    window.click("open-settings", "").await;
    window.click("place-add", "").await;
    window.see("place-name").await.send_keys("team").await.unwrap();
    window.see("place-address").await.send_keys(gateway.url()).await.unwrap();
    window.shot("place-new").await;
    let own = windows();
    window.click("place-save", "").await;
    let question =
        until("the question of the system", || windows().into_iter().find(|known| !own.contains(known))).await;
    screen::xdotool(&["windowfocus", "--sync", &question]).unwrap();
    screen::pause().await;
    // Its first button cancels.
    press(&["Tab", "Return"]).await;
    // It asks for a token, which no keychain keeps here: the person names a file in the settings.
    window.see_with("place-row", "[data-name=team][data-state=failed]").await;
    window.shot("place-failed").await;
    let place = json!({ "gateway": gateway.url(), "token": { "file": gateway.token_file() } });
    let settings = json!({ "folders": [{ "path": folder }], "open_when_ready": false, "places": { "team": place } });
    std::fs::write(person.settings(), settings.to_string()).unwrap();
    window.see_with("place-row", "[data-name=team][data-state=ready]").await;
    window.click("place-test", "").await;
    until_checked(&window, 5).await;
    window.shot("place-tested").await;
    window.click("place-test-close", "").await;

    window.click("pipeline-row", &format!("[data-id='{id}']")).await;
    window.click("place-picker", "").await;
    window.click("place-option", "[data-name=team]").await;
    window.see_with("kernelspec-picker", &format!("[data-name={KERNELSPEC}]")).await;
    let told = window.see("place-line").await.text().await.unwrap();
    assert!(told.contains("do not see this folder"), "{told}");
    window.shot("place-picked").await;
    window.click("launch", "").await;
    window.see_with("launch", "[data-action=open]").await;
    window.see("kernels-place").await;
    window.shot("place-running").await;
    window.click("stop", "").await;
    window.see_with("launch", "[data-action=launch]").await;
    window.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn jupyterlab_says_what_a_kernel_elsewhere_lacks_and_when_it_is_gone() {
    let _turn = screen::turn().await;
    let home = Home::new();
    let mut gateway = StockGateway::start_in(home.path(), false);
    let folder = home.pipeline("elsewhere");
    let app = home.app().await;
    let token = Some(KeptSecret::File(gateway.token_file()));
    let id = app.add_pipeline(folder).await.unwrap();
    app.add_place("team", GatewayPlace { gateway: gateway.url(), token, ..GatewayPlace::default() }.into(), None)
        .await
        .unwrap();
    app.pick_place(&id, Some("team".to_owned())).await.unwrap();
    let folder = app.folder(&id).await.unwrap();
    launched(&app, &folder, None).await.unwrap();
    let browser = Browser::open().await;
    browser.visit(&app.url(&id).await.unwrap().replace("/lab?", "/lab/tree/first.ipynb?")).await;
    assert_eq!(browser.run_first_cell().await, "42");
    browser.run_in_next_cell("open('first.ipynb')").await;
    browser.see_words("does not see the folder of this notebook").await;
    browser.shot("place-missing-file").await;
    browser.run_in_next_cell("kept = 1; print('kept here')").await;
    browser.see_output("kept here").await;
    gateway.end();
    tokio::time::sleep(Duration::from_secs(2)).await;
    browser.shot("place-gateway-away").await;
    gateway.start();
    browser.run_in_next_cell("print('after')").await;
    browser.see_words("no longer has this kernel").await;
    browser.shot("place-kernel-gone").await;
    browser.close().await;
    stopped(&app, &id).await;
}
