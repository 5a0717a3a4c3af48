//! The address of an engine on another machine, as it is written. Pure.

use std::path::PathBuf;

use percent_encoding::percent_decode_str;
use url::Url;

use crate::engine::tcp::{self, NoPort};
use crate::words::error::{Error, Result};
use crate::words::{engine as engine_words, remote as words};

/// The default port of an engine with TLS.
const TLS_PORT: u16 = 2376;

/// How an engine on another machine is reached.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Remote {
    /// Its address, as it was written.
    pub endpoint: String,
    /// What named the address, such as `context rack`; the address itself if it was named directly.
    pub found_by: String,
    /// The way there.
    pub way: Way,
}

/// The way to another machine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Way {
    /// By ssh, to the engine's socket.
    Ssh(Ssh),
    /// To a port.
    Port(Port),
}

/// A machine that is reached by ssh, in the words of the person's own configuration of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ssh {
    /// A name that `ssh` knows: an alias of the configuration, a name of the network, or an IP address.
    pub host: String,
    /// The user there, if it is not the configuration's.
    pub user: Option<String>,
    /// The port of sshd, if it is not the configuration's.
    pub port: Option<u16>,
    /// The engine's socket there. `None` if the address does not say it.
    pub socket: Option<String>,
    /// The file with the only key that is used, if it is not the configuration's or the agent's.
    pub identity: Option<PathBuf>,
}

/// A port that an engine listens on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Port {
    /// The host.
    pub host: String,
    /// The port.
    pub port: u16,
    /// With TLS.
    pub tls: Option<Tls>,
}

/// The files for TLS, each in PEM.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tls {
    /// The authorities that the engine's certificate may be from. `None` for the system's.
    pub ca: Option<PathBuf>,
    /// The person's certificate.
    pub certificate: Option<PathBuf>,
    /// The key of that certificate.
    pub key: Option<PathBuf>,
}

impl Remote {
    /// Reads an address. `tls` is used if it is one of a port; `https://` asks for TLS by itself.
    pub fn read(endpoint: &str, found_by: &str, tls: Option<Tls>) -> Result<Remote> {
        let bad = |reason: String| Error::EngineConfig { found_by: found_by.to_owned(), reason };
        let (scheme, rest) = endpoint.split_once("://").unwrap_or_default();
        let way = match scheme {
            "ssh" => Way::Ssh(ssh(endpoint).map_err(bad)?),
            "tcp" | "http" => Way::Port(port(endpoint, rest, tls).map_err(bad)?),
            "https" => Way::Port(port(endpoint, rest, Some(tls.unwrap_or_default())).map_err(bad)?),
            "unix" | "npipe" | "fd" => return Err(bad(words::is_here(endpoint))),
            _ => return Err(bad(words::unknown_scheme(endpoint))),
        };
        Ok(Remote { endpoint: endpoint.to_owned(), found_by: found_by.to_owned(), way })
    }
}

impl Ssh {
    /// What a person gives to `ssh` for the same machine.
    pub fn target(&self) -> String {
        let user = self.user.as_ref().map(|user| format!("{user}@")).unwrap_or_default();
        let port = self.port.map(|port| format!("-p {port} ")).unwrap_or_default();
        format!("{port}{user}{}", self.host)
    }
}

fn ssh(endpoint: &str) -> Result<Ssh, String> {
    let bad = || words::no_address(endpoint);
    let url = Url::parse(endpoint).map_err(|_| bad())?;
    let decoded = |text: &str| percent_decode_str(text).decode_utf8().map(String::from).map_err(|_| bad());
    let host = decoded(url.host_str().unwrap_or_default())?;
    // An IPv6 address is in brackets only here.
    let host = host.trim_start_matches('[').trim_end_matches(']').to_owned();
    if url.password().is_some() {
        return Err(words::has_password(&host));
    }
    let user = decoded(url.username())?;
    let plain = |text: &str, also: &str| {
        !text.starts_with('-') && text.chars().all(|letter| letter.is_ascii_alphanumeric() || also.contains(letter))
    };
    // Both are arguments of a program, and configurations may give them to a shell (`ProxyCommand`).
    let is_usual = !host.is_empty() && plain(&host, "._-:%") && plain(&user, "._-+@\\");
    if !is_usual || url.query().is_some() || url.fragment().is_some() {
        return Err(bad());
    }
    let socket = decoded(url.path())?;
    if !plain(&socket, "/._-+@") {
        return Err(words::odd_socket(&socket));
    }
    Ok(Ssh {
        host,
        user: (!user.is_empty()).then_some(user),
        port: url.port(),
        socket: Some(socket).filter(|path| path.starts_with('/') && path.len() > 1),
        identity: None,
    })
}

