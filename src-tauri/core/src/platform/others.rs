//! Checks that other users of this machine cannot change a file, and closes folders to them.
//!
//! A kernelspec is a command that the gateway runs, so nobody else may be able to change it. Its files, the folders above
//! them and the links on the way must belong to the person or to root, and must not be writable for others. On Windows
//! the folders of a profile are closed by the system, and nothing is checked.

use std::fs;
use std::io;
use std::path::Path;

/// A problem with a file, and its remedy.
pub type Problem = (String, String);

/// Creates a folder of the app that is closed to others, whatever the umask. Closes an existing folder of the person.
pub fn closed_folder(path: &Path) -> io::Result<()> {
    platform::make(path)?;
    platform::close(path, 0o077)
}

/// Removes other users' right to write into a folder of the person, and leaves their other rights.
pub fn not_written_by_others(path: &Path) -> io::Result<()> {
    platform::close(path, 0o022)
}

/// Checks that nobody else can change the target of a path. Otherwise returns the problem and its remedy. A missing target
/// is fine.
pub fn nobody_else_changes(path: &Path) -> Result<(), Problem> {
    platform::check(path)
}

#[cfg(unix)]
mod platform {
    use std::collections::VecDeque;
    use std::ffi::OsString;
    use std::fs::Metadata;
    use std::os::unix::fs::{DirBuilderExt, MetadataExt, PermissionsExt};
    use std::path::{Component, PathBuf};

    use super::*;
    use crate::words::file as words;
    use crate::words::names::display_path;

    /// The most links that Linux follows in one path.
    const LINKS: usize = 40;
    const STICKY: u32 = 0o1000;

    pub fn make(path: &Path) -> io::Result<()> {
        fs::DirBuilder::new().recursive(true).mode(0o700).create(path)
    }

    pub fn close(path: &Path, bits: u32) -> io::Result<()> {
        let found = fs::metadata(path)?;
        let mode = found.permissions().mode() & 0o7777;
        if mode & bits == 0 || found.uid() != rustix::process::geteuid().as_raw() {
            return Ok(());
        }
        fs::set_permissions(path, fs::Permissions::from_mode(mode & !bits))
    }

    pub fn check(path: &Path) -> Result<(), Problem> {
        let mut places = way_to(path);
        let Some((last, found)) = places.pop() else { return Ok(()) };
        for (place, found) in &places {
            // In a sticky folder such as /tmp, others cannot change the person's files.
            let shared = found.is_symlink() || found.mode() & STICKY != 0;
            look(place, found, shared)?;
        }
        // A broken link is the last part itself, and its mode has no meaning.
        look(&last, &found, found.is_symlink())
    }

    /// Every folder and link on the way to the target of a path, and the target itself.
    fn way_to(path: &Path) -> Vec<(PathBuf, Metadata)> {
        let parts = |path: &Path| path.components().map(|part| part.as_os_str().to_owned()).collect::<Vec<OsString>>();
        let path = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
        let mut rest: VecDeque<OsString> = parts(&path).into();
        let (mut at, mut way, mut links) = (PathBuf::new(), Vec::new(), 0);
        while let Some(part) = rest.pop_front() {
            match Path::new(&part).components().next() {
                Some(Component::ParentDir) => {
                    at.pop();
                    continue;
                }
                Some(Component::CurDir) | None => continue,
                Some(_) => {}
            }
            let next = at.join(&part);
            let Ok(found) = fs::symlink_metadata(&next) else { return way };
            if found.is_symlink() {
                links += 1;
                let Ok(target) = fs::read_link(&next) else { return way };
                if links > LINKS {
                    return way;
                }
                if target.is_absolute() {
                    at = PathBuf::new();
                }
                for part in parts(&target).into_iter().rev() {
                    rest.push_front(part);
                }
            } else {
                at.clone_from(&next);
            }
            way.push((next, found));
        }
        way
    }

    fn look(place: &Path, found: &Metadata, shared: bool) -> Result<(), Problem> {
        let me = rustix::process::geteuid().as_raw();
        let path = display_path(place);
        let mode = found.mode() & 0o7777;
        if found.uid() != me && found.uid() != 0 {
            return Err(words::owned_by(&path, found.uid()));
        }
        if shared {
            return Ok(());
        }
        if mode & 0o002 != 0 {
            return Err(words::open_to_all(&path, mode));
        }
        if mode & 0o020 != 0 && (!is_own_group(found.gid(), me) || has_acl(place)) {
            return Err(words::open_to_group(&path, found.gid(), mode));
        }
        Ok(())
    }

    fn is_own_group(gid: u32, me: u32) -> bool {
        let read = |path: &str| fs::read_to_string(path).unwrap_or_default();
        is_own(gid, me, &read("/etc/passwd"), &read("/etc/group"))
    }

    /// Whether the group has the person's or root's name and no other member: most systems give each user one (`passwd(5)`,
    /// `group(5)`). A group that is not in these files may have any members.
    pub(super) fn is_own(gid: u32, me: u32, passwd: &str, group: &str) -> bool {
        let fields = |line: &str| line.split(':').map(str::to_owned).collect::<Vec<_>>();
        let users: Vec<_> = passwd.lines().map(fields).filter(|user| user.len() > 3).collect();
        let Some(my_name) = users.iter().find(|user| user[2] == me.to_string()).map(|user| user[0].clone()) else {
            return false;
        };
        let Some(group) = group.lines().map(fields).find(|group| group.get(2) == Some(&gid.to_string())) else {
            return false;
        };
        let trusted = |name: &str| name.is_empty() || name == my_name || name == "root";
        let members = group.get(3).cloned().unwrap_or_default();
        let whose_first = users.iter().filter(|user| user[3] == gid.to_string()).all(|user| trusted(&user[0]));
        (group[0] == my_name || gid == 0) && whose_first && members.split(',').all(trusted)
    }

