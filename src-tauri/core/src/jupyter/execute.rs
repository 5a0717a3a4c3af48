//! Runs code in a kernel by its websocket, as a page does.
//!
//! Messages follow "Messaging in Jupyter" (jupyter_client's documentation, version 5.3), in the JSON format that Jupyter
//! Server uses where a page offers no other.

use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio_tungstenite::tungstenite::{ClientRequestBuilder, Message};

use crate::jupyter::address::{path, percent_encode};
use crate::jupyter::error::{Error, Result};
use crate::jupyter::server::Server;
use crate::platform::secret::Secret;

/// The longest time that the code of [`Server::execute`] may take.
const ANSWERS_WITHIN: Duration = Duration::from_secs(60);

impl Server {
    /// Runs code in a kernel. Answers with the text of its result and of what it printed.
    pub async fn execute(&self, kernel: &str, code: &str) -> Result<String> {
        let run = self.execute_in_time(kernel, code);
        tokio::time::timeout(ANSWERS_WITHIN, run).await.unwrap_or(Err(Error::Silent { within: ANSWERS_WITHIN }))
    }

    async fn execute_in_time(&self, kernel: &str, code: &str) -> Result<String> {
        let [session, id] = [Secret::random(), Secret::random()];
        let (session, id) = (session.expose(), id.expose());
        let channels = format!("/api/kernels/{}/channels?session_id={session}", percent_encode(kernel));
        let address = format!("ws://{}{}{channels}", self.endpoint.authority(), path(self.token.expose()));
        let address = address.parse().map_err(hyper::http::Error::from)?;
        let request =
            ClientRequestBuilder::new(address).with_header("Authorization", format!("token {}", self.token.expose()));
        let (mut socket, _) = tokio_tungstenite::client_async(request, self.connect().await?).await?;
        socket.send(Message::text(request_of(code, session, id).to_string())).await?;
        let mut output = Output::default();
        while !output.is_done() {
            match socket.next().await {
                Some(Ok(Message::Text(text))) => {
                    let message: Value = serde_json::from_str(&text).map_err(|_| Error::NotJson)?;
                    if message["parent_header"]["msg_id"] == id {
                        output.take(&message);
                    }
                }
                Some(Ok(Message::Close(_))) | None => return Err(Error::Closed),
                Some(Ok(_)) => {}
                Some(Err(error)) => return Err(error.into()),
            }
        }
        let _ = socket.close(None).await;
        output.outcome()
    }
}

fn request_of(code: &str, session: &str, id: &str) -> Value {
    let header =
        json!({ "msg_id": id, "session": session, "username": "", "msg_type": "execute_request", "version": "5.3" });
    let content = json!({
        "code": code, "silent": false, "store_history": false, "user_expressions": {}, "allow_stdin": false,
        "stop_on_error": true,
    });
    json!({
        "channel": "shell", "header": header, "parent_header": {}, "metadata": {}, "content": content, "buffers": [],
    })
}

/// What a kernel sends for one request. Its reply and its other messages come by two channels, in any order.
#[derive(Default)]
struct Output {
    text: String,
    error: Option<(String, Vec<String>)>,
    replied: bool,
    idle: bool,
}

impl Output {
    fn take(&mut self, message: &Value) {
        let content = &message["content"];
        match message["header"]["msg_type"].as_str().unwrap_or_default() {
            "execute_reply" => self.replied = true,
            "status" => self.idle = content["execution_state"] == "idle",
            "stream" => self.text.push_str(content["text"].as_str().unwrap_or_default()),
            "execute_result" | "display_data" => {
                self.text.push_str(content["data"]["text/plain"].as_str().unwrap_or_default());
            }
            "error" => {
                let text = |name: &str| content[name].as_str().unwrap_or_default();
                let traceback = content["traceback"].as_array().into_iter().flatten();
                let lines = traceback.filter_map(Value::as_str).flat_map(str::lines).map(str::to_owned).collect();
                self.error = Some((format!("{}: {}", text("ename"), text("evalue")), lines));
            }
            _ => {}
        }
    }

    fn is_done(&self) -> bool {
        self.replied && self.idle
    }

    fn outcome(self) -> Result<String> {
        match self.error {
            Some((message, traceback)) => Err(Error::Code { message, traceback }),
            None => Ok(self.text.trim().to_owned()),
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use tokio::net::TcpListener;

    use super::*;
    use crate::jupyter::Endpoint;

    /// A server that answers one request of a kernel with these messages.
    async fn kernel_that_sends(messages: &'static [(&'static str, &'static str)]) -> Server {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let endpoint = Endpoint::on_this_machine(listener.local_addr().unwrap().port());
        tokio::spawn(async move {
            let (stream, _) = listener.accept().await.unwrap();
            let mut socket = tokio_tungstenite::accept_async(stream).await.unwrap();
            let request = socket.next().await.unwrap().unwrap().into_text().unwrap();
            let request: Value = serde_json::from_str(&request).unwrap();
            assert_eq!((&request["channel"], &request["content"]["code"]), (&json!("shell"), &json!("1+1")));
            let other = json!({"header": {"msg_type": "stream"}, "parent_header": {"msg_id": "other"},
                "content": {"text": "of another cell"}});
            socket.send(Message::text(other.to_string())).await.unwrap();
            for (kind, content) in messages {
                let content: Value = serde_json::from_str(content).unwrap();
                let message =
                    json!({"header": {"msg_type": kind}, "parent_header": request["header"], "content": content});
                socket.send(Message::text(message.to_string())).await.unwrap();
            }
            let _ = socket.close(None).await;
        });
        Server { endpoint, token: Secret::new("t") }
    }

    #[tokio::test]
    async fn the_result_is_there_once_the_reply_and_the_idle_state_are_in_any_order() {
        const REPLY: (&str, &str) = ("execute_reply", r#"{"status": "ok"}"#);
        const RESULT: (&str, &str) = ("execute_result", r#"{"data": {"text/plain": "2\n"}}"#);
        const IDLE: (&str, &str) = ("status", r#"{"execution_state": "idle"}"#);
        for messages in [&[REPLY, RESULT, IDLE], &[RESULT, IDLE, REPLY]] {
            assert_eq!(kernel_that_sends(messages).await.execute("k", "1+1").await.unwrap(), "2");
        }
    }

    #[tokio::test]
    async fn an_error_of_the_code_and_a_closed_connection_are_failures() {
        let failing = kernel_that_sends(&[
            ("error", r#"{"ename": "NameError", "evalue": "no x", "traceback": ["a\nb"]}"#),
            ("execute_reply", r#"{"status": "error"}"#),
            ("status", r#"{"execution_state": "idle"}"#),
        ]);
        match failing.await.execute("k", "1+1").await.unwrap_err() {
            Error::Code { message, traceback } => {
                assert_eq!((message.as_str(), traceback.len()), ("NameError: no x", 2))
            }
            other => panic!("{other}"),
        }
        let closing = kernel_that_sends(&[("execute_reply", r#"{"status": "ok"}"#)]).await;
        assert!(matches!(closing.execute("k", "1+1").await, Err(Error::Closed)));
        // Nothing listens there any more.
        assert!(closing.execute("k", "1+1").await.is_err());
    }
}
