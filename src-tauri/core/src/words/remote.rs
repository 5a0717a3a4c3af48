//! The words for engines on other machines.

use std::path::Path;

use crate::words::engine;
use crate::words::error::Error;
use crate::words::plain_text;

// Addresses that cannot be used: the reason after "… names no engine that can be used".

/// The address is one of this machine.
pub(crate) fn is_here(endpoint: &str) -> String {
    format!("`{}` is a socket of this machine; ssh://HOST names an engine on another one", plain_text::name(endpoint))
}

/// The address has a scheme that leads nowhere.
pub(crate) fn unknown_scheme(endpoint: &str) -> String {
    format!("`{}` does not start with ssh:// or tcp://", plain_text::name(endpoint))
}

/// The address is none.
pub(crate) fn no_address(endpoint: &str) -> String {
    format!(
        "`{}` is no address; it looks like ssh://HOST, ssh://USER@HOST:PORT/path/of/docker.sock or tcp://HOST:PORT",
        plain_text::name(endpoint)
    )
}

/// The address has a password, which programs and logs would show.
pub(crate) fn has_password(host: &str) -> String {
    format!("the address of {} has a password; ssh takes keys", plain_text::name(host))
}

/// The path of the socket has letters that ssh would take for something else.
pub(crate) fn odd_socket(path: &str) -> String {
    format!("the socket `{}` has other characters than letters, digits and `/._-+@`", plain_text::name(path))
}

/// The engine's certificate is not to be checked.
pub(crate) fn unchecked(endpoint: &str) -> String {
    format!(
        "the certificate of `{}` would not be checked, so anybody in between could take the engine's place; give the \
         certificate of its authority: ca.pem in DOCKER_CERT_PATH, or `ca=` in `docker context update`",
        plain_text::name(endpoint)
    )
}

/// A file with a certificate or a key cannot be used.
pub(crate) fn bad_file(file: &Path, reason: &str) -> String {
    format!("`{}` cannot be used: {}", file.display(), plain_text::name(reason))
}

/// A file has no certificate in it.
pub(crate) const NO_CERTIFICATE: &str = "it has no certificate";
/// A key without its certificate, or the other way round.
pub(crate) const HALF_A_PAIR: &str = "a certificate and its key belong together, and the other file is missing";
/// The system's list of authorities is empty.
pub(crate) const NO_AUTHORITIES: &str = "this machine has no list of certificate authorities, and none is given";

/// The file that says which program carries a port cannot be used: "could not … `folder`".
pub(crate) const LOCK_WAY: &str = "say which ports are carried, in";

// Engines that are not reached.

/// ssh is not installed.
#[cfg(unix)]
pub(crate) fn no_ssh(error: &std::io::Error) -> String {
    format!("the program `ssh` cannot be run: {error}")
}

/// ssh brings sockets to sockets, which this system lacks.
#[cfg(not(unix))]
pub(crate) const NO_SOCKETS: &str =
    "on this system, an engine is reached by ssh only with a tcp:// address and a tunnel of yours";
/// ssh took too long, without a word.
#[cfg(unix)]
pub(crate) const SILENT_SSH: &str = "ssh did not get in, and gave no reason";
/// The engine took too long.
pub(crate) const LATE: &str = "it did not answer in time";

/// What ssh said, in one line: its last words, and a key that changed first of all.
#[cfg(unix)]
pub(crate) fn said_by_ssh(said: &str) -> String {
    let lines: Vec<_> = said.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    let last = lines.iter().rev().take(2).rev().copied().collect::<Vec<_>>().join(" ");
    let reason = if said.contains(CHANGED) { format!("{CHANGED}. {}", lines.last().unwrap_or(&"")) } else { last };
    plain_text::name(&reason).into_owned()
}

/// Whether ssh was refused the engine's socket.
#[cfg(unix)]
pub(crate) fn is_refused_socket(said: &str) -> bool {
    said.contains(REFUSED)
}

const REFUSED: &str = "open failed";
const CHANGED: &str = "REMOTE HOST IDENTIFICATION HAS CHANGED";

