//! Networks and containers.

use std::collections::{BTreeMap, HashMap};
use std::time::{Duration, Instant};

use bollard::container::LogOutput;
use bollard::models::{
    ContainerCreateBody, ContainerInspectResponse, ContainerStateStatusEnum, ContainerSummary,
    ContainerSummaryStateEnum, EndpointSettings, HostConfig, HostConfigLogConfig, Mount, MountBindOptions,
    MountBindOptionsPropagationEnum, MountType, MountVolumeOptions, NetworkCreateRequest, NetworkDisconnectRequest,
    NetworkingConfig, PortBinding,
};
use bollard::query_parameters::{
    CreateContainerOptionsBuilder, ListContainersOptionsBuilder, ListNetworksOptionsBuilder, LogsOptionsBuilder,
    RemoveContainerOptionsBuilder, RenameContainerOptionsBuilder, StopContainerOptionsBuilder,
};
use futures_util::{Stream, StreamExt};

use super::answers::known;
use super::calls::{error, is_taken, or_gone, status, words};
use super::spec::{ContainerSpec, NetworkSpec};
use super::{Engine, spec};
use crate::words::engine as actions;
use crate::words::error::{Error, Result};

/// The options of a `/tmp` in memory: permissions as in an image, and programs may run from it.
const TMP: &str = "rw,exec,nosuid,nodev,mode=1777";
/// The longest time of a list; after it the engine counts as lost.
const LISTS_WITHIN: Duration = Duration::from_secs(15);

/// A container as the engine lists it.
#[derive(Clone, Debug, PartialEq)]
pub struct Container {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Its labels.
    pub labels: BTreeMap<String, String>,
    /// Its state.
    pub state: ContainerState,
    /// The time of its creation, milliseconds since the epoch; the engine counts in seconds.
    pub created_ms: u64,
    /// Its published ports: each of its own, and the port of this machine that leads to it.
    pub ports: BTreeMap<u16, u16>,
    /// The names of the networks that it is on.
    pub networks: Vec<String>,
}

/// The containers with a label, at one moment. The later request has the truth, even if its answer arrives first.
#[derive(Clone, Debug)]
pub struct Listing {
    /// The time of the request.
    pub asked: Instant,
    /// The answer.
    pub containers: Vec<Container>,
}

/// The state of a container.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ContainerState {
    /// Created, not started.
    Created,
    /// Running.
    Running,
    /// Ended.
    Exited {
        /// Its exit code.
        code: i64,
    },
    /// Paused, restarting, being removed.
    Other,
}

/// A network as the engine lists it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Network {
    /// Its id.
    pub id: String,
    /// Its name; two networks may have one name.
    pub name: String,
    /// Its labels.
    pub labels: BTreeMap<String, String>,
}

impl Engine {
    /// Creates a network and returns its id. The engine allows two networks of one name.
    pub async fn create_network(&self, spec: &NetworkSpec) -> Result<()> {
        let request = NetworkCreateRequest {
            name: spec.name.clone(),
            driver: Some("bridge".to_owned()),
            labels: Some(spec.labels.clone().into_iter().collect()),
            ..NetworkCreateRequest::default()
        };
        match self.docker.create_network(request).await {
            Ok(_) => Ok(()),
            Err(refusal) if is_taken(&refusal) => Err(Error::NameTaken { name: spec.name.clone() }),
            Err(refusal) => Err(error(&actions::create_network(&spec.name), &refusal)),
        }
    }

    /// Creates a container.
    ///
    /// # Errors
    /// `NameTaken` if another container has its name, `ImageGone` if its image is missing.
    pub async fn create_container(&self, spec: &ContainerSpec) -> Result<()> {
        self.label_volumes(&spec.mounts).await?;
        let options = CreateContainerOptionsBuilder::default().name(&spec.name).build();
        let body = body(spec, self.userns_mode(), self.facts.unquoted_mounts);
        let created = self.docker.create_container(Some(options), body).await;
        created.map(drop).map_err(|refusal| not_created(&spec.name, &spec.image, &refusal))
    }

