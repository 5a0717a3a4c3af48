//! Follows folders: one container for all of them, and the next one when a folder comes or goes, or its time is over.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use super::container::{MACHINE, Seen, run};
use super::lines::{Kind, Line, Request};
use super::receive::Receiver;
use super::{Found, Looking, find_all};
use crate::engine::Engine;
use crate::words::afar as words;
use crate::words::error::{Error, Result};

/// How long a container lives.
const LIFE: Duration = Duration::from_secs(600);
/// A container that lives shorter than this changed nothing for good, and how many of them may follow each other.
const SHORT: (Duration, u32) = (Duration::from_secs(3), 5);
/// The pause after that, and the longest wait for an engine that ends containers early.
const REST: Duration = Duration::from_secs(60);
/// How often in a row a container may fail.
const TRIES: u32 = 3;

/// A folder that is followed.
struct Followed {
    receiver: Receiver,
    path: PathBuf,
    /// What others know: the folder, or the words of an error.
    told: Option<std::result::Result<Found, String>>,
}

impl Followed {
    fn tell(&mut self, found: Result<Found>, is_changed: bool, changed: &mut impl FnMut(&Path, Result<Found>)) {
        let news = found.as_ref().map(Clone::clone).map_err(Error::to_string);
        if is_changed || self.told.as_ref() != Some(&news) {
            self.told = Some(news);
            changed(&self.path, found);
        }
    }
}

/// Why a container ended.
enum End {
    /// Its time is over.
    Over,
    /// This folder cannot be seen any more.
    Lost(usize),
    /// A folder is back.
    Back,
}

/// Follows folders, given as paths there and of their shadows: brings each shadow up to date at first and after each
/// change, and reports it. A folder that is gone is an error, once, and is reported again when it is back.
///
/// It runs until it is dropped.
///
/// # Errors
/// `EngineGone` if the engine is lost, `Io` if a shadow cannot be written, and those of the engine.
pub async fn follow(
    engine: &Engine,
    looking: &Looking,
    folders: Vec<(PathBuf, PathBuf)>,
    mut changed: impl FnMut(&Path, std::result::Result<Found, Error>),
) -> Result<()> {
    let mut followed = Vec::new();
    for (path, shadow) in folders {
        followed.push(Followed { receiver: Receiver::new(&path, &shadow)?, path, told: None });
    }
    let mut missing = BTreeSet::new();
    let (mut failures, mut short) = (0, 0);
    loop {
        let began = Instant::now();
        match until_end(engine, looking, &mut followed, &missing, &mut changed).await {
            Ok(End::Over) => failures = 0,
            Ok(End::Lost(number)) => drop(missing.insert(number)),
            Ok(End::Back) => {
                missing = missing_now(engine, looking, &mut followed, &mut changed).await?;
            }
            // A folder that is not there cannot be mounted. Or the container failed.
            Err(refused @ Error::Engine { .. }) => {
                let now = missing_now(engine, looking, &mut followed, &mut changed).await?;
                if now == missing {
                    failures += 1;
                    if failures == TRIES {
                        return Err(refused);
                    }
                }
                missing = now;
            }
            Err(error) => return Err(error),
        }
        short = if began.elapsed() < SHORT.0 { short + 1 } else { 0 };
        if short > SHORT.1 {
            tokio::time::sleep(REST).await;
        }
    }
}

/// The numbers of the folders that cannot be seen, each of which is reported.
async fn missing_now(
    engine: &Engine,
    looking: &Looking,
    followed: &mut [Followed],
    changed: &mut impl FnMut(&Path, Result<Found>),
) -> Result<BTreeSet<usize>> {
    let paths: Vec<&str> = followed.iter().map(|one| one.receiver.path.as_str()).collect();
    let found = find_all(engine, looking, &paths).await?;
    let mut missing = BTreeSet::new();
    for (number, (one, found)) in followed.iter_mut().zip(found).enumerate() {
        let (kind, why) = match found {
            Err(fault) => fault,
            // A link took its place.
            Ok(found) if found.path != one.path => (Kind::Missing, String::new()),
            Ok(_) => continue,
        };
        let error = one.receiver.lost(kind, &why);
        one.tell(Err(error), false, changed);
        missing.insert(number);
    }
    Ok(missing)
}

async fn until_end(
    engine: &Engine,
    looking: &Looking,
    followed: &mut [Followed],
    missing: &BTreeSet<usize>,
    changed: &mut impl FnMut(&Path, Result<Found>),
) -> Result<End> {
    // The program counts those that are there.
    let numbers: Vec<usize> = (0..followed.len()).filter(|number| !missing.contains(number)).collect();
    let (mut folders, mut files) = (Vec::new(), Vec::new());
    for (at, number) in numbers.iter().enumerate() {
        let (copied, known) = followed[*number].receiver.request(at);
        folders.push(copied);
        files.push(known);
    }
    let paths: Vec<String> = folders.iter().map(|folder| folder.path.clone()).collect();
    let seen = Seen::folders(paths.iter().map(String::as_str).enumerate(), !missing.is_empty());
    let awaited = missing.iter().map(|number| format!("{MACHINE}{}", followed[*number].receiver.path)).collect();
    let request = Request { action: "look", folders, awaited, life: LIFE.as_secs(), ..Request::default() };
    let mut end = End::Over;
    let outcome = run(engine, looking, seen, &request, files, |line| {
        let at = match &line {
            Line::Beat {} => return Ok(true),
            Line::Back {} => {
                end = End::Back;
                return Ok(true);
            }
            Line::Found(told) => told.at,
            Line::Fault { at, .. } | Line::Gone { at, .. } | Line::Dir { at, .. } => *at,
            Line::Link { at, .. } | Line::File { at, .. } => *at,
            _ => return Err(words::not_understood()),
        };
        let number = *numbers.get(at).ok_or_else(words::not_understood)?;
        let one = &mut followed[number];
        if let Line::Fault { kind, why, .. } = line {
            let error = one.receiver.lost(kind, &why);
            one.tell(Err(error), false, changed);
            end = End::Lost(number);
        } else if let Some((found, is_changed)) = one.receiver.take(line)? {
            one.tell(Ok(found), is_changed, changed);
        }
        Ok(true)
    });
    outcome.await?;
    Ok(end)
}
