//! An unused launch is stopped after a notice; a used one is not.

use std::time::Duration;

use orchest_core::contract::snapshot::LaunchState;
use orchest_tests::engine::left_of;
use orchest_tests::home::{Home, launch_of, launched, stopped, until};
use orchest_tests::jupyter::Server;

#[tokio::test(flavor = "multi_thread")]
async fn an_unused_launch_is_stopped_after_a_notice_and_a_busy_or_kept_one_runs_on() {
    let home = Home::new();
    let settings = home.places().settings_file();
    std::fs::create_dir_all(settings.parent().unwrap()).unwrap();
    // Six seconds: longer than a kernel needs to start on a busy machine.
    std::fs::write(&settings, r#"{"idle_stop_min": 0.1}"#).unwrap();
    let app = home.app().await;
    app.attend();
    let folder = home.pipeline("idle");
    let id = launched(&app, &folder, None).await.unwrap();
    let about_to_stop = |what: &'static str| {
        until(&app, what, |snapshot| launch_of(snapshot, &id).and_then(|launch| launch.idle_stop_at))
    };
    let server = Server::at(&app.url(&id).await.unwrap());
    let mut kernel = server.start("python_docker", "first.ipynb").await.unwrap();
    kernel.execute("import time; time.sleep(15)").await;
    let launch = launch_of(&app.snapshots().borrow(), &id).unwrap();
    assert_eq!((launch.state, launch.idle_stop_at), (LaunchState::Running, None), "a busy kernel counts as used");

    about_to_stop("the notice").await;
    app.keep_running(&id).await.unwrap();
    assert_eq!(launch_of(&app.snapshots().borrow(), &id).unwrap().idle_stop_at, None, "the person keeps it");

    // The requests of a page that is left open: the same lists again and again.
    let page = tokio::spawn(async move {
        loop {
            server.get("/api/kernels").await;
            server.get("/api/sessions").await;
            server.get("/api/contents?content=1").await;
            tokio::time::sleep(Duration::from_millis(300)).await;
        }
    });
    about_to_stop("the last notice").await;
    until(&app, "the end", |snapshot| launch_of(snapshot, &id).is_none().then_some(())).await;
    page.abort();
    let told = app.snapshots().borrow().notices.last().unwrap().message.clone();
    assert!(told.contains("idle was stopped: it had not been used"), "{told}");
    assert_eq!(left_of(&id), Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_kernel_without_a_known_state_counts_as_used() {
    let home = Home::new();
    home.kernelspec("slow", concat!("orchest/kernel-python:", env!("CARGO_PKG_VERSION")));
    let spec = home.places().kernels_dir().join("slow/kernel.json");
    let mut slow: serde_json::Value = serde_json::from_slice(&std::fs::read(&spec).unwrap()).unwrap();
    slow["env"]["PYTHONSTARTUP"] = "/notebooks/startup.py".into();
    std::fs::write(&spec, slow.to_string()).unwrap();
    let folder = home.pipeline("slow");
    std::fs::write(folder.join("startup.py"), "import time; time.sleep(5)").unwrap();
    let app = home.app().await;
    let id = launched(&app, &folder, Some("slow")).await.unwrap();
    let server = Server::at(&app.url(&id).await.unwrap());
    // The request is answered with the kernel's first message; while it waits, the launch counts as used.
    let started = tokio::spawn({
        let server = server.clone();
        async move { server.start_unheard("slow", "first.ipynb").await.unwrap() }
    });
    let mut starting = 0;
    loop {
        let (status, idle) = server.get("/api/orchest/idle").await;
        let (_, kernels) = server.get("/api/kernels").await;
        if kernels[0]["execution_state"] == "idle" {
            break;
        }
        if status == 404 || (starting == 0 && idle["busy"] == false) {
            continue; // a new server does not report it yet, or has not got the request for the kernel yet
        }
        assert_eq!(idle["busy"], true, "{kernels}");
        starting += 1;
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    assert!(starting > 5, "the kernel took long to start: {starting}");
    started.await.unwrap();
    let (_, idle) = server.get("/api/orchest/idle").await;
    assert_eq!(idle["busy"], false, "{idle}");
    stopped(&app, &id).await;
}