    /// All that the engine says of a container. `what` is the action in an error.
    async fn inspect(&self, name: &str, what: &str) -> Result<ContainerInspectResponse> {
        known(self.docker.inspect_container(name, None).await).map_err(|refusal| error(what, &refusal))
    }

    /// The labels of a container. `None` if there is no such container.
    pub async fn labels_of(&self, name: &str) -> Result<Option<BTreeMap<String, String>>> {
        match known(self.docker.inspect_container(name, None).await) {
            Ok(found) => {
                let labels = found.config.and_then(|config| config.labels).unwrap_or_default();
                Ok(Some(labels.into_iter().collect()))
            }
            Err(refusal) if status(&refusal) == Some(404) => Ok(None),
            Err(refusal) => Err(error(&actions::inspect_container(name), &refusal)),
        }
    }

    /// Starts a container.
    pub async fn start_container(&self, name: &str) -> Result<()> {
        match self.docker.start_container(name, None).await {
            Ok(()) => Ok(()),
            Err(refusal) if status(&refusal) == Some(304) => Ok(()),
            Err(refusal) => Err(error(&actions::start_container(name), &refusal)),
        }
    }

    /// Renames a container. Succeeds if it is gone.
    pub async fn rename_container(&self, id: &str, name: &str) -> Result<()> {
        let options = RenameContainerOptionsBuilder::default().name(name).build();
        or_gone(&actions::rename_container(id), self.docker.rename_container(id, options).await)
    }

    /// Stops a container: asks it to end, and ends it after `grace_s` seconds. Succeeds if it is gone.
    pub async fn stop_container(&self, name: &str, grace_s: u32) -> Result<()> {
        let options = StopContainerOptionsBuilder::default().t(grace_s as i32).build();
        or_gone(&actions::stop_container(name), self.docker.stop_container(name, Some(options)).await)
    }

    /// Removes a container by force. Succeeds if it is gone.
    pub async fn remove_container(&self, name: &str) -> Result<()> {
        let options = RemoveContainerOptionsBuilder::default().force(true).v(true).build();
        or_gone(&actions::remove_container(name), self.docker.remove_container(name, Some(options)).await)
    }

    /// Removes a network, after disconnecting its containers.
    pub async fn remove_network(&self, id: &str) -> Result<()> {
        let what = actions::remove_network(id);
        for _ in 0..20 {
            match self.docker.remove_network(id).await {
                // A container that is being removed stays on its network for a moment.
                Err(refusal) if words(&refusal).contains("active endpoints") => {
                    self.empty_network(id).await;
                    tokio::time::sleep(Duration::from_millis(50)).await;
                }
                outcome => return or_gone(&what, outcome),
            }
        }
        or_gone(&what, self.docker.remove_network(id).await)
    }

    async fn empty_network(&self, id: &str) {
        let Ok(network) = known(self.docker.inspect_network(id, None).await) else { return };
        for container in network.containers.unwrap_or_default().into_keys() {
            let request = NetworkDisconnectRequest { container, force: Some(true) };
            if let Err(refusal) = self.docker.disconnect_network(id, request).await {
                tracing::debug!(network = id, reason = words(&refusal), "not taken off the network");
            }
        }
    }

    /// The containers with a label, running or not.
    pub async fn list(&self, label: &str) -> Result<Vec<Container>> {
        self.list_with("label", label).await
    }

    /// The same, with the time of the request. It fails sooner than calls that create something, so that an engine that
    /// hangs is noticed.
    pub async fn listing(&self, label: &str) -> Result<Listing> {
        let asked = Instant::now();
        let listed = tokio::time::timeout(LISTS_WITHIN, self.list(label)).await;
        let silent = || Error::EngineGone { what: actions::LIST_CONTAINERS.to_owned() };
        Ok(Listing { asked, containers: listed.map_err(|_| silent())?? })
    }

    /// The containers on a network, running or not.
    pub async fn containers_on(&self, network: &str) -> Result<Vec<Container>> {
        self.list_with("network", network).await
    }

