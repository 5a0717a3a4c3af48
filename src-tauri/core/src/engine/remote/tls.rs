//! TLS to an engine's port: the files of certificates, and what a connection checks.

use std::path::Path;
use std::sync::Arc;

use rustls::crypto::ring;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ClientConfig, RootCertStore};

use super::Tls;
use crate::words::remote as words;

/// What a connection checks, and what it shows of itself. The error names the file.
pub(super) fn config(tls: &Tls) -> Result<ClientConfig, String> {
    let builder = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|error| error.to_string())?
        .with_root_certificates(roots(tls.ca.as_deref())?);
    match (&tls.certificate, &tls.key) {
        (None, None) => Ok(builder.with_no_client_auth()),
        (Some(certificate), Some(key)) => {
            let of_key = |error: &dyn std::fmt::Display| words::bad_file(key, &error.to_string());
            let read = PrivateKeyDer::from_pem_file(key).map_err(|error| of_key(&error))?;
            builder.with_client_auth_cert(certificates(certificate)?, read).map_err(|error| of_key(&error))
        }
        (Some(half), None) | (None, Some(half)) => Err(words::bad_file(half, words::HALF_A_PAIR)),
    }
}

/// The authorities in a file and no others, or those that the system trusts.
fn roots(ca: Option<&Path>) -> Result<RootCertStore, String> {
    let mut roots = RootCertStore::empty();
    match ca {
        Some(file) => {
            for certificate in certificates(file)? {
                roots.add(certificate).map_err(|error| words::bad_file(file, &error.to_string()))?;
            }
        }
        None => {
            roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
            if roots.is_empty() {
                return Err(words::NO_AUTHORITIES.to_owned());
            }
        }
    }
    Ok(roots)
}

fn certificates(file: &Path) -> Result<Vec<CertificateDer<'static>>, String> {
    let bad = |error: rustls::pki_types::pem::Error| words::bad_file(file, &error.to_string());
    let read: Vec<_> = CertificateDer::pem_file_iter(file).map_err(bad)?.collect::<Result<_, _>>().map_err(bad)?;
    if read.is_empty() { Err(words::bad_file(file, words::NO_CERTIFICATE)) } else { Ok(read) }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn files_that_are_none_are_named() {
        let folder = tempfile::tempdir().unwrap();
        let own = rcgen::generate_simple_self_signed(["rack".to_owned()]).unwrap();
        let other = rcgen::generate_simple_self_signed(["rack".to_owned()]).unwrap();
        let file = |name: &str, text: &str| {
            let path = folder.path().join(name);
            std::fs::write(&path, text).unwrap();
            Some(path)
        };
        let ca = file("ca.pem", &own.cert.pem());
        let certificate = file("cert.pem", &own.cert.pem());
        let key = file("key.pem", &own.signing_key.serialize_pem());
        let empty = file("empty.pem", "");
        let others = file("other.pem", &other.signing_key.serialize_pem());
        let gone = Some(folder.path().join("gone.pem"));
        let all = Tls { ca: ca.clone(), certificate: certificate.clone(), key: key.clone() };
        assert!(config(&all).is_ok() && config(&Tls { ca, ..Tls::default() }).is_ok());
        for (tls, named) in [
            (Tls { ca: empty.clone(), ..all.clone() }, "empty.pem` cannot be used: it has no certificate"),
            (Tls { ca: gone, ..all.clone() }, "gone.pem"),
            (Tls { key: None, ..all.clone() }, "cert.pem` cannot be used: a certificate and its key"),
            (Tls { certificate: None, ..all.clone() }, "key.pem"),
            (Tls { key: others, ..all.clone() }, "other.pem"),
            (Tls { key: empty, ..all.clone() }, "empty.pem"),
        ] {
            let reason = config(&tls).unwrap_err();
            assert!(reason.contains(named), "{reason}");
        }
    }
}
