//! Whether a launch is broken: the one place that decides it. Pure.

use crate::engine::ContainerState;
use crate::launch::label::Role;
use crate::launch::observed::ObservedLaunch;
use crate::platform::clock;
use crate::platform::process::Liveness;

/// How long a launch of another program may be without gateway or server before it counts as broken, milliseconds.
pub const GRACE_MS: u64 = 90_000;

/// The health of a launch that no task of this process works on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Health {
    /// A program is stopping it.
    Stopping,
    /// It is not usable yet, and may become so.
    Starting,
    /// It can be used.
    Running,
    /// It will not become usable by itself.
    Broken(Fault),
}

/// The fault of a broken launch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The container of this part ended, with this exit code where the engine reports one.
    Ended(Role, Option<i64>),
    /// The container of this part is gone.
    Gone(Role),
    /// Its containers run, and it did not answer in time.
    Silent,
}

/// Whether the chain of a launch answered this process.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Answer {
    /// It has not been asked, or may still answer.
    #[default]
    Open,
    /// It answered.
    Ready,
    /// It did not answer in time.
    Silent,
}

/// The health of a launch at `now`, milliseconds since the epoch.
pub fn health(found: &ObservedLaunch, answer: Answer, now: u64) -> Health {
    if found.stopping {
        return Health::Stopping;
    }
    if let Some((role, code)) = found.dead() {
        return Health::Broken(Fault::Ended(role, code));
    }
    if found.whole() {
        return match answer {
            Answer::Ready => Health::Running,
            Answer::Open => Health::Starting,
            Answer::Silent => Health::Broken(Fault::Silent),
        };
    }
    if is_young(found, now) {
        return Health::Starting;
    }
    // A part that was created and never started counts as gone, too.
    let gone = found.wanted().iter().rev().find(|role| found.part(**role).is_none());
    Health::Broken(Fault::Gone(*gone.unwrap_or(&Role::Gateway)))
}

/// Whether this process repairs a launch of its person. `launcher` is the process that launched it.
pub fn is_to_be_repaired(found: &ObservedLaunch, answer: Answer, launcher: Liveness, now: u64) -> bool {
    if found.whole() || found.stopping {
        return false;
    }
    let given_up = match launcher {
        // It was launched from another home, with kernelspecs that are not here.
        Liveness::Unknown => return false,
        Liveness::Dead => true,
        // A living process finishes what it began.
        Liveness::Alive => !is_young(found, now),
    };
    answer == Answer::Ready || (given_up && found.can_be_repaired())
}

/// Whether dead processes began this launch and it never ran: nobody finishes it.
pub fn is_abandoned(found: &ObservedLaunch, liveness: impl Fn(&str) -> Liveness) -> bool {
    !found.whole() && found.kernels.is_empty() && found.makers.iter().all(|process| liveness(process) == Liveness::Dead)
}

/// Whether a person shut JupyterLab down from its own menu: the server ended without an error while the gateway runs. An
/// engine that stops ends both.
pub fn is_shut_down_from_within(found: &ObservedLaunch) -> bool {
    let server_ended = found.part(Role::Server).is_some_and(|part| part.state == ContainerState::Exited { code: 0 });
    server_ended && !found.stopping && found.part(Role::Gateway).is_some_and(|part| part.runs())
}

