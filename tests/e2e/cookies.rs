//! What a browser that visits a launch gives away: to programs at other ports of 127.0.0.1, and to its history.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;
use std::sync::{Arc, Mutex};

use orchest_tests::home::Home;
use orchest_tests::jupyter::Server;
use serde_json::Value;

use crate::browser::Browser;
use crate::screen::{self, until};

/// Another program of the machine that the browser visits: it records the requests, and sets cookies with our names.
struct Neighbour {
    port: u16,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Neighbour {
    fn listen() -> Neighbour {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let (port, asked) = (listener.local_addr().unwrap().port(), Arc::<Mutex<Vec<String>>>::default());
        let heard = asked.clone();
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let heard = heard.clone();
                std::thread::spawn(move || {
                    let (mut stream, mut head, mut part) = (stream, Vec::new(), [0; 4096]);
                    while !head.windows(4).any(|four| four == b"\r\n\r\n") {
                        match stream.read(&mut part) {
                            Ok(0) | Err(_) => return,
                            Ok(length) => head.extend_from_slice(&part[..length]),
                        }
                    }
                    heard.lock().unwrap().push(String::from_utf8_lossy(&head).into_owned());
                    let page = "<!doctype html><title>neighbour</title><img src='/lab'><img src='/api/contents'>";
                    let cookies =
                        "Set-Cookie: _xsrf=2|00000000|00|0; Path=/\r\nSet-Cookie: orchest-login=theirs; Path=/";
                    let length = page.len();
                    let _ = write!(
                        stream,
                        "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n{cookies}\r\nContent-Length: {length}\r\n\
                         Connection: close\r\n\r\n{page}"
                    );
                });
            }
        });
        Neighbour { port, asked }
    }

    fn url(&self, path: &str) -> String {
        format!("http://127.0.0.1:{}{path}", self.port)
    }
}

/// Runs a script in the open page; answers with the value that the script gives to `done`.
async fn tried(browser: &Browser, script: &str) -> Value {
    let script = format!("const done = arguments[0]; {script}");
    browser.driver.execute_async(&script, Vec::new()).await.unwrap().json().clone()
}

const PUT_A_FILE: &str = "const xsrf = document.cookie.split('; ').find((one) => one.startsWith('_xsrf=')).slice(6);
    fetch(location.pathname.split('/lab')[0] + '/api/contents', { method: 'POST', headers: { 'X-XSRFToken': xsrf },
    body: '{\"type\": \"directory\"}' }).then((answer) => done(answer.status), (why) => done(String(why)))";

