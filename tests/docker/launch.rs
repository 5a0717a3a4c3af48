//! The main job: launch, work in Python and R, stop, and leave nothing.

use std::os::unix::fs::MetadataExt;
use std::time::{Duration, Instant};

use orchest_core::contract::snapshot::{LaunchState, Stage, StageState};
use orchest_tests::engine::{in_role, left_of};
use orchest_tests::home::{Home, launch_of, launched, stopped, until};
use orchest_tests::jupyter::Server;

#[tokio::test(flavor = "multi_thread")]
async fn a_launch_runs_cells_in_python_and_r_and_leaves_nothing() {
    let home = Home::new();
    let folder = home.pipeline("main job");
    std::fs::write(folder.join("data.csv"), "n\n40\n2\n").unwrap();
    let app = home.app().await;
    let id = launched(&app, &folder, None).await.unwrap();

    let view = launch_of(&app.snapshots().borrow(), &id).unwrap();
    assert_eq!(view.state, LaunchState::Running);
    let of_others = [Stage::Environment, Stage::Gateway];
    let wanted: Vec<Stage> = Stage::ALL.into_iter().filter(|stage| !of_others.contains(stage)).collect();
    assert_eq!(view.stages.iter().map(|stage| stage.stage).collect::<Vec<_>>(), wanted, "the folder asks for nothing");
    assert!(
        view.stages.iter().all(|stage| stage.state == StageState::Done && stage.took.is_some()),
        "{:?}",
        view.stages
    );

    let server = Server::at(&app.url(&id).await.unwrap());
    let (status, specs) = server.get("/api/kernelspecs").await;
    assert_eq!(status, 200);
    assert_eq!(specs["default"], "python_docker");
    assert!(specs["kernelspecs"]["r_docker"].is_object(), "the others stay available: {specs}");

    let mut python = server.start("python_docker", "first.ipynb").await.unwrap();
    assert_eq!(python.execute("print(6 * 7)").await.text, "42\n");
    let read = python.execute("import pandas as pd; print(pd.read_csv('data.csv').n.sum())").await;
    assert_eq!(read.text, "42\n", "{read:?}");
    let written = python.execute("open('written.txt', 'w').write('by a kernel')").await;
    assert_eq!(written.error, None);
    let (file, of) = (folder.join("written.txt"), std::fs::metadata(&folder).unwrap());
    let found = std::fs::metadata(&file).unwrap();
    assert_eq!((found.uid(), found.gid()), (of.uid(), of.gid()), "the file belongs to the folder's owner");
    let plot = python.execute("import matplotlib.pyplot as plt; plt.plot([1, 2]); plt.show()").await;
    assert!(plot.displayed.iter().any(|kind| kind == "image/png"), "{plot:?}");

    let mut r = server.start("r_docker", "second.ipynb").await.unwrap();
    let cell = "library(ggplot2); print(ggplot(data.frame(x = 1:3, y = 1:3), aes(x, y)) + geom_point()); cat(6 * 7)";
    let drawn = r.execute(cell).await;
    assert_eq!(drawn.error, None);
    assert!(drawn.text.contains("42"), "{drawn:?}");
    assert!(drawn.displayed.iter().any(|kind| kind == "image/png"), "{drawn:?}");

    until(&app, "two kernels", |snapshot| launch_of(snapshot, &id).filter(|launch| launch.kernels.len() == 2)).await;
    assert_eq!(in_role(&id, "kernel").len(), 2, "every kernel has a container of its own");

    stopped(&app, &id).await;
    assert_eq!(left_of(&id), Vec::<String>::new());
    assert!(file.exists() && !folder.join(".ipynb_checkpoints").exists());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cell_is_interrupted_and_a_kernel_restarted() {
    let home = Home::new();
    let app = home.app().await;
    let id = launched(&app, &home.pipeline("interrupt"), None).await.unwrap();
    let server = Server::at(&app.url(&id).await.unwrap());
    let mut kernel = server.start("python_docker", "first.ipynb").await.unwrap();
    kernel.execute("kept = 1").await;
    let sent = kernel.begin("import time; time.sleep(50)").await;
    let began = Instant::now();
    kernel.interrupt().await;
    let cut = kernel.outcome(&sent).await;
    assert!(cut.error.as_deref().is_some_and(|error| error.contains("KeyboardInterrupt")), "{cut:?}");
    assert!(began.elapsed() < Duration::from_secs(5));
    assert_eq!(kernel.execute("print(kept)").await.text, "1\n");

    let mut kernel = kernel.restart().await;
    let gone = kernel.execute("print(kept)").await;
    assert!(gone.error.as_deref().is_some_and(|error| error.contains("NameError")), "{gone:?}");
    stopped(&app, &id).await;
    assert_eq!(left_of(&id), Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn jupyter_leaves_no_litter_in_the_folder() {
    let home = Home::new();
    let folder = home.pipeline("litter");
    std::fs::create_dir(folder.join("sub")).unwrap();
    std::fs::write(folder.join("sub/thrown away.txt"), "x").unwrap();
    let app = home.app().await;
    let id = launched(&app, &folder, None).await.unwrap();
    let server = Server::at(&app.url(&id).await.unwrap());
    let (status, _) = server.post("/api/contents/first.ipynb/checkpoints", &serde_json::json!({})).await;
    assert_eq!(status, 201);
    assert_eq!(server.delete("/api/contents/sub/thrown%20away.txt").await, 204);
    let mut names: Vec<_> =
        std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    assert_eq!(names, ["first.ipynb", "sub"]);
    assert_eq!(std::fs::read_dir(folder.join("sub")).unwrap().count(), 0);
    stopped(&app, &id).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn files_belong_to_the_folders_owner_if_root_runs_the_app() {
    if !rustix::process::getuid().is_root() {
        return;
    }
    let home = Home::new();
    let folder = home.pipeline("somebody's");
    for path in [folder.clone(), folder.join("first.ipynb")] {
        std::os::unix::fs::chown(path, Some(1234), Some(2345)).unwrap();
    }
    let app = home.app().await;
    let id = launched(&app, &folder, None).await.unwrap();
    let server = Server::at(&app.url(&id).await.unwrap());
    let mut kernel = server.start("python_docker", "first.ipynb").await.unwrap();
    assert_eq!(kernel.execute("open('theirs.txt', 'w').close()").await.error, None);
    let found = std::fs::metadata(folder.join("theirs.txt")).unwrap();
    assert_eq!((found.uid(), found.gid()), (1234, 2345));
    stopped(&app, &id).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_picked_kernelspec_is_the_default() {
    let home = Home::new();
    let folder = home.pipeline("picked");
    let app = home.app().await;
    let id = app.add_pipeline(folder.clone()).await.unwrap();
    app.pick_kernelspec(&id, "r_docker").await.unwrap();
    let again = launched(&app, &folder, None).await.unwrap();
    assert_eq!(again, id);
    let (_, specs) = Server::at(&app.url(&id).await.unwrap()).get("/api/kernelspecs").await;
    assert_eq!(specs["default"], "r_docker");
    stopped(&app, &id).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_sent_just_after_a_restart_is_answered_on_the_open_websocket() {
    let home = Home::new();
    let app = home.app().await;
    let id = launched(&app, &home.pipeline("restarted"), None).await.unwrap();
    let server = Server::at(&app.url(&id).await.unwrap());
    let mut kernel = server.start("python_docker", "first.ipynb").await.unwrap();
    for round in 0..6 {
        kernel.execute(&format!("kept = {round}")).await;
        // By another client than the one with the open websocket: the app's own button, or a second page.
        let (status, answer) =
            server.post(&format!("/api/kernels/{}/restart", kernel.id), &serde_json::json!({})).await;
        assert_eq!(status, 200, "{answer}");
        let said = kernel.execute("print('kept' in dir())").await;
        assert_eq!(said.text, "False\n", "round {round}");
    }
    stopped(&app, &id).await;
}

/// Waits until the server reports its only kernel as idle.
async fn is_soon_idle(server: &Server, what: &str) {
    let mut kernels = serde_json::Value::Null;
    for _ in 0..100 {
        (_, kernels) = server.get("/api/kernels").await;
        if kernels[0]["execution_state"] == "idle" {
            return;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("{what}: {kernels}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unasked_kernel_is_known_to_be_idle_even_after_a_restart() {
    let home = Home::new();
    let app = home.app().await;
    let id = launched(&app, &home.pipeline("unheard"), None).await.unwrap();
    let server = Server::at(&app.url(&id).await.unwrap());
    for (kernelspec, notebook) in [("python_docker", "first.ipynb"), ("r_docker", "second.ipynb")] {
        let kernel = server.start_unheard(kernelspec, notebook).await.unwrap();
        is_soon_idle(&server, kernelspec).await;
        for round in 0..5 {
            let (status, answer) = server.post(&format!("/api/kernels/{kernel}/restart"), &serde_json::json!({})).await;
            assert_eq!(status, 200, "{answer}");
            is_soon_idle(&server, &format!("{kernelspec}, restart {round}")).await;
        }
        assert_eq!(server.delete(&format!("/api/kernels/{kernel}")).await, 204);
    }
    stopped(&app, &id).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn kernels_end_without_the_engines_stop_time() {
    let home = Home::new();
    let app = home.app().await;
    let id = launched(&app, &home.pipeline("ends"), None).await.unwrap();
    let server = Server::at(&app.url(&id).await.unwrap());
    let mut kernel = server.start("python_docker", "first.ipynb").await.unwrap();
    assert_eq!(kernel.execute("print(6 * 7)").await.text, "42\n");
    let began = Instant::now();
    assert_eq!(server.delete(&format!("/api/kernels/{}", kernel.id)).await, 204);
    // Docker and Podman give a container ten seconds if nothing else is asked.
    assert!(began.elapsed() < Duration::from_secs(5), "{:?}", began.elapsed());
    stopped(&app, &id).await;
    assert_eq!(left_of(&id), Vec::<String>::new());
}
