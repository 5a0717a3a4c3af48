//! Another machine: added in Settings, a folder of it picked, launched there, and opened in JupyterLab.

use std::time::{Duration, Instant};

use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, UnixStream};

use crate::browser::Browser;
use crate::person::Person;
use crate::screen::{self, built, press, request_close, until};
use crate::window::{TITLE, Window};

/// The address of a port that leads to this machine's engine: an engine of another machine, as far as the program knows.
async fn engine_elsewhere() -> String {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let address = format!("tcp://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        while let Ok((mut person, _)) = listener.accept().await {
            tokio::spawn(async move {
                let mut engine = UnixStream::connect("/var/run/docker.sock").await.unwrap();
                let _ = copy_bidirectional(&mut person, &mut engine).await;
            });
        }
    });
    address
}

/// The windows with the program's title: its own, and a question of the system.
fn windows() -> Vec<String> {
    let found = screen::xdotool(&["search", "--onlyvisible", "--name", &format!("^{TITLE}$")]).unwrap_or_default();
    found.lines().map(str::to_owned).collect()
}

fn carriers() -> usize {
    let found = std::process::Command::new("pgrep").args(["-fc", "orchest --on box carry"]).output().unwrap();
    String::from_utf8_lossy(&found.stdout).trim().parse().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_folder_on_another_machine_is_found_launched_and_opened() {
    let _turn = screen::turn().await;
    let person = Person::new();
    let address = engine_elsewhere().await;
    let folder = person.folder("over there");
    let window = Window::open(&person).await;
    window.click("open-settings", "").await;
    window.click("machine-add", "").await;
    window.see("machine-name").await.send_keys("box").await.unwrap();
    window.see("machine-address").await.send_keys(&address).await.unwrap();
    window.shot("machine-new").await;
    let own = windows();
    window.click("machine-save", "").await;
    let question =
        until("the question of the system", || windows().into_iter().find(|known| !own.contains(known))).await;
    screen::xdotool(&["windowfocus", "--sync", &question]).unwrap();
    screen::pause().await;
    // Its first button cancels.
    press(&["Tab", "Return"]).await;
    window.see_with("machine-row", "[data-name=box][data-state=ready]").await;
    window.shot("machine-ready").await;

    press(&["Escape"]).await;
    window.click("add-folder", "").await;
    window.click("menu-item", "[data-id='add-on-box']").await;
    window.see("folders").await;
    let path = window.see("folder-path").await;
    path.clear().await.unwrap();
    path.send_keys(folder.parent().unwrap().to_str().unwrap()).await.unwrap();
    press(&["Return"]).await;
    window.click("folder-there", "[data-name='over there']").await;
    window.shot("machine-folders").await;
    window.click("folder-add", "").await;
    let began = Instant::now();
    while window.count("folders", "").await > 0 {
        assert!(began.elapsed() < Duration::from_secs(20), "the dialog stays");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let id = window.pipeline("over there").await;
    assert!(id.starts_with("box:"), "{id}");
    window.see_with("machine-mark", "[data-name=box]").await;
    let began = Instant::now();
    while !window.text().await.contains("Notebooks") {
        assert!(began.elapsed() < Duration::from_secs(20), "{}", window.text().await);
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    window.click("launch", "").await;
    window.see_with("launch", "[data-action=open]").await;
    window.shot("machine-running").await;

    // The browser of this person notes the address. It works once.
    window.click("launch", "[data-action=open]").await;
    let opened = person.opened_address(0).await;
    let browser = Browser::open().await;
    browser.visit(&opened).await;
    tokio::time::sleep(Duration::from_secs(1)).await;
    browser.close().await;
    // The window is closed: the launch runs on, and a process stays for its open pages.
    let port = window.see("address").await.text().await.unwrap();
    let port: u16 = port.split(':').nth(1).and_then(|rest| rest.split('/').next()?.parse().ok()).unwrap();
    request_close(TITLE).await;
    until("a process that carries it", || (carriers() == 1).then_some(())).await;
    until("its port", || std::net::TcpStream::connect(("127.0.0.1", port)).ok()).await;
    let stopped = person.command(&built("orchest")).args(["--on", "box", "stop", folder.to_str().unwrap()]).output();
    let stopped = stopped.unwrap();
    assert!(stopped.status.success(), "{}", String::from_utf8_lossy(&stopped.stderr));
    until("its end", || (carriers() == 0).then_some(())).await;
}
