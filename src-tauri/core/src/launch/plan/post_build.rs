//! The container of a folder's `postBuild`: with the user, the mounts, the variables and the limits of the folder's kernels.
//! It is on the engine's own network, so that nobody has to make one for it. Pure.

use std::collections::BTreeMap;

use super::bounds::{log, memory, nano_cpus, processes, shm};
use super::person::surroundings;
use super::security_opt;
use crate::engine::spec::Mount;
use crate::engine::{RunLimits, RunSpec};
use crate::launch::spec::Resolved;
use crate::launch::{kept, mounts};
use crate::platform::secret::Secret;

/// Plans it. `environment` is what kernels mount of the folder's environment.
pub fn post_build(
    launch: &Resolved,
    command: Vec<String>,
    image: &str,
    environment: Vec<Mount>,
    variables: &BTreeMap<String, Secret>,
    now: u64,
) -> RunSpec {
    let kernel = launch.spec.limits.kernel;
    let set = variables.iter().map(|(name, value)| (name.clone(), value.expose().to_owned()));
    let locale = launch.spec.person.locale.clone();
    RunSpec {
        name: format!("orchest-{}-post-build-{now}", launch.spec.id),
        image: image.to_owned(),
        command,
        user: launch.identity.as_user(),
        env: locale.into_iter().chain(surroundings(&launch.spec.person)).chain(set).collect(),
        labels: kept::installer_labels(&launch.spec.owner),
        mounts: mounts::of_folder(&launch.folder, false)
            .into_iter()
            .chain([kept::home(launch)])
            .chain(environment)
            .collect(),
        security_opt: security_opt(&launch.engine),
        group_add: launch.groups.iter().map(u32::to_string).collect(),
        processes: processes(kernel, &launch.engine),
        limits: RunLimits {
            memory: memory(kernel, &launch.engine),
            nano_cpus: nano_cpus(kernel, &launch.engine),
            shm: shm(kernel, &launch.engine),
        },
        log: log(kernel, &launch.engine),
        removed_at_end: true,
        offline: false,
        ..RunSpec::default()
    }
}
