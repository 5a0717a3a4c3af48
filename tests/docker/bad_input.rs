//! Bad input gets a clear failure, and nothing is lost.

use std::time::Duration;

use orchest_core::FailureCode;
use orchest_core::contract::snapshot::LaunchState;
use orchest_tests::engine::left_of;
use orchest_tests::home::{Home, launch_of, launched, pipeline, stopped, until};
use orchest_tests::jupyter::Server;

#[tokio::test(flavor = "multi_thread")]
async fn a_missing_folder_and_a_file_have_different_failures() {
    let home = Home::new();
    let app = home.app().await;
    let missing = app.add_pipeline(home.path().join("missing")).await.unwrap_err();
    assert_eq!(missing.code, FailureCode::Folder);
    assert!(missing.message.contains("missing"), "{missing:?}");
    let file = home.pipeline("has a file").join("first.ipynb");
    let not_a_folder = app.launch_folder(file, None, None).await.unwrap_err();
    assert_eq!(not_a_folder.code, FailureCode::Folder);
    assert_ne!(missing.message, not_a_folder.message);
    assert!(app.snapshots().borrow().pipelines.iter().all(|pipeline| !pipeline.added));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_folder_deleted_during_its_launch_is_shown_as_missing_and_can_be_stopped() {
    let home = Home::new();
    let folder = home.pipeline("deleted");
    let app = home.app().await;
    let id = app.add_pipeline(folder.clone()).await.unwrap();
    launched(&app, &folder, None).await.unwrap();
    std::fs::remove_dir_all(&folder).unwrap();
    until(&app, "a missing folder", |snapshot| pipeline(snapshot, &id).filter(|view| view.missing).map(drop)).await;
    let view = launch_of(&app.snapshots().borrow(), &id).unwrap();
    assert_eq!(view.state, LaunchState::Running, "a running launch is shown without its folder");
    stopped(&app, &id).await;
    assert_eq!(left_of(&id), Vec::<String>::new());
    std::fs::create_dir(&folder).unwrap();
    until(&app, "the folder again", |snapshot| pipeline(snapshot, &id).filter(|view| !view.missing).map(drop)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_notebook_is_shown_within_a_second() {
    let home = Home::new();
    let folder = home.pipeline("watched");
    let app = home.app().await;
    let id = app.add_pipeline(folder.clone()).await.unwrap();
    tokio::time::sleep(Duration::from_millis(300)).await;
    std::fs::write(folder.join("second.ipynb"), "{}").unwrap();
    let shown = until(&app, "the notebook", |snapshot| {
        pipeline(snapshot, &id).filter(|view| view.notebooks.len() == 2).map(drop)
    });
    tokio::time::timeout(Duration::from_secs(1), shown).await.expect("within a second");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_looping_link_does_no_harm() {
    let home = Home::new();
    let folder = home.pipeline("loops");
    std::os::unix::fs::symlink(&folder, folder.join("again")).unwrap();
    std::os::unix::fs::symlink("/", folder.join("everything")).unwrap();
    let app = home.app().await;
    let id = launched(&app, &folder, None).await.unwrap();
    until(&app, "its notebook", |snapshot| pipeline(snapshot, &id).filter(|view| view.notebooks.len() == 1).map(drop))
        .await;
    let server = Server::at(&app.url(&id).await.unwrap());
    let mut kernel = server.start("python_docker", "first.ipynb").await.unwrap();
    assert_eq!(kernel.execute("print(6 * 7)").await.text, "42\n");
    stopped(&app, &id).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_settings_file_cut_in_half_is_set_aside_with_a_notice() {
    let home = Home::new();
    let folder = home.pipeline("kept");
    home.app().await.add_pipeline(folder).await.unwrap();
    let file = home.places().settings_file();
    let text = std::fs::read(&file).unwrap();
    std::fs::write(&file, &text[..text.len() / 2]).unwrap();
    let app = home.app().await;
    let snapshot = app.snapshots().borrow().clone();
    let notice = snapshot.notices.first().expect("a notice");
    let aside: Vec<_> = std::fs::read_dir(file.parent().unwrap())
        .unwrap()
        .flatten()
        .filter(|entry| entry.file_name().to_string_lossy().contains("broken"))
        .collect();
    assert_eq!(aside.len(), 1);
    assert_eq!(std::fs::read(aside[0].path()).unwrap(), &text[..text.len() / 2], "nothing of the file is lost");
    assert!(notice.message.contains("settings"), "{notice:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_launch_past_its_deadline_shows_the_logs_and_leaves_nothing() {
    let home = Home::new();
    let folder = home.pipeline("slow");
    let app = home.app().await;
    let id = app.launch_folder(folder, None, Some(Duration::from_millis(20))).await.unwrap();
    let failed = until(&app, "a failure", |snapshot| {
        launch_of(snapshot, &id).filter(|launch| launch.state == LaunchState::Failed)
    })
    .await;
    let failure = failed.failure.unwrap();
    assert!(!failure.hint.is_empty() && failure.message.contains("ready"), "{failure:?}");
    assert_eq!(left_of(&id), Vec::<String>::new());
}
