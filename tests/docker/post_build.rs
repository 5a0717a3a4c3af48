//! The script of a folder after its installation: nothing runs it unasked, and it has what kernels have.

use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::time::{Duration, Instant};

use orchest_core::contract::environment::PostBuildState;
use orchest_core::contract::variables::TypedValue;
use orchest_tests::engine::docker;
use orchest_tests::home::{Home, launch_of, launched, server_of, stop_all, until};
use orchest_tests::packages::wheel;

use super::environments::{folder, printed, write};

/// Tells what it sees, and installs a package of the folder.
const SCRIPT: &str = "#!/bin/bash
set -e
echo run >> runs.txt
{ pwd; id -u; command -v python; ls /environment; ls /var/run/docker.sock || true; env; } > seen.txt 2>&1
python -m pip install -q --no-index ./birds-1.0-py3-none-any.whl
";

fn lines(path: &std::path::Path) -> usize {
    fs::read_to_string(path).map_or(0, |text| text.lines().count())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_script_runs_once_the_person_allows_it_and_has_what_kernels_have() {
    let home = Home::new();
    let birds = folder(&home, "birds", "requirements.txt", "cowsay==6.1\n");
    let (name, bytes) = wheel("birds", "1.0", 10);
    fs::write(birds.join(name), bytes).unwrap();
    write(&birds, "binder/postBuild", SCRIPT);
    let app = home.app().await;
    let state = |id: &str| {
        let snapshot = app.snapshots().borrow().clone();
        let view = snapshot.pipelines.iter().find(|view| view.id == id).unwrap().environment.clone();
        view.unwrap().post_build.unwrap().state
    };

    let id = launched(&app, &birds, None).await.unwrap();
    assert_eq!((lines(&birds.join("runs.txt")), state(&id)), (0, PostBuildState::Offered), "nothing runs it unasked");
    stop_all(&app, &[&id]).await;

    app.set_variable(&id, "BIRDS", TypedValue("owl".to_owned()), false).await.unwrap();
    app.run_post_build(&id, true).await.unwrap();
    launched(&app, &birds, None).await.unwrap();
    assert_eq!(lines(&birds.join("runs.txt")), 1);
    until(&app, "the script has run", |_| (state(&id) == PostBuildState::Ran).then_some(())).await;
    let seen = fs::read_to_string(birds.join("seen.txt")).unwrap();
    let mine = rustix::process::getuid().as_raw();
    let words: Vec<&str> = seen.lines().collect();
    assert_eq!(words[0], "/notebooks");
    assert_eq!(words[2], "/home/orchest/environment/3.11/bin/python", "{seen}");
    let owner = fs::metadata(birds.join("seen.txt")).unwrap();
    assert_eq!(owner.uid(), mine, "the file is the person's");
    assert!(words.contains(&"cowsay") && words.contains(&"BIRDS=owl"), "{seen}");
    assert!(!seen.contains("TOKEN") && seen.contains("'/var/run/docker.sock': No such file"), "{seen}");
    let server = server_of(&app, &id).await;
    assert_eq!(printed(&server, "import birds; print(birds.__name__)").await.trim(), "birds");
    stop_all(&app, &[&id]).await;

    // Neither the same script nor another one that is not allowed runs.
    launched(&app, &birds, None).await.unwrap();
    stop_all(&app, &[&id]).await;
    write(&birds, "binder/postBuild", "echo more\necho run >> runs.txt\necho last words\nexit 3\n");
    until(&app, "the change", |_| (state(&id) == PostBuildState::Changed).then_some(())).await;
    launched(&app, &birds, None).await.unwrap();
    stop_all(&app, &[&id]).await;
    assert_eq!(lines(&birds.join("runs.txt")), 1);

    // One that fails is shown with its log, and the launch works without it.
    app.run_post_build(&id, true).await.unwrap();
    let failure = launched(&app, &birds, None).await.unwrap_err();
    assert_eq!(failure.message, "The folder's script `binder/postBuild` ended with exit code 3");
    assert_eq!(failure.log, ["more", "last words"]);
    assert!(failure.hint.contains("orchest env run-post-build --no"), "{failure:?}");
    app.run_post_build(&id, false).await.unwrap();
    launched(&app, &birds, None).await.unwrap();
    stop_all(&app, &[&id]).await;
    assert_eq!(lines(&birds.join("runs.txt")), 2);
    app.forget(&id).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_script_that_is_cancelled_leaves_no_container_and_runs_again() {
    let home = Home::new();
    let birds = folder(&home, "birds", "requirements.txt", "cowsay==6.1\n");
    // Written on Windows, and without the right to be executed.
    write(&birds, "postBuild", "#!/bin/sh\r\necho begun >> runs.txt\r\n[ -e done.txt ] || sleep 600\r\n");
    fs::set_permissions(birds.join("postBuild"), fs::Permissions::from_mode(0o644)).unwrap();
    let app = home.app().await;
    let id = app.add_pipeline(birds.clone()).await.unwrap();
    app.settled().await;
    app.run_post_build(&id, true).await.unwrap();
    let runs = birds.join("runs.txt");
    app.launch_folder(birds.clone(), None, None).await.unwrap();
    while lines(&runs) == 0 {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    app.cancel(&id).await.unwrap();
    until(&app, "no launch", |snapshot| launch_of(snapshot, &id).is_none().then_some(())).await;
    // The engine may still be removing it.
    let began = Instant::now();
    while !docker(&["ps", "-aq", "--filter", &format!("name=orchest-{id}-")]).is_empty() {
        assert!(began.elapsed() < Duration::from_secs(30), "a container is left");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    fs::write(birds.join("done.txt"), "").unwrap();
    launched(&app, &birds, None).await.unwrap();
    assert_eq!(lines(&runs), 2);
    stop_all(&app, &[&id]).await;
    app.forget(&id).await.unwrap();
}
