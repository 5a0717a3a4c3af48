//! Images from the shared engine on one that has none and reaches no network: a real engine of this test.

use std::io::Write;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use orchest_core::contract::snapshot::ProgressUnit;
use orchest_core::engine::{Engine, ProcessEnv, find};
use orchest_core::images::carried::{carry, carry_all};
use orchest_core::images::{self, ImageProgress, Options};
use orchest_core::words::error::Error;
use orchest_tests::engine::{docker, make_image};
use orchest_tests::home::Home;
use orchest_tests::private::{Own, PrivateEngine, here};
use tokio_util::sync::CancellationToken;

/// The engine unpacks for longer than this once it has all.
const UNPACKS: Duration = Duration::from_millis(300);

/// The shared engine, and the one of this test.
async fn engines(private: &PrivateEngine) -> (Engine, Engine) {
    (find(&ProcessEnv::of_this_process()).await.unwrap(), find(&private.around()).await.unwrap())
}

fn all_on(private: &PrivateEngine) -> Vec<String> {
    private.docker(&["images", "-aq", "--no-trunc"])
}

/// The most bytes that a carry reported, and the last total.
#[derive(Default)]
struct Bytes {
    done: AtomicU64,
    total: AtomicU64,
}

impl Bytes {
    fn see(&self, shown: &ImageProgress) {
        if let Some(progress) = shown.progress {
            assert_eq!(progress.unit, ProgressUnit::Bytes);
            assert!(progress.done >= self.done.swap(progress.done, Ordering::SeqCst), "never back");
            assert!(progress.total.is_some_and(|total| total >= progress.done), "{progress:?}");
            self.total.store(progress.total.unwrap(), Ordering::SeqCst);
        }
    }

    fn done(&self) -> u64 {
        self.done.load(Ordering::SeqCst)
    }
}

#[tokio::test(flavor = "multi_thread")]
#[allow(clippy::print_stdout)]
async fn the_images_of_a_launch_come_from_another_engine_once_and_with_their_ids() {
    const TEST: &str = "carried::the_images_of_a_launch_come_from_another_engine_once_and_with_their_ids";
    if !here(TEST, Own::Networks) {
        return;
    }
    let home = Home::new();
    let private = PrivateEngine::start_in(home.path(), &[]);
    let (shared, engine) = engines(&private).await;
    let names = [images::gateway(), images::server(), images::kernel_python()];
    // It reaches no registry, and could build nothing.
    let options = Options {
        base_image: Some("127.0.0.1:1/no/base:1".to_owned()),
        logs_dir: home.path().join("logs"),
        carried_from: Some(shared.clone()),
        ..Options::default()
    };
    let (bytes, said) = (Bytes::default(), Mutex::new(Vec::new()));
    let never = CancellationToken::new();
    let began = Instant::now();
    let had = images::ensure_all(&engine, &names, &options, &never, |shown| {
        bytes.see(&shown);
        said.lock().unwrap().push(shown.detail);
    });
    assert_eq!(had.await.unwrap(), "3 carried from this machine");
    let (took, together) = (began.elapsed(), bytes.done());
    println!("together: {} MB in {took:?}; total said: {}", together / 1_000_000, bytes.total.load(Ordering::SeqCst));
    assert!(together > 100 << 20, "{together} bytes");
    let said = said.into_inner().unwrap();
    assert!(said.iter().any(|line| line.contains("carrying orchest/gateway, orchest/server")), "{said:?}");
    let mut ids = Vec::new();
    for name in &names {
        let (here, there) = (shared.image(name).await.unwrap().unwrap(), engine.image(name).await.unwrap().unwrap());
        assert_eq!((&here.id, &here.layers), (&there.id, &there.layers), "{name}");
        ids.push(there.id);
    }
    let mut all = all_on(&private);
    all.sort();
    ids.sort();
    assert_eq!(all, ids, "nothing else came");

    let again = carry_all(&shared, &engine, &names, &never, |shown| panic!("{shown:?}")).await.unwrap();
    assert_eq!(again, Vec::<String>::new());
    assert_eq!(images::ensure_all(&engine, &names, &options, &never, |_| {}).await.unwrap(), "present");

    // One alone, which shares most of its layers with those that are there.
    private.docker(&["rmi", &names[2]]);
    let alone = Bytes::default();
    assert!(carry(&shared, &engine, &names[2], &never, |shown| alone.see(&shown)).await.unwrap());
    let size = engine.image(&names[2]).await.unwrap().unwrap().size;
    println!("kernel-python over the others: {} of {} MB", alone.done() / 1_000_000, size / 1_000_000);
    assert!(alone.done() + (50 << 20) < size, "{} of {size}: what is known is not carried", alone.done());
    let mut cell = vec!["run", "--rm", "--network", "none", "--entrypoint", "python3", names[2].as_str()];
    cell.extend(["-c", "import numpy; print(numpy.arange(4).sum() * 7)"]);
    assert_eq!(private.docker(&cell), ["42"], "the layers are whole");
}

