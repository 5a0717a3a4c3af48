//! A container that looks: `look.py` in the image of the servers, offline, with read-only mounts alone.

use std::ops::ControlFlow;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use bytes::Bytes;

use super::Looking;
use super::lines::{self, Line, PROGRAM, Request};
use crate::engine::spec::Mount;
use crate::engine::{Engine, RunEnd, RunLimits, RunSpec};
use crate::words::afar as words;
use crate::words::error::{Error, Result};

/// Where the machine's file system is mounted.
pub(super) const MACHINE: &str = "/machine";
/// Its user may read all files, and changes none: homes are closed to all others.
const USER: &str = "0:0";
const READS: &str = "CAP_DAC_READ_SEARCH";
/// Links of the machine lead where they lead there.
const RESOLVES: &str = "CAP_SYS_CHROOT";
const PYTHON: [&str; 3] = ["/opt/venv/bin/python", "-I", "/look.py"];
/// Its memory, bytes. The program itself takes less.
const MEMORY: i64 = 512 << 20;
/// 10⁻⁹ of a core.
const CPUS: i64 = 1_000_000_000;
const PROCESSES: i64 = 16;
/// How long it may say nothing.
const PATIENCE: Duration = Duration::from_secs(60);
/// How long a call that was broken off may still create a container.
const LATE: Duration = Duration::from_secs(3);

/// What a container sees.
pub(super) struct Seen {
    mounts: Vec<(String, String)>,
    resolves: bool,
}

impl Seen {
    /// The whole machine.
    pub fn machine() -> Seen {
        Seen { mounts: vec![("/".to_owned(), MACHINE.to_owned())], resolves: true }
    }

    /// Folders by their numbers, and the whole machine if others of them may come back.
    pub fn folders<'a>(folders: impl IntoIterator<Item = (usize, &'a str)>, awaits: bool) -> Seen {
        let folders = folders.into_iter().map(|(number, path)| (path.to_owned(), place_of(number)));
        let machine = awaits.then(|| ("/".to_owned(), MACHINE.to_owned()));
        Seen { mounts: folders.chain(machine).collect(), resolves: false }
    }
}

/// Where a folder is mounted.
pub(super) fn place_of(number: usize) -> String {
    format!("/folders/{number}")
}

/// The file with what the copy of a folder has.
pub(super) fn known_of(number: usize) -> String {
    format!("/known/{number}.json")
}

/// Runs a container to its end, or until `on_line` says `false` or fails.
///
/// A mount that follows the machine's shows what is mounted later, and tells whether the machine's is shared. An engine
/// refuses one where it is not.
pub(super) async fn run(
    engine: &Engine,
    looking: &Looking,
    seen: Seen,
    request: &Request<'_>,
    files: Vec<(String, Vec<u8>)>,
    mut on_line: impl FnMut(Line) -> Result<bool>,
) -> Result<()> {
    let files = packed(files)?;
    let mut is_refused = false;
    loop {
        let spec = spec(engine, looking, &seen, !is_refused, request)?;
        let mut has_run = false;
        match once(engine, &spec, files.clone(), &mut on_line, &mut has_run).await {
            Err(Error::Engine { .. }) if !is_refused && !has_run => is_refused = true,
            ended => return ended,
        }
    }
}

/// Runs it once. `has_run`: it has, whatever came of it.
async fn once(
    engine: &Engine,
    spec: &RunSpec,
    files: Bytes,
    on_line: &mut impl FnMut(Line) -> Result<bool>,
    has_run: &mut bool,
) -> Result<()> {
    let mut left = Left { engine: engine.clone(), name: Some(spec.name.clone()) };
    let heard = Arc::new(Mutex::new(Instant::now()));
    let (mut failed, mut said) = (None, String::new());
    let running = engine.run(spec, files, |line, is_error| {
        *has_run = true;
        *heard.lock().unwrap_or_else(PoisonError::into_inner) = Instant::now();
        if is_error {
            line.clone_into(&mut said);
            return ControlFlow::Continue(());
        }
        match lines::parse(line).and_then(&mut *on_line) {
            Ok(true) => ControlFlow::Continue(()),
            Ok(false) => ControlFlow::Break(()),
            Err(error) => {
                failed = Some(error);
                ControlFlow::Break(())
            }
        }
    });
    let ended = tokio::select! {
        ended = running => ended,
        () = silence(&heard) => Err(words::silent()),
    };
    if matches!(ended, Ok(RunEnd::Ended(_))) {
        left.name = None;
    } else if !matches!(ended, Err(Error::EngineGone { .. })) {
        let _ = engine.remove_container(&spec.name).await;
        left.name = None;
    }
    *has_run |= ended.is_ok();
    match (failed, ended) {
        (Some(error), _) | (None, Err(error)) => Err(error),
        (None, Ok(RunEnd::Ended(code))) if code != 0 => Err(words::ended(code, &said)),
        (None, Ok(_)) => Ok(()),
    }
}

