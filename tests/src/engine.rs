//! The engine, seen by its own command line: independent of the program's code.

use std::io::Write;
use std::os::unix::fs::MetadataExt;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::{SystemTime, UNIX_EPOCH};

use sha2::{Digest, Sha256};

/// The output of `docker` with these arguments, by lines.
///
/// # Panics
/// If it cannot be run, or fails.
#[allow(clippy::expect_used)]
pub fn docker(arguments: &[&str]) -> Vec<String> {
    let output = Command::new("docker").args(arguments).output().expect("the docker command line");
    assert!(output.status.success(), "docker {arguments:?} failed: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).lines().map(str::to_owned).collect()
}

/// The engine's socket.
pub fn socket() -> PathBuf {
    let host = std::env::var("DOCKER_HOST").unwrap_or_default();
    host.strip_prefix("unix://").unwrap_or("/var/run/docker.sock").into()
}

/// Whether the engine is rootless: its socket belongs to an ordinary user.
pub fn is_rootless() -> bool {
    std::fs::metadata(socket()).is_ok_and(|found| found.uid() != 0)
}

/// The version of Podman. `None` if the engine is another one.
pub fn podman() -> Option<String> {
    let format = "{{range .Server.Components}}{{.Name}};{{.Version}}\n{{end}}";
    let components = docker(&["version", "--format", format]);
    let version = components.iter().find_map(|component| component.strip_prefix("Podman Engine;"));
    version.map(str::to_owned)
}

/// The containers (running or not), networks and volumes of a launch, except those that outlive it.
pub fn left_of(launch: &str) -> Vec<String> {
    let filter = format!("label=org.orchest.launch={launch}");
    let mut left = docker(&["ps", "-a", "--filter", &filter, "--format", "{{.Names}}"]);
    left.extend(docker(&["network", "ls", "--filter", &filter, "--format", "{{.Name}}"]));
    // Podman 4 takes two filters for one or the other.
    let volumes =
        docker(&["volume", "ls", "--filter", &filter, "--format", "{{.Label \"org.orchest.attempt\"}} {{.Name}}"]);
    left.extend(
        volumes
            .iter()
            .filter_map(|volume| volume.split_once(' ').filter(|(attempt, _)| !attempt.is_empty()))
            .map(|(_, name)| name.to_owned()),
    );
    left
}

/// The names of a launch's running containers in one role.
pub fn in_role(launch: &str, role: &str) -> Vec<String> {
    let launch = format!("label=org.orchest.launch={launch}");
    let role = format!("label=org.orchest.role={role}");
    docker(&["ps", "--filter", &launch, "--filter", &role, "--format", "{{.Names}}"])
}

/// This moment, as the engine's list of events takes it.
///
/// # Panics
/// If the clock is before 1970.
#[allow(clippy::expect_used)]
pub fn moment() -> String {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).expect("a clock after 1970");
    format!("{}.{:09}", since.as_secs(), since.subsec_nanos())
}

/// The names of the containers that the engine created for a folder since a moment, ended ones among them, without the
/// prefix that all of the folder's containers have.
pub fn created_since(moment: &str, folder: &str) -> Vec<String> {
    let now = self::moment();
    let filters = ["--filter", "type=container", "--filter", "event=create", "--format", "{{.Actor.Attributes.name}}"];
    let names = docker(&[&["events", "--since", moment, "--until", &now][..], &filters].concat());
    let prefix = format!("orchest-{folder}-");
    let mut ours: Vec<String> = names.iter().filter_map(|name| name.strip_prefix(&prefix)).map(str::to_owned).collect();
    ours.sort();
    ours
}

/// The digest of a blob or manifest, as registries and engines name it.
pub fn digest(bytes: &[u8]) -> String {
    let hex: String = Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect();
    format!("sha256:{hex}")
}

/// Makes an image with one file of this name and size.
///
/// # Panics
/// If the engine does not take it.
#[allow(clippy::expect_used)]
pub fn make_image(name: &str, file: &str, size: usize) {
    let mut header = tar::Header::new_gnu();
    header.set_size(size as u64);
    header.set_mode(0o644);
    let contents: Vec<u8> = (0..size).map(|at| (at * 2_654_435_761) as u8 ^ file.len() as u8).collect();
    let mut archive = tar::Builder::new(Vec::new());
    archive.append_data(&mut header, file, contents.as_slice()).expect("a vector takes it");
    let mut command = Command::new("docker");
    command.args(["import", "--change", "CMD [\"/none\"]", "-", name]).stdin(Stdio::piped()).stdout(Stdio::null());
    let mut child = command.spawn().expect("the docker command line");
    let archive = archive.into_inner().expect("a vector takes it");
    child.stdin.take().expect("its input").write_all(&archive).expect("it reads");
    assert!(child.wait().expect("its end").success(), "{name} was not made");
}
