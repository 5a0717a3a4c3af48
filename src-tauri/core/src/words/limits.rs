//! The words for limits that an engine does not keep.

use crate::contract::limits::{AskedLimits, Keeps, Lack};

/// Memory, as something that is limited.
const MEMORY: &str = "memory";
/// CPUs, as something that is limited.
const CPUS: &str = "CPUs";
/// Processes, as something that is limited.
const PROCESSES: &str = "processes";

/// The limits that the engine does not keep, and why. `None` if it keeps them all.
pub(crate) fn unkept(keeps: Keeps) -> Option<(String, String)> {
    let lack = keeps.lacks?;
    let of = [(keeps.memory, MEMORY), (keeps.cpus, CPUS), (keeps.processes, PROCESSES)];
    Some((format!("{}: {}", none_on(&names(of)), reason(lack)), remedy(lack).to_owned()))
}

/// The limits that a kernelspec asks for and the engine does not keep.
pub(crate) fn unkept_of(asked: AskedLimits, keeps: Keeps) -> Option<String> {
    let of = [(keeps.memory || !asked.memory, MEMORY), (keeps.cpus || !asked.cpus, CPUS)];
    let names = names(of);
    (!names.is_empty()).then(|| none_on(&names))
}

/// The same for a launch, whose limits are also the person's.
pub(crate) fn unkept_of_launch(unkept: &str, kernelspec: &str) -> String {
    format!("{unkept}, which `{kernelspec}` or the settings ask for")
}

fn names<const N: usize>(of: [(bool, &'static str); N]) -> Vec<&'static str> {
    of.into_iter().filter_map(|(kept, name)| (!kept).then_some(name)).collect()
}

fn none_on(names: &[&str]) -> String {
    let names = match names {
        [rest @ .., last] if !rest.is_empty() => format!("{} and {last}", rest.join(", ")),
        _ => names.join(""),
    };
    format!("this engine keeps no limit on {names}")
}

/// Why an engine keeps no limits.
pub(crate) fn reason(lack: Lack) -> &'static str {
    match lack {
        Lack::Version2 => {
            "a person's own engine needs version 2 of the kernel's control groups, and this machine has version 1"
        }
        Lack::Session => "it was started without your systemd session, and has no control groups for its containers",
        Lack::Delegation => "this machine's systemd does not leave all controllers of control groups to you",
        Lack::Kernel => "its kernel lacks some controllers of control groups, or they are switched off",
    }
}

/// What makes it keep them.
pub(crate) fn remedy(lack: Lack) -> &'static str {
    match lack {
        Lack::Version2 => {
            "add `systemd.unified_cgroup_hierarchy=1` to the kernel's command line (`GRUB_CMDLINE_LINUX` in \
             `/etc/default/grub`, then `sudo update-grub`), and restart the machine"
        }
        Lack::Session => {
            "start it by systemd, in a session that you logged in to: `systemctl --user enable --now docker` or \
             `systemctl --user enable --now podman.socket`"
        }
        Lack::Delegation => {
            "run `sudo mkdir -p /etc/systemd/system/user@.service.d && printf '[Service]\\nDelegate=cpu cpuset io memory \
             pids\\n' | sudo tee /etc/systemd/system/user@.service.d/delegate.conf && sudo systemctl daemon-reload`, and \
             log out and in again"
        }
        Lack::Kernel => {
            "for memory, add `cgroup_enable=memory` to the kernel's command line and restart the machine; for CPUs, use a \
             kernel with `CONFIG_CFS_BANDWIDTH`"
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn a_limit_that_is_not_kept_is_named_with_its_reason() {
        assert_eq!(unkept(Keeps::ALL), None);
        let none = Keeps { memory: false, cpus: false, processes: false, figures: false, lacks: Some(Lack::Version2) };
        let (message, hint) = unkept(none).unwrap();
        assert!(
            message.starts_with("this engine keeps no limit on memory, CPUs and processes: a person's"),
            "{message}"
        );
        assert!(hint.contains("systemd.unified_cgroup_hierarchy=1"), "{hint}");
        let some = Keeps { cpus: false, lacks: Some(Lack::Delegation), ..Keeps::ALL };
        let (message, hint) = unkept(some).unwrap();
        assert!(message.starts_with("this engine keeps no limit on CPUs: "), "{message}");
        assert!(hint.contains("Delegate=cpu cpuset io memory pids"), "{hint}");
        for (asked, wanted) in [
            (AskedLimits::default(), None),
            (AskedLimits { memory: true, cpus: false }, None),
            (AskedLimits { memory: true, cpus: true }, Some("this engine keeps no limit on CPUs".to_owned())),
        ] {
            assert_eq!(unkept_of(asked, some), wanted, "{asked:?}");
        }
    }
}