    /// An access control list may name any user; the group's bits are then the limit of their rights (`acl(5)`).
    #[cfg(target_os = "linux")]
    fn has_acl(place: &Path) -> bool {
        rustix::fs::getxattr(place, "system.posix_acl_access", &mut [0_u8; 0][..]).is_ok_and(|length| length > 0)
    }

    #[cfg(not(target_os = "linux"))]
    fn has_acl(_place: &Path) -> bool {
        false
    }
}

#[cfg(not(unix))]
mod platform {
    use super::*;

    pub fn make(path: &Path) -> io::Result<()> {
        fs::create_dir_all(path)
    }

    pub fn close(_path: &Path, _bits: u32) -> io::Result<()> {
        Ok(())
    }

    pub fn check(_path: &Path) -> Result<(), Problem> {
        Ok(())
    }
}

#[cfg(all(test, unix))]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::os::unix::fs::{PermissionsExt, symlink};

    use super::*;

    fn set(path: &Path, mode: u32) {
        fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
    }

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).unwrap().permissions().mode() & 0o7777
    }

    #[test]
    fn a_folder_of_the_app_is_closed_whatever_its_permissions_were() {
        let home = tempfile::tempdir().unwrap();
        let folder = home.path().join("deep/folder");
        closed_folder(&folder).unwrap();
        assert_eq!((mode(&folder), mode(&home.path().join("deep"))), (0o700, 0o700));
        set(&folder, 0o777);
        closed_folder(&folder).unwrap();
        assert_eq!(mode(&folder), 0o700);
        set(&folder, 0o2775);
        not_written_by_others(&folder).unwrap();
        assert_eq!(mode(&folder), 0o2755);
    }

    #[test]
    fn a_file_that_others_can_change_is_reported_with_its_path_and_the_remedy() {
        let home = tempfile::tempdir().unwrap();
        let (folder, file) = (home.path().join("a/b"), home.path().join("a/b/kernel.json"));
        fs::create_dir_all(&folder).unwrap();
        fs::write(&file, "").unwrap();
        for (path, usual) in [(&file, 0o644), (&folder, 0o755), (&home.path().join("a"), 0o755)] {
            for bad in [0o777, 0o707] {
                set(path, bad);
                let (message, hint) = nobody_else_changes(&file).unwrap_err();
                assert!(message.contains(&format!("every user of this machine (mode 0{bad:o})")), "{message}");
                assert_eq!(hint, format!("run `chmod go-w '{}'`", path.display()));
            }
            set(path, usual);
            nobody_else_changes(&file).unwrap();
        }
        // Others can add files to a sticky folder, but cannot rename or remove the person's.
        set(&home.path().join("a"), 0o1777);
        nobody_else_changes(&file).unwrap();
        assert!(nobody_else_changes(&home.path().join("a")).is_err(), "they can add kernelspecs to it");
        nobody_else_changes(&home.path().join("nowhere/at all")).unwrap();
    }

    #[test]
    fn a_link_to_a_place_that_others_can_write_is_refused() {
        let home = tempfile::tempdir().unwrap();
        let (open, mine) = (home.path().join("open"), home.path().join("mine"));
        fs::create_dir(&open).unwrap();
        fs::create_dir(&mine).unwrap();
        fs::write(open.join("target"), "").unwrap();
        symlink("../open/target", mine.join("to file")).unwrap();
        symlink(&open, mine.join("to folder")).unwrap();
        symlink("to folder/target", mine.join("to link")).unwrap();
        symlink("to itself", mine.join("to itself")).unwrap();
        for link in ["to file", "to folder", "to link"] {
            nobody_else_changes(&mine.join(link)).unwrap();
        }
        set(&open, 0o777);
        for link in ["to file", "to folder", "to link"] {
            assert!(nobody_else_changes(&mine.join(link)).is_err(), "{link}");
        }
        nobody_else_changes(&mine.join("to itself")).unwrap();
    }

    #[test]
    fn a_group_is_the_persons_own_by_name_and_members() {
        let passwd =
            "root:x:0:0::/root:/bin/sh\nada:x:1000:1000::/home/ada:/bin/sh\nbob:x:1001:100::/home/bob:/bin/sh\n";
        let group = "root:x:0:\nada:x:1000:\nusers:x:100:ada\nlab:x:2000:ada,bob\n";
        let own = |gid, me| platform::is_own(gid, me, passwd, group);
        assert!(own(1000, 1000) && own(0, 0) && own(0, 1000));
        assert!(!own(100, 1000) && !own(2000, 1000) && !own(1000, 1001) && !own(5, 1000) && !own(1000, 77));
        let with = |members| platform::is_own(1000, 1000, passwd, &format!("ada:x:1000:{members}\n"));
        assert!(with("ada") && with("root,ada") && !with("bob"));
    }
}
