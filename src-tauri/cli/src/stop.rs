//! `orchest stop` and `orchest forget`.

use orchest_core::App;
use orchest_core::contract::notice::Tone;
use orchest_core::contract::snapshot::{EngineState, LaunchState, LaunchView, NoticeView};
use orchest_core::words::plain_text;

use crate::output::{self, Outcome};
use crate::words;

/// Stops one launch, or all of this user, and waits until everything is removed.
pub async fn run(app: &App, target: Option<String>, all: bool) -> Outcome {
    let snapshot = app.settled().await;
    if let EngineState::Unavailable { failure, .. } = &snapshot.engine {
        return Err(failure.clone().into());
    }
    // Another person's launch is stopped only by its name, never with `--all`.
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
                output::note(&words::stop::not_running(&target));
            }
            chosen
        }
        None if all && running.is_empty() => {
            output::note(words::stop::NOTHING_RUNS);
            running
        }
        None => running,
    };
    for (id, _) in &chosen {
        app.stop(id).await?;
    }
    let mut not_stopped = None;
    for (id, path) in &chosen {
        match app.until_gone(id).await {
            Ok(()) => output::say(&words::stop::stopped(path)),
            Err(failure) => not_stopped = Some(failure),
        }
    }
    let snapshot = app.snapshots().borrow().clone();
    for notice in snapshot.notices.iter().filter(|notice| notice.tone == Tone::Remark && !chosen.is_empty()) {
        output::note(&words::remark(&notice.message, &notice.hint));
    }
    match snapshot.notices.iter().find(|notice| notice.tone == Tone::Failure) {
        Some(NoticeView { message, hint, .. }) if !chosen.is_empty() => {
            Err(output::failure(message.clone(), hint.clone()).into())
        }
        _ => not_stopped.map_or(Ok(()), |failure| Err(failure.into())),
    }
}

/// Removes the saved state of a folder.
pub async fn forget(app: &App, target: &str) -> Outcome {
    app.settled().await;
    let id = app.resolve_gone(target)?;
    if app.forget(&id).await? {
        output::say(&words::forget::forgotten(&plain_text::name(target)));
    } else {
        output::note(&words::forget::nothing(&plain_text::name(target)));
    }
    Ok(())
}
