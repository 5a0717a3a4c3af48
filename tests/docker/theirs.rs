//! Two people on one engine: each sees the other's launches, marked as the other's.

use orchest_core::contract::snapshot::LaunchState;
use orchest_tests::engine::{in_role, left_of};
use orchest_tests::home::{Home, launch_of, stopped, until};

#[tokio::test(flavor = "multi_thread")]
async fn another_persons_launch_is_shown_as_theirs_and_left_alone() {
    let (theirs, ours) = (Home::new(), Home::new());
    let folder = theirs.pipeline("theirs");
    let run = |home: &Home, user: &str, arguments: &[&str]| {
        let output = home.orchest(arguments).env("USER", user).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    };
    // A folder that both have, for example on a shared drive.
    let listed = serde_json::json!({ "folders": [{ "path": folder }] }).to_string();
    let settings = ours.places().settings_file();
    std::fs::create_dir_all(settings.parent().unwrap()).unwrap();
    std::fs::write(settings, listed).unwrap();
    let app = ours.app().await;
    app.attend();
    run(&theirs, "grace-of-the-tests", &["launch", folder.to_str().unwrap(), "--no-open"]);
    let id = app.resolve(folder.to_str().unwrap()).unwrap();
    let launch = until(&app, "their launch", |snapshot| {
        launch_of(snapshot, &id).filter(|launch| launch.state == LaunchState::Running)
    })
    .await;
    assert!(launch.foreign && launch.owner.as_deref().is_some_and(|owner| owner.starts_with("grace-of-the-tests@")));
    // A person without that folder sees the launch too, at the end of the list.
    let elsewhere = Home::new();
    let other = elsewhere.app().await;
    let mine = other.add_pipeline(elsewhere.pipeline("zz of my own")).await.unwrap();
    until(&other, "their launch, last", |snapshot| {
        let place = |id: &str| snapshot.pipelines.iter().position(|pipeline| pipeline.id == id);
        (place(&mine)? < place(&id)?).then_some(())
    })
    .await;
    let listed = run(&ours, "ada-of-the-tests", &["list"]);
    assert!(listed.contains("theirs") && listed.contains("grace-of-the-tests"), "{listed}");

    // Stopping all of one's own launches does not stop the other's.
    run(&ours, "ada-of-the-tests", &["stop", "--all"]);
    assert!(app.clean().await.unwrap().iter().all(|orphan| !orphan.pipeline.contains("theirs")));
    assert_eq!((in_role(&id, "gateway").len(), in_role(&id, "server").len()), (1, 1));
    let launch = launch_of(&app.snapshots().borrow(), &id).unwrap();
    assert_eq!(launch.state, LaunchState::Running);
    // The owner sees it as an ordinary launch.
    assert!(!run(&theirs, "grace-of-the-tests", &["list"]).contains("grace-of-the-tests@"));

    stopped(&app, &id).await;
    assert_eq!(left_of(&id), Vec::<String>::new());
}
