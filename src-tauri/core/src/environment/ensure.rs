//! Makes the environment of a folder in the engine's store, or finds the one that is there.
//!
//! The installer runs none of the packages' code. If a package has to be built, the builder does it: a container that has
//! no mount, and whose results are files.

use std::collections::BTreeMap;
use std::path::PathBuf;

use bytes::Bytes;
use tokio_util::sync::CancellationToken;

use super::choice;
use super::folder_image;
use super::found::{self, Gpus, PostBuild, Read, Source};
use super::indexes;
use super::line::Install;
use super::netrc::{self, Login};
use super::post_build;
use super::record::{self, Made, Rate, Record};
use super::request::{self, Request};
use super::run::{Outcome, Report, have_image, run, spec};
use super::sources;
use super::store::{Store, gone, mounts, store_name};
use crate::contract::environment::Language;
use crate::engine::spec::Mount;
use crate::engine::{Engine, RunSpec, VolumePlace};
use crate::images;
use crate::platform::clock::now;
use crate::words::environment as words;
use crate::words::error::{Error, Result};
use crate::words::names::display_path;
use crate::words::python::Missing;

/// The most bytes of the builder's results.
const LARGEST_RESULT: usize = 2 << 30;

/// The environment that a launch wants.
#[derive(Clone, Debug)]
pub struct Wanted {
    /// The folder, or what is known here of one on another machine.
    pub folder: PathBuf,
    /// The machine that it is on; none is this one.
    pub machine: Option<String>,
    /// Its notebooks, relative to it.
    pub notebooks: Vec<String>,
    /// The file with what is remembered of it.
    pub record: PathBuf,
    /// The file with the rate of the last download.
    pub rate: PathBuf,
    /// The folder with what is known of images, which gateways see.
    pub notes: PathBuf,
    /// Where it is made.
    pub store: Store,
    /// The person's logins at hosts.
    pub logins: Vec<Login>,
    /// How a missing image is built.
    pub images: images::Options,
    /// Whether it is made anew, with the newest versions that fit.
    pub upgrade: bool,
}

/// An environment that kernels can use.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Environment {
    /// The file that it comes from.
    pub file: String,
    /// The language of its packages.
    pub language: Language,
    /// What was made.
    pub made: Made,
    /// What a kernel mounts.
    pub mounts: Vec<Mount>,
    /// The image of its kernels.
    pub image: String,
    /// The folder's `postBuild`, if it has to run.
    pub post_build: Option<PostBuild>,
    /// The path of the folder's `postBuild`, if the person has not allowed it.
    pub not_run: Option<String>,
    /// The GPUs that the folder asks for.
    pub gpus: Option<Gpus>,
}

/// Makes the environment, unless it is there. Its record is written.
pub async fn ensure(
    engine: &Engine,
    wanted: &Wanted,
    report: &Report<'_>,
    cancel: &CancellationToken,
) -> Result<Environment> {
    let (read, record) = {
        let (folder, notebooks, file) = (wanted.folder.clone(), wanted.notebooks.clone(), wanted.record.clone());
        let look = move || {
            let (mut read, record) = (found::read(&folder, &notebooks), record::read(&file));
            choice::unlock(&mut read, record.unlocked.as_ref());
            (read, record)
        };
        tokio::task::spawn_blocking(look).await.map_err(|_| Error::ShuttingDown)?
    };
    let nothing = || words::nothing_found(&display_path(&wanted.folder));
    let source = choice::chosen(&read.found, record.picked.as_deref()).ok_or_else(nothing)?;
    let digest = choice::digest(source, &read, &wanted.store.image);
    if choice::is_image(source.kind) {
        let made = folder_image::ensure(engine, wanted, source, &read, digest, record, report, cancel).await?;
        return Ok(Environment { gpus: read.found.gpus(), ..made });
    }
    let image = image(engine, wanted, source, &read, report, cancel).await?;
    let made = record.made.clone().filter(|made| made.digest == digest && !wanted.upgrade && made.image == image);
    let store = &wanted.store.mount;
    if let Some(made) = made
        && let Some(place) = engine.volume_place(&store.source).await?
        && store_name(store, &place) == made.store
    {
        return Ok(with_folder(environment(engine, wanted, source, made, &place), &read, &record));
    }
    let made = make(engine, wanted, source, &read, digest, report, cancel).await?;
    let made = Made { image, ..made };
    remember(wanted, record.clone(), &made).await?;
    let place = engine.volume_place(&store.source).await?.ok_or_else(|| gone(store))?;
    Ok(with_folder(environment(engine, wanted, source, made, &place), &read, &record))
}

