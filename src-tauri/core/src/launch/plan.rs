//! What a launch creates, as data. No I/O: the same input gives the same plan, and tests print it.

use std::collections::BTreeMap;

use serde_json::json;

use crate::contract::choices::Limit;
use crate::engine::spec::{ContainerSpec, Mount, NetworkSpec};
use crate::folder::inside::{FOLDER, HOME, SETTINGS};
use crate::kernelspec::KERNELS;
use crate::launch::label::{self, Labels, Role};
use crate::launch::person::Person;
use crate::launch::spec::{EngineTraits, Resolved};
use crate::launch::{channels, gateway_socket, kept, mounts};
use crate::settings::schema;

/// The port that the server listens on inside its container.
pub const PORT: u16 = 8888;
/// An empty folder of the gateway's image that belongs to everybody. A new volume takes that over, so the kernels' home
/// is ready for any user before the first kernel's image, which may know no such folder, is run. The gateway cannot enter
/// it: what kernels leave in their home is nothing for it.
const READIES: &str = "/opt/orchest/closed/home";
/// Where the person's own extensions of JupyterLab's page are inside the server.
const LABEXTENSIONS: &str = "/opt/labextensions";

/// The network and containers of one launch.
#[derive(Clone, Debug, PartialEq)]
pub struct Plan {
    /// The launch's own network.
    pub network: NetworkSpec,
    /// The gateway.
    pub gateway: ContainerSpec,
    /// The server.
    pub server: ContainerSpec,
}

/// The name of a launch's network: each attempt has its own, for an engine that finds two networks of one name starts
/// no container on either.
pub fn network_name(launch: &str, attempt: &str) -> String {
    let own = attempt.rsplit_once('-').map_or(attempt, |(_, own)| own);
    format!("orchest-{launch}-{own}")
}

/// The name of a launch's gateway or server.
pub fn container_name(launch: &str, role: Role) -> String {
    format!("orchest-{launch}-{}", role.as_str())
}

/// What the end of a container's name says while it is being stopped.
pub const STOPPING: &str = "-stopping";

/// The name of a launch's gateway or server while it is being stopped.
pub fn stopping_name(launch: &str, role: Role) -> String {
    format!("{}{STOPPING}", container_name(launch, role))
}

