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