fn is_young(found: &ObservedLaunch, now: u64) -> bool {
    clock::age(found.started_at, now) < GRACE_MS
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::launch::observed::Part;

    fn part(state: ContainerState) -> Option<Part> {
        Some(Part { container: "c".to_owned(), state, endpoint: None })
    }

    fn launch(gateway: Option<Part>, server: Option<Part>) -> ObservedLaunch {
        let parts = [(Role::Gateway, gateway), (Role::Server, server)];
        let parts = parts.into_iter().filter_map(|(role, part)| Some((role, part?))).collect();
        ObservedLaunch { parts, started_at: 1_000, ..ObservedLaunch::default() }
    }

    const RUNS: ContainerState = ContainerState::Running;
    const FAILED: ContainerState = ContainerState::Exited { code: 1 };
    const YOUNG: u64 = 1_000 + GRACE_MS - 1;
    const OLD: u64 = 1_000 + GRACE_MS;

    #[test]
    fn health_is_decided_by_parts_answer_and_age() {
        use Answer::{Open, Ready, Silent};
        use Health::{Broken, Running, Starting, Stopping};
        let whole = || launch(part(RUNS), part(RUNS));
        let table = [
            ("it answers", whole(), Ready, OLD, Running),
            ("it has not been asked", whole(), Open, OLD, Starting),
            ("it does not answer", whole(), Silent, YOUNG, Broken(Fault::Silent)),
            (
                "its gateway ended",
                launch(part(FAILED), part(RUNS)),
                Ready,
                YOUNG,
                Broken(Fault::Ended(Role::Gateway, Some(1))),
            ),
            (
                "its server ended",
                launch(part(RUNS), part(FAILED)),
                Open,
                YOUNG,
                Broken(Fault::Ended(Role::Server, Some(1))),
            ),
            ("its server is not there yet", launch(part(RUNS), None), Open, YOUNG, Starting),
            ("its server is gone", launch(part(RUNS), None), Ready, OLD, Broken(Fault::Gone(Role::Server))),
            ("its gateway is gone", launch(None, part(RUNS)), Ready, OLD, Broken(Fault::Gone(Role::Gateway))),
            ("both are gone", launch(None, None), Open, OLD, Broken(Fault::Gone(Role::Server))),
            (
                "its server was created and never started",
                launch(part(RUNS), part(ContainerState::Created)),
                Open,
                OLD,
                Broken(Fault::Gone(Role::Gateway)),
            ),
            ("it is stopping", ObservedLaunch { stopping: true, ..whole() }, Ready, OLD, Stopping),
            (
                "it is stopping, and its gateway ended",
                ObservedLaunch { stopping: true, ..launch(part(FAILED), part(RUNS)) },
                Ready,
                OLD,
                Stopping,
            ),
            ("the clock was set back", launch(part(RUNS), None), Open, 0, Starting),
        ];
        for (what, found, answer, now, wanted) in table {
            assert_eq!(health(&found, answer, now), wanted, "{what}");
        }
    }

    #[test]
    fn a_launch_is_repaired_once_its_launcher_cannot() {
        use Answer::{Open, Ready};
        use Liveness::{Alive, Dead, Unknown};
        let half = || launch(part(FAILED), part(RUNS));
        let table = [
            ("it ran, and its gateway ended", half(), Ready, Alive, YOUNG, true),
            ("its launcher may still finish it", half(), Open, Alive, YOUNG, false),
            ("its launcher had time enough", half(), Open, Alive, OLD, true),
            ("its launcher is dead", half(), Open, Dead, YOUNG, true),
            ("its launcher is unknown", half(), Ready, Unknown, OLD, false),
            ("it runs", launch(part(RUNS), part(RUNS)), Ready, Dead, OLD, false),
            ("it is stopping", ObservedLaunch { stopping: true, ..half() }, Ready, Dead, OLD, false),
            ("nothing of it runs", launch(part(FAILED), part(FAILED)), Open, Dead, OLD, false),
            ("nothing of it runs, and it ran", launch(part(FAILED), part(FAILED)), Ready, Dead, OLD, true),
        ];
        for (what, found, answer, launcher, now, wanted) in table {
            assert_eq!(is_to_be_repaired(&found, answer, launcher, now), wanted, "{what}");
        }
    }

    #[test]
    fn only_a_launch_of_dead_processes_that_never_ran_is_abandoned() {
        let mut found = launch(part(ContainerState::Created), None);
        found.makers.insert("1".to_owned());
        assert!(is_abandoned(&found, |_| Liveness::Dead));
        for living in [Liveness::Alive, Liveness::Unknown] {
            assert!(!is_abandoned(&found, |_| living), "{living:?}");
        }
        let ran = ObservedLaunch { parts: launch(part(RUNS), part(RUNS)).parts, ..found };
        assert!(!is_abandoned(&ran, |_| Liveness::Dead));
    }

    #[test]
    fn jupyterlabs_own_shut_down_is_told_from_an_engine_that_stops() {
        let ended = || part(ContainerState::Exited { code: 0 });
        assert!(is_shut_down_from_within(&launch(part(RUNS), ended())));
        assert!(!is_shut_down_from_within(&launch(ended(), ended())));
        assert!(!is_shut_down_from_within(&launch(part(RUNS), part(FAILED))));
        let stopping = ObservedLaunch { stopping: true, ..launch(part(RUNS), ended()) };
        assert!(!is_shut_down_from_within(&stopping));
    }
}