/// The network and containers of a launch.
pub fn plan(launch: &Resolved) -> Plan {
    let labels = Labels::of_attempt(
        &launch.spec.id,
        &launch.folder,
        &launch.spec.kernelspec.name,
        &launch.attempt,
        &launch.spec.owner,
    );
    let network = network_name(&launch.spec.id, &launch.attempt);
    let container = |role: Role, image: &str, user: String| ContainerSpec {
        name: container_name(&launch.spec.id, role),
        image: image.to_owned(),
        user,
        read_only: false,
        env: Vec::new(),
        labels: Labels {
            folder: launch.folder_mark.clone().filter(|_| role == Role::Server),
            follows_mounts: launch.follows_mounts,
            ..labels.in_role(role)
        }
        .write(),
        mounts: Vec::new(),
        network: network.clone(),
        group_add: Vec::new(),
        security_opt: security_opt(&launch.engine),
        published_port: None,
        host_port: None,
        stop_timeout_s: 5,
        memory: None,
        nano_cpus: None,
        shm: None,
        processes: processes(Limit::default(), &launch.engine),
        log: log(Limit::default(), &launch.engine),
    };
    let bind = |source: &str, target: &str, read_only| Mount {
        source: source.to_owned(),
        target: target.to_owned(),
        read_only,
        volume: None,
        follows: false,
    };
    let home = kept::home(launch);
    let channels = channels::mount(&launch.spec.id, &launch.attempt, &labels);
    let socket = gateway_socket::mount(&launch.spec.id, &launch.attempt, &labels);
    let gateway_memory =
        if launch.engine.limits_memory { i64::try_from(launch.spec.gateway_memory_mb << 20).ok() } else { None };
    let mut gateway = container(Role::Gateway, &launch.images.gateway, launch.gateway_user.as_user());
    // Told with the container's end.
    gateway.labels.extend(gateway_memory.map(|memory| (label::MEMORY.to_owned(), memory.to_string())));
    let groups: Vec<String> = launch.groups.iter().map(u32::to_string).collect();

    Plan {
        gateway: ContainerSpec {
            env: env([
                ("EG_AUTH_TOKEN", launch.tokens.gateway.expose()),
                ("EG_DEFAULT_KERNEL_NAME", &launch.spec.kernelspec.name),
                ("EG_DOCKER_NETWORK", &network),
                ("ORCHEST_KERNEL", &kernel(launch, &labels, &[&home, &channels])),
            ]),
            mounts: vec![
                bind(&launch.engine.socket, "/var/run/docker.sock", false),
                bind(&launch.kernels_dir, KERNELS, true),
                Mount { target: READIES.to_owned(), read_only: true, ..home.clone() },
                channels.clone(),
                socket.clone(),
            ],
            group_add: vec![launch.engine.socket_gid.to_string()],
            memory: gateway_memory,
            ..gateway
        },
        server: ContainerSpec {
            env: env([
                ("ORCHEST_ATTEMPT", launch.attempt.as_str()),
                ("ORCHEST_UMASK", &umask(&launch.spec.person)),
                ("JUPYTERLAB_SETTINGS_DIR", SETTINGS),
                ("JUPYTER_TOKEN", launch.tokens.server.expose()),
                ("JUPYTER_GATEWAY_AUTH_TOKEN", launch.tokens.gateway.expose()),
                ("EG_DEFAULT_KERNEL_NAME", &launch.spec.kernelspec.name),
            ])
            .into_iter()
            .chain(surroundings(&launch.spec.person))
            .collect(),
            mounts: [
                mounts::of_folder(&launch.folder, launch.follows_mounts),
                vec![kept::lab(launch), kept::settings(launch), Mount { read_only: true, ..socket }],
                launch.spec.person.labextensions.iter().map(|folder| bind(folder, LABEXTENSIONS, true)).collect(),
            ]
            .concat(),
            group_add: groups,
            // To root the image's own files would be open: a terminal could change what the server runs.
            read_only: launch.identity.uid == 0,
            published_port: Some(PORT),
            memory: memory(launch.spec.limits.server),
            nano_cpus: nano_cpus(launch.spec.limits.server, launch.engine.cpus),
            shm: shm(launch.spec.limits.server, launch.engine.memory),
            processes: processes(launch.spec.limits.server, &launch.engine),
            log: log(launch.spec.limits.server, &launch.engine),
            ..container(Role::Server, &launch.images.server, launch.identity.as_user())
        },
        network: NetworkSpec { name: network, labels: labels.in_role(Role::Network).write() },
    }
}

/// As `umask` of a shell prints it.
fn umask(person: &Person) -> String {
    format!("{:04o}", person.umask)
}

/// What server and kernels have of the person in their environment.
fn surroundings(person: &Person) -> Vec<(String, String)> {
    let zone = person.time_zone.iter().map(|zone| ("TZ".to_owned(), zone.clone()));
    zone.chain(person.proxies.clone()).collect()
}

/// How large /dev/shm is, bytes. What is in it counts as memory, so more than that is of no use: all of it, or half of
/// the engine's where there is no limit, as the kernel of Linux has it for a machine.
fn shm(limit: Limit, has: u64) -> Option<i64> {
    let chosen = limit.shm_mb.and_then(|shm| i64::try_from(shm << 20).ok());
    let half = i64::try_from(has / 2).ok().filter(|half| *half > 0);
    match (chosen, memory(limit)) {
        (Some(chosen), Some(memory)) => Some(chosen.min(memory)),
        (chosen, memory) => chosen.or(memory).or(half),
    }
}

/// Processes and threads together, as control groups count them.
fn processes(limit: Limit, engine: &EngineTraits) -> Option<i64> {
    let most = limit.processes.unwrap_or(schema::PROCESSES);
    engine.bounds_processes.then(|| i64::try_from(most).unwrap_or(i64::MAX))
}

