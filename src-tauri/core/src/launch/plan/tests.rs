//! The plan as a whole.
#![allow(clippy::unwrap_used)]

use serde_json::json;

use super::server::LABEXTENSIONS;
use super::*;
use crate::launch::label;
use crate::launch::person::Person;
use crate::launch::spec::tests::resolved;

fn gateway(plan: &Plan) -> &ContainerSpec {
    &plan.parts[&Role::Gateway].container
}

fn server(plan: &Plan) -> &ContainerSpec {
    &plan.parts[&Role::Server].container
}

fn value<'a>(spec: &'a ContainerSpec, name: &str) -> &'a str {
    &spec.env.iter().find(|(n, _)| n == name).unwrap().1
}

#[test]
fn only_the_gateway_sees_the_socket() {
    let plan = plan(&resolved());
    let sees = |spec: &ContainerSpec| spec.mounts.iter().any(|mount| mount.source.ends_with("docker.sock"));
    assert!(sees(gateway(&plan)));
    assert!(!sees(server(&plan)));
    assert!(!value(gateway(&plan), "ORCHEST_KERNEL").contains("docker.sock"));
    assert_eq!(gateway(&plan).group_add, ["998"]);
    assert_eq!(gateway(&plan).user, "1000:100");
}

#[test]
fn only_the_server_is_published() {
    let plan = plan(&resolved());
    assert_eq!(server(&plan).published_port, Some(8888));
    assert_eq!(gateway(&plan).published_port, None);
}

