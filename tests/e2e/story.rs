//! The main job: from a folder on disk to a notebook that runs, and nothing is left.

use orchest_tests::engine::{in_role, left_of};
use thirtyfour::By;

use crate::browser::Browser;
use crate::dialog;
use crate::person::Person;
use crate::screen::{self, until};
use crate::window::{TITLE, Window};

const FOLDER: &str = "Vier Prüfungen, die erste";

#[tokio::test(flavor = "multi_thread")]
async fn a_folder_is_added_launched_and_used_in_jupyterlab_and_nothing_is_left() {
    let _turn = screen::turn().await;
    let person = Person::before_the_first_start();
    let folder = person.folder(FOLDER);
    let window = Window::open(&person).await;

    window.see("add-folder").await;
    assert_eq!(window.count("pipeline-row", ":not([data-theirs])").await, 0, "{}", window.text().await);
    window.shot("1-first-run").await;

    window.click("add-folder", "").await;
    dialog::choose(&folder).await;
    let id = window.pipeline(FOLDER).await;
    window.see_with("notebook-row", "[data-path='first.ipynb']").await;
    window.see_with("launch", "[data-action=launch]:not(:disabled)").await;
    window.shot("2-added").await;

    for name in ["r_docker", "python_docker"] {
        window.click("kernelspec-picker", "").await;
        window.see_with("kernelspec-option", &format!("[data-name={name}]")).await;
        window.shot(&format!("3-picking-{name}")).await;
        window.click("kernelspec-option", &format!("[data-name={name}]")).await;
        window.see_with("kernelspec-picker", &format!("[data-name={name}]")).await;
    }

    screen::focus(TITLE).await;
    window.click("launch", "[data-action=launch]").await;
    window.see_with("stage", "[data-state=active]").await;
    for stage in ["engine", "images", "network", "containers", "ready"] {
        assert_eq!(window.count("stage", &format!("[data-stage={stage}]")).await, 1, "{stage}");
    }
    window.shot("4-launching").await;
    window.see_with("pipeline-state", "[data-state=running]").await;
    window.shot("5-running").await;
    assert_eq!((in_role(&id, "gateway").len(), in_role(&id, "server").len()), (1, 1));

    // The browser opens by itself, and again by the button.
    person.opened_address(0).await;
    window.click("launch", "[data-action=open]").await;
    let address = person.opened_address(1).await;
    assert!(address.starts_with("http://127.0.0.1:") && !address.contains("token"), "{address}");
    let browser = Browser::open().await;
    browser.visit(&address).await;
    browser.shot("6-jupyterlab").await;
    let again = browser.visit_refused(&address).await;
    assert!(!again.contains("/lab"), "the address worked twice: {again}");
    browser.see_that(By::XPath("//*[contains(., 'Press Open in Orchest Desktop again')]")).await;

    // The button of a notebook opens that notebook.
    window.click("notebook-row", "[data-path='first.ipynb']").await;
    browser.visit(&person.opened_address(2).await).await;
    assert_eq!(browser.run_first_cell().await, "42");
    browser.shot("7-cell").await;
    window.see_with("kernel-row", "[data-state=idle]").await;
    assert_eq!(in_role(&id, "kernel").len(), 1);
    browser.run_in_next_cell("while True: pass").await;
    window.see_with("kernel-row", "[data-state=busy]").await;
    window.see_with("use", "[data-cpu]").await;
    window.shot("8-kernel").await;
    window.click("kernel-interrupt", ":not(:disabled)").await;
    window.see_with("kernel-row", "[data-state=idle]").await;
    browser.save().await;

    window.click("tab-logs", "").await;
    window.see("log-search").await.send_keys("Kernel started").await.unwrap();
    window.see_with("log-line", " mark").await;
    assert!(!window.see("log-count").await.text().await.unwrap().contains("Nothing"));
    window.shot("8-logs").await;
    window.click("tab-overview", "").await;
    window.click("kernel-shut-down", "").await;
    until("no kernel", || in_role(&id, "kernel").is_empty().then_some(())).await;
    browser.close().await;

    window.click("stop", "").await;
    window.see_with("pipeline-state", "[data-state=stopped]").await;
    window.shot("9-stopped").await;
    assert_eq!(left_of(&id), Vec::<String>::new());
    assert!(folder.join("first.ipynb").exists());
    window.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_example_is_copied_to_the_chosen_place() {
    let _turn = screen::turn().await;
    let person = Person::new();
    let parent = person.folder("mine");
    let window = Window::open(&person).await;
    window.shot("first-run").await;
    window.click("add-example", "").await;
    dialog::choose_in("Copy the example into a folder", &parent).await;
    window.pipeline("sunflowers").await;
    window.see_with("notebook-row", "[data-path='1-growth.ipynb']").await;
    window.see_with("launch", "[data-action=launch]:not(:disabled)").await;
    window.shot("example").await;
    assert!(parent.join("sunflowers/growth.csv").exists());
    window.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cancelled_folder_dialog_adds_nothing() {
    let _turn = screen::turn().await;
    let person = Person::new();
    let window = Window::open(&person).await;
    for _ in 0..2 {
        window.click("add-folder", "").await;
        dialog::cancel().await;
    }
    window.see_with("add-folder", ":not(:disabled)").await;
    assert_eq!(window.count("pipeline-row", ":not([data-theirs])").await, 0);
    assert_eq!(window.count("notice", "").await, 0, "a cancelled dialog is no failure");
    window.close().await;
}
