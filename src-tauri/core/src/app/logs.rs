//! Reads the logs of a launch's containers and the app's own, and follows them while somebody looks.

use std::collections::HashSet;
use std::ffi::OsStr;
use std::io::SeekFrom;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use futures_util::StreamExt;
use notify::{RecommendedWatcher, RecursiveMode, Watcher};
use tokio::io::{AsyncReadExt, AsyncSeekExt};
use tokio::sync::{Notify, mpsc, watch};
use tokio::task::JoinSet;
use tokio::time::{Instant, MissedTickBehavior};

use crate::contract::snapshot::{EngineState, Snapshot};
use crate::engine::{Container, Engine};
use crate::launch::label::{Labels, Role};
use crate::launch::{list, name, plan};
use crate::logs::line::LogLine;
use crate::place::connection;
use crate::words::error::Result;

/// The number of earlier lines of each container.
const TAIL: usize = 2_000;
/// The size of the earlier part of the app's own log, bytes.
const APP_TAIL: u64 = 256 << 10;
/// The shortest time between two batches of lines, and the most lines of one.
const EVERY: Duration = Duration::from_millis(80);
const AT_ONCE: usize = 2_000;
/// The time in which the first batch is collected, and its size in batches.
const BEFORE: Duration = Duration::from_millis(250);
const FIRST: usize = 8;
/// How long a broken stream waits before it is opened again.
const PAUSE: Duration = Duration::from_millis(300);
/// Between two looks at the app's own log where the system reports no changes.
const LOOK: Duration = Duration::from_secs(1);

/// Sends the app's own lines and, if a launch is named, those of its containers, also of later ones, until the receiver is
/// dropped.
pub(crate) async fn follow(
    snapshots: watch::Receiver<Arc<Snapshot>>,
    engine: watch::Receiver<Option<Engine>>,
    log: PathBuf,
    id: Option<String>,
    batches: mpsc::Sender<Vec<LogLine>>,
) {
    let (lines, mut heard) = mpsc::channel(1024);
    let mut sources = JoinSet::new();
    if let Some(id) = id {
        sources.spawn(follow_launch(snapshots, engine, id, lines.clone()));
    }
    sources.spawn(follow_file(log, lines));
    // Earlier lines come from all containers at once; the batch is sent in the order in which they were written.
    let mut clock = tokio::time::interval_at(Instant::now() + BEFORE, EVERY);
    let mut most = AT_ONCE * FIRST;
    clock.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut batch = Vec::new();
    loop {
        tokio::select! {
            () = batches.closed() => return,
            _ = clock.tick(), if !batch.is_empty() => {
                batch.sort_by_key(|line: &LogLine| line.at);
                if batches.send(std::mem::take(&mut batch)).await.is_err() {
                    return;
                }
                most = AT_ONCE;
            }
            Some(line) = heard.recv(), if batch.len() < most => batch.push(line),
        }
    }
}

/// A text that changes if containers come or go.
fn parts(snapshot: &Snapshot, id: &str) -> Option<String> {
    let launch = snapshot.launch(id)?;
    matches!(snapshot.engine, EngineState::Ready { .. }).then(|| {
        let stages: Vec<_> = launch.stages.iter().map(|stage| stage.state).collect();
        format!("{:?} {} {:?} {:?} {stages:?}", launch.state, launch.started_at, launch.ready_at, launch.kernels)
    })
}

async fn follow_launch(
    mut snapshots: watch::Receiver<Arc<Snapshot>>,
    engine: watch::Receiver<Option<Engine>>,
    id: String,
    lines: mpsc::Sender<LogLine>,
) {
    let mut followed = HashSet::new();
    let mut broken = HashSet::new();
    let mut following = JoinSet::new();
    let mut known = None;
    loop {
        let parts = parts(&snapshots.borrow_and_update(), &id);
        let now = engine.borrow().clone();
        if parts.is_some()
            && (parts != known || !broken.is_empty())
            && let Some(engine) = &now
            && let Ok(containers) = sources(engine, &id).await
        {
            known = parts;
            let secrets = secrets(engine, &id, &containers).await;
            for (labels, container) in containers {
                // Lines that were read before the engine went away are not read again.
                let tail = if broken.remove(&container.id) { 0 } else { TAIL };
                if followed.insert(container.id.clone()) {
                    let (engine, lines, secrets) = (engine.clone(), lines.clone(), secrets.clone());
                    let source = source_of(&labels);
                    following.spawn(follow_container(engine, container, source, tail, secrets, lines));
                }
            }
        }
        tokio::select! {
            changed = snapshots.changed() => if changed.is_err() { return },
            Some(ended) = following.join_next() => {
                if let Ok(Some(container)) = ended {
                    followed.remove(&container);
                    broken.insert(container);
                    // Not at once: an engine that goes away is not back yet.
                    tokio::time::sleep(PAUSE).await;
                }
            }
        }
    }
}

