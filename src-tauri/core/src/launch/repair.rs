//! Repairs a launch of which a part ended: the part is created again with the same tokens, the same name and, if it is
//! still free, the same port. The person's open pages go on.

use tokio::sync::broadcast;
use tokio_util::sync::CancellationToken;

use crate::contract::snapshot::Stage;
use crate::engine::spec::ContainerSpec;
use crate::engine::{ContainerState, Engine, Event};
use crate::environment::variables::Gathered;
use crate::launch::label::Role;
use crate::launch::plan::{self, Plan};
use crate::launch::resolve::resolve;
use crate::launch::spec::{LaunchSpec, Tokens};
use crate::launch::stage::StageEvent;
use crate::launch::start::proceed;
use crate::launch::{brought, create, list, name, reach, ready, variables};
use crate::platform::secret::Secret;
use crate::words::error::{Error, Result};
use crate::words::launch as words;

/// A launch to be repaired.
#[derive(Clone, Debug)]
pub struct Breakage {
    /// The attempt that the parts belong to.
    pub attempt: String,
    /// The port of this machine that led to the published part.
    pub port: Option<u16>,
}

/// The result of a repair.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Repaired {
    /// The parts that were created again.
    pub roles: Vec<Role>,
    /// Another program has taken the server's port: open pages in the browser do not reach it any more.
    pub moved: bool,
}

/// Creates the parts that do not run again, and returns when all parts are ready. Calls that create something go on to
/// their end, also after a cancel, so that everything can be removed afterwards.
pub async fn repair(
    engine: &Engine,
    spec: &LaunchSpec,
    breakage: &Breakage,
    events: broadcast::Receiver<Event>,
    report: &(dyn Fn(StageEvent) + Send + Sync),
    cancel: &CancellationToken,
) -> Result<Repaired> {
    report(StageEvent::Began(Stage::Containers));
    let containers = list::containers_of(engine, &spec.id).await?;
    let in_role = |role: Role| {
        containers.iter().filter(move |(labels, _)| labels.role == Some(role)).map(|(_, container)| container)
    };
    let runs = |role| in_role(role).any(|container| container.state == ContainerState::Running);
    let broken: Vec<Role> = spec.parts().iter().copied().filter(|role| !runs(*role)).collect();
    if broken.is_empty() {
        return Ok(Repaired::default());
    }
    let engine = &reach::with_socket(engine).await?;
    let tokens = tokens(engine, spec).await;
    let elsewhere = match &spec.place {
        Some(place) => Some(place.connection().await?),
        None => None,
    };
    let mut resolved = resolve(engine, spec, &breakage.attempt, tokens, elsewhere)?;
    // As before: the engine may have refused it then.
    resolved.follows_mounts = containers.iter().any(|(labels, _)| labels.follows_mounts);
    let mut plan = plan::plan(&resolved);
    for part in plan.parts.values_mut().filter(|part| part.container.published_port.is_some()) {
        part.container.host_port = breakage.port;
    }
    let found = match broken.contains(&Role::Gateway) {
        true => tokio::select! {
            () = cancel.cancelled() => return Err(Error::Cancelled),
            found = variables::gather(&spec.variables) => found?,
        },
        false => Gathered::default(),
    };
    let mut moved = false;
    for role in &broken {
        proceed(cancel)?;
        report(StageEvent::Doing(Stage::Containers, words::starting_again(role.as_str())));
        if *role == Role::Gateway {
            // The new gateway does not know the kernels of the old one.
            for kernel in in_role(Role::Kernel) {
                engine.remove_container(&kernel.id).await?;
            }
        }
        have_network(engine, &plan).await?;
        let Some(part) = plan.parts.get(role) else { continue };
        let found = (*role == Role::Gateway && !found.values.is_empty()).then_some(&found);
        match again(engine, &part.container, spec, found).await {
            Err(error) if part.container.published_port.is_some() => {
                tracing::info!(launch = spec.id, part = role.as_str(), %error, "it gets another port, and another token");
                // The program that took the port gets the cookies of open pages: they must open nothing.
                resolved.tokens.server = Secret::random();
                plan = plan::plan(&resolved);
                moved = true;
                let Some(part) = plan.parts.get(role) else { continue };
                again(engine, &part.container, spec, found).await?;
            }
            done => done?,
        }
    }
    let names: Vec<&str> = broken.iter().map(|role| role.as_str()).collect();
    report(StageEvent::Done(Stage::Containers, words::with_remarks(words::started_again(&names), &found.missing)));
    report(StageEvent::Began(Stage::Ready));
    tokio::select! {
        () = cancel.cancelled() => return Err(Error::Cancelled),
        ready = ready::all(engine, &plan, &resolved.tokens.server, spec.timeout, events, report) => ready?,
    }
    report(StageEvent::Done(Stage::Ready, words::JUPYTERLAB_ANSWERS.to_owned()));
    Ok(Repaired { roles: broken, moved })
}

/// Creates the launch's network if it is gone.
async fn have_network(engine: &Engine, plan: &Plan) -> Result<()> {
    if list::networks(engine).await?.iter().any(|(_, network)| network.name == plan.network.name) {
        return Ok(());
    }
    engine.create_network(&plan.network).await
}

/// Creates a container in the place of one that ended, with the same volumes.
async fn again(engine: &Engine, container: &ContainerSpec, spec: &LaunchSpec, found: Option<&Gathered>) -> Result<()> {
    engine.remove_container(&container.name).await?;
    match create::create(engine, container).await {
        // Another program repairs the launch as well, and was quicker.
        Err(Error::LaunchedElsewhere { .. }) => return Ok(()),
        made => made?,
    }
    brought::put(engine, container, spec).await?;
    if let Some(found) = found {
        variables::put(engine, &container.name, found).await?;
    }
    engine.start_container(&container.name).await
}

/// The tokens of the launch, from the containers that are left of it; a new one for each that none of them has.
async fn tokens(engine: &Engine, spec: &LaunchSpec) -> Tokens {
    let env = async |role| engine.env_of(&name::container(&spec.id, role)).await.unwrap_or_default();
    let (mut gateway, mut server) = tokio::join!(env(Role::Gateway), env(Role::Server));
    let known = gateway.remove("EG_AUTH_TOKEN").or_else(|| server.remove("JUPYTER_GATEWAY_AUTH_TOKEN"));
    Tokens {
        gateway: known.map_or_else(Secret::random, Secret::new),
        server: server.remove("JUPYTER_TOKEN").map_or_else(Secret::random, Secret::new),
    }
}
