//! A place where launches run, other than this machine alone, as the settings file has it. Pure.

use std::path::{Component, Path, PathBuf};

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
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

/// A place where launches run. What the file has and this version cannot read stays as it is.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(from = "Value", into = "Value")]
pub struct Place {
    gateway: GatewayPlace,
    /// The whole entry, and why it cannot be used.
    broken: Option<(Value, String)>,
}

impl std::ops::Deref for Place {
    type Target = GatewayPlace;

    fn deref(&self) -> &GatewayPlace {
        &self.gateway
    }
}

impl From<GatewayPlace> for Place {
    fn from(gateway: GatewayPlace) -> Place {
        Place { gateway, broken: None }
    }
}

impl From<Value> for Place {
    fn from(value: Value) -> Place {
        match serde_json::from_value::<GatewayPlace>(value.clone()) {
            Ok(gateway) => gateway.into(),
            // The error names a field, and no value: a person may have written a token there.
            Err(error) => {
                Place { gateway: GatewayPlace::default(), broken: Some((value, field_of(&error.to_string()))) }
            }
        }
    }
}

impl From<Place> for Value {
    fn from(place: Place) -> Value {
        match place.broken {
            Some((value, _)) => value,
            None => serde_json::to_value(place.gateway).unwrap_or_default(),
        }
    }
}

/// What an error of serde says without the value.
fn field_of(error: &str) -> String {
    match error.split_once("missing field ") {
        Some((_, field)) => words::lacks(field.trim_matches('`')),
        None => words::UNREADABLE.to_owned(),
    }
}

/// A gateway that is already there.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct GatewayPlace {
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
    /// Keys that this version does not know.
    #[serde(flatten)]
    pub unknown: Map<String, Value>,
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
        let user = new.user.clone();
        let shared = new.shared.iter().map(|text| SharedFolder::of(text)).collect();
        GatewayPlace { gateway: new.gateway.clone(), user, shared, ..GatewayPlace::default() }.into()
    }
}

impl Place {
    /// The same place with this token.
    pub fn with_token(self, token: KeptSecret) -> Place {
        Place { gateway: GatewayPlace { token: Some(token), ..self.gateway }, ..self }
    }

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
        let url: Url = self.gateway.gateway.parse().map_err(|_| words::not_an_address(&self.gateway.gateway))?;
        if !url.username().is_empty() || url.password().is_some() {
            return Err(words::more_than_an_address(url.host_str().unwrap_or_default()));
        }
        if !matches!(url.scheme(), "http" | "https") || url.host().is_none() {
            return Err(words::not_an_address(&self.gateway.gateway));
        }
        if url.query().is_some() || url.fragment().is_some() {
            return Err(words::more_than_an_address(&self.gateway.gateway));
        }
        let here = match url.host() {
            Some(Host::Ipv4(host)) => host.is_loopback() || host.is_unspecified(),
            Some(Host::Ipv6(host)) => match host.to_ipv4_mapped() {
                Some(host) => host.is_loopback() || host.is_unspecified(),
                None => host.is_loopback() || host.is_unspecified(),
            },
            Some(Host::Domain(name)) => {
                let name = name.trim_end_matches('.').to_lowercase();
                name == "localhost" || name.ends_with(".localhost")
            }
            None => false,
        };
        if here { Err(words::loopback(&self.gateway.gateway)) } else { Ok(url) }
    }

    /// # Errors
    /// A value cannot be used.
    pub fn check(&self, name: &str) -> Result<()> {
        if let Some((_, why)) = &self.broken {
            return Err(words::broken(name, why));
        }
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
        let fits = |shared: &&SharedFolder| {
            let plain = shared.here.components().all(|part| !matches!(part, Component::ParentDir | Component::CurDir));
            plain && shared.here.is_absolute() && shared.there.starts_with('/') && !shared.there.contains('=')
        };
        match self.shared.iter().find(|shared| !fits(shared)) {
            Some(shared) => Err(words::not_shared(&shared.here.display().to_string(), &shared.there)),
            None => Ok(()),
        }
    }
}

