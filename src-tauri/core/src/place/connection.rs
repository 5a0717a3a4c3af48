//! How a place is reached: its address, and the secrets that the settings only name. Reading them may block.

use std::path::Path;
use std::sync::Arc;

use rustls::crypto::ring;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ClientConfig, RootCertStore};
use serde_json::json;
use url::Url;

use crate::place::gateway::{self, Gateway};
use crate::platform::keychain::Keychain;
use crate::platform::secret::Secret;
use crate::settings::place::{KeptSecret, Place, SCHEME};
use crate::words::error::{Error, Result};
use crate::words::names::display_path;
use crate::words::place as words;

/// The largest file with a token, a certificate or a key, bytes.
const LARGEST: u64 = 1 << 20;

/// How a gateway is reached.
#[derive(Clone, Debug)]
pub struct Connection {
    /// The place's name.
    pub name: String,
    /// The gateway's address.
    pub url: Url,
    /// The token that it asks for.
    pub token: Option<Secret>,
    /// The scheme of `Authorization` for the token.
    pub scheme: String,
    /// The header that has the token alone.
    pub header: Option<String>,
    /// Certificate authorities beside the machine's, in PEM.
    pub ca: Option<String>,
    /// The person's certificate, in PEM.
    pub certificate: Option<String>,
    /// Its key, in PEM.
    pub key: Option<Secret>,
    /// The user for whom kernels start.
    pub user: Option<String>,
}

/// A place that a launch runs at, before its secrets are read.
#[derive(Clone)]
pub struct Wanted {
    /// Its name.
    pub name: String,
    /// What the settings have of it.
    pub place: Place,
    /// What has its token.
    pub keychain: Keychain,
}

impl std::fmt::Debug for Wanted {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Wanted").field("name", &self.name).field("place", &self.place).finish_non_exhaustive()
    }
}

impl Wanted {
    /// How it is reached. A keychain may ask the person to unlock it.
    pub async fn connection(&self) -> Result<Connection> {
        let wanted = self.clone();
        let read = move || Connection::of(&wanted.name, &wanted.place, &wanted.keychain);
        tokio::task::spawn_blocking(read).await.unwrap_or(Err(Error::ShuttingDown))
    }

    /// How it is reached, and what its gateway offers.
    pub async fn ask(&self) -> Result<(Connection, Gateway)> {
        let connection = self.connection().await?;
        let ask = move || gateway::ask(&connection).map(|found| (connection, found));
        tokio::task::spawn_blocking(ask).await.unwrap_or(Err(Error::ShuttingDown))
    }
}

impl Connection {
    /// How a place is reached.
    ///
    /// # Errors
    /// A value cannot be used, a file cannot be read, or the keychain does not give the token.
    pub fn of(name: &str, place: &Place, keychain: &Keychain) -> Result<Connection> {
        place.check(name)?;
        let connection = Connection::read(name, place, keychain)?;
        connection.check_pair().map(|()| connection)
    }

