//! Who runs the app, and whose the files are that containers write.

use std::path::Path;

/// Who launches.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Owner {
    /// `user@host`.
    pub name: String,
    /// This process, as its sign of life names it.
    pub process: String,
    /// The test run that this process belongs to, from `ORCHEST_TEST_RUN`.
    pub test: Option<String>,
}

/// The machine in an owner's name.
pub fn host_of(name: &str) -> Option<&str> {
    name.rsplit_once('@').map(|(_, host)| host)
}

/// The user and group that a container's processes are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Identity {
    /// The user's number inside the container.
    pub uid: u32,
    /// The group's number inside the container.
    pub gid: u32,
}

impl Identity {
    /// As Docker wants it: `1000:1000`.
    pub fn as_user(self) -> String {
        format!("{}:{}", self.uid, self.gid)
    }
}

/// Whose the files are that server and kernels write: the person's who runs the app; where that is root,
/// the folder's owner's; on a rootless engine root's, which it maps to the person.
pub fn identity(me: Identity, folder: Identity, rootless: bool) -> Identity {
    match (rootless, me.uid) {
        (true, _) => Identity { uid: 0, gid: 0 },
        (false, 0) => folder,
        (false, _) => me,
    }
}

/// The owner of what the process with this sign of life launches.
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

    use super::Identity;

    pub fn me() -> Identity {
        Identity { uid: rustix::process::getuid().as_raw(), gid: rustix::process::getgid().as_raw() }
    }

    pub fn of_folder(path: &Path) -> std::io::Result<Identity> {
        let found = std::fs::metadata(path)?;
        Ok(Identity { uid: found.uid(), gid: found.gid() })
    }

    pub fn user() -> String {
        me().uid.to_string()
    }

    pub fn host() -> String {
        rustix::system::uname().nodename().to_string_lossy().into_owned()
    }
}

/// Docker Desktop's file sharing gives every file to whoever asks, so any user will do.
#[cfg(not(unix))]
mod platform {
    use std::path::Path;

    use super::Identity;

    const ANY: Identity = Identity { uid: 1000, gid: 1000 };

    pub fn me() -> Identity {
        ANY
    }

    pub fn of_folder(_path: &Path) -> std::io::Result<Identity> {
        Ok(ANY)
    }

    pub fn user() -> String {
        "user".to_owned()
    }

    pub fn host() -> String {
        std::env::var("COMPUTERNAME").unwrap_or_else(|_| "this machine".to_owned())
    }
}

#[cfg(test)]
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
}
