//! Making a launch whole again whose gateway or server ended: the part is made anew, with the tokens, the name and,
//! where it can be had, the port that it had. What the person has open goes on.

use tokio::sync::broadcast;
use tokio_util::sync::CancellationToken;

use crate::contract::snapshot::Stage;
use crate::engine::spec::ContainerSpec;
use crate::engine::{Engine, Event};
use crate::launch::label::Role;
use crate::launch::plan;
use crate::launch::resolve::resolve;
use crate::launch::spec::{LaunchSpec, Tokens};
use crate::launch::stage::StageEvent;
use crate::launch::start::{self, proceed};
use crate::launch::{create, list};
use crate::platform::secret::Secret;
use crate::words::error::{Error, Result};

/// What is to be repaired.
#[derive(Clone, Debug)]
pub struct Breakage {
    /// The attempt that the parts belong to.
    pub attempt: String,
    /// The port of this machine that led to the server.
    pub port: Option<u16>,
}

/// What was made anew.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Repaired {
    /// The parts.
    pub roles: Vec<Role>,
    /// Another program has taken the server's port: what is open in the browser does not find it any more.
    pub moved: bool,
}

/// Makes the parts that do not run anew; answers once the whole chain answers. Calls that make something
/// are waited for, also when cancelled, so that what is removed afterwards is all that there is.
pub async fn repair(
    engine: &Engine,
    spec: &LaunchSpec,
    breakage: &Breakage,
    events: broadcast::Receiver<Event>,
    report: &(dyn Fn(StageEvent) + Send + Sync),
    cancel: &CancellationToken,
) -> Result<Repaired> {
    report(StageEvent::Began(Stage::Containers));
    let parts = list::containers_of(engine, &spec.id).await?;
    let in_role =
        |role: Role| parts.iter().filter(move |(labels, _)| labels.role == Some(role)).map(|(_, container)| container);
    let runs = |role| in_role(role).any(|part| part.state == crate::engine::ContainerState::Running);
    let broken: Vec<Role> = [Role::Gateway, Role::Server].into_iter().filter(|role| !runs(*role)).collect();
    if broken.is_empty() {
        return Ok(Repaired::default());
    }
    let tokens = tokens(engine, spec).await;
    let mut resolved = resolve(engine, spec, &breakage.attempt, tokens)?;
    // As it was: the engine may have refused it then.
    resolved.follows_mounts = parts.iter().any(|(labels, _)| labels.follows_mounts);
    let mut plan = plan::plan(&resolved);
    plan.server.host_port = breakage.port;
    proceed(cancel)?;
    if broken.contains(&Role::Gateway) {
        report(StageEvent::Doing(Stage::Containers, "starting the gateway again".to_owned()));
        // The new gateway does not know them.
        for kernel in in_role(Role::Kernel) {
            engine.remove_container(&kernel.id).await?;
        }
        start::have_network(engine, &plan).await?;
        again(engine, &plan.gateway).await?;
    }
    proceed(cancel)?;
    let mut moved = false;
    if broken.contains(&Role::Server) {
        report(StageEvent::Doing(Stage::Containers, "starting the server again".to_owned()));
        start::have_network(engine, &plan).await?;
        if let Err(error) = again(engine, &plan.server).await {
            tracing::info!(launch = spec.id, %error, "the server gets another port, and another token");
            // The program that took the port is sent the cookies of pages that are open: they must open nothing.
            resolved.tokens.server = Secret::random();
            plan = plan::plan(&resolved);
            moved = true;
            again(engine, &plan.server).await?;
        }
    }
    let names: Vec<&str> = broken.iter().map(|role| role.as_str()).collect();
    report(StageEvent::Done(Stage::Containers, format!("{} started again", names.join(" and "))));
    report(StageEvent::Began(Stage::Ready));
    tokio::select! {
        () = cancel.cancelled() => return Err(Error::Cancelled),
        answered = start::answers(engine, spec, &plan, &resolved.tokens.server, events, report) => answered?,
    }
    report(StageEvent::Done(Stage::Ready, "JupyterLab answers".to_owned()));
    Ok(Repaired { roles: broken, moved })
}

/// Makes a container in the place of one that ended. What that one kept is in volumes, which the new one has, too.
async fn again(engine: &Engine, part: &ContainerSpec) -> Result<()> {
    engine.remove_container(&part.name).await?;
    match create::create(engine, part).await {
        // Another program repairs it, too, and was quicker.
        Err(Error::LaunchedElsewhere { .. }) => return Ok(()),
        made => made?,
    }
    engine.start_container(&part.name).await
}

/// The tokens that the launch had, as what is left of it tells them; a new one for each that nothing tells.
async fn tokens(engine: &Engine, spec: &LaunchSpec) -> Tokens {
    let env = async |role| engine.env_of(&plan::container_name(&spec.id, role)).await.unwrap_or_default();
    let (mut gateway, mut server) = tokio::join!(env(Role::Gateway), env(Role::Server));
    let known = gateway.remove("EG_AUTH_TOKEN").or_else(|| server.remove("JUPYTER_GATEWAY_AUTH_TOKEN"));
    Tokens {
        gateway: known.map_or_else(Secret::random, Secret::new),
        server: server.remove("JUPYTER_TOKEN").map_or_else(Secret::random, Secret::new),
    }
}
