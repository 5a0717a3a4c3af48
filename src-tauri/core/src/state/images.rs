//! The images that launches need.

use tokio_util::sync::CancellationToken;

use super::{Message, Reply, State};
use crate::contract::failure::Failure;
use crate::contract::snapshot::{ImageRole, Stage, StageView};
use crate::images;
use crate::launch::proxies;
use crate::launch::stage::{self, StageEvent};
use crate::platform::clock::now;
use crate::words::error::Error;

/// Images that are prepared ahead of a launch.
pub(crate) struct Preparing {
    pub stage: StageView,
    cancel: CancellationToken,
    replies: Vec<Reply<()>>,
}

impl State {
    pub(super) fn image_options(&self) -> images::Options {
        let engine = self.engine.as_ref();
        images::Options {
            base_image: self.base_image.clone().or_else(|| self.settings.base_image.clone()),
            ca_file: self.settings.ca_file.clone(),
            logs_dir: self.places.logs_dir(),
            proxies: engine.map(|engine| proxies::of(&self.around, &engine.facts().endpoint)).unwrap_or_default(),
        }
    }

    /// The images that launches need: gateway, server, then those of the kernelspecs, each once.
    pub(super) fn image_names(&self) -> Vec<(ImageRole, String)> {
        let mut names = vec![(ImageRole::Gateway, images::gateway()), (ImageRole::Server, images::server())];
        for spec in &self.kernelspecs {
            if !names.iter().any(|(_, name)| *name == spec.image) {
                names.push((ImageRole::Kernel, spec.image.clone()));
            }
        }
        names
    }

    pub(super) fn list_images(&self) {
        let Some(engine) = self.engine.clone() else { return };
        let (tell, names) = (self.tell.clone(), self.image_names());
        tokio::spawn(async move {
            let _ = tell.send(Message::ImagesListed(images::list(&engine, &names).await));
        });
    }

    /// Whoever asks while it goes on is answered when that ends.
    pub(super) fn prepare(&mut self, reply: Reply<()>) {
        if let Some(preparing) = &mut self.preparing {
            return preparing.replies.push(reply);
        }
        let engine = match self.engine() {
            Ok(engine) => engine,
            Err(failure) => return drop(reply.send(Err(failure))),
        };
        let mut stage = stage::new(Stage::Images);
        stage::fold(std::slice::from_mut(&mut stage), StageEvent::Began(Stage::Images), now());
        let cancel = CancellationToken::new();
        self.preparing = Some(Preparing { stage, cancel: cancel.clone(), replies: vec![reply] });
        let names: Vec<String> = self.image_names().into_iter().map(|(_, name)| name).collect();
        let (tell, options) = (self.tell.clone(), self.image_options());
        tokio::spawn(async move {
            let mut outcome = Ok(());
            // One that cannot be had does not keep the others from being prepared.
            for name in names {
                let report = |progress: images::ImageProgress| {
                    let event = StageEvent::Progressed(Stage::Images, progress.detail, progress.progress, progress.log);
                    drop(tell.send(Message::Preparing(event)));
                };
                let had = images::ensure_all(&engine, std::slice::from_ref(&name), &options, &cancel, report).await;
                if cancel.is_cancelled() {
                    outcome = Err(Failure::from(Error::Cancelled));
                    break;
                }
                if let Err(error) = had {
                    tracing::warn!(image = name, error = &error as &dyn std::error::Error, "not prepared");
                    outcome = outcome.and(Err(Failure::from(error)));
                }
            }
            let _ = tell.send(Message::Prepared { outcome });
        });
    }

    pub(super) fn cancel_preparing(&self) {
        if let Some(preparing) = &self.preparing {
            preparing.cancel.cancel();
        }
    }

    pub(super) fn prepared(&mut self, outcome: &Result<(), Failure>) {
        let Some(preparing) = self.preparing.take() else { return };
        self.images_listed = false;
        self.list_images();
        for reply in preparing.replies {
            self.answer(reply, outcome.clone());
        }
    }
}
