//! A registry with one image on this machine's loopback address, where engines need no TLS: real pulls without a
//! network.
//!
//! Its answers follow the OCI distribution specification, version 1.1, as far as a pull needs it.

use std::collections::HashMap;
use std::convert::Infallible;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use base64::Engine;
use bytes::Bytes;
use futures_util::{StreamExt, stream};
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt, Full, StreamBody};
use hyper::body::{Frame, Incoming};
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use crate::engine::digest;

const MANIFEST: &str = "application/vnd.docker.distribution.manifest.v2+json";
/// How many bytes of a layer are sent at once.
const PIECE: usize = 64 << 10;

/// The speed and the end of a layer.
#[derive(Clone, Copy, Debug)]
pub struct Manner {
    /// The pause after each piece of 64 KiB.
    pub pause: Duration,
    /// The connection is cut after this many bytes of the layer, and the layer is missing from then on. An engine would
    /// retry for long if the layer were only cut.
    pub cut_after: Option<usize>,
}

/// Who may pull.
#[derive(Clone, Copy, Debug)]
pub enum Access {
    /// Everybody.
    Open,
    /// People with this name and password.
    Password(&'static str, &'static str),
    /// People with this identity token, which registries give for a login by the browser.
    Token(&'static str),
}

/// A registry with one image; dropping it ends it.
pub struct Registry {
    /// The image's name, with the registry's.
    pub image: String,
    /// Its host and port.
    pub host: String,
    served: JoinHandle<()>,
}

/// An image that a registry publishes.
#[derive(Clone, Debug)]
pub struct Published {
    /// Its labels.
    pub labels: Value,
    /// Its architecture, such as `amd64`.
    pub architecture: String,
}

impl Published {
    /// An image for this machine.
    pub fn here(labels: Value) -> Published {
        Published { labels, architecture: architecture().to_owned() }
    }
}

struct Shelf {
    /// What each tag is: the first one is given out once, if there is another.
    tagged: Mutex<Vec<Bytes>>,
    by_digest: HashMap<String, Bytes>,
    blobs: HashMap<String, Bytes>,
    manner: Manner,
    access: Access,
    was_cut: Arc<AtomicBool>,
}

#[allow(clippy::expect_used, clippy::missing_panics_doc)]
impl Registry {
    /// Serves an image with a label that says that it starts kernels by itself, and with one layer: one file of `size` bytes that do not compress.
    pub async fn start(size: usize, manner: Manner) -> Registry {
        Registry::open_to(Access::Open, size, manner).await
    }

    /// The same, with a login.
    pub async fn open_to(access: Access, size: usize, manner: Manner) -> Registry {
        let image = Published::here(json!({ "org.orchest.launcher": "own" }));
        Registry::serve(&[image], access, size, manner).await
    }

    /// Publishes an image under every name. If there is another, a tag is that one from its second request on.
    pub async fn publishing(images: &[Published]) -> Registry {
        let manner = Manner { pause: Duration::ZERO, cut_after: None };
        Registry::serve(images, Access::Open, 1 << 10, manner).await
    }

    async fn serve(images: &[Published], access: Access, size: usize, manner: Manner) -> Registry {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("a port");
        let host = listener.local_addr().expect("its port").to_string();
        let image = format!("{host}/orchest-test/pulled:1");
        let shelf = Arc::new(shelf(images, size, &image, manner, access));
        let served = tokio::spawn(async move {
            let mut connections = tokio::task::JoinSet::new();
            while let Ok((stream, _)) = listener.accept().await {
                let shelf = shelf.clone();
                connections.spawn(async move {
                    let answer = service_fn(move |request| {
                        let shelf = shelf.clone();
                        async move { Ok::<_, Infallible>(answer(request, &shelf).await) }
                    });
                    let _ =
                        hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(stream), answer).await;
                });
            }
        });
        Registry { image, host, served }
    }
}

impl Drop for Registry {
    fn drop(&mut self) {
        self.served.abort();
    }
}

fn shelf(images: &[Published], size: usize, unique: &str, manner: Manner, access: Access) -> Shelf {
    let layer = layer(size, unique);
    let described = |kind: &str, blob: &Bytes| json!({ "mediaType": kind, "size": blob.len(), "digest": digest(blob) });
    let mut blobs = HashMap::from([(digest(&layer), layer.clone())]);
    let manifests = images.iter().map(|image| {
        let config = json!({
            "architecture": image.architecture, "os": "linux", "config": { "Cmd": ["/nothing"], "Labels": image.labels },
            "rootfs": { "type": "layers", "diff_ids": [digest(&layer)] },
        });
        let config = Bytes::from(config.to_string());
        let manifest: Value = json!({
            "schemaVersion": 2, "mediaType": MANIFEST,
            "config": described("application/vnd.docker.container.image.v1+json", &config),
            "layers": [described("application/vnd.docker.image.rootfs.diff.tar", &layer)],
        });
        blobs.insert(digest(&config), config);
        Bytes::from(manifest.to_string())
    });
    let tagged: Vec<Bytes> = manifests.collect();
    let by_digest = tagged.iter().map(|manifest| (digest(manifest), manifest.clone())).collect();
    Shelf { tagged: Mutex::new(tagged), by_digest, blobs, manner, access, was_cut: Arc::default() }
}

impl Shelf {
    fn manifest(&self, reference: &str) -> Option<Bytes> {
        if reference.starts_with("sha256:") {
            return self.by_digest.get(reference).cloned();
        }
        let mut tagged = self.tagged.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if tagged.len() > 1 { Some(tagged.remove(0)) } else { tagged.first().cloned() }
    }
}

