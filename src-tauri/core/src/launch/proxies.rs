//! The proxies by which builds, servers and kernels reach the network: those of the Docker CLI's configuration, and those
//! of the environment for names that the configuration does not have.
//!
//! `proxies` of `config.json`: <https://docs.docker.com/engine/cli/proxy/>; both spellings of each name are set, as
//! `docker run` does it.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::engine::{ProcessEnv, docker_config};

/// Each variable, and its key in `config.json`.
const NAMES: [(&str, &str); 5] = [
    ("HTTP_PROXY", "httpProxy"),
    ("HTTPS_PROXY", "httpsProxy"),
    ("FTP_PROXY", "ftpProxy"),
    ("NO_PROXY", "noProxy"),
    ("ALL_PROXY", "allProxy"),
];
/// The hosts that a launch reaches without a proxy: its own gateway, and itself.
const OWN: [&str; 4] = ["gateway", "localhost", "127.0.0.1", "::1"];

/// The proxies of containers on the engine at `endpoint`, with both spellings of each variable.
pub fn of(around: &ProcessEnv, endpoint: &str) -> BTreeMap<String, String> {
    let configured = configured(around, endpoint);
    let mut found = BTreeMap::new();
    for (name, key) in NAMES {
        let configured = configured[key].as_str().filter(|value| !value.is_empty()).map(str::to_owned);
        let Some(value) = configured.or_else(|| of_environment(around, name)) else { continue };
        found.insert(name.to_lowercase(), value.clone());
        found.insert(name.to_owned(), value);
    }
    found
}

/// The same for a launch, whose parts reach each other without a proxy.
pub fn of_launch(around: &ProcessEnv, endpoint: &str) -> BTreeMap<String, String> {
    let mut found = of(around, endpoint);
    if found.keys().all(|name| name.eq_ignore_ascii_case("NO_PROXY")) {
        return found;
    }
    let own = OWN.join(",");
    for name in ["NO_PROXY", "no_proxy"] {
        let value = found.entry(name.to_owned()).or_default();
        *value = if value.is_empty() { own.clone() } else { format!("{value},{own}") };
    }
    found
}

/// A container cannot reach a proxy on this machine's loopback address.
fn of_environment(around: &ProcessEnv, name: &str) -> Option<String> {
    let value = around.set(name).or_else(|| around.set(&name.to_lowercase()))?;
    (name == "NO_PROXY" || !is_loopback(value)).then(|| value.clone())
}

/// The person's proxies that containers do not get, since they cannot reach them.
pub fn left_out(around: &ProcessEnv) -> Vec<String> {
    let names = NAMES.iter().filter(|(name, _)| *name != "NO_PROXY");
    let values = names.filter_map(|(name, _)| around.set(name).or_else(|| around.set(&name.to_lowercase())));
    values.filter(|value| is_loopback(value)).cloned().collect()
}

/// Host and port of a proxy, without a password.
pub fn place(proxy: &str) -> String {
    let address = proxy.split_once("://").map_or(proxy, |(_, rest)| rest);
    address.rsplit_once('@').map_or(address, |(_, rest)| rest).trim_end_matches('/').to_owned()
}

/// Whether a proxy is on the loopback address, which each container has for itself.
pub fn is_loopback(proxy: &str) -> bool {
    let address = place(proxy);
    let host = match address.strip_prefix('[') {
        Some(rest) => rest.split(']').next().unwrap_or_default(),
        None => address.split([':', '/']).next().unwrap_or_default(),
    };
    host.eq_ignore_ascii_case("localhost") || host == "::1" || host.starts_with("127.")
}

/// The configuration's proxies for this engine, or else for all; none if the file cannot be used.
fn configured(around: &ProcessEnv, endpoint: &str) -> Value {
    let config = docker_config::read(around).unwrap_or_else(|error| {
        tracing::warn!("containers get no proxies from the Docker CLI's configuration: {error}");
        Value::Null
    });
    let proxies = &config["proxies"];
    let key = if proxies[endpoint].is_object() { endpoint } else { "default" };
    proxies[key].clone()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    const ENGINE: &str = "unix:///var/run/docker.sock";

    fn around(env: &[(&str, &str)], config: &str) -> (tempfile::TempDir, ProcessEnv) {
        let home = tempfile::tempdir().unwrap();
        std::fs::create_dir_all(home.path().join(".docker")).unwrap();
        std::fs::write(home.path().join(".docker/config.json"), config).unwrap();
        let env = env.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        let around = ProcessEnv { env, home: home.path().to_owned() };
        (home, around)
    }

    #[test]
    fn the_docker_clis_proxies_come_first_and_the_environments_fill_the_gaps() {
        let config = r#"{"proxies": {"default": {"httpProxy": "http://p:1", "noProxy": "a.example"},
                                     "tcp://other": {"httpProxy": "http://other:2"}}}"#;
        let env = [("http_proxy", "http://env:3"), ("https_proxy", "http://env:3"), ("NO_PROXY", "b.example")];
        let (_home, around) = around(&env, config);
        let found = of(&around, ENGINE);
        for name in ["HTTP_PROXY", "http_proxy"] {
            assert_eq!(found[name], "http://p:1");
        }
        assert_eq!((found["HTTPS_PROXY"].as_str(), found["no_proxy"].as_str()), ("http://env:3", "a.example"));
        assert_eq!(of(&around, "tcp://other")["HTTP_PROXY"], "http://other:2");
        assert!(!found.contains_key("FTP_PROXY"));
    }

    #[test]
    fn a_launch_reaches_its_own_parts_without_a_proxy() {
        let (_home, with) = around(&[("HTTP_PROXY", "http://p:1"), ("no_proxy", "a.example")], "{}");
        let found = of_launch(&with, ENGINE);
        for name in ["NO_PROXY", "no_proxy"] {
            assert_eq!(found[name], "a.example,gateway,localhost,127.0.0.1,::1");
        }
        let (_home, without) = around(&[("NO_PROXY", "a.example")], "not json");
        assert_eq!(of_launch(&without, ENGINE)["NO_PROXY"], "a.example", "there is no proxy");
        assert_eq!(of_launch(&ProcessEnv::default(), ENGINE), BTreeMap::new());
    }

    #[test]
    fn a_configuration_of_another_form_names_no_proxy() {
        for config in ["[]", "1", r#"{"proxies": []}"#, r#"{"proxies": {"default": []}}"#, "{\"proxies\": {"] {
            assert_eq!(of(&around(&[], config).1, ENGINE), BTreeMap::new(), "{config}");
        }
    }

    #[test]
    fn the_environments_proxies_on_the_loopback_address_are_left_out() {
        for proxy in ["http://127.0.0.1:3128", "localhost:3128", "http://ada:pw@LOCALHOST", "http://[::1]:8080/"] {
            assert_eq!(of(&around(&[("HTTPS_PROXY", proxy)], "{}").1, ENGINE), BTreeMap::new(), "{proxy}");
        }
        let config = r#"{"proxies": {"default": {"httpProxy": "http://127.0.0.1:3128"}}}"#;
        let (_home, around) = around(&[], config);
        assert_eq!(of(&around, ENGINE)["HTTP_PROXY"], "http://127.0.0.1:3128", "`docker run` gives it, too");
    }
}
