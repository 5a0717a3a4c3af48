//! The names of a launch's network and containers. Pure.

use crate::launch::label::Role;

/// The end of a container's name while it is being stopped. All programs see by it that the launch is being stopped.
pub const STOPPING: &str = "-stopping";

/// The name of a launch's network. Each attempt has its own: an engine with two networks of one name starts no container
/// on either.
pub fn network(launch: &str, attempt: &str) -> String {
    let own = attempt.rsplit_once('-').map_or(attempt, |(_, own)| own);
    format!("orchest-{launch}-{own}")
}

/// The name of a part's container.
pub fn container(launch: &str, role: Role) -> String {
    format!("orchest-{launch}-{}", role.as_str())
}

/// The same while it is being stopped.
pub fn stopping(launch: &str, role: Role) -> String {
    format!("{}{STOPPING}", container(launch, role))
}
