//! The places where engines may be, from what the person said, the Docker CLI's and Podman's files, and the well-known
//! sockets. Nothing here connects.
//!
//! The order: `DOCKER_HOST` and `DOCKER_CONTEXT`, which are said for one run; the engine that the person picked; the
//! configuration's `currentContext`; the well-known sockets; Podman's own connections.

use std::path::PathBuf;

use serde_json::Value;
use sha2::{Digest, Sha256};

use super::around::RUNTIME;
use super::{ProcessEnv, docker_config, podman, tcp};
use crate::words::engine as words;
use crate::words::error::{Error, Result};

/// A place where an engine may be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Candidate {
    pub endpoint: String,
    pub found_by: String,
    /// The engine runs in a virtual machine, which has its own socket.
    pub machine: bool,
}

/// A place that something names, and why it cannot be used if it cannot.
pub(super) struct Named {
    pub found_by: String,
    /// The address as it is written. Empty if there is none.
    pub endpoint: String,
    pub candidate: Result<Candidate>,
}

/// The variable that names the engine of this run, and goes before what the person picked.
pub fn named_for_this_run(around: &ProcessEnv) -> Option<&'static str> {
    ["DOCKER_HOST", "DOCKER_CONTEXT"].into_iter().find(|name| around.set(name).is_some())
}

/// The configured engine, which is the only one that is tried. `chosen` is the address that the person picked.
pub(super) fn configured(around: &ProcessEnv, chosen: Option<&str>) -> Result<Option<Candidate>> {
    if let Some(host) = around.set("DOCKER_HOST") {
        return of_docker_host(around, host).map(Some);
    }
    let context = match (around.set("DOCKER_CONTEXT"), chosen) {
        (Some(name), _) => Some((name.clone(), "DOCKER_CONTEXT".to_owned())),
        (None, Some(address)) => return candidate(address, words::CHOSEN, false).map(Some),
        (None, None) => current_context(around).map(|name| (name.clone(), words::context(&name))),
    };
    match context {
        Some((name, _)) if name == "default" => Ok(None),
        Some((name, found_by)) => of_context(around, &name, &found_by).candidate.map(Some),
        None => Ok(None),
    }
}

/// The places that are searched where none is configured. A place that cannot be used is named if nothing answers.
pub(super) fn searched(around: &ProcessEnv) -> Vec<Named> {
    let known = well_known(around).into_iter().map(|known| Named {
        found_by: known.found_by.clone(),
        endpoint: known.endpoint.clone(),
        candidate: Ok(known),
    });
    known.chain(of_podman(around)).collect()
}

/// All places that something names, in the order of the search.
pub(super) fn all(around: &ProcessEnv, chosen: Option<&str>) -> Vec<Named> {
    let of_host = around.set("DOCKER_HOST").map(|host| named(host, "DOCKER_HOST", of_docker_host(around, host)));
    let of_choice = chosen.map(|address| named(address, words::CHOSEN, candidate(address, words::CHOSEN, false)));
    let is_named = |name: &String| name != "default";
    let of_variable = around.set("DOCKER_CONTEXT").filter(|name| is_named(name));
    let of_variable = of_variable.map(|name| of_context(around, name, "DOCKER_CONTEXT"));
    let current = current_context(around).filter(is_named);
    let mut contexts = contexts(around);
    contexts.sort_by_key(|name| (Some(name) != current.as_ref(), name.clone()));
    // A context whose files are gone is named, too.
    if let Some(current) = current.filter(|current| !contexts.contains(current)) {
        contexts.insert(0, current);
    }
    let contexts = contexts.iter().map(|name| of_context(around, name, &words::context(name)));
    [of_host, of_variable, of_choice].into_iter().flatten().chain(contexts).chain(searched(around)).collect()
}

fn named(endpoint: &str, found_by: &str, candidate: Result<Candidate>) -> Named {
    Named { found_by: found_by.to_owned(), endpoint: endpoint.to_owned(), candidate }
}

fn of_docker_host(around: &ProcessEnv, host: &str) -> Result<Candidate> {
    let tls = ["DOCKER_TLS_VERIFY", "DOCKER_TLS"].iter().any(|name| around.set(name).is_some());
    candidate(host, "DOCKER_HOST", tls)
}

