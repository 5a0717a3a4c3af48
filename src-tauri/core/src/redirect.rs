//! The way from the app into the browser: an address on loopback with a nonce that works once and
//! answers with a redirect to the real one, so that no token is in a process list or in a file.

use std::convert::Infallible;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper::{Request, Response, StatusCode, header};
use hyper_util::rt::TokioIo;
use tokio::net::TcpListener;
use tokio::sync::{Notify, watch};
use tokio::task::JoinHandle;

use crate::secret::random_hex;

/// How long the address can be visited.
pub(crate) const LIFETIME: Duration = Duration::from_secs(60);

/// An address that leads on once.
#[derive(Debug)]
pub struct Redirect {
    /// What the browser is given.
    pub url: String,
    /// Whether it was visited.
    pub visited: watch::Receiver<bool>,
    /// Ends when it was visited, or nobody came within a minute.
    pub served: JoinHandle<()>,
}

impl Redirect {
    /// Ends when it is visited, and never where it expires.
    pub(crate) async fn visit(&self) {
        let mut visited = self.visited.clone();
        if visited.wait_for(|visited| *visited).await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}

/// Serves an address that leads to `target` once, within the next minute.
pub async fn once_to(target: String) -> std::io::Result<Redirect> {
    once_within(LIFETIME, target).await
}

async fn once_within(lifetime: Duration, target: String) -> std::io::Result<Redirect> {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
    let address = listener.local_addr()?;
    let nonce = random_hex(24);
    let url = format!("http://{address}/{nonce}");
    let host = address.to_string();
    let target = Arc::new(Mutex::new(Some(target)));
    let expiring = target.clone();
    let (tell, told) = watch::channel(false);
    let tell = Arc::new(tell);
    let served = tokio::spawn(async move {
        let visited = Arc::new(Notify::new());
        let serve = async {
            // A visitor without the nonce (a port scanner, a favicon request) does not use it up.
            loop {
                let Ok((stream, _)) = listener.accept().await else { return };
                let (target, visited, path, host) =
                    (target.clone(), visited.clone(), format!("/{nonce}"), host.clone());
                let tell = tell.clone();
                tokio::spawn(async move {
                    let answer = service_fn(|request: Request<Incoming>| {
                        let wanted = asks_for(&request, &path, &host);
                        let target = wanted.then(|| target.lock().ok().and_then(|mut target| target.take())).flatten();
                        let found = target.is_some();
                        let (visited, tell) = (visited.clone(), tell.clone());
                        async move {
                            let response = respond(target);
                            if found {
                                let _ = tell.send(true);
                                // The answer is on its way before the listener goes.
                                tokio::spawn(async move {
                                    tokio::time::sleep(Duration::from_millis(200)).await;
                                    visited.notify_one();
                                });
                            }
                            Ok::<_, Infallible>(response)
                        }
                    });
                    let served =
                        hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(stream), answer);
                    if let Err(error) = tokio::time::timeout(lifetime, served).await {
                        tracing::debug!(%error, "a visitor of the one-time redirect was slow");
                    }
                });
            }
        };
        tokio::select! {
            () = serve => {}
            () = visited.notified() => {}
            () = tokio::time::sleep(lifetime) => tracing::info!("nobody visited the one-time redirect in time"),
        }
        // Whoever is connected and has not asked yet is too late.
        if let Ok(mut target) = expiring.lock() {
            target.take();
        }
    });
    Ok(Redirect { url, visited: told, served })
}

/// A foreign `Host` is another site's name that was made to point here.
fn asks_for<B>(request: &Request<B>, path: &str, host: &str) -> bool {
    let named = request.headers().get(header::HOST).is_some_and(|name| name.as_bytes() == host.as_bytes());
    request.method() == hyper::Method::GET && request.uri().path() == path && named
}

fn respond(target: Option<String>) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(Bytes::new()));
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, header::HeaderValue::from_static("no-store"));
    headers.insert(header::REFERRER_POLICY, header::HeaderValue::from_static("no-referrer"));
    headers.insert(header::CONNECTION, header::HeaderValue::from_static("close"));
    match target.and_then(|target| header::HeaderValue::try_from(target).ok()) {
        Some(target) => {
            headers.insert(header::LOCATION, target);
            *response.status_mut() = StatusCode::FOUND;
        }
        None => {
            *response.status_mut() = StatusCode::NOT_FOUND;
            *response.body_mut() =
                Full::new(Bytes::from_static(b"This address works once. Press Open in Orchest Desktop again.\n"));
        }
    }
    response
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    use super::*;

    async fn visit(address: &str, path: &str, host: &str) -> Option<String> {
        let mut stream = tokio::net::TcpStream::connect(address).await.ok()?;
        let request = format!("GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n");
        stream.write_all(request.as_bytes()).await.ok()?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.ok()?;
        Some(answer)
    }

    #[tokio::test]
    async fn it_leads_on_once_and_only_with_its_nonce() {
        let redirect = once_to("http://127.0.0.1:9/lab?token=t".to_owned()).await.unwrap();
        let (address, path) = redirect.url.strip_prefix("http://").unwrap().split_once('/').unwrap();
        let path = format!("/{path}");
        for (path, host) in [("/", address), ("/favicon.ico", address), (path.as_str(), "evil.example")] {
            let answer = visit(address, path, host).await.unwrap();
            assert!(answer.starts_with("HTTP/1.1 404"), "{answer}");
            assert!(!answer.contains("token=t"), "{answer}");
        }
        let first = visit(address, &path, address).await.unwrap();
        assert!(
            first.starts_with("HTTP/1.1 302") && first.contains("location: http://127.0.0.1:9/lab?token=t"),
            "{first}"
        );
        let second = visit(address, &path, address).await;
        assert!(second.is_none_or(|answer| answer.starts_with("HTTP/1.1 404")));
        redirect.served.await.unwrap();
        assert!(*redirect.visited.borrow(), "it says that somebody came");
        assert!(visit(address, &path, address).await.is_none(), "nothing listens any more");
    }

    #[tokio::test]
    async fn it_expires() {
        let (early, late) = (Duration::from_millis(100), Duration::from_millis(1500));
        assert!(LIFETIME <= Duration::from_secs(60));
        let redirect = once_within(late, "http://127.0.0.1:9/lab?token=t".to_owned()).await.unwrap();
        let (address, path) = redirect.url.strip_prefix("http://").unwrap().split_once('/').unwrap();
        tokio::time::sleep(early).await;
        let told = visit(address, "/", address).await.unwrap();
        assert!(told.starts_with("HTTP/1.1 404"), "it is served, to whoever knows its nonce: {told}");
        // Somebody who came in time and asks when it is over.
        let mut slow = tokio::net::TcpStream::connect(address).await.unwrap();
        redirect.served.await.unwrap();
        assert!(!*redirect.visited.borrow(), "it says that nobody came");
        assert!(visit(address, &format!("/{path}"), address).await.is_none(), "nothing listens any more");
        let request = format!("GET /{path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n");
        let _ = slow.write_all(request.as_bytes()).await;
        let mut answer = String::new();
        let _ = slow.read_to_string(&mut answer).await;
        assert!(!answer.contains("token=t"), "{answer}");
    }
}
