//! A client of a Jupyter server that works as a browser does: by REST and a kernel's websocket.
//!
//! Messages follow "Messaging in Jupyter" (jupyter_client's documentation, version 5.3), in either of the websocket
//! formats of Jupyter Server (see [`crate::frames`]).

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::ClientRequestBuilder;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream};

use crate::frames::{Frame, Message, Protocol, V1};

/// How long a cell may take.
const PATIENCE: Duration = Duration::from_secs(60);

/// A server and its token.
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
    /// The protocol.
    pub protocol: Protocol,
    session: String,
    server: Server,
    socket: WebSocketStream<MaybeTlsStream<TcpStream>>,
}

/// The result of a cell.
#[derive(Debug, Default)]
pub struct Output {
    /// The printed text of both streams.
    pub text: String,
    /// The MIME types of the displayed values.
    pub displayed: Vec<String>,
    /// The error's name and text, if the cell failed.
    pub error: Option<String>,
    /// The number of stream messages.
    pub messages: usize,
}

#[allow(clippy::expect_used)]
impl Server {
    /// The server behind an address such as `http://127.0.0.1:1234/lab?token=…`.
    ///
    /// # Panics
    /// If the address has another form.
    pub fn at(url: &str) -> Server {
        let (base, rest) = url.split_once("/lab").expect("an address of JupyterLab");
        let token = rest.split_once("token=").expect("a token").1.to_owned();
        Server::new(base, &token)
    }

    /// The server at `base` with this token.
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
    /// If there is no answer.
    pub async fn get(&self, path: &str) -> (u16, Value) {
        answer(self.request(reqwest::Method::GET, path)).await
    }

    /// The text of a GET.
    ///
    /// # Panics
    /// If there is no answer.
    pub async fn text(&self, path: &str) -> String {
        let answer = self.request(reqwest::Method::GET, path).send().await.expect("an answer");
        answer.text().await.expect("its text")
    }

    /// The status and body of a POST.
    ///
    /// # Panics
    /// If there is no answer.
    pub async fn post(&self, path: &str, body: &Value) -> (u16, Value) {
        answer(self.request(reqwest::Method::POST, path).json(body)).await
    }

    /// The status and body of a PUT.
    ///
    /// # Panics
    /// If there is no answer.
    pub async fn put(&self, path: &str, body: &Value) -> (u16, Value) {
        answer(self.request(reqwest::Method::PUT, path).json(body)).await
    }

    /// The status of a DELETE.
    ///
    /// # Panics
    /// If there is no answer.
    pub async fn delete(&self, path: &str) -> u16 {
        answer(self.request(reqwest::Method::DELETE, path)).await.0
    }

    /// What a cell prints in a new kernel, for a notebook of its own.
    ///
    /// # Panics
    /// If the kernel does not start, or the cell fails.
    #[allow(clippy::unwrap_used)]
    pub async fn printed(&self, kernelspec: &str, code: &str) -> String {
        static NOTEBOOKS: AtomicUsize = AtomicUsize::new(0);
        let notebook = format!("new-{}.ipynb", NOTEBOOKS.fetch_add(1, Ordering::Relaxed));
        let mut kernel = self.start(kernelspec, &notebook).await.unwrap();
        let output = kernel.execute(code).await;
        assert_eq!(output.error, None, "{code}: {}", output.text);
        output.text.trim().to_owned()
    }

    /// Starts a kernel for a notebook, as JupyterLab does.
    ///
    /// # Errors
    /// The message that JupyterLab would show.
    pub async fn start(&self, kernelspec: &str, notebook: &str) -> Result<Kernel, String> {
        let id = self.start_unheard(kernelspec, notebook).await?;
        Ok(self.connect(&id).await)
    }

    /// Starts a kernel for a notebook without listening to it; answers with its id.
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

    /// Opens the websocket of a running kernel.
    ///
    /// # Panics
    /// If it cannot be opened.
    pub async fn connect(&self, id: &str) -> Kernel {
        self.connect_as(id, Protocol::Legacy, "test").await
    }

    /// Opens the websocket of a running kernel, as a page with this session and protocol.
    ///
    /// # Panics
    /// If it cannot be opened.
    pub async fn connect_as(&self, id: &str, protocol: Protocol, session: &str) -> Kernel {
        match self.try_connect(id, protocol, session).await {
            Ok(kernel) => kernel,
            Err(error) => panic!("the kernel's websocket is not opened: {error}"),
        }
    }

