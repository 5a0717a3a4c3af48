//! The fault matrix for the app's start: a launch runs, and a window opens while the engine, or the app's own files,
//! have a fault. After the fault the window shows the launch, which is unchanged.

use std::path::Path;
use std::process::{Command, Output};
use std::time::Duration;

use orchest_core::App;
use orchest_core::contract::snapshot::{EngineState, LaunchState, Snapshot};
use orchest_tests::engine::{docker, left_of};
use orchest_tests::home::{Home, launch_of, launched, stopped, until};
use orchest_tests::private::{Own, here};
use orchest_tests::proxy::{Fault, Proxy};

/// The calls of a start, each with the length at which half of its answer is cut.
const STARTING: [(&str, &str); 5] = [
    ("its version", "/version"),
    ("its facts", "/info"),
    ("what happens", "/events"),
    ("what is there", "/containers/json"),
    ("the images", "/images/"),
];

fn runs(snapshot: &Snapshot, id: &str) -> bool {
    let ready = matches!(snapshot.engine, EngineState::Ready { .. });
    ready && launch_of(snapshot, id).is_some_and(|launch| launch.state == LaunchState::Running)
}

fn parts(id: &str) -> Vec<String> {
    let mut parts = docker(&["ps", "-a", "--no-trunc", "-q", "--filter", &format!("label=org.orchest.launch={id}")]);
    parts.sort();
    parts
}

/// Starts a core during the fault; answers with a description of what went wrong.
async fn row(home: &Home, id: &str, path: &str, fault: Fault) -> Result<(), String> {
    let folder = tempfile::tempdir().map_err(|error| error.to_string())?;
    let proxy = Proxy::new(folder.path()).await;
    proxy.rule("GET", path, fault);
    proxy.start();
    let app = home.app_with(&proxy);
    app.attend();
    // During the fault the window shows the launch, or it shows the failure.
    let told = until(&app, "what the person sees", |snapshot| match &snapshot.engine {
        EngineState::Unavailable { failure, .. } => Some(Some(failure.clone())),
        _ => runs(snapshot, id).then_some(None),
    });
    let told = tokio::time::timeout(Duration::from_secs(20), told).await;
    match told.map_err(|_| "nothing is said for 20 s")? {
        Some(failure) if failure.message.is_empty() || failure.hint.is_empty() => {
            return Err(format!("the failure does not explain itself: {failure:?}"));
        }
        _ => {}
    }
    proxy.no_rules();
    let over = until(&app, "what runs", |snapshot| runs(snapshot, id).then_some(()));
    tokio::time::timeout(Duration::from_secs(10), over)
        .await
        .map_err(|_| "it is not shown when all is well again")
        .map_err(str::to_owned)
}

