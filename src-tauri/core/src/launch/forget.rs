//! Removes what is kept of a folder from one launch to the next: the kernels' home and the server's.

use crate::engine::Engine;
use crate::launch::label::{self, Labels};
use crate::words::error::Result;

/// Removes what is kept of a folder. Returns whether there was anything. JupyterLab's settings, which belong to the person,
/// stay.
pub async fn forget(engine: &Engine, launch: &str, owner: &str) -> Result<bool> {
    let labels = [format!("{}={launch}", label::LAUNCH), format!("{}={owner}", label::OWNER)];
    let all = engine.list_volumes(&labels).await?.into_iter();
    let of_an_attempt = |labels: &_| Labels::parse(labels).is_some_and(|labels| labels.attempt.is_some());
    let volumes: Vec<String> = all.filter(|(_, labels)| !of_an_attempt(labels)).map(|(name, _)| name).collect();
    for name in &volumes {
        engine.remove_volume(name).await?;
    }
    tracing::info!(launch, ?volumes, "removed what was kept of a folder");
    Ok(!volumes.is_empty())
}
