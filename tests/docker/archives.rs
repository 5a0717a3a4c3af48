//! Images in a file: small ones of the test's own. `tests/private/archives.rs` launches with the real ones.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use orchest_core::contract::archive::{Came, Imported};
use orchest_core::engine::{Engine, ProcessEnv, find};
use orchest_core::images::archive::{Image, Manifest, export, import, pack};
use orchest_core::words::error::{Error, Result};
use orchest_tests::engine::{docker, make_image};
use orchest_tests::home::Home;
use tokio_util::sync::CancellationToken;

/// Images of one test, which are removed at its end.
struct Own {
    prefix: String,
    folder: tempfile::TempDir,
}

impl Own {
    fn new(test: &str) -> Own {
        let prefix = format!("orchest-test/archive-{test}-{}", std::process::id());
        Own { prefix, folder: tempfile::tempdir().unwrap() }
    }

    fn name(&self, image: &str) -> String {
        format!("{}-{image}:1", self.prefix)
    }

    fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Makes an image with one file of this size, and answers with its id.
    fn make(&self, image: &str, size: usize) -> String {
        let name = self.name(image);
        make_image(&name, image, size);
        id_of(&name).unwrap()
    }

    async fn image(&self, engine: &Engine, image: &str) -> Image {
        let name = self.name(image);
        let facts = engine.image(&name).await.unwrap().unwrap();
        Image { name, id: facts.id, size: facts.size, layers: facts.layers, definition: None, base: None }
    }

    /// Writes these images into a file, and removes them from the engine.
    async fn exported(&self, engine: &Engine, images: &[&str]) -> (PathBuf, Vec<Image>) {
        let mut chosen = Vec::new();
        for image in images {
            chosen.push(self.image(engine, image).await);
        }
        let file = self.file("all.orchest-images");
        let cancel = CancellationToken::new();
        let written = export(engine, chosen.clone(), &file, true, &cancel, |_| {}).await.unwrap();
        assert_eq!(written.size, fs::metadata(&file).unwrap().len());
        images.iter().for_each(|image| drop(docker(&["rmi", "-f", &self.name(image)])));
        (file, chosen)
    }
}

impl Drop for Own {
    fn drop(&mut self) {
        for name in docker(&["images", "--format", "{{.Repository}}:{{.Tag}}"]) {
            if name.starts_with(&self.prefix) {
                let _ = Command::new("docker").args(["rmi", "-f", &name]).output();
            }
        }
    }
}

async fn engine() -> Engine {
    find(&ProcessEnv::of_this_process()).await.unwrap()
}

