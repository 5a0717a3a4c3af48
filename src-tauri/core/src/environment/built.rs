//! Images that are built for folders: their names, their label, and what all such builds have in common.

use std::collections::{BTreeSet, HashMap};

use sha2::{Digest, Sha256};
use tokio_util::sync::CancellationToken;

use super::indexes;
use super::run::Report;
use super::store::Store;
use crate::engine::{BuildRequest, Engine};
use crate::images::{self, ImageProgress};
use crate::words::error::{Error, Result};

/// The name of all of them; each has a tag of its own.
const NAME: &str = "orchest/folder";
/// Their label, with the store of the person. Containers take labels over, so it is none that a launch goes by.
const LABEL: &str = "org.orchest.folder-image";
/// The starts of tags of images that several folders can have: with Debian packages, and with a kernel of R.
pub(super) const SHARED: [&str; 2] = ["apt-", "r-"];

/// The name of an image that is made of these parts. `start` is one of [`SHARED`], or empty.
pub(super) fn name(start: &str, parts: &[&[u8]]) -> String {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update(u64::try_from(part.len()).unwrap_or_default().to_le_bytes());
        hash.update(part);
    }
    format!("{NAME}:{start}{}", hex::encode(&hash.finalize()[..10]))
}

/// Whether an image was built for one folder alone.
pub(super) fn is_of_one_folder(image: &str) -> bool {
    let tag = image.strip_prefix(NAME).and_then(|rest| rest.strip_prefix(':'));
    tag.is_some_and(|tag| !SHARED.iter().any(|start| tag.starts_with(start)))
}

/// The label of an image for folders of this store.
pub(super) fn labels(store: &Store) -> HashMap<String, String> {
    HashMap::from([(LABEL.to_owned(), store.mount.source.clone())])
}

/// The proxies of a build, without passwords: the commands of a Dockerfile can read them.
pub(super) fn open_proxies(options: &images::Options) -> Vec<(String, String)> {
    indexes::without_logins(&options.proxies.clone().into_iter().collect::<Vec<_>>())
}

/// Builds an image, which `shown` names.
pub(super) async fn build(
    engine: &Engine,
    request: BuildRequest,
    shown: &str,
    options: &images::Options,
    report: &Report<'_>,
    cancel: &CancellationToken,
) -> Result<()> {
    let progress = |progress: ImageProgress| report(&progress.detail, progress.progress, progress.log);
    tokio::select! {
        () = cancel.cancelled() => Err(Error::Cancelled),
        built = images::build_from(engine, request, shown, options, &progress) => built,
    }
}

/// The images that were built for the folders of a store and that none of these names is. Each with its size.
pub async fn unused(engine: &Engine, store: &str, used: &BTreeSet<String>) -> Result<Vec<(String, u64)>> {
    let mut found = Vec::new();
    for (id, names) in engine.images_with(&format!("{LABEL}={store}")).await? {
        if !names.iter().any(|name| used.contains(name)) {
            let facts = engine.image(&id).await?;
            found.extend(facts.map(|facts| (names.first().cloned().unwrap_or(id), facts.size)));
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_depends_on_its_parts_and_says_whether_folders_share_the_image() {
        let of = |parts: [&[u8]; 2]| name("", &parts);
        let names = [of([b"/a", b"1"]), of([b"/a", b"2"]), of([b"/b", b"1"]), of([b"/a1", b""])];
        assert_eq!(names.iter().collect::<BTreeSet<_>>().len(), 4);
        assert!(is_of_one_folder(&names[0]));
        assert!(SHARED.iter().all(|start| !is_of_one_folder(&name(start, &[b"1"]))));
        assert!(!is_of_one_folder("python:3.13") && !is_of_one_folder("orchest/folders:1"));
    }
}
