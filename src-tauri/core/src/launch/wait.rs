//! When a part of a launch counts as ready: data of the plan, which `launch::ready` evaluates. Pure.

use crate::launch::label::Role;
use crate::launch::plan::PORT;

/// When a part counts as ready.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wait {
    /// Its container runs.
    Running,
    /// Its Jupyter server offers this kernelspec as the default. It fetches the kernelspecs from the gateway, so that both
    /// answer.
    Offers {
        /// The server's port in its container.
        port: u16,
        /// The kernelspec's name.
        kernelspec: String,
    },
}

impl Wait {
    /// The wait of a part, also of a launch that another program started.
    pub fn of(role: Role, kernelspec: &str) -> Wait {
        match role {
            Role::Server => Wait::Offers { port: PORT, kernelspec: kernelspec.to_owned() },
            _ => Wait::Running,
        }
    }
}