/// The image of the kernels, if it is not the shipped one: the shipped one with the folder's Debian packages.
async fn image(
    engine: &Engine,
    wanted: &Wanted,
    source: &Source,
    read: &Read,
    report: &Report<'_>,
    cancel: &CancellationToken,
) -> Result<Option<String>> {
    let packages = choice::debian_packages(source, &read.found);
    match &read.found.apt {
        Some(apt) if !packages.is_empty() => {
            let base = kernels_image(wanted, source);
            folder_image::with_packages(engine, wanted, &base, packages, &apt.file, report, cancel).await.map(Some)
        }
        _ => Ok(None),
    }
}

/// The shipped image of kernels for what a source names.
fn kernels_image(wanted: &Wanted, source: &Source) -> String {
    match source.language {
        Language::Python => wanted.store.image.clone(),
        Language::R => images::kernel_r(),
    }
}

/// Writes what was made into the folder's record.
pub(super) async fn remember(wanted: &Wanted, record: Record, made: &Made) -> Result<()> {
    let folder = wanted.folder.to_string_lossy().into_owned();
    let record = Record { folder, made: Some(made.clone()), ..record };
    let file = wanted.record.clone();
    let written = tokio::task::spawn_blocking(move || record::write(&file, &record)).await;
    written.map_err(|_| Error::ShuttingDown)?
}

/// Without it, the next question has no time.
async fn remember_rate(wanted: &Wanted, rate: Rate) {
    let file = wanted.rate.clone();
    let written = tokio::task::spawn_blocking(move || record::write(&file, &rate)).await;
    if let Ok(Err(error)) = written {
        tracing::warn!(message = %error, "the rate of the download is not remembered");
    }
}

async fn make(
    engine: &Engine,
    wanted: &Wanted,
    source: &Source,
    read: &Read,
    digest: String,
    report: &Report<'_>,
    cancel: &CancellationToken,
) -> Result<Made> {
    report(words::STARTING, None, Vec::new());
    let (built, sources, netrc, python, carried) = (None, BTreeMap::new(), None, None, None);
    let mut request = Request { source, read, built, sources, netrc, python, carried, upgrade: wanted.upgrade };
    let mut log = Install::default();
    if choice::is_of_r(source) {
        // A kernel of R has another image than the installer.
        have_image(engine, &wanted.store.image, &wanted.images, report, cancel).await?;
    }
    let mut outcome = install(engine, wanted, &request, &mut log, report, cancel).await?;
    if let Outcome::NeedsBuild(carried) = outcome {
        request.python = log.python();
        request.carried = carried;
        request.built = Some(build(engine, wanted, &mut request, &mut log, report, cancel).await?);
        outcome = install(engine, wanted, &request, &mut log, report, cancel).await?;
    }
    let made = made_by(outcome, source, &log)?;
    if let Some(bytes) = log.rate() {
        remember_rate(wanted, Rate { bytes, at: now() }).await;
    }
    let place = engine.volume_place(&wanted.store.mount.source).await?.ok_or_else(|| gone(&wanted.store.mount))?;
    let store = store_name(&wanted.store.mount, &place);
    Ok(Made { digest, store, at: now(), ..made })
}

fn failed(source: &Source, kind: &str, package: Option<&str>, text: &str, log: &Install) -> Error {
    // The reader names the line and what to write there; uv names a position. What it said stays: it may be about
    // something else.
    let of_tool = source.problems.iter().filter(|problem| choice::files_of(source).any(|file| *file == problem.file));
    let lines = of_tool.map(|problem| words::problem(&problem.file, problem.line, &problem.message));
    let lines: Vec<String> = lines.chain(std::iter::once(text.to_owned())).collect();
    let kind = if kind == "internal" && lines.len() > 1 { "file" } else { kind };
    let text = if kind == "file" { &lines.join("\n") } else { text };
    let (message, hint) = match source.language {
        _ if choice::is_of_conda(source.kind) => words::failed_of_conda(&source.file, kind, package, text),
        Language::R => crate::words::r::failed(&source.file, kind, package, text),
        Language::Python => words::failed(&source.file, kind, package, text),
    };
    // The tool's explanation says it all; its log would say it once more.
    let explained = matches!(
        kind,
        "conflict"
            | "unknown_package"
            | "platform"
            | "file"
            | "python"
            | "index_login"
            | "channel"
            | "no_wheel"
            | "without_kernel"
    );
    Error::Environment { message, hint, log: if explained { Vec::new() } else { log.tail() }, log_file: None }
}

/// What was made, or the reason why nothing was.
fn made_by(outcome: Outcome, source: &Source, log: &Install) -> Result<Made> {
    match outcome {
        Outcome::Made(made) => Ok(made),
        Outcome::NeedsBuild(_) => Err(failed(source, "internal", None, "", log)),
        Outcome::Failed { kind, package, text } => Err(failed(source, &kind, package.as_deref(), &text, log)),
        Outcome::NoPython(python) => Err(no_python(&python)),
    }
}

