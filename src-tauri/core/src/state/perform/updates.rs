//! Looks for newer versions of the program, and installs one.

use std::sync::Arc;

use semver::Version;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use super::World;
use crate::platform::clock::now;
use crate::platform::paths::AppDirs;
use crate::state::event::Event;
use crate::state::updates::{Known, Newer};
use crate::updates::fetch::Way;
use crate::updates::record::{self, Record};
use crate::updates::replace::{self, Wanted};
use crate::updates::{Source, check, origin};
use crate::words::error::Error;

/// Reports progress each time that so many more bytes are there.
const STEP: u64 = 1 << 20;

/// What is known from earlier looks. A list that was kept counts if it still does.
pub(super) fn known(places: &AppDirs, source: &Source) -> Known {
    let record = record::read(&places.updates_record());
    let kept = record.list.as_ref();
    // It was judged when it came: what runs now may be newer.
    let checked = kept.and_then(|kept| check::judged(kept, &source.key, &source.running, None).ok());
    let newer = checked.filter(|checked| checked.newer).and_then(|checked| {
        let origin = origin::look(&source.program);
        Newer::of(&checked, origin)
    });
    Known { built_address: source.address.clone(), record, newer }
}

pub(super) fn check(
    world: Arc<World>,
    tell: mpsc::UnboundedSender<Event>,
    address: String,
    seen: Option<Version>,
    way: Way,
) {
    tokio::task::spawn_blocking(move || {
        let source = &world.source;
        let checked = check::check(&address, &source.key, &source.running, seen.as_ref(), &way);
        // Written before anybody is answered: a terminal ends with the answer.
        let path = world.places.updates_record();
        let known = record::read(&path);
        let known = Record { checked_at: now(), ..known };
        let known = match &checked {
            Ok(found) => Record { seen: Some(found.manifest.version.clone()), list: Some(found.kept.clone()), ..known },
            Err(_) => known,
        };
        if let Err(error) = record::write(&path, &known) {
            tracing::warn!(error = &error as &dyn std::error::Error, "what is known of newer versions is not kept");
        }
        let outcome = checked.map(|checked| (checked, origin::look(&source.program)));
        let _ = tell.send(Event::UpdatesChecked(Box::new(outcome)));
    });
}

pub(super) fn install(tell: mpsc::UnboundedSender<Event>, wanted: Wanted, cancel: CancellationToken) {
    tokio::task::spawn_blocking(move || {
        let mut told = 0;
        let report = |done: u64| {
            if done - told >= STEP || done == wanted.file.size {
                told = done;
                let _ = tell.send(Event::UpdateHappened(done));
            }
        };
        let outcome = match replace::update(&wanted, report, &cancel) {
            Err(_) if cancel.is_cancelled() => Err(Error::Cancelled),
            outcome => outcome.map(|()| wanted.version.clone()),
        };
        let _ = tell.send(Event::UpdateEnded(outcome));
    });
}
