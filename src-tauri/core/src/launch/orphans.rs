//! Launches that dead processes left incomplete: finds them by their labels, and removes them.

use std::collections::BTreeMap;

use crate::engine::{Container, ContainerState, Engine};
use crate::folder::pipeline;
use crate::launch::label::{self, Labels, Role};
use crate::launch::{list, stop};
use crate::platform::clock;
use crate::platform::process::Liveness;
use crate::words::error::Result;

/// A launch that is younger than this may still be starting, milliseconds.
pub const GRACE_MS: u64 = 20_000;

/// An attempt to launch of which something is left.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
pub struct Orphan {
    /// The launch's id.
    pub launch: String,
    /// The attempt.
    pub attempt: String,
    /// The folder that was launched.
    pub pipeline: String,
}

/// The person who asks, and the state of the processes that launched.
pub struct Known<'a> {
    /// The person, as `user@host`.
    pub owner: &'a str,
    /// Whether a process lives.
    pub liveness: &'a (dyn Fn(&str) -> Liveness + Sync),
    /// Whether this process is working on a launch.
    pub busy: &'a (dyn Fn(&str) -> bool + Sync),
    /// The time, milliseconds since the epoch.
    pub now: u64,
}

#[derive(Default)]
struct Attempt {
    pipeline: String,
    parts: BTreeMap<Role, ContainerState>,
    kernels: bool,
    /// Its kernels run at a place, which has a gateway of its own.
    at_a_place: bool,
    /// A process that may live created a part of it, or it is too young.
    kept: bool,
}

/// The attempts that only dead processes worked on: their owner is this person on this machine, and each process that
/// created a part is proven dead. `young_ms`: an attempt that is younger may still be starting.
fn left_by_the_dead(
    containers: &[Container],
    others: &[Labels],
    known: &Known,
    young_ms: u64,
) -> BTreeMap<(String, String), Attempt> {
    let mut attempts: BTreeMap<(String, String), Attempt> = BTreeMap::new();
    let of_container = |container: &Container| Some((Labels::parse(&container.labels)?, Some(container.state.clone())));
    let parts = containers.iter().filter_map(of_container);
    for (labels, state) in parts.chain(others.iter().map(|labels| (labels.clone(), None))) {
        let Some(ours) = ours(&labels, known.owner) else { continue };
        let attempt = attempts.entry((labels.launch.clone(), ours.attempt.to_owned())).or_default();
        ours.pipeline.clone_into(&mut attempt.pipeline);
        let old = labels.made_at() != 0 && clock::age(labels.made_at(), known.now) >= young_ms;
        attempt.at_a_place |= labels.place.is_some();
        let dead = (known.liveness)(ours.process) == Liveness::Dead;
        attempt.kept |= !old || !dead || (known.busy)(&labels.launch);
        match (ours.role, state) {
            (Role::Kernel, Some(state)) => attempt.kernels |= state == ContainerState::Running,
            (role, Some(state)) if Role::PARTS.contains(&role) => drop(attempt.parts.insert(role, state)),
            _ => {}
        }
    }
    attempts.retain(|_, attempt| !attempt.kept);
    attempts
}

/// The attempts that can be removed: their owner is this person on this machine, the processes that launched them are
/// proven dead, they are older than [`GRACE_MS`], and the rest of them is not enough for a repair. `others`: the labels of
/// networks and volumes.
pub fn orphans(containers: &[Container], others: &[Labels], known: &Known) -> Vec<Orphan> {
    let mut attempts = left_by_the_dead(containers, others, known, GRACE_MS);
    attempts.retain(|_, attempt| !can_be_whole(attempt));
    let orphan =
        |((launch, name), attempt): ((_, _), Attempt)| Orphan { launch, attempt: name, pipeline: attempt.pipeline };
    attempts.into_iter().map(orphan).collect()
}

/// The attempts to launch this folder that dead processes left before all parts ran, also young ones: no process goes on
/// with them, and no kernel runs in them. They are in the way of a new launch of the folder.
pub fn abandoned(containers: &[Container], others: &[Labels], launch: &str, known: &Known) -> Vec<String> {
    let whole = |attempt: &Attempt| {
        let wanted = Role::parts(attempt.at_a_place);
        wanted.iter().all(|role| attempt.parts.get(role) == Some(&ContainerState::Running))
    };
    let attempts = left_by_the_dead(containers, others, known, 0).into_iter();
    let of_it = attempts.filter(|((id, _), attempt)| id == launch && !attempt.kernels && !whole(attempt));
    of_it.map(|((_, name), _)| name).collect()
}

/// The labels of a launch of this owner, none of which is missing.
struct Ours<'a> {
    role: Role,
    pipeline: &'a str,
    attempt: &'a str,
    process: &'a str,
}

