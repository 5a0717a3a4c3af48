//! The same client uses a plain JupyterLab and a launch, and sees the same.
//!
//! A check is a function that acts on one side and answers with its observation. It runs on both sides at once, and
//! fails on each difference that `known.rs` does not list with a reason. A check that works on neither side fails, too.
//! A check that fails beside others runs once more alone, and the second run counts, because a busy machine can cause
//! a difference. If the plain server fails (after three restarts in a row it may lose the next message), the check runs
//! up to three times more. `cargo test -p orchest-tests --test fidelity [NAME]`.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stderr, missing_docs)]

mod checks;
mod client;
mod compare;
mod kernel_test;
mod kernels;
mod known;
mod rest;
mod short;
mod sides;

use std::collections::BTreeSet;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use libtest_mimic::{Arguments, Failed, Trial};
use tokio::runtime::Runtime;

use crate::client::Protocol;
use crate::sides::{Pair, Side};

/// The time limit of one check on one side.
const PATIENCE: Duration = Duration::from_secs(150);

/// The two sides, started by the first check that runs.
static PAIR: OnceLock<Pair> = OnceLock::new();

/// The start of a failure of the plain server.
const PLAIN_FAILS: &str = "the plain server fails this check";

/// How often a check runs again if the plain server fails it: such a failure says nothing about the launch.
const ATTEMPTS_OF_PLAIN: u32 = 3;

/// Checks run beside each other, or one runs alone.
static TURN: tokio::sync::RwLock<()> = tokio::sync::RwLock::const_new(());

fn main() {
    let mut arguments = Arguments::from_args();
    // They wait for kernels more than they compute.
    arguments.test_threads.get_or_insert(6);
    let runtime = Arc::new(Runtime::new().expect("a runtime"));
    let mut trials: Vec<Trial> = checks::all().into_iter().flat_map(|check| trials_of(check, &runtime)).collect();
    trials.extend(kernel_test::trials(&runtime));
    let names: BTreeSet<String> = trials.iter().map(|trial| trial.name().to_owned()).collect();
    assert_eq!(names.len(), trials.len(), "each check has a name of its own");
    known::assert_of(&names);
    if std::env::var_os(short::ASKED_BY).is_some() {
        trials = short::of(trials);
    }
    let conclusion = libtest_mimic::run(&arguments, trials);
    if let Some(pair) = PAIR.get() {
        runtime.block_on(pair.end());
    }
    conclusion.exit();
}

/// Both sides; started here by the first call.
fn pair(runtime: &Runtime) -> &'static Pair {
    PAIR.get_or_init(|| runtime.block_on(Pair::start()))
}

/// A check that uses a websocket runs once in each protocol.
fn trials_of(check: checks::Check, runtime: &Arc<Runtime>) -> Vec<Trial> {
    let protocols: &[Protocol] = if check.speaks { &[Protocol::Legacy, Protocol::V1] } else { &[Protocol::Legacy] };
    let trial = |protocol: &Protocol| {
        let protocol = *protocol;
        let name = if check.speaks { format!("{}::{}", check.name, protocol.name()) } else { check.name.to_owned() };
        let (runtime, look, named) = (Arc::clone(runtime), check.look, name.clone());
        Trial::test(name, move || {
            let pair = pair(&runtime);
            let mut verdict = runtime.block_on(async {
                let _beside_others = TURN.read().await;
                compared(&named, &named, look, pair, protocol).await
            });
            let mut attempt = 0;
            while let Err(failure) = &verdict {
                attempt += 1;
                let attempts = if failure.starts_with(PLAIN_FAILS) { ATTEMPTS_OF_PLAIN } else { 1 };
                if attempt > attempts {
                    break;
                }
                eprintln!("{named} fails, and runs once more, alone:\n{failure}\n");
                verdict = runtime.block_on(async {
                    let _alone = TURN.write().await;
                    compared(&named, &format!("{named}-alone-{attempt}"), look, pair, protocol).await
                });
            }
            // All failures are printed at the end; with `ORCHEST_LOG` set, each is also printed at once.
            if let (Err(failure), true) = (&verdict, std::env::var_os("ORCHEST_LOG").is_some()) {
                eprintln!("---- {named} ----\n{failure}\n");
            }
            verdict.map_err(Failed::from)
        })
    };
    protocols.iter().map(trial).collect()
}

/// Runs a check on both sides, under the name of this run; fails with each unknown difference.
async fn compared(
    name: &str,
    run: &str,
    look: checks::Look,
    pair: &'static Pair,
    protocol: Protocol,
) -> Result<(), String> {
    let plain = Side::new(&pair.plain, run, protocol);
    let launch = Side::new(&pair.launch, run, protocol);
    let (plain, launch) = tokio::join!(seen(look, plain), seen(look, launch));
    let plain = plain.map_err(|error| format!("{PLAIN_FAILS}: {error}"))?;
    match launch {
        Ok(launch) => compare::verdict(name, &plain, &launch),
        Err(error) => compare::failed(name, &error),
    }
}

/// A check's observation on one side, or the error.
async fn seen(look: checks::Look, side: Side) -> Result<serde_json::Value, String> {
    let task = tokio::spawn(look(side.clone()));
    let abort = task.abort_handle();
    let outcome = match tokio::time::timeout(PATIENCE, task).await {
        Ok(Ok(value)) => Ok(compare::normal(value, &side)),
        Ok(Err(error)) => Err(compare::normal_text(&panic_text(error), &side)),
        Err(_) => {
            abort.abort();
            Err(format!("not done within {} s", PATIENCE.as_secs()))
        }
    };
    side.give_back(outcome.is_ok()).await;
    outcome
}

fn panic_text(error: tokio::task::JoinError) -> String {
    if !error.is_panic() {
        return error.to_string();
    }
    let panic = error.into_panic();
    let text = panic.downcast_ref::<String>().map(String::as_str).or(panic.downcast_ref::<&str>().copied());
    text.unwrap_or("a panic").to_owned()
}
