//! What a person is told by the desktop's own notifications while they look elsewhere.

use orchest_core::App;
use orchest_core::contract::snapshot::{LaunchState, LaunchView, Snapshot};
use orchest_core::platform::clock;
use tauri::{AppHandle, Manager};
use tauri_plugin_notification::NotificationExt;

use crate::{opening, window};

/// A launch that takes no longer than this is not worth a word, milliseconds: nobody has looked away yet.
const LONG_MS: u64 = opening::LONG.as_millis() as u64;

/// One notification.
#[derive(Debug, PartialEq, Eq)]
struct Told {
    title: String,
    body: String,
}

/// Follows what happens until the program ends.
pub fn follow(app: &AppHandle) {
    let app = app.clone();
    let mut snapshots = app.state::<App>().snapshots();
    tauri::async_runtime::spawn(async move {
        let mut before = snapshots.borrow_and_update().clone();
        while snapshots.changed().await.is_ok() {
            let after = snapshots.borrow_and_update().clone();
            for told in news(&before, &after, clock::now()) {
                if window::is_in_front(&app) {
                    tracing::debug!(title = told.title, "the window is in front; not notified");
                } else {
                    notify(&app, &told);
                }
            }
            before = after;
        }
    });
}

fn notify(app: &AppHandle, told: &Told) {
    tracing::info!(title = told.title, "the window is not in front; notified");
    // A desktop without notifications is no fault of anybody's.
    if let Err(error) = app.notification().builder().title(&told.title).body(&told.body).show() {
        tracing::debug!(%error, "not notified");
    }
}

/// What happened between two snapshots that a person would want to know: what became of launches, and whatever there is
/// a notice of.
fn news(before: &Snapshot, after: &Snapshot, now: u64) -> Vec<Told> {
    let launches = after.pipelines.iter().filter_map(|pipeline| {
        let was = before.pipelines.iter().find(|known| known.id == pipeline.id)?.launch.as_ref()?;
        of_launch(&pipeline.name, was, pipeline.launch.as_ref()?, now)
    });
    let new = after.notices.iter().filter(|notice| !before.notices.iter().any(|known| known.id == notice.id));
    let notices = new.map(|notice| Told { title: notice.message.clone(), body: notice.hint.clone() });
    launches.chain(notices).collect()
}

/// Launches of this program that took long and are ready or have failed, and those that are stopped soon because nobody
/// uses them.
fn of_launch(name: &str, was: &LaunchView, is: &LaunchView, now: u64) -> Option<Told> {
    // Once it runs, its start is its containers': how long the person waited is known from before.
    let awaited = was.state == LaunchState::Starting && !is.foreign && now.saturating_sub(was.started_at) >= LONG_MS;
    let (title, body) = match (is.state, is.idle_stop_at) {
        (LaunchState::Running, _) if awaited => {
            (format!("{name} is ready"), "Open it from Orchest Desktop.".to_owned())
        }
        (LaunchState::Failed, _) if awaited => {
            let message = is.failure.as_ref().map(|failure| failure.message.clone());
            (format!("{name} could not be started"), message.unwrap_or_default())
        }
        (LaunchState::Running, Some(at)) if was.idle_stop_at.is_none() => {
            let seconds = at.saturating_sub(now).div_ceil(1000);
            (format!("{name} is stopped in {seconds} s"), "Nobody has used it for a while.".to_owned())
        }
        _ => return None,
    };
    Some(Told { title, body })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn launch(state: LaunchState, change: impl FnOnce(&mut LaunchView)) -> LaunchView {
        let mut launch = crate::samples::launch(state);
        change(&mut launch);
        launch
    }

    #[test]
    fn what_is_worth_a_word() {
        use LaunchState::{Broken, Failed, Running, Starting, Stopping};
        let plain = |state| launch(state, |_| ());
        let late = launch(Running, |launch| launch.started_at = LONG_MS);
        let idle = || launch(Running, |launch| launch.idle_stop_at = Some(LONG_MS + 60_000));
        let foreign = || launch(Running, |launch| launch.foreign = true);
        type Case = (&'static str, LaunchView, LaunchView, u64, Option<&'static str>);
        let table: [Case; 10] = [
            ("its containers came late", plain(Starting), late, LONG_MS, Some("notes is ready")),
            ("ready after long", plain(Starting), plain(Running), LONG_MS, Some("notes is ready")),
            ("ready at once", plain(Starting), plain(Running), LONG_MS - 1, None),
            ("failed after long", plain(Starting), plain(Failed), LONG_MS, Some("notes could not be started")),
            ("on its way", plain(Starting), plain(Starting), LONG_MS, None),
            ("runs on", plain(Running), plain(Running), LONG_MS, None),
            ("cancelled", plain(Starting), plain(Stopping), LONG_MS, None),
            ("started elsewhere", plain(Starting), foreign(), LONG_MS, None),
            ("idle", plain(Running), idle(), LONG_MS, Some("notes is stopped in 60 s")),
            ("still idle", idle(), idle(), LONG_MS, None),
        ];
        for (what, was, is, now, title) in table {
            let told = of_launch("notes", &was, &is, now);
            assert_eq!(told.as_ref().map(|told| told.title.as_str()), title, "{what}");
        }
        assert_eq!(of_launch("notes", &plain(Broken), &plain(Broken), LONG_MS), None);
    }
}
