//! Carries out a plan: stage by stage, and reports each. If the attempt fails, everything that it created is removed.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::{Duration, Instant};

use futures_util::future::join_all;
use tokio::sync::broadcast;
use tokio_util::sync::CancellationToken;

use crate::contract::snapshot::Stage;
use crate::engine::spec::ContainerSpec;
use crate::engine::{Engine, Event};
use crate::environment::any_image;
use crate::environment::variables::Gathered;
use crate::images;
use crate::kernelspec::{AskedLimits, Kernelspec};
use crate::launch::label::Role;
use crate::launch::mounts::{self, hands_no_mounts_on};
use crate::launch::plan::{self, Plan, SOCKET};
use crate::launch::resolve::resolve;
use crate::launch::spec::{LaunchSpec, Tokens};
use crate::launch::stage::StageEvent;
use crate::launch::{architecture, brought, claim, create, offer, open_ports, reach, ready, stop, variables};
use crate::place::connection::{Connection, Wanted};
use crate::platform::mountinfo::{self, Mounted};
use crate::platform::secret::Secret;
use crate::words::error::{Error, Result};
use crate::words::{launch as words, limits, place as place_words};

/// The pause before the next try to create a part whose name another program holds.
const PAUSE: Duration = Duration::from_millis(25);
/// The longest time in which a program removes its parts of a launch that another one has claimed.
const GIVES_WAY_WITHIN: Duration = Duration::from_secs(10);

/// A launch that failed.
#[derive(Debug)]
pub struct LaunchError {
    /// The reason.
    pub error: Error,
    /// The attempt, if the engine did not remove everything of it.
    pub left: Option<String>,
}

/// Launches as this attempt, and returns when all parts are ready. If it fails or is cancelled, nothing of it is left, as
/// long as the engine answers.
pub async fn launch(
    engine: &Engine,
    spec: &LaunchSpec,
    attempt: &str,
    events: broadcast::Receiver<Event>,
    report: &(dyn Fn(StageEvent) + Send + Sync),
    cancel: &CancellationToken,
) -> std::result::Result<(), LaunchError> {
    // The preparation creates nothing that would have to be removed.
    let prepared = prepare(engine, spec, report, cancel).await;
    let elsewhere = prepared.map_err(|error| LaunchError { error, left: None })?;
    let (spec, elsewhere) = match elsewhere {
        Some((connection, name)) => (&with_kernelspec(spec, name), Some(connection)),
        None => (spec, None),
    };
    let engine = match reach::with_socket(engine).await {
        Ok(engine) => &engine.clone(),
        Err(error) => return Err(LaunchError { error, left: None }),
    };
    let Err(error) = make(engine, spec, attempt, elsewhere, events, report, cancel).await else { return Ok(()) };
    let left = match stop::remove(engine, &spec.id, Some(attempt)).await {
        Ok(()) => None,
        Err(refusal) => {
            tracing::warn!(launch = spec.id, error = %refusal, "not everything of a failed launch could be removed");
            Some(attempt.to_owned())
        }
    };
    Err(LaunchError { error, left })
}

/// Checks that the engine answers, and gets the images onto it. Asks the gateway of a launch at a place, and returns how it
/// is reached, and its name of the kernelspec.
async fn prepare(
    engine: &Engine,
    spec: &LaunchSpec,
    report: &(dyn Fn(StageEvent) + Send + Sync),
    cancel: &CancellationToken,
) -> Result<Option<(Connection, String)>> {
    report(StageEvent::Began(Stage::Engine));
    tokio::select! {
        () = cancel.cancelled() => return Err(Error::Cancelled),
        answered = engine.ping() => answered?,
    }
    let facts = engine.facts();
    mounts::possible(facts, &[&spec.folder, &spec.dirs.data])?;
    let lacks_gpus = spec.kernelspec.gpus && !facts.gpus;
    let lacks_gpus = lacks_gpus.then(|| words::lacks_gpus(&spec.kernelspec.name));
    let unkept = limits::unkept_of(asked_limits(spec), facts.keeps);
    let unkept = unkept.map(|unkept| limits::unkept_of_launch(&unkept, &spec.kernelspec.name));
    let remarks: Vec<_> = lacks_gpus.into_iter().chain(unkept).collect();
    let engine_name = format!("{} {}", facts.name, facts.version);
    report(StageEvent::Done(Stage::Engine, words::with_remarks(engine_name, &remarks)));

    report(StageEvent::Began(Stage::Images));
    if let Some(place) = &spec.place {
        return at_place(engine, spec, place, report, cancel).await.map(Some);
    }
    let images = [images::gateway(), images::server(), spec.kernelspec.image.clone()];
    let had = images::ensure_all(engine, &images, &spec.images, cancel, |progress| {
        report(StageEvent::Progressed(Stage::Images, progress.detail, progress.progress, progress.log));
    });
    let had = had.await?;
    // Kernels of a shipped image start by our launcher and have no ports: the engine is not asked again.
    let is_ours = images::is_ours(&spec.kernelspec.image);
    let foreign = if is_ours { None } else { architecture::check(engine, &spec.kernelspec.image).await? };
    let open = if is_ours || any_image(engine, spec, report, cancel).await? {
        None
    } else {
        tokio::select! {
            () = cancel.cancelled() => return Err(Error::Cancelled),
            open = open_ports::warning(engine, &spec.kernelspec.image, spec.kernelspec.known_language()) => open,
        }
    };
    let had = open.into_iter().fold(had, |had, open| {
        tracing::warn!(launch = spec.id, open, "other people on this machine can read what a kernel prints");
        format!("{had}; {open}")
    });
    let remarks: Vec<_> = foreign.into_iter().collect();
    report(StageEvent::Done(Stage::Images, words::with_remarks(had, &remarks)));
    proceed(cancel)?;
    offer::environment(engine, spec, report, cancel).await?;
    proceed(cancel).map(|()| None)
}

