//! The addresses of a server for a browser. Pure.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, PercentEncode, utf8_percent_encode};
use sha2::{Digest, Sha256};

use crate::jupyter::endpoint::Endpoint;
use crate::jupyter::server::Server;

/// The path above all paths of the server with this token: `/` and 32 digits. The server derives the same path.
///
/// Browsers send cookies to all ports of a host, but only below their path. Nobody can guess this path, so that no other
/// program at 127.0.0.1 gets the cookies of a launch.
pub fn path(token: &str) -> String {
    let digest = Sha256::digest(format!("orchest: the path of {token}"));
    format!("/{}", hex::encode(&digest[..16]))
}

impl Server {
    /// The address of JupyterLab, or of one notebook in it (relative, with `/`), with the token that lets a browser in.
    pub fn lab_url(&self, notebook: Option<&str>) -> String {
        let token = self.token.expose();
        format!("{}{}{}?token={token}", self.endpoint, path(token), page(notebook))
    }
}

/// The page of JupyterLab, or of one notebook in it.
pub(super) fn page(notebook: Option<&str>) -> String {
    notebook.map_or_else(|| "/lab".to_owned(), |path| format!("/lab/tree/{}", percent_encode(path)))
}

/// The part of the address that is shown: neither the token nor the path.
pub fn shown(endpoint: &Endpoint) -> String {
    format!("{endpoint}/…/lab")
}

/// All but unreserved characters and `/` (RFC 3986, section 2.3).
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~').remove(b'/');

pub(super) fn percent_encode(path: &str) -> PercentEncode<'_> {
    utf8_percent_encode(path, ENCODED)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::platform::secret::Secret;

    #[test]
    fn a_notebook_of_any_name_has_an_address() {
        let server = Server { endpoint: Endpoint::on_this_machine(8), token: Secret::new("t") };
        let url = server.lab_url(Some("my notes/ü?#%.ipynb"));
        let path = path("t");
        assert_eq!(url, format!("http://127.0.0.1:8{path}/lab/tree/my%20notes/%C3%BC%3F%23%25.ipynb?token=t"));
    }

    #[test]
    fn each_token_has_a_path_that_does_not_reveal_it() {
        let (one, other) = (Secret::random(), Secret::random());
        assert_ne!(path(one.expose()), path(other.expose()));
        assert!(path(one.expose()).len() == 33 && !path(one.expose()).contains(one.expose()));
        let shown = shown(&Endpoint::on_this_machine(8));
        assert!(shown.starts_with("http://127.0.0.1:8/") && !shown.contains(&path(one.expose())));
    }
}
