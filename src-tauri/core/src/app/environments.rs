//! The environments of folders: what a person allows, picks, changes and has made.

use std::path::PathBuf;

use crate::app::App;
use crate::contract::environment::{
    Cleaned, EnvironmentPackages, EnvironmentView, HandInstalled, Language, PackageChange,
};
use crate::contract::failure::Failure;
use crate::environment::edit::{self, FileBefore};
use crate::environment::record::{self, Record};
use crate::environment::{any_image, built, clean, found};
use crate::environment::{seen::Seen, store};
use crate::folder::pipeline;
use crate::launch::{by_hand, kept};
use crate::state::event::Event;
use crate::state::perform::disk;
use crate::words;
use crate::words::error::Error;

/// The id in the names of containers that belong to no folder.
const NO_FOLDER: &str = "environments";

impl App {
    /// Looks at a folder that need not be in the list, and answers with its id. What follows may name it.
    pub async fn look_at(&self, folder: PathBuf) -> Result<String, Failure> {
        let places = self.places.clone();
        let (folder, here) = match &self.there {
            Some(there) => {
                self.settled().await;
                let (engine, looking) = self.ask(|reply| Event::Looking { reply }).await?;
                let path = there.find(&engine, &looking, &folder).await?.path;
                there.bring(&engine, &looking, &path).await?;
                let shadow = there.shadow(&path);
                (path, Some(shadow))
            }
            None => (folder, None),
        };
        let looked = tokio::task::spawn_blocking(move || {
            let path = if here.is_some() { folder } else { pipeline::check_folder(&folder)? };
            let (contents, environment) = disk::looked_at(&path, here.as_ref().unwrap_or(&path), &places);
            Ok::<_, Error>((path, contents, environment))
        });
        let (path, contents, environment) = looked.await.unwrap_or(Err(Error::ShuttingDown))?;
        let id = pipeline::id_of(&path);
        let _ = self.tell.send(Event::Scanned { path, contents, environment: Box::new(environment), then: None });
        Ok(id)
    }

    /// Has launches of a folder run its `postBuild` as it is now: once, and again when the environment or the script changes
    /// and is allowed again. Without `run`, no launch runs it.
    ///
    /// # Errors
    /// The folder has none, or the choice cannot be written.
    pub async fn run_post_build(&self, id: &str, run: bool) -> Result<(), Failure> {
        self.ask(|reply| Event::RunPostBuild { id: id.to_owned(), run, reply }).await
    }

    /// Allows the installation of what a folder's files ask for now.
    pub async fn allow_environment(&self, id: &str) -> Result<(), Failure> {
        self.ask(|reply| Event::AllowEnvironment { id: id.to_owned(), reply }).await
    }

    /// Makes a folder's environment from another of its files.
    pub async fn pick_environment_file(&self, id: &str, file: &str) -> Result<(), Failure> {
        self.ask(|reply| Event::PickEnvironmentFile { id: id.to_owned(), file: file.to_owned(), reply }).await
    }

    /// Has a folder's environment made, with the newest versions that fit if it is an `upgrade`, and answers with the
    /// outcome. Running kernels keep what they have. `named`: the person named the folder, and so allows what it asks for.
    pub async fn update_environment(&self, id: &str, upgrade: bool, named: bool) -> Result<(), Failure> {
        self.ask(|reply| Event::UpdateEnvironment { id: id.to_owned(), upgrade, named, reply }).await
    }

    /// Ends early what [`App::update_environment`] began.
    pub fn cancel_environment(&self, id: &str) {
        let _ = self.tell.send(Event::CancelEnvironment { id: id.to_owned() });
    }

    async fn seen(&self, id: &str) -> Result<(PathBuf, Seen), Failure> {
        self.ask(|reply| Event::EnvironmentPackages { id: id.to_owned(), reply }).await
    }

    /// What an interface shows of a folder's environment. `None` if its files ask for nothing.
    pub async fn environment(&self, id: &str) -> Result<Option<EnvironmentView>, Failure> {
        let (_, seen) = self.seen(id).await?;
        Ok(seen.view(None, seen.rate))
    }

    /// The packages of the environment that was made last, and those that were installed by hand.
    pub async fn environment_packages(&self, id: &str) -> Result<EnvironmentPackages, Failure> {
        let (_, seen) = self.seen(id).await?;
        let by_hand = match self.engine().await {
            Ok(_) => self.by_hand(id, (Language::Python, &[])).await.unwrap_or_else(|failure| {
                tracing::warn!(launch = id, message = failure.message, "not listed what was installed by hand");
                Vec::new()
            }),
            Err(_) => Vec::new(),
        };
        Ok(EnvironmentPackages { by_hand, ..seen.packages() })
    }

