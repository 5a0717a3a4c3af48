//! What other processes, of the machine and of a launch, can read of server and gateway.

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use orchest_core::contract::snapshot::LaunchState;
use orchest_core::images;
use orchest_tests::engine::docker;
use orchest_tests::home::{Home, launch_of, launched, stopped, until};
use orchest_tests::jupyter::Server;
use orchest_tests::terminal::Terminal;

/// Looks into processes as a debugger does, first into one of its own to show that it can.
const LOOK: &str = r#"
import ctypes, os, sys, time
libc = ctypes.CDLL(None, use_errno=True)
def look(pid):
    seen = []
    for name in ("environ", "mem", "maps", "auxv"):
        try:
            with open(f"/proc/{pid}/{name}", "rb") as file:
                if name != "mem" and file.read():
                    seen.append(name)
                elif name == "mem":
                    seen.append(name)
        except OSError:
            pass
    for name in ("exe", "cwd", "root", "fd/0"):
        try:
            os.readlink(f"/proc/{pid}/{name}")
            seen.append(name)
        except OSError:
            pass
    if libc.ptrace(16, pid, None, None) == 0:
        seen.append("ptrace")
        os.waitpid(pid, 0x40000000)
        libc.ptrace(17, pid, None, None)
    return " ".join(seen) or "nothing"
child = os.fork()
if child == 0:
    time.sleep(60)
time.sleep(0.1)
print("own:", look(child))
os.kill(child, 9)
for pid in map(int, sys.argv[1:]):
    print(look(pid))
"#;
const ALL: &str = "own: environ mem maps auxv exe cwd root fd/0 ptrace";

/// What a process of the machine with this user sees of the processes with these ids.
fn seen_by(user: &str, pids: &[String]) -> Vec<String> {
    let image = images::server();
    let mut arguments = vec!["run", "--rm", "--pid", "host", "--network", "none", "--user", user];
    arguments.extend(["--entrypoint", "python3", &image, "-I", "-c", LOOK]);
    arguments.extend(pids.iter().map(String::as_str));
    let seen = docker(&arguments);
    assert_eq!(seen[0], ALL, "the attack itself does not work: it cannot see its own process");
    seen[1..].to_vec()
}

/// The machine's ids of the processes of a container whose arguments contain these words.
fn processes_of(container: &str, words: &str) -> Vec<String> {
    let listed = docker(&["top", container, "-eo", "pid,args"]);
    let found = listed.iter().skip(1).filter(|line| line.contains(words));
    found.map(|line| line.split_whitespace().next().unwrap().to_owned()).collect()
}

fn user_of(container: &str) -> String {
    docker(&["inspect", "--format", "{{.Config.User}}", container]).concat()
}

fn kernel_that_never_comes(home: &Home) -> String {
    let image = format!(
        "orchest-test/silent:{}-{}",
        std::process::id(),
        home.path().file_name().unwrap().to_string_lossy().to_lowercase()
    );
    let file = format!("FROM orchest/kernel-python:{}\nCMD [\"sleep\", \"600\"]\n", env!("CARGO_PKG_VERSION"));
    let folder = home.path().join("image");
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(folder.join("Dockerfile"), file).unwrap();
    docker(&["build", "-q", "-t", &image, folder.to_str().unwrap()]);
    home.kernelspec("silent", &image);
    image
}

