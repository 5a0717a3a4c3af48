//! The user who runs the app, and the owner of the files that containers write.

use std::path::Path;

/// The owner of a launch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Owner {
    /// `user@host`.
    pub name: String,
    /// This process, by the name of its lock.
    pub process: String,
    /// The test run that this process belongs to, from `ORCHEST_TEST_RUN`.
    pub test: Option<String>,
}

/// The part of an owner's name for the machine.
pub fn host_of(name: &str) -> Option<&str> {
    name.rsplit_once('@').map(|(_, host)| host)
}

/// The user and group of a container's processes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Identity {
    /// The user's number inside the container.
    pub uid: u32,
    /// The group's number inside the container.
    pub gid: u32,
}

impl Identity {
    /// In Docker's form: `1000:1000`.
    pub fn as_user(self) -> String {
        format!("{}:{}", self.uid, self.gid)
    }
}

/// The owner of the files that server and kernels write: the person who runs the app. If that is root, the folder's
/// owner. On a rootless engine root, which the engine maps to the person.
pub fn identity(me: Identity, folder: Identity, rootless: bool) -> Identity {
    match (rootless, me.uid) {
        (true, _) => Identity { uid: 0, gid: 0 },
        (false, 0) => folder,
        (false, _) => me,
    }
}

/// Numbers that belong to no user or group by Linux's conventions: systemd's "Users, Groups, UIDs and GIDs", and Debian's
/// policy, 9.2.2. A user namespace of the usual size includes them.
const UNUSED: std::ops::RangeInclusive<u32> = 65520..=65531;

/// The user of the gateway, which may use the engine: the person. If the person is root, an unused number: the gateway
/// gets none of root's power, and no user's processes can signal it. On a rootless engine the person, who is root there.
pub fn of_gateway(me: Identity, rootless: bool) -> Identity {
    let root = Identity { uid: 0, gid: 0 };
    match (rootless, me.uid) {
        (true, _) => root,
        (false, 0) => {
            let read = |path: &str| std::fs::read_to_string(path).unwrap_or_default();
            unused(&read("/etc/passwd"), &read("/etc/group"))
        }
        (false, _) => me,
    }
}

/// The same on another machine: an unused number, or root of a rootless engine, who is the person there.
pub fn of_gateway_elsewhere(rootless: bool) -> Identity {
    let number = if rootless { 0 } else { *UNUSED.start() };
    Identity { uid: number, gid: number }
}

/// The first number that belongs to no user, no user's group and no group (passwd(5), group(5)).
fn unused(users: &str, groups: &str) -> Identity {
    let numbers = |text: &str| -> Vec<u32> {
        text.lines().flat_map(|line| line.split(':').skip(2).take(2)).filter_map(|field| field.parse().ok()).collect()
    };
    let taken = [numbers(users), numbers(groups)].concat();
    let number = UNUSED.into_iter().find(|number| !taken.contains(number)).unwrap_or(*UNUSED.start());
    Identity { uid: number, gid: number }
}

/// The additional groups of containers' processes, on an engine that shares this machine's groups: the person's groups
/// for the person's processes, or, if root launches for somebody else, the groups of the folder's owner as the
/// machine knows them. The engine's own group is left out, since no kernel may use its socket.
pub fn groups(identity: Identity, folder: Identity, socket_gid: u32) -> Vec<u32> {
    let mut groups = if identity.uid == me().uid { platform::groups() } else { platform::groups_of(identity.uid) };
    groups.retain(|gid| *gid != identity.gid && (*gid != socket_gid || *gid == folder.gid));
    groups.sort_unstable();
    groups.dedup();
    groups
}

/// The additional groups of this process.
pub fn groups_of_process() -> Vec<u32> {
    platform::groups()
}

/// A user's groups, as the machine knows them now. None for a number without a user.
pub fn groups_of(uid: u32) -> Vec<u32> {
    platform::groups_of(uid)
}

/// The number of a group.
pub fn group_named(name: &str) -> Option<u32> {
    platform::group_named(name)
}

/// The name of a user, or the number of one without.
pub fn name_of(uid: u32) -> String {
    platform::name_of(uid).unwrap_or_else(|| uid.to_string())
}

/// The name of a group, or the number of one without.
pub fn name_of_group(gid: u32) -> String {
    platform::name_of_group(gid).unwrap_or_else(|| gid.to_string())
}

/// The login name of the person who runs this process, as the machine knows it.
pub fn login() -> Option<String> {
    platform::login()
}

/// The umask of this process.
pub fn umask() -> u32 {
    platform::umask()
}

/// The access of server and kernels to a folder.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// Everything.
    Full,
    /// Reading only; nothing can be saved.
    ReadOnly,
    /// Nothing.
    None,
}

/// The access of processes with these groups to a folder. They have no capabilities, so root has no more rights than
/// others.
pub fn access(path: &Path, identity: Identity, groups: &[u32]) -> std::io::Result<Access> {
    platform::access(path, identity, groups)
}

