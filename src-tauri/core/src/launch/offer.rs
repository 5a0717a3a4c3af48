//! Makes the folder's environment before a launch, and has the folder's gateway offer its kernelspec.

use tokio_util::sync::CancellationToken;

use crate::contract::snapshot::Stage;
use crate::engine::Engine;
use crate::environment::ensure::{self, Environment};
use crate::environment::this_folder;
use crate::launch::post_build;
use crate::launch::spec::LaunchSpec;
use crate::launch::stage::StageEvent;
use crate::words::any_image;
use crate::words::environment as words;
use crate::words::error::{Error, Result};
use crate::words::file;
use crate::words::launch as launch_words;
use crate::words::names;

/// The stage of the environment. Without one, the gateway offers what the kernels directory has.
pub async fn environment(
    engine: &Engine,
    spec: &LaunchSpec,
    report: &(dyn Fn(StageEvent) + Send + Sync),
    cancel: &CancellationToken,
) -> Result<()> {
    let has_gpus = engine.facts().gpus;
    let made = match &spec.environment {
        Some(wanted) => {
            report(StageEvent::Began(Stage::Environment));
            let progress = |detail: &str, progress, log| {
                report(StageEvent::Progressed(Stage::Environment, detail.to_owned(), progress, log));
            };
            let made = ensure::ensure(engine, wanted, &progress, cancel).await?;
            if let Some(script) = &made.post_build {
                post_build::run(engine, spec, script, &made, &progress, cancel).await?;
            }
            let count = u64::try_from(made.made.packages.len()).unwrap_or_default();
            let done = match made.mounts.is_empty() {
                true => any_image::done(&made.file, &made.made.python),
                false => words::done(&made.file, made.language, &made.made.python, count),
            };
            let mut open: Vec<_> = made.not_run.iter().map(|script| words::script_not_run(script)).collect();
            if made.gpus.is_some_and(|gpus| gpus.is_optional && !has_gpus) {
                open.push(launch_words::WITHOUT_OPTIONAL_GPUS.to_owned());
            }
            report(StageEvent::Done(Stage::Environment, launch_words::with_remarks(done, &open)));
            Some(made)
        }
        None => None,
    };
    let (dir, name) = (spec.folder_kernels_dir.clone(), names::display_name(&spec.folder));
    let written = tokio::task::spawn_blocking(move || match made {
        Some(Environment { language, mounts, image, gpus, .. }) => {
            let gpus = gpus.and_then(|gpus| gpus.requested(has_gpus));
            this_folder::write(&dir, &this_folder::kernelspec(&name, language, &image), &mounts, gpus)
        }
        None => this_folder::clear(&dir),
    });
    let written = written.await.map_err(|_| Error::ShuttingDown)?;
    written.map_err(|error| file::failed(file::WRITE, &spec.folder_kernels_dir, error))
}
