//! The way to an engine's socket on another machine: one `ssh -N -L` of the system's own ssh, for all connections.
//!
//! Why so: the system's ssh honours the person's configuration, agent, jump hosts and known hosts. One process is one
//! login; each connection in it is a channel, which costs one round trip to open and is kept for the next calls. Channels
//! to sockets do not count for sshd's `MaxSessions` (10), as a `docker system dial-stdio` for each connection would, and
//! need no program on the other side. bollard's own way (crate `openssh`) is such a dial for each connection, takes no
//! socket's path and no key file, and gives the reason of a refusal as a number.
//!
//! A person's own shared connection (`ControlMaster`) is not used: the forwarding would belong to that connection, and
//! stay after this program's end.

use std::collections::HashMap;
use std::io;
use std::path::PathBuf;
use std::process::Stdio;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::UnixStream;
use tokio::process::{Child, ChildStderr, Command};

use super::Ssh;
use crate::engine::introduce::USUAL_SOCKET;
use crate::platform::paths;
use crate::words::remote as words;

/// How long ssh has to get in. Its own limit is shorter; this one also ends an agent that waits for somebody.
const LOGIN: Duration = Duration::from_secs(30);
/// The time between two looks for the local socket, which ssh makes once it is in.
const LOOKS: Duration = Duration::from_millis(10);
/// How many looks the words of ssh have to arrive after a call has failed for their reason.
const LATE_WORDS: usize = 20;
/// The most that is kept of what ssh says, bytes.
const KEPT: usize = 16 << 10;

/// The options of every call. Those of the command line go before the person's configuration.
const OPTIONS: &[&str] = &[
    // Nobody could answer a question. Without it, a login could also wait for a password for ever.
    "BatchMode=yes",
    // A host that is not known, or has another key, is refused, whatever the configuration allows.
    "StrictHostKeyChecking=yes",
    "ControlMaster=no",
    "ControlPath=none",
    // Forwardings of the configuration may find their ports taken by the person's own ssh.
    "ExitOnForwardFailure=no",
    "RemoteCommand=none",
    "RequestTTY=no",
    "ConnectTimeout=10",
    // A connection that is lost ends after 15 s.
    "ServerAliveInterval=5",
    "ServerAliveCountMax=2",
    // At this level it says why a channel was refused.
    "LogLevel=INFO",
];

/// Looks for the first socket of an engine that the person may use, on the other machine.
const LOOK: &str = r#"
runtime="${XDG_RUNTIME_DIR:-/run/user/$(id -u)}"
for socket in "${DOCKER_HOST#unix://}" /var/run/docker.sock "$runtime/docker.sock" "$runtime/podman/podman.sock" \
    /run/podman/podman.sock; do
    if [ -S "$socket" ] && [ -r "$socket" ] && [ -w "$socket" ]; then
        echo "socket:$socket"
        exit
    fi
done
"#;

/// The way to a socket. It is made at the first connection, and again after it broke.
pub(in crate::engine) struct Tunnel {
    ssh: Ssh,
    env: HashMap<String, String>,
    state: tokio::sync::Mutex<State>,
    said: Arc<Mutex<String>>,
}

#[derive(Default)]
struct State {
    /// The engine's socket on its machine, once it was looked for.
    found: Option<String>,
    running: Option<Running>,
    failed: Option<(Instant, String)>,
}

/// An ssh that is in.
struct Running {
    process: Child,
    /// Ends ssh if this program ends without a word.
    _watch: Child,
    socket: PathBuf,
    _folder: TempDir,
}

impl Tunnel {
    pub(super) fn new(ssh: &Ssh, env: &HashMap<String, String>) -> Tunnel {
        Tunnel { ssh: ssh.clone(), env: env.clone(), state: tokio::sync::Mutex::default(), said: Arc::default() }
    }

    /// A connection to the engine's socket. The error has the reason that ssh gave.
    pub(super) async fn stream(&self) -> io::Result<UnixStream> {
        let asked = Instant::now();
        let mut state = self.state.lock().await;
        // Whoever waited while another failed would only fail the same way.
        if let Some((_, reason)) = state.failed.as_ref().filter(|(at, _)| *at >= asked) {
            return Err(io::Error::other(reason.clone()));
        }
        for _ in 0..2 {
            if state.running.as_mut().is_none_or(|running| !matches!(running.process.try_wait(), Ok(None))) {
                state.running = None;
                let socket = self.socket_in(&state);
                match self.open(&socket).await {
                    Ok(running) => state.running = Some(running),
                    Err(reason) => {
                        state.failed = Some((Instant::now(), reason.clone()));
                        return Err(io::Error::other(reason));
                    }
                }
            }
            let Some(running) = &state.running else { continue };
            match UnixStream::connect(&running.socket).await {
                Ok(stream) => return Ok(stream),
                // It is about to end.
                Err(error) => {
                    tracing::debug!(%error, "ssh took no connection");
                    state.running = None;
                }
            }
        }
        Err(io::Error::other(words::SILENT_SSH))
    }

    /// The engine's socket on its own machine: the address says it, it was looked for, or it is the usual one.
    pub(super) async fn socket(&self) -> String {
        self.socket_in(&*self.state.lock().await)
    }

    fn socket_in(&self, state: &State) -> String {
        self.ssh.socket.clone().or_else(|| state.found.clone()).unwrap_or_else(|| USUAL_SOCKET.to_owned())
    }

