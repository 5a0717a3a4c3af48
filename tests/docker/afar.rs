//! Folders on the engine's machine, seen through the engine alone: `folder::afar`.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant, SystemTime};

use orchest_core::engine::{self, Engine, ProcessEnv};
use orchest_core::folder::afar::{self, Found, Looking};
use orchest_core::{Error, images};
use orchest_tests::engine::docker;
use serde_json::json;
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};
use tokio::task::JoinHandle;

const LABEL: &str = "test-of-folders-afar";

async fn engine() -> Engine {
    engine::find(&ProcessEnv::of_this_process()).await.unwrap()
}

/// A machine's folders, and the folder with their shadows. It has containers of its own.
struct There {
    home: tempfile::TempDir,
    root: PathBuf,
    looking: Looking,
}

impl There {
    fn new(name: &str) -> There {
        let home = tempfile::tempdir().unwrap();
        let root = home.path().canonicalize().unwrap();
        let labels = BTreeMap::from([(LABEL.to_owned(), root.display().to_string())]);
        let name = format!("orchest-test-afar-{name}-{}", std::process::id());
        There { home, looking: Looking { image: images::server(), labels, name, security_opt: Vec::new() }, root }
    }

    fn folder(&self, name: &str) -> PathBuf {
        let folder = self.root.join(name);
        fs::create_dir_all(&folder).unwrap();
        folder
    }

    fn shadow(&self, name: &str) -> PathBuf {
        self.root.join("shadows").join(name)
    }

    fn containers(&self) -> Vec<String> {
        let filter = format!("label={LABEL}={}", self.root.display());
        docker(&["ps", "-a", "--filter", &filter, "--format", "{{.Names}}"])
    }

