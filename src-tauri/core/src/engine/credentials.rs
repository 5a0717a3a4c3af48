//! A person's credentials for registries: from the Docker CLI's `config.json`, from the store or helper that it names,
//! or from Podman's `auth.json`.
//!
//! Formats: `cli/config/credentials` and `docker-credential-helpers` of Docker, `containers-auth.json(5)` of Podman.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use base64::Engine as _;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use bollard::BollardRequest;
use bollard::auth::DockerCredentials;
use serde_json::Value;
use tokio::io::AsyncWriteExt;

use super::{ProcessEnv, docker_config};
use crate::platform::paths;
use crate::words::{credentials as words, registry};

/// The longest time of a credential helper. It is too short for a helper that asks the person something.
const PATIENCE: Duration = Duration::from_secs(10);

/// A person's login to a registry.
#[derive(Clone, Default)]
pub(super) struct Login {
    /// The credentials for the engine.
    pub credentials: Option<DockerCredentials>,
    /// Why credentials could not be read. Names no secret.
    pub trouble: Option<String>,
    /// Where the credentials are from, for people.
    from: String,
}

/// Where the credentials are, according to a configuration.
#[derive(Debug, PartialEq)]
enum Source {
    Here(Box<DockerCredentials>),
    Helper(String),
    Nowhere,
}

impl Login {
    /// The engine's own message, and the credentials that were refused or the reason why there were none.
    pub(super) fn explain(&self, reason: String) -> String {
        match (&self.trouble, &self.credentials) {
            (Some(trouble), _) => words::refused_without(&reason, trouble),
            (None, Some(_)) if registry::is_denied(&reason) => words::refused(&reason, &self.from),
            _ => reason,
        }
    }
}

/// The login to the registry of an image. If a configuration or helper cannot be used, the pull is tried without
/// credentials: most images are public.
pub(super) async fn of_image(around: &ProcessEnv, image: &str) -> Login {
    let registry = registry::of_image(image);
    let mut trouble = None;
    for file in files(around) {
        let source = docker_config::read_file(&file).and_then(|config| source(&config, image, &registry, &file));
        let from = words::file(file.display());
        let found = match source {
            Ok(Source::Here(credentials)) => Ok(Some(*credentials)),
            Ok(Source::Helper(name)) => ask(around, &name, registry::key(&registry))
                .await
                .map_err(|reason| words::helper(&name, &from, &reason)),
            Ok(Source::Nowhere) => Ok(None),
            Err(reason) => Err(reason),
        };
        match found {
            Ok(Some(mut credentials)) => {
                credentials.serveraddress = Some(registry::key(&registry).to_owned());
                return Login { credentials: Some(credentials), trouble: None, from };
            }
            Ok(None) => {}
            Err(reason) => trouble = trouble.or(Some(reason)),
        }
    }
    Login { trouble, ..Login::default() }
}

/// The engine decodes a login by RFC 4648, section 5, and bollard encodes it by section 4. Without this change the engine
/// could not decode some logins, and would ask the registry without credentials.
pub(super) fn as_the_engine_reads_them(mut request: BollardRequest) -> BollardRequest {
    for name in ["x-registry-auth", "x-registry-config"] {
        if let Some(value) = request.headers_mut().get_mut(name) {
            let text: String = value.to_str().unwrap_or_default().chars().map(url_safe).collect();
            if let Ok(mut kept) = hyper::header::HeaderValue::try_from(text) {
                // Code that prints a request does not print the login.
                kept.set_sensitive(true);
                *value = kept;
            }
        }
    }
    request
}

fn url_safe(letter: char) -> char {
    match letter {
        '+' => '-',
        '/' => '_',
        other => other,
    }
}

