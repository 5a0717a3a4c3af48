//! Makes the environment of a folder without a launch, and says which one a launch wants.

use std::path::Path;

use tokio_util::sync::CancellationToken;

use super::{Interpreter, World};
use crate::contract::failure::Failure;
use crate::environment::any_image::Place;
use crate::environment::ensure::Wanted;
use crate::environment::store::Store;
use crate::environment::{indexes, mirrors, netrc};
use crate::images;
use crate::launch::{kept, offer};
use crate::state::effect::{EnvironmentWish, LaunchRequest};
use crate::state::event::Event;

/// The environment that a launch of a folder wants.
pub(super) fn wanted(
    world: &World,
    id: &str,
    folder: &Path,
    wish: EnvironmentWish,
    images: &images::Options,
) -> Wanted {
    Wanted {
        folder: world.here(folder),
        machine: world.there.as_ref().map(|there| there.name().to_owned()),
        notebooks: wish.notebooks,
        record: world.places.environment_record(id),
        rate: world.places.download_rate(),
        notes: world.places.images_of_gateways(),
        store: store(world, id, images),
        logins: netrc::read(&world.around),
        images: images.clone(),
        upgrade: wish.upgrade,
    }
}

/// The store, for containers that this id names. They get the person's proxies and package indexes.
fn store(world: &World, id: &str, images: &images::Options) -> Store {
    let pip = indexes::read(&indexes::files(&world.around));
    // A variable goes before a file.
    let mut found = mirrors::read(&mirrors::files(&world.around));
    found.extend(indexes::of(&world.around, &pip));
    let env = images.proxies.clone().into_iter().chain(found);
    kept::store(&world.owner, &world.places.environment_records(), id, env.collect())
}

/// Where images are made ready that were not made for kernels.
pub(super) fn any_image(world: &World, id: &str, images: &images::Options) -> Place {
    Place { store: store(world, id, images), notes: world.places.images_of_gateways(), images: images.clone() }
}

impl Interpreter {
    /// Makes an environment in a task of its own, and reports its end.
    pub(super) fn make_environment(&mut self, request: LaunchRequest) {
        let (id, tell) = (request.id.clone(), self.tell.clone());
        let engine = match self.engine() {
            Ok(engine) => engine,
            Err(error) => return drop(tell.send(Event::EnvironmentEnded { id, outcome: Err(error.into()) })),
        };
        let spec = self.spec(&engine, request);
        let cancel = CancellationToken::new();
        self.environments.insert(id.clone(), cancel.clone());
        tokio::spawn(async move {
            let report = {
                let (tell, id) = (tell.clone(), id.clone());
                move |event| drop(tell.send(Event::EnvironmentHappened { id: id.clone(), event }))
            };
            let image = std::slice::from_ref(&spec.kernelspec.image);
            let outcome = match images::ensure_all(&engine, image, &spec.images, &cancel, |_| {}).await {
                Ok(_) => offer::environment(&engine, &spec, &report, &cancel).await,
                Err(error) => Err(error),
            };
            let _ = tell.send(Event::EnvironmentEnded { id, outcome: outcome.map_err(Failure::from) });
        });
    }
}
