//! Images from one engine to another, without a file between them.

use std::collections::BTreeSet;
use std::io::{self, BufReader};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use bytes::Bytes;
use futures_util::{Stream, StreamExt, stream};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use super::manifest::Fault;
use super::parts::{Parts, Sender};
use super::{entries, taken};
use crate::engine::Engine;
use crate::words::archive as words;
use crate::words::error::{Error, Result};

/// The parts that may wait on either side.
const PARTS: usize = 16;
/// How long an engine may take to notice that an archive was broken off.
const NOTICES_WITHIN: Duration = Duration::from_secs(10);

/// What an engine got so far.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Passed {
    /// The bytes that were sent.
    pub sent: u64,
    /// The bytes that were left out.
    pub left_out: u64,
    /// That was all.
    pub whole: bool,
}

/// Has an engine take images of another one, by their ids there, and answers with the ids that it names. No image gets
/// a name. `without`: the layers that are left out, by their digests in hex. `passed` is told how far it is.
///
/// # Errors
/// One of the engines fails, or `stop` is cancelled. The engine takes nothing of an archive that breaks off; once it
/// has all of it, it may take it in spite of an error.
pub async fn pour(
    from: &Engine,
    to: &Engine,
    ids: &[String],
    without: BTreeSet<String>,
    stop: &CancellationToken,
    passed: impl FnMut(Passed) + Send + 'static,
) -> Result<Vec<String>> {
    let (sent, waiting) = mpsc::channel(PARTS);
    let (parts, copied) = mpsc::channel(PARTS);
    let left_out = Arc::new(AtomicU64::new(0));
    let whole = Arc::new(AtomicBool::new(false));
    let copying = tokio::task::spawn_blocking({
        let (images, left_out, whole) = (ids.len(), left_out.clone(), whole.clone());
        move || {
            let mut sender = Sender::to(parts);
            let left_out = |size| {
                left_out.fetch_add(size, Ordering::SeqCst);
            };
            let from = BufReader::with_capacity(1 << 17, Parts::of(waiting));
            let copied = entries::copy_without(from, &mut sender, images, without, left_out);
            let copied = copied.and_then(|()| Ok(entries::end(&mut sender)?)).and_then(|()| Ok(sender.send()?));
            match copied {
                Ok(()) => whole.store(true, Ordering::SeqCst),
                Err(_) => sender.break_off(),
            }
            copied
        }
    });
    let taking = to.import_images(until(stop.clone(), copied, left_out, passed));
    let gave_up = async {
        stop.cancelled().await;
        tokio::time::sleep(NOTICES_WITHIN).await;
        if whole.load(Ordering::SeqCst) {
            // An engine that has all of the archive takes it whether or not somebody waits.
            std::future::pending::<()>().await;
        }
    };
    let (fetched, said, copied) = tokio::select! {
        ended = async { tokio::join!(fetch(from, ids, sent, stop), taking, copying) } => ended,
        () = gave_up => return Err(Error::Cancelled),
    };
    match (fetched, copied.unwrap_or(Err(Fault::Damaged)), said) {
        _ if stop.is_cancelled() => Err(Error::Cancelled),
        (Err(error), ..) => Err(error),
        (_, Err(Fault::Unsound(reason)), _) => Err(words::not_exported(reason)),
        (_, Err(Fault::Damaged), _) => Err(words::not_exported(words::NOT_ALL)),
        (_, _, Ok(said)) => Ok(taken::ids(&said)),
        (_, _, Err(error)) => Err(error),
    }
}

/// Hands on what an engine sends, until it ends, fails or is not wanted any more.
async fn fetch(
    from: &Engine,
    ids: &[String],
    sent: mpsc::Sender<io::Result<Bytes>>,
    stop: &CancellationToken,
) -> Result<()> {
    let mut stream = from.export_images(ids);
    let broken = || Err(io::ErrorKind::ConnectionAborted.into());
    loop {
        let part = tokio::select! {
            part = stream.next() => part,
            () = stop.cancelled() => Some(Err(Error::Cancelled)),
            () = sent.closed() => return Ok(()),
        };
        match part {
            None => return Ok(()),
            Some(Ok(part)) => {
                if sent.send(Ok(part)).await.is_err() {
                    return Ok(());
                }
            }
            Some(Err(error)) => {
                let _ = sent.send(broken()).await;
                return Err(error);
            }
        }
    }
}

/// What an engine gets, which breaks off at once when it is stopped.
fn until(
    stop: CancellationToken,
    copied: mpsc::Receiver<io::Result<Bytes>>,
    left_out: Arc<AtomicU64>,
    passed: impl FnMut(Passed) + Send + 'static,
) -> impl Stream<Item = io::Result<Bytes>> + Send + 'static {
    let begun = Some((copied, 0, passed));
    stream::unfold(begun, move |state| {
        let (stop, left_out) = (stop.clone(), left_out.clone());
        async move {
            let (mut copied, mut sent, mut passed) = state?;
            let part = tokio::select! {
                biased;
                () = stop.cancelled() => Some(Err(io::ErrorKind::ConnectionAborted.into())),
                part = copied.recv() => part,
            };
            let left_out = left_out.load(Ordering::SeqCst);
            match part {
                None => {
                    passed(Passed { sent, left_out, whole: true });
                    None
                }
                Some(Ok(part)) => {
                    sent += part.len() as u64;
                    passed(Passed { sent, left_out, whole: false });
                    Some((Ok(part), Some((copied, sent, passed))))
                }
                Some(Err(error)) => Some((Err(error), None)),
            }
        }
    })
}
