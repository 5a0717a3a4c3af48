//! Our images from a registry where somebody published them, in place of a build.
//!
//! A tag can move, so it is resolved to a digest first, and the image is pulled by the digest. What was pulled gets our
//! name only if it was built from this program's definition, for this machine and with its certificate authorities. All
//! else is removed again, and the image is built.

use std::collections::HashMap;
use std::time::Duration;

use include_dir::Dir;

use crate::engine::{Engine, ImageFacts};
use crate::images::{ImageProgress, Options, authorities, build, definition, pull};
use crate::words::error::{Error, Result};
use crate::words::image as words;

/// How long a registry may take to say what a tag is.
const PATIENCE: Duration = Duration::from_secs(20);

/// What a published image has to be.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Wanted {
    definition: String,
    authorities: Option<String>,
    /// The engine's operating system and architecture.
    machine: (String, String),
}

/// Has one of our images from the registry. Otherwise says why not.
pub(super) async fn have(
    engine: &Engine,
    name: &str,
    definition: &Dir<'_>,
    registry: &str,
    options: &Options,
    on_progress: &(impl Fn(ImageProgress) + Send + Sync),
) -> Result<(), String> {
    let published = published_name(registry, name);
    on_progress(ImageProgress { detail: words::looking_for(&published), progress: None, log: Vec::new() });
    let resolved = tokio::time::timeout(PATIENCE, engine.resolve(&published)).await;
    let digest = resolved.unwrap_or_else(|_| Err(words::no_answer(PATIENCE)))?;
    let wanted = Wanted {
        definition: definition::hash(definition),
        authorities: authorities::digest(&authorities::of_this_machine(options.ca_file.as_deref())),
        machine: engine.machine().await.map_err(|error| error.to_string())?,
    };
    let exact = exact_name(&published, &digest);
    let was_here = engine.image(&exact).await.map_err(|error| error.to_string())?.is_some();
    pull::pull(engine, &exact, options, on_progress).await.map_err(|error| match error {
        Error::Pull { reason, .. } => reason,
        other => other.to_string(),
    })?;
    let refused = match engine.image(&exact).await.map_err(|error| error.to_string())? {
        Some(facts) => match refusal(&facts, &exact, &wanted) {
            None => return named(engine, &facts.id, name).await.map_err(|error| error.to_string()),
            Some(reason) => reason,
        },
        None => words::NOT_THERE.to_owned(),
    };
    if !was_here && let Err(error) = engine.remove_image(&exact).await {
        tracing::warn!(image = exact, %error, "a refused image stays");
    }
    Err(refused)
}

/// Gives an image our name. The one that had it is removed.
async fn named(engine: &Engine, id: &str, name: &str) -> Result<()> {
    let replaced = engine.image(name).await?;
    engine.name_image(id, name).await?;
    if let Some(replaced) = replaced.filter(|replaced| replaced.id != id)
        && let Err(error) = build::remove_nameless(engine, &replaced.id).await
    {
        tracing::debug!(image = name, %error, "the image that was replaced stays");
    }
    Ok(())
}

/// The name of one of our images in a registry, with this version's tag.
fn published_name(registry: &str, name: &str) -> String {
    format!("{registry}/{}", name.rsplit('/').next().unwrap_or(name))
}

/// An image by its digest.
fn exact_name(published: &str, digest: &str) -> String {
    let repository = published.rsplit_once(':').map_or(published, |(repository, _)| repository);
    format!("{repository}@{digest}")
}

/// Why an image is not the one that is wanted.
fn refusal(facts: &ImageFacts, exact: &str, wanted: &Wanted) -> Option<String> {
    let label = |name: &str, labels: &HashMap<String, String>| labels.get(name).cloned();
    if !facts.digests.iter().any(|digest| digest == exact) {
        return Some(words::OTHER_DIGEST.to_owned());
    }
    match label(definition::CONTEXT, &facts.labels) {
        Some(built_from) if built_from == wanted.definition => {}
        Some(_) => return Some(words::OTHER_DEFINITION.to_owned()),
        None => return Some(words::NO_DEFINITION.to_owned()),
    }
    if facts.machine != wanted.machine {
        return Some(words::other_machine(&facts.machine, &wanted.machine));
    }
    (label(authorities::LABEL, &facts.labels) != wanted.authorities).then(|| words::OTHER_AUTHORITIES.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    const EXACT: &str = "registry.example:5000/orchest/gateway@sha256:01";

    fn machine(architecture: &str) -> (String, String) {
        ("linux".to_owned(), architecture.to_owned())
    }

    fn wanted() -> Wanted {
        Wanted { definition: "ab12".to_owned(), authorities: None, machine: machine("amd64") }
    }

    fn facts() -> ImageFacts {
        ImageFacts {
            id: "sha256:02".to_owned(),
            names: Vec::new(),
            digests: vec![EXACT.to_owned()],
            size: 1,
            labels: HashMap::from([(definition::CONTEXT.to_owned(), "ab12".to_owned())]),
            command: Vec::new(),
            layers: Vec::new(),
            machine: machine("amd64"),
        }
    }

    #[test]
    fn names_in_a_registry_have_its_host_and_its_folder() {
        let published = published_name("registry.example:5000/orchest", "orchest/gateway:0.1.0");
        assert_eq!(published, "registry.example:5000/orchest/gateway:0.1.0");
        assert_eq!(exact_name(&published, "sha256:01"), EXACT);
    }

    #[test]
    fn only_an_image_of_this_definition_for_this_machine_is_used() {
        assert_eq!(refusal(&facts(), EXACT, &wanted()), None);
        let label = |name: &str, value: &str| HashMap::from([(name.to_owned(), value.to_owned())]);
        let mut with_authorities = facts();
        with_authorities.labels.insert(authorities::LABEL.to_owned(), "cd".to_owned());
        for (facts, reason) in [
            (ImageFacts { digests: vec![format!("{EXACT}2")], ..facts() }, "has another digest"),
            (ImageFacts { labels: label(definition::CONTEXT, "ab13"), ..facts() }, "another definition"),
            (ImageFacts { labels: HashMap::new(), ..facts() }, "does not say"),
            (ImageFacts { machine: machine("arm64"), ..facts() }, "linux/arm64"),
            (with_authorities.clone(), "certificate authorities"),
        ] {
            let refused = refusal(&facts, EXACT, &wanted());
            assert!(refused.as_ref().is_some_and(|refused| refused.contains(reason)), "{refused:?}, not {reason}");
        }
        let wants = Wanted { authorities: Some("cd".to_owned()), ..wanted() };
        assert_eq!(refusal(&with_authorities, EXACT, &wants), None);
        assert!(refusal(&facts(), EXACT, &wants).is_some(), "it would not trust what this machine trusts");
    }
}