    /// What ssh has said since it was started last.
    pub(super) fn said(&self) -> String {
        self.said.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// What ssh says of a call that failed: it ended meanwhile, or was refused the engine's socket. Words of a login that
    /// succeeded, such as a banner, are none.
    pub(super) async fn trouble(&self) -> Option<String> {
        let mut state = self.state.lock().await;
        for _ in 0..LATE_WORDS {
            let is_in = state.running.as_mut().is_some_and(|running| matches!(running.process.try_wait(), Ok(None)));
            let said = self.said();
            let words = words::said_by_ssh(&said);
            if !words.is_empty() && (!is_in || words::is_refused_socket(&said)) {
                return Some(words);
            }
            tokio::time::sleep(LOOKS).await;
        }
        None
    }

    /// Looks for a socket on the other machine, where the address says none and none is at the usual place. The answer is
    /// true if there is another one; the next connection goes to it.
    pub(super) async fn look_for_socket(&self) -> bool {
        if self.ssh.socket.is_some() {
            return false;
        }
        let looked = tokio::time::timeout(LOGIN, self.ask(LOOK)).await;
        let answer = looked.ok().and_then(Result::ok).unwrap_or_default();
        let found = answer.lines().find_map(|line| line.strip_prefix("socket:")).map(str::trim);
        // ssh gets it as a part of an option.
        let is_usual =
            |path: &&str| path.chars().all(|letter| letter.is_ascii_alphanumeric() || "/._-+@".contains(letter));
        let Some(found) = found.filter(is_usual).filter(|path| *path != USUAL_SOCKET) else { return false };
        let mut state = self.state.lock().await;
        *state = State { found: Some(found.to_owned()), ..State::default() };
        true
    }

    /// What a script of `sh` prints on the other machine. Any login shell can start it.
    async fn ask(&self, script: &str) -> io::Result<String> {
        let mut command = self.command();
        command.args(["-T", "--", &self.ssh.host, "exec sh -s"]);
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn()?;
        if let Some(mut input) = child.stdin.take() {
            input.write_all(script.as_bytes()).await?;
        }
        let output = child.wait_with_output().await?;
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    }

    /// Starts ssh, and waits until it is in. `socket`: the engine's, on its machine.
    async fn open(&self, socket: &str) -> Result<Running, String> {
        self.said.lock().unwrap_or_else(PoisonError::into_inner).clear();
        // Only this user may enter the folder, and with it the engine.
        let folder = folder(&self.env).map_err(|error| error.to_string())?;
        let here = folder.path().join("engine.sock");
        let mut command = self.command();
        command.args(["-N", "-L", &format!("{}:{socket}", here.display()), "--", &self.ssh.host]);
        let spawned = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped()).spawn();
        let mut process = spawned.map_err(|error| words::no_ssh(&error))?;
        if let Some(output) = process.stderr.take() {
            tokio::spawn(listen(output, self.said.clone()));
        }
        let watch = watch(process.id().unwrap_or_default()).map_err(|error| error.to_string())?;
        let began = Instant::now();
        loop {
            if here.exists() {
                tracing::info!(host = self.ssh.host, took = ?began.elapsed(), "ssh is in");
                return Ok(Running { process, _watch: watch, socket: here, _folder: folder });
            }
            let ended = !matches!(process.try_wait(), Ok(None));
            if ended || began.elapsed() > LOGIN {
                // What it said last may still be on its way.
                tokio::time::sleep(LOOKS * 2).await;
                let said = words::said_by_ssh(&self.said());
                return Err(if said.is_empty() { words::SILENT_SSH.to_owned() } else { said });
            }
            tokio::time::sleep(LOOKS).await;
        }
    }

    fn command(&self) -> Command {
        let mut command = Command::new("ssh");
        command.env_clear().envs(&self.env).kill_on_drop(true);
        command.env("PATH", paths::of_programs(self.env.get("PATH").map(Into::into)));
        // A group of its own: Ctrl+C in a terminal is for this program, which still has to clean up.
        command.process_group(0);
        command.args(OPTIONS.iter().flat_map(|option| ["-o", option]));
        if let Some(user) = &self.ssh.user {
            command.args(["-l", user]);
        }
        if let Some(port) = self.ssh.port {
            command.args(["-p", &port.to_string()]);
        }
        if let Some(identity) = &self.ssh.identity {
            command.arg("-i").arg(identity).args(["-o", "IdentitiesOnly=yes"]);
        }
        command
    }
}

/// The person's folder for sockets, or the one for temporary files.
fn folder(env: &HashMap<String, String>) -> io::Result<TempDir> {
    let mut builder = tempfile::Builder::new();
    builder.prefix("orchest-");
    let runtime = env.get("XDG_RUNTIME_DIR").filter(|folder| !folder.is_empty());
    match runtime.map(|folder| builder.tempdir_in(folder)) {
        Some(Ok(folder)) => Ok(folder),
        _ => builder.tempdir(),
    }
}

/// A process that ends another one when this program ends, even if it is killed: its input then ends. It holds a number
/// that is not given anew as long as the other process is not waited for.
fn watch(process: u32) -> io::Result<Child> {
    let mut command = Command::new("/bin/sh");
    command.args(["-c", r#"read -r _; kill "$0""#, &process.to_string()]).process_group(0).kill_on_drop(true);
    command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null()).spawn()
}

/// Keeps the end of what ssh says.
async fn listen(mut output: ChildStderr, said: Arc<Mutex<String>>) {
    let mut part = [0; 4096];
    while let Ok(size @ 1..) = output.read(&mut part).await {
        let text = String::from_utf8_lossy(&part[..size]);
        for line in text.lines().filter(|line| !line.trim().is_empty()) {
            tracing::debug!(line, "ssh");
        }
        let mut said = said.lock().unwrap_or_else(PoisonError::into_inner);
        said.push_str(&text);
        while said.len() > KEPT {
            let line = said.find('\n').map_or(said.len(), |end| end + 1);
            said.drain(..line);
        }
    }
}
