//! Our images from a registry: which are taken, which are refused, and what is left. The engine is this test's own, because
//! what is taken gets the name that all tests launch.

use std::path::Path;
use std::process::Command;
use std::sync::Mutex;

use orchest_core::engine::{Engine, find};
use orchest_core::images::{self, ImageProgress, Options};
use orchest_core::words::error::Error;
use orchest_tests::home::Home;
use orchest_tests::private::{Own, PrivateEngine, here};
use orchest_tests::registry::{Published, Registry};
use serde_json::json;
use tokio_util::sync::CancellationToken;

/// Tries to have the kernels' image. Returns the outcome and what was said on the way.
async fn tried(engine: &Engine, home: &Home, registry: &str) -> (Result<String, Error>, Vec<String>) {
    let options = Options {
        registry: Some(format!("{registry}/orchest")),
        // It is not on the engine and has no registry, so no build begins.
        base_image: Some("127.0.0.1:1/no/base:1".to_owned()),
        logs_dir: home.path().join("logs"),
        ..Options::default()
    };
    let said = Mutex::new(Vec::new());
    let (names, never) = ([images::kernel_python()], CancellationToken::new());
    let tell = |progress: ImageProgress| said.lock().unwrap().push(progress.detail);
    let had = images::ensure_all(engine, &names, &options, &never, tell).await;
    (had, said.into_inner().unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn only_what_was_built_from_this_definition_for_this_machine_is_taken_from_a_registry() {
    const TEST: &str = "published::only_what_was_built_from_this_definition_for_this_machine_is_taken_from_a_registry";
    if !here(TEST, Own::Networks) {
        return;
    }
    // The mounts are this test's own: the machine has no certificate authorities of its own.
    for folder in ["/usr/local/share/ca-certificates", "/etc/pki/ca-trust/source/anchors"] {
        if Path::new(folder).exists() {
            assert!(Command::new("mount").args(["-t", "tmpfs", "tmpfs", folder]).status().unwrap().success());
        }
    }
    let home = Home::new();
    let private = PrivateEngine::start_in(home.path(), &[]);
    let engine = find(&private.around()).await.unwrap();
    let all = || {
        let mut ids = private.docker(&["images", "-aq", "--no-trunc"]);
        ids.dedup();
        ids
    };
    let ours = Published::here(json!({ "org.orchest.context": images::kernel_python_digest() }));
    let others = json!({ "org.orchest.context": images::kernel_python_digest(), "org.orchest.authorities": "0123" });
    let label = |value: &str| Published::here(json!({ "org.orchest.context": value }));
    let foreign = Published { architecture: "s390x".to_owned(), ..ours.clone() };

    for (image, reason) in [
        (label("0123456789abcdef"), "another definition"),
        (Published::here(json!({})), "does not say which definition"),
        (foreign, "it is for linux/s390x"),
        (Published::here(others), "other certificate authorities"),
    ] {
        let registry = Registry::publishing(&[image]).await;
        let (had, said) = tried(&engine, &home, &registry.host).await;
        assert!(matches!(had, Err(Error::BaseImage { .. })), "it is built: {had:?}");
        let told = said.iter().find(|line| line.contains("is built, not taken from"));
        assert!(told.is_some_and(|line| line.contains(reason)), "{reason}: {said:?}");
        assert_eq!(all(), Vec::<String>::new(), "{reason}: it is removed");
    }

    let gone = Registry::publishing(std::slice::from_ref(&ours)).await.host.clone();
    let (had, said) = tried(&engine, &home, &gone).await;
    assert!(matches!(had, Err(Error::BaseImage { .. })), "it is built: {had:?}");
    assert!(said.iter().any(|line| line.contains("not taken from") && line.contains("refused")), "{said:?}");

    // The tag is another image as soon as it was looked up.
    let registry = Registry::publishing(&[ours, label("0123456789abcdef")]).await;
    let (had, said) = tried(&engine, &home, &registry.host).await;
    assert_eq!(had.ok().as_deref(), Some("1 pulled"), "{said:#?}");
    let name = images::kernel_python();
    let found = engine.image(&name).await.unwrap().unwrap();
    assert_eq!(all(), [found.id]);
    let repository = format!("{}/orchest/kernel-python@sha256:", registry.host);
    assert!(found.digests.iter().any(|digest| digest.starts_with(&repository)), "{:?}", found.digests);
    assert_eq!(images::missing(&engine, &[name]).await.unwrap(), Vec::<String>::new());
}
