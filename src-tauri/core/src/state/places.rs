//! The places where launches run other than on this machine alone, and the place of each folder.

use std::collections::BTreeMap;
use std::path::Path;

use super::effect::Effect;
use super::event::Reply;
use super::model::{Model, PlaceSeen};
use super::update::Turn;
use crate::contract::failure::Failure;
use crate::contract::place::{FolderPlace, PlaceKernelspec, PlaceState, PlaceView};
use crate::launch::observed::ObservedLaunch;
use crate::place::connection;
use crate::place::gateway::{Gateway, Offered};
use crate::platform::secret::Secret;
use crate::settings::place::THIS_MACHINE;
use crate::settings::{Edit, Place};
use crate::words::place as words;
use crate::words::{names, plain_text};

impl Turn<'_> {
    /// Asks a place what it offers. The answer waits until the snapshot has it.
    pub fn ask_place(&mut self, name: &str, reply: Option<Reply<()>>) {
        match self.model.settings.places.get(name) {
            Some(place) => {
                let place = place.clone();
                self.model.places_seen.entry(name.to_owned()).or_default().asking = true;
                self.then(Effect::AskPlace { name: name.to_owned(), place: Box::new(place), reply });
            }
            None => {
                if let Some(reply) = reply {
                    let failure = self.unknown_place(name);
                    self.answer(reply, Err(failure));
                }
            }
        }
    }

    /// A place answered, or did not. An answer of a place that was changed meanwhile is not its own.
    pub fn place_seen(
        &mut self,
        name: String,
        place: &Place,
        found: Result<Gateway, Failure>,
        reply: Option<Reply<()>>,
    ) {
        let failed = found.as_ref().err().cloned();
        if self.model.settings.places.get(&name) == Some(place) {
            self.model.places_seen.insert(name, PlaceSeen { asking: false, found: Some(found) });
        }
        if let Some(reply) = reply {
            self.answer(reply, failed.map_or(Ok(()), Err));
        }
    }

    /// Forgets what is known of places that were changed or removed. A process that stays asks those anew.
    pub fn look_at_places(&mut self, before: &BTreeMap<String, Place>) {
        let places = &self.model.settings.places;
        self.model.places_seen.retain(|name, _| places.contains_key(name) && places.get(name) == before.get(name));
        if self.model.attending {
            self.ask_places();
        }
    }

    /// Asks the places of which nothing is known.
    pub fn ask_places(&mut self) {
        let places = &self.model.settings.places;
        let unseen = places.keys().filter(|name| !self.model.places_seen.contains_key(*name));
        for name in unseen.cloned().collect::<Vec<_>>() {
            self.ask_place(&name, None);
        }
    }

    /// Picks the place of a folder's next launch.
    pub fn pick_place(&mut self, id: &str, name: Option<String>, reply: Reply<()>) {
        let name = name.filter(|name| name != THIS_MACHINE);
        let edit = self.model.folder(id).and_then(|folder| {
            if let Some(name) = name.as_ref().filter(|name| !self.model.settings.places.contains_key(*name)) {
                return Err(self.unknown_place(name));
            }
            if self.model.tasks.contains_key(id) || self.model.found.contains_key(id) {
                return Err(words::runs(&names::display_path(&folder)).into());
            }
            Ok(Edit::PickPlace { folder, place: name.clone() })
        });
        if let (Ok(_), Some(name)) = (&edit, &name)
            && self.model.gateway_at(name).is_none()
        {
            self.ask_place(name, None);
        }
        self.edit(edit, reply);
    }

    /// Adds a place. A token that came with it is kept in the keychain.
    pub fn add_place(&mut self, name: String, place: Box<Place>, token: Option<Secret>, reply: Reply<()>) {
        let taken = self.model.settings.places.contains_key(&name).then(|| words::taken(&name));
        if let Err(error) = place.check(&name).and_then(|()| taken.map_or(Ok(()), Err)) {
            return self.answer(reply, Err(error.into()));
        }
        match token {
            Some(token) => self.then(Effect::AddPlace { name, place, token, reply }),
            None => self.edit(Ok(Edit::AddPlace { name, place }), reply),
        }
    }

    /// Gives what tests a place.
    pub fn place_to_test(&mut self, name: String, reply: Reply<connection::Wanted>) {
        match self.model.settings.places.get(&name).cloned() {
            Some(place) => self.then(Effect::GivePlace { name, place: Box::new(place), reply }),
            None => {
                let failure = self.unknown_place(&name);
                self.answer(reply, Err(failure));
            }
        }
    }

    /// Removes a place at which nothing runs.
    pub fn remove_place(&mut self, name: String, reply: Reply<()>) {
        let edit = if !self.model.settings.places.contains_key(&name) {
            Err(self.unknown_place(&name))
        } else {
            match self.model.running_at(&name).as_slice() {
                [] => Ok(Edit::RemovePlace(name)),
                running => Err(words::used(&name, running).into()),
            }
        };
        self.edit(edit, reply);
    }

    /// A place by its name.
    pub fn place_named(&self, name: &str) -> Result<(String, Place), Failure> {
        let place = self.model.settings.places.get(name).cloned();
        place.map(|place| (name.to_owned(), place)).ok_or_else(|| self.unknown_place(name))
    }

    fn unknown_place(&self, name: &str) -> Failure {
        let known: Vec<_> = self.model.settings.places.keys().cloned().collect();
        words::unknown(name, &known).into()
    }
}

