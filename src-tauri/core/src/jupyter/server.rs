//! The requests to a Jupyter server, over loopback.
//!
//! Paths and answers follow Jupyter Server's REST API (its `api.yaml`).

use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt, Empty, Limited};
use hyper::{Method, Request, header};
use hyper_util::rt::TokioIo;
use serde_json::Value;
use sha2::{Digest, Sha256};
use tokio::net::TcpStream;

use crate::contract::live::{KernelAction, LiveKernel};
use crate::jupyter::kernels::kernels_of;
use crate::platform::secret::Secret;

/// The largest answer that is read, bytes.
const LARGEST: usize = 4 << 20;
/// The longest time of one request: the gateway behind the server may not have started yet.
const PATIENCE: Duration = Duration::from_secs(3);

/// The longest time of a kernel's restart, which creates a new container.
const RESTARTS_WITHIN: Duration = Duration::from_secs(60);

/// The state of server and gateway, by the server's list of kernelspecs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Chain {
    /// Server and gateway answer, and the kernelspec is the default.
    Ready,
    /// They answer, but the kernelspec is not the default yet.
    Lacking {
        /// The names of the offered kernelspecs.
        offered: Vec<String>,
    },
    /// They do not answer yet, for this reason.
    Silent(String),
}

/// Asks the server on `port` for its kernelspecs, which it fetches from the gateway.
pub async fn chain(port: u16, token: &Secret, kernelspec: &str) -> Chain {
    let answer = tokio::time::timeout(PATIENCE, get(port, token, "/api/kernelspecs")).await;
    match answer {
        Err(_) => Chain::Silent(format!("no answer within {} s", PATIENCE.as_secs())),
        Ok(Err(reason)) => Chain::Silent(reason),
        Ok(Ok((200, body))) => offered(&body, kernelspec),
        Ok(Ok((status, _))) => Chain::Silent(format!("the server answered with status {status}")),
    }
}

fn offered(body: &[u8], kernelspec: &str) -> Chain {
    let Ok(body) = serde_json::from_slice::<Value>(body) else {
        return Chain::Silent("the server's answer is not JSON".to_owned());
    };
    let offered: Vec<String> =
        body["kernelspecs"].as_object().map(|specs| specs.keys().cloned().collect()).unwrap_or_default();
    if body["default"] == kernelspec && offered.iter().any(|name| name == kernelspec) {
        Chain::Ready
    } else {
        Chain::Lacking { offered }
    }
}

/// How long a launch has not been used, as its server reports it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Activity {
    /// A kernel is running code.
    pub busy: bool,
    /// The time since the last activity of a person or a kernel.
    pub idle: Duration,
}

/// Asks the server how long its launch has not been used (`orchest_server`). The error is the reason why it does not
/// answer.
pub async fn activity(port: u16, token: &Secret) -> Result<Activity, String> {
    let answer = tokio::time::timeout(PATIENCE, get(port, token, "/api/orchest/idle")).await;
    let (status, body) = answer.map_err(|_| format!("no answer within {} s", PATIENCE.as_secs()))??;
    let body: Value = serde_json::from_slice(&body).unwrap_or_default();
    match (body["busy"].as_bool(), body["idle_ms"].as_u64()) {
        (Some(busy), Some(idle)) => Ok(Activity { busy, idle: Duration::from_millis(idle) }),
        _ => Err(format!("the server answered with status {status}")),
    }
}

/// The server's kernels, with their states.
pub async fn kernels(port: u16, token: &Secret) -> Result<Vec<LiveKernel>, String> {
    let list = async |path| {
        let (status, body) = get(port, token, path).await?;
        if status != 200 {
            return Err(format!("the server answered with status {status}"));
        }
        serde_json::from_slice::<Value>(&body).map_err(|error| error.to_string())
    };
    // For the first of the two the server asks the gateway, so that both answers are current.
    let asked = async { Ok((list("/api/kernels").await?, list("/api/sessions").await?)) };
    let (kernels, sessions) = tokio::time::timeout(PATIENCE, asked)
        .await
        .unwrap_or_else(|_| Err(format!("no answer within {} s", PATIENCE.as_secs())))?;
    Ok(kernels_of(&kernels, &sessions))
}

/// Interrupts, restarts or shuts down a kernel.
pub async fn act_on(port: u16, token: &Secret, kernel: &str, action: KernelAction) -> Result<(), String> {
    let kernel = percent_encode(kernel);
    let (method, path) = match action {
        KernelAction::Interrupt => (Method::POST, format!("/api/kernels/{kernel}/interrupt")),
        KernelAction::Restart => (Method::POST, format!("/api/kernels/{kernel}/restart")),
        KernelAction::ShutDown => (Method::DELETE, format!("/api/kernels/{kernel}")),
    };
    let answer = tokio::time::timeout(RESTARTS_WITHIN, send(port, token, method, &path)).await;
    match answer {
        Ok(Ok((200..300, _))) => Ok(()),
        Ok(Ok((status, body))) => {
            Err(said(&body).unwrap_or_else(|| format!("the server answered with status {status}")))
        }
        Ok(Err(reason)) => Err(reason),
        Err(_) => Err(format!("no answer within {} s", RESTARTS_WITHIN.as_secs())),
    }
}

