//! Requests from inside a launch can start only ordinary kernels of this launch.

use std::io::Write;
use std::process::{Command, Stdio};

use orchest_tests::engine::{docker, in_role};
use orchest_tests::home::{Home, launched, stopped};
use orchest_tests::jupyter::Server;

/// The properties of a container that decide what it can reach.
const WALLS: &str = "{{.Config.Image}} user {{.Config.User}} in {{.Config.WorkingDir}}, mounts {{json .HostConfig.Mounts}} \
                     {{json .HostConfig.Binds}}, capabilities {{json .HostConfig.CapAdd}} {{json .HostConfig.CapDrop}} \
                     {{.HostConfig.Privileged}} {{json .HostConfig.SecurityOpt}} {{json .HostConfig.Devices}}, network \
                     {{.HostConfig.NetworkMode}} pid {{.HostConfig.PidMode}} ipc {{.HostConfig.IpcMode}}";

/// Runs Python in a container as its user, and answers with the output.
fn python_in(container: &str, code: &str) -> String {
    let mut child = Command::new("docker")
        .args(["exec", "-i", container, "python", "-"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(code.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

fn walls(launch: &str, kernel: &str) -> String {
    let found = in_role(launch, "kernel").into_iter().find(|name| {
        let id = docker(&["inspect", "--format", "{{index .Config.Labels \"kernel_id\"}}", name]);
        id.first().is_some_and(|id| id == kernel)
    });
    let name = found.unwrap_or_else(|| panic!("no container of kernel {kernel}"));
    docker(&["inspect", "--format", WALLS, &name]).join("\n")
}

/// A request with every extra field that could widen a kernel's rights.
const WISHES: &str = r#"{
    "KERNEL_IMAGE": "orchest/gateway:0.1.0", "KERNEL_EXECUTOR_IMAGE": "orchest/gateway:0.1.0",
    "KERNEL_UID": "0", "KERNEL_GID": "0", "KERNEL_USERNAME": "somebody", "KERNEL_WORKING_DIR": "/../../etc",
    "KERNEL_VOLUMES": "[{\"name\": \"a\", \"hostPath\": {\"path\": \"/\"}}]",
    "KERNEL_VOLUME_MOUNTS": "[{\"name\": \"a\", \"mountPath\": \"/host\"}]",
    "KERNEL_NETWORK": "host", "EG_DOCKER_NETWORK": "host", "EG_DOCKER_MODE": "swarm", "DOCKER_HOST": "tcp://10.0.0.1:2375",
    "KERNEL_LAUNCH_TIMEOUT": "30", "KERNEL_ID": "00000000-0000-4000-8000-000000000000", "EG_ALLOW_KERNEL_ROOT": "1",
    "ORCHEST_KERNEL": "{\"image\": \"orchest/gateway:0.1.0\", \"user\": \"0:0\", \"mounts\": [{\"Type\": \"bind\", \"Source\": \"/\", \"Target\": \"/host\"}], \"privileged\": true}",
    "ORCHEST_KERNELSPEC_ENV": "{\"ORCHEST_KERNEL\": \"{}\"}", "PYTHONPATH": "/work", "LD_PRELOAD": "/work/evil.so", "PATH": "/work"
}"#;

#[tokio::test(flavor = "multi_thread")]
async fn a_request_with_extra_settings_gets_an_ordinary_kernel_and_reaches_no_other_launch() {
    let home = Home::new();
    let app = home.app().await;
    let (first, second) = (home.pipeline("one"), home.pipeline("other"));
    let (one, other) = tokio::join!(launched(&app, &first, None), launched(&app, &second, None));
    let (one, other) = (one.unwrap(), other.unwrap());
    let server = Server::at(&app.url(&one).await.unwrap());
    let mut plain = server.start("python_docker", "first.ipynb").await.unwrap();
    let wanted = walls(&one, &plain.id);

    // The server's user knows the gateway's token, so it can ask the gateway directly from a terminal.
    let ask_gateway = format!(
        r#"
import http.client, json, os, socket
class Gateway(http.client.HTTPConnection):
    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.connect("/run/orchest-gateway/socket")
gateway = Gateway("gateway", timeout=60)
body = json.dumps({{"name": "python_docker", "env": json.loads('''{}''')}}).encode()
token = "token " + os.environ["JUPYTER_GATEWAY_AUTH_TOKEN"]
gateway.request("POST", "/api/kernels", body, {{"Authorization": token}})
print(json.load(gateway.getresponse())["id"])
"#,
        WISHES.replace('\\', "\\\\")
    );
    let by_gateway = python_in(&format!("orchest-{one}-server"), &ask_gateway);
    assert_eq!(walls(&one, &by_gateway), wanted, "asked of the gateway");

    let body = serde_json::json!({
        "name": "python_docker", "path": "../../../etc", "env": serde_json::from_str::<serde_json::Value>(WISHES).unwrap(),
    });
    let (status, answer) = server.post("/api/kernels", &body).await;
    assert_eq!(status, 201, "{answer}");
    assert_eq!(walls(&one, answer["id"].as_str().unwrap()), wanted, "asked of the server");

    // The addresses of everything in the other launch, whose names only its own network knows, and its published ports,
    // by way of the machine.
    let there = Server::at(&app.url(&other).await.unwrap()).start("python_docker", "first.ipynb").await.unwrap();
    let network = "{{range .NetworkSettings.Networks}}{{.IPAddress}} {{.Gateway}}{{end}}";
    let mut doors: Vec<String> = Vec::new();
    for role in ["gateway", "server", "kernel"] {
        for name in in_role(&other, role) {
            let found = docker(&["inspect", "--format", network, &name]).concat();
            let (address, machine) = found.split_once(' ').unwrap();
            doors.extend([format!("{address}:8888"), format!("{address}:22")]);
            for port in docker(&["port", &name]) {
                doors.push(format!("{machine}:{}", port.rsplit(':').next().unwrap()));
            }
        }
    }
    assert!(doors.len() >= 7, "{doors:?}");
    let knock = format!(
        r#"
import socket
from concurrent.futures import ThreadPoolExecutor
def knock(door):
    host, port = door.rsplit(":", 1)
    try:
        socket.create_connection((host, int(port)), timeout=2).close()
        return door
    except OSError:
        return None
print([door for door in ThreadPoolExecutor(32).map(knock, {doors:?}) if door])
"#
    );
    assert_eq!(plain.execute(&knock).await.text.trim(), "[]", "from a kernel");
    assert_eq!(python_in(&format!("orchest-{one}-server"), &knock), "[]", "from the server");
    drop(there);
    stopped(&app, &one).await;
    stopped(&app, &other).await;
}
