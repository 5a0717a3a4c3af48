//! Prepares images ahead of a launch, or for kernels that wait: several at the same time.

use std::sync::Mutex;

use futures_util::future::join_all;
use tokio::sync::{Semaphore, mpsc};
use tokio_util::sync::CancellationToken;

use crate::contract::environment::Language;
use crate::contract::failure::Failure;
use crate::contract::snapshot::Stage;
use crate::engine::Engine;
use crate::environment::any_image::{self, Place};
use crate::images::together::Together;
use crate::images::{self, ImageProgress};
use crate::launch::stage::StageEvent;
use crate::state::event::Event;
use crate::words::error::Result;

/// What is prepared, and how.
pub(super) struct Work {
    pub names: Vec<String>,
    /// Those that the app can make ready for kernels, each with their language.
    pub languages: Vec<(String, Language)>,
    pub options: images::Options,
    pub place: Place,
}

/// Prepares each image. One that cannot be had does not keep the others from being prepared; the first failure is the
/// outcome. A cancel ends all of them.
pub(super) async fn each(
    engine: &Engine,
    work: &Work,
    cancel: &CancellationToken,
    tell: &mpsc::UnboundedSender<Event>,
) -> std::result::Result<(), Failure> {
    // What the engine does not say here, it says again for each image.
    let missing = images::missing(engine, &work.names).await.unwrap_or_default();
    let together = Mutex::new(Together::of(&missing));
    let together = || together.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    let places = Semaphore::new(images::AT_ONCE);
    let prepared = work.names.iter().map(async |name| {
        let _place = places.acquire().await;
        let report = |progress: ImageProgress| {
            let (image, own) = (name.clone(), progress.progress);
            let shown = together().fold(name, progress);
            let event = StageEvent::Progressed(Stage::Images, shown.detail, shown.progress, shown.log);
            drop(tell.send(Event::Preparing { image, progress: own, event }));
        };
        let prepared = one(engine, name, work, cancel, &report).await;
        together().end(name);
        if !cancel.is_cancelled() {
            if let Err(error) = &prepared {
                tracing::warn!(image = name, error = error as &dyn std::error::Error, "not prepared");
            }
            let _ = tell.send(Event::ImageTried { image: name.clone(), failed: prepared.is_err() });
        }
        prepared.map_err(Failure::from)
    });
    join_all(prepared).await.into_iter().collect()
}

async fn one(
    engine: &Engine,
    name: &String,
    work: &Work,
    cancel: &CancellationToken,
    report: &(impl Fn(ImageProgress) + Send + Sync),
) -> Result<()> {
    images::ensure_all(engine, std::slice::from_ref(name), &work.options, cancel, report).await?;
    for (_, language) in work.languages.iter().filter(|(image, _)| image == name) {
        let report = |detail: &str, progress, log| report(ImageProgress { detail: detail.to_owned(), progress, log });
        any_image::ensure(engine, name, *language, false, &work.place, &report, cancel).await?;
    }
    Ok(())
}
