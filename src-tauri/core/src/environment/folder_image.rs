//! The image of a folder: built from its Dockerfile, or the one that its `devcontainer.json` names. It is made ready for
//! kernels like any other image.

use std::collections::HashMap;

use sha2::{Digest, Sha256};
use tokio_util::sync::CancellationToken;

use super::any_image::{self, Place};
use super::context::{self, Context, DOCKERFILE, NoContext};
use super::ensure::{self, Environment, Wanted};
use super::found::{Build, Read, Source};
use super::indexes;
use super::record::{Made, Record};
use super::run::{Report, have_image};
use crate::engine::{BuildRequest, Engine};
use crate::images::{self, ImageProgress};
use crate::platform::clock::now;
use crate::words::any_image as words;
use crate::words::error::{Error, Result};
use crate::words::file;

/// The name of all images that are built for folders; each has a tag of its own.
pub(super) const NAME: &str = "orchest/folder";
/// Their label, with the store of the person. Containers take labels over, so it is none that a launch goes by.
pub(super) const LABEL: &str = "org.orchest.folder-image";

/// Has the folder's image, unless it is there. Its record is written.
#[allow(clippy::too_many_arguments)]
pub(super) async fn ensure(
    engine: &Engine,
    wanted: &Wanted,
    source: &Source,
    read: &Read,
    digest: String,
    record: Record,
    report: &Report<'_>,
    cancel: &CancellationToken,
) -> Result<Environment> {
    let before = record.made.clone().unwrap_or_default();
    let known = before.image.clone().filter(|_| before.digest == digest && !wanted.upgrade);
    let known = match known {
        Some(image) if engine.image(&image).await?.is_some() => Some(image),
        _ => None,
    };
    let image = match (known, &source.build) {
        (Some(image), _) => image,
        (None, Some(build)) => built(engine, wanted, source, build, read, &digest, report, cancel).await?,
        (None, None) => pulled(engine, wanted, source, report, cancel).await?,
    };
    let place = Place { store: wanted.store.clone(), notes: wanted.notes.clone(), images: wanted.images.clone() };
    let note = any_image::ensure(engine, &image, source.language, true, &place, report, cancel).await?;
    let size = engine.image(&image).await?.map(|facts| facts.size).unwrap_or_default();
    let python = note.map(|note| note.python).unwrap_or_default();
    let made = Made { digest, image: Some(image.clone()), python, size, at: before.at, ..Made::default() };
    let made = if made == before {
        made
    } else {
        let made = Made { at: now(), ..made };
        ensure::remember(wanted, record, &made).await?;
        made
    };
    if let Some(old) = before.image.filter(|old| *old != image && is_of_one_folder(old)) {
        // A launch may still use it.
        let _ = engine.remove_image(&old).await;
    }
    Ok(Environment {
        file: source.file.clone(),
        language: source.language,
        made,
        mounts: Vec::new(),
        image,
        post_build: None,
        not_run: None,
        gpus: None,
    })
}

/// Whether an image was built for one folder alone. One with Debian packages, or with a kernel of R, may be another folder's
/// as well.
fn is_of_one_folder(image: &str) -> bool {
    image
        .strip_prefix(NAME)
        .and_then(|rest| rest.strip_prefix(':'))
        .is_some_and(|tag| !tag.starts_with("apt-") && !tag.starts_with("r-"))
}

/// Has the image that a `devcontainer.json` names.
async fn pulled(
    engine: &Engine,
    wanted: &Wanted,
    source: &Source,
    report: &Report<'_>,
    cancel: &CancellationToken,
) -> Result<String> {
    let image = source.asks.first().map(|ask| ask.text.clone()).ok_or_else(|| words::names_none(&source.file))?;
    have_image(engine, &image, &wanted.images, report, cancel).await?;
    Ok(image)
}

/// Builds the image of a Dockerfile. Returns its name.
#[allow(clippy::too_many_arguments)]
async fn built(
    engine: &Engine,
    wanted: &Wanted,
    source: &Source,
    build: &Build,
    read: &Read,
    digest: &str,
    report: &Report<'_>,
    cancel: &CancellationToken,
) -> Result<String> {
    report(words::READING, None, Vec::new());
    let text = read.contents.get(&build.dockerfile).cloned().unwrap_or_default();
    let (folder, how) = (wanted.folder.clone(), build.clone());
    let packed = tokio::task::spawn_blocking(move || context::of(&folder, &how, &text)).await;
    let packed = packed.map_err(|_| Error::ShuttingDown)?;
    let Context { archive, files, size } = packed.map_err(|why| refused(wanted, &build.dockerfile, why))?;
    report(&words::sending(files, size), None, Vec::new());
    let tag = format!("{NAME}:{}", name_of(&[wanted.folder.to_string_lossy().as_bytes(), digest.as_bytes()]));
    let request = BuildRequest {
        tag: tag.clone(),
        context: archive,
        from: source.asks.iter().map(|ask| ask.text.clone()).collect(),
        args: build.args.clone().into_iter().chain(open_proxies(wanted)).collect(),
        labels: labels(wanted),
        dockerfile: DOCKERFILE.to_owned(),
        target: build.target.clone(),
        anew: wanted.upgrade,
    };
    run(engine, wanted, request, &build.dockerfile, report, cancel).await?;
    Ok(tag)
}

