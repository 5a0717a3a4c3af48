//! Takes images from a file onto an engine.

use std::fs::File;
use std::io;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use bytes::Bytes;
use futures_util::stream;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use super::manifest::{FORMAT, Fault};
use super::pack::{self, Opened};
use super::parts::Sender;
use super::taken;
use crate::contract::archive::{Came, Imported, ImportedImage};
use crate::contract::snapshot::{Progress, ProgressUnit};
use crate::engine::{Engine, ImageFacts};
use crate::images::ImageProgress;
use crate::images::definition;
use crate::images::progress::Marks;
use crate::platform::clock::now;
use crate::words::archive::{self as words, Refused};
use crate::words::error::{Error, Result};
use crate::words::{file, names};

/// The parts that may wait for the engine.
const PARTS: usize = 16;
/// How often the progress is reported, milliseconds.
const EVERY: u64 = 100;

/// An archive that was checked.
type Checked = Opened<File>;

/// Takes the images of a file onto the engine. If that fails or is cancelled, the engine has what it had before.
///
/// # Errors
/// The file is refused, the engine does not take the images, or it is cancelled.
pub async fn import(
    engine: &Engine,
    from: &Path,
    cancel: &CancellationToken,
    on_progress: impl Fn(ImageProgress) + Clone + Send + Sync + 'static,
) -> Result<Imported> {
    let architecture = engine.architecture().await?;
    let shown = names::display_name(from);
    let (path, watch) = (from.to_owned(), Watch::new(words::checking(&shown), cancel.clone(), on_progress.clone()));
    let checked = tokio::task::spawn_blocking(move || check(&path, &architecture, watch));
    let checked = checked.await.unwrap_or(Err(Error::ShuttingDown))?;
    let images = checked.manifest.images.clone();
    let program = checked.manifest.program.clone();

    let mut had = Vec::new();
    for image in &images {
        had.push(engine.image(&image.id).await?.is_some());
    }
    let mut taken = Vec::new();
    let outcome = async {
        if had.contains(&false) {
            let watch = Watch::new(words::importing(&shown), cancel.clone(), on_progress);
            taken = load(engine, from, checked, watch).await?;
        }
        let found = taken::found(engine, &images, &taken).await?;
        if cancel.is_cancelled() {
            return Err(Error::Cancelled);
        }
        taken::name_all(engine, &images, &found).await.map(|images| (images, found))
    };
    let outcome = outcome.await;
    let Ok((came, found)) = outcome else {
        let known = images.iter().zip(&had).filter(|(_, had)| !**had).map(|(image, _)| &image.id);
        let added: Vec<String> = known.chain(&taken).cloned().collect();
        taken::undo(engine, &added).await;
        return Err(outcome.err().unwrap_or(Error::ShuttingDown));
    };
    let images = images.iter().zip(came).zip(found).zip(had).map(|(((image, came), facts), had)| ImportedImage {
        name: image.name.clone(),
        came: if came == Came::New && had { Came::Present } else { came },
        of_another_version: is_of_another_version(&image.name, &facts),
    });
    Ok(Imported { file: from.display().to_string(), program, images: images.collect() })
}

/// Reads the whole file. Nothing of it is used before.
fn check(path: &Path, architecture: &str, mut watch: Watch<impl Fn(ImageProgress)>) -> Result<Checked> {
    let file = File::open(path).map_err(|source| file::failed(file::READ, path, source))?;
    if file.metadata().is_ok_and(|facts| !facts.is_file()) {
        return Err(refused(path, Fault::NotOurs));
    }
    let mut archive = pack::open(file).map_err(|fault| refused(path, fault))?;
    if archive.manifest.architecture != architecture {
        return Err(words::other_architecture(path, &archive.manifest.architecture, architecture));
    }
    let total = archive.packed;
    let checked = archive.unpack(&mut io::sink(), |done| watch.saw(done, total));
    checked.map_err(|fault| watch.explained(path, fault))?;
    Ok(archive)
}

