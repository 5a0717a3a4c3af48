//! Carrying out a plan: each stage in turn, told as it goes. What an attempt made is removed if it fails.

use std::time::{Duration, Instant};

use tokio::sync::broadcast;
use tokio_util::sync::CancellationToken;

use crate::contract::snapshot::Stage;
use crate::engine::spec::ContainerSpec;
use crate::engine::{Engine, Event, EventKind};
use crate::images;
use crate::jupyter::{Chain, Endpoint, Server};
use crate::launch::create;
use crate::launch::label::{Labels, Role};
use crate::launch::mounts::{self, hands_no_mounts_on};
use crate::launch::orphans::{self, Known};
use crate::launch::plan::{self, Plan};
use crate::launch::resolve::resolve;
use crate::launch::spec::{LaunchSpec, Tokens};
use crate::launch::stage::StageEvent;
use crate::launch::{list, open_ports, reach, stop};
use crate::logs::line;
use crate::platform::clock::{self, now};
use crate::platform::mountinfo;
use crate::platform::process::liveness;
use crate::platform::secret::Secret;
use crate::words::error::{Error, Result};

/// How long between two questions to a chain that is starting.
const PROBE: Duration = Duration::from_millis(25);
/// How long a program takes at most to remove what it made of a launch that another one has begun.
const GIVES_WAY_WITHIN: Duration = Duration::from_secs(10);
/// How long between two looks at whether another program still launches the folder.
const LOOK: Duration = Duration::from_millis(250);
/// For how long a gateway answers without the kernelspec until that is its last word. It reads the kernelspecs anew at
/// each question; where an engine in a virtual machine shares folders with this one, it may be a moment behind.
const LACKING_FOR: Duration = Duration::from_secs(2);
/// How many of a container's last log lines a failure shows.
const TAIL: usize = 40;

/// A launch that came to nothing.
#[derive(Debug)]
pub struct LaunchError {
    /// Why.
    pub error: Error,
    /// The attempt of which something is left, because the engine would not remove it.
    pub left: Option<String>,
}

/// What became of a launch of the same folder that another program was at work on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Joined {
    /// It answers.
    Ready,
    /// Its program ended or gave it up, and nothing of it is left.
    Gone,
}

/// Launches as this attempt, and answers when the whole chain does. Where it fails or is cancelled, nothing of it is left,
/// as long as the engine answers.
pub async fn launch(
    engine: &Engine,
    spec: &LaunchSpec,
    attempt: &str,
    events: broadcast::Receiver<Event>,
    report: &(dyn Fn(StageEvent) + Send + Sync),
    cancel: &CancellationToken,
) -> std::result::Result<(), LaunchError> {
    // The preparation makes nothing that would have to be removed.
    prepare(engine, spec, report, cancel).await.map_err(|error| LaunchError { error, left: None })?;
    let Err(error) = make(engine, spec, attempt, events, report, cancel).await else { return Ok(()) };
    let left = match stop::remove(engine, &spec.id, Some(attempt)).await {
        Ok(()) => None,
        Err(refusal) => {
            tracing::warn!(launch = spec.id, error = %refusal, "what a failed launch made could not all be removed");
            Some(attempt.to_owned())
        }
    };
    Err(LaunchError { error, left })
}

/// Asks for the engine and has the images on it.
async fn prepare(
    engine: &Engine,
    spec: &LaunchSpec,
    report: &(dyn Fn(StageEvent) + Send + Sync),
    cancel: &CancellationToken,
) -> Result<()> {
    report(StageEvent::Began(Stage::Engine));
    tokio::select! {
        () = cancel.cancelled() => return Err(Error::Cancelled),
        answered = engine.ping() => answered?,
    }
    let facts = engine.facts();
    report(StageEvent::Done(Stage::Engine, format!("{} {}", facts.name, facts.version)));

    report(StageEvent::Began(Stage::Images));
    let images = [images::gateway(), images::server(), spec.kernelspec.image.clone()];
    let had = tokio::select! {
        () = cancel.cancelled() => return Err(Error::Cancelled),
        had = images::ensure_all(engine, &images, &spec.images, cancel, |progress| {
            report(StageEvent::Progressed(Stage::Images, progress.detail, progress.progress, progress.log));
        }) => had?,
    };
    let open = tokio::select! {
        () = cancel.cancelled() => return Err(Error::Cancelled),
        open = open_ports::told(engine, &spec.kernelspec.image) => open,
    };
    let had = open.into_iter().fold(had, |had, open| {
        tracing::warn!(launch = spec.id, open, "other people on this machine can read what a kernel prints");
        format!("{had}; {open}")
    });
    report(StageEvent::Done(Stage::Images, had));
    proceed(cancel)
}

