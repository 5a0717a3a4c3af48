//! A place where launches run, other than this machine alone, as the settings file has it. Pure.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use url::{Host, Url};

use crate::contract::choices::is_default;
use crate::contract::place::NewPlace;
use crate::words::error::Result;
use crate::words::place as words;

/// The name of the place that every folder has unless a person picks another.
pub const THIS_MACHINE: &str = "this-machine";
/// The longest name of a place, letters.
const LONGEST_NAME: usize = 40;
/// The scheme of `Authorization` that Jupyter servers and gateways know.
pub const SCHEME: &str = "token";

/// A place: a gateway that is already there.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Place {
    /// The gateway's address, such as `https://gateway.example/team`.
    pub gateway: String,
    /// The token or password that it asks for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token: Option<KeptSecret>,
    /// The scheme of the header `Authorization` that has the token; `token` by default.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scheme: Option<String>,
    /// The header that has the token alone, in the place of `Authorization`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub header: Option<String>,
    /// A file with the certificate authorities that signed its certificate, beside those of the machine.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ca: Option<PathBuf>,
    /// A file with the person's certificate, if the gateway asks for one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub certificate: Option<PathBuf>,
    /// A file with its private key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<PathBuf>,
    /// The user for whom the gateway starts kernels.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user: Option<String>,
    /// Folders of this machine that the gateway's kernels see, too.
    #[serde(default, skip_serializing_if = "is_default")]
    pub shared: Vec<SharedFolder>,
}

/// Where a secret is kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum KeptSecret {
    /// In the system's keychain, under this name.
    Secret(String),
    /// In a file of the person.
    File(PathBuf),
}

/// A folder of this machine that kernels see under a path of theirs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SharedFolder {
    /// Its path here.
    pub here: PathBuf,
    /// Its path where the kernels run.
    pub there: String,
}

impl SharedFolder {
    /// The folder of `HERE=THERE`, or of one path if both are the same.
    pub fn of(text: &str) -> SharedFolder {
        let (here, there) = text.split_once('=').unwrap_or((text, text));
        SharedFolder { here: here.into(), there: there.to_owned() }
    }
}

impl From<&NewPlace> for Place {
    fn from(new: &NewPlace) -> Place {
        Place {
            gateway: new.gateway.clone(),
            user: new.user.clone(),
            shared: new.shared.iter().map(|text| SharedFolder::of(text)).collect(),
            ..Place::default()
        }
    }
}

impl Place {
    /// The path of a folder where the kernels run, if they see it.
    pub fn path_of(&self, folder: &Path) -> Option<String> {
        let nearest = self.shared.iter().filter(|shared| folder.starts_with(&shared.here));
        let shared = nearest.max_by_key(|shared| shared.here.components().count())?;
        let inside = folder.strip_prefix(&shared.here).ok()?;
        let parts = inside.iter().map(|part| part.to_str()).collect::<Option<Vec<_>>>()?;
        let there = shared.there.trim_end_matches('/');
        Some(parts.iter().fold(there.to_owned(), |path, part| format!("{path}/{part}")))
    }

    /// The address, if it can be used.
    ///
    /// # Errors
    /// It is none of http or https, has a login, or is the machine's own: a container does not reach that.
    pub fn url(&self) -> Result<Url> {
        let url: Url = self.gateway.parse().map_err(|_| words::not_an_address(&self.gateway))?;
        if !matches!(url.scheme(), "http" | "https") || url.host().is_none() {
            return Err(words::not_an_address(&self.gateway));
        }
        if !url.username().is_empty() || url.password().is_some() || url.query().is_some() || url.fragment().is_some() {
            return Err(words::more_than_an_address(&self.gateway));
        }
        let here = match url.host() {
            Some(Host::Ipv4(host)) => host.is_loopback(),
            Some(Host::Ipv6(host)) => host.is_loopback(),
            Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
            None => false,
        };
        if here { Err(words::loopback(&self.gateway)) } else { Ok(url) }
    }

