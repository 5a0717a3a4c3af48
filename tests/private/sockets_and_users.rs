//! Who may use the engine's socket, and whose users containers have: real engines of these tests.

use std::fs::{self, Permissions};
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::process::Command;
use std::time::{Duration, Instant};

use orchest_core::App;
use orchest_tests::home::{Home, launched, stopped};
use orchest_tests::jupyter::Server;
use orchest_tests::private::{Own, PrivateEngine, here};

#[tokio::test(flavor = "multi_thread")]
async fn a_socket_for_root_alone_ends_the_launch_with_its_remedy() {
    const TEST: &str = "sockets_and_users::a_socket_for_root_alone_ends_the_launch_with_its_remedy";
    if !here(TEST, Own::Networks) {
        return;
    }
    let home = Home::new();
    let engine = PrivateEngine::start_in(home.path(), &[]);
    engine.take_images();
    let socket = engine.host().trim_start_matches("unix://").to_owned();
    fs::set_permissions(&socket, Permissions::from_mode(0o600)).unwrap();
    let app = App::start_amid(home.places(), engine.around());
    app.settled().await;
    let folder = home.pipeline("closed");
    let began = Instant::now();
    let failure = launched(&app, &folder, None).await.unwrap_err();
    assert!(began.elapsed() < Duration::from_secs(20), "after {:?}", began.elapsed());
    assert!(failure.message.contains("may not use the engine's socket") && failure.message.contains(&socket));
    assert!(failure.hint.contains("chmod 660") && failure.hint.contains("rootless"), "{failure:?}");

    fs::set_permissions(&socket, Permissions::from_mode(0o660)).unwrap();
    let id = launched(&app, &folder, None).await.unwrap();
    stopped(&app, &id).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn kernels_have_the_persons_files_on_an_engine_that_remaps_users() {
    const TEST: &str = "sockets_and_users::kernels_have_the_persons_files_on_an_engine_that_remaps_users";
    if !here(TEST, Own::Networks) {
        return;
    }
    let home = Home::new();
    // Its remapped root goes through the folder to its own files.
    fs::set_permissions(home.path(), Permissions::from_mode(0o711)).unwrap();
    for file in ["/etc/subuid", "/etc/subgid"] {
        let ours = home.path().join("ranges");
        fs::write(&ours, "nobody:200000:65536\n").unwrap();
        assert!(Command::new("mount").arg("--bind").arg(&ours).arg(file).status().unwrap().success(), "{file}");
    }
    let engine = PrivateEngine::start_in(home.path(), &["--userns-remap", "nobody:nogroup"]);
    engine.take_images();
    let app = App::start_amid(home.places(), engine.around());
    app.settled().await;
    let folder = home.pipeline("remapped");
    let id = launched(&app, &folder, None).await.unwrap();
    let server = Server::at(&app.url(&id).await.unwrap());
    let mut kernel = server.start("python_docker", "first.ipynb").await.unwrap();
    let cell = "from pathlib import Path\nPath('made').write_text('x')\nPath.home().joinpath('kept').write_text('y')\nprint('on')";
    assert_eq!(kernel.execute(cell).await.text.trim(), "on");
    let (made, of_folder) = (fs::metadata(folder.join("made")).unwrap(), fs::metadata(&folder).unwrap());
    assert_eq!((made.uid(), made.gid()), (of_folder.uid(), of_folder.gid()));
    stopped(&app, &id).await;
    assert_eq!(engine.docker(&["ps", "-aq"]), Vec::<String>::new());
}
