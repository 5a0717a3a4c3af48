//! A proxy between the app and the engine: it passes everything on, except for calls with a rule. It makes faults that
//! a healthy engine does not have.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use futures_util::{StreamExt, TryStreamExt, stream};
use http_body_util::combinators::BoxBody;
use http_body_util::{BodyExt, BodyStream, Full, StreamBody};
use hyper::body::{Frame, Incoming};
use hyper::service::service_fn;
use hyper::{Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use orchest_core::engine::{self, ProcessEnv};
use tokio::net::{UnixListener, UnixStream};
use tokio::task::JoinHandle;

type Body = BoxBody<Bytes, std::io::Error>;

/// What happens to a call with a rule.
#[derive(Clone, Debug)]
pub enum Fault {
    /// The proxy answers with this status and message; the call does not reach the engine.
    Refused(u16, &'static str),
    /// The call is never answered and does not reach the engine.
    Unanswered,
    /// The call reaches the engine, but its answer never comes.
    Unheard,
    /// The call reaches the engine after this time.
    Late(Duration),
    /// The answer is cut after this many bytes.
    CutAfter(usize),
}

/// The rules for calls.
#[derive(Clone, Debug)]
struct Rule {
    method: &'static str,
    path: String,
    fault: Fault,
}

/// A socket in front of the engine.
pub struct Proxy {
    socket: PathBuf,
    engine: PathBuf,
    rules: Arc<Mutex<Vec<Rule>>>,
    open: Arc<Mutex<Vec<String>>>,
    held: Arc<Mutex<Vec<String>>>,
    served: Mutex<Option<JoinHandle<()>>>,
}

#[allow(clippy::expect_used, clippy::missing_panics_doc)]
impl Proxy {
    /// A socket in this folder; nothing listens on it yet.
    pub async fn new(folder: &Path) -> Proxy {
        let found = engine::find(&ProcessEnv::of_this_process()).await.expect("an engine");
        let engine = found.facts().endpoint.strip_prefix("unix://").expect("a socket").into();
        Proxy {
            socket: folder.join("engine.sock"),
            engine,
            rules: Arc::default(),
            open: Arc::default(),
            held: Arc::default(),
            served: Mutex::default(),
        }
    }

    /// The environment in which this is the engine.
    pub fn around(&self) -> ProcessEnv {
        let mut around = ProcessEnv::of_this_process();
        around.env.insert("DOCKER_HOST".to_owned(), self.host());
        // The images of the tests' builds have another base than the test run's images.
        around.env.remove("ORCHEST_BASE_IMAGE");
        around
    }

    /// Its address, in the form of `DOCKER_HOST`.
    pub fn host(&self) -> String {
        format!("unix://{}", self.socket.display())
    }

    /// Adds a rule for calls whose path contains `path`. The newest matching rule counts.
    pub fn rule(&self, method: &'static str, path: &str, fault: Fault) {
        self.rules.lock().expect("the rules").push(Rule { method, path: path.to_owned(), fault });
    }

    /// Removes all rules.
    pub fn no_rules(&self) {
        self.rules.lock().expect("the rules").clear();
    }

    /// How many answers to calls whose path contains `path` are being read.
    pub fn open(&self, path: &str) -> usize {
        self.open.lock().expect("the answers").iter().filter(|target| target.contains(path)).count()
    }

    /// How many calls of this method, whose path contains `path`, have come and were not answered.
    pub fn held(&self, method: &str, path: &str) -> usize {
        let fits = |call: &&String| call.starts_with(method) && call.contains(path);
        self.held.lock().expect("the calls").iter().filter(fits).count()
    }

    /// Makes the engine reachable.
    pub fn start(&self) {
        let listener = UnixListener::bind(&self.socket).expect("the socket");
        // A gateway uses the socket too, as another user.
        std::fs::set_permissions(&self.socket, std::os::unix::fs::PermissionsExt::from_mode(0o666)).expect("its mode");
        let engine = Passage {
            engine: self.engine.clone(),
            rules: self.rules.clone(),
            open: self.open.clone(),
            held: self.held.clone(),
        };
        let served = tokio::spawn(serve(listener, engine));
        *self.served.lock().expect("the task") = Some(served);
    }

    /// Makes the engine unreachable: open connections are cut, and nothing listens any more.
    pub fn stop(&self) {
        if let Some(served) = self.served.lock().expect("the task").take() {
            served.abort();
        }
        let _ = std::fs::remove_file(&self.socket);
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.stop();
    }
}

type Open = Arc<Mutex<Vec<String>>>;

/// The proxy's view of the engine and of the calls to it.
#[derive(Clone)]
struct Passage {
    engine: PathBuf,
    rules: Arc<Mutex<Vec<Rule>>>,
    open: Open,
    held: Arc<Mutex<Vec<String>>>,
}

async fn serve(listener: UnixListener, passage: Passage) {
    // They end with this task.
    let mut connections = tokio::task::JoinSet::new();
    while let Ok((stream, _)) = listener.accept().await {
        let passage = passage.clone();
        connections.spawn(async move {
            let answer = service_fn(move |request| pass(request, passage.clone()));
            let _ = hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(stream), answer).await;
        });
    }
}

async fn pass(request: Request<Incoming>, passage: Passage) -> Result<Response<Body>, std::io::Error> {
    let Passage { engine, rules, open, held } = passage;
    let target = request.uri().path_and_query().map_or("", |target| target.as_str());
    let fits = |rule: &&Rule| rule.method == request.method().as_str() && target.contains(&rule.path);
    let fault = rules.lock().map_err(other)?.iter().rev().find(fits).map(|rule| rule.fault.clone());
    let call = format!("{} {target}", request.method());
    let hold = || held.lock().map(|mut held| held.push(call.clone())).map_err(other);
    let (mut cut, mut heard) = (None, true);
    match fault {
        None => {}
        Some(Fault::Refused(status, message)) => return refused(status, message),
        Some(Fault::Unanswered) => {
            hold()?;
            std::future::pending().await
        }
        Some(Fault::Unheard) => heard = false,
        Some(Fault::Late(by)) => tokio::time::sleep(by).await,
        Some(Fault::CutAfter(bytes)) => cut = Some(bytes),
    }
    let stream = UnixStream::connect(engine).await?;
    let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream)).await.map_err(other)?;
    // If the app gives up a call, the call must end at the engine too: its connection lives as long as the answer's
    // body.
    let connection = Ended(tokio::spawn(connection));
    let reading = Reading::new(open, request.uri().path());
    let answer = sender.send_request(request).await.map_err(other)?;
    if !heard {
        hold()?;
        std::future::pending::<()>().await;
    }
    Ok(answer.map(|body| {
        let mut left = cut;
        let frames = TryStreamExt::map_err(BodyStream::new(body), other).flat_map(move |frame| {
            let _alive = (&connection, &reading);
            let Some(left) = &mut left else { return stream::iter(vec![frame]) };
            let data = frame.ok().and_then(|frame| frame.into_data().ok()).unwrap_or_default();
            let part = data.slice(..data.len().min(*left));
            *left -= part.len();
            let mut frames = vec![Ok(Frame::data(part))];
            if *left == 0 {
                frames.push(Err(std::io::ErrorKind::ConnectionReset.into()));
            }
            stream::iter(frames)
        });
        BodyExt::boxed(StreamBody::new(frames))
    }))
}

