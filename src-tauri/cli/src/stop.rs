//! `orchest stop` and `orchest forget`.

use orchest_core::App;
use orchest_core::contract::notice::Tone;
use orchest_core::contract::snapshot::{EngineState, LaunchState, LaunchView, NoticeView};
use orchest_core::words::plain_text;

use crate::launch::gone;
use crate::output::{self, Outcome, failure};

/// Stops one launch, or all of this user's, and waits until nothing is left.
pub async fn run(app: &App, target: Option<String>, all: bool) -> Outcome {
    let snapshot = app.settled().await;
    if let EngineState::Unavailable { failure, .. } = &snapshot.engine {
        return Err(failure.clone().into());
    }
    // Somebody else's is stopped where it is named, and never with all.
    let meant = |launch: &LaunchView| launch.state != LaunchState::Failed && (!all || launch.owner.is_none());
    let running: Vec<(String, String)> = snapshot
        .pipelines
        .iter()
        .filter(|pipeline| pipeline.launch.as_ref().is_some_and(meant))
        .map(|pipeline| (pipeline.id.clone(), pipeline.path.clone()))
        .collect();
    let chosen = match target {
        Some(target) => {
            let id = app.resolve(&target)?;
            let chosen: Vec<_> = running.into_iter().filter(|(known, _)| *known == id).collect();
            if chosen.is_empty() {
                output::note(&format!("`{target}` does not run"));
            }
            chosen
        }
        None if all && running.is_empty() => {
            output::note("nothing runs");
            running
        }
        None => running,
    };
    for (id, _) in &chosen {
        app.stop(id).await?;
    }
    for (id, path) in &chosen {
        gone(app, id).await;
        output::say(&format!("Stopped {path}"));
    }
    let snapshot = app.snapshots().borrow().clone();
    match snapshot.notices.iter().find(|notice| notice.tone == Tone::Failure) {
        Some(NoticeView { message, hint, .. }) if !chosen.is_empty() => {
            Err(failure(message.clone(), hint.clone()).into())
        }
        _ => Ok(()),
    }
}

/// Removes what is kept of a folder from one launch to the next.
pub async fn forget(app: &App, target: &str) -> Outcome {
    app.settled().await;
    let id = app.resolve_gone(target)?;
    if app.forget(&id).await? {
        output::say(&format!("Forgot what was kept of {}", plain_text::name(target)));
    } else {
        output::note(&format!("nothing was kept of `{}`", plain_text::name(target)));
    }
    Ok(())
}
