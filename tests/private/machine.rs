//! Launches on another machine: a real engine with files of its own, which is reached by a real sshd.

use std::process::Output;
use std::time::{Duration, Instant};

use orchest_core::contract::snapshot::{EngineState, LaunchState, Snapshot};
use orchest_core::engine::ProcessEnv;
use orchest_core::{App, machine};
use orchest_tests::frames::Protocol;
use orchest_tests::home::{Home, launch_of, launched, pipeline, stopped, until};
use orchest_tests::jupyter::Server;
use orchest_tests::private::{Own, PrivateEngine, here};
use orchest_tests::sshd::Sshd;
use serde_json::Value;

/// The folder that only the other machine has, of a person who is known there alone.
const FOLDER: &str = "/srv/ada/notes";
const MOUNTS: &str = "mount -t tmpfs none /srv
mkdir -p /srv/ada/notes
echo '{\"cells\": [], \"metadata\": {}, \"nbformat\": 4, \"nbformat_minor\": 5}' >/srv/ada/notes/first.ipynb
chown -R 4321:4322 /srv/ada
chmod 700 /srv/ada /srv/ada/notes";

/// Another machine, and a person's home here that it does not see.
struct Rack {
    home: Home,
    engine: PrivateEngine,
    sshd: Sshd,
    _folder: tempfile::TempDir,
}

impl Rack {
    fn new() -> Rack {
        let rack = Rack::without_images();
        rack.engine.take_images();
        rack
    }

    /// One whose engine has nothing.
    fn without_images() -> Rack {
        let home = Home::new();
        let folder = tempfile::tempdir().unwrap();
        let mounts = format!("{MOUNTS}\nmount -t tmpfs none {}", home.path().display());
        let engine = PrivateEngine::start_apart_in(folder.path(), &mounts);
        let sshd = Sshd::start_in(home.path());
        Rack { home, engine, sshd, _folder: folder }
    }

    fn address(&self) -> String {
        format!("ssh://rack{}", self.engine.host().trim_start_matches("unix://"))
    }

    /// A core for it.
    fn core(&self) -> App {
        let machine = machine::add(&self.home.places(), &around(), "rack", &self.address()).unwrap();
        App::at(machine, around())
    }

    fn run(&self, arguments: &[&str]) -> Output {
        self.home.orchest(arguments).output().unwrap()
    }

    fn done(&self, arguments: &[&str]) -> String {
        let output = self.run(arguments);
        assert!(output.status.success(), "{arguments:?}: {}", said(&output));
        String::from_utf8_lossy(&output.stdout).trim().to_owned()
    }

    /// What is left of launches there.
    fn left(&self) -> Vec<String> {
        let label = "label=org.orchest.launch";
        let mut left = self.engine.docker(&["ps", "-a", "--filter", label, "--format", "{{.Names}}"]);
        left.extend(self.engine.docker(&["network", "ls", "--filter", label, "--format", "{{.Name}}"]));
        left
    }
}