    /// Takes packages of a language away that were installed by hand in the kernels of a folder.
    pub async fn remove_by_hand(&self, id: &str, language: Language, names: &[String]) -> Result<(), Failure> {
        if names.is_empty() {
            return Ok(());
        }
        self.by_hand(id, (language, names)).await.map(drop)
    }

    async fn by_hand(&self, id: &str, remove: (Language, &[String])) -> Result<Vec<HandInstalled>, Failure> {
        let (folder, seen) = self.seen(id).await?;
        let engine = self.engine().await?;
        let store = kept::environments(&self.owner, &self.places.environment_records());
        let place = engine.volume_place(&store.source).await?;
        let mounts = match (&seen.record.made, place) {
            (Some(made), Some(place)) => store::mounts(&engine, &store, &place, made),
            _ => Vec::new(),
        };
        Ok(by_hand::packages(&engine, id, &folder, &self.owner, mounts, remove).await?)
    }

    /// The packages that the notebooks and scripts of a folder import, for a first `requirements.txt`.
    pub async fn imports(&self, id: &str) -> Result<Vec<String>, Failure> {
        let (folder, seen) = self.seen(id).await?;
        let found = tokio::task::spawn_blocking(move || found::imports(&folder, &seen.notebooks)).await;
        Ok(found.map_err(|_| Error::ShuttingDown)?)
    }

    /// Writes a first file with these packages, which the person has seen. Answers with the file. A folder that has a file
    /// for packages is refused.
    pub async fn start_environment(&self, id: &str, packages: Vec<String>) -> Result<String, Failure> {
        self.ask(|reply| Event::StartEnvironment { id: id.to_owned(), packages, reply }).await
    }

    /// Adds packages to the file that a folder's environment comes from, removes others from it, and makes the
    /// environment. If it cannot be made, the file is what it was. Answers with the file. `named`: as in
    /// [`App::update_environment`].
    pub async fn change_packages(&self, id: &str, change: PackageChange, named: bool) -> Result<String, Failure> {
        let unlocked = self.seen(id).await?.1.record.unlocked;
        let before = self.file_of_packages(id).await?;
        let file = self.edit_packages(id, change).await?;
        let after = self.file_of_packages(id).await?;
        let made = self.update_environment(id, false, named).await;
        if made.is_err() {
            let record = self.places.environment_record(id);
            let restored = tokio::task::spawn_blocking(move || {
                let known = record::read(&record);
                if known.unlocked != unlocked
                    && let Err(error) = record::write(&record, &Record { unlocked, ..known })
                {
                    tracing::warn!(%error, "the lock file of a folder is left out");
                }
                before.restore(&after)
            });
            let restored = restored.await;
            if let Ok(Err(error)) = restored {
                return Err(words::edit::not_restored(&file, &error).into());
            }
            self.rescan(id).await;
        }
        made.map(|()| file)
    }

    /// Looks at a folder again, after its files were changed.
    async fn rescan(&self, id: &str) {
        if let Ok((folder, _)) = self.seen(id).await {
            let _ = self.look_at(folder).await;
        }
    }

    /// The file that packages are added to, as it is now.
    async fn file_of_packages(&self, id: &str) -> Result<FileBefore, Failure> {
        let (folder, seen) = self.seen(id).await?;
        let path = folder.join(seen.source().map_or(edit::USUAL_FILE, |source| source.path()));
        let text = tokio::task::spawn_blocking(move || FileBefore::of(path)).await;
        Ok(text.map_err(|_| Error::ShuttingDown)?)
    }

    /// Adds packages to the file that a folder's environment comes from, and removes others. Answers with the file.
    async fn edit_packages(&self, id: &str, change: PackageChange) -> Result<String, Failure> {
        self.ask(|reply| Event::EditPackages { id: id.to_owned(), change, reply }).await
    }

    /// Removes the environments that no folder uses. `dry_run` only says what that would free.
    pub async fn clean_environments(&self, dry_run: bool) -> Result<Cleaned, Failure> {
        let engine = self.engine().await?;
        let records = self.places.environment_records();
        let used = tokio::task::spawn_blocking(move || {
            // Before anything is removed: a launch in between must not count on it.
            if !dry_run {
                clean::forget_unused(&records)?;
            }
            Ok::<_, Error>(clean::used(&records))
        });
        let mut used = used.await.unwrap_or(Err(Error::ShuttingDown))?;
        used.extend(any_image::tidy(&engine, &self.places.images_of_gateways(), dry_run).await?);
        let store = kept::store(&self.owner, &self.places.environment_records(), NO_FOLDER, Vec::new());
        let mut cleaned = clean::clean(&engine, &store, &used, dry_run).await?;
        for (image, size) in built::unused(&engine, &store.mount.source, &used).await? {
            if dry_run || engine.remove_image(&image).await.is_ok() {
                cleaned.frees += size;
                cleaned.environments.push(image);
            } else {
                cleaned.busy.push(image);
            }
        }
        Ok(cleaned)
    }
}
