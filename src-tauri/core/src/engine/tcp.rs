//! An engine behind a port of this machine: `DOCKER_HOST=tcp://127.0.0.1:2375`.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, UdpSocket};
use std::time::Duration;

use bollard::{API_DEFAULT_VERSION, Docker};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

/// The default port of an engine without TLS.
pub(super) const USUAL_PORT: u16 = 2375;
/// How long a port of this machine has to accept a connection.
const PATIENCE: Duration = Duration::from_secs(2);
/// The longest time of one call, as for sockets, seconds.
const CALL_S: u64 = 120;

/// The machine of an address.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// This machine: host and port, as in a web address.
    Here(String),
    Elsewhere,
}

/// The part of an address that should be a port and is not.
#[derive(Debug, PartialEq)]
pub(super) struct NoPort(pub String);

/// The host and the port of `host:port`. Both parts are optional, as in the Docker CLI.
pub(super) fn host_and_port(address: &str) -> Result<(&str, Option<u16>), NoPort> {
    let address = address.trim_end_matches('/');
    let (host, port) = if let Some((host, rest)) = address.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        (host, rest.strip_prefix(':').unwrap_or(rest))
    } else if address.parse::<Ipv6Addr>().is_ok() {
        (address, "")
    } else {
        address.rsplit_once(':').unwrap_or((address, ""))
    };
    let port = match port {
        "" => None,
        text => Some(text.parse().map_err(|_| NoPort(text.to_owned()))?),
    };
    Ok((host, port))
}

/// The machine of `host:port`.
pub(super) fn place(address: &str) -> Result<Place, NoPort> {
    let (host, port) = host_and_port(address)?;
    let port = port.unwrap_or(USUAL_PORT);
    let lower = host.to_ascii_lowercase();
    if lower.is_empty() || lower == "localhost" || lower.ends_with(".localhost") {
        let host = if lower.is_empty() { "127.0.0.1" } else { &lower };
        return Ok(Place::Here(format!("{host}:{port}")));
    }
    let Ok(ip) = host.parse::<IpAddr>() else { return Ok(Place::Elsewhere) };
    let ip = match ip.to_canonical() {
        IpAddr::V4(any) if any.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(any) if any.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        other => other,
    };
    if !ip.is_loopback() && !is_of_this_machine(ip) {
        return Ok(Place::Elsewhere);
    }
    Ok(Place::Here(match ip {
        IpAddr::V4(ip) => format!("{ip}:{port}"),
        IpAddr::V6(ip) => format!("[{ip}]:{port}"),
    }))
}

/// Whether this is an address of this machine: only those can be bound.
fn is_of_this_machine(ip: IpAddr) -> bool {
    UdpSocket::bind((ip, 0)).is_ok()
}

/// Connects. `None` if nothing accepts the connection.
pub(super) async fn connect(address: &str) -> Option<Docker> {
    tokio::time::timeout(PATIENCE, tokio::net::TcpStream::connect(address)).await.ok()?.ok()?;
    Docker::connect_with_http(&format!("tcp://{address}"), CALL_S, API_DEFAULT_VERSION).ok()
}

/// Whether a port takes an ordinary request for a broken one of TLS. Engines say so in words, others by an alert.
pub(super) async fn speaks_tls(address: &str) -> bool {
    let ask = async {
        let mut stream = tokio::net::TcpStream::connect(address).await?;
        stream.write_all(b"GET /_ping HTTP/1.0\r\n\r\n").await?;
        let mut answer = Vec::new();
        stream.take(1024).read_to_end(&mut answer).await?;
        std::io::Result::Ok(answer)
    };
    let answer = tokio::time::timeout(PATIENCE, ask).await.ok().and_then(Result::ok).unwrap_or_default();
    is_of_tls(&answer)
}

fn is_of_tls(answer: &[u8]) -> bool {
    // The record of an alert: its type, and the first byte of its version.
    answer.starts_with(&[21, 3]) || String::from_utf8_lossy(answer).contains("to an HTTPS server")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_of_this_machine_is_here() {
        for (address, here) in [
            ("127.0.0.1:2375", "127.0.0.1:2375"),
            ("127.0.0.1", "127.0.0.1:2375"),
            ("127.8.9.1:1", "127.8.9.1:1"),
            ("localhost:2376/", "localhost:2376"),
            ("LocalHost", "localhost:2375"),
            ("docker.localhost:1", "docker.localhost:1"),
            (":4000", "127.0.0.1:4000"),
            ("", "127.0.0.1:2375"),
            ("[::1]:2375", "[::1]:2375"),
            ("[::1]", "[::1]:2375"),
            ("::1", "[::1]:2375"),
            ("[::ffff:127.0.0.1]:1", "127.0.0.1:1"),
            ("0.0.0.0:2375", "127.0.0.1:2375"),
            ("[::]:2375", "[::1]:2375"),
        ] {
            assert_eq!(place(address), Ok(Place::Here(here.to_owned())), "{address}");
        }
        for address in
            ["10.213.7.9:2375", "192.0.2.1", "engine:2375", "localhost.example:1", "[2001:db8::1]:1", "8.8.8.8"]
        {
            assert_eq!(place(address), Ok(Place::Elsewhere), "{address}");
        }
        for address in ["127.0.0.1:port", "127.0.0.1:70000", "[::1]x", "localhost:-1"] {
            assert!(place(address).is_err(), "{address}");
        }
    }

    #[test]
    fn a_port_that_wants_tls_is_known_by_its_answer() {
        let of_go = b"HTTP/1.0 400 Bad Request\r\n\r\nClient sent an HTTP request to an HTTPS server.\n";
        for answer in [&of_go[..], &[21, 3, 1, 0, 2, 2, 70]] {
            assert!(is_of_tls(answer), "{answer:?}");
        }
        for answer in [&b""[..], b"HTTP/1.1 200 OK\r\n\r\nOK", &[21], &[22, 3, 1]] {
            assert!(!is_of_tls(answer), "{answer:?}");
        }
    }
}
