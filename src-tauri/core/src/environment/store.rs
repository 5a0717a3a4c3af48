//! The store: one volume of the engine with the environments of all folders, and what kernels mount of it.

use std::collections::BTreeMap;
use std::path::Path;

use super::base;
use super::record::Made;
use crate::engine::spec::Mount;
use crate::engine::{Engine, VolumePlace};
use crate::words::error::Error;

/// Where the installer has the store.
pub const STORE: &str = "/store";
/// Where a kernel has its environment.
pub const ENVIRONMENT: &str = "/environment";
/// Where a kernel has what it needs itself, if that does not fit into its environment.
pub const SUPPORT: &str = "/environment-support";
/// The engine mounts a part of a volume from this API on.
const SUBPATHS_SINCE: (u32, u32) = (1, 45);

/// The store, and the containers that work in it.
#[derive(Clone, Debug)]
pub struct Store {
    /// The volume, as the installer mounts it.
    pub mount: Mount,
    /// The start of the containers' names.
    pub name: String,
    /// The image of the installer.
    pub image: String,
    /// The labels of the containers.
    pub labels: BTreeMap<String, String>,
    /// Security options of the containers in addition to no-new-privileges.
    pub security_opt: Vec<String>,
    /// Proxies and package indexes. Values may be passwords.
    pub env: Vec<(String, String)>,
}

/// The volume was removed while an environment was made in it.
pub(super) fn gone(store: &Mount) -> Error {
    Error::EngineGone { what: crate::words::engine::inspect_volume(&store.source) }
}

/// The store's name and age: a new volume of the same name has none of the environments of the old one.
pub(super) fn store_name(store: &Mount, place: &VolumePlace) -> String {
    format!("{}@{}", store.source, place.created)
}

/// What a kernel mounts of an environment that was made in a store at this place.
pub fn mounts(engine: &Engine, store: &Mount, place: &VolumePlace, made: &Made) -> Vec<Mount> {
    let subpaths = subpaths(engine);
    let support = made.support_key.as_ref().map(|key| (key, SUPPORT));
    let both = std::iter::once((&made.key, ENVIRONMENT)).chain(support);
    // A folder with an image of its own has no environment.
    let both = both.filter(|(key, _)| !key.is_empty());
    let environments = both.map(|(key, target)| (format!("environments/{key}"), target.to_owned()));
    let base = made.base.iter().map(|name| (base::inside(name), base::place(name)));
    environments
        .chain(base)
        .map(|(inside, target)| mount(store, &place.mountpoint, subpaths, &inside, &target))
        .collect()
}

/// Whether the engine can mount a part of a volume.
pub(super) fn subpaths(engine: &Engine) -> bool {
    api(&engine.facts().api_version) >= SUBPATHS_SINCE
}

/// How a kernel mounts a folder of the store: a part of the volume, or its folder where the engine cannot mount a part.
pub(super) fn mount(store: &Mount, place: &str, subpaths: bool, inside: &str, target: &str) -> Mount {
    let inside = inside.to_owned();
    let (source, volume, subpath) = if subpaths {
        (store.source.clone(), store.volume.clone(), Some(inside))
    } else {
        (Path::new(place).join(inside).to_string_lossy().into_owned(), None, None)
    };
    Mount { source, target: target.to_owned(), read_only: true, follows: false, volume, subpath }
}

fn api(version: &str) -> (u32, u32) {
    let (major, minor) = version.split_once('.').unwrap_or((version, "0"));
    (major.parse().unwrap_or_default(), minor.parse().unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_kernel_mounts_one_environment_and_not_the_store() {
        let store = Mount {
            source: "store".into(),
            target: STORE.into(),
            read_only: false,
            follows: false,
            volume: Some(BTreeMap::new()),
            subpath: None,
        };
        let place = "/var/lib/docker/volumes/store/_data";
        let new = mount(&store, place, true, "environments/k", ENVIRONMENT);
        assert_eq!((new.source.as_str(), new.subpath.as_deref()), ("store", Some("environments/k")));
        let old = mount(&store, place, false, "environments/k", ENVIRONMENT);
        assert_eq!(old.source, "/var/lib/docker/volumes/store/_data/environments/k");
        assert!(new.read_only && old.read_only && old.volume.is_none() && old.subpath.is_none());
        assert_eq!((api("1.41"), api("1.45"), api("2")), ((1, 41), (1, 45), (2, 0)));
        assert!(api("1.44") < SUBPATHS_SINCE && api("1.52") >= SUBPATHS_SINCE);
    }
}
