//! Where the server of a launch that runs is reached, as the engine reports it.

use crate::engine::Engine;
use crate::jupyter::{Endpoint, Server};
use crate::launch::label::Role;
use crate::launch::{name, plan};
use crate::platform::secret::Secret;
use crate::words::error::Result;

/// The server of a launch that runs.
pub async fn server(engine: &Engine, launch: &str) -> Result<Server> {
    let name = name::container(launch, Role::Server);
    let (env, port) = tokio::join!(engine.env_of(&name), engine.container_port(&name, plan::PORT));
    let token = env?.remove("JUPYTER_TOKEN").unwrap_or_default();
    Ok(Server { endpoint: Endpoint::on_this_machine(port?), token: Secret::new(token) })
}
