//! Images as an archive: sends them, takes them, and names them.

use std::io;
use std::time::Duration;

use bollard::Docker;
use bollard::query_parameters::{ImportImageOptionsBuilder, TagImageOptionsBuilder};
use bytes::Bytes;
use futures_util::{Stream, StreamExt};

use super::Engine;
use super::answers::known;
use super::calls::error;
use crate::words::engine as actions;
use crate::words::error::{Error, Result};

/// How long an engine may take for all images: it answers only once it has packed or unpacked them.
const PACKS_WITHIN: Duration = Duration::from_secs(3600);

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

    fn patient(&self) -> Docker {
        self.docker.clone().with_timeout(PACKS_WITHIN)
    }
}
