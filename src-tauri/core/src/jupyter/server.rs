//! A Jupyter server, and the requests to it.
//!
//! Paths and answers follow Jupyter Server's REST API (its `api.yaml`).

use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt, Full, Limited};
use hyper::{Method, Request, header};
use hyper_util::rt::TokioIo;
use serde_json::Value;
use tokio::net::TcpStream;

use crate::contract::live::{KernelAction, LiveKernel};
use crate::jupyter::address::{page, path, percent_encode};
use crate::jupyter::endpoint::{Endpoint, Scheme};
use crate::jupyter::error::{Error, Result};
use crate::jupyter::kernels::kernels_of;
use crate::platform::secret::Secret;

/// The largest answer that is read, bytes.
const LARGEST: usize = 4 << 20;
/// The longest time of one request: the gateway behind the server may not have started yet.
const PATIENCE: Duration = Duration::from_secs(3);
/// The longest time of a kernel's restart, which creates a new container.
const RESTARTS_WITHIN: Duration = Duration::from_secs(60);
/// The longest time of a kernel's start. The gateway's own limit is shorter.
const STARTS_WITHIN: Duration = Duration::from_secs(180);

/// A Jupyter server: where it is reached, and the token that it asks for.
#[derive(Clone, Debug)]
pub struct Server {
    /// Where it is reached.
    pub endpoint: Endpoint,
    /// Its token.
    pub token: Secret,
}

/// The state of server and gateway, by the server's list of kernelspecs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Chain {
    /// The kernelspec is offered, and is the default.
    Ready,
    /// The kernelspec is not the default yet.
    Lacking {
        /// The names of the offered kernelspecs.
        offered: Vec<String>,
    },
}

/// How long a launch has not been used, as its server reports it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Activity {
    /// A kernel is running code.
    pub busy: bool,
    /// The time since the last activity of a person or a kernel.
    pub idle: Duration,
}

/// An answer: its status and its body.
type Answer = (u16, Bytes);

impl Server {
    /// Asks for the kernelspecs, which the server fetches from the gateway: both answer, or the result is an error.
    pub async fn chain(&self, kernelspec: &str) -> Result<Chain> {
        match within(PATIENCE, self.get("/api/kernelspecs")).await? {
            (200, body) => offered(&body, kernelspec),
            (status, body) => Err(said(&body).map_or(Error::Status { status }, |message| Error::Refused { message })),
        }
    }

    /// Asks how long the launch has not been used (`orchest_server`).
    pub async fn activity(&self) -> Result<Activity> {
        let (status, body) = within(PATIENCE, self.get("/api/orchest/idle")).await?;
        let body: Value = serde_json::from_slice(&body).unwrap_or_default();
        match (body["busy"].as_bool(), body["idle_ms"].as_u64()) {
            (Some(busy), Some(idle)) => Ok(Activity { busy, idle: Duration::from_millis(idle) }),
            _ => Err(Error::Status { status }),
        }
    }

    /// The server's kernels, with their states and the notebooks of their sessions.
    pub async fn kernels(&self) -> Result<Vec<LiveKernel>> {
        let list = async |path| match self.get(path).await? {
            (200, body) => serde_json::from_slice::<Value>(&body).map_err(|_| Error::NotJson),
            (status, _) => Err(Error::Status { status }),
        };
        // For the first of the two the server asks the gateway, so that both answers are current.
        let asked = async { Ok((list("/api/kernels").await?, list("/api/sessions").await?)) };
        let (kernels, sessions) = within(PATIENCE, asked).await?;
        Ok(kernels_of(&kernels, &sessions))
    }

    /// Interrupts, restarts or shuts down a kernel.
    pub async fn act_on(&self, kernel: &str, action: KernelAction) -> Result<()> {
        let kernel = percent_encode(kernel);
        let (method, path) = match action {
            KernelAction::Interrupt => (Method::POST, format!("/api/kernels/{kernel}/interrupt")),
            KernelAction::Restart => (Method::POST, format!("/api/kernels/{kernel}/restart")),
            KernelAction::ShutDown => (Method::DELETE, format!("/api/kernels/{kernel}")),
        };
        match within(RESTARTS_WITHIN, self.send(method, &path)).await? {
            (200..300, _) => Ok(()),
            (status, body) => Err(said(&body).map_or(Error::Status { status }, |message| Error::Refused { message })),
        }
    }

    /// An address of JupyterLab, or of one notebook in it, for one visit: the server accepts it once, within about a
    /// minute.
    pub async fn url_for_one_visit(&self, notebook: Option<&str>) -> Result<String> {
        let (status, body) = within(PATIENCE, self.send(Method::POST, "/api/orchest/in")).await?;
        let body: Value = serde_json::from_slice(&body).unwrap_or_default();
        let path = body["path"].as_str().ok_or(Error::Status { status })?;
        Ok(format!("{}{path}{}", self.endpoint, page(notebook)))
    }

    /// Starts a kernel without a notebook; answers with its id once it answers.
    pub async fn start_kernel(&self, kernelspec: &str) -> Result<String> {
        let wanted = serde_json::json!({ "name": kernelspec }).to_string();
        let asked = self.send_with(Method::POST, "/api/kernels", wanted.into());
        let (status, body) = within(STARTS_WITHIN, asked).await?;
        let answer: Value = serde_json::from_slice(&body).unwrap_or_default();
        match answer["id"].as_str() {
            Some(id) if status == 201 => Ok(id.to_owned()),
            _ => Err(said(&body).map_or(Error::Status { status }, |message| Error::Refused { message })),
        }
    }

