//! Checks of all that a launch needs, each with a remedy where it fails.

use std::collections::BTreeSet;

use serde::Serialize;

use crate::contract::failure::FailureCode;
use crate::contract::notice::Tone;
use crate::contract::snapshot::{EngineState, Snapshot};
use crate::engine::{CallLists, Engine, EngineFacts};
use crate::launch::open_ports;
use crate::platform::paths::AppDirs;

/// Less free space than this on the engine's disk is too little for the images, bytes.
const ROOM: u64 = 3 << 30;

/// One thing that was looked at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Check {
    /// What was looked at.
    pub name: &'static str,
    /// Whether it is as a launch needs it.
    pub ok: bool,
    /// What was found.
    pub finding: String,
    /// What to do, where it is not.
    pub remedy: Option<String>,
}

fn fine(name: &'static str, finding: impl Into<String>) -> Check {
    Check { name, ok: true, finding: finding.into(), remedy: None }
}

fn wrong(name: &'static str, finding: impl Into<String>, remedy: impl Into<String>) -> Check {
    Check { name, ok: false, finding: finding.into(), remedy: Some(remedy.into()) }
}

/// Looks at engine, permission, API version, what the engine bounds, images, base image, kernels' ports, kernelspecs and
/// disk space. `found`: the engine, and the
/// base image that was asked for.
pub async fn examine(places: &AppDirs, snapshot: &Snapshot, found: Option<(&Engine, Option<&str>)>) -> Vec<Check> {
    let mut checks = engine(&snapshot.engine);
    if let Some((engine, asked)) = found {
        checks.extend(walls(engine.facts()));
        checks.push(base_image(snapshot, engine, asked).await);
        checks.push(images(snapshot));
        checks.push(ports(snapshot, engine).await);
    }
    checks.push(kernelspecs(snapshot));
    checks.push(disk(places));
    checks.push(settings(snapshot));
    checks
}

fn engine(engine: &EngineState) -> Vec<Check> {
    match engine {
        EngineState::Ready { name, version, api_version, endpoint, found_by, .. } => vec![
            fine("engine", format!("{name} {version} at {endpoint} ({found_by})")),
            fine("permission", "this user may use it"),
            fine("API version", format!("{api_version}, and 1.41 is needed")),
        ],
        EngineState::Looking => vec![wrong("engine", "still being looked for", "try again in a moment")],
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

/// What the engine can bound in a launch.
fn walls(engine: &EngineFacts) -> [Check; 2] {
    let calls = if engine.call_lists != CallLists::Never {
        fine("system calls", "filtered: kernels cannot make setuid programs in the folder")
    } else {
        wrong(
            "system calls",
            "this engine takes no list of system calls: a kernel can leave a program in the folder that runs with your \
             rights when another user of this machine runs it",
            "keep other users out of the folders that you launch (`chmod go-x FOLDER`), or use Docker on a Linux with seccomp",
        )
    };
    let lacking: Vec<_> = [(engine.bounds_processes, "processes"), (engine.bounds_logs, "the logs that it keeps")]
        .into_iter()
        .filter_map(|(bounded, what)| (!bounded).then_some(what))
        .collect();
    let bounds = if lacking.is_empty() {
        fine("bounds", "processes and logs of each container have their limits")
    } else {
        fine("bounds", format!("this engine does not take our bound on {}; its own holds", lacking.join(" and ")))
    };
    [calls, bounds]
}

async fn base_image(snapshot: &Snapshot, engine: &Engine, asked: Option<&str>) -> Check {
    const NAME: &str = "base image";
    let needed = snapshot.images.iter().any(|image| !image.present && crate::images::is_ours(&image.name));
    if !needed {
        return fine(NAME, "not needed: no image has to be built");
    }
    match crate::images::base_on_engine(engine, asked).await {
        Ok(Some(name)) => fine(NAME, format!("{name} is here")),
        Ok(None) => fine(NAME, "not here: it is pulled when images are built, where a registry can be reached"),
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
        fine("images", format!("all {} are here", snapshot.images.len()))
    } else {
        wrong(
            "images",
            format!("not here yet: {}", missing.join(", ")),
            "`orchest images --prepare` gets them now; else the first launch does",
        )
    }
}

async fn ports(snapshot: &Snapshot, engine: &Engine) -> Check {
    const NAME: &str = "kernels' ports";
    let images: BTreeSet<_> = snapshot.kernelspecs.iter().map(|kernelspec| kernelspec.image.as_str()).collect();
    let mut open = Vec::new();
    for image in images {
        open.extend(open_ports::told(engine, image).await);
    }
    if open.is_empty() {
        fine(NAME, "nobody else on this machine reaches those of the images that are here")
    } else {
        let remedy = "start the kernel by `orchest_kernel.py`, as the images of ours do, or use a rootless engine";
        wrong(NAME, open.join("; "), remedy)
    }
}

fn kernelspecs(snapshot: &Snapshot) -> Check {
    let problems: Vec<_> =
        snapshot.kernelspec_problems.iter().map(|problem| format!("`{}`: {}", problem.name, problem.message)).collect();
    let hints: Vec<_> = snapshot.kernelspec_problems.iter().map(|problem| problem.hint.as_str()).collect();
    let usable = snapshot.kernelspecs.len();
    match (usable, problems.is_empty()) {
        (0, true) => wrong(
            "kernelspecs",
            format!("there is none in {}", snapshot.kernels_dir),
            "remove `.orchest-shipped.json` there and start again: those that are shipped come back",
        ),
        (_, true) => fine("kernelspecs", format!("{usable} usable in {}", snapshot.kernels_dir)),
        (_, false) => wrong("kernelspecs", format!("{usable} usable; {}", problems.join("; ")), hints.join("; ")),
    }
}

fn disk(places: &AppDirs) -> Check {
    let Some((free, place)) = platform::free_space(places) else {
        return fine("disk space", "cannot be told on this system");
    };
    let finding = format!("{:.1} GB free at {}", free as f64 / 1e9, place.display());
    if free < ROOM {
        wrong(
            "disk space",
            finding,
            "`docker system df` says what the engine keeps; `docker image prune` frees what is unused",
        )
    } else {
        fine("disk space", finding)
    }
}

fn settings(snapshot: &Snapshot) -> Check {
    match snapshot.notices.iter().find(|notice| notice.tone == Tone::Failure) {
        None => fine("settings", format!("readable: {}", snapshot.settings.file)),
        Some(notice) => wrong("settings", &notice.message, &notice.hint),
    }
}

#[cfg(unix)]
mod platform {
    use std::path::{Path, PathBuf};

    use crate::platform::paths::AppDirs;

    pub fn free_space(places: &AppDirs) -> Option<(u64, PathBuf)> {
        // A native engine keeps its images here; in other cases the home's disk is the one to know.
        [Path::new("/var/lib/docker"), places.data.as_path(), Path::new("/")].into_iter().find_map(|place| {
            let found = rustix::fs::statvfs(place).ok()?;
            Some((found.f_bavail * found.f_frsize, place.to_owned()))
        })
    }
}

#[cfg(not(unix))]
mod platform {
    use std::path::PathBuf;

    use crate::platform::paths::AppDirs;

    pub fn free_space(_places: &AppDirs) -> Option<(u64, PathBuf)> {
        None
    }
}
