//! The server: JupyterLab, the only part with a published port. Pure.

use super::bounds::{log, memory, nano_cpus, processes, shm};
use super::person::{surroundings, umask};
use super::{PORT, PlannedPart, Shared, bind, env};
use crate::engine::spec::{ContainerSpec, Mount};
use crate::folder::inside::SETTINGS;
use crate::launch::label::{Labels, Role};
use crate::launch::{kept, mounts};

/// The folder of the person's own extensions of JupyterLab's page, inside the server.
pub const LABEXTENSIONS: &str = "/opt/labextensions";
/// The variable with a gateway that others keep, as `orchest_server` reads it.
pub const GATEWAY_ELSEWHERE: &str = "JUPYTER_GATEWAY";

/// What the server knows of its gateway: the token of the launch's own, or all of another.
fn gateway(shared: &Shared) -> (String, String) {
    let launch = shared.launch;
    match (&launch.elsewhere, &launch.spec.place) {
        (Some(connection), Some(wanted)) => {
            let path = wanted.place.path_of(&launch.spec.folder);
            (GATEWAY_ELSEWHERE.to_owned(), connection.for_server(path.as_deref()).expose().to_owned())
        }
        _ => ("JUPYTER_GATEWAY_AUTH_TOKEN".to_owned(), launch.tokens.gateway.expose().to_owned()),
    }
}

/// The person's own extensions. On another machine the server gets a copy (`brought`).
fn labextensions(shared: &Shared) -> Option<Mount> {
    let folder = shared.launch.spec.person.labextensions.as_ref().filter(|_| shared.launch.spec.there.is_none());
    folder.map(|folder| bind(folder, LABEXTENSIONS, true))
}

/// The socket of the launch's own gateway.
fn own_gateway(shared: &Shared) -> Option<Mount> {
    shared.launch.elsewhere.is_none().then(|| Mount { read_only: true, ..shared.socket.clone() })
}

pub(super) fn part(shared: &Shared) -> PlannedPart {
    let launch = shared.launch;
    let (person, limit) = (&launch.spec.person, launch.spec.limits.server);
    let labels = Labels { folder: launch.folder_mark.clone(), ..shared.labels(Role::Server) };
    shared.part(
        Role::Server,
        ContainerSpec {
            labels: labels.write(),
            env: env([
                ("ORCHEST_ATTEMPT", launch.attempt.as_str()),
                ("ORCHEST_UMASK", &umask(person)),
                ("JUPYTERLAB_SETTINGS_DIR", SETTINGS),
                ("JUPYTER_TOKEN", launch.tokens.server.expose()),
                ("EG_DEFAULT_KERNEL_NAME", &launch.spec.kernelspec.name),
            ])
            .into_iter()
            .chain([gateway(shared)])
            .chain(surroundings(person))
            .collect(),
            mounts: [
                mounts::of_folder(&launch.folder, launch.follows_mounts),
                vec![kept::lab(launch), kept::settings(launch)],
                own_gateway(shared).into_iter().collect(),
                labextensions(shared).into_iter().collect(),
            ]
            .concat(),
            group_add: launch.groups.iter().map(u32::to_string).collect(),
            // As root, a terminal could change the programs of the server in its image.
            read_only: launch.identity.uid == 0,
            published_port: Some(PORT),
            memory: memory(limit, &launch.engine),
            nano_cpus: nano_cpus(limit, &launch.engine),
            shm: shm(limit, &launch.engine),
            processes: processes(limit, &launch.engine),
            log: log(limit, &launch.engine),
            ..shared.container(Role::Server, &launch.images.server, launch.identity.as_user())
        },
    )
}
