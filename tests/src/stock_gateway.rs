//! Enterprise Gateway as others have it: a process of this machine, from its wheel, with kernels that are its own processes.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::engine::docker;

/// How long it may take to start.
const STARTS_WITHIN: Duration = Duration::from_secs(60);
/// The name of its default kernelspec. It has one of ipykernel beside it, `python3`.
pub const KERNELSPEC: &str = "stock";
/// The token that it asks for.
pub const TOKEN: &str = "the token of a team";

/// The port of the ssh server on the machines of kernels.
pub const SSH_PORT: u16 = 2222;

/// A gateway. Dropping it ends it with its kernels.
pub struct StockGateway {
    folder: PathBuf,
    address: String,
    tls: bool,
    port: u16,
    process: Option<Child>,
}

impl Drop for StockGateway {
    fn drop(&mut self) {
        self.end();
    }
}

/// The address at which containers reach this machine.
pub fn this_machine() -> String {
    let format = "{{range .IPAM.Config}}{{.Gateway}}{{end}}";
    docker(&["network", "inspect", "bridge", "--format", format]).concat()
}

#[allow(clippy::expect_used, clippy::missing_panics_doc)]
impl StockGateway {
    /// Starts one with its files in this folder; with TLS, its certificate is signed by `authority()`.
    pub fn start_in(folder: &Path, tls: bool) -> StockGateway {
        let programs = programs();
        let python = programs.join("python");
        let argv = json!([python, "-m", "ipykernel_launcher", "-f", "{connection_file}"]);
        kernelspec(folder, &argv, "processproxy.LocalProcessProxy");
        let address = this_machine();
        if tls {
            sign(folder, &address);
        }
        StockGateway::started(folder, address, tls)
    }

    /// Starts one at this address of the machine that runs its kernels on another machine, by ssh as the person who runs the
    /// test. That machine has the files of this one; `.ssh` of the folder has what the gateway needs to get there.
    pub fn with_ssh(folder: &Path, address: &str, host: &str) -> StockGateway {
        let launcher = Path::new(env!("CARGO_MANIFEST_DIR")).join("../etc/images/shared/kernel/orchest_kernel.py");
        let python = programs().join("python").display().to_string();
        let script = format!(
            "export RESPONSE_ADDRESS=$1 PUBLIC_KEY=$2\nexec {python} -I {} --tcp {python} -m ipykernel_launcher -f \
             '{{connection_file}}'\n",
            launcher.display()
        );
        let run = folder.join("run.sh");
        std::fs::write(&run, script).expect("a script");
        let argv = json!(["bash", run, "{response_address}", "{public_key}"]);
        kernelspec(folder, &argv, "distributed.DistributedProcessProxy");
        std::fs::write(folder.join("hosts"), host).expect("a file");
        StockGateway::started(folder, address.to_owned(), false)
    }

    fn started(folder: &Path, address: String, tls: bool) -> StockGateway {
        let port =
            std::net::TcpListener::bind("0.0.0.0:0").and_then(|bound| bound.local_addr()).expect("a port").port();
        let mut gateway = StockGateway { folder: folder.to_owned(), address, tls, port, process: None };
        gateway.start();
        gateway
    }

    /// Its address, as containers and this machine reach it.
    pub fn url(&self) -> String {
        format!("{}://{}:{}/team", if self.tls { "https" } else { "http" }, self.address, self.port)
    }

    /// The file with the authority that signed its certificate.
    pub fn authority(&self) -> PathBuf {
        self.folder.join("ca.pem")
    }