    /// Nothing is left, or soon nothing.
    async fn leaves_nothing(self) {
        let until = Instant::now() + Duration::from_secs(10);
        while !self.containers().is_empty() {
            assert!(Instant::now() < until, "{:?} are left", self.containers());
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        drop(self.home);
    }
}

fn notebook(outputs: usize) -> String {
    let cell = json!({ "cell_type": "code", "source": "import numpy", "metadata": {}, "execution_count": 1,
        "outputs": [{ "output_type": "stream", "name": "stdout", "text": "x".repeat(outputs) }] });
    json!({ "metadata": { "kernelspec": { "name": "python_docker" } }, "nbformat": 4, "cells": [cell] }).to_string()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_folder_is_found_there_by_any_path_and_others_are_refused_with_the_reason() {
    let (engine, there) = (engine().await, There::new("find"));
    let folder = there.folder("closed/birds");
    fs::set_permissions(there.root.join("closed"), fs::Permissions::from_mode(0o700)).unwrap();
    fs::set_permissions(&folder, fs::Permissions::from_mode(0o750)).unwrap();
    // An absolute link of that machine.
    symlink(&folder, there.root.join("link")).unwrap();
    fs::write(folder.join("a.ipynb"), "").unwrap();
    let began = Instant::now();
    let found = afar::find(&engine, &there.looking, there.root.join("link/.").to_str().unwrap()).await.unwrap();
    let took = began.elapsed();
    let known = fs::metadata(&folder).unwrap();
    assert_eq!(found.path, folder);
    assert_eq!((found.uid, found.gid, found.mode), (known.uid(), known.gid(), 0o750));
    assert!(!found.kind.is_empty() && found.mark.starts_with(&format!("{:x}:{}:", known.dev(), known.ino())));
    let text = |path: &Path| path.to_str().unwrap().to_owned();
    for (path, words) in [
        (text(&there.root.join("none")), "does not exist"),
        (text(&folder.join("a.ipynb")), "is a file"),
        ("/".to_owned(), "whole file system"),
        ("birds".to_owned(), "whole path"),
    ] {
        let error = afar::find(&engine, &there.looking, &path).await.unwrap_err();
        assert!(error.to_string().contains(words), "{path}: {error}");
    }
    assert!(took < Duration::from_secs(10), "{took:?}");
    tracing::info!(?took, "a folder was found");
    there.leaves_nothing().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_picker_lists_the_folders_of_that_machine() {
    let (engine, there) = (engine().await, There::new("list"));
    for name in ["b", "a", ".hidden", "b/inside"] {
        there.folder(name);
    }
    fs::write(there.root.join("b/x.ipynb"), "").unwrap();
    fs::write(there.root.join("file"), "").unwrap();
    let listed = afar::list(&engine, &there.looking, there.root.to_str().unwrap()).await.unwrap();
    let told: Vec<_> =
        listed.folders.iter().map(|entry| (entry.name.as_str(), entry.notebooks, entry.hidden)).collect();
    assert_eq!(told, [("a", false, false), ("b", true, false), (".hidden", false, true)]);
    assert!(!listed.truncated && Path::new(&listed.path) == there.root);
    let root = afar::list(&engine, &there.looking, "/").await.unwrap();
    assert!(root.folders.iter().any(|entry| entry.name == "etc"), "{root:?}");
    let error = afar::list(&engine, &there.looking, "/nowhere/at/all").await.unwrap_err();
    assert!(error.to_string().contains("does not exist"), "{error}");
    there.leaves_nothing().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_copy_has_the_notebooks_without_their_outputs_and_a_folder_that_is_gone_empties_it() {
    let (engine, there) = (engine().await, There::new("copy"));
    let (folder, shadow) = (there.folder("birds"), there.shadow("birds"));
    for number in 0..300 {
        fs::write(folder.join(format!("{number}.ipynb")), notebook(100_000)).unwrap();
    }
    fs::write(folder.join("requirements.txt"), "numpy").unwrap();
    let old = SystemTime::UNIX_EPOCH + Duration::new(1_500_000_000, 42);
    fs::File::open(folder.join("0.ipynb")).unwrap().set_modified(old).unwrap();
    fs::set_permissions(&folder, fs::Permissions::from_mode(0o700)).unwrap();
    let began = Instant::now();
    let found = afar::copy(&engine, &there.looking, &folder, &shadow).await.unwrap();
    let first = began.elapsed();
    assert_eq!((found.path, found.truncated), (folder.clone(), false));
    let files: Vec<_> = fs::read_dir(&shadow).unwrap().flatten().collect();
    assert_eq!(files.len(), 301);
    let bytes: u64 = files.iter().map(|file| file.metadata().unwrap().len()).sum();
    assert!(bytes < 300 * 500, "{bytes} bytes");
    assert_eq!(fs::metadata(shadow.join("0.ipynb")).unwrap().modified().unwrap(), old);
    fs::remove_file(folder.join("1.ipynb")).unwrap();
    fs::write(folder.join("2.ipynb"), notebook(5)).unwrap();
    let began = Instant::now();
    afar::copy(&engine, &there.looking, &folder, &shadow).await.unwrap();
    let again = began.elapsed();
    assert!(!shadow.join("1.ipynb").exists() && shadow.join("2.ipynb").exists());
    fs::remove_dir_all(&folder).unwrap();
    let error = afar::copy(&engine, &there.looking, &folder, &shadow).await.unwrap_err();
    assert!(matches!(error, Error::Folder { .. }) && error.to_string().contains("no longer"), "{error}");
    assert_eq!(fs::read_dir(&shadow).unwrap().count(), 0);
    assert!(first + again < Duration::from_secs(30), "{first:?} and {again:?}");
    tracing::info!(?first, ?again, bytes, "300 notebooks were copied");
    there.leaves_nothing().await;
}

type News = UnboundedReceiver<(PathBuf, Result<Found, String>)>;

fn followed(engine: &Engine, there: &There, names: &[&str]) -> (JoinHandle<()>, News) {
    let (sender, news) = unbounded_channel();
    let folders = names.iter().map(|name| (there.root.join(name), there.shadow(name))).collect();
    let (engine, looking) = (engine.clone(), there.looking.clone());
    let following = tokio::spawn(async move {
        let changed = |folder: &Path, found: Result<Found, Error>| {
            let _ = sender.send((folder.to_owned(), found.map_err(|error| error.to_string())));
        };
        afar::follow(&engine, &looking, folders, changed).await.unwrap();
    });
    (following, news)
}

/// Waits for news of a folder, and says how long it took.
async fn next(news: &mut News, folder: &Path, wanted: impl Fn(&Result<Found, String>) -> bool) -> Duration {
    let began = Instant::now();
    let come = async {
        loop {
            let (of, found) = news.recv().await.expect("it is followed");
            if of == folder && wanted(&found) {
                return;
            }
        }
    };
    tokio::time::timeout(Duration::from_secs(30), come).await.expect("there are news");
    began.elapsed()
}

#[tokio::test(flavor = "multi_thread")]
async fn changes_there_show_here_within_five_seconds() {
    let (engine, there) = (engine().await, There::new("follow"));
    let (birds, cats) = (there.folder("birds"), there.folder("cats"));
    fs::write(birds.join("a.ipynb"), notebook(10)).unwrap();
    let (following, mut news) = followed(&engine, &there, &["birds", "cats"]);
    next(&mut news, &birds, Result::is_ok).await;
    next(&mut news, &cats, Result::is_ok).await;
    assert!(there.shadow("birds").join("a.ipynb").exists());
    assert_eq!(there.containers().len(), 1, "one for both");

    fs::create_dir_all(cats.join("deep/er")).unwrap();
    fs::write(cats.join("deep/er/b.ipynb"), notebook(10)).unwrap();
    let mut took = next(&mut news, &cats, Result::is_ok).await;
    while !there.shadow("cats").join("deep/er/b.ipynb").exists() {
        took += next(&mut news, &cats, Result::is_ok).await;
    }
    assert!(took < Duration::from_secs(5), "{took:?}");
    fs::remove_file(birds.join("a.ipynb")).unwrap();
    let took = next(&mut news, &birds, Result::is_ok).await;
    assert!(took < Duration::from_secs(5) && !there.shadow("birds").join("a.ipynb").exists(), "{took:?}");
    following.abort();
    there.leaves_nothing().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_folder_that_is_removed_is_told_and_is_followed_again_when_it_is_back() {
    let (engine, there) = (engine().await, There::new("anew"));
    let (birds, cats) = (there.folder("birds"), there.folder("cats"));
    fs::write(birds.join("a.ipynb"), "{}").unwrap();
    let dogs = there.root.join("dogs");
    let (following, mut news) = followed(&engine, &there, &["birds", "cats", "dogs"]);
    next(&mut news, &dogs, Result::is_err).await;
    let before = afar::find(&engine, &there.looking, birds.to_str().unwrap()).await.unwrap().mark;
    next(&mut news, &birds, Result::is_ok).await;

    fs::remove_dir_all(&birds).unwrap();
    let took = next(&mut news, &birds, |found| found.as_ref().is_err_and(|words| words.contains("no longer"))).await;
    assert!(took < Duration::from_secs(7), "{took:?}");
    assert_eq!(fs::read_dir(there.shadow("birds")).unwrap().count(), 0);
    // Others go on meanwhile.
    fs::write(cats.join("c.py"), "").unwrap();
    next(&mut news, &cats, Result::is_ok).await;
    assert!(there.shadow("cats").join("c.py").exists());

    fs::create_dir(&birds).unwrap();
    fs::write(birds.join("b.ipynb"), "{}").unwrap();
    let took = next(&mut news, &birds, |found| found.as_ref().is_ok_and(|found| found.mark != before)).await;
    assert!(took < Duration::from_secs(15), "{took:?}");
    assert!(there.shadow("birds").join("b.ipynb").exists());
    fs::create_dir(&dogs).unwrap();
    next(&mut news, &dogs, Result::is_ok).await;
    fs::write(birds.join("d.ipynb"), "{}").unwrap();
    next(&mut news, &birds, Result::is_ok).await;
    assert!(there.shadow("birds").join("d.ipynb").exists());
    following.abort();
    there.leaves_nothing().await;
}

/// The container ends by itself: nobody is left who could remove it.
#[tokio::test(flavor = "multi_thread")]
async fn a_container_that_nobody_reads_ends() {
    let there = There::new("unread");
    let birds = there.folder("birds");
    let (root, looking, shadow) = (birds.clone(), there.looking.clone(), there.shadow("birds"));
    let own = std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
        runtime.block_on(async move {
            let engine = engine().await;
            let (sender, mut news) = unbounded_channel();
            let changed = move |_: &Path, found: Result<Found, Error>| {
                let _ = sender.send(found.is_ok());
            };
            let following = tokio::spawn(async move {
                let _ = afar::follow(&engine, &looking, vec![(root, shadow)], changed).await;
            });
            assert_eq!(news.recv().await, Some(true));
            drop(following);
        });
        // As a process that is killed: its tasks are not asked.
        runtime.shutdown_background();
    });
    own.join().unwrap();
    there.leaves_nothing().await;
}
