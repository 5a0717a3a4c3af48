//! Checks everything that a launch needs. Each failed check has a remedy.
//!
//! - `machine`: the engine's socket, users, control groups, proxies and clock; `names`: names in containers

mod machine;
mod names;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use tokio_util::sync::CancellationToken;

use crate::contract::check::{Check, fine, remark, wrong};
use crate::contract::environment::Language;
use crate::contract::failure::FailureCode;
use crate::contract::notice::Tone;
use crate::contract::place::{PlaceState, PlaceView};
use crate::contract::snapshot::{EngineState, Snapshot};
use crate::engine::{CallLists, Engine, EngineFacts, Report};
use crate::images as our_images;
use crate::launch::{open_ports, proxies};
use crate::platform::paths::AppDirs;
use crate::platform::user::Owner;
use crate::words::{doctor as words, limits};

/// The free space that the images need on the engine's disk, bytes.
const ROOM: u64 = 3 << 30;

/// Checks the engine and its machine, the images, the kernelspecs, the disk and the settings. `found`: the engine, and the
/// base image from the settings. After `cancel` it ends soon, and nothing of it stays on the engine.
pub async fn examine(
    places: &AppDirs,
    owner: &Owner,
    snapshot: &Snapshot,
    found: Option<(&Engine, Option<&str>)>,
    cancel: &CancellationToken,
) -> Vec<Check> {
    let mut checks = engine(&snapshot.engine);
    let mut root = None;
    if let Some((engine, asked)) = found {
        let report = engine.report().await.unwrap_or_default();
        checks.extend(machine::examine(engine, &report));
        checks.extend(walls(engine.facts()));
        checks.push(names(places, owner, engine, cancel).await);
        root = own_root(engine, report);
        checks.push(base_image(snapshot, engine, asked).await);
        checks.push(images(snapshot));
        checks.push(ports(snapshot, engine).await);
    }
    checks.push(kernelspecs(snapshot));
    checks.extend(snapshot.places.iter().map(place));
    checks.push(disk(places, root.as_deref()));
    checks.push(settings(snapshot));
    checks
}

fn engine(engine: &EngineState) -> Vec<Check> {
    match engine {
        EngineState::Ready { name, version, api_version, endpoint, found_by, .. } => vec![
            fine("engine", words::engine(name, version, endpoint, found_by)),
            fine("permission", words::PERMITTED),
            fine("API version", words::api_version(api_version)),
        ],
        EngineState::Looking => vec![wrong("engine", words::LOOKING, words::TRY_AGAIN)],
        EngineState::Unavailable { failure, .. } => {
            let name = match failure.code {
                FailureCode::EngineForbidden => "permission",
                FailureCode::EngineTooOld => "API version",
                _ => "engine",
            };
            vec![wrong(name, &failure.message, &failure.hint)]
        }
    }
}

/// Checks the limits that the engine can set for a launch.
fn walls(engine: &EngineFacts) -> [Check; 2] {
    let calls = if engine.call_lists != CallLists::Never {
        fine("system calls", words::CALLS_FILTERED)
    } else {
        wrong("system calls", words::CALLS_FREE, words::CLOSE_FOLDERS)
    };
    let bounds = match (limits::unkept(engine.keeps), engine.bounds_logs) {
        (None, true) => fine("limits", words::BOUNDED),
        (None, false) => fine("limits", words::LOGS_UNBOUNDED),
        (Some((unkept, remedy)), true) => remark("limits", unkept, remedy),
        (Some((unkept, remedy)), false) => remark("limits", format!("{unkept}; {}", words::LOGS_UNBOUNDED), remedy),
    };
    [calls, bounds]
}

async fn base_image(snapshot: &Snapshot, engine: &Engine, asked: Option<&str>) -> Check {
    const NAME: &str = "base image";
    let needed = snapshot.images.iter().any(|image| !image.present && crate::images::is_ours(&image.name));
    if !needed {
        return fine(NAME, words::BASE_NOT_NEEDED);
    }
    match crate::images::base_on_engine(engine, asked).await {
        Ok(Some(name)) => fine(NAME, words::base_present(&name)),
        Ok(None) => fine(NAME, words::BASE_MISSING),
        Err(error) => {
            let failure = error.failure();
            wrong(NAME, failure.message, failure.hint)
        }
    }
}

fn images(snapshot: &Snapshot) -> Check {
    let missing: Vec<_> =
        snapshot.images.iter().filter(|image| !image.present).map(|image| image.name.as_str()).collect();
    if missing.is_empty() {
        fine("images", words::images_present(snapshot.images.len()))
    } else {
        wrong("images", words::images_missing(&missing), words::PREPARE)
    }
}

