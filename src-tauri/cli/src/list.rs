//! The commands that print lists: `list`, `kernels`, `logs`, `doctor`.

use std::path::PathBuf;

use orchest_core::App;
use orchest_core::contract::check::Check;
use orchest_core::contract::snapshot::{EngineState, PipelineView, Snapshot};
use orchest_core::words::names;
use serde_json::{Value, json};

use crate::output::{self, CliError, Outcome};
use crate::words;

/// Fails with the reason if no engine answers.
pub fn engine_answers(snapshot: &Snapshot) -> Outcome {
    match &snapshot.engine {
        EngineState::Unavailable { failure, .. } => Err(failure.clone().into()),
        _ => Ok(()),
    }
}

/// Prints the notices beside the results.
pub fn notices(snapshot: &Snapshot) {
    for notice in &snapshot.notices {
        output::note(&words::remark(&notice.message, &notice.hint));
    }
}

/// `orchest list`.
pub async fn launches(app: &App, json: bool) -> Outcome {
    // The table has no notebooks, so it waits for no disk.
    let (snapshot, unscanned) = if json { app.scanned().await } else { (app.settled().await, Vec::new()) };
    for folder in &unscanned {
        let folder = names::display_path(folder);
        output::note(&words::list::slow(&folder));
    }
    notices(&snapshot);
    // An engine that does not answer is an error, not an empty list.
    engine_answers(&snapshot)?;
    if json {
        return output::print_json(&with_scanned(&snapshot.pipelines, &unscanned));
    }
    if snapshot.pipelines.is_empty() {
        output::note(words::list::EMPTY);
        return Ok(());
    }
    rows(&snapshot)
}

/// Prints the table of folders and launches, and what is to be known of them.
pub fn rows(snapshot: &Snapshot) -> Outcome {
    let rows: Vec<Vec<String>> = snapshot
        .pipelines
        .iter()
        .map(|pipeline| {
            let launch = pipeline.launch.as_ref();
            let owner = launch.and_then(|launch| launch.owner.as_deref());
            let state = words::list::state(launch.map(|launch| launch.state), pipeline.missing, owner);
            let own = pipeline.place.as_ref().map(|place| place.name.as_str());
            let place = launch.map_or(own, |launch| launch.place.as_deref());
            let kernelspec = launch.map(|launch| &launch.kernelspec).or(pipeline.kernelspec.as_ref());
            let kernelspec = words::list::kernelspec(kernelspec.map_or("", String::as_str), place);
            vec![pipeline.id.clone(), state, kernelspec, pipeline.path.clone()]
        })
        .collect();
    output::print(&output::table(&words::list::HEAD, &rows))?;
    for warning in snapshot.pipelines.iter().filter_map(|pipeline| pipeline.launch.as_ref()?.warning.as_ref()) {
        output::note(&words::remark(&warning.message, &warning.hint));
    }
    Ok(())
}

/// Adds `scanned` to each: a script can tell a folder without notebooks from one that is still being read.
pub fn with_scanned(pipelines: &[PipelineView], unscanned: &[PathBuf]) -> Value {
    let slow: Vec<String> = unscanned.iter().map(|folder| names::display_path(folder)).collect();
    let one = |view: &PipelineView| {
        let mut row = json!(view);
        row["scanned"] = (!slow.contains(&view.path)).into();
        row
    };
    pipelines.iter().map(one).collect()
}

/// `orchest kernels`.
pub async fn kernels(app: &App, json: bool) -> Outcome {
    let snapshot = app.snapshots().borrow().clone();
    if json {
        return output::print_json(&json!({
            "directory": snapshot.kernels_dir,
            "kernelspecs": snapshot.kernelspecs,
            "problems": snapshot.kernelspec_problems,
        }));
    }
    let rows: Vec<Vec<String>> = snapshot
        .kernelspecs
        .iter()
        .map(|spec| vec![spec.name.clone(), spec.display_name.clone(), spec.language.clone(), spec.image.clone()])
        .collect();
    output::print(&output::table(&words::kernels::HEAD, &rows))?;
    for problem in &snapshot.kernelspec_problems {
        output::say(&words::error(&words::kernels::unusable(&problem.name, &problem.message)));
        output::say(&words::hint(&words::kernels::hint(&problem.hint, &problem.path)));
    }
    Ok(())
}

/// `orchest logs`.
pub async fn logs(app: &App, target: &str, follow: bool, tail: usize, json: bool) -> Outcome {
    engine_answers(app.settled().await.as_ref())?;
    let id = app.resolve(target)?;
    let mut lines = app.log_lines(&id, tail, follow).await?;
    loop {
        let line = tokio::select! {
            line = lines.recv() => line,
            _ = tokio::signal::ctrl_c() => None,
        };
        let Some(line) = line else { return Ok(()) };
        if json {
            output::print(&json!(line).to_string())?;
        } else if line.ended {
            output::note(&words::logs::ended(&line.source));
        } else {
            output::print(&format!("{:<15} {}", line.source, line.text))?;
        }
    }
}

/// `orchest doctor`.
pub async fn doctor(app: &App, clean: bool, json: bool) -> Outcome {
    if clean {
        app.settled().await;
        let removed = app.clean().await?;
        for orphan in &removed {
            output::note(&words::doctor::removed(&orphan.pipeline));
        }
        if removed.is_empty() {
            output::note(words::doctor::NOTHING_TO_REMOVE);
        }
    }
    let stop = async { drop(tokio::signal::ctrl_c().await) };
    checks(&app.doctor(stop).await.ok_or(CliError::Interrupted)?, json)
}

/// Prints checks. Fails if one of them failed.
pub fn checks(checks: &[Check], json: bool) -> Outcome {
    if json {
        output::print_json(&checks)?;
    } else {
        for check in checks {
            let mark = words::doctor::mark(check.ok);
            output::print(&format!("{mark:<7} {:<15} {}", check.name, check.finding))?;
            if let Some(remedy) = &check.remedy {
                output::print(&format!("        {}", words::hint(remedy)))?;
            }
        }
    }
    if checks.iter().all(|check| check.ok) { Ok(()) } else { Err(CliError::Printed) }
}
