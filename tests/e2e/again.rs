//! The window is ended and opened again while a launch runs.

use orchest_tests::engine::left_of;

use crate::browser::Browser;
use crate::dialog;
use crate::person::Person;
use crate::screen;
use crate::window::Window;

#[tokio::test(flavor = "multi_thread")]
async fn a_running_launch_is_shown_and_can_be_used_after_a_restart() {
    let _turn = screen::turn().await;
    let person = Person::new();
    let window = Window::open(&person).await;
    window.click("add-folder", "").await;
    dialog::choose(&person.folder("again")).await;
    let id = window.pipeline("again").await;
    window.click("launch", "[data-action=launch]").await;
    window.see_with("pipeline-state", "[data-state=running]").await;
    window.close().await;

    let window = Window::open(&person).await;
    window.see_with("pipeline-row", &format!("[data-id='{id}'][data-state=running]")).await;
    window.shot("again-running").await;
    window.click("notebook-row", "[data-path='first.ipynb']").await;
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
async fn a_reloaded_page_shows_the_same() {
    let _turn = screen::turn().await;
    let person = Person::new();
    let window = Window::open(&person).await;
    window.click("add-folder", "").await;
    dialog::choose(&person.folder("reloaded")).await;
    let id = window.pipeline("reloaded").await;
    window.script("location.reload()").await;
    assert_eq!(window.pipeline("reloaded").await, id);
    // It gets later changes, too.
    window.click("kernelspec-picker", "").await;
    window.click("kernelspec-option", "[data-name=r_docker]").await;
    window.see_with("kernelspec-picker", "[data-name=r_docker]").await;
    window.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_page_has_no_power_of_its_own() {
    let _turn = screen::turn().await;
    let person = Person::new();
    let window = Window::open(&person).await;
    let inline = "const s = document.createElement('script'); s.textContent = 'window.broken = 1'; \
                  document.head.append(s); return window.broken === undefined";
    assert_eq!(window.script(inline).await, true, "a script in the page runs");
    assert_eq!(window.script("return window.__TAURI__ === undefined").await, true);
    let asked = "return window.__TAURI_INTERNALS__.invoke('plugin:window|set_title', { label: 'main', value: 'x' })\
                 .then(() => 'allowed', () => 'refused')";
    assert_eq!(window.script(asked).await, "refused");
    window.script("location.href = 'http://127.0.0.1:1/'").await;
    window.script("window.open('http://127.0.0.1:1/')").await;
    screen::pause().await;
    assert_eq!(window.script("return location.protocol").await, "tauri:");
    window.see("engine-state").await;
    window.close().await;
}