#[test]
fn a_folder_of_any_name_is_mounted_to_the_letter() {
    let plan = plan(&resolved());
    assert_eq!(server(&plan).mounts[0].source, "/home/ada/my: notes, \"ü\"");
    let kernel: serde_json::Value = serde_json::from_str(value(gateway(&plan), "ORCHEST_KERNEL")).unwrap();
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
        let kernel: serde_json::Value = serde_json::from_str(value(gateway(&plan), "ORCHEST_KERNEL")).unwrap();
        let of_kernel = kernel["mounts"].as_array().unwrap().iter().filter(|mount| mount["Type"] == "bind");
        let of_kernel: Vec<_> = of_kernel.collect();
        assert_eq!(of_kernel.len(), 2);
        for (server, kernel) in server(&plan).mounts.iter().zip(of_kernel) {
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
fn server_and_each_kernel_have_the_limits_but_never_more_than_the_engine_has() {
    let kernel =
        |plan: &Plan| -> serde_json::Value { serde_json::from_str(value(gateway(plan), "ORCHEST_KERNEL")).unwrap() };
    let free = plan(&resolved());
    assert_eq!((server(&free).memory, server(&free).nano_cpus), (None, None));
    assert!(kernel(&free)["memory"].is_null() && kernel(&free)["nano_cpus"].is_null());

    let mut launch = resolved();
    launch.spec.limits.server = Limit { cpus: Some(0.5), memory_mb: Some(512), ..Limit::default() };
    launch.spec.limits.kernel = Limit { cpus: Some(16.0), memory_mb: Some(2048), ..Limit::default() };
    let limited = plan(&launch);
    assert_eq!((server(&limited).memory, server(&limited).nano_cpus), (Some(512 << 20), Some(500_000_000)));
    assert_eq!(kernel(&limited)["memory"], 2048_u64 << 20);
    assert_eq!(kernel(&limited)["nano_cpus"], 4_000_000_000_u64, "of the engine's 4 cores");
    assert_eq!((gateway(&limited).memory, gateway(&limited).nano_cpus), (Some(4 << 30), None));
    assert_eq!(gateway(&limited).labels[label::MEMORY], (4_u64 << 30).to_string());
    launch.engine.cpus = 0;
    assert_eq!(kernel(&plan(&launch))["nano_cpus"], 16_000_000_000_u64, "an engine that does not say");
}

#[test]
fn an_engine_is_asked_for_no_limit_that_it_does_not_keep() {
    let mut launch = resolved();
    let limit = Limit { cpus: Some(0.5), memory_mb: Some(512), ..Limit::default() };
    (launch.spec.limits.server, launch.spec.limits.kernel) = (limit, limit);
    let asked = |launch: &Resolved| {
        let plan = plan(launch);
        let kernel: serde_json::Value = serde_json::from_str(value(gateway(&plan), "ORCHEST_KERNEL")).unwrap();
        let server = server(&plan);
        let of_gateway = (gateway(&plan).memory, gateway(&plan).labels.contains_key(label::MEMORY));
        (json!([server.memory, server.nano_cpus, kernel["memory"], kernel["nano_cpus"], kernel["unkept"]]), of_gateway)
    };
    let (memory, cpus) = (512 << 20, 500_000_000);
    assert_eq!(asked(&launch), (json!([memory, cpus, memory, cpus, []]), (Some(4 << 30), true)));
    launch.engine.keeps.cpus = false;
    assert_eq!(asked(&launch), (json!([memory, null, memory, null, ["cpus"]]), (Some(4 << 30), true)));
    launch.engine.keeps.memory = false;
    assert_eq!(asked(&launch), (json!([null, null, null, null, ["memory", "cpus"]]), (None, false)));
}

#[test]
fn server_and_kernels_get_the_persons_umask_groups_zone_and_proxies() {
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
    let extensions = server(&plan).mounts.iter().find(|mount| mount.target == LABEXTENSIONS).unwrap();
    assert!(extensions.read_only && extensions.source == "/home/ada/labextensions");
    let kernel: serde_json::Value = serde_json::from_str(value(gateway(&plan), "ORCHEST_KERNEL")).unwrap();
    assert_eq!(
        (server(&plan).group_add.as_slice(), &kernel["group_add"]),
        (&["27", "6000"].map(String::from)[..], &json!(["27", "6000"]))
    );
    assert_eq!((value(server(&plan), "ORCHEST_UMASK"), &kernel["umask"]), ("0077", &json!("0077")));
    assert_eq!(kernel["env"], json!({ "TZ": "Europe/Berlin", "HTTP_PROXY": "http://p:1" }));
    assert_eq!((value(server(&plan), "TZ"), value(server(&plan), "HTTP_PROXY")), ("Europe/Berlin", "http://p:1"));
    assert_eq!(kernel["locale"], json!({ "LANG": "de_DE.UTF-8" }));
    assert_eq!(gateway(&plan).group_add, ["998"], "the gateway is nobody's");
}

#[test]
fn processes_and_logs_are_bounded_in_every_part_where_the_engine_can() {
    let bounds = |plan: &Plan| {
        let kernel: serde_json::Value = serde_json::from_str(value(gateway(plan), "ORCHEST_KERNEL")).unwrap();
        let of = |spec: &ContainerSpec| (spec.processes, json!(spec.log));
        [of(gateway(plan)), of(server(plan)), (kernel["processes"].as_i64(), kernel["log"].clone())]
    };
    let log = |size: &str| json!({ "max-file": "2", "max-size": size });
    let usual = (Some(4096), log("16777216"));
    assert_eq!(bounds(&plan(&resolved())), [usual.clone(), usual.clone(), usual.clone()]);
    let mut launch = resolved();
    launch.spec.limits.kernel = Limit { processes: Some(100), log_mb: Some(1), ..Limit::default() };
    assert_eq!(bounds(&plan(&launch)), [usual.clone(), usual, (Some(100), log("524288"))]);
    (launch.engine.keeps.processes, launch.engine.bounds_logs) = (false, false);
    assert!(bounds(&plan(&launch)).iter().all(|bound| *bound == (None, json!({}))));
}

#[test]
fn every_part_has_the_list_of_system_calls_where_the_engine_takes_one() {
    let mut launch = resolved();
    for filters in [true, false] {
        launch.engine.call_list = filters.then(|| "seccomp={}".to_owned());
        let plan = plan(&launch);
        let kernel: serde_json::Value = serde_json::from_str(value(gateway(&plan), "ORCHEST_KERNEL")).unwrap();
        let options =
            [json!(gateway(&plan).security_opt), json!(server(&plan).security_opt), kernel["security_opt"].clone()];
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
        [(&plan.network.labels, "network"), (&gateway(&plan).labels, "gateway"), (&server(&plan).labels, "server")]
    {
        assert_eq!(labels[label::LAUNCH], "0123456789ab");
        assert_eq!(labels[label::ROLE], role);
        assert_eq!(labels[label::OWNER], "ada@engine");
    }
}

#[test]
fn a_printed_plan_shows_no_token() {
    let printed = format!("{:?} {:?}", resolved(), plan(&resolved()));
    assert!(!printed.contains("gateway-token") && !printed.contains("server-token"), "{printed}");
}

#[test]
fn selinux_does_not_change_the_labels_of_the_persons_files() {
    let mut launch = resolved();
    launch.engine.selinux = true;
    let plan = plan(&launch);
    assert_eq!(server(&plan).security_opt[0], "label=disable");
    assert!(value(gateway(&plan), "ORCHEST_KERNEL").contains("label=disable"));
}

#[test]
fn each_part_is_planned_with_its_own_wait() {
    let plan = plan(&resolved());
    assert_eq!(plan.parts.keys().copied().collect::<Vec<_>>(), Role::PARTS);
    assert_eq!(plan.parts[&Role::Gateway].ready, Wait::Running);
    let offers = Wait::Offers { port: PORT, kernelspec: "python_docker".into() };
    assert_eq!(plan.parts[&Role::Server].ready, offers);
    assert_eq!(server(&plan).published_port, Some(PORT), "the port that is asked is published");
}

#[test]
fn a_script_of_the_folder_sees_what_a_kernel_sees_and_has_its_user_and_limits() {
    let mut launch = resolved();
    launch.groups = vec![7];
    launch.spec.limits.kernel.memory_mb = Some(512);
    let set = BTreeMap::from([("BIRDS".to_owned(), crate::platform::secret::Secret::new("owl"))]);
    let script = post_build(&launch, vec!["run".to_owned()], "image", Vec::new(), &set, 1);
    let kernel: serde_json::Value = serde_json::from_str(value(gateway(&plan(&launch)), "ORCHEST_KERNEL")).unwrap();
    for (of_script, of_kernel) in [
        (json!(script.user), "user"),
        (json!(script.group_add), "group_add"),
        (json!(script.limits.memory), "memory"),
        (json!(script.limits.shm), "shm"),
        (json!(script.processes), "processes"),
        (json!(script.log), "log"),
    ] {
        assert_eq!(of_script, kernel[of_kernel], "{of_kernel}");
    }
    let of_kernel = kernel["mounts"].as_array().unwrap().iter().map(|mount| mount["Target"].clone());
    let of_kernel: Vec<_> = of_kernel.filter(|target| target != channels::CHANNELS).collect();
    let targets: Vec<_> = script.mounts.iter().map(|mount| json!(mount.target)).collect();
    assert_eq!(targets, of_kernel, "all but the channels to the gateway");
    assert!(script.env.contains(&("BIRDS".to_owned(), "owl".to_owned())));
    let tokens = [launch.tokens.gateway.expose(), launch.tokens.server.expose()];
    assert!(script.env.iter().all(|(_, value)| !tokens.contains(&value.as_str())));
}
