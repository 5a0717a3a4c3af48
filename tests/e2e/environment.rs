//! A folder's packages in the real window and in JupyterLab: found, asked about, installed, imported, and added by hand.

use std::time::{Duration, Instant};

use serde_json::json;

use crate::browser::Browser;
use crate::person::Person;
use crate::screen;
use crate::window::Window;

/// A notebook of the folder's own kernel that imports what the folder asks for.
fn notebook() -> String {
    json!({
        "cells": [{ "cell_type": "code", "source": "import cowsay; print(cowsay.__version__)", "id": "a",
                    "metadata": {}, "outputs": [], "execution_count": null }],
        "metadata": { "kernelspec": { "name": "this_folder", "display_name": "birds", "language": "python" } },
        "nbformat": 4, "nbformat_minor": 5,
    })
    .to_string()
}

/// The text of an element. The driver gives none for what is not drawn yet.
async fn text(window: &Window, testid: &str) -> String {
    let script = format!("return document.querySelector('[data-testid={testid}]').textContent");
    window.script(&script).await.as_str().unwrap_or_default().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn packages_are_found_asked_about_imported_and_those_by_hand_stay_and_go_into_the_file() {
    let _turn = screen::turn().await;
    let person = Person::new();
    let folder = person.folder("birds");
    let requirements = folder.join("requirements.txt");
    std::fs::write(&requirements, "cowsay==6.1\n").unwrap();
    std::fs::write(folder.join("first.ipynb"), notebook()).unwrap();
    person.has_folder(&folder);
    let window = Window::open(&person).await;
    window.pipeline("birds").await;
    window.see_with("kernelspec-picker", "[data-name=this_folder]").await;
    window.shot("environment-1-found").await;

    // Nothing is installed before the person has seen the list.
    window.click("launch", "[data-action=launch]").await;
    window.see("install-list").await;
    assert_eq!(text(&window, "install-list").await.trim(), "cowsay==6.1");
    window.shot("environment-2-asked").await;
    window.click("install-confirm", "").await;
    window.see_with("pipeline-state", "[data-state=running]").await;
    window.click("notebook-row", "[data-path='first.ipynb']").await;
    let browser = Browser::open().await;
    browser.visit(&person.opened_address(0).await).await;
    assert_eq!(browser.run_first_cell().await, "6.1");
    browser.run_in_next_cell("%pip install -q humanize==4.12.0").await;
    browser.run_in_next_cell("import humanize; print('by hand', humanize.__version__)").await;
    browser.see_output("by hand 4.12.0").await;
    browser.shot("environment-3-installed-by-hand").await;
    browser.close().await;

    // The window asks before it stops a kernel that runs code.
    window.see_with("kernel-row", "[data-state=idle]").await;
    window.click("stop", "").await;
    window.see_with("pipeline-state", "[data-state=stopped]").await;
    window.click("launch", "[data-action=launch]").await;
    window.see_with("pipeline-state", "[data-state=running]").await;
    window.click("notebook-row", "[data-path='first.ipynb']").await;
    let browser = Browser::open().await;
    browser.visit(&person.opened_address(1).await).await;
    assert_eq!(browser.run_first_cell().await, "6.1");
    browser.run_in_next_cell("import humanize; print('still there', humanize.__version__)").await;
    browser.see_output("still there 4.12.0").await;
    browser.close().await;

    window.see_with("kernel-row", "[data-state=idle]").await;
    window.click("tab-environment", "").await;
    window.see("by-hand").await;
    assert!(text(&window, "by-hand").await.contains("humanize"));
    window.shot("environment-4-by-hand").await;
    window.click("by-hand-add", "").await;
    let began = Instant::now();
    while window.count("by-hand", "").await > 0 {
        assert!(began.elapsed() < Duration::from_secs(60), "{}", window.text().await);
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    let written = std::fs::read_to_string(&requirements).unwrap();
    assert_eq!(written, "cowsay==6.1\nhumanize==4.12.0\n");
    window.see_with("environment-state", "[data-state=ready]").await;
    window.shot("environment-5-added").await;
    window.click("tab-overview", "").await;
    window.click("stop", "").await;
    window.see_with("pipeline-state", "[data-state=stopped]").await;
    window.close().await;
}
