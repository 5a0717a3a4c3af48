//! What is kept from one launch of a folder to the next, in volumes of the engine. Pure: the engine creates a volume with
//! the first container that mounts it.

use std::collections::BTreeMap;
use std::path::Path;

use sha2::{Digest, Sha256};

use crate::engine::spec::Mount;
use crate::environment::store::{STORE, Store};
use crate::folder::inside::{HOME, SETTINGS};
use crate::images;
use crate::launch::label;
use crate::launch::spec::Resolved;
use crate::platform::user::Owner;

/// The role of the containers that make environments. They belong to no launch.
const INSTALLER: &str = "installer";

/// Something that is kept from one launch to the next, in a volume of the engine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kept {
    /// The home of a folder's kernels.
    Home,
    /// The home of a folder's server: open tabs, trusted notebooks, checkpoints.
    Lab,
    /// JupyterLab's settings, which a person has in all folders.
    Settings,
    /// The packages and environments of a person's folders.
    Environments,
}

impl Kept {
    /// The label's value.
    pub fn as_str(self) -> &'static str {
        match self {
            Kept::Home => "home",
            Kept::Lab => "lab",
            Kept::Settings => "settings",
            Kept::Environments => "environments",
        }
    }
}

/// The labels of a volume; `folder`: the id and path of its pipeline, if it belongs to one.
fn labels(kept: Kept, folder: Option<(&str, &str)>, owner: &Owner) -> BTreeMap<String, String> {
    let mut labels = BTreeMap::from([
        (label::ROLE.to_owned(), kept.as_str().to_owned()),
        (label::OWNER.to_owned(), owner.name.clone()),
        (label::VERSION.to_owned(), env!("CARGO_PKG_VERSION").to_owned()),
    ]);
    if let Some((launch, pipeline)) = folder {
        labels.insert(label::LAUNCH.to_owned(), launch.to_owned());
        labels.insert(label::PIPELINE.to_owned(), pipeline.to_owned());
    }
    if let Some(test) = &owner.test {
        labels.insert(label::TEST.to_owned(), test.clone());
    }
    labels
}

/// The name of the volume with what is kept of a folder.
pub fn volume_name(launch: &str, kept: Kept) -> String {
    format!("orchest-{launch}-{}", kept.as_str())
}

/// The name of the volume with a person's settings of JupyterLab. One user may not change the files of another, so each
/// user of a person's servers has its own volume, and so has each test run.
fn settings_name(owner: &Owner, uid: u32) -> String {
    let mut hash = Sha256::new();
    for part in [owner.name.as_str(), &uid.to_string(), owner.test.as_deref().unwrap_or_default()] {
        hash.update(part);
        hash.update([0]);
    }
    let hash: String = hex::encode(&hash.finalize()[..6]);
    format!("orchest-{}-{hash}", Kept::Settings.as_str())
}

/// The store of environments, as the installer mounts it. Each person has one for each folder of records: what no record
/// names can be removed.
pub fn environments(owner: &Owner, records: &Path) -> Mount {
    let mut hash = Sha256::new();
    for part in [owner.name.as_bytes(), records.as_os_str().as_encoded_bytes()] {
        hash.update(part);
        hash.update([0]);
    }
    let hash: String = hex::encode(&hash.finalize()[..6]);
    Mount {
        source: format!("orchest-{}-{hash}", Kept::Environments.as_str()),
        target: STORE.to_owned(),
        read_only: false,
        follows: false,
        volume: Some(labels(Kept::Environments, None, owner)),
        subpath: None,
    }
}

/// The labels of the containers that install into it.
pub fn installer_labels(owner: &Owner) -> BTreeMap<String, String> {
    let installer = (label::ROLE.to_owned(), INSTALLER.to_owned());
    labels(Kept::Environments, None, owner).into_iter().chain([installer]).collect()
}

/// A volume that all launches of the folder share.
fn volume(kept: Kept, id: &str, folder: &str, owner: &Owner) -> Mount {
    Mount {
        source: volume_name(id, kept),
        target: HOME.to_owned(),
        read_only: false,
        follows: false,
        volume: Some(labels(kept, Some((id, folder)), owner)),
        subpath: None,
    }
}

/// The home of the kernels of a folder, without a launch.
pub fn home_of(id: &str, folder: &str, owner: &Owner) -> Mount {
    volume(Kept::Home, id, folder, owner)
}

