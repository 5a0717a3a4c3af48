//! Folders on another machine: brought here as far as the program reads them, and then read like any folder.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use super::World;
use super::disk::Disk;
use crate::contract::failure::Failure;
use crate::engine::Engine;
use crate::environment::seen::Seen;
use crate::folder::afar::{self, Looking};
use crate::images;
use crate::launch::{kept, plan, reach, resolve};
use crate::machine::There;
use crate::platform::user::Access;
use crate::settings::Settings;
use crate::state::event::{Added, AfterCheck, Checked, Event, Reply};
use crate::words::error::{Error, Result};
use crate::words::machine as words;

/// A folder, what its user may do, and its environment.
type Examined = (PathBuf, Option<Result<(Access, String), Failure>>, Seen);

impl World {
    /// What looking at a machine's folders needs, with the image on its engine.
    async fn looking(&self, engine: &Engine, settings: &Settings) -> Result<Looking> {
        let options = self.image_options(Some(engine), settings);
        let image = images::server();
        images::ensure_all(engine, std::slice::from_ref(&image), &options, &CancellationToken::new(), |_| {}).await?;
        Ok(Looking {
            image,
            labels: kept::installer_labels(&self.owner),
            name: format!("orchest-look-{}", self.owner.process),
            security_opt: plan::labels_off(engine.facts().selinux),
        })
    }
}

impl Disk {
    /// Reads what is known here of a folder. One that was just added is brought here first; a process that stays brings
    /// all others by following them, and one that ends soon starts no container for each folder of the list.
    pub fn scan_there(&self, there: Arc<There>, path: PathBuf, then: Option<Added>) {
        let (world, tell, settings) = (self.world(), self.tell(), self.known_settings());
        let engine = self.engine();
        tokio::spawn(async move {
            if let Some(engine) = engine.filter(|_| then.is_some())
                && let Err(error) = brought(&world, &there, &engine, &settings, &path).await
            {
                tracing::info!(folder = %path.display(), %error, "this folder could not be looked at");
            }
            let _ = tokio::task::spawn_blocking(move || {
                let (contents, environment) = world.looked_at(&path);
                let _ = tell.send(Event::Scanned { path, contents, environment: Box::new(environment), then });
            })
            .await;
        });
    }

    /// Answers with what looking needs.
    pub fn give_looking(&self, reply: Reply<(Engine, Looking)>) {
        let (world, settings, engine) = (self.world(), self.known_settings(), self.engine());
        tokio::spawn(async move {
            let looking = match engine {
                Some(engine) => world.looking(&engine, &settings).await.map(|looking| (engine, looking)),
                None => Err(Error::EngineLost),
            };
            let _ = reply.send(looking.map_err(Failure::from));
        });
    }

    /// Finds the folders that a person named.
    pub fn check_folders_there(&self, there: Arc<There>, paths: Vec<PathBuf>, then: AfterCheck) {
        let (world, tell, settings) = (self.world(), self.tell(), self.known_settings());
        let engine = self.engine();
        tokio::spawn(async move {
            let mut checked = Vec::new();
            for named in paths {
                let (folder, notebook) = meant(&named);
                let found = async {
                    let engine = engine.as_ref().ok_or_else(|| unseen(&there, &named))?;
                    let looking = world.looking(engine, &settings).await?;
                    there.find(engine, &looking, folder).await
                };
                let folder = found.await.map(|found| found.path).map_err(Failure::from);
                let notebook = notebook.zip(folder.as_ref().ok()).map(|(name, folder)| folder.join(name));
                checked.push(Checked { folder, notebook, named });
            }
            let _ = tell.send(Event::FoldersChecked { checked, then });
        });
    }

    /// Looks at a folder before its launch.
    pub fn examined_there(
        &self,
        there: Arc<There>,
        folder: PathBuf,
    ) -> impl Future<Output = Result<Examined>> + Send + use<> {
        let (world, settings, engine) = (self.world(), self.known_settings(), self.engine());
        async move {
            let engine = engine.ok_or_else(|| unseen(&there, &folder))?;
            let look = async {
                // What is followed is as it is there.
                if let Some(found) = there.found(&folder).filter(|_| there.follows()) {
                    return Ok(found);
                }
                let looking = world.looking(&engine, &settings).await?;
                let is_known =
                    there.found(&folder).is_some() || settings.folders.iter().any(|entry| entry.path == folder);
                let path = match is_known {
                    true => folder,
                    false => there.find(&engine, &looking, &folder).await?.path,
                };
                there.bring(&engine, &looking, &path).await
            };
            // The launch will ask for the socket, too.
            let (found, _) = tokio::join!(look, reach::with_socket(&engine));
            let found = found?;
            let path = found.path.clone();
            let access = resolve::access_there(&found, engine.facts().rootless);
            let seen = {
                let path = path.clone();
                tokio::task::spawn_blocking(move || world.looked_at(&path).1)
            };
            let environment = seen.await.map_err(|_| Error::ShuttingDown)?;
            Ok((path, Some(Ok(access)), environment))
        }
    }
}

async fn brought(world: &World, there: &There, engine: &Engine, settings: &Settings, path: &Path) -> Result<()> {
    let looking = world.looking(engine, settings).await?;
    there.bring(engine, &looking, path).await.map(drop)
}

fn unseen(there: &There, path: &Path) -> Error {
    words::unseen(&path.display().to_string(), there.name())
}

/// The folder that a person means, and the notebook in it.
fn meant(named: &Path) -> (&Path, Option<&std::ffi::OsStr>) {
    match (named.parent(), named.file_name()) {
        (Some(folder), Some(name)) if named.extension().is_some_and(|end| end == "ipynb") => (folder, Some(name)),
        _ => (named, None),
    }
}

/// Follows the folders of a machine while its engine answers, in a process that stays. Each change is reported once the
/// folder is here.
pub(crate) async fn follow(
    world: Arc<World>,
    there: Arc<There>,
    settings: Settings,
    mut engine: tokio::sync::watch::Receiver<Option<Engine>>,
    tell: mpsc::UnboundedSender<Event>,
) {
    let mut followed = there.followed();
    loop {
        let folders = followed.borrow_and_update().clone();
        let found = engine.borrow_and_update().clone().filter(|_| there.follows() && !folders.is_empty());
        let following = async {
            let Some(engine) = found else { return std::future::pending().await };
            let changed = |folder: &Path, found: Result<afar::Found, Error>| {
                if let Err(error) = &found {
                    tracing::info!(folder = %folder.display(), %error, "not there");
                }
                there.saw(folder, &found);
                let _ = tell.send(Event::Changed(folder.to_owned()));
            };
            let pairs = folders.iter().map(|folder| (folder.clone(), there.shadow(folder))).collect();
            let ended = match world.looking(&engine, &settings).await {
                Ok(looking) => afar::follow(&engine, &looking, pairs, changed).await,
                Err(error) => Err(error),
            };
            if let Err(error) = ended {
                tracing::info!(%error, "the folders there are not followed");
            }
            tokio::time::sleep(AGAIN_AFTER).await;
        };
        tokio::select! {
            () = following => {}
            Ok(()) = followed.changed() => {}
            changed = engine.changed() => if changed.is_err() { return },
        }
    }
}

/// The pause before folders are followed again.
const AGAIN_AFTER: std::time::Duration = std::time::Duration::from_secs(5);