/// Follows a container's log to its end. Returns the container's id if the engine broke off.
async fn follow_container(
    engine: Engine,
    container: Container,
    source: String,
    tail: usize,
    secrets: Vec<String>,
    lines: mpsc::Sender<LogLine>,
) -> Option<String> {
    if tail > 0
        && let Some(kept) = engine.log_cut_at(&container.id).await
        && lines.send(LogLine::cut(&source, kept)).await.is_err()
    {
        return None;
    }
    let mut stream = Box::pin(engine.logs_follow(&container.id, tail));
    while let Some(text) = stream.next().await {
        let Ok(text) = text else { return Some(container.id) };
        if lines.send(LogLine::stamped(&source, &text, &secrets)).await.is_err() {
            return None;
        }
    }
    let _ = lines.send(LogLine::end(&source)).await;
    None
}

async fn follow_file(path: PathBuf, lines: mpsc::Sender<LogLine>) {
    let mut at = tokio::fs::metadata(&path).await.map_or(0, |found| found.len().saturating_sub(APP_TAIL));
    // The part begins in the middle of a line.
    let mut whole = at == 0;
    let mut rest = Vec::new();
    // Watched before it is read, so that no change is missed.
    let changed = Arc::new(Notify::new());
    let watch = watched(&path, changed.clone());
    if let Err(error) = &watch {
        tracing::warn!(path = %path.display(), %error, "the log is not watched; it is looked at every second");
    }
    loop {
        if read_on(&path, &mut at, &mut rest).await.is_err() {
            at = 0;
        }
        while let Some(end) = rest.iter().position(|byte| *byte == b'\n') {
            let line: Vec<u8> = rest.drain(..=end).collect();
            let text = String::from_utf8_lossy(&line);
            if whole && lines.send(LogLine::of("app", text.trim_end(), &[])).await.is_err() {
                return;
            }
            whole = true;
        }
        match &watch {
            Ok(_) => changed.notified().await,
            Err(_) => tokio::time::sleep(LOOK).await,
        }
    }
}

/// Reports changes of a file, for as long as the watcher is there. Its folder is watched, since another file may take
/// its place.
fn watched(path: &Path, changed: Arc<Notify>) -> notify::Result<RecommendedWatcher> {
    let name = path.file_name().map(OsStr::to_owned);
    let mut watcher = notify::recommended_watcher(move |event: notify::Result<notify::Event>| {
        // Reading the file is an event, too.
        let is_change = |event: &notify::Event| {
            !event.kind.is_access() && event.paths.iter().any(|path| path.file_name() == name.as_deref())
        };
        if event.is_ok_and(|event| event.need_rescan() || is_change(&event)) {
            changed.notify_one();
        }
    })?;
    watcher.watch(path.parent().unwrap_or(path), RecursiveMode::NonRecursive)?;
    Ok(watcher)
}

/// Reads what was added since the last time, or all of a new file.
async fn read_on(path: &Path, at: &mut u64, rest: &mut Vec<u8>) -> std::io::Result<()> {
    let length = tokio::fs::metadata(path).await?.len();
    if length < *at {
        *at = 0;
    }
    if length > *at {
        let mut file = tokio::fs::File::open(path).await?;
        file.seek(SeekFrom::Start(*at)).await?;
        *at += file.take(length - *at).read_to_end(rest).await? as u64;
    }
    Ok(())
}

