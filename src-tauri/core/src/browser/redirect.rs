//! The way from the app into the browser: an address on loopback with a nonce. It works once and redirects to the real
//! address, so that no token is in a process list or in a file.
//!
//! All users of the machine can read this address in a process list. It redirects only processes of this user, and a
//! visit by another user's process does not use it up.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::header::HeaderValue;
use hyper::service::service_fn;
use hyper::{Request, Response, StatusCode, header};
use hyper_util::rt::TokioIo;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::browser::peer::{self, Peer};
use crate::platform::secret::random_hex;
use crate::words::page as words;

/// How long the address is valid.
pub(crate) const LIFETIME: Duration = Duration::from_secs(60);
/// The longest time for one visitor.
const VISIT: Duration = Duration::from_secs(10);

/// An address that redirects once.
#[derive(Debug)]
pub struct Redirect {
    /// The address for the browser.
    pub url: String,
    /// Whether the address was visited.
    pub visited: watch::Receiver<bool>,
    /// The first process that was refused.
    pub refused: watch::Receiver<Option<Peer>>,
    /// Serves the address. It ends after a minute; until then a second visitor reads that the address works only once.
    pub served: JoinHandle<()>,
}

impl Redirect {
    /// Completes when the address is visited, and never if it expires.
    pub(crate) async fn visit(&self) {
        let mut visited = self.visited.clone();
        if visited.wait_for(|visited| *visited).await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}

/// Serves an address that redirects to `target` once, within the next minute.
pub async fn once_to(target: String) -> std::io::Result<Redirect> {
    once_within(LIFETIME, target).await
}

async fn once_within(lifetime: Duration, target: String) -> std::io::Result<Redirect> {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
    let address = listener.local_addr()?;
    let (visited, watched) = watch::channel(false);
    let (refused, watched_refused) = watch::channel(None);
    let path = format!("/{}", random_hex(24));
    let url = format!("http://{address}{path}");
    let door = Arc::new(Door { path, address, target: Mutex::new(Some(target)), visited, refused });
    let served = tokio::spawn(async move {
        let serve = async {
            while let Ok((stream, theirs)) = listener.accept().await {
                let door = door.clone();
                tokio::spawn(async move {
                    if tokio::time::timeout(VISIT.min(lifetime), door.receive(stream, theirs)).await.is_err() {
                        tracing::debug!("a visitor of the one-time address was slow");
                    }
                });
            }
        };
        let _ = tokio::time::timeout(lifetime, serve).await;
        // A visitor that is connected and has not sent its request yet is too late.
        if door.take().is_some() {
            tracing::info!("nobody visited the one-time address in time");
        }
    });
    Ok(Redirect { url, visited: watched, refused: watched_refused, served })
}

/// The address with its state.
struct Door {
    path: String,
    address: SocketAddr,
    target: Mutex<Option<String>>,
    visited: watch::Sender<bool>,
    refused: watch::Sender<Option<Peer>>,
}

/// The reply to a visitor.
#[derive(Debug, PartialEq)]
enum Reply {
    /// The redirect.
    To(String),
    /// The address was used already, or has expired.
    Used,
    /// The visitor is a process of another user.
    Refused,
    /// There is no such address; a port scanner or a favicon's request may ask for it.
    Unknown,
}

impl Door {
    async fn receive(&self, stream: TcpStream, theirs: SocketAddr) {
        let answer = service_fn(|request: Request<Incoming>| async move {
            let reply =
                if self.is_for(&request) { self.reply(peer::of(theirs, self.address).await) } else { Reply::Unknown };
            Ok::<_, Infallible>(respond(reply))
        });
        let served = hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(stream), answer);
        if let Err(error) = served.await {
            tracing::debug!(%error, "a visitor of the one-time address hung up");
        }
    }

    /// Checks the `Host`, too: another site may have pointed its own name to this address.
    fn is_for<B>(&self, request: &Request<B>) -> bool {
        let host = self.address.to_string();
        let named = request.headers().get(header::HOST).is_some_and(|name| name.as_bytes() == host.as_bytes());
        request.method() == hyper::Method::GET && request.uri().path() == self.path && named
    }

