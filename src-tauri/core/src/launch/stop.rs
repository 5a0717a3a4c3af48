//! Stops a launch: first asks it to end, so that its kernels end too; then removes everything of it by label.

use futures_util::future::join_all;

use crate::engine::{Container, Engine};
use crate::launch::label::{self, Labels, Role};
use crate::launch::{list, name};
use crate::words::error::Result;

/// The time that Jupyter has to shut its kernels down, seconds.
const GRACE_S: u32 = 8;

/// The exit code of a server that could not end all of its kernels at a gateway elsewhere: `LEFT` in its
/// `elsewhere/kernels.py`.
const LEFT: i64 = 79;

/// Stops a launch and removes everything of it. All programs see by the containers' names that it is being stopped.
/// Answers with the place at which kernels of it may still run.
pub async fn stop(engine: &Engine, launch: &str) -> Result<Option<String>> {
    let parts = list::containers_of(engine, launch).await?;
    let in_role = |role: Role| parts.iter().find(|(labels, _)| labels.role == Some(role)).map(|(_, part)| part);
    // The last part first: the server ends its kernels through the gateway, which ends what is left of them.
    let found: Vec<_> = Role::PARTS.into_iter().rev().filter_map(|role| Some((role, in_role(role)?))).collect();
    for (role, part) in &found {
        let name = name::stopping(launch, *role);
        if let Err(error) = engine.rename_container(&part.id, &name).await {
            tracing::debug!(launch, role = role.as_str(), %error, "others will not see that it is being stopped");
        }
    }
    for (role, part) in &found {
        if let Err(error) = engine.stop_container(&part.id, GRACE_S).await {
            tracing::warn!(launch, role = role.as_str(), %error, "not stopped gracefully; it is removed by force");
        }
    }
    let left = left_at_a_place(engine, &parts).await;
    remove(engine, launch, None).await.map(|()| left)
}

/// The place of a launch whose server has ended, and did not end all of its kernels there.
async fn left_at_a_place(engine: &Engine, parts: &[(Labels, Container)]) -> Option<String> {
    let (labels, server) = parts.iter().find(|(labels, _)| labels.role == Some(Role::Server))?;
    let place = labels.place.clone()?;
    (engine.exit_code(&server.id).await.ok()? == Some(LEFT)).then_some(place)
}

/// Removes everything of a launch by label, or everything of one attempt.
pub async fn remove(engine: &Engine, launch: &str, attempt: Option<&str>) -> Result<()> {
    let ours = |labels: &Labels| {
        labels.launch == launch && attempt.is_none_or(|attempt| labels.attempt.as_deref() == Some(attempt))
    };
    let networks = list::networks(engine).await?.into_iter();
    let networks: Vec<_> = networks.filter(|(labels, _)| ours(labels)).map(|(_, network)| network).collect();
    let containers = list::containers_of(engine, launch).await?.into_iter();
    let mut containers: Vec<String> =
        containers.filter(|(labels, _)| ours(labels)).map(|(_, container)| container.id).collect();
    // A kernelspec may have its own launch script, which does not know our labels.
    for network in &networks {
        let on_network = engine.containers_on(&network.id).await?;
        let kernels = on_network.into_iter().filter(|found| found.labels.contains_key(label::KERNEL_ID));
        containers.extend(kernels.map(|found| found.id));
    }
    containers.sort();
    containers.dedup();
    let removed = join_all(containers.iter().map(|id| engine.remove_container(id))).await;
    let volumes = list::volumes_of_attempts(engine).await?.into_iter();
    let volumes: Vec<String> = volumes.filter(|(labels, _)| ours(labels)).map(|(_, name)| name).collect();
    let (networks, volumes) = tokio::join!(
        join_all(networks.iter().map(|network| engine.remove_network(&network.id))),
        join_all(volumes.iter().map(|name| engine.remove_volume_soon(name))),
    );
    removed.into_iter().chain(networks).chain(volumes).collect()
}
