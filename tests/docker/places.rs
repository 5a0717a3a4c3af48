//! Launches at a gateway that others keep: Enterprise Gateway 3.3.0 from its wheel, beside the engine.

use std::path::Path;
use std::time::{Duration, Instant};

use orchest_core::contract::check::Check;
use orchest_core::contract::place::PlaceState;
use orchest_core::contract::snapshot::{LaunchState, Stage};
use orchest_core::settings::place::{GatewayPlace, KeptSecret, SharedFolder};
use orchest_core::{App, Failure};
use orchest_tests::engine::{docker, in_role, left_of};
use orchest_tests::home::{Home, begun, launch_of, launched, server_of, stopped, until};
use orchest_tests::stock_gateway::{KERNELSPEC, StockGateway, TOKEN};
use serde_json::Value;

const TEAM: &str = "team";

fn place(gateway: &StockGateway) -> GatewayPlace {
    GatewayPlace {
        gateway: gateway.url(),
        token: Some(KeptSecret::File(gateway.token_file())),
        ..GatewayPlace::default()
    }
}

/// Adds a folder, the place, and the place to the folder.
async fn at(app: &App, place: GatewayPlace, folder: &Path) -> String {
    let id = app.add_pipeline(folder.to_owned()).await.unwrap();
    app.add_place(TEAM, place.into(), None).await.unwrap();
    app.pick_place(&id, Some(TEAM.to_owned())).await.unwrap();
    id
}

async fn refused(app: &App, folder: &Path) -> Failure {
    let failure = launched(app, folder, None).await.unwrap_err();
    let id = app.resolve(folder.to_str().unwrap()).unwrap();
    assert_eq!(left_of(&id), Vec::<String>::new(), "nothing was made");
    failure
}

#[tokio::test(flavor = "multi_thread")]
async fn a_launch_at_a_gateway_runs_its_kernels_there_and_leaves_none() {
    let home = Home::new();
    let gateway = StockGateway::start_in(home.path(), false);
    let app = home.app().await;
    let folder = home.pipeline("at a place");
    at(&app, place(&gateway), &folder).await;
    let id = launched(&app, &folder, None).await.unwrap();
    let launch = launch_of(&app.snapshots().borrow(), &id).unwrap();
    assert_eq!((launch.place.as_deref(), launch.kernelspec.as_str()), (Some(TEAM), KERNELSPEC));
    let stage = launch.stages.iter().find(|view| view.stage == Stage::Gateway).unwrap();
    assert!(stage.detail.starts_with("Enterprise Gateway 3.3.0; its kernels do not see this folder"), "{stage:?}");
    assert_eq!(in_role(&id, "gateway"), Vec::<String>::new(), "it has no gateway of its own");

    let server = server_of(&app, &id).await;
    let specs = server.get("/api/kernelspecs").await.1;
    assert_eq!((&specs["default"], specs["kernelspecs"].as_object().unwrap().len()), (&KERNELSPEC.into(), 2));
    let mut kernel = server.start(KERNELSPEC, "first.ipynb").await.unwrap();
    let host = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap();
    assert_eq!(kernel.execute("import socket; print(socket.gethostname())").await.text, host);
    let missing = kernel.execute("open('first.ipynb')").await;
    assert!(missing.error.as_deref().is_some_and(|error| error.contains("FileNotFoundError")), "{missing:?}");
    assert!(missing.text.contains("does not see the folder of this notebook"), "{missing:?}");

    // Its kernels are shown, and can be acted on.
    let live = app.live_kernels(&id).await.unwrap();
    assert_eq!(live.len(), 1);
    let sent = kernel.begin("import time\ntry:\n    print('begun', flush=True); time.sleep(60)\nexcept KeyboardInterrupt: print('interrupted')").await;
    app.act_on_kernel(&id, &live[0].id, orchest_core::contract::live::KernelAction::Interrupt).await.unwrap();
    assert!(kernel.outcome(&sent).await.text.contains("interrupted"));

    // No token is on a command line or in the snapshot.
    let told = format!("{:?}", app.snapshots().borrow());
    assert!(!told.contains(TOKEN));
    let container = in_role(&id, "server").concat();
    let inspected = docker(&["inspect", "--format", "{{json .Config.Cmd}} {{json .Args}}", &container]).concat();
    assert!(!inspected.contains(TOKEN));
    let environments = docker(&["exec", &container, "sh", "-c", "cat /proc/[0-9]*/cmdline | tr '\\0' ' '"]).concat();
    assert!(!environments.contains(TOKEN));

    let kernel_id = kernel.id.clone();
    assert!(gateway.has(&kernel_id).await);
    stopped(&app, &id).await;
    assert_eq!(left_of(&id), Vec::<String>::new());
    assert!(!gateway.has(&kernel_id).await, "it ended with the launch");
}

