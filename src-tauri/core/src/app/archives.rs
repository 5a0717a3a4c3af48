//! Images into a file, and from one: for a machine that reaches no registry.

use std::path::{Path, PathBuf};

use tokio_util::sync::CancellationToken;

use crate::app::App;
use crate::contract::archive::{Exported, Imported};
use crate::contract::failure::Failure;
use crate::images::{ImageProgress, archive};
use crate::state::event::Event;
use crate::state::model::Import;

impl App {
    /// Writes the images that launches need, and those of these kernelspecs, into a file. `replace`: a file that is there
    /// is replaced. `stop`: ends it early, and nothing is left of the file.
    ///
    /// # Errors
    /// An image is missing, or the file is there or cannot be written.
    pub async fn export_images(
        &self,
        file: &Path,
        kernelspecs: &[String],
        replace: bool,
        stop: impl Future<Output = ()>,
        on_progress: impl Fn(ImageProgress),
    ) -> Result<Exported, Failure> {
        let engine = self.engine().await?;
        let wanted = self.ask(|reply| Event::ImagesToExport { kernelspecs: kernelspecs.to_owned(), reply }).await?;
        let wanted = archive::Wanted { base: self.base_image.clone().or(wanted.base), ..wanted };
        let images = archive::chosen(&engine, &wanted).await?;
        let cancel = CancellationToken::new();
        let exported = archive::export(&engine, images, file, replace, &cancel, on_progress);
        tokio::pin!(exported);
        tokio::select! {
            exported = &mut exported => return Ok(exported?),
            () = stop => cancel.cancel(),
        }
        Ok(exported.await?)
    }

    /// Takes images from a file, and answers when they are on the engine. Progress is in `Snapshot::preparing`.
    ///
    /// # Errors
    /// The file is refused, or the engine does not take the images.
    pub async fn import_images(&self, file: PathBuf) -> Result<Imported, Failure> {
        self.ask(|reply| Event::Import(Import { file, reply: Some(reply) })).await
    }

    /// Has the page ask the person whether to import a file that comes from outside of it.
    pub fn offer_images(&self, file: PathBuf) {
        let _ = self.tell.send(Event::OfferImages(file));
    }

    /// The person's answer about the file in `Snapshot::offered_images`. A notice shows what comes of it.
    pub fn answer_images(&self, file: &str, take: bool) {
        let _ = self.tell.send(Event::AnswerImages { file: file.to_owned(), take });
    }
}
