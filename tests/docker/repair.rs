//! An app that stays replaces parts of a running launch that end; open notebooks go on.

use std::process::Stdio;
use std::time::{Duration, Instant};

use orchest_core::App;
use orchest_core::contract::snapshot::{LaunchState, LaunchView};
use orchest_tests::engine::{docker, in_role, left_of};
use orchest_tests::home::{Home, launch_of, launched, stopped, until};
use orchest_tests::jupyter::Server;

/// A running launch, watched by a core that repairs it.
async fn running(home: &Home, name: &str) -> (App, String) {
    let app = home.app().await;
    app.attend();
    let id = launched(&app, &home.pipeline(name), None).await.unwrap();
    (app, id)
}

fn kill(id: &str, role: &str) {
    docker(&["kill", "-s", "KILL", &format!("orchest-{id}-{role}")]);
}

/// Waits until the death is noticed, then until the launch runs again.
async fn repaired(app: &App, id: &str) -> Duration {
    let began = Instant::now();
    until(app, "the death", |snapshot| launch_of(snapshot, id).filter(|launch| launch.state != LaunchState::Running))
        .await;
    until(app, "the launch", |snapshot| launch_of(snapshot, id).filter(|launch| launch.state == LaunchState::Running))
        .await;
    began.elapsed()
}

fn notices(app: &App) -> String {
    let snapshot = app.snapshots().borrow().clone();
    snapshot.notices.iter().map(|notice| format!("{}; {}\n", notice.message, notice.hint)).collect()
}

