//! Kernelspecs that a person makes and changes.

use std::path::PathBuf;

use crate::app::App;
use crate::contract::failure::Failure;
use crate::contract::kernelspec::{KernelspecChecked, KernelspecDraft, KernelspecOpened, KernelspecSource};
use crate::contract::snapshot::{ImageRole, PipelineView};
use crate::kernelspec::Found;
use crate::kernelspec::edit::disk;
use crate::state::event::Event;
use crate::words::error::{Error, Result};

impl App {
    /// Opens a kernelspec for an editor.
    pub async fn open_kernelspec(&self, source: KernelspecSource) -> Result<KernelspecOpened, Failure> {
        self.on_kernels(move |dir| disk::open(&dir, &source)).await
    }

    /// All that is wrong with a draft, and the `kernel.json` that it makes.
    pub async fn check_kernelspec(
        &self,
        source: KernelspecSource,
        draft: KernelspecDraft,
    ) -> Result<KernelspecChecked, Failure> {
        self.on_kernels(move |dir| disk::check(&dir, &source, draft)).await
    }

    /// The command of a draft, if the gateway would run another one than before.
    pub async fn new_command(
        &self,
        source: KernelspecSource,
        draft: KernelspecDraft,
    ) -> Result<Option<Vec<String>>, Failure> {
        self.on_kernels(move |dir| disk::new_command(&dir, &source, draft)).await
    }

    /// Writes a draft; answers with the kernelspec's name once it is in the list. Folders that used a renamed kernelspec
    /// use it on.
    pub async fn save_kernelspec(
        &self,
        source: KernelspecSource,
        draft: KernelspecDraft,
        seen: Option<String>,
    ) -> Result<String, Failure> {
        let was =
            if let KernelspecSource::Existing { name } = &source { Some(name.to_ascii_lowercase()) } else { None };
        let used =
            |pipeline: &&PipelineView| pipeline.added && pipeline.kernelspec.is_some() && pipeline.kernelspec == was;
        let before = self.snapshots.borrow().clone();
        let users: Vec<String> = before.pipelines.iter().filter(used).map(|pipeline| pipeline.id.clone()).collect();
        let name = self.on_kernels(move |dir| disk::save(&dir, &source, draft, seen.as_deref())).await?;
        self.reread_kernelspecs().await?;
        let name = name.to_ascii_lowercase();
        if was.is_some_and(|was| was != name) {
            for id in users {
                if let Err(failure) = self.pick_kernelspec(&id, &name).await {
                    tracing::warn!(failure.message, "a folder does not use the renamed kernelspec");
                }
            }
        }
        Ok(name)
    }

    /// Moves a kernelspec to the desktop's trash.
    pub async fn delete_kernelspec(&self, name: &str) -> Result<(), Failure> {
        let name = name.to_owned();
        self.on_kernels(move |dir| disk::remove(&dir, &name)).await?;
        self.reread_kernelspecs().await
    }

    /// The `kernel.json` of a kernelspec, for an editor of the person's own.
    pub async fn kernelspec_file(&self, name: &str) -> Result<PathBuf, Failure> {
        let name = name.to_owned();
        self.on_kernels(move |dir| disk::file_of(&dir, &name)).await
    }

    /// The name of a kernelspec's folder. Jupyter ignores case in names.
    pub(super) async fn kernelspec_name(&self, name: &str) -> Result<String, Failure> {
        let name = name.to_owned();
        self.on_kernels(move |dir| disk::folder_of(&dir, &name)).await
    }

    /// All problems of a kernelspec as it is on the disk.
    pub async fn kernelspec_problems(&self, name: &str) -> Result<Vec<Found>, Failure> {
        let name = name.to_owned();
        self.on_kernels(move |dir| disk::problems(&dir, &name)).await
    }

    /// Has the list and the gateways see what was written, without waiting for the watch.
    pub async fn reread_kernelspecs(&self) -> Result<(), Failure> {
        self.ask(|reply| Event::KernelspecsWritten { reply }).await
    }

    /// The names of the images on the engine, without the gateway's and the server's.
    pub async fn image_names(&self) -> Result<Vec<String>, Failure> {
        let mut names = self.engine().await?.image_names().await?;
        let snapshot = self.snapshots.borrow().clone();
        let parts = snapshot.images.iter().filter(|image| image.role != ImageRole::Kernel);
        let parts: Vec<&str> = parts.map(|image| image.name.as_str()).collect();
        names.retain(|name| !parts.contains(&name.as_str()));
        Ok(names)
    }

    async fn on_kernels<T: Send + 'static>(
        &self,
        work: impl FnOnce(PathBuf) -> Result<T> + Send + 'static,
    ) -> Result<T, Failure> {
        let dir = self.kernels_dir().await?;
        let done = tokio::task::spawn_blocking(move || work(dir)).await;
        Ok(done.unwrap_or(Err(Error::ShuttingDown))?)
    }
}
