//! The certificate authorities of this machine, and certificates in PEM, for requests by `ureq`.

use ureq::tls::{Certificate, PemItem, parse_pem};

/// The authorities that this machine knows.
pub fn of_this_machine() -> Vec<Certificate<'static>> {
    let known = rustls_native_certs::load_native_certs();
    for error in &known.errors {
        tracing::debug!(%error, "certificate authorities of the machine");
    }
    known.certs.iter().map(|root| Certificate::from_der(root).to_owned()).collect()
}

/// The certificates in a text. What is none is left out, and written to the log.
pub fn in_pem(text: &[u8]) -> Vec<Certificate<'static>> {
    let certificate = |item| match item {
        Ok(PemItem::Certificate(certificate)) => Some(certificate),
        Ok(_) => None,
        Err(error) => {
            tracing::warn!(%error, "no certificate");
            None
        }
    };
    parse_pem(text).filter_map(certificate).collect()
}
