//! Volumes: what is kept from one launch to the next. They are made by the containers that mount them.

use std::collections::HashMap;

use bollard::query_parameters::{ListVolumesOptionsBuilder, RemoveVolumeOptions};

use super::Engine;
use super::calls::{error, or_gone, status};
use crate::error::{Error, Result};
use crate::label;

impl Engine {
    /// The names of a person's volumes of a launch.
    pub async fn volumes_of(&self, launch: &str, owner: &str) -> Result<Vec<String>> {
        let labels = vec![format!("{}={launch}", label::LAUNCH), format!("{}={owner}", label::OWNER)];
        let options = ListVolumesOptionsBuilder::default().filters(&HashMap::from([("label", labels)])).build();
        let listed = self.docker.list_volumes(Some(options)).await;
        let listed = listed.map_err(|refusal| error("list the volumes", &refusal))?;
        Ok(listed.volumes.unwrap_or_default().into_iter().map(|volume| volume.name).collect())
    }

    /// Removes a volume. One that is gone is removed.
    ///
    /// # Errors
    /// Also where a container has it.
    pub async fn remove_volume(&self, name: &str) -> Result<()> {
        match self.docker.remove_volume(name, None::<RemoveVolumeOptions>).await {
            Err(refusal) if status(&refusal) == Some(409) => Err(Error::InUse { name: name.to_owned() }),
            outcome => or_gone(&format!("remove the volume `{name}`"), outcome),
        }
    }
}