    async fn get(&self, path: &str) -> Result<Answer> {
        self.send(Method::GET, path).await
    }

    async fn send(&self, method: Method, path: &str) -> Result<Answer> {
        self.send_with(method, path, Bytes::new()).await
    }

    /// A connection to the server.
    pub(super) async fn connect(&self) -> Result<TcpStream> {
        let Endpoint { scheme, host, port } = &self.endpoint;
        let stream = match scheme {
            Scheme::Http => TcpStream::connect((host.as_str(), *port)).await.map_err(Error::Unreachable)?,
        };
        stream.set_nodelay(true).map_err(Error::Unreachable)?;
        Ok(stream)
    }

    async fn send_with(&self, method: Method, path: &str, body: Bytes) -> Result<Answer> {
        let stream = self.connect().await?;
        let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream)).await?;
        let connection = tokio::spawn(connection);
        let request = Request::builder()
            .method(method)
            .uri(format!("{}{path}", self::path(self.token.expose())))
            .header(header::HOST, self.endpoint.authority())
            .header(header::AUTHORIZATION, format!("token {}", self.token.expose()))
            .body(Full::new(body))?;
        let answer = sender.send_request(request).await?;
        let status = answer.status().as_u16();
        let body = Limited::new(answer.into_body(), LARGEST).collect().await.map_err(Error::Unread)?.to_bytes();
        connection.abort();
        Ok((status, body))
    }
}

/// Waits for an answer, at most so long.
async fn within<T>(longest: Duration, answer: impl Future<Output = Result<T>>) -> Result<T> {
    tokio::time::timeout(longest, answer).await.unwrap_or(Err(Error::Silent { within: longest }))
}

fn offered(body: &[u8], kernelspec: &str) -> Result<Chain> {
    let body: Value = serde_json::from_slice(body).map_err(|_| Error::NotJson)?;
    let offered: Vec<String> =
        body["kernelspecs"].as_object().map(|specs| specs.keys().cloned().collect()).unwrap_or_default();
    Ok(if body["default"] == kernelspec && offered.iter().any(|name| name == kernelspec) {
        Chain::Ready
    } else {
        Chain::Lacking { offered }
    })
}

/// The message of an error in an answer.
fn said(body: &[u8]) -> Option<String> {
    let body: Value = serde_json::from_slice(body).ok()?;
    body["message"].as_str().filter(|message| !message.is_empty()).map(str::to_owned)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpListener;

    use super::*;

    #[test]
    fn the_chain_is_ready_when_the_picked_kernelspec_is_offered_and_default() {
        let body = br#"{"default":"a","kernelspecs":{"a":{},"b":{}}}"#;
        assert_eq!(offered(body, "a").unwrap(), Chain::Ready);
        assert_eq!(offered(body, "b").unwrap(), Chain::Lacking { offered: vec!["a".into(), "b".into()] });
        assert!(matches!(offered(b"<html>", "a"), Err(Error::NotJson)));
        assert_eq!(offered(b"{}", "a").unwrap(), Chain::Lacking { offered: vec![] });
    }

    /// A server that gives one answer, and the request that it got.
    async fn server_that_answers(answer: &'static str) -> (Server, tokio::task::JoinHandle<String>) {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let endpoint = Endpoint::on_this_machine(listener.local_addr().unwrap().port());
        let got = tokio::spawn(async move {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut request = Vec::new();
            while !request.ends_with(b"\r\n\r\n") {
                request.push(stream.read_u8().await.unwrap());
            }
            stream.write_all(answer.as_bytes()).await.unwrap();
            String::from_utf8(request).unwrap()
        });
        (Server { endpoint, token: Secret::new("t") }, got)
    }

    #[tokio::test]
    async fn a_request_names_its_host_and_carries_the_token_below_the_servers_path() {
        let idle = "HTTP/1.1 200 OK\r\ncontent-length: 28\r\n\r\n{\"busy\":true,\"idle_ms\":1500}";
        let (server, got) = server_that_answers(idle).await;
        let activity = server.activity().await.unwrap();
        assert_eq!(activity, Activity { busy: true, idle: Duration::from_millis(1500) });
        let request = got.await.unwrap();
        assert!(request.starts_with(&format!("GET {}/api/orchest/idle HTTP/1.1\r\n", path("t"))), "{request}");
        assert!(request.contains(&format!("host: {}\r\n", server.endpoint.authority())), "{request}");
        assert!(request.contains("authorization: token t\r\n"), "{request}");
    }

    #[tokio::test]
    async fn a_failed_request_says_why() {
        let (server, _) = server_that_answers("HTTP/1.1 503 Unavailable\r\ncontent-length: 0\r\n\r\n").await;
        assert_eq!(server.chain("a").await.unwrap_err().to_string(), "the server answered with status 503");
        let refused = "HTTP/1.1 500 Error\r\ncontent-length: 23\r\n\r\n{\"message\":\"no memory\"}";
        let (server, _) = server_that_answers(refused).await;
        assert_eq!(server.act_on("k", KernelAction::Restart).await.unwrap_err().to_string(), "no memory");
        // Nothing listens there any more.
        assert!(matches!(server.kernels().await, Err(Error::Unreachable(_) | Error::Broken(_))));
    }
}
