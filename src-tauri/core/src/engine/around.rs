//! The environment of the process, on which the search for an engine depends.

use std::collections::HashMap;
use std::path::PathBuf;

use crate::platform::paths;

/// The variable with the folder of the person's own sockets.
pub(super) const RUNTIME: &str = "XDG_RUNTIME_DIR";

/// The environment of the process, on which the search depends.
#[derive(Clone, Debug, Default)]
pub struct ProcessEnv {
    /// The variables, such as `DOCKER_HOST` and `ORCHEST_BASE_IMAGE`.
    pub env: HashMap<String, String>,
    /// The home folder, with the Docker CLI's configuration and some sockets. Empty if there is none.
    pub home: PathBuf,
}

impl ProcessEnv {
    /// The environment of this process.
    pub fn of_this_process() -> ProcessEnv {
        let home = paths::home().ok();
        // The search uses no variable with a value that is not Unicode.
        let env =
            std::env::vars_os().filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)));
        let mut env: HashMap<String, String> = env.collect();
        // A shell of `su`, of cron or of a container lacks it, and the engines of the person's own listen there.
        if env.get(RUNTIME).is_none_or(String::is_empty)
            && let Some(folder) = runtime_folder()
        {
            env.insert(RUNTIME.to_owned(), folder);
        }
        ProcessEnv { env, home: home.unwrap_or_default() }
    }

    /// The value of a variable that is set and not empty.
    pub fn set(&self, name: &str) -> Option<&String> {
        self.env.get(name).filter(|value| !value.is_empty())
    }
}

/// The folder of this person's sockets, as systemd makes it, if it is there.
#[cfg(unix)]
fn runtime_folder() -> Option<String> {
    let folder = format!("/run/user/{}", rustix::process::getuid().as_raw());
    std::path::Path::new(&folder).is_dir().then_some(folder)
}

/// Windows has none.
#[cfg(windows)]
fn runtime_folder() -> Option<String> {
    None
}