/// The same by a folder's permissions alone.
pub fn permitted(mode: u32, folder: Identity, identity: Identity, groups: &[u32]) -> Access {
    let bits = if identity.uid == folder.uid {
        mode >> 6
    } else if identity.gid == folder.gid || groups.contains(&folder.gid) {
        mode >> 3
    } else {
        mode
    };
    match bits & 7 {
        7 => Access::Full,
        5 => Access::ReadOnly,
        _ => Access::None,
    }
}

/// The owner of the launches of the process with this name.
pub fn of_this_process(process: &str) -> Owner {
    let name = |names: [&str; 2]| names.iter().find_map(|name| std::env::var(name).ok().filter(|v| !v.is_empty()));
    let user = name(["USER", "USERNAME"]).unwrap_or_else(platform::user);
    Owner {
        name: format!("{user}@{}", platform::host()),
        process: process.to_owned(),
        test: std::env::var("ORCHEST_TEST_RUN").ok().filter(|run| !run.is_empty()),
    }
}

/// The person who runs this process.
pub fn me() -> Identity {
    platform::me()
}

/// The owner of a folder.
pub fn of_folder(path: &Path) -> std::io::Result<Identity> {
    platform::of_folder(path)
}

#[cfg(unix)]
mod platform {
    use std::os::unix::fs::MetadataExt;
    use std::path::Path;

    use nix::unistd::{Gid, Group, Uid, User};
    use rustix::fs::Access as Asked;

    use super::{Access, Identity, permitted};

    pub fn me() -> Identity {
        Identity { uid: rustix::process::getuid().as_raw(), gid: rustix::process::getgid().as_raw() }
    }

    pub fn of_folder(path: &Path) -> std::io::Result<Identity> {
        let found = std::fs::metadata(path)?;
        Ok(Identity { uid: found.uid(), gid: found.gid() })
    }

    pub fn groups() -> Vec<u32> {
        rustix::process::getgroups().unwrap_or_default().into_iter().map(rustix::process::Gid::as_raw).collect()
    }

    /// A user's own group, and those with the user as a member: from the machine's files, and from the directory services
    /// that it asks. None for a number without a user.
    pub fn groups_of(uid: u32) -> Vec<u32> {
        let Ok(Some(user)) = User::from_uid(Uid::from_raw(uid)) else { return Vec::new() };
        let groups = listed(&user).unwrap_or_else(|| vec![user.gid]);
        groups.into_iter().map(Gid::as_raw).collect()
    }

    pub fn group_named(name: &str) -> Option<u32> {
        Some(Group::from_name(name).ok()??.gid.as_raw())
    }

    pub fn name_of(uid: u32) -> Option<String> {
        Some(User::from_uid(Uid::from_raw(uid)).ok()??.name)
    }

    pub fn name_of_group(gid: u32) -> Option<String> {
        Some(Group::from_gid(Gid::from_raw(gid)).ok()??.name)
    }

    pub fn login() -> Option<String> {
        Some(User::from_uid(Uid::current()).ok()??.name)
    }

    #[cfg(target_os = "linux")]
    fn listed(user: &User) -> Option<Vec<Gid>> {
        let name = std::ffi::CString::new(user.name.as_str()).ok()?;
        nix::unistd::getgrouplist(&name, user.gid).ok()
    }

    /// Only an engine of Linux shares this machine's groups.
    #[cfg(not(target_os = "linux"))]
    fn listed(_user: &User) -> Option<Vec<Gid>> {
        None
    }

    /// It can only be read by setting it. That happens once, before other threads create files.
    pub fn umask() -> u32 {
        use rustix::fs::Mode;
        static FOUND: std::sync::OnceLock<u32> = std::sync::OnceLock::new();
        *FOUND.get_or_init(|| {
            let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
            let status = status.lines().find_map(|line| line.strip_prefix("Umask:"));
            status.and_then(|mask| u32::from_str_radix(mask.trim(), 8).ok()).unwrap_or_else(|| {
                let found = rustix::process::umask(Mode::from_raw_mode(0o077));
                rustix::process::umask(found);
                // macOS has it in 16 bits.
                #[allow(clippy::useless_conversion)]
                u32::from(found.as_raw_mode())
            })
        })
    }

    pub fn access(path: &Path, identity: Identity, groups: &[u32]) -> std::io::Result<Access> {
        let may = |asked| rustix::fs::access(path, asked);
        let read_only = may(Asked::WRITE_OK) == Err(rustix::io::Errno::ROFS);
        // The system knows more than the permissions, but only answers for this process.
        let access = if identity.uid == me().uid && identity.uid != 0 {
            match (may(Asked::READ_OK | Asked::EXEC_OK), may(Asked::WRITE_OK)) {
                (Err(_), _) => Access::None,
                (Ok(()), Err(_)) => Access::ReadOnly,
                (Ok(()), Ok(())) => Access::Full,
            }
        } else {
            let found = std::fs::metadata(path)?;
            permitted(found.mode(), Identity { uid: found.uid(), gid: found.gid() }, identity, groups)
        };
        Ok(if read_only && access == Access::Full { Access::ReadOnly } else { access })
    }

