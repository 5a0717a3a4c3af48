//! Volumes. The engine creates them for the containers that mount them; Podman would do so without their labels, by which
//! they are found again.

use std::collections::{BTreeMap, HashMap};
use std::time::Duration;

use bollard::models::VolumeCreateRequest;
use bollard::query_parameters::{ListVolumesOptionsBuilder, RemoveVolumeOptions};

use super::Engine;
use super::answers::known;
use super::calls::{error, or_gone, status, words};
use super::spec::Mount;
use crate::words::engine as actions;
use crate::words::error::{Error, Result};

/// Where a volume is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VolumePlace {
    /// Its folder, as the engine's machine sees it.
    pub mountpoint: String,
    /// When it was created, as the engine says it: a new volume of the same name has another time.
    pub created: String,
}

impl Engine {
    /// The names and labels of the volumes with all these labels, each `NAME` or `NAME=VALUE`.
    pub async fn list_volumes(&self, labels: &[String]) -> Result<Vec<(String, BTreeMap<String, String>)>> {
        let options =
            ListVolumesOptionsBuilder::default().filters(&HashMap::from([("label", labels.to_vec())])).build();
        let listed = known(self.docker.list_volumes(Some(options)).await);
        let listed = listed.map_err(|refusal| error(actions::LIST_VOLUMES, &refusal))?;
        let volumes = listed.volumes.unwrap_or_default().into_iter();
        let volumes = volumes.map(|volume| (volume.name, volume.labels.into_iter().collect()));
        // Podman 4 lists those with one of the labels.
        Ok(volumes.filter(|(_, has)| labels.iter().all(|label| bears(has, label))).collect())
    }

    /// Creates the volumes of a container to be, on an engine that would create them without their labels. An existing one
    /// stays as it is.
    pub(super) async fn label_volumes(&self, mounts: &[Mount]) -> Result<()> {
        for mount in mounts.iter().filter(|_| self.facts.unlabelled_volumes) {
            let Some(labels) = mount.volume.clone() else { continue };
            let (name, labels) = (mount.source.clone(), labels.into_iter().collect());
            let request = VolumeCreateRequest { name: Some(name.clone()), labels: Some(labels), ..Default::default() };
            match known(self.docker.create_volume(request).await) {
                // Two containers that are created at once may share it.
                Err(refusal) if words(&refusal).contains("already exists") => {}
                created => drop(created.map_err(|refusal| error(&actions::create_volume(&name), &refusal))?),
            }
        }
        Ok(())
    }

    /// Where the files of a volume are on the engine's machine, and when it was created. `None` if there is no such volume.
    pub async fn volume_place(&self, name: &str) -> Result<Option<VolumePlace>> {
        match known(self.docker.inspect_volume(name).await) {
            Ok(found) => Ok(Some(VolumePlace {
                mountpoint: found.mountpoint,
                created: found.created_at.map(|time| time.to_string()).unwrap_or_default(),
            })),
            Err(refusal) if status(&refusal) == Some(404) => Ok(None),
            Err(refusal) => Err(error(&actions::inspect_volume(name), &refusal)),
        }
    }

    /// Removes a volume whose containers are being removed and may still use it for a moment.
    pub async fn remove_volume_soon(&self, name: &str) -> Result<()> {
        for _ in 0..40 {
            match self.remove_volume(name).await {
                Err(Error::InUse { .. }) => tokio::time::sleep(Duration::from_millis(50)).await,
                outcome => return outcome,
            }
        }
        self.remove_volume(name).await
    }

    /// Removes a volume. Succeeds if it is gone.
    ///
    /// # Errors
    /// `InUse` if a container uses it.
    pub async fn remove_volume(&self, name: &str) -> Result<()> {
        match self.docker.remove_volume(name, None::<RemoveVolumeOptions>).await {
            Err(refusal) if status(&refusal) == Some(409) => Err(Error::InUse { name: name.to_owned() }),
            outcome => or_gone(&actions::remove_volume(name), outcome),
        }
    }
}

/// Whether these labels have one: `NAME`, or `NAME=VALUE`.
fn bears(labels: &BTreeMap<String, String>, wanted: &str) -> bool {
    match wanted.split_once('=') {
        Some((name, value)) => labels.get(name).is_some_and(|found| found == value),
        None => labels.contains_key(wanted),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_label_is_its_name_or_its_name_and_value() {
        let labels = BTreeMap::from([("a".to_owned(), "x=y".to_owned())]);
        let borne = ["a", "a=x=y", "b", "a=x", "a="].map(|wanted| bears(&labels, wanted));
        assert_eq!(borne, [true, true, false, false, false]);
    }
}
