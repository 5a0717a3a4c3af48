//! What neighbours can do to kernels and to the gateway. A neighbour is another container on the launch's network,
//! another kernel of the launch, or another user of the engine's machine, who can reach every container's address.

use std::collections::BTreeSet;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use orchest_core::App;
use orchest_tests::engine::{docker, in_role, is_rootless, left_of};
use orchest_tests::home::{Home, launched, stopped};
use orchest_tests::jupyter::Server;
use orchest_tests::page::Page;
use serde_json::json;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use crate::deaths::{Derived, LISTENS};

const PYTHON: &str = concat!("orchest/kernel-python:", env!("CARGO_PKG_VERSION"));
/// What a scan sends to each open port.
const SENT: [&[u8]; 3] = [b"", b"\xff\x00\x13garbage\r\n\r\n", b"{\"signum\": 9}"];

/// Scans all ports of an address, sends the same bytes to each open one, and prints the open ones.
const SCAN: &str = r#"
import concurrent.futures, sys, socket
def knock(port):
    for sent in (b"", b"\xff\x00\x13garbage\r\n\r\n", b'{"signum": 9}'):
        try:
            with socket.create_connection((sys.argv[1], port), timeout=2) as open_port:
                open_port.sendall(sent)
        except OSError:
            return
    print(port, flush=True)
with concurrent.futures.ThreadPoolExecutor(32) as at_once:
    list(at_once.map(knock, range(1, 65536)))
"#;

async fn running(home: &Home, name: &str, kernelspec: Option<&str>) -> (App, String, Server) {
    let app = home.app().await;
    let id = launched(&app, &home.pipeline(name), kernelspec).await.unwrap();
    let server = Server::at(&app.url(&id).await.unwrap());
    (app, id, server)
}

fn container(kernel: &str) -> String {
    docker(&["ps", "-q", "--filter", &format!("label=kernel_id={kernel}")]).concat()
}

fn address(container: &str) -> String {
    docker(&["inspect", "-f", "{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}", container]).concat()
}

fn network(id: &str) -> String {
    let filter = format!("label=org.orchest.launch={id}");
    docker(&["network", "ls", "--filter", &filter, "--format", "{{.Name}}"]).concat()
}

/// The open ports of an address, seen from a container on the launch's network.
fn scanned_from_a_container(id: &str, address: &str) -> BTreeSet<u16> {
    let network = network(id);
    let run = ["run", "--rm", "--network", &network, "--entrypoint", "/opt/venv/bin/python", PYTHON];
    let found = docker(&[&run[..], &["-I", "-c", SCAN, address]].concat());
    found.iter().filter_map(|port| port.parse().ok()).collect()
}

