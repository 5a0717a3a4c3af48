//! Engines that are reached by ssh and by TLS: real engines and an sshd of these tests.

use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use futures_util::StreamExt;
use orchest_core::engine::remote::{self, Remote, Tls};
use orchest_core::engine::{Engine, ProcessEnv};
use orchest_core::{Failure, FailureCode};
use orchest_tests::home::Home;
use orchest_tests::ports_inside::{HTTP, PortsInside, http};
use orchest_tests::private::{Own, PrivateEngine, here};
use orchest_tests::sshd::Sshd;

const LABEL: &str = "org.example";

async fn connect(name: &str) -> Result<Engine, Failure> {
    let around = ProcessEnv::of_this_process();
    let remote = remote::resolve(&around, name)?;
    Ok(remote::connect(&remote, &around).await?)
}

#[tokio::test(flavor = "multi_thread")]
async fn an_engine_is_reached_by_one_login_that_is_made_again() {
    if !here("remote::an_engine_is_reached_by_one_login_that_is_made_again", Own::Networks) {
        return;
    }
    let home = Home::new();
    let mut own = PrivateEngine::start_in(home.path(), &[]);
    let mut sshd = Sshd::start_in(home.path());
    let socket = own.host().trim_start_matches("unix://").to_owned();
    let engine = connect(&format!("ssh://rack{socket}")).await.unwrap();
    let facts = engine.facts();
    assert_eq!((facts.socket_mount.as_str(), facts.socket_gid), (socket.as_str(), 0));
    assert!(facts.in_machine && !facts.same_ids && facts.cpus > 0 && !facts.rootless, "{facts:?}");
    assert_eq!(engine.remote().map(|remote| remote.endpoint.as_str()), Some(facts.endpoint.as_str()));

    // Many calls and streams at once, more than sshd's MaxSessions: one login.
    let events: Vec<_> = (0..15).map(|_| Box::pin(engine.events(LABEL))).collect();
    let mut events: Vec<_> = events
        .into_iter()
        .map(|mut stream| tokio::spawn(async move { while let Some(Ok(_)) = stream.next().await {} }))
        .collect();
    let calls = (0..40).map(|_| engine.list(LABEL));
    for listed in futures_util::future::join_all(calls).await {
        assert_eq!(listed.unwrap(), []);
    }
    assert_eq!(sshd.logins(), 1);
    for _ in 0..20 {
        engine.list(LABEL).await.unwrap();
    }

    // The connection is cut: streams end, and the next calls make it again.
    sshd.signal_connections("KILL");
    for stream in events.drain(..) {
        tokio::time::timeout(Duration::from_secs(5), stream).await.unwrap().unwrap();
    }
    assert_eq!(engine.list(LABEL).await.unwrap(), []);
    assert_eq!(sshd.logins(), 2);

    // The other machine is silent: noticed after 15 s, and made again.
    let mut stream = Box::pin(engine.events(LABEL));
    let stream = tokio::spawn(async move { while let Some(Ok(_)) = stream.next().await {} });
    engine.list(LABEL).await.unwrap();
    sshd.signal_connections("STOP");
    tokio::time::timeout(Duration::from_secs(18), stream).await.unwrap().unwrap();
    engine.ping().await.unwrap();
    assert_eq!(sshd.logins(), 3);

    // The engine is away while its machine is not, then the machine.
    own.end(rustix::process::Signal::KILL);
    let away = engine.ping().await.unwrap_err().failure();
    assert!(away.message.contains("is not reached") && away.message.contains("open failed"), "{away:?}");
    own.start();
    engine.ping().await.unwrap();
    sshd.end();
    let away = engine.ping().await.unwrap_err().failure();
    assert!(away.code == FailureCode::EngineUnreachable && away.message.contains("refused"), "{away:?}");
    sshd.start_again();
    engine.ping().await.unwrap();

    let ssh =
        || String::from_utf8(Command::new("pgrep").args(["-f", "engine.sock:"]).output().unwrap().stdout).unwrap();
    assert_eq!(ssh().lines().count(), 1);
    drop(engine);
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert_eq!(ssh(), "", "no ssh stays");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_host_or_a_person_that_is_not_known_is_refused() {
    if !here("remote::a_host_or_a_person_that_is_not_known_is_refused", Own::Networks) {
        return;
    }
    let home = Home::new();
    let mut sshd = Sshd::start_in(home.path());
    let refused = async || connect("ssh://rack/none.sock").await.map(drop).unwrap_err();
    let no_socket = refused().await;
    assert!(no_socket.message.starts_with("The engine at ssh://rack/none.sock is not reached: "), "{no_socket:?}");
    assert!(
        no_socket.message.contains("open failed") && no_socket.hint.contains("name the engine's socket"),
        "{no_socket:?}"
    );

    // Even a configuration that takes all hosts.
    let config = sshd.read("home/.ssh/config");
    sshd.write("home/.ssh/config", &format!("{config}  StrictHostKeyChecking no\n"));
    sshd.write("home/.ssh/known_hosts", "");
    let unknown = refused().await;
    assert!(unknown.message.contains("Host key verification failed"), "{unknown:?}");
    assert!(unknown.hint.starts_with("run `ssh rack` once"), "{unknown:?}");
    assert_eq!(sshd.read("home/.ssh/known_hosts"), "");
    sshd.know("other");
    let changed = refused().await;
    assert!(changed.message.contains("REMOTE HOST IDENTIFICATION HAS CHANGED"), "{changed:?}");
    assert!(changed.hint.contains("ssh-keygen -R"), "{changed:?}");
    sshd.know("host");

    let others = sshd.read("other.pub");
    sshd.write("authorized", &others);
    let stranger = refused().await;
    assert!(
        stranger.message.contains("Permission denied (publickey)") && stranger.hint.contains("ssh-add"),
        "{stranger:?}"
    );
    let unknown = connect("ssh://nowhere.invalid").await.map(drop).unwrap_err();
    assert!(unknown.message.contains("Could not resolve hostname"), "{unknown:?}");
    sshd.end();
    let off = refused().await;
    assert!(off.message.contains("Connection refused") && off.hint.contains("check the address"), "{off:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_engine_of_a_persons_own_is_found_on_its_machine() {
    if !here("remote::an_engine_of_a_persons_own_is_found_on_its_machine", Own::Networks) {
        return;
    }
    let home = Home::new();
    let own = PrivateEngine::start_in(home.path(), &[]);
    let _sshd = Sshd::start_in(home.path());
    // Nothing listens at the usual place.
    let mount = |arguments: &[&str]| assert!(Command::new("mount").args(arguments).status().unwrap().success());
    mount(&["--bind", "/dev/null", "/run/docker.sock"]);
    std::fs::create_dir_all("/run/user").unwrap();
    mount(&["-t", "tmpfs", "tmpfs", "/run/user"]);
    let uid = rustix::process::getuid().as_raw();
    std::fs::create_dir(format!("/run/user/{uid}")).unwrap();
    let socket = format!("/run/user/{uid}/docker.sock");
    std::os::unix::fs::symlink(own.host().trim_start_matches("unix://"), &socket).unwrap();
    let engine = connect("rack").await.unwrap();
    assert_eq!(engine.facts().socket_mount, socket);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_port_is_carried_and_the_socket_found_by_ssh() {
    if !here("remote::a_port_is_carried_and_the_socket_found_by_ssh", Own::Networks) {
        return;
    }
    let home = Home::new();
    let sshd = Sshd::start_in(home.path());
    // The machine's own engine, which has the images.
    let engine = connect("rack").await.unwrap();
    let image = format!("orchest/server:{}", env!("CARGO_PKG_VERSION"));
    let (path, gid) = engine.socket_of(&image).await.unwrap();
    let found = std::os::unix::fs::MetadataExt::gid(&std::fs::metadata("/var/run/docker.sock").unwrap());
    assert_eq!((path.as_str(), gid), ("/var/run/docker.sock", found));
    assert_eq!(engine.with_socket(&image).await.unwrap().facts().socket_gid, found);
    let missing = engine.socket_of("orchest-test/none:1").await.map(drop).unwrap_err();
    assert!(missing.to_string().contains("no longer has the image"), "{missing}");

    let inside = PortsInside::start("carry-ssh", &["--network", "none"]);
    let carried = engine.carry(inside.spec(HTTP)).await.unwrap();
    let port = carried.port();
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert_eq!(http(port, "GET", "/5", b"").await.unwrap().len(), 5);
    assert_eq!(http(port, "GET", "/20971520", b"").await.unwrap().len(), 20 << 20);
    assert_eq!(http(port, "POST", "/", &vec![1; 20 << 20]).await.unwrap(), b"5120");
    let all = (0..20).map(|_| http(port, "GET", "/50000", b""));
    assert!(futures_util::future::join_all(all).await.into_iter().all(|answer| answer.unwrap().len() == 50_000));
    assert_eq!(sshd.logins(), 1);
    // The connection to the machine breaks under the relay.
    sshd.signal_connections("KILL");
    tokio::time::sleep(Duration::from_millis(500)).await;
    assert_eq!(http(port, "GET", "/5", b"").await.unwrap().len(), 5);
    inside.has_relays(1);
    drop(carried);
    inside.has_relays(0);
}

/// Only prints: `--ignored --nocapture`.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "it measures"]
#[allow(clippy::print_stdout)]
async fn what_a_round_trip_of_40_ms_costs() {
    if !here("remote::what_a_round_trip_of_40_ms_costs", Own::Networks) {
        return;
    }
    let home = Home::new();
    let sshd = Sshd::start_in(home.path());
    sshd.far_away(Duration::from_millis(40)).await;
    let began = Instant::now();
    let engine = connect("rack").await.unwrap();
    println!("connected after {:?}", began.elapsed());
    let mut lists = Vec::new();
    for _ in 0..10 {
        let began = Instant::now();
        engine.list(LABEL).await.unwrap();
        lists.push(began.elapsed());
    }
    println!("lists: {lists:?}");
    let inside = PortsInside::start("carry-far", &["--network", "none"]);
    for _ in 0..2 {
        let carried = engine.carry(inside.spec(HTTP)).await.unwrap();
        let port = carried.port();
        let mut each = Vec::new();
        for _ in 0..5 {
            tokio::time::sleep(Duration::from_millis(700)).await;
            let began = Instant::now();
            http(port, "GET", "/5", b"").await.unwrap();
            each.push(began.elapsed());
        }
        tokio::time::sleep(Duration::from_secs(1)).await;
        let began = Instant::now();
        futures_util::future::join_all((0..20).map(|_| http(port, "GET", "/5", b""))).await;
        println!("a connection {each:?}; 20 at once {:?}", began.elapsed());
        let began = Instant::now();
        http(port, "GET", "/20971520", b"").await.unwrap();
        let down = began.elapsed();
        let began = Instant::now();
        http(port, "POST", "/", &vec![1; 20 << 20]).await.unwrap();
        println!("20 MB: {down:?} from the container, {:?} to it", began.elapsed());
    }
    let began = Instant::now();
    let cat = Command::new("ssh").args(["rack", "head -c 20971520 /dev/zero"]).output().unwrap();
    println!("20 MB by ssh cat: {:?} with its login", (began.elapsed(), cat.stdout.len()));
}

/// Certificates of two authorities, for an engine at 127.0.0.1 and its person.
fn certify(folder: &Path) {
    std::fs::write(folder.join("cnf"), "[req]\ndistinguished_name=dn\n[dn]\n").unwrap();
    let openssl = |arguments: &str| {
        let mut command = Command::new("openssl");
        command.arg("req").args(arguments.split_whitespace()).current_dir(folder);
        let common = "-x509 -config cnf -days 2 -nodes -newkey ec -pkeyopt ec_paramgen_curve:P-256";
        let output = command.args(common.split_whitespace()).output().unwrap();
        assert!(output.status.success(), "{arguments}: {}", String::from_utf8_lossy(&output.stderr));
    };
    for ca in ["ca", "other"] {
        openssl(&format!(
            "-subj /CN={ca} -keyout {ca}-key.pem -out {ca}.pem -addext basicConstraints=critical,CA:TRUE"
        ));
    }
    for (name, ca, addition) in [
        ("server", "ca", "subjectAltName=IP:127.0.0.1"),
        ("person", "ca", "extendedKeyUsage=clientAuth"),
        ("stranger", "other", "extendedKeyUsage=clientAuth"),
    ] {
        openssl(&format!(
            "-CA {ca}.pem -CAkey {ca}-key.pem -subj /CN={name} -keyout {name}-key.pem -out {name}.pem \
             -addext basicConstraints=critical,CA:FALSE -addext {addition}"
        ));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_engine_with_tls_is_reached_with_the_right_certificates_alone() {
    if !here("remote::an_engine_with_tls_is_reached_with_the_right_certificates_alone", Own::Networks) {
        return;
    }
    let home = Home::new();
    certify(home.path());
    let file = |name: &str| home.path().join(name);
    let path = |name: &str| file(name).display().to_string();
    let (ca, certificate, key) = (path("ca.pem"), path("server.pem"), path("server-key.pem"));
    let tls = ["--tlsverify", "--tlscacert", &ca, "--tlscert", &certificate, "--tlskey", &key];
    let own = PrivateEngine::start_in(home.path(), &[&["--host", "tcp://127.0.0.1:2376"], &tls[..]].concat());
    let ask = async |address: &str, ca: &str, own: Option<&str>| {
        let tls = Tls {
            ca: Some(file(ca)),
            certificate: own.map(|own| file(&format!("{own}.pem"))),
            key: own.map(|own| file(&format!("{own}-key.pem"))),
        };
        let remote = Remote::read(address, "context rack", Some(tls)).unwrap();
        remote::connect(&remote, &ProcessEnv::of_this_process()).await.map_err(|error| error.failure())
    };
    let engine = ask("tcp://127.0.0.1", "ca.pem", Some("person")).await.unwrap();
    assert_eq!(engine.list(LABEL).await.unwrap(), []);
    let facts = engine.facts();
    assert!(facts.in_machine && !facts.same_ids && facts.socket_mount == "/var/run/docker.sock", "{facts:?}");
    own.take(&["server"]);
    let inside = PortsInside::start_on(&own.host(), "carry-tls", &["--network", "none"]);
    let carried = engine.carry(inside.spec(HTTP)).await.unwrap();
    let all = (0..6).map(|_| http(carried.port(), "GET", "/3000000", b""));
    assert!(futures_util::future::join_all(all).await.into_iter().all(|answer| answer.unwrap().len() == 3_000_000));
    assert_eq!(http(carried.port(), "POST", "/", &vec![1; 4 << 20]).await.unwrap(), b"1024");
    drop(carried);
    inside.has_relays(0);
    drop(inside);
    for (address, ca, own, reason, hint) in [
        ("tcp://127.0.0.1", "other.pem", Some("person"), "UnknownIssuer", "another authority"),
        ("tcp://127.0.0.1", "ca.pem", None, "ertificate", "give yours"),
        ("tcp://127.0.0.1", "ca.pem", Some("stranger"), "ertificate", "give yours"),
        ("tcp://localhost", "ca.pem", Some("person"), "not valid for name", "a name that its certificate has"),
        ("tcp://127.0.0.1:2377", "ca.pem", Some("person"), "refused", "check the address and the port"),
    ] {
        let failure = ask(address, ca, own).await.map(drop).unwrap_err();
        assert!(failure.message.contains(", which context rack names, is not reached"), "{failure:?}");
        assert!(failure.message.contains(reason) && failure.hint.contains(hint), "{address} {ca} {own:?}: {failure:?}");
    }
    let plain = Remote::read("tcp://127.0.0.1:2376", "DOCKER_HOST", None).unwrap();
    let failure = remote::connect(&plain, &ProcessEnv::of_this_process()).await.map(drop).unwrap_err().failure();
    assert!(failure.hint.contains("DOCKER_TLS_VERIFY"), "{failure:?}");
}
