//! A client of a Jupyter server that does what a browser does: REST and a kernel's websocket.
//!
//! Messages follow "Messaging in Jupyter" (jupyter_client's documentation, version 5.3), in the default
//! websocket format of Jupyter Server: one JSON object a message, with its channel.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream};

/// How long a cell may take.
const PATIENCE: Duration = Duration::from_secs(60);

/// How many messages were sent: a message's id is its own, also on another websocket.
static SENT: AtomicUsize = AtomicUsize::new(0);

/// A server and the token it wants.
#[derive(Clone)]
pub struct Server {
    /// `http://127.0.0.1:PORT`.
    pub base: String,
    /// Its token.
    pub token: String,
    client: reqwest::Client,
}

/// A kernel with an open websocket.
pub struct Kernel {
    /// Jupyter's id.
    pub id: String,
    server: Server,
    socket: WebSocketStream<MaybeTlsStream<TcpStream>>,
}

/// What a cell gave.
#[derive(Debug, Default)]
pub struct Output {
    /// What it printed, both streams.
    pub text: String,
    /// The MIME types of what it displayed.
    pub displayed: Vec<String>,
    /// The error's name and text, where it failed.
    pub error: Option<String>,
    /// How many stream messages came.
    pub messages: usize,
}

#[allow(clippy::expect_used)]
impl Server {
    /// The server behind an address such as `http://127.0.0.1:1234/lab?token=…`.
    ///
    /// # Panics
    /// Where the address is not of that form.
    pub fn at(url: &str) -> Server {
        let (base, rest) = url.split_once("/lab").expect("an address of JupyterLab");
        let token = rest.split_once("token=").expect("a token").1.to_owned();
        Server::new(base, &token)
    }

    /// The server at `base` that wants `token`.
    pub fn new(base: &str, token: &str) -> Server {
        let client = reqwest::Client::builder().no_proxy().timeout(PATIENCE).build().expect("a client");
        Server { base: base.to_owned(), token: token.to_owned(), client }
    }

    fn request(&self, method: reqwest::Method, path: &str) -> reqwest::RequestBuilder {
        self.client
            .request(method, format!("{}{path}", self.base))
            .header("Authorization", format!("token {}", self.token))
    }

    /// The status and body of a GET.
    ///
    /// # Panics
    /// Where there is no answer.
    pub async fn get(&self, path: &str) -> (u16, Value) {
        answer(self.request(reqwest::Method::GET, path)).await
    }

    /// The status and body of a POST.
    ///
    /// # Panics
    /// Where there is no answer.
    pub async fn post(&self, path: &str, body: &Value) -> (u16, Value) {
        answer(self.request(reqwest::Method::POST, path).json(body)).await
    }

    /// The status of a DELETE.
    ///
    /// # Panics
    /// Where there is no answer.
    pub async fn delete(&self, path: &str) -> u16 {
        answer(self.request(reqwest::Method::DELETE, path)).await.0
    }

    /// Starts a kernel for a notebook, as JupyterLab does.
    ///
    /// # Errors
    /// The message that JupyterLab would show.
    pub async fn start(&self, kernelspec: &str, notebook: &str) -> Result<Kernel, String> {
        let id = self.start_unheard(kernelspec, notebook).await?;
        Ok(self.connect(&id).await)
    }

    /// Starts a kernel for a notebook, and neither listens to it nor asks it anything; answers with its id.
    ///
    /// # Errors
    /// The message that JupyterLab would show.
    pub async fn start_unheard(&self, kernelspec: &str, notebook: &str) -> Result<String, String> {
        let body = json!({ "name": notebook, "path": notebook, "type": "notebook", "kernel": { "name": kernelspec } });
        let (status, answer) = self.post("/api/sessions", &body).await;
        if status != 201 {
            return Err(answer["message"].as_str().unwrap_or_default().to_owned());
        }
        Ok(answer["kernel"]["id"].as_str().expect("a kernel id").to_owned())
    }

    /// Opens the websocket of a kernel that runs.
    ///
    /// # Panics
    /// Where it cannot be opened.
    pub async fn connect(&self, id: &str) -> Kernel {
        let address = self.base.replacen("http", "ws", 1);
        let url = format!("{address}/api/kernels/{id}/channels?token={}&session_id=test", self.token);
        let config = tokio_tungstenite::tungstenite::protocol::WebSocketConfig::default();
        let (socket, _) = tokio_tungstenite::connect_async_with_config(url, Some(config), true)
            .await
            .expect("the kernel's websocket");
        Kernel { id: id.to_owned(), server: self.clone(), socket }
    }
}

