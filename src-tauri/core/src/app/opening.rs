//! Opens a launch in the person's browser.

use tokio::sync::{oneshot, watch};

use crate::app::App;
use crate::browser::peer::Peer;
use crate::browser::{redirect, visit};
use crate::contract::failure::Failure;
use crate::contract::notice::Tone;
use crate::jupyter::Server;
use crate::launch::reach;
use crate::state::event::Event;
use crate::words::error::Error;

/// A browser that was asked to open a launch. A notice reports a failure in any case; this is for a shell that waits.
pub struct Opening {
    came: oneshot::Receiver<Result<(), Failure>>,
    refused: watch::Receiver<Option<Peer>>,
}

impl Opening {
    /// Waits until the browser has come. The failure says why it did not come in time.
    pub async fn came(&mut self) -> Result<(), Failure> {
        (&mut self.came).await.unwrap_or_else(|_| Err(Error::ShuttingDown.into()))
    }

    /// The refusal of another program that asked for the address, if there was one.
    pub fn refused(&self) -> Option<Failure> {
        self.refused.borrow().map(|by| Error::NotYours { by: by.other() }.into())
    }
}

impl App {
    /// The address of a launch that runs, with its token.
    pub async fn url(&self, id: &str) -> Result<String, Failure> {
        Ok(self.server(id, None).await?.lab_url(None))
    }

    async fn server(&self, id: &str, notebook: Option<&str>) -> Result<Server, Failure> {
        let (id, path) = (id.to_owned(), notebook.map(str::to_owned));
        let engine = self.ask(|reply| Event::Running { id: id.clone(), notebook: path, reply }).await?;
        Ok(reach::server(&engine, &id).await?)
    }

    /// Opens a launch in the browser, at one of its notebooks if that is given. The browser gets an address that works
    /// once, and this process redirects it. Answers before the browser has come. A notice is shown while the browser does
    /// not come, and if another program asked for the address.
    pub async fn open(&self, id: &str, notebook: Option<&str>) -> Result<Opening, Failure> {
        let server = self.server(id, notebook).await?;
        let url = server.url_for_one_visit(notebook).await.unwrap_or_else(|reason| {
            tracing::warn!(
                %reason,
                "the server gives no address for one visit; the browser is led to one with the token"
            );
            server.lab_url(notebook)
        });
        let redirect = redirect::once_to(url).await;
        let redirect = redirect.map_err(|error| Error::Browser { reason: error.to_string() })?;
        let (opened, came) = oneshot::channel();
        let opening = Opening { came, refused: redirect.refused.clone() };
        let (tell, mut refused) = (self.tell.clone(), redirect.refused.clone());
        tokio::spawn(async move {
            if let Ok(Some(by)) = refused.wait_for(Option::is_some).await.map(|by| *by) {
                let _ = tell.send(Event::Tell(Error::NotYours { by: by.other() }.notice(Tone::Remark)));
            }
        });
        let (tell, id) = (self.tell.clone(), id.to_owned());
        tokio::spawn(async move {
            let outcome = visit::visit(&redirect).await.map_err(Failure::from);
            let _ = tell.send(Event::BrowserAsked { id: id.clone(), away: outcome.clone().err() });
            let away = outcome.is_err();
            let _ = opened.send(outcome);
            if away && visit::comes_late(&redirect).await {
                let _ = tell.send(Event::BrowserAsked { id, away: None });
            }
        });
        Ok(opening)
    }
}
