//! Asks a gateway that others keep: its versions and its kernelspecs. Paths and answers follow Jupyter Server's REST API and
//! Enterprise Gateway's additions (`gateway_version`, `metadata.process_proxy`). The calls block.

use std::sync::Arc;
use std::time::Duration;

use rustls::crypto::ring;
use serde_json::Value;
use ureq::Agent;
use ureq::http::{Method, Request};
use ureq::tls::{ClientCert, PrivateKey, RootCerts, TlsConfig};

use crate::place::connection::Connection;
use crate::platform::authorities;
use crate::platform::secret::Secret;
use crate::words::error::Result;
use crate::words::place as words;

const CONNECTS_WITHIN: Duration = Duration::from_secs(8);
const ANSWERS_WITHIN: Duration = Duration::from_secs(20);
/// The largest answer that is read, bytes.
const LARGEST: u64 = 4 << 20;

/// What a gateway offers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Gateway {
    /// The version of Enterprise Gateway, if it says one.
    pub version: Option<String>,
    /// The version of the Jupyter server under it.
    pub api: Option<String>,
    /// Its kernelspecs, by display name.
    pub kernelspecs: Vec<Offered>,
    /// The name of its default kernelspec.
    pub default: Option<String>,
}

/// A kernelspec of a gateway.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Offered {
    /// Its name in Jupyter.
    pub name: String,
    /// Its name for people.
    pub display_name: String,
    /// The language.
    pub language: String,
    /// The class of its process proxy, without its module: how the gateway starts its kernels.
    pub proxy: Option<String>,
}

impl Gateway {
    /// The names of its kernelspecs.
    pub fn names(&self) -> Vec<String> {
        self.kernelspecs.iter().map(|spec| spec.name.clone()).collect()
    }

    /// The kernelspec of this name, as Jupyter finds it: in upper or lower case.
    pub fn kernelspec(&self, name: &str) -> Option<&Offered> {
        self.kernelspecs.iter().find(|spec| spec.name.eq_ignore_ascii_case(name))
    }

    /// The kernelspec that new notebooks get, unless a person picks another.
    pub fn usual(&self) -> Option<&Offered> {
        let default = self.default.as_deref().and_then(|name| self.kernelspec(name));
        default.or_else(|| self.kernelspecs.first())
    }
}

/// Asks a gateway what it offers.
///
/// # Errors
/// It does not answer, refuses the token, or is none.
pub fn ask(connection: &Connection) -> Result<Gateway> {
    let way = Way::to(connection)?;
    let api = way.json(Method::GET, "/api", None)?;
    let specs = way.json(Method::GET, "/api/kernelspecs", None)?;
    let gateway = read(&api, &specs);
    if gateway.kernelspecs.is_empty() { Err(words::without_kernelspecs(&connection.name)) } else { Ok(gateway) }
}

fn read(api: &Value, specs: &Value) -> Gateway {
    let text = |value: &Value| value.as_str().map(str::to_owned);
    let mut kernelspecs: Vec<Offered> = specs["kernelspecs"].as_object().into_iter().flatten().map(offered).collect();
    kernelspecs.sort_by_cached_key(|spec| (spec.display_name.to_lowercase(), spec.name.clone()));
    Gateway {
        version: text(&api["gateway_version"]),
        api: text(&api["version"]),
        kernelspecs,
        default: text(&specs["default"]),
    }
}

fn offered((name, model): (&String, &Value)) -> Offered {
    let spec = &model["spec"];
    let of = |field: &str| spec[field].as_str().map(str::to_owned);
    let class = spec["metadata"]["process_proxy"]["class_name"].as_str();
    Offered {
        name: name.clone(),
        display_name: of("display_name").unwrap_or_else(|| name.clone()),
        language: of("language").unwrap_or_default(),
        proxy: class.map(|class| class.rsplit('.').next().unwrap_or(class).to_owned()),
    }
}

/// The way to a gateway.
pub(super) struct Way<'a> {
    connection: &'a Connection,
    agent: Agent,
    authorization: Option<(String, Secret)>,
}

