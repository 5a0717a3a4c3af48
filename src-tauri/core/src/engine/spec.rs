//! What is to be created, as plain data.

use std::collections::BTreeMap;
use std::fmt;

use serde::Serialize;
use serde_json::{Value, json};

/// A network.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct NetworkSpec {
    /// Its name.
    pub name: String,
    /// Its labels.
    pub labels: BTreeMap<String, String>,
}

/// What a container sees beside its image: a folder or file of the engine's machine, or a volume.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Mount {
    /// Its path on the engine's machine; a volume's name.
    pub source: String,
    /// Its path in the container.
    pub target: String,
    /// Whether the container may only read it.
    pub read_only: bool,
    /// What is mounted in it later is seen in the container, too.
    pub follows: bool,
    /// It is a volume, which the engine makes with these labels where it is not there.
    pub volume: Option<BTreeMap<String, String>>,
}

impl Mount {
    /// As the Docker API has it (`Mount` in its definitions).
    pub fn as_json(&self) -> Value {
        let mut mount = json!({ "Type": "bind", "Source": self.source, "Target": self.target });
        if self.read_only {
            mount["ReadOnly"] = true.into();
        }
        if let Some(labels) = &self.volume {
            mount["Type"] = "volume".into();
            mount["VolumeOptions"] = json!({ "Labels": labels });
        }
        if self.follows {
            mount["BindOptions"] = json!({ "Propagation": "rslave" });
        }
        mount
    }
}

/// A container. All capabilities are dropped and no new privileges can be had: there is no way to ask for more.
#[derive(Clone, PartialEq, Eq, Serialize)]
pub struct ContainerSpec {
    /// Its name.
    pub name: String,
    /// Its image.
    pub image: String,
    /// `uid:gid`.
    pub user: String,
    /// Its image cannot be written to, and neither can what the engine puts into it, such as `/etc/hosts`; `/tmp` is in
    /// memory.
    pub read_only: bool,
    /// Its environment; values may be tokens, so `Debug` shows the names alone.
    pub env: Vec<(String, String)>,
    /// Its labels.
    pub labels: BTreeMap<String, String>,
    /// What it sees of the engine's machine.
    pub mounts: Vec<Mount>,
    /// The network that it is on.
    pub network: String,
    /// Groups beside its user's own, as numbers.
    pub group_add: Vec<String>,
    /// Security options beside no-new-privileges.
    pub security_opt: Vec<String>,
    /// The port that is published on 127.0.0.1.
    pub published_port: Option<u16>,
    /// The port of this machine that it is published at; the engine picks one where none is given.
    pub host_port: Option<u16>,
    /// How long it has to end by itself, seconds.
    pub stop_timeout_s: u32,
    /// The most memory it may use, bytes.
    pub memory: Option<i64>,
    /// The most CPU it may use, in 10⁻⁹ of a core.
    pub nano_cpus: Option<i64>,
    /// How large its /dev/shm is, bytes; 64 MB where none is given.
    pub shm: Option<i64>,
    /// How many processes and threads it may have.
    pub processes: Option<i64>,
    /// What bounds its log, as options of the engine's own log driver.
    pub log: BTreeMap<String, String>,
}

impl fmt::Debug for ContainerSpec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ContainerSpec")
            .field("name", &self.name)
            .field("image", &self.image)
            .field("user", &self.user)
            .field("env", &self.env.iter().map(|(name, _)| name).collect::<Vec<_>>())
            .field("labels", &self.labels)
            .field("mounts", &self.mounts)
            .field("network", &self.network)
            .field("group_add", &self.group_add)
            .field("security_opt", &self.security_opt)
            .field("published_port", &self.published_port)
            .finish_non_exhaustive()
    }
}
