//! The environments of folders: what a person allows, picks and has made.

use crate::app::App;
use crate::contract::environment::EnvironmentPackages;
use crate::contract::failure::Failure;
use crate::contract::snapshot::StageView;
use crate::state::event::Event;

impl App {
    /// Allows the installation of what a folder's files ask for now.
    pub async fn allow_environment(&self, id: &str) -> Result<(), Failure> {
        self.ask(|reply| Event::AllowEnvironment { id: id.to_owned(), reply }).await
    }

    /// Makes a folder's environment from another of its files.
    pub async fn pick_environment_file(&self, id: &str, file: &str) -> Result<(), Failure> {
        self.ask(|reply| Event::PickEnvironmentFile { id: id.to_owned(), file: file.to_owned(), reply }).await
    }

    /// Has a folder's environment made, with the newest versions that fit if it is an `upgrade`. Answers when that is on
    /// its way. Running kernels keep what they have.
    pub async fn update_environment(&self, id: &str, upgrade: bool) -> Result<(), Failure> {
        self.ask(|reply| Event::UpdateEnvironment { id: id.to_owned(), upgrade, reply }).await
    }

    /// Ends early what [`App::update_environment`] began.
    pub fn cancel_environment(&self, id: &str) {
        let _ = self.tell.send(Event::CancelEnvironment { id: id.to_owned() });
    }

    /// Waits until no environment of the folder is being made. `shown` is called with each change.
    pub async fn until_environment_is_made(&self, id: &str, mut shown: impl FnMut(&StageView)) {
        let mut snapshots = self.snapshots();
        loop {
            let pipeline = snapshots.borrow_and_update().pipeline(id).cloned();
            let Some(stage) = pipeline.and_then(|known| known.environment?.updating) else { return };
            shown(&stage);
            if snapshots.changed().await.is_err() {
                return;
            }
        }
    }

    /// The packages of the environment that was made last.
    pub async fn environment_packages(&self, id: &str) -> Result<EnvironmentPackages, Failure> {
        self.ask(|reply| Event::EnvironmentPackages { id: id.to_owned(), reply }).await
    }
}