/// The files that may have it: the Docker CLI's, then Podman's.
fn files(around: &ProcessEnv) -> Vec<PathBuf> {
    let docker = docker_config::folder(around).map(|folder| folder.join("config.json"));
    let named = around.set("REGISTRY_AUTH_FILE").map(PathBuf::from);
    let runtime = around.set("XDG_RUNTIME_DIR").map(|folder| Path::new(folder).join("containers/auth.json"));
    let config = around.set("XDG_CONFIG_HOME").map(PathBuf::from);
    let config = config.or_else(|| around.home.is_absolute().then(|| around.home.join(".config")));
    let kept = config.map(|folder| folder.join("containers/auth.json"));
    [docker, named, runtime, kept].into_iter().flatten().filter(|file| file.is_absolute()).collect()
}

fn source(config: &Value, image: &str, registry: &str, file: &Path) -> Result<Source, String> {
    let helpers = config["credHelpers"].as_object().into_iter().flatten();
    let helper = helpers.filter(|(key, _)| registry::of_key(key) == registry).find_map(|(_, name)| name.as_str());
    let store = config["credsStore"].as_str();
    if let Some(name) = helper.or(store).filter(|name| !name.is_empty()) {
        return Ok(Source::Helper(name.to_owned()));
    }
    let Some(entry) = entry(&config["auths"], image, registry) else { return Ok(Source::Nowhere) };
    let credentials = decoded(entry).map_err(|reason| words::entry(registry, file.display(), reason))?;
    Ok(credentials.map_or(Source::Nowhere, |credentials| Source::Here(Box::new(credentials))))
}

/// The entry for an image. Podman's may be for a part of a registry, and the narrowest one wins. The Docker CLI's has the
/// name of the registry, perhaps with a scheme and a path.
fn entry<'a>(auths: &'a Value, image: &str, registry: &str) -> Option<&'a Value> {
    let auths = auths.as_object()?;
    let repository = image.split('@').next().unwrap_or(image);
    let within =
        |key: &str| repository.strip_prefix(key).is_some_and(|rest| rest.is_empty() || rest.starts_with(['/', ':']));
    let narrowest = auths.iter().filter(|(key, _)| key.contains('/') && within(key)).max_by_key(|(key, _)| key.len());
    narrowest
        .or_else(|| auths.iter().find(|(key, _)| key.as_str() == registry::key(registry)))
        .or_else(|| auths.iter().find(|(key, _)| registry::of_key(key) == registry))
        .map(|(_, entry)| entry)
}

/// `None` for an entry that only refers to a store.
fn decoded(entry: &Value) -> Result<Option<DockerCredentials>, &'static str> {
    let text = |name: &str| entry[name].as_str().filter(|text| !text.is_empty()).map(str::to_owned);
    let (mut username, mut password) = (text("username"), text("password"));
    if let Some(auth) = text("auth") {
        let any_padding = GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent);
        let bytes = GeneralPurpose::new(&STANDARD, any_padding).decode(auth.trim());
        let both = bytes.ok().and_then(|bytes| String::from_utf8(bytes).ok());
        let both = both.ok_or(words::NOT_BASE64)?;
        let (name, word) = both.split_once(':').ok_or(words::NOT_A_PAIR)?;
        (username, password) = (Some(name.to_owned()), Some(word.trim_matches('\0').to_owned()));
    }
    let (identitytoken, registrytoken) = (text("identitytoken"), text("registrytoken"));
    let any = password.is_some() || identitytoken.is_some() || registrytoken.is_some();
    Ok(any.then(|| DockerCredentials { username, password, identitytoken, registrytoken, ..Default::default() }))
}

