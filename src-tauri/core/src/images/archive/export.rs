//! Writes images of an engine into a file.

use std::io::{self, Read};
use std::path::{Path, PathBuf};

use bytes::Bytes;
use futures_util::StreamExt;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use super::manifest::{Fault, Image, Manifest};
use super::pack;
use super::parts::Parts;
use crate::contract::archive::{ArchivedImage, Exported};
use crate::contract::snapshot::{Progress, ProgressUnit};
use crate::engine::Engine;
use crate::images::definition;
use crate::images::progress::Marks;
use crate::images::{ImageProgress, kernel_python};
use crate::platform::clock::now;
use crate::words::error::{Error, Result};
use crate::words::{archive as words, file};

/// The parts of the engine's archive that may wait to be packed.
const PARTS: usize = 16;

/// Writes images into a file. The file appears once it is whole; if that fails or is cancelled, nothing is left of it.
/// `replace`: a file that is there is replaced.
///
/// # Errors
/// The file is there already or cannot be written, the engine does not send the images, or it is cancelled.
pub async fn export(
    engine: &Engine,
    images: Vec<Image>,
    to: &Path,
    replace: bool,
    cancel: &CancellationToken,
    on_progress: impl Fn(ImageProgress),
) -> Result<Exported> {
    let to = std::path::absolute(to).map_err(|source| file::failed(file::WRITE, to, source))?;
    if !replace && to.symlink_metadata().is_ok() {
        return Err(words::exists(&to));
    }
    if to.is_dir() {
        return Err(words::is_folder(&to));
    }
    let architecture = engine.architecture().await?;
    let manifest = Manifest { program: env!("CARGO_PKG_VERSION").to_owned(), architecture, images };
    let ids: Vec<String> = manifest.images.iter().map(|image| image.id.clone()).collect();
    let total = expected(&manifest.images);
    let (parts, waiting) = mpsc::channel(PARTS);
    let packing = tokio::task::spawn_blocking({
        let (to, manifest) = (to.clone(), manifest.clone());
        move || packed(&to, replace, &manifest, Parts::of(waiting))
    });
    let sent = send(engine, &ids, total, &to, parts, cancel, on_progress).await;
    // The file of a cancelled export is removed before this answers.
    let packed = packing.await.unwrap_or(Err(Error::ShuttingDown));
    sent?;
    let size = packed?;
    let images = manifest.images.into_iter().map(|image| ArchivedImage { name: image.name, size: image.size });
    Ok(Exported { file: to.display().to_string(), size, images: images.collect() })
}

/// Has the engine send its archive to the one who packs it.
async fn send(
    engine: &Engine,
    ids: &[String],
    total: u64,
    to: &Path,
    parts: mpsc::Sender<io::Result<Bytes>>,
    cancel: &CancellationToken,
    on_progress: impl Fn(ImageProgress),
) -> Result<()> {
    let mut stream = engine.export_images(ids);
    let (mut done, mut marks) = (0, Marks::default());
    let broken = || Err(io::ErrorKind::ConnectionAborted.into());
    on_progress(ImageProgress { detail: words::collecting(), progress: None, log: Vec::new() });
    loop {
        let part = tokio::select! {
            part = stream.next() => part,
            () = cancel.cancelled() => Some(Err(Error::Cancelled)),
        };
        match part {
            None => return Ok(()),
            Some(Err(error)) => {
                let _ = parts.send(broken()).await;
                return Err(error);
            }
            Some(Ok(part)) => {
                done += part.len() as u64;
                marks.add(now(), done);
                // Nobody packs it any more: the packing says why.
                if parts.send(Ok(part)).await.is_err() {
                    return Ok(());
                }
                let total = Some(total.max(done));
                let progress = Progress { unit: ProgressUnit::Bytes, done, total, rate: marks.rate() };
                on_progress(ImageProgress { detail: words::writing(to), progress: Some(progress), log: Vec::new() });
            }
        }
    }
}

/// Packs what comes into a temporary file beside the wanted one, and gives it its name.
fn packed(to: &Path, replace: bool, manifest: &Manifest, tar: impl Read) -> Result<u64> {
    let failed = |source| file::failed(file::WRITE, to, source);
    let folder: PathBuf = to.parent().map(Path::to_owned).unwrap_or_default();
    let mut options = tempfile::Builder::new();
    options.prefix(".orchest-").suffix(".part");
    #[cfg(unix)]
    options.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    let mut temporary = options.tempfile_in(&folder).map_err(failed)?;
    let size =
        pack::write(io::BufWriter::new(temporary.as_file_mut()), manifest, tar).map_err(|fault| match fault {
            Fault::Io(source) => failed(source),
            Fault::Unsound(reason) => words::not_exported(reason),
            _ => words::not_exported(words::NOT_ALL),
        })?;
    temporary.as_file().sync_all().map_err(failed)?;
    let kept = if replace { temporary.persist(to) } else { temporary.persist_noclobber(to) };
    match kept {
        Ok(_) => Ok(size),
        Err(error) if error.error.kind() == io::ErrorKind::AlreadyExists => Err(words::exists(to)),
        Err(error) => Err(failed(error.error)),
    }
}

/// About how many bytes the engine sends: layers that images share come once.
fn expected(images: &[Image]) -> u64 {
    let python = kernel_python();
    let shared = images.iter().any(|image| definition::adds(&image.name).is_some());
    let own = images.iter().map(|image| {
        let is_base = images.iter().any(|other| other.base.as_ref() == Some(&image.name));
        match definition::adds(&image.name) {
            Some(adds) => adds,
            None if is_base => 0,
            None if image.definition.is_some() => image.size.saturating_sub(definition::adds(&python).unwrap_or(0)),
            None => image.size,
        }
    });
    own.sum::<u64>() + if shared { definition::SHARED } else { 0 }
}
