//! The labels that mark every container, network and volume of ours, and a record of them. Docker is the database: what
//! runs is read back from these alone, and only [`Labels::parse`] reads them.

use std::collections::BTreeMap;

use crate::platform::user::Owner;

/// The launch's id, which is the pipeline's.
pub const LAUNCH: &str = "org.orchest.launch";
/// `gateway`, `server`, `kernel`, `image-request` or `network`; of a volume `channels`, `gateway-socket`, `home`, `lab`,
/// `settings` or `environments`; of a container that belongs to no launch `installer`.
pub const ROLE: &str = "org.orchest.role";
/// The folder's path on the user's machine.
pub const PIPELINE: &str = "org.orchest.pipeline";
/// The mark of the folder that the server got: another folder of the same path has another mark.
pub const FOLDER: &str = "org.orchest.folder";
/// Set if the launch sees what is mounted into the folder later.
pub const FOLLOWS: &str = "org.orchest.follows";
/// The kernelspec's name.
pub const KERNELSPEC: &str = "org.orchest.kernelspec";
/// The place where the kernels run; without it, on this engine.
pub const PLACE: &str = "org.orchest.place";
/// The person who launched, as `user@host`.
pub const OWNER: &str = "org.orchest.owner";
/// The process that launched, as its lock names it.
pub const PROCESS: &str = "org.orchest.process";
/// One attempt to launch. If two programs launch one folder at once, each finds its own parts by it.
pub const ATTEMPT: &str = "org.orchest.attempt";
/// The app's version.
pub const VERSION: &str = "org.orchest.version";
/// A test run, so that it can sweep what is its own.
pub const TEST: &str = "org.orchest.test";
/// The memory limit of a kernel or gateway, bytes, if it has one. A message about it is written after its container is
/// gone.
pub const MEMORY: &str = "org.orchest.memory";
/// The names of a kernel's variables whose values no log shows: those of its kernelspec's `env`.
pub const HIDDEN: &str = "org.orchest.hidden";
/// The image that a request asks for.
pub const IMAGE: &str = "org.orchest.image";
/// Jupyter's id of a kernel, by which Enterprise Gateway finds a kernel's container.
pub const KERNEL_ID: &str = "kernel_id";

/// All of them.
pub const ALL: [&str; 14] = [
    LAUNCH, ROLE, PIPELINE, FOLDER, KERNELSPEC, OWNER, PROCESS, ATTEMPT, VERSION, TEST, MEMORY, HIDDEN, IMAGE,
    KERNEL_ID,
];

/// What a container, network or volume of a launch is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Role {
    /// Jupyter Enterprise Gateway.
    Gateway,
    /// The Jupyter server.
    Server,
    /// A kernel.
    Kernel,
    /// Asks for the image of a kernel that is to start. It is never started.
    ImageRequest,
    /// The launch's network.
    Network,
    /// The volume with the kernels' sockets.
    Channels,
    /// The volume with the gateway's socket.
    GatewaySocket,
}

impl Role {
    /// The parts of a launch that are started, watched and repaired. A later part uses the earlier ones.
    pub const PARTS: [Role; 2] = [Role::Gateway, Role::Server];

    /// The parts of a launch at a place or on this machine. The first claims the launch.
    pub fn parts(at_a_place: bool) -> &'static [Role] {
        // A place has its own gateway.
        if at_a_place { &Role::PARTS[1..] } else { &Role::PARTS }
    }

    /// All roles.
    pub const ALL: [Role; 7] = [
        Role::Gateway,
        Role::Server,
        Role::Kernel,
        Role::ImageRequest,
        Role::Network,
        Role::Channels,
        Role::GatewaySocket,
    ];

    /// The label's value.
    pub fn as_str(self) -> &'static str {
        match self {
            Role::Gateway => "gateway",
            Role::Server => "server",
            Role::Kernel => "kernel",
            Role::ImageRequest => "image-request",
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

/// The labels of a container, network or volume of a launch, read. A label that is missing is `None`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Labels {
    /// The launch's id.
    pub launch: String,
    /// Its role in the launch; `None` also for a role of another version of this program.
    pub role: Option<Role>,
    /// The folder's path on the person's machine.
    pub pipeline: Option<String>,
    /// The mark of the folder that the server got.
    pub folder: Option<String>,
    /// The launch sees what is mounted into the folder later.
    pub follows_mounts: bool,
    /// The kernelspec's name.
    pub kernelspec: Option<String>,
    /// The place where the kernels run.
    pub place: Option<String>,
    /// The person who launched, as `user@host`.
    pub owner: Option<String>,
    /// The process that launched, as its lock names it.
    pub process: Option<String>,
    /// The attempt to launch.
    pub attempt: Option<String>,
    /// The program's version.
    pub version: Option<String>,
    /// The test run.
    pub test: Option<String>,
    /// The memory limit, bytes.
    pub memory: Option<u64>,
    /// The names of variables whose values no log shows.
    pub hidden: Vec<String>,
    /// The image that a request asks for.
    pub image: Option<String>,
    /// Jupyter's id of a kernel.
    pub kernel_id: Option<String>,
}

