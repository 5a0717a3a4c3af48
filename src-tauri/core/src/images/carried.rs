//! Images that this machine's engine has, carried to an engine on another machine: that one may reach no registry, and
//! need not build again what was built here.
//!
//! What several images share is carried once, in one archive, and layers that the other engine has are left out if it
//! allows that. The images get their names once all of them are there.

use std::collections::BTreeSet;
use std::pin::pin;
use std::time::Duration;

use tokio::sync::{OwnedMutexGuard, watch};
use tokio_util::sync::CancellationToken;

use super::archive::{self, Image, Passed};
use super::ensure::{is_here, missing, turn_for};
use super::progress::Marks;
use super::{ImageProgress, definition};
use crate::contract::snapshot::{Progress, ProgressUnit};
use crate::engine::{Engine, ImageFacts, MadeBy};
use crate::platform::clock::now;
use crate::words::error::{Error, Result};
use crate::words::image as words;

/// How often the progress is reported, milliseconds.
const EVERY: u64 = 100;
/// How long a carry that is cancelled may take to remove what came. It goes on with that behind its answer.
const REMOVES_WITHIN: Duration = Duration::from_secs(2);

/// Carries an image to `to` if `from` has it under the same name, made for the same machine, and `to` lacks it. One of
/// ours must be built from this program's definition. Answers whether it did.
///
/// # Errors
/// As for [`carry_all`].
pub async fn carry(
    from: &Engine,
    to: &Engine,
    name: &str,
    cancel: &CancellationToken,
    report: impl FnMut(ImageProgress),
) -> Result<bool> {
    let carried = carry_all(from, to, &[name.to_owned()], cancel, report).await?;
    Ok(!carried.is_empty())
}

/// Carries each of these images that [`carry`] would, all in one archive. Answers with the names of those.
///
/// # Errors
/// One of the engines fails, or it is cancelled. In both cases `to` keeps nothing without a name. Dropped, it is
/// cancelled.
pub async fn carry_all(
    from: &Engine,
    to: &Engine,
    names: &[String],
    cancel: &CancellationToken,
    mut report: impl FnMut(ImageProgress),
) -> Result<Vec<String>> {
    let chosen = async {
        let names = missing(to, names).await?;
        let turns = turns(&names, &mut report).await;
        chosen(from, to, &names).await.map(|images| (images, turns))
    };
    let (images, turns) = tokio::select! {
        () = cancel.cancelled() => return Err(Error::Cancelled),
        chosen = chosen => chosen?,
    };
    if images.is_empty() {
        return Ok(Vec::new());
    }
    let names: Vec<String> = images.iter().map(|image| image.name.clone()).collect();
    let detail = words::carrying(&names);
    report(ImageProgress { detail: detail.clone(), progress: None, log: Vec::new() });
    let stop = CancellationToken::new();
    let _end = stop.clone().drop_guard();
    let (tell, mut told) = watch::channel(None);
    // A task of its own, which removes what came also if nobody waits any more. Until then it is still its turn.
    let work = tokio::spawn({
        let (from, to, stop) = (from.clone(), to.clone(), stop.clone());
        async move {
            let carried = carried(&from, &to, &images, &stop, tell).await;
            drop(turns);
            carried
        }
    });
    let mut work = pin!(work);
    loop {
        tokio::select! {
            () = cancel.cancelled() => {
                stop.cancel();
                let _ = tokio::time::timeout(REMOVES_WITHIN, work).await;
                return Err(Error::Cancelled);
            }
            carried = &mut work => return carried.unwrap_or(Err(Error::ShuttingDown)).map(|()| names),
            Ok(()) = told.changed() => {
                let progress = *told.borrow_and_update();
                report(ImageProgress { detail: detail.clone(), progress, log: Vec::new() });
            }
        }
    }
}

/// Waits until no launch makes one of these images any more. Everybody takes them in the same order.
async fn turns(names: &[String], report: &mut impl FnMut(ImageProgress)) -> Vec<OwnedMutexGuard<()>> {
    let mut turns = Vec::new();
    for name in names.iter().collect::<BTreeSet<_>>() {
        let turn = turn_for(name);
        let turn = match turn.clone().try_lock_owned() {
            Ok(turn) => turn,
            Err(_) => {
                report(ImageProgress { detail: words::waiting(name), progress: None, log: Vec::new() });
                turn.lock_owned().await
            }
        };
        turns.push(turn);
    }
    turns
}

