//! The base image without a registry: how a build ends where none can be made. The engine is this test's own: the shared one
//! has a base image.

use std::path::Path;
use std::process::Command;

use futures_util::{StreamExt, TryStreamExt, stream};
use orchest_core::engine::{Engine, find};
use orchest_core::images::{self, Options};
use orchest_core::words::error::Error;
use orchest_tests::home::Home;
use orchest_tests::private::{Own, PrivateEngine, here};
use tokio_util::sync::CancellationToken;

const IMAGE: &str = "orchest-test/looks-like-debian:1";
const OS_RELEASE: &str = "ID=debian\n";

/// An archive of one file: enough to be taken for Debian, and not enough to run a shell.
fn archive() -> Vec<u8> {
    let mut archive = tar::Builder::new(Vec::new());
    let mut header = tar::Header::new_gnu();
    header.set_size(OS_RELEASE.len() as u64);
    header.set_mode(0o644);
    archive.append_data(&mut header, "usr/lib/os-release", OS_RELEASE.as_bytes()).unwrap();
    archive.into_inner().unwrap()
}

async fn failure(engine: &Engine, home: &Home) -> (String, String) {
    let options = Options { logs_dir: home.path().join("logs"), ..Options::default() };
    let (names, never) = ([images::gateway()], CancellationToken::new());
    let failed = images::ensure_all(engine, &names, &options, &never, |_| {}).await.unwrap_err();
    assert!(matches!(failed, Error::BaseImage { .. }), "{failed:?}");
    let failure = failed.failure();
    (failure.message, failure.hint)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_base_image_that_cannot_be_had_names_what_was_tried_and_leaves_nothing() {
    const TEST: &str = "base_image::a_base_image_that_cannot_be_had_names_what_was_tried_and_leaves_nothing";
    if !here(TEST, Own::Networks) {
        return;
    }
    for program in ["/usr/bin/mmdebstrap", "/usr/local/bin/mmdebstrap"] {
        if Path::new(program).exists() {
            let hidden = Command::new("mount").args(["--bind", "/dev/null", program]).status().unwrap();
            assert!(hidden.success(), "{program}");
        }
    }
    let home = Home::new();
    let private = PrivateEngine::start_in(home.path(), &[]);
    let engine = find(&private.around()).await.unwrap();
    let (message, hint) = failure(&engine, &home).await;
    assert!(message.contains("`mmdebstrap` is not installed"), "{message}");
    assert!(message.contains("no image with Debian or Ubuntu"), "{message}");
    assert!(hint.contains("orchest images import") && hint.contains("mmdebstrap"), "{hint}");

    let pieces = archive().chunks(1000).map(|piece| Ok(piece.to_vec().into())).collect::<Vec<_>>();
    engine.import(IMAGE, "bash", stream::iter(pieces)).await.unwrap();
    engine.open_image(IMAGE, "looked-at").await.unwrap();
    let file: Vec<_> = engine.file_in("looked-at", "/usr/lib/os-release").boxed().try_collect().await.unwrap();
    assert_eq!(file.concat(), OS_RELEASE.as_bytes());
    engine.remove_container("looked-at").await.unwrap();

    let (message, _) = failure(&engine, &home).await;
    assert!(message.contains(&format!("in a build of `{IMAGE}`")), "{message}");
    assert_eq!(private.docker(&["ps", "-aq"]), Vec::<String>::new());
    let named = ["images", "--filter", "dangling=false", "--format", "{{.Repository}}:{{.Tag}}"];
    assert_eq!(private.docker(&named), [IMAGE]);
}
