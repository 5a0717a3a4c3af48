//! Folders dropped on the window, as a file manager does it: by the X drag-and-drop protocol, version 5
//! (<https://www.freedesktop.org/wiki/Specifications/XDND/>).

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use x11rb::connection::Connection;
use x11rb::protocol::Event;
use x11rb::protocol::xproto::{
    Atom, AtomEnum, ClientMessageEvent, ConnectionExt, CreateWindowAux, EventMask, PropMode, SELECTION_NOTIFY_EVENT,
    SelectionNotifyEvent, SelectionRequestEvent, WindowClass,
};
use x11rb::rust_connection::RustConnection;
use x11rb::wrapper::ConnectionExt as _;

use crate::person::Person;
use crate::screen::{self, until, window_titled};
use crate::window::{TITLE, Window};

/// A hand that drags files over a window.
struct Hand {
    screen: Arc<RustConnection>,
    source: u32,
    target: u32,
    gone: Arc<AtomicBool>,
}

impl Hand {
    /// Takes these files, and drags them over the middle of the window.
    async fn over(files: &[&Path]) -> Hand {
        let target: u32 = until("the window", || window_titled(TITLE)).await.parse().unwrap();
        let (screen, number) = x11rb::connect(None).unwrap();
        let screen = Arc::new(screen);
        let root = screen.setup().roots[number].root;
        let source = screen.generate_id().unwrap();
        let (kind, aux) = (WindowClass::INPUT_OUTPUT, CreateWindowAux::new());
        screen.create_window(0, source, root, 0, 0, 1, 1, 0, kind, 0, &aux).unwrap().check().unwrap();
        let hand = Hand { screen, source, target, gone: Arc::default() };
        let selection = hand.atom("XdndSelection");
        hand.screen.set_selection_owner(source, selection, x11rb::CURRENT_TIME).unwrap().check().unwrap();

        let list: String = files.iter().map(|file| format!("{}\r\n", uri(file))).collect();
        let (answering, gone, uris) = (hand.screen.clone(), hand.gone.clone(), hand.atom("text/uri-list"));
        std::thread::spawn(move || {
            while !gone.load(Ordering::Relaxed) {
                if let Ok(Some(Event::SelectionRequest(asked))) = answering.poll_for_event() {
                    hand_over(&answering, &asked, uris, list.as_bytes());
                }
                std::thread::sleep(std::time::Duration::from_millis(5));
            }
        });

        let (size, at) = (
            hand.screen.get_geometry(target).unwrap().reply().unwrap(),
            hand.screen.translate_coordinates(target, root, 0, 0).unwrap().reply().unwrap(),
        );
        let (x, y) = (at.dst_x as u32 + u32::from(size.width) / 2, at.dst_y as u32 + u32::from(size.height) / 2);
        hand.tell("XdndEnter", [5 << 24, uris, 0, 0]);
        hand.tell("XdndPosition", [0, x << 16 | y, x11rb::CURRENT_TIME, hand.atom("XdndActionCopy")]);
        hand
    }

    fn let_go(&self) {
        self.tell("XdndDrop", [0, x11rb::CURRENT_TIME, 0, 0]);
    }

    fn leave(&self) {
        self.tell("XdndLeave", [0, 0, 0, 0]);
    }

    fn atom(&self, name: &str) -> Atom {
        self.screen.intern_atom(false, name.as_bytes()).unwrap().reply().unwrap().atom
    }

    fn tell(&self, what: &str, [a, b, c, d]: [u32; 4]) {
        let message = ClientMessageEvent::new(32, self.target, self.atom(what), [self.source, a, b, c, d]);
        self.screen.send_event(false, self.target, EventMask::NO_EVENT, message).unwrap();
        self.screen.flush().unwrap();
    }
}

impl Drop for Hand {
    fn drop(&mut self) {
        self.gone.store(true, Ordering::Relaxed);
    }
}

/// Answers the window's request for the dragged files.
fn hand_over(screen: &RustConnection, asked: &SelectionRequestEvent, uris: Atom, list: &[u8]) {
    let property = if asked.target == uris {
        screen.change_property8(PropMode::REPLACE, asked.requestor, asked.property, uris, list).unwrap();
        asked.property
    } else {
        AtomEnum::NONE.into()
    };
    let answer = SelectionNotifyEvent {
        response_type: SELECTION_NOTIFY_EVENT,
        sequence: 0,
        time: asked.time,
        requestor: asked.requestor,
        selection: asked.selection,
        target: asked.target,
        property,
    };
    screen.send_event(false, asked.requestor, EventMask::NO_EVENT, answer).unwrap();
    screen.flush().unwrap();
}

/// The address as file managers write it, with special characters in hexadecimal.
fn uri(file: &Path) -> String {
    let path: String = file
        .to_str()
        .unwrap()
        .bytes()
        .map(|byte| match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'/' | b'-' | b'_' | b'.' => (byte as char).to_string(),
            byte => format!("%{byte:02X}"),
        })
        .collect();
    format!("file://{path}")
}

#[tokio::test(flavor = "multi_thread")]
async fn dropped_folders_are_added_and_dropped_files_are_refused_with_a_reason() {
    let _turn = screen::turn().await;
    let person = Person::new();
    let (one, other) = (person.folder("dropped: ü 1"), person.folder("by its notebook"));
    let data = other.join("data.csv");
    std::fs::write(&data, "n\n1\n").unwrap();
    let window = Window::open(&person).await;

    let hand = Hand::over(&[&one]).await;
    window.see("drop-veil").await;
    window.shot("drop-veil").await;
    hand.leave();
    until_gone(&window).await;
    assert_eq!(window.count("pipeline-row", ":not([data-theirs])").await, 0, "a folder that was not dropped is added");
    drop(hand);

    let hand = Hand::over(&[&one, &other.join("first.ipynb"), &data]).await;
    window.see("drop-veil").await;
    hand.let_go();
    let id = window.pipeline("dropped: ü 1").await;
    window.pipeline("by its notebook").await;
    until_gone(&window).await;
    window.see_with("pipeline-row", &format!("[data-id='{id}'][aria-current=true]")).await;
    window.see_with("notice", "[data-kind=notice]").await;
    // A new element is still transparent, and the driver reads no text in it.
    let told = window.script("return document.querySelector('[data-testid=notice]').textContent").await.to_string();
    assert!(told.contains("data.csv is a file, not a folder"), "{told}");
    window.shot("dropped").await;
    window.close().await;
}

async fn until_gone(window: &Window) {
    let began = std::time::Instant::now();
    while window.count("drop-veil", "").await > 0 {
        assert!(began.elapsed().as_secs() < 20, "the drop overlay stays");
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
}
