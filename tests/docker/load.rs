//! Many launches at once, and one after another.

use futures_util::future::join_all;
use orchest_core::snapshot::LaunchState;
use orchest_tests::engine::left_of;
use orchest_tests::home::{Home, launch_of, launched, stopped};

#[tokio::test(flavor = "multi_thread")]
async fn twenty_at_once_all_become_ready_and_leave_nothing() {
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

/// In a process of its own, whose threads and files are nobody else's. `make soak` is the long form.
#[test]
fn one_after_another_leaves_nothing_more_each_time() {
    let output = std::process::Command::new(env!("CARGO_BIN_EXE_soak")).arg("8").output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{said}{}", String::from_utf8_lossy(&output.stderr));
    assert!(said.contains("8 times launched and stopped"), "{said}");
}
