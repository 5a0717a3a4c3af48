//! The gateway: Jupyter Enterprise Gateway, the only part that has the engine's socket. Pure.

use super::{PlannedPart, SOCKET, Shared, bind, env, kernel};
use crate::engine::spec::{ContainerSpec, Mount};
use crate::environment::any_image::NOTES;
use crate::environment::this_folder::KERNELS_OF_FOLDER;
use crate::kernelspec::KERNELS;
use crate::launch::label::{Labels, Role};

/// An empty folder of the gateway's image that belongs to everybody. A new volume gets its permissions, so that the
/// kernels' home can be used by any user before the first kernel runs. The gateway cannot enter it: it does not need the
/// files that kernels leave in their home.
const READIES: &str = "/opt/orchest/closed/home";

/// The files of this machine that it reads. On another machine it gets copies (`brought`).
fn files_here(shared: &Shared) -> Vec<Mount> {
    let launch = shared.launch;
    if launch.spec.there.is_some() {
        return Vec::new();
    }
    vec![
        bind(&launch.kernels_dir, KERNELS, true),
        bind(&launch.folder_kernels_dir, KERNELS_OF_FOLDER, true),
        bind(&launch.images_dir, NOTES, true),
    ]
}

pub(super) fn part(shared: &Shared) -> PlannedPart {
    let launch = shared.launch;
    let limited = launch.engine.keeps.memory;
    let memory = if limited { i64::try_from(launch.spec.gateway_memory_mb << 20).ok() } else { None };
    // A message about a container that ran out of memory names its limit.
    let labels =
        Labels { memory: memory.and_then(|memory| u64::try_from(memory).ok()), ..shared.labels(Role::Gateway) };
    shared.part(
        Role::Gateway,
        ContainerSpec {
            labels: labels.write(),
            env: env([
                ("EG_AUTH_TOKEN", launch.tokens.gateway.expose()),
                ("EG_DEFAULT_KERNEL_NAME", &launch.spec.kernelspec.name),
                ("EG_DOCKER_NETWORK", &shared.network),
                ("ORCHEST_KERNEL", &kernel::kernel(shared)),
            ]),
            mounts: [
                vec![bind(&launch.engine.socket, SOCKET, false)],
                files_here(shared),
                vec![
                    Mount { target: READIES.to_owned(), read_only: true, ..shared.home.clone() },
                    shared.channels.clone(),
                    shared.socket.clone(),
                ],
            ]
            .concat(),
            group_add: vec![launch.engine.socket_gid.to_string()],
            memory,
            ..shared.container(Role::Gateway, &launch.images.gateway, launch.gateway_user.as_user())
        },
    )
}
