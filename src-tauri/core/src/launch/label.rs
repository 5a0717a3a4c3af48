//! The labels that mark every container, network and volume of ours. Docker is the database: what runs is
//! read back from these alone.

use std::collections::BTreeMap;

use crate::platform::user::Owner;

/// The launch's id, which is the pipeline's.
pub const LAUNCH: &str = "org.orchest.launch";
/// `gateway`, `server`, `kernel` or `network`; of a volume `channels`, `gateway-socket`, `home`, `lab` or `settings`.
pub const ROLE: &str = "org.orchest.role";
/// The folder's path on the user's machine.
pub const PIPELINE: &str = "org.orchest.pipeline";
/// What tells the folder that the server was given from another one of the same path.
pub const FOLDER: &str = "org.orchest.folder";
/// There where what is mounted into the folder later is seen in the launch, too.
pub const FOLLOWS: &str = "org.orchest.follows";
/// The kernelspec's name.
pub const KERNELSPEC: &str = "org.orchest.kernelspec";
/// Who launched, as `user@host`.
pub const OWNER: &str = "org.orchest.owner";
/// The process that launched, as its sign of life names it.
pub const PROCESS: &str = "org.orchest.process";
/// One attempt to launch: two programs that launch one folder at once tell their parts apart by it.
pub const ATTEMPT: &str = "org.orchest.attempt";
/// The app's version.
pub const VERSION: &str = "org.orchest.version";
/// A test run, so that it can sweep what is its own.
pub const TEST: &str = "org.orchest.test";
/// The most memory that a kernel or gateway may use, bytes, where there is a limit: its container is gone when that is
/// of use.
pub const MEMORY: &str = "org.orchest.memory";
/// The names of a kernel's variables whose values no log shows: those of its kernelspec's `env`.
pub const HIDDEN: &str = "org.orchest.hidden";
/// Jupyter's id of a kernel, by which Enterprise Gateway finds a kernel's container.
pub const KERNEL_ID: &str = "kernel_id";

/// All of them.
pub const ALL: [&str; 13] =
    [LAUNCH, ROLE, PIPELINE, FOLDER, KERNELSPEC, OWNER, PROCESS, ATTEMPT, VERSION, TEST, MEMORY, HIDDEN, KERNEL_ID];

/// What a container, network or volume of a launch is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Role {
    /// Jupyter Enterprise Gateway.
    Gateway,
    /// The Jupyter server.
    Server,
    /// A kernel.
    Kernel,
    /// The launch's network.
    Network,
    /// The volume with the kernels' sockets.
    Channels,
    /// The volume with the gateway's socket.
    GatewaySocket,
}

impl Role {
    /// All of them.
    pub const ALL: [Role; 6] =
        [Role::Gateway, Role::Server, Role::Kernel, Role::Network, Role::Channels, Role::GatewaySocket];

    /// The label's value.
    pub fn as_str(self) -> &'static str {
        match self {
            Role::Gateway => "gateway",
            Role::Server => "server",
            Role::Kernel => "kernel",
            Role::Network => "network",
            Role::Channels => "channels",
            Role::GatewaySocket => "gateway-socket",
        }
    }

    /// Reads a label's value.
    pub fn parse(value: &str) -> Option<Role> {
        Role::ALL.into_iter().find(|role| role.as_str() == value)
    }
}

/// What is kept from one launch to the next, each in a volume of the engine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kept {
    /// A folder's kernels' home.
    Home,
    /// A folder's server's home: open tabs, trusted notebooks, checkpoints.
    Lab,
    /// Lab's settings, which are a person's in all folders.
    Settings,
}

impl Kept {
    /// The label's value.
    pub fn as_str(self) -> &'static str {
        match self {
            Kept::Home => "home",
            Kept::Lab => "lab",
            Kept::Settings => "settings",
        }
    }
}

/// The labels of a volume; `folder` is the id and path of the pipeline that it belongs to, where it belongs to one.
pub fn of_volume(kept: Kept, folder: Option<(&str, &str)>, owner: &Owner) -> BTreeMap<String, String> {
    let mut labels = BTreeMap::from([
        (ROLE.to_owned(), kept.as_str().to_owned()),
        (OWNER.to_owned(), owner.name.clone()),
        (VERSION.to_owned(), env!("CARGO_PKG_VERSION").to_owned()),
    ]);
    if let Some((launch, pipeline)) = folder {
        labels.insert(LAUNCH.to_owned(), launch.to_owned());
        labels.insert(PIPELINE.to_owned(), pipeline.to_owned());
    }
    if let Some(test) = &owner.test {
        labels.insert(TEST.to_owned(), test.clone());
    }
    labels
}

/// The labels that all parts of one attempt to launch share.
pub fn of_launch(
    launch: &str,
    pipeline: &str,
    kernelspec: &str,
    attempt: &str,
    owner: &Owner,
) -> BTreeMap<String, String> {
    let mut labels = BTreeMap::from([
        (LAUNCH.to_owned(), launch.to_owned()),
        (PIPELINE.to_owned(), pipeline.to_owned()),
        (KERNELSPEC.to_owned(), kernelspec.to_owned()),
        (ATTEMPT.to_owned(), attempt.to_owned()),
        (OWNER.to_owned(), owner.name.clone()),
        (PROCESS.to_owned(), owner.process.clone()),
        (VERSION.to_owned(), env!("CARGO_PKG_VERSION").to_owned()),
    ]);
    if let Some(test) = &owner.test {
        labels.insert(TEST.to_owned(), test.clone());
    }
    labels
}

/// A name for an attempt that begins at `now`, milliseconds since the epoch.
pub fn new_attempt(now: u64) -> String {
    format!("{now}-{}", crate::platform::secret::random_hex(6))
}

/// When the attempt that these labels name began, milliseconds since the epoch.
pub fn made_at(labels: &BTreeMap<String, String>) -> u64 {
    let attempt = labels.get(ATTEMPT).and_then(|attempt| attempt.split_once('-'));
    attempt.and_then(|(began, _)| began.parse().ok()).unwrap_or_default()
}

/// `labels` with a role.
pub fn with_role(mut labels: BTreeMap<String, String>, role: Role) -> BTreeMap<String, String> {
    labels.insert(ROLE.to_owned(), role.as_str().to_owned());
    labels
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_role_is_read_back_as_it_was_written() {
        for role in Role::ALL {
            assert_eq!(Role::parse(role.as_str()), Some(role));
        }
        assert_eq!(Role::parse("Gateway"), None);
    }

    #[test]
    fn an_attempt_tells_when_it_began() {
        let labels = BTreeMap::from([(ATTEMPT.to_owned(), new_attempt(1_700_000_000_123))]);
        assert_eq!(made_at(&labels), 1_700_000_000_123);
        assert_eq!(made_at(&BTreeMap::new()), 0);
    }

    #[test]
    fn the_test_label_is_there_only_in_a_test_run() {
        let mut owner = Owner { name: "ada@engine".into(), process: "7-1".into(), test: None };
        assert!(!of_launch("1", "/a", "k", "x", &owner).contains_key(TEST));
        owner.test = Some("run".into());
        assert_eq!(of_launch("1", "/a", "k", "x", &owner)[TEST], "run");
        assert_eq!(of_volume(Kept::Home, None, &owner)[TEST], "run");
    }
}
