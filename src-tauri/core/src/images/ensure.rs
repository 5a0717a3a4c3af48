//! Makes sure that the engine has an image: it is present, or is carried from another engine, or is pulled, or, if this
//! project defines it, is built.

use std::collections::{BTreeMap, HashMap};
use std::path::PathBuf;
use std::sync::{Arc, LazyLock, Mutex};

use futures_util::future::{join_all, try_join_all};
use include_dir::Dir;
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;

use crate::contract::snapshot::{ImageRole, ImageView, Progress};
use crate::engine::Engine;
use crate::images::together::Together;
use crate::images::{build, carried, definition, progress, published, pull};
use crate::words::error::{Error, Result};
use crate::words::image as words;

/// The most images that are pulled or built at the same time. A build of ours waits for disk and network half of its time,
/// and four are all that a first launch and its kernels need.
pub const AT_ONCE: usize = 4;

/// Options for pulls and builds.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// The base image that ours are built from, instead of the official one.
    pub base_image: Option<String>,
    /// The registry, with a folder in it, where ours are looked for before they are built.
    pub registry: Option<String>,
    /// A file with certificate authorities beside the machine's own.
    pub ca_file: Option<PathBuf>,
    /// The folder for the whole logs of pulls and builds.
    pub logs_dir: PathBuf,
    /// The proxies of builds, as predefined build arguments.
    pub proxies: BTreeMap<String, String>,
    /// The engine that images are carried from before they are pulled or built: this machine's, if they are for another
    /// one.
    pub carried_from: Option<Engine>,
}

/// The progress of an image.
#[derive(Clone, Debug, PartialEq)]
pub struct ImageProgress {
    /// The current action and its image.
    pub detail: String,
    /// How much of it is done.
    pub progress: Option<Progress>,
    /// The newest lines of a build's log.
    pub log: Vec<String>,
}

/// How an image came to the engine.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Had {
    Here,
    Pulled,
    /// With the reason why it was not taken from the registry that the person chose.
    Built(Option<String>),
}

/// The state of each image on the engine.
pub async fn list(engine: &Engine, names: &[(ImageRole, String)]) -> Vec<ImageView> {
    join_all(names.iter().map(async |(role, name)| {
        let found = engine.image(name).await.ok().flatten().filter(|facts| definition::is_current(name, &facts.labels));
        let adds = definition::adds(name);
        ImageView {
            role: *role,
            name: name.clone(),
            present: found.is_some(),
            size: found.map(|facts| facts.size),
            adds,
            shared: if adds.is_some() { definition::SHARED } else { 0 },
        }
    }))
    .await
}

/// Makes sure that the engine has each image; several are made at the same time. Returns a summary in words. Ends at once
/// if it is cancelled, and at the first failure: what was being made ends with it, and nothing of it gets a name.
pub async fn ensure_all(
    engine: &Engine,
    names: &[String],
    options: &Options,
    cancel: &CancellationToken,
    on_progress: impl Fn(ImageProgress) + Send + Sync,
) -> Result<String> {
    let absent = tokio::select! {
        () = cancel.cancelled() => return Err(Error::Cancelled),
        absent = missing(engine, names) => absent?,
    };
    let (absent, carried) = match &options.carried_from {
        Some(from) if !absent.is_empty() => {
            let carried = carried(from, engine, &absent, cancel, &on_progress).await?;
            (missing(engine, &absent).await?, carried)
        }
        _ => (absent, 0),
    };
    tokio::select! {
        () = cancel.cancelled() => Err(Error::Cancelled),
        had = each(engine, &absent, options, carried, on_progress) => had,
    }
}

/// Carries those that are missing, and answers how many came. What does not come is pulled or built.
async fn carried(
    from: &Engine,
    engine: &Engine,
    names: &[String],
    cancel: &CancellationToken,
    on_progress: &(impl Fn(ImageProgress) + Send + Sync),
) -> Result<usize> {
    match carried::carry_all(from, engine, names, cancel, on_progress).await {
        Ok(carried) => Ok(carried.len()),
        Err(Error::Cancelled) => Err(Error::Cancelled),
        Err(error) => {
            tracing::warn!(?names, %error, "the images are not carried");
            let reason = words::not_carried(&progress::plain(&error.to_string()));
            on_progress(ImageProgress { detail: reason.clone(), progress: None, log: vec![reason] });
            Ok(0)
        }
    }
}

