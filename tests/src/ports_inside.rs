//! A container that listens on two ports: what is carried from a container is tested with it.

use std::process::Command;
use std::time::{Duration, Instant};

use orchest_core::engine::CarrySpec;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::engine::docker;

/// What listens in it.
const PROGRAM: &str = include_str!("ports_inside.py");
/// The Python of our images.
const PYTHON: &str = "/opt/venv/bin/python";
/// Its port with HTTP: `GET /SIZE` answers with so many bytes, `POST` with the sum of every 4096th byte.
pub const HTTP: u16 = 8001;
/// Its port with lines.
pub const LINES: u16 = 8002;

/// Such a container. It is removed when it is dropped.
pub struct PortsInside {
    name: String,
    /// The options of `docker` for its engine.
    engine: Vec<String>,
}

#[allow(clippy::expect_used, clippy::missing_panics_doc)]
impl PortsInside {
    /// Starts one on the shared engine, with these options of `docker run`.
    pub fn start(name: &str, options: &[&str]) -> PortsInside {
        PortsInside::begin(Vec::new(), name, options)
    }

    /// Starts one on the engine at this address.
    pub fn start_on(host: &str, name: &str, options: &[&str]) -> PortsInside {
        PortsInside::begin(vec!["--host".to_owned(), host.to_owned()], name, options)
    }

    fn begin(engine: Vec<String>, name: &str, options: &[&str]) -> PortsInside {
        let name = format!("orchest-test-{name}-{}", std::process::id());
        let image = format!("orchest/server:{}", env!("CARGO_PKG_VERSION"));
        let first = ["run", "--detach", "--rm", "--name", &name, "--entrypoint", PYTHON];
        let inside = PortsInside { engine, name: name.clone() };
        docker(&inside.to_engine(&[&first[..], options, &[&image, "-c", PROGRAM]].concat()));
        let began = Instant::now();
        let ready = format!("import socket; socket.create_connection(('127.0.0.1', {HTTP}))");
        let ask = inside.to_engine(&["exec", &name, PYTHON, "-c", &ready]);
        while !Command::new("docker").args(&ask).output().expect("the docker command line").status.success() {
            assert!(began.elapsed() < Duration::from_secs(20), "{name} does not listen");
        }
        inside
    }

    fn to_engine<'a>(&'a self, arguments: &[&'a str]) -> Vec<&'a str> {
        self.engine.iter().map(String::as_str).chain(arguments.iter().copied()).collect()
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// How one of its ports is carried.
    pub fn spec(&self, port: u16) -> CarrySpec {
        CarrySpec { container: self.name.clone(), python: PYTHON.to_owned(), port, at: 0 }
    }

    /// How many relays run in it.
    pub fn relays(&self) -> usize {
        let commands = docker(&self.to_engine(&["top", &self.name, "-eo", "pid,args"]));
        commands.iter().filter(|line| line.contains(" -I -S -c ")).count()
    }

    /// Waits until this many relays run in it.
    pub fn has_relays(&self, wanted: usize) {
        let began = Instant::now();
        while self.relays() != wanted {
            assert!(began.elapsed() < Duration::from_secs(10), "{} relays instead of {wanted}", self.relays());
            std::thread::sleep(Duration::from_millis(50));
        }
    }
}

impl Drop for PortsInside {
    fn drop(&mut self) {
        let _ = Command::new("docker").args(self.to_engine(&["rm", "--force", &self.name])).output();
    }
}

/// What a port answers to a request of HTTP, without the header.
///
/// # Errors
/// If the connection breaks.
pub async fn http(port: u16, method: &str, path: &str, body: &[u8]) -> std::io::Result<Vec<u8>> {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).await?;
    let size = body.len();
    let head = format!("{method} {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: {size}\r\n\r\n");
    stream.write_all(head.as_bytes()).await?;
    stream.write_all(body).await?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await?;
    let end = answer.windows(4).position(|part| part == b"\r\n\r\n");
    let end = end.ok_or_else(|| std::io::Error::other("no answer"))?;
    Ok(answer.split_off(end + 4))
}
