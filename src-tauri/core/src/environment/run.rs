//! A container of the installer or the builder, from its start to its last line.

use std::ops::ControlFlow;

use bytes::Bytes;
use tokio_util::sync::CancellationToken;

use super::line::{self, Install, Line};
use super::record::Made;
use super::store::Store;
use crate::contract::snapshot::Progress;
use crate::engine::{Engine, RunEnd, RunSpec};
use crate::images;
use crate::platform::clock::now;
use crate::words::environment as words;
use crate::words::error::{Error, Result};
use crate::words::python::Missing;

/// The user of installer and builder, who owns nothing else.
const USER: &str = "65500:65500";
/// The program in the images.
const PROGRAM: [&str; 3] = ["/opt/venv/bin/python", "-I", "/opt/orchest/environment/run.py"];
/// The most processes of a container.
const PROCESSES: i64 = 4096;

/// The progress of an installation.
pub type Report<'a> = dyn Fn(&str, Option<Progress>, Vec<String>) + Send + Sync + 'a;

/// Has an image on the engine.
pub(super) async fn have_image(
    engine: &Engine,
    image: &str,
    options: &images::Options,
    report: &Report<'_>,
    cancel: &CancellationToken,
) -> Result<()> {
    let names = [image.to_owned()];
    let had = images::ensure_all(engine, &names, options, cancel, |progress| {
        report(&progress.detail, progress.progress, progress.log);
    });
    had.await.map(drop)
}

/// How a run of the installer ended.
pub(super) enum Outcome {
    Made(Made),
    /// With what the builder has to know.
    NeedsBuild(Option<Box<serde_json::Value>>),
    Failed {
        kind: String,
        package: Option<String>,
        text: String,
    },
    NoPython(Missing),
}

/// The program in the images, with an action.
pub fn command(action: &str) -> Vec<String> {
    PROGRAM.iter().copied().chain([action]).map(str::to_owned).collect()
}

/// A container that works in the store.
pub(super) fn spec(store: &Store, action: &str) -> RunSpec {
    RunSpec {
        name: format!("{}-{action}-{}", store.name, now()),
        image: store.image.clone(),
        command: command(action),
        user: USER.to_owned(),
        env: store.env.clone(),
        labels: store.labels.clone(),
        mounts: vec![store.mount.clone()],
        security_opt: store.security_opt.clone(),
        processes: Some(PROCESSES),
        removed_at_end: true,
        offline: false,
        ..RunSpec::default()
    }
}

/// Runs a container to its end, or until it reports that the environment is whole: bytecode is then still compiled.
pub(super) async fn run(
    engine: &Engine,
    spec: &RunSpec,
    files: Bytes,
    log: &mut Install,
    report: &Report<'_>,
    cancel: &CancellationToken,
) -> Result<Outcome> {
    let mut outcome = None;
    let lines = engine.run(spec, files, |text, is_error| {
        let line = if is_error { Line::Log { text: text.to_owned() } } else { line::parse(text) };
        log.fold(&line, now());
        outcome = match line {
            Line::Done { key, python, packages, size, support_key, base } => {
                Some(Outcome::Made(Made { key, python, base, packages, size, support_key, ..Made::default() }))
            }
            Line::Built { .. } => Some(Outcome::Made(Made::default())),
            Line::Failed { kind, carried, .. } if kind == "needs_build" => Some(Outcome::NeedsBuild(carried)),
            Line::Failed { python: Some(python), .. } => Some(Outcome::NoPython(python)),
            Line::Failed { kind, package, text, .. } => Some(Outcome::Failed { kind, package, text }),
            Line::Compiled => return ControlFlow::Continue(()),
            _ => {
                report(log.detail(), log.progress(), log.shown());
                return ControlFlow::Continue(());
            }
        };
        // The builder's files are read when it has ended.
        if spec.removed_at_end { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    });
    let ended = tokio::select! {
        () = cancel.cancelled() => {
            engine.remove_container(&spec.name).await?;
            return Err(Error::Cancelled);
        }
        ended = lines => ended,
    };
    let ended = match ended {
        Ok(ended) => ended,
        Err(error) => {
            let _ = engine.remove_container(&spec.name).await;
            return Err(error);
        }
    };
    Ok(match (outcome, ended) {
        (Some(outcome), _) => outcome,
        (None, RunEnd::Ended(code)) => {
            Outcome::Failed { kind: "internal".to_owned(), package: None, text: words::ended(code) }
        }
        (None, RunEnd::RunsOn) => Outcome::Failed { kind: "internal".to_owned(), package: None, text: words::ended(0) },
    })
}