/// Makes network and containers, and waits until they answer. Each call is waited for to its end, also when cancelled: a
/// call that is broken off may still take effect on the engine, after all else was removed.
async fn make(
    engine: &Engine,
    spec: &LaunchSpec,
    attempt: &str,
    events: broadcast::Receiver<Event>,
    report: &(dyn Fn(StageEvent) + Send + Sync),
    cancel: &CancellationToken,
) -> Result<()> {
    report(StageEvent::Began(Stage::Network));
    let tokens = Tokens { gateway: Secret::random(), server: Secret::random() };
    let mut resolved = resolve(engine, spec, attempt, tokens.clone())?;
    let mut plan = plan::plan(&resolved);
    tracing::debug!(launch = spec.id, ?plan, "planned");
    claim_network(engine, &plan, spec).await?;
    report(StageEvent::Done(Stage::Network, plan.network.name.clone()));

    proceed(cancel)?;
    report(StageEvent::Began(Stage::Containers));
    let mut started = start_both(engine, &plan, spec, cancel).await;
    if resolved.follows_mounts && matches!(&started, Err(Error::Engine { reason, .. }) if hands_no_mounts_on(reason)) {
        proceed(cancel)?;
        // The engine is in another world of mounts than this process.
        tracing::info!(launch = spec.id, "what is mounted into the folder later will not be seen in the launch");
        for part in [&plan.gateway, &plan.server] {
            engine.remove_container(&part.name).await?;
        }
        resolved.follows_mounts = false;
        plan = plan::plan(&resolved);
        started = start_both(engine, &plan, spec, cancel).await;
    }
    started.map_err(|error| explained(error, &plan))?;
    report(StageEvent::Done(Stage::Containers, "gateway and server run".to_owned()));

    proceed(cancel)?;
    report(StageEvent::Began(Stage::Ready));
    tokio::select! {
        () = cancel.cancelled() => return Err(Error::Cancelled),
        answered = answers(engine, spec, &plan, &tokens.server, events, report) => answered?,
    }
    report(StageEvent::Done(Stage::Ready, "JupyterLab answers".to_owned()));
    Ok(())
}

/// An engine's refusal in words that say what to do, where it is one of a mount.
pub(crate) fn explained(error: Error, plan: &Plan) -> Error {
    let Error::Engine { reason, .. } = &error else { return error };
    let mounts = plan.gateway.mounts.iter().chain(&plan.server.mounts);
    let sources: Vec<&str> = mounts.map(|mount| mount.source.as_str()).collect();
    mounts::refusal(reason, &sources, mountinfo::mounted).unwrap_or(error)
}

pub(crate) fn proceed(cancel: &CancellationToken) -> Result<()> {
    if cancel.is_cancelled() { Err(Error::Cancelled) } else { Ok(()) }
}

/// A network of an attempt that is older than this, without containers, was left behind, milliseconds.
const LEFT_BEHIND: u64 = 20_000;

/// Makes the network of this attempt, unless another program is at work on the launch. Of two that find nobody, the one
/// that makes the gateway goes on.
async fn claim_network(engine: &Engine, plan: &Plan, spec: &LaunchSpec) -> Result<()> {
    let mut others = list::networks_of(engine, &spec.id).await?;
    if !others.is_empty() && take_over(engine, spec).await? {
        others = list::networks_of(engine, &spec.id).await?;
    }
    for (labels, other) in others {
        let age = clock::age(labels.made_at(), now());
        if age < LEFT_BEHIND || !engine.containers_on(&other.id).await?.is_empty() {
            return Err(Error::LaunchedElsewhere { name: plan.network.name.clone() });
        }
        engine.remove_network(&other.id).await?;
    }
    engine.create_network(&plan.network).await
}

