//! The first start on a machine without an engine: the program installs one, for real. It changes the machine that it runs
//! on, so it is ignored unless it is asked for: `make package-test` runs it as root in a fresh system. It also works as a
//! person whom polkit allows it.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, missing_docs)]

use std::path::Path;
use std::time::Duration;

use orchest_core::contract::snapshot::{EngineRemedy, EngineState, Snapshot};
use orchest_core::engine::ProcessEnv;
use orchest_core::{App, AppDirs, FailureCode};

async fn until(app: &App, what: &str, seen: impl Fn(&Snapshot) -> bool) -> Snapshot {
    let mut snapshots = app.snapshots();
    let found = tokio::time::timeout(Duration::from_secs(600), snapshots.wait_for(|snapshot| seen(snapshot))).await;
    found.unwrap_or_else(|_| panic!("{what}")).unwrap().as_ref().clone()
}

fn remedy(snapshot: &Snapshot) -> Option<&EngineRemedy> {
    let EngineState::Unavailable { remedy, .. } = &snapshot.engine else { return None };
    remedy.as_ref()
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "it installs Docker on the machine that it runs on"]
async fn a_machine_without_an_engine_gets_one() {
    assert!(!Path::new("/usr/sbin/dockerd").exists(), "this machine has Docker");
    let home = tempfile::tempdir().unwrap();
    let place = home.path().to_owned();
    let places = AppDirs { config: place.join("c"), data: place.join("d"), state: place.join("s") };
    let around = ProcessEnv { home: place, ..ProcessEnv::default() };
    let app = App::start_amid(places, around);

    let snapshot = until(&app, "a remedy", |snapshot| remedy(snapshot).is_some()).await;
    let EngineState::Unavailable { failure, .. } = &snapshot.engine else { panic!("an engine answers") };
    assert_eq!(failure.code, FailureCode::EngineUnreachable);
    assert!(failure.hint.contains("install docker.io"), "{failure:?}");
    let Some(EngineRemedy::Install { runs: true, joins, commands, .. }) = remedy(&snapshot) else {
        panic!("{:?}", snapshot.engine)
    };
    assert_eq!(*joins, rustix::process::getuid().as_raw() != 0, "only root needs no group");
    eprintln!("to be run: {commands:#?}");

    app.join_group().await.unwrap_err();
    app.install_engine().await.unwrap();
    let going =
        until(&app, "lines", |snapshot| snapshot.engine_setup.as_ref().is_none_or(|setup| !setup.lines.is_empty()));
    eprintln!("while it runs: {:#?}", going.await.engine_setup);
    let ended =
        until(&app, "the end", |snapshot| snapshot.engine_setup.as_ref().is_none_or(|setup| setup.failure.is_some()));
    assert_eq!(ended.await.engine_setup, None, "it succeeded");
    assert!(Path::new("/usr/sbin/dockerd").exists());

    let next =
        until(&app, "the next remedy", |snapshot| !matches!(remedy(snapshot), Some(EngineRemedy::Install { .. })));
    eprintln!("afterwards: {:#?}", next.await.engine);
}
