//! Waits until the parts of a launch are ready, each by its own [`Wait`].

use std::sync::Mutex;
use std::time::{Duration, Instant};

use futures_util::future::try_join_all;
use tokio::sync::broadcast;

use crate::contract::snapshot::Stage;
use crate::engine::spec::ContainerSpec;
use crate::engine::{Engine, Event};
use crate::jupyter::{self, Chain, Server};
use crate::launch::label::Role;
use crate::launch::plan::{Plan, PlannedPart};
use crate::launch::stage::StageEvent;
use crate::launch::wait::Wait;
use crate::launch::{death, name, reach};
use crate::logs::line;
use crate::platform::secret::Secret;
use crate::words::error::{Error, Result};
use crate::words::launch as words;

/// The pause between two questions to a part that is starting.
const PAUSE: Duration = Duration::from_millis(25);
/// The same for a launch that another program started.
const PAUSE_ELSEWHERE: Duration = Duration::from_millis(100);
/// After this time without the kernelspec the gateway will not offer it any more. It reads the kernelspecs again for each
/// question; an engine in a virtual machine may see a change of a shared folder a moment later.
const LACKING_FOR: Duration = Duration::from_secs(2);
/// How long an engine has to give a container that runs an address.
const ADDRESS_WITHIN: Duration = Duration::from_secs(3);
/// The number of log lines of each part that a failure shows.
const TAIL: usize = 20;

/// The answer of a part that was asked once.
#[derive(Debug, PartialEq)]
enum Asked {
    Ready,
    /// Not yet, for this reason.
    NotYet(String),
    /// It answers, and offers these kernelspecs instead of the one that it should offer.
    Lacking(Vec<String>),
}

/// Waits until all parts are ready, one of them dies, or the time is up. `token`: the server's.
pub(crate) async fn all(
    engine: &Engine,
    plan: &Plan,
    token: &Secret,
    timeout: Duration,
    mut events: broadcast::Receiver<Event>,
    report: &(dyn Fn(StageEvent) + Send + Sync),
) -> Result<()> {
    let began = Instant::now();
    report(StageEvent::Doing(Stage::Ready, words::WAITING_FOR_JUPYTERLAB.to_owned()));
    let last = Mutex::new(String::new());
    let each = plan.parts.values().map(|part| until_ready(engine, part, token, &last));
    tokio::select! {
        ready = try_join_all(each) => match ready {
            Ok(_) => Ok(()),
            Err(Error::NotOffered { name, offered, .. }) => {
                Err(Error::NotOffered { name, offered, log: log_of(engine, plan, Role::Gateway).await })
            }
            // A container that died at once has no port any more: its death is the reason.
            Err(error) => Err(death::first(engine, plan).await.unwrap_or(error)),
        },
        error = death::of_a_part(engine, plan, &mut events) => Err(error),
        () = tokio::time::sleep(timeout) => {
            let mut log = Vec::new();
            for role in plan.parts.keys() {
                let lines = log_of(engine, plan, *role).await;
                log.extend(lines.iter().map(|line| format!("{}: {}", role.as_str(), line::shown(line, &[]))));
            }
            let reason = last.lock().map(|last| last.clone()).unwrap_or_default();
            Err(Error::NotReady { after: began.elapsed(), reason, log })
        }
    }
}

/// Waits until a container has an address on its network. One that has ended needs none.
async fn address(engine: &Engine, container: &ContainerSpec) -> Result<()> {
    let began = Instant::now();
    while engine.lacks_address(&container.name, &container.network).await? {
        if began.elapsed() > ADDRESS_WITHIN {
            return Err(Error::NoAddress { name: container.name.clone(), network: container.network.clone() });
        }
        tokio::time::sleep(PAUSE).await;
    }
    Ok(())
}

/// Waits until a part is ready. The look for its address costs no time of its own.
async fn until_ready(engine: &Engine, part: &PlannedPart, token: &Secret, last: &Mutex<String>) -> Result<()> {
    tokio::try_join!(address(engine, &part.container), answers(engine, part, token, last)).map(drop)
}

