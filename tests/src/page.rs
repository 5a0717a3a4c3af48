//! A page that stays open while its kernel ends: it reads all messages, and reconnects when it is disconnected or the
//! kernel restarts, as JupyterLab does. It sends nothing before the kernel has described itself or is reported dead.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream};

use crate::jupyter::Server;

/// The time limit of each wait.
const PATIENCE: Duration = Duration::from_secs(180);

/// The count of pages and cells so far: each has an id of its own.
static COUNT: AtomicUsize = AtomicUsize::new(0);

/// A page's view of a cell, until an end of it.
#[derive(Debug, Default)]
pub struct Seen {
    /// The printed text of both streams.
    pub text: String,
    /// The name of its error.
    pub error: Option<String>,
    /// The reported states of the kernel, for any kernel and cell.
    pub states: Vec<String>,
}

/// A page with one kernel.
pub struct Page {
    server: Server,
    kernel: String,
    session: String,
    socket: Socket,
    /// The kernel was reported dead when the page connected.
    dead: Option<Value>,
}

type Socket = WebSocketStream<MaybeTlsStream<TcpStream>>;

#[allow(clippy::expect_used)]
impl Page {
    /// Opens a kernel's websocket.
    ///
    /// # Panics
    /// If it cannot be opened.
    pub async fn open(server: &Server, kernel: &str) -> Page {
        let (server, kernel) = (server.clone(), kernel.to_owned());
        let session = format!("page-{}", COUNT.fetch_add(1, Ordering::Relaxed));
        let (socket, dead) = connect(&server, &kernel, &session).await;
        Page { server, kernel, session, socket, dead }
    }

    /// Runs a cell until it ends.
    ///
    /// # Panics
    /// If it does not end.
    pub async fn run(&mut self, code: &str) -> Seen {
        let sent = self.send(code).await;
        self.until_idle(&sent).await
    }

    /// Sends a cell; answers with its id.
    ///
    /// # Panics
    /// If the websocket is closed.
    pub async fn send(&mut self, code: &str) -> String {
        let content = json!({ "code": code, "silent": false, "store_history": false, "user_expressions": {},
                              "allow_stdin": false, "stop_on_error": true });
        let (id, message) = request("execute_request", &self.session, &content);
        self.socket.send(message).await.expect("the message is sent");
        id
    }

    /// The page's view of the cell with this id until it ends.
    ///
    /// # Panics
    /// If it does not end.
    pub async fn until_idle(&mut self, cell: &str) -> Seen {
        let (mut replied, mut idle) = (false, false);
        self.until("the cell's end", cell, |message| {
            let of_it = message["parent_header"]["msg_id"] == cell;
            replied |= of_it && message["channel"] == "shell";
            idle |= of_it && message["content"]["execution_state"] == "idle";
            replied && idle
        })
        .await
    }

    /// The page's view of the cell with this id until the kernel has this state.
    ///
    /// # Panics
    /// If that state is not reported.
    pub async fn until_state(&mut self, state: &str, cell: &str) -> Seen {
        self.until(state, cell, |message| message["content"]["execution_state"] == state).await
    }

    /// The page's view of the cell with this id until its text contains this one.
    ///
    /// # Panics
    /// If that text does not come.
    pub async fn until_text(&mut self, text: &str, cell: &str) -> Seen {
        self.until(text, cell, |message| message["content"]["text"].as_str().unwrap_or_default().contains(text)).await
    }

    async fn until(&mut self, what: &str, cell: &str, mut ends: impl FnMut(&Value) -> bool) -> Seen {
        let mut seen = Seen::default();
        let reading = async {
            loop {
                let message = match self.dead.take() {
                    Some(dead) => dead,
                    None => match self.socket.next().await {
                        Some(Ok(Message::Text(text))) => serde_json::from_str(&text).expect("a message in JSON"),
                        Some(Ok(_)) => continue,
                        _ => {
                            (self.socket, self.dead) = connect(&self.server, &self.kernel, &self.session).await;
                            continue;
                        }
                    },
                };
                let (kind, content) = (message["header"]["msg_type"].as_str().unwrap_or_default(), &message["content"]);
                match kind {
                    "status" => seen.states.push(content["execution_state"].as_str().unwrap_or_default().to_owned()),
                    _ if message["parent_header"]["msg_id"] != cell => {}
                    "stream" => seen.text.push_str(content["text"].as_str().unwrap_or_default()),
                    "error" => seen.error = content["ename"].as_str().map(str::to_owned),
                    _ => {}
                }
                let ended = ends(&message);
                if content["execution_state"] == "restarting" {
                    (self.socket, self.dead) = connect(&self.server, &self.kernel, &self.session).await;
                }
                if ended {
                    return;
                }
            }
        };
        if tokio::time::timeout(PATIENCE, reading).await.is_err() {
            panic!("no {what}; seen: {seen:?}");
        }
        seen
    }
}

/// A request on the shell channel, with its id.
fn request(kind: &str, session: &str, content: &Value) -> (String, Message) {
    let id = format!("{session}-{}", COUNT.fetch_add(1, Ordering::Relaxed));
    let message = json!({
        "channel": "shell",
        "header": { "msg_id": id, "msg_type": kind, "username": "test", "session": session,
                    "date": "2026-01-01T00:00:00.000Z", "version": "5.3" },
        "parent_header": {}, "metadata": {}, "buffers": [], "content": content,
    });
    (id, Message::text(message.to_string()))
}

#[allow(clippy::expect_used)]
async fn connect(server: &Server, kernel: &str, session: &str) -> (Socket, Option<Value>) {
    let address = server.base.replacen("http", "ws", 1);
    let url = format!("{address}/api/kernels/{kernel}/channels?token={}&session_id={session}", server.token);
    loop {
        let mut socket = tokio_tungstenite::connect_async(&url).await.expect("the kernel's websocket").0;
        let (id, question) = request("kernel_info_request", session, &json!({}));
        socket.send(question).await.expect("the message is sent");
        while let Some(Ok(frame)) = socket.next().await {
            let Message::Text(text) = frame else { continue };
            let message: Value = serde_json::from_str(&text).expect("a message in JSON");
            let answered = message["channel"] == "shell" && message["parent_header"]["msg_id"] == id.as_str();
            if message["content"]["execution_state"] == "dead" {
                return (socket, Some(message));
            }
            if answered {
                return (socket, None);
            }
        }
    }
}
