//! What a person calls an engine on another machine: an address, a context of the Docker CLI, a connection of Podman, a
//! variable that names one, or a host of ssh. Reads their files, and connects to nothing.

use std::path::{Path, PathBuf};

use super::{Remote, Tls, Way};
use crate::engine::{ProcessEnv, docker_config, places, podman};
use crate::words::error::{Error, Result};
use crate::words::{engine as engine_words, remote as words};

/// The engine that a name names. The order: an address; a variable (`DOCKER_HOST`, `DOCKER_CONTEXT`, `CONTAINER_HOST`); a
/// context; a connection of Podman; a host of ssh, with a user and a port if it needs them.
///
/// Takes the words of `Remote::found_by`, too: `context NAME` and `Podman connection NAME`.
pub fn resolve(around: &ProcessEnv, name: &str) -> Result<Remote> {
    if name.contains("://") {
        let tls = tls_of_variables(around, name, name)?;
        return Remote::read(name, name, tls);
    }
    if ["DOCKER_HOST", "CONTAINER_HOST"].contains(&name) {
        let host = around.set(name).map(|host| podman::absolute(host)).unwrap_or_default();
        return of_variable(around, name, &host);
    }
    if let Some(context) = around.set(name).filter(|_| name == "DOCKER_CONTEXT") {
        return of_context(around, context);
    }
    let is = |words: String| name == words;
    let contexts = places::contexts(around);
    if let Some(context) = contexts.iter().find(|known| *known == name || is(engine_words::context(known))) {
        return of_context(around, context);
    }
    let connections = podman::connections(around);
    let found = connections.into_iter().find(|one| one.name == name || is(engine_words::connection(&one.name)));
    if let Some(connection) = found {
        let found_by = engine_words::connection(&connection.name);
        return of_podman(&connection.uri, &found_by, connection.identity);
    }
    Remote::read(&format!("ssh://{name}"), name, None)
}

fn of_variable(around: &ProcessEnv, variable: &str, host: &str) -> Result<Remote> {
    if variable == "CONTAINER_HOST" {
        return of_podman(host, variable, around.set("CONTAINER_SSHKEY").map(PathBuf::from));
    }
    Remote::read(host, variable, tls_of_variables(around, host, variable)?)
}

fn of_context(around: &ProcessEnv, name: &str) -> Result<Remote> {
    let found_by = engine_words::context(name);
    let config = docker_config::folder(around).unwrap_or_default();
    let Some(context) = places::context(around, name) else {
        let reason = engine_words::no_context(config.display(), name);
        return Err(Error::EngineConfig { found_by, reason });
    };
    let is_port = !context.host.starts_with("ssh://");
    if context.unchecked && is_port {
        return Err(Error::EngineConfig { found_by, reason: words::unchecked(&context.host) });
    }
    let tls = context.certificates.is_dir().then(|| files_in(&context.certificates));
    Remote::read(&context.host, &found_by, tls)
}

fn of_podman(uri: &str, found_by: &str, identity: Option<PathBuf>) -> Result<Remote> {
    let mut remote = Remote::read(uri, found_by, None)?;
    if let Way::Ssh(ssh) = &mut remote.way {
        ssh.identity = identity;
    }
    Ok(remote)
}

/// TLS as the Docker CLI's variables ask for it. `DOCKER_TLS` alone asks for TLS without a check of the certificate.
fn tls_of_variables(around: &ProcessEnv, endpoint: &str, found_by: &str) -> Result<Option<Tls>> {
    if endpoint.starts_with("ssh://") {
        return Ok(None);
    }
    let folder = around.set("DOCKER_CERT_PATH").map(PathBuf::from).or_else(|| docker_config::folder(around));
    let verify = around.set("DOCKER_TLS_VERIFY").is_some();
    if !verify && around.set("DOCKER_TLS").is_some() {
        let (found_by, reason) = (found_by.to_owned(), words::unchecked(endpoint));
        return Err(Error::EngineConfig { found_by, reason });
    }
    let wanted = verify || endpoint.starts_with("https://");
    Ok(wanted.then(|| files_in(&folder.unwrap_or_default())))
}

