//! Installations while the engine ends and while its disk is full: a real engine of this test.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::Ordering;
use std::time::Duration;

use orchest_core::App;
use orchest_core::contract::failure::Failure;
use orchest_core::contract::snapshot::EngineState;
use orchest_core::engine::ProcessEnv;
use orchest_tests::home::{Home, until};
use orchest_tests::packages::{Manner, Packages, wheel};
use orchest_tests::private::{Own, PrivateEngine, here};
use rustix::process::Signal;
use tokio::task::JoinHandle;

/// The networks of the test: the engine's usual one, with this machine at `10.211.0.1`, and no other.
const BRIDGE: [&str; 2] = ["--bridge", "orchest-test0"];
const ADDRESS: &str = "10.211.0.1";

fn make_bridge() {
    for words in [
        "link add orchest-test0 type bridge",
        &format!("addr add {ADDRESS}/24 dev orchest-test0"),
        "link set orchest-test0 up",
    ] {
        assert!(Command::new("ip").args(words.split(' ')).status().unwrap().success(), "ip {words}");
    }
}

/// What every kernel needs, and one large package, as packages of the test: there is no other network here.
fn wheels(size: usize) -> Vec<(String, bytes::Bytes)> {
    vec![wheel("ipykernel", "6.99", 0), wheel("large", "1.0", size)]
}

async fn app(home: &Home, engine: &PrivateEngine, packages: &Packages) -> App {
    let mut around: ProcessEnv = engine.around();
    around.env.retain(|name, _| !name.starts_with("PIP_") && !name.starts_with("UV_"));
    around.env.insert("UV_DEFAULT_INDEX".to_owned(), packages.index());
    let app = App::start_amid(home.places(), around);
    app.settled().await;
    app.attend();
    app
}

fn folder(home: &Home) -> PathBuf {
    let folder = home.pipeline("large");
    fs::write(folder.join("requirements.txt"), "large==1.0\n").unwrap();
    folder
}

/// The environments in the store, whole ones and others.
fn environments(engine: &PrivateEngine) -> Vec<String> {
    let store = engine.docker(&["volume", "ls", "-q", "--filter", "name=orchest-environments"]);
    let place = engine.docker(&["volume", "inspect", &store[0], "--format", "{{.Mountpoint}}"]);
    let entries = fs::read_dir(Path::new(&place[0]).join("environments")).unwrap();
    entries.map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_installation_on_an_engine_that_is_killed_or_has_a_full_disk_leaves_nothing_half() {
    const TEST: &str =
        "environments::an_installation_on_an_engine_that_is_killed_or_has_a_full_disk_leaves_nothing_half";
    if !here(TEST, Own::Networks) {
        return;
    }
    make_bridge();
    let home = Home::new();
    let data = home.path().join("data");
    fs::create_dir(&data).unwrap();
    let mut mount = Command::new("mount");
    assert!(mount.args(["-t", "tmpfs", "-o", "size=6g", "tmpfs"]).arg(&data).status().unwrap().success());
    let mut engine = PrivateEngine::start_in(home.path(), &BRIDGE);
    engine.take_images();
    // The large package takes some seconds.
    let manner = Manner { pause: Duration::from_millis(5), ..Manner::default() };
    let packages = Packages::start(ADDRESS.parse().unwrap(), wheels(48 << 20), manner).await;
    let app = app(&home, &engine, &packages).await;
    let id = app.look_at(folder(&home)).await.unwrap();

    for later in [0, 500, 2000] {
        let (begun, update) = (packages.served.load(Ordering::Relaxed), update(&app, &id));
        while packages.served.load(Ordering::Relaxed) == begun {
            assert!(!update.is_finished(), "{:?}", update.await);
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        tokio::time::sleep(Duration::from_millis(later)).await;
        engine.end(Signal::KILL);
        let failure = update.await.unwrap().unwrap_err();
        assert!(failure.message.contains("The engine stopped answering"), "{failure:?}");
        engine.start();
        until(&app, "the engine", |snapshot| matches!(snapshot.engine, EngineState::Ready { .. }).then_some(())).await;
    }

    let free = rustix::fs::statvfs(&data).unwrap();
    let (filler, size) = (data.join("filler"), free.f_bavail * free.f_frsize - (24 << 20));
    let file = fs::File::create(&filler).unwrap();
    rustix::fs::fallocate(&file, rustix::fs::FallocateFlags::empty(), 0, size).unwrap();
    drop(file);
    let failure = update(&app, &id).await.unwrap().unwrap_err();
    assert!(failure.message.contains("disk has no room") && failure.hint.contains("free some space"), "{failure:?}");
    assert!(environments(&engine).iter().all(|name| !name.starts_with(".new-")), "{failure:?}");

    fs::remove_file(&filler).unwrap();
    update(&app, &id).await.unwrap().unwrap_or_else(|failure| panic!("{failure:?}"));
    let made = environments(&engine);
    assert!(!made.is_empty() && !made.iter().any(|name| name.starts_with('.')), "{made:?}");
    let installers = ["ps", "-aq", "--filter", "name=-install-", "--filter", "status=exited"];
    assert_eq!(engine.docker(&installers), Vec::<String>::new());
}

fn update(app: &App, id: &str) -> JoinHandle<Result<(), Failure>> {
    let (app, id) = (app.clone(), id.to_owned());
    tokio::spawn(async move { app.update_environment(&id, false, true).await })
}
