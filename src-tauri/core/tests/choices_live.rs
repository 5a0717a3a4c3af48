//! A person's choices in a running core: without an engine, but with the real file and its watcher.
#![allow(clippy::unwrap_used, missing_docs)]

use std::collections::HashMap;
use std::fs;
use std::path::Path;
use std::time::Duration;

use orchest_core::App;
use orchest_core::AppDirs;
use orchest_core::contract::choices::{Change, Sort, Theme};
use orchest_core::contract::snapshot::Snapshot;
use orchest_core::engine::ProcessEnv;
use tempfile::TempDir;

struct Home(TempDir);

impl Home {
    fn new() -> Home {
        Home(tempfile::tempdir().unwrap())
    }

    fn app(&self) -> App {
        let place = |name: &str| self.0.path().join(name);
        let places = AppDirs { config: place("config"), data: place("data"), state: place("state") };
        let env = HashMap::from([("DOCKER_HOST".to_owned(), "unix:///nowhere/docker.sock".to_owned())]);
        App::start_amid(places, ProcessEnv { env, home: place("home") })
    }

    fn folder(&self, name: &str) -> std::path::PathBuf {
        let folder = self.0.path().join("folders").join(name);
        fs::create_dir_all(&folder).unwrap();
        fs::write(folder.join("first.ipynb"), "{}").unwrap();
        folder.canonicalize().unwrap()
    }

    fn settings(&self) -> String {
        fs::read_to_string(self.0.path().join("config/settings.json")).unwrap()
    }

    /// Writes the file in place, as some editors do.
    fn edit(&self, text: &str) {
        fs::write(self.0.path().join("config/settings.json"), text).unwrap();
    }
}