/// The files that are there, of those that the Docker CLI keeps.
fn files_in(folder: &Path) -> Tls {
    let file = |name: &str| Some(folder.join(name)).filter(|file| file.is_file());
    Tls { ca: file("ca.pem"), certificate: file("cert.pem"), key: file("key.pem") }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use sha2::{Digest, Sha256};

    use super::super::{Port, Ssh};
    use super::*;

    fn around(env: &[(&str, &str)], home: &Path) -> ProcessEnv {
        let env = env.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        ProcessEnv { env, home: home.to_owned() }
    }

    fn add_context(home: &Path, name: &str, endpoint: &serde_json::Value, files: &[&str]) {
        let folder = hex::encode(Sha256::digest(name.as_bytes()));
        let meta = home.join(".docker/contexts/meta").join(&folder);
        std::fs::create_dir_all(&meta).unwrap();
        let text = serde_json::json!({ "Name": name, "Endpoints": { "docker": endpoint } });
        std::fs::write(meta.join("meta.json"), text.to_string()).unwrap();
        let tls = home.join(".docker/contexts/tls").join(&folder).join("docker");
        for file in files {
            std::fs::create_dir_all(&tls).unwrap();
            std::fs::write(tls.join(file), "").unwrap();
        }
    }

    fn ssh(host: &str) -> Ssh {
        Ssh { host: host.to_owned(), user: None, port: None, socket: None, identity: None }
    }

    #[test]
    fn contexts_connections_and_hosts_are_told_apart() {
        let home = tempfile::tempdir().unwrap();
        add_context(home.path(), "rack", &serde_json::json!({ "Host": "ssh://ada@rack" }), &[]);
        add_context(home.path(), "plain", &serde_json::json!({ "Host": "tcp://10.0.0.7:2375" }), &[]);
        add_context(home.path(), "here", &serde_json::json!({ "Host": "unix:///var/run/docker.sock" }), &[]);
        add_context(home.path(), "empty", &serde_json::json!({}), &[]);
        let folder = home.path().join(".config/containers");
        std::fs::create_dir_all(&folder).unwrap();
        let connections = serde_json::json!({ "Connection": { "Connections": {
            "farm": { "URI": "ssh://root@farm:22/run/podman/podman.sock", "Identity": "/keys/farm" },
            "rack": { "URI": "ssh://core@other/run/podman/podman.sock" },
        } } });
        std::fs::write(folder.join("podman-connections.json"), connections.to_string()).unwrap();
        let around = around(&[("CONTAINERS_CONF", "/nowhere")], home.path());
        let told = |name: &str| resolve(&around, name).map(|remote| (remote.found_by, remote.way));

        let rack = Way::Ssh(Ssh { user: Some("ada".to_owned()), ..ssh("rack") });
        assert_eq!(told("rack").unwrap(), ("context rack".to_owned(), rack.clone()));
        assert_eq!(told("context rack").unwrap(), ("context rack".to_owned(), rack));
        let (by, way) = told("Podman connection rack").unwrap();
        assert!(by == "Podman connection rack" && matches!(way, Way::Ssh(ssh) if ssh.host == "other"));
        let farm = Ssh {
            user: Some("root".to_owned()),
            port: Some(22),
            socket: Some("/run/podman/podman.sock".to_owned()),
            identity: Some("/keys/farm".into()),
            ..ssh("farm")
        };
        assert_eq!(told("farm").unwrap(), ("Podman connection farm".to_owned(), Way::Ssh(farm)));
        let port = Port { host: "10.0.0.7".to_owned(), port: 2375, tls: None };
        assert_eq!(told("plain").unwrap().1, Way::Port(port));
        let alias = Ssh { user: Some("bob".to_owned()), port: Some(2222), ..ssh("shelf") };
        assert_eq!(told("bob@shelf:2222").unwrap(), ("bob@shelf:2222".to_owned(), Way::Ssh(alias)));
        for (name, reason) in [("here", "is a socket of this machine"), ("empty", "no context `empty`"), ("a b", "")] {
            let message = told(name).unwrap_err().to_string();
            assert!(message.contains(reason), "{message}");
        }
    }

    #[test]
    fn certificates_are_the_contexts_or_those_of_the_variables() {
        let home = tempfile::tempdir().unwrap();
        let at = serde_json::json!({ "Host": "tcp://rack:2376" });
        add_context(home.path(), "all", &at, &["ca.pem", "cert.pem", "key.pem"]);
        add_context(home.path(), "ca", &at, &["ca.pem"]);
        let skips = serde_json::json!({ "Host": "tcp://rack:2376", "SkipTLSVerify": true });
        add_context(home.path(), "skips", &skips, &["cert.pem", "key.pem"]);
        let tls = |remote: Remote| match remote.way {
            Way::Port(port) => port.tls,
            Way::Ssh(_) => panic!("no port"),
        };
        let plain = around(&[], home.path());
        let all = tls(resolve(&plain, "all").unwrap()).unwrap();
        assert!(all.ca.unwrap().ends_with("docker/ca.pem") && all.certificate.is_some() && all.key.is_some());
        let ca = tls(resolve(&plain, "ca").unwrap()).unwrap();
        assert!(ca.ca.is_some() && ca.certificate.is_none() && ca.key.is_none());
        let refused = resolve(&plain, "skips").unwrap_err().to_string();
        assert!(refused.contains("would not be checked"), "{refused}");

        let certs = home.path().join("certs");
        std::fs::create_dir(&certs).unwrap();
        std::fs::write(certs.join("ca.pem"), "").unwrap();
        let host = ("DOCKER_HOST", "tcp://rack");
        let with = |more: &[(&str, &str)]| {
            let around = around(&[&[host], more].concat(), home.path());
            resolve(&around, "DOCKER_HOST")
        };
        assert_eq!(tls(with(&[]).unwrap()), None);
        let path = ("DOCKER_CERT_PATH", certs.to_str().unwrap());
        let found = with(&[("DOCKER_TLS_VERIFY", "1"), path]).unwrap();
        let Way::Port(port) = &found.way else { panic!("{found:?}") };
        assert_eq!((port.port, found.found_by.as_str()), (2376, "DOCKER_HOST"));
        assert_eq!(tls(found).unwrap(), Tls { ca: Some(certs.join("ca.pem")), ..Tls::default() });
        assert_eq!(tls(with(&[("DOCKER_TLS_VERIFY", "1")]).unwrap()), Some(Tls::default()), "the system's authorities");
        let refused = with(&[("DOCKER_TLS", "1"), path]).unwrap_err().to_string();
        assert!(refused.contains("would not be checked"), "{refused}");
        let unset = resolve(&plain, "DOCKER_HOST").unwrap_err().to_string();
        assert!(unset.contains("does not start with ssh:// or tcp://"), "{unset}");
    }

    #[test]
    fn podmans_variable_has_its_key() {
        let env = [("CONTAINER_HOST", "ssh://core@rack/run/p.sock"), ("CONTAINER_SSHKEY", "/keys/core")];
        let remote = resolve(&around(&env, Path::new("/none")), "CONTAINER_HOST").unwrap();
        let Way::Ssh(ssh) = remote.way else { panic!("{remote:?}") };
        assert_eq!((ssh.identity, ssh.socket), (Some("/keys/core".into()), Some("/run/p.sock".to_owned())));
    }
}
