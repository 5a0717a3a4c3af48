//! The fault matrix for a running launch: what the window shows, what recovers by itself, and what is kept.

use std::net::{Ipv4Addr, TcpListener};
use std::time::Duration;

use orchest_core::App;
use orchest_core::contract::snapshot::{EngineState, LaunchState, Snapshot};
use orchest_tests::engine::{docker, in_role, left_of};
use orchest_tests::home::{Home, launch_of, launched, stopped, until};
use orchest_tests::jupyter::Server;
use orchest_tests::proxy::{Fault, Proxy};

/// A launch that runs behind a proxy, and a core that repairs it.
struct Running {
    _home: Home,
    proxy: Proxy,
    app: App,
    id: String,
    server: Server,
}

async fn running(name: &str) -> Running {
    let home = Home::new();
    let folder = home.pipeline(name);
    let proxy = Proxy::new(home.path()).await;
    proxy.start();
    let app = home.app_with(&proxy);
    app.settled().await;
    app.attend();
    let id = launched(&app, &folder, None).await.unwrap();
    let server = Server::at(&app.url(&id).await.unwrap());
    Running { _home: home, proxy, app, id, server }
}

impl Running {
    async fn ends_well(self) {
        stopped(&self.app, &self.id).await;
        assert_eq!(left_of(&self.id), Vec::<String>::new());
    }
}

fn ready(snapshot: &Snapshot) -> bool {
    matches!(snapshot.engine, EngineState::Ready { .. })
}

/// The count of shown kernels, if the engine answers.
fn kernels(snapshot: &Snapshot, id: &str) -> Option<usize> {
    launch_of(snapshot, id)
        .filter(|launch| ready(snapshot) && launch.state == LaunchState::Running)?
        .kernels
        .len()
        .into()
}

