//! Removes environments that no folder uses, and what only they need in the cache.

use std::collections::BTreeSet;
use std::fs;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use bytes::Bytes;
use serde_json::json;

use super::record::{self, Record};
use super::run;
use super::store::Store;
use crate::contract::environment::Cleaned;
use crate::engine::Engine;
use crate::words::environment as words;
use crate::words::error::Result;

/// The environments, Pythons and images that folders use: those of each record whose folder is there.
pub fn used(records: &Path) -> BTreeSet<String> {
    let made = all(records).filter(|(_, record)| is_there(record)).filter_map(|(_, record)| record.made);
    made.flat_map(|made| [Some(made.key), made.support_key, made.base, made.image]).flatten().collect()
}

/// Has the records of folders that are gone name no environment any more. A folder may be on a disk that comes back.
pub fn forget_unused(records: &Path) -> Result<()> {
    for (file, record) in all(records).filter(|(_, record)| record.made.is_some() && !is_there(record)) {
        record::write(&file, &Record { made: None, ..record })?;
    }
    Ok(())
}

fn all(records: &Path) -> impl Iterator<Item = (PathBuf, Record)> {
    let files = fs::read_dir(records).into_iter().flatten().flatten().map(|entry| entry.path());
    let json = files.filter(|file| file.extension().is_some_and(|end| end == "json"));
    json.map(|file| (file.clone(), record::read(&file)))
}

fn is_there(record: &Record) -> bool {
    Path::new(&record.folder).is_dir()
}

/// Removes all environments but these. `dry_run` only says what that would free. Without a store nothing is done.
pub async fn clean(engine: &Engine, store: &Store, keep: &BTreeSet<String>, dry_run: bool) -> Result<Cleaned> {
    if engine.volume_place(&store.mount.source).await?.is_none() {
        return Ok(Cleaned { dry_run, ..Cleaned::default() });
    }
    let mut spec = run::spec(store, "clean");
    if dry_run {
        spec.command.push("--dry-run".to_owned());
    }
    let mut cleaned = None;
    let mut last = String::new();
    let ended = engine.run(&spec, archive(keep)?, |text, _| {
        match serde_json::from_str::<serde_json::Value>(text) {
            Ok(line) if line["step"] == "cleaned" => cleaned = serde_json::from_value(line).ok(),
            Ok(line) if line["step"] == "failed" => last = line["text"].as_str().unwrap_or_default().to_owned(),
            _ => {}
        }
        ControlFlow::Continue(())
    });
    ended.await?;
    cleaned.ok_or_else(|| words::not_cleaned(&last))
}

fn archive(keep: &BTreeSet<String>) -> Result<Bytes> {
    let request = json!({ "keep": keep }).to_string();
    super::request::of_files("clean", [("request.json", request.as_bytes())])
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::environment::record::Made;

    #[test]
    fn an_environment_is_used_as_long_as_its_folder_is_there() {
        let home = tempfile::tempdir().unwrap();
        let records = home.path().join("records");
        for (name, there) in [("a", true), ("b", false)] {
            let folder = home.path().join(name);
            if there {
                fs::create_dir(&folder).unwrap();
            }
            let made = Made {
                key: name.into(),
                support_key: Some(format!("{name}-support")),
                base: Some(format!("cpython-{name}")),
                ..Made::default()
            };
            let record =
                Record { folder: folder.to_string_lossy().into_owned(), made: Some(made), ..Record::default() };
            record::write(&records.join(format!("{name}.json")), &record).unwrap();
        }
        fs::write(records.join("broken.json"), "{").unwrap();
        assert_eq!(used(&records).into_iter().collect::<Vec<_>>(), ["a", "a-support", "cpython-a"]);
        assert!(used(&home.path().join("nowhere")).is_empty());
        forget_unused(&records).unwrap();
        fs::create_dir(home.path().join("b")).unwrap();
        assert_eq!(used(&records).len(), 3, "what was removed is not named when its folder is back");
    }
}