    /// The same, for a websocket that may be refused.
    ///
    /// # Errors
    /// The reason of the refusal.
    pub async fn try_connect(&self, id: &str, protocol: Protocol, session: &str) -> Result<Kernel, String> {
        let address = self.base.replacen("http", "ws", 1);
        let url = format!("{address}/api/kernels/{id}/channels?token={}&session_id={session}", self.token);
        let mut request = ClientRequestBuilder::new(url.parse().expect("an address"));
        if protocol == Protocol::V1 {
            request = request.with_sub_protocol(V1);
        }
        // A browser has no limit either.
        let config = WebSocketConfig::default().max_message_size(None).max_frame_size(None);
        let opened = tokio_tungstenite::connect_async_with_config(request, Some(config), true).await;
        let (socket, _) = opened.map_err(|error| error.to_string())?;
        Ok(Kernel { id: id.to_owned(), protocol, session: session.to_owned(), server: self.clone(), socket })
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
    /// If it does not end in time.
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
    /// If the websocket is closed.
    pub async fn send(&mut self, code: &str) -> String {
        let content = json!({ "code": code, "silent": false, "store_history": false, "user_expressions": {},
                              "allow_stdin": false, "stop_on_error": true });
        let message = Message::new("shell", "execute_request", content);
        self.send_message(&message).await;
        message.id().to_owned()
    }

    /// Sends a message.
    ///
    /// # Panics
    /// If the websocket is closed.
    pub async fn send_message(&mut self, message: &Message) {
        self.send_frame(message.frame(self.protocol)).await;
    }

    /// Sends any frame.
    ///
    /// # Panics
    /// If the websocket is closed.
    pub async fn send_frame(&mut self, frame: Frame) {
        self.socket.send(frame).await.expect("the message is sent");
    }

    /// The next message of any channel.
    ///
    /// # Panics
    /// If the websocket closes, or the frame is not a message.
    pub async fn next(&mut self) -> Message {
        loop {
            let frame = self.socket.next().await.expect("the websocket stays open").expect("a message");
            match Message::read(&frame, self.protocol) {
                Ok(Some(message)) => return message,
                Ok(None) => {}
                Err(error) => panic!("the frame is not a message: {error}"),
            }
        }
    }

    /// Sends a cell and waits until the kernel works on it; answers with the message's id.
    ///
    /// # Panics
    /// If the websocket closes first, or the kernel does not begin in time.
    pub async fn begin(&mut self, code: &str) -> String {
        let sent = self.send(code).await;
        let begun = async {
            loop {
                let message = self.next().await;
                if message.parent() == sent && message.content["execution_state"] == "busy" {
                    break;
                }
            }
        };
        if tokio::time::timeout(PATIENCE, begun).await.is_err() {
            panic!("the cell did not begin: {code}");
        }
        sent
    }

    /// The result of the cell with this message id, once the kernel has replied and is idle again.
    ///
    /// # Panics
    /// If the websocket closes first.
    pub async fn outcome(&mut self, sent: &str) -> Output {
        let mut output = Output::default();
        self.each_of(sent, |message| output.add(&message)).await;
        output
    }

    /// All messages that belong to this one, until the kernel has replied and is idle again.
    ///
    /// # Panics
    /// If the websocket closes first, or that takes too long.
    pub async fn answers(&mut self, sent: &str) -> Vec<Message> {
        let mut answers = Vec::new();
        match tokio::time::timeout(PATIENCE, self.each_of(sent, |message| answers.push(message))).await {
            Ok(()) => answers,
            Err(_) => panic!("no end; the last: {:?}", answers.last()),
        }
    }

    async fn each_of(&mut self, sent: &str, mut each: impl FnMut(Message)) {
        let (mut replied, mut idle) = (false, false);
        while !(replied && idle) {
            let message = self.next().await;
            if message.parent() == sent {
                idle |= message.kind() == "status" && message.content["execution_state"] == "idle";
                replied |= message.channel == "shell" && message.kind().ends_with("_reply");
                each(message);
            }
        }
    }

    /// Interrupts it.
    ///
    /// # Panics
    /// If the server refuses.
    pub async fn interrupt(&self) {
        let (status, answer) = self.server.post(&format!("/api/kernels/{}/interrupt", self.id), &json!({})).await;
        assert_eq!(status, 204, "{answer}");
    }

    /// Restarts it and opens its websocket anew.
    ///
    /// # Panics
    /// If the server refuses.
    pub async fn restart(self) -> Kernel {
        let (status, answer) = self.server.post(&format!("/api/kernels/{}/restart", self.id), &json!({})).await;
        assert_eq!(status, 200, "{answer}");
        self.server.connect_as(&self.id, self.protocol, &self.session).await
    }
}

impl Output {
    fn add(&mut self, message: &Message) {
        let content = &message.content;
        match message.kind() {
            "stream" => {
                self.messages += 1;
                self.text.push_str(content["text"].as_str().unwrap_or_default());
            }
            "display_data" | "execute_result" => {
                let kinds = content["data"].as_object().into_iter().flat_map(|data| data.keys().cloned());
                self.displayed.extend(kinds);
            }
            "error" => self.error = Some(format!("{}: {}", content["ename"], content["evalue"])),
            _ => {}
        }
    }
}