    pub fn user() -> String {
        me().uid.to_string()
    }

    pub fn host() -> String {
        rustix::system::uname().nodename().to_string_lossy().into_owned()
    }
}

/// Docker Desktop's file sharing shows each process as the owner of every file, so any user works.
#[cfg(not(unix))]
mod platform {
    use std::path::Path;

    use super::{Access, Identity};

    const ANY: Identity = Identity { uid: 1000, gid: 1000 };

    pub fn me() -> Identity {
        ANY
    }

    pub fn of_folder(_path: &Path) -> std::io::Result<Identity> {
        Ok(ANY)
    }

    pub fn groups() -> Vec<u32> {
        Vec::new()
    }

    pub fn groups_of(_uid: u32) -> Vec<u32> {
        Vec::new()
    }

    pub fn group_named(_name: &str) -> Option<u32> {
        None
    }

    pub fn name_of(_uid: u32) -> Option<String> {
        None
    }

    pub fn name_of_group(_gid: u32) -> Option<String> {
        None
    }

    pub fn login() -> Option<String> {
        None
    }

    pub fn umask() -> u32 {
        0o022
    }

    pub fn access(_path: &Path, _identity: Identity, _groups: &[u32]) -> std::io::Result<Access> {
        Ok(Access::Full)
    }

    pub fn user() -> String {
        "user".to_owned()
    }

    pub fn host() -> String {
        std::env::var("COMPUTERNAME").unwrap_or_else(|_| "this machine".to_owned())
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn files_belong_to_the_person() {
        let (root, ada, folder) =
            (Identity { uid: 0, gid: 0 }, Identity { uid: 1000, gid: 100 }, Identity { uid: 7, gid: 8 });
        assert_eq!(identity(ada, folder, false), ada);
        assert_eq!(identity(root, folder, false), folder);
        assert_eq!(identity(root, root, false), root);
        assert_eq!(identity(ada, ada, true), root, "a rootless engine maps its root to the person");
    }

    #[test]
    fn the_gateway_runs_as_the_person_and_roots_as_an_unused_user() {
        let (root, ada) = (Identity { uid: 0, gid: 0 }, Identity { uid: 1000, gid: 100 });
        assert_eq!(of_gateway(ada, false), ada);
        assert_eq!(of_gateway(ada, true), root, "a rootless engine maps its root to the person");
        assert!(UNUSED.contains(&of_gateway(root, false).uid));
        let nobody = |number| Identity { uid: number, gid: number };
        assert_eq!(unused("root:x:0:0::/root:/bin/sh\n", "root:x:0:\n"), nobody(65520));
        assert_eq!(
            unused("a:x:65520:7::/:/bin/sh\nb:x:8:65521::/:/bin/sh\nbroken\n", "c:x:65522:a,b\n"),
            nobody(65523)
        );
    }

    #[test]
    fn access_follows_the_folders_permissions_also_for_root() {
        let (root, ada, folder) =
            (Identity { uid: 0, gid: 0 }, Identity { uid: 1000, gid: 100 }, Identity { uid: 7, gid: 6000 });
        let table = [
            (0o2770, ada, &[][..], Access::None),
            (0o2770, ada, &[27, 6000][..], Access::Full),
            (0o2750, ada, &[6000][..], Access::ReadOnly),
            (0o755, ada, &[][..], Access::ReadOnly),
            (0o777, ada, &[][..], Access::Full),
            (0o744, ada, &[][..], Access::None),
            (0o707, ada, &[6000][..], Access::None),
            (0o700, root, &[][..], Access::None),
            (0o077, folder, &[][..], Access::None),
            (0o700, folder, &[][..], Access::Full),
        ];
        for (mode, who, groups, wanted) in table {
            assert_eq!(permitted(mode, folder, who, groups), wanted, "{mode:o} {who:?} {groups:?}");
        }
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_users_groups_are_those_that_the_machine_knows() {
        let id = |arguments: &[&str]| {
            let output = std::process::Command::new("id").args(arguments).output().unwrap();
            String::from_utf8(output.stdout).unwrap()
        };
        let users = std::fs::read_to_string("/etc/passwd").unwrap();
        let mut compared = 0;
        for user in users.lines().filter_map(|line| line.split(':').next()) {
            let Ok(uid) = id(&["-u", user]).trim().parse::<u32>() else { continue };
            // Of two users with one number, the machine knows the first.
            if id(&["-un", &uid.to_string()]).trim() != user {
                continue;
            }
            let mut wanted: Vec<u32> =
                id(&["-G", user]).split_whitespace().map(|group| group.parse().unwrap()).collect();
            let mut found = platform::groups_of(uid);
            wanted.sort_unstable();
            found.sort_unstable();
            assert_eq!(found, wanted, "{user}");
            compared += 1;
        }
        assert!(compared > 0, "the machine has users");
        assert_eq!(platform::groups_of(4_000_000_001), Vec::<u32>::new(), "nobody has this number");
    }
}
