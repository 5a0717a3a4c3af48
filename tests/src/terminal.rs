//! A client of a server's terminals that works as a browser does.

use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::Message as Frame;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream};

use crate::jupyter::Server;

/// How long a command may take.
const PATIENCE: Duration = Duration::from_secs(60);

/// A terminal that is open.
pub struct Terminal {
    /// Its name in the server's list.
    pub name: String,
    socket: WebSocketStream<MaybeTlsStream<TcpStream>>,
}

#[allow(clippy::expect_used)]
impl Terminal {
    /// Opens a terminal in the server's container.
    ///
    /// # Panics
    /// If the server refuses.
    pub async fn open(server: &Server) -> Terminal {
        let (status, made) = server.post("/api/terminals", &json!({})).await;
        assert_eq!(status, 200, "{made}");
        Terminal::at(server, made["name"].as_str().expect("its name")).await
    }

    /// Opens a terminal in a kernel's container.
    ///
    /// # Errors
    /// The status and the message of the server.
    pub async fn in_kernel(server: &Server, kernel: &str) -> Result<Terminal, (u16, String)> {
        let (status, answer) = server.post("/api/orchest/terminals", &json!({ "kernel": kernel })).await;
        match answer["name"].as_str() {
            Some(name) if status == 200 => Ok(Terminal::at(server, name).await),
            _ => Err((status, answer["message"].as_str().unwrap_or_default().to_owned())),
        }
    }

    /// Connects to an existing terminal.
    ///
    /// # Panics
    /// If it cannot be opened.
    pub async fn at(server: &Server, name: &str) -> Terminal {
        let address = server.base.replacen("http", "ws", 1);
        let url = format!("{address}/terminals/websocket/{name}?token={}", server.token);
        let (socket, _) = tokio_tungstenite::connect_async(url).await.expect("the terminal's websocket");
        Terminal { name: name.to_owned(), socket }
    }

    /// Types this text.
    ///
    /// # Panics
    /// If the websocket is closed.
    pub async fn type_in(&mut self, text: &str) {
        self.socket.send(Frame::text(json!(["stdin", text]).to_string())).await.expect("it is typed");
    }

    /// Sets its size.
    ///
    /// # Panics
    /// If the websocket is closed.
    pub async fn resize(&mut self, rows: u16, columns: u16) {
        self.socket.send(Frame::text(json!(["set_size", rows, columns, 0, 0]).to_string())).await.expect("a size");
    }

    /// Everything shown until this text appears.
    ///
    /// # Panics
    /// If the text does not appear.
    pub async fn until(&mut self, words: &str) -> String {
        let mut shown = String::new();
        while !shown.contains(words) {
            let message = match tokio::time::timeout(PATIENCE, self.next()).await {
                Ok(Some(message)) => message,
                Ok(None) => panic!("it closed before {words:?}, after {shown:?}"),
                Err(_) => panic!("{words:?} is not shown, but {shown:?}"),
            };
            if message[0] == "stdout" {
                shown.push_str(message[1].as_str().unwrap_or_default());
            }
        }
        shown
    }

    /// The output of a command. Its end is marked by a text that the typed line does not show.
    ///
    /// # Panics
    /// If it does not end.
    pub async fn run(&mut self, command: &str) -> String {
        self.type_in(&format!("printf 'beg''in\\n'; {command}; printf 'e''nd\\n'\r")).await;
        let shown = self.until("end\r\n").await;
        let from = shown.rfind("begin\r\n").expect("the command began") + 7;
        shown[from..].split("end\r\n").next().unwrap_or_default().replace('\r', "")
    }

    /// Waits until the server reports its end.
    ///
    /// # Panics
    /// If it does not.
    pub async fn closed(&mut self) {
        let closed = async { while self.next().await.is_some_and(|message| message[0] != "disconnect") {} };
        assert!(tokio::time::timeout(PATIENCE, closed).await.is_ok(), "the terminal does not close");
    }

    async fn next(&mut self) -> Option<Value> {
        loop {
            if let Frame::Text(text) = self.socket.next().await?.ok()? {
                return serde_json::from_str(&text).ok();
            }
        }
    }
}
