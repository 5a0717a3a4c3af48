//! The words for the engine's calls, and for engines that cannot be used.

use std::fmt::Display;

// The actions in "the engine could not …".

/// Lists containers.
pub(crate) const LIST_CONTAINERS: &str = "list the containers";
/// Lists networks.
pub(crate) const LIST_NETWORKS: &str = "list the networks";
/// Lists volumes.
pub(crate) const LIST_VOLUMES: &str = "list the volumes";
/// Sends events.
pub(crate) const REPORT_EVENTS: &str = "report its events";
/// Removes the image that a new build has replaced.
pub(crate) const ASK_VERSION: &str = "say its version";
pub(crate) const REMOVE_REPLACED_IMAGE: &str = "remove an image that was replaced";

/// Creates a network.
pub(crate) fn create_network(name: &str) -> String {
    format!("create the network `{name}`")
}

/// Creates a volume.
pub(crate) fn create_volume(name: &str) -> String {
    format!("create the volume `{name}`")
}

/// Creates a container.
pub(crate) fn create_container(name: &str) -> String {
    format!("create the container `{name}`")
}

/// Inspects a container.
pub(crate) fn inspect_container(name: &str) -> String {
    format!("inspect the container `{name}`")
}

pub(crate) const LIST_IMAGES: &str = "list images";
/// Sends images as an archive.
pub(crate) const EXPORT_IMAGES: &str = "export images";
/// Takes images from an archive.
pub(crate) const IMPORT_IMAGES: &str = "import images";
/// Says its architecture.
pub(crate) const REPORT_ARCHITECTURE: &str = "report its architecture";

/// Gives an image a name.
pub(crate) fn name_image(name: &str) -> String {
    format!("give an image the name `{name}`")
}

/// Inspects an image.
pub(crate) fn inspect_image(name: &str) -> String {
    format!("inspect the image `{name}`")
}

/// Starts a container.
pub(crate) fn start_container(name: &str) -> String {
    format!("start the container `{name}`")
}

/// Renames a container.
pub(crate) fn rename_container(id: &str) -> String {
    format!("rename the container `{id}`")
}

/// Stops a container.
pub(crate) fn stop_container(name: &str) -> String {
    format!("stop the container `{name}`")
}

/// Removes a container.
pub(crate) fn remove_container(name: &str) -> String {
    format!("remove the container `{name}`")
}

/// Removes a network.
pub(crate) fn remove_network(id: &str) -> String {
    format!("remove the network `{id}`")
}

/// Removes a volume.
pub(crate) fn remove_volume(name: &str) -> String {
    format!("remove the volume `{name}`")
}

/// Finds the published port of a container.
pub(crate) fn find_port(container: &str) -> String {
    format!("find the port of the container `{container}`")
}

/// Reads the log of a container.
pub(crate) fn read_log(container: &str) -> String {
    format!("read the log of `{container}`")
}

/// Reads files of a container.
pub(crate) fn read_files(container: &str) -> String {
    format!("read the files of the container `{container}`")
}

/// Inspects a volume.
pub(crate) fn inspect_volume(name: &str) -> String {
    format!("inspect the volume `{name}`")
}

/// A socket has to admit a group, since gateways never run as root.
pub(crate) fn admit_group(socket: &str) -> String {
    format!(
        "the gateway never runs as root, so a group has to be admitted: `sudo chgrp docker {socket} && sudo chmod 660 \
         {socket}`; an engine of your own (rootless Docker or Podman) needs no change"
    )
}

// The reasons after it.

/// Files that are larger than they may be.
pub(crate) fn too_many_bytes(most: usize) -> String {
    format!("they have more than {} MB", most >> 20)
}

/// The connection ended.
pub(crate) const STOPPED_ANSWERING: &str = "the engine stopped answering";
/// The container has no such port.
pub(crate) const NOT_PUBLISHED: &str = "it is not published";
/// A pull failed, and the engine gave no reason.
pub(crate) const PULL_FAILED: &str = "the pull failed";
/// An import failed, and the engine gave no reason.
pub(crate) const IMPORT_FAILED: &str = "the import failed";
/// A registry knows a tag, and the engine gave no digest of it.
pub(crate) const NO_DIGEST: &str = "the engine does not say the digest of the tag";
/// A build failed, and the engine gave no reason.
pub(crate) const BUILD_FAILED: &str = "the build failed";

// The search for an engine.

/// The first line of the places that were tried.
pub(crate) const NONE_CONFIGURED: &str = "`DOCKER_HOST`, `DOCKER_CONTEXT` and the current context: none is set";
/// No engine answers at the usual places.
pub(crate) const USUAL_PLACES: &str =
    if cfg!(windows) { "Docker's named pipe" } else { "any of the well-known sockets" };
/// A usual place of an engine, as the reason why it was chosen.
pub(crate) const WELL_KNOWN_PIPE: &str = "well-known pipe";
/// A usual place of an engine, as the reason why it was chosen.
pub(crate) const WELL_KNOWN_SOCKET: &str = "well-known socket";

/// What the person picked, as the reason why an engine was chosen.
pub(crate) const CHOSEN: &str = "your choice";

