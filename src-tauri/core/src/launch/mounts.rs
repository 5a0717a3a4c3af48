//! How a folder is mounted into server and kernels, and what the engine says where it cannot be: pure, but for one look
//! at what is mounted on this machine ([`mounted`]).

use std::path::{Component, Path};

use crate::engine::spec::Mount;
use crate::launch::kept::SETTINGS;
use crate::launch::plan::{FOLDER, HOME};
use crate::words::error::Error;

/// Where images have what is theirs: a folder that was mounted there would hide it.
const SYSTEM: [&str; 15] = [
    "/bin", "/boot", "/dev", "/etc", "/lib", "/lib32", "/lib64", "/libx32", "/opt", "/proc", "/sbin", "/sys", "/usr",
    "/var", "/run",
];
/// The same, with what is below them left to people.
const THEIRS_INSIDE: [&str; 3] = ["/tmp", "/root", "/home"];
/// Below these are drives, although they are in a place of the system's.
const DRIVES: [&str; 1] = ["/run/media"];

/// The mounts of a pipeline's folder: at `/notebooks`, and at its own path, so that an absolute link in the folder, or an
/// absolute path in a notebook, leads to the same file as on the person's machine. `follows`: what is mounted into the
/// folder later is seen, too.
pub fn of_folder(folder: &str, follows: bool) -> Vec<Mount> {
    let at = |target: &str| Mount {
        source: folder.to_owned(),
        target: target.to_owned(),
        read_only: false,
        volume: None,
        follows,
    };
    let mut mounts = vec![at(FOLDER)];
    mounts.extend(has_own_path(folder).then(|| at(folder)));
    mounts
}

/// Whether the folder is at its own path, too: where that hides nothing of an image.
pub fn has_own_path(folder: &str) -> bool {
    let path = Path::new(folder);
    let plain = path.components().all(|part| matches!(part, Component::RootDir | Component::Normal(_)));
    let ours = [FOLDER, HOME, SETTINGS].map(Path::new);
    folder.starts_with('/')
        && plain
        && path.components().count() > 1
        && !ours.iter().any(|ours| ours.starts_with(path) || path.starts_with(ours))
        && !THEIRS_INSIDE.iter().any(|place| path == Path::new(place))
        && (DRIVES.iter().any(|place| path.starts_with(place) && path != Path::new(place))
            || !SYSTEM.iter().any(|place| path.starts_with(place)))
}

/// One line of `/proc/self/mountinfo`, as proc(5) describes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mounted {
    /// What is mounted in it later is seen in mounts that were made of it.
    pub shared: bool,
    /// The kind of its file system, such as `ext4`, `fuse.sshfs`, `nfs4`.
    pub kind: String,
}

/// The mount that a path is in, from the text of a mountinfo.
pub fn mount_of(path: &Path, mountinfo: &str) -> Option<Mounted> {
    let lines = mountinfo.lines().filter_map(|line| {
        let mut fields = line.split(' ').skip(4);
        let point = unescaped(fields.next()?);
        let mut rest = fields.skip(1);
        let shared = rest
            .by_ref()
            .take_while(|field| *field != "-")
            .fold(false, |shared, field| shared || field.starts_with("shared:") || field.starts_with("master:"));
        let kind = rest.next()?.to_owned();
        path.starts_with(&point).then(|| (Path::new(&point).components().count(), Mounted { shared, kind }))
    });
    // Of two at one point the later hides the earlier.
    lines.max_by_key(|(depth, _)| *depth).map(|(_, mounted)| mounted)
}

/// Spaces and the like are written as `\040`.
fn unescaped(field: &str) -> String {
    let mut parts = field.split('\\');
    let mut text = parts.next().unwrap_or_default().as_bytes().to_vec();
    for part in parts {
        match part.get(..3).and_then(|code| u8::from_str_radix(code, 8).ok()) {
            Some(byte) => {
                text.push(byte);
                text.extend(part.bytes().skip(3));
            }
            None => {
                text.push(b'\\');
                text.extend(part.bytes());
            }
        }
    }
    String::from_utf8_lossy(&text).into_owned()
}

/// Whether the engine refused a container because its machine hands no later mounts on. It has no code for this but its
/// words.
pub fn hands_no_mounts_on(reason: &str) -> bool {
    reason.contains("is not a shared or slave mount") || reason.contains("is not a shared mount")
}

