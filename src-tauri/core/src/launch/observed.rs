//! Launches, read from the engine's list of containers. Pure: a table of lists tests it.

use std::collections::{BTreeMap, BTreeSet};

use crate::engine::{Container, ContainerState};
use crate::jupyter::Endpoint;
use crate::launch::label::{Labels, Role};
use crate::launch::{name, plan};

/// A launch, as the engine lists its containers.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ObservedLaunch {
    /// The folder's path on its owner's machine.
    pub pipeline: String,
    /// The mark of the folder that its server was given.
    pub folder: String,
    /// The kernelspec it was launched with.
    pub kernelspec: String,
    /// The place where its kernels run; none is this machine.
    pub place: Option<String>,
    /// `user@host`.
    pub owner: String,
    /// The attempt that created its server, or else its gateway.
    pub attempt: String,
    /// The process that launched it, as its lock names it.
    pub process: String,
    /// The processes that created its parts. A repaired part has another one than the rest.
    pub makers: BTreeSet<String>,
    /// A program is stopping it.
    pub stopping: bool,
    /// When its first container was created, milliseconds since the epoch.
    pub started_at: u64,
    /// Its parts that have a container.
    pub parts: BTreeMap<Role, Part>,
    /// The kernels that run, oldest first.
    pub kernels: Vec<Kernel>,
}

/// A part of a launch.
#[derive(Clone, Debug, PartialEq)]
pub struct Part {
    /// The container's id.
    pub container: String,
    /// Its state.
    pub state: ContainerState,
    /// Where it is reached, if its port is published.
    pub endpoint: Option<Endpoint>,
}

impl Part {
    /// Whether it can do its work.
    pub fn runs(&self) -> bool {
        self.state == ContainerState::Running
    }
}

/// A kernel's container.
#[derive(Clone, Debug, PartialEq)]
pub struct Kernel {
    /// Jupyter's id.
    pub id: String,
    /// The container's id.
    pub container: String,
    /// The kernelspec's name.
    pub kernelspec: String,
    /// When it was created, milliseconds since the epoch.
    pub started_at: u64,
}

impl ObservedLaunch {
    /// A part, if it has a container.
    pub fn part(&self, role: Role) -> Option<&Part> {
        self.parts.get(&role)
    }

    /// The parts that it needs.
    pub fn wanted(&self) -> &'static [Role] {
        Role::parts(self.place.is_some())
    }

    /// Whether all parts run.
    pub fn whole(&self) -> bool {
        self.wanted().iter().all(|role| self.runs(*role))
    }

    /// Whether at least one part runs, and each of the others has ended or is gone. Such a launch can be made whole again.
    pub fn can_be_repaired(&self) -> bool {
        let ended = |role| self.part(role).is_none_or(|part| matches!(part.state, ContainerState::Exited { .. }));
        let (run, rest): (Vec<Role>, Vec<Role>) = self.wanted().iter().partition(|role| self.runs(**role));
        !run.is_empty() && !rest.is_empty() && rest.into_iter().all(ended)
    }

    /// The first part that has ended, with its exit code if it is known.
    pub fn dead(&self) -> Option<(Role, Option<i64>)> {
        self.parts.iter().find_map(|(role, part)| match part.state {
            ContainerState::Exited { code } => Some((*role, Some(code))),
            _ => None,
        })
    }

    fn runs(&self, role: Role) -> bool {
        self.part(role).is_some_and(Part::runs)
    }
}

/// The launches among `containers`, by id. Containers without a launch or role are not ours.
pub fn launches(containers: &[Container]) -> BTreeMap<String, ObservedLaunch> {
    let mut launches: BTreeMap<String, ObservedLaunch> = BTreeMap::new();
    for container in containers {
        let Some(labels) = Labels::parse(&container.labels) else { continue };
        let Some(role) = labels.role else { continue };
        let found = launches.entry(labels.launch).or_default();
        if found.started_at == 0 || container.created_ms < found.started_at {
            found.started_at = container.created_ms;
        }
        match role {
            role if Role::PARTS.contains(&role) => {
                let part = Part {
                    container: container.id.clone(),
                    state: container.state.clone(),
                    endpoint: container.ports.get(&plan::PORT).map(|port| Endpoint::on_this_machine(*port)),
                };
                let part = better(found.parts.remove(&role), part);
                found.parts.insert(role, part);
            }
            Role::Kernel if container.state == ContainerState::Running => found.kernels.push(Kernel {
                id: labels.kernel_id.unwrap_or_default(),
                container: container.id.clone(),
                kernelspec: labels.kernelspec.clone().unwrap_or_default(),
                started_at: container.created_ms,
            }),
            _ => {}
        }
        // A kernel's labels name its own kernelspec; the parts' labels name the launch's.
        if Role::PARTS.contains(&role) {
            found.kernelspec = labels.kernelspec.unwrap_or_default();
            found.place = labels.place;
            found.makers.insert(labels.process.clone().unwrap_or_default());
            found.stopping |= container.name.ends_with(name::STOPPING);
            if role == Role::Server {
                found.folder = labels.folder.unwrap_or_default();
            }
            if role == Role::Server || found.attempt.is_empty() {
                found.attempt = labels.attempt.unwrap_or_default();
                found.process = labels.process.unwrap_or_default();
            }
        }
        found.pipeline = labels.pipeline.unwrap_or_default();
        found.owner = labels.owner.unwrap_or_default();
    }
    for found in launches.values_mut() {
        // While a kernel restarts, its old container may still run beside the new one.
        found.kernels.sort_by(|a, b| a.id.cmp(&b.id).then_with(|| b.started_at.cmp(&a.started_at)));
        found.kernels.dedup_by(|old, new| old.id == new.id);
        found.kernels.sort_by(|a, b| a.started_at.cmp(&b.started_at).then_with(|| a.id.cmp(&b.id)));
    }
    launches
}

