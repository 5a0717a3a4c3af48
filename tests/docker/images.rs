//! Images that cannot be pulled, and kernels whose container dies.

use std::time::{Duration, Instant};

use orchest_core::FailureCode;
use orchest_tests::engine::{docker, left_of};
use orchest_tests::home::{Home, launch_of, launched, stopped};
use orchest_tests::jupyter::Server;

#[tokio::test(flavor = "multi_thread")]
async fn an_error_names_the_missing_image_and_nothing_is_left() {
    let home = Home::new();
    home.kernelspec("nowhere", "orchest-test/exists-nowhere:1.0");
    let app = home.app().await;
    let folder = home.pipeline("nowhere");
    let failure = launched(&app, &folder, Some("nowhere")).await.unwrap_err();
    assert_eq!(failure.code, FailureCode::Image);
    assert!(failure.message.contains("orchest-test/exists-nowhere:1.0"), "{failure:?}");
    assert!(!failure.hint.is_empty());
    let id = app.resolve(folder.to_str().unwrap()).unwrap();
    assert_eq!(left_of(&id), Vec::<String>::new());
    // The failure stays until the person dismisses it, and the next launch works.
    assert!(launch_of(&app.snapshots().borrow(), &id).is_some());
    launched(&app, &folder, Some("python_docker")).await.unwrap();
    stopped(&app, &id).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_kernel_dying_at_its_start_is_reported_within_two_seconds() {
    let home = Home::new();
    // The gateway's image is not a kernel: without a token it prints a reason and ends.
    home.kernelspec("dies", "orchest/gateway:0.1.0");
    let app = home.app().await;
    let id = launched(&app, &home.pipeline("dies"), Some("dies")).await.unwrap();
    let server = Server::at(&app.url(&id).await.unwrap());
    let began = Instant::now();
    let Err(message) = server.start("dies", "first.ipynb").await else { panic!("it started") };
    assert!(began.elapsed() < Duration::from_secs(3), "{:?}", began.elapsed());
    assert!(message.contains("ended") && message.contains("last lines"), "{message}");
    stopped(&app, &id).await;
    assert_eq!(left_of(&id), Vec::<String>::new());
    assert_eq!(docker(&["ps", "-aq", "--filter", &format!("name=orchest-{id}")]), Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn our_images_take_about_as_much_disk_as_announced() {
    let app = Home::new().app().await;
    let images = app.snapshots().borrow().images.clone();
    let ours: Vec<_> = images.iter().filter(|image| image.name.starts_with("orchest/")).collect();
    assert_eq!(ours.len(), 4, "{images:?}");
    for image in ours {
        let (size, said) = (image.size.unwrap() as f64, (image.adds.unwrap() + image.shared) as f64);
        assert!((size - said).abs() < 0.2 * size, "{} takes {size}, but {said} is announced", image.name);
    }
}
