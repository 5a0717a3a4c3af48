//! Builds an image that this project defines.

use std::collections::{BTreeMap, HashMap};

use include_dir::Dir;

use crate::engine::{BuildRequest, Engine};
use crate::images::log::Log;
use crate::images::progress::{self, Build};
use crate::images::{ImageProgress, Options, authorities, base, beginnings, context, definition, ensure};
use crate::words::error::{Error, Result};
use crate::words::{file, image as words};

pub async fn build(
    engine: &Engine,
    name: &str,
    definition: &Dir<'_>,
    options: &Options,
    on_progress: &(impl Fn(ImageProgress) + Send + Sync),
) -> Result<()> {
    let base = base::of(engine, name, definition, options, on_progress).await?;
    let authorities = authorities::of_this_machine(options.ca_file.as_deref());
    let mut args: HashMap<String, String> = options.proxies.clone().into_iter().collect();
    args.insert("BASE_IMAGE".to_owned(), base.clone());
    if let Ok(index) = std::env::var("PIP_INDEX_URL") {
        args.insert("PIP_INDEX_URL".to_owned(), index);
    }
    let packed = |dockerfile: Option<&str>| {
        context::of(definition, dockerfile, &authorities).map_err(|source| Error::Io {
            what: file::PACK_DEFINITION.to_owned(),
            path: name.into(),
            source,
        })
    };
    let request = BuildRequest {
        tag: name.to_owned(),
        context: packed(None)?,
        from: vec![base.clone()],
        args,
        labels: labels(definition, &authorities),
        dockerfile: "Dockerfile".to_owned(),
        target: None,
        anew: false,
    };
    // The steps of a beginning are the first ones of the image's own. Each label is a step.
    let of = beginnings::steps(definition) + request.labels.len().saturating_sub(1) as u64;
    for beginning in beginnings::of(definition) {
        let turn = ensure::turn_for(&format!("{base}\n{beginning}"));
        let waits = turn.try_lock().is_err();
        if waits {
            on_progress(ImageProgress { detail: words::shares(name), progress: None, log: Vec::new() });
        }
        let _turn = turn.lock().await;
        let context = packed(Some(&beginning))?;
        let request = BuildRequest { tag: String::new(), context, labels: HashMap::new(), ..request.clone() };
        carried_out(engine, request, name, Some(of), options, on_progress).await?;
    }
    run(engine, request, name, options, on_progress).await
}

/// What an image says of what it was built from.
fn labels(definition: &Dir<'_>, authorities: &BTreeMap<String, Vec<u8>>) -> HashMap<String, String> {
    let built_from = (definition::CONTEXT.to_owned(), definition::hash(definition));
    let trusts = authorities::digest(authorities).map(|digest| (authorities::LABEL.to_owned(), digest));
    [built_from].into_iter().chain(trusts).collect()
}

/// Builds an image, which `shown` names in the progress and in a failure. An image whose name it takes is removed.
pub async fn run(
    engine: &Engine,
    request: BuildRequest,
    shown: &str,
    options: &Options,
    on_progress: &(impl Fn(ImageProgress) + Send + Sync),
) -> Result<()> {
    let replaced = engine.image(&request.tag).await?;
    let name = request.tag.clone();
    carried_out(engine, request, shown, None, options, on_progress).await?;
    if let Some(replaced) = replaced
        && let Err(error) = remove_nameless(engine, &replaced.id).await
    {
        tracing::debug!(image = name, %error, "the image that was replaced stays");
    }
    Ok(())
}

/// Carries a build out. `of` is the number of all steps if it has only the first ones.
async fn carried_out(
    engine: &Engine,
    request: BuildRequest,
    shown: &str,
    of: Option<u64>,
    options: &Options,
    on_progress: &(impl Fn(ImageProgress) + Send + Sync),
) -> Result<()> {
    let mut log = Log::open(&options.logs_dir, "build", if request.tag.is_empty() { shown } else { &request.tag });
    let mut build = Build::with_steps(of);
    on_progress(ImageProgress { detail: words::building(shown, None), progress: None, log: Vec::new() });
    let outcome = engine
        .build(request, |line| {
            log.write_part(&line.text);
            build.fold(&line);
            let detail = words::building(shown, Some(&build.status()));
            on_progress(ImageProgress { detail, progress: build.progress(), log: build.shown() });
        })
        .await;
    outcome.map_err(|reason| {
        log.write(&reason);
        let reason = progress::plain(&reason);
        Error::Build { image: shown.to_owned(), reason, log: build.tail(), log_file: log.path }
    })
}

/// Removes an image whose name a newer one has taken. The engine keeps it while a launch uses it.
pub(super) async fn remove_nameless(engine: &Engine, id: &str) -> Result<()> {
    match engine.image(id).await? {
        Some(found) if found.names.is_empty() => engine.remove_image(id).await,
        _ => Ok(()),
    }
}
