//! The engine, seen by its own command line: independent of the program's code.

use std::process::Command;

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

/// The containers (running or not), networks and volumes of a launch, except those that outlive it.
pub fn left_of(launch: &str) -> Vec<String> {
    let filter = format!("label=org.orchest.launch={launch}");
    let mut left = docker(&["ps", "-a", "--filter", &filter, "--format", "{{.Names}}"]);
    left.extend(docker(&["network", "ls", "--filter", &filter, "--format", "{{.Name}}"]));
    left.extend(docker(&["volume", "ls", "-q", "--filter", &filter, "--filter", "label=org.orchest.attempt"]));
    left
}

/// The names of a launch's running containers in one role.
pub fn in_role(launch: &str, role: &str) -> Vec<String> {
    let launch = format!("label=org.orchest.launch={launch}");
    let role = format!("label=org.orchest.role={role}");
    docker(&["ps", "--filter", &launch, "--filter", &role, "--format", "{{.Names}}"])
}

/// The digest of a blob or manifest, as registries and engines name it.
pub fn digest(bytes: &[u8]) -> String {
    let hex: String = Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect();
    format!("sha256:{hex}")
}
