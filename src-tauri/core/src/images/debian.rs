//! The base image from Debian's own packages, for networks where no registry can be reached.
//!
//! The script `etc/images/base/make.sh` makes an archive of the root file system, and the engine makes an image of it. The
//! script runs on this machine if it has mmdebstrap, without root. Otherwise it runs in a build of an image with Debian or
//! Ubuntu that the engine has.

use std::collections::{BTreeMap, HashMap};
use std::io;

use bytes::Bytes;
use futures_util::{Stream, StreamExt, stream};
use include_dir::Dir;
use tokio::io::AsyncReadExt;

use crate::engine::{BuildRequest, Engine, StreamLine};
use crate::images::log::Log;
use crate::images::progress::Build;
use crate::images::{ImageProgress, Options, build, context, definition, host};
use crate::platform::clock::now;
use crate::words::error::{Error, Result};
use crate::words::{file, image as words};

/// The base image that is made here.
pub(super) const NAME: &str = "orchest/base:bookworm";
/// The archive in the image that a build makes.
const ARCHIVE: &str = "/orchest-base.tar";
/// The Dockerfile of that build.
const DOCKERFILE: &str = "in-container/Dockerfile";
/// The command of the image.
const COMMAND: &str = "bash";
/// How many images of the engine are looked at.
const LOOKED_AT: usize = 16;
/// The most bytes of an `os-release`.
const OS_RELEASE: usize = 64 << 10;

/// Makes the base image. Otherwise says why it cannot be made.
pub(super) async fn make(
    engine: &Engine,
    options: &Options,
    on_progress: &(impl Fn(ImageProgress) + Send + Sync),
) -> Result<(), String> {
    let Some(definition) = definition::base() else { return Err(words::NO_SCRIPT.to_owned()) };
    let script = definition.get_file(definition.path().join("make.sh")).map(include_dir::File::contents);
    let script = script.unwrap_or_default();
    let mut reasons = Vec::new();
    if host::has_mmdebstrap() {
        match on_this_machine(engine, script, options, on_progress).await {
            Ok(()) => return Ok(()),
            Err(reason) => reasons.push(words::not_made_here(&reason)),
        }
    } else {
        reasons.push(words::NO_MMDEBSTRAP.to_owned());
    }
    match with_debian(engine).await.map_err(|error| error.to_string())? {
        Some(image) => match in_container(engine, definition, script, &image, options, on_progress).await {
            Ok(()) => return Ok(()),
            Err(reason) => reasons.push(words::not_made_in(&image, &reason)),
        },
        None => reasons.push(words::NO_DEBIAN.to_owned()),
    }
    Err(reasons.join("; "))
}

async fn on_this_machine(
    engine: &Engine,
    script: &[u8],
    options: &Options,
    on_progress: &(impl Fn(ImageProgress) + Send + Sync),
) -> Result<(), String> {
    let folder = tempfile::Builder::new().prefix("orchest-base-").tempdir().map_err(|error| error.to_string())?;
    let archive = folder.path().join("base.tar");
    let mut log = Log::open(&options.logs_dir, "build", NAME);
    let mut lines = Build::default();
    let on_line = |line: &str| {
        log.write(line);
        lines.fold(&StreamLine { text: format!("{line}\n"), ..StreamLine::default() });
        let detail = words::making_base(words::ON_THIS_MACHINE);
        on_progress(ImageProgress { detail, progress: None, log: lines.shown() });
    };
    if !host::run(script, &[archive.as_os_str()], on_line).await.map_err(|error| error.to_string())? {
        return Err(words::ended_with(&lines.tail()));
    }
    let opened = tokio::fs::File::open(&archive).await.map_err(|error| error.to_string())?;
    engine.import(NAME, COMMAND, contents(opened)).await
}

/// The contents of a file, piece by piece.
fn contents(file: tokio::fs::File) -> impl Stream<Item = io::Result<Bytes>> + Send + 'static {
    stream::unfold(Some(file), |file| async {
        let mut file = file?;
        let mut piece = vec![0; 256 << 10];
        match file.read(&mut piece).await {
            Ok(0) => None,
            Ok(read) => {
                piece.truncate(read);
                Some((Ok(piece.into()), Some(file)))
            }
            Err(error) => Some((Err(error), None)),
        }
    })
}

