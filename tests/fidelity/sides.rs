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

/// One side, shared by all checks.
pub struct Place {
    /// Whether it is the launch.
    pub ours: bool,
    /// `http://127.0.0.1:PORT`.
    pub base: String,
    pub token: String,
    /// The served folder on this machine.
    pub folder: PathBuf,
    /// The kernelspec for Python.
    pub kernelspec: &'static str,
    pub http: reqwest::Client,
    /// Running kernels that no check uses now.
    idle: Mutex<Vec<String>>,
}

/// Both sides and their home.
pub struct Pair {
    pub plain: Arc<Place>,
    pub launch: Arc<Place>,
    app: App,
    id: String,
    /// Dropped by hand, because a static value is never dropped.
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

    /// The image of the plain server's container.
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

/// A folder that belongs to an ordinary user, if root runs the tests: root may do things that a person may not.
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

/// One side, as one check sees it: kernels that the check borrows or starts are given back or ended after it.
#[derive(Clone)]
pub struct Side {
    pub place: Arc<Place>,
    pub protocol: Protocol,
    /// A folder of this check only, relative to the served one.
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

    /// An address of this machine in a page's form: a launch has all its addresses below a path.
    pub fn own_address<'a>(&self, address: &'a str) -> &'a str {
        let host = self.place.base.trim_start_matches("http://");
        let path = host.find('/').map_or("", |start| &host[start..]);
        address.strip_prefix(path).unwrap_or(address)
    }

    /// The same side, for a check that chooses its protocol.
    pub fn speaking(&self, protocol: Protocol) -> Side {
        Side { protocol, ..self.clone() }
    }

    /// The check's folder on this machine.
    pub fn folder(&self) -> PathBuf {
        self.place.folder.join(&self.dir)
    }

    /// Writes a file into the check's folder, as the person.
    pub fn write(&self, name: &str, content: impl AsRef<[u8]>) {
        let path = self.folder().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).expect("a folder");
        self.hand_over(path.parent().unwrap());
        std::fs::write(&path, content).expect("a file");
        self.hand_over(&path);
    }

    /// Gives a file or folder to the person.
    pub fn hand_over(&self, path: &std::path::Path) {
        if rustix::process::geteuid().is_root() {
            own(path);
        }
    }

    /// A unique name for a session.
    pub fn new_session() -> String {
        format!("fidelity-{}-{}", std::process::id(), SESSIONS.fetch_add(1, Ordering::Relaxed))
    }

    /// A running kernel that several checks use. It keeps nothing of the check before: one side's kernel may have had
    /// other checks than the other side's.
    pub async fn shared_kernel(&self) -> String {
        let idle = self.place.idle.lock().unwrap().pop();
        let id = match idle {
            Some(id) => {
                self.connect(&id, &Side::new_session()).await.forget().await;
                id
            }
            None => self.start_kernel().await,
        };
        self.lent.lock().unwrap().push(id.clone());
        id
    }

    /// A kernel for this check only.
    pub async fn own_kernel(&self) -> String {
        let id = self.start_kernel().await;
        self.own.lock().unwrap().push(id.clone());
        id
    }

    /// Ends a kernel after the check, if the check started it by other means.
    pub fn owns(&self, id: &str) {
        self.own.lock().unwrap().push(id.to_owned());
    }

    async fn start_kernel(&self) -> String {
        let answer: Answer = self.post("/api/kernels", &json!({ "name": self.place.kernelspec })).await;
        assert_eq!(answer.status, 201, "a kernel starts: {}", answer.body);
        answer.body["id"].as_str().expect("an id").to_owned()
    }

    /// After the check: its own kernels end, and borrowed ones are given back if the check came to its end.
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
