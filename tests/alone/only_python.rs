//! Only the image for Python is prepared, and a notebook for R is opened.

use orchest_tests::engine::{docker, left_of};
use orchest_tests::home::{Home, launched, stopped};
use orchest_tests::jupyter::Server;

const R: &str = concat!("orchest/kernel-r:", env!("CARGO_PKG_VERSION"));

/// The image for R under another name: its layers stay, so that a build takes seconds.
struct Kept(String);

impl Kept {
    fn new() -> Kept {
        let kept = Kept(format!("orchest-test/kept-r:{}", std::process::id()));
        docker(&["tag", R, &kept.0]);
        kept
    }
}

impl Drop for Kept {
    fn drop(&mut self) {
        if docker(&["images", "-q", R]).is_empty() {
            docker(&["tag", &self.0, R]);
        }
        docker(&["rmi", &self.0]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_kernel_for_r_starts_while_a_window_is_open_and_its_image_is_missing() {
    let _kept = Kept::new();
    docker(&["rmi", R]);
    let home = Home::new();
    let app = home.app().await;
    app.attend();
    let id = launched(&app, &home.pipeline("only python"), Some("python_docker")).await.unwrap();
    assert!(docker(&["images", "-q", R]).is_empty(), "a launch for Python does not need it");
    let mut snapshots = app.snapshots();
    let shown = tokio::spawn(async move {
        loop {
            let preparing = snapshots.borrow_and_update().preparing.clone();
            if preparing.is_some_and(|stage| stage.detail.starts_with(&format!("building {R}"))) {
                return;
            }
            snapshots.changed().await.unwrap();
        }
    });
    let server = Server::at(&app.url(&id).await.unwrap());
    let mut kernel = server.start("r_docker", "first.ipynb").await.unwrap();
    assert_eq!(kernel.execute("cat(6 * 7)").await.text, "42");
    assert!(shown.is_finished(), "the window showed the progress");
    shown.await.unwrap();
    stopped(&app, &id).await;
    assert_eq!(left_of(&id), Vec::<String>::new());
}
