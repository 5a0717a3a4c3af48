//! A server of HTTP of the test's own, at an address of this machine.

use std::convert::Infallible;
use std::net::{IpAddr, SocketAddr};

use bytes::Bytes;
use hyper::body::{Body, Incoming};
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use crate::engine::docker;

/// Answers requests until it is dropped.
pub struct Served {
    /// Its address and port.
    pub at: SocketAddr,
    task: JoinHandle<()>,
}

impl Drop for Served {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// Serves at a free port of an address.
///
/// # Panics
/// If the address is not this machine's.
#[allow(clippy::expect_used)]
pub async fn serve<B>(
    address: IpAddr,
    answer: impl Fn(&Request<Incoming>) -> Response<B> + Clone + Send + Sync + 'static,
) -> Served
where
    B: Body<Data = Bytes> + Send + 'static,
    B::Error: std::error::Error + Send + Sync,
{
    let listener = TcpListener::bind((address, 0)).await.expect("a port");
    let at = listener.local_addr().expect("its address");
    let task = tokio::spawn(async move {
        let mut connections = tokio::task::JoinSet::new();
        while let Ok((stream, _)) = listener.accept().await {
            let answer = answer.clone();
            connections.spawn(async move {
                let answer = service_fn(move |request| {
                    let answer = answer(&request);
                    async move { Ok::<_, Infallible>(answer) }
                });
                // A client may go away at any time.
                let _ = hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(stream), answer).await;
            });
        }
    });
    Served { at, task }
}

/// This machine's address on the engine's usual network, where containers reach it. Docker 20.10 does not name it before
/// its second start; it is the first one.
///
/// # Panics
/// If the engine has no such network.
#[allow(clippy::expect_used)]
pub fn bridge() -> IpAddr {
    let format = "{{with index .IPAM.Config 0}}{{or .Gateway .Subnet}}{{end}}";
    let said = docker(&["network", "inspect", "bridge", "--format", format]);
    let said = said.first().expect("the engine's network");
    match said.split_once(".0/") {
        Some((network, _)) => format!("{network}.1").parse().expect("its first address"),
        None => said.parse().expect("its address"),
    }
}