/// A place, as it answered.
fn place(place: &PlaceView) -> Check {
    match &place.state {
        PlaceState::Ready { version, .. } => fine("place", words::place(&place.name, version)),
        PlaceState::Failed { failure } => wrong("place", &failure.message, &failure.hint),
        PlaceState::Unknown | PlaceState::Asking => {
            wrong("place", words::place_not_asked(&place.name), words::test_place(&place.name))
        }
    }
}

async fn ports(snapshot: &Snapshot, engine: &Engine) -> Check {
    const NAME: &str = "kernels' ports";
    let images = snapshot.kernelspecs.iter();
    let images = images.map(|spec| (spec.image.as_str(), Language::of_kernelspec(&spec.language)));
    let mut open = Vec::new();
    for (image, language) in images.collect::<BTreeSet<_>>() {
        open.extend(open_ports::warning(engine, image, language).await);
    }
    if open.is_empty() { fine(NAME, words::PORTS_CLOSED) } else { wrong(NAME, open.join("; "), words::CLOSE_PORTS) }
}

fn kernelspecs(snapshot: &Snapshot) -> Check {
    let problems = snapshot.kernelspec_problems.iter();
    let problems: Vec<_> = problems.map(|problem| words::kernelspec_problem(&problem.name, &problem.message)).collect();
    let hints: Vec<_> = snapshot.kernelspec_problems.iter().map(|problem| problem.hint.as_str()).collect();
    let usable = snapshot.kernelspecs.len();
    match (usable, problems.is_empty()) {
        (0, true) => wrong("kernelspecs", words::no_kernelspec(&snapshot.kernels_dir), words::RESTORE_KERNELSPECS),
        (_, true) => fine("kernelspecs", words::kernelspecs(usable, &snapshot.kernels_dir)),
        (_, false) => wrong("kernelspecs", words::kernelspec_problems(usable, &problems), hints.join("; ")),
    }
}

/// Asks for names in a container of an image of ours, if one is on the engine: an old one does, too.
async fn names(places: &AppDirs, owner: &Owner, engine: &Engine, cancel: &CancellationToken) -> Check {
    let has_proxy = !proxies::of(engine.around(), &engine.facts().endpoint).is_empty();
    for image in [our_images::server(), our_images::gateway()] {
        if matches!(engine.image(&image).await, Ok(Some(_))) {
            return names::check(engine, &image, &places.data, owner, has_proxy, cancel).await;
        }
    }
    fine(names::NAME, words::NAMES_NOT_ASKED)
}

/// The folder with the engine's images, if it is on this machine.
fn own_root(engine: &Engine, report: Report) -> Option<PathBuf> {
    report.root.filter(|_| !engine.facts().in_machine).map(PathBuf::from)
}

fn disk(places: &AppDirs, root: Option<&Path>) -> Check {
    let Some((free, place)) = platform::free_space(places, root) else {
        return fine("disk space", words::SPACE_UNKNOWN);
    };
    let finding = words::space(free, &place);
    if free < ROOM { wrong("disk space", finding, words::FREE_SPACE) } else { fine("disk space", finding) }
}

fn settings(snapshot: &Snapshot) -> Check {
    match snapshot.notices.iter().find(|notice| notice.tone == Tone::Failure) {
        None => fine("settings", words::settings(&snapshot.settings.file)),
        Some(notice) => wrong("settings", &notice.message, &notice.hint),
    }
}

#[cfg(unix)]
mod platform {
    use std::path::{Path, PathBuf};

    use crate::platform::paths::AppDirs;

    pub fn free_space(places: &AppDirs, root: Option<&Path>) -> Option<(u64, PathBuf)> {
        // Root's own folder cannot always be entered, and those above it are mostly on the same disk. For an engine in a
        // virtual machine the disk of the home folder matters.
        let of_engine = root.into_iter().flat_map(Path::ancestors);
        of_engine.chain([places.data.as_path(), Path::new("/")]).find_map(|place| {
            let found = rustix::fs::statvfs(place).ok()?;
            Some((found.f_bavail * found.f_frsize, place.to_owned()))
        })
    }
}

#[cfg(not(unix))]
mod platform {
    use std::path::{Path, PathBuf};

    use crate::platform::paths::AppDirs;

    pub fn free_space(_places: &AppDirs, _root: Option<&Path>) -> Option<(u64, PathBuf)> {
        None
    }
}
