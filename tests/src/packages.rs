//! A package index of the test's own, which containers reach at the address of an engine's network on this machine.
//!
//! Its pages follow the simple repository API: <https://packaging.python.org/en/latest/specifications/simple-repository-api/>.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::net::IpAddr;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use base64::Engine;
use bytes::Bytes;
use futures_util::{StreamExt, stream};
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt, StreamBody};
use hyper::body::{Frame, Incoming};
use hyper::header::{AUTHORIZATION, CONTENT_TYPE, WWW_AUTHENTICATE};
use hyper::service::service_fn;
use hyper::{Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use crate::engine::{digest, docker};

/// How many bytes of a file are sent at once.
const PIECE: usize = 64 << 10;

/// A server with packages; dropping it ends it.
pub struct Packages {
    /// Its host and port.
    pub host: String,
    /// How many files of packages were asked for by somebody who may have them.
    pub served: Arc<AtomicUsize>,
    task: JoinHandle<()>,
}

/// The server's behaviour.
#[derive(Clone, Copy, Debug, Default)]
pub struct Manner {
    /// The name and the password that it asks for.
    pub login: Option<(&'static str, &'static str)>,
    /// The pause after each piece of 64 KiB of a package.
    pub pause: Duration,
}

/// This machine's address on the engine's usual network.
///
/// # Panics
/// If the engine has no such network.
#[allow(clippy::expect_used)]
pub fn bridge() -> IpAddr {
    let format = "{{(index .IPAM.Config 0).Gateway}}";
    let said = docker(&["network", "inspect", "bridge", "--format", format]);
    said.first().expect("the engine's network").parse().expect("its address")
}

/// A wheel with one module of this name, which has `VERSION`, and a file of `size` bytes that do not compress.
///
/// # Panics
/// If Python cannot make it.
#[allow(clippy::expect_used)]
pub fn wheel(name: &str, version: &str, size: usize) -> (String, Bytes) {
    const MAKE: &str = "
import os, sys
sys.dont_write_bytecode = True
sys.path.insert(0, sys.argv[1])
from made import wheel
name, version, size = sys.argv[3], sys.argv[4], int(sys.argv[5])
files = {f'{name}/__init__.py': f'VERSION = {version!r}\\n'}
if size:
    files[f'{name}/data.bin'] = os.urandom(size)
print(wheel(sys.argv[2], name, version, files).name)
";
    let folder = tempfile::tempdir().expect("a folder");
    let made = Path::new(env!("CARGO_MANIFEST_DIR")).join("python/environment");
    let mut python = Command::new("python3");
    python.arg("-c").arg(MAKE).arg(made).arg(folder.path()).args([name, version, &size.to_string()]);
    let output = python.output().expect("python3");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let file = String::from_utf8_lossy(&output.stdout).trim().to_owned();
    let contents = std::fs::read(folder.path().join(&file)).expect("the wheel");
    (file, contents.into())
}

impl Packages {
    /// Serves these wheels at `http://HOST/simple`.
    ///
    /// # Panics
    /// If the address is not this machine's.
    #[allow(clippy::expect_used)]
    pub async fn start(address: IpAddr, wheels: Vec<(String, Bytes)>, manner: Manner) -> Packages {
        let listener = TcpListener::bind((address, 0)).await.expect("a port");
        let host = listener.local_addr().expect("its port").to_string();
        let (wheels, served) = (Arc::new(BTreeMap::from_iter(wheels)), Arc::new(AtomicUsize::new(0)));
        let count = served.clone();
        let task = tokio::spawn(async move {
            let mut connections = tokio::task::JoinSet::new();
            while let Ok((stream, _)) = listener.accept().await {
                let (wheels, count) = (wheels.clone(), count.clone());
                connections.spawn(async move {
                    let answer = service_fn(move |request| {
                        let answer = answer(&request, &wheels, manner, &count);
                        async move { Ok::<_, Infallible>(answer) }
                    });
                    let _ =
                        hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(stream), answer).await;
                });
            }
        });
        Packages { host, served, task }
    }

    /// The address of the index.
    pub fn index(&self) -> String {
        format!("http://{}/simple", self.host)
    }
}

impl Drop for Packages {
    fn drop(&mut self) {
        self.task.abort();
    }
}

type Body = UnsyncBoxBody<Bytes, Infallible>;

fn answer(
    request: &Request<Incoming>,
    wheels: &BTreeMap<String, Bytes>,
    manner: Manner,
    served: &AtomicUsize,
) -> Response<Body> {
    if let Some((name, password)) = manner.login {
        let wanted = format!("Basic {}", base64::prelude::BASE64_STANDARD.encode(format!("{name}:{password}")));
        let has_it = request.headers().get(AUTHORIZATION).is_some_and(|value| value.as_bytes() == wanted.as_bytes());
        if !has_it {
            let mut answer = whole(StatusCode::UNAUTHORIZED, "text/plain", Bytes::new());
            answer
                .headers_mut()
                .insert(WWW_AUTHENTICATE, hyper::header::HeaderValue::from_static("Basic realm=\"packages\""));
            return answer;
        }
    }
    let path = request.uri().path();
    if let Some(wheel) = path.strip_prefix("/files/").and_then(|file| wheels.get(file)) {
        served.fetch_add(1, Ordering::Relaxed);
        return slowly(wheel.clone(), manner.pause);
    }
    let name = path.strip_prefix("/simple/").unwrap_or_default().trim_end_matches('/');
    let links: Vec<String> = wheels
        .iter()
        .filter(|(file, _)| file.split('-').next() == Some(&name.replace('-', "_")))
        .map(|(file, contents)| format!("<a href=\"/files/{file}#{}\">{file}</a>", hash(contents)))
        .collect();
    match links.as_slice() {
        [] => whole(StatusCode::NOT_FOUND, "text/plain", Bytes::new()),
        links => whole(StatusCode::OK, "text/html", links.join("\n").into()),
    }
}

/// A hash of a file, as a link has it.
fn hash(contents: &Bytes) -> String {
    digest(contents).replace(':', "=")
}

fn whole(status: StatusCode, kind: &'static str, contents: Bytes) -> Response<Body> {
    let mut answer = slowly(contents, Duration::ZERO);
    *answer.status_mut() = status;
    answer.headers_mut().insert(CONTENT_TYPE, hyper::header::HeaderValue::from_static(kind));
    answer
}

fn slowly(contents: Bytes, pause: Duration) -> Response<Body> {
    let length = contents.len();
    let pieces = stream::iter((0..length).step_by(PIECE)).then(move |from| {
        let piece = contents.slice(from..(from + PIECE).min(length));
        async move {
            if !pause.is_zero() {
                tokio::time::sleep(pause).await;
            }
            Ok(Frame::data(piece))
        }
    });
    let mut answer = Response::new(StreamBody::new(pieces).boxed_unsync());
    answer.headers_mut().insert(hyper::header::CONTENT_LENGTH, length.into());
    answer
}
