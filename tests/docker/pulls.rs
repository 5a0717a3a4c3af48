//! Images that the app pulls from a real registry: progress in bytes, a cancelled pull, and an interrupted one.

use std::time::Duration;

use orchest_core::FailureCode;
use orchest_core::contract::snapshot::{Stage, StageState};
use orchest_tests::engine::{docker, left_of};
use orchest_tests::home::{Home, launch_of, launched, until};
use orchest_tests::registry::{Manner, Registry};

const SIZE: usize = 4 << 20;

fn is_here(image: &str) -> bool {
    !docker(&["images", "-q", image]).is_empty()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pull_is_shown_in_bytes_and_the_image_is_used() {
    let registry = Registry::start(SIZE, Manner { pause: Duration::from_millis(10), cut_after: None }).await;
    let home = Home::new();
    home.kernelspec("pulled", &registry.image);
    let app = home.app().await;
    let id = app.launch_folder(home.pipeline("pulled"), Some("pulled".to_owned()), None).await.unwrap();
    let half_way = until(&app, "some bytes", |snapshot| {
        let images = launch_of(snapshot, &id)?.stages.into_iter().find(|view| view.stage == Stage::Images)?;
        let progress = images.progress?;
        (images.state == StageState::Active && progress.done > 0 && progress.done < progress.total?).then_some(images)
    })
    .await;
    assert!(half_way.detail.contains(&registry.image), "{half_way:?}");
    let after = until(&app, "the next stage", |snapshot| {
        let stages = launch_of(snapshot, &id)?.stages;
        stages.into_iter().find(|view| view.stage == Stage::Images && view.state == StageState::Done)
    })
    .await;
    assert!(after.detail.starts_with("1 pulled"), "{}", after.detail);
    assert!(is_here(&registry.image));
    app.stop(&id).await.unwrap();
    until(&app, "no launch", |snapshot| launch_of(snapshot, &id).is_none().then_some(())).await;
    docker(&["rmi", &registry.image]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pull_can_be_cancelled() {
    let registry = Registry::start(SIZE, Manner { pause: Duration::from_millis(200), cut_after: None }).await;
    let home = Home::new();
    home.kernelspec("pulled", &registry.image);
    let app = home.app().await;
    let id = app.launch_folder(home.pipeline("cancelled"), Some("pulled".to_owned()), None).await.unwrap();
    until(&app, "some bytes", |snapshot| {
        let images = launch_of(snapshot, &id)?.stages.into_iter().find(|view| view.stage == Stage::Images)?;
        images.progress.filter(|progress| progress.done > 0).map(drop)
    })
    .await;
    app.cancel(&id).await.unwrap();
    let gone = until(&app, "no launch", |snapshot| launch_of(snapshot, &id).is_none().then_some(()));
    tokio::time::timeout(Duration::from_secs(2), gone).await.expect("at once");
    assert_eq!((is_here(&registry.image), left_of(&id)), (false, Vec::new()));
}

#[tokio::test(flavor = "multi_thread")]
async fn images_prepared_in_the_background_are_shown_and_can_be_cancelled() {
    let registry = Registry::start(SIZE, Manner { pause: Duration::from_millis(200), cut_after: None }).await;
    let home = Home::new();
    home.kernelspec("prepared", &registry.image);
    let app = home.app().await;
    let asked = [app.clone(), app.clone()].map(|app| tokio::spawn(async move { app.prepare_images().await }));
    until(&app, "some bytes", |snapshot| {
        snapshot.preparing.as_ref()?.progress.as_ref().filter(|progress| progress.done > 0).map(drop)
    })
    .await;
    app.cancel_preparing().await.unwrap();
    let over = until(&app, "an end", |snapshot| snapshot.preparing.is_none().then_some(()));
    tokio::time::timeout(Duration::from_secs(2), over).await.expect("at once");
    for outcome in asked {
        assert_eq!(outcome.await.unwrap().unwrap_err().code, FailureCode::Cancelled);
    }
    assert!(!is_here(&registry.image));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_interrupted_pull_is_shown_with_its_last_lines_and_the_whole_log() {
    let registry = Registry::start(SIZE, Manner { pause: Duration::ZERO, cut_after: Some(SIZE / 2) }).await;
    let home = Home::new();
    home.kernelspec("pulled", &registry.image);
    let app = home.app().await;
    let folder = home.pipeline("broken off");
    let failure = launched(&app, &folder, Some("pulled")).await.unwrap_err();
    assert_eq!(failure.code, FailureCode::Image, "{failure:?}");
    assert!(failure.message.contains(&registry.image) && !failure.hint.is_empty(), "{failure:?}");
    assert!(!failure.log.is_empty(), "{failure:?}");
    assert!(std::fs::read_to_string(failure.log_file.unwrap()).unwrap().contains("Pulling"));
    assert!(!is_here(&registry.image));
}
