//! The containers of kernels, which the gateway creates: what it gets as `ORCHEST_KERNEL`. Pure.

use std::collections::BTreeMap;

use serde_json::json;

use super::Shared;
use super::bounds::{log, memory, nano_cpus, processes, shm};
use super::person::{surroundings, umask};
use crate::engine::Keeps;
use crate::engine::spec::{Mount, forms};
use crate::folder::inside::{FOLDER, HOME};
use crate::launch::mounts;

/// The user, mounts, labels and bounds of a kernel's container, as `etc/images/README.md` describes `ORCHEST_KERNEL`.
pub(super) fn kernel(shared: &Shared) -> String {
    let launch = shared.launch;
    let security_opt = [vec!["no-new-privileges".to_owned()], super::security_opt(&launch.engine)].concat();
    let folder = mounts::of_folder(&launch.folder, launch.follows_mounts);
    let (mounts, binds) = forms(folder.iter().chain([&shared.home, &shared.channels]), launch.engine.unquoted_mounts);
    let mounts: Vec<_> = mounts.into_iter().map(Mount::as_json).collect();
    json!({
        "user": launch.identity.as_user(),
        "labels": shared.labels.write(),
        "mounts": mounts,
        "binds": binds,
        "home": HOME,
        "security_opt": security_opt,
        "group_add": launch.groups.iter().map(u32::to_string).collect::<Vec<_>>(),
        "userns_mode": launch.engine.userns_mode,
        "umask": umask(&launch.spec.person),
        "env": surroundings(&launch.spec.person).into_iter().collect::<BTreeMap<_, _>>(),
        "locale": launch.spec.person.locale,
        "memory": memory(launch.spec.limits.kernel, &launch.engine),
        "nano_cpus": nano_cpus(launch.spec.limits.kernel, &launch.engine),
        "shm": shm(launch.spec.limits.kernel, &launch.engine),
        "unkept": unkept(launch.engine.keeps),
        "processes": processes(launch.spec.limits.kernel, &launch.engine),
        "log": log(launch.spec.limits.kernel, &launch.engine),
        "name_prefix": format!("orchest-{}-kernel-", launch.spec.id),
        "root": FOLDER,
    })
    .to_string()
}

/// The limits that a kernelspec may ask for and that the engine does not keep.
fn unkept(keeps: Keeps) -> Vec<&'static str> {
    let kept = [("memory", keeps.memory), ("cpus", keeps.cpus)];
    kept.into_iter().filter_map(|(name, kept)| (!kept).then_some(name)).collect()
}