/// Removes what dead programs of this person left of this launch before it came to run; answers with whether there was
/// anything.
async fn take_over(engine: &Engine, spec: &LaunchSpec) -> Result<bool> {
    let liveness = |process: &str| liveness(&spec.dirs, process);
    let known = Known { owner: &spec.owner.name, liveness: &liveness, busy: &|_| false, now: now() };
    orphans::remove_abandoned(engine, &spec.id, &known).await
}

/// Makes the launch's network where it is gone.
pub(crate) async fn have_network(engine: &Engine, plan: &Plan) -> Result<()> {
    if list::networks(engine).await?.iter().any(|(_, network)| network.name == plan.network.name) {
        return Ok(());
    }
    engine.create_network(&plan.network).await
}

/// Waits, at most `patience`, for a launch of the same folder that another program is at work on.
pub async fn joined(
    engine: &Engine,
    spec: &LaunchSpec,
    patience: Duration,
    cancel: &CancellationToken,
) -> Result<Joined> {
    let ready = becomes_ready(engine, &spec.id, &spec.kernelspec.name, patience);
    tokio::select! {
        () = cancel.cancelled() => Err(Error::Cancelled),
        () = is_gone(engine, spec) => Ok(Joined::Gone),
        ready = ready => if ready { Ok(Joined::Ready) } else {
            Err(Error::NotReady {
                after: spec.timeout,
                reason: "another program launches this folder, and did not come to an end".to_owned(),
                log: Vec::new(),
            })
        },
    }
}

/// Waits until nothing is left of the other program's launch: it removes that itself, or dies. No event tells of a
/// process that dies. An engine that does not answer says nothing about it.
async fn is_gone(engine: &Engine, spec: &LaunchSpec) {
    loop {
        tokio::time::sleep(LOOK).await;
        if take_over(engine, spec).await.unwrap_or(false) || nothing_is_left(engine, &spec.id).await.unwrap_or(false) {
            return;
        }
    }
}

async fn nothing_is_left(engine: &Engine, launch: &str) -> Result<bool> {
    let (networks, containers) =
        tokio::try_join!(list::networks_of(engine, launch), list::containers_of(engine, launch))?;
    Ok(networks.is_empty() && containers.is_empty())
}

/// Creates and starts gateway and server side by side: the server needs the gateway only when it is asked for kernels.
async fn start_both(engine: &Engine, plan: &Plan, spec: &LaunchSpec, cancel: &CancellationToken) -> Result<()> {
    let start = async |part: &ContainerSpec| {
        let mut made = create::create(engine, part).await;
        // The last call of a program that died may have come between.
        if matches!(made, Err(Error::LaunchedElsewhere { .. })) && take_over(engine, spec).await? {
            proceed(cancel)?;
            made = create::create(engine, part).await;
        }
        made?;
        proceed(cancel)?;
        engine.start_container(&part.name).await
    };
    let (gateway, mut server) = tokio::join!(start(&plan.gateway), start(&plan.server));
    gateway?;
    // Another program had only the server's name: without the gateway's, it gives way.
    let began = Instant::now();
    while matches!(server, Err(Error::LaunchedElsewhere { .. })) && began.elapsed() < GIVES_WAY_WITHIN {
        proceed(cancel)?;
        tokio::time::sleep(PROBE).await;
        server = start(&plan.server).await;
    }
    server
}

