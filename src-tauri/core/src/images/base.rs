//! The base image that this project's images are built from.

use include_dir::Dir;

use crate::engine::Engine;
use crate::images::definition;
use crate::images::{ImageProgress, Options, pull};
use crate::words::error::{Error, Result};

/// The base image that `etc/images/base/make.sh` makes if no registry can be reached.
const LOCAL_BASE: &str = "orchest/base:bookworm";

/// The base image to build from: the chosen one, else the official one if the engine has it, else the local one if the
/// engine has it, else the official one, pulled.
pub(super) async fn of(
    engine: &Engine,
    name: &str,
    definition: &Dir<'_>,
    options: &Options,
    on_progress: &(impl Fn(ImageProgress) + Send + Sync),
) -> Result<String> {
    let base = match &options.base_image {
        Some(asked) => asked.clone(),
        None => {
            let official = official(definition);
            if engine.image(&official).await?.is_none() && engine.image(LOCAL_BASE).await?.is_some() {
                LOCAL_BASE.to_owned()
            } else {
                official
            }
        }
    };
    if engine.image(&base).await?.is_none() {
        let pulled = pull::pull(engine, &base, options, on_progress).await;
        pulled.map_err(|error| Error::BaseImage {
            base: base.clone(),
            image: name.to_owned(),
            reason: match error {
                Error::Pull { reason, .. } => reason,
                other => other.to_string(),
            },
        })?;
    }
    Ok(base)
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
    asked.map(str::to_owned).into_iter().chain([official, LOCAL_BASE.to_owned()])
}

/// The default of `ARG BASE_IMAGE=` in a definition's Dockerfile.
fn official(definition: &Dir<'_>) -> String {
    let dockerfile = definition.get_file(definition.path().join("Dockerfile")).and_then(|file| file.contents_utf8());
    let default = dockerfile.and_then(|text| text.lines().find_map(|line| line.strip_prefix("ARG BASE_IMAGE=")));
    default.unwrap_or(LOCAL_BASE).trim().to_owned()
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
