//! The image of a folder: built from its Dockerfile, or the one that its `devcontainer.json` names. It is made ready for
//! kernels like any other image.

use tokio_util::sync::CancellationToken;

use super::any_image::{self, Place};
use super::built;
use super::context::{self, Context, DOCKERFILE, NoContext};
use super::ensure::{self, Environment, Wanted};
use super::found::{Build, Read, Source};
use super::record::{Made, Record};
use super::run::{Report, have_image};
use crate::engine::{BuildRequest, Engine};
use crate::platform::clock::now;
use crate::words::any_image as words;
use crate::words::error::{Error, Result};
use crate::words::file;
use crate::words::machine as machine_words;

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
        (None, Some(build)) => from_dockerfile(engine, wanted, source, build, read, &digest, report, cancel).await?,
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
    if let Some(old) = before.image.filter(|old| *old != image && built::is_of_one_folder(old)) {
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
async fn from_dockerfile(
    engine: &Engine,
    wanted: &Wanted,
    source: &Source,
    build: &Build,
    read: &Read,
    digest: &str,
    report: &Report<'_>,
    cancel: &CancellationToken,
) -> Result<String> {
    if let Some(machine) = &wanted.machine {
        return Err(machine_words::not_built(&build.dockerfile, machine));
    }
    report(words::READING, None, Vec::new());
    let text = read.contents.get(&build.dockerfile).cloned().unwrap_or_default();
    let (folder, how) = (wanted.folder.clone(), build.clone());
    let packed = tokio::task::spawn_blocking(move || context::of(&folder, &how, &text)).await;
    let packed = packed.map_err(|_| Error::ShuttingDown)?;
    let Context { archive, files, size } = packed.map_err(|why| refused(wanted, &build.dockerfile, why))?;
    report(&words::sending(files, size), None, Vec::new());
    let tag = built::name("", &[wanted.folder.to_string_lossy().as_bytes(), digest.as_bytes()]);
    let request = BuildRequest {
        tag: tag.clone(),
        context: archive,
        from: source.asks.iter().map(|ask| ask.text.clone()).collect(),
        args: build.args.clone().into_iter().chain(built::open_proxies(&wanted.images)).collect(),
        labels: built::labels(&wanted.store),
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
    let tag = built::name(built::SHARED[0], &[facts.id.as_bytes(), text.as_bytes()]);
    if engine.image(&tag).await?.is_some() {
        return Ok(tag);
    }
    let context = super::request::packed(file, [("Dockerfile", text.as_bytes())])?;
    let request = BuildRequest {
        tag: tag.clone(),
        context,
        from: Vec::new(),
        args: built::open_proxies(&wanted.images).into_iter().collect(),
        labels: built::labels(&wanted.store),
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

async fn run(
    engine: &Engine,
    wanted: &Wanted,
    request: BuildRequest,
    file: &str,
    report: &Report<'_>,
    cancel: &CancellationToken,
) -> Result<()> {
    let built = built::build(engine, request, file, &wanted.images, report, cancel).await;
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
}