/// The reason says it all.
fn no_python(python: &Missing) -> Error {
    let (message, hint) = crate::words::python::missing(python);
    Error::Environment { message, hint, log: Vec::new(), log_file: None }
}

async fn install(
    engine: &Engine,
    wanted: &Wanted,
    request: &Request<'_>,
    log: &mut Install,
    report: &Report<'_>,
    cancel: &CancellationToken,
) -> Result<Outcome> {
    let mut spec = if choice::is_of_conda(request.source.kind) {
        have_image(engine, &images::builder(), &wanted.images, report, cancel).await?;
        RunSpec { image: images::builder(), ..spec(&wanted.store, "conda") }
    } else {
        spec(&wanted.store, "install")
    };
    let env = spec.env.iter().map(|(_, value)| value.as_bytes());
    let texts: Vec<&[u8]> = env.chain(request.read.contents.values().map(Vec::as_slice)).collect();
    // A package that is built could read logins, so only the installer gets them.
    let netrc = netrc::for_hosts(&wanted.logins, &texts);
    if netrc.is_some() {
        spec.env.push(("NETRC".to_owned(), format!("/request/{}", request::NETRC)));
    }
    let archive = request::archive(&Request { netrc, ..request.clone() })?;
    run(engine, &spec, archive, log, report, cancel).await
}

/// Has the builder make wheels of what has none. Returns its files.
async fn build(
    engine: &Engine,
    wanted: &Wanted,
    request: &mut Request<'_>,
    log: &mut Install,
    report: &Report<'_>,
    cancel: &CancellationToken,
) -> Result<BTreeMap<String, Vec<u8>>> {
    let is_r = choice::is_of_r(request.source);
    let builder = if is_r { images::builder_r() } else { images::builder() };
    have_image(engine, &builder, &wanted.images, report, cancel).await?;
    if request.source.of_folder && !is_r {
        let folder = wanted.folder.clone();
        let sources = tokio::task::spawn_blocking(move || sources::of(&folder)).await;
        request.sources = sources.map_err(|_| Error::ShuttingDown)?;
    }
    let env = indexes::without_logins(&wanted.store.env);
    let spec = spec(&wanted.store, "build");
    let spec = RunSpec { image: builder, env, mounts: Vec::new(), removed_at_end: false, ..spec };
    let outcome = run(engine, &spec, request::archive(request)?, log, report, cancel).await;
    let files = match &outcome {
        Ok(Outcome::Made(_)) => engine.files_of(&spec.name, "/out", LARGEST_RESULT).await,
        _ => Ok(Bytes::new()),
    };
    let removed = engine.remove_container(&spec.name).await;
    made_by(outcome?, request.source, log)?;
    removed?;
    request::unpacked(&files?).map_err(|error| failed(request.source, "internal", None, &error.to_string(), log))
}

fn environment(engine: &Engine, wanted: &Wanted, source: &Source, made: Made, place: &VolumePlace) -> Environment {
    let mounts = mounts(engine, &wanted.store.mount, place, &made);
    let image = made.image.clone().unwrap_or_else(|| kernels_image(wanted, source));
    Environment {
        file: source.file.clone(),
        language: source.language,
        made,
        mounts,
        image,
        post_build: None,
        not_run: None,
        gpus: None,
    }
}

/// The environment, with what else of the folder counts for its kernels: its `postBuild` and its wish for GPUs.
fn with_folder(environment: Environment, read: &Read, record: &Record) -> Environment {
    let script = read.found.post_build.as_ref();
    let is_open = script.filter(|script| record.post_build.as_ref() != Some(&script.digest));
    Environment {
        post_build: post_build::due(script, record, &environment.made.key).cloned(),
        not_run: is_open.map(|script| script.file.clone()),
        gpus: read.found.gpus(),
        ..environment
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::environment::found::{FileProblem, SourceKind};

    #[test]
    fn a_failure_names_the_lines_of_its_files_and_keeps_what_the_tool_said() {
        let problem = |file: &str, message: &str| FileProblem {
            file: file.to_owned(),
            line: Some(2),
            message: message.to_owned(),
        };
        let source = Source {
            files: vec!["requirements.txt".into()],
            problems: vec![problem("requirements.txt", "a command"), problem("postBuild", "too long")],
            ..Source::new(SourceKind::Requirements, "requirements.txt")
        };
        let said = |source: &Source, kind: &str| {
            failed(source, kind, None, "none of its hashes fits", &Install::default()).to_string()
        };
        for kind in ["file", "internal"] {
            let text = said(&source, kind);
            assert!(text.contains("a command") && text.contains("none of its hashes fits"), "{text}");
            assert!(text.contains("cannot be understood") && !text.contains("too long"), "{text}");
        }
        let plain = Source { problems: vec![problem("postBuild", "too long")], ..source };
        assert!(!said(&plain, "internal").contains("cannot be understood"), "another file is not to blame");
    }
}
