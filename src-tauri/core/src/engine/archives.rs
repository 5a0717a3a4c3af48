//! Images as an archive: sends them, takes them, and names them.

use std::io;
use std::time::Duration;

use bollard::Docker;
use bollard::query_parameters::{ImportImageOptionsBuilder, ListImagesOptions, TagImageOptionsBuilder};
use bytes::Bytes;
use futures_util::stream::{self, Stream, StreamExt, TryStreamExt};

use super::answers::known;
use super::calls::error;
use super::introduce::PODMAN;
use super::{Engine, ImageFacts};
use crate::words::engine as actions;
use crate::words::error::{Error, Result};

/// How long an engine may take for all images: it answers only once it has packed or unpacked them.
const PACKS_WITHIN: Duration = Duration::from_secs(3600);
/// The images that it is asked about at the same time.
const ASKED_AT_ONCE: usize = 16;
/// How Docker names the driver of its images if containerd keeps them.
const OF_CONTAINERD: [&str; 2] = ["driver-type", "io.containerd.snapshotter.v1"];

/// One step of the making of an image. Images with equal first steps share what these made.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct MadeBy {
    /// When it was carried out, in seconds since 1970.
    pub at: i64,
    /// Its instruction.
    pub instruction: String,
    /// The size of what it added, bytes.
    pub size: u64,
}

impl Engine {
    /// The architecture of its machine, such as `amd64`.
    pub async fn architecture(&self) -> Result<String> {
        let version = known(self.docker.version().await);
        let version = version.map_err(|refusal| error(actions::REPORT_ARCHITECTURE, &refusal))?;
        Ok(version.arch.unwrap_or_default())
    }

    /// Images as one tar archive. An image that is asked for by its id has no name in it.
    pub fn export_images(&self, ids: &[String]) -> impl Stream<Item = Result<Bytes>> + Unpin + use<> {
        let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
        let refused = |refusal| error(actions::EXPORT_IMAGES, &refusal);
        Box::pin(self.patient().export_images(&ids).map(move |part| part.map_err(refused)))
    }

    /// Takes images from a tar archive, and answers with what it said. If `parts` ends in an error, it takes none.
    /// Dropping the future does not keep it from taking what it has got.
    pub async fn import_images(
        &self,
        parts: impl Stream<Item = io::Result<Bytes>> + Send + 'static,
    ) -> Result<Vec<String>> {
        let options = ImportImageOptionsBuilder::default().quiet(true).build();
        let mut stream = Box::pin(self.patient().import_image_stream(options, parts, None));
        let mut said = Vec::new();
        while let Some(message) = stream.next().await {
            let message = message.map_err(|refusal| error(actions::IMPORT_IMAGES, &refusal))?;
            if let Some(reason) = message.error_detail.and_then(|detail| detail.message) {
                return Err(Error::Engine { what: actions::IMPORT_IMAGES.to_owned(), reason });
            }
            said.extend(message.stream);
        }
        Ok(said)
    }

    /// Gives an image a name. An image that had it loses it.
    pub async fn name_image(&self, id: &str, name: &str) -> Result<()> {
        let (repository, tag) = match name.rsplit_once(':') {
            Some((repository, tag)) if !tag.contains('/') => (repository, tag),
            _ => (name, "latest"),
        };
        let options = TagImageOptionsBuilder::default().repo(repository).tag(tag).build();
        let named = self.docker.tag_image(id, Some(options)).await;
        named.map_err(|refusal| error(&actions::name_image(name), &refusal))
    }

    /// How an image was made, the oldest step first.
    pub async fn history(&self, id: &str) -> Result<Vec<MadeBy>> {
        let told = known(self.docker.image_history(id).await);
        let told = told.map_err(|refusal| error(&actions::inspect_image(id), &refusal))?;
        let steps = told.into_iter().rev().map(|step| MadeBy {
            at: step.created,
            instruction: step.created_by,
            size: step.size.try_into().unwrap_or_default(),
        });
        Ok(steps.collect())
    }

    /// All images on it, without the layers that builds left.
    pub async fn images(&self) -> Result<Vec<ImageFacts>> {
        let listed = known(self.docker.list_images(None::<ListImagesOptions>).await);
        let listed = listed.map_err(|refusal| error(actions::LIST_IMAGES, &refusal))?;
        let asked = stream::iter(listed).map(async |image| self.image(&image.id).await);
        let found: Vec<Option<ImageFacts>> = asked.buffered(ASKED_AT_ONCE).try_collect().await?;
        Ok(found.into_iter().flatten().collect())
    }

    /// Whether it takes an archive without the layers that it has. Docker does, with its own store of images. Podman
    /// and containerd want all layers.
    pub async fn takes_without_known_layers(&self) -> Result<bool> {
        if self.facts.name == PODMAN {
            return Ok(false);
        }
        let info = known(self.docker.info().await).map_err(|refusal| error(actions::ASK_VERSION, &refusal))?;
        Ok(!info.driver_status.iter().flatten().any(|pair| *pair == OF_CONTAINERD))
    }

    fn patient(&self) -> Docker {
        self.docker.clone().with_timeout(PACKS_WITHIN)
    }
}