/// The images that are carried.
async fn chosen(from: &Engine, to: &Engine, names: &[String]) -> Result<Vec<Image>> {
    let machine = to.machine().await?;
    let mut images: Vec<Image> = Vec::new();
    for name in names {
        let full = archive::with_tag(name);
        if !archive::is_name(&full) || images.iter().any(|known| known.name == full) || is_here(to, name).await? {
            continue;
        }
        if let Some(facts) = from.image(name).await?.filter(|facts| fits(name, facts, &machine)) {
            let ImageFacts { id, size, layers, .. } = facts;
            images.push(Image { name: full, id, size, layers, definition: None, base: None });
        }
    }
    Ok(images)
}

/// Whether an image is of use on a machine of this operating system and architecture.
fn fits(name: &str, facts: &ImageFacts, machine: &(String, String)) -> bool {
    facts.machine == *machine && definition::is_current(name, &facts.labels)
}

/// Carries images. If that fails or is stopped, nothing of them stays.
async fn carried(
    from: &Engine,
    to: &Engine,
    images: &[Image],
    stop: &CancellationToken,
    tell: watch::Sender<Option<Progress>>,
) -> Result<()> {
    // An image may have several names.
    let mut absent: Vec<&Image> = Vec::new();
    for image in images {
        if !absent.iter().any(|other| other.id == image.id) && to.image(&image.id).await?.is_none() {
            absent.push(image);
        }
    }
    let ids: Vec<String> = absent.iter().map(|image| image.id.clone()).collect();
    let mut taken = Vec::new();
    let outcome = async {
        if !ids.is_empty() {
            let total = expected(from, &ids).await;
            let without = known_layers(to, &absent).await;
            taken = poured(from, to, &ids, without, total, stop, tell).await?;
        }
        let found = archive::found(to, images, &taken).await?;
        if stop.is_cancelled() {
            return Err(Error::Cancelled);
        }
        archive::name_all(to, images, &found).await.map(drop)
    };
    let outcome = outcome.await;
    if outcome.is_err() {
        let added: Vec<String> = ids.iter().chain(&taken).cloned().collect();
        archive::undo(to, &added).await;
    }
    outcome
}

/// Carries what is absent, at first without what is known. An engine may refuse that.
async fn poured(
    from: &Engine,
    to: &Engine,
    ids: &[String],
    without: BTreeSet<String>,
    total: Option<u64>,
    stop: &CancellationToken,
    tell: watch::Sender<Option<Progress>>,
) -> Result<Vec<String>> {
    let shown = || {
        let (tell, mut marks, mut reported) = (tell.clone(), Marks::default(), 0);
        move |passed: Passed| {
            let (now, done) = (now(), passed.sent);
            marks.add(now, done);
            if passed.whole || now.saturating_sub(reported) >= EVERY {
                reported = now;
                let total = total.map(|total| total.saturating_sub(passed.left_out).max(done));
                let total = if passed.whole { Some(done) } else { total };
                tell.send_replace(Some(Progress { unit: ProgressUnit::Bytes, done, total, rate: marks.rate() }));
            }
        }
    };
    if !without.is_empty() {
        match archive::pour(from, to, ids, without, stop, shown()).await {
            Err(error) if !stop.is_cancelled() => {
                tracing::warn!(%error, "the images are carried again, with the layers that the engine has");
            }
            poured => return poured,
        }
    }
    archive::pour(from, to, ids, BTreeSet::new(), stop, shown()).await
}

/// The layers that are left out, by their digests in hex. None if that cannot be known: all are carried then.
async fn known_layers(to: &Engine, images: &[&Image]) -> BTreeSet<String> {
    let there = async {
        let takes = to.takes_without_known_layers().await?;
        if takes { to.images().await } else { Ok(Vec::new()) }
    };
    let there = there.await.unwrap_or_else(|error| {
        tracing::debug!(%error, "all layers are carried");
        Vec::new()
    });
    let there: Vec<&[String]> = there.iter().map(|facts| facts.layers.as_slice()).collect();
    let images: Vec<&[String]> = images.iter().map(|image| image.layers.as_slice()).collect();
    let digests = in_common(&images, &there).into_iter();
    digests.filter_map(|digest| digest.strip_prefix("sha256:").map(str::to_owned)).collect()
}

/// The layers of images that an engine has. It knows a layer by all of those below it, so one that is known in one
/// image and new in another is carried.
fn in_common(images: &[&[String]], there: &[&[String]]) -> BTreeSet<String> {
    let alike =
        |one: &[String], other: &[String]| one.iter().zip(other).take_while(|(one, other)| one == other).count();
    let split = images.iter().map(|image| {
        let known = there.iter().map(|other| alike(image, other)).max().unwrap_or(0);
        image.split_at(known)
    });
    let (known, new): (Vec<&[String]>, Vec<&[String]>) = split.unzip();
    let new: BTreeSet<&String> = new.into_iter().flatten().collect();
    known.into_iter().flatten().filter(|layer| !new.contains(layer)).cloned().collect()
}