#[tokio::test(flavor = "multi_thread")]
#[allow(clippy::print_stdout)]
async fn a_carry_that_is_cancelled_in_the_middle_leaves_nothing() {
    const TEST: &str = "carried::a_carry_that_is_cancelled_in_the_middle_leaves_nothing";
    if !here(TEST, Own::Networks) {
        return;
    }
    let home = Home::new();
    let private = PrivateEngine::start_in(home.path(), &[]);
    let (shared, engine) = engines(&private).await;
    let names = [images::gateway(), images::server()];
    let options = Options { carried_from: Some(shared.clone()), ..Options::default() };
    // In the middle, and after the last part: the engine has all of it then, and takes it.
    for from in [20 << 20, 0] {
        let bytes = if from > 0 { from } else { whole(&shared, &engine, &private, &names).await };
        let (cancel, at) = (CancellationToken::new(), Arc::new(Mutex::new(None)));
        let had = images::ensure_all(&engine, &names, &options, &cancel, |shown| {
            if shown.progress.is_some_and(|progress| progress.done >= bytes) && !cancel.is_cancelled() {
                let (cancel, at) = (cancel.clone(), at.clone());
                tokio::spawn(async move {
                    tokio::time::sleep(if from > 0 { Duration::ZERO } else { UNPACKS }).await;
                    at.lock().unwrap().get_or_insert_with(Instant::now);
                    cancel.cancel();
                });
            }
        });
        assert!(matches!(had.await, Err(Error::Cancelled)), "{from}");
        let took = at.lock().unwrap().expect("it was cancelled").elapsed();
        println!("cancelled at {bytes}: within {took:?}");
        assert!(took < Duration::from_secs(3), "{took:?}");
        // What was taken all the same is removed behind the answer. Whoever carries the same images waits for that.
        let next = CancellationToken::new();
        let waited = carry_all(&shared, &engine, &names, &next, |shown| {
            if shown.detail.starts_with("carrying ") {
                next.cancel();
            }
        });
        assert!(matches!(waited.await, Err(Error::Cancelled)), "{from}");
        assert_eq!(all_on(&private), Vec::<String>::new(), "{from}");
    }
}

/// The bytes of all of these images on their way. They are removed again.
async fn whole(shared: &Engine, engine: &Engine, private: &PrivateEngine, names: &[String]) -> u64 {
    let bytes = Bytes::default();
    let carried = carry_all(shared, engine, names, &CancellationToken::new(), |shown| bytes.see(&shown)).await.unwrap();
    assert_eq!(carried, names);
    private.docker(&[&["rmi"], names.iter().map(String::as_str).collect::<Vec<_>>().as_slice()].concat());
    bytes.done()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_missing_or_for_another_machine_is_not_carried_and_a_failure_leaves_nothing() {
    const TEST: &str = "carried::what_is_missing_or_for_another_machine_is_not_carried_and_a_failure_leaves_nothing";
    if !here(TEST, Own::Networks) {
        return;
    }
    let home = Home::new();
    let data = home.path().join("data");
    std::fs::create_dir_all(&data).unwrap();
    let mut mount = Command::new("mount");
    mount.args(["-t", "tmpfs", "-o", "size=90m", "tmpfs"]).arg(&data);
    assert!(mount.status().unwrap().success());
    let private = PrivateEngine::start_in(home.path(), &[]);
    let (shared, engine) = engines(&private).await;
    let never = CancellationToken::new();
    let own = |which: &str| format!("orchest-test/carried-{which}-{}:1", std::process::id());
    let (foreign, large, small) = (own("foreign"), own("large"), own("small"));
    make_image(&small, "small", 1 << 20);
    make_image(&large, "large", 60 << 20);
    make_for_another_machine(&foreign);
    let mut outcomes = Vec::new();
    for name in [&foreign, &own("missing"), &large, &small] {
        outcomes.push((carry(&shared, &engine, name, &never, |_| {}).await, all_on(&private).len()));
    }
    let architecture = shared.image(&foreign).await;
    for name in [&foreign, &large, &small] {
        docker(&["rmi", "-f", name]);
    }
    assert_eq!(architecture.unwrap().unwrap().machine.1, "s390x");
    assert!(
        matches!(outcomes.as_slice(), [(Ok(false), 0), (Ok(false), 0), (Err(_), 0), (Ok(true), 1)]),
        "{outcomes:?}"
    );
    let full = outcomes[2].0.as_ref().unwrap_err().to_string();
    assert!(full.contains("disk is full"), "{full}");
    assert!(engine.image(&small).await.unwrap().is_some());
}

/// Makes an image without contents for a machine of another architecture. An engine takes its word for that.
fn make_for_another_machine(name: &str) {
    let config = r#"{"os":"linux","architecture":"s390x","config":{},"rootfs":{"type":"layers"}}"#;
    let list = format!(r#"[{{"Config":"config.json","RepoTags":["{name}"],"Layers":[]}}]"#);
    let mut archive = tar::Builder::new(Vec::new());
    for (path, text) in [("config.json", config), ("manifest.json", list.as_str())] {
        let mut header = tar::Header::new_ustar();
        header.set_size(text.len() as u64);
        header.set_mode(0o644);
        archive.append_data(&mut header, path, text.as_bytes()).unwrap();
    }
    let mut load =
        Command::new("docker").args(["load", "--quiet"]).stdin(Stdio::piped()).stdout(Stdio::null()).spawn().unwrap();
    load.stdin.take().unwrap().write_all(&archive.into_inner().unwrap()).unwrap();
    assert!(load.wait().unwrap().success(), "{name} was not made");
}