    async fn list_with(&self, filter: &str, value: &str) -> Result<Vec<Container>> {
        let filters = HashMap::from([(filter, vec![value])]);
        let options = ListContainersOptionsBuilder::default().all(true).filters(&filters).build();
        let listed = known(self.docker.list_containers(Some(options)).await);
        let listed = listed.map_err(|refusal| error(actions::LIST_CONTAINERS, &refusal))?;
        Ok(listed.into_iter().map(observed).collect())
    }

    /// The networks with a label.
    pub async fn list_networks(&self, label: &str) -> Result<Vec<Network>> {
        let filters = HashMap::from([("label", vec![label])]);
        let options = ListNetworksOptionsBuilder::default().filters(&filters).build();
        let listed = known(self.docker.list_networks(Some(options)).await);
        let listed = listed.map_err(|refusal| error(actions::LIST_NETWORKS, &refusal))?;
        Ok(listed
            .into_iter()
            .map(|network| Network {
                id: network.id.unwrap_or_default(),
                name: network.name.unwrap_or_default(),
                labels: network.labels.unwrap_or_default().into_iter().collect(),
            })
            .collect())
    }

    /// The port of this machine that leads to a container's port.
    pub async fn container_port(&self, name: &str, port: u16) -> Result<u16> {
        let what = actions::find_port(name);
        let found = self.inspect(name, &what).await?;
        let ports = found.network_settings.and_then(|settings| settings.ports).unwrap_or_default();
        let bindings = ports.get(&format!("{port}/tcp")).cloned().flatten().unwrap_or_default();
        bindings
            .into_iter()
            .find_map(|binding| binding.host_port?.parse().ok())
            .ok_or(Error::Engine { what, reason: actions::NOT_PUBLISHED.to_owned() })
    }

    /// Whether a container runs and has no address on a network.
    pub async fn lacks_address(&self, name: &str, network: &str) -> Result<bool> {
        let found = self.inspect(name, &actions::inspect_container(name)).await?;
        let runs = found.state.and_then(|state| state.running).unwrap_or_default();
        let networks = found.network_settings.and_then(|settings| settings.networks).unwrap_or_default();
        Ok(runs && !networks.get(network).is_some_and(has_address))
    }

    /// The environment that a container was created with.
    pub async fn env_of(&self, name: &str) -> Result<BTreeMap<String, String>> {
        let found = self.inspect(name, &actions::inspect_container(name)).await?;
        let env = found.config.and_then(|config| config.env).unwrap_or_default();
        Ok(env
            .into_iter()
            .filter_map(|pair| pair.split_once('=').map(|(name, value)| (name.to_owned(), value.to_owned())))
            .collect())
    }

    /// Whether a container runs.
    pub async fn runs(&self, name: &str) -> Result<bool> {
        let found = self.inspect(name, &actions::inspect_container(name)).await?;
        Ok(found.state.and_then(|state| state.running).unwrap_or_default())
    }

    /// The exit code of a container that has ended. `None` if it runs or has not started.
    pub async fn exit_code(&self, name: &str) -> Result<Option<i64>> {
        let found = self.inspect(name, &actions::inspect_container(name)).await?;
        let state = found.state.unwrap_or_default();
        let ended = match state.status {
            Some(status) => matches!(status, ContainerStateStatusEnum::EXITED | ContainerStateStatusEnum::DEAD),
            // Podman's `stopped`. A container that has not started has no end.
            None => state.running == Some(false) && state.finished_at.is_some(),
        };
        Ok(ended.then(|| state.exit_code.unwrap_or(-1)))
    }

    /// The last `n` lines of a container's log, both streams.
    pub async fn logs_tail(&self, name: &str, n: usize) -> Result<Vec<String>> {
        let options = LogsOptionsBuilder::default().stdout(true).stderr(true).tail(&n.to_string()).build();
        let mut stream = Box::pin(self.docker.logs(name, Some(options)));
        let mut text = Vec::new();
        while let Some(part) = stream.next().await {
            let part = part.map_err(|refusal| error(&actions::read_log(name), &refusal))?;
            text.extend_from_slice(bytes_of(&part));
        }
        Ok(String::from_utf8_lossy(&text).lines().map(str::to_owned).collect())
    }