impl Labels {
    /// Reads labels. `None` if they name no launch.
    pub fn parse(labels: &BTreeMap<String, String>) -> Option<Labels> {
        let label = |name: &str| labels.get(name).cloned();
        Some(Labels {
            launch: label(LAUNCH)?,
            role: labels.get(ROLE).and_then(|role| Role::parse(role)),
            pipeline: label(PIPELINE),
            folder: label(FOLDER),
            follows_mounts: labels.contains_key(FOLLOWS),
            kernelspec: label(KERNELSPEC),
            place: label(PLACE),
            owner: label(OWNER),
            process: label(PROCESS),
            attempt: label(ATTEMPT),
            version: label(VERSION),
            test: label(TEST),
            memory: labels.get(MEMORY).and_then(|bytes| bytes.parse().ok()),
            hidden: names(labels.get(HIDDEN).map_or("", String::as_str)),
            image: label(IMAGE),
            kernel_id: label(KERNEL_ID),
        })
    }

    /// The labels that all parts of one attempt to launch share.
    pub fn of_attempt(launch: &str, pipeline: &str, kernelspec: &str, attempt: &str, owner: &Owner) -> Labels {
        Labels {
            launch: launch.to_owned(),
            pipeline: Some(pipeline.to_owned()),
            kernelspec: Some(kernelspec.to_owned()),
            attempt: Some(attempt.to_owned()),
            owner: Some(owner.name.clone()),
            process: Some(owner.process.clone()),
            version: Some(env!("CARGO_PKG_VERSION").to_owned()),
            test: owner.test.clone(),
            ..Labels::default()
        }
    }

    /// The same, with a role.
    pub fn in_role(&self, role: Role) -> Labels {
        Labels { role: Some(role), ..self.clone() }
    }

    /// The labels as an engine keeps them.
    pub fn write(&self) -> BTreeMap<String, String> {
        let hidden = (!self.hidden.is_empty()).then(|| self.hidden.join(" "));
        let labels = [
            (LAUNCH, Some(self.launch.clone())),
            (ROLE, self.role.map(|role| role.as_str().to_owned())),
            (PIPELINE, self.pipeline.clone()),
            (FOLDER, self.folder.clone()),
            (FOLLOWS, self.follows_mounts.then(|| "mounts".to_owned())),
            (KERNELSPEC, self.kernelspec.clone()),
            (PLACE, self.place.clone()),
            (OWNER, self.owner.clone()),
            (PROCESS, self.process.clone()),
            (ATTEMPT, self.attempt.clone()),
            (VERSION, self.version.clone()),
            (TEST, self.test.clone()),
            (MEMORY, self.memory.map(|bytes| bytes.to_string())),
            (HIDDEN, hidden),
            (IMAGE, self.image.clone()),
            (KERNEL_ID, self.kernel_id.clone()),
        ];
        labels.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))).collect()
    }

    /// When the attempt began, milliseconds since the epoch; 0 if the labels do not tell.
    pub fn made_at(&self) -> u64 {
        let began = self.attempt.as_deref().and_then(|attempt| attempt.split_once('-'));
        began.and_then(|(began, _)| began.parse().ok()).unwrap_or_default()
    }
}

fn names(list: &str) -> Vec<String> {
    list.split(' ').filter(|name| !name.is_empty()).map(str::to_owned).collect()
}

/// A name for an attempt that begins at `now`, milliseconds since the epoch.
pub fn new_attempt(now: u64) -> String {
    format!("{now}-{}", crate::platform::secret::random_hex(6))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
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
    fn labels_are_read_back_as_they_were_written() {
        let owner = Owner { name: "ada@engine".into(), process: "7-1".into(), test: Some("run".into()) };
        let bare = Labels::of_attempt("1", "/a", "k", "x", &owner);
        let full = Labels {
            folder: Some("mark".into()),
            follows_mounts: true,
            place: Some("team".into()),
            memory: Some(4 << 30),
            hidden: vec!["KEY".into(), "TOKEN".into()],
            image: Some("orchest/kernel-r:1".into()),
            kernel_id: Some("k1".into()),
            ..bare.in_role(Role::Kernel)
        };
        for labels in [bare, full.clone(), Labels { launch: "1".into(), ..Labels::default() }] {
            assert_eq!(Labels::parse(&labels.write()), Some(labels));
        }
        let written = full.write();
        assert!(ALL.iter().chain([&FOLLOWS, &PLACE]).all(|name| written.contains_key(*name)), "{written:?}");
    }

    #[test]
    fn labels_without_a_launch_are_not_ours_and_unknown_values_are_none() {
        assert_eq!(Labels::parse(&BTreeMap::from([(ROLE.to_owned(), "server".to_owned())])), None);
        let mut labels = BTreeMap::from([(LAUNCH, "1"), (ROLE, "standby"), (MEMORY, "much"), (HIDDEN, "")]);
        let read = |labels: &BTreeMap<&str, &str>| {
            Labels::parse(&labels.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect())
        };
        assert_eq!(read(&labels).unwrap(), Labels { launch: "1".into(), ..Labels::default() });
        labels.insert(HIDDEN, "A  B");
        assert_eq!(read(&labels).unwrap().hidden, ["A", "B"]);
    }

    #[test]
    fn an_attempt_tells_when_it_began() {
        let labels = Labels { attempt: Some(new_attempt(1_700_000_000_123)), ..Labels::default() };
        assert_eq!(labels.made_at(), 1_700_000_000_123);
        assert_eq!(Labels::default().made_at(), 0);
    }

    #[test]
    fn the_test_label_is_there_only_in_a_test_run() {
        let mut owner = Owner { name: "ada@engine".into(), process: "7-1".into(), test: None };
        assert!(!Labels::of_attempt("1", "/a", "k", "x", &owner).write().contains_key(TEST));
        owner.test = Some("run".into());
        assert_eq!(Labels::of_attempt("1", "/a", "k", "x", &owner).write()[TEST], "run");
    }
}