    /// # Errors
    /// A value cannot be used.
    pub fn check(&self, name: &str) -> Result<()> {
        check_name(name)?;
        self.url()?;
        let header =
            |name: &str| !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
        if let Some(name) = self.header.as_ref().filter(|name| !header(name)) {
            return Err(words::not_a_header(name));
        }
        if let Some(scheme) = self.scheme.as_ref().filter(|name| !header(name)) {
            return Err(words::not_a_scheme(scheme));
        }
        if self.certificate.is_some() != self.key.is_some() {
            return Err(words::half_a_certificate());
        }
        match self.shared.iter().find(|shared| !shared.here.is_absolute() || !shared.there.starts_with('/')) {
            Some(shared) => Err(words::not_shared(&shared.here.display().to_string(), &shared.there)),
            None => Ok(()),
        }
    }
}

/// # Errors
/// The name is none for a place.
pub fn check_name(name: &str) -> Result<()> {
    let letters = name.chars().all(|letter| letter.is_alphanumeric() || "-_. ".contains(letter));
    let fits = !name.is_empty() && name.chars().count() <= LONGEST_NAME && letters && name.trim() == name;
    if fits && name != THIS_MACHINE { Ok(()) } else { Err(words::not_a_name(name)) }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn at(gateway: &str) -> Place {
        Place { gateway: gateway.to_owned(), ..Place::default() }
    }

    #[test]
    fn an_address_is_http_without_a_login_and_not_this_machines_own() {
        for (gateway, fits) in [
            ("https://gateway.example", true),
            ("http://gateway.example:8888/team/a", true),
            ("http://192.168.1.7:8888", true),
            ("gateway.example", false),
            ("ftp://gateway.example", false),
            ("https://ada:x@gateway.example", false),
            ("https://gateway.example/?token=x", false),
            ("http://127.0.0.1:8888", false),
            ("http://[::1]:8888", false),
            ("http://localhost:8888", false),
        ] {
            assert_eq!(at(gateway).url().is_ok(), fits, "{gateway}");
        }
    }

    #[test]
    fn a_folder_below_a_shared_one_has_a_path_where_the_kernels_run() {
        let shared = |here: &str, there: &str| SharedFolder { here: here.into(), there: there.to_owned() };
        let place = Place {
            shared: vec![shared("/home/ada", "/mnt/people/ada/"), shared("/home/ada/data", "/data")],
            ..at("https://gateway.example")
        };
        for (folder, there) in [
            ("/home/ada", Some("/mnt/people/ada")),
            ("/home/ada/notes/a b", Some("/mnt/people/ada/notes/a b")),
            ("/home/ada/data/x", Some("/data/x")),
            ("/home/adam", None),
            ("/srv", None),
        ] {
            assert_eq!(place.path_of(Path::new(folder)).as_deref(), there, "{folder}");
        }
    }

    #[test]
    fn what_cannot_be_used_is_refused() {
        let fine = at("https://gateway.example");
        assert!(fine.check("team").is_ok() && fine.check("Team 2.b").is_ok());
        for name in ["", " a", "a/b", "this-machine", "x\ny", &"x".repeat(41)] {
            assert!(fine.check(name).is_err(), "{name}");
        }
        let half = Place { certificate: Some("/a.pem".into()), ..fine.clone() };
        let header = Place { header: Some("X Key:".to_owned()), ..fine.clone() };
        let relative = SharedFolder { here: "notes".into(), there: "/notes".to_owned() };
        let shared = Place { shared: vec![relative], ..fine };
        for place in [half, header, shared] {
            assert!(place.check("team").is_err(), "{place:?}");
        }
    }

    #[test]
    fn a_place_is_written_as_a_person_would() {
        let place = Place {
            token: Some(KeptSecret::File("/home/ada/.gateway".into())),
            user: Some("ada".to_owned()),
            ..at("https://gateway.example")
        };
        let written = serde_json::to_string(&place).unwrap();
        assert_eq!(
            written,
            r#"{"gateway":"https://gateway.example","token":{"file":"/home/ada/.gateway"},"user":"ada"}"#
        );
        assert_eq!(serde_json::from_str::<Place>(&written).unwrap(), place);
    }
}
