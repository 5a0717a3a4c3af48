//! The packages that were installed by hand in a folder's kernels: they are in the kernels' home.

use std::ops::ControlFlow;
use std::path::Path;

use bytes::Bytes;
use serde::Deserialize;

use crate::contract::environment::HandInstalled;
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
    #[serde(default)]
    failed: Vec<String>,
}

#[derive(Deserialize)]
struct Layer {
    packages: Vec<HandInstalled>,
}

/// Lists the packages, after removing those that are named. A folder whose kernels have no home has none.
pub async fn packages(
    engine: &Engine,
    id: &str,
    folder: &Path,
    owner: &Owner,
    environment: Vec<Mount>,
    remove: &[String],
) -> Result<Vec<HandInstalled>> {
    let home = kept::home_of(id, &folder.to_string_lossy(), owner);
    let image = images::kernel_python();
    if engine.volume_place(&home.source).await?.is_none() || engine.image(&image).await?.is_none() {
        return Ok(Vec::new());
    }
    let mut command = run::command("layer");
    if !remove.is_empty() {
        command.push("--remove".to_owned());
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
        Some(Printed { failed, .. }) if !failed.is_empty() => Err(words::not_removed(&failed)),
        Some(printed) => Ok(printed.layers.into_iter().flat_map(|layer| layer.packages).collect()),
        None => Err(words::not_listed(&last)),
    }
}