async fn answer(request: reqwest::RequestBuilder) -> (u16, Value) {
    let answer = match request.send().await {
        Ok(answer) => answer,
        Err(error) => panic!("no answer: {}", error.without_url()),
    };
    let status = answer.status().as_u16();
    let body = answer.text().await.unwrap_or_default();
    (status, serde_json::from_str(&body).unwrap_or(Value::String(body)))
}

#[allow(clippy::expect_used)]
impl Kernel {
    /// Executes a cell and waits for its end.
    ///
    /// # Panics
    /// Where it does not end in time.
    pub async fn execute(&mut self, code: &str) -> Output {
        let sent = self.send(code).await;
        match tokio::time::timeout(PATIENCE, self.outcome(&sent)).await {
            Ok(output) => output,
            Err(_) => panic!("the cell did not end: {code}"),
        }
    }

    /// Sends a cell; answers with the message's id.
    ///
    /// # Panics
    /// Where the websocket is closed.
    pub async fn send(&mut self, code: &str) -> String {
        let id = format!("{}-{}", self.id, SENT.fetch_add(1, Ordering::Relaxed));
        let message = json!({
            "channel": "shell",
            "header": { "msg_id": id, "msg_type": "execute_request", "username": "test", "session": "test",
                        "date": "2026-01-01T00:00:00.000Z", "version": "5.3" },
            "parent_header": {}, "metadata": {}, "buffers": [],
            "content": { "code": code, "silent": false, "store_history": false, "user_expressions": {},
                         "allow_stdin": false, "stop_on_error": true },
        });
        self.socket.send(Message::text(message.to_string())).await.expect("the message is sent");
        id
    }

    /// Sends a cell and waits until the kernel is at work on it; answers with the message's id.
    ///
    /// # Panics
    /// Where the websocket closes first, or the kernel does not begin in time.
    pub async fn begin(&mut self, code: &str) -> String {
        let sent = self.send(code).await;
        let begun = async {
            loop {
                let message = self.socket.next().await.expect("the websocket stays open").expect("a message");
                let Message::Text(text) = message else { continue };
                let message: Value = serde_json::from_str(&text).expect("a message in JSON");
                if message["parent_header"]["msg_id"] == sent.as_str()
                    && message["content"]["execution_state"] == "busy"
                {
                    break;
                }
            }
        };
        if tokio::time::timeout(PATIENCE, begun).await.is_err() {
            panic!("the cell did not begin: {code}");
        }
        sent
    }

    /// What the cell with this message id gives, once the kernel has replied and is idle again.
    ///
    /// # Panics
    /// Where the websocket closes first.
    pub async fn outcome(&mut self, sent: &str) -> Output {
        let mut output = Output::default();
        let (mut replied, mut idle) = (false, false);
        while !(replied && idle) {
            let message = self.socket.next().await.expect("the websocket stays open").expect("a message");
            let Message::Text(text) = message else { continue };
            let message: Value = serde_json::from_str(&text).expect("a message in JSON");
            if message["parent_header"]["msg_id"] != sent {
                continue;
            }
            let content = &message["content"];
            match message["header"]["msg_type"].as_str().unwrap_or_default() {
                "stream" => {
                    output.messages += 1;
                    output.text.push_str(content["text"].as_str().unwrap_or_default());
                }
                "display_data" | "execute_result" => {
                    let kinds = content["data"].as_object().into_iter().flat_map(|data| data.keys().cloned());
                    output.displayed.extend(kinds);
                }
                "error" => output.error = Some(format!("{}: {}", content["ename"], content["evalue"])),
                "status" => idle |= content["execution_state"] == "idle",
                "execute_reply" => replied = true,
                _ => {}
            }
        }
        output
    }

    /// Interrupts it.
    ///
    /// # Panics
    /// Where the server refuses.
    pub async fn interrupt(&self) {
        let (status, answer) = self.server.post(&format!("/api/kernels/{}/interrupt", self.id), &json!({})).await;
        assert_eq!(status, 204, "{answer}");
    }

    /// Restarts it and opens its websocket anew.
    ///
    /// # Panics
    /// Where the server refuses.
    pub async fn restart(self) -> Kernel {
        let (status, answer) = self.server.post(&format!("/api/kernels/{}/restart", self.id), &json!({})).await;
        assert_eq!(status, 200, "{answer}");
        self.server.connect(&self.id).await
    }
}