/// What the engine means where it cannot mount one of `sources`. `mounted` tells what a path is in, where that is known.
pub fn refusal(reason: &str, sources: &[&str], mounted: impl Fn(&Path) -> Option<Mounted>) -> Option<Error> {
    let lower = reason.to_lowercase();
    let source = sources.iter().filter(|source| reason.contains(**source)).max_by_key(|source| source.len())?;
    let kind = mounted(Path::new(source)).map(|mounted| mounted.kind).unwrap_or_default();
    let absent = lower.contains("bind source path does not exist");
    let denied = lower.contains("mount") && lower.contains("permission denied");
    let broken = lower.contains("transport endpoint is not connected") || lower.contains("stale file handle");
    let (message, hint) = if broken {
        (
            format!("`{source}` does not answer: whatever serves it ({}) has gone away", or_unknown(&kind)),
            "mount it again, and launch again".to_owned(),
        )
    } else if absent {
        (
            format!("the engine does not see `{source}`"),
            "check that the folder is still there; an engine in a virtual machine sees only the folders that are shared \
             with it: add this one in its settings"
                .to_owned(),
        )
    } else if denied && kind.starts_with("fuse") {
        (
            format!("the engine may not look into `{source}`: it is mounted by FUSE ({kind}) for you alone"),
            "mount it again with the option `allow_other` (`-o allow_other`, and a line `user_allow_other` in \
             /etc/fuse.conf), or copy the folder to a disk of this machine"
                .to_owned(),
        )
    } else if denied && kind.starts_with("nfs") {
        (
            format!("the engine may not look into `{source}`: its share keeps this machine's root out (root_squash)"),
            "let others pass each folder above it (`chmod o+x`), use a rootless engine, have the share exported with \
             `no_root_squash`, or copy the folder to a disk of this machine"
                .to_owned(),
        )
    } else if denied {
        (
            format!("the engine may not look into `{source}`"),
            "it runs as another user than you: a network or FUSE mount may let in you alone (`allow_other`, \
             `no_root_squash`); let it in, use a rootless engine, or copy the folder to a disk of this machine"
                .to_owned(),
        )
    } else {
        return None;
    };
    Some(Error::Folder { message, hint })
}

fn or_unknown(kind: &str) -> &str {
    if kind.is_empty() { "a network or FUSE mount" } else { kind }
}

/// The mount that a path is in, as this process sees it; unknown on systems that do not tell.
pub fn mounted(path: &Path) -> Option<Mounted> {
    platform::mountinfo().and_then(|text| mount_of(path, &text))
}

#[cfg(target_os = "linux")]
mod platform {
    pub fn mountinfo() -> Option<String> {
        let text = std::fs::read("/proc/self/mountinfo").ok()?;
        Some(String::from_utf8_lossy(&text).into_owned())
    }
}

#[cfg(not(target_os = "linux"))]
mod platform {
    pub fn mountinfo() -> Option<String> {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_is_at_its_own_path_where_that_hides_nothing_of_an_image() {
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
    fn a_mountinfo_tells_what_a_path_is_in() {
        let text = "22 27 0:21 / /proc rw,relatime - proc proc rw\n\
                    27 1 254:0 / / rw,relatime shared:1 - ext4 /dev/vda rw\n\
                    46 27 0:40 / /home/ada/my\\040drive rw,nosuid - fuse.sshfs ada@host:/ rw,user_id=1000\n\
                    47 27 0:41 / /mnt rw master:3 propagate_from:2 - nfs4 host:/x rw\n\
                    48 47 0:42 / /mnt rw - tmpfs none rw\n";
        let table = [
            ("/home/ada/notes", true, "ext4"),
            ("/home/ada/my drive/notes", false, "fuse.sshfs"),
            ("/home/ada/my drive2", true, "ext4"),
            ("/mnt/a", false, "tmpfs"),
        ];
        for (path, shared, kind) in table {
            let wanted = Mounted { shared, kind: kind.to_owned() };
            assert_eq!(mount_of(Path::new(path), text), Some(wanted), "{path}");
        }
        assert_eq!(mount_of(Path::new("/a"), "nonsense\n1 2 3\n\\9"), None);
        let fifth = mount_of(Path::new("/mnt/a"), &text.lines().take(4).collect::<Vec<_>>().join("\n"));
        assert!(fifth.is_some_and(|mounted| mounted.shared), "a mount that follows another");
    }

    #[test]
    fn the_engines_words_have_a_remedy() {
        let folder = "/home/ada/drive";
        let of = |reason: &str, kind: &str| {
            let mounted = |_: &Path| Some(Mounted { shared: false, kind: kind.to_owned() });
            refusal(reason, &["/home/ada", folder], mounted).map(|error| error.failure())
        };
        let denied = "invalid mount config for type \"bind\": stat /home/ada/drive: permission denied";
        let table = [
            (denied, "fuse.sshfs", "FUSE (fuse.sshfs) for you alone", "allow_other"),
            (denied, "nfs4", "root_squash", "chmod o+x"),
            (denied, "ext4", "may not look into `/home/ada/drive`", "no_root_squash"),
            (
                "invalid mount config for type \"bind\": bind source path does not exist: /home/ada/drive",
                "",
                "see",
                "shared",
            ),
            ("stat /home/ada/drive: transport endpoint is not connected", "fuse.sshfs", "gone away", "mount it again"),
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
