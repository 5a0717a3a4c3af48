//! Ending a launch: gracefully, so that kernels end and nothing is orphaned; then by label, so that nothing stays.

use std::collections::BTreeMap;

use futures_util::future::join_all;

use crate::engine::Engine;
use crate::launch::label::{self, Role};
use crate::launch::plan;
use crate::words::error::Result;

/// How long Jupyter has to shut its kernels down, seconds.
const GRACE_S: u32 = 8;

/// Stops a launch and removes every trace of it. All programs see by the containers' names that it is wanted.
pub async fn stop(engine: &Engine, launch: &str) -> Result<()> {
    let parts = engine.list(label::LAUNCH).await?;
    let in_role = |role: Role| {
        parts.iter().find(|part| {
            part.labels.get(label::LAUNCH).is_some_and(|id| id == launch)
                && part.labels.get(label::ROLE).is_some_and(|name| name == role.as_str())
        })
    };
    let roles = [Role::Server, Role::Gateway];
    for (role, part) in roles.iter().filter_map(|role| Some((*role, in_role(*role)?))) {
        let name = plan::stopping_name(launch, role);
        if let Err(error) = engine.rename_container(&part.id, &name).await {
            tracing::debug!(launch, role = role.as_str(), %error, "others will not see that it is being stopped");
        }
    }
    // The server first: it ends its kernels through the gateway, which ends what is left of them.
    for (role, part) in roles.iter().filter_map(|role| Some((*role, in_role(*role)?))) {
        if let Err(error) = engine.stop_container(&part.id, GRACE_S).await {
            tracing::warn!(launch, role = role.as_str(), %error, "not stopped gracefully; it is removed by force");
        }
    }
    remove(engine, launch, None).await
}

/// The names and labels of the volumes that belong to attempts to launch, and last no longer than these.
pub(crate) async fn volumes_of_attempts(engine: &Engine) -> Result<Vec<(String, BTreeMap<String, String>)>> {
    engine.list_volumes(&[label::LAUNCH.to_owned(), label::ATTEMPT.to_owned()]).await
}

/// Removes what a launch left, by label: all of it, or one attempt's part.
pub async fn remove(engine: &Engine, launch: &str, attempt: Option<&str>) -> Result<()> {
    let ours = |labels: &BTreeMap<String, String>| {
        labels.get(label::LAUNCH).is_some_and(|id| id == launch)
            && attempt.is_none_or(|attempt| labels.get(label::ATTEMPT).is_some_and(|name| name == attempt))
    };
    let networks: Vec<_> =
        engine.list_networks(label::LAUNCH).await?.into_iter().filter(|network| ours(&network.labels)).collect();
    let mut containers: Vec<String> = engine
        .list(label::LAUNCH)
        .await?
        .into_iter()
        .filter(|found| ours(&found.labels))
        .map(|found| found.id)
        .collect();
    // A kernelspec may bring a launch script of its own, which knows nothing of our labels.
    for network in &networks {
        let on_network = engine.containers_on(&network.id).await?;
        let kernels = on_network.into_iter().filter(|found| found.labels.contains_key(label::KERNEL_ID));
        containers.extend(kernels.map(|found| found.id));
    }
    containers.sort();
    containers.dedup();
    let removed = join_all(containers.iter().map(|id| engine.remove_container(id))).await;
    let volumes = volumes_of_attempts(engine).await?.into_iter().filter(|(_, labels)| ours(labels));
    let volumes: Vec<String> = volumes.map(|(name, _)| name).collect();
    let (networks, volumes) = tokio::join!(
        join_all(networks.iter().map(|network| engine.remove_network(&network.id))),
        join_all(volumes.iter().map(|name| engine.remove_volume_soon(name))),
    );
    removed.into_iter().chain(networks).chain(volumes).collect()
}
