//! The engines that can be found, and the one that the person picks.

use crate::app::App;
use crate::contract::engines::Engines;
use crate::contract::failure::Failure;
use crate::contract::snapshot::EngineState;
use crate::engine;
use crate::state::event::Event;
use crate::words::error::Error;

impl App {
    /// All engines that can be found now, in the order of the search.
    pub async fn engines(&self) -> Engines {
        let snapshot = self.snapshots().borrow().clone();
        let used = match &snapshot.engine {
            EngineState::Ready { endpoint, .. } => Some(endpoint.as_str()),
            EngineState::Looking | EngineState::Unavailable { .. } => None,
        };
        engine::list(&self.around, snapshot.settings.engine.as_deref(), used).await
    }

    /// Picks the engine at an address, from now on and for other programs of this person. It must answer.
    pub async fn use_engine(&self, endpoint: &str) -> Result<(), Failure> {
        engine::try_chosen(&self.around, endpoint).await?;
        self.ask(|reply| Event::UseEngine { endpoint: Some(endpoint.to_owned()), reply }).await
    }

    /// The same, for an interface that only shows what was found.
    pub async fn use_found_engine(&self, endpoint: &str) -> Result<(), Failure> {
        let found = self.engines().await;
        if !found.options.iter().any(|option| option.endpoint == endpoint) {
            let known = found.options.into_iter().map(|option| option.endpoint).collect();
            return Err(Error::NoSuchEngine { name: endpoint.to_owned(), known }.into());
        }
        self.use_engine(endpoint).await
    }

    /// Forgets which engine was picked: it is searched again.
    pub async fn forget_engine(&self) -> Result<(), Failure> {
        self.ask(|reply| Event::UseEngine { endpoint: None, reply }).await
    }
}