async fn in_container(
    engine: &Engine,
    definition: &Dir<'_>,
    script: &[u8],
    image: &str,
    options: &Options,
    on_progress: &(impl Fn(ImageProgress) + Send + Sync),
) -> Result<(), String> {
    let mut args: HashMap<String, String> = options.proxies.clone().into_iter().collect();
    args.insert("IMAGE".to_owned(), image.to_owned());
    let mut mirrors = Vec::new();
    // A machine without a shell has no apt sources.
    let _ = host::run(script, &["--mirrors".as_ref()], |line| mirrors.push(line.to_owned())).await;
    for (name, mirror) in ["ORCHEST_MAIN_MIRROR", "ORCHEST_SECURITY_MIRROR"].into_iter().zip(mirrors) {
        if !mirror.is_empty() {
            args.insert(name.to_owned(), mirror);
        }
    }
    let no_context = |source| Error::Io { what: file::PACK_DEFINITION.to_owned(), path: NAME.into(), source };
    let maker = format!("orchest/base-maker:{}-{}", std::process::id(), now());
    let request = BuildRequest {
        tag: maker.clone(),
        context: context::of(definition, None, &BTreeMap::new())
            .map_err(no_context)
            .map_err(|error| error.to_string())?,
        from: Vec::new(),
        args,
        labels: HashMap::new(),
        dockerfile: DOCKERFILE.to_owned(),
        target: None,
        anew: false,
    };
    on_progress(ImageProgress { detail: words::making_base(image), progress: None, log: Vec::new() });
    build::run(engine, request, NAME, options, on_progress).await.map_err(|error| error.to_string())?;
    // From here on it goes to its end, also after a cancel, so that nothing of it stays.
    let engine = engine.clone();
    let taken = tokio::spawn(async move {
        let container = maker.replace([':', '/'], "-");
        let imported = match engine.open_image(&maker, &container).await {
            Ok(()) => engine.import(NAME, COMMAND, engine.file_in(&container, ARCHIVE)).await,
            Err(error) => Err(error.to_string()),
        };
        for removed in [engine.remove_container(&container).await, engine.remove_image(&maker).await] {
            if let Err(error) = removed {
                tracing::warn!(%error, "what made the base image is not all removed");
            }
        }
        imported
    });
    taken.await.map_err(|error| error.to_string())?
}

/// An image of the engine that has Debian or Ubuntu. None of them is run to find out.
async fn with_debian(engine: &Engine) -> Result<Option<String>> {
    let mut names = engine.image_names().await?;
    names.sort_by_key(|name| likelihood(name));
    for (number, name) in names.into_iter().take(LOOKED_AT).enumerate() {
        let container = format!("orchest-look-{}-{}-{number}", std::process::id(), now());
        if engine.open_image(&name, &container).await.is_err() {
            continue;
        }
        let mut text = Vec::new();
        let mut parts = Box::pin(engine.file_in(&container, "/usr/lib/os-release"));
        while let Some(Ok(part)) = parts.next().await {
            text.extend_from_slice(&part);
            if text.len() > OS_RELEASE {
                break;
            }
        }
        drop(parts);
        engine.remove_container(&container).await?;
        if has_apt(&String::from_utf8_lossy(&text)) {
            return Ok(Some(name));
        }
    }
    Ok(None)
}

/// How early an image is looked at.
fn likelihood(name: &str) -> usize {
    let repository = name.rsplit('/').next().unwrap_or(name).split([':', '@']).next().unwrap_or_default();
    let known = ["debian", "ubuntu", "python", "buildpack-deps", "base"];
    known.iter().position(|known| *known == repository).unwrap_or(known.len())
}

/// Whether an `os-release` is that of Debian or of a system that is like it.
fn has_apt(os_release: &str) -> bool {
    let values = os_release.lines().filter_map(|line| line.strip_prefix("ID=").or(line.strip_prefix("ID_LIKE=")));
    values.flat_map(|value| value.trim_matches(['"', '\'']).split(' ')).any(|id| id == "debian" || id == "ubuntu")
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    #[test]
    fn debian_and_what_is_like_it_can_make_the_base_image() {
        assert!(has_apt("PRETTY_NAME=\"Debian GNU/Linux 12\"\nID=debian\n"));
        assert!(has_apt("ID=ubuntu\nID_LIKE=debian\n"));
        assert!(has_apt("ID=linuxmint\nID_LIKE=\"ubuntu debian\"\n"));
        assert!(!has_apt("ID=alpine\nHOME_URL=\"https://debian.example\"\n"));
        assert!(!has_apt(""));
    }

    #[test]
    fn plain_images_of_debian_are_looked_at_first() {
        let mut names = vec!["a/b:1", "python:3.13", "registry.example:5000/ubuntu:24.04", "debian:12"];
        names.sort_by_key(|name| likelihood(name));
        assert_eq!(names, ["debian:12", "registry.example:5000/ubuntu:24.04", "python:3.13", "a/b:1"]);
    }

    #[test]
    fn the_script_and_the_dockerfile_of_its_build_are_in_the_program() {
        let files = definition::base().map(definition::files).unwrap_or_default();
        assert!(files.contains_key(Path::new("make.sh")) && files.contains_key(Path::new(DOCKERFILE)), "{files:?}");
    }
}
