//! Images: inspects, pulls, builds and removes them.

use std::collections::HashMap;

use bollard::body_full;
use bollard::query_parameters::{
    BuildImageOptionsBuilder, BuilderVersion, CreateImageOptionsBuilder, ListImagesOptions, ListImagesOptionsBuilder,
    RemoveImageOptions,
};
use bytes::Bytes;
use futures_util::StreamExt;

use super::answers::known;
use super::calls::{error, or_gone, status, words};
use super::{Engine, credentials};
use crate::words::error::Result;
use crate::words::{credentials as logins, engine as actions, registry};

/// The properties of an image on the engine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImageFacts {
    /// Its id, a digest.
    pub id: String,
    /// The names that it has.
    pub names: Vec<String>,
    /// The names that it has by digest, `REPOSITORY@DIGEST`.
    pub digests: Vec<String>,
    /// Its size, bytes.
    pub size: u64,
    /// Its labels.
    pub labels: HashMap<String, String>,
    /// Its command, word by word.
    pub command: Vec<String>,
    /// The digests of its layers, the lowest first.
    pub layers: Vec<String>,
    /// The operating system and architecture that it is for, such as `linux` and `amd64`.
    pub machine: (String, String),
}

/// One message of a pull or build.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StreamLine {
    /// The layer it is about.
    pub layer: Option<String>,
    /// The current action, or a piece of the build's log.
    pub text: String,
    /// The bytes done.
    pub current: Option<u64>,
    /// All bytes.
    pub total: Option<u64>,
}

/// A build.
#[derive(Clone, Debug)]
pub struct BuildRequest {
    /// The name that the image gets; empty for layers that other builds find in the engine's cache.
    pub tag: String,
    /// The build context, a tar archive.
    pub context: Bytes,
    /// The images that it is built from: those of a private registry are pulled with the person's login.
    pub from: Vec<String>,
    /// Build arguments.
    pub args: HashMap<String, String>,
    /// Labels that the image gets.
    pub labels: HashMap<String, String>,
    /// The path of the Dockerfile in the context.
    pub dockerfile: String,
    /// The stage that is built, if not the last one.
    pub target: Option<String>,
    /// Each instruction is carried out, also if an earlier build did it.
    pub anew: bool,
}

impl Engine {
    /// The properties of an image. `None` if it is not on the engine.
    pub async fn image(&self, name: &str) -> Result<Option<ImageFacts>> {
        match known(self.docker.inspect_image(name).await) {
            Ok(found) => {
                let config = found.config.unwrap_or_default();
                let words = config.entrypoint.into_iter().chain(config.cmd).flatten();
                Ok(Some(ImageFacts {
                    id: found.id.unwrap_or_default(),
                    names: found.repo_tags.unwrap_or_default(),
                    digests: found.repo_digests.unwrap_or_default(),
                    size: found.size.and_then(|size| size.try_into().ok()).unwrap_or_default(),
                    labels: config.labels.unwrap_or_default(),
                    command: words.collect(),
                    layers: found.root_fs.and_then(|root| root.layers).unwrap_or_default(),
                    machine: (found.os.unwrap_or_default(), found.architecture.unwrap_or_default()),
                }))
            }
            Err(refusal) if status(&refusal) == Some(404) => Ok(None),
            Err(refusal) => Err(error(&actions::inspect_image(name), &refusal)),
        }
    }

    /// The operating system and architecture of the engine's containers, in the words of images.
    pub async fn machine(&self) -> Result<(String, String)> {
        let version = known(self.docker.version().await).map_err(|refusal| error(actions::ASK_VERSION, &refusal))?;
        Ok((version.os.unwrap_or_default(), version.arch.unwrap_or_default()))
    }

    /// The digest that an image's tag has in its registry right now, asked with the person's login. The error is the
    /// engine's own message.
    pub async fn resolve(&self, name: &str) -> std::result::Result<String, String> {
        let login = credentials::of_image(&self.around, name).await;
        let found = known(self.docker.inspect_registry_image(name, login.credentials.clone()).await);
        let found = found.map_err(|refusal| login.explain(words(&refusal)))?;
        found.descriptor.digest.ok_or_else(|| actions::NO_DIGEST.to_owned())
    }

    /// The names of all images that have one, in order.
    pub async fn image_names(&self) -> Result<Vec<String>> {
        let listed = known(self.docker.list_images(None::<ListImagesOptions>).await);
        let listed = listed.map_err(|refusal| error(actions::LIST_IMAGES, &refusal))?;
        let mut names: Vec<String> = listed.into_iter().flat_map(|image| image.repo_tags).collect();
        names.retain(|name| !name.contains("<none>"));
        names.sort();
        names.dedup();
        Ok(names)
    }

