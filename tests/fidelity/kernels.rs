//! A page's connection to a kernel: the messages that it sends and gets.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::tungstenite::{self, Message as Frame};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream};

use crate::client::{Message, Protocol};
use crate::sides::Side;

/// The longest wait for any message.
const SILENCE: Duration = Duration::from_secs(60);
/// Larger than any message here.
const LARGEST: usize = 256 << 20;

/// What [`Page::forget`] runs. The next assignment to a name would otherwise close the comm that it named.
const FORGET: &str = "\
from comm import get_comm_manager
for one in list(get_comm_manager().comms.values()): one.close()
get_ipython().reset(new_session=False)
";

static SENT: AtomicUsize = AtomicUsize::new(0);

/// The connection of one page.
pub struct Page {
    pub kernel: String,
    pub session: String,
    pub socket: WebSocketStream<MaybeTlsStream<TcpStream>>,
    protocol: Protocol,
    /// Messages that came too early, for later.
    pub unheard: Vec<Message>,
}

/// The answers to one request.
pub struct Run {
    pub messages: Vec<Message>,
}

impl Side {
    /// A page with a shared kernel, ready as in JupyterLab: the kernel has described itself.
    pub async fn page(&self) -> Page {
        let kernel = self.shared_kernel().await;
        self.page_of(&kernel).await
    }

    /// A page with a kernel of its own.
    pub async fn own_page(&self) -> Page {
        let kernel = self.own_kernel().await;
        self.page_of(&kernel).await
    }

    /// A page of a running kernel.
    pub async fn page_of(&self, kernel: &str) -> Page {
        let mut page = self.connect(kernel, &Side::new_session()).await;
        page.ask("shell", "kernel_info_request", json!({})).await;
        page
    }

    /// Opens the websocket and sends nothing.
    pub async fn connect(&self, kernel: &str, session: &str) -> Page {
        self.try_connect(kernel, session).await.unwrap_or_else(|error| panic!("no websocket: {error}"))
    }

    /// Opens the websocket, if the server accepts it.
    pub async fn try_connect(&self, kernel: &str, session: &str) -> Result<Page, tungstenite::Error> {
        let address = self.place.base.replacen("http", "ws", 1);
        let url = format!("{address}/api/kernels/{kernel}/channels?session_id={session}&token={}", self.place.token);
        let mut request = url.into_client_request()?;
        if let Some(offered) = self.protocol.offered() {
            request.headers_mut().insert("Sec-WebSocket-Protocol", offered.parse().unwrap());
        }
        let config = WebSocketConfig::default().max_message_size(Some(LARGEST)).max_frame_size(Some(LARGEST));
        let (socket, _) = tokio_tungstenite::connect_async_with_config(request, Some(config), true).await?;
        Ok(Page {
            kernel: kernel.to_owned(),
            session: session.to_owned(),
            socket,
            protocol: self.protocol,
            unheard: vec![],
        })
    }
}

/// An `execute_request` as JupyterLab sends it.
pub fn cell(code: &str) -> Value {
    json!({ "code": code, "silent": false, "store_history": false, "user_expressions": {}, "allow_stdin": false,
            "stop_on_error": true })
}

impl Page {
    /// A new message of this page's.
    pub fn message(&self, channel: &str, kind: &str, content: Value) -> Message {
        let id = format!("{}-{}", self.session, SENT.fetch_add(1, Ordering::Relaxed));
        let header = json!({ "msg_id": id, "msg_type": kind, "username": "person", "session": self.session,
                             "date": "2026-01-01T00:00:00.000Z", "version": "5.3" });
        let (parent, metadata, buffers) = (json!({}), json!({}), vec![]);
        Message { channel: channel.to_owned(), header, parent, metadata, content, buffers }
    }

    /// Sends a message; answers with its id.
    pub async fn post(&mut self, message: Message) -> String {
        let id = message.header["msg_id"].as_str().unwrap().to_owned();
        let frame = message.frame(self.protocol);
        self.socket.send(frame).await.unwrap_or_else(|error| panic!("not sent: {error}"));
        id
    }

    pub async fn send(&mut self, channel: &str, kind: &str, content: Value) -> String {
        let message = self.message(channel, kind, content);
        self.post(message).await
    }

    /// The next message of any kind.
    pub async fn next(&mut self) -> Message {
        match self.next_within(SILENCE).await {
            Some(message) => message,
            None => panic!("nothing came for {} s", SILENCE.as_secs()),
        }
    }

