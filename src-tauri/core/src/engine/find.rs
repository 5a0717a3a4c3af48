//! Finds the engine: the configured one, or else one at a well-known socket.
//!
//! The order follows the Docker CLI's: `DOCKER_HOST`, `DOCKER_CONTEXT`, the configuration's `currentContext`.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use bollard::models::SystemInfo;
use bollard::{API_DEFAULT_VERSION, Docker};
use futures_util::FutureExt;
use serde_json::Value;
use sha2::{Digest, Sha256};

use super::answers::known;
use super::{CallLists, Engine, EngineFacts, credentials, docker_config, tcp};
use crate::platform::paths;
use crate::words::engine as words;
use crate::words::error::{Error, Result};

/// How long an engine has to answer the first request.
const PATIENCE: Duration = Duration::from_secs(2);
/// How long it then has to report its version and properties.
const INTRODUCTION: Duration = Duration::from_secs(10);
/// The longest time of one call, seconds. It does not apply to streams and builds.
const CALL_S: u64 = 120;
/// The oldest API that works: engine 20.10's.
const OLDEST: (usize, usize) = (1, 41);

/// The variable with the folder of the person's own sockets.
const RUNTIME: &str = "XDG_RUNTIME_DIR";

/// Podman, as its component is called.
const PODMAN: &str = "Podman";

/// The environment of the process, on which the search depends.
#[derive(Clone, Debug, Default)]
pub struct ProcessEnv {
    /// The variables, such as `DOCKER_HOST` and `ORCHEST_BASE_IMAGE`.
    pub env: HashMap<String, String>,
    /// The home folder, with the Docker CLI's configuration and some sockets. Empty if there is none.
    pub home: PathBuf,
}

impl ProcessEnv {
    /// The environment of this process.
    pub fn of_this_process() -> ProcessEnv {
        let home = paths::home().ok();
        // The search uses no variable with a value that is not Unicode.
        let env =
            std::env::vars_os().filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)));
        let mut env: HashMap<String, String> = env.collect();
        // A shell of `su`, of cron or of a container lacks it, and the engines of the person's own listen there.
        if env.get(RUNTIME).is_none_or(String::is_empty)
            && let Some(folder) = platform::runtime_folder()
        {
            env.insert(RUNTIME.to_owned(), folder);
        }
        ProcessEnv { env, home: home.unwrap_or_default() }
    }

    /// The value of a variable that is set and not empty.
    pub fn set(&self, name: &str) -> Option<&String> {
        self.env.get(name).filter(|value| !value.is_empty())
    }
}

/// A place where an engine may be.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Candidate {
    endpoint: String,
    found_by: String,
    /// The engine runs in a virtual machine, which has its own socket.
    machine: bool,
}

/// Finds an engine that answers. A configured engine is the only one that is tried.
pub async fn find(around: &ProcessEnv) -> Result<Engine> {
    if let Some(configured) = configured(around)? {
        let connected = connect(around, &configured, Vec::new()).await;
        return connected.map_err(|error| match error {
            Error::EngineUnreachable { tried, .. } => {
                Error::EngineUnreachable { tried, named_by: Some(configured.found_by) }
            }
            error => error,
        });
    }
    let candidates = well_known(around);
    let mut refused = None;
    let mut tried = vec![words::NONE_CONFIGURED.to_owned()];
    for candidate in &candidates {
        match connect(around, candidate, tried.clone()).await {
            Ok(engine) => return Ok(engine),
            Err(error) => {
                tried.push(error.to_string());
                // A forbidden socket or an engine that is too old explains more than a missing socket.
                if matches!(error, Error::EngineForbidden { .. } | Error::EngineTooOld { .. }) {
                    refused.get_or_insert(error);
                }
            }
        }
    }
    Err(refused.unwrap_or_else(|| unreachable(words::USUAL_PLACES)))
}

fn unreachable(tried: &str) -> Error {
    Error::EngineUnreachable { tried: tried.to_owned(), named_by: None }
}

/// The address of the configured engine. `None` if none is configured, or the configuration cannot be used.
pub fn configured_endpoint(around: &ProcessEnv) -> Option<String> {
    configured(around).ok().flatten().map(|candidate| candidate.endpoint)
}

