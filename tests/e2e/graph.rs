//! The drawing of a pipeline file in the real window.

use std::fs;

use serde_json::json;

use crate::browser::Browser;
use crate::person::Person;
use crate::screen;
use crate::window::Window;

#[tokio::test(flavor = "multi_thread")]
async fn a_pipeline_file_is_drawn_as_it_changes_and_its_steps_open() {
    let _turn = screen::turn().await;
    let person = Person::new();
    let folder = person.folder("drawn");
    let file = folder.join("drawn.orchest");
    let steps = |loose: &str| {
        json!({ "name": "drawn", "version": "1.2.1", "steps": {
            "a": { "uuid": "a", "title": "Load <img src=x onerror=alert(1)>", "file_path": "first.ipynb" },
            "b": { "uuid": "b", "title": "Fit", "file_path": "fit.ipynb", "incoming_connections": ["a", loose] },
            "c": { "uuid": "c", "title": "Leave", "file_path": "../../secret.ipynb", "incoming_connections": ["b"] },
        } })
        .to_string()
    };
    fs::write(&file, steps("c")).unwrap();
    person.has_folder(&folder);
    let window = Window::open(&person).await;
    let id = window.pipeline("drawn").await;

    for state in ["notebook", "missing", "outside"] {
        window.see_with("graph-step", &format!("[data-state={state}]")).await;
    }
    assert_eq!(window.count("graph-step", "[data-cycle]").await, 2, "{}", window.text().await);
    assert!(window.see("graph-problem").await.text().await.unwrap().contains("Fit, Leave"));
    window.shot("graph-wrong").await;
    let text = window.script("return document.querySelector('[data-testid=graph]').textContent").await.to_string();
    assert!(text.contains("Load <img") && text.contains("Outside the folder: ../../secret.ipynb"), "{text}");
    assert_eq!(window.script("return document.querySelectorAll('[data-testid=graph] img').length").await, 0);
    window.see_with("launch", "[data-action=launch]:not(:disabled)").await;
    assert_eq!(window.count("graph-step", "[type=button]").await, 1, "a notebook that is there can be opened, alone");

    fs::write(&file, "{ \"steps\": }").unwrap();
    assert!(window.see("graph-failure").await.text().await.unwrap().contains("line 1"));
    fs::write(&file, steps("gone")).unwrap();
    fs::copy(folder.join("first.ipynb"), folder.join("fit.ipynb")).unwrap();
    window.see_with("graph-step", "[data-state=notebook][title^=Fit]").await;
    assert_eq!(window.count("graph-step", "[data-cycle]").await, 0);

    window.click("launch", "[data-action=launch]").await;
    window.see_with("pipeline-state", "[data-state=running]").await;
    window.click("graph-step", "[type=button][title^=Load]").await;
    let browser = Browser::open().await;
    browser.visit(&person.opened_address(0).await).await;
    assert_eq!(browser.run_first_cell().await, "42");
    browser.close().await;
    window.shot("graph-running").await;
    window.click("stop", "").await;
    window.see_with("pipeline-state", "[data-state=stopped]").await;
    assert_eq!(orchest_tests::engine::left_of(&id), Vec::<String>::new());
    window.close().await;
}