/// Starts a kernel while the engine's list is faulty. The window shows the kernel, or it keeps the launch and says that
/// its view may be old. After the fault the window shows the kernel.
async fn a_kernel_starts_while_the_list_is(name: &str, fault: Fault) {
    let running = running(name).await;
    let Running { proxy, app, id, server, .. } = &running;
    // The app's request; the gateway lists its kernels with another one.
    proxy.rule("GET", "/containers/json?all=true", fault);
    let mut kernel = server.start("python_docker", "first.ipynb").await.unwrap();
    until(app, "the kernel, or that it is not known", |snapshot| {
        let stale = match &snapshot.engine {
            EngineState::Unavailable { failure, stale, .. } => *stale && !failure.hint.is_empty(),
            _ => false,
        };
        assert!(launch_of(snapshot, id).is_some(), "the running launch is still shown");
        (stale || kernels(snapshot, id) == Some(1)).then_some(())
    })
    .await;
    // Work goes on, whatever the window shows.
    assert_eq!(kernel.execute("print(6 * 7)").await.text, "42\n");
    proxy.no_rules();
    until(app, "the kernel", |snapshot| (kernels(snapshot, id) == Some(1)).then_some(())).await;
    running.ends_well().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_launch_runs_on_with_an_engine_that_answers_500() {
    a_kernel_starts_while_the_list_is("refused", Fault::Refused(500, "something is wrong")).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_launch_runs_on_with_an_engine_that_sends_half_an_answer() {
    a_kernel_starts_while_the_list_is("cut off", Fault::CutAfter(9)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_launch_runs_on_with_an_engine_that_takes_a_second_for_each_call() {
    a_kernel_starts_while_the_list_is("slow", Fault::Late(Duration::from_secs(1))).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_launch_runs_on_with_an_engine_that_never_answers() {
    a_kernel_starts_while_the_list_is("silent", Fault::Unanswered).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_launch_runs_on_after_its_event_stream_is_cut() {
    let running = running("cut").await;
    let Running { proxy, app, id, server, .. } = &running;
    // The stream is cut, so no event reports what happens next.
    proxy.rule("GET", "/events", Fault::Refused(500, "not now"));
    proxy.stop();
    let lost = |snapshot: &Snapshot| (!ready(snapshot) && launch_of(snapshot, id).is_some()).then_some(());
    until(app, "its loss", lost).await;
    docker(&["kill", "-s", "KILL", &format!("orchest-{id}-gateway")]);
    proxy.start();
    proxy.no_rules();
    until(app, "all of it", |snapshot| (kernels(snapshot, id) == Some(0)).then_some(())).await;
    assert_eq!(in_role(id, "gateway").len(), 1, "the gateway ended unseen and was replaced");
    let mut kernel = server.start("python_docker", "first.ipynb").await.unwrap();
    assert_eq!(kernel.execute("print(6 * 7)").await.text, "42\n");
    running.ends_well().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_whose_port_is_taken_gets_a_free_one_with_a_notice() {
    let home = Home::new();
    let app = home.app().await;
    let id = launched(&app, &home.pipeline("port taken"), None).await.unwrap();
    let before = app.url(&id).await.unwrap();
    docker(&["kill", "-s", "KILL", &format!("orchest-{id}-server")]);
    until(&app, "the death", |snapshot| {
        launch_of(snapshot, &id).filter(|launch| launch.state == LaunchState::Broken).map(drop)
    })
    .await;
    let port = reqwest::Url::parse(&before).unwrap().port().unwrap();
    let taken = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).unwrap();
    app.attend();
    until(&app, "the launch", |snapshot| (kernels(snapshot, &id) == Some(0)).then_some(())).await;
    let after = app.url(&id).await.unwrap();
    assert_ne!(before, after);
    let mut kernel = Server::at(&after).start("python_docker", "first.ipynb").await.unwrap();
    assert_eq!(kernel.execute("print(6 * 7)").await.text, "42\n");
    // The program that took the port gets the cookies of open pages. They open nothing any more.
    let [then, now] = [&before, &after].map(|url| Server::at(url));
    assert_ne!((&then.token, then.base.rsplit('/').next()), (&now.token, now.base.rsplit('/').next()));
    assert_eq!(Server::new(&now.base, &then.token).get("/api/kernels").await.0, 403);
    let told = app.snapshots().borrow().notices.last().unwrap().clone();
    assert!(told.hint.contains("another program has taken its address"), "{told:?}");
    drop(taken);
    stopped(&app, &id).await;
    assert_eq!(left_of(&id), Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_removed_image_costs_only_new_kernels() {
    let home = Home::new();
    let image = format!("orchest-test/copy:{}", std::process::id());
    docker(&["tag", concat!("orchest/kernel-python:", env!("CARGO_PKG_VERSION")), &image]);
    home.kernelspec("copied", &image);
    let app = home.app().await;
    app.attend();
    let folder = home.pipeline("copied");
    let id = launched(&app, &folder, Some("copied")).await.unwrap();
    let server = Server::at(&app.url(&id).await.unwrap());
    let mut kernel = server.start("copied", "first.ipynb").await.unwrap();
    docker(&["rmi", "-f", &image]);
    assert_eq!(kernel.execute("print(6 * 7)").await.text, "42\n", "a running kernel needs no image");
    let refused = server.start("copied", "second.ipynb").await.map(drop);
    assert!(refused.is_err(), "a new kernel needs the image");
    until(&app, "one kernel", |snapshot| (kernels(snapshot, &id) == Some(1)).then_some(())).await;
    // Another kernelspec of the same launch still works.
    let mut other = server.start("python_docker", "third.ipynb").await.unwrap();
    assert_eq!(other.execute("print(6 * 7)").await.text, "42\n");
    stopped(&app, &id).await;
    assert_eq!(left_of(&id), Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_folder_moved_away_and_back_is_the_same_folder() {
    let home = Home::new();
    let folder = home.pipeline("moved");
    let app = home.app().await;
    app.attend();
    let id = app.add_pipeline(folder.clone()).await.unwrap();
    launched(&app, &folder, None).await.unwrap();
    let server = Server::at(&app.url(&id).await.unwrap());
    let mut kernel = server.start("python_docker", "first.ipynb").await.unwrap();
    let away = folder.with_extension("away");
    std::fs::rename(&folder, &away).unwrap();
    let missing = |snapshot: &Snapshot| orchest_tests::home::pipeline(snapshot, &id).map(|view| view.missing);
    until(&app, "a missing folder", |snapshot| (missing(snapshot) == Some(true)).then_some(())).await;
    // Server and kernels have mounted the folder itself, under any name: a file saved now lands in it.
    let refused = server.start("python_docker", "second.ipynb").await.map(drop).unwrap_err();
    assert!(refused.contains("does not exist") && refused.contains("moved"), "{refused}");
    kernel.execute("open('written.txt', 'w').write('kept')").await;
    assert_eq!(std::fs::read_to_string(away.join("written.txt")).unwrap(), "kept");
    std::fs::rename(&away, &folder).unwrap();
    until(&app, "the folder", |snapshot| (missing(snapshot) == Some(false)).then_some(())).await;
    assert_eq!(launch_of(&app.snapshots().borrow(), &id).map(|launch| launch.state), Some(LaunchState::Running));
    stopped(&app, &id).await;
    assert_eq!(left_of(&id), Vec::<String>::new());
}
