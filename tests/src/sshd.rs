//! A machine that is reached by ssh: sshd on a port of its own, with keys of its own, and a person's `~/.ssh` for it.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};

const PORT: u16 = 2222;

/// sshd in a namespace of mounts and networks, as `private::here` makes it: it hides the home folder of this user there.
pub struct Sshd {
    folder: PathBuf,
    process: Child,
}

#[allow(clippy::expect_used, clippy::missing_panics_doc)]
impl Sshd {
    /// Starts it. In this user's configuration, the host `rack` is this machine.
    pub fn start_in(folder: &Path) -> Sshd {
        run("ip", &["link", "set", "lo", "up"]);
        let folder = folder.join("sshd");
        let at = |name: &str| folder.join(name);
        let ssh = at("home/.ssh");
        fs::create_dir_all(&ssh).expect("a folder");
        fs::set_permissions(&ssh, Permissions::from_mode(0o700)).expect("its owner");
        for key in [at("host"), at("other"), ssh.join("id")] {
            let file = key.display().to_string();
            run("ssh-keygen", &["-q", "-t", "ed25519", "-N", "", "-C", "", "-f", &file]);
        }
        fs::copy(ssh.join("id.pub"), at("authorized")).expect("a file");
        let config = format!(
            "Port {PORT}\nListenAddress 127.0.0.1\nHostKey {0}/host\nAuthorizedKeysFile {0}/authorized\nStrictModes no\n\
             UsePAM no\nPermitRootLogin prohibit-password\nPasswordAuthentication no\nKbdInteractiveAuthentication no\n\
             PidFile none\nLogLevel VERBOSE\n",
            folder.display()
        );
        fs::write(at("config"), config).expect("a file");
        let home = std::env::home_dir().expect("a home").display().to_string();
        // ssh takes the home folder of the user database, and no variable.
        run("mount", &["--bind", &at("home").display().to_string(), &home]);
        let config = format!("Host rack\n  HostName 127.0.0.1\n  Port {PORT}\n  IdentityFile ~/.ssh/id\n");
        fs::write(ssh.join("config"), config).expect("a file");
        fs::create_dir_all("/run/sshd").expect("sshd's own folder");
        let process = start(&folder);
        let sshd = Sshd { folder, process };
        sshd.know("host");
        sshd
    }

    /// Lets the person know this key as the host's.
    pub fn know(&self, key: &str) {
        let key = fs::read_to_string(self.folder.join(key).with_extension("pub")).expect("a key");
        self.write("home/.ssh/known_hosts", &format!("[127.0.0.1]:{PORT} {key}"));
    }

    /// Writes one of its files, or of the person's.
    pub fn write(&self, name: &str, text: &str) {
        fs::write(self.folder.join(name), text).expect("a file");
    }

    /// Reads one.
    pub fn read(&self, name: &str) -> String {
        fs::read_to_string(self.folder.join(name)).expect("a file")
    }

    /// Puts a way of this length between the person and sshd: each byte takes half of `round_trip`.
    pub async fn far_away(&self, round_trip: Duration) {
        let listener = TcpListener::bind(("127.0.0.1", PORT + 1)).await.expect("a port");
        self.write(
            "home/.ssh/config",
            &self.read("home/.ssh/config").replace(&PORT.to_string(), &(PORT + 1).to_string()),
        );
        let known = self.read("home/.ssh/known_hosts").replace(&PORT.to_string(), &(PORT + 1).to_string());
        self.write("home/.ssh/known_hosts", &known);
        tokio::spawn(async move {
            while let Ok((near, _)) = listener.accept().await {
                let far = TcpStream::connect(("127.0.0.1", PORT)).await.expect("sshd");
                for stream in [&near, &far] {
                    stream.set_nodelay(true).expect("a socket");
                }
                let ((from_near, to_near), (from_far, to_far)) = (near.into_split(), far.into_split());
                tokio::spawn(delayed(from_near, to_far, round_trip / 2));
                tokio::spawn(delayed(from_far, to_near, round_trip / 2));
            }
        });
    }

    /// How often somebody has got in.
    pub fn logins(&self) -> usize {
        self.read("log").matches("Accepted publickey").count()
    }

    /// Sends a signal to the processes of its connections.
    pub fn signal_connections(&self, signal: &str) {
        run("pkill", &[&format!("-{signal}"), "--parent", &self.process.id().to_string()]);
    }

    /// Ends it and its connections.
    pub fn end(&mut self) {
        let _ = Command::new("pkill").args(["-KILL", "--parent", &self.process.id().to_string()]).output();
        let _ = self.process.kill();
        let _ = self.process.wait();
    }

    /// Starts it again.
    pub fn start_again(&mut self) {
        self.process = start(&self.folder);
    }
}

async fn delayed(mut from: OwnedReadHalf, mut to: OwnedWriteHalf, by: Duration) {
    let (put, mut take) = tokio::sync::mpsc::channel::<(tokio::time::Instant, Vec<u8>)>(256);
    tokio::spawn(async move {
        while let Some((at, part)) = take.recv().await {
            tokio::time::sleep_until(at).await;
            if to.write_all(&part).await.is_err() {
                return;
            }
        }
    });
    let mut part = vec![0; 64 << 10];
    while let Ok(size @ 1..) = from.read(&mut part).await {
        if put.send((tokio::time::Instant::now() + by, part[..size].to_vec())).await.is_err() {
            return;
        }
    }
}

#[allow(clippy::expect_used)]
fn start(folder: &Path) -> Child {
    let log = fs::File::options().create(true).append(true).open(folder.join("log")).expect("a file");
    let mut command = Command::new("/usr/sbin/sshd");
    command.args(["-D", "-e", "-f"]).arg(folder.join("config")).stdin(Stdio::null()).stdout(Stdio::null());
    let process = command.stderr(log).spawn().expect("sshd (Debian's package openssh-server)");
    let began = Instant::now();
    while std::net::TcpStream::connect(("127.0.0.1", PORT)).is_err() {
        let said = || fs::read_to_string(folder.join("log")).unwrap_or_default();
        assert!(began.elapsed() < Duration::from_secs(10), "sshd does not listen: {}", said());
        std::thread::sleep(Duration::from_millis(20));
    }
    process
}

#[allow(clippy::expect_used)]
fn run(program: &str, arguments: &[&str]) {
    let output = Command::new(program).args(arguments).output().expect(program);
    assert!(output.status.success(), "{program} {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
}

impl Drop for Sshd {
    fn drop(&mut self) {
        self.end();
    }
}