/// Waits until nothing was heard for too long.
async fn silence(heard: &Mutex<Instant>) {
    loop {
        let until = *heard.lock().unwrap_or_else(PoisonError::into_inner) + PATIENCE;
        if until <= Instant::now() {
            return;
        }
        tokio::time::sleep_until(until.into()).await;
    }
}

/// A container that may be left: of a future that was dropped, or of a call that was broken off.
struct Left {
    engine: Engine,
    name: Option<String>,
}

impl Drop for Left {
    fn drop(&mut self) {
        let (Some(name), Ok(runtime)) = (self.name.take(), tokio::runtime::Handle::try_current()) else { return };
        let engine = self.engine.clone();
        runtime.spawn(async move {
            let _ = engine.remove_container(&name).await;
            tokio::time::sleep(LATE).await;
            let _ = engine.remove_container(&name).await;
        });
    }
}

fn spec(engine: &Engine, looking: &Looking, seen: &Seen, follows: bool, request: &Request<'_>) -> Result<RunSpec> {
    let mut number = [0; 6];
    let refused = |reason: String| Error::Engine { what: words::LOOK.to_owned(), reason };
    getrandom::fill(&mut number).map_err(|error| refused(error.to_string()))?;
    let request_line = serde_json::to_string(request).map_err(|error| refused(error.to_string()))?;
    let mounts = seen.mounts.iter().map(|(source, target)| Mount {
        source: source.clone(),
        target: target.clone(),
        read_only: true,
        follows,
        volume: None,
        subpath: None,
    });
    let keeps = engine.facts().keeps;
    let capabilities = [Some(READS), seen.resolves.then_some(RESOLVES)];
    Ok(RunSpec {
        name: format!("{}-{}-{}", looking.name, request.action, hex::encode(number)),
        image: looking.image.clone(),
        command: PYTHON.iter().map(|part| (*part).to_owned()).chain([request_line]).collect(),
        user: USER.to_owned(),
        labels: looking.labels.clone(),
        mounts: mounts.collect(),
        security_opt: looking.security_opt.clone(),
        processes: keeps.processes.then_some(PROCESSES),
        removed_at_end: true,
        offline: true,
        limits: RunLimits {
            memory: keeps.memory.then_some(MEMORY),
            nano_cpus: keeps.cpus.then_some(CPUS),
            ..RunLimits::default()
        },
        unlogged: true,
        capabilities: capabilities.into_iter().flatten().map(str::to_owned).collect(),
        input: request.life > 0,
        ..RunSpec::default()
    })
}

/// The program and its files, for the container's root.
fn packed(files: Vec<(String, Vec<u8>)>) -> Result<Bytes> {
    let program = ("/look.py".to_owned(), PROGRAM.as_bytes().to_vec());
    let mut archive = tar::Builder::new(Vec::new());
    let pack = || {
        for (path, contents) in std::iter::once(program.clone()).chain(files) {
            let mut header = tar::Header::new_gnu();
            header.set_size(contents.len() as u64);
            header.set_mode(0o444);
            header.set_mtime(1);
            archive.append_data(&mut header, path.trim_start_matches('/'), contents.as_slice())?;
        }
        archive.into_inner().map(Bytes::from)
    };
    pack().map_err(|error| Error::Engine { what: words::LOOK.to_owned(), reason: error.to_string() })
}
