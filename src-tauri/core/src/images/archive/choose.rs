//! The images that an archive gets.

use super::manifest::{self, Image};
use crate::engine::{Engine, ImageFacts};
use crate::images::definition;
use crate::images::{base, builder, builder_r, kernel_python, kernel_r};
use crate::words::archive as words;
use crate::words::error::Result;

/// The images that are wanted.
#[derive(Clone, Debug, Default)]
pub struct Wanted {
    /// Those that launches need. Each must be on the engine.
    pub names: Vec<String>,
    /// The base image that was chosen in place of the official one.
    pub base: Option<String>,
}

/// The wanted images, those that make environments if they are on the engine, and the base image of ours.
///
/// # Errors
/// A wanted image is missing.
pub async fn chosen(engine: &Engine, wanted: &Wanted) -> Result<Vec<Image>> {
    let mut images: Vec<Image> = Vec::new();
    let mut missing = Vec::new();
    for name in &wanted.names {
        let full = manifest::with_tag(name);
        if !manifest::is_name(&full) {
            return Err(words::not_nameable(name));
        }
        match current(engine, name).await? {
            Some(_) if images.iter().any(|known| known.name == full) => {}
            Some(facts) => images.push(image(full, facts)),
            None => missing.push(name.clone()),
        }
    }
    if !missing.is_empty() {
        return Err(words::missing(&missing));
    }
    for name in [kernel_python(), kernel_r(), builder(), builder_r()] {
        if !images.iter().any(|known| known.name == name)
            && let Some(facts) = current(engine, &name).await?
        {
            images.push(image(name, facts));
        }
    }
    for name in base::candidates(wanted.base.as_deref()) {
        if !manifest::is_name(&name) || images.iter().any(|known| known.name == name) {
            continue;
        }
        let Some(facts) = engine.image(&name).await? else { continue };
        let over = |known: &Image| definition::is_ours(&known.name) && known.layers.starts_with(&facts.layers);
        if !facts.layers.is_empty() && images.iter().any(over) {
            images.iter_mut().filter(|known| over(known)).for_each(|known| known.base = Some(name.clone()));
            images.push(image(name, facts));
        }
    }
    Ok(images)
}

/// An image that is on the engine. One of ours that was built from another definition counts as missing.
async fn current(engine: &Engine, name: &str) -> Result<Option<ImageFacts>> {
    let found = engine.image(name).await?;
    Ok(found.filter(|facts| definition::is_current(name, &facts.labels)))
}

fn image(name: String, mut facts: ImageFacts) -> Image {
    let definition = facts.labels.remove(definition::CONTEXT);
    Image { name, id: facts.id, size: facts.size, layers: facts.layers, definition, base: None }
}
