//! Newer versions of the program.

use super::{App, Event, Failure};
use crate::browser::visit;
use crate::updates::{Source, origin, replace};

impl App {
    /// Looks for a newer version of the program now. What is found is in `Snapshot::updates`.
    pub async fn check_updates(&self) -> Result<(), Failure> {
        self.ask(|reply| Event::CheckUpdates { reply }).await
    }

    /// Shows the newer version in Settings alone from now on.
    pub fn put_update_off(&self) {
        let _ = self.tell.send(Event::PutUpdateOff);
    }

    /// Opens the page of the newer version in the browser.
    pub async fn open_update_page(&self) -> Result<(), Failure> {
        let page = self.ask(|reply| Event::UpdatePage { reply }).await?;
        Ok(visit::page(&page)?)
    }

    /// Installs the newer version, if this copy of the program can do that. Answers when it is on its way.
    pub async fn install_update(&self) -> Result<(), Failure> {
        self.ask(|reply| Event::InstallUpdate { reply }).await
    }

    /// Cancels the download of the newer version.
    pub fn cancel_update(&self) {
        let _ = self.tell.send(Event::CancelUpdate);
    }

    /// The window of this program has been shown: what an update replaced is not needed any more.
    pub fn has_started(&self, source: &Source) {
        if let origin::Origin::Archive(root) = origin::look(&source.program) {
            tokio::task::spawn_blocking(move || replace::has_started(&root));
        }
    }
}
