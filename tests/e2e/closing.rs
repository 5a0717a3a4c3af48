//! The window is closed while launches run.

use orchest_tests::engine::left_of;
use x11rb::protocol::xproto::{ClientMessageEvent, ConnectionExt, EventMask};

use crate::dialog;
use crate::person::Person;
use crate::screen::{self, until, window_titled};
use crate::window::Window;

const TITLE: &str = "Orchest Desktop";

/// What a window manager sends when a person closes the window (ICCCM, section 4.2.8.1); there is none here.
async fn wish_to_close() {
    let window: u32 = until("the window", || window_titled(TITLE)).await.parse().unwrap();
    let (screen, _) = x11rb::connect(None).unwrap();
    let atom = |name: &str| screen.intern_atom(false, name.as_bytes()).unwrap().reply().unwrap().atom;
    let data = [atom("WM_DELETE_WINDOW"), 0, 0, 0, 0];
    let wish = ClientMessageEvent::new(32, window, atom("WM_PROTOCOLS"), data);
    screen.send_event(false, window, EventMask::NO_EVENT, wish).unwrap();
    // An answer to anything says that the wish has arrived, too.
    screen.get_input_focus().unwrap().reply().unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_is_asked_and_may_stay_and_what_is_to_be_stopped_is_gone() {
    let _turn = screen::turn().await;
    let person = Person::new();
    let window = Window::open(&person).await;
    window.click("add-folder", "").await;
    dialog::choose(&person.folder("closing")).await;
    let id = window.pipeline("closing").await;
    window.click("launch", "[data-action=launch]").await;
    window.see_with("pipeline-state", "[data-state=running]").await;
    wish_to_close().await;
    window.see("close-keep").await;
    window.shot("closing").await;
    window.click("close-stay", "").await;
    window.see_with("pipeline-state", "[data-state=running]").await;
    wish_to_close().await;
    window.click("close-remember", "").await;
    window.click("close-stop", "").await;
    until("no window", || window_titled(TITLE).is_none().then_some(())).await;
    assert_eq!(left_of(&id), Vec::<String>::new());
    let settings = std::fs::read_to_string(person.settings()).unwrap();
    assert!(settings.contains("\"on_close\": \"stop\""), "{settings}");
}