fn port(endpoint: &str, address: &str, tls: Option<Tls>) -> Result<Port, String> {
    let parts = tcp::host_and_port(address);
    let (host, port) = parts.map_err(|NoPort(port)| engine_words::no_port(endpoint, &port))?;
    let is_usual = host.chars().all(|letter| letter.is_ascii_alphanumeric() || "._-:".contains(letter));
    if host.is_empty() || host.starts_with('-') || !is_usual {
        return Err(words::no_address(endpoint));
    }
    let usual = if tls.is_some() { TLS_PORT } else { tcp::USUAL_PORT };
    Ok(Port { host: host.to_owned(), port: port.unwrap_or(usual), tls })
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn read(endpoint: &str) -> Result<Way> {
        Remote::read(endpoint, "DOCKER_HOST", None).map(|remote| remote.way)
    }

    #[test]
    fn an_address_of_ssh_is_read() {
        for (endpoint, host, user, port, socket) in [
            ("ssh://rack", "rack", None, None, None),
            ("ssh://rack/", "rack", None, None, None),
            ("ssh://ada@rack.example:2222", "rack.example", Some("ada"), Some(2222), None),
            ("ssh://my_alias", "my_alias", None, None, None),
            ("ssh://Rack-2", "Rack-2", None, None, None),
            ("ssh://[2001:db8::1]:22", "2001:db8::1", None, Some(22), None),
            (
                "ssh://core@127.0.0.1:52345/run/user/501/podman/podman.sock",
                "127.0.0.1",
                Some("core"),
                Some(52345),
                Some("/run/user/501/podman/podman.sock"),
            ),
            ("ssh://ada%40corp@rack/run/a%40b.sock", "rack", Some("ada@corp"), None, Some("/run/a@b.sock")),
        ] {
            let (user, socket) = (user.map(str::to_owned), socket.map(str::to_owned));
            let wanted = Ssh { host: host.to_owned(), user, port, socket, identity: None };
            assert_eq!(read(endpoint).unwrap(), Way::Ssh(wanted), "{endpoint}");
        }
    }

    #[test]
    fn an_address_that_ssh_or_a_shell_could_take_for_something_else_is_refused() {
        for endpoint in [
            "ssh://",
            "ssh:///run/docker.sock",
            "ssh://-oProxyCommand=touch",
            "ssh://-l@rack",
            "ssh://a%60id%60@rack",
            "ssh://$(id)@rack",
            "ssh://ra%20ck",
            "ssh://rack?x=1",
            "ssh://rack#x",
            "ssh://ada:secret@rack",
            "ssh://rack/run/a:b.sock",
            "ssh://rack/run/%25h.sock",
            "ssh://rack/run/%00",
            "ssh://rack:70000",
        ] {
            let failure = read(endpoint).unwrap_err().failure();
            assert!(failure.message.starts_with("DOCKER_HOST names no engine that can be used"), "{failure:?}");
            assert!(!failure.message.contains("secret"), "{failure:?}");
        }
    }

    #[test]
    fn an_address_of_a_port_is_read() {
        let tls = Tls { ca: Some("/ca.pem".into()), ..Tls::default() };
        for (endpoint, tls, host, port, with) in [
            ("tcp://rack", None, "rack", 2375, None),
            ("tcp://10.0.0.7:4000/", None, "10.0.0.7", 4000, None),
            ("tcp://rack", Some(tls.clone()), "rack", 2376, Some(tls.clone())),
            ("https://rack:1", None, "rack", 1, Some(Tls::default())),
            ("tcp://[2001:db8::1]:2376", None, "2001:db8::1", 2376, None),
        ] {
            let wanted = Port { host: host.to_owned(), port, tls: with };
            assert_eq!(Remote::read(endpoint, "x", tls).unwrap().way, Way::Port(wanted), "{endpoint}");
        }
        for endpoint in
            ["tcp://", "tcp://rack:port", "tcp://a b", "tcp://ada@rack", "unix:///x", "rack", "ftp://rack", ""]
        {
            assert!(read(endpoint).is_err(), "{endpoint}");
        }
    }

    proptest::proptest! {
        #[test]
        fn no_address_is_an_option_or_has_a_letter_of_a_shell(text in "(ssh|tcp)://[ -~]{0,20}(@|:|/|%2[0-9a-f]|-)?[ -~]{0,20}") {
            if let Ok(Way::Ssh(ssh)) = read(&text) {
                let all = [Some(ssh.host), ssh.user, ssh.socket];
                for part in all.iter().flatten() {
                    proptest::prop_assert!(!part.starts_with('-') && !part.is_empty());
                    proptest::prop_assert!(!part.contains(['$', '`', ';', '|', '&', ' ', '\'', '"', '(', '<', '>', '\n', '\0']));
                }
            }
        }
    }
}
