//! A neighbour reads the one-time address in the process list and visits it before the person's browser does.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use orchest_tests::home::Home;

/// Another user of the machine. The tests run as root, who can become that user.
const NEIGHBOUR: &str = "1000";

fn script(path: &Path, text: &str) {
    std::fs::write(path, text).unwrap();
    std::fs::set_permissions(path, PermissionsExt::from_mode(0o755)).unwrap();
}

/// Reads the address in the process list, as the neighbour, and visits it at once. A file beside the browser names the
/// process, because a search through all processes is slow on a busy machine.
fn reading_the_address_of(browser: &Path, loot: &Path) -> Child {
    let read = r#"
        until [ -s "$BROWSER.pid" ]; do sleep 0.05; done
        url=$(tr '\0' '\n' <"/proc/$(cat "$BROWSER.pid")/cmdline" | grep -E '^http://127\.0\.0\.1:[0-9]+/[0-9a-f]{48}$')
        curl -si "$url" >"$LOOT.new"
        mv "$LOOT.new" "$LOOT"
    "#;
    let user = ["--reuid", NEIGHBOUR, "--regid", NEIGHBOUR, "--clear-groups", "sh", "-c", read];
    let mut command = Command::new("setpriv");
    command
        .args(user)
        .env("BROWSER", browser)
        .env("LOOT", loot)
        .current_dir("/")
        .stdin(Stdio::null())
        .stderr(Stdio::null());
    command.spawn().unwrap()
}

#[test]
fn a_neighbour_visiting_the_one_time_address_first_gets_nothing() {
    if !rustix::process::getuid().is_root() {
        return;
    }
    let home = Home::new();
    let folder = home.pipeline("visited");
    let folder = folder.to_str().unwrap();
    let open = tempfile::tempdir().unwrap();
    std::fs::set_permissions(open.path(), PermissionsExt::from_mode(0o777)).unwrap();
    let (browser, seen, loot) = (open.path().join("browser"), open.path().join("seen"), open.path().join("loot"));
    // A browser that starts slowly, so that the neighbour comes first, and then visits the address.
    let visit = "curl -sL -c $0.jar -b $0.jar -H 'Accept: text/html' -o /dev/null -w '%{http_code} %{url_effective}'";
    let wait = format!("for i in $(seq 60); do [ -e {} ] && break; sleep 0.1; done", loot.display());
    script(&browser, &format!("#!/bin/sh\necho $$ >$0.pid\n{wait}\n{visit} \"$1\" >{}\n", seen.display()));

    let mut neighbour = reading_the_address_of(&browser, &loot);
    let output = home.orchest(&["launch", folder]).env("BROWSER", &browser).output().unwrap();
    let (url, said) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    // The visit goes on after the one-time address was requested.
    for _ in 0..100 {
        if std::fs::metadata(&seen).is_ok_and(|file| file.len() > 0) {
            break;
        }
        std::thread::sleep(std::time::Duration::from_millis(100));
    }
    let _ = neighbour.kill();
    let _ = neighbour.wait();
    assert!(home.orchest(&["stop", folder]).output().unwrap().status.success());

    let loot = std::fs::read_to_string(&loot).expect("the neighbour found the address");
    let token = url.trim().split_once("token=").expect("an address with a token").1;
    assert!(loot.starts_with("HTTP/1.1 403") && loot.contains("another user"), "{loot}");
    assert!(!loot.contains(token) && !loot.to_lowercase().contains("location:"), "{loot}");
    let seen = std::fs::read_to_string(&seen).expect("the person's browser came");
    assert!(seen.starts_with("200 http://127.0.0.1:") && seen.ends_with("/lab") && !seen.contains(token), "{seen}");
    let told = format!("A process of another user (number {NEIGHBOUR}) asked for the address");
    let note = said.lines().find(|line| line.contains(&told)).unwrap_or_else(|| panic!("{said}"));
    assert!(note.contains("and was refused") && note.contains("got nothing"), "{note}");
    let log = std::fs::read_to_string(orchest_core::logs::app_log::log_file(&home.places())).unwrap();
    assert!(log.contains("asked for the one-time address, and was refused") && !log.contains(token), "{log}");
}

#[test]
fn a_browser_of_another_user_is_refused_with_the_way_by_hand() {
    if !rustix::process::getuid().is_root() {
        return;
    }
    let home = Home::new();
    let folder = home.pipeline("elsewhere");
    let folder = folder.to_str().unwrap();
    let as_neighbour = format!("setpriv --reuid {NEIGHBOUR} --regid {NEIGHBOUR} --clear-groups curl -sf %s");
    let output = home.orchest(&["launch", folder]).env("BROWSER", as_neighbour).output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "the launch does not need the browser: {said}");
    assert!(said.contains("and was refused") && said.contains("copy the address into it"), "{said}");
    assert!(
        said.contains("The browser did not open the page") && said.contains("open the printed address by hand"),
        "{said}"
    );
    assert!(home.orchest(&["stop", folder]).output().unwrap().status.success());
}
