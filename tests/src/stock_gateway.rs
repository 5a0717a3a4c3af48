//! Enterprise Gateway as others have it: a process of this machine, from its wheel, with kernels that are its own processes.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::engine::docker;

/// How long it may take to start.
const STARTS_WITHIN: Duration = Duration::from_secs(60);
/// The name of its one kernelspec.
pub const KERNELSPEC: &str = "stock";
/// The token that it asks for.
pub const TOKEN: &str = "the token of a team";

/// A gateway. Dropping it ends it with its kernels.
pub struct StockGateway {
    folder: PathBuf,
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
        let kernelspec = folder.join("kernels").join(KERNELSPEC);
        std::fs::create_dir_all(&kernelspec).expect("a folder");
        let class = "enterprise_gateway.services.processproxies.processproxy.LocalProcessProxy";
        let python = programs.join("python");
        let argv = [python.to_str().expect("a path"), "-m", "ipykernel_launcher", "-f", "{connection_file}"];
        let written = json!({
            "argv": argv, "display_name": "Stock", "language": "python",
            "metadata": { "process_proxy": { "class_name": class } },
        });
        std::fs::write(kernelspec.join("kernel.json"), written.to_string()).expect("a kernelspec");
        if tls {
            sign(folder);
        }
        let port =
            std::net::TcpListener::bind("0.0.0.0:0").and_then(|bound| bound.local_addr()).expect("a port").port();
        let mut gateway = StockGateway { folder: folder.to_owned(), tls, port, process: None };
        gateway.start();
        gateway
    }

    /// Its address, as containers and this machine reach it.
    pub fn url(&self) -> String {
        format!("{}://{}:{}/team", if self.tls { "https" } else { "http" }, this_machine(), self.port)
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
        // By default it starts nothing for root, as whom the tests may run.
        command.env("EG_PORT", self.port.to_string()).env("EG_UNAUTHORIZED_USERS", "eve");
        if self.tls {
            command
                .env("EG_CERTFILE", self.folder.join("server.pem"))
                .env("EG_KEYFILE", self.folder.join("server.key"));
        }
        self.process = Some(command.spawn().expect("the gateway"));
        let began = Instant::now();
        while std::net::TcpStream::connect((this_machine().as_str(), self.port)).is_err() {
            let said = || std::fs::read_to_string(self.folder.join("log")).unwrap_or_default();
            assert!(began.elapsed() < STARTS_WITHIN, "it does not listen: {}", said());
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    /// Ends it; its kernels end with it.
    pub fn end(&mut self) {
        if let Some(mut process) = self.process.take() {
            let _ = rustix::process::kill_process(
                rustix::process::Pid::from_child(&process),
                rustix::process::Signal::TERM,
            );
            let _ = process.wait();
        }
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
fn sign(folder: &Path) {
    let address = this_machine();
    let commands = format!(
        "openssl req -x509 -newkey rsa:2048 -nodes -days 2 -keyout ca.key -out ca.pem -subj '/CN=an authority of a test'
         openssl req -newkey rsa:2048 -nodes -keyout server.key -out server.csr -subj '/CN=gateway'
         printf 'subjectAltName=IP:{address}\\nbasicConstraints=CA:FALSE' >extensions
         openssl x509 -req -in server.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 2 -extfile extensions -out server.pem"
    );
    let made = Command::new("sh").args(["-ec", &commands]).current_dir(folder).output().expect("sh");
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
}
