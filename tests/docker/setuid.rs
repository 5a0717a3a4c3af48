//! A kernel or a terminal of the server tries to make a file that runs with the person's rights for everybody.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use orchest_tests::engine::{docker, in_role};
use orchest_tests::home::{Home, launched, stopped};
use orchest_tests::jupyter::Server;
use serde_json::json;
use tokio_tungstenite::tungstenite::Message;

const ATTACK: &str = include_str!("setuid_attack.py");

fn mode(path: &Path) -> u32 {
    fs::symlink_metadata(path).unwrap().permissions().mode() & 0o7777
}

/// Files below a folder that run with another user's rights, except those that the test made.
fn raised(folder: &Path) -> Vec<String> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap().flatten() {
        let (name, kind) = (entry.file_name().to_string_lossy().into_owned(), entry.file_type().unwrap());
        if kind.is_dir() {
            found.extend(raised(&entry.path()));
        } else if mode(&entry.path()) & 0o6000 != 0 && !name.starts_with("given-") {
            found.push(name);
        }
    }
    found
}

/// Runs a line in a terminal of the server.
async fn in_a_terminal(server: &Server, line: &str) {
    let (status, made) = server.post("/api/terminals", &json!({})).await;
    assert_eq!(status, 200, "{made}");
    let base = server.base.replace("http://", "ws://");
    let url = format!("{base}/terminals/websocket/{}?token={}", made["name"].as_str().unwrap(), server.token);
    let (mut socket, _) = tokio_tungstenite::connect_async(url).await.unwrap();
    socket.send(Message::text(json!(["stdin", format!("{line}\r")]).to_string())).await.unwrap();
    // Reads the terminal's output, as a page does, until the end of the line's output.
    let end = async {
        while let Some(Ok(message)) = socket.next().await {
            if message.into_text().is_ok_and(|text| text.contains("the end of it")) {
                return;
            }
        }
    };
    tokio::time::timeout(Duration::from_secs(60), end).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn neither_a_kernel_nor_a_terminal_makes_a_file_setuid_or_setgid() {
    let home = Home::new();
    let folder = home.pipeline("raised");
    fs::write(folder.join("attack.py"), ATTACK).unwrap();
    for given in [0o4755, 0o2755, 0o6755] {
        let path = folder.join(format!("given-{given:o}"));
        fs::write(&path, "#!/bin/sh\n").unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(given)).unwrap();
    }
    let app = home.app().await;
    let id = launched(&app, &folder, None).await.unwrap();
    let server = Server::at(&app.url(&id).await.unwrap());
    let mut kernel = server.start("python_docker", "first.ipynb").await.unwrap();

    let ask = "import subprocess, sys\n\
               print(subprocess.run([sys.executable, 'attack.py', 'kernel'], text=True, stdout=-1, stderr=-2).stdout)";
    let seen = kernel.execute(ask).await;
    assert_eq!(seen.text.trim(), "True []", "{seen:?}");

    in_a_terminal(&server, "cd /notebooks; python3 attack.py terminal >terminal.txt 2>&1; echo 'the end' of it").await;
    assert_eq!(fs::read_to_string(folder.join("terminal.txt")).unwrap().trim(), "True []");
    assert_eq!(raised(&folder), Vec::<String>::new());
    stopped(&app, &id).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_list_of_system_calls_allows_ordinary_work() {
    let home = Home::new();
    let folder = home.pipeline("a team's");
    fs::create_dir(folder.join("team")).unwrap();
    fs::set_permissions(folder.join("team"), fs::Permissions::from_mode(0o2770)).unwrap();
    let app = home.app().await;
    let id = launched(&app, &folder, None).await.unwrap();
    let server = Server::at(&app.url(&id).await.unwrap());
    let mut kernel = server.start("python_docker", "first.ipynb").await.unwrap();
    let cell = r#"
import io, multiprocessing, os, shutil, stat, subprocess, sys, tarfile, tempfile, zipfile
os.umask(0o022)
os.chdir("team")
os.makedirs("deep/er", mode=0o2770)
for mode in (0o600, 0o644, 0o755, 0o1777):
    open(f"{mode:o}", "w").close()
    os.chmod(f"{mode:o}", mode)
with tarfile.open("all.tar", "w") as tar:
    tar.add("755")
    # For root, tar also sets the modes of folders: one with setgid would end with an error.
    plain = tarfile.TarInfo("plain")
    plain.type, plain.mode = tarfile.DIRTYPE, 0o755
    tar.addfile(plain)
os.mkdir("out")
run = lambda *command: subprocess.run(command, check=True, stdout=-3)
run("tar", "-xf", "all.tar", "-C", "out")
run("cp", "-p", "755", "copy")
run("install", "-m", "755", "755", "installed")
shutil.copy2("755", "copy2")
with zipfile.ZipFile("x-1-py3-none-any.whl", "w") as wheel:
    wheel.writestr("x.py", "")
    wheel.writestr("x-1.dist-info/METADATA", "Metadata-Version: 2.1\nName: x\nVersion: 1\n")
    wheel.writestr("x-1.dist-info/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
    wheel.writestr("x-1.dist-info/RECORD", "")
run(sys.executable, "-m", "pip", "install", "-q", "--no-index", "--target", "site", "x-1-py3-none-any.whl")
with tempfile.TemporaryFile(dir=".") as file:
    file.write(b"x")
with multiprocessing.Pool(2) as pool:
    print(pool.map(abs, [-1, -2]))
if shutil.which("git"):
    run("git", "init", "-q", "repository")
    run("git", "clone", "-q", "repository", "clone")
print(sorted(os.listdir("out")), stat.S_IMODE(os.stat("copy").st_mode) == 0o755)
"#;
    let seen = kernel.execute(cell).await;
    assert_eq!((seen.error.as_ref(), seen.text.trim()), (None, "[1, 2]\n['755', 'plain'] True"), "{seen:?}");
    for made in ["deep", "deep/er", "out", "site"] {
        assert_eq!(mode(&folder.join("team").join(made)) & 0o2000, 0o2000, "{made} inherits from its folder");
    }
    let notebook =
        json!({"type": "notebook", "content": {"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}});
    assert_eq!(server.put("/api/contents/team/saved.ipynb", &notebook).await.0, 201);
    assert_eq!(server.put("/api/contents/team/saved.ipynb", &notebook).await.0, 200);
    stopped(&app, &id).await;
}

/// Makes each system call of a 64-bit machine with arguments that no call accepts, and prints the refused ones.
const REFUSED: &str = r#"
import ctypes, os, signal
libc = ctypes.CDLL(None, use_errno=True)
ends_or_waits = {15, 34, 56, 57, 58, 59, 60, 61, 62, 130, 200, 219, 231, 234, 247, 322, 435}
for number in set(range(480)) - ends_or_waits:
    if not os.fork():
        signal.alarm(5)
        answer = libc.syscall(ctypes.c_long(number), *[ctypes.c_long(-1)] * 6)
        os._exit(answer == -1 and ctypes.get_errno() in (1, 38))
    if os.waitstatus_to_exitcode(os.wait()[1]) == 1:
        print(number)
"#;

#[test]
#[cfg(target_arch = "x86_64")]
fn a_kernel_is_refused_every_call_that_the_engines_own_list_refuses() {
    const OURS: &str = concat!("--security-opt=seccomp=", env!("CARGO_MANIFEST_DIR"), "/../etc/seccomp.json");
    const IMAGE: &str = concat!("orchest/kernel-python:", env!("CARGO_PKG_VERSION"));
    let refused = |option: &str| {
        let walls = ["run", "--rm", "--user=1000:1000", "--cap-drop=ALL", "--security-opt=no-new-privileges", option];
        docker(&[&walls[..], &["--entrypoint=python3", IMAGE, "-c", REFUSED]].concat())
    };
    let (engines, ours) = (refused("--network=none"), refused(OURS));
    assert!(engines.len() > 50, "the engine has no list of its own: {engines:?}");
    // process_vm_readv and process_vm_writev do no more than ptrace, which both lists allow.
    let known = ["310", "311"];
    let more: Vec<_> = engines.iter().filter(|call| !ours.contains(call) && !known.contains(&call.as_str())).collect();
    assert_eq!(more, Vec::<&String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn gateway_server_and_kernels_run_under_the_list() {
    let home = Home::new();
    let app = home.app().await;
    let id = launched(&app, &home.pipeline("all three"), None).await.unwrap();
    let server = Server::at(&app.url(&id).await.unwrap());
    let _kernel = server.start("python_docker", "first.ipynb").await.unwrap();
    for role in ["gateway", "server", "kernel"] {
        let options =
            docker(&["inspect", "--format", "{{json .HostConfig.SecurityOpt}}", &in_role(&id, role)[0]]).concat();
        assert!(options.contains("no-new-privileges") && options.contains("seccomp="), "{role}: {options}");
    }
    stopped(&app, &id).await;
}