/// The message of an error in an answer.
fn said(body: &[u8]) -> Option<String> {
    let body: Value = serde_json::from_slice(body).ok()?;
    body["message"].as_str().filter(|message| !message.is_empty()).map(str::to_owned)
}

async fn get(port: u16, token: &Secret, path: &str) -> Result<(u16, Bytes), String> {
    send(port, token, Method::GET, path).await
}

async fn send(port: u16, token: &Secret, method: Method, path: &str) -> Result<(u16, Bytes), String> {
    let why = |error: &dyn std::error::Error| error.to_string();
    let stream = TcpStream::connect(("127.0.0.1", port)).await.map_err(|e| why(&e))?;
    stream.set_nodelay(true).map_err(|e| why(&e))?;
    let (mut sender, connection) =
        hyper::client::conn::http1::handshake(TokioIo::new(stream)).await.map_err(|e| why(&e))?;
    let connection = tokio::spawn(connection);
    let request = Request::builder()
        .method(method)
        .uri(format!("{}{path}", self::path(token.expose())))
        .header(header::HOST, format!("127.0.0.1:{port}"))
        .header(header::AUTHORIZATION, format!("token {}", token.expose()))
        .body(Empty::<Bytes>::new())
        .map_err(|e| why(&e))?;
    let answer = sender.send_request(request).await.map_err(|e| why(&e))?;
    let status = answer.status().as_u16();
    let body = Limited::new(answer.into_body(), LARGEST).collect().await.map_err(|e| e.to_string())?.to_bytes();
    connection.abort();
    Ok((status, body))
}

/// The path above all paths of the server with this token: `/` and 32 digits. The server derives the same path.
///
/// Browsers send cookies to all ports of a host, but only below their path. Nobody can guess this path, so that no other
/// program at 127.0.0.1 gets the cookies of a launch.
pub fn path(token: &str) -> String {
    let digest = Sha256::digest(format!("orchest: the path of {token}"));
    digest[..16].iter().fold("/".to_owned(), |path, byte| format!("{path}{byte:02x}"))
}

/// The address of JupyterLab, or of one notebook in it (relative, with `/`), with the token that lets a browser in.
pub fn lab_url(port: u16, token: &Secret, notebook: Option<&str>) -> String {
    format!("http://127.0.0.1:{port}{}{}?token={}", path(token.expose()), page(notebook), token.expose())
}

/// The same for one visit: the server accepts it once, within about a minute.
pub async fn url_for_one_visit(port: u16, token: &Secret, notebook: Option<&str>) -> Result<String, String> {
    let answer = tokio::time::timeout(PATIENCE, send(port, token, Method::POST, "/api/orchest/in")).await;
    let (status, body) = answer.map_err(|_| format!("no answer within {} s", PATIENCE.as_secs()))??;
    let body: Value = serde_json::from_slice(&body).unwrap_or_default();
    match body["path"].as_str() {
        Some(way) => Ok(format!("http://127.0.0.1:{port}{way}{}", page(notebook))),
        None => Err(format!("the server answered with status {status}")),
    }
}

fn page(notebook: Option<&str>) -> String {
    notebook.map_or_else(|| "/lab".to_owned(), |path| format!("/lab/tree/{}", percent_encode(path)))
}

/// The part of the address that is shown: neither the token nor the path.
pub fn shown_address(port: u16) -> String {
    format!("http://127.0.0.1:{port}/…/lab")
}

/// Encodes all but unreserved characters and `/` (RFC 3986, section 2.3).
fn percent_encode(path: &str) -> String {
    path.bytes()
        .map(|byte| match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => char::from(byte).to_string(),
            other => format!("%{other:02X}"),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ready_means_the_picked_kernelspec_is_there_and_default() {
        let body = br#"{"default":"a","kernelspecs":{"a":{},"b":{}}}"#;
        assert_eq!(offered(body, "a"), Chain::Ready);
        assert_eq!(offered(body, "b"), Chain::Lacking { offered: vec!["a".into(), "b".into()] });
        assert!(matches!(offered(b"<html>", "a"), Chain::Silent(_)));
        assert_eq!(offered(b"{}", "a"), Chain::Lacking { offered: vec![] });
    }

    #[test]
    fn a_notebook_of_any_name_has_an_address() {
        let url = lab_url(8, &Secret::new("t"), Some("my notes/ü?#%.ipynb"));
        let path = path("t");
        assert_eq!(url, format!("http://127.0.0.1:8{path}/lab/tree/my%20notes/%C3%BC%3F%23%25.ipynb?token=t"));
    }

    #[test]
    fn each_token_has_a_path_that_does_not_reveal_it() {
        let (one, other) = (Secret::random(), Secret::random());
        assert_ne!(path(one.expose()), path(other.expose()));
        assert!(path(one.expose()).len() == 33 && !path(one.expose()).contains(one.expose()));
        assert!(shown_address(8).starts_with("http://127.0.0.1:8/") && !shown_address(8).contains(&path(one.expose())));
    }
}
