//! The system calls that gateway, server and kernels may make: `etc/seccomp.json`, with which no file gets a setuid or
//! setgid bit.
//!
//! Such a file in the person's folder would run with the person's rights for every user of the machine. The list takes
//! the place of the engine's own, so it allows nothing that the one of Docker 20.10 refuses. Calls are named, and an
//! engine ignores the names that it does not know.
//!
//! - A call that takes a mode is allowed if the mode has neither bit. `open` and `openat` read their mode only if they
//!   create a file.
//! - `openat2` has its mode in memory, where a filter cannot look. It is not there at all (ENOSYS), and programs
//!   fall back on `openat`.
//! - Linux removes both bits from the mode of `mkdir`. A folder still inherits setgid from its parent.
//! - `io_uring` opens files past any filter, and is refused.
//! - `ptrace` is allowed from Linux 4.8 on, as Docker does it, and with it the calls that read and write the memory of
//!   another process.
//!
//! Format: Docker's "Seccomp security profiles", and moby's `profiles/seccomp/seccomp.go`.

use std::io::Write;
use std::path::Path;

use crate::engine::CallLists;
use crate::words::error::{Error, Result};

const PROFILE: &str = include_str!("../../../../etc/seccomp.json");

/// The list as an option of a container, if the engine takes one. `file`: where an engine finds it that reads a file.
///
/// # Errors
/// The file cannot be written.
pub fn security_opt(lists: CallLists, file: &Path) -> Result<Option<String>> {
    match lists {
        CallLists::Never => Ok(None),
        CallLists::InTheRequest => Ok(Some(format!("seccomp={}", without_space(PROFILE)))),
        CallLists::FromAFile => {
            written(file).map_err(|source| Error::Io { what: "write".to_owned(), path: file.to_owned(), source })?;
            Ok(Some(format!("seccomp={}", file.display())))
        }
    }
}

/// Replaces the file as a whole, as another launch may read it at this moment, and only if it differs.
fn written(file: &Path) -> std::io::Result<()> {
    if std::fs::read(file).is_ok_and(|found| found == PROFILE.as_bytes()) {
        return Ok(());
    }
    let folder = file.parent().unwrap_or(Path::new("."));
    std::fs::create_dir_all(folder)?;
    let mut new = tempfile::NamedTempFile::new_in(folder)?;
    new.write_all(PROFILE.as_bytes())?;
    new.persist(file).map(drop).map_err(|error| error.error)
}