    fn reply(&self, peer: Peer) -> Reply {
        if peer != Peer::Own {
            let first = self.refused.send_if_modified(|refused| {
                let first = refused.is_none();
                refused.get_or_insert(peer);
                first
            });
            if first {
                tracing::warn!(?peer, "a process of another user asked for the one-time address, and was refused");
            }
            return Reply::Refused;
        }
        let Some(target) = self.take() else {
            tracing::warn!("the one-time address was visited again after its use");
            return Reply::Used;
        };
        let _ = self.visited.send(true);
        Reply::To(target)
    }

    fn take(&self) -> Option<String> {
        self.target.lock().ok()?.take()
    }
}

fn respond(reply: Reply) -> Response<Full<Bytes>> {
    let (status, text) = match &reply {
        Reply::To(_) => (StatusCode::FOUND, ""),
        Reply::Used => (StatusCode::GONE, words::USED),
        Reply::Refused => (StatusCode::FORBIDDEN, words::REFUSED),
        Reply::Unknown => (StatusCode::NOT_FOUND, words::UNKNOWN),
    };
    let page = if text.is_empty() { String::new() } else { format!("{text}\n") };
    let mut response = Response::new(Full::new(Bytes::from(page)));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    for (name, value) in [
        (header::CACHE_CONTROL, "no-store"),
        (header::REFERRER_POLICY, "no-referrer"),
        (header::CONNECTION, "close"),
        (header::CONTENT_TYPE, "text/plain; charset=utf-8"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    if let Reply::To(target) = reply
        && let Ok(target) = HeaderValue::try_from(target)
    {
        headers.insert(header::LOCATION, target);
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
    async fn the_address_redirects_once_and_only_with_its_nonce() {
        let while_it_lasts = Duration::from_millis(1500);
        let redirect = once_within(while_it_lasts, "http://127.0.0.1:9/lab?token=t".to_owned()).await.unwrap();
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
        let second = visit(address, &path, address).await.unwrap();
        assert!(
            second.starts_with("HTTP/1.1 410") && second.contains("Press Open in Orchest Desktop again"),
            "{second}"
        );
        assert!(!second.contains("token=t"), "{second}");
        redirect.served.await.unwrap();
        assert!(*redirect.visited.borrow(), "it says that somebody came");
        assert_eq!(*redirect.refused.borrow(), None);
        assert!(visit(address, &path, address).await.is_none(), "nothing listens any more");
    }

    #[tokio::test]
    async fn the_address_expires() {
        let (early, late) = (Duration::from_millis(100), Duration::from_millis(1500));
        assert!(LIFETIME <= Duration::from_secs(60));
        let redirect = once_within(late, "http://127.0.0.1:9/lab?token=t".to_owned()).await.unwrap();
        let (address, path) = redirect.url.strip_prefix("http://").unwrap().split_once('/').unwrap();
        tokio::time::sleep(early).await;
        let answer = visit(address, "/", address).await.unwrap();
        assert!(answer.starts_with("HTTP/1.1 404"), "it is served, for visitors that know its nonce: {answer}");
        // A visitor that connects in time and sends its request too late.
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

    #[test]
    fn another_users_visit_is_refused_and_does_not_use_the_address_up() {
        let (visited, seen) = watch::channel(false);
        let (refused, first) = watch::channel(None);
        let address = SocketAddr::from(([127, 0, 0, 1], 9));
        let door =
            Door { path: "/x".to_owned(), address, target: Mutex::new(Some("there".to_owned())), visited, refused };
        for stranger in [Peer::Other { uid: 1000 }, Peer::Unknown] {
            assert_eq!(door.reply(stranger), Reply::Refused);
            assert_eq!(*first.borrow(), Some(Peer::Other { uid: 1000 }), "the first one is reported");
            assert!(!*seen.borrow());
        }
        assert_eq!(door.reply(Peer::Own), Reply::To("there".to_owned()));
        assert!(*seen.borrow());
        assert_eq!((door.reply(Peer::Own), door.reply(Peer::Unknown)), (Reply::Used, Reply::Refused));
        let page = respond(Reply::Refused);
        assert!(page.status() == 403 && !page.headers().contains_key(header::LOCATION));
    }
}
