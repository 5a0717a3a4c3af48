//! The base image that this project's images are built from.

use include_dir::Dir;

use crate::engine::Engine;
use crate::images::{ImageProgress, Options, debian, definition, ensure, pull};
use crate::words::error::{Error, Result};
use crate::words::image as words;

/// The base image to build from: the chosen one, else the official one if the engine has it, else the local one if the
/// engine has it, else the official one, pulled, else one that is made from Debian's packages.
pub(super) async fn of(
    engine: &Engine,
    name: &str,
    definition: &Dir<'_>,
    options: &Options,
    on_progress: &(impl Fn(ImageProgress) + Send + Sync),
) -> Result<String> {
    // Several images are built at the same time, and one of them brings the base image.
    let turn = ensure::turn_for("the base image");
    if turn.try_lock().is_err() {
        on_progress(ImageProgress { detail: words::shares(name), progress: None, log: Vec::new() });
    }
    let _turn = turn.lock().await;
    let official = official(definition);
    let base = match &options.base_image {
        Some(asked) => asked.clone(),
        None if engine.image(&official).await?.is_none() && engine.image(debian::NAME).await?.is_some() => {
            debian::NAME.to_owned()
        }
        None => official,
    };
    if engine.image(&base).await?.is_some() {
        return Ok(base);
    }
    let reason = if base == debian::NAME {
        words::NOT_PULLED.to_owned()
    } else {
        match pull::pull(engine, &base, options, on_progress).await {
            Ok(()) => return Ok(base),
            Err(Error::Pull { reason, .. }) => reason,
            Err(other) => other.to_string(),
        }
    };
    let missing = |reason, made| Error::BaseImage { base: base.clone(), image: name.to_owned(), reason, made };
    // Another one would not be what the person asked for.
    if options.base_image.as_ref().is_some_and(|asked| asked != debian::NAME) {
        return Err(missing(reason, None));
    }
    tracing::warn!(base, reason, "the base image cannot be pulled, and is made from Debian's packages");
    match debian::make(engine, options, on_progress).await {
        Ok(()) => Ok(debian::NAME.to_owned()),
        Err(made) => Err(missing(reason, Some(made))),
    }
}

/// The base image that is on the engine, for `doctor`.
pub async fn on_engine(engine: &Engine, asked: Option<&str>) -> Result<Option<String>> {
    for name in candidates(asked) {
        if engine.image(&name).await?.is_some() {
            return Ok(Some(name));
        }
    }
    Ok(None)
}

/// The images that ours can be built from: the chosen one, the official one, the local one.
pub(super) fn candidates(asked: Option<&str>) -> impl Iterator<Item = String> + use<> {
    let official = definition::of(&definition::gateway()).map(official).unwrap_or_default();
    asked.map(str::to_owned).into_iter().chain([official, debian::NAME.to_owned()])
}

/// The default of `ARG BASE_IMAGE=` in a definition's Dockerfile.
fn official(definition: &Dir<'_>) -> String {
    let dockerfile = definition.get_file(definition.path().join("Dockerfile")).and_then(|file| file.contents_utf8());
    let default = dockerfile.and_then(|text| text.lines().find_map(|line| line.strip_prefix("ARG BASE_IMAGE=")));
    default.unwrap_or(debian::NAME).trim().to_owned()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn the_official_base_is_a_slim_image() {
        for name in ["gateway", "server", "kernel-python", "kernel-r"] {
            let image = definition::ours(name);
            assert!(official(definition::of(&image).unwrap()).contains("slim"), "{image}");
        }
    }
}
