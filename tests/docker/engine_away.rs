//! The engine goes away and comes back, and the app goes on without a restart.

use orchest_core::FailureCode;
use orchest_core::contract::snapshot::{EngineState, LaunchState, Snapshot, Stage};
use orchest_tests::engine::left_of;
use orchest_tests::home::{Home, begun, launch_of, launched, stopped, until};
use orchest_tests::proxy::Proxy;

fn found(snapshot: &Snapshot) -> bool {
    matches!(snapshot.engine, EngineState::Ready { .. })
}

fn lost(snapshot: &Snapshot) -> bool {
    matches!(snapshot.engine, EngineState::Unavailable { .. })
}

#[tokio::test(flavor = "multi_thread")]
async fn a_late_engine_is_noticed_and_a_returning_engine_is_followed_again() {
    let home = Home::new();
    let proxy = Proxy::new(home.path()).await;
    let app = home.app_with(&proxy);
    let missing = until(&app, "no engine", |snapshot| match &snapshot.engine {
        EngineState::Unavailable { failure, .. } => Some(failure.clone()),
        _ => None,
    })
    .await;
    assert_eq!(missing.code, FailureCode::EngineUnreachable);
    assert!(missing.message.contains(&proxy.host()) && !missing.hint.is_empty(), "{missing:?}");
    let folder = home.pipeline("patient");
    let refused = app.launch_folder(folder.clone(), None, None).await;
    assert!(refused.is_err(), "nothing can launch without an engine");

    proxy.start();
    until(&app, "the engine", |snapshot| found(snapshot).then_some(())).await;
    let id = launched(&app, &folder, None).await.unwrap();

    proxy.stop();
    until(&app, "its loss", |snapshot| lost(snapshot).then_some(())).await;
    assert!(launch_of(&app.snapshots().borrow(), &id).is_some(), "the running launch is still shown");
    proxy.start();
    until(&app, "the launch", |snapshot| {
        (found(snapshot) && launch_of(snapshot, &id)?.state == LaunchState::Running).then_some(())
    })
    .await;
    stopped(&app, &id).await;
    assert_eq!(left_of(&id), Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_launch_fails_if_its_engine_stops_and_leaves_nothing_once_it_is_back() {
    let home = Home::new();
    let folder = home.pipeline("half way");
    let proxy = Proxy::new(home.path()).await;
    proxy.start();
    let app = home.app_with(&proxy);
    app.settled().await;
    for stage in [Stage::Network, Stage::Containers, Stage::Ready] {
        let id = app.launch_folder(folder.clone(), None, None).await.unwrap();
        begun(&app, &id, stage).await;
        proxy.stop();
        let failure = until(&app, "the failure", |snapshot| launch_of(snapshot, &id)?.failure).await;
        assert_eq!(failure.code, FailureCode::EngineUnreachable, "stopped during {stage:?}: {failure:?}");
        until(&app, "its loss", |snapshot| lost(snapshot).then_some(())).await;
        proxy.start();
        until(&app, "the engine", |snapshot| found(snapshot).then_some(())).await;
        for _ in 0..100 {
            if left_of(&id).is_empty() {
                break;
            }
            tokio::time::sleep(std::time::Duration::from_millis(100)).await;
        }
        assert_eq!(left_of(&id), Vec::<String>::new(), "stopped during {stage:?}");
    }
    let id = launched(&app, &folder, None).await.unwrap();
    stopped(&app, &id).await;
}
