//! How a folder is mounted into server and kernels, and what an engine's refusal of a mount means. Pure.

use std::path::Path;

use crate::engine::EngineFacts;
use crate::engine::spec::{Mount, is_unmountable};
use crate::folder::inside::{FOLDER, has_own_path};
use crate::platform::mountinfo::Mounted;
use crate::words::error::{Error, Result};
use crate::words::mount as words;

/// The mounts of a pipeline's folder: at `/notebooks`, and at its own path, so that an absolute link in the folder, or an
/// absolute path in a notebook, leads to the same file as on the person's machine. `follows`: the containers also see
/// file systems that are mounted in the folder later.
pub fn of_folder(folder: &str, follows: bool) -> Vec<Mount> {
    let at = |target: &str| Mount {
        source: folder.to_owned(),
        target: target.to_owned(),
        read_only: false,
        volume: None,
        subpath: None,
        follows,
    };
    let mut mounts = vec![at(FOLDER)];
    mounts.extend(has_own_path(folder).then(|| at(folder)));
    mounts
}

/// # Errors
/// The engine can mount one of these paths in no form.
pub fn possible(engine: &EngineFacts, paths: &[&Path]) -> Result<()> {
    let path = paths.iter().find(|path| engine.unquoted_mounts && is_unmountable(&path.to_string_lossy()));
    path.map_or(Ok(()), |path| Err(words::unmountable(&engine.name, &path.display().to_string())))
}

/// Whether the engine refused a container because its machine does not pass later mounts on. The engine has no code for
/// this, only a message.
pub fn hands_no_mounts_on(reason: &str) -> bool {
    reason.contains("is not a shared or slave mount") || reason.contains("is not a shared mount")
}

/// The error that an engine's refusal means, if it could not mount one of `sources`. `folder`: the one that was launched;
/// the others are this program's own. `mounted`: the file system of a path, if it is known.
pub fn refusal(
    reason: &str,
    sources: &[&str],
    folder: &str,
    mounted: impl Fn(&Path) -> Option<Mounted>,
) -> Option<Error> {
    let lower = reason.to_lowercase();
    let source = sources.iter().filter(|source| reason.contains(**source)).max_by_key(|source| source.len())?;
    let kind = mounted(Path::new(source)).map(|mounted| mounted.kind).unwrap_or_default();
    // Podman and its runtime name the system's call instead of the mount.
    let at_it = |end: &str| {
        lower.contains(end) && ["mount", "stat ", "statfs ", "stat `", "open `"].iter().any(|word| lower.contains(word))
    };
    let absent = lower.contains("bind source path does not exist")
        || (lower.contains("stat") && at_it("no such file or directory"));
    let denied = at_it("permission denied");
    let broken = lower.contains("transport endpoint is not connected") || lower.contains("stale file handle");
    Some(if broken {
        words::silent(source, &kind)
    } else if absent {
        words::unseen(source)
    } else if denied && *source != folder {
        words::own_files_denied(source)
    } else if denied && kind.starts_with("fuse") {
        words::denied_by_fuse(source, &kind)
    } else if denied && kind.starts_with("nfs") {
        words::denied_by_nfs(source)
    } else if denied {
        words::denied(source)
    } else {
        return None;
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_is_at_its_own_path_unless_that_hides_a_folder_of_an_image() {
        let own = [
            "/home/ada/notes",
            "/home/ada",
            "/Users/ada/notes",
            "/tmp/x",
            "/root/x",
            "/srv",
            "/data",
            "/mnt/usb/a b",
            "/run/media/ada/USB/notes",
            "/volume1/notes",
            "/notebooks2",
        ];
        for folder in own {
            let mounts = of_folder(folder, false);
            let targets: Vec<_> = mounts.iter().map(|mount| mount.target.as_str()).collect();
            assert_eq!(targets, [FOLDER, folder]);
            assert!(mounts.iter().all(|mount| mount.source == folder && !mount.read_only));
        }
        let not = [
            "/",
            "/notebooks",
            "/notebooks/a",
            "/home",
            "/home/orchest",
            "/home/orchest/a",
            "/tmp",
            "/root",
            "/usr/x",
            "/opt",
            "/opt/venv",
            "/etc/x",
            "/var/lib/x",
            "/run/user/1000/x",
            "/run/media",
            "C:\\Users\\ada",
            "notes",
            "/home/../etc",
        ];
        for folder in not {
            assert_eq!(of_folder(folder, true).len(), 1, "{folder}");
        }
    }

    #[test]
    fn each_refusal_of_a_mount_has_a_remedy() {
        let folder = "/home/ada/drive";
        let of = |reason: &str, kind: &str| {
            let mounted = |_: &Path| Some(Mounted { shared: false, kind: kind.to_owned() });
            refusal(reason, &["/home/ada/.local/share/orchest/gateways/1", folder], folder, mounted)
                .map(|error| error.failure())
        };
        let denied = "invalid mount config for type \"bind\": stat /home/ada/drive: permission denied";
        let table = [
            (denied, "fuse.sshfs", "FUSE (fuse.sshfs) for you alone", "allow_other"),
            (denied, "nfs4", "root_squash", "chmod o+x"),
            (denied, "ext4", "may not read `/home/ada/drive`", "no_root_squash"),
            (
                "invalid mount config for type \"bind\": bind source path does not exist: /home/ada/drive",
                "",
                "see",
                "shared",
            ),
            ("statfs /home/ada/drive: permission denied", "ext4", "may not read `/home/ada/drive`", "no_root_squash"),
            ("crun: open `/home/ada/drive`: Permission denied: OCI permission denied", "nfs", "root_squash", "o+x"),
            ("statfs /home/ada/drive: no such file or directory", "", "see", "shared"),
            (
                "statfs /home/ada/.local/share/orchest/gateways/1: permission denied",
                "nfs4",
                "this program's own files",
                "XDG_DATA_HOME",
            ),
            (
                "stat /home/ada/drive: transport endpoint is not connected",
                "fuse.sshfs",
                "lost its connection",
                "mount it again",
            ),
        ];
        for (reason, kind, message, hint) in table {
            let failure = of(reason, kind).unwrap_or_else(|| panic!("{reason}"));
            assert!(failure.message.contains(message) && failure.hint.contains(hint), "{reason}: {failure:?}");
            assert_eq!(failure.code, crate::FailureCode::Folder);
        }
        assert_eq!(of("no such image", "ext4"), None);
        assert_eq!(of("permission denied while trying to connect: /home/ada/drive", "ext4").map(|_| ()), None);
        assert!(hands_no_mounts_on("path /x is mounted on / but it is not a shared or slave mount"));
    }
}
