//! What is launched, as data: [`LaunchSpec`] as it is asked for, and [`Resolved`], which adds everything that an attempt
//! finds out before it creates anything. The plan and the effects read the same two. Pure.

use std::path::PathBuf;
use std::time::Duration;

use crate::contract::choices::Limits;
use crate::engine::Keeps;
use crate::environment;
use crate::folder::afar::Found;
use crate::images;
use crate::kernelspec::Kernelspec;
use crate::launch::label::Role;
use crate::launch::person::Person;
use crate::place::connection::{Connection, Wanted};
use crate::platform::paths::AppDirs;
use crate::platform::secret::Secret;
use crate::platform::user::{Identity, Owner};

/// A launch as it is asked for.
#[derive(Clone, Debug)]
pub struct LaunchSpec {
    /// The launch's id, which is the pipeline's.
    pub id: String,
    /// The folder.
    pub folder: PathBuf,
    /// The kernelspec that new notebooks get.
    pub kernelspec: Kernelspec,
    /// The copy of the kernels directory that gateways see.
    pub kernels_dir: PathBuf,
    /// The folder with the kernelspec of the folder's environment, which its gateway sees as well.
    pub folder_kernels_dir: PathBuf,
    /// The folder as it is on the engine's own machine; none if that is this one.
    pub there: Option<Found>,
    /// The place where its kernels run; none is this engine.
    pub place: Option<Wanted>,
    /// The environment of the folder, if its kernels have one.
    pub environment: Option<environment::ensure::Wanted>,
    /// Where images are made ready that were not made for kernels.
    pub any_image: environment::any_image::Place,
    /// The variables of the folder's kernels.
    pub variables: environment::variables::Wanted,
    /// How missing images are pulled or built.
    pub images: images::Options,
    /// The longest time from running containers to a launch that answers.
    pub timeout: Duration,
    /// The person and process that launch.
    pub owner: Owner,
    /// The folders of this program; the locks of the person's processes are there.
    pub dirs: AppDirs,
    /// The limits of server and kernels.
    pub limits: Limits,
    /// The memory limit of the gateway, MB, if the engine can limit it.
    pub gateway_memory_mb: u64,
    /// What server and kernels have of the person.
    pub person: Person,
}

impl LaunchSpec {
    /// Its parts. The first claims the launch.
    pub fn parts(&self) -> &'static [Role] {
        Role::parts(self.place.is_some())
    }
}

/// One attempt to carry out a spec on one engine.
#[derive(Clone, Debug)]
pub struct Resolved {
    /// The spec.
    pub spec: LaunchSpec,
    /// The attempt's name.
    pub attempt: String,
    /// The folder, as the engine's machine sees it.
    pub folder: String,
    /// The folder's mark: a new folder of the same path has another one.
    pub folder_mark: Option<String>,
    /// Server and kernels see what is mounted into the folder later.
    pub follows_mounts: bool,
    /// The copy of the kernels directory, as the engine's machine sees it.
    pub kernels_dir: String,
    /// The folder with the kernelspec of the folder's environment, as the engine's machine sees it.
    pub folder_kernels_dir: String,
    /// What is known of images that were not made for kernels, as the engine's machine sees it.
    pub images_dir: String,
    /// The user of server and kernels, who owns the files that they write.
    pub identity: Identity,
    /// Their additional groups, if a container's groups are this machine's.
    pub groups: Vec<u32>,
    /// The user of the gateway; its group may use the engine's socket.
    pub gateway_user: Identity,
    /// The images of gateway and server.
    pub images: Images,
    /// The tokens of the launch.
    pub tokens: Tokens,
    /// How the gateway of its place is reached; none is a gateway of its own.
    pub elsewhere: Option<Connection>,
    /// The engine.
    pub engine: EngineTraits,
}

/// The images of gateway and server.
#[derive(Clone, Debug)]
pub struct Images {
    /// Jupyter Enterprise Gateway.
    pub gateway: String,
    /// The Jupyter server.
    pub server: String,
}