/// Gets the server's image, and asks the gateway of the place whether it offers the kernelspec.
async fn at_place(
    engine: &Engine,
    spec: &LaunchSpec,
    place: &Wanted,
    report: &(dyn Fn(StageEvent) + Send + Sync),
    cancel: &CancellationToken,
) -> Result<(Connection, String)> {
    let images = [images::server()];
    let had = images::ensure_all(engine, &images, &spec.images, cancel, |progress| {
        report(StageEvent::Progressed(Stage::Images, progress.detail, progress.progress, progress.log));
    });
    report(StageEvent::Done(Stage::Images, had.await?));
    proceed(cancel)?;
    report(StageEvent::Began(Stage::Gateway));
    report(StageEvent::Doing(Stage::Gateway, place.place.gateway.clone()));
    let (connection, found) = tokio::select! {
        () = cancel.cancelled() => return Err(Error::Cancelled),
        asked = place.ask() => asked?,
    };
    let wanted = match spec.kernelspec.name.as_str() {
        "" => found.usual(),
        name => found.kernelspec(name),
    };
    let Some(wanted) = wanted.map(|spec| spec.name.clone()) else {
        return Err(place_words::not_offered(&place.name, &spec.kernelspec.name, &found.names()));
    };
    let unseen = place.place.path_of(&spec.folder).is_none().then(|| place_words::UNSEEN.to_owned());
    let variables = (!spec.variables.set.is_empty() || spec.variables.env_file.is_some())
        .then(|| place_words::WITHOUT_VARIABLES.to_owned());
    let remarks: Vec<_> = unseen.into_iter().chain(variables).collect();
    let version = place_words::version(found.version.as_deref(), found.api.as_deref());
    report(StageEvent::Done(Stage::Gateway, words::with_remarks(version, &remarks)));
    proceed(cancel).map(|()| (connection, wanted))
}

/// The same launch with the gateway's own name of the kernelspec, or of its default.
fn with_kernelspec(spec: &LaunchSpec, name: String) -> LaunchSpec {
    LaunchSpec { kernelspec: Kernelspec { name, ..spec.kernelspec.clone() }, ..spec.clone() }
}

/// The limits that the kernelspec or the person asks for.
fn asked_limits(spec: &LaunchSpec) -> AskedLimits {
    let (own, of) = (spec.kernelspec.limits, [spec.limits.server, spec.limits.kernel]);
    AskedLimits {
        memory: own.memory || of.iter().any(|limit| limit.memory_mb.is_some()),
        cpus: own.cpus || of.iter().any(|limit| limit.cpus.is_some()),
    }
}

/// Makes the kernelspec's image ready if it was not made for kernels. Returns whether that is so.
async fn any_image(
    engine: &Engine,
    spec: &LaunchSpec,
    report: &(dyn Fn(StageEvent) + Send + Sync),
    cancel: &CancellationToken,
) -> Result<bool> {
    let Some(language) = spec.kernelspec.known_language() else { return Ok(false) };
    let progress = |detail: &str, progress, log| {
        report(StageEvent::Progressed(Stage::Images, detail.to_owned(), progress, log));
    };
    let note =
        any_image::ensure(engine, &spec.kernelspec.image, language, false, &spec.any_image, &progress, cancel).await?;
    Ok(note.is_some())
}