    /// The last `tail` lines of a container's log, and the following ones until it ends. The engine puts a time stamp in
    /// front of each (`timestamps` of the Docker API: the time in RFC 3339 and a space).
    pub fn logs_follow(&self, name: &str, tail: usize) -> impl Stream<Item = Result<String>> + use<> {
        let options = LogsOptionsBuilder::default().stdout(true).stderr(true).timestamps(true).follow(true);
        let options = options.tail(&tail.to_string()).build();
        let (docker, name) = (self.docker.clone(), name.to_owned());
        let what = actions::read_log(&name);
        let (lines, receiver) = tokio::sync::mpsc::channel(256);
        tokio::spawn(async move {
            let mut stream = Box::pin(docker.logs(&name, Some(options)));
            let mut rest = Vec::new();
            loop {
                let part = tokio::select! {
                    // A container may be silent for days.
                    () = lines.closed() => return,
                    part = stream.next() => part,
                };
                let part = match part {
                    None => break,
                    Some(Ok(part)) => part,
                    Some(Err(refusal)) => {
                        let _ = lines.send(Err(error(&what, &refusal))).await;
                        return;
                    }
                };
                rest.extend_from_slice(bytes_of(&part));
                while let Some(end) = rest.iter().position(|byte| *byte == b'\n') {
                    let line: Vec<u8> = rest.drain(..=end).collect();
                    let line = String::from_utf8_lossy(&line).trim_end().to_owned();
                    if lines.send(Ok(line)).await.is_err() {
                        return;
                    }
                }
            }
            if !rest.is_empty() {
                let _ = lines.send(Ok(String::from_utf8_lossy(&rest).into_owned())).await;
            }
        });
        futures_util::stream::unfold(receiver, |mut receiver| async move {
            receiver.recv().await.map(|line| (line, receiver))
        })
    }
}

pub(super) fn bytes_of(output: &LogOutput) -> &[u8] {
    match output {
        LogOutput::StdErr { message }
        | LogOutput::StdOut { message }
        | LogOutput::StdIn { message }
        | LogOutput::Console { message } => message,
    }
}

/// Why a container was not created.
pub(super) fn not_created(name: &str, image: &str, refusal: &bollard::errors::Error) -> Error {
    match status(refusal) {
        Some(404) => Error::ImageGone { image: image.to_owned() },
        _ if is_taken(refusal) => Error::NameTaken { name: name.to_owned() },
        _ => error(&actions::create_container(name), refusal),
    }
}

pub(super) fn observed(container: ContainerSummary) -> Container {
    let status = container.status.as_deref().unwrap_or_default();
    let state = match container.state {
        Some(ContainerSummaryStateEnum::CREATED) => ContainerState::Created,
        Some(ContainerSummaryStateEnum::RUNNING) => ContainerState::Running,
        Some(ContainerSummaryStateEnum::EXITED | ContainerSummaryStateEnum::DEAD) => {
            ContainerState::Exited { code: code_in(status) }
        }
        // Podman's `stopped`, which becomes `exited` when the container has been cleaned.
        None if status.starts_with("Exited") => ContainerState::Exited { code: code_in(status) },
        _ => ContainerState::Other,
    };
    let ports = container.ports.unwrap_or_default();
    let networks = container.network_settings.and_then(|settings| settings.networks).unwrap_or_default();
    Container {
        id: container.id.unwrap_or_default(),
        name: container
            .names
            .and_then(|names| names.into_iter().next())
            .unwrap_or_default()
            .trim_start_matches('/')
            .to_owned(),
        labels: container.labels.unwrap_or_default().into_iter().collect(),
        state,
        created_ms: u64::try_from(container.created.unwrap_or_default()).unwrap_or_default().saturating_mul(1000),
        ports: ports.iter().filter_map(|port| Some((port.private_port, port.public_port?))).collect(),
        networks: networks.into_keys().collect(),
    }
}