async fn answers(engine: &Engine, part: &PlannedPart, token: &Secret, last: &Mutex<String>) -> Result<()> {
    let container = &part.container.name;
    let server = match part.ready {
        Wait::Offers { port, .. } => {
            Some(Server { endpoint: reach::endpoint(engine, container, port).await?, token: token.clone() })
        }
        Wait::Running => None,
    };
    let mut lacking = None;
    loop {
        let reason = match (ask(engine, container, &part.ready, server.as_ref()).await, &part.ready) {
            (Asked::Ready, _) => return Ok(()),
            (Asked::Lacking(offered), Wait::Offers { kernelspec, .. }) => {
                if lacking.get_or_insert_with(Instant::now).elapsed() > LACKING_FOR {
                    return Err(Error::NotOffered { name: kernelspec.clone(), offered, log: Vec::new() });
                }
                words::not_offered(kernelspec, &offered)
            }
            (Asked::Lacking(_), Wait::Running) => String::new(),
            (Asked::NotYet(reason), _) => {
                lacking = None;
                reason
            }
        };
        if let Ok(mut last) = last.lock() {
            *last = reason;
        }
        tokio::time::sleep(PAUSE).await;
    }
}

/// Asks a part once whether it is ready. `server`: its Jupyter server, for a wait that asks it.
async fn ask(engine: &Engine, container: &str, wait: &Wait, server: Option<&Server>) -> Asked {
    match wait {
        Wait::Running => match engine.runs(container).await {
            Ok(true) => Asked::Ready,
            Ok(false) => Asked::NotYet(words::not_running(container)),
            Err(error) => Asked::NotYet(error.to_string()),
        },
        Wait::Offers { kernelspec, .. } => {
            let Some(server) = server else { return Asked::NotYet(words::NO_ADDRESS.to_owned()) };
            read(server.chain(kernelspec).await, kernelspec)
        }
    }
}

fn read(answer: jupyter::error::Result<Chain>, kernelspec: &str) -> Asked {
    match answer {
        Ok(Chain::Ready) => Asked::Ready,
        Ok(Chain::Lacking { offered }) if !offered.iter().any(|name| name == kernelspec) => Asked::Lacking(offered),
        Ok(Chain::Lacking { .. }) => Asked::NotYet(words::not_default(kernelspec)),
        Err(error) => Asked::NotYet(error.to_string()),
    }
}

/// Waits, at most `patience`, until a launch that another program started is ready.
pub async fn becomes_ready(
    engine: &Engine,
    launch: &str,
    parts: &[Role],
    kernelspec: &str,
    patience: Duration,
) -> bool {
    let ready = async {
        while !is_ready(engine, launch, parts, kernelspec).await {
            tokio::time::sleep(PAUSE_ELSEWHERE).await;
        }
    };
    tokio::time::timeout(patience, ready).await.is_ok()
}

async fn is_ready(engine: &Engine, launch: &str, parts: &[Role], kernelspec: &str) -> bool {
    for role in parts.iter().copied() {
        let wait = Wait::of(role, kernelspec);
        let server = match wait {
            Wait::Offers { .. } => reach::server(engine, launch).await.ok(),
            Wait::Running => None,
        };
        let asked = ask(engine, &name::container(launch, role), &wait, server.as_ref()).await;
        if matches!(asked, Asked::Ready) {
            continue;
        }
        // A gateway elsewhere may be away for a while: the server that others have made answers by itself.
        let Some(server) = server.filter(|_| !parts.contains(&Role::Gateway)) else { return false };
        if server.activity().await.is_err() {
            return false;
        }
    }
    true
}

async fn log_of(engine: &Engine, plan: &Plan, role: Role) -> Vec<String> {
    match plan.parts.get(&role) {
        Some(part) => engine.logs_tail(&part.container.name, TAIL).await.unwrap_or_default(),
        None => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_is_ready_with_its_kernelspec_as_default_and_lacking_only_if_it_offers_others() {
        let lacking =
            |names: &[&str]| Ok(Chain::Lacking { offered: names.iter().map(|name| (*name).into()).collect() });
        let kernelspec = "python".to_owned();
        let of = |answer| read(answer, &kernelspec);
        assert_eq!(of(Ok(Chain::Ready)), Asked::Ready);
        assert_eq!(of(lacking(&["r"])), Asked::Lacking(vec!["r".into()]));
        assert_eq!(of(lacking(&["python", "r"])), Asked::NotYet("`python` is not the gateway's default yet".into()));
        let silent = jupyter::Error::Silent { within: Duration::from_secs(3) };
        assert_eq!(of(Err(silent)), Asked::NotYet("no answer within 3 s".into()));
    }

    #[test]
    fn each_part_waits_in_its_own_way() {
        assert_eq!(Wait::of(Role::Gateway, "python"), Wait::Running);
        assert!(matches!(Wait::of(Role::Server, "python"), Wait::Offers { kernelspec, .. } if kernelspec == "python"));
    }
}