fn refused(status: u16, message: &str) -> Result<Response<Body>, std::io::Error> {
    let text = serde_json::json!({ "message": message }).to_string();
    let body = Full::new(Bytes::from(text)).map_err(|never| match never {}).boxed();
    let mut answer = Response::new(body);
    *answer.status_mut() = StatusCode::from_u16(status).map_err(other)?;
    answer.headers_mut().insert("content-type", hyper::header::HeaderValue::from_static("application/json"));
    Ok(answer)
}

fn other(error: impl std::fmt::Display) -> std::io::Error {
    std::io::Error::other(error.to_string())
}

/// An answer that is being read.
struct Reading {
    open: Open,
    path: String,
}

impl Reading {
    fn new(open: Open, path: &str) -> Reading {
        open.lock().expect("the answers").push(path.to_owned());
        Reading { open, path: path.to_owned() }
    }
}

impl Drop for Reading {
    fn drop(&mut self) {
        let mut open = self.open.lock().expect("the answers");
        if let Some(at) = open.iter().position(|path| *path == self.path) {
            open.swap_remove(at);
        }
    }
}

/// A task; dropping it ends the task.
struct Ended<T>(JoinHandle<T>);

impl<T> Drop for Ended<T> {
    fn drop(&mut self) {
        self.0.abort();
    }
}
