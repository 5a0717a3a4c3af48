//! The desktop's notifications, for a person who looks at another window.

use orchest_core::App;
use orchest_core::contract::snapshot::{LaunchState, LaunchView, Snapshot};
use orchest_core::platform::clock;
use orchest_core::words::notification as words;
use tauri::{AppHandle, Manager};
use tauri_plugin_notification::NotificationExt;

use crate::{opening, window};

/// A launch that is faster than this needs no notification, milliseconds: the person still looks at the window.
const LONG_MS: u64 = opening::LONG.as_millis() as u64;

/// One notification.
#[derive(Debug, PartialEq, Eq)]
struct News {
    title: String,
    body: String,
}

/// Follows the snapshots until the program ends.
pub fn follow(app: &AppHandle) {
    let app = app.clone();
    let mut snapshots = app.state::<App>().snapshots();
    tauri::async_runtime::spawn(async move {
        let mut before = snapshots.borrow_and_update().clone();
        while snapshots.changed().await.is_ok() {
            let after = snapshots.borrow_and_update().clone();
            for one in news(&before, &after, clock::now()) {
                if window::is_in_front(&app) {
                    tracing::debug!(title = one.title, "the window is in front; not notified");
                } else {
                    notify(&app, &one);
                }
            }
            before = after;
        }
    });
}

fn notify(app: &AppHandle, news: &News) {
    tracing::info!(title = news.title, "the window is not in front; notified");
    // Some desktops have no notifications.
    if let Err(error) = app.notification().builder().title(&news.title).body(&news.body).show() {
        tracing::debug!(%error, "not notified");
    }
}

/// The news between two snapshots: launches that are ready, failed or stop soon, and new notices.
fn news(before: &Snapshot, after: &Snapshot, now: u64) -> Vec<News> {
    let launches = after.pipelines.iter().filter_map(|pipeline| {
        let was = before.launch(&pipeline.id)?;
        of_launch(&pipeline.name, was, pipeline.launch.as_ref()?, now)
    });
    let new = after.notices.iter().filter(|notice| !before.notices.iter().any(|known| known.id == notice.id));
    let notices = new.map(|notice| News { title: notice.message.clone(), body: notice.hint.clone() });
    launches.chain(notices).collect()
}

/// A launch of this program that took long and is ready or has failed, or an unused one that stops soon.
fn of_launch(name: &str, was: &LaunchView, is: &LaunchView, now: u64) -> Option<News> {
    // A running launch has the start of its containers; the start of the person's wait is in the snapshot before.
    let awaited = was.state == LaunchState::Starting && !is.foreign && now.saturating_sub(was.started_at) >= LONG_MS;
    let (title, body) = match (is.state, is.idle_stop_at) {
        (LaunchState::Running, _) if awaited => (words::ready(name), words::READY.to_owned()),
        (LaunchState::Failed, _) if awaited => {
            let message = is.failure.as_ref().map(|failure| failure.message.clone());
            (words::failed(name), message.unwrap_or_default())
        }
        (LaunchState::Running, Some(at)) if was.idle_stop_at.is_none() => {
            let seconds = at.saturating_sub(now).div_ceil(1000);
            (words::idle(name, seconds), words::IDLE.to_owned())
        }
        _ => return None,
    };
    Some(News { title, body })
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
    fn slow_launches_failures_and_idle_stops_are_notified() {
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
            ("idle", plain(Running), idle(), LONG_MS, Some("notes stops in 60 s")),
            ("still idle", idle(), idle(), LONG_MS, None),
        ];
        for (what, was, is, now, title) in table {
            let news = of_launch("notes", &was, &is, now);
            assert_eq!(news.as_ref().map(|news| news.title.as_str()), title, "{what}");
        }
        assert_eq!(of_launch("notes", &plain(Broken), &plain(Broken), LONG_MS), None);
    }
}
