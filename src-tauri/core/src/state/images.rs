//! The images that launches need.

use std::path::PathBuf;

use super::effect::Effect;
use super::event::Reply;
use super::model::{ImagesAsked, Import, Model, Preparing};
use super::update::Turn;
use crate::contract::archive::Imported;
use crate::contract::failure::{Failure, FailureCode};
use crate::contract::snapshot::{EngineState, ImageRole, Progress, Stage, StageView};
use crate::images::archive::Wanted;
use crate::images::is_ours;
use crate::launch::stage::{self, StageEvent};
use crate::words::archive as words;
use crate::words::error::Error;

impl Turn<'_> {
    pub fn list_images(&mut self) {
        if self.model.engine.is_some() {
            let names = self.model.image_names();
            self.then(Effect::ListImages(names));
        }
    }

    /// Prepares the images of these kernelspecs, or every image if none is named. A question that comes while images are
    /// being prepared is answered when its own are.
    pub fn prepare(&mut self, kernelspecs: &[String], reply: Reply<()>) {
        let images = if kernelspecs.is_empty() {
            Ok(self.model.image_names().into_iter().map(|(_, name)| name).collect())
        } else {
            kernelspecs.iter().map(|name| self.model.kernelspec_named(name).map(|spec| spec.image)).collect()
        };
        match (images, &mut self.model.preparing) {
            (Err(failure), _) => self.answer(reply, Err(failure)),
            (Ok(images), Some(preparing)) => preparing.asked.push(ImagesAsked { images, reply }),
            (Ok(images), None) => self.prepare_for(vec![ImagesAsked { images, reply }]),
        }
    }

    fn prepare_for(&mut self, asked: Vec<ImagesAsked>) {
        if let Err(failure) = self.model.engine() {
            asked.into_iter().for_each(|asked| self.answer(asked.reply, Err(failure.clone())));
            return self.prepare_requested();
        }
        let mut images: Vec<String> = Vec::new();
        for image in asked.iter().flat_map(|asked| &asked.images) {
            if !images.contains(image) {
                images.push(image.clone());
            }
        }
        self.begin_preparing(images, asked);
    }

    /// Begins to prepare these images, several at the same time.
    pub fn begin_preparing(&mut self, images: Vec<String>, asked: Vec<ImagesAsked>) {
        let stage = self.new_stage();
        self.model.preparing = Some(Preparing { stage, import: None, images: images.clone(), asked });
        let settings = Box::new(self.model.settings.clone());
        let kernelspecs = self.model.kernelspecs.iter();
        let languages = kernelspecs.filter_map(|spec| Some((spec.image.clone(), spec.known_language()?))).collect();
        self.then(Effect::PrepareImages { names: images, languages, settings });
    }

    fn new_stage(&self) -> StageView {
        let mut stage = stage::new(Stage::Images);
        stage::fold(std::slice::from_mut(&mut stage), StageEvent::Began(Stage::Images), self.now.ms);
        stage
    }

    /// An image is being prepared: the page and the gateways that wait for it see how far it is.
    pub fn preparing_goes_on(&mut self, image: &str, progress: Option<Progress>, event: StageEvent) {
        let Some(preparing) = &mut self.model.preparing else { return };
        stage::fold(std::slice::from_mut(&mut preparing.stage), event, self.now.ms);
        self.show_requests(image, progress);
    }

    /// Images come from a file.
    pub fn importing_goes_on(&mut self, event: StageEvent) {
        if let Some(preparing) = &mut self.model.preparing {
            stage::fold(std::slice::from_mut(&mut preparing.stage), event, self.now.ms);
        }
    }

    pub fn image_tried(&mut self, image: &str, failed: bool) {
        self.end_requests(image, failed);
    }

    pub fn prepared(&mut self, outcome: &Result<(), Failure>) {
        let Some(Preparing { images, asked, .. }) = self.model.preparing.take() else { return };
        self.model.images_listed = false;
        self.list_images();
        let cancelled = outcome.as_ref().is_err_and(|failure| failure.code == FailureCode::Cancelled);
        // Also if the engine went away before it could be tried. Kernels do not wait for what was cancelled.
        images.iter().for_each(|image| self.end_requests(image, !cancelled && outcome.is_err()));
        if let (Err(failure), true, false) = (outcome, asked.is_empty(), cancelled) {
            self.notice(failure.clone());
        }
        let is_tried = |image: &String| images.contains(image);
        let (answered, others): (Vec<_>, Vec<_>) =
            asked.into_iter().partition(|asked| cancelled || asked.images.iter().all(is_tried));
        for asked in answered {
            self.answer(asked.reply, outcome.clone());
        }
        self.prepare_next(others);
    }

    /// What waited while images were prepared or imported.
    fn prepare_next(&mut self, asked: Vec<ImagesAsked>) {
        let import = if self.model.engine.is_some() { self.model.imports.pop_front() } else { None };
        if let Some(import) = import {
            self.begin_importing(import, asked);
        } else if asked.is_empty() {
            self.prepare_requested();
        } else {
            self.prepare_for(asked);
        }
    }

    /// Asks the person about a file with images, which may be a stranger's: launches run what is in them.
    pub fn offer_images(&mut self, file: PathBuf) {
        if !self.model.offered_images.contains(&file) {
            self.model.offered_images.push_back(file);
        }
    }

    /// The person's answer about the file that the page shows.
    pub fn answer_images(&mut self, file: &str, take: bool) {
        let offered = &mut self.model.offered_images;
        if offered.front().is_some_and(|first| first.display().to_string() == file)
            && let Some(file) = offered.pop_front()
            && take
        {
            self.import(Import { file, reply: None });
        }
    }

    /// Takes images from a file once no other images are prepared. While the engine is looked for, the file waits.
    pub fn import(&mut self, import: Import) {
        self.model.imports.push_back(import);
        self.begin_import();
    }

    /// Begins with the next file, if it can be. Without an engine, no file can.
    pub fn begin_import(&mut self) {
        if let (None, EngineState::Unavailable { failure, .. }) = (&self.model.engine, &self.model.engine_state) {
            let failure = failure.clone();
            for import in std::mem::take(&mut self.model.imports) {
                self.end_import(import, Err(failure.clone()));
            }
        } else if self.model.preparing.is_none()
            && self.model.engine.is_some()
            && let Some(import) = self.model.imports.pop_front()
        {
            self.begin_importing(import, Vec::new());
        }
    }

    fn begin_importing(&mut self, import: Import, asked: Vec<ImagesAsked>) {
        let (stage, file) = (self.new_stage(), import.file.clone());
        self.model.preparing = Some(Preparing { stage, import: Some(import), images: Vec::new(), asked });
        self.then(Effect::ImportImages(file));
    }

    pub fn imported(&mut self, outcome: Result<Imported, Failure>) {
        let Some(Preparing { import, asked, .. }) = self.model.preparing.take() else { return };
        self.model.images_listed = false;
        self.list_images();
        if let Some(import) = import {
            self.end_import(import, outcome);
        }
        self.prepare_next(asked);
    }

    fn end_import(&mut self, import: Import, outcome: Result<Imported, Failure>) {
        match (import.reply, outcome) {
            (Some(reply), outcome) => self.answer(reply, outcome),
            (None, Ok(imported)) => self.notice(words::imported(&imported)),
            (None, Err(failure)) if failure.code == FailureCode::Cancelled => {}
            (None, Err(failure)) => self.notice(failure),
        }
    }

    /// Cancels the import that goes on, and those that wait.
    pub fn cancel_imports(&mut self) {
        for import in std::mem::take(&mut self.model.imports) {
            self.end_import(import, Err(Error::Cancelled.into()));
        }
        if self.model.preparing.as_ref().is_some_and(|preparing| preparing.import.is_some()) {
            self.then(Effect::CancelPreparing);
        }
    }
}

impl Model {
    /// The images that every launch needs, those of the shipped kernelspecs, and those of the named ones.
    pub fn images_to_export(&self, kernelspecs: &[String]) -> Result<Wanted, Failure> {
        let needed = self.image_names().into_iter().filter(|(role, name)| *role != ImageRole::Kernel || is_ours(name));
        let mut names: Vec<String> = needed.map(|(_, name)| name).collect();
        for name in kernelspecs {
            names.push(self.kernelspec_named(name)?.image);
        }
        Ok(Wanted { names, base: self.settings.base_image.clone() })
    }
}