#[tokio::test(flavor = "multi_thread")]
async fn no_process_of_the_machine_looks_into_server_gateway_or_launch_script() {
    let home = Home::new();
    let image = kernel_that_never_comes(&home);
    let app = home.app().await;
    // Another user's folder, launched by root: server and kernels run as that user, who may not use the engine.
    let folder = home.pipeline("somebodys");
    std::os::unix::fs::chown(&folder, Some(1000), Some(1000)).unwrap();
    let id = launched(&app, &folder, None).await.unwrap();
    let server = Server::at(&app.url(&id).await.unwrap());
    let starting = {
        let server = server.clone();
        tokio::spawn(async move { server.start_unheard("silent", "second.ipynb").await })
    };
    let gateway = format!("orchest-{id}-gateway");
    let mut pids = Vec::new();
    for _ in 0..200 {
        pids = processes_of(&gateway, "launch_docker.py");
        if !pids.is_empty() {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    pids.truncate(1);
    for role in ["gateway", "server"] {
        let name = format!("orchest-{id}-{role}");
        pids.extend(docker(&["inspect", "--format", "{{.State.Pid}}", &name]));
    }
    let of_gateway = user_of(&gateway);
    for user in ["1000:1000", "65534:65534", &of_gateway, &user_of(&format!("orchest-{id}-server"))] {
        assert_eq!(seen_by(user, &pids), ["nothing"; 3], "as {user}: script, gateway, server");
    }
    starting.abort();
    stopped(&app, &id).await;
    docker(&["rmi", "-f", &image]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_gateway_runs_as_the_person_and_roots_gateway_as_an_unknown_user() {
    let home = Home::new();
    let app = home.app().await;
    let folder = home.pipeline("whose");
    std::os::unix::fs::chown(&folder, Some(1000), Some(1000)).unwrap();
    let id = launched(&app, &folder, None).await.unwrap();
    let me = (rustix::process::getuid().as_raw(), rustix::process::getgid().as_raw());
    let user = user_of(&format!("orchest-{id}-gateway"));
    if me.0 == 0 {
        let (uid, gid) = user.split_once(':').unwrap();
        let known = |file: &str, number: &str| {
            let text = std::fs::read_to_string(file).unwrap();
            text.lines().any(|line| line.split(':').nth(2) == Some(number))
        };
        assert!(uid != "1000" && !known("/etc/passwd", uid) && !known("/etc/group", gid), "{user}");
    } else {
        assert_eq!(user, format!("{}:{}", me.0, me.1));
    }
    stopped(&app, &id).await;
}

/// Reads everything that a process can read, and stores it in the folder.
const LOOT: &str = r#"
import os, re
loot = open("/notebooks/loot.bin", "wb")
own = os.getpid()
for pid in filter(str.isdigit, os.listdir("/proc")):
    for name in ("environ", "cmdline", "stack", "syscall", "auxv"):
        try:
            loot.write(open(f"/proc/{pid}/{name}", "rb").read())
        except OSError:
            pass
    if int(pid) == own:
        continue
    try:
        maps, memory = open(f"/proc/{pid}/maps").read(), open(f"/proc/{pid}/mem", "rb")
    except OSError:
        continue
    for start, end in re.findall(r"^(\w+)-(\w+) rw", maps, re.M):
        try:
            memory.seek(int(start, 16))
            loot.write(memory.read(int(end, 16) - int(start, 16)))
        except (OSError, OverflowError, ValueError):
            pass
    for number in os.listdir(f"/proc/{pid}/fd"):
        try:
            descriptor = os.open(f"/proc/{pid}/fd/{number}", os.O_RDONLY | os.O_NONBLOCK)
            loot.write(os.read(descriptor, 1 << 20))
        except OSError:
            pass
for top, folders, files in os.walk("/"):
    if top == "/":
        folders[:] = [name for name in folders if name not in ("opt", "proc", "sys", "usr", "notebooks")]
    for name in files:
        path = os.path.join(top, name)
        loot.write(path.encode() + b"\n")
        try:
            if os.path.isfile(path) and os.path.getsize(path) < 5_000_000:
                loot.write(open(path, "rb").read())
        except OSError:
            pass
loot.close()
"#;

fn holds(loot: &[u8], word: &str) -> bool {
    loot.windows(word.len()).any(|window| window == word.as_bytes())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_terminal_finds_no_token_in_any_process_or_file() {
    let home = Home::new();
    let app = home.app().await;
    app.attend();
    let folder = home.pipeline("looted");
    let id = launched(&app, &folder, None).await.unwrap();
    let server = Server::at(&app.url(&id).await.unwrap());
    // A session's cookie, and everything that ordinary work leaves.
    server.start("python_docker", "first.ipynb").await.unwrap();
    for path in ["/lab", "/nbconvert/html/first.ipynb"] {
        assert_eq!(server.get(&format!("{path}?token={}", server.token)).await.0, 200);
    }
    looted(&folder, &id, &server).await;
    // A server that replaces a killed one gets the tokens, and reveals them as little.
    docker(&["kill", &format!("orchest-{id}-server")]);
    for runs in [false, true] {
        until(&app, "the death, then the server again", |snapshot| {
            let launch = launch_of(snapshot, &id)?;
            ((launch.state == LaunchState::Running) == runs).then_some(())
        })
        .await;
    }
    let server = Server::at(&app.url(&id).await.unwrap());
    looted(&folder, &id, &server).await;
    stopped(&app, &id).await;
}

async fn looted(folder: &Path, id: &str, server: &Server) {
    std::fs::write(folder.join("loot.py"), LOOT).unwrap();
    std::fs::write(folder.join("look.py"), LOOK).unwrap();
    let mut terminal = Terminal::open(server).await;
    let mark = "known-to-a-process-beside";
    terminal.run(&format!("echo known-to-a-'file' > /tmp/mark; MARK={mark} sleep 300 & true")).await;
    let told =
        terminal.run("env; ps auxeww; jupyter server list; cat /proc/1/environ /proc/1/mem; python loot.py").await;
    let found = std::fs::read(folder.join("loot.bin")).unwrap();
    assert!(holds(&found, mark) && holds(&found, "known-to-a-file"), "the attack itself does not work");
    let server_name = format!("orchest-{id}-server");
    let env = docker(&["inspect", "--format", "{{range .Config.Env}}{{println .}}{{end}}", &server_name]);
    let value = |name: &str| env.iter().find_map(|line| line.strip_prefix(name)).unwrap().to_owned();
    for name in ["JUPYTER_TOKEN=", "JUPYTER_GATEWAY_AUTH_TOKEN="] {
        let token = value(name);
        assert!(token.len() > 40 && !holds(&found, &token), "{name} was found");
        assert!(!told.contains(&token), "{name} was printed: {told}");
    }
    assert!(!holds(&found, "cookie_secret\n"), "the key of its cookies is in a file");
    let seen = terminal.run("python look.py 1 | tee look.txt").await;
    assert_eq!(seen, format!("{ALL}\nnothing\n"));
    terminal.run("rm -f loot.* look.*; kill %1").await;
}

#[test]
fn the_images_interpreter_is_unreadable_and_takes_no_module_from_the_environment() {
    for image in [images::gateway(), images::server()] {
        let run = |user: &str, words: &[&str]| {
            let mut command = Command::new("docker");
            command.args(["run", "--rm", "--network", "none", "--cap-drop", "ALL", "--user", user]);
            command.args(["-e", "PYTHONPATH=/tmp", "--entrypoint", words[0], &image]).args(&words[1..]);
            String::from_utf8(command.output().unwrap().stdout).unwrap()
        };
        let entry = docker(&["inspect", "--format", "{{json .Config.Entrypoint}} {{.Config.WorkingDir}}", &image]);
        let (entry, folder) = entry[0].split_once(' ').unwrap();
        let entry: Vec<String> = serde_json::from_str(entry).unwrap();
        assert_eq!(entry[1], "-I");
        // Root without capabilities has the same limits as any user.
        for user in ["0:0", "1000:1000"] {
            assert_eq!(run(user, &["cat", &entry[0]]), "", "{user} reads {}", entry[0]);
            let closed = "import ctypes; print(ctypes.CDLL(None).prctl(3))";
            assert_eq!(run(user, &[&entry[0], "-I", "-c", closed]).trim(), "0", "{user}");
            let paths = run(user, &[&entry[0], "-I", "-c", "import os, sys; print(*sys.path, os.getcwd(), sep='\\n')"]);
            assert!(paths.lines().last() == Some(folder), "{paths}");
            for path in paths.lines() {
                let may = format!("test -w {path} && echo {path}; true");
                assert_eq!(run("1000:1000", &["sh", "-c", &may]), "", "any user can write what {user} imports");
            }
        }
    }
}