/// If two containers share a role, the one that runs. Lists have the newest first.
fn better(first: Option<Part>, second: Part) -> Part {
    match first {
        Some(first) if first.runs() || !second.runs() => first,
        _ => second,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::launch::label;

    fn container(launch: &str, role: &str, state: ContainerState, created_ms: u64) -> Container {
        Container {
            id: format!("{launch}-{role}-{created_ms}"),
            name: String::new(),
            labels: BTreeMap::from([
                (label::LAUNCH.to_owned(), launch.to_owned()),
                (label::ROLE.to_owned(), role.to_owned()),
                (label::PIPELINE.to_owned(), format!("/home/ada/{launch}")),
                (label::KERNELSPEC.to_owned(), format!("{role}-spec")),
                (label::KERNEL_ID.to_owned(), format!("k{created_ms}")),
            ]),
            state,
            created_ms,
            ports: BTreeMap::new(),
            networks: Vec::new(),
        }
    }

    #[test]
    fn containers_of_two_launches_are_told_apart() {
        let running = || ContainerState::Running;
        let found = launches(&[
            container("a", "gateway", running(), 5),
            container("b", "server", running(), 9),
            container("a", "server", running(), 4),
            container("a", "kernel", running(), 8),
            container("a", "kernel", running(), 7),
        ]);
        assert_eq!(found.len(), 2);
        assert!(found["a"].whole() && !found["b"].whole());
        assert_eq!(found["a"].started_at, 4);
        assert_eq!(found["a"].kernels.iter().map(|kernel| kernel.id.as_str()).collect::<Vec<_>>(), ["k7", "k8"]);
        assert_eq!(found["a"].kernelspec, "server-spec");
    }

    #[test]
    fn a_dead_part_is_named_with_its_exit_code() {
        let exited = ContainerState::Exited { code: 137 };
        let found = launches(&[
            container("a", "gateway", exited.clone(), 1),
            container("a", "server", ContainerState::Running, 2),
            container("a", "kernel", exited, 3),
        ]);
        assert_eq!(found["a"].dead(), Some((Role::Gateway, Some(137))));
        assert!(found["a"].kernels.is_empty(), "an ended kernel does not run");
    }

    #[test]
    fn a_launch_can_be_repaired_if_a_part_runs_and_the_others_have_ended() {
        use ContainerState::{Created, Exited, Running};
        let ended = || Exited { code: 0 };
        let table = [
            (Some(Running), Some(Running), false),
            (Some(Running), Some(ended()), true),
            (Some(Running), None, true),
            (Some(ended()), Some(Running), true),
            (None, Some(Running), true),
            (Some(Running), Some(Created), false),
            (Some(ended()), Some(ended()), false),
            (None, Some(ended()), false),
        ];
        for (gateway, server, can) in table {
            let part = |role: &str, state: &Option<_>| state.clone().map(|state| container("a", role, state, 1));
            let list: Vec<_> = [part("gateway", &gateway), part("server", &server)].into_iter().flatten().collect();
            assert_eq!(launches(&list)["a"].can_be_repaired(), can, "{gateway:?}, {server:?}");
        }
    }

    #[test]
    fn lists_that_should_not_exist_still_give_a_launch_that_can_be_shown() {
        use ContainerState::{Created, Exited, Running};
        let part = |role: &str, state, created| container("a", role, state, created);
        let whole = || vec![part("gateway", Running, 2), part("server", Running, 1)];
        let kernel = |id: &str, created| {
            let mut kernel = part("kernel", Running, created);
            kernel.labels.insert(label::KERNEL_ID.to_owned(), id.to_owned());
            kernel
        };
        type Case = (&'static str, Vec<Container>, bool, &'static [(&'static str, u64)]);
        let table: [Case; 8] = [
            (
                "all of it twice",
                [whole(), vec![kernel("k", 3)], whole(), vec![kernel("k", 3)]].concat(),
                true,
                &[("k", 3)],
            ),
            ("a kernel that is restarted", [vec![kernel("k", 9), kernel("k", 3)], whole()].concat(), true, &[("k", 9)]),
            (
                "the same, the old one first",
                [vec![kernel("k", 3), kernel("k", 9)], whole()].concat(),
                true,
                &[("k", 9)],
            ),
            ("kernels alone", vec![kernel("b", 4), kernel("a", 4)], false, &[("a", 4), ("b", 4)]),
            ("a kernel without an id", [whole(), vec![kernel("", 3)]].concat(), true, &[("", 3)]),
            (
                "a gateway beside its dead one",
                [vec![part("gateway", Exited { code: 1 }, 9)], whole()].concat(),
                true,
                &[],
            ),
            (
                "the same, the dead one last",
                [whole(), vec![part("gateway", Exited { code: 1 }, 9)]].concat(),
                true,
                &[],
            ),
            ("a server that never started", vec![part("gateway", Running, 2), part("server", Created, 1)], false, &[]),
        ];
        for (case, list, is_whole, kernels) in table {
            let found = &launches(&list)["a"];
            let found_kernels: Vec<_> =
                found.kernels.iter().map(|kernel| (kernel.id.as_str(), kernel.started_at)).collect();
            assert_eq!((found.whole(), found_kernels.as_slice()), (is_whole, kernels), "{case}");
        }
    }

    #[test]
    fn a_container_without_a_label_is_not_ours() {
        let mut stranger = container("a", "gateway", ContainerState::Running, 1);
        stranger.labels.remove(label::ROLE);
        assert!(launches(&[stranger]).is_empty());
        assert!(launches(&[container("a", "something", ContainerState::Running, 1)]).is_empty());
    }
}