/// An engine reached by ssh does not answer. `target`: what a person gives to `ssh`. `said`: all that ssh said.
pub(crate) fn not_by_ssh(endpoint: &str, found_by: &str, target: &str, reason: &str, said: &str) -> Error {
    let said = |words: &str| said.contains(words) || reason.contains(words);
    let hint = if said(CHANGED) {
        format!(
            "somebody may be in between, or the machine was set up anew: ask whoever keeps it for the fingerprint of its \
             key. Only if it fits: `ssh-keygen -R` removes the old one, and `ssh {target}` asks you about the new one"
        )
    } else if said("Host key verification failed") || said("host key is known") {
        format!(
            "run `ssh {target}` once in a terminal, and compare the fingerprint that it shows with the one from whoever \
             keeps the machine"
        )
    } else if said("Permission denied (") || said("Too many authentication failures") {
        format!("`ssh {target}` has to get in without a password: `ssh-add` gives your key to the agent")
    } else if said(REFUSED) {
        format!(
            "name the engine's socket in the address, such as ssh://{target}/run/user/1000/docker.sock; there, your user \
             has to be allowed to use it (`ssh {target} docker version` shows whether), and sshd to forward to sockets \
             (AllowStreamLocalForwarding)"
        )
    } else {
        format!("`ssh {target}` in a terminal shows more; check the address, and whether the machine is on")
    };
    not_reached(endpoint, found_by, reason, hint)
}

/// An engine behind a port does not answer.
pub(crate) fn not_by_port(endpoint: &str, found_by: &str, tls: bool, reason: &str) -> Error {
    let lower = reason.to_ascii_lowercase();
    let said = |words: &[&str]| words.iter().any(|word| lower.contains(word));
    let hint = if said(&["unknownissuer", "badsignature"]) {
        "its certificate is from another authority: give the right one (ca.pem)"
    } else if said(&["not valid for name", "notvalidforname", "expired", "notvalidyet"]) {
        "use a name that its certificate has, or have it renewed"
    } else if said(&["certificaterequired", "certificate required", "bad certificate", "badcertificate", "unknownca"]) {
        "it lets in whom its authority has given a certificate: give yours (cert.pem and key.pem)"
    } else if said(&["alert", "invalidcontenttype", "corrupt message"]) && tls {
        "it may listen there without TLS: check the port (2376 with TLS, 2375 without)"
    } else if !tls {
        "check the address and the port (2376 with TLS, 2375 without), and whether the machine is on; with TLS, it needs \
         DOCKER_TLS_VERIFY and DOCKER_CERT_PATH, or a context with certificates"
    } else {
        "check the address and the port, and whether the machine is on"
    };
    not_reached(endpoint, found_by, &plain_text::name(reason), hint.to_owned())
}

fn not_reached(endpoint: &str, found_by: &str, reason: &str, hint: String) -> Error {
    let named = if found_by == endpoint { String::new() } else { engine::named_by(Some(found_by)) + "," };
    let message = format!("the engine at {}{named} is not reached: {reason}", plain_text::name(endpoint));
    Error::EngineNotReached { message, hint }
}

// What it is asked.

/// Learns the socket's group.
pub(crate) const FIND_SOCKET: &str = "find the engine's socket on its machine";

/// The container saw no socket there.
pub(crate) fn no_socket_at(paths: &[String]) -> String {
    format!("nothing is at {}", paths.join(" and "))
}

// Ports that are carried.

/// Listens on a port of this machine.
pub(crate) fn listen_on(port: u16) -> String {
    if port == 0 { "listen on".to_owned() } else { format!("listen on the port {port} of") }
}

/// Runs a program in a container.
pub(crate) fn run_in(container: &str) -> String {
    format!("run a program in the container `{container}`")
}

/// The engine ran it without its input and output.
pub(crate) const NOT_ATTACHED: &str = "it gave no stream";
/// What carried a connection has ended, as with its container or the engine's connection.
pub(crate) const RELAY_ENDED: &str = "the relay in the container ended";