async fn until(app: &App, what: &str, wanted: impl Fn(&Snapshot) -> bool) {
    let mut snapshots = app.snapshots();
    let seen = async {
        while !wanted(&snapshots.borrow_and_update().clone()) {
            snapshots.changed().await.unwrap();
        }
    };
    let seen = tokio::time::timeout(Duration::from_secs(20), seen).await;
    seen.unwrap_or_else(|_| panic!("no snapshot with {what}: {:#?}", app.snapshots().borrow()));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_choice_holds_at_once_and_in_the_next_program() {
    let home = Home::new();
    let app = home.app();
    app.choose(Change::Theme(Theme::Dark)).await.unwrap();
    app.choose(Change::LaunchTimeoutS(Some(90.0))).await.unwrap();
    let chosen = app.snapshots().borrow().settings.clone();
    assert_eq!((chosen.theme, chosen.launch_timeout_s), (Theme::Dark, 90));

    let refused = app.choose(Change::LaunchTimeoutS(Some(0.5))).await.unwrap_err();
    assert_eq!(refused.message, "`launch_timeout_s` cannot be `0.5`");
    assert!(refused.hint.contains("from 5 to 3600"), "{refused:?}");
    assert_eq!(app.snapshots().borrow().settings, chosen, "what is refused changes nothing");

    let next = home.app().snapshots().borrow().settings.clone();
    assert_eq!(next, chosen);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_by_hand_applies_and_an_invalid_value_is_reported_until_it_is_corrected() {
    let home = Home::new();
    let folder = home.folder("by hand");
    let app = home.app();
    app.choose(Change::Sort(Sort::Opened)).await.unwrap();

    let line = |theme: &str| format!(r#"{{"theme": "{theme}", "folders": [{{"path": {folder:?}}}]}}"#);
    home.edit(&line("dark"));
    until(&app, "the theme and the folder's notebook", |snapshot| {
        let found = snapshot.pipelines.first().is_some_and(|pipeline| pipeline.notebooks.len() == 1);
        found && snapshot.settings.theme == Theme::Dark && snapshot.settings.sort == Sort::Name
    })
    .await;

    home.edit(&line("purple"));
    until(&app, "a notice", |snapshot| {
        snapshot.notices.iter().any(|notice| notice.message == "`theme` cannot be `purple`")
    })
    .await;
    assert_eq!(app.snapshots().borrow().settings.theme, Theme::Dark, "it stays as it was");

    home.edit("{\"theme\": \"li");
    until(&app, "another notice", |snapshot| {
        let [notice] = snapshot.notices.as_slice() else { return false };
        notice.message.contains("has a mistake")
    })
    .await;
    assert_eq!(app.snapshots().borrow().pipelines.len(), 1, "a half written file takes nothing away");
    let refused = app.choose(Change::Theme(Theme::Light)).await.unwrap_err();
    assert!(refused.message.contains("has a mistake"), "{refused:?}");
    assert_eq!(home.settings(), "{\"theme\": \"li", "and is not written over");

    home.edit(&line("light"));
    until(&app, "no notice", |snapshot| snapshot.notices.is_empty() && snapshot.settings.theme == Theme::Light).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pinned_pipeline_stays_on_top_and_is_remembered() {
    let home = Home::new();
    let app = home.app();
    for name in ["apples", "bees"] {
        app.add_pipeline(home.folder(name)).await.unwrap();
    }
    let names = |app: &App| -> Vec<String> {
        app.snapshots().borrow().pipelines.iter().map(|pipeline| pipeline.name.clone()).collect()
    };
    let bees = app.snapshots().borrow().pipelines[1].id.clone();
    app.pin(&bees, true).await.unwrap();
    assert_eq!(names(&app), ["bees", "apples"]);
    assert_eq!(names(&home.app()), ["bees", "apples"]);
    app.pin(&bees, false).await.unwrap();
    assert_eq!(names(&app), ["apples", "bees"]);
    assert!(!home.settings().contains("pinned"), "only what differs is written: {}", home.settings());
    assert!(app.pin("nothing", true).await.is_err());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_folder_that_was_moved_is_located_and_its_entry_keeps_its_choices() {
    let home = Home::new();
    let (old, other) = (home.folder("old"), home.folder("other"));
    let app = home.app();
    let id = app.add_pipeline(old.clone()).await.unwrap();
    app.add_pipeline(other.clone()).await.unwrap();
    app.pin(&id, true).await.unwrap();
    app.pick_kernelspec(&id, "r_docker").await.unwrap();
    let new = old.with_file_name("new");
    fs::rename(&old, &new).unwrap();
    until(&app, "a missing folder", |snapshot| snapshot.pipelines[0].missing).await;

    let before = home.settings();
    let file = new.join("first.ipynb");
    for (wrong, message) in [
        (other, "is in the list already"),
        (file, "is a file, not a folder"),
        (old.with_file_name("nowhere"), "does not exist"),
    ] {
        let refused = app.locate_pipeline(&id, wrong).await.unwrap_err();
        assert!(refused.message.contains(message) && !refused.hint.is_empty(), "{refused:?}");
    }
    assert!(app.locate_pipeline("nothing", new.clone()).await.is_err());
    assert_eq!(home.settings(), before, "what is refused changes nothing");

    let located = app.locate_pipeline(&id, new.clone()).await.unwrap();
    assert_ne!(located, id);
    until(&app, "the folder's notebook at its new place", |snapshot| {
        let pipeline = &snapshot.pipelines[0];
        pipeline.id == located && pipeline.path == new.to_str().unwrap() && pipeline.notebooks.len() == 1
    })
    .await;
    let pipeline = app.snapshots().borrow().pipelines[0].clone();
    assert!(pipeline.pinned && !pipeline.missing && pipeline.kernelspec.as_deref() == Some("r_docker"), "{pipeline:?}");
    assert_eq!(app.snapshots().borrow().pipelines.len(), 2);
    let next = home.app().snapshots().borrow().pipelines[0].clone();
    assert_eq!((next.id, next.pinned), (located, true));
    fs::write(new.join("second.ipynb"), "{}").unwrap();
    until(&app, "a change at the new place", |snapshot| snapshot.pipelines[0].notebooks.len() == 2).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn dropped_folders_are_added_and_refused_ones_are_reported() {
    let home = Home::new();
    let (one, other) = (home.folder("one"), home.folder("other"));
    let data = other.join("data.csv");
    fs::write(&data, "").unwrap();
    let app = home.app();
    app.dropping(true);
    until(&app, "the veil", |snapshot| snapshot.dropping).await;
    app.dropped(vec![one.clone(), other.join("first.ipynb"), data.clone()]);
    until(&app, "both folders", |snapshot| snapshot.pipelines.len() == 2 && !snapshot.dropping).await;
    let snapshot = app.snapshots().borrow().clone();
    let reveal = snapshot.reveal.clone().unwrap();
    let id_of = |path: &Path| {
        let pipeline = snapshot.pipelines.iter().find(|pipeline| Path::new(&pipeline.path) == path);
        pipeline.unwrap().id.clone()
    };
    assert_eq!((reveal.id.clone(), reveal.count), (id_of(&one), 1), "the first is shown");
    assert!(snapshot.notices[0].message.contains("data.csv` is a file"), "{:?}", snapshot.notices);

    app.dropped(vec![data, Path::new("/nowhere").to_owned(), other.clone()]);
    until(&app, "what was dropped again", |snapshot| snapshot.reveal.as_ref().is_some_and(|it| it.count == 2)).await;
    let again = app.snapshots().borrow().clone();
    assert_eq!((again.pipelines.len(), &again.reveal.as_ref().unwrap().id), (2, &id_of(&other)));
    let told = &again.notices[1];
    assert!(told.message.starts_with("2 dropped items") && told.message.contains("`nowhere`"), "{told:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_of_authorities_must_hold_one() {
    let home = Home::new();
    let app = home.app();
    let (file, empty) = (home.0.path().join("company.pem"), home.0.path().join("empty.pem"));
    fs::write(&file, "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n").unwrap();
    fs::write(&empty, "").unwrap();
    app.choose(Change::CaFile(Some(file.clone()))).await.unwrap();
    assert_eq!(app.snapshots().borrow().settings.ca_file.as_deref(), file.to_str());
    for wrong in [empty, "/nowhere/at/all.pem".into()] {
        assert!(app.choose(Change::CaFile(Some(wrong))).await.is_err());
    }
    assert_eq!(app.snapshots().borrow().settings.ca_file.as_deref(), file.to_str());
    app.choose(Change::CaFile(None)).await.unwrap();
    assert_eq!(app.snapshots().borrow().settings.ca_file, None);
}

#[tokio::test(flavor = "multi_thread")]
async fn kernelspecs_come_from_a_chosen_folder_and_again_from_the_default_one() {
    let home = Home::new();
    let app = home.app();
    let names = |snapshot: &Snapshot| snapshot.kernelspecs.iter().map(|spec| spec.name.clone()).collect::<Vec<_>>();
    let usual = names(&app.snapshots().borrow());
    assert_eq!(usual, ["python_docker", "r_docker"]);
    let mine = home.0.path().join("mine");
    fs::create_dir(&mine).unwrap();
    app.choose(Change::KernelsDir(Some(mine.clone()))).await.unwrap();
    assert_eq!(names(&app.snapshots().borrow()), usual, "an empty folder gets the shipped ones");
    assert_eq!(app.kernels_dir().await.unwrap(), mine);
    fs::remove_dir_all(mine.join("r_docker")).unwrap();
    until(&app, "what is left", |snapshot| names(snapshot) == ["python_docker"]).await;

    let refused = app.choose(Change::KernelsDir(Some(home.folder("notes")))).await.unwrap_err();
    assert!(refused.message.contains("kernelspec"), "{refused:?}");
    assert_eq!(names(&app.snapshots().borrow()), ["python_docker"], "what is refused changes nothing");

    fs::rename(&mine, home.0.path().join("away")).unwrap();
    until(&app, "that it is gone", |snapshot| {
        snapshot.kernelspec_problems.iter().any(|problem| problem.message.contains("does not exist"))
    })
    .await;
    app.choose(Change::KernelsDir(None)).await.unwrap();
    assert_eq!(names(&app.snapshots().borrow()), usual);
    assert!(!home.settings().contains("kernels_dir"), "{}", home.settings());
}