/// # Errors
/// The name is none for a place.
pub fn check_name(name: &str) -> Result<()> {
    let letters = name.chars().all(|letter| letter.is_alphanumeric() || "-_. ".contains(letter));
    let begins = name.starts_with(char::is_alphanumeric) && name.trim() == name;
    let fits = name.chars().count() <= LONGEST_NAME && letters && begins;
    if fits && !name.eq_ignore_ascii_case(THIS_MACHINE) { Ok(()) } else { Err(words::not_a_name(name)) }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn usable(gateway: &str) -> GatewayPlace {
        GatewayPlace { gateway: gateway.to_owned(), ..GatewayPlace::default() }
    }

    fn at(gateway: &str) -> Place {
        usable(gateway).into()
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
            ("http://LOCALHOST.:8888", false),
            ("http://0.0.0.0:8888", false),
            ("http://[::ffff:127.0.0.1]:8888", false),
        ] {
            assert_eq!(at(gateway).url().is_ok(), fits, "{gateway}");
        }
    }

    #[test]
    fn a_folder_below_a_shared_one_has_a_path_where_the_kernels_run() {
        let shared = |here: &str, there: &str| SharedFolder { here: here.into(), there: there.to_owned() };
        let shared = vec![shared("/home/ada", "/mnt/people/ada/"), shared("/home/ada/data", "/data")];
        let place: Place = GatewayPlace { shared, ..usable("https://gateway.example") }.into();
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
        let (fine, given) = (at("https://gateway.example"), usable("https://gateway.example"));
        assert!(fine.check("team").is_ok() && fine.check("Team 2.b").is_ok());
        for name in ["", " a", "-x", ".", "a/b", "This-Machine", "x\ny", &"x".repeat(41)] {
            assert!(fine.check(name).is_err(), "{name}");
        }
        let half = GatewayPlace { certificate: Some("/a.pem".into()), ..given.clone() };
        let header = GatewayPlace { header: Some("X Key:".to_owned()), ..given.clone() };
        let relative = SharedFolder { here: "notes".into(), there: "/notes".to_owned() };
        let shared = GatewayPlace { shared: vec![relative], ..given.clone() };
        let odd = GatewayPlace { shared: vec![SharedFolder::of("/a/../b=/x")], ..given.clone() };
        let twice = GatewayPlace { shared: vec![SharedFolder::of("/a=/b=/c")], ..given };
        for place in [half, header, shared, odd, twice] {
            let place = Place::from(place);
            assert!(place.check("team").is_err(), "{place:?}");
        }
    }

    #[test]
    fn a_place_is_written_as_a_person_would() {
        let place: Place = GatewayPlace {
            token: Some(KeptSecret::File("/home/ada/.gateway".into())),
            user: Some("ada".to_owned()),
            ..usable("https://gateway.example")
        }
        .into();
        let written = serde_json::to_string(&place).unwrap();
        assert_eq!(
            written,
            r#"{"gateway":"https://gateway.example","token":{"file":"/home/ada/.gateway"},"user":"ada"}"#
        );
        assert_eq!(serde_json::from_str::<Place>(&written).unwrap(), place);
    }

    #[test]
    fn an_entry_that_cannot_be_read_stays_as_it_is_and_says_no_value() {
        for (text, told) in [
            (r#"{"gateway":5}"#, "cannot be read"),
            (r#"{"address":"https://gateway.example"}"#, "lacks `gateway`"),
            (r#"{"gateway":"https://gateway.example","token":"s3cret"}"#, "cannot be read"),
            ("null", "cannot be read"),
        ] {
            let place: Place = serde_json::from_str(text).unwrap();
            let failure = place.check("team").unwrap_err().failure();
            assert!(failure.message.contains(told) && !failure.message.contains("s3cret"), "{failure:?}");
            let value: Value = serde_json::from_str(text).unwrap();
            assert_eq!(serde_json::to_value(&place).unwrap(), value);
        }
        let newer = r#"{"gateway":"https://gateway.example","of_a_newer_version":[1]}"#;
        let place: Place = serde_json::from_str(newer).unwrap();
        assert!(place.check("team").is_ok());
        assert_eq!(serde_json::to_string(&place).unwrap(), newer);
    }
}
