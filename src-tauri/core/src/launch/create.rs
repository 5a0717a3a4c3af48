//! Creates a container of a launch, whose name another program may have taken.

use crate::engine::Engine;
use crate::engine::spec::ContainerSpec;
use crate::launch::label::Labels;
use crate::words::error::{Error, Result};

/// Creates a container.
///
/// # Errors
/// `LaunchedElsewhere` if another program launches the same folder and was quicker; `NameTaken` if another container, which
/// is not of this launch, has the name.
pub(crate) async fn create(engine: &Engine, spec: &ContainerSpec) -> Result<()> {
    let name = match engine.create_container(spec).await {
        Err(Error::NameTaken { name }) => name,
        // An engine behind a port of this machine, in a virtual machine or a container of its own.
        Err(Error::Engine { reason, .. })
            if engine.facts().is_tcp() && lacks(&reason, &engine.facts().socket_mount) =>
        {
            let facts = engine.facts();
            let (endpoint, found_by) = (facts.endpoint.clone(), facts.found_by.clone());
            return Err(Error::EngineOnlyTcp { endpoint, found_by });
        }
        made => return made,
    };
    let launch_of = |labels| Labels::parse(labels).map(|labels| labels.launch);
    let launch = launch_of(&spec.labels);
    Err(match engine.labels_of(&name).await {
        Ok(Some(labels)) if launch.is_some() && launch_of(&labels) == launch => Error::LaunchedElsewhere { name },
        // It is gone again: only this program removes containers so quickly.
        Ok(None) => Error::LaunchedElsewhere { name },
        Ok(Some(_)) | Err(_) => Error::NameTaken { name },
    })
}

/// Whether an engine refused a container because its machine lacks this path. Docker and Podman say so in words alone.
fn lacks(reason: &str, path: &str) -> bool {
    (reason.contains("does not exist") || reason.contains("no such file")) && reason.contains(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_socket_is_told_from_a_missing_folder() {
        const SOCKET: &str = "/var/run/docker.sock";
        for reason in [
            "invalid mount config for type \"bind\": bind source path does not exist: /var/run/docker.sock",
            "make cli opts(): statfs /var/run/docker.sock: no such file or directory",
        ] {
            assert!(lacks(reason, SOCKET), "{reason}");
        }
        for reason in ["bind source path does not exist: /home/ada/churn", "No such image: /var/run/docker.sock"] {
            assert!(!lacks(reason, SOCKET), "{reason}");
        }
    }
}