fn of_context(around: &ProcessEnv, name: &str, found_by: &str) -> Named {
    let Some(context) = context(around, name) else {
        let reason = words::no_context(docker_config::folder(around).unwrap_or_default().display(), name);
        return named("", found_by, Err(Error::EngineConfig { found_by: found_by.to_owned(), reason }));
    };
    let found = candidate(&context.host, found_by, context.certificates.is_dir()).map(|mut found| {
        found.machine |= is_machine(name);
        found
    });
    named(&context.host, found_by, found)
}

/// A context of the Docker CLI.
pub(super) struct Context {
    pub host: String,
    /// The folder with its certificates, beside the context, if it has some.
    pub certificates: PathBuf,
    /// The certificate of its engine is not checked.
    pub unchecked: bool,
}

/// The context of this name. `None` if there is none, or it has no address.
pub(super) fn context(around: &ProcessEnv, name: &str) -> Option<Context> {
    let contexts = docker_config::folder(around)?.join("contexts");
    let folder = hex::encode(Sha256::digest(name.as_bytes()));
    let meta = docker_config::read_file(&contexts.join("meta").join(&folder).join("meta.json")).ok()?;
    let endpoint = &meta["Endpoints"]["docker"];
    Some(Context {
        host: endpoint["Host"].as_str().filter(|host| !host.is_empty())?.to_owned(),
        certificates: contexts.join("tls").join(&folder).join("docker"),
        unchecked: endpoint["SkipTLSVerify"].as_bool().unwrap_or_default(),
    })
}

/// The names of the Docker CLI's contexts. One that cannot be read hides no other.
pub(super) fn contexts(around: &ProcessEnv) -> Vec<String> {
    let Some(config) = docker_config::folder(around) else { return Vec::new() };
    let entries = std::fs::read_dir(config.join("contexts/meta")).into_iter().flatten().flatten();
    let name = |meta: Value| meta["Name"].as_str().filter(|name| !name.is_empty()).map(str::to_owned);
    entries.filter_map(|entry| name(docker_config::read_file(&entry.path().join("meta.json")).ok()?)).collect()
}

fn current_context(around: &ProcessEnv) -> Option<String> {
    let config = docker_config::read(around).ok()?;
    config["currentContext"].as_str().filter(|name| !name.is_empty()).map(str::to_owned)
}

/// Podman's variable and its connections. A connection by ssh to this machine is one into Podman's virtual machine, whose
/// socket is among the well-known ones.
fn of_podman(around: &ProcessEnv) -> Vec<Named> {
    let host = around.set("CONTAINER_HOST").map(|uri| (podman::absolute(uri), "CONTAINER_HOST".to_owned()));
    let connections = podman::connections(around).into_iter().map(|one| (one.uri, words::connection(&one.name)));
    let named = |(uri, found_by): (String, String)| named(&uri, &found_by, candidate(&uri, &found_by, false));
    host.into_iter().chain(connections).filter(|(uri, _)| !is_ssh_to_this_machine(uri)).map(named).collect()
}

fn is_ssh_to_this_machine(uri: &str) -> bool {
    let Some(rest) = uri.strip_prefix("ssh://") else { return false };
    let host = rest.split('/').next().unwrap_or_default();
    let host = host.rsplit('@').next().unwrap_or_default();
    matches!(tcp::place(host), Ok(tcp::Place::Here(_)))
}

/// The place with this address, if this program can use it. `tls`: the address is asked with TLS.
pub(super) fn candidate(endpoint: &str, found_by: &str, tls: bool) -> Result<Candidate> {
    let candidate = |endpoint: &str, machine: bool| {
        Ok(Candidate { endpoint: endpoint.to_owned(), found_by: found_by.to_owned(), machine })
    };
    let bad = |reason: String| Err(Error::EngineConfig { found_by: found_by.to_owned(), reason });
    let (scheme, rest) = endpoint.split_once("://").unwrap_or_default();
    match scheme {
        "unix" | "npipe" => candidate(endpoint, is_machine(endpoint)),
        "tcp" | "http" | "https" => match tcp::place(rest) {
            Ok(tcp::Place::Here(_)) if tls || scheme == "https" => bad(words::needs_tls(endpoint)),
            // Only on Linux does an engine run on the machine of its port; its socket is searched once it answers.
            Ok(tcp::Place::Here(address)) => candidate(&format!("tcp://{address}"), !cfg!(target_os = "linux")),
            Ok(tcp::Place::Elsewhere) => {
                Err(Error::EngineElsewhere { endpoint: endpoint.to_owned(), found_by: found_by.to_owned() })
            }
            Err(tcp::NoPort(port)) => bad(words::no_port(endpoint, &port)),
        },
        "ssh" | "fd" => Err(Error::EngineElsewhere { endpoint: endpoint.to_owned(), found_by: found_by.to_owned() }),
        _ => bad(words::unknown_scheme(endpoint)),
    }
}