/// Creates the network and the parts, and waits until they are ready. Each call goes on to its end, also after a cancel: a
/// call that is broken off may still take effect on the engine after everything else was removed.
async fn make(
    engine: &Engine,
    spec: &LaunchSpec,
    attempt: &str,
    elsewhere: Option<Connection>,
    events: broadcast::Receiver<Event>,
    report: &(dyn Fn(StageEvent) + Send + Sync),
    cancel: &CancellationToken,
) -> Result<()> {
    report(StageEvent::Began(Stage::Network));
    let tokens = Tokens { gateway: Secret::random(), server: Secret::random() };
    let mut resolved = resolve(engine, spec, attempt, tokens.clone(), elsewhere)?;
    let mut plan = plan::plan(&resolved);
    tracing::debug!(launch = spec.id, ?plan, "planned");
    claim::network(engine, &plan, spec).await?;
    report(StageEvent::Done(Stage::Network, plan.network.name.clone()));

    proceed(cancel)?;
    report(StageEvent::Began(Stage::Containers));
    // A keychain may ask the person to unlock it.
    let found = tokio::select! {
        () = cancel.cancelled() => return Err(Error::Cancelled),
        found = gathered(spec) => found?,
    };
    let mut started = start_all(engine, &plan, spec, &found, cancel).await;
    if resolved.follows_mounts && matches!(&started, Err(Error::Engine { reason, .. }) if hands_no_mounts_on(reason)) {
        proceed(cancel)?;
        // The engine has another mount namespace than this process.
        tracing::info!(launch = spec.id, "the launch will not see file systems that are mounted in the folder later");
        for part in plan.parts.values() {
            engine.remove_container(&part.container.name).await?;
        }
        resolved.follows_mounts = false;
        plan = plan::plan(&resolved);
        started = start_all(engine, &plan, spec, &found, cancel).await;
    }
    started.map_err(|error| explained(error, &plan, &resolved.folder, spec))?;
    let names: Vec<&str> = plan.parts.keys().map(|role| role.as_str()).collect();
    report(StageEvent::Done(Stage::Containers, words::with_remarks(words::running(&names), &found.missing)));

    proceed(cancel)?;
    report(StageEvent::Began(Stage::Ready));
    tokio::select! {
        () = cancel.cancelled() => return Err(Error::Cancelled),
        ready = ready::all(engine, &plan, &tokens.server, spec.timeout, events, report) => ready?,
    }
    report(StageEvent::Done(Stage::Ready, words::JUPYTERLAB_ANSWERS.to_owned()));
    Ok(())
}

/// The variables for the launch's own gateway.
async fn gathered(spec: &LaunchSpec) -> Result<Gathered> {
    if spec.parts().contains(&Role::Gateway) {
        variables::gather(&spec.variables).await
    } else {
        Ok(Gathered::default())
    }
}

/// The same error with a remedy, if the engine refused a mount.
fn explained(error: Error, plan: &Plan, folder: &str, spec: &LaunchSpec) -> Error {
    let Error::Engine { reason, .. } = &error else { return error };
    let mounts = plan.parts.values().flat_map(|part| &part.container.mounts);
    let files = mounts.filter(|mount| mount.volume.is_none() && mount.target != SOCKET);
    let sources: Vec<&str> = files.map(|mount| mount.source.as_str()).collect();
    let there = spec.there.as_ref();
    let mounted = |path: &Path| match there {
        Some(found) => Some(Mounted { shared: found.shared, kind: found.kind.clone() }),
        None => mountinfo::mounted(path),
    };
    mounts::refusal(reason, &sources, folder, mounted).unwrap_or(error)
}

pub(crate) fn proceed(cancel: &CancellationToken) -> Result<()> {
    if cancel.is_cancelled() { Err(Error::Cancelled) } else { Ok(()) }
}

/// Creates and starts all parts side by side: the server needs the gateway only when it is asked for kernels.
async fn start_all(
    engine: &Engine,
    plan: &Plan,
    spec: &LaunchSpec,
    found: &Gathered,
    cancel: &CancellationToken,
) -> Result<()> {
    let found_for = |role| (role == Role::Gateway && !found.values.is_empty()).then_some(found);
    let start = |role, container| start_part(engine, container, found_for(role), spec, cancel);
    let each = plan.parts.iter().map(|(role, part)| start(*role, &part.container));
    let mut started: BTreeMap<Role, Result<()>> = plan.parts.keys().copied().zip(join_all(each).await).collect();
    let claim = spec.parts().first().and_then(|first| started.remove(first));
    claim.unwrap_or(Ok(()))?;
    for (role, mut outcome) in started {
        let Some(part) = plan.parts.get(&role) else { continue };
        // Another program has only this part's name: without the claim, it gives way.
        let began = Instant::now();
        while matches!(outcome, Err(Error::LaunchedElsewhere { .. })) && began.elapsed() < GIVES_WAY_WITHIN {
            proceed(cancel)?;
            tokio::time::sleep(PAUSE).await;
            outcome = start(role, &part.container).await;
        }
        outcome?;
    }
    Ok(())
}

async fn start_part(
    engine: &Engine,
    container: &ContainerSpec,
    found: Option<&Gathered>,
    spec: &LaunchSpec,
    cancel: &CancellationToken,
) -> Result<()> {
    let mut made = create::create(engine, container).await;
    // The last call of a program that died may have come between.
    if matches!(made, Err(Error::LaunchedElsewhere { .. })) && claim::take_over(engine, spec).await? {
        proceed(cancel)?;
        made = create::create(engine, container).await;
    }
    made?;
    proceed(cancel)?;
    brought::put(engine, container, spec).await?;
    if let Some(found) = found {
        variables::put(engine, &container.name, found).await?;
    }
    engine.start_container(&container.name).await
}