    /// A certificate and a key that are not of each other would fail at each connection.
    fn check_pair(&self) -> Result<()> {
        let (Some(certificate), Some(key)) = (&self.certificate, &self.key) else { return Ok(()) };
        let wrong = |error: &dyn std::fmt::Display| words::other_key(&self.name, &error.to_string());
        let certificates =
            CertificateDer::pem_slice_iter(certificate.as_bytes()).collect::<std::result::Result<Vec<_>, _>>();
        let certificates = certificates.map_err(|error| wrong(&error))?;
        let key = PrivateKeyDer::from_pem_slice(key.expose().as_bytes()).map_err(|error| wrong(&error))?;
        let builder = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()));
        let builder = builder.with_safe_default_protocol_versions().map_err(|error| wrong(&error))?;
        let builder = builder.with_root_certificates(RootCertStore::empty());
        builder.with_client_auth_cert(certificates, key).map(drop).map_err(|error| wrong(&error))
    }

    fn read(name: &str, place: &Place, keychain: &Keychain) -> Result<Connection> {
        let pem = |file: &Option<std::path::PathBuf>, what: &str, begins: &str| {
            let read = file.as_deref().map(|file| {
                let text = read(file, what)?;
                if text.contains("-----BEGIN ") && text.contains(begins) {
                    Ok(text)
                } else {
                    Err(words::without(what, &display_path(file)))
                }
            });
            read.transpose()
        };
        Ok(Connection {
            name: name.to_owned(),
            url: place.url()?,
            token: place.token.as_ref().map(|kept| token(name, kept, keychain)).transpose()?,
            scheme: place.scheme.clone().unwrap_or_else(|| SCHEME.to_owned()),
            header: place.header.clone(),
            ca: pem(&place.ca, "certificate", "CERTIFICATE-----")?,
            certificate: pem(&place.certificate, "certificate", "CERTIFICATE-----")?,
            key: pem(&place.key, "key", "PRIVATE KEY-----")?.map(Secret::new),
            user: place.user.clone(),
        })
    }

    /// The header that has the token.
    pub fn authorization(&self) -> Option<(String, Secret)> {
        let token = self.token.as_ref()?;
        Some(match &self.header {
            Some(header) => (header.clone(), token.clone()),
            None => ("Authorization".to_owned(), Secret::new(format!("{} {}", self.scheme, token.expose()))),
        })
    }

    /// The address of a path below the gateway's.
    pub fn at(&self, path: &str) -> String {
        format!("{}{path}", self.url.as_str().trim_end_matches('/'))
    }

    /// What the server of a launch is told (`orchest_server`). `path`: the launch's folder where the kernels run, if they
    /// see it.
    pub fn for_server(&self, path: Option<&str>) -> Secret {
        let by_header = self.header.is_some();
        let token = self.token.as_ref().filter(|_| !by_header).map(Secret::expose);
        let headers = self.authorization().filter(|_| by_header);
        let headers = headers.map(|(name, value)| (name, value.expose().to_owned()));
        Secret::new(
            json!({
                "name": self.name,
                "url": self.url.as_str().trim_end_matches('/'),
                "token": token,
                "scheme": self.scheme,
                "headers": headers.into_iter().collect::<std::collections::BTreeMap<_, _>>(),
                "ca": self.ca,
                "cert": self.certificate,
                "key": self.key.as_ref().map(Secret::expose),
                "user": self.user,
                "path": path,
            })
            .to_string(),
        )
    }
}

/// The secrets in what a server is told.
pub fn secrets_in(told: &str) -> Vec<String> {
    let told: serde_json::Value = serde_json::from_str(told).unwrap_or_default();
    let headers = told["headers"].as_object().into_iter().flatten().map(|(_, value)| value);
    [&told["token"], &told["key"]]
        .into_iter()
        .chain(headers)
        .filter_map(|value| value.as_str())
        .map(str::to_owned)
        .collect()
}

fn token(place: &str, kept: &KeptSecret, keychain: &Keychain) -> Result<Secret> {
    match kept {
        KeptSecret::Secret(item) => match keychain.get(item) {
            Ok(Some(token)) => Ok(token),
            Ok(None) => Err(words::token_gone(place)),
            Err(reason) => Err(words::token_locked(place, &reason)),
        },
        KeptSecret::File(file) => {
            let text = read(file, "token")?;
            closed(file)?;
            let token = text.trim();
            if token.is_empty() || token.contains(char::is_control) {
                return Err(words::without_token(&display_path(file)));
            }
            Ok(Secret::new(token))
        }
    }
}

fn read(file: &Path, what: &str) -> Result<String> {
    let failed = |reason: &str| words::unreadable(what, &display_path(file), reason);
    let size = std::fs::metadata(file).map_err(|error| failed(&error.to_string()))?.len();
    if size > LARGEST {
        return Err(failed(words::TOO_LARGE));
    }
    std::fs::read_to_string(file).map_err(|error| failed(&error.to_string()))
}

/// A token is a secret: as ssh with its keys, a file that others may read is refused.
#[cfg(unix)]
fn closed(file: &Path) -> Result<()> {
    use std::os::unix::fs::PermissionsExt;
    let mode = std::fs::metadata(file).map(|found| found.permissions().mode()).unwrap_or_default();
    if mode & 0o077 == 0 { Ok(()) } else { Err(words::open_to_others(&display_path(file))) }
}

