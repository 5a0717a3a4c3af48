//! The view of an open launch: the states of its kernels, what its containers use, and the buttons for its kernels.

use std::time::Duration;

use orchest_core::contract::live::{KernelAction, KernelState, Live, LiveKernel};
use orchest_core::contract::snapshot::{LaunchState, Snapshot};
use orchest_tests::engine::in_role;
use orchest_tests::home::{Home, launch_of, launched, stopped, until};
use orchest_tests::jupyter::Server;
use orchest_tests::proxy::Proxy;
use tokio::sync::mpsc::Receiver;

/// Waits until the live figures have what is wanted.
async fn until_live<T>(watched: &mut Receiver<Live>, what: &str, found: impl Fn(&Live) -> Option<T>) -> T {
    let mut last = None;
    let found = tokio::time::timeout(Duration::from_secs(90), async {
        loop {
            let live = watched.recv().await.unwrap();
            if let Some(found) = found(&live) {
                return found;
            }
            last = Some(live);
        }
    });
    found.await.unwrap_or_else(|_| panic!("waited in vain for {what}: {last:?}"))
}

fn is(id: &str, state: KernelState) -> impl Fn(&Live) -> Option<LiveKernel> {
    move |live| live.kernels.iter().find(|kernel| kernel.id == id && kernel.state == state).cloned()
}

#[tokio::test(flavor = "multi_thread")]
async fn kernels_show_their_work_and_can_be_interrupted_restarted_and_shut_down() {
    let home = Home::new();
    let proxy = Proxy::new(home.path()).await;
    proxy.start();
    let app = home.app_with(&proxy);
    app.settled().await;
    let id = launched(&app, &home.pipeline("live"), None).await.unwrap();
    let mut watched = app.watch(&id);
    until_live(&mut watched, "the use of gateway and server", |live| {
        let seen = |part: &str| live.uses.iter().any(|used| used.part == part && used.memory > 1 << 20);
        (live.kernels.is_empty() && seen("gateway") && seen("server")).then_some(())
    })
    .await;

    let server = Server::at(&app.url(&id).await.unwrap());
    let mut kernel = server.start("python_docker", "first.ipynb").await.unwrap();
    let kernel_id = kernel.id.clone();
    until(&app, "the kernel", |snapshot| launch_of(snapshot, &id).filter(|launch| !launch.kernels.is_empty())).await;
    let idle = until_live(&mut watched, "an idle kernel", is(&kernel_id, KernelState::Idle)).await;
    assert_eq!(idle.notebook.as_deref(), Some("first.ipynb"));

    let sent = kernel.begin("mine = 7\nwhile True: pass").await;
    until_live(&mut watched, "a busy kernel", is(&kernel_id, KernelState::Busy)).await;
    let used = until_live(&mut watched, "a core at work", |live| {
        live.uses.iter().find(|used| used.part == kernel_id && used.cpu > 10.0).cloned()
    })
    .await;
    assert!(used.memory > 10 << 20 && used.memory_limit >= used.memory, "{used:?}");

    app.act_on_kernel(&id, &kernel_id, KernelAction::Interrupt).await.unwrap();
    assert!(kernel.outcome(&sent).await.error.is_some_and(|error| error.contains("KeyboardInterrupt")));
    until_live(&mut watched, "an idle kernel again", is(&kernel_id, KernelState::Idle)).await;
    assert_eq!(kernel.execute("print(mine)").await.text.trim(), "7", "its variables are kept");

    let born =
        |snapshot: &Snapshot| launch_of(snapshot, &id).and_then(|launch| Some(launch.kernels.first()?.started_at));
    let before = born(&app.snapshots().borrow());
    app.act_on_kernel(&id, &kernel_id, KernelAction::Restart).await.unwrap();
    until(&app, "another container", |snapshot| born(snapshot).filter(|time| Some(*time) != before)).await;
    until_live(&mut watched, "the restarted kernel", is(&kernel_id, KernelState::Idle)).await;
    let mut kernel = server.connect(&kernel_id).await;
    assert!(
        kernel.execute("mine").await.error.is_some_and(|error| error.contains("NameError")),
        "the restarted kernel has no variables"
    );

    for other in ["", "nobody", "../../api/kernels", "7b8f0a1c-0000-4000-8000-000000000000"] {
        let refused = app.act_on_kernel(&id, other, KernelAction::ShutDown).await.unwrap_err();
        assert!(refused.message.contains("o kernel `") && !refused.hint.is_empty(), "{refused:?}");
    }
    app.act_on_kernel(&id, &kernel_id, KernelAction::ShutDown).await.unwrap();
    until(&app, "no kernel", |snapshot| launch_of(snapshot, &id).filter(|launch| launch.kernels.is_empty())).await;
    until_live(&mut watched, "no kernel", |live| live.kernels.is_empty().then_some(())).await;
    assert_eq!(in_role(&id, "kernel"), Vec::<String>::new());

    // The app listens to the engine only while somebody looks.
    assert_eq!(proxy.open("/stats"), 2, "gateway and server");
    drop(watched);
    let began = std::time::Instant::now();
    while proxy.open("/stats") > 0 {
        assert!(began.elapsed() < Duration::from_secs(5), "{} streams are still read", proxy.open("/stats"));
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    stopped(&app, &id).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stopped_launch_is_watched_in_silence_until_it_runs() {
    let home = Home::new();
    let app = home.app().await;
    let folder = home.pipeline("later");
    let id = app.add_pipeline(folder.clone()).await.unwrap();
    let mut watched = app.watch(&id);
    assert!(tokio::time::timeout(Duration::from_millis(2500), watched.recv()).await.is_err(), "nothing runs");
    launched(&app, &folder, None).await.unwrap();
    until_live(&mut watched, "the launch", |live| (!live.uses.is_empty()).then_some(())).await;

    // The open view goes on when the launch is started again.
    let began = |snapshot: &Snapshot| launch_of(snapshot, &id).map(|launch| launch.started_at);
    let before = began(&app.snapshots().borrow());
    app.restart(&id).await.unwrap();
    until(&app, "the launch again", |snapshot| {
        launch_of(snapshot, &id).filter(|launch| launch.state == LaunchState::Running)
    })
    .await;
    assert_ne!(began(&app.snapshots().borrow()), before);
    while watched.try_recv().is_ok() {}
    until_live(&mut watched, "the launch again", |live| (live.uses.len() == 2).then_some(())).await;
    stopped(&app, &id).await;
}
