//! The plain server and the launch, each with a folder of the same content.

use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use orchest_core::App;
use orchest_tests::engine::left_of;
use orchest_tests::home::{Home, launched, stopped};
use orchest_tests::jupyter::Server;
use orchest_tests::plain::Plain;
use serde_json::json;

use crate::client::Protocol;
use crate::rest::Answer;

/// What one side is, for all checks.
pub struct Place {
    /// Whether it is the launch.
    pub ours: bool,
    /// `http://127.0.0.1:PORT`.
    pub base: String,
    pub token: String,
    /// The folder that is served, on this machine.
    pub folder: PathBuf,
    /// The kernelspec for Python.
    pub kernelspec: &'static str,
    pub http: reqwest::Client,
    /// Kernels that run and that no check uses now.
    idle: Mutex<Vec<String>>,
}

/// Both sides, and what they live in.
pub struct Pair {
    pub plain: Arc<Place>,
    pub launch: Arc<Place>,
    app: App,
    id: String,
    /// What goes when it is dropped; nothing drops what is static.
    owned: Mutex<Option<(Plain, Home)>>,
}

impl Pair {
    /// Starts both.
    pub async fn start() -> Pair {
        let home = Home::new();
        let (folder, plain_folder) = (owned(home.pipeline("fidelity")), owned(home.pipeline("fidelity-plain")));
        let app = home.app().await;
        let (id, server) = tokio::join!(launched(&app, &folder, None), Plain::start(&plain_folder));
        let id = id.expect("the launch");
        let through = Server::at(&app.url(&id).await.expect("the launch's address"));
        let launch = Arc::new(Place::new(true, &through, folder, "python_docker"));
        let plain = Arc::new(Place::new(false, &server.server, plain_folder, "python3"));
        Pair { plain, launch, app, id, owned: Mutex::new(Some((server, home))) }
    }

    /// The image that the plain server runs from.
    pub fn plain_image(&self) -> String {
        self.owned.lock().unwrap().as_ref().expect("the plain server").0.image()
    }

    /// Stops both; nothing of them is left.
    pub async fn end(&self) {
        stopped(&self.app, &self.id).await;
        self.owned.lock().unwrap().take();
        assert_eq!(left_of(&self.id), Vec::<String>::new());
    }
}

/// A person's folder where the tests run as root: root's own power would hide what a person meets.
fn owned(folder: PathBuf) -> PathBuf {
    if rustix::process::geteuid().is_root() {
        own(&folder);
        own(&folder.join("first.ipynb"));
    }
    folder
}

fn own(path: &std::path::Path) {
    std::os::unix::fs::lchown(path, Some(1000), Some(1000)).expect("a person's file");
}

impl Place {
    fn new(ours: bool, server: &Server, folder: PathBuf, kernelspec: &'static str) -> Place {
        let http = reqwest::Client::builder()
            .no_proxy()
            .redirect(reqwest::redirect::Policy::none())
            .timeout(crate::PATIENCE)
            .build()
            .expect("a client");
        let (base, token) = (server.base.clone(), server.token.clone());
        Place { ours, base, token, folder, kernelspec, http, idle: Mutex::default() }
    }
}

/// One side as one check sees it: what the check takes and starts is given back or ended after it.
#[derive(Clone)]
pub struct Side {
    pub place: Arc<Place>,
    pub protocol: Protocol,
    /// A folder of the check's own, relative to the served one; no other check looks into it.
    pub dir: String,
    lent: Arc<Mutex<Vec<String>>>,
    own: Arc<Mutex<Vec<String>>>,
}

static SESSIONS: AtomicUsize = AtomicUsize::new(0);

impl Side {
    pub fn new(place: &Arc<Place>, check: &str, protocol: Protocol) -> Side {
        let dir = check.replace("::", "-");
        let path = place.folder.join(&dir);
        std::fs::create_dir_all(&path).expect("the check's folder");
        let side = Side { place: Arc::clone(place), protocol, dir, lent: Arc::default(), own: Arc::default() };
        side.hand_over(&path);
        side
    }

    /// An address of this machine's, as a page uses it, below what this side has: a launch has all below a path.
    pub fn own_address<'a>(&self, address: &'a str) -> &'a str {
        let host = self.place.base.trim_start_matches("http://");
        let path = host.find('/').map_or("", |start| &host[start..]);
        address.strip_prefix(path).unwrap_or(address)
    }

    /// The same side, where a check wants a protocol of its own choice.
    pub fn speaking(&self, protocol: Protocol) -> Side {
        Side { protocol, ..self.clone() }
    }

    /// The check's folder on this machine.
    pub fn folder(&self) -> PathBuf {
        self.place.folder.join(&self.dir)
    }

    /// Writes a file of the person's into the check's folder.
    pub fn write(&self, name: &str, content: impl AsRef<[u8]>) {
        let path = self.folder().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).expect("a folder");
        self.hand_over(path.parent().unwrap());
        std::fs::write(&path, content).expect("a file");
        self.hand_over(&path);
    }

    /// Makes a file or folder the person's.
    pub fn hand_over(&self, path: &std::path::Path) {
        if rustix::process::geteuid().is_root() {
            own(path);
        }
    }

    /// A name of a session that no other has.
    pub fn new_session() -> String {
        format!("fidelity-{}-{}", std::process::id(), SESSIONS.fetch_add(1, Ordering::Relaxed))
    }

    /// A kernel that runs; others have used it and will use it.
    pub async fn shared_kernel(&self) -> String {
        let idle = self.place.idle.lock().unwrap().pop();
        let id = match idle {
            Some(id) => id,
            None => self.start_kernel().await,
        };
        self.lent.lock().unwrap().push(id.clone());
        id
    }

    /// A kernel of the check's own.
    pub async fn own_kernel(&self) -> String {
        let id = self.start_kernel().await;
        self.own.lock().unwrap().push(id.clone());
        id
    }

    /// A kernel that the check has started by other means is ended after it.
    pub fn owns(&self, id: &str) {
        self.own.lock().unwrap().push(id.to_owned());
    }

    async fn start_kernel(&self) -> String {
        let answer: Answer = self.post("/api/kernels", &json!({ "name": self.place.kernelspec })).await;
        assert_eq!(answer.status, 201, "a kernel starts: {}", answer.body);
        answer.body["id"].as_str().expect("an id").to_owned()
    }

    /// After the check: its kernels end; those it was lent go back, if it came to its end.
    pub async fn give_back(&self, fine: bool) {
        let lent = std::mem::take(&mut *self.lent.lock().unwrap());
        let mut ended = std::mem::take(&mut *self.own.lock().unwrap());
        if fine {
            self.place.idle.lock().unwrap().extend(lent);
        } else {
            ended.extend(lent);
        }
        for id in ended {
            let delete = self.place.http.delete(format!("{}/api/kernels/{id}", self.place.base));
            let _ = delete.header("Authorization", format!("token {}", self.place.token)).send().await;
        }
    }
}
