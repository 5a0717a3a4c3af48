//! `orchest launch`.

use std::path::PathBuf;
use std::time::Duration;

use orchest_core::App;
use orchest_core::Failure;
use orchest_core::contract::snapshot::{ImageRole, LaunchView};
use serde_json::json;

use crate::args::Launch;
use crate::list::notices;
use crate::machines;
use crate::output::{self, CliError, Outcome};
use crate::progress::Shown;
use crate::words::launch as words;
use crate::words::remark;

/// Launches a folder, waits until it is ready and prints its address. `machine`: where the folder is, if not here.
pub async fn run(app: &App, options: Launch, machine: Option<&str>) -> Outcome {
    let settled = app.settled().await;
    let lacks_server = settled.images.iter().any(|image| image.role == ImageRole::Server && !image.present);
    if let Some(machine) = machine.filter(|_| lacks_server) {
        // The folder is looked at in a container of this image, before the launch has stages to show.
        output::say(&words::bringing(machine));
    }
    let folder: PathBuf = options.dir;
    let timeout = options.timeout.map(Duration::from_secs);
    let id = app.launch_folder_at(folder, options.kernel, options.place, timeout).await?;
    let launch = tokio::select! {
        launch = ready(app, &id) => launch?,
        _ = tokio::signal::ctrl_c() => {
            output::say(words::CANCELLING);
            app.cancel(&id).await?;
            if let Err(failure) = app.until_gone(&id).await {
                output::failed(&failure);
                app.quit().await;
                return Err(CliError::Interrupted);
            }
            output::say(words::CANCELLED);
            return Err(CliError::Interrupted);
        }
    };
    if let Some(machine) = machine {
        machines::carry_on(machine, &id)?;
        app.hand_over(&id).await?;
    }
    let url = app.url(&id).await?;
    let snapshot = app.snapshots().borrow().clone();
    notices(&snapshot);
    let pipeline = snapshot.pipeline(&id);
    if options.json {
        let path = pipeline.map(|pipeline| pipeline.path.as_str()).unwrap_or_default();
        let answer = json!({
            "id": id, "pipeline": path, "kernelspec": launch.kernelspec, "place": launch.place, "state": launch.state,
            "url": url,
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

async fn ready(app: &App, id: &str) -> Result<LaunchView, Failure> {
    let mut shown = Shown::new();
    let outcome = app
        .until_ready(id, |launch| {
            if !launch.foreign {
                shown.show(&launch.stages);
            }
        })
        .await;
    shown.end();
    outcome
}