    /// The ids and names of the images with this label, `NAME` or `NAME=VALUE`.
    pub async fn images_with(&self, label: &str) -> Result<Vec<(String, Vec<String>)>> {
        let filters = HashMap::from([("label", vec![label])]);
        let options = ListImagesOptionsBuilder::default().filters(&filters).build();
        let listed = known(self.docker.list_images(Some(options)).await);
        let listed = listed.map_err(|refusal| error(actions::LIST_IMAGES, &refusal))?;
        Ok(listed.into_iter().map(|image| (image.id, image.repo_tags)).collect())
    }

    /// Removes an image that no container uses and that has one name at most.
    pub async fn remove_image(&self, id: &str) -> Result<()> {
        let removed = self.docker.remove_image(id, None::<RemoveImageOptions>, None).await;
        or_gone(actions::REMOVE_REPLACED_IMAGE, removed.map(drop))
    }

    /// Pulls an image with the person's login to its registry. Dropping the future ends the pull. The inner error is the
    /// engine's own message.
    pub async fn pull(&self, name: &str, mut on_line: impl FnMut(StreamLine)) -> std::result::Result<(), String> {
        // Without a tag the engine would pull all tags.
        let digest = name.contains('@');
        let tagged = name.rsplit('/').next().is_some_and(|last| last.contains(':'));
        let full = if digest || tagged { name.to_owned() } else { format!("{name}:latest") };
        let login = credentials::of_image(&self.around, &full).await;
        if let Some(trouble) = &login.trouble {
            on_line(StreamLine { text: logins::none_used(trouble), ..StreamLine::default() });
        }
        let options = CreateImageOptionsBuilder::default().from_image(&full).build();
        let mut stream = Box::pin(self.docker.create_image(Some(options), None, login.credentials.clone()));
        while let Some(message) = stream.next().await {
            let message = message.map_err(|refusal| login.explain(words(&refusal)))?;
            if let Some(detail) = message.error_detail {
                return Err(login.explain(detail.message.unwrap_or_else(|| actions::PULL_FAILED.to_owned())));
            }
            let detail = message.progress_detail.unwrap_or_default();
            on_line(StreamLine {
                layer: message.id,
                text: message.status.unwrap_or_default(),
                current: detail.current.and_then(|bytes| bytes.try_into().ok()),
                total: detail.total.and_then(|bytes| bytes.try_into().ok()),
            });
        }
        Ok(())
    }

    /// Builds an image with the classic builder, which every engine has. Dropping the future ends the build.
    /// The inner error is the engine's own message.
    pub async fn build(
        &self,
        request: BuildRequest,
        mut on_line: impl FnMut(StreamLine),
    ) -> std::result::Result<(), String> {
        let mut logins = HashMap::new();
        for image in &request.from {
            let login = credentials::of_image(&self.around, image).await;
            if let Some(credentials) = login.credentials {
                logins.insert(registry::key(&registry::of_image(image)).to_owned(), credentials);
            }
        }
        let logins = Some(logins).filter(|logins| !logins.is_empty());
        let named = BuildImageOptionsBuilder::default();
        let named = if request.tag.is_empty() { named } else { named.t(&request.tag) };
        let options = named
            .dockerfile(&request.dockerfile)
            .target(request.target.as_deref().unwrap_or_default())
            .nocache(request.anew)
            .buildargs(&request.args)
            .labels(&request.labels)
            .rm(true)
            .forcerm(true)
            .version(BuilderVersion::BuilderV1)
            .build();
        let mut stream = Box::pin(self.docker.build_image(options, logins, Some(body_full(request.context))));
        while let Some(message) = stream.next().await {
            let message = message.map_err(|refusal| words(&refusal))?;
            if let Some(detail) = message.error_detail {
                return Err(detail.message.unwrap_or_else(|| actions::BUILD_FAILED.to_owned()));
            }
            let detail = message.progress_detail.unwrap_or_default();
            on_line(StreamLine {
                layer: message.id,
                text: message.stream.or(message.status).unwrap_or_default(),
                current: detail.current.and_then(|bytes| bytes.try_into().ok()),
                total: detail.total.and_then(|bytes| bytes.try_into().ok()),
            });
        }
        Ok(())
    }
}
