//! Runs a folder's `postBuild` before a launch, and remembers that it has run.

use std::collections::{BTreeMap, VecDeque};
use std::ops::ControlFlow;
use std::time::{Duration, Instant};

use tokio_util::sync::CancellationToken;

use crate::engine::{Engine, RunEnd};
use crate::environment::ensure::Environment;
use crate::environment::found::PostBuild;
use crate::environment::post_build;
use crate::environment::record::{self, Record};
use crate::environment::run::Report;
use crate::launch::plan;
use crate::launch::resolve::resolve;
use crate::launch::spec::{LaunchSpec, Tokens};
use crate::launch::variables;
use crate::platform::clock::now;
use crate::platform::secret::Secret;
use crate::words::environment as words;
use crate::words::error::{Error, Result};
use crate::words::plain_text;

/// The most lines of its output that are kept, and that are shown while it runs.
const MOST_LINES: usize = 200;
const SHOWN: usize = 8;
/// The longest line of it, characters.
const LONGEST: usize = 400;
/// The time between two reports.
const EVERY: Duration = Duration::from_millis(150);
/// The shortest value of a variable that is hidden: a shorter one is part of many words.
const SHORTEST: usize = 4;

/// Runs the script to its end. If it is cancelled, or fails, its container is removed, and it runs again at the next launch.
pub async fn run(
    engine: &Engine,
    spec: &LaunchSpec,
    script: &PostBuild,
    made: &Environment,
    report: &Report<'_>,
    cancel: &CancellationToken,
) -> Result<()> {
    let doing = words::running_script(&script.file);
    report(&doing, None, Vec::new());
    let tokens = Tokens { gateway: Secret::random(), server: Secret::random() };
    let resolved = resolve(engine, spec, "post-build", tokens, None)?;
    // A keychain may ask the person to unlock it.
    let found = tokio::select! {
        () = cancel.cancelled() => return Err(Error::Cancelled),
        found = variables::gather(&spec.variables) => found?,
    };
    let umask = plan::umask(&spec.person);
    let (command, files) = post_build::command(script, &umask, made.language)?;
    let planned = plan::post_build(&resolved, command, &made.image, made.mounts.clone(), &found.values, now());
    let mut log: VecDeque<String> = VecDeque::new();
    let mut reported = Instant::now();
    let ran = engine.run(&planned, files, |line, _| {
        if log.len() == MOST_LINES {
            log.pop_front();
        }
        log.push_back(shown(line, &found.values));
        // A script may print without end.
        if reported.elapsed() > EVERY || log.len() == 1 {
            reported = Instant::now();
            report(&doing, None, log.iter().rev().take(SHOWN).rev().cloned().collect());
        }
        ControlFlow::Continue(())
    });
    let ended = tokio::select! {
        () = cancel.cancelled() => Err(Error::Cancelled),
        ended = ran => ended,
    };
    match ended {
        Ok(RunEnd::Ended(0) | RunEnd::RunsOn) => remember(spec, script, made).await,
        Ok(RunEnd::Ended(code)) => {
            let (message, hint) = words::script_failed(&script.file, code);
            Err(Error::Environment { message, hint, log: log.into(), log_file: None })
        }
        Err(error) => {
            let removed = engine.remove_container(&planned.name).await;
            // What the person cancelled has ended when this returns.
            if matches!(error, Error::Cancelled) {
                removed?
            }
            Err(error)
        }
    }
}

/// A line of its output, without the values of the folder's variables: a script may print its environment.
fn shown(line: &str, variables: &BTreeMap<String, Secret>) -> String {
    let mut values: Vec<&str> =
        variables.values().map(Secret::expose).filter(|value| value.len() >= SHORTEST).collect();
    values.sort_by_key(|value| std::cmp::Reverse(value.len()));
    let line = values.into_iter().fold(line.to_owned(), |line, value| line.replace(value, "…"));
    plain_text::name(&line).chars().take(LONGEST).collect()
}

async fn remember(spec: &LaunchSpec, script: &PostBuild, made: &Environment) -> Result<()> {
    let Some(file) = spec.environment.as_ref().map(|wanted| wanted.record.clone()) else { return Ok(()) };
    let ran = post_build::ran(script, &made.made.key);
    let write = move || record::write(&file, &Record { post_built: Some(ran), ..record::read(&file) });
    tokio::task::spawn_blocking(write).await.map_err(|_| Error::ShuttingDown)?
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_short_and_shows_no_value_of_a_variable() {
        let set = |pairs: &[(&str, &str)]| {
            pairs.iter().map(|(name, value)| ((*name).to_owned(), Secret::new(*value))).collect()
        };
        let variables = set(&[("KEY", "s3cret"), ("LONG", "s3cret-and-more"), ("N", "4")]);
        assert_eq!(shown("KEY=s3cret LONG=s3cret-and-more N=4", &variables), "KEY=… LONG=… N=4");
        assert_eq!(shown(&"x".repeat(1000), &variables).len(), LONGEST);
        assert!(!shown("\u{1b}[31mred", &variables).contains('\u{1b}'));
    }
}
