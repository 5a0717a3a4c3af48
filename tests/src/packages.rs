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
use hyper::{Request, Response, StatusCode};

use crate::engine::digest;
use crate::served::{Served, serve};

/// How many bytes of a file are sent at once.
const PIECE: usize = 64 << 10;

/// A server with packages; dropping it ends it.
pub struct Packages {
    /// Its host and port.
    pub host: String,
    /// How many files of packages were asked for by somebody who may have them.
    pub served: Arc<AtomicUsize>,
    // Ends with it.
    _server: Served,
}

/// The server's behaviour.
#[derive(Clone, Copy, Debug, Default)]
pub struct Manner {
    /// The name and the password that it asks for.
    pub login: Option<(&'static str, &'static str)>,
    /// The pause after each piece of 64 KiB of a package.
    pub pause: Duration,
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
    pub async fn start(address: IpAddr, wheels: Vec<(String, Bytes)>, manner: Manner) -> Packages {
        let (wheels, served) = (Arc::new(BTreeMap::from_iter(wheels)), Arc::new(AtomicUsize::new(0)));
        let count = served.clone();
        let server = serve(address, move |request| answer(request, &wheels, manner, &count)).await;
        Packages { host: server.at.to_string(), served, _server: server }
    }

    /// The address of the index.
    pub fn index(&self) -> String {
        format!("http://{}/simple", self.host)
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