fn architecture() -> &'static str {
    match std::env::consts::ARCH {
        "x86_64" => "amd64",
        "aarch64" => "arm64",
        other => other,
    }
}

/// A layer that no other registry has: a tar archive of one file.
#[allow(clippy::expect_used)]
fn layer(size: usize, unique: &str) -> Bytes {
    // Numbers without a pattern, from a linear congruential generator.
    let mut state = unique.bytes().fold(1_u64, |state, byte| state.wrapping_mul(31).wrapping_add(byte.into()));
    let mut contents = Vec::with_capacity(size + 8);
    while contents.len() < size {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        contents.extend_from_slice(&state.to_be_bytes());
    }
    let mut archive = tar::Builder::new(Vec::new());
    let mut header = tar::Header::new_gnu();
    header.set_size(contents.len() as u64);
    header.set_mode(0o644);
    archive.append_data(&mut header, "contents", contents.as_slice()).expect("an archive");
    Bytes::from(archive.into_inner().expect("an archive"))
}

/// The access token that a login gets.
const GRANTED: &str = "granted";

/// The header of a client with this name and password.
fn basic(name: &str, word: &str) -> String {
    format!("Basic {}", base64::engine::general_purpose::STANDARD.encode(format!("{name}:{word}")))
}

type Body = UnsyncBoxBody<Bytes, std::io::Error>;

async fn answer(request: Request<Incoming>, shelf: &Shelf) -> Response<Body> {
    let header =
        |name| request.headers().get(name).and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned();
    let (host, shown) = (header(hyper::header::HOST), header(hyper::header::AUTHORIZATION));
    let path = request.uri().path().to_owned();
    let whole = |kind: &str, bytes: &Bytes| {
        let mut answer = Response::new(Full::new(bytes.clone()).map_err(|never| match never {}).boxed_unsync());
        let headers = answer.headers_mut();
        for (name, value) in [("content-type", kind), ("docker-content-digest", &digest(bytes))] {
            if let Ok(value) = value.parse() {
                headers.insert(
                    hyper::header::HeaderName::from_bytes(name.as_bytes()).unwrap_or(hyper::header::ETAG),
                    value,
                );
            }
        }
        answer
    };
    // A client gets the access token above in this way (OAuth 2, as in the distribution project).
    if let (Access::Token(token), "/token") = (shelf.access, path.as_str()) {
        let body = request.into_body().collect().await.map(http_body_util::Collected::to_bytes).unwrap_or_default();
        let form = String::from_utf8_lossy(&body).into_owned();
        let known = form.split('&').any(|field| field == format!("refresh_token={token}"));
        let answer = if known { json!({ "access_token": GRANTED, "expires_in": 60 }) } else { json!({}) };
        return whole("application/json", &Bytes::from(answer.to_string()));
    }
    let challenge = match shelf.access {
        Access::Open => None,
        Access::Password(name, word) => (shown != basic(name, word)).then(|| "Basic realm=\"tests\"".to_owned()),
        Access::Token(_) => (shown != format!("Bearer {GRANTED}"))
            .then(|| format!("Bearer realm=\"http://{host}/token\",service=\"tests\"")),
    };
    if let Some(challenge) = challenge {
        let errors = json!({ "errors": [{ "code": "UNAUTHORIZED", "message": "authentication required" }] });
        let mut refused = whole("application/json", &Bytes::from(errors.to_string()));
        *refused.status_mut() = hyper::StatusCode::UNAUTHORIZED;
        if let Ok(challenge) = challenge.parse() {
            refused.headers_mut().insert(hyper::header::WWW_AUTHENTICATE, challenge);
        }
        return refused;
    }
    if path == "/v2/" {
        return whole("application/json", &Bytes::from_static(b"{}"));
    }
    if let Some(manifest) = path.rsplit_once("/manifests/").and_then(|(_, reference)| shelf.manifest(reference)) {
        return whole(MANIFEST, &manifest);
    }
    match path.rsplit_once("/blobs/").and_then(|(_, digest)| shelf.blobs.get(digest)) {
        Some(blob) if blob.len() <= PIECE => whole("application/octet-stream", blob),
        Some(blob) if !shelf.was_cut.load(Ordering::Relaxed) => slowly(blob, shelf.manner, &shelf.was_cut),
        _ => {
            let mut missing = whole("application/json", &Bytes::from_static(b"{}"));
            *missing.status_mut() = hyper::StatusCode::NOT_FOUND;
            missing
        }
    }
}

fn slowly(blob: &Bytes, manner: Manner, was_cut: &Arc<AtomicBool>) -> Response<Body> {
    let (blob, length, was_cut) = (blob.clone(), blob.len(), was_cut.clone());
    let pieces = stream::iter((0..length).step_by(PIECE)).then(move |from| {
        let (piece, was_cut) = (blob.slice(from..(from + PIECE).min(blob.len())), was_cut.clone());
        async move {
            if manner.cut_after.is_some_and(|limit| from >= limit) {
                was_cut.store(true, Ordering::Relaxed);
                return Err(std::io::ErrorKind::ConnectionReset.into());
            }
            tokio::time::sleep(manner.pause).await;
            Ok(Frame::data(piece))
        }
    });
    let mut answer = Response::new(StreamBody::new(pieces).boxed_unsync());
    answer.headers_mut().insert(hyper::header::CONTENT_LENGTH, length.into());
    answer
}