/// About how many bytes the images have, with what they share counted once. `None` if their engine does not tell.
async fn expected(from: &Engine, ids: &[String]) -> Option<u64> {
    let mut histories = Vec::new();
    for id in ids {
        histories.push(from.history(id).await.ok()?);
    }
    Some(bytes_of(&histories)).filter(|bytes| *bytes > 0)
}

/// The bytes of all steps. Equal steps after equal steps count once.
fn bytes_of(histories: &[Vec<MadeBy>]) -> u64 {
    let begins = |history: &[MadeBy], other: &[MadeBy], count: usize| history.get(..count) == other.get(..count);
    let steps = histories.iter().enumerate().map(|(index, history)| {
        let before = histories.get(..index).unwrap_or_default();
        let new = |count: usize| !before.iter().any(|other| other.len() >= count && begins(history, other, count));
        let sizes = history.iter().enumerate().filter(|(at, _)| new(at + 1)).map(|(_, step)| step.size);
        sizes.fold(0, u64::saturating_add)
    });
    steps.fold(0, u64::saturating_add)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::collections::HashMap;

    use super::*;

    fn layers(names: &str) -> Vec<String> {
        names.split_whitespace().map(str::to_owned).collect()
    }

    #[test]
    fn a_layer_is_left_out_only_where_all_below_it_is_known_too() {
        let left_out = |images: &[&str], there: &[&str]| {
            let split = |all: &[&str]| all.iter().map(|one| layers(one)).collect::<Vec<_>>();
            let (images, there) = (split(images), split(there));
            let images: Vec<_> = images.iter().map(Vec::as_slice).collect();
            let there: Vec<_> = there.iter().map(Vec::as_slice).collect();
            in_common(&images, &there).into_iter().collect::<Vec<_>>().join(" ")
        };
        assert_eq!(left_out(&["a b c"], &[]), "");
        assert_eq!(left_out(&["a b c"], &["a x", "a b y"]), "a b");
        assert_eq!(left_out(&["a b c"], &["x a b"]), "", "it lies on something else there");
        assert_eq!(left_out(&["a b c", "d b"], &["a b"]), "a", "b is new on d");
        assert_eq!(left_out(&["a b", "a c"], &["a b"]), "a b");
    }

    #[test]
    fn what_images_share_counts_once() {
        let step = |instruction: &str, size| MadeBy { at: 1, instruction: instruction.to_owned(), size };
        let one = vec![step("FROM", 80), step("RUN a", 10), step("LABEL", 0)];
        let other = vec![step("FROM", 80), step("RUN b", 5), step("RUN a", 10)];
        assert_eq!(bytes_of(std::slice::from_ref(&one)), 90);
        assert_eq!(bytes_of(&[one.clone(), other.clone()]), 105);
        assert_eq!(bytes_of(&[one.clone(), other, one]), 105);
        assert_eq!(bytes_of(&[]), 0);
    }

    #[test]
    fn only_an_image_for_the_same_machine_and_of_this_definition_is_carried() {
        let machine = |architecture: &str| ("linux".to_owned(), architecture.to_owned());
        let facts = |architecture: &str, definition: Option<String>| ImageFacts {
            id: String::new(),
            names: Vec::new(),
            digests: Vec::new(),
            size: 1,
            labels: definition.map(|digest| (definition::CONTEXT.to_owned(), digest)).into_iter().collect(),
            command: Vec::new(),
            layers: Vec::new(),
            machine: machine(architecture),
        };
        assert_eq!(facts("amd64", None).labels, HashMap::new());
        let ours = definition::kernel_python();
        let current = Some(definition::kernel_python_digest());
        assert!(fits(&ours, &facts("amd64", current.clone()), &machine("amd64")));
        assert!(!fits(&ours, &facts("arm64", current), &machine("amd64")));
        assert!(!fits(&ours, &facts("amd64", Some("older".to_owned())), &machine("amd64")));
        assert!(fits("debian:12", &facts("amd64", None), &machine("amd64")));
        assert!(!fits("debian:12", &facts("s390x", None), &machine("amd64")));
    }

    #[test]
    fn a_name_that_only_a_registry_can_give_is_not_carried() {
        use archive::with_tag;
        assert_eq!(with_tag("debian"), "debian:latest");
        assert_eq!(with_tag("registry.example:5000/a/b"), "registry.example:5000/a/b:latest");
        assert!(archive::is_name(&with_tag("localhost/mine:1")));
        for digest in ["debian@sha256:0123", "debian:12@sha256:0123", "sha256:0123/"] {
            assert!(!archive::is_name(&with_tag(digest)), "{digest}");
        }
    }
}
