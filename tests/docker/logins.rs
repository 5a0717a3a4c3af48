//! Images in private registries: the app uses the person's login, as the Docker CLI and Podman store it.

use std::collections::HashMap;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use bytes::Bytes;
use orchest_core::App;
use orchest_core::FailureCode;
use orchest_core::contract::snapshot::{Stage, StageState};
use orchest_core::engine::{self, BuildRequest, Engine, ProcessEnv};
use orchest_tests::engine::docker;
use orchest_tests::home::{Home, launch_of, launched, until};
use orchest_tests::registry::{Access, Manner, Registry};
use serde_json::{Value, json};

const QUICK: Manner = Manner { pause: Duration::ZERO, cut_after: None };
/// With letters that the two kinds of base64 write in different ways.
const WORD: &str = "gehei~m>?ü~~~>>>";

async fn private() -> Registry {
    Registry::open_to(Access::Password("ada", WORD), 1 << 10, QUICK).await
}

/// A person with this `config.json` of the Docker CLI and no other login.
fn person(home: &Home, config: &Value) -> ProcessEnv {
    let folder = home.path().join("docker");
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(folder.join("config.json"), config.to_string()).unwrap();
    let mut around = ProcessEnv::of_this_process();
    for name in ["REGISTRY_AUTH_FILE", "XDG_RUNTIME_DIR", "XDG_CONFIG_HOME"] {
        around.env.remove(name);
    }
    around.env.insert("DOCKER_CONFIG".to_owned(), folder.display().to_string());
    around.home = home.path().to_owned();
    around
}

fn auth(name: &str, word: &str) -> String {
    use base64::Engine;
    base64::engine::general_purpose::STANDARD.encode(format!("{name}:{word}"))
}

/// A credential helper in the person's PATH.
fn helper(home: &Home, around: &mut ProcessEnv, name: &str, script: &str) {
    let folder = home.path().join("programs");
    std::fs::create_dir_all(&folder).unwrap();
    let program = folder.join(format!("docker-credential-{name}"));
    std::fs::write(&program, format!("#!/bin/sh\n{script}\n")).unwrap();
    std::fs::set_permissions(&program, PermissionsExt::from_mode(0o755)).unwrap();
    let path = format!("{}:{}", folder.display(), std::env::var("PATH").unwrap());
    around.env.insert("PATH".to_owned(), path);
}

/// A helper that has this login for one registry only.
fn knowing(host: &str, name: &str, word: &str) -> String {
    format!(
        "[ \"$1\" = get ] || exit 2\nread -r asked\nif [ \"$asked\" = '{host}' ]; then\n\
         echo '{{\"ServerURL\":\"{host}\",\"Username\":\"{name}\",\"Secret\":\"{word}\"}}'\nelse\n\
         echo 'credentials not found in native keychain'; exit 1; fi"
    )
}

async fn pulled(around: &ProcessEnv, image: &str) -> Result<Vec<String>, String> {
    let mut told = Vec::new();
    let engine = engine::find(around).await.unwrap();
    let pulled = engine.pull(image, |line| told.push(line.text)).await;
    if pulled.is_ok() {
        docker(&["rmi", image]);
    }
    pulled.map(|()| told)
}

