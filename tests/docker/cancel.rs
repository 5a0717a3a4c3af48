//! A cancelled launch leaves nothing and can be tried again, at each stage.

use std::time::Duration;

use orchest_core::contract::snapshot::Stage;
use orchest_tests::engine::left_of;
use orchest_tests::home::{Home, begun, launch_of, launched, stopped, until};

#[tokio::test(flavor = "multi_thread")]
async fn a_launch_can_be_cancelled_during_each_stage() {
    let home = Home::new();
    let folder = home.pipeline("cancelled");
    let app = home.app().await;
    for stage in [Stage::Network, Stage::Containers, Stage::Ready] {
        let id = app.launch_folder(folder.clone(), None, None).await.unwrap();
        begun(&app, &id, stage).await;
        app.cancel(&id).await.unwrap();
        until(&app, "no launch", |snapshot| launch_of(snapshot, &id).is_none().then_some(())).await;
        assert_eq!(left_of(&id), Vec::<String>::new(), "cancelled during {stage:?}");
    }
    // The engine may have carried out a call after the app gave it up.
    tokio::time::sleep(Duration::from_millis(500)).await;
    let id = launched(&app, &folder, None).await.unwrap();
    stopped(&app, &id).await;
    assert_eq!(left_of(&id), Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn quitting_cancels_starting_launches_and_keeps_running_ones() {
    let home = Home::new();
    let (runs, starts) = (home.pipeline("runs"), home.pipeline("starts"));
    let app = home.app().await;
    let kept = launched(&app, &runs, None).await.unwrap();
    let cut = app.launch_folder(starts, None, None).await.unwrap();
    app.quit().await;
    assert_eq!(left_of(&cut), Vec::<String>::new());
    assert_eq!(
        left_of(&kept).len(),
        5,
        "gateway, server, network, and the volumes of the kernels' and gateway's sockets"
    );
    stopped(&app, &kept).await;
}