/// The image of the kernels with Debian packages. Folders with the same packages share it.
pub(super) async fn with_packages(
    engine: &Engine,
    wanted: &Wanted,
    base: &str,
    packages: &[String],
    file: &str,
    report: &Report<'_>,
    cancel: &CancellationToken,
) -> Result<String> {
    let facts = engine.image(base).await?.ok_or_else(|| Error::ImageGone { image: base.to_owned() })?;
    let text = dockerfile(base, packages);
    let tag = format!("{NAME}:apt-{}", name_of(&[facts.id.as_bytes(), text.as_bytes()]));
    if engine.image(&tag).await?.is_some() {
        return Ok(tag);
    }
    let context = super::request::packed(file, [("Dockerfile", text.as_bytes())])?;
    let request = BuildRequest {
        tag: tag.clone(),
        context,
        from: Vec::new(),
        args: open_proxies(wanted).into_iter().collect(),
        labels: labels(wanted),
        dockerfile: "Dockerfile".to_owned(),
        target: None,
        anew: false,
    };
    run(engine, wanted, request, file, report, cancel).await?;
    Ok(tag)
}

/// The names are valid ones: the reader leaves all others out. No program in the image may give a kernel more rights.
fn dockerfile(base: &str, packages: &[String]) -> String {
    format!(
        "FROM {base}\nUSER 0\nRUN export DEBIAN_FRONTEND=noninteractive \\\n \
         && apt-get update && apt-get install -y --no-install-recommends -- {} \\\n \
         && rm -rf /var/lib/apt/lists/* /var/cache/* /var/log/* \\\n \
         && find / -xdev -type f -perm /6000 -exec chmod a-s {{}} +\nUSER 1000:1000\n",
        packages.join(" ")
    )
}

pub(super) fn name_of(parts: &[&[u8]]) -> String {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update(u64::try_from(part.len()).unwrap_or_default().to_le_bytes());
        hash.update(part);
    }
    hex::encode(&hash.finalize()[..10])
}

fn labels(wanted: &Wanted) -> HashMap<String, String> {
    HashMap::from([(LABEL.to_owned(), wanted.store.mount.source.clone())])
}

/// The proxies of a build, without passwords: the commands of a Dockerfile can read them.
fn open_proxies(wanted: &Wanted) -> Vec<(String, String)> {
    indexes::without_logins(&wanted.images.proxies.clone().into_iter().collect::<Vec<_>>())
}

async fn run(
    engine: &Engine,
    wanted: &Wanted,
    request: BuildRequest,
    file: &str,
    report: &Report<'_>,
    cancel: &CancellationToken,
) -> Result<()> {
    let progress = |progress: ImageProgress| report(&progress.detail, progress.progress, progress.log);
    let built = tokio::select! {
        () = cancel.cancelled() => return Err(Error::Cancelled),
        built = images::build_from(engine, request, file, &wanted.images, &progress) => built,
    };
    built.map_err(|error| match error {
        Error::Build { reason, log, log_file, .. } => words::not_built(file, &reason, log, log_file),
        other => other,
    })
}

fn refused(wanted: &Wanted, dockerfile: &str, why: NoContext) -> Error {
    match why {
        NoContext::TooLarge => words::large_context(dockerfile, context::MOST_BYTES >> 20),
        NoContext::Unread(path, source) => {
            Error::Io { what: file::READ.to_owned(), path: wanted.folder.join(path), source }
        }
    }
}

/// The images that were built for the folders of a store and that none of these names is. Each with its size.
pub async fn unused(
    engine: &Engine,
    store: &str,
    used: &std::collections::BTreeSet<String>,
) -> Result<Vec<(String, u64)>> {
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
    fn debian_packages_are_installed_over_the_kernels_image_and_the_user_stays() {
        let text = dockerfile("orchest/kernel-python:1", &["ffmpeg".to_owned(), "g++".to_owned()]);
        assert!(text.starts_with("FROM orchest/kernel-python:1\nUSER 0\n"), "{text}");
        assert!(text.contains("--no-install-recommends -- ffmpeg g++ \\\n"), "{text}");
        assert!(text.contains("chmod a-s {} +") && text.ends_with("USER 1000:1000\n"), "{text}");
        assert!(!text.contains("CMD") && !text.contains("ENTRYPOINT"));
    }

    #[test]
    fn a_name_depends_on_the_folder_and_on_its_files() {
        let names =
            [name_of(&[b"/a", b"1"]), name_of(&[b"/a", b"2"]), name_of(&[b"/b", b"1"]), name_of(&[b"/a1", b""])];
        assert_eq!(names.iter().collect::<std::collections::BTreeSet<_>>().len(), 4);
        assert!(is_of_one_folder("orchest/folder:0123") && !is_of_one_folder("orchest/folder:apt-0123"));
        assert!(!is_of_one_folder("orchest/folder:r-0123"));
        assert!(!is_of_one_folder("python:3.13") && !is_of_one_folder("orchest/folders:1"));
    }
}
