//! Where a server is reached. Pure.

use std::fmt;

/// The protocol of an endpoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scheme {
    /// HTTP without encryption, for an address that does not leave this machine.
    Http,
}

impl Scheme {
    /// Its name in a URL.
    pub fn as_str(self) -> &'static str {
        match self {
            Scheme::Http => "http",
        }
    }
}

/// Where a server is reached, from this machine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Endpoint {
    /// The protocol.
    pub scheme: Scheme,
    /// A name or an IP address, an IPv6 address without brackets.
    pub host: String,
    /// The port.
    pub port: u16,
}

impl Endpoint {
    /// A port that an engine on this machine publishes: it publishes all ports of a launch on 127.0.0.1.
    pub fn on_this_machine(port: u16) -> Endpoint {
        Endpoint { scheme: Scheme::Http, host: "127.0.0.1".to_owned(), port }
    }

    /// Host and port, as in a URL and in a `Host` header.
    pub fn authority(&self) -> String {
        if self.host.contains(':') {
            format!("[{}]:{}", self.host, self.port)
        } else {
            format!("{}:{}", self.host, self.port)
        }
    }
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}://{}", self.scheme.as_str(), self.authority())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_endpoint_is_written_as_the_start_of_a_url() {
        let at = |host: &str| Endpoint { host: host.to_owned(), ..Endpoint::on_this_machine(8888) }.to_string();
        assert_eq!(Endpoint::on_this_machine(8888).to_string(), "http://127.0.0.1:8888");
        assert_eq!(at("engine.example"), "http://engine.example:8888");
        assert_eq!(at("::1"), "http://[::1]:8888");
    }
}
