//! Desktop notifications while the window is not in front, as they appear on the message bus.

use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use orchest_tests::proxy::{Fault, Proxy};

use crate::person::Person;
use crate::screen::{self, until};
use crate::starts::{Started, bus};
use crate::window::Window;

#[tokio::test(flavor = "multi_thread")]
async fn the_desktop_notifies_when_a_long_launch_is_ready() {
    let _turn = screen::turn().await;
    let person = Person::new();
    let folder = person.folder("long way");
    person.has_folder(&folder);
    let place = tempfile::tempdir().unwrap();
    let proxy = Proxy::new(place.path()).await;
    proxy.start();
    let (_bus, address) = bus();
    let mut monitor = Command::new("dbus-monitor");
    monitor.args(["--address", &address, "interface='org.freedesktop.Notifications',member='Notify'"]);
    let mut monitor = Started::start(monitor.stdout(Stdio::piped()));
    let said: Arc<Mutex<String>> = Arc::default();
    let (out, heard) = (monitor.0.stdout.take().unwrap(), said.clone());
    std::thread::spawn(move || {
        for line in BufReader::new(out).lines().map_while(Result::ok) {
            heard.lock().unwrap().push_str(&line);
        }
    });

    let window = Window::open_with(&person, |command| {
        command.env("DBUS_SESSION_BUS_ADDRESS", &address).env("DOCKER_HOST", proxy.host());
    })
    .await;
    let id = window.pipeline("long way").await;
    proxy.rule("POST", "/networks/create", Fault::Late(Duration::from_secs(6)));
    for in_front in [true, false] {
        screen::focus("Orchest Desktop").await;
        window.click("launch", "[data-action=launch]").await;
        if !in_front {
            screen::look_away().await;
        }
        window.see_with("pipeline-row", &format!("[data-id='{id}'][data-state=running]")).await;
        let told = || said.lock().unwrap().contains("long way is ready");
        if in_front {
            assert!(!told(), "the window in front needs no notification");
        } else {
            until("the desktop to be told", || told().then_some(())).await;
        }
        window.click("stop", "").await;
        window.see_with("pipeline-row", &format!("[data-id='{id}'][data-state=stopped]")).await;
    }
    proxy.rule("POST", "/containers/create", Fault::Refused(500, "no space left on device"));
    window.click("launch", "[data-action=launch]").await;
    screen::look_away().await;
    until("the failure to be told", || said.lock().unwrap().contains("long way could not be started").then_some(()))
        .await;
    window.close().await;
}