    /// The next message, if one comes in time.
    pub async fn next_within(&mut self, time: Duration) -> Option<Message> {
        // The server's pings are not messages.
        let until = tokio::time::Instant::now() + time;
        loop {
            let frame = tokio::time::timeout_at(until, self.socket.next()).await.ok()?;
            let frame = match frame {
                Some(Ok(Frame::Close(close))) => panic!("the server closed the websocket: {close:?}"),
                Some(Ok(frame)) => frame,
                Some(Err(error)) => panic!("the websocket broke: {error}"),
                None => panic!("the websocket ended"),
            };
            if let Some(message) = Message::from_frame(frame, self.protocol) {
                return Some(message);
            }
        }
    }

    /// Reads messages until one matches; that one is the last.
    pub async fn until(&mut self, wanted: impl Fn(&Message) -> bool) -> Vec<Message> {
        let mut heard = Vec::new();
        loop {
            let message = self.next().await;
            let done = wanted(&message);
            heard.push(message);
            if done {
                return heard;
            }
        }
    }

    /// The answer to a request: its reply and all messages on iopub until the kernel is idle again, each channel in its
    /// order.
    pub async fn outcome(&mut self, id: &str) -> Run {
        let (mut messages, mut replied, mut idle) = (Vec::new(), false, false);
        while !(replied && idle) {
            let message = self.next().await;
            if message.answers(id) {
                replied |= message.channel != "iopub" && message.kind().ends_with("_reply");
                idle |= message.tells("idle");
                messages.push(message);
            }
        }
        Run { messages }
    }

    /// Sends a request, and reads its whole answer.
    pub async fn ask(&mut self, channel: &str, kind: &str, content: Value) -> Run {
        let id = self.send(channel, kind, content).await;
        self.outcome(&id).await
    }

    /// Runs a cell.
    pub async fn run(&mut self, code: &str) -> Run {
        self.ask("shell", "execute_request", cell(code)).await
    }

    /// Makes the kernel forget its variables, and close its comms.
    pub async fn forget(mut self) {
        let mut content = cell(FORGET);
        content["silent"] = json!(true);
        assert_eq!(self.ask("shell", "execute_request", content).await.reply().content["status"], "ok");
    }

    /// Sends a cell and waits until it has printed this line; answers with the request's id.
    pub async fn begin(&mut self, code: &str, line: &str) -> String {
        let id = self.send("shell", "execute_request", cell(code)).await;
        let told = |message: &Message| {
            message.answers(&id) && message.content["text"].as_str().is_some_and(|text| text.contains(line))
        };
        self.until(told).await;
        id
    }
}

impl Run {
    /// Reply and outputs; consecutive prints are joined, as in a notebook.
    pub fn seen(&self) -> Value {
        json!({ "reply": self.reply().seen(), "iopub": seen_of(&self.messages) })
    }

    pub fn reply(&self) -> &Message {
        self.messages.iter().find(|message| message.kind().ends_with("_reply")).expect("a reply")
    }

    /// Everything printed to a stream.
    pub fn text(&self, stream: &str) -> String {
        let printed = self.of("stream").into_iter().filter(|message| message.content["name"] == stream);
        printed.filter_map(|message| message.content["text"].as_str()).collect()
    }

    /// The first message of a kind.
    pub fn first(&self, kind: &str) -> &Message {
        let came = || self.messages.iter().map(Message::kind).collect::<Vec<_>>().join(", ");
        let first = self.messages.iter().find(|message| message.kind() == kind);
        first.unwrap_or_else(|| panic!("no {kind} came, but {}", came()))
    }

    pub fn of(&self, kind: &str) -> Vec<&Message> {
        self.messages.iter().filter(|message| message.kind() == kind).collect()
    }
}

/// The messages of iopub and stdin; consecutive prints are joined.
pub fn seen_of(messages: &[Message]) -> Vec<Value> {
    let mut seen: Vec<Value> = Vec::new();
    for message in messages.iter().filter(|message| matches!(message.channel.as_str(), "iopub" | "stdin")) {
        if message.kind() == "stream"
            && let Some(last) = seen
                .last_mut()
                .filter(|last| last["kind"] == "stream" && last["content"]["name"] == message.content["name"])
        {
            let text = [&last["content"]["text"], &message.content["text"]].map(|text| text.as_str().unwrap_or(""));
            last["content"]["text"] = text.concat().into();
            continue;
        }
        seen.push(message.seen());
    }
    seen
}