/// `None` if a label is missing, or does not fit the rest.
fn ours<'a>(labels: &'a Labels, owner: &str) -> Option<Ours<'a>> {
    let ours = Ours {
        role: labels.role?,
        pipeline: labels.pipeline.as_deref()?,
        attempt: labels.attempt.as_deref()?,
        process: labels.process.as_deref()?,
    };
    let fits = labels.owner.as_deref()? == owner
        && pipeline::id_of(ours.pipeline.as_ref()) == labels.launch
        && labels.version.is_some();
    fits.then_some(ours)
}

fn can_be_whole(attempt: &Attempt) -> bool {
    use ContainerState::{Exited, Running};
    match (attempt.parts.get(&Role::Gateway), attempt.parts.get(&Role::Server)) {
        // A server knows its tokens, so that the gateway can be created again. A gateway with kernels is worth a new server.
        (_, Some(Running)) | (Some(Running), Some(Exited { .. })) => true,
        (Some(Running), _) => attempt.kernels,
        _ => false,
    }
}

/// The containers of all launches, and the labels of their networks and volumes.
async fn all(engine: &Engine) -> Result<(Vec<Container>, Vec<Labels>)> {
    let (containers, networks, volumes) =
        tokio::try_join!(engine.list(label::LAUNCH), list::networks(engine), list::volumes_of_attempts(engine))?;
    let networks = networks.into_iter().map(|(labels, _)| labels);
    Ok((containers, networks.chain(volumes.into_iter().map(|(labels, _)| labels)).collect()))
}

/// Finds and removes orphans. Returns those that it removed.
pub async fn remove(engine: &Engine, known: &Known<'_>) -> Result<Vec<Orphan>> {
    let (containers, others) = all(engine).await?;
    let mut removed = Vec::new();
    for orphan in orphans(&containers, &others, known) {
        stop::remove(engine, &orphan.launch, Some(&orphan.attempt)).await?;
        tracing::info!(launch = orphan.launch, pipeline = orphan.pipeline, "removed what a dead process had left");
        removed.push(orphan);
    }
    Ok(removed)
}

