//! Answers a gateway's request for an image: marks its container while the image is being prepared, and removes the
//! container then.

use std::path::PathBuf;
use std::time::Duration;

use tokio::sync::{mpsc, watch};

use crate::engine::Engine;
use crate::environment::any_image::NOTES;
use crate::launch::brought;
use crate::state::event::Event;
use crate::state::image_requests::{Going, Request, failed, mark};

/// How often the mark of a request is renewed. The gateway believes it for 15 s.
const RENEWS: Duration = Duration::from_secs(3);

/// The files about images that gateways on another machine get copies of: the owner of the launches, and the folder here.
pub(super) type Notes = Option<(String, PathBuf)>;

/// Claims a request, and shows what `going` says of it until it is over.
pub(super) async fn answer(
    engine: Engine,
    request: Request,
    mut going: watch::Receiver<Going>,
    tell: mpsc::UnboundedSender<Event>,
    notes: Notes,
) {
    let Request { container, name, .. } = request;
    for count in 0.. {
        let now = *going.borrow_and_update();
        if let Going::On(progress) = now {
            let marked = engine.rename_container(&container, &mark(&name, count, progress)).await;
            if let Err(error) = &marked {
                tracing::debug!(container, %error, "the request for an image is not marked");
            }
            if count == 0 {
                let ours = marked.is_ok();
                let _ = tell.send(Event::RequestClaimed { container: container.clone(), ours });
                if !ours {
                    return;
                }
            }
            let ended = going.wait_for(|going| !matches!(going, Going::On(_)));
            if let Ok(Err(_)) = tokio::time::timeout(RENEWS, ended).await {
                return;
            }
            continue;
        }
        if now == Going::Failed
            && let Err(error) = engine.rename_container(&container, &failed(&name)).await
        {
            tracing::debug!(container, %error, "the gateway does not hear that the image cannot be prepared");
        }
        if let Some((owner, folder)) = notes {
            brought::renew(&engine, &owner, folder, NOTES).await;
        }
        if let Err(error) = engine.remove_container(&container).await {
            tracing::warn!(container, %error, "the request for an image stays; it goes with its launch");
        }
        return;
    }
}
