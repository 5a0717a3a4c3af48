//! The networks and containers to create, as plain data.

use std::collections::BTreeMap;
use std::fmt;

use serde_json::{Value, json};

/// A network.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NetworkSpec {
    /// Its name.
    pub name: String,
    /// Its labels.
    pub labels: BTreeMap<String, String>,
}

/// A mount of a container: a folder or file of the engine's machine, or a volume.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mount {
    /// Its path on the engine's machine; a volume's name.
    pub source: String,
    /// Its path in the container.
    pub target: String,
    /// Whether the container may only read it.
    pub read_only: bool,
    /// The container also sees file systems that are mounted in it later.
    pub follows: bool,
    /// It is a volume. The engine creates it with these labels if it does not exist.
    pub volume: Option<BTreeMap<String, String>>,
    /// Only this folder of the volume is mounted. Engines have this from API 1.45 on.
    pub subpath: Option<String>,
}

impl Mount {
    /// In the form of the Docker API (`Mount` in its definitions).
    pub fn as_json(&self) -> Value {
        let mut mount = json!({ "Type": "bind", "Source": self.source, "Target": self.target });
        if self.read_only {
            mount["ReadOnly"] = true.into();
        }
        if let Some(labels) = &self.volume {
            mount["Type"] = "volume".into();
            mount["VolumeOptions"] = json!({ "Labels": labels });
            if let Some(subpath) = &self.subpath {
                mount["VolumeOptions"]["Subpath"] = subpath.as_str().into();
            }
        }
        if self.follows {
            mount["BindOptions"] = json!({ "Propagation": "rslave" });
        }
        mount
    }

    /// In the form of `HostConfig.Binds`: source, target and options, with colons between them.
    pub fn as_bind(&self) -> String {
        let options = [self.read_only.then_some("ro"), self.follows.then_some("rslave")];
        let options: Vec<_> = options.into_iter().flatten().collect();
        let colon = if options.is_empty() { "" } else { ":" };
        format!("{}:{}{colon}{}", self.source, self.target, options.join(","))
    }

    /// Whether it has to be a bind: an engine that writes mounts as comma-separated values, without quoting them, would
    /// divide its paths.
    fn is_divided(&self, unquoted: bool) -> bool {
        unquoted && self.volume.is_none() && [&self.source, &self.target].into_iter().any(|path| is_divided(path))
    }
}

/// Whether a path is more than one comma-separated value.
fn is_divided(path: &str) -> bool {
    path.contains([',', '"', '\n', '\r'])
}

/// Whether such an engine can mount a path in neither form: a bind has no colon in its paths.
pub fn is_unmountable(path: &str) -> bool {
    is_divided(path) && path.contains(':')
}

/// Mounts in the two forms of the Docker API: `HostConfig.Mounts`, and those that have to be in `HostConfig.Binds`.
pub fn forms<'a>(mounts: impl IntoIterator<Item = &'a Mount>, unquoted: bool) -> (Vec<&'a Mount>, Vec<String>) {
    let (binds, mounts): (Vec<&Mount>, Vec<&Mount>) = mounts.into_iter().partition(|mount| mount.is_divided(unquoted));
    (mounts, binds.into_iter().map(Mount::as_bind).collect())
}

/// A container. It has no capabilities and can gain no privileges; nothing here can ask for more.
#[derive(Clone, PartialEq, Eq)]
pub struct ContainerSpec {
    /// Its name.
    pub name: String,
    /// Its image.
    pub image: String,
    /// `uid:gid`.
    pub user: String,
    /// Its image and the engine's own files in it, such as `/etc/hosts`, are read-only; `/tmp` is in memory.
    pub read_only: bool,
    /// Its environment. Values may be tokens, so `Debug` shows only the names.
    pub env: Vec<(String, String)>,
    /// Its labels.
    pub labels: BTreeMap<String, String>,
    /// Its mounts.
    pub mounts: Vec<Mount>,
    /// The network that it is on.
    pub network: String,
    /// Additional groups, as numbers.
    pub group_add: Vec<String>,
    /// Security options in addition to no-new-privileges.
    pub security_opt: Vec<String>,
    /// The port that is published on 127.0.0.1.
    pub published_port: Option<u16>,
    /// The port of this machine for it. The engine picks one if none is given.
    pub host_port: Option<u16>,
    /// How long it has to end by itself, seconds.
    pub stop_timeout_s: u32,
    /// Its memory limit, bytes.
    pub memory: Option<i64>,
    /// Its CPU limit, in 10⁻⁹ of a core.
    pub nano_cpus: Option<i64>,
    /// The size of its /dev/shm, bytes; 64 MB by default.
    pub shm: Option<i64>,
    /// The most processes and threads that it may have.
    pub processes: Option<i64>,
    /// The limits of its log, as options of the engine's log driver.
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

#[cfg(test)]
mod tests {
    use super::*;

    fn of(source: &str) -> Mount {
        Mount {
            source: source.to_owned(),
            target: "/notebooks".to_owned(),
            read_only: false,
            follows: false,
            volume: None,
            subpath: None,
        }
    }

    #[test]
    fn only_a_path_that_an_engine_would_divide_is_a_bind() {
        for (source, is_bind) in [
            ("/home/ada/plain: 'name' $x `y` \\ #5", false),
            ("/home/ada/one, two", true),
            ("/home/ada/a \"quoted\" name", true),
            ("/home/ada/two\nlines", true),
        ] {
            let mount = of(source);
            let (mounts, binds) = forms([&mount], true);
            assert_eq!((mounts.is_empty(), !binds.is_empty()), (is_bind, is_bind), "{source}");
            assert_eq!(forms([&mount], false), (vec![&mount], Vec::new()), "{source}");
            assert!(!is_unmountable(source), "{source}");
        }
        assert!(is_unmountable("/home/ada/a: b, c"));
        let volume = Mount { volume: Some(BTreeMap::new()), ..of("name") };
        assert_eq!(forms([&volume], true).1, Vec::<String>::new());
    }

    #[test]
    fn a_bind_keeps_the_options() {
        let mount = of("/a,b");
        assert_eq!(mount.as_bind(), "/a,b:/notebooks");
        assert_eq!(Mount { read_only: true, ..mount.clone() }.as_bind(), "/a,b:/notebooks:ro");
        assert_eq!(Mount { read_only: true, follows: true, ..mount }.as_bind(), "/a,b:/notebooks:ro,rslave");
    }
}
