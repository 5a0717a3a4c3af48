//! Who may use the engine's socket decides whether a launch is Ready.

use std::os::unix::fs::MetadataExt;

use orchest_tests::engine::{left_of, socket};
use orchest_tests::home::{Home, launched, stopped};
use orchest_tests::jupyter::Server;

/// A gateway never runs as real root, so a socket that is open to real root alone ends the launch.
#[tokio::test(flavor = "multi_thread")]
async fn a_launch_has_kernels_or_names_the_socket_that_is_closed() {
    let found = std::fs::metadata(socket()).unwrap();
    let is_closed = found.uid() == 0 && found.mode() & 0o060 != 0o060;
    let home = Home::new();
    let folder = home.pipeline("socket");
    let app = home.app().await;
    let id = app.add_pipeline(folder.clone()).await.unwrap();
    match launched(&app, &folder, None).await {
        Ok(id) => {
            assert!(!is_closed, "it is closed to the gateway");
            let server = Server::at(&app.url(&id).await.unwrap());
            let mut kernel = server.start("python_docker", "first.ipynb").await.unwrap();
            assert_eq!(kernel.execute("print(6 * 7)").await.text, "42\n");
            stopped(&app, &id).await;
        }
        Err(failure) => {
            assert!(is_closed, "{failure:?}");
            assert!(failure.message.contains("may not use the engine's socket"), "{failure:?}");
            assert!(failure.hint.contains("chmod 660"), "{failure:?}");
        }
    }
    assert_eq!(left_of(&id), Vec::<String>::new());
}