/// JSON without the white space between its parts, since it is sent with each container.
fn without_space(json: &str) -> String {
    json.chars().filter(|char| !char.is_ascii_whitespace()).collect()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    const SETUID: u64 = 0o4000;
    const SETGID: u64 = 0o2000;
    /// `O_CREAT`, and the bit of `O_TMPFILE` that is its own, on all platforms of the list.
    const MAKES: u64 = 0o100 | 0o20_000_000;

    fn profile() -> Value {
        let option = security_opt(CallLists::InTheRequest, Path::new("")).unwrap().unwrap();
        serde_json::from_str(option.strip_prefix("seccomp=").unwrap()).unwrap()
    }

    #[test]
    fn an_engine_that_reads_a_file_finds_the_list_there() {
        let data = tempfile::tempdir().unwrap();
        let file = data.path().join("data/seccomp.json");
        for found in [None, Some("cut"), Some(PROFILE)] {
            if let Some(found) = found {
                std::fs::write(&file, found).unwrap();
            }
            let option = security_opt(CallLists::FromAFile, &file).unwrap();
            assert_eq!(option, Some(format!("seccomp={}", file.display())));
            assert_eq!(std::fs::read_to_string(&file).unwrap(), PROFILE);
        }
        assert!(security_opt(CallLists::FromAFile, Path::new("/dev/null/seccomp.json")).is_err());
        assert_eq!(security_opt(CallLists::Never, &file).unwrap(), None);
    }

    /// What becomes of a call: allowed, or refused with this error.
    fn refused(call: &str, args: [u64; 6]) -> Option<u64> {
        let profile = profile();
        let holds = |arg: &Value| {
            let found = args[arg["index"].as_u64().unwrap() as usize];
            let value = arg["value"].as_u64().unwrap();
            match arg["op"].as_str().unwrap() {
                "SCMP_CMP_MASKED_EQ" => found & value == arg["valueTwo"].as_u64().unwrap(),
                "SCMP_CMP_EQ" => found == value,
                "SCMP_CMP_NE" => found != value,
                other => panic!("{other}"),
            }
        };
        let rules = profile["syscalls"].as_array().unwrap().iter();
        let mut refusal = Some(profile["defaultErrnoRet"].as_u64().unwrap());
        for rule in rules.filter(|rule| rule["includes"]["arches"].is_null()) {
            if !rule["names"].as_array().unwrap().contains(&json!(call)) {
                continue;
            }
            let all = rule["args"].as_array().is_none_or(|args| args.iter().all(holds));
            match rule["action"].as_str().unwrap() {
                "SCMP_ACT_ALLOW" if all => return None,
                "SCMP_ACT_ALLOW" => {}
                "SCMP_ACT_ERRNO" => refusal = rule["errnoRet"].as_u64(),
                other => panic!("{other}"),
            }
        }
        refusal
    }

    #[test]
    fn no_call_makes_a_file_setuid_or_setgid() {
        let modes = [
            ("chmod", 1),
            ("fchmod", 1),
            ("fchmodat", 2),
            ("fchmodat2", 2),
            ("creat", 1),
            ("mknod", 1),
            ("mknodat", 2),
        ];
        for (call, at) in modes {
            for bits in [SETUID, SETGID, SETUID | SETGID] {
                let mut args = [u64::MAX; 6];
                args[at] = 0o100_755 | bits;
                assert_eq!(refused(call, args), Some(1), "{call} {bits:o}");
                // The kernel of Linux looks at the lowest 16 bits alone.
                args[at] |= 0xffff_0000_0000_0000;
                assert_eq!(refused(call, args), Some(1), "{call} {bits:o}");
            }
            let mut args = [0; 6];
            args[at] = 0o101_777;
            assert_eq!(refused(call, args), None, "{call}");
        }
        for (call, flags) in [("open", 1), ("openat", 2)] {
            for makes in [0o100, 0o20_200_000, 0o102] {
                let mut args = [0; 6];
                (args[flags], args[flags + 1]) = (makes, 0o755 | SETUID);
                assert_eq!(refused(call, args), Some(1), "{call} {makes:o}");
                args[flags + 1] = 0o666;
                assert_eq!(refused(call, args), None, "{call} {makes:o}");
            }
            // Where no file is made, the mode is whatever was there before.
            let mut args = [u64::MAX; 6];
            args[flags] = !MAKES;
            assert_eq!(refused(call, args), None, "{call}");
        }
        assert_eq!(refused("openat2", [0; 6]), Some(38), "as on a system that has no such call");
    }

    #[test]
    fn calls_that_a_filter_cannot_follow_or_the_engine_refuses_are_refused() {
        for call in [
            "io_uring_setup",
            "io_uring_enter",
            "io_uring_register",
            "open_by_handle_at",
            "mount",
            "umount2",
            "unshare",
            "setns",
            "bpf",
            "perf_event_open",
            "keyctl",
            "add_key",
            "request_key",
            "userfaultfd",
            "kexec_load",
            "init_module",
            "reboot",
            "chroot",
            "pivot_root",
            "open_tree",
            "move_mount",
            "fsopen",
            "mount_setattr",
            "quotactl",
            "swapon",
            "syslog",
            "file_setattr",
            "a call of the future",
        ] {
            assert!(refused(call, [0; 6]).is_some(), "{call}");
        }
        const NEW_USER_NAMESPACE: u64 = 0x1000_0000;
        assert!(refused("clone", [NEW_USER_NAMESPACE, 0, 0, 0, 0, 0]).is_some());
        assert_eq!(refused("clone", [0x3d_0f00, 0, 0, 0, 0, 0]), None, "a thread");
        assert_eq!(refused("clone3", [0; 6]), Some(38), "the C library falls back on `clone`");
        const VSOCK: u64 = 40;
        assert!(refused("socket", [VSOCK, 1, 0, 0, 0, 0]).is_some());
        assert_eq!(refused("socket", [2, 1, 0, 0, 0, 0]), None);
    }

    #[test]
    fn the_list_holds_for_every_way_of_the_machine_to_make_a_call() {
        let profile = profile();
        assert_eq!(profile["defaultAction"], "SCMP_ACT_ERRNO", "a refusal that programs can read, and no kill");
        let of = |name: &str| {
            let all = profile["archMap"].as_array().unwrap();
            all.iter().find(|map| map["architecture"] == name).unwrap()["subArchitectures"].clone()
        };
        assert_eq!(of("SCMP_ARCH_X86_64"), json!(["SCMP_ARCH_X86", "SCMP_ARCH_X32"]));
        assert_eq!(of("SCMP_ARCH_AARCH64"), json!(["SCMP_ARCH_ARM"]));
        assert!(without_space(PROFILE).len() < 8_000, "it is sent with each kernel");
    }
}
