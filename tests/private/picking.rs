//! A person picks one of two engines. Real engines of this test.

use std::fs;

use orchest_core::App;
use orchest_core::contract::snapshot::EngineState;
use orchest_core::engine::ProcessEnv;
use orchest_tests::home::Home;
use orchest_tests::private::{Own, PrivateEngine, here};
use rustix::process::Signal;

/// The address of the engine that is in use, or why there is none.
async fn used(app: &App) -> Result<String, String> {
    match &app.settled().await.engine {
        EngineState::Ready { endpoint, .. } => Ok(endpoint.clone()),
        EngineState::Unavailable { failure, .. } => Err(format!("{}; {}", failure.message, failure.hint)),
        EngineState::Looking => Err("still looking".to_owned()),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_picked_engine_is_used_from_then_on_and_never_replaced_in_silence() {
    if !here("picking::a_picked_engine_is_used_from_then_on_and_never_replaced_in_silence", Own::Networks) {
        return;
    }
    let home = Home::new();
    let folders = ["first", "second"].map(|name| home.path().join(name));
    folders.iter().for_each(|folder| fs::create_dir(folder).unwrap());
    let first = PrivateEngine::start_in(&folders[0], &[]);
    let mut second = PrivateEngine::start_in(&folders[1], &[]);
    let (first, address) = (first.host(), second.host());

    // The first is the current context of the Docker CLI, the second a connection of Podman.
    let docker = home.path().join(".docker");
    let meta = docker.join("contexts/meta/2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae");
    fs::create_dir_all(&meta).unwrap();
    let context = serde_json::json!({"Name": "foo", "Endpoints": {"docker": {"Host": first}}});
    fs::write(meta.join("meta.json"), context.to_string()).unwrap();
    fs::write(docker.join("config.json"), r#"{"currentContext": "foo"}"#).unwrap();
    let podman = home.path().join(".config/containers");
    fs::create_dir_all(&podman).unwrap();
    let connection = serde_json::json!({"Connection": {"Connections": {"own": {"URI": address}}}});
    fs::write(podman.join("podman-connections.json"), connection.to_string()).unwrap();
    let around = ProcessEnv { home: home.path().to_owned(), ..ProcessEnv::default() };

    let app = App::start_amid(home.places(), around.clone());
    assert_eq!(used(&app).await.as_ref(), Ok(&first));
    let found = app.engines().await;
    let option = |endpoint: &str| found.options.iter().find(|option| option.endpoint == endpoint).unwrap();
    assert!(option(&first).used && option(&first).named_by == ["context foo"], "{found:?}");
    assert!(option(&address).named_by == ["Podman connection own"] && option(&address).version.is_some(), "{found:?}");

    app.use_found_engine("unix:///nowhere.sock").await.unwrap_err();
    app.use_found_engine(&address).await.unwrap();
    let mut snapshots = app.snapshots();
    let is_second = |state: &EngineState| matches!(state, EngineState::Ready { endpoint, .. } if *endpoint == address);
    snapshots.wait_for(|snapshot| is_second(&snapshot.engine)).await.unwrap();

    // The choice is kept, and another program of this person has it too.
    let next = App::start_amid(home.places(), around.clone());
    assert_eq!(used(&next).await.as_ref(), Ok(&address));
    let said = ProcessEnv { env: [("DOCKER_HOST".to_owned(), first.clone())].into(), ..around.clone() };
    assert_eq!(used(&App::start_amid(home.places(), said)).await.as_ref(), Ok(&first), "it is said for this run");

    second.end(Signal::KILL);
    let away = used(&App::start_amid(home.places(), around.clone())).await.unwrap_err();
    assert!(away.contains(&address) && away.contains("the engine that you picked"), "{away}");
    assert!(away.contains("orchest engine forget"), "{away}");
    snapshots.wait_for(|snapshot| matches!(snapshot.engine, EngineState::Unavailable { .. })).await.unwrap();
    next.forget_engine().await.unwrap();
    // The window has read it in the settings file.
    let is_first = |state: &EngineState| matches!(state, EngineState::Ready { endpoint, .. } if *endpoint == first);
    let back = tokio::time::timeout(std::time::Duration::from_secs(20), async {
        snapshots.wait_for(|snapshot| is_first(&snapshot.engine)).await.unwrap();
    });
    back.await.unwrap();
}
