//! The fault matrix. A row is a call to the engine, made at some stage of launching or stopping, and a fault of that
//! call. In each row the person sees a failure where one is due, nothing is left, and the next launch works.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use orchest_core::App;
use orchest_core::FailureCode;
use orchest_core::contract::snapshot::{LaunchState, Stage, StageState, StageView};
use orchest_core::settings::Place;
use orchest_core::settings::place::{GatewayPlace, KeptSecret};
use orchest_tests::engine::{docker, left_of};
use orchest_tests::home::{Home, begun, launch_of, launched, stopped, until};
use orchest_tests::proxy::{Fault, Proxy};
use orchest_tests::stock_gateway::StockGateway;

/// A call: the stage that makes it, its method, and a part of its path.
type Call = (&'static str, &'static str, &'static str);

const LAUNCHING: [Call; 7] = [
    ("engine", "GET", "/_ping"),
    ("images", "GET", "/images/orchest"),
    ("network, looked for", "GET", "/networks"),
    ("network, made", "POST", "/networks/create"),
    ("containers, made", "POST", "/containers/create"),
    ("containers, started", "POST", "/start"),
    ("ready, asked for the port", "GET", "-server/json"),
];

const STOPPING: [Call; 4] = [
    ("asked to end", "POST", "/stop"),
    ("renamed", "POST", "/rename"),
    ("containers, removed", "DELETE", "/containers/"),
    ("network, removed", "DELETE", "/networks/"),
];

/// What has to become of a launch with the fault.
#[derive(Clone, Copy, PartialEq)]
enum Expected {
    Runs,
    Fails,
}

/// A home, a folder in its list, an engine behind a proxy with faults, and a core that uses it.
struct Row {
    _home: Home,
    folder: PathBuf,
    proxy: Proxy,
    app: App,
    id: String,
}

async fn row() -> Row {
    row_at(None).await
}

/// The same, with the folder at a place.
async fn row_at(place: Option<&Place>) -> Row {
    let home = Home::new();
    let folder = home.pipeline("row");
    let proxy = Proxy::new(home.path()).await;
    proxy.start();
    let app = home.app_with(&proxy);
    app.settled().await;
    let id = app.add_pipeline(folder.clone()).await.unwrap();
    if let Some(place) = place {
        app.add_place("team", place.clone(), None).await.unwrap();
        app.pick_place(&id, Some("team".to_owned())).await.unwrap();
    }
    Row { _home: home, folder, proxy, app, id }
}

/// Runs a row; answers with a description of what went wrong in it.
async fn launching_row(call: Call, fault: Fault, expected: Expected) -> Result<(), String> {
    launching_row_at(None, call, fault, expected).await
}

async fn launching_row_at(
    place: Option<&Place>,
    (_, method, path): Call,
    fault: Fault,
    expected: Expected,
) -> Result<(), String> {
    let Row { folder, proxy, app, id, .. } = &row_at(place).await;
    proxy.rule(method, path, fault);
    let outcome = launched(app, folder, None).await;
    proxy.no_rules();
    match (&outcome, expected) {
        (Ok(_), Expected::Fails) => return Err("it runs".to_owned()),
        (Err(failure), Expected::Runs) => return Err(format!("it fails: {failure:?}")),
        (Err(failure), Expected::Fails) => {
            if failure.message.is_empty() || failure.hint.is_empty() || failure.code == FailureCode::Cancelled {
                return Err(format!("the failure does not explain itself: {failure:?}"));
            }
            gone(id).await?;
        }
        (Ok(_), Expected::Runs) => {}
    }
    next_launch_works(app, folder, id).await
}

async fn stopping_row(call: Call, fault: Fault) -> Result<(), String> {
    stopping_row_at(None, call, fault).await
}

async fn stopping_row_at(place: Option<&Place>, (_, method, path): Call, fault: Fault) -> Result<(), String> {
    let Row { folder, proxy, app, id, .. } = &row_at(place).await;
    launched(app, folder, None).await.map_err(|failure| format!("{failure:?}"))?;
    proxy.rule(method, path, fault);
    app.stop(id).await.map_err(|failure| format!("{failure:?}"))?;
    until(app, "the end of stopping", |snapshot| match launch_of(snapshot, id) {
        Some(launch) if launch.state == LaunchState::Stopping && snapshot.notices.is_empty() => None,
        _ => Some(()),
    })
    .await;
    proxy.no_rules();
    let told = !app.snapshots().borrow().notices.is_empty();
    if !told && !left_of(id).is_empty() {
        return Err(format!("something is left and not reported: {:?}", left_of(id)));
    }
    // Now the rest can be removed.
    app.stop(id).await.map_err(|failure| format!("stopped again: {failure:?}"))?;
    gone(id).await?;
    next_launch_works(app, folder, id).await
}

async fn gone(id: &str) -> Result<(), String> {
    for _ in 0..150 {
        if left_of(id).is_empty() {
            return Ok(());
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    Err(format!("left: {:?}", left_of(id)))
}

async fn next_launch_works(app: &App, folder: &Path, id: &str) -> Result<(), String> {
    launched(app, folder, None).await.map_err(|failure| format!("the next launch: {failure:?}"))?;
    app.stop(id).await.map_err(|failure| format!("{failure:?}"))?;
    gone(id).await
}

async fn launching_rows(name: &str, fault: Fault, expected: Expected) {
    let mut wrong = Vec::new();
    for call in LAUNCHING {
        if let Err(what) = launching_row(call, fault.clone(), expected).await {
            wrong.push(format!("{}: {name}: {what}", call.0));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

async fn stopping_rows(name: &str, fault: Fault) {
    let mut wrong = Vec::new();
    for call in STOPPING {
        if let Err(what) = stopping_row(call, fault.clone()).await {
            wrong.push(format!("{}: {name}: {what}", call.0));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[tokio::test(flavor = "multi_thread")]
async fn launching_with_an_engine_that_answers_500() {
    launching_rows("500", Fault::Refused(500, "something is wrong"), Expected::Fails).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn launching_with_an_engine_that_sends_half_an_answer() {
    // The ping's answer has two bytes, and a creation's answer comes in one piece. An empty list has three bytes.
    let calls = LAUNCHING.iter().filter(|call| ["GET"].contains(&call.1) && call.2 != "/_ping");
    for call in calls {
        let outcome = launching_row(*call, Fault::CutAfter(1), Expected::Fails).await;
        assert_eq!(outcome, Ok(()), "{}: half an answer", call.0);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn launching_with_an_engine_whose_disk_is_full() {
    let message = "write /var/lib/docker/x: no space left on device";
    for call in LAUNCHING.iter().filter(|call| call.1 == "POST") {
        let outcome = launching_row(*call, Fault::Refused(500, message), Expected::Fails).await;
        assert_eq!(outcome, Ok(()), "{}: disk full", call.0);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn launching_with_an_engine_that_takes_a_second_for_each_call() {
    launching_rows("slow", Fault::Late(Duration::from_secs(1)), Expected::Runs).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn stopping_with_an_engine_that_answers_500() {
    stopping_rows("500", Fault::Refused(500, "something is wrong")).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn stopping_with_an_engine_that_takes_a_second_for_each_call() {
    stopping_rows("slow", Fault::Late(Duration::from_secs(1))).await;
}

/// The column of launches at a gateway that others keep.
#[tokio::test(flavor = "multi_thread")]
async fn launches_at_a_gateway_meet_the_same_faults_of_the_engine() {
    let files = tempfile::tempdir().unwrap();
    let gateway = StockGateway::start_in(files.path(), false);
    let token = Some(KeptSecret::File(gateway.token_file()));
    let place: Place = GatewayPlace { gateway: gateway.url(), token, ..GatewayPlace::default() }.into();
    let (place, refused) = (Some(&place), Fault::Refused(500, "something is wrong"));
    let late = Fault::Late(Duration::from_millis(500));
    let mut wrong = Vec::new();
    for call in LAUNCHING {
        for (name, fault, expected) in [("500", &refused, Expected::Fails), ("slow", &late, Expected::Runs)] {
            if let Err(what) = launching_row_at(place, call, fault.clone(), expected).await {
                wrong.push(format!("{}: {name}: {what}", call.0));
            }
        }
    }
    for call in STOPPING {
        if let Err(what) = stopping_row_at(place, call, refused.clone()).await {
            wrong.push(format!("{}: 500: {what}", call.0));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[tokio::test(flavor = "multi_thread")]
async fn launching_with_an_engine_that_never_answers() {
    // The first call has a deadline of its own.
    assert_eq!(launching_row(LAUNCHING[0], Fault::Unanswered, Expected::Fails).await, Ok(()));
    // A person who does not want to wait for the other calls cancels.
    let Row { folder, proxy, app, id, .. } = &row().await;
    proxy.rule("GET", "/images/orchest", Fault::Unanswered);
    app.launch(id).await.unwrap();
    until(app, "the images", |snapshot| {
        let active = |stage: &StageView| stage.stage == Stage::Images && stage.state == StageState::Active;
        launch_of(snapshot, id)?.stages.iter().any(active).then_some(())
    })
    .await;
    app.cancel(id).await.unwrap();
    let cancelled = until(app, "no launch", |snapshot| launch_of(snapshot, id).is_none().then_some(()));
    tokio::time::timeout(Duration::from_secs(2), cancelled).await.expect("at once");
    proxy.no_rules();
    next_launch_works(app, folder, id).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_launch_cancelled_as_it_becomes_ready_does_not_run_on() {
    let Row { folder, proxy, app, id, .. } = &row().await;
    app.launch(id).await.unwrap();
    begun(app, id, Stage::Ready).await;
    // The launch is complete, but the person does not see that yet.
    proxy.rule("GET", "/containers/json", Fault::Late(Duration::from_secs(1)));
    until(app, "all stages done", |snapshot| {
        launch_of(snapshot, id)?.stages.iter().all(|stage| stage.state == StageState::Done).then_some(())
    })
    .await;
    let launch = launch_of(&app.snapshots().borrow(), id);
    assert_eq!(launch.map(|launch| launch.state), Some(LaunchState::Starting));
    app.cancel(id).await.unwrap();
    proxy.no_rules();
    until(app, "no launch", |snapshot| launch_of(snapshot, id).is_none().then_some(())).await;
    gone(id).await.unwrap();
    next_launch_works(app, folder, id).await.unwrap();
}

async fn fails_with(call: Call, fault: Fault, said: &str) {
    let Row { folder, proxy, app, id, .. } = &row().await;
    proxy.rule(call.1, call.2, fault);
    let failure = launched(app, folder, None).await.unwrap_err();
    assert!(failure.message.contains(said) || failure.hint.contains(said), "{}: {failure:?}", call.0);
    proxy.no_rules();
    gone(id).await.unwrap();
    next_launch_works(app, folder, id).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn errors_of_the_engine_are_shown_in_our_words() {
    let pools = "could not find an available, non-overlapping IPv4 address pool among the defaults";
    fails_with(LAUNCHING[3], Fault::Refused(404, pools), "docker network prune").await;
    fails_with(LAUNCHING[4], Fault::Refused(404, "No such image: orchest/server"), "launch again").await;
    fails_with(LAUNCHING[4], Fault::Refused(500, "no space left on device"), "docker system df").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_strangers_container_with_our_name_is_reported_and_stays() {
    let home = Home::new();
    let folder = home.pipeline("taken");
    let app = home.app().await;
    let id = app.add_pipeline(folder.clone()).await.unwrap();
    let name = format!("orchest-{id}-server");
    docker(&["run", "-d", "--name", &name, "--entrypoint", "sleep", "orchest/server:0.1.0", "300"]);
    let failure = launched(&app, &folder, None).await.unwrap_err();
    assert!(failure.message.contains(&name) && failure.hint.contains("docker rm"), "{failure:?}");
    assert_eq!(left_of(&id), Vec::<String>::new());
    assert_eq!(docker(&["ps", "-q", "--filter", &format!("name={name}")]).len(), 1, "the stranger's container runs on");
    docker(&["rm", "-f", &name]);
    next_launch_works(&app, &folder, &id).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_folder_deleted_or_made_unreadable_during_its_launch_leaves_nothing() {
    let home = Home::new();
    let folder = home.pipeline("moved");
    let app = home.app().await;
    app.add_pipeline(folder.clone()).await.unwrap();
    let id = app.launch_folder(folder.clone(), None, None).await.unwrap();
    std::fs::rename(&folder, folder.with_extension("away")).unwrap();
    until(&app, "an end", |snapshot| {
        launch_of(snapshot, &id).filter(|launch| launch.state != LaunchState::Starting).map(drop)
    })
    .await;
    // If the launch is slower than the rename, it fails; if not, it runs with the former folder.
    app.stop(&id).await.unwrap();
    gone(&id).await.unwrap();
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::rename(folder.with_extension("away"), &folder).unwrap();
    next_launch_works(&app, &folder, &id).await.unwrap();
    assert!(folder.join("first.ipynb").exists(), "no file of the person's is lost");
}

#[test]
fn the_next_program_deals_with_the_rest_of_a_killed_or_ended_one() {
    use rustix::process::{Pid, Signal, kill_process};
    let killed = [0, 50, 100, 150, 400].map(|after| (Signal::KILL, after));
    for (signal, after) in [(Signal::TERM, 0), (Signal::TERM, 300), (Signal::INT, 150)].into_iter().chain(killed) {
        let home = Home::new();
        let folder = home.pipeline("killed");
        let folder = folder.to_str().unwrap();
        let mut program = home.orchest(&["launch", folder, "--no-open"]);
        let program = program.stdout(std::process::Stdio::null()).stderr(std::process::Stdio::null());
        let mut program = program.spawn().unwrap();
        std::thread::sleep(Duration::from_millis(after));
        kill_process(Pid::from_child(&program), signal).unwrap();
        program.wait().unwrap();
        let again = home.orchest(&["launch", folder, "--no-open"]).output().unwrap();
        let said = String::from_utf8_lossy(&again.stderr).into_owned();
        assert!(again.status.success(), "{signal:?} after {after} ms: {said}");
        let stopped = home.orchest(&["stop", folder]).output().unwrap();
        assert!(stopped.status.success(), "{}", String::from_utf8_lossy(&stopped.stderr));
        let left = docker(&["ps", "-aq", "--filter", &format!("label=org.orchest.pipeline={folder}")]);
        assert_eq!(left, Vec::<String>::new(), "{signal:?} after {after} ms");
    }
}

/// A moment of a launch: the calls with which the moment comes, and how many containers exist and run at that moment.
/// `ID` stands for the launch's id.
struct Moment {
    name: &'static str,
    calls: &'static [(&'static str, &'static str)],
    containers: (usize, usize),
}

const MOMENTS: [Moment; 8] = [
    Moment { name: "before the network", calls: &[("POST", "/networks/create")], containers: (0, 0) },
    Moment { name: "after the network", calls: &[("POST", "/containers/create")], containers: (0, 0) },
    Moment {
        name: "the gateway created",
        calls: &[("POST", "name=orchest-ID-server"), ("POST", "-gateway/start")],
        containers: (1, 0),
    },
    Moment {
        name: "the server created",
        calls: &[("POST", "name=orchest-ID-gateway"), ("POST", "-server/start")],
        containers: (1, 0),
    },
    Moment {
        name: "both created",
        calls: &[("POST", "-gateway/start"), ("POST", "-server/start")],
        containers: (2, 0),
    },
    Moment { name: "the gateway started", calls: &[("POST", "-server/start")], containers: (2, 1) },
    Moment { name: "the server started", calls: &[("POST", "-gateway/start")], containers: (2, 1) },
    Moment { name: "both started", calls: &[("GET", "-server/json")], containers: (2, 2) },
];

fn containers(id: &str) -> (usize, usize) {
    let label = format!("label=org.orchest.launch={id}");
    (docker(&["ps", "-aq", "--filter", &label]).len(), docker(&["ps", "-q", "--filter", &label]).len())
}

/// Waits until each of these calls has come and is held; answers with how many containers exist by then.
async fn held(proxy: &Proxy, calls: &[(&str, &str)], id: &str, wanted: (usize, usize)) -> (usize, usize) {
    for _ in 0..600 {
        let came = calls.iter().all(|(method, path)| proxy.held(method, &path.replace("ID", id)) > 0);
        if came && containers(id) == wanted {
            break;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    containers(id)
}

/// Starts a program that launches a folder, and kills it at a moment.
async fn killed_at(moment: &Moment, home: &Home, folder: &Path, id: &str) {
    let proxy = Proxy::new(home.path()).await;
    proxy.start();
    for (method, path) in moment.calls {
        proxy.rule(method, &path.replace("ID", id), Fault::Unanswered);
    }
    let mut program = home.orchest(&["launch", folder.to_str().unwrap(), "--no-open"]);
    let program = program.env("DOCKER_HOST", proxy.host());
    let program = program.stdout(std::process::Stdio::null()).stderr(std::process::Stdio::null());
    let mut program = program.spawn().unwrap();
    let made = held(&proxy, moment.calls, id, moment.containers).await;
    program.kill().unwrap();
    program.wait().unwrap();
    assert_eq!(made, moment.containers, "{}", moment.name);
}

/// How much longer a launch may take after a killed program than on an empty engine.
const TAKES_OVER_WITHIN: Duration = Duration::from_secs(5);

#[tokio::test(flavor = "multi_thread")]
async fn the_terminal_takes_over_at_once_from_a_program_killed_at_any_moment() {
    let home = Home::new();
    let app = home.app().await;
    let launches = |folder: &Path| {
        let began = Instant::now();
        let output = home.orchest(&["launch", folder.to_str().unwrap(), "--no-open"]).output().unwrap();
        assert!(output.status.success(), "{}: {}", folder.display(), String::from_utf8_lossy(&output.stderr));
        began.elapsed()
    };
    let empty = home.pipeline("floor");
    let empty_id = app.resolve(empty.to_str().unwrap()).unwrap();
    let mut slow = Vec::new();
    for moment in &MOMENTS {
        let folder = home.pipeline(moment.name);
        let id = app.resolve(folder.to_str().unwrap()).unwrap();
        killed_at(moment, &home, &folder, &id).await;
        let took = launches(&folder);
        // On a busy machine the times of launches vary.
        let floor = launches(&empty);
        stopped(&app, &empty_id).await;
        if took > floor + TAKES_OVER_WITHIN {
            slow.push(format!("{}: {took:?}, on an empty engine {floor:?}", moment.name));
        }
        let stopped = home.orchest(&["stop", folder.to_str().unwrap()]).output().unwrap();
        assert!(stopped.status.success(), "{}", String::from_utf8_lossy(&stopped.stderr));
        assert_eq!(left_of(&id), Vec::<String>::new(), "{}", moment.name);
    }
    assert!(slow.is_empty(), "{}", slow.join("\n"));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_window_takes_over_at_once_from_a_program_killed_at_any_moment() {
    let home = Home::new();
    let app = home.app().await;
    app.attend();
    let empty = home.pipeline("floor");
    let launches = async |folder: &Path| {
        let began = Instant::now();
        let id = launched(&app, folder, None).await;
        let id = id.unwrap_or_else(|failure| panic!("{}: {failure:?}", folder.display()));
        (id, began.elapsed())
    };
    let mut slow = Vec::new();
    for moment in &MOMENTS {
        let folder = home.pipeline(moment.name);
        let id = app.add_pipeline(folder.clone()).await.unwrap();
        killed_at(moment, &home, &folder, &id).await;
        let (_, took) = launches(&folder).await;
        // On a busy machine the times of launches vary.
        let (empty_id, floor) = launches(&empty).await;
        stopped(&app, &empty_id).await;
        if took > floor + TAKES_OVER_WITHIN {
            slow.push(format!("{}: {took:?}, on an empty engine {floor:?}", moment.name));
        }
        stopped(&app, &id).await;
        assert_eq!(left_of(&id), Vec::<String>::new(), "{}", moment.name);
    }
    assert!(slow.is_empty(), "{}", slow.join("\n"));
}

#[tokio::test(flavor = "multi_thread")]
async fn leftovers_of_another_persons_program_are_not_taken_over() {
    let Row { folder, app, id, .. } = &row().await;
    let name = format!("orchest-{id}");
    let (launch, pipeline) =
        (format!("org.orchest.launch={id}"), format!("org.orchest.pipeline={}", folder.to_str().unwrap()));
    let attempt = format!("org.orchest.attempt={}-abc", std::time::UNIX_EPOCH.elapsed().unwrap().as_millis());
    let labels = ["org.orchest.role=network", "org.orchest.owner=bob@elsewhere", "org.orchest.process=7-1-ab"];
    let mut create = vec!["network", "create", "--label", &launch, "--label", &pipeline, "--label", &attempt];
    create.extend(labels.iter().flat_map(|label| ["--label", label]));
    create.push(&name);
    let network = docker(&create);
    let quick = Some(Duration::from_secs(6));
    app.launch_folder(folder.clone(), None, quick).await.unwrap();
    let failure = until(app, "the failure", |snapshot| launch_of(snapshot, id)?.failure).await;
    assert!(failure.message.contains("6"), "it waited for the killed program: {failure:?}");
    assert_eq!(docker(&["network", "ls", "-q", "--no-trunc", "--filter", &format!("label={launch}")]), network);
    docker(&["network", "rm", &network[0]]);
    next_launch_works(app, folder, id).await.unwrap();
}

/// How soon a cancelled launch has to be over, whatever the engine does.
const CANCELLED_WITHIN: Duration = Duration::from_secs(5);

/// Cancels a launch that waits for the answer to a call; answers with the failure that the person sees, if any.
async fn cancelled_while_it_waits_for(call: Call, row: &Row) -> Option<orchest_core::Failure> {
    let Row { proxy, app, id, .. } = row;
    app.launch(id).await.unwrap();
    for _ in 0..600 {
        if proxy.held(call.1, call.2) > 0 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    let began = Instant::now();
    app.cancel(id).await.unwrap();
    let failure = until(app, "an end of the launch", |snapshot| match launch_of(snapshot, id) {
        Some(launch) => launch.failure.map(Some),
        None => Some(None),
    })
    .await;
    assert!(began.elapsed() < CANCELLED_WITHIN, "{}: {:?}: {failure:?}", call.0, began.elapsed());
    failure
}

async fn cancelled_rows(fault: Fault) {
    for call in &LAUNCHING[3..] {
        let row = row().await;
        row.proxy.rule(call.1, call.2, fault.clone());
        if let Some(failure) = cancelled_while_it_waits_for(*call, &row).await {
            assert_eq!(failure.code, FailureCode::EngineUnreachable, "{}: {failure:?}", call.0);
            assert!(failure.hint.contains("removed"), "{}: {failure:?}", call.0);
        }
        row.proxy.no_rules();
        gone(&row.id).await.unwrap_or_else(|left| panic!("{}: {left}", call.0));
        next_launch_works(&row.app, &row.folder, &row.id).await.unwrap_or_else(|what| panic!("{}: {what}", call.0));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn cancelling_is_over_at_once_if_the_engine_never_answers() {
    cancelled_rows(Fault::Unanswered).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn cancelling_is_over_at_once_and_leaves_nothing_if_the_engine_acts_without_an_answer() {
    cancelled_rows(Fault::Unheard).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn late_creations_of_a_cancelled_launch_are_removed() {
    for call in &LAUNCHING[3..5] {
        let row = row().await;
        let Row { folder, proxy, app, id, .. } = &row;
        proxy.rule(call.1, call.2, Fault::Late(Duration::from_secs(8)));
        app.launch(id).await.unwrap();
        begun(app, id, if call.0 == "network, made" { Stage::Network } else { Stage::Containers }).await;
        tokio::time::sleep(Duration::from_millis(500)).await;
        let began = Instant::now();
        app.cancel(id).await.unwrap();
        let failure = until(app, "the failure", |snapshot| launch_of(snapshot, id)?.failure).await;
        assert!(began.elapsed() < CANCELLED_WITHIN, "{}: {:?}: {failure:?}", call.0, began.elapsed());
        // The failure stays until the rest that it names is removed.
        until(app, "no failure", |snapshot| launch_of(snapshot, id).is_none().then_some(())).await;
        assert!(began.elapsed() > Duration::from_secs(7), "{}: the call was not over yet", call.0);
        assert_eq!(left_of(id), Vec::<String>::new(), "{}", call.0);
        proxy.no_rules();
        next_launch_works(app, folder, id).await.unwrap_or_else(|what| panic!("{}: {what}", call.0));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn cancelling_is_over_at_once_if_the_engine_answers_no_call() {
    let row = row().await;
    let Row { folder, proxy, app, id, .. } = &row;
    let call = LAUNCHING[3];
    for method in ["GET", "DELETE"] {
        proxy.rule(method, "/networks/", Fault::Unanswered);
        proxy.rule(method, "/containers/", Fault::Unanswered);
        proxy.rule(method, "/volumes", Fault::Unanswered);
    }
    proxy.rule(call.1, call.2, Fault::Unheard);
    assert!(cancelled_while_it_waits_for(call, &row).await.is_some(), "the failure says that something may be left");
    assert_eq!(left_of(id).len(), 1);
    proxy.no_rules();
    for _ in 0..3 {
        if gone(id).await.is_ok() {
            break;
        }
    }
    next_launch_works(app, folder, id).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn quitting_waits_for_the_slow_calls_of_a_cancelled_launch() {
    let row = row().await;
    let Row { proxy, app, id, .. } = &row;
    proxy.rule("POST", "/networks/create", Fault::Late(Duration::from_secs(8)));
    app.launch(id).await.unwrap();
    begun(app, id, Stage::Network).await;
    tokio::time::sleep(Duration::from_millis(500)).await;
    let began = Instant::now();
    app.quit().await;
    assert!(began.elapsed() > Duration::from_secs(7), "the call was not over yet");
    assert_eq!(left_of(id), Vec::<String>::new());
}
