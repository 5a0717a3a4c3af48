//! The window reports a browser that does not come, with a button for the address.

use crate::person::Person;
use crate::screen;
use crate::window::Window;

#[tokio::test(flavor = "multi_thread")]
async fn an_absent_browser_is_reported_with_a_button_for_the_address() {
    let _turn = screen::turn().await;
    let person = Person::new();
    person.has_folder(&person.folder("unseen"));
    let window = Window::open(&person).await;
    window.pipeline("unseen").await;
    window.click("launch", "[data-action=launch]").await;
    window.see_with("pipeline-state", "[data-state=running]").await;
    for (name, script, said) in [
        ("fails", "exit 3", "ended with exit code 3"),
        ("never asks", "exec sleep 60", "did not ask for the page within 8 s"),
    ] {
        person.browser_does(script);
        window.click("launch", "[data-action=open]").await;
        window.see("notice").await;
        // The driver reads no text in the message while it fades in.
        let notice = window.script("return document.querySelector('[data-testid=notice]').textContent").await;
        let notice = notice.as_str().unwrap();
        assert!(notice.contains("The browser did not open the page") && notice.contains(said), "{notice}");
        assert!(!notice.contains("token"), "{notice}");
        window.shot(&format!("unseen-{name}")).await;
        window.click("notice-address", "").await;
        window.see_with("notice-address", " [aria-hidden=false]").await;
        window.click("dismiss-notice", "").await;
        screen::pause().await;
        assert_eq!(window.count("notice", "").await, 0, "{}", window.text().await);
    }
    window.click("stop", "").await;
    window.see_with("pipeline-state", "[data-state=stopped]").await;
    window.close().await;
}
