//! Kernelspecs in the real window: made, changed by keys, and moved to the trash.

use std::time::{Duration, Instant};

use serde_json::Value;

use crate::person::Person;
use crate::screen::{self, focus, press};
use crate::window::{TITLE, Window};

async fn until_gone(window: &Window, testid: &str) {
    let began = Instant::now();
    while window.count(testid, "").await > 0 {
        assert!(began.elapsed() < Duration::from_secs(20), "{testid} stays\n{}", window.text().await);
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_kernelspec_is_made_changed_and_deleted() {
    let _turn = screen::turn().await;
    let person = Person::new();
    let kernels = person.kernels();
    let window = Window::open(&person).await;
    window.click("open-settings", "").await;
    window.click("kernelspec-new", "").await;
    window.see("kernelspec-name").await.send_keys("python_docker").await.unwrap();
    let fault = window.see("kernelspec-name-fault").await.text().await.unwrap();
    assert_eq!(fault, "There is already a kernelspec python_docker.");
    window.see("kernelspec-name").await.send_keys("_2").await.unwrap();
    until_gone(&window, "kernelspec-name-fault").await;
    window.see("kernelspec-image").await.send_keys("python:3.13").await.unwrap();
    window.click("variable-add", "").await;
    window.see("variable-name").await.send_keys("MODE").await.unwrap();
    window.see("variable-value").await.send_keys("fast").await.unwrap();
    window.shot("kernelspec-new").await;
    window.click("kernelspec-save", "").await;
    window.see_with("kernelspec-row", "[data-name=python_docker_2]").await;
    until_gone(&window, "kernelspec-editor").await;
    let file = kernels.join("python_docker_2/kernel.json");
    let spec: Value = serde_json::from_slice(&std::fs::read(&file).unwrap()).unwrap();
    assert_eq!(spec["metadata"]["process_proxy"]["config"]["image_name"], "python:3.13");
    assert_eq!(spec["env"], serde_json::json!({ "MODE": "fast" }));

    // Escape asks before it drops changes, and the other fields of the file are kept by a save.
    window.click("kernelspec-edit", "[aria-label='Edit python_docker_2']").await;
    focus(TITLE).await;
    window.see("kernelspec-display-name").await.send_keys("Mine").await.unwrap();
    press(&["Escape"]).await;
    window.see("kernelspec-keep").await;
    window.shot("kernelspec-unsaved").await;
    window.click("kernelspec-keep", "").await;
    window.click("kernelspec-save", "").await;
    until_gone(&window, "kernelspec-editor").await;
    let changed: Value = serde_json::from_slice(&std::fs::read(&file).unwrap()).unwrap();
    assert_eq!((&changed["display_name"], &changed["argv"]), (&"Mine".into(), &spec["argv"]));

    // Nothing is changed, so Escape closes at once.
    window.click("kernelspec-edit", "[aria-label='Edit Mine']").await;
    window.see("kernelspec-editor").await;
    press(&["Escape"]).await;
    until_gone(&window, "kernelspec-editor").await;

    window.click("kernelspec-menu", "[aria-label='More for Mine']").await;
    window.click("menu-item", "[data-id=delete]").await;
    window.click("kernelspec-delete", "").await;
    let began = Instant::now();
    while window.count("kernelspec-row", "[data-name=python_docker_2]").await > 0 {
        assert!(began.elapsed() < Duration::from_secs(20), "{}", window.text().await);
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert!(!file.exists());
    window.close().await;
}