async fn each(
    engine: &Engine,
    missing: &[String],
    options: &Options,
    carried: usize,
    on_progress: impl Fn(ImageProgress) + Send + Sync,
) -> Result<String> {
    let together = Mutex::new(Together::of(missing));
    let together = || together.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    let places = Semaphore::new(AT_ONCE);
    let ensured = missing.iter().map(async |name| {
        let _place = places.acquire().await;
        let report = |progress| on_progress(together().fold(name, progress));
        let had = ensure(engine, name, options, &report).await;
        together().end(name);
        had
    });
    let had = try_join_all(ensured).await?;
    let count = |kind: fn(&Had) -> bool| had.iter().filter(|had| kind(had)).count();
    let pulled = count(|had| *had == Had::Pulled);
    let built = count(|had| matches!(had, Had::Built(_)));
    let notes = had.into_iter().filter_map(|had| match had {
        Had::Built(note) => note,
        Had::Here | Had::Pulled => None,
    });
    Ok(notes.fold(words::had(carried, pulled, built), |summary, note| format!("{summary}; {note}")))
}

/// The images that are missing, each once. Usually none is, and a launch is quick.
pub async fn missing(engine: &Engine, names: &[String]) -> Result<Vec<String>> {
    let here = join_all(names.iter().map(async |name| is_here(engine, name).await)).await;
    let mut missing: Vec<String> = Vec::new();
    for (name, here) in names.iter().zip(here) {
        if !here? && !missing.contains(name) {
            missing.push(name.clone());
        }
    }
    Ok(missing)
}

pub(super) async fn is_here(engine: &Engine, name: &str) -> Result<bool> {
    Ok(engine.image(name).await?.is_some_and(|facts| definition::is_current(name, &facts.labels)))
}

async fn ensure(
    engine: &Engine,
    name: &str,
    options: &Options,
    on_progress: &(impl Fn(ImageProgress) + Send + Sync),
) -> Result<Had> {
    // A second launch that needs the same image waits for the first one's pull or build.
    let turn = turn_for(name);
    on_progress(ImageProgress { detail: words::waiting(name), progress: None, log: Vec::new() });
    let _turn = turn.lock().await;
    if is_here(engine, name).await? {
        return Ok(Had::Here);
    }
    match definition::of(name) {
        Some(definition) => ours(engine, name, definition, options, on_progress).await,
        None => pull::pull(engine, name, options, on_progress).await.map(|()| Had::Pulled),
    }
}

/// Has one of ours from the registry that the person chose, or builds it.
async fn ours(
    engine: &Engine,
    name: &str,
    definition: &Dir<'_>,
    options: &Options,
    on_progress: &(impl Fn(ImageProgress) + Send + Sync),
) -> Result<Had> {
    let mut note = None;
    if let Some(registry) = &options.registry {
        match published::have(engine, name, definition, registry, options, on_progress).await {
            Ok(()) => return Ok(Had::Pulled),
            Err(reason) => {
                tracing::warn!(image = name, registry, reason, "not taken from the registry");
                let reason = words::not_published(name, registry, &progress::plain(&reason));
                let log = vec![reason.clone()];
                on_progress(ImageProgress { detail: reason.clone(), progress: None, log });
                note = Some(reason);
            }
        }
    }
    let progress = |mut progress: ImageProgress| {
        // The reason stays in sight, above the newest lines.
        if let Some(note) = &note {
            let kept = progress.log.len().saturating_sub(progress::SHOWN - 1);
            progress.log.splice(..kept, [note.clone()]);
        }
        on_progress(progress);
    };
    build::build(engine, name, definition, options, &progress).await?;
    Ok(Had::Built(note))
}

/// Whose turn it is to make an image, or the layers that several have in common.
pub(super) fn turn_for(name: &str) -> Arc<tokio::sync::Mutex<()>> {
    static TURNS: LazyLock<Mutex<HashMap<String, Arc<tokio::sync::Mutex<()>>>>> = LazyLock::new(Mutex::default);
    let mut turns = TURNS.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    turns.entry(name.to_owned()).or_default().clone()
}
