//! Takes images from a file onto an engine.

use std::fs::File;
use std::io::{self, Write};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use bytes::{Bytes, BytesMut};
use futures_util::stream;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use super::manifest::{FORMAT, Fault, Image};
use super::pack::{self, Opened};
use crate::contract::archive::{Came, Imported, ImportedImage};
use crate::contract::snapshot::{Progress, ProgressUnit};
use crate::engine::{Engine, ImageFacts};
use crate::images::ImageProgress;
use crate::images::build::remove_nameless;
use crate::images::definition;
use crate::images::progress::Marks;
use crate::platform::clock::now;
use crate::words::archive::{self as words, Refused};
use crate::words::error::{Error, Result};
use crate::words::{file, names};

/// The parts that may wait for the engine.
const PARTS: usize = 16;
/// The size of a part, bytes.
const PART: usize = 1 << 20;
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
        let found = found(engine, &images, &taken).await?;
        if cancel.is_cancelled() {
            return Err(Error::Cancelled);
        }
        name_all(engine, &images, &found).await.map(|images| (images, found))
    };
    let outcome = outcome.await;
    let Ok((came, found)) = outcome else {
        let known = images.iter().zip(&had).filter(|(_, had)| !**had).map(|(image, _)| &image.id);
        let added: Vec<String> = known.chain(&taken).cloned().collect();
        // The other images of the import may be built on one of them.
        for id in added.iter().rev() {
            if let Err(error) = remove_nameless(engine, id).await {
                tracing::warn!(id, %error, "an image of a failed import stays");
            }
        }
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
            let mut sender = Sender { parts, part: BytesMut::with_capacity(PART) };
            let read = archive.unpack(&mut sender, |done| watch.saw(done, total));
            let read = read.and_then(|()| Ok(sender.send()?));
            whole.store(read.is_ok(), Ordering::SeqCst);
            if read.is_err() {
                // The engine takes nothing of an archive that breaks off.
                let _ = sender.parts.blocking_send(Err(io::ErrorKind::ConnectionAborted.into()));
            }
            read.map_err(|fault| watch.explained(&path, fault))
        }
    });
    let parts = stream::unfold(waiting, async |mut waiting| waiting.recv().await.map(|part| (part, waiting)));
    // Not ended early: once it has all of the archive, an engine takes it whether or not somebody waits.
    let said = engine.import_images(parts).await;
    let read = reading.await.unwrap_or(Err(Error::ShuttingDown));
    match (said, read) {
        (Ok(said), Ok(())) => Ok(ids(&said)),
        // An engine that fails takes no further parts.
        (Err(error), _) if whole.load(Ordering::SeqCst) => Err(error),
        (_, Err(error @ (Error::Cancelled | Error::Archive { .. }))) => Err(error),
        (Err(error), _) | (_, Err(error)) => Err(error),
    }
}

/// The ids in what an engine said.
fn ids(said: &[String]) -> Vec<String> {
    let words = said.iter().flat_map(|line| line.split_whitespace());
    let digests = words.filter_map(|word| word.find("sha256:").and_then(|at| word.get(at..at + 71)));
    digests.map(str::to_owned).collect()
}

/// The images as the engine has them now. An engine of another kind gives an image another id, but not other layers.
async fn found(engine: &Engine, images: &[Image], taken: &[String]) -> Result<Vec<ImageFacts>> {
    let mut others = Vec::new();
    for id in taken.iter().filter(|id| !images.iter().any(|image| image.id == **id)) {
        others.extend(engine.image(id).await?);
    }
    let mut found = Vec::new();
    for image in images {
        let same = || others.iter().find(|other| other.layers == image.layers).cloned();
        let facts = engine.image(&image.id).await?.or_else(same);
        found.push(facts.ok_or_else(|| words::not_taken(&image.name))?);
    }
    Ok(found)
}

/// Gives all images their names. If one cannot have its name, the others lose theirs again.
async fn name_all(engine: &Engine, images: &[Image], found: &[ImageFacts]) -> Result<Vec<Came>> {
    let mut came = Vec::new();
    let mut named: Vec<(&str, Option<ImageFacts>)> = Vec::new();
    for (image, facts) in images.iter().zip(found) {
        let name = image.name.as_str();
        let before = engine.image(name).await?.filter(|before| before.id != facts.id);
        let fits = |facts: &ImageFacts| definition::is_current(name, &facts.labels);
        if before.as_ref().is_some_and(|before| fits(before) && !fits(facts)) {
            came.push(Came::Left);
            continue;
        }
        if let Err(error) = engine.name_image(&facts.id, name).await {
            for (name, before) in named {
                let restored = match before {
                    Some(before) => engine.name_image(&before.id, name).await,
                    None => engine.remove_image(name).await,
                };
                if let Err(error) = restored {
                    tracing::warn!(name, %error, "an image of a failed import keeps its name");
                }
            }
            return Err(error);
        }
        came.push(if before.is_some() { Came::Replaced } else { Came::New });
        named.push((name, before));
    }
    let replaced = named.iter().filter_map(|(_, before)| before.as_ref());
    for facts in replaced.chain(found) {
        // Those that lost their name, and those that were not given one.
        if let Err(error) = remove_nameless(engine, &facts.id).await {
            tracing::debug!(id = facts.id, %error, "an image without a name stays");
        }
    }
    Ok(came)
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

/// Sends what is written, part by part.
struct Sender {
    parts: mpsc::Sender<io::Result<Bytes>>,
    part: BytesMut,
}

impl Sender {
    fn send(&mut self) -> io::Result<()> {
        let part = std::mem::replace(&mut self.part, BytesMut::with_capacity(PART)).freeze();
        self.parts.blocking_send(Ok(part)).map_err(|_| io::ErrorKind::BrokenPipe.into())
    }
}

impl Write for Sender {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.part.len() + bytes.len() > PART {
            self.send()?;
        }
        self.part.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