/// The tokens of one launch.
#[derive(Clone, Debug)]
pub struct Tokens {
    /// The gateway asks for it; only the server knows it.
    pub gateway: Secret,
    /// The server asks for it; the person's browser knows it.
    pub server: Secret,
}

/// The properties of an engine that a plan depends on.
#[derive(Clone, Debug)]
pub struct EngineTraits {
    /// Its socket, as its own machine sees it.
    pub socket: String,
    /// The group that may use the socket, as a container sees it.
    pub socket_gid: u32,
    /// Whose users containers have, as in `HostConfig.UsernsMode`.
    pub userns_mode: &'static str,
    /// It writes mounts as comma-separated values, without quoting them.
    pub unquoted_mounts: bool,
    /// SELinux separates containers from the person's files, whose labels stay as they are.
    pub selinux: bool,
    /// The list of system calls, as an option of a container, if the engine takes one.
    pub call_list: Option<String>,
    /// The limits of a container that it keeps.
    pub keeps: Keeps,
    /// Its log driver can limit the size of a log.
    pub bounds_logs: bool,
    /// The number of its cores, or 0 if it does not report it.
    pub cpus: u32,
    /// Its memory, bytes, or 0 if it does not report it.
    pub memory: u64,
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::kernelspec::AskedLimits;
    use crate::launch::kept;

    pub(crate) fn resolved() -> Resolved {
        let folder = "/home/ada/my: notes, \"ü\"";
        let data = PathBuf::from("/home/ada/.local/share/orchest");
        let owner = Owner { name: "ada@engine".into(), process: "42-1".into(), test: None };
        let spec = LaunchSpec {
            id: "0123456789ab".into(),
            folder: folder.into(),
            kernelspec: Kernelspec {
                name: "python_docker".into(),
                display_name: "Python".into(),
                language: "python".into(),
                image: "orchest/kernel-python:0.1.0".into(),
                lacks_public_key: false,
                gpus: false,
                limits: AskedLimits::default(),
            },
            kernels_dir: data.join("kernels"),
            folder_kernels_dir: data.join("folder"),
            there: None,
            place: None,
            environment: None,
            any_image: environment::any_image::Place {
                store: kept::store(&owner, &data.join("environments"), "0123456789ab", Vec::new()),
                notes: data.join("gateways/images"),
                images: images::Options::default(),
            },
            variables: environment::variables::Wanted::default(),
            images: images::Options::default(),
            timeout: Duration::from_secs(60),
            owner,
            dirs: AppDirs { config: data.join("config"), state: data.join("state"), data },
            limits: Limits::default(),
            gateway_memory_mb: 4096,
            person: Person { umask: 0o22, ..Person::default() },
        };
        Resolved {
            attempt: "a1".into(),
            folder: folder.into(),
            folder_mark: Some("801:7:1".into()),
            follows_mounts: false,
            kernels_dir: "/home/ada/.local/share/orchest/kernels".into(),
            folder_kernels_dir: "/home/ada/.local/share/orchest/folder".into(),
            images_dir: "/home/ada/.local/share/orchest/gateways/images".into(),
            identity: Identity { uid: 1000, gid: 100 },
            groups: Vec::new(),
            gateway_user: Identity { uid: 1000, gid: 100 },
            images: Images { gateway: "orchest/gateway:0.1.0".into(), server: "orchest/server:0.1.0".into() },
            tokens: Tokens { gateway: Secret::new("gateway-token"), server: Secret::new("server-token") },
            elsewhere: None,
            engine: EngineTraits {
                socket: "/run/user/1000/docker.sock".into(),
                socket_gid: 998,
                userns_mode: "",
                unquoted_mounts: false,
                selinux: false,
                call_list: Some("seccomp={}".into()),
                keeps: Keeps::ALL,
                bounds_logs: true,
                cpus: 4,
                memory: 8 << 30,
            },
            spec,
        }
    }
}