/// Removes the attempts to launch a folder that dead processes left before all parts ran. Returns whether there were any.
pub async fn remove_abandoned(engine: &Engine, launch: &str, known: &Known<'_>) -> Result<bool> {
    let (containers, others) = all(engine).await?;
    let abandoned = abandoned(&containers, &others, launch, known);
    for attempt in &abandoned {
        stop::remove(engine, launch, Some(attempt)).await?;
        tracing::info!(launch, attempt, "removed what a dead process had left when it began to launch");
    }
    Ok(!abandoned.is_empty())
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::platform::user::Owner;

    const NOW: u64 = 1_000_000;

    fn part(role: Role, state: ContainerState) -> Container {
        let owner = Owner { name: "ada@engine".into(), process: "7-1".into(), test: None };
        let launch = pipeline::id_of("/home/ada/notes".as_ref());
        let labels = Labels::of_attempt(&launch, "/home/ada/notes", "python_docker", "900000-ab", &owner);
        Container {
            id: role.as_str().into(),
            name: role.as_str().into(),
            labels: labels.in_role(role).write(),
            state,
            created_ms: 0,
            ports: BTreeMap::new(),
            networks: Vec::new(),
        }
    }

    fn found(parts: &[Container], life: Liveness) -> usize {
        let known = Known { owner: "ada@engine", liveness: &|_| life, busy: &|_| false, now: NOW };
        orphans(parts, &[], &known).len()
    }

    #[test]
    fn an_attempt_that_cannot_be_repaired_is_an_orphan_and_others_are_not() {
        use ContainerState::{Created, Exited, Running};
        use Role::{Gateway, ImageRequest, Kernel, Server};
        let ended = Exited { code: 137 };
        let table: [(&[(Role, ContainerState)], bool); 12] = [
            (&[(Gateway, Running)], true),
            (&[(Gateway, Created)], true),
            (&[(Gateway, Running), (Server, Created)], true),
            (&[(Gateway, ended.clone()), (Server, ended.clone())], true),
            (&[(Kernel, Running)], true),
            (&[(ImageRequest, Created)], true),
            (&[(Gateway, Running), (Server, Running), (ImageRequest, Created)], false),
            (&[(Gateway, ended.clone()), (Kernel, Running)], true),
            (&[(Gateway, Running), (Server, Running)], false),
            (&[(Gateway, ended.clone()), (Server, Running)], false),
            (&[(Gateway, Running), (Server, ended)], false),
            (&[(Gateway, Running), (Kernel, Running)], false),
        ];
        for (parts, goes) in table {
            let parts: Vec<_> = parts.iter().map(|(role, state)| part(*role, state.clone())).collect();
            assert_eq!(found(&parts, Liveness::Dead), usize::from(goes), "{parts:?}");
            assert_eq!(found(&parts, Liveness::Alive), 0, "its process lives");
            assert_eq!(found(&parts, Liveness::Unknown), 0, "nothing is proven");
        }
    }

    #[test]
    fn an_attempt_with_a_missing_or_wrong_label_stays() {
        let orphan = part(Role::Gateway, ContainerState::Created);
        assert_eq!(found(std::slice::from_ref(&orphan), Liveness::Dead), 1);
        let change = |name: &str, value: Option<&str>| {
            let mut decoy = orphan.clone();
            match value {
                Some(value) => decoy.labels.insert(name.to_owned(), value.to_owned()),
                None => decoy.labels.remove(name),
            };
            found(&[decoy], Liveness::Dead)
        };
        for name in [label::LAUNCH, label::ROLE, label::PIPELINE, label::ATTEMPT, label::OWNER, label::PROCESS] {
            assert_eq!(change(name, None), 0, "without {name}");
            assert_eq!(change(name, Some("x")).min(1), usize::from(name == label::PROCESS), "with another {name}");
        }
        assert_eq!(change(label::OWNER, Some("ada@elsewhere")), 0);
        assert_eq!(change(label::OWNER, Some("bob@engine")), 0);
        assert_eq!(change(label::PIPELINE, Some("/home/ada/other")), 0);
    }

    #[test]
    fn networks_and_volumes_without_containers_are_orphans() {
        for role in [Role::Network, Role::Channels, Role::GatewaySocket] {
            let labels = Labels::parse(&part(role, ContainerState::Running).labels).unwrap();
            let gone = |life| {
                let known = Known { owner: "ada@engine", liveness: &|_| life, busy: &|_| false, now: NOW };
                orphans(&[], std::slice::from_ref(&labels), &known).len()
            };
            assert_eq!((gone(Liveness::Dead), gone(Liveness::Alive), gone(Liveness::Unknown)), (1, 0, 0), "{role:?}");
        }
    }

    #[test]
    fn a_young_attempt_stays_and_a_clock_that_was_set_back_makes_none_young() {
        let orphan = part(Role::Gateway, ContainerState::Created);
        let at = |now| {
            let known = Known { owner: "ada@engine", liveness: &|_| Liveness::Dead, busy: &|_| false, now };
            orphans(std::slice::from_ref(&orphan), &[], &known).len()
        };
        assert_eq!((at(900_000 + GRACE_MS), at(900_000 + GRACE_MS - 1), at(900_000 - 5), at(5)), (1, 0, 0, 1));
    }

    #[test]
    fn an_attempt_that_a_dead_process_did_not_finish_is_abandoned_at_once() {
        use ContainerState::{Created, Exited, Running};
        use Role::{Gateway, Kernel, Server};
        let table: [(&[(Role, ContainerState)], bool); 7] = [
            (&[(Gateway, Created)], true),
            (&[(Server, Created)], true),
            (&[(Gateway, Created), (Server, Created)], true),
            (&[(Gateway, Running), (Server, Created)], true),
            (&[(Gateway, Created), (Server, Running)], true),
            (&[(Gateway, Running), (Server, Running)], false),
            (&[(Gateway, Exited { code: 1 }), (Server, Running), (Kernel, Running)], false),
        ];
        for (parts, goes) in table {
            let parts: Vec<_> = parts.iter().map(|(role, state)| part(*role, state.clone())).collect();
            let network = Labels::parse(&part(Role::Network, Running).labels).unwrap();
            let found = |life, launch: &str| {
                // It began this moment.
                let known = Known { owner: "ada@engine", liveness: &|_| life, busy: &|_| false, now: 900_000 };
                abandoned(&parts, std::slice::from_ref(&network), launch, &known).len()
            };
            let launch = pipeline::id_of("/home/ada/notes".as_ref());
            assert_eq!(found(Liveness::Dead, &launch), usize::from(goes), "{parts:?}");
            assert_eq!(found(Liveness::Dead, "another"), 0, "{parts:?}");
            assert_eq!(found(Liveness::Alive, &launch), 0, "{parts:?}: its process lives");
            assert_eq!(found(Liveness::Unknown, &launch), 0, "{parts:?}: nothing is proven");
        }
    }

    #[test]
    fn an_attempt_that_a_living_process_repairs_is_not_abandoned() {
        let gateway = part(Role::Gateway, ContainerState::Running);
        let mut server = part(Role::Server, ContainerState::Created);
        server.labels.insert(label::PROCESS.to_owned(), "8-2".to_owned());
        let launch = gateway.labels[label::LAUNCH].clone();
        let dead = |process: &str| if process == "8-2" { Liveness::Alive } else { Liveness::Dead };
        let known = Known { owner: "ada@engine", liveness: &dead, busy: &|_| false, now: 900_000 };
        assert_eq!(abandoned(&[gateway.clone(), server], &[], &launch, &known), Vec::<String>::new());
        assert_eq!(abandoned(&[gateway], &[], &launch, &known).len(), 1);
    }
}