/// The exit code in a status such as `Exited (137) 2 seconds ago`. The list has it only there.
fn code_in(status: &str) -> i64 {
    let inside = status.split_once('(').and_then(|(_, rest)| rest.split_once(')'));
    inside.and_then(|(code, _)| code.parse().ok()).unwrap_or(-1)
}

fn body(spec: &ContainerSpec, userns_mode: &str, unquoted: bool) -> ContainerCreateBody {
    let (mounts, binds) = spec::forms(&spec.mounts, unquoted);
    let port = spec.published_port.map(|port| format!("{port}/tcp"));
    let bindings = port.clone().map(|port| {
        // An empty port lets the engine pick one.
        let at = spec.host_port.map(|port| port.to_string()).unwrap_or_default();
        let binding = PortBinding { host_ip: Some("127.0.0.1".to_owned()), host_port: Some(at) };
        HashMap::from([(port, Some(vec![binding]))])
    });
    let mut security_opt = vec!["no-new-privileges".to_owned()];
    security_opt.extend(spec.security_opt.clone());
    ContainerCreateBody {
        user: Some(spec.user.clone()),
        image: Some(spec.image.clone()),
        env: Some(spec.env.iter().map(|(name, value)| format!("{name}={value}")).collect()),
        labels: Some(spec.labels.clone().into_iter().collect()),
        exposed_ports: port.map(|port| vec![port]),
        stop_timeout: Some(i64::from(spec.stop_timeout_s)),
        host_config: Some(HostConfig {
            network_mode: Some(spec.network.clone()),
            mounts: Some(mounts.into_iter().map(mount).collect()),
            binds: Some(binds),
            cap_drop: Some(vec!["ALL".to_owned()]),
            security_opt: Some(security_opt),
            userns_mode: Some(userns_mode.to_owned()),
            group_add: Some(spec.group_add.clone()),
            port_bindings: bindings,
            memory: spec.memory,
            nano_cpus: spec.nano_cpus,
            shm_size: spec.shm,
            pids_limit: spec.processes,
            readonly_rootfs: Some(spec.read_only),
            tmpfs: spec.read_only.then(|| HashMap::from([("/tmp".to_owned(), TMP.to_owned())])),
            log_config: log_config(&spec.log),
            ..HostConfig::default()
        }),
        networking_config: Some(NetworkingConfig {
            endpoints_config: Some(HashMap::from([(spec.network.clone(), EndpointSettings::default())])),
        }),
        ..ContainerCreateBody::default()
    }
}

/// The options of the engine's own log driver. Without one, the log is as the engine has it.
pub(super) fn log_config(options: &BTreeMap<String, String>) -> Option<HostConfigLogConfig> {
    let config = || options.clone().into_iter().collect();
    (!options.is_empty()).then(|| HostConfigLogConfig { typ: None, config: Some(config()) })
}

/// The driver that keeps nothing; who is attached reads all the same.
pub(super) fn no_log() -> HostConfigLogConfig {
    HostConfigLogConfig { typ: Some("none".to_owned()), config: None }
}

pub(super) fn mount(mount: &spec::Mount) -> Mount {
    Mount {
        source: Some(mount.source.clone()),
        target: Some(mount.target.clone()),
        typ: Some(if mount.volume.is_some() { MountType::VOLUME } else { MountType::BIND }),
        read_only: Some(mount.read_only),
        volume_options: mount.volume.clone().map(|labels| MountVolumeOptions {
            labels: Some(labels.into_iter().collect()),
            subpath: mount.subpath.clone(),
            ..MountVolumeOptions::default()
        }),
        bind_options: mount.follows.then(|| MountBindOptions {
            propagation: Some(MountBindOptionsPropagationEnum::RSLAVE),
            ..MountBindOptions::default()
        }),
        ..Mount::default()
    }
}

/// Whether a container has an address there, of either kind.
fn has_address(endpoint: &EndpointSettings) -> bool {
    [&endpoint.ip_address, &endpoint.global_ipv6_address].into_iter().flatten().any(|address| !address.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_exit_code_is_read_from_the_status() {
        assert_eq!(code_in("Exited (137) 2 seconds ago"), 137);
        assert_eq!(code_in("Dead"), -1);
    }
}