#[tokio::test(flavor = "multi_thread")]
async fn kernels_at_a_gateway_outlive_their_server() {
    let home = Home::new();
    let gateway = StockGateway::start_in(home.path(), false);
    let app = home.app().await;
    app.attend();
    let folder = home.pipeline("server dies");
    at(&app, place(&gateway), &folder).await;
    let id = launched(&app, &folder, None).await.unwrap();
    let mut kernel = server_of(&app, &id).await.start(KERNELSPEC, "first.ipynb").await.unwrap();
    kernel.execute("kept = 'still here'").await;
    let container = in_role(&id, "server").concat();
    let id_of = |name: &str| docker(&["ps", "-q", "--no-trunc", "--filter", &format!("name={name}")]).concat();
    let before = id_of(&container);
    docker(&["kill", &container]);
    until(&app, "another server", |snapshot| {
        let launch = launch_of(snapshot, &id)?;
        let now = id_of(&container);
        (launch.state == LaunchState::Running && !now.is_empty() && now != before).then_some(())
    })
    .await;
    let server = server_of(&app, &id).await;
    let mut again = server.connect(&kernel.id).await;
    assert_eq!(again.execute("print(kept)").await.text, "still here\n");
    stopped(&app, &id).await;
    assert!(!gateway.has(&kernel.id).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_gateway_that_was_restarted_is_found_again_and_its_kernels_are_said_to_be_gone() {
    let home = Home::new();
    let mut gateway = StockGateway::start_in(home.path(), false);
    let app = home.app().await;
    let folder = home.pipeline("gateway restarts");
    at(&app, place(&gateway), &folder).await;
    let id = launched(&app, &folder, None).await.unwrap();
    let server = server_of(&app, &id).await;
    let kernel = server.start(KERNELSPEC, "first.ipynb").await.unwrap();
    gateway.end();
    // Another program still sees it run.
    let listed = home.orchest(&["list", "--json"]).output().unwrap();
    let listed: Value = serde_json::from_slice(&listed.stdout).unwrap();
    let launch = listed.as_array().unwrap().iter().find(|pipeline| pipeline["id"] == id).unwrap()["launch"].clone();
    assert_eq!(launch["state"], "running", "{launch}");
    gateway.start();
    let model: Value = loop {
        let (_, model) = server.get(&format!("/api/kernels/{}", kernel.id)).await;
        if model["execution_state"] == "dead" {
            break model;
        }
        tokio::time::sleep(Duration::from_millis(200)).await;
    };
    assert!(model["reason"].as_str().is_some_and(|reason| reason.contains("no longer has this kernel")), "{model}");
    let mut other = server.start(KERNELSPEC, "second.ipynb").await.unwrap();
    assert_eq!(other.execute("print(1)").await.text, "1\n");
    stopped(&app, &id).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_gateway_that_cannot_be_used_ends_the_launch_with_its_remedy() {
    let home = Home::new();
    let mut gateway = StockGateway::start_in(home.path(), true);
    let app = home.app().await;
    let folder = home.pipeline("refused");
    let right = GatewayPlace { ca: Some(gateway.authority()), ..place(&gateway) };
    let id = app.add_pipeline(folder.clone()).await.unwrap();
    let wrong = home.path().join("wrong");
    std::fs::copy(gateway.token_file(), &wrong).unwrap();
    std::fs::write(&wrong, "wrong").unwrap();
    let table = [
        ("unknown authority", GatewayPlace { ca: None, ..right.clone() }, "does not answer", "--ca"),
        (
            "wrong token",
            GatewayPlace { token: Some(KeptSecret::File(wrong)), ..right.clone() },
            "refuses the token",
            "valid token",
        ),
        ("no token", GatewayPlace { token: None, ..right.clone() }, "asks for a token", "--token-stdin"),
        (
            "other path",
            GatewayPlace { gateway: format!("{}/x", gateway.url()), ..right.clone() },
            "No Jupyter gateway",
            "path",
        ),
    ];
    for (name, place, message, hint) in table {
        app.add_place(name, place.into(), None).await.unwrap();
        app.pick_place(&id, Some(name.to_owned())).await.unwrap();
        let failure = refused(&app, &folder).await;
        assert!(failure.message.contains(message) && failure.hint.contains(hint), "{name}: {failure:?}");
        app.dismiss_failure(&id).await.unwrap();
    }
    app.add_place(TEAM, right.into(), None).await.unwrap();
    app.pick_place(&id, Some(TEAM.to_owned())).await.unwrap();
    let failure = launched(&app, &folder, Some("r_docker")).await.unwrap_err();
    assert!(
        failure.message.contains("has no kernelspec `r_docker`") && failure.hint.contains(KERNELSPEC),
        "{failure:?}"
    );
    let launch = launched(&app, &folder, None).await.unwrap();
    let mut kernel = server_of(&app, &launch).await.start(KERNELSPEC, "first.ipynb").await.unwrap();
    assert_eq!(kernel.execute("print(6 * 7)").await.text, "42\n", "through TLS");
    stopped(&app, &launch).await;
    gateway.end();
    let failure = refused(&app, &folder).await;
    assert!(failure.message.contains("does not answer") && failure.hint.contains("runs"), "{failure:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_gateway_that_hangs_ends_the_launch_in_time_and_a_person_need_not_wait() {
    let home = Home::new();
    let gateway = StockGateway::start_in(home.path(), false);
    let app = home.app().await;
    let folder = home.pipeline("hangs");
    let id = at(&app, place(&gateway), &folder).await;
    gateway.hang(true);
    app.launch(&id).await.unwrap();
    begun(&app, &id, Stage::Gateway).await;
    app.cancel(&id).await.unwrap();
    let cancelled = until(&app, "no launch", |snapshot| launch_of(snapshot, &id).is_none().then_some(()));
    tokio::time::timeout(Duration::from_secs(2), cancelled).await.expect("at once");
    let began = Instant::now();
    let failure = refused(&app, &folder).await;
    assert!(began.elapsed() < Duration::from_secs(30), "after {:?}", began.elapsed());
    assert!(failure.message.contains("does not answer"), "{failure:?}");
    gateway.hang(false);
    let id = launched(&app, &folder, None).await.unwrap();
    // Cells wait for a gateway that hangs, and go on with it.
    let mut kernel = server_of(&app, &id).await.start(KERNELSPEC, "first.ipynb").await.unwrap();
    gateway.hang(true);
    let sent = kernel.send("print('waited')").await;
    tokio::time::sleep(Duration::from_secs(2)).await;
    gateway.hang(false);
    assert_eq!(kernel.outcome(&sent).await.text, "waited\n");
    gateway.hang(true);
    let began = Instant::now();
    stopped(&app, &id).await;
    assert!(began.elapsed() < Duration::from_secs(15), "after {:?}", began.elapsed());
    let notice = until(&app, "a remark", |snapshot| snapshot.notices.first().cloned()).await;
    assert!(notice.message.contains("may still run at `team`"), "{notice:?}");
    gateway.hang(false);
}

#[tokio::test(flavor = "multi_thread")]
async fn kernels_work_in_a_folder_that_they_share_with_this_machine() {
    let home = Home::new();
    let gateway = StockGateway::start_in(home.path(), false);
    let app = home.app().await;
    let folder = home.pipeline("shared");
    let here = home.path().canonicalize().unwrap();
    let shared = SharedFolder { there: here.to_str().unwrap().to_owned(), here };
    at(&app, GatewayPlace { shared: vec![shared], ..place(&gateway) }, &folder).await;
    let id = launched(&app, &folder, None).await.unwrap();
    let launch = launch_of(&app.snapshots().borrow(), &id).unwrap();
    let stage = launch.stages.iter().find(|view| view.stage == Stage::Gateway).unwrap();
    assert_eq!(stage.detail, "Enterprise Gateway 3.3.0");
    let mut kernel = server_of(&app, &id).await.start(KERNELSPEC, "first.ipynb").await.unwrap();
    let told = kernel.execute("import os; print(os.environ['KERNEL_WORKING_DIR'])").await;
    assert_eq!(told.text.trim(), folder.to_str().unwrap());
    stopped(&app, &id).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_terminal_adds_tests_uses_and_removes_a_place() {
    // The engine has launches of other tests at their places.
    const OWN: &str = "by-hand";
    let home = Home::new();
    let gateway = StockGateway::start_in(home.path(), false);
    let folder = home.pipeline("by hand");
    let run = |arguments: &[&str]| {
        let output = home.orchest(arguments).output().unwrap();
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        (output.status.code(), text(&output.stdout), text(&output.stderr))
    };
    let (code, _, told) = run(&["places"]);
    assert!(code == Some(0) && told.contains("this machine alone"), "{told}");
    let (url, token) = (gateway.url(), gateway.token_file());
    let (code, _, told) = run(&["places", "add", OWN, "--gateway", &url, "--token-file", token.to_str().unwrap()]);
    assert!(code == Some(0) && told.contains("Added by-hand"), "{told}");
    let (code, table, _) = run(&["places"]);
    assert!(code == Some(0) && table.contains("Enterprise Gateway 3.3.0") && table.contains(KERNELSPEC), "{table}");
    let (code, checks, told) = run(&["places", "test", OWN, "--json"]);
    assert_eq!(code, Some(0), "{checks}{told}");
    let checks: Vec<Value> = serde_json::from_str(&checks).unwrap();
    let names: Vec<_> = checks.iter().filter_map(|check| check["name"].as_str()).collect();
    assert_eq!(names, ["address", "token and certificates", "gateway", "kernelspecs", "kernel"]);

    let folder = folder.to_str().unwrap();
    let (code, launched, told) = run(&["launch", folder, "--place", OWN, "--no-open", "--json"]);
    assert_eq!(code, Some(0), "{told}");
    assert!(told.contains("Gateway") && told.contains("Enterprise Gateway 3.3.0"), "{told}");
    let launched: Value = serde_json::from_str(&launched).unwrap();
    assert_eq!(launched["place"], OWN);
    let (code, _, told) = run(&["places", "remove", OWN]);
    assert!(code == Some(1) && told.contains("Launches run at `by-hand`"), "{told}");
    assert_eq!(run(&["stop", folder]).0, Some(0));
    let (code, _, told) = run(&["places", "use", OWN, folder]);
    assert!(code == Some(0) && told.contains("do not see this folder"), "{told}");
    let (code, _, told) = run(&["places", "remove", OWN]);
    assert_eq!(code, Some(0), "{told}");
    let settings = std::fs::read_to_string(home.places().settings_file()).unwrap();
    assert!(!settings.contains(OWN), "{settings}");
    let (code, _, told) = run(&["launch", folder, "--place", OWN, "--no-open"]);
    assert!(code == Some(1) && told.contains("There is no place `by-hand`"), "{told}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_test_of_a_place_ends_at_the_first_step_that_fails() {
    let home = Home::new();
    let gateway = StockGateway::start_in(home.path(), false);
    let app = home.app().await;
    app.add_place(TEAM, place(&gateway).into(), None).await.unwrap();
    app.ask_place(TEAM).await.unwrap();
    let state = app.snapshots().borrow().places[0].state.clone();
    assert!(
        matches!(state, PlaceState::Ready { ref kernelspecs, .. } if kernelspecs[1].proxy.as_deref() == Some("LocalProcessProxy"))
    );
    let failed = |checks: &[Check]| checks.iter().find(|check| !check.ok).cloned();
    let checks = app.test_place(TEAM, None).await.unwrap();
    assert_eq!((checks.len(), failed(&checks)), (5, None));
    let checks = app.test_place(TEAM, Some("gone".to_owned())).await.unwrap();
    assert_eq!(failed(&checks).map(|check| check.name), Some("kernelspecs"));
    drop(gateway);
    let checks = app.test_place(TEAM, None).await.unwrap();
    let failed = failed(&checks).unwrap();
    assert_eq!((failed.name, checks.len()), ("gateway", 3));
    assert!(failed.remedy.is_some());
}
