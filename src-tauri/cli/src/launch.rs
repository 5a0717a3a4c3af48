//! `orchest launch`.

use std::path::PathBuf;
use std::time::Duration;

use orchest_core::App;
use orchest_core::Failure;
use orchest_core::contract::snapshot::{LaunchState, LaunchView, Snapshot};
use serde_json::json;

use crate::args::Launch;
use crate::list::notices;
use crate::output::{self, CliError, Outcome};
use crate::progress::Shown;
use crate::words::launch as words;
use crate::words::remark;

/// Launches a folder, waits until it is ready and prints its address.
pub async fn run(app: &App, options: Launch) -> Outcome {
    app.settled().await;
    let folder: PathBuf = options.dir;
    let timeout = options.timeout.map(Duration::from_secs);
    let id = app.launch_folder(folder, options.kernel, timeout).await?;
    let launch = tokio::select! {
        launch = ready(app, &id) => launch?,
        _ = tokio::signal::ctrl_c() => {
            output::say(words::CANCELLING);
            app.cancel(&id).await?;
            if let Some(failure) = gone(app, &id).await {
                output::failed(&failure);
                app.quit().await;
                return Err(CliError::Interrupted);
            }
            output::say(words::CANCELLED);
            return Err(CliError::Interrupted);
        }
    };
    let url = app.url(&id).await?;
    let snapshot = app.snapshots().borrow().clone();
    notices(&snapshot);
    let pipeline = snapshot.pipelines.iter().find(|pipeline| pipeline.id == id);
    if options.json {
        let path = pipeline.map(|pipeline| pipeline.path.as_str()).unwrap_or_default();
        let answer = json!({
            "id": id, "pipeline": path, "kernelspec": launch.kernelspec, "state": launch.state, "url": url,
        });
        output::print(&answer.to_string())?;
    } else {
        output::print(&url)?;
    }
    if !options.no_open {
        // The address is printed: the launch succeeds even if the browser does not open.
        let opened = match app.open(&id, None).await {
            Ok(mut opening) => {
                let came = opening.came().await;
                if let Some(refused) = opening.refused() {
                    output::note(&remark(&refused.message, &refused.hint));
                }
                came
            }
            Err(failure) => Err(failure),
        };
        if let Err(failure) = opened {
            output::note(&words::open_by_hand(&failure.message));
        }
    }
    Ok(())
}

fn launch_in(snapshot: &Snapshot, id: &str) -> Option<LaunchView> {
    snapshot.pipelines.iter().find(|pipeline| pipeline.id == id)?.launch.clone()
}

async fn ready(app: &App, id: &str) -> Result<LaunchView, Failure> {
    let mut snapshots = app.snapshots();
    let mut shown = Shown::new();
    let outcome = loop {
        let snapshot = snapshots.borrow_and_update().clone();
        match launch_in(&snapshot, id) {
            Some(launch) => {
                if !launch.foreign {
                    shown.show(&launch.stages);
                }
                match (launch.state, launch.failure.clone()) {
                    (LaunchState::Running, _) => break Ok(launch),
                    (LaunchState::Failed | LaunchState::Broken, Some(failure)) => break Err(failure),
                    _ => {}
                }
            }
            None => break Err(stopped_elsewhere()),
        }
        if snapshots.changed().await.is_err() {
            break Err(stopped_elsewhere());
        }
    };
    shown.end();
    outcome
}

fn stopped_elsewhere() -> Failure {
    Failure {
        code: orchest_core::FailureCode::Cancelled,
        message: words::STOPPED_ELSEWHERE.to_owned(),
        hint: words::LAUNCH_AGAIN.to_owned(),
        log: Vec::new(),
        log_file: None,
    }
}

/// Waits until nothing of a launch is shown any more, or why something may be left.
pub async fn gone(app: &App, id: &str) -> Option<Failure> {
    let mut snapshots = app.snapshots();
    loop {
        let launch = launch_in(&snapshots.borrow_and_update().clone(), id)?;
        if launch.state == LaunchState::Failed {
            return launch.failure;
        }
        if snapshots.changed().await.is_err() {
            return None;
        }
    }
}
