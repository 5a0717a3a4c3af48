//! What an engine took of an archive: finds it, names it, or removes it again.

use super::manifest::Image;
use crate::contract::archive::Came;
use crate::engine::{Engine, ImageFacts};
use crate::images::build::remove_nameless;
use crate::images::definition;
use crate::words::archive as words;
use crate::words::error::Result;

/// The ids in what an engine said.
pub fn ids(said: &[String]) -> Vec<String> {
    let words = said.iter().flat_map(|line| line.split_whitespace());
    let digests = words.filter_map(|word| word.find("sha256:").and_then(|at| word.get(at..at + 71)));
    digests.map(str::to_owned).collect()
}

/// The images as the engine has them now. An engine of another kind gives an image another id, but not other layers.
pub async fn found(engine: &Engine, images: &[Image], taken: &[String]) -> Result<Vec<ImageFacts>> {
    let mut others = Vec::new();
    for id in taken.iter().filter(|id| !images.iter().any(|image| image.id == **id)) {
        others.extend(engine.image(id).await?);
    }
    let mut found = Vec::new();
    for image in images {
        let same = || others.iter().find(|other| other.layers == image.layers).cloned();
        let facts = engine.image(&image.id).await?.or_else(same);
        found.push(facts.ok_or_else(|| words::not_taken(&image.name))?);
    }
    Ok(found)
}

/// Gives all images their names. If one cannot have its name, the others lose theirs again.
pub async fn name_all(engine: &Engine, images: &[Image], found: &[ImageFacts]) -> Result<Vec<Came>> {
    let mut came = Vec::new();
    let mut named: Vec<(&str, Option<ImageFacts>)> = Vec::new();
    for (image, facts) in images.iter().zip(found) {
        let name = image.name.as_str();
        let before = engine.image(name).await?.filter(|before| before.id != facts.id);
        let fits = |facts: &ImageFacts| definition::is_current(name, &facts.labels);
        if before.as_ref().is_some_and(|before| fits(before) && !fits(facts)) {
            came.push(Came::Left);
            continue;
        }
        if let Err(error) = engine.name_image(&facts.id, name).await {
            for (name, before) in named {
                let restored = match before {
                    Some(before) => engine.name_image(&before.id, name).await,
                    None => engine.remove_image(name).await,
                };
                if let Err(error) = restored {
                    tracing::warn!(name, %error, "an image of a failed import keeps its name");
                }
            }
            return Err(error);
        }
        came.push(if before.is_some() { Came::Replaced } else { Came::New });
        named.push((name, before));
    }
    let replaced = named.iter().filter_map(|(_, before)| before.as_ref());
    for facts in replaced.chain(found) {
        // Those that lost their name, and those that were not given one.
        if let Err(error) = remove_nameless(engine, &facts.id).await {
            tracing::debug!(id = facts.id, %error, "an image without a name stays");
        }
    }
    Ok(came)
}

/// Removes what an engine took without giving it a name.
pub async fn undo(engine: &Engine, ids: &[String]) {
    // Others of them may be built on one of them.
    for id in ids.iter().rev() {
        if let Err(error) = remove_nameless(engine, id).await {
            tracing::warn!(id, %error, "an image stays that nobody asked for any more");
        }
    }
}
