//! Runs a folder's `postBuild` before a launch, and remembers that it has run.

use std::ops::ControlFlow;

use tokio_util::sync::CancellationToken;

use crate::contract::environment::Language;
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

/// The most lines of its output that are kept.
const MOST_LINES: usize = 200;

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
    let resolved = resolve(engine, spec, "post-build", tokens)?;
    // A keychain may ask the person to unlock it.
    let found = tokio::select! {
        () = cancel.cancelled() => return Err(Error::Cancelled),
        found = variables::gather(&spec.variables) => found?,
    };
    let umask = format!("{:04o}", spec.person.umask);
    let (command, files) = post_build::command(script, &umask, made.language == Language::Python)?;
    let planned = plan::post_build(&resolved, command, &made.image, made.mounts.clone(), &found.values, now());
    let mut log: Vec<String> = Vec::new();
    let ran = engine.run(&planned, files, |line, _| {
        if log.len() == MOST_LINES {
            log.remove(0);
        }
        log.push(line.to_owned());
        report(&doing, None, log.clone());
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
            Err(Error::Environment { message, hint, log, log_file: None })
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

async fn remember(spec: &LaunchSpec, script: &PostBuild, made: &Environment) -> Result<()> {
    let Some(file) = spec.environment.as_ref().map(|wanted| wanted.record.clone()) else { return Ok(()) };
    let ran = post_build::ran(script, &made.made.key);
    let write = move || record::write(&file, &Record { post_built: Some(ran), ..record::read(&file) });
    tokio::task::spawn_blocking(write).await.map_err(|_| Error::ShuttingDown)?
}