/// Waits until the address answers, even if one death after another is noticed.
async fn answers(url: &str) {
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    for _ in 0..200 {
        if client.get(url).send().await.is_ok_and(|answer| answer.status() == 200) {
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("it does not answer");
}

async fn computes(server: &Server) {
    let mut kernel = server.start("python_docker", "first.ipynb").await.unwrap();
    assert_eq!(kernel.execute("print(6 * 7)").await.text, "42\n");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_killed_gateway_is_replaced_and_the_page_goes_on() {
    let home = Home::new();
    let (app, id) = running(&home, "gateway dies").await;
    let url = app.url(&id).await.unwrap();
    let server = Server::at(&url);
    let mut kernel = server.start("python_docker", "first.ipynb").await.unwrap();
    kernel.begin("import time; time.sleep(600)").await;
    let before = in_role(&id, "kernel");
    assert_eq!(before.len(), 1);
    kill(&id, "gateway");
    let took = repaired(&app, &id).await;
    assert!(took < Duration::from_secs(10), "{took:?}");
    assert_ne!(in_role(&id, "kernel"), before, "a kernel that no gateway knows is removed");
    assert_eq!(app.url(&id).await.unwrap(), url, "the page's address and token are as they were");
    // JupyterLab asks like this every few seconds: the session goes on with a kernel of the same id.
    let (_, kernels) = server.get("/api/kernels").await;
    assert_eq!(kernels[0]["id"], kernel.id.as_str(), "{kernels}");
    let (_, sessions) = server.get("/api/sessions").await;
    assert_eq!(sessions[0]["kernel"]["id"], kernel.id.as_str(), "{sessions}");
    assert_eq!(in_role(&id, "kernel").len(), 1);
    let mut kernel = server.connect(&kernel.id).await;
    assert_eq!(kernel.execute("print(6 * 7)").await.text, "42\n");
    // The successor can be restarted like any kernel, while the page's websocket stays open.
    for round in 0..3 {
        kernel.execute("kept = 1").await;
        let (status, answer) =
            server.post(&format!("/api/kernels/{}/restart", kernel.id), &serde_json::json!({})).await;
        assert_eq!(status, 200, "{answer}");
        assert_eq!(kernel.execute("print('kept' in dir())").await.text, "False\n", "round {round}");
    }
    assert!(
        notices(&app).contains("gateway of gateway dies") && notices(&app).contains("kernels ended, too"),
        "{}",
        notices(&app)
    );
    stopped(&app, &id).await;
    assert_eq!(left_of(&id), Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_killed_server_comes_back_at_the_same_address_and_its_kernels_run_on() {
    let home = Home::new();
    let (app, id) = running(&home, "server dies").await;
    let url = app.url(&id).await.unwrap();
    let server = Server::at(&url);
    let mut kernel = server.start("python_docker", "first.ipynb").await.unwrap();
    kernel.execute("kept = 7").await;
    kill(&id, "server");
    repaired(&app, &id).await;
    assert_eq!(app.url(&id).await.unwrap(), url);
    let (_, kernels) = server.get("/api/kernels").await;
    assert_eq!(kernels[0]["id"], kernel.id.as_str(), "{kernels}");
    let (_, sessions) = server.get("/api/sessions").await;
    assert_eq!(sessions[0]["kernel"]["id"], kernel.id.as_str(), "{sessions}");
    assert_eq!(sessions[0]["path"], "first.ipynb");
    let mut kernel = server.connect(&kernel.id).await;
    assert_eq!(kernel.execute("print(6 * kept)").await.text, "42\n", "the kernel has kept its variables");
    stopped(&app, &id).await;
    assert_eq!(left_of(&id), Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn gateway_and_server_are_replaced_until_one_of_them_keeps_dying() {
    let home = Home::new();
    let (app, id) = running(&home, "both die").await;
    let url = app.url(&id).await.unwrap();
    docker(&["kill", "-s", "KILL", &format!("orchest-{id}-gateway"), &format!("orchest-{id}-server")]);
    repaired(&app, &id).await;
    answers(&url).await;
    assert_eq!(app.url(&id).await.unwrap(), url);
    computes(&Server::at(&url)).await;
    // The app may have noticed the first two deaths as one or as two.
    let mut broken: Option<LaunchView> = None;
    for _ in 0..3 {
        kill(&id, "server");
        until(&app, "the death", |snapshot| {
            launch_of(snapshot, &id).filter(|launch| launch.state != LaunchState::Running)
        })
        .await;
        let launch = until(&app, "an end", |snapshot| {
            launch_of(snapshot, &id).filter(|launch| launch.state != LaunchState::Starting)
        })
        .await;
        if launch.state == LaunchState::Broken {
            broken = Some(launch);
            break;
        }
    }
    let broken = broken.expect("the app gives up");
    let failure = broken.failure.unwrap();
    assert!(failure.message.contains("3 times") && !failure.hint.is_empty(), "{failure:?}");
    // A new launch still works.
    let again = launched(&app, &home.path().join("folders/both die"), None).await.unwrap();
    stopped(&app, &again).await;
    assert_eq!(left_of(&id), Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn shutting_the_server_down_in_jupyterlab_ends_the_launch() {
    let home = Home::new();
    let (app, id) = running(&home, "shut down").await;
    let server = Server::at(&app.url(&id).await.unwrap());
    server.start("python_docker", "first.ipynb").await.unwrap();
    // The request of `File`, `Shut Down`.
    server.post("/api/shutdown", &serde_json::json!({})).await;
    until(&app, "no launch", |snapshot| launch_of(snapshot, &id).is_none().then_some(())).await;
    assert_eq!(left_of(&id), Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_short_process_repairs_nothing_and_a_later_window_repairs_the_launch() {
    let home = Home::new();
    let first = home.app().await;
    let folder = home.pipeline("left alone");
    let id = launched(&first, &folder, None).await.unwrap();
    kill(&id, "gateway");
    until(&first, "the death", |snapshot| {
        launch_of(snapshot, &id).filter(|launch| launch.state == LaunchState::Broken)
    })
    .await;
    let later = home.app().await;
    // The program that launched it lives and may be working on it, so nothing is touched for a long time.
    later.attend();
    tokio::time::sleep(Duration::from_millis(500)).await;
    assert_eq!(in_role(&id, "gateway"), Vec::<String>::new());
    first.attend();
    until(&later, "the launch", |snapshot| {
        launch_of(snapshot, &id).filter(|launch| launch.state == LaunchState::Running)
    })
    .await;
    stopped(&first, &id).await;
}

#[test]
fn leftovers_of_a_killed_program_are_removed_and_similar_containers_stay() {
    let home = Home::new();
    let folder = home.pipeline("killed");
    let mut program = home.orchest(&["launch", folder.to_str().unwrap(), "--no-open"]);
    let mut program = program.stderr(Stdio::null()).stdout(Stdio::null()).spawn().unwrap();
    let began = Instant::now();
    let id = loop {
        let made = docker(&[
            "ps",
            "-a",
            "--filter",
            &format!("label=org.orchest.pipeline={}", folder.display()),
            "--format",
            "{{.Label \"org.orchest.launch\"}}",
        ]);
        if let Some(id) = made.first() {
            break id.clone();
        }
        assert!(began.elapsed() < Duration::from_secs(30), "nothing was made");
    };
    let made = Instant::now();
    program.kill().unwrap();
    program.wait().unwrap();
    // The launch may have been complete already: a server that exists is removed, so that the rest is not a whole
    // launch.
    docker(&["rm", "-f", &format!("orchest-{id}-server")]);
    let decoy = |label: &str| {
        let run = ["run", "-d", "--label", label, "--entrypoint", "sleep", "orchest/server:0.1.0", "300"];
        docker(&run).remove(0)
    };
    let decoys = [decoy("org.orchest.role=gateway"), decoy("org.orchest.owner=me@here")];
    let clean = || {
        let output = home.orchest(&["doctor", "--clean"]).output().unwrap();
        String::from_utf8_lossy(&output.stderr).into_owned()
    };
    let said = clean();
    assert!(
        said.contains("nothing to remove") && !left_of(&id).is_empty(),
        "the rest is too young to be removed: {said}"
    );
    std::thread::sleep(Duration::from_secs(21).saturating_sub(made.elapsed()));
    let said = clean();
    assert!(said.contains("removed leftovers of a launch of") && said.contains("killed"), "{said}");
    assert_eq!(left_of(&id), Vec::<String>::new());
    for decoy in decoys {
        assert_eq!(docker(&["ps", "-q", "--filter", &format!("id={decoy}")]).len(), 1, "{decoy} is not ours");
        docker(&["rm", "-f", &decoy]);
    }
}