fn configured(around: &ProcessEnv) -> Result<Option<Candidate>> {
    if let Some(host) = around.set("DOCKER_HOST") {
        return candidate(around, host, "DOCKER_HOST").map(Some);
    }
    let Some(config) = docker_config::folder(around) else { return Ok(None) };
    let (name, found_by) = match around.set("DOCKER_CONTEXT") {
        Some(name) => (name.clone(), "DOCKER_CONTEXT".to_owned()),
        None => match current_context(around) {
            Some(name) => (name.clone(), words::context(&name)),
            None => return Ok(None),
        },
    };
    if name == "default" {
        return Ok(None);
    }
    let folder = hex::encode(Sha256::digest(name.as_bytes()));
    let meta = config.join("contexts/meta").join(folder).join("meta.json");
    let endpoint = std::fs::read_to_string(&meta)
        .ok()
        .and_then(|text| serde_json::from_str::<Value>(&text).ok())
        .and_then(|meta| meta["Endpoints"]["docker"]["Host"].as_str().map(str::to_owned));
    match endpoint {
        Some(endpoint) => {
            let mut found = candidate(around, &endpoint, &found_by)?;
            found.machine |= is_machine(&name);
            Ok(Some(found))
        }
        None => Err(Error::EngineConfig { found_by, reason: words::no_context(config.display(), &name) }),
    }
}

fn current_context(around: &ProcessEnv) -> Option<String> {
    let config = docker_config::read(around).ok()?;
    config["currentContext"].as_str().filter(|name| !name.is_empty()).map(str::to_owned)
}