fn around() -> ProcessEnv {
    ProcessEnv::of_this_process()
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

fn carriers() -> usize {
    // Those of this test alone.
    let own = std::process::id().to_string();
    let arguments = ["--ns", &own, "--nslist", "net", "-fc", "orchest --on rack carry"];
    let found = std::process::Command::new("pgrep").args(arguments).output().unwrap();
    String::from_utf8_lossy(&found.stdout).trim().parse().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_folder_on_another_machine_is_launched_there_and_its_page_is_reached_here() {
    if !here("machine::a_folder_on_another_machine_is_launched_there_and_its_page_is_reached_here", Own::Networks) {
        return;
    }
    let rack = Rack::without_images();
    rack.done(&["places", "add", "rack", "--engine", &rack.address()]);
    let places: Value = serde_json::from_str(&rack.done(&["places", "--json"])).unwrap();
    assert_eq!((places[0]["name"].as_str(), places[0]["engine"]["state"].as_str()), (Some("rack"), Some("ready")));

    let launched = rack.run(&["--on", "rack", "launch", FOLDER, "--no-open", "--json"]);
    let told = said(&launched);
    assert!(
        told.contains("rack lacks the image of the server") && told.contains("carried from this machine"),
        "{told}"
    );
    let launched: Value = serde_json::from_slice(&launched.stdout).unwrap();
    assert_eq!(launched["pipeline"], FOLDER);
    // The terminal has ended, and the page is reached.
    let server = Server::at(launched["url"].as_str().unwrap());
    let mut kernel = server.start("python_docker", "first.ipynb").await.unwrap();
    let ran = kernel.execute("open('made.txt', 'w').write('there'); import os; print(os.getuid(), os.getcwd())").await;
    assert_eq!(ran.text, "4321 /notebooks\n", "{ran:?}");
    let made = rack.engine.there(&format!("cat {FOLDER}/made.txt; stat -c ' %u:%g' {FOLDER}/made.txt"));
    assert_eq!(made, "there 4321:4322");
    assert_eq!(carriers(), 1);

    let list = rack.done(&["list"]);
    assert!(list.contains("On rack:") && list.contains(FOLDER), "{list}");
    let again: Value =
        serde_json::from_str(&rack.done(&["--on", "rack", "launch", FOLDER, "--no-open", "--json"])).unwrap();
    assert_eq!(again["url"], launched["url"], "a launch that runs is the same");

    rack.done(&["--on", "rack", "stop", FOLDER]);
    assert_eq!(rack.left(), Vec::<String>::new());
    let began = Instant::now();
    while carriers() > 0 {
        assert!(began.elapsed() < Duration::from_secs(10), "the program that carried it stays");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    rack.done(&["places", "remove", "rack"]);
    assert_eq!(rack.done(&["places"]), "");
    let missing = rack.run(&["--on", "rack", "list"]);
    assert!(said(&missing).contains("o machine is called `rack`"), "{}", said(&missing));
    drop(rack.sshd);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_launched_on_another_machine_is_said() {
    if !here("machine::what_cannot_be_launched_on_another_machine_is_said", Own::Networks) {
        return;
    }
    let mut rack = Rack::new();
    rack.done(&["places", "add", "rack", "--engine", &rack.address()]);
    for (folder, wanted) in
        [("notes", "whole path"), ("/srv/ada/none", "/srv/ada/none"), ("/srv/ada/notes/first.ipynb/x", "first.ipynb")]
    {
        let refused = rack.run(&["--on", "rack", "launch", folder, "--no-open"]);
        assert!(!refused.status.success() && said(&refused).contains(wanted), "{folder}: {}", said(&refused));
    }
    assert_eq!(rack.left(), Vec::<String>::new());
    rack.sshd.end();
    let off = rack.run(&["--on", "rack", "launch", FOLDER, "--no-open"]);
    assert!(!off.status.success() && said(&off).contains("is not reached"), "{}", said(&off));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_connection_costs_nothing_and_changes_there_show_within_5_s() {
    if !here("machine::a_lost_connection_costs_nothing_and_changes_there_show_within_5_s", Own::Networks) {
        return;
    }
    let mut rack = Rack::new();
    let app = rack.core();
    app.settled().await;
    app.attend();
    let id = app.add_pipeline(FOLDER.into()).await.unwrap();
    let notebooks = |snapshot: &Snapshot| {
        let found = &pipeline(snapshot, &id)?.notebooks;
        Some(found.iter().map(|notebook| notebook.path.clone()).collect::<Vec<_>>())
    };
    until(&app, "the first notebook", |snapshot| (notebooks(snapshot)? == ["first.ipynb"]).then_some(())).await;
    // Once it is followed.
    tokio::time::sleep(Duration::from_secs(3)).await;
    rack.engine.there(&format!("cp {FOLDER}/first.ipynb {FOLDER}/second.ipynb"));
    let began = Instant::now();
    until(&app, "the second", |snapshot| (notebooks(snapshot)?.len() == 2).then_some(())).await;
    assert!(began.elapsed() < Duration::from_secs(6), "it showed after {:?}", began.elapsed());

    let missing = |snapshot: &Snapshot, missing: bool| (pipeline(snapshot, &id)?.missing == missing).then_some(());
    rack.engine.there("mv /srv/ada/notes /srv/ada/away");
    until(&app, "its absence", |snapshot| missing(snapshot, true)).await;
    rack.engine.there("mv /srv/ada/away /srv/ada/notes");
    until(&app, "its return", |snapshot| missing(snapshot, false)).await;

    launched(&app, FOLDER.as_ref(), Some("python_docker")).await.unwrap();
    let url = app.url(&id).await.unwrap();
    let server = Server::at(&url);
    // A kernelspec that is made here while the launch runs.
    rack.home.kernelspec("added", concat!("orchest/kernel-python:", env!("CARGO_PKG_VERSION")));
    let began = Instant::now();
    while server.get("/api/kernelspecs").await.1["kernelspecs"]["added"].is_null() {
        assert!(began.elapsed() < Duration::from_secs(20), "it is not offered there");
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    let kernel = server.start_unheard("added", "first.ipynb").await.unwrap();
    let mut page = server.connect_as(&kernel, Protocol::V1, "one").await;
    let cell = page
        .begin("import time\nprint('begun', flush=True)\nfor n in range(20): print(n, flush=True); time.sleep(0.5)")
        .await;
    rack.sshd.end();
    until(&app, "the loss", |snapshot| {
        let lost = matches!(snapshot.engine, EngineState::Unavailable { stale: true, .. });
        (lost && launch_of(snapshot, &id).is_some()).then_some(())
    })
    .await;
    assert!(server.try_connect(&kernel, Protocol::V1, "two").await.is_err(), "no page gets there");
    tokio::time::sleep(Duration::from_secs(5)).await;
    rack.sshd.start_again();
    until(&app, "the launch again", |snapshot| {
        let ready = matches!(snapshot.engine, EngineState::Ready { .. });
        (ready && launch_of(snapshot, &id)?.state == LaunchState::Running).then_some(())
    })
    .await;
    let began = Instant::now();
    let mut page = loop {
        match server.try_connect(&kernel, Protocol::V1, "one").await {
            Ok(page) => break page,
            Err(_) if began.elapsed() < Duration::from_secs(20) => tokio::time::sleep(Duration::from_millis(200)).await,
            Err(said) => panic!("{said}"),
        }
    };
    let told = page.outcome(&cell).await.text;
    assert!(told.ends_with("17\n18\n19\n"), "what came meanwhile is there: {told:?}");
    assert_eq!(app.url(&id).await.unwrap(), url, "open pages go on");

    // Another desktop with the same address: the launch is this person's there, too.
    let other = Home::new();
    let second = machine::add(&other.places(), &around(), "theirs", &rack.address()).unwrap();
    let second = App::at(second, around());
    let seen = second.settled().await;
    let launch = launch_of(&seen, &id).unwrap();
    assert_eq!((launch.state, launch.owner), (LaunchState::Running, None));
    stopped(&second, &id).await;
    assert_eq!(rack.left(), Vec::<String>::new());
}

/// Only prints: `--ignored --nocapture`.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "it measures"]
#[allow(clippy::print_stdout)]
async fn what_a_round_trip_of_40_ms_costs_a_launch() {
    if !here("machine::what_a_round_trip_of_40_ms_costs_a_launch", Own::Networks) {
        return;
    }
    let rack = Rack::new();
    let folder = rack._folder.path().join("notes");
    std::fs::create_dir(&folder).unwrap();
    let (here, mut measured) = (Home::new(), Vec::new());
    for far in [false, true] {
        if far {
            rack.sshd.far_away(Duration::from_millis(40)).await;
        }
        let near = App::start_amid(here.places(), rack.engine.around());
        let app = if far { rack.core() } else { near };
        app.settled().await;
        if far {
            // As in a window: the folder is followed.
            app.attend();
            app.add_pipeline(folder.clone()).await.unwrap();
            tokio::time::sleep(Duration::from_secs(5)).await;
        }
        let mut each = Vec::new();
        for _ in 0..5 {
            let began = Instant::now();
            let id = launched(&app, &folder, Some("python_docker")).await.unwrap();
            let took = began.elapsed();
            let stages = app.snapshots().borrow().launch(&id).unwrap().stages.clone();
            let stages: Vec<_> = stages.iter().map(|stage| (stage.stage, stage.took)).collect();
            each.push(took);
            let server = Server::at(&app.url(&id).await.unwrap());
            let mut kernel = server.start("python_docker", "first.ipynb").await.unwrap();
            let mut cells = Vec::new();
            for _ in 0..20 {
                let began = Instant::now();
                kernel.execute("pass").await;
                cells.push(began.elapsed());
            }
            cells.sort();
            let began = Instant::now();
            kernel.execute("print('x' * (20 << 20))").await;
            println!("far {far}: launch {took:?} {stages:?}, a cell {:?}, 20 MB {:?}", cells[10], began.elapsed());
            stopped(&app, &id).await;
        }
        each.sort();
        measured.push(each[2]);
    }
    println!("launch: here {:?}, there {:?}", measured[0], measured[1]);
    let began = Instant::now();
    std::process::Command::new("ssh").args(["rack", "head -c 20971520 /dev/zero"]).output().unwrap();
    println!("20 MB by ssh cat: {:?} with its login", began.elapsed());
}