/// Two files of half the size: when the second is full, the first is dropped. Options of `json-file` and `local` (Docker's
/// "Configure logging drivers").
fn log(limit: Limit, engine: &EngineTraits) -> BTreeMap<String, String> {
    if !engine.bounds_logs {
        return BTreeMap::new();
    }
    let file = (limit.log_mb.unwrap_or(schema::LOG_MB) << 20) / 2;
    BTreeMap::from([("max-file".to_owned(), "2".to_owned()), ("max-size".to_owned(), file.to_string())])
}

/// Security options beside no-new-privileges.
fn security_opt(engine: &EngineTraits) -> Vec<String> {
    let label = engine.selinux.then(|| "label=disable".to_owned());
    label.into_iter().chain(engine.call_list.clone()).collect()
}

/// Bytes.
fn memory(limit: Limit) -> Option<i64> {
    limit.memory_mb.and_then(|memory| i64::try_from(memory << 20).ok())
}

/// In 10⁻⁹ of a core. An engine refuses a container that may use more cores than it has.
fn nano_cpus(limit: Limit, has: u32) -> Option<i64> {
    let most = if has == 0 { f64::INFINITY } else { f64::from(has) };
    limit.cpus.map(|cpus| (cpus.min(most) * 1e9).round() as i64)
}

fn env<const N: usize>(pairs: [(&str, &str); N]) -> Vec<(String, String)> {
    pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec()
}