#[tokio::test(flavor = "multi_thread")]
async fn the_key_to_a_launch_reaches_no_other_port_and_no_history() {
    let _turn = screen::turn().await;
    let home = Home::new();
    let folder = home.pipeline("told");
    let folder = folder.to_str().unwrap();
    let (note, noted) = (home.path().join("note"), home.path().join("noted"));
    std::fs::write(&note, format!("#!/bin/sh\nprintf %s \"$1\" >{}\n", noted.display())).unwrap();
    std::fs::set_permissions(&note, PermissionsExt::from_mode(0o755)).unwrap();
    let browser = Browser::open().await;
    let mut command = home.orchest(&["launch", folder]);
    command.env("BROWSER", &note).stdout(std::process::Stdio::piped());
    let launch = std::thread::spawn(move || command.output().unwrap());
    let once = until("an address in the browser", || std::fs::read_to_string(&noted).ok().filter(|url| url.len() > 30));
    browser.visit(&once.await).await;
    let url = String::from_utf8(launch.join().unwrap().stdout).unwrap().trim().to_owned();
    let server = Server::at(&url);
    let host = server.base.split('/').take(3).collect::<Vec<_>>().join("/");
    let path = server.base.strip_prefix(&host).unwrap().to_owned();

    // The address bar, which a bystander can read too.
    let seen = browser.driver.current_url().await.unwrap().to_string();
    assert!(seen.starts_with(&format!("{}/lab", server.base)), "{seen}");
    assert!(!seen.contains("token") && !seen.contains("orchest/in"), "{seen}");
    assert_eq!(tried(&browser, "done(document.referrer)").await, "");
    for cookie in browser.driver.get_all_cookies().await.unwrap() {
        let told = format!("{cookie:?}");
        assert_eq!(cookie.path.as_deref(), Some(format!("{path}/").as_str()), "{told}");
        assert!(told.contains("Strict") && cookie.expiry.is_none(), "{told}");
    }

    // By a link in the launch's page, and by a typed address.
    let neighbour = Neighbour::listen();
    let link = format!("location.href = '{}'", neighbour.url("/by-a-link"));
    browser.driver.execute(&link, Vec::new()).await.unwrap();
    until("the neighbour's page", || (neighbour.asked.lock().unwrap().len() >= 3).then_some(())).await;
    browser.driver.goto(&neighbour.url("/by-hand")).await.unwrap();
    assert_eq!(tried(&browser, "done(document.referrer)").await, "");
    let name = path.trim_start_matches('/');
    for asked in neighbour.asked.lock().unwrap().iter() {
        let theirs = asked.replace("_xsrf=2|00000000|00|0", "").replace("orchest-login=theirs", "");
        let cookie = theirs.lines().find(|line| line.to_lowercase().starts_with("cookie:")).unwrap_or_default();
        assert!(!cookie.contains('='), "the neighbour is sent a cookie: {cookie}");
        assert!(!asked.contains(&server.token) && (name.is_empty() || !asked.contains(name)), "{asked}");
    }

    // A neighbour that knows the path anyway: the browser sends the cookies along, because another port is the same
    // site.
    let api = format!("{}/api", server.base);
    let read = format!(
        "fetch('{api}/contents', {{ credentials: 'include' }}).then((it) => done(it.status), () => done('kept from it'))"
    );
    assert_eq!(tried(&browser, &read).await, "kept from it");
    let change = format!(
        "fetch('{api}/terminals', {{ method: 'POST', mode: 'no-cors', credentials: 'include' }}).finally(() => done(1))"
    );
    tried(&browser, &change).await;
    assert_eq!(server.get("/api/terminals").await.1, serde_json::json!([]), "a terminal was opened");
    let socket = format!(
        "const it = new WebSocket('{}/events/subscribe'); it.onopen = () => done('open'); it.onerror = () => done('refused')",
        api.replacen("http", "ws", 1)
    );
    assert_eq!(tried(&browser, &socket).await, "refused");

    // The person's own page still works in spite of the neighbour's cookies.
    browser.visit(&format!("{}/lab", server.base)).await;
    assert_eq!(tried(&browser, &socket).await, "open");
    assert_eq!(tried(&browser, PUT_A_FILE).await, 201);

    // A cookie of an ended launch does not open the next launch.
    assert!(home.orchest(&["stop", folder]).output().unwrap().status.success());
    let next = home.orchest(&["launch", folder, "--no-open"]).output().unwrap();
    let next = Server::at(String::from_utf8_lossy(&next.stdout).trim());
    browser.driver.goto(&format!("{}/lab", next.base)).await.unwrap();
    let led = browser.driver.current_url().await.unwrap().to_string();
    assert!(led.contains("/login"), "{led}");
    assert!(home.orchest(&["stop", folder]).output().unwrap().status.success());
    let profile = browser.leave().await;

    for kept in ["History", "History-journal", "Sessions"].map(|name| profile.path().join("Default").join(name)) {
        for (file, text) in texts_in(&kept) {
            let holds = text.windows(server.token.len()).any(|part| part == server.token.as_bytes());
            assert!(!holds, "the token is in {}", file.display());
        }
    }
}

/// The content of a file, or of all files of a folder.
fn texts_in(place: &std::path::Path) -> Vec<(std::path::PathBuf, Vec<u8>)> {
    let files = match std::fs::read_dir(place) {
        Ok(files) => files.flatten().map(|file| file.path()).collect(),
        Err(_) => vec![place.to_owned()],
    };
    files.into_iter().filter_map(|file| std::fs::read(&file).ok().map(|text| (file, text))).collect()
}
