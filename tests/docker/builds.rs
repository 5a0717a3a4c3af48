//! Images that the app builds: a failing step, and a cancelled build.

use std::process::Command;

use orchest_core::FailureCode;
use orchest_core::contract::snapshot::{Stage, StageState};
use orchest_tests::engine::{docker, left_of};
use orchest_tests::home::{Home, launch_of, launched, until};
use orchest_tests::proxy::{Fault, Proxy};

const IMAGE: &str = "orchest/kernel-r:0.1.0";

/// A proxy that hides our R image from the app, and a home whose images are built from `base`.
async fn without_r(home: &Home, base: &str) -> Proxy {
    let proxy = Proxy::new(home.path()).await;
    proxy.rule("GET", "/images/orchest/kernel-r", Fault::Refused(404, "no such image"));
    proxy.rule("GET", "/images/orchest%2Fkernel-r", Fault::Refused(404, "no such image"));
    proxy.start();
    let settings = home.places().settings_file();
    std::fs::create_dir_all(settings.parent().unwrap()).unwrap();
    std::fs::write(settings, serde_json::json!({ "base_image": base }).to_string()).unwrap();
    proxy
}

fn image_id() -> Vec<String> {
    docker(&["images", "-q", "--no-trunc", IMAGE])
}

/// Containers from an image that belong to no launch.
fn unlaunched(image: &str) -> Vec<String> {
    let (filter, format) = (format!("ancestor={image}"), "{{.Names}}={{.Label \"org.orchest.launch\"}}");
    let mut names = docker(&["ps", "-a", "--filter", &filter, "--format", format]);
    names.retain(|name| name.ends_with('='));
    names
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failed_build_step_is_shown_with_its_last_lines_and_the_whole_log() {
    let home = Home::new();
    let folder = home.pipeline("cannot be built");
    // The user `nobody` may not install anything.
    let base = "orchest/gateway:0.1.0";
    let (before, containers) = (image_id(), unlaunched(base).len());
    let proxy = without_r(&home, base).await;
    let app = home.app_with(&proxy);
    app.settled().await;
    let failure = launched(&app, &folder, Some("r_docker")).await.unwrap_err();
    assert_eq!(failure.code, FailureCode::Image, "{failure:?}");
    assert!(failure.message.contains(IMAGE) && !failure.hint.is_empty(), "{failure:?}");
    assert!(!failure.log.is_empty(), "{failure:?}");
    let log = std::fs::read_to_string(failure.log_file.unwrap()).unwrap();
    assert!(log.contains("FROM") && log.lines().count() >= failure.log.len(), "{log}");
    assert_eq!(image_id(), before, "the former image is unchanged");
    assert!(unlaunched(base).len() <= containers, "the build left a container: {:?}", unlaunched(base));
    let id = app.resolve(folder.to_str().unwrap()).unwrap();
    assert_eq!(left_of(&id), Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cancelled_build_ends_on_the_engine_too() {
    let home = Home::new();
    let folder = home.pipeline("is not built");
    let before = image_id();
    // A base image of its own, so that no step is in the cache.
    let base = format!("orchest-test/base:{}", std::process::id());
    let from = docker(&["images", "-q", "orchest/base"]).first().cloned().unwrap_or("orchest/gateway:0.1.0".to_owned());
    let text = format!("FROM {from}\nUSER 0\nENV UNIQUE={base}\n");
    std::fs::write(home.path().join("Dockerfile"), text).unwrap();
    docker(&[
        "build",
        "-q",
        "-t",
        &base,
        "-f",
        home.path().join("Dockerfile").to_str().unwrap(),
        folder.to_str().unwrap(),
    ]);
    let remove = Removed(base.clone());

    let proxy = without_r(&home, &base).await;
    let app = home.app_with(&proxy);
    app.settled().await;
    let id = app.launch_folder(folder, Some("r_docker".to_owned()), None).await.unwrap();
    let shown = until(&app, "a step of the build", |snapshot| {
        let launch = launch_of(snapshot, &id)?;
        let images = launch.stages.into_iter().find(|view| view.stage == Stage::Images)?;
        (images.state == StageState::Active && images.progress.is_some() && !images.log.is_empty()).then_some(images)
    })
    .await;
    assert!(shown.detail.contains(IMAGE) && shown.detail.contains("step"), "{shown:?}");
    let building = || docker(&["ps", "-q", "--filter", &format!("ancestor={base}")]);
    app.cancel(&id).await.unwrap();
    until(&app, "no launch", |snapshot| launch_of(snapshot, &id).is_none().then_some(())).await;
    for _ in 0..100 {
        if building().is_empty() {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }
    assert_eq!(building(), Vec::<String>::new(), "the build has ended");
    assert_eq!((image_id(), left_of(&id)), (before, Vec::new()));
    drop(remove);
}

/// An image; dropping it removes it and the images made from it.
struct Removed(String);

impl Drop for Removed {
    fn drop(&mut self) {
        let made = docker(&["ps", "-aq", "--filter", &format!("ancestor={}", self.0)]);
        for container in made {
            let _ = Command::new("docker").args(["rm", "-f", &container]).output();
        }
        let _ = Command::new("docker").args(["rmi", "-f", &self.0]).output();
    }
}