impl Model {
    /// The folders whose launches run at a place, by name.
    fn running_at(&self, place: &str) -> Vec<String> {
        // Another person may have a place of the same name.
        let is_at = |found: &&ObservedLaunch| found.owner == self.owner && found.place.as_deref() == Some(place);
        let found = self.found.values().filter(is_at);
        found.map(|found| names::display_name(Path::new(&found.pipeline))).collect()
    }
}

/// The places, for an interface.
pub(super) fn views(model: &Model) -> Vec<PlaceView> {
    let view = |(name, place): (&String, &Place)| PlaceView {
        name: name.clone(),
        address: plain_text::name(&place.gateway).into_owned(),
        state: state(model.places_seen.get(name)),
        folders: model.running_at(name),
        shared: place
            .shared
            .iter()
            .map(|shared| words::shared(&names::display_path(&shared.here), &shared.there))
            .collect(),
        user: place.user.clone(),
        has_token: place.token.is_some(),
    };
    model.settings.places.iter().map(view).collect()
}

fn state(seen: Option<&PlaceSeen>) -> PlaceState {
    match seen {
        None => PlaceState::Unknown,
        Some(PlaceSeen { found: Some(Ok(gateway)), .. }) => PlaceState::Ready {
            version: words::version(gateway.version.as_deref(), gateway.api.as_deref()),
            kernelspecs: gateway.kernelspecs.iter().map(kernelspec).collect(),
        },
        Some(PlaceSeen { asking: true, .. } | PlaceSeen { found: None, .. }) => PlaceState::Asking,
        Some(PlaceSeen { found: Some(Err(failure)), .. }) => PlaceState::Failed { failure: failure.clone() },
    }
}

fn kernelspec(spec: &Offered) -> PlaceKernelspec {
    let text = |text: &str| plain_text::name(text).into_owned();
    PlaceKernelspec {
        name: spec.name.clone(),
        display_name: text(&spec.display_name),
        language: text(&spec.language),
        proxy: spec.proxy.as_deref().map(text),
    }
}

/// The place of a folder, for an interface.
pub(super) fn of_folder(model: &Model, folder: &Path) -> Option<FolderPlace> {
    let name = model.settings.place_name_of(folder)?;
    let path = model.settings.places.get(name).and_then(|place| place.path_of(folder));
    Some(FolderPlace { name: name.to_owned(), path })
}