#[tokio::test(flavor = "multi_thread")]
async fn each_kind_of_stored_login_opens_the_registry() {
    let registry = private().await;
    let (host, image) = (registry.host.as_str(), registry.image.as_str());
    let right = auth("ada", WORD);
    for (how, config) in [
        ("auth", json!({ "auths": { host: { "auth": right } } })),
        ("with a scheme and a path", json!({ "auths": { format!("http://{host}/v2/"): { "auth": right } } })),
        ("name and password", json!({ "auths": { host: { "username": "ada", "password": WORD } } })),
        ("a store", json!({ "auths": { host: {} }, "credsStore": "test" })),
        ("a helper", json!({ "auths": { host: { "auth": "wrong" } }, "credHelpers": { host: "test" } })),
        (
            "a helper before the store",
            json!({ "credsStore": "missing", "credHelpers": { host: "test", "other.example": "missing" } }),
        ),
    ] {
        let home = Home::new();
        let mut around = person(&home, &config);
        helper(&home, &mut around, "test", &knowing(host, "ada", WORD));
        pulled(&around, image).await.unwrap_or_else(|reason| panic!("{how}: {reason}"));
    }
    // In Podman's format.
    let home = Home::new();
    let mut around = person(&home, &json!({}));
    let folder = home.path().join("run/containers");
    std::fs::create_dir_all(&folder).unwrap();
    let part = format!("{host}/orchest-test");
    std::fs::write(folder.join("auth.json"), json!({ "auths": { part: { "auth": right } } }).to_string()).unwrap();
    around.env.insert("XDG_RUNTIME_DIR".to_owned(), home.path().join("run").display().to_string());
    pulled(&around, image).await.expect("Podman's login");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_login_by_docker_and_an_identity_token_open_the_registry() {
    let registry = private().await;
    let home = Home::new();
    let around = person(&home, &json!({}));
    let mut login = Command::new("docker")
        .args(["--config", around.env["DOCKER_CONFIG"].as_str(), "login", "--username", "ada", "--password-stdin"])
        .arg(&registry.host)
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    std::io::Write::write_all(&mut login.stdin.take().unwrap(), WORD.as_bytes()).unwrap();
    // The registry runs on this runtime, so the login must not block it.
    assert!(tokio::task::spawn_blocking(move || login.wait()).await.unwrap().unwrap().success());
    pulled(&around, &registry.image).await.unwrap();

    let registry = Registry::open_to(Access::Token("of-the-browser"), 1 << 10, QUICK).await;
    let host = registry.host.as_str();
    let kept = json!({ "auths": { host: { "auth": auth("00000000", ""), "identitytoken": "of-the-browser" } } });
    let home = Home::new();
    pulled(&person(&home, &kept), &registry.image).await.unwrap();
    let home = Home::new();
    let mut around = person(&home, &json!({ "credsStore": "test" }));
    helper(&home, &mut around, "test", &knowing(host, "<token>", "of-the-browser"));
    pulled(&around, &registry.image).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_pull_names_the_login_that_it_used() {
    let registry = private().await;
    let (host, image) = (registry.host.as_str(), registry.image.as_str());
    let refused = async |config: Value, script: &str| {
        let home = Home::new();
        let mut around = person(&home, &config);
        helper(&home, &mut around, "test", script);
        let began = Instant::now();
        let reason = pulled(&around, image).await.expect_err("it is private");
        assert!(!reason.contains("secret") && !reason.contains(WORD), "{reason}");
        (reason, began.elapsed())
    };
    let (none, _) = refused(json!({}), "").await;
    assert!(!none.contains("asked with"), "{none}");
    let (wrong, _) = refused(json!({ "auths": { host: { "auth": auth("ada", "secret") } } }), "").await;
    assert!(wrong.contains("asked with the credentials that `/") && wrong.contains("config.json`"), "{wrong}");
    for (script, told) in [
        ("echo 'the keychain is locked'; exit 1", "failed: the keychain is locked (exit status: 1)"),
        ("echo '{\"Secret\":\"secret\"}'; exit 3", "failed (exit status: 3)"),
        ("echo secret", "did not answer in JSON"),
        ("kill -9 $$", "failed (signal: 9"),
    ] {
        let (reason, _) = refused(json!({ "credsStore": "test" }), script).await;
        assert!(reason.contains("`docker-credential-test`") && reason.contains(told), "{script}: {reason}");
    }
    let (missing, _) = refused(json!({ "credsStore": "nowhere" }), "").await;
    assert!(missing.contains("`docker-credential-nowhere`") && missing.contains("is not in the PATH"), "{missing}");
    let (path, _) = refused(json!({ "credsStore": "../test" }), "").await;
    assert!(path.contains("a name that is a path"), "{path}");
    let (hangs, took) = refused(json!({ "credHelpers": { host: "test" } }), "sleep 300").await;
    assert!(hangs.contains("did not answer within 10 s") && took < Duration::from_secs(20), "{hangs} {took:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_public_image_is_pulled_even_with_a_broken_login() {
    let registry = Registry::start(1 << 10, QUICK).await;
    let home = Home::new();
    let told = pulled(&person(&home, &json!({ "credsStore": "nowhere" })), &registry.image).await.unwrap();
    assert!(told[0].contains("`docker-credential-nowhere`"), "{told:?}");
    let around = person(&home, &json!({}));
    std::fs::write(home.path().join("docker/config.json"), "{ \"auths\": secret").unwrap();
    let told = pulled(&around, &registry.image).await.unwrap();
    assert!(told[0].contains("config.json` is not JSON") && !told[0].contains("secret"), "{told:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_launch_uses_the_login_and_without_one_says_how_to_log_in() {
    let registry = private().await;
    let home = Home::new();
    home.kernelspec("private", &registry.image);
    let around = person(&home, &json!({ "auths": { &registry.host: { "auth": auth("ada", "se~cret") } } }));
    let app = App::start_amid(home.places(), around.clone());
    app.settled().await;
    let folder = home.pipeline("private");
    let failure = launched(&app, &folder, Some("private")).await.unwrap_err();
    assert_eq!(failure.code, FailureCode::Image, "{failure:?}");
    assert!(failure.hint.contains(&format!("`docker login {}`", registry.host)), "{failure:?}");
    let kept = std::fs::read_to_string(failure.log_file.as_ref().unwrap()).unwrap();
    for text in [&kept, &format!("{failure:?}")] {
        assert!(!text.contains("se~cret") && !text.contains(&auth("ada", "se~cret")), "{text}");
    }

    // After a login, the launch is tried again.
    person(&home, &json!({ "auths": { &registry.host: { "auth": auth("ada", WORD) } } }));
    let id = app.launch_folder(folder, Some("private".to_owned()), None).await.unwrap();
    let done = until(&app, "the image", |snapshot| {
        let stages = launch_of(snapshot, &id)?.stages;
        stages.into_iter().find(|view| view.stage == Stage::Images && view.state == StageState::Done)
    })
    .await;
    assert!(done.detail.starts_with("1 pulled"), "{}", done.detail);
    app.stop(&id).await.unwrap();
    until(&app, "no launch", |snapshot| launch_of(snapshot, &id).is_none().then_some(())).await;
    docker(&["rmi", &registry.image]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_build_may_begin_with_a_private_image() {
    let registry = private().await;
    let home = Home::new();
    let tag = format!("orchest-test/built:{}", std::process::id());
    let build = async |engine: Engine| {
        let request = BuildRequest {
            tag: tag.clone(),
            dockerfile: "Dockerfile".into(),
            target: None,
            anew: false,
            context: dockerfile(&format!("FROM {}\nLABEL built=1\n", registry.image), home.path()),
            from: vec![registry.image.clone()],
            args: HashMap::new(),
            labels: HashMap::new(),
        };
        engine.build(request, |_| ()).await
    };
    let refused = build(engine::find(&person(&home, &json!({}))).await.unwrap()).await.unwrap_err();
    assert!(refused.contains(&registry.host) || refused.contains("auth"), "{refused}");
    let around = person(&home, &json!({ "auths": { &registry.host: { "auth": auth("ada", WORD) } } }));
    build(engine::find(&around).await.unwrap()).await.unwrap();
    docker(&["rmi", &tag]);
    docker(&["rmi", &registry.image]);
}

/// A build context with only a Dockerfile.
fn dockerfile(text: &str, folder: &Path) -> Bytes {
    let file: PathBuf = folder.join("Dockerfile");
    std::fs::write(&file, text).unwrap();
    let mut archive = tar::Builder::new(Vec::new());
    archive.append_path_with_name(&file, "Dockerfile").unwrap();
    Bytes::from(archive.into_inner().unwrap())
}