#[cfg(not(unix))]
fn closed(_: &Path) -> Result<()> {
    Ok(())
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use serde_json::Value;

    use super::*;
    use crate::settings::place::GatewayPlace;

    fn place() -> GatewayPlace {
        GatewayPlace { gateway: "https://gateway.example/team/".to_owned(), ..GatewayPlace::default() }
    }

    #[test]
    fn a_token_goes_into_its_header_and_the_server_is_told() {
        let keychain = Keychain::in_memory();
        keychain.put("item", &Secret::new("t0")).unwrap();
        let with = GatewayPlace { token: Some(KeptSecret::Secret("item".to_owned())), ..place() };
        let connection = Connection::of("team", &with.clone().into(), &keychain).unwrap();
        assert_eq!(connection.authorization(), Some(("Authorization".to_owned(), Secret::new("token t0"))));
        assert_eq!(connection.at("/api"), "https://gateway.example/team/api");
        let told: Value = serde_json::from_str(connection.for_server(Some("/data")).expose()).unwrap();
        assert_eq!(
            (&told["token"], &told["path"], &told["headers"]),
            (&"t0".into(), &"/data".into(), &Value::Object(Default::default()))
        );
        assert!(!format!("{connection:?}").contains("t0"));

        let header = GatewayPlace { header: Some("X-Key".to_owned()), ..with };
        let connection = Connection::of("team", &header.clone().into(), &keychain).unwrap();
        assert_eq!(connection.authorization(), Some(("X-Key".to_owned(), Secret::new("t0"))));
        let told: Value = serde_json::from_str(connection.for_server(None).expose()).unwrap();
        assert_eq!((&told["token"], &told["headers"]["X-Key"]), (&Value::Null, &"t0".into()));
        assert_eq!(secrets_in(connection.for_server(None).expose()), ["t0"]);
        keychain.forget("item");
        assert!(Connection::of("team", &header.clone().into(), &keychain).is_err());
    }

    #[cfg(unix)]
    #[test]
    fn a_file_with_a_token_has_one_line_and_is_the_persons_alone() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("token");
        let with = GatewayPlace { token: Some(KeptSecret::File(file.clone())), ..place() };
        let of = || {
            Connection::of("team", &with.clone().into(), &Keychain::in_memory())
                .map(|connection| connection.token.unwrap())
        };
        assert!(of().unwrap_err().failure().message.contains("cannot be read"));
        for (text, mode, fits) in
            [("t0\n", 0o600, true), ("t0", 0o640, false), ("\n", 0o600, false), ("a\nb", 0o600, false)]
        {
            std::fs::write(&file, text).unwrap();
            std::fs::set_permissions(&file, std::fs::Permissions::from_mode(mode)).unwrap();
            assert_eq!(of().ok(), fits.then(|| Secret::new("t0")), "{text:?} {mode:o}");
        }
    }

    #[test]
    fn files_without_certificates_are_refused() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("ca.pem");
        std::fs::write(&file, "no certificate").unwrap();
        let with = GatewayPlace { ca: Some(file), ..place() };
        let failure = Connection::of("team", &with.clone().into(), &Keychain::in_memory()).unwrap_err().failure();
        assert!(failure.message.contains("has no certificate"), "{failure:?}");
    }

    #[test]
    fn a_certificate_needs_its_own_key() {
        let pair = || rcgen::generate_simple_self_signed(vec!["ada".to_owned()]).unwrap();
        let (one, other) = (pair(), pair());
        let folder = tempfile::tempdir().unwrap();
        let written = |name: &str, text: String| {
            let file = folder.path().join(name);
            std::fs::write(&file, text).unwrap();
            Some(file)
        };
        let certificate = written("one.pem", one.cert.pem());
        let own = written("one.key", one.signing_key.serialize_pem());
        let of = |key| {
            Connection::of(
                "team",
                &GatewayPlace { certificate: certificate.clone(), key, ..place() }.into(),
                &Keychain::in_memory(),
            )
        };
        assert!(of(own).is_ok());
        let failure = of(written("other.key", other.signing_key.serialize_pem())).unwrap_err().failure();
        assert!(failure.message.contains("cannot be used together"), "{failure:?}");
    }
}
