//! An HTTP client for an engine on another machine. It keeps its connections, so that a call costs one round trip.

use std::future::Future;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use bollard::{API_DEFAULT_VERSION, BollardRequest, Docker};
use bytes::Bytes;
use http_body_util::{BodyExt, Full, Limited};
use hyper::rt::{Read, ReadBufCursor, Write};
use hyper::{Request, Uri};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::{Connected, Connection, HttpConnector};
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use rustls::ClientConfig;
use rustls::pki_types::ServerName;
use serde_json::Value;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio_rustls::TlsConnector;
use tower_service::Service;

use super::Port;
#[cfg(unix)]
use super::tunnel::Tunnel;
use crate::engine::introduce::CALL_S;

/// How long a connection without a call is kept.
const IDLE: Duration = Duration::from_secs(90);
/// How many are kept.
const MOST_IDLE: usize = 8;
/// How long a port has to accept a connection.
const CONNECTS_WITHIN: Duration = Duration::from_secs(10);
/// A connection that is lost ends after 15 s, as by ssh.
const ALIVE: Duration = Duration::from_secs(5);
const ALIVE_TIMES: u32 = 3;
/// The largest answer that is read whole, bytes.
const LARGEST: usize = 1 << 20;

/// How a connection is made.
#[derive(Clone)]
pub(super) enum Connector {
    #[cfg(unix)]
    Ssh(Arc<Tunnel>),
    Port(Box<HttpConnector>, Option<(ServerName<'static>, Arc<ClientConfig>)>),
}

impl Connector {
    pub(super) fn to_port(port: &Port, tls: Option<ClientConfig>) -> io::Result<Connector> {
        let mut http = HttpConnector::new();
        http.enforce_http(false);
        http.set_nodelay(true);
        http.set_connect_timeout(Some(CONNECTS_WITHIN));
        http.set_keepalive(Some(ALIVE));
        http.set_keepalive_interval(Some(ALIVE));
        http.set_keepalive_retries(Some(ALIVE_TIMES));
        // The other limits do not count while something that was sent is not confirmed.
        #[cfg(target_os = "linux")]
        http.set_tcp_user_timeout(Some(ALIVE * ALIVE_TIMES));
        let name = || ServerName::try_from(port.host.clone()).map_err(io::Error::other);
        let tls = tls.map(|config| Ok::<_, io::Error>((name()?, Arc::new(config)))).transpose()?;
        Ok(Connector::Port(Box::new(http), tls))
    }

    async fn connect(mut self, at: Uri) -> io::Result<Wire> {
        let stream: Box<dyn Duplex> = match &mut self {
            #[cfg(unix)]
            Connector::Ssh(tunnel) => Box::new(tunnel.stream().await?),
            Connector::Port(http, tls) => {
                let stream = http.call(at).await.map_err(io::Error::other)?.into_inner();
                match tls.take() {
                    None => Box::new(stream),
                    Some((name, config)) => Box::new(TlsConnector::from(config).connect(name, stream).await?),
                }
            }
        };
        Ok(Wire(TokioIo::new(stream)))
    }
}

/// The engine behind a connector. `authority`: its host and port.
pub(super) fn docker(connector: Connector, authority: &str) -> Result<Docker, bollard::errors::Error> {
    let client = client(connector);
    let send = move |request: BollardRequest| {
        let client = client.clone();
        async move { client.request(request).await.map_err(bollard::errors::Error::from) }
    };
    Docker::connect_with_custom_transport(send, Some(format!("http://{authority}")), CALL_S, API_DEFAULT_VERSION)
}

/// What the engine answers to a call that bollard does not know. Null if it knows none either.
pub(super) async fn get(connector: Connector, authority: &str, path: &str) -> Value {
    let ask = async {
        let request = Request::get(format!("http://{authority}{path}")).body(Full::<Bytes>::default()).ok()?;
        let answer = client(connector).request(request).await.ok()?;
        let body = Limited::new(answer.into_body(), LARGEST).collect().await.ok()?;
        serde_json::from_slice(&body.to_bytes()).ok()
    };
    tokio::time::timeout(CONNECTS_WITHIN, ask).await.ok().flatten().unwrap_or_default()
}

/// Why a port with TLS answers nothing. A refusal of a certificate comes only after the handshake (TLS 1.3), where the
/// client of HTTP may take it for a connection that was closed.
pub(super) async fn refusal(connector: Connector, authority: &str) -> Option<String> {
    let ask = async {
        let at = format!("http://{authority}").parse().map_err(io::Error::other)?;
        let mut stream = connector.connect(at).await?.0.into_inner();
        stream.write_all(b"GET /_ping HTTP/1.0\r\n\r\n").await?;
        stream.read_to_end(&mut Vec::new()).await
    };
    tokio::time::timeout(CONNECTS_WITHIN, ask).await.ok()?.err().map(|error| super::innermost(&error))
}

fn client<B>(connector: Connector) -> Client<Connector, B>
where
    B: hyper::body::Body + Send,
    B::Data: Send,
{
    Client::builder(TokioExecutor::new())
        .pool_timer(TokioTimer::new())
        .pool_idle_timeout(IDLE)
        .pool_max_idle_per_host(MOST_IDLE)
        .build(connector)
}

impl Service<Uri> for Connector {
    type Response = Wire;
    type Error = io::Error;
    type Future = Pin<Box<dyn Future<Output = io::Result<Wire>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, at: Uri) -> Self::Future {
        Box::pin(self.clone().connect(at))
    }
}

trait Duplex: AsyncRead + AsyncWrite + Send + Unpin {}
impl<T: AsyncRead + AsyncWrite + Send + Unpin> Duplex for T {}

/// A connection of any kind.
pub(super) struct Wire(TokioIo<Box<dyn Duplex>>);

impl Connection for Wire {
    fn connected(&self) -> Connected {
        Connected::new()
    }
}

impl Read for Wire {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: ReadBufCursor<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_read(cx, buf)
    }
}

impl Write for Wire {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.0).poll_write(cx, buf)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_shutdown(cx)
    }
}