/// Whether the endpoint or context belongs to an engine in a virtual machine.
fn is_machine(name: &str) -> bool {
    let known = ["desktop", ".docker/run", "colima", ".rd/", "rancher", "orbstack", "npipe:", "podman/machine"];
    known.iter().any(|part| name.contains(part))
}

pub(super) fn well_known(around: &ProcessEnv) -> Vec<Candidate> {
    if cfg!(windows) {
        let endpoint = "npipe:////./pipe/docker_engine".to_owned();
        return vec![Candidate { endpoint, found_by: words::WELL_KNOWN_PIPE.to_owned(), machine: true }];
    }
    let runtime = around.env.get(RUNTIME).map(PathBuf::from);
    let in_runtime = |path: &str| runtime.as_ref().map(|runtime| runtime.join(path));
    let in_home = |path: &str| around.home.is_absolute().then(|| around.home.join(path));
    // On macOS the well-known path also leads into a virtual machine.
    let mac = cfg!(target_os = "macos");
    [
        (Some(PathBuf::from("/var/run/docker.sock")), mac),
        (in_runtime("docker.sock"), false),
        (in_home(".docker/run/docker.sock"), true),
        (in_home(".docker/desktop/docker.sock"), true),
        (in_home(".colima/default/docker.sock"), true),
        (in_home(".rd/docker.sock"), true),
        (in_home(".orbstack/run/docker.sock"), true),
        (in_runtime("podman/podman.sock"), false),
        (Some(PathBuf::from("/run/podman/podman.sock")), false),
        (in_home(".local/share/containers/podman/machine/podman.sock"), true),
    ]
    .into_iter()
    .filter_map(|(path, machine)| {
        let endpoint = format!("unix://{}", path?.display());
        Some(Candidate { endpoint, found_by: words::WELL_KNOWN_SOCKET.to_owned(), machine })
    })
    .collect()
}

/// What two addresses of one socket have in common.
pub(super) fn identity(endpoint: &str) -> String {
    let path = endpoint.strip_prefix("unix://").and_then(|path| std::fs::canonicalize(path).ok());
    path.map_or_else(|| endpoint.to_owned(), |path| format!("unix://{}", path.display()))
}

/// Whether something names the engine, and not its usual place alone.
pub(super) fn is_named(found_by: &str) -> bool {
    ![words::WELL_KNOWN_SOCKET, words::WELL_KNOWN_PIPE].contains(&found_by)
}