/// Runs a helper: a program that reads the registry from standard input and answers in JSON. The error continues a
/// sentence that starts with the helper's name.
async fn ask(around: &ProcessEnv, name: &str, key: &str) -> Result<Option<DockerCredentials>, String> {
    if name.contains(['/', '\\']) {
        return Err(words::NAME_IS_A_PATH.to_owned());
    }
    let mut command = tokio::process::Command::new(format!("docker-credential-{name}"));
    command.arg("get").envs(&around.env);
    command.env("PATH", paths::of_programs(around.env.get("PATH").map(Into::into)));
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()).kill_on_drop(true);
    let mut helper = command.spawn().map_err(|error| match error.kind() {
        std::io::ErrorKind::NotFound => words::NOT_IN_PATH.to_owned(),
        _ => words::not_started(&error),
    })?;
    let answered = tokio::time::timeout(PATIENCE, async {
        if let Some(mut input) = helper.stdin.take() {
            // The answer shows whether the helper read its input.
            let _ = input.write_all(key.as_bytes()).await;
        }
        helper.wait_with_output().await
    });
    let output = answered.await.map_err(|_| words::silent(PATIENCE.as_secs()))?;
    let output = output.map_err(|error| words::broke_off(&error))?;
    answer(output.status.success(), &String::from_utf8_lossy(&output.stdout))
        .map_err(|reason| words::with_status(&reason, output.status))
}

/// Reads a helper's answer.
fn answer(success: bool, said: &str) -> Result<Option<DockerCredentials>, String> {
    if !success {
        // All helpers report a missing entry with these words.
        if said.contains("credentials not found") {
            return Ok(None);
        }
        // A text that looks like an answer may contain a secret.
        let line = said.lines().next().unwrap_or_default().trim();
        let is_text = !line.is_empty() && !said.contains('{');
        return Err(words::failed(is_text.then(|| excerpt(line)).as_deref()));
    }
    let said: Value = serde_json::from_str(said).map_err(|_| words::ANSWER_NOT_JSON.to_owned())?;
    let text = |name: &str| said[name].as_str().filter(|text| !text.is_empty()).map(str::to_owned);
    let Some(secret) = text("Secret") else { return Ok(None) };
    Ok(Some(match text("Username") {
        Some(name) if name == "<token>" => DockerCredentials { identitytoken: Some(secret), ..Default::default() },
        username => DockerCredentials { username, password: Some(secret), ..Default::default() },
    }))
}

