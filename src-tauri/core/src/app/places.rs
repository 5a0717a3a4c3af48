//! The places where launches run other than on this machine alone.

use crate::app::App;
use crate::contract::check::Check;
use crate::contract::failure::Failure;
use crate::contract::variables::TypedValue;
use crate::place::connection::Connection;
use crate::place::trial;
use crate::platform::keychain::Keychain;
use crate::platform::secret::Secret;
use crate::settings::Place;
use crate::state::event::Event;
use crate::words::error::Error;

impl App {
    /// Adds a place. A token that comes with it is kept in the system's keychain.
    pub async fn add_place(&self, name: &str, place: Place, token: Option<TypedValue>) -> Result<(), Failure> {
        let (name, place) = (name.to_owned(), Box::new(place));
        // What is wrong on this machine is said at once.
        let (known, checked) = (name.clone(), place.clone());
        let read = move || Connection::of(&known, &checked, &Keychain::default());
        drop(tokio::task::spawn_blocking(read).await.unwrap_or(Err(Error::ShuttingDown))?);
        let token = token.map(|token| Secret::new(token.0));
        self.ask(|reply| Event::AddPlace { name, place, token, reply }).await
    }

    /// Removes a place at which nothing runs, and its token.
    pub async fn remove_place(&self, name: &str) -> Result<(), Failure> {
        self.ask(|reply| Event::RemovePlace { name: name.to_owned(), reply }).await
    }

    /// Picks the place of a folder's next launch; none is this machine.
    pub async fn pick_place(&self, id: &str, place: Option<String>) -> Result<(), Failure> {
        self.ask(|reply| Event::PickPlace { id: id.to_owned(), place, reply }).await
    }

    /// Asks a place what it offers. `Snapshot::places` has the answer.
    pub async fn ask_place(&self, name: &str) -> Result<(), Failure> {
        self.ask(|reply| Event::AskPlace { name: name.to_owned(), reply }).await
    }

    /// Asks all places, side by side. Each answers or fails in time.
    pub async fn ask_places(&self) {
        let snapshot = self.snapshots().borrow().clone();
        let asked = snapshot.places.iter().map(|place| self.ask_place(&place.name));
        futures_util::future::join_all(asked).await;
    }

    /// Goes through each step of a launch at a place, to its first kernel.
    pub async fn test_place(&self, name: &str, kernelspec: Option<String>) -> Result<Vec<Check>, Failure> {
        let wanted = self.ask(|reply| Event::PlaceToTest { name: name.to_owned(), reply }).await?;
        let tested = tokio::task::spawn_blocking(move || {
            trial::of(&wanted.name, &wanted.place, kernelspec.as_deref(), &wanted.keychain)
        });
        tested.await.map_err(|_| Error::ShuttingDown.into())
    }
}
