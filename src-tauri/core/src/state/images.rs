//! The images that launches need.

use super::effect::Effect;
use super::event::Reply;
use super::model::Preparing;
use super::update::Turn;
use crate::contract::failure::Failure;
use crate::contract::snapshot::Stage;
use crate::launch::stage::{self, StageEvent};

impl Turn<'_> {
    pub fn list_images(&mut self) {
        if self.model.engine.is_some() {
            let names = self.model.image_names();
            self.then(Effect::ListImages(names));
        }
    }

    /// Prepares all images. A question that comes while that goes on is answered at its end.
    pub fn prepare(&mut self, reply: Reply<()>) {
        if let Some(preparing) = &mut self.model.preparing {
            return preparing.replies.push(reply);
        }
        if let Err(failure) = self.model.engine() {
            return self.answer(reply, Err(failure));
        }
        let mut stage = stage::new(Stage::Images);
        stage::fold(std::slice::from_mut(&mut stage), StageEvent::Began(Stage::Images), self.now.ms);
        self.model.preparing = Some(Preparing { stage, replies: vec![reply] });
        let names = self.model.image_names().into_iter().map(|(_, name)| name).collect();
        let settings = Box::new(self.model.settings.clone());
        self.then(Effect::PrepareImages { names, settings });
    }

    pub fn prepared(&mut self, outcome: &Result<(), Failure>) {
        let Some(preparing) = self.model.preparing.take() else { return };
        self.model.images_listed = false;
        self.list_images();
        for reply in preparing.replies {
            self.answer(reply, outcome.clone());
        }
    }
}