/// What a kernel's container may see and who it is, as `etc/images/README.md` describes `ORCHEST_KERNEL`.
fn kernel(launch: &Resolved, labels: &Labels, volumes: &[&Mount]) -> String {
    let security_opt = [vec!["no-new-privileges".to_owned()], security_opt(&launch.engine)].concat();
    let folder = mounts::of_folder(&launch.folder, launch.follows_mounts);
    let mounts: Vec<_> = folder.iter().chain(volumes.iter().copied()).map(Mount::as_json).collect();
    json!({
        "user": launch.identity.as_user(),
        "labels": labels.write(),
        "mounts": mounts,
        "home": HOME,
        "security_opt": security_opt,
        "group_add": launch.groups.iter().map(u32::to_string).collect::<Vec<_>>(),
        "umask": umask(&launch.spec.person),
        "env": surroundings(&launch.spec.person).into_iter().collect::<BTreeMap<_, _>>(),
        "locale": launch.spec.person.locale,
        "memory": memory(launch.spec.limits.kernel),
        "nano_cpus": nano_cpus(launch.spec.limits.kernel, launch.engine.cpus),
        "shm": shm(launch.spec.limits.kernel, launch.engine.memory),
        "processes": processes(launch.spec.limits.kernel, &launch.engine),
        "log": log(launch.spec.limits.kernel, &launch.engine),
        "name_prefix": format!("orchest-{}-kernel-", launch.spec.id),
        "root": FOLDER,
    })
    .to_string()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::launch::spec::tests::resolved;

    fn value<'a>(spec: &'a ContainerSpec, name: &str) -> &'a str {
        &spec.env.iter().find(|(n, _)| n == name).unwrap().1
    }

    #[test]
    fn only_the_gateway_sees_the_socket() {
        let plan = plan(&resolved());
        let sees = |spec: &ContainerSpec| spec.mounts.iter().any(|mount| mount.source.ends_with("docker.sock"));
        assert!(sees(&plan.gateway));
        assert!(!sees(&plan.server));
        assert!(!value(&plan.gateway, "ORCHEST_KERNEL").contains("docker.sock"));
        assert_eq!(plan.gateway.group_add, ["998"]);
        assert_eq!(plan.gateway.user, "1000:100");
    }

    #[test]
    fn only_the_server_is_published() {
        let plan = plan(&resolved());
        assert_eq!(plan.server.published_port, Some(8888));
        assert_eq!(plan.gateway.published_port, None);
    }

    #[test]
    fn a_folder_of_any_name_is_mounted_to_the_letter() {
        let plan = plan(&resolved());
        assert_eq!(plan.server.mounts[0].source, "/home/ada/my: notes, \"ü\"");
        let kernel: serde_json::Value = serde_json::from_str(value(&plan.gateway, "ORCHEST_KERNEL")).unwrap();
        assert_eq!(kernel["mounts"][0]["Source"], "/home/ada/my: notes, \"ü\"");
        assert_eq!(kernel["user"], "1000:100");
        assert_eq!(kernel["labels"][label::LAUNCH], "0123456789ab");
    }

    #[test]
    fn server_and_kernels_have_the_folder_at_the_same_places_and_follow_its_mounts_alike() {
        let mut launch = resolved();
        for follows in [false, true] {
            launch.follows_mounts = follows;
            let plan = plan(&launch);
            let kernel: serde_json::Value = serde_json::from_str(value(&plan.gateway, "ORCHEST_KERNEL")).unwrap();
            let of_kernel = kernel["mounts"].as_array().unwrap().iter().filter(|mount| mount["Type"] == "bind");
            let of_kernel: Vec<_> = of_kernel.collect();
            assert_eq!(of_kernel.len(), 2);
            for (server, kernel) in plan.server.mounts.iter().zip(of_kernel) {
                assert_eq!(
                    (server.source.as_str(), server.target.as_str()),
                    (kernel["Source"].as_str().unwrap(), kernel["Target"].as_str().unwrap(),)
                );
                assert_eq!(server.follows, follows);
                assert_eq!(kernel["BindOptions"]["Propagation"] == "rslave", follows);
            }
        }
    }

    #[test]
    fn limits_are_the_servers_and_each_kernels_and_never_more_than_the_engine_has() {
        let kernel = |plan: &Plan| -> serde_json::Value {
            serde_json::from_str(value(&plan.gateway, "ORCHEST_KERNEL")).unwrap()
        };
        let free = plan(&resolved());
        assert_eq!((free.server.memory, free.server.nano_cpus), (None, None));
        assert!(kernel(&free)["memory"].is_null() && kernel(&free)["nano_cpus"].is_null());

        let mut launch = resolved();
        launch.spec.limits.server = Limit { cpus: Some(0.5), memory_mb: Some(512), ..Limit::default() };
        launch.spec.limits.kernel = Limit { cpus: Some(16.0), memory_mb: Some(2048), ..Limit::default() };
        let limited = plan(&launch);
        assert_eq!((limited.server.memory, limited.server.nano_cpus), (Some(512 << 20), Some(500_000_000)));
        assert_eq!(kernel(&limited)["memory"], 2048_u64 << 20);
        assert_eq!(kernel(&limited)["nano_cpus"], 4_000_000_000_u64, "of the engine's 4 cores");
        assert_eq!((limited.gateway.memory, limited.gateway.nano_cpus), (Some(4 << 30), None));
        assert_eq!(limited.gateway.labels[label::MEMORY], (4_u64 << 30).to_string());
        launch.engine.limits_memory = false;
        let free = plan(&launch).gateway;
        assert_eq!((free.memory, free.labels.get(label::MEMORY)), (None, None));
        launch.engine.cpus = 0;
        assert_eq!(kernel(&plan(&launch))["nano_cpus"], 16_000_000_000_u64, "an engine that does not say");
    }

    #[test]
    fn server_and_kernels_have_what_is_the_persons() {
        let mut launch = resolved();
        launch.groups = vec![27, 6000];
        launch.spec.person = Person {
            umask: 0o77,
            time_zone: Some("Europe/Berlin".into()),
            locale: BTreeMap::from([("LANG".into(), "de_DE.UTF-8".into())]),
            proxies: BTreeMap::from([("HTTP_PROXY".into(), "http://p:1".into())]),
            labextensions: Some("/home/ada/labextensions".into()),
        };
        let plan = plan(&launch);
        let extensions = plan.server.mounts.iter().find(|mount| mount.target == LABEXTENSIONS).unwrap();
        assert!(extensions.read_only && extensions.source == "/home/ada/labextensions");
        let kernel: serde_json::Value = serde_json::from_str(value(&plan.gateway, "ORCHEST_KERNEL")).unwrap();
        assert_eq!(
            (plan.server.group_add.as_slice(), &kernel["group_add"]),
            (&["27", "6000"].map(String::from)[..], &json!(["27", "6000"]))
        );
        assert_eq!((value(&plan.server, "ORCHEST_UMASK"), &kernel["umask"]), ("0077", &json!("0077")));
        assert_eq!(kernel["env"], json!({ "TZ": "Europe/Berlin", "HTTP_PROXY": "http://p:1" }));
        assert_eq!((value(&plan.server, "TZ"), value(&plan.server, "HTTP_PROXY")), ("Europe/Berlin", "http://p:1"));
        assert_eq!(kernel["locale"], json!({ "LANG": "de_DE.UTF-8" }));
        assert_eq!(plan.gateway.group_add, ["998"], "the gateway is nobody's");
    }

    #[test]
    fn what_can_be_shared_is_what_was_chosen_or_all_memory_or_half_of_the_engines() {
        let limit = |memory_mb, shm_mb| Limit { memory_mb, shm_mb, ..Limit::default() };
        let table = [
            (limit(None, None), 8 << 30, Some(4 << 30)),
            (limit(None, None), 0, None),
            (limit(Some(256), None), 8 << 30, Some(256 << 20)),
            (limit(Some(256), Some(64)), 8 << 30, Some(64 << 20)),
            (limit(Some(256), Some(1024)), 8 << 30, Some(256 << 20)),
            (limit(None, Some(1024)), 0, Some(1024 << 20)),
        ];
        for (limit, has, wanted) in table {
            assert_eq!(shm(limit, has), wanted, "{limit:?}");
        }
    }

    #[test]
    fn processes_and_logs_are_bounded_in_every_part_where_the_engine_can() {
        let bounds = |plan: &Plan| {
            let kernel: serde_json::Value = serde_json::from_str(value(&plan.gateway, "ORCHEST_KERNEL")).unwrap();
            let of = |spec: &ContainerSpec| (spec.processes, json!(spec.log));
            [of(&plan.gateway), of(&plan.server), (kernel["processes"].as_i64(), kernel["log"].clone())]
        };
        let log = |size: &str| json!({ "max-file": "2", "max-size": size });
        let usual = (Some(4096), log("16777216"));
        assert_eq!(bounds(&plan(&resolved())), [usual.clone(), usual.clone(), usual.clone()]);
        let mut launch = resolved();
        launch.spec.limits.kernel = Limit { processes: Some(100), log_mb: Some(1), ..Limit::default() };
        assert_eq!(bounds(&plan(&launch)), [usual.clone(), usual, (Some(100), log("524288"))]);
        (launch.engine.bounds_processes, launch.engine.bounds_logs) = (false, false);
        assert!(bounds(&plan(&launch)).iter().all(|bound| *bound == (None, json!({}))));
    }

    #[test]
    fn every_part_has_the_list_of_system_calls_where_the_engine_takes_one() {
        let mut launch = resolved();
        for filters in [true, false] {
            launch.engine.call_list = filters.then(|| "seccomp={}".to_owned());
            let plan = plan(&launch);
            let kernel: serde_json::Value = serde_json::from_str(value(&plan.gateway, "ORCHEST_KERNEL")).unwrap();
            let options =
                [json!(plan.gateway.security_opt), json!(plan.server.security_opt), kernel["security_opt"].clone()];
            for options in options {
                let found =
                    options.as_array().unwrap().iter().any(|option| option.as_str().unwrap().starts_with("seccomp={"));
                assert_eq!(found, filters, "{options}");
            }
        }
    }

    #[test]
    fn every_part_carries_the_launch_and_its_role() {
        let plan = plan(&resolved());
        for (labels, role) in
            [(&plan.network.labels, "network"), (&plan.gateway.labels, "gateway"), (&plan.server.labels, "server")]
        {
            assert_eq!(labels[label::LAUNCH], "0123456789ab");
            assert_eq!(labels[label::ROLE], role);
            assert_eq!(labels[label::OWNER], "ada@engine");
        }
    }

    #[test]
    fn no_token_shows_when_a_plan_is_printed() {
        let printed = format!("{:?} {:?}", resolved(), plan(&resolved()));
        assert!(!printed.contains("gateway-token") && !printed.contains("server-token"), "{printed}");
    }

    #[test]
    fn selinux_leaves_the_labels_of_the_users_files_alone() {
        let mut launch = resolved();
        launch.engine.selinux = true;
        let plan = plan(&launch);
        assert_eq!(plan.server.security_opt[0], "label=disable");
        assert!(value(&plan.gateway, "ORCHEST_KERNEL").contains("label=disable"));
    }
}
