//! Images from a file, on an engine that has none and reaches no network: a real engine of this test.

use std::fs;
use std::process::Command;
use std::time::{Duration, Instant};

use orchest_core::App;
use orchest_core::contract::archive::Came;
use orchest_core::contract::notice::Tone;
use orchest_core::contract::snapshot::ProgressUnit;
use orchest_core::engine::{ProcessEnv, find};
use orchest_core::images::archive::{Image, export};
use orchest_tests::engine::{docker, make_image};
use orchest_tests::home::{Home, launched, stopped, until};
use orchest_tests::jupyter::Server;
use orchest_tests::private::{Own, PrivateEngine, here};
use tokio_util::sync::CancellationToken;

#[tokio::test(flavor = "multi_thread")]
async fn a_file_brings_all_that_a_launch_needs_to_an_engine_without_a_network() {
    const TEST: &str = "archives::a_file_brings_all_that_a_launch_needs_to_an_engine_without_a_network";
    if !here(TEST, Own::Networks) {
        return;
    }
    let home = Home::new();
    let file = home.path().join("all.orchest-images");
    let exported = home.orchest(&["images", "export", file.to_str().unwrap(), "--json"]).output().unwrap();
    assert!(exported.status.success(), "{}", String::from_utf8_lossy(&exported.stderr));
    let exported: serde_json::Value = serde_json::from_slice(&exported.stdout).unwrap();
    assert_eq!(exported["size"], fs::metadata(&file).unwrap().len());
    let names: Vec<&str> =
        exported["images"].as_array().unwrap().iter().map(|image| image["name"].as_str().unwrap()).collect();
    for image in ["gateway", "server", "kernel-python", "kernel-r"] {
        assert!(names.contains(&format!("orchest/{image}:{}", env!("CARGO_PKG_VERSION")).as_str()), "{names:?}");
    }

    let engine = PrivateEngine::start_in(home.path(), &[]);
    assert_eq!(engine.docker(&["images", "-q"]), Vec::<String>::new());
    let app = App::start_amid(home.places(), engine.around());
    // A mixed drop, before the engine was found.
    let folder = home.pipeline("offline");
    app.dropped(vec![folder.clone(), file.clone()]);
    let offered = until(&app, "the question", |snapshot| snapshot.offered_images.clone()).await;
    assert_eq!(offered, file.display().to_string());
    app.answer_images(&offered, true);
    until(&app, "the progress", |snapshot| {
        let progress = snapshot.preparing.as_ref()?.progress?;
        (snapshot.importing && progress.unit == ProgressUnit::Bytes && progress.done > 0).then_some(())
    })
    .await;
    let notice = until(&app, "the result", |snapshot| {
        let over = snapshot.preparing.is_none() && snapshot.images.iter().all(|image| image.present);
        snapshot.notices.last().cloned().filter(|_| over)
    })
    .await;
    assert_eq!(notice.tone, Tone::Good, "{notice:?}");
    assert!(app.snapshots().borrow().pipelines.iter().any(|pipeline| pipeline.name == "offline"));

    let imported = Instant::now();
    for kernelspec in ["python_docker", "r_docker"] {
        let id = launched(&app, &folder, Some(kernelspec)).await.unwrap();
        let server = Server::at(&app.url(&id).await.unwrap());
        let mut kernel = server.start(kernelspec, "first.ipynb").await.unwrap();
        let cell = if kernelspec == "r_docker" { "cat(6 * 7)" } else { "print(6 * 7)" };
        assert_eq!(kernel.execute(cell).await.text.trim(), "42", "{kernelspec}");
        stopped(&app, &id).await;
    }
    assert!(imported.elapsed() < Duration::from_secs(60), "both cells within {:?} of the import", imported.elapsed());
    let again = app.import_images(file).await.unwrap();
    assert!(again.images.iter().all(|image| image.came == Came::Present), "{again:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_import_that_fills_the_disk_leaves_nothing() {
    const TEST: &str = "archives::an_import_that_fills_the_disk_leaves_nothing";
    if !here(TEST, Own::Networks) {
        return;
    }
    let shared = find(&ProcessEnv::of_this_process()).await.unwrap();
    let home = Home::new();
    let file = home.path().join("large.orchest-images");
    let mut images = Vec::new();
    for which in ["one", "other"] {
        let name = format!("orchest-test/archive-disk-{which}-{}:1", std::process::id());
        make_image(&name, which, 40 << 20);
        let facts = shared.image(&name).await.unwrap().unwrap();
        images.push(Image { name, id: facts.id, size: facts.size, layers: facts.layers, definition: None, base: None });
    }
    let written = export(&shared, images.clone(), &file, false, &CancellationToken::new(), |_| {}).await;
    images.iter().for_each(|image| drop(docker(&["rmi", "-f", &image.name])));
    written.unwrap();

    // No room for the archive, and room for that and the first of the images.
    for megabytes in [60, 150] {
        let folder = home.path().join(format!("engine-{megabytes}"));
        let data = folder.join("data");
        fs::create_dir_all(&data).unwrap();
        let mut mount = Command::new("mount");
        mount.args(["-t", "tmpfs", "-o", &format!("size={megabytes}m"), "tmpfs"]).arg(&data);
        assert!(mount.status().unwrap().success());
        let engine = PrivateEngine::start_in(&folder, &[]);
        let app = App::start_amid(Home::new().places(), engine.around());
        app.settled().await;
        let failure = app.import_images(file.clone()).await.unwrap_err();
        assert!(failure.message.contains("disk is full"), "{megabytes} MB: {failure:?}");
        assert_eq!(engine.docker(&["images", "-aq"]), Vec::<String>::new(), "{megabytes} MB");
    }
}
