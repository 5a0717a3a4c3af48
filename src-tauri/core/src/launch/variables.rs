//! Puts the variables of a folder into the gateway of its launch. Kernels that start from then on have them.

use crate::engine::Engine;
use crate::environment::variables::{self, Gathered, Wanted};
use crate::launch::label::Role;
use crate::launch::{name, resolve};
use crate::words::error::{Error, Result};
use crate::words::variables as words;

/// The values, from the settings, the keychain and the folder's `.env`.
pub(crate) async fn gather(wanted: &Wanted) -> Result<Gathered> {
    if wanted.set.is_empty() && wanted.env_file.is_none() {
        return Ok(Gathered::default());
    }
    let wanted = wanted.clone();
    let found = tokio::task::spawn_blocking(move || variables::gather(&wanted)).await;
    let found = found.map_err(|_| Error::ShuttingDown)?;
    for reason in &found.missing {
        tracing::warn!(reason, "kernels do not have a variable");
    }
    Ok(found)
}

/// Puts them into the gateway, whose container need not run yet.
pub(crate) async fn put(engine: &Engine, gateway: &str, found: &Gathered) -> Result<()> {
    let user = resolve::gateway_user(engine);
    let refused = |error: std::io::Error| Error::Engine { what: words::PUT.to_owned(), reason: error.to_string() };
    let archive = variables::archive(&found.values, user).map_err(refused)?;
    engine.put_files(gateway, archive, words::PUT).await
}

/// Puts the variables as they are now into the gateway of a launch that runs. Answers with why some are missing.
pub async fn offer(engine: &Engine, launch: &str, wanted: &Wanted) -> Result<Vec<String>> {
    let found = gather(wanted).await?;
    put(engine, &name::container(launch, Role::Gateway), &found).await?;
    Ok(found.missing)
}
