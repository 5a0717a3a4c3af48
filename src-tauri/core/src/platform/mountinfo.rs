//! The mounts of this machine. Pure, except [`mounted`].

use std::path::Path;

/// One line of `/proc/self/mountinfo`, as proc(5) describes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mounted {
    /// Mounts that were made of it also see file systems that are mounted in it later.
    pub shared: bool,
    /// The type of its file system, such as `ext4`, `fuse.sshfs`, `nfs4`.
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
    // A later mount hides an earlier one at the same path.
    lines.max_by_key(|(depth, _)| *depth).map(|(_, mounted)| mounted)
}

/// Decodes spaces and similar characters, which are written as `\040`.
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

/// The mount that a path is in, as this process sees it. `None` on systems without this information.
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
    fn the_mount_of_a_path_is_found_in_a_mountinfo() {
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
}
