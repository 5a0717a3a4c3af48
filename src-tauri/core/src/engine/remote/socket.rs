//! The engine's socket on its own machine, which containers get: where it is, and whose it is.

use std::ops::ControlFlow;
use std::sync::Arc;

use bytes::Bytes;
use serde_json::Value;

use crate::engine::introduce::USUAL_SOCKET;
use crate::engine::spec::Mount;
use crate::engine::{Engine, RunEnd, RunSpec};
use crate::words::error::{Error, Result};
use crate::words::remote as words;

/// What Podman says of its machine, beyond the Docker API.
pub(super) const PODMANS_INFO: &str = "/v4.0.0/libpod/info";
/// Where Podman listens as root.
const PODMANS_SOCKET: &str = "/run/podman/podman.sock";
/// The path of the socket in the container that looks at it.
const TARGET: &str = "/run/engine.sock";
/// A user who owns nothing.
const USER: &str = "65500:65500";

/// The part of Podman's own report that the Docker API lacks.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct OfPodman {
    pub socket: Option<String>,
    pub rootless: bool,
}

impl OfPodman {
    pub(super) fn read(info: &Value) -> OfPodman {
        let host = &info["host"];
        let path = host["remoteSocket"]["path"].as_str().unwrap_or_default();
        let path = path.strip_prefix("unix://").unwrap_or(path);
        OfPodman {
            socket: path.starts_with('/').then(|| path.to_owned()),
            rootless: host["security"]["rootless"].as_bool().unwrap_or_default(),
        }
    }
}

impl Engine {
    /// The engine's socket on its own machine, and the group that may use it as containers see it. A container of `image`,
    /// which the engine has and which has `stat`, looks at it: no other way is sure to be there.
    ///
    /// # Errors
    /// `ImageGone` if the image is missing, `Engine` if no socket is where one may be.
    pub async fn socket_of(&self, image: &str) -> Result<(String, u32)> {
        let mut paths = vec![self.facts.socket_mount.clone()];
        for usual in [USUAL_SOCKET, PODMANS_SOCKET] {
            if !paths.iter().any(|path| path == usual) {
                paths.push(usual.to_owned());
            }
        }
        let mut refused = None;
        for path in &paths {
            match self.group_of(path, image).await {
                Ok(Some(gid)) => return Ok((path.clone(), gid)),
                Ok(None) => {}
                Err(error @ Error::Engine { .. }) => drop(refused.get_or_insert(error)),
                Err(error) => return Err(error),
            }
        }
        let none = || Error::Engine { what: words::FIND_SOCKET.to_owned(), reason: words::no_socket_at(&paths) };
        Err(refused.unwrap_or_else(none))
    }

    /// The same engine with the socket that `socket_of` finds. It is asked once; an engine on this machine never.
    ///
    /// # Errors
    /// Those of `socket_of`.
    pub async fn with_socket(&self, image: &str) -> Result<Engine> {
        let Some(elsewhere) = &self.elsewhere else { return Ok(self.clone()) };
        let found = elsewhere.socket.get_or_try_init(|| self.socket_of(image)).await?;
        let mut facts = (*self.facts).clone();
        (facts.socket_mount, facts.socket_gid) = found.clone();
        Ok(Engine { facts: Arc::new(facts), ..self.clone() })
    }

    /// The group of a socket on the engine's machine. `None` if something else is there. The engine refuses if nothing is.
    async fn group_of(&self, path: &str, image: &str) -> Result<Option<u32>> {
        let mut number = [0; 6];
        getrandom::fill(&mut number)
            .map_err(|error| Error::Engine { what: words::FIND_SOCKET.to_owned(), reason: error.to_string() })?;
        let socket = Mount {
            source: path.to_owned(),
            target: TARGET.to_owned(),
            read_only: true,
            follows: false,
            volume: None,
            subpath: None,
        };
        let spec = RunSpec {
            name: format!("socket-{}", hex::encode(number)),
            image: image.to_owned(),
            command: ["stat", "-L", "-c", "%F:%g", TARGET].map(str::to_owned).to_vec(),
            user: USER.to_owned(),
            mounts: vec![socket],
            security_opt: if self.facts.selinux { vec!["label=disable".to_owned()] } else { Vec::new() },
            removed_at_end: true,
            offline: true,
            ..RunSpec::default()
        };
        let mut said = None;
        let ran = self.run(&spec, Bytes::from_static(&[0; 1024]), |line, is_error| {
            if !is_error {
                said = line.strip_prefix("socket:").and_then(|gid| gid.trim().parse().ok());
            }
            ControlFlow::Continue(())
        });
        let ended = ran.await;
        if !matches!(ended, Ok(RunEnd::Ended(_))) {
            // It may have been created, and removes itself only once it has run.
            let _ = self.remove_container(&spec.name).await;
        }
        ended.map(|_| said)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn podmans_report_is_read_as_far_as_it_goes() {
        let info = |host: Value| OfPodman::read(&json!({ "host": host, "version": {} }));
        let path = "/run/user/1000/podman/podman.sock";
        let own = json!({ "remoteSocket": { "exists": true, "path": format!("unix://{path}") },
            "security": { "rootless": true } });
        assert_eq!(info(own), OfPodman { socket: Some(path.to_owned()), rootless: true });
        let old = json!({ "remoteSocket": { "path": path }, "security": { "rootless": false } });
        assert_eq!(info(old), OfPodman { socket: Some(path.to_owned()), rootless: false });
        for odd in [
            json!(null),
            json!({ "remoteSocket": 7, "security": [] }),
            json!({ "remoteSocket": { "path": "tcp://x" } }),
        ] {
            assert_eq!(info(odd), OfPodman::default());
        }
        assert_eq!(OfPodman::read(&Value::Null), OfPodman::default());
    }
}
