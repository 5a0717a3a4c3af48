//! What runs, folded from the engine's list of containers: pure, so that a table can test it.

use std::collections::{BTreeMap, BTreeSet};

use crate::engine::{Container, ContainerState};
use crate::jupyter::Endpoint;
use crate::launch::label::{Labels, Role};
use crate::launch::plan;

/// One launch as the engine tells it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ObservedLaunch {
    /// The folder's path on its owner's machine.
    pub pipeline: String,
    /// The mark of the folder that its server was given.
    pub folder: String,
    /// The kernelspec it was launched with.
    pub kernelspec: String,
    /// `user@host`.
    pub owner: String,
    /// The attempt that made its server, or else its gateway.
    pub attempt: String,
    /// The process that launched it, as its sign of life names it.
    pub process: String,
    /// The processes that made its gateway and server: a part that was made anew has another than the rest.
    pub makers: BTreeSet<String>,
    /// It is being stopped, by whichever program.
    pub stopping: bool,
    /// When its first container was made, milliseconds since the epoch.
    pub started_at: u64,
    /// The gateway, where there is one.
    pub gateway: Option<Part>,
    /// The server, where there is one.
    pub server: Option<Part>,
    /// The kernels that run, oldest first.
    pub kernels: Vec<Kernel>,
}

/// A gateway or server.
#[derive(Clone, Debug, PartialEq)]
pub struct Part {
    /// The container's id.
    pub container: String,
    /// What it does.
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
    /// When it was made.
    pub started_at: u64,
}

impl ObservedLaunch {
    /// Whether gateway and server both run.
    pub fn whole(&self) -> bool {
        let runs = |part: &Option<Part>| part.as_ref().is_some_and(Part::runs);
        runs(&self.gateway) && runs(&self.server)
    }

    /// Whether one part ended while the other has what it takes to make the launch whole again.
    pub fn can_be_repaired(&self) -> bool {
        let runs = |part: &Option<Part>| part.as_ref().is_some_and(Part::runs);
        let ended =
            |part: &Option<Part>| part.as_ref().is_none_or(|part| matches!(part.state, ContainerState::Exited { .. }));
        (runs(&self.server) && ended(&self.gateway)) || (runs(&self.gateway) && ended(&self.server))
    }

    /// The part that has ended although the launch needs it, with its exit code where it is known.
    pub fn dead(&self) -> Option<(Role, Option<i64>)> {
        [(Role::Gateway, &self.gateway), (Role::Server, &self.server)].into_iter().find_map(|(role, part)| {
            match part.as_ref()?.state {
                ContainerState::Exited { code } => Some((role, Some(code))),
                _ => None,
            }
        })
    }
}

/// The launches among `containers`, by id. A container without launch or role is not one of ours.
pub fn launches(containers: &[Container]) -> BTreeMap<String, ObservedLaunch> {
    let mut launches: BTreeMap<String, ObservedLaunch> = BTreeMap::new();
    for container in containers {
        let Some(labels) = Labels::parse(&container.labels) else { continue };
        let Some(role) = labels.role else { continue };
        let found = launches.entry(labels.launch).or_default();
        if found.started_at == 0 || container.created_ms < found.started_at {
            found.started_at = container.created_ms;
        }
        let part = Part {
            container: container.id.clone(),
            state: container.state.clone(),
            endpoint: container.ports.get(&plan::PORT).map(|port| Endpoint::on_this_machine(*port)),
        };
        match role {
            Role::Gateway => found.gateway = Some(better(found.gateway.take(), part)),
            Role::Server => found.server = Some(better(found.server.take(), part)),
            Role::Kernel if container.state == ContainerState::Running => found.kernels.push(Kernel {
                id: labels.kernel_id.unwrap_or_default(),
                container: container.id.clone(),
                kernelspec: labels.kernelspec.clone().unwrap_or_default(),
                started_at: container.created_ms,
            }),
            Role::Kernel | Role::Network | Role::Channels | Role::GatewaySocket => {}
        }
        // A kernel's labels name its own kernelspec; the launch's is on gateway and server.
        if matches!(role, Role::Gateway | Role::Server) {
            found.kernelspec = labels.kernelspec.unwrap_or_default();
            found.makers.insert(labels.process.clone().unwrap_or_default());
            found.stopping |= container.name.ends_with(plan::STOPPING);
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
        // While one is restarted its old container may still run beside the new.
        found.kernels.sort_by(|a, b| a.id.cmp(&b.id).then_with(|| b.started_at.cmp(&a.started_at)));
        found.kernels.dedup_by(|old, new| old.id == new.id);
        found.kernels.sort_by(|a, b| a.started_at.cmp(&b.started_at).then_with(|| a.id.cmp(&b.id)));
    }
    launches
}

/// Of two in one role that which runs; lists have the newest first.
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
    fn what_should_not_be_is_folded_into_what_can_be_shown() {
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
        for (what, list, is_whole, kernels) in table {
            let found = &launches(&list)["a"];
            let found_kernels: Vec<_> =
                found.kernels.iter().map(|kernel| (kernel.id.as_str(), kernel.started_at)).collect();
            assert_eq!((found.whole(), found_kernels.as_slice()), (is_whole, kernels), "{what}");
        }
    }

    #[test]
    fn what_lacks_a_label_is_not_ours() {
        let mut stranger = container("a", "gateway", ContainerState::Running, 1);
        stranger.labels.remove(label::ROLE);
        assert!(launches(&[stranger]).is_empty());
        assert!(launches(&[container("a", "something", ContainerState::Running, 1)]).is_empty());
    }
}
