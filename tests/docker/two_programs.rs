//! Two programs on one engine show each other's launches and do not disturb each other.

use orchest_core::contract::snapshot::LaunchState;
use orchest_tests::engine::left_of;
use orchest_tests::home::{Home, launch_of, launched, stopped, until};

#[tokio::test(flavor = "multi_thread")]
async fn a_launch_of_one_program_can_be_opened_and_stopped_by_the_other() {
    let home = Home::new();
    let folder = home.pipeline("seen");
    let (one, other) = (home.app().await, home.app().await);
    let id = launched(&one, &folder, None).await.unwrap();
    let seen = until(&other, "the launch", |snapshot| {
        launch_of(snapshot, &id).filter(|launch| launch.state == LaunchState::Running)
    })
    .await;
    assert!(seen.foreign);
    assert_eq!(one.url(&id).await.unwrap(), other.url(&id).await.unwrap());
    let later = home.app().await;
    let found = launch_of(&later.snapshots().borrow(), &id).unwrap();
    assert_eq!(found.state, LaunchState::Running, "a program that starts later shows it");
    stopped(&other, &id).await;
    until(&one, "no launch", |snapshot| launch_of(snapshot, &id).is_none().then_some(())).await;
    assert_eq!(left_of(&id), Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_launch_while_the_first_starts_is_the_same_launch() {
    let home = Home::new();
    let folder = home.pipeline("twice");
    let app = home.app().await;
    let first = app.launch_folder(folder.clone(), None, None).await.unwrap();
    let second = app.launch_folder(folder.clone(), None, None).await.unwrap();
    assert_eq!(first, second);
    launched(&app, &folder, None).await.unwrap();
    assert_eq!(left_of(&first).len(), 5);
    stopped(&app, &first).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_programs_launching_one_folder_at_once_share_one_launch() {
    let home = Home::new();
    let folder = home.pipeline("race");
    let (one, other) = (home.app().await, home.app().await);
    let (first, second) = tokio::join!(launched(&one, &folder, None), launched(&other, &folder, None));
    let id = first.unwrap();
    assert_eq!(second.unwrap(), id);
    assert_eq!(one.url(&id).await.unwrap(), other.url(&id).await.unwrap());
    assert_eq!(left_of(&id).len(), 5, "{:?}", left_of(&id));
    stopped(&one, &id).await;
    assert_eq!(left_of(&id), Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dead_container_is_reported_with_its_last_lines_and_launching_again_repairs_it() {
    let home = Home::new();
    let folder = home.pipeline("dies");
    let app = home.app().await;
    let id = launched(&app, &folder, None).await.unwrap();
    orchest_tests::engine::docker(&["kill", &format!("orchest-{id}-gateway")]);
    let broken = until(&app, "a broken launch", |snapshot| {
        launch_of(snapshot, &id).filter(|launch| {
            launch.state == LaunchState::Broken
                && launch.failure.as_ref().is_some_and(|failure| !failure.log.is_empty())
        })
    })
    .await;
    let failure = broken.failure.unwrap();
    assert!(failure.message.contains("gateway") && failure.message.contains("137"), "{failure:?}");
    launched(&app, &folder, None).await.unwrap();
    stopped(&app, &id).await;
    assert_eq!(left_of(&id), Vec::<String>::new());
}
