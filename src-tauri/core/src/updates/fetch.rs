//! Asks an address. A request has no id, no query and no cookie, and names nothing but the program. An answer has a bound,
//! and so have the time and the redirects that it takes. Proxies come from the environment: `HTTPS_PROXY`, `NO_PROXY`.

use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use rustls::crypto::ring;
use ureq::Agent;
use ureq::tls::{RootCerts, TlsConfig};
use url::Url;

use crate::platform::authorities;
use crate::settings::schema;
use crate::words::error::{Error, Result};
use crate::words::updates as words;

const USER_AGENT: &str = "Orchest Desktop";
const MOST_REDIRECTS: usize = 5;
/// How long a server may take for a small answer.
const ANSWERS_WITHIN: Duration = Duration::from_secs(20);
/// How long it may be silent in a large one.
const SILENT_FOR: Duration = Duration::from_secs(30);
/// How long a large answer may take.
const SENT_WITHIN: Duration = Duration::from_secs(3600);
const CONNECTS_WITHIN: Duration = Duration::from_secs(10);

/// How the network is reached.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Way {
    /// A file with certificate authorities beside those of the machine.
    pub ca_file: Option<PathBuf>,
    /// Shorter time limits, for tests.
    pub within: Option<Duration>,
}

/// Whether an address may be asked: by https, or on this machine by http.
pub fn allowed(address: &Url) -> Result<()> {
    if schema::is_safe(address) { Ok(()) } else { Err(words::not_https(address.as_str())) }
}

/// Where a redirect leads, if it may be followed: by the same protocol, or from http on this machine to https.
pub fn redirected(from: &Url, location: &str) -> Result<Url> {
    let to = from.join(location).map_err(|_| words::redirected(from, location))?;
    let kept = to.scheme() == from.scheme() || to.scheme() == "https";
    if !kept || allowed(&to).is_err() {
        return Err(words::redirected(from, to.as_str()));
    }
    Ok(to)
}

/// A small answer, of at most `most` bytes.
pub fn small(address: &Url, way: &Way, most: u64) -> Result<Vec<u8>> {
    let (mut body, _) = answer(address, way, way.within.unwrap_or(ANSWERS_WITHIN))?;
    let mut read = Vec::new();
    // One byte more shows that the answer is longer.
    let whole = body.by_ref().take(most + 1).read_to_end(&mut read);
    whole.map_err(|error| words::unreachable(address, &error.to_string()))?;
    if read.len() as u64 > most {
        return Err(words::too_large(address, most));
    }
    Ok(read)
}

/// A large answer, part by part. `take` gets each, and ends it by an error.
pub fn large(address: &Url, way: &Way, size: u64, mut take: impl FnMut(&[u8]) -> Result<()>) -> Result<()> {
    let (mut body, length) = answer(address, way, way.within.unwrap_or(SENT_WITHIN))?;
    if length.is_some_and(|length| length != size) {
        return Err(words::other_size(address, size));
    }
    let mut part = vec![0; 64 << 10];
    let mut done = 0;
    loop {
        let read = body.read(&mut part).map_err(|error| words::unreachable(address, &error.to_string()))?;
        if read == 0 {
            break;
        }
        done += read as u64;
        if done > size {
            return Err(words::other_size(address, size));
        }
        take(&part[..read])?;
    }
    if done == size { Ok(()) } else { Err(words::other_size(address, size)) }
}

type Body = (Box<dyn Read + Send>, Option<u64>);

fn answer(address: &Url, way: &Way, within: Duration) -> Result<Body> {
    allowed(address)?;
    let mut address = address.clone();
    for _ in 0..=MOST_REDIRECTS {
        let agent = agent(&address, way, within)?;
        let asked = agent.get(address.as_str()).call();
        let answer = asked.map_err(|error| words::unreachable(&address, &error.to_string()))?;
        let status = answer.status();
        if status.is_redirection() {
            let location = answer.headers().get("location").and_then(|location| location.to_str().ok());
            address = redirected(&address, location.unwrap_or_default())?;
            continue;
        }
        if status.as_u16() != 200 {
            return Err(words::unreachable(&address, &words::status(status.as_u16())));
        }
        let length = answer.body().content_length();
        let body = answer.into_body().into_with_config().limit(u64::MAX).reader();
        return Ok((Box::new(body), length));
    }
    Err(words::too_many_redirects(&address))
}

fn agent(address: &Url, way: &Way, within: Duration) -> Result<Agent> {
    let config = Agent::config_builder()
        .http_status_as_error(false)
        .max_redirects(0)
        .max_redirects_will_error(false)
        .user_agent(USER_AGENT)
        .timeout_connect(Some(CONNECTS_WITHIN.min(within)))
        .timeout_per_read(Some(SILENT_FOR.min(within)))
        .timeout_global(Some(within));
    let config = match address.scheme() {
        // A server on this machine.
        "http" => config.proxy(None).build(),
        _ => config.tls_config(tls(way.ca_file.as_deref())?).build(),
    };
    Ok(config.new_agent())
}

fn tls(ca_file: Option<&Path>) -> Result<TlsConfig> {
    let mut roots = authorities::of_this_machine();
    if let Some(file) = ca_file {
        let text = std::fs::read(file);
        let text = text.map_err(|source| Error::Io { what: "read".to_owned(), path: file.to_owned(), source })?;
        roots.extend(authorities::in_pem(&text));
    }
    let provider = Arc::new(ring::default_provider());
    Ok(TlsConfig::builder().root_certs(RootCerts::from(roots)).unversioned_rustls_crypto_provider(provider).build())
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn only_https_is_asked_and_http_on_this_machine() {
        for (address, wanted) in [
            ("https://orchest.example/updates.json", true),
            ("http://127.0.0.1:8000/updates.json", true),
            ("http://[::1]:8000/updates.json", true),
            ("http://localhost:8000/updates.json", false),
            ("http://orchest.example/updates.json", false),
            ("http://127.0.0.1.orchest.example/", false),
            ("file:///etc/passwd", false),
            ("ftp://orchest.example/", false),
        ] {
            assert_eq!(allowed(&address.parse().unwrap()).is_ok(), wanted, "{address}");
        }
    }

    #[test]
    fn a_redirect_keeps_its_protocol() {
        let (safe, here) = ("https://orchest.example/a/updates.json", "http://127.0.0.1:80/updates.json");
        for (from, to, wanted) in [
            (safe, "b.json", Some("https://orchest.example/a/b.json")),
            (safe, "//files.example/b.json", Some("https://files.example/b.json")),
            (safe, "http://orchest.example/", None),
            (safe, "http://127.0.0.1/", None),
            (safe, "file:///etc/passwd", None),
            (safe, "data:,x", None),
            (here, "/b", Some("http://127.0.0.1/b")),
            (here, "https://orchest.example/", Some("https://orchest.example/")),
            (here, "http://orchest.example/", None),
            (here, "http://", None),
        ] {
            let followed = redirected(&from.parse().unwrap(), to).ok().map(String::from);
            assert_eq!(followed.as_deref(), wanted, "{from} {to}");
        }
    }
}
