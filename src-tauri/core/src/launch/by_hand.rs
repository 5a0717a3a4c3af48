//! The packages that were installed by hand in a folder's kernels: they are in the kernels' home.

use std::ops::ControlFlow;
use std::path::Path;

use bytes::Bytes;
use serde::Deserialize;

use crate::contract::environment::{HandInstalled, Language};
use crate::engine::spec::Mount;
use crate::engine::{Engine, RunSpec};
use crate::environment::run;
use crate::images;
use crate::launch::{kept, resolve};
use crate::platform::clock::now;
use crate::platform::user::Owner;
use crate::words::environment as words;
use crate::words::error::Result;

/// What the program in the image prints, as `etc/images/README.md` describes it.
#[derive(Deserialize)]
struct Printed {
    layers: Vec<Layer>,
    /// Those of R.
    #[serde(default)]
    libraries: Vec<Layer>,
    #[serde(default)]
    failed: Vec<Failed>,
}

#[derive(Deserialize)]
struct Failed {
    name: String,
}

#[derive(Deserialize)]
struct Layer {
    packages: Vec<HandInstalled>,
}

/// Lists the packages, after removing those of a language that are named. A folder whose kernels have no home has none.
pub async fn packages(
    engine: &Engine,
    id: &str,
    folder: &Path,
    owner: &Owner,
    environment: Vec<Mount>,
    (language, remove): (Language, &[String]),
) -> Result<Vec<HandInstalled>> {
    let home = kept::home_of(id, &folder.to_string_lossy(), owner);
    let image = images::kernel_python();
    if engine.volume_place(&home.source).await?.is_none() || engine.image(&image).await?.is_none() {
        return Ok(Vec::new());
    }
    let mut command = run::command("layer");
    if !remove.is_empty() {
        command.push(if language == Language::R { "--remove-r" } else { "--remove" }.to_owned());
        command.extend(remove.iter().cloned());
    }
    let spec = RunSpec {
        name: format!("orchest-{id}-layer-{}", now()),
        image,
        command,
        user: resolve::identity(engine, folder)?.as_user(),
        env: Vec::new(),
        labels: kept::installer_labels(owner),
        mounts: std::iter::once(home).chain(environment).collect(),
        security_opt: Vec::new(),
        processes: Some(64),
        removed_at_end: true,
        offline: true,
        ..RunSpec::default()
    };
    let (mut printed, mut last) = (None::<Printed>, String::new());
    let ran = engine.run(&spec, Bytes::from_static(&[0; 1024]), |text, _| {
        match serde_json::from_str(text) {
            Ok(found) => printed = Some(found),
            Err(_) => last = text.to_owned(),
        }
        ControlFlow::Continue(())
    });
    ran.await?;
    match printed {
        Some(Printed { failed, .. }) if !failed.is_empty() => {
            Err(words::not_removed(&failed.into_iter().map(|one| one.name).collect::<Vec<_>>()))
        }
        Some(printed) => Ok(all(printed)),
        None => Err(words::not_listed(&last)),
    }
}

fn all(printed: Printed) -> Vec<HandInstalled> {
    let of = |layers: Vec<Layer>, language| {
        let packages = layers.into_iter().flat_map(|layer| layer.packages);
        packages.map(move |one| HandInstalled { language, ..one })
    };
    of(printed.layers, Language::Python).chain(of(printed.libraries, Language::R)).collect()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn packages_of_both_languages_are_listed_and_those_that_could_not_be_removed_are_named() {
        let package = r#"{"name": "glue", "version": "1", "size": 2, "requested": true, "environment": null}"#;
        let text = format!(
            r#"{{"layers": [{{"python": "3.11", "folder": "/l", "packages": [{package}]}}],
                "libraries": [{{"folder": "/r", "packages": [{package}]}}], "removed": [],
                "failed": [{{"name": "glue", "text": "denied"}}]}}"#
        );
        let printed: Printed = serde_json::from_str(&text).unwrap();
        assert_eq!(printed.failed[0].name, "glue");
        let languages: Vec<_> = all(printed).into_iter().map(|one| one.language).collect();
        assert_eq!(languages, [Language::Python, Language::R]);
    }
}
