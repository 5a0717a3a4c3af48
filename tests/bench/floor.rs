//! The floor: the same two containers, started with the engine's own command line and nothing else.

use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use orchest_tests::engine::docker;
use orchest_tests::home::Home;

const VERSION: &str = env!("CARGO_PKG_VERSION");
const NETWORK: &str = "orchest-bench-floor";
/// The volume with the gateway's socket.
const SOCKET: &str = "orchest-bench-floor:/run/orchest-gateway";

/// Starts both containers at once; the time until both answer.
pub async fn both_at_once(home: &Home) -> Duration {
    let floor = Floor::new();
    let began = Instant::now();
    let (mut gateway, mut server) = (floor.gateway(home), floor.server(home));
    gateway.wait().unwrap();
    server.wait().unwrap();
    floor.server_answers("/api/kernelspecs").await;
    began.elapsed()
}

/// Starts the gateway, and the server once it answers; the time until the server answers.
pub async fn one_after_the_other(home: &Home) -> Duration {
    let floor = Floor::new();
    let began = Instant::now();
    floor.gateway(home).wait().unwrap();
    floor.gateway_answers().await;
    floor.server(home).wait().unwrap();
    floor.server_answers("/api/kernelspecs").await;
    began.elapsed()
}

/// A network of its own, and the two containers; removed when dropped.
struct Floor;

impl Floor {
    fn new() -> Floor {
        docker(&["network", "create", NETWORK]);
        Floor
    }

    fn run(&self, name: &str, arguments: &[&str]) -> Child {
        let name = format!("orchest-bench-{name}");
        let mut command = Command::new("docker");
        command.args(["run", "-d", "--name", &name, "--network", NETWORK, "--cap-drop", "ALL"]);
        command.args(["--security-opt", "no-new-privileges"]).args(arguments);
        command.stdout(Stdio::null()).spawn().unwrap()
    }

    fn gateway(&self, home: &Home) -> Child {
        let kernels = home.places().kernels_dir();
        let kernels =
            format!("type=bind,source={},target=/usr/local/share/jupyter/kernels,readonly", kernels.display());
        let image = format!("orchest/gateway:{VERSION}");
        let network = format!("EG_DOCKER_NETWORK={NETWORK}");
        let mut arguments = vec!["--mount", &kernels, "-v", SOCKET, "-u", "0:0"];
        arguments.extend(["-e", "EG_AUTH_TOKEN=bench", "-e", "EG_DEFAULT_KERNEL_NAME=python_docker"]);
        arguments.extend(["-e", &network, "-e", "ORCHEST_KERNEL={}", &image]);
        self.run("gateway", &arguments)
    }

    fn server(&self, home: &Home) -> Child {
        let folder = format!("type=bind,source={},target=/notebooks", home.path().display());
        let image = format!("orchest/server:{VERSION}");
        let mut arguments = vec!["--mount", &folder, "-v", SOCKET, "-p", "127.0.0.1::8888", "-u", "0:0"];
        arguments.extend(["-e", "JUPYTER_TOKEN=bench", "-e", "JUPYTER_GATEWAY_AUTH_TOKEN=bench"]);
        arguments.extend(["-e", "EG_DEFAULT_KERNEL_NAME=python_docker", &image]);
        self.run("server", &arguments)
    }

    /// The gateway has no port: its log shows when it listens.
    async fn gateway_answers(&self) {
        loop {
            let log = Command::new("docker").args(["logs", "orchest-bench-gateway"]).output().unwrap();
            if String::from_utf8_lossy(&[log.stdout, log.stderr].concat()).contains("listens at") {
                return;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    async fn server_answers(&self, path: &str) {
        let below = orchest_core::jupyter::path("bench");
        answers("server", &format!("{below}{path}")).await;
    }
}

async fn answers(name: &str, path: &str) {
    let port = docker(&["port", &format!("orchest-bench-{name}"), "8888/tcp"]);
    let url = format!("http://{}{path}?token=bench", port.first().unwrap());
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    loop {
        let answer = client.get(&url).header("Authorization", "token bench").send().await;
        if answer.is_ok_and(|answer| answer.status().is_success()) {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

impl Drop for Floor {
    fn drop(&mut self) {
        docker(&["rm", "-f", "orchest-bench-gateway", "orchest-bench-server"]);
        docker(&["network", "rm", NETWORK]);
        docker(&["volume", "rm", "-f", NETWORK]);
    }
}