/// After an address: what named it, if something did.
pub(crate) fn named_by(name: Option<&str>) -> String {
    match name {
        None => String::new(),
        Some(CHOSEN) => ", the engine that you picked".to_owned(),
        Some(name) => format!(", which {name} names"),
    }
}

/// An installed engine does not answer. One that is named is named.
pub(crate) fn stopped(name: &str, endpoint: &str, named: Option<&str>) -> String {
    match named {
        None => format!("{name} is installed, but does not answer"),
        named => format!("{name} is installed, but does not answer at {endpoint}{}", named_by(named)),
    }
}

const ANOTHER: &str =
    "pick another one in the window or with \"orchest engine use\", or forget your choice: `orchest engine forget`";

/// How a person leaves an engine that is named, after the words of how to start it.
pub(crate) fn or_another(named_by: &str) -> String {
    if named_by == CHOSEN {
        format!("or {ANOTHER}")
    } else {
        format!("or point {named_by} to another one; without {named_by}, Orchest Desktop looks at the usual places")
    }
}

/// How a person corrects what names an engine.
pub(crate) fn to_correct(named_by: &str) -> String {
    if named_by == CHOSEN { ANOTHER.to_owned() } else { format!("correct {named_by}, or unset it") }
}

/// How a person comes to an engine on this machine.
pub(crate) fn to_come_here(named_by: &str) -> String {
    if named_by.starts_with(CONNECTION) {
        "start an engine on this machine, or install one".to_owned()
    } else if named_by == CHOSEN {
        to_correct(named_by)
    } else {
        format!("point {named_by} to an engine on this machine, or unset it")
    }
}

const CONNECTION: &str = "Podman connection";

/// One of Podman's own connections, as the reason why an engine was chosen.
pub(crate) fn connection(name: &str) -> String {
    format!("{CONNECTION} {name}")
}

/// A context of the Docker CLI, as the reason why an engine was chosen.
pub(crate) fn context(name: &str) -> String {
    format!("context {name}")
}

/// The context does not exist, or has no address.
pub(crate) fn no_context(config: impl Display, name: &str) -> String {
    format!("`{config}` has no context `{name}` with an endpoint")
}

/// The address needs TLS.
pub(crate) fn needs_tls(endpoint: &str) -> String {
    format!(
        "`{endpoint}` needs TLS, which Orchest Desktop does not support; use the engine's socket, such as \
         unix:///var/run/docker.sock"
    )
}

/// The address has another scheme.
pub(crate) fn unknown_scheme(endpoint: &str) -> String {
    format!("`{endpoint}` does not start with unix://, npipe://, tcp:// or ssh://")
}

/// The port in the address is not a number.
pub(crate) fn no_port(endpoint: &str, port: &str) -> String {
    format!("`{endpoint}`: `{port}` is not a port")
}

/// What gives the engine of a port the socket that gateways need.
pub(crate) fn to_get_a_socket(named_by: &str) -> String {
    let name = match named_by {
        "DOCKER_HOST" => "set `DOCKER_HOST=unix:///path/of/docker.sock`",
        _ => "run `orchest engine use unix:///path/of/docker.sock`",
    };
    format!(
        "add `-H unix:///var/run/docker.sock` to the engine's options; if it listens on another socket already, {name}"
    )
}

// The start of an engine.

/// The starter has nothing to run.
pub(crate) const NO_COMMAND: &str = "it has no command";

/// The start takes too long.
pub(crate) fn starts_slowly(seconds: u64) -> String {
    format!("it took longer than {seconds} s")
}

// The set-up of an engine.

/// Starts the engine on a machine without systemd.
pub(crate) const START_SERVICE: &str = "sudo service docker start";
/// Has Podman listen on its usual socket on a machine without systemd, until the person logs out.
pub(crate) const SERVE_PODMAN: &str = "podman system service --time=0 &";
/// This machine has no program that asks for a password.
pub(crate) const NO_POLKIT: &str = "this machine has no polkit, which would ask for your password";

/// No package is known for this system.
pub(crate) const INSTALL_BY_HAND: &str = if cfg!(target_os = "linux") {
    "install Docker or Podman with your system's packages (https://docs.docker.com/engine/install)"
} else if cfg!(target_os = "macos") {
    "install Docker Desktop, OrbStack, Rancher Desktop or Colima (`brew install colima docker && colima start`), and start it"
} else {
    "install Docker Desktop (https://docs.docker.com/desktop), and start it"
};

/// How an engine is installed. With `joins`, the person joins its group.
pub(crate) fn to_install(name: &str, command: &str, joins: bool) -> String {
    let group = "the group `docker` lets you use it, and gives you root's power on this machine";
    let then = if joins { format!("; {group}. Then log out and in again") } else { String::new() };
    format!("install {name}: `{command}`{then}")
}

/// The person has joined the group, and programs of this session do not have it.
pub(crate) fn log_in_again(group: &str) -> String {
    format!(
        "log out and in again, and start Orchest Desktop; if that does not help, restart the machine. Without logging out, \
         `sg {group} -c orchest-desktop` in a terminal starts it with the group, and only that program"
    )
}

/// A part of the set-up failed.
pub(crate) fn setup_failed(name: &str) -> String {
    if name == "docker" {
        format!("you could not be added to the group `{name}`")
    } else {
        format!("{name} could not be installed")
    }
}
