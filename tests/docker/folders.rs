//! Changes to a folder during its launch, and unusual folders: each one works, or gets a message at the right moment.

use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::symlink;

use orchest_core::FailureCode;
use orchest_core::contract::snapshot::LaunchState;
use orchest_tests::engine::left_of;
use orchest_tests::home::{Home, NOTEBOOK, launch_of, launched, pipeline, stopped, until};
use orchest_tests::jupyter::Server;

use crate::persons::{as_root, mount};

#[tokio::test(flavor = "multi_thread")]
async fn a_folder_recreated_during_its_launch_is_reported_and_can_be_launched_again() {
    let home = Home::new();
    let folder = home.pipeline("anew");
    let app = home.app().await;
    let id = launched(&app, &folder, None).await.unwrap();
    assert_eq!(launch_of(&app.snapshots().borrow(), &id).unwrap().warning, None);
    fs::remove_dir_all(&folder).unwrap();
    fs::create_dir(&folder).unwrap();
    fs::write(folder.join("second.ipynb"), NOTEBOOK).unwrap();
    let warned = until(&app, "a warning", |snapshot| launch_of(snapshot, &id)?.warning).await;
    assert!(warned.message.contains("`anew` was deleted and created again"), "{warned:?}");
    assert!(warned.hint.contains("launch it again"), "{warned:?}");
    assert_eq!(launch_of(&app.snapshots().borrow(), &id).unwrap().state, LaunchState::Running);
    // Another program reports it too.
    let listed = home.orchest(&["list"]).output().unwrap();
    let told = String::from_utf8_lossy(&listed.stderr).into_owned();
    assert!(told.contains("was deleted and created again"), "{told}");

    app.restart(&id).await.unwrap();
    until(&app, "it anew", |snapshot| {
        launch_of(snapshot, &id).filter(|launch| launch.state == LaunchState::Running).map(drop)
    })
    .await;
    assert_eq!(launch_of(&app.snapshots().borrow(), &id).unwrap().warning, None);
    let server = Server::at(&app.url(&id).await.unwrap());
    assert_eq!(server.get("/api/contents/second.ipynb?content=0").await.0, 200);
    // Files inside the folder may be removed and made again.
    fs::remove_file(folder.join("second.ipynb")).unwrap();
    until(&app, "an empty folder", |snapshot| {
        pipeline(snapshot, &id).filter(|view| view.notebooks.is_empty()).map(drop)
    })
    .await;
    assert_eq!(launch_of(&app.snapshots().borrow(), &id).unwrap().warning, None);
    stopped(&app, &id).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_drive_mounted_into_the_folder_later_is_seen() {
    let home = Home::new();
    let folder = home.pipeline("drives");
    fs::create_dir(folder.join("drive")).unwrap();
    // systemd makes all mounts shared; without systemd, the test makes one shared itself.
    let _shared = mount(&["--bind", folder.to_str().unwrap()], &folder);
    assert!(as_root(&["mount".as_ref(), "--make-shared".as_ref(), folder.as_os_str()]));
    let app = home.app().await;
    let id = launched(&app, &folder, None).await.unwrap();
    let server = Server::at(&app.url(&id).await.unwrap());
    let mut kernel = server.start("python_docker", "first.ipynb").await.unwrap();
    let drive = mount(&["-t", "tmpfs", "none"], &folder.join("drive"));
    fs::write(folder.join("drive/on-it.ipynb"), NOTEBOOK).unwrap();
    let seen = kernel.execute("import os; print(os.listdir('drive'))").await;
    assert_eq!(seen.text, "['on-it.ipynb']\n", "{seen:?}");
    let own = format!("print(os.listdir({:?}))", folder.join("drive").to_str().unwrap());
    assert_eq!(kernel.execute(&own).await.text, "['on-it.ipynb']\n", "at the folder's own path, too");
    assert_eq!(server.get("/api/contents/drive/on-it.ipynb?content=0").await.0, 200);
    drop(drive);
    assert_eq!(kernel.execute("print(os.listdir('drive'))").await.text, "[]\n", "the drive can be unmounted");
    stopped(&app, &id).await;
    assert_eq!(left_of(&id), Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn absolute_links_and_paths_work_as_on_the_persons_machine() {
    let home = Home::new();
    let folder = home.pipeline("links");
    fs::create_dir(folder.join("deep")).unwrap();
    fs::write(folder.join("data.csv"), "1,2").unwrap();
    symlink(folder.join("first.ipynb"), folder.join("deep/absolute.ipynb")).unwrap();
    symlink("../first.ipynb", folder.join("deep/relative.ipynb")).unwrap();
    let outside = home.path().join("outside.ipynb");
    fs::write(&outside, NOTEBOOK).unwrap();
    symlink(&outside, folder.join("out.ipynb")).unwrap();
    let app = home.app().await;
    let id = launched(&app, &folder, None).await.unwrap();
    let view = until(&app, "its notebooks", |snapshot| {
        pipeline(snapshot, &id).filter(|view| view.notebooks.len() == 4).cloned()
    })
    .await;
    let server = Server::at(&app.url(&id).await.unwrap());
    for file in view.notebooks {
        let (status, _) = server.get(&format!("/api/contents/{}", file.path)).await;
        assert_eq!(status == 200, file.problem.is_none(), "{file:?}: {status}");
    }
    let refused = app.open(&id, Some("out.ipynb")).await.map(drop).unwrap_err();
    assert!(refused.message.contains("out.ipynb") && refused.hint.contains("outside of this folder"), "{refused:?}");
    let mut kernel = server.start("python_docker", "first.ipynb").await.unwrap();
    let read = format!("print(open({:?}).read())", folder.join("data.csv").to_str().unwrap());
    assert_eq!(kernel.execute(&read).await.text, "1,2\n");
    // Nothing outside the folder is visible.
    let above = format!("import os; print(os.listdir({:?}))", home.path().to_str().unwrap());
    assert_eq!(kernel.execute(&above).await.text, "['folders']\n");
    stopped(&app, &id).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn names_that_are_not_utf8_are_refused_with_the_remedy() {
    let home = Home::new();
    let folder = home.pipeline("names");
    fs::write(folder.join(OsStr::from_bytes(b"caf\xe9.ipynb")), NOTEBOOK).unwrap();
    let named = home.path().join(OsStr::from_bytes(b"caf\xe9"));
    fs::create_dir(&named).unwrap();
    let app = home.app().await;
    for refused in [
        app.add_pipeline(named.clone()).await.unwrap_err(),
        app.launch_folder(named.clone(), None, None).await.unwrap_err(),
    ] {
        assert_eq!(refused.code, FailureCode::Folder);
        assert!(
            refused.message.contains("caf\\xe9` is not UTF-8") && refused.hint.contains("rename it"),
            "{refused:?}"
        );
    }
    let told = home.orchest(&["launch", "--no-open"]).arg(&named).output().unwrap();
    let words = String::from_utf8_lossy(&told.stderr).into_owned();
    assert_eq!(told.status.code(), Some(1), "{words}");
    assert!(words.contains("caf\\xe9` is not UTF-8"), "{words}");

    let id = launched(&app, &folder, None).await.unwrap();
    let view = until(&app, "its notebooks", |snapshot| {
        pipeline(snapshot, &id).filter(|view| view.notebooks.len() == 2).cloned()
    })
    .await;
    let notebook = view.notebooks.iter().find(|file| file.path == "caf\\xe9.ipynb").unwrap();
    assert!(notebook.problem.as_deref().is_some_and(|problem| problem.contains("not UTF-8")), "{notebook:?}");
    let refused = app.open(&id, Some("caf\\xe9.ipynb")).await.map(drop).unwrap_err();
    assert!(refused.hint.contains("rename it"), "{refused:?}");
    // The other notebooks are listed as before.
    let server = Server::at(&app.url(&id).await.unwrap());
    assert_eq!(server.get("/api/contents/first.ipynb?content=0").await.0, 200);
    assert_eq!(server.get("/api/contents").await.0, 200, "the list");
    stopped(&app, &id).await;
}