/// Whether nothing but its usual place speaks for an engine, and nothing is there.
pub(super) fn is_empty(named: &Named) -> bool {
    let path = named.endpoint.strip_prefix("unix://");
    named.found_by == words::WELL_KNOWN_SOCKET && path.is_some_and(|path| !std::path::Path::new(path).exists())
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::engine;

    fn around(env: &[(&str, &str)], home: &Path) -> ProcessEnv {
        let env = env.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        ProcessEnv { env, home: home.to_owned() }
    }

    fn home_with_context(name: &str, endpoint: &str) -> tempfile::TempDir {
        let home = tempfile::tempdir().unwrap();
        let folder = hex::encode(Sha256::digest(name.as_bytes()));
        let meta = home.path().join(".docker/contexts/meta").join(folder);
        std::fs::create_dir_all(&meta).unwrap();
        let text = format!(r#"{{"Name":"{name}","Endpoints":{{"docker":{{"Host":"{endpoint}"}}}}}}"#);
        std::fs::write(meta.join("meta.json"), text).unwrap();
        std::fs::write(home.path().join(".docker/config.json"), format!(r#"{{"currentContext":"{name}"}}"#)).unwrap();
        home
    }

    const MINE: &str = "unix:///run/user/7/podman/podman.sock";

    #[test]
    fn what_is_said_for_this_run_comes_before_the_choice_and_that_before_the_current_context() {
        let home = home_with_context("colima", "unix:///c.sock");
        let named = |env: &[(&str, &str)], chosen: Option<&str>| {
            let found = configured(&around(env, home.path()), chosen).unwrap();
            found.map(|found| (found.endpoint, found.found_by))
        };
        let (host, context) = (("DOCKER_HOST", "unix:///h.sock"), ("DOCKER_CONTEXT", "colima"));
        for (env, chosen, wanted) in [
            (&[host, context][..], Some(MINE), Some(("unix:///h.sock", "DOCKER_HOST"))),
            (&[context], Some(MINE), Some(("unix:///c.sock", "DOCKER_CONTEXT"))),
            (&[("DOCKER_CONTEXT", "default")], Some(MINE), None),
            (&[("DOCKER_HOST", "")], Some(MINE), Some((MINE, "your choice"))),
            (&[], Some(MINE), Some((MINE, "your choice"))),
            (&[], None, Some(("unix:///c.sock", "context colima"))),
        ] {
            let wanted = wanted.map(|(endpoint, by)| (endpoint.to_owned(), by.to_owned()));
            assert_eq!(named(env, chosen), wanted, "{env:?} {chosen:?}");
        }
        for (env, by) in
            [(&[host, context][..], Some("DOCKER_HOST")), (&[context], Some("DOCKER_CONTEXT")), (&[], None)]
        {
            assert_eq!(named_for_this_run(&around(env, home.path())), by);
        }
        let bad = configured(&around(&[], home.path()), Some("tcp://10.0.0.1:2375")).unwrap_err().failure();
        assert!(bad.message.starts_with("Your choice names an engine on another machine"), "{bad:?}");
        assert!(bad.hint.contains("orchest engine use"), "{bad:?}");
    }

    /// A home with two contexts, and a connection of Podman to each of these addresses.
    fn home_with_podman(connections: &[(&str, &str)]) -> tempfile::TempDir {
        let home = home_with_context("colima", "unix:///c.sock");
        let folder = home.path().join(".config/containers");
        std::fs::create_dir_all(&folder).unwrap();
        let named = connections.iter().map(|(name, uri)| ((*name).to_owned(), serde_json::json!({ "URI": uri })));
        let connections = serde_json::json!({ "Connection": { "Connections": Value::from_iter(named) } });
        std::fs::write(folder.join("podman-connections.json"), connections.to_string()).unwrap();
        home
    }

    fn told(named: &[Named]) -> Vec<String> {
        let told = named.iter().filter(|named| is_named(&named.found_by)).map(|named| {
            let end = if named.candidate.is_ok() { "" } else { " (not here)" };
            format!("{} {}{end}", named.found_by, named.endpoint)
        });
        told.collect()
    }

    #[test]
    fn podmans_connections_come_after_the_well_known_sockets_and_all_are_listed() {
        let home = home_with_podman(&[
            ("own", "unix:/p.sock"),
            ("farm", "ssh://ada@farm:22/run/podman/podman.sock"),
            ("machine", "ssh://core@127.0.0.1:52345/run/user/501/podman/podman.sock"),
        ]);
        let env = [("CONTAINER_HOST", "unix:///h.sock"), ("CONTAINERS_CONF", "/nowhere")];
        let around = around(&env, home.path());
        let podman = [
            "CONTAINER_HOST unix:///h.sock",
            "Podman connection farm ssh://ada@farm:22/run/podman/podman.sock (not here)",
            "Podman connection own unix:///p.sock",
        ];
        let searched = searched(&around);
        assert_eq!(told(&searched), podman);
        assert!(!is_named(&searched[0].found_by), "the well-known ones come first");
        let mut listed = vec!["your choice unix:///run/user/7/podman/podman.sock", "context colima unix:///c.sock"];
        listed.extend(podman);
        assert_eq!(told(&all(&around, Some(MINE))), listed);
    }

    #[test]
    fn every_context_is_listed_and_a_broken_one_hides_no_other() {
        let home = home_with_context("colima", "unix:///c.sock");
        for (name, text) in [
            ("apart", r#"{"Name":"apart","Endpoints":{"docker":{"Host":"tcp://127.0.0.1:2376"}}}"#),
            ("broken", "{"),
            ("empty", r#"{"Name":"empty","Endpoints":{}}"#),
        ] {
            let folder = home.path().join(".docker/contexts/meta").join(hex::encode(Sha256::digest(name.as_bytes())));
            std::fs::create_dir_all(&folder).unwrap();
            std::fs::write(folder.join("meta.json"), text).unwrap();
        }
        let around = around(&[("CONTAINERS_CONF", "/nowhere")], home.path());
        let listed = told(&all(&around, None));
        let wanted =
            ["context colima unix:///c.sock", "context apart tcp://127.0.0.1:2376", "context empty  (not here)"];
        assert_eq!(listed, wanted);
        // With certificates beside it, it wants TLS.
        let tls = home.path().join(".docker/contexts/tls").join(hex::encode(Sha256::digest(b"apart"))).join("docker");
        std::fs::create_dir_all(tls).unwrap();
        let all = all(&around, None);
        let apart = all.iter().find(|named| named.found_by == "context apart").unwrap();
        let reason = apart.candidate.as_ref().unwrap_err().to_string();
        assert!(reason.contains("needs TLS") && reason.contains("unix:///var/run/docker.sock"), "{reason}");
    }

    #[test]
    fn a_current_context_that_is_gone_is_listed_with_the_reason() {
        let home = tempfile::tempdir().unwrap();
        std::fs::create_dir(home.path().join(".docker")).unwrap();
        std::fs::write(home.path().join(".docker/config.json"), r#"{"currentContext":"gone"}"#).unwrap();
        let around = around(&[("CONTAINERS_CONF", "/nowhere")], home.path());
        assert_eq!(told(&all(&around, None)), ["context gone  (not here)"]);
    }

    proptest::proptest! {
        #![proptest_config(proptest::prelude::ProptestConfig { cases: 200, ..Default::default() })]
        #[test]
        fn files_of_any_kind_hide_no_engine(
            conf in "(\\[engine\\]|active_service ?= ?|service_destinations|\\.own|uri|\"|\\{|\\[|=|\n|unix:/*x|\\PC){0,12}",
            written in "(\\{|\\}|\"Connection\":|\"Connections\":|\"Default\":|\"URI\":|\"a\"|:|,|\\PC){0,12}",
            config in "(\\{|\\}|\"currentContext\":|\"colima\"|\"x\"|\\PC){0,6}",
        ) {
            let home = home_with_context("colima", "unix:///c.sock");
            let folder = home.path().join(".config/containers");
            std::fs::create_dir_all(&folder).unwrap();
            std::fs::write(folder.join("containers.conf"), conf).unwrap();
            std::fs::write(folder.join("podman-connections.json"), written).unwrap();
            std::fs::write(home.path().join(".docker/config.json"), config).unwrap();
            let around = around(&[("CONTAINER_HOST", "unix:///h.sock")], home.path());
            let listed = told(&all(&around, Some(MINE)));
            for known in ["your choice unix:///run/user/7", "context colima unix:///c.sock", "CONTAINER_HOST unix:///h.sock"] {
                proptest::prop_assert!(listed.iter().any(|place| place.starts_with(known)), "{known} in {listed:?}");
            }
            let _ = configured(&around, None);
        }
    }

    #[test]
    fn a_named_context_comes_before_the_current_one() {
        let home = home_with_context("colima", "unix:///c.sock");
        let named = configured(&around(&[("DOCKER_CONTEXT", "colima")], home.path()), None).unwrap().unwrap();
        assert_eq!(named.found_by, "DOCKER_CONTEXT");
        let current = configured(&around(&[], home.path()), None).unwrap().unwrap();
        assert_eq!((current.endpoint.as_str(), current.found_by.as_str()), ("unix:///c.sock", "context colima"));
        assert!(current.machine, "Colima keeps its engine in a virtual machine");
        let none = configured(&around(&[("DOCKER_CONTEXT", "default")], home.path()), None).unwrap();
        assert_eq!(none, None);
    }

    #[tokio::test]
    async fn a_named_engine_that_does_not_answer_is_named() {
        let home = home_with_context("colima", "unix:///none/colima.sock");
        let named = |env: &'static [(&str, &str)]| {
            let around = around(env, home.path());
            async move { engine::find(&around).await.map(drop).unwrap_err().failure() }
        };
        let failure = named(&[("DOCKER_HOST", "unix:///none/docker.sock")]).await;
        assert_eq!(failure.message, "No engine answers at unix:///none/docker.sock, which DOCKER_HOST names");
        assert!(failure.hint.contains("point DOCKER_HOST to another one"), "{}", failure.hint);
        let failure = named(&[]).await;
        assert_eq!(failure.message, "No engine answers at unix:///none/colima.sock, which context colima names");
        let chosen = engine::find_chosen(&around(&[], home.path()), Some("unix:///none/mine.sock")).await;
        let failure = chosen.map(drop).unwrap_err().failure();
        assert_eq!(failure.message, "No engine answers at unix:///none/mine.sock, the engine that you picked");
        assert!(failure.hint.contains("orchest engine forget"), "{}", failure.hint);
    }

    #[test]
    fn an_engine_elsewhere_is_refused_with_the_reason() {
        let home = tempfile::tempdir().unwrap();
        for host in ["tcp://10.0.0.1:2375", "ssh://ada@engine"] {
            let error = configured(&around(&[("DOCKER_HOST", host)], home.path()), None).unwrap_err();
            assert!(error.to_string().contains("names an engine on another machine"), "{error}");
        }
        let error = configured(&around(&[("DOCKER_HOST", "nonsense")], home.path()), None).unwrap_err();
        assert!(error.to_string().contains("nonsense"));
        let error = configured(&around(&[("DOCKER_CONTEXT", "gone")], home.path()), None).unwrap_err();
        assert!(error.to_string().contains("no context `gone`"));
    }

    #[test]
    fn an_engine_behind_a_port_of_this_machine_is_not_elsewhere() {
        let home = tempfile::tempdir().unwrap();
        let ask = |env: &[(&str, &str)]| configured(&around(env, home.path()), None);
        for (host, endpoint) in [
            ("tcp://127.0.0.1:2375", "tcp://127.0.0.1:2375"),
            ("tcp://localhost:4000/", "tcp://localhost:4000"),
            ("http://[::1]:2375", "tcp://[::1]:2375"),
            ("tcp://::1", "tcp://[::1]:2375"),
        ] {
            let found = ask(&[("DOCKER_HOST", host)]).unwrap().unwrap();
            assert_eq!((found.endpoint.as_str(), found.found_by.as_str()), (endpoint, "DOCKER_HOST"), "{host}");
        }
        let home = home_with_context("forwarded", "tcp://127.0.0.1:2375");
        let found = configured(&around(&[], home.path()), None).unwrap().unwrap();
        assert_eq!(found.endpoint, "tcp://127.0.0.1:2375");
        for env in [
            &[("DOCKER_HOST", "https://127.0.0.1:2376")][..],
            &[("DOCKER_HOST", "tcp://127.0.0.1:2376"), ("DOCKER_TLS_VERIFY", "1")],
        ] {
            let message = ask(env).unwrap_err().to_string();
            assert!(message.contains("127.0.0.1:2376") && message.contains("TLS"), "{message}");
        }
        let message = ask(&[("DOCKER_HOST", "tcp://127.0.0.1:port")]).unwrap_err().to_string();
        assert!(message.contains("`tcp://127.0.0.1:port`"), "{message}");
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn well_known_sockets_come_in_their_order() {
        let found = well_known(&around(&[("XDG_RUNTIME_DIR", "/run/user/7")], Path::new("/home/ada")));
        let endpoints: Vec<_> = found.iter().map(|candidate| candidate.endpoint.as_str()).collect();
        assert_eq!(
            endpoints[..3],
            [
                "unix:///var/run/docker.sock",
                "unix:///run/user/7/docker.sock",
                "unix:///home/ada/.docker/run/docker.sock"
            ]
        );
        assert!(!found[0].machine && found[2].machine);
    }
}