impl<'a> Way<'a> {
    pub fn to(connection: &'a Connection) -> Result<Way<'a>> {
        Way::with_patience(connection, ANSWERS_WITHIN)
    }

    /// The same, for requests that may take longer.
    pub fn with_patience(connection: &'a Connection, within: Duration) -> Result<Way<'a>> {
        let config = Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .max_redirects_will_error(false)
            .user_agent("Orchest Desktop")
            .timeout_connect(Some(CONNECTS_WITHIN))
            .timeout_global(Some(within));
        let config = match connection.url.scheme() {
            "https" => config.tls_config(tls(connection)?).build(),
            _ => config.build(),
        };
        Ok(Way { connection, agent: config.new_agent(), authorization: connection.authorization() })
    }

    /// Sends a request; answers with the status and the body as JSON, null if it is none.
    pub fn send(&self, method: Method, path: &str, body: Option<&Value>) -> Result<(u16, Value)> {
        let silent = |reason: String| words::silent(&self.connection.name, self.connection.url.as_str(), &reason);
        let mut request = Request::builder().method(method).uri(self.connection.at(path));
        if let Some((name, value)) = &self.authorization {
            request = request.header(name, value.expose());
        }
        let body = body.map(Value::to_string).unwrap_or_default();
        let request = request.header("Content-Type", "application/json").body(body);
        let request = request.map_err(|error| silent(error.to_string()))?;
        let answer = self.agent.run(request).map_err(|error| silent(error.to_string()))?;
        let status = answer.status().as_u16();
        let text = answer.into_body().into_with_config().limit(LARGEST).read_to_string();
        let text = text.map_err(|error| silent(error.to_string()))?;
        Ok((status, serde_json::from_str(&text).unwrap_or_default()))
    }

    /// The same, of a request that must succeed.
    pub fn json(&self, method: Method, path: &str, body: Option<&Value>) -> Result<Value> {
        let (place, what) = (&self.connection.name, format!("{method} {path}"));
        let (status, answer) = self.send(method, path, body)?;
        match status {
            200..300 if !answer.is_null() => Ok(answer),
            403 if !matches!(path, "/api" | "/api/kernelspecs") => {
                let said = said(&answer, status);
                Err(words::not_allowed(place, &what, &said, self.connection.user.as_deref()))
            }
            401 | 403 => Err(words::refused(place, status, self.authorization.is_some())),
            _ if path == "/api" || status < 400 => Err(words::no_gateway(place, self.connection.url.as_str(), status)),
            _ => Err(words::failed(place, &what, &said(&answer, status))),
        }
    }
}

/// What an answer says, or else its status.
fn said(answer: &Value, status: u16) -> String {
    let said = answer["message"].as_str().or_else(|| answer["reason"].as_str());
    said.map_or_else(|| format!("status {status}"), str::to_owned)
}

fn tls(connection: &Connection) -> Result<TlsConfig> {
    let mut roots = authorities::of_this_machine();
    roots.extend(authorities::in_pem(connection.ca.as_deref().unwrap_or_default().as_bytes()));
    let mut config = TlsConfig::builder()
        .root_certs(RootCerts::from(roots))
        .unversioned_rustls_crypto_provider(Arc::new(ring::default_provider()));
    if let (Some(certificate), Some(key)) = (&connection.certificate, &connection.key) {
        let key = PrivateKey::from_pem(key.expose().as_bytes());
        let key = key.map_err(|_| words::bad_key(&connection.name))?;
        let own = authorities::in_pem(certificate.as_bytes());
        config = config.client_cert(Some(ClientCert::new_with_certs(&own, key)));
    }
    Ok(config.build())
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn answers_of_gateways_are_read_as_far_as_they_go() {
        let specs = json!({
            "default": "python3",
            "kernelspecs": {
                "r_docker": { "name": "r_docker", "spec": { "display_name": "R", "language": "R", "metadata": {
                    "process_proxy": { "class_name": "enterprise_gateway.services.processproxies.k8s.KubernetesProcessProxy" }
                } } },
                "python3": { "spec": { "display_name": "python", "language": "python" } },
                "odd": { "spec": 7 },
            },
        });
        let gateway = read(&json!({ "version": "2.14.0", "gateway_version": "3.3.0" }), &specs);
        assert_eq!((gateway.version.as_deref(), gateway.api.as_deref()), (Some("3.3.0"), Some("2.14.0")));
        let names: Vec<_> = gateway.kernelspecs.iter().map(|spec| spec.name.as_str()).collect();
        assert_eq!(names, ["odd", "python3", "r_docker"]);
        assert_eq!(gateway.kernelspec("R_Docker").unwrap().proxy.as_deref(), Some("KubernetesProcessProxy"));
        assert_eq!(gateway.usual().unwrap().name, "python3");
        assert_eq!(read(&Value::Null, &json!([])), Gateway::default());
        let without = read(&json!({}), &json!({ "default": "gone", "kernelspecs": { "a": {} } }));
        assert_eq!(without.usual().unwrap().name, "a");
    }
}