/// Waits until the chain answers, one of the two dies, or the time is up.
pub(crate) async fn answers(
    engine: &Engine,
    spec: &LaunchSpec,
    plan: &Plan,
    token: &Secret,
    mut events: broadcast::Receiver<Event>,
    report: &(dyn Fn(StageEvent) + Send + Sync),
) -> Result<()> {
    let began = Instant::now();
    report(StageEvent::Doing(Stage::Ready, "waiting for JupyterLab".to_owned()));
    let server = match engine.container_port(&plan.server.name, plan::PORT).await {
        Ok(port) => Server { endpoint: Endpoint::on_this_machine(port), token: token.clone() },
        // A container that died at once has no port any more: say that it died.
        Err(error) => return Err(first_dead(engine, plan).await.unwrap_or(error)),
    };
    let last = std::sync::Mutex::new(String::new());
    let name = &spec.kernelspec.name;
    let ready = async {
        let mut lacking = None;
        loop {
            let said = match server.chain(name).await {
                Ok(Chain::Ready) => return Ok(()),
                Ok(Chain::Lacking { offered }) if !offered.contains(name) => {
                    if lacking.get_or_insert_with(Instant::now).elapsed() > LACKING_FOR {
                        return Err(offered);
                    }
                    format!("the gateway offers {}, and not `{name}`", offered.join(", "))
                }
                Ok(Chain::Lacking { .. }) => format!("`{name}` is not the gateway's default yet"),
                Err(error) => {
                    lacking = None;
                    error.to_string()
                }
            };
            if let Ok(mut last) = last.lock() {
                *last = said;
            }
            tokio::time::sleep(PROBE).await;
        }
    };
    tokio::select! {
        ready = ready => match ready {
            Ok(()) => Ok(()),
            Err(offered) => {
                let log = engine.logs_tail(&plan.gateway.name, TAIL / 2).await.unwrap_or_default();
                Err(Error::NotOffered { name: name.clone(), offered, log })
            }
        },
        error = a_death(engine, plan, &mut events) => Err(error),
        () = tokio::time::sleep(spec.timeout) => {
            let mut log = Vec::new();
            for part in [&plan.gateway, &plan.server] {
                let lines = engine.logs_tail(&part.name, TAIL / 2).await.unwrap_or_default();
                log.extend(lines.iter().map(|line| format!("{}: {}", role_of(part).as_str(), line::shown(line, &[]))));
            }
            let reason = last.lock().map(|last| last.clone()).unwrap_or_default();
            Err(Error::NotReady { after: began.elapsed(), reason, log })
        }
    }
}

fn role_of(part: &ContainerSpec) -> Role {
    Labels::parse(&part.labels).and_then(|labels| labels.role).unwrap_or(Role::Server)
}

/// Waits until gateway or server dies, as the event stream tells it.
async fn a_death(engine: &Engine, plan: &Plan, events: &mut broadcast::Receiver<Event>) -> Error {
    loop {
        // What was missed, or came before the subscription, is asked for.
        if let Some(error) = first_dead(engine, plan).await {
            return error;
        }
        loop {
            match events.recv().await {
                Ok(event) if may_be_death_of(&event, plan) => break,
                Ok(_) => {}
                Err(broadcast::error::RecvError::Lagged(_)) => break,
                // The event stream ends with the engine's; the deadline remains.
                Err(broadcast::error::RecvError::Closed) => std::future::pending().await,
            }
        }
    }
}

fn may_be_death_of(event: &Event, plan: &Plan) -> bool {
    match event.kind {
        EventKind::Died { .. } | EventKind::Destroyed => [&plan.gateway.name, &plan.server.name].contains(&&event.name),
        // The engine is asked, and where it does not answer, that is the end.
        EventKind::Lost => true,
        EventKind::Created | EventKind::Started | EventKind::OutOfMemory | EventKind::Other => false,
    }
}

async fn first_dead(engine: &Engine, plan: &Plan) -> Option<Error> {
    for part in [&plan.gateway, &plan.server] {
        match engine.exit_code(&part.name).await {
            Ok(Some(code)) => return Some(died(engine, role_of(part), &part.name, code).await),
            Ok(None) => {}
            Err(error) => return Some(error),
        }
    }
    None
}

/// The failure that says that a container died, with its last words.
pub async fn died(engine: &Engine, role: Role, name: &str, code: i64) -> Error {
    let log = engine.logs_tail(name, TAIL).await.unwrap_or_default();
    let log = log.iter().map(|line| line::shown(line, &[])).collect();
    Error::ContainerDied { role: role.as_str().to_owned(), name: name.to_owned(), code, log }
}

/// Waits, at most `patience`, until a launch that another program started answers.
pub async fn becomes_ready(engine: &Engine, launch: &str, kernelspec: &str, patience: Duration) -> bool {
    let ready = async {
        loop {
            if let Ok(server) = reach::server(engine, launch).await
                && matches!(server.chain(kernelspec).await, Ok(Chain::Ready))
            {
                return;
            }
            tokio::time::sleep(PROBE * 4).await;
        }
    };
    tokio::time::timeout(patience, ready).await.is_ok()
}
