//! If several programs launch one folder at once, one goes on and the others wait for it. A launch that a dead process had
//! begun is taken over. A program claims a launch by the name of its first part: of two programs that find nobody else, the
//! one that creates it goes on.

use std::time::Duration;

use tokio_util::sync::CancellationToken;

use crate::engine::Engine;
use crate::launch::orphans::{self, Known};
use crate::launch::plan::Plan;
use crate::launch::spec::LaunchSpec;
use crate::launch::{list, ready};
use crate::platform::clock::{self, now};
use crate::platform::process::liveness;
use crate::words::error::{Error, Result};
use crate::words::launch as words;

/// The pause between two looks at whether another program still launches the folder.
const LOOK: Duration = Duration::from_millis(250);
/// A network without containers, of an attempt that is older than this, was left behind, milliseconds.
const LEFT_BEHIND: u64 = 20_000;

/// What became of a launch of the same folder by another program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Joined {
    /// It is ready.
    Ready,
    /// Its program ended or gave up, and nothing of it is left.
    Gone,
}

/// Creates the network of this attempt.
///
/// # Errors
/// `LaunchedElsewhere` if another program launches the folder.
pub(crate) async fn network(engine: &Engine, plan: &Plan, spec: &LaunchSpec) -> Result<()> {
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

/// Removes what dead programs of this person left of this launch before it came to run. Returns whether there was
/// anything.
pub(crate) async fn take_over(engine: &Engine, spec: &LaunchSpec) -> Result<bool> {
    let liveness = |process: &str| liveness(&spec.dirs, process);
    let known = Known { owner: &spec.owner.name, liveness: &liveness, busy: &|_| false, now: now() };
    orphans::remove_abandoned(engine, &spec.id, &known).await
}

/// Waits, at most `patience`, for a launch of the same folder by another program.
pub async fn joined(
    engine: &Engine,
    spec: &LaunchSpec,
    patience: Duration,
    cancel: &CancellationToken,
) -> Result<Joined> {
    let ready = ready::becomes_ready(engine, &spec.id, spec.parts(), &spec.kernelspec.name, patience);
    tokio::select! {
        () = cancel.cancelled() => Err(Error::Cancelled),
        () = is_gone(engine, spec) => Ok(Joined::Gone),
        ready = ready => if ready { Ok(Joined::Ready) } else {
            let reason = words::NEVER_READY_ELSEWHERE.to_owned();
            Err(Error::NotReady { after: spec.timeout, reason, log: Vec::new() })
        },
    }
}

/// Waits until nothing is left of the other program's launch: the program removes it, or dies. No event reports that a
/// process dies. An engine that does not answer says nothing about it.
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