    /// Starts it, also after an end.
    pub fn start(&mut self) {
        let log = std::fs::File::options().create(true).append(true).open(self.folder.join("log")).expect("its log");
        let mut command = Command::new(programs().join("jupyter-enterprisegateway"));
        command.current_dir(&self.folder).stdin(Stdio::null()).stdout(Stdio::null()).stderr(log);
        command.env("JUPYTER_PATH", &self.folder).env("HOME", &self.folder);
        command.envs([
            ("EG_IP", "0.0.0.0"),
            ("EG_PORT_RETRIES", "0"),
            ("EG_BASE_URL", "/team"),
            ("EG_AUTH_TOKEN", TOKEN),
        ]);
        command.env("EG_DEFAULT_KERNEL_NAME", KERNELSPEC);
        // By default it starts nothing for root, as whom the tests may run.
        command.env("EG_PORT", self.port.to_string()).env("EG_UNAUTHORIZED_USERS", "eve");
        if self.tls {
            command
                .env("EG_CERTFILE", self.folder.join("server.pem"))
                .env("EG_KEYFILE", self.folder.join("server.key"));
        }
        if let Ok(hosts) = std::fs::read_to_string(self.folder.join("hosts")) {
            command.env("EG_REMOTE_HOSTS", hosts).env("EG_SSH_PORT", SSH_PORT.to_string());
            command.env("EG_RESPONSE_IP", &self.address).env("EG_KERNEL_LOG_DIR", &self.folder);
        }
        self.process = Some(command.spawn().expect("the gateway"));
        let began = Instant::now();
        while std::net::TcpStream::connect((self.address.as_str(), self.port)).is_err() {
            let said = || std::fs::read_to_string(self.folder.join("log")).unwrap_or_default();
            assert!(began.elapsed() < STARTS_WITHIN, "it does not listen: {}", said());
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    /// Ends it; its kernels end with it.
    pub fn end(&mut self) {
        if let Some(mut process) = self.process.take() {
            // One that hangs hears nothing else.
            let _ = rustix::process::kill_process(
                rustix::process::Pid::from_child(&process),
                rustix::process::Signal::CONT,
            );
            let _ = rustix::process::kill_process(
                rustix::process::Pid::from_child(&process),
                rustix::process::Signal::TERM,
            );
            let _ = process.wait();
        }
    }

    /// It answers nothing for a while, or goes on.
    pub fn hang(&self, hangs: bool) {
        use rustix::process::{Pid, Signal, kill_process};
        let process = self.process.as_ref().expect("it runs");
        kill_process(Pid::from_child(process), if hangs { Signal::STOP } else { Signal::CONT }).expect("a signal");
    }

    /// Whether it has this kernel. Not with TLS.
    pub async fn has(&self, kernel: &str) -> bool {
        let client = reqwest::Client::new();
        let asked = client
            .get(format!("{}/api/kernels/{kernel}", self.url()))
            .header("Authorization", format!("token {TOKEN}"));
        let answer = asked.send().await.expect("an answer");
        let known = answer.status().as_u16() == 200;
        let model: Value = answer.json().await.unwrap_or_default();
        known && model["id"] == kernel
    }

    /// A file with its token.
    pub fn token_file(&self) -> PathBuf {
        let file = self.folder.join("token");
        std::fs::write(&file, TOKEN).expect("a file");
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o600)).expect("its mode");
        }
        file
    }
}

#[allow(clippy::expect_used)]
fn kernelspec(folder: &Path, argv: &Value, proxy: &str) {
    let kernelspec = folder.join("kernels").join(KERNELSPEC);
    std::fs::create_dir_all(&kernelspec).expect("a folder");
    let class = format!("enterprise_gateway.services.processproxies.{proxy}");
    let written = json!({
        "argv": argv, "display_name": "Stock", "language": "python",
        "metadata": { "process_proxy": { "class_name": class } },
    });
    std::fs::write(kernelspec.join("kernel.json"), written.to_string()).expect("a kernelspec");
}

/// The folder with its programs; they are installed if they are not there.
#[allow(clippy::expect_used)]
fn programs() -> PathBuf {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../etc/setup/stock-gateway.sh");
    let installed = Command::new("bash").arg(script).stderr(Stdio::inherit()).output().expect("bash");
    assert!(installed.status.success(), "Enterprise Gateway is not installed");
    String::from_utf8(installed.stdout).expect("a path").trim().into()
}

/// Makes an authority, and a certificate of it for this machine's address.
#[allow(clippy::expect_used)]
fn sign(folder: &Path, address: &str) {
    let commands = format!(
        "openssl req -x509 -newkey rsa:2048 -nodes -days 2 -keyout ca.key -out ca.pem -subj '/CN=an authority of a test'
         openssl req -newkey rsa:2048 -nodes -keyout server.key -out server.csr -subj '/CN=gateway'
         printf 'subjectAltName=IP:{address}\\nbasicConstraints=CA:FALSE' >extensions
         openssl x509 -req -in server.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 2 -extfile extensions -out server.pem"
    );
    let made = Command::new("sh").args(["-ec", &commands]).current_dir(folder).output().expect("sh");
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
}
