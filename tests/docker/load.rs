//! Many launches at once.

use futures_util::future::join_all;
use orchest_core::contract::snapshot::LaunchState;
use orchest_tests::engine::left_of;
use orchest_tests::home::{Home, launch_of, launched, stopped};

#[tokio::test(flavor = "multi_thread")]
async fn twenty_launches_at_once_become_ready_and_leave_nothing() {
    let home = Home::new();
    let app = home.app().await;
    let folders: Vec<_> = (1..=20).map(|number| home.pipeline(&format!("number {number}"))).collect();
    let launches = join_all(folders.iter().map(|folder| launched(&app, folder, None))).await;
    let ids: Vec<String> = launches.into_iter().map(|launch| launch.unwrap()).collect();
    let snapshot = app.snapshots().borrow().clone();
    let running = |id: &String| launch_of(&snapshot, id).is_some_and(|launch| launch.state == LaunchState::Running);
    assert_eq!(ids.iter().filter(|id| running(id)).count(), 20);
    join_all(ids.iter().map(|id| stopped(&app, id))).await;
    for id in ids {
        assert_eq!(left_of(&id), Vec::<String>::new());
    }
}