fn id_of(name: &str) -> Option<String> {
    let output = Command::new("docker").args(["inspect", "--type", "image", "-f", "{{.Id}}", name]).output().unwrap();
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

async fn imported(engine: &Engine, file: &Path) -> Result<Imported> {
    import(engine, file, &CancellationToken::new(), |_| {}).await
}

/// A copy of the file that was changed.
fn changed(own: &Own, file: &Path, change: impl FnOnce(&mut Vec<u8>)) -> PathBuf {
    let mut bytes = fs::read(file).unwrap();
    change(&mut bytes);
    let copy = own.file("changed.orchest-images");
    fs::write(&copy, bytes).unwrap();
    copy
}

#[tokio::test(flavor = "multi_thread")]
async fn images_are_the_same_after_an_import_and_a_second_one_changes_nothing() {
    let (own, engine) = (Own::new("same"), engine().await);
    let ids = [own.make("one", 100_000), own.make("other", 100)];
    let (file, _) = own.exported(&engine, &["one", "other"]).await;
    assert_eq!(id_of(&ids[0]), None);

    let first = imported(&engine, &file).await.unwrap();
    assert!(first.images.iter().all(|image| image.came == Came::New && !image.of_another_version), "{first:?}");
    for (image, id) in ["one", "other"].iter().zip(&ids) {
        assert_eq!(id_of(&own.name(image)).as_ref(), Some(id));
    }
    let second = imported(&engine, &file).await.unwrap();
    assert!(second.images.iter().all(|image| image.came == Came::Present), "{second:?}");

    // Another image took the name of one of them.
    let name = own.name("one");
    let other = own.make("one", 10);
    let third = imported(&engine, &file).await.unwrap();
    assert_eq!(id_of(&other), None, "the image that lost its name is gone");
    assert_eq!(third.images.iter().map(|image| image.came).collect::<Vec<_>>(), [Came::Replaced, Came::Present]);
    assert_eq!(id_of(&name).as_ref(), Some(&ids[0]));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_is_not_whole_or_not_for_this_engine_imports_nothing() {
    let (own, engine) = (Own::new("refused"), engine().await);
    let ids = [own.make("one", 300_000), own.make("other", 100)];
    let (file, images) = own.exported(&engine, &["one", "other"]).await;
    let length = fs::metadata(&file).unwrap().len() as usize;
    let elsewhere = Manifest { program: "9.9.9".into(), architecture: "s390x".into(), images };
    let foreign = own.file("foreign.orchest-images");
    // What an engine exports is inside the file.
    let mut tar = Vec::new();
    let mut opened = pack::open(fs::File::open(&file).unwrap()).unwrap();
    opened.unpack(&mut tar, |_| Ok(())).unwrap();
    pack::write(fs::File::create(&foreign).unwrap(), &elsewhere, tar.as_slice()).unwrap();

    let refused: [(PathBuf, &str); 6] = [
        (foreign, "has images for s390x, and the engine runs on"),
        (changed(&own, &file, |bytes| bytes.truncate(length / 2)), "is incomplete or was changed"),
        (own.file("all.orchest-images.missing"), "could not read"),
        (own.folder.path().to_owned(), "is no archive of images"),
        (Path::new("/dev/zero").to_owned(), "is no archive of images"),
        (Path::new(env!("CARGO_MANIFEST_DIR")).join("Cargo.toml"), "is no archive of images"),
    ];
    for (file, why) in refused {
        let failure = imported(&engine, &file).await.unwrap_err().failure();
        assert!(failure.message.to_lowercase().contains(&why.to_lowercase()), "{failure:?}");
        assert!(!failure.hint.is_empty());
    }
    for at in [30, length / 3, length / 2, length - 40, length - 1] {
        let copy = changed(&own, &file, |bytes| bytes[at] ^= 0x10);
        let failure = imported(&engine, &copy).await.unwrap_err().failure();
        assert!(failure.message.contains("is incomplete or was changed"), "{at}: {failure:?}");
    }
    for (image, id) in ["one", "other"].iter().zip(&ids) {
        assert_eq!((id_of(&own.name(image)), id_of(id)), (None, None));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_an_engine_took_before_it_failed_is_removed_and_names_stay_where_they_were() {
    let (own, engine) = (Own::new("fails"), engine().await);
    let ids = [own.make("one", 1000), own.make("other", 2000)];
    let (file, images) = own.exported(&engine, &["one", "other"]).await;
    let before = own.make("one", 10);
    let mut tar = Vec::new();
    pack::open(fs::File::open(&file).unwrap()).unwrap().unpack(&mut tar, |_| Ok(())).unwrap();
    // The layer of the second image has other contents than its digest says: the engine takes the first, then fails.
    let mut archive = tar::Archive::new(tar.as_slice());
    let mut wrong = tar::Builder::new(Vec::new());
    let list: serde_json::Value = {
        let mut archive = tar::Archive::new(tar.as_slice());
        let mut entries = archive.entries().unwrap().map(|entry| entry.unwrap());
        serde_json::from_reader(entries.find(|entry| entry.path_bytes().ends_with(b"manifest.json")).unwrap()).unwrap()
    };
    let last = list[1]["Layers"][0].as_str().unwrap();
    for entry in archive.entries().unwrap() {
        let mut entry = entry.unwrap();
        let (path, header) = (entry.path().unwrap().display().to_string(), entry.header().clone());
        let mut contents = Vec::new();
        std::io::Read::read_to_end(&mut entry, &mut contents).unwrap();
        if path == last {
            contents[600] ^= 1;
        }
        wrong.append(&header, contents.as_slice()).unwrap();
    }
    let manifest = Manifest { program: "0.1.0".into(), architecture: engine.architecture().await.unwrap(), images };
    let copy = own.file("wrong.orchest-images");
    let tar = wrong.into_inner().unwrap();
    pack::write(fs::File::create(&copy).unwrap(), &manifest, tar.as_slice()).unwrap();

    let failed = imported(&engine, &copy).await.unwrap_err();
    assert!(matches!(failed, Error::Engine { .. }), "{failed:?}");
    assert_eq!(ids.map(|id| id_of(&id)), [None, None]);
    assert_eq!(id_of(&own.name("one")), Some(before), "the name is where it was");
    assert_eq!(id_of(&own.name("other")), None);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cancelled_import_or_export_leaves_nothing() {
    let (own, engine) = (Own::new("cancelled"), engine().await);
    let id = own.make("one", 64 << 20);
    let (file, images) = own.exported(&engine, &["one"]).await;
    // While the file is checked, and while the engine gets it.
    for what in ["checking", "importing"] {
        let cancel = CancellationToken::new();
        let (token, what) = (cancel.clone(), what.to_owned());
        let on_progress = move |progress: orchest_core::images::ImageProgress| {
            if progress.detail.starts_with(&what) {
                token.cancel();
            }
        };
        let failed = import(&engine, &file, &cancel, on_progress).await.unwrap_err();
        assert!(matches!(failed, Error::Cancelled), "{failed:?}");
        assert_eq!((id_of(&own.name("one")), id_of(&id)), (None, None));
    }
    imported(&engine, &file).await.unwrap();
    let entries = || fs::read_dir(own.folder.path()).unwrap().count();
    let (before, bytes) = (entries(), fs::read(&file).unwrap());
    let cancel = CancellationToken::new();
    let token = cancel.clone();
    let on_progress = move |progress: orchest_core::images::ImageProgress| {
        if progress.progress.is_some() {
            token.cancel();
        }
    };
    let failed = export(&engine, images.clone(), &file, true, &cancel, on_progress).await.unwrap_err();
    assert!(matches!(failed, Error::Cancelled), "{failed:?}");
    let refused = export(&engine, images, &file, false, &CancellationToken::new(), |_| {}).await.unwrap_err().failure();
    assert!(refused.message.contains("exists already") && refused.hint.contains("--force"), "{refused:?}");
    assert_eq!(entries(), before);
    assert!(fs::read(&file).unwrap() == bytes, "the file is as it was");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_terminal_exports_and_imports_and_ctrl_c_leaves_nothing() {
    let home = Home::new();
    let (file, folder) = (home.path().join("all.orchest-images"), home.path().to_owned());
    let parts = || {
        let names = fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
        names.filter(|name| name.contains("orchest-images") || name.ends_with(".part")).collect::<Vec<_>>()
    };
    let mut export =
        home.orchest(&["images", "export", file.to_str().unwrap()]).stderr(Stdio::piped()).spawn().unwrap();
    for _ in 0..600 {
        if !parts().is_empty() {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert!(parts().iter().all(|name| name.ends_with(".part")), "the file appears once it is whole");
    let pid = rustix::process::Pid::from_child(&export);
    rustix::process::kill_process(pid, rustix::process::Signal::INT).unwrap();
    assert_eq!(export.wait().unwrap().code(), Some(130));
    assert_eq!(parts(), Vec::<String>::new());

    home.kernelspec("nowhere", "orchest-test/exists-nowhere:1.0");
    let lacks = home.orchest(&["images", "export", file.to_str().unwrap(), "nowhere"]).output().unwrap();
    let said = String::from_utf8_lossy(&lacks.stderr).into_owned();
    assert!(
        !lacks.status.success() && said.contains("exists-nowhere:1.0") && said.contains("images --prepare"),
        "{said}"
    );
    assert_eq!(parts(), Vec::<String>::new());

    fs::write(&file, "no archive").unwrap();
    let refused = home.orchest(&["images", "import", file.to_str().unwrap(), "--json"]).output().unwrap();
    let said = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(refused.status.code() == Some(1) && said.contains("is no archive of images"), "{said}");
}