fn refused(path: &Path, fault: Fault) -> Error {
    let reason = match fault {
        Fault::NotOurs => Refused::NotOurs,
        Fault::Format(its) => Refused::Format { its, ours: FORMAT },
        Fault::Damaged => Refused::Damaged,
        Fault::Unsound(reason) => Refused::Unsound(reason),
        Fault::Io(source) => return file::failed(file::READ, path, source),
    };
    words::refused(path, &reason)
}

/// Has the engine take the images, and answers with the ids that it names. The engine gets the end of the archive only if
/// the file is still the one that was checked.
async fn load(
    engine: &Engine,
    path: &Path,
    mut archive: Checked,
    mut watch: Watch<impl Fn(ImageProgress) + Send + 'static>,
) -> Result<Vec<String>> {
    let (parts, waiting) = mpsc::channel::<io::Result<Bytes>>(PARTS);
    let path = path.to_owned();
    let whole = Arc::new(AtomicBool::new(false));
    let reading = tokio::task::spawn_blocking({
        let whole = whole.clone();
        move || {
            let total = archive.packed;
            let mut sender = Sender::to(parts);
            let read = archive.unpack(&mut sender, |done| watch.saw(done, total));
            let read = read.and_then(|()| Ok(sender.send()?));
            whole.store(read.is_ok(), Ordering::SeqCst);
            if read.is_err() {
                // The engine takes nothing of an archive that breaks off.
                sender.break_off();
            }
            read.map_err(|fault| watch.explained(&path, fault))
        }
    });
    let parts = stream::unfold(waiting, async |mut waiting| waiting.recv().await.map(|part| (part, waiting)));
    // Not ended early: once it has all of the archive, an engine takes it whether or not somebody waits.
    let said = engine.import_images(parts).await;
    let read = reading.await.unwrap_or(Err(Error::ShuttingDown));
    match (said, read) {
        (Ok(said), Ok(())) => Ok(taken::ids(&said)),
        // An engine that fails takes no further parts.
        (Err(error), _) if whole.load(Ordering::SeqCst) => Err(error),
        (_, Err(error @ (Error::Cancelled | Error::Archive { .. }))) => Err(error),
        (Err(error), _) | (_, Err(error)) => Err(error),
    }
}

/// Whether an image of this project was built from another definition than this program has.
fn is_of_another_version(name: &str, facts: &ImageFacts) -> bool {
    let ours = name.starts_with("orchest/") && definition::is_from_ours(&facts.labels);
    ours && !(definition::is_ours(name) && definition::is_current(name, &facts.labels))
}

/// Reports how far the file is read, and ends that if it is cancelled.
struct Watch<P> {
    what: String,
    cancel: CancellationToken,
    on_progress: P,
    marks: Marks,
    reported: u64,
}

impl<P: Fn(ImageProgress)> Watch<P> {
    fn new(what: String, cancel: CancellationToken, on_progress: P) -> Watch<P> {
        on_progress(ImageProgress { detail: what.clone(), progress: None, log: Vec::new() });
        Watch { what, cancel, on_progress, marks: Marks::default(), reported: 0 }
    }

    fn saw(&mut self, done: u64, total: u64) -> io::Result<()> {
        if self.cancel.is_cancelled() {
            return Err(io::ErrorKind::ConnectionAborted.into());
        }
        let now = now();
        if now.saturating_sub(self.reported) >= EVERY {
            self.reported = now;
            self.marks.add(now, done);
            let progress = Progress { unit: ProgressUnit::Bytes, done, total: Some(total), rate: self.marks.rate() };
            let detail = self.what.clone();
            (self.on_progress)(ImageProgress { detail, progress: Some(progress), log: Vec::new() });
        }
        Ok(())
    }

    fn explained(&self, path: &Path, fault: Fault) -> Error {
        if self.cancel.is_cancelled() { Error::Cancelled } else { refused(path, fault) }
    }
}
