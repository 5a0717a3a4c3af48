//! Limits of the page in the real window, whatever runs in it.

use std::io::Read;
use std::net::TcpListener;
use std::time::Duration;

use serde_json::{Value, json};

use crate::person::Person;
use crate::screen;
use crate::window::Window;

/// Runs an asynchronous script in the page, and answers with its result.
async fn done(window: &Window, code: &str) -> Value {
    let began = format!(
        "window.__done = undefined; (async () => {{ {code} }})().then((it) => window.__done = {{ it }}, \
         (why) => window.__done = {{ why: why?.message ?? String(why) }})"
    );
    window.script(&began).await;
    for _ in 0..200 {
        let found = window.script("return window.__done ?? null").await;
        if !found.is_null() {
            return found;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("nothing came of {code}");
}

async fn asked(window: &Window, call: &str, arguments: &Value) -> Value {
    done(window, &format!("return window.__TAURI_INTERNALS__.invoke('{call}', {arguments})")).await
}

/// Calls a command with these arguments.
async fn performed(window: &Window, command: &str, arguments: &Value) -> Value {
    let mut whole = arguments.clone();
    whole["command"] = command.into();
    asked(window, "perform", &json!({ "command": whole })).await
}

/// Fails unless the program understood the command and refused it.
fn refused(found: &Value, command: &str, arguments: &Value) {
    let why = found["why"].as_str().unwrap_or_default();
    assert!(!why.is_empty(), "{command} {arguments}: {found}");
    let misread = why.contains("invalid args") || why.contains(" not found");
    assert!(!misread, "the test asks for an unknown command: {command} {arguments}: {found}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_page_can_name_only_what_it_shows_and_reaches_nothing_outside() {
    let _turn = screen::turn().await;
    let person = Person::new();
    let folder = person.folder("walls");
    std::fs::write(folder.join("walls.orchest"), "{\"steps\": {}}").unwrap();
    person.has_folder(&folder);
    let window = Window::open(&person).await;
    let id = window.pipeline("walls").await;

    for (command, more) in [
        ("remove_pipeline", json!({})),
        ("pin_pipeline", json!({ "pinned": true })),
        ("pick_kernelspec", json!({ "name": "python_docker" })),
        ("launch", json!({})),
        ("cancel", json!({})),
        ("stop", json!({})),
        ("keep_running", json!({})),
        ("open_pipeline", json!({})),
        ("open_notebook", json!({ "path": "first.ipynb" })),
        ("pipeline_graph", json!({ "file": "walls.orchest" })),
        ("interrupt_kernel", json!({ "kernel": "a" })),
        ("restart_kernel", json!({ "kernel": "a" })),
        ("shut_down_kernel", json!({ "kernel": "a" })),
        ("restart_launch", json!({})),
        ("reveal_pipeline", json!({})),
    ] {
        for nobody in ["nobody", "", "../../etc", folder.to_str().unwrap()] {
            let mut arguments = more.clone();
            arguments["id"] = nobody.into();
            refused(&performed(&window, command, &arguments).await, command, &arguments);
        }
    }
    for nobody in ["nobody", "", "../../etc", folder.to_str().unwrap()] {
        let arguments = json!({ "id": nobody });
        refused(&asked(&window, "copy_address", &arguments).await, "copy_address", &arguments);
    }
    for nobody in ["nobody", "", "../../etc", folder.to_str().unwrap()] {
        for (command, arguments) in [
            ("open_kernelspec", json!({ "source": { "kind": "existing", "name": nobody } })),
            ("open_kernelspec", json!({ "source": { "kind": "copy", "name": nobody } })),
            ("delete_kernelspec", json!({ "name": nobody })),
            ("test_kernelspec", json!({ "name": nobody })),
        ] {
            refused(&performed(&window, command, &arguments).await, command, &arguments);
        }
    }
    // A new kernelspec cannot be written outside of the kernels directory.
    let opened = performed(&window, "open_kernelspec", &json!({ "source": { "kind": "new" } })).await;
    for outside in ["../evil", "/tmp/evil", "..", "a/b"] {
        let mut draft = opened["it"]["draft"].clone();
        draft["image"] = "python:3.13".into();
        draft["name"] = outside.into();
        let arguments = json!({ "source": { "kind": "new" }, "draft": draft, "seen": null });
        refused(&performed(&window, "save_kernelspec", &arguments).await, "save_kernelspec", &arguments);
    }
    for (command, arguments) in [
        ("pick_kernelspec", json!({ "id": id, "name": "../evil" })),
        ("pipeline_graph", json!({ "id": id, "file": "../../etc/passwd" })),
        ("pipeline_graph", json!({ "id": id, "file": "first.ipynb" })),
    ] {
        refused(&performed(&window, command, &arguments).await, command, &arguments);
    }
    // A setting that is a path, and an unknown one, cannot be sent at all.
    for (command, arguments) in [
        ("choose", json!({ "change": { "name": "ca_file", "value": "/etc/shadow" } })),
        ("choose", json!({ "change": { "name": "folders", "value": [] } })),
    ] {
        let found = performed(&window, command, &arguments).await;
        assert!(found["why"].as_str().is_some_and(|why| why.contains("unknown variant")), "{arguments}: {found}");
    }
    for (command, arguments) in [
        ("plugin:shell|open", json!({ "path": "/etc" })),
        ("plugin:fs|read_file", json!({ "path": "/etc/passwd" })),
        ("plugin:window|destroy", json!({ "label": "main" })),
        ("plugin:webview|create_webview_window", json!({ "options": { "label": "b", "url": "https://example.org" } })),
    ] {
        let found = asked(&window, command, &arguments).await;
        assert!(found["why"].is_string(), "{command} {arguments}: {found}");
    }

    let outside = TcpListener::bind("127.0.0.1:0").unwrap();
    outside.set_nonblocking(true).unwrap();
    let quiet = |code: &str| {
        if let Ok((mut asking, _)) = outside.accept() {
            let mut words = [0; 400];
            asking.set_read_timeout(Some(Duration::from_secs(1))).unwrap();
            let length = asking.read(&mut words).unwrap_or_default();
            // WebKit connects before it checks the policy, and then sends nothing.
            assert_eq!(String::from_utf8_lossy(&words[..length]), "", "{code} asked outside");
        }
    };
    let there = format!("http://{}", outside.local_addr().unwrap());
    let add = |tag: &str, how: &str| {
        format!(
            "const it = document.createElement('{tag}'); {how}; document.body.append(it); \
             await new Promise((next) => setTimeout(next, 300)); return window.evil ?? 'nothing'"
        )
    };
    for code in [
        add("script", "it.textContent = 'window.evil = 1'"),
        add("script", &format!("it.src = '{there}/evil.js'")),
        add("img", &format!("it.src = '{there}/evil.png'")),
        add("div", "it.innerHTML = '<img src=nowhere onerror=\"window.evil = 2\">'"),
        add("iframe", &format!("it.src = '{there}/'")),
        "return new Function('window.evil = 3; return 3')()".to_owned(),
        format!("return (await fetch('{there}/')).status"),
        format!("new WebSocket('{}'); return 'nothing'", there.replace("http", "ws")),
        format!("navigator.sendBeacon('{there}/', 'words'); return 'nothing'"),
    ] {
        let found = done(&window, &code).await;
        assert!(found["why"].is_string() || found["it"] == "nothing", "{code}: {found}");
        quiet(&code);
    }
    for code in [
        format!("location.href = '{there}/'"),
        format!("window.open('{there}/')"),
        format!("const it = document.createElement('a'); it.href = '{there}/'; document.body.append(it); it.click()"),
        format!(
            "const it = document.createElement('form'); it.action = '{there}/'; document.body.append(it); it.submit()"
        ),
    ] {
        window.script(&code).await;
        tokio::time::sleep(Duration::from_millis(300)).await;
        assert_eq!(window.pipeline("walls").await, id, "{code}");
        quiet(&code);
    }
    window.close().await;
}