/// The store of environments, and the containers that work in it.
pub fn store(owner: &Owner, records: &Path, id: &str, env: Vec<(String, String)>) -> Store {
    Store {
        mount: environments(owner, records),
        name: format!("orchest-{id}"),
        image: images::kernel_python(),
        labels: installer_labels(owner),
        security_opt: Vec::new(),
        env,
    }
}

/// The kernels' home.
pub fn home(launch: &Resolved) -> Mount {
    home_of(&launch.spec.id, &launch.folder, &launch.spec.owner)
}

/// The server's home.
pub fn lab(launch: &Resolved) -> Mount {
    volume(Kept::Lab, &launch.spec.id, &launch.folder, &launch.spec.owner)
}

/// JupyterLab's settings: the only thing that servers of different folders share.
pub fn settings(launch: &Resolved) -> Mount {
    Mount {
        source: settings_name(&launch.spec.owner, launch.identity.uid),
        target: SETTINGS.to_owned(),
        read_only: false,
        follows: false,
        volume: Some(labels(Kept::Settings, None, &launch.spec.owner)),
        subpath: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::launch::channels::CHANNELS;
    use crate::launch::gateway_socket::GATEWAY_SOCKET;
    use crate::launch::label::Role;
    use crate::launch::plan::plan;
    use crate::launch::spec::tests::resolved;

    fn volumes(mounts: &[Mount]) -> Vec<&str> {
        mounts.iter().filter(|mount| mount.volume.is_some()).map(|mount| mount.source.as_str()).collect()
    }

    #[test]
    fn the_kernels_home_is_not_the_servers_and_the_gateway_can_write_neither() {
        let launch = resolved();
        let plan = plan(&launch);
        let (lab, settings) = (lab(&launch).source, settings(&launch).source);
        let socket = "orchest-0123456789ab-a1-gateway-socket";
        assert_eq!(volumes(&plan.parts[&Role::Server].container.mounts), [lab.as_str(), settings.as_str(), socket]);
        let channels = "orchest-0123456789ab-a1-channels";
        assert_eq!(
            volumes(&plan.parts[&Role::Gateway].container.mounts),
            ["orchest-0123456789ab-home", channels, socket]
        );
        let sockets = [CHANNELS, GATEWAY_SOCKET];
        let writes =
            |mount: &&Mount| mount.volume.is_some() && !mount.read_only && !sockets.contains(&mount.target.as_str());
        assert_eq!(plan.parts[&Role::Gateway].container.mounts.iter().find(writes), None);
        assert!(
            plan.parts[&Role::Gateway].container.mounts.iter().all(|mount| mount.target != HOME),
            "the gateway runs no file of a kernel"
        );
    }

    #[test]
    fn homes_have_the_label_of_their_launch_and_settings_have_none() {
        let launch = resolved();
        for mount in [home(&launch), lab(&launch)] {
            let labels = mount.volume.unwrap_or_default();
            assert_eq!((labels[label::LAUNCH].as_str(), labels[label::OWNER].as_str()), ("0123456789ab", "ada@engine"));
            assert!(!labels.contains_key(label::ATTEMPT) && !labels.contains_key(label::PROCESS));
        }
        let labels = settings(&launch).volume.unwrap_or_default();
        assert_eq!((labels.get(label::LAUNCH), labels[label::ROLE].as_str()), (None, "settings"));
    }

    #[test]
    fn each_person_user_and_test_run_has_its_own_settings() {
        let ada = Owner { name: "ada@engine".into(), process: "1".into(), test: None };
        let name = |name: &str, test: Option<&str>, uid| {
            settings_name(&Owner { name: name.into(), test: test.map(str::to_owned), ..ada.clone() }, uid)
        };
        let names = [
            name("ada@engine", None, 1000),
            name("bob@engine", None, 1000),
            name("ada@engine", Some("run"), 1000),
            name("ada@engine", None, 0),
        ];
        assert_eq!(names.iter().collect::<std::collections::BTreeSet<_>>().len(), 4, "{names:?}");
        assert_eq!(name("ada@engine", None, 1000), names[0]);
        let run = Owner { test: Some("run".into()), ..ada };
        assert_eq!(labels(Kept::Home, None, &run)[label::TEST], "run");
    }
}