fn excerpt(line: &str) -> String {
    line.chars().filter(|letter| !letter.is_control()).take(200).collect()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use serde_json::json;

    use super::*;

    fn found(config: &Value, image: &str) -> Result<Source, String> {
        source(config, image, &registry::of_image(image), Path::new("/config.json"))
    }

    fn password(config: &Value, image: &str) -> Option<(String, String)> {
        match found(config, image).unwrap() {
            Source::Here(known) => Some((known.username.unwrap_or_default(), known.password.unwrap_or_default())),
            _ => None,
        }
    }

    fn pair(name: &str, word: &str) -> Option<(String, String)> {
        Some((name.to_owned(), word.to_owned()))
    }

    #[test]
    fn an_entry_is_found_by_any_spelling_of_its_registry() {
        // `ada:se:cret`, as `docker login` writes it.
        let ada = json!({ "auth": "YWRhOnNlOmNyZXQ=" });
        for (key, image) in [
            ("registry.example", "registry.example/kernel:1"),
            ("https://registry.example", "registry.example/kernel:1"),
            ("https://registry.example/v1/", "registry.example/kernel:1"),
            ("127.0.0.1:5000", "127.0.0.1:5000/a/b:1"),
            ("https://index.docker.io/v1/", "ada/kernel"),
            ("https://index.docker.io/v1/", "docker.io/library/python:3.11"),
            ("docker.io", "python"),
            ("registry.example/team", "registry.example/team/kernel:1"),
        ] {
            assert_eq!(password(&json!({ "auths": { key: ada } }), image), pair("ada", "se:cret"), "{key} {image}");
        }
        for (key, image) in [
            ("registry.example", "registry.example:5000/kernel"),
            ("registry.example:5000", "registry.example/kernel"),
            ("registry.example", "python"),
            ("https://index.docker.io/v1/", "ghcr.io/ada/kernel"),
        ] {
            assert_eq!(found(&json!({ "auths": { key: ada } }), image), Ok(Source::Nowhere), "{key} {image}");
        }
    }

    #[test]
    fn the_narrowest_entry_counts() {
        let of = |word: &str| json!({ "username": "ada", "password": word });
        let config = json!({ "auths": {
            "r.example": of("all"), "r.example/team": of("team"), "r.example/team/kernel": of("kernel"),
        } });
        for (image, word) in [
            ("r.example/other", "all"),
            ("r.example/team/other:1", "team"),
            ("r.example/teams/other:1", "all"),
            ("r.example/team/kernel:1", "kernel"),
            ("r.example/team/kernel", "kernel"),
            ("r.example/team/kernel@sha256:00", "kernel"),
        ] {
            assert_eq!(password(&config, image), pair("ada", word), "{image}");
        }
    }

    #[test]
    fn an_entry_has_a_password_or_a_token() {
        let of = |entry: Value| found(&json!({ "auths": { "r.example": entry } }), "r.example/kernel");
        for entry in [
            json!({ "auth": "YWRhOnNlY3JldA==" }),
            json!({ "auth": "YWRhOnNlY3JldA" }),
            json!({ "auth": "YWRhOnNlY3JldAAA" }),
            json!({ "username": "ada", "password": "secret" }),
            json!({ "auth": "", "username": "ada", "password": "secret" }),
        ] {
            let known = of(entry.clone()).unwrap();
            let Source::Here(known) = known else { panic!("{entry}") };
            assert_eq!((known.username.as_deref(), known.password.as_deref()), (Some("ada"), Some("secret")));
        }
        let Source::Here(token) = of(json!({ "auth": "YWRhOg==", "identitytoken": "t" })).unwrap() else { panic!() };
        assert_eq!(token.identitytoken.as_deref(), Some("t"));
        for entry in [json!({}), json!({ "auth": "" }), json!({ "email": "a@b" }), json!(null), json!("x")] {
            assert_eq!(of(entry.clone()), Ok(Source::Nowhere), "{entry}");
        }
        for entry in [json!({ "auth": "se*cret" }), json!({ "auth": "c2VjcmV0" }), json!({ "auth": "/////w==" })] {
            let message = of(entry.clone()).unwrap_err();
            assert!(
                message.contains("r.example") && message.contains("/config.json") && !message.contains("secret"),
                "{message}"
            );
        }
    }

    #[test]
    fn a_helper_goes_before_the_store_and_the_store_before_the_file() {
        let auths = json!({ "r.example": { "auth": "YWRhOnNlY3JldA==" } });
        let config = json!({ "auths": auths, "credsStore": "store", "credHelpers": { "https://r.example": "own" } });
        assert_eq!(found(&config, "r.example/a"), Ok(Source::Helper("own".to_owned())));
        assert_eq!(found(&config, "other.example/a"), Ok(Source::Helper("store".to_owned())));
        let config = json!({ "auths": auths, "credsStore": "", "credHelpers": { "r.example": "" } });
        assert!(matches!(found(&config, "r.example/a"), Ok(Source::Here(_))));
    }

    #[test]
    fn a_helpers_answer_is_a_password_a_token_none_or_a_failure() {
        let known = answer(true, r#"{"ServerURL":"x","Username":"ada","Secret":"word"}"#).unwrap().unwrap();
        assert_eq!((known.username.as_deref(), known.password.as_deref()), (Some("ada"), Some("word")));
        let token = answer(true, r#"{"Username":"<token>","Secret":"t"}"#).unwrap().unwrap();
        assert_eq!((token.identitytoken.as_deref(), token.username), (Some("t"), None));
        assert_eq!(answer(true, r#"{"Username":"","Secret":""}"#), Ok(None));
        assert_eq!(answer(false, "credentials not found in native keychain\n"), Ok(None));
        assert_eq!(answer(false, "the keychain is locked\nmore"), Err("failed: the keychain is locked".to_owned()));
        assert_eq!(answer(false, r#"{"Secret":"word"}"#), Err("failed".to_owned()));
        assert_eq!(answer(true, "word"), Err("did not answer in JSON".to_owned()));
    }
}