/// The last lines of every container of a launch, and the following ones until each ends.
pub(crate) async fn once(
    engine: &Engine,
    containers: Vec<(Labels, Container)>,
    id: &str,
    tail: usize,
    follow: bool,
) -> mpsc::Receiver<LogLine> {
    let secrets = secrets(engine, id, &containers).await;
    let (lines, receiver) = mpsc::channel(256);
    for (labels, container) in containers {
        let (engine, lines, secrets) = (engine.clone(), lines.clone(), secrets.clone());
        let source = source_of(&labels);
        tokio::spawn(async move {
            if follow {
                follow_container(engine, container, source, tail, secrets, lines).await;
                return;
            }
            if let Some(kept) = engine.log_cut_at(&container.id).await {
                let _ = lines.send(LogLine::cut(&source, kept)).await;
            }
            for text in engine.logs_tail(&container.id, tail).await.unwrap_or_default() {
                let _ = lines.send(LogLine::of(&source, &text, &secrets)).await;
            }
        });
    }
    receiver
}

/// The containers of a launch that write a log: a request for an image never runs.
pub(crate) async fn sources(engine: &Engine, id: &str) -> Result<Vec<(Labels, Container)>> {
    let mut containers = list::containers_of(engine, id).await?;
    containers.retain(|(labels, _)| labels.role != Some(Role::ImageRequest));
    Ok(containers)
}

/// The texts that no line may show, longest first: the tokens of a launch, and the values of its kernelspecs' `env`.
async fn secrets(engine: &Engine, id: &str, containers: &[(Labels, Container)]) -> Vec<String> {
    let mut secrets = Vec::new();
    for role in Role::PARTS {
        let env = engine.env_of(&name::container(id, role)).await.unwrap_or_default();
        for (name, value) in env {
            match name.as_str() {
                plan::GATEWAY_ELSEWHERE => secrets.extend(connection::secrets_in(&value)),
                name if name.ends_with("TOKEN") => secrets.push(value),
                _ => {}
            }
        }
    }
    for (labels, container) in containers.iter().filter(|(labels, _)| !labels.hidden.is_empty()) {
        let env = engine.env_of(&container.id).await.unwrap_or_default();
        let hidden = env.into_iter().filter(|(name, _)| labels.hidden.contains(name));
        // A value of a few letters is part of many words: it is hidden only behind its name. Lines are hidden one by one.
        let hides = |(name, value): (String, String)| match value.len() {
            0..=3 => vec![format!("{name}={value}")],
            _ => value.lines().filter(|line| line.len() > 3).map(str::to_owned).collect(),
        };
        secrets.extend(hidden.flat_map(hides));
    }
    secrets.sort_by_key(|secret| std::cmp::Reverse(secret.len()));
    secrets.dedup();
    secrets
}

fn source_of(labels: &Labels) -> String {
    let role = labels.role.map_or("container", Role::as_str);
    match &labels.kernel_id {
        Some(id) => format!("{role} {}", id.chars().take(8).collect::<String>()),
        None => role.to_owned(),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::fs;

    use super::*;

    async fn next(heard: &mut mpsc::Receiver<LogLine>) -> String {
        let line = tokio::time::timeout(Duration::from_secs(10), heard.recv()).await;
        line.expect("a line comes").unwrap().text
    }

    fn append(path: &Path, text: &str) {
        use std::io::Write;
        fs::OpenOptions::new().append(true).create(true).open(path).unwrap().write_all(text.as_bytes()).unwrap();
    }

    #[tokio::test]
    async fn the_apps_log_is_followed_also_after_another_file_took_its_place() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("orchest.log");
        append(&path, "first\n");
        let (lines, mut heard) = mpsc::channel(16);
        let following = tokio::spawn(follow_file(path.clone(), lines));
        assert_eq!(next(&mut heard).await, "first");
        append(&path, "half of the ");
        append(&path, "second\nthird\n");
        assert_eq!(next(&mut heard).await, "half of the second");
        assert_eq!(next(&mut heard).await, "third");
        append(&folder.path().join("build.log"), "of another file\n");
        fs::rename(&path, folder.path().join("orchest.1.log")).unwrap();
        append(&path, "new\n");
        assert_eq!(next(&mut heard).await, "new");
        following.abort();
    }

    #[tokio::test]
    async fn reading_the_log_is_no_change_of_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("orchest.log");
        append(&path, "first\n");
        let changed = Arc::new(Notify::new());
        let _watch = watched(&path, changed.clone()).unwrap();
        fs::read(&path).unwrap();
        let seen = tokio::time::timeout(Duration::from_millis(300), changed.notified()).await;
        assert!(seen.is_err(), "the follower would read for ever");
        append(&path, "second\n");
        tokio::time::timeout(Duration::from_secs(10), changed.notified()).await.unwrap();
    }
}
