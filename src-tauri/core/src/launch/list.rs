//! Asks the engine for everything of launches: containers, networks and volumes, each with its labels read.

use crate::engine::{Container, Engine, Network};
use crate::launch::label::{self, Labels};
use crate::words::error::Result;

/// The containers of a launch.
pub(crate) async fn containers_of(engine: &Engine, launch: &str) -> Result<Vec<(Labels, Container)>> {
    let all = engine.list(label::LAUNCH).await?.into_iter();
    let read = all.filter_map(|container| Some((Labels::parse(&container.labels)?, container)));
    Ok(read.filter(|(labels, _)| labels.launch == launch).collect())
}

/// The networks of all launches.
pub(crate) async fn networks(engine: &Engine) -> Result<Vec<(Labels, Network)>> {
    let all = engine.list_networks(label::LAUNCH).await?.into_iter();
    Ok(all.filter_map(|network| Some((Labels::parse(&network.labels)?, network))).collect())
}

/// The networks of a launch.
pub(crate) async fn networks_of(engine: &Engine, launch: &str) -> Result<Vec<(Labels, Network)>> {
    let mut networks = networks(engine).await?;
    networks.retain(|(labels, _)| labels.launch == launch);
    Ok(networks)
}

/// The names of the volumes that last as long as an attempt to launch.
pub(crate) async fn volumes_of_attempts(engine: &Engine) -> Result<Vec<(Labels, String)>> {
    let all = engine.list_volumes(&[label::LAUNCH.to_owned(), label::ATTEMPT.to_owned()]).await?.into_iter();
    Ok(all.filter_map(|(name, labels)| Some((Labels::parse(&labels)?, name))).collect())
}