async fn rows(name: &str, fault: Fault) {
    let home = Home::new();
    let app = home.app().await;
    let id = launched(&app, &home.pipeline(name), None).await.unwrap();
    let before = parts(&id);
    let rows = STARTING.map(|(what, path)| {
        let (home, id, fault) = (&home, &id, fault.clone());
        async move { row(home, id, path, fault).await.map_err(|wrong| format!("{what}: {name}: {wrong}")) }
    });
    let wrong: Vec<String> = futures_util::future::join_all(rows).await.into_iter().filter_map(Result::err).collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert_eq!(parts(&id), before, "the launch was touched");
    stopped(&app, &id).await;
    assert_eq!(left_of(&id), Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_app_starts_with_an_engine_that_answers_500() {
    rows("500", Fault::Refused(500, "something is wrong")).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_app_starts_with_an_engine_that_sends_half_an_answer() {
    rows("half an answer", Fault::CutAfter(1)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_app_starts_with_an_engine_that_takes_a_second_for_each_call() {
    rows("slow", Fault::Late(Duration::from_secs(1))).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_app_starts_with_an_engine_that_never_answers() {
    rows("no answer", Fault::Unanswered).await;
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

fn sh(script: &str, place: &Path) {
    let status = Command::new("sh").args(["-eu", "-c", script, "sh"]).arg(place).status().unwrap();
    assert!(status.success(), "{script}");
}

/// A disk that can be made read-only or full, and writable again.
const DISKS: [(&str, &str, &str); 2] = [
    ("full", "dd if=/dev/zero of=\"$1/filler\" bs=1k 2>/dev/null || true", "rm \"$1/filler\""),
    ("read-only", "mount --bind \"$1\" \"$1\"; mount -o remount,bind,ro \"$1\"", "umount -l \"$1\""),
];

#[tokio::test]
async fn the_app_starts_with_its_files_on_a_full_or_read_only_disk() {
    if !here("starting::the_app_starts_with_its_files_on_a_full_or_read_only_disk", Own::Mounts) {
        return;
    }
    for (what, spoil, restore) in DISKS {
        let home = Home::new();
        let (first, second) = (home.pipeline("first"), home.pipeline("second"));
        for part in ["config", "state"] {
            let place = home.path().join(part);
            std::fs::create_dir(&place).unwrap();
            sh("mount -t tmpfs -o size=512k tmpfs \"$1\"", &place);
        }
        // The engine mounts the kernelspecs, and it does not see this disk.
        let places = || ["config", "state"].map(|part| home.path().join(part));
        let app = home.app().await;
        let id = app.add_pipeline(first.clone()).await.unwrap();
        let settings = || std::fs::read_to_string(home.places().settings_file()).unwrap();
        let before = settings();
        places().iter().for_each(|place| sh(spoil, place));

        for (deed, refused) in
            [("add", app.add_pipeline(second.clone()).await.map(drop)), ("pin", app.pin(&id, true).await)]
        {
            let failure = refused.expect_err(deed);
            assert!(failure.message.contains("settings"), "{what}: {deed}: {failure:?}");
            assert!(failure.message.contains(what) || failure.hint.contains(what), "{what}: {deed}: {failure:?}");
        }
        assert_eq!(settings(), before, "{what}: the files are unchanged");
        // A running launch needs none of the files: neither for an app that runs already nor for one that starts now.
        launched(&app, &first, None).await.unwrap();
        let later = home.app().await;
        until(&later, "what runs", |snapshot| runs(snapshot, &id).then_some(())).await;
        stopped(&later, &id).await;
        launched(&later, &first, None).await.unwrap();
        stopped(&later, &id).await;
        assert_eq!(left_of(&id), Vec::<String>::new());

        places().iter().for_each(|place| sh(restore, place));
        app.add_pipeline(second).await.unwrap();
        app.pin(&id, true).await.unwrap();
        places().iter().for_each(|place| sh("umount -l \"$1\"", place));
    }
}

/// The program, with a clock that is an hour behind.
fn an_hour_earlier(home: &Home, arguments: &[&str]) -> Command {
    let plain = home.orchest(arguments);
    let mut command = Command::new("faketime");
    command.args(["-f", "-1h"]).arg(plain.get_program()).args(plain.get_args());
    command.envs(home.env()).env("DONT_FAKE_MONOTONIC", "1").env("FAKETIME_DONT_FAKE_MONOTONIC", "1");
    command
}

#[test]
fn a_clock_set_back_an_hour_hides_no_launch_and_delays_no_command() {
    let home = Home::new();
    let folder = home.pipeline("early");
    let folder = folder.to_str().unwrap();
    // Launched by the true clock and stopped by the early one; and the other way round.
    let now = |arguments: &[&str]| home.orchest(arguments).output().unwrap();
    let earlier = |arguments: &[&str]| an_hour_earlier(&home, arguments).output().unwrap();
    type Way<'a> = &'a dyn Fn(&[&str]) -> Output;
    for (launching, stopping) in [(&now as Way, &earlier as Way), (&earlier as Way, &now as Way)] {
        let launched = launching(&["launch", folder, "--no-open"]);
        assert!(launched.status.success(), "{}", said(&launched));
        let listed = stopping(&["list", "--json"]);
        let listed: serde_json::Value = serde_json::from_slice(&listed.stdout).unwrap();
        let found = listed.as_array().unwrap().iter().find(|pipeline| pipeline["path"] == folder).unwrap();
        assert_eq!(found["launch"]["state"], "running");
        let again = stopping(&["launch", folder, "--no-open"]);
        assert_eq!(again.stdout, launched.stdout, "{}", said(&again));
        let stopped = stopping(&["stop", folder]);
        assert!(stopped.status.success(), "{}", said(&stopped));
    }
    // Leftovers with a time in the future, because the clock was set back, are in nobody's way.
    let mut program = home.orchest(&["launch", folder, "--no-open"]);
    let mut program = program.stdout(std::process::Stdio::null()).stderr(std::process::Stdio::null()).spawn().unwrap();
    let half = || docker(&["ps", "-aq", "--filter", &format!("label=org.orchest.pipeline={folder}")]);
    while half().is_empty() {
        assert!(program.try_wait().unwrap().is_none(), "it was too quick");
    }
    program.kill().unwrap();
    program.wait().unwrap();
    let cleaned = earlier(&["doctor", "--clean"]);
    assert!(half().is_empty() || said(&cleaned).contains("nothing to remove"), "{}", said(&cleaned));
    let again = earlier(&["launch", folder, "--no-open"]);
    assert!(again.status.success(), "{}", said(&again));
    assert!(earlier(&["stop", folder]).status.success());
    assert_eq!(half(), Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn broken_settings_are_reported_and_running_launches_are_shown() {
    let home = Home::new();
    let first = home.app().await;
    let id = launched(&first, &home.pipeline("shown"), None).await.unwrap();
    let file = home.places().settings_file();
    for (what, make) in [
        ("bytes", (|file| std::fs::write(file, [0xff, 0, 0xfe]).unwrap()) as fn(&Path)),
        ("a folder", |file| std::fs::create_dir(file).unwrap()),
        ("a link to nothing", |file| std::os::unix::fs::symlink("/nowhere/at/all", file).unwrap()),
    ] {
        let _ = std::fs::remove_file(&file);
        make(&file);
        let app: App = home.app().await;
        until(&app, "what runs", |snapshot| runs(snapshot, &id).then_some(())).await;
        let told = app.snapshots().borrow().notices.iter().any(|notice| notice.message.contains("settings"));
        assert!(told || what == "a link to nothing", "{what}: {:?}", app.snapshots().borrow().notices);
        if file.is_dir() {
            std::fs::remove_dir(&file).unwrap();
        }
    }
    let _ = std::fs::remove_file(&file);
    stopped(&first, &id).await;
}