fn candidate(around: &ProcessEnv, endpoint: &str, found_by: &str) -> Result<Candidate> {
    let candidate = |endpoint: &str, machine: bool| {
        Ok(Candidate { endpoint: endpoint.to_owned(), found_by: found_by.to_owned(), machine })
    };
    let bad = |reason: String| Err(Error::EngineConfig { found_by: found_by.to_owned(), reason });
    let (scheme, rest) = endpoint.split_once("://").unwrap_or_default();
    match scheme {
        "unix" | "npipe" => candidate(endpoint, is_machine(endpoint)),
        "tcp" | "http" | "https" => match tcp::place(rest) {
            Ok(tcp::Place::Here(address)) => {
                let tls = ["DOCKER_TLS_VERIFY", "DOCKER_TLS"].iter().any(|name| around.set(name).is_some());
                if tls || scheme == "https" {
                    return bad(words::needs_tls(endpoint));
                }
                // Only on Linux does an engine run on the machine of its port; its socket is searched once it answers.
                candidate(&format!("tcp://{address}"), !cfg!(target_os = "linux"))
            }
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

fn well_known(around: &ProcessEnv) -> Vec<Candidate> {
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

async fn connect(around: &ProcessEnv, candidate: &Candidate, tried: Vec<String>) -> Result<Engine> {
    let silent = || unreachable(&candidate.endpoint);
    let docker = match candidate.endpoint.strip_prefix("tcp://") {
        Some(address) => tcp::connect(address).await,
        None => {
            platform::usable(&candidate.endpoint).await.map_err(|kind| match kind {
                std::io::ErrorKind::PermissionDenied => Error::EngineForbidden {
                    socket: candidate.endpoint.clone(),
                    group: platform::group_of(&candidate.endpoint),
                },
                _ => silent(),
            })?;
            platform::connect(&candidate.endpoint).ok()
        }
    };
    let docker = docker.ok_or_else(silent)?.with_request_modifier(credentials::as_the_engine_reads_them);
    let docker = tokio::time::timeout(PATIENCE, docker.negotiate_version()).await;
    let docker = docker.map_err(|_| silent())?.map_err(|_| silent())?;
    let introduced = async { tokio::try_join!(docker.version().map(known), docker.info().map(known)) };
    let introduced = tokio::time::timeout(INTRODUCTION, introduced).await.map_err(|_| silent())?;
    let (version, info) = introduced.map_err(|_| silent())?;
    let agreed = docker.client_version();
    let api_version = format!("{}.{}", agreed.major_version, agreed.minor_version);
    let number = version.version.unwrap_or_default();
    if (agreed.major_version, agreed.minor_version) < OLDEST {
        return Err(Error::EngineTooOld { version: number, api_version });
    }
    let options = info.security_options.clone().unwrap_or_default();
    let has = |name: &str| options.iter().any(|option| option.contains(name));
    // Podman takes the name of a file on its own machine instead of the list.
    let components: Vec<_> = version.components.into_iter().flatten().map(|component| component.name).collect();
    let podman = components.iter().any(|name| name.contains(PODMAN));
    let mut machine = candidate.machine || info.operating_system.as_deref() == Some("Docker Desktop");
    let mut socket = candidate.endpoint.strip_prefix("unix://").unwrap_or_default().to_owned();
    if socket.is_empty() && !machine {
        match socket_here(around, &info).await {
            Some(found) => socket = found,
            None if info.name == platform::machine_name() => {
                let reason = words::no_socket(&candidate.endpoint);
                return Err(Error::EngineConfig { found_by: candidate.found_by.clone(), reason });
            }
            None => machine = true,
        }
    }
    // Podman 4 does not say so, but then the socket is the person's.
    let rootless =
        has("name=rootless") || (podman && !machine && platform::owner_of(&socket).is_some_and(|uid| uid != 0));
    let (socket_mount, socket_gid) = match (machine, rootless) {
        // Inside the virtual machine the socket is at the usual path, and root's group may use it.
        (true, _) => ("/var/run/docker.sock".to_owned(), 0),
        // The person's own group, which the containers of a rootless engine see as 0.
        (false, true) => (socket, 0),
        (false, false) => {
            let gid = platform::gid_of(&socket);
            (socket, gid)
        }
    };
    let name = name_of(&version.platform.map(|platform| platform.name).unwrap_or_default(), &components);
    let facts = EngineFacts {
        name,
        version: number,
        api_version,
        gpus: reports_gpus(&info),
        endpoint: candidate.endpoint.clone(),
        found_by: candidate.found_by.clone(),
        tried,
        cpus: info.ncpu.and_then(|cpus| u32::try_from(cpus).ok()).unwrap_or_default(),
        limits_memory: info.memory_limit.unwrap_or_default(),
        memory: info.mem_total.and_then(|memory| u64::try_from(memory).ok()).unwrap_or_default(),
        socket_mount,
        socket_gid,
        rootless,
        selinux: has("name=selinux"),
        call_lists: match (has("name=seccomp"), podman) {
            (true, false) => CallLists::InTheRequest,
            (true, true) if !machine => CallLists::FromAFile,
            _ => CallLists::Never,
        },
        bounds_processes: info.pids_limit != Some(false),
        bounds_logs: matches!(info.logging_driver.as_deref(), Some("json-file" | "local")),
        unquoted_mounts: podman,
        unlabelled_volumes: podman,
        events_by_label: !podman,
        remaps: has("name=userns"),
        same_ids: !machine && !rootless,
    };
    Ok(Engine { docker, facts: Arc::new(facts), around: Arc::new(around.clone()) })
}

/// The name of an engine, from its platform and the names of its components. Podman calls its platform after the system
/// (`linux/amd64/debian-13`). Debian's build of Docker names its component `Engine`, and no platform.
fn name_of(platform: &str, components: &[String]) -> String {
    if components.iter().any(|name| name.contains(PODMAN)) {
        return PODMAN.to_owned();
    }
    let first = components.first().map(String::as_str);
    match (platform.split(" - ").next().unwrap_or_default(), first) {
        ("", Some("Engine")) => "Docker Engine",
        ("", first) => first.unwrap_or("Docker"),
        (name, _) => name.trim_end_matches(" Community"),
    }
    .to_owned()
}

/// Whether an engine reports GPUs: the runtime of NVIDIA's toolkit, or a device that it found by itself (CDI). An engine
/// with the toolkit's hook alone has GPUs and does not report them.
fn reports_gpus(info: &SystemInfo) -> bool {
    let runtimes = info.runtimes.iter().flatten().map(|(name, _)| name).chain(&info.default_runtime);
    let ids = info.discovered_devices.iter().flatten().filter_map(|device| device.id.as_ref());
    runtimes.chain(ids).any(|name| name.contains("nvidia") || name.contains("gpu"))
}

/// The socket of this machine on which the same engine listens. A socket that this user may not use counts as the
/// engine's, since they may be allowed to use only the port.
async fn socket_here(around: &ProcessEnv, engine: &SystemInfo) -> Option<String> {
    // Older engines on one machine share an id, but never a data folder.
    let same = |info: &SystemInfo| info.id == engine.id && info.docker_root_dir == engine.docker_root_dir;
    for candidate in well_known(around).into_iter().filter(|candidate| !candidate.machine) {
        let found = match platform::usable(&candidate.endpoint).await {
            Ok(()) => {
                let docker = platform::connect(&candidate.endpoint).ok()?;
                let info = tokio::time::timeout(PATIENCE, docker.info()).await;
                info.is_ok_and(|info| info.is_ok_and(|info| same(&info)))
            }
            Err(kind) => kind == std::io::ErrorKind::PermissionDenied,
        };
        if found {
            return candidate.endpoint.strip_prefix("unix://").map(str::to_owned);
        }
    }
    None
}

impl Engine {
    /// Checks that the engine answers.
    pub async fn ping(&self) -> Result<()> {
        match tokio::time::timeout(PATIENCE * 5, self.docker.ping()).await {
            Ok(Ok(_)) => Ok(()),
            _ => Err(unreachable(&self.facts.endpoint)),
        }
    }
}

#[cfg(unix)]
mod platform {
    use std::io::ErrorKind;
    use std::os::unix::fs::MetadataExt;

    use super::{API_DEFAULT_VERSION, CALL_S, Docker};

    pub async fn usable(endpoint: &str) -> Result<(), ErrorKind> {
        let path = endpoint.strip_prefix("unix://").ok_or(ErrorKind::Unsupported)?;
        tokio::net::UnixStream::connect(path).await.map(drop).map_err(|error| error.kind())
    }

    pub fn connect(endpoint: &str) -> Result<Docker, bollard::errors::Error> {
        Docker::connect_with_unix(endpoint, CALL_S, API_DEFAULT_VERSION)
    }

    /// The folder of this person's sockets, as systemd makes it, if it is there.
    pub fn runtime_folder() -> Option<String> {
        let folder = format!("/run/user/{}", rustix::process::getuid().as_raw());
        std::path::Path::new(&folder).is_dir().then_some(folder)
    }

    /// The name of this machine.
    pub fn machine_name() -> Option<String> {
        Some(rustix::system::uname().nodename().to_string_lossy().into_owned())
    }

    pub fn gid_of(socket: &str) -> u32 {
        std::fs::metadata(socket).map_or(0, |found| found.gid())
    }

    pub fn owner_of(socket: &str) -> Option<u32> {
        std::fs::metadata(socket).ok().map(|found| found.uid())
    }

    /// The name of the group that may use the socket. `None` for root's group, or a group without a name.
    pub fn group_of(endpoint: &str) -> Option<String> {
        let gid = gid_of(endpoint.strip_prefix("unix://")?);
        let groups = std::fs::read_to_string("/etc/group").ok()?;
        let name = groups.lines().find_map(|line| {
            let mut fields = line.split(':');
            let name = fields.next()?;
            (fields.nth(1)?.parse() == Ok(gid)).then(|| name.to_owned())
        });
        name.filter(|_| gid != 0)
    }
}

#[cfg(windows)]
mod platform {
    use std::io::ErrorKind;

    use super::{API_DEFAULT_VERSION, CALL_S, Docker};

    pub async fn usable(_endpoint: &str) -> Result<(), ErrorKind> {
        Ok(())
    }

    pub fn connect(endpoint: &str) -> Result<Docker, bollard::errors::Error> {
        Docker::connect_with_named_pipe(endpoint, CALL_S, API_DEFAULT_VERSION)
    }

    /// Windows has none.
    pub fn runtime_folder() -> Option<String> {
        None
    }

    /// Not needed: on Windows each engine runs in a virtual machine.
    pub fn machine_name() -> Option<String> {
        None
    }

    pub fn gid_of(_socket: &str) -> u32 {
        0
    }

    pub fn owner_of(_socket: &str) -> Option<u32> {
        None
    }

    pub fn group_of(_endpoint: &str) -> Option<String> {
        None
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::path::Path;

    use super::*;

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

    #[test]
    fn docker_host_comes_first() {
        let home = home_with_context("colima", "unix:///c.sock");
        let env = [("DOCKER_HOST", "unix:///h.sock"), ("DOCKER_CONTEXT", "colima")];
        let found = configured(&around(&env, home.path())).unwrap().unwrap();
        assert_eq!((found.endpoint.as_str(), found.found_by.as_str()), ("unix:///h.sock", "DOCKER_HOST"));
    }

    #[test]
    fn a_named_context_comes_before_the_current_one() {
        let home = home_with_context("colima", "unix:///c.sock");
        let named = configured(&around(&[("DOCKER_CONTEXT", "colima")], home.path())).unwrap().unwrap();
        assert_eq!(named.found_by, "DOCKER_CONTEXT");
        let current = configured(&around(&[], home.path())).unwrap().unwrap();
        assert_eq!((current.endpoint.as_str(), current.found_by.as_str()), ("unix:///c.sock", "context colima"));
        assert!(current.machine, "Colima keeps its engine in a virtual machine");
        let none = configured(&around(&[("DOCKER_CONTEXT", "default")], home.path())).unwrap();
        assert_eq!(none, None);
    }

    #[test]
    fn an_engine_has_its_own_name() {
        for (platform, components, name) in [
            ("Docker Engine - Community", &["Engine", "containerd"][..], "Docker Engine"),
            ("Docker Desktop 4.30.0 (149282)", &["Engine"], "Docker Desktop 4.30.0 (149282)"),
            ("", &["Engine", "containerd"], "Docker Engine"),
            ("", &[], "Docker"),
            ("linux/amd64/debian-13", &["Podman Engine", "Conmon"], "Podman"),
            ("", &["Podman Engine"], "Podman"),
        ] {
            let components: Vec<_> = components.iter().map(|name| (*name).to_owned()).collect();
            assert_eq!(name_of(platform, &components), name, "{platform} {components:?}");
        }
    }

    #[tokio::test]
    async fn a_named_engine_that_does_not_answer_is_named() {
        let home = home_with_context("colima", "unix:///none/colima.sock");
        let named = |env: &'static [(&str, &str)]| {
            let around = around(env, home.path());
            async move { find(&around).await.map(drop).unwrap_err().failure() }
        };
        let failure = named(&[("DOCKER_HOST", "unix:///none/docker.sock")]).await;
        assert_eq!(failure.message, "No engine answers at unix:///none/docker.sock, which DOCKER_HOST names");
        assert!(failure.hint.contains("point DOCKER_HOST to another one"), "{}", failure.hint);
        let failure = named(&[]).await;
        assert_eq!(failure.message, "No engine answers at unix:///none/colima.sock, which context colima names");
    }

    #[test]
    fn an_engine_elsewhere_is_refused_with_the_reason() {
        let home = tempfile::tempdir().unwrap();
        for host in ["tcp://10.0.0.1:2375", "ssh://ada@engine"] {
            let error = configured(&around(&[("DOCKER_HOST", host)], home.path())).unwrap_err();
            assert!(error.to_string().contains("names an engine on another machine"), "{error}");
        }
        let error = configured(&around(&[("DOCKER_HOST", "nonsense")], home.path())).unwrap_err();
        assert!(error.to_string().contains("nonsense"));
        let error = configured(&around(&[("DOCKER_CONTEXT", "gone")], home.path())).unwrap_err();
        assert!(error.to_string().contains("no context `gone`"));
    }

    #[test]
    fn an_engine_behind_a_port_of_this_machine_is_not_elsewhere() {
        let home = tempfile::tempdir().unwrap();
        let ask = |env: &[(&str, &str)]| configured(&around(env, home.path()));
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
        let found = configured(&around(&[], home.path())).unwrap().unwrap();
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