/// The same, seen from this machine.
async fn scanned_from_here(address: &str) -> BTreeSet<u16> {
    let (at_once, mut knocks) = (Arc::new(Semaphore::new(500)), JoinSet::new());
    for port in 1..=u16::MAX {
        let (at_once, address) = (Arc::clone(&at_once), address.to_owned());
        knocks.spawn(async move {
            let _turn = at_once.acquire().await;
            for sent in SENT {
                let knock = TcpStream::connect((address.as_str(), port));
                let mut stream = tokio::time::timeout(Duration::from_secs(2), knock).await.ok()?.ok()?;
                let _ = stream.write_all(sent).await;
            }
            Some(port)
        });
    }
    knocks.join_all().await.into_iter().flatten().collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_kernel_has_no_open_port_and_survives_a_port_scan() {
    let home = Home::new();
    let (app, id, server) = running(&home, "scanned", None).await;
    for (kernelspec, keeps, sleeps, tells) in [
        ("python_docker", "kept = 42", "import time; print('at work'); time.sleep(300)", "print(kept)"),
        ("r_docker", "kept <- 42", "cat('at work'); Sys.sleep(300)", "cat(kept, '\\n', sep = '')"),
    ] {
        let kernel = server.start_unheard(kernelspec, &format!("{kernelspec}.ipynb")).await.unwrap();
        let mut page = Page::open(&server, &kernel).await;
        page.run(keeps).await;
        let found = container(&kernel);
        let at = address(&found);
        assert_eq!(scanned_from_here(&at).await, BTreeSet::new(), "{kernelspec}");
        assert_eq!(scanned_from_a_container(&id, &at), BTreeSet::new(), "{kernelspec}");
        let cell = page.send(sleeps).await;
        page.until_text("at work", &cell).await;
        let (status, answer) = server.post(&format!("/api/kernels/{kernel}/interrupt"), &json!({})).await;
        assert_eq!(status, 204, "{answer}");
        page.until_idle(&cell).await;
        assert_eq!((page.run(tells).await.text.as_str(), container(&kernel)), ("42\n", found), "{kernelspec}");
    }
    // The gateway has no port either: it listens on a socket file that only the server shares.
    let gateway = address(&format!("orchest-{id}-gateway"));
    assert_eq!(scanned_from_here(&gateway).await, BTreeSet::new());
    assert_eq!(scanned_from_a_container(&id, &gateway), BTreeSet::new());
    stopped(&app, &id).await;
    assert_eq!(left_of(&id), Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn no_other_kernel_and_no_other_user_finds_a_kernels_sockets() {
    let home = Home::new();
    let (app, id, server) = running(&home, "found by nobody", None).await;
    let mut first = server.start("python_docker", "first.ipynb").await.unwrap();
    let own = "dict(e.split('=', 1) for e in open('/proc/1/environ').read().split('\\0') if e)['KERNEL_CHANNELS']";
    let told = format!("import os; folder = {own}; print(folder, os.path.exists(folder + '/kernel-1'))");
    let seen = first.execute(&told).await;
    let (folder, there) = seen.text.split_once(' ').unwrap();
    assert_eq!(there, "True\n", "{:?}", seen.error);
    // Another kernel of the same launch, with the same user.
    let mut second = server.start("python_docker", "second.ipynb").await.unwrap();
    let cell = r#"
import os, socket
def tried(do):
    try:
        return do()
    except OSError as error:
        return type(error).__name__
print(tried(lambda: os.listdir("/run/orchest")), tried(lambda: os.chmod("/run/orchest", 0o777)))
print([line for line in open("/proc/net/unix") if "/run/orchest" in line and own not in line])
print("KERNEL_CHANNELS" in os.environ)
"#;
    let cell = format!("own = {own}\n{cell}");
    let seen = second.execute(&cell).await;
    assert_eq!(seen.text, "PermissionError PermissionError\n[]\nFalse\n", "{:?}", seen.error);
    // Only the random name protects the socket: a process that knows it can connect.
    let knows = format!("print(os.path.exists('{folder}/kernel-1'))");
    assert_eq!(second.execute(&knows).await.text, "True\n");

    let volume = docker(&["volume", "ls", "-q", "--filter", &format!("label=org.orchest.launch={id}")]);
    let volume = volume.iter().find(|name| name.ends_with("-channels")).unwrap();
    let place = docker(&["volume", "inspect", "-f", "{{.Mountpoint}}", volume]).concat();
    let socket = folder.replace("/run/orchest", &place) + "/kernel-1";
    let entered = if rustix::process::geteuid().is_root() {
        assert!(std::fs::exists(&socket).unwrap(), "{socket}");
        let other = ["--reuid", "54321", "--regid", "54321", "--clear-groups", "test", "-e", &socket];
        Command::new("setpriv").args(other).status().unwrap().success()
    } else {
        // The files of a rootless engine are the person's own.
        !is_rootless() && std::fs::exists(&socket).unwrap_or(false)
    };
    assert!(!entered, "{socket}");
    stopped(&app, &id).await;
    assert_eq!(left_of(&id), Vec::<String>::new());
    assert_eq!(docker(&["volume", "ls", "-q", "--filter", &format!("name={volume}")]), Vec::<String>::new());
}

/// Enterprise Gateway's protocol, without our folder. Waits for the file `go` in the folder before it reports. If there
/// is a file `lies`, the report is nonsense; if there is a file `floods`, 400 MB come before the report.
const LATE: &str = "import os, socket, sys, time\nsys.path.insert(0, '/opt/orchest')\nimport orchest_kernel as launcher\n\
    there = lambda name: os.path.exists('/notebooks/' + name)\n\
    while not there('go'): time.sleep(0.05)\n\
    address, key = os.environ['RESPONSE_ADDRESS'], os.environ['PUBLIC_KEY']\n\
    found = launcher.connection()\npath = launcher.written(found)\n\
    if there('floods'):\n    \
        host, port = address.split(':')\n    \
        try:\n        \
            with socket.create_connection((host, int(port))) as flood:\n            \
                for _ in range(400): flood.sendall(b'A' * (1 << 20))\n    \
        except OSError: pass\n\
    if there('lies'): found['shell_port'], found['control_port'] = 99999, 'none'\n\
    launcher.report(found, address, key)\n\
    from ipykernel.kernelapp import IPKernelApp\n\
    IPKernelApp.launch_instance(['-f', path])\n";
const BY_FILE: &str = "COPY file.py /opt/\nCMD [\"/opt/venv/bin/python\", \"/opt/file.py\"]";

/// Defines `attack(id, seconds, enough)`. It scans the gateway and reports to each open port, again and again and in
/// every form of a report, that this kernel is at port 1. It answers with the open ports. If one open port is enough,
/// it ends three seconds after it found one.
const ATTACK: &str = r#"
import base64, concurrent.futures, json, os, socket, sys, time
sys.path.insert(0, "/opt/orchest")
import orchest_kernel as launcher
from Cryptodome.Cipher import AES
mine = dict(one.split("=", 1) for one in open("/proc/1/environ").read().split("\0") if one)
def reports(kernel_id):
    told = {"kernel_id": kernel_id, "ip": "127.0.0.1", "transport": "tcp", "signature_scheme": "hmac-sha256", "key": "k",
            **{name: 1 for name in launcher.CHANNELS}}
    text = json.dumps(told)
    yield base64.b64encode(json.dumps(launcher.sealed(text, mine["PUBLIC_KEY"])).encode())
    padded = (text + "%" * (16 - len(text) % 16)).encode()
    yield base64.b64encode(AES.new(kernel_id[:16].encode(), AES.MODE_ECB).encrypt(padded))
def attack(kernel_id, seconds, enough=False):
    host, ends, told = mine["RESPONSE_ADDRESS"].split(":")[0], time.time() + seconds, list(reports(kernel_id))
    # Those that an engine's machine gives to who asks for any, and Enterprise Gateway's own.
    ports = [8877, *range(32768, 61000)]
    found = set()
    def knock(port):
        nonlocal ends
        if time.time() > ends:
            return
        for report in told:
            try:
                with socket.create_connection((host, port), timeout=1) as gateway:
                    if enough and not found:
                        ends = time.time() + 3
                    found.add(port)
                    gateway.sendall(report)
            except OSError:
                return
    with concurrent.futures.ThreadPoolExecutor(16) as at_once:
        while time.time() < ends:
            list(at_once.map(knock, [*found, *ports]))
    return sorted(found)
"#;

/// The id of the kernel that is starting from this kernelspec.
async fn starting(id: &str, kernelspec: &str) -> String {
    let began = Instant::now();
    let filters = [format!("label=org.orchest.launch={id}"), format!("label=org.orchest.kernelspec={kernelspec}")];
    let format = "{{.Label \"kernel_id\"}}";
    loop {
        let list = ["ps", "--filter", &filters[0], "--filter", &filters[1], "--filter", "label=kernel_id"];
        let found = docker(&[&list[..], &["--format", format]].concat());
        if let [kernel] = &found[..] {
            return kernel.clone();
        }
        assert!(began.elapsed() < Duration::from_secs(30), "{found:?}");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

fn logs(home: &Home, id: &str) -> String {
    String::from_utf8_lossy(&home.orchest(&["logs", id]).output().unwrap().stdout).into_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn no_kernel_can_report_for_another_one() {
    let home = Home::new();
    let _late = Derived::new(&home, "late", BY_FILE, LATE);
    let (app, id, server) = running(&home, "reported for", Some("late")).await;
    let go = home.path().join("folders/reported for/go");
    let mut attacker = server.start("python_docker", "attacker.ipynb").await.unwrap();
    assert_eq!(attacker.execute(ATTACK).await.error, None);

    // During the start of a kernel that reports by the port, which is open then.
    let start = tokio::spawn({
        let server = server.clone();
        async move { server.start_unheard("late", "late.ipynb").await }
    });
    let late = starting(&id, "late").await;
    let seen = attacker.execute(&format!("print(len(attack('{late}', 50, True)))")).await;
    assert_eq!(seen.error, None);
    assert_ne!(seen.text, "0\n", "the attack found no port: {seen:?}");
    assert!(!start.is_finished());
    std::fs::write(&go, "").unwrap();
    assert_eq!(start.await.unwrap().unwrap(), late);
    let mut page = Page::open(&server, &late).await;
    assert_eq!(page.run("print(6 * 7)").await.text, "42\n");
    let said = logs(&home, &id);
    assert!(said.contains("which is not its container, wanted to report for it"), "{said}");

    // During restarts of one of our kernels.
    let ours = server.start_unheard("python_docker", "ours.ipynb").await.unwrap();
    let attack = attacker.send(&format!("attack('{ours}', 20)")).await;
    for _ in 0..5 {
        let (status, answer) = server.post(&format!("/api/kernels/{ours}/restart"), &json!({})).await;
        assert_eq!(status, 200, "{answer}");
        assert_eq!(Page::open(&server, &ours).await.run("print(6 * 7)").await.text, "42\n");
    }
    attacker.answers(&attack).await;
    stopped(&app, &id).await;
    assert_eq!(left_of(&id), Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_kernel_with_a_wrong_report_can_be_restarted_and_ended() {
    let home = Home::new();
    let _late = Derived::new(&home, "lies", BY_FILE, LATE);
    let (app, id, server) = running(&home, "nonsense", Some("lies")).await;
    let folder = home.path().join("folders/nonsense");
    std::fs::write(folder.join("go"), "").unwrap();
    let kernel = server.start_unheard("lies", "first.ipynb").await.unwrap();
    let restart = format!("/api/kernels/{kernel}/restart");
    for ends in [false, true] {
        std::fs::write(folder.join("lies"), "").unwrap();
        let began = Instant::now();
        let (status, answer) = server.post(&restart, &json!({})).await;
        assert!(began.elapsed() < Duration::from_secs(20), "{:?}", began.elapsed());
        assert_eq!(status, 500, "{answer}");
        assert!(answer["message"].as_str().unwrap().contains("report is wrong"), "{answer}");
        if ends {
            assert_eq!(server.delete(&format!("/api/kernels/{kernel}")).await, 204);
        } else {
            std::fs::remove_file(folder.join("lies")).unwrap();
            let (status, answer) = server.post(&restart, &json!({})).await;
            assert_eq!(status, 200, "{answer}");
            assert_eq!(Page::open(&server, &kernel).await.run("print(6 * 7)").await.text, "42\n");
        }
    }
    assert_eq!(server.get("/api/kernels").await.1, json!([]));
    assert_eq!(in_role(&id, "kernel"), Vec::<String>::new());
    stopped(&app, &id).await;
    assert_eq!(left_of(&id), Vec::<String>::new());
}

/// The most memory that the gateway has held so far, bytes (`proc(5)`, `status`, `VmHWM`).
fn held(id: &str) -> u64 {
    let processes = docker(&["top", &format!("orchest-{id}-gateway"), "-o", "pid"]);
    let held = processes.iter().skip(1).map(|process| {
        let status = std::fs::read_to_string(format!("/proc/{}/status", process.trim())).unwrap_or_default();
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap_or_default();
        line.trim().trim_end_matches(" kB").parse::<u64>().unwrap_or_default() * 1024
    });
    held.sum()
}

/// Sends 400 MB to each open port of an address, over as many connections as it can open, for ten seconds.
const FLOOD: &str = r#"
import socket, sys, time
host, ports, held = sys.argv[1], [int(port) for port in sys.argv[2:]], []
for port in ports:
    try:
        with socket.create_connection((host, port), timeout=5) as flood:
            for _ in range(400): flood.sendall(b"A" * (1 << 20))
    except OSError:
        pass
ends = time.time() + 10
while time.time() < ends:
    for port in ports:
        try:
            one = socket.create_connection((host, port), timeout=1)
            one.sendall(b"A")
            held = [*held[-2000:], one]
        except OSError:
            pass
"#;

#[tokio::test(flavor = "multi_thread")]
async fn a_flood_in_place_of_a_report_takes_little_memory() {
    let home = Home::new();
    let _late = Derived::new(&home, "floods", BY_FILE, LATE);
    let (app, id, server) = running(&home, "flooded", Some("floods")).await;
    let folder = home.path().join("folders/flooded");
    // A kernel starts and ends first, so that all modules are loaded.
    drop(server.start("python_docker", "ours.ipynb").await.unwrap());
    let start = tokio::spawn({
        let server = server.clone();
        async move { server.start_unheard("floods", "first.ipynb").await }
    });
    let kernel = starting(&id, "floods").await;
    let gateway = address(&format!("orchest-{id}-gateway"));
    let open: Vec<String> = scanned_from_here(&gateway).await.iter().map(u16::to_string).collect();
    assert!(!open.is_empty(), "the gateway listens while that kernel starts");
    let before = held(&id);
    // From this machine, and from a container on the network.
    let here = {
        let mut python = Command::new("python3");
        python.args(["-c", FLOOD, &gateway]).args(&open).stderr(Stdio::inherit()).spawn().unwrap()
    };
    let network = network(&id);
    let run = ["run", "--rm", "--network", &network, "--entrypoint", "/opt/venv/bin/python", PYTHON, "-I", "-c", FLOOD];
    let open: Vec<&str> = open.iter().map(String::as_str).collect();
    docker(&[&run[..], &[&gateway], &open[..]].concat());
    here.wait_with_output().unwrap();
    // And from the kernel's own address.
    std::fs::write(folder.join("floods"), "").unwrap();
    std::fs::write(folder.join("go"), "").unwrap();
    assert_eq!(start.await.unwrap().unwrap(), kernel);
    assert_eq!(Page::open(&server, &kernel).await.run("print(6 * 7)").await.text, "42\n");
    let grown = held(&id).saturating_sub(before);
    assert!(grown < 30 << 20, "{} MB", grown >> 20);
    stopped(&app, &id).await;
    assert_eq!(left_of(&id), Vec::<String>::new());
}

/// Enterprise Gateway's own launcher listens on a port for signals. A scan ends the listener, but the port stays open.
#[tokio::test(flavor = "multi_thread")]
async fn an_interrupt_unread_by_a_dead_listener_is_an_error() {
    let home = Home::new();
    let _listens = Derived::new(&home, "deaf", BY_FILE, LISTENS);
    let (app, id, server) = running(&home, "deaf", Some("deaf")).await;
    let kernel = server.start_unheard("deaf", "first.ipynb").await.unwrap();
    let mut page = Page::open(&server, &kernel).await;
    let cell = page.send("import time; print('at work'); time.sleep(15)").await;
    page.until_text("at work", &cell).await;
    let open = scanned_from_here(&address(&container(&kernel))).await;
    assert_eq!(open.len(), 6, "this image's kernels have ports: {open:?}");
    let (status, answer) = server.post(&format!("/api/kernels/{kernel}/interrupt"), &json!({})).await;
    assert_eq!(status, 409, "{answer}");
    assert!(answer["message"].as_str().unwrap().contains("does not listen any more"), "{answer}");
    assert_eq!(page.until_idle(&cell).await.error, None);
    let said = logs(&home, &id);
    assert!(said.contains("opens ports, which all users of the engine's machine can reach"), "{said}");
    stopped(&app, &id).await;
    assert_eq!(left_of(&id), Vec::<String>::new());
}
