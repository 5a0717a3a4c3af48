//! `orchest images`: the images that launches need, prepared from registries, or written into and taken from a file.

use std::path::{Path, PathBuf};

use orchest_core::App;
use orchest_core::FailureCode;
use orchest_core::contract::archive::Imported;
use orchest_core::contract::snapshot::{Stage, StageState, StageView};
use orchest_core::images::ImageProgress;
use orchest_core::{Failure, contract::snapshot::Snapshot};
use tokio::sync::mpsc;

use crate::args::Images;
use crate::list::engine_answers;
use crate::output::{self, CliError, Outcome};
use crate::progress::Shown;
use crate::words::images as words;

/// `orchest images` with an action.
pub async fn run(app: &App, action: Images) -> Outcome {
    engine_answers(app.settled().await.as_ref())?;
    match action {
        Images::Export { file, kernelspecs, force, json } => export(app, &file, &kernelspecs, force, json).await,
        Images::Import { file, json } => import(app, file, json).await,
    }
}

/// `orchest images`. `prepare`: the kernelspecs whose images are prepared; every image if it is empty.
pub async fn list(app: &App, prepare: Option<&[String]>, json: bool) -> Outcome {
    engine_answers(app.settled().await.as_ref())?;
    if let Some(kernelspecs) = prepare {
        prepared(app, kernelspecs).await?;
    }
    let snapshot = app.settled().await;
    if json {
        return output::print_json(&snapshot.images);
    }
    let rows: Vec<Vec<String>> = snapshot
        .images
        .iter()
        .map(|image| {
            let (role, state) = (words::role(image.role), words::state(image.present));
            let size = image.size.map(output::size).unwrap_or_default();
            vec![role.to_owned(), image.name.clone(), state.to_owned(), size]
        })
        .collect();
    output::print(&output::table(&words::HEAD, &rows))
}

async fn prepared(app: &App, kernelspecs: &[String]) -> Outcome {
    // The engine ends a pull or build when its client is gone.
    let stop = async { Err(CliError::Interrupted) };
    Ok(with_progress(app, app.prepare_images_of(kernelspecs), stop).await??)
}

/// Shows how far images are until they are `done`. After Ctrl-C, `stop` says whether that is waited for.
async fn with_progress<T>(
    app: &App,
    done: impl Future<Output = T>,
    stop: impl Future<Output = Outcome>,
) -> Result<T, CliError> {
    let mut snapshots = app.snapshots();
    let mut shown = Shown::new();
    let step = |snapshot: &Snapshot, shown: &mut Shown| {
        if let Some(step) = &snapshot.preparing {
            shown.show(std::slice::from_ref(step));
        }
    };
    tokio::pin!(done);
    let outcome = loop {
        tokio::select! {
            outcome = &mut done => break outcome,
            Ok(()) = snapshots.changed() => step(&snapshots.borrow_and_update(), &mut shown),
            _ = tokio::signal::ctrl_c() => {
                stop.await?;
                break done.await;
            }
        }
    };
    shown.end();
    Ok(outcome)
}

async fn export(app: &App, file: &Path, kernelspecs: &[String], force: bool, json: bool) -> Outcome {
    let (report, mut reports) = mpsc::unbounded_channel();
    let on_progress = move |progress: ImageProgress| drop(report.send(progress));
    let stop = async { drop(tokio::signal::ctrl_c().await) };
    let done = app.export_images(file, kernelspecs, force, stop, on_progress);
    tokio::pin!(done);
    let mut shown = Shown::new();
    let outcome = loop {
        tokio::select! {
            outcome = &mut done => break outcome,
            Some(progress) = reports.recv() => shown.show(&[step(progress)]),
        }
    };
    shown.end();
    let exported = outcome.map_err(or_interrupted)?;
    if json {
        return output::print_json(&exported);
    }
    for image in &exported.images {
        output::note(&words::in_file(&image.name, &output::size(image.size)));
    }
    output::print(&words::exported(exported.images.len(), &exported.file, &output::size(exported.size)))
}

fn step(progress: ImageProgress) -> StageView {
    let ImageProgress { detail, progress, log } = progress;
    let (stage, state) = (Stage::Images, StageState::Active);
    StageView { stage, state, started_at: None, took: None, detail, progress, log }
}

async fn import(app: &App, file: PathBuf, json: bool) -> Outcome {
    // The file may be relative to this process's folder, which the app need not know.
    let file = std::path::absolute(&file).unwrap_or(file);
    let stop = async {
        let _ = app.cancel_preparing().await;
        Ok(())
    };
    let imported = with_progress(app, app.import_images(file), stop).await?.map_err(or_interrupted)?;
    if json {
        return output::print_json(&imported);
    }
    tell(&imported)
}

fn tell(imported: &Imported) -> Outcome {
    let rows: Vec<Vec<String>> =
        imported.images.iter().map(|image| vec![image.name.clone(), words::came(image.came).to_owned()]).collect();
    output::print(&output::table(&words::IMPORT_HEAD, &rows))?;
    for image in imported.images.iter().filter(|image| image.of_another_version) {
        output::note(&words::of_another_version(&image.name, &imported.program));
    }
    Ok(())
}

/// Only Ctrl-C cancels a command.
fn or_interrupted(failure: Failure) -> CliError {
    if failure.code == FailureCode::Cancelled { CliError::Interrupted } else { failure.into() }
}
