//! Newer versions over real sockets: a server of the test's own, with keys and certificates of its own.
#![allow(clippy::unwrap_used, missing_docs)]

mod served;

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use minisign::KeyPair;
use orchest_core::contract::updates::UpdateHow;
use orchest_core::engine::ProcessEnv;
use orchest_core::updates::check::{self, FoundList};
use orchest_core::updates::fetch::Way;
use orchest_core::updates::manifest::{self, Manifest, ReleasedFile, trusted_comment};
use orchest_core::updates::{Source, replace};
use orchest_core::{App, AppDirs, Change, Error};
use served::{Answer, Served, archive};
use sha2::{Digest, Sha256};
use tokio_util::sync::CancellationToken;

const RUNNING: &str = "0.1.0";

struct Releases {
    keys: KeyPair,
    served: Served,
}

impl Releases {
    fn new() -> Releases {
        Releases { keys: KeyPair::generate_unencrypted_keypair().unwrap(), served: Served::http() }
    }

    fn key(&self) -> String {
        self.keys.pk.to_box().unwrap().into_string()
    }

    fn address(&self) -> String {
        self.served.address("/updates.json")
    }

    /// Serves a list of a version with an archive, and its signature.
    fn publish(&self, version: &str) -> Manifest {
        let contents = archive(version, &[("share/doc/news.txt", version)]);
        let manifest = Manifest {
            version: version.parse().unwrap(),
            date: "2026-11-29".to_owned(),
            notes: "Faster.".to_owned(),
            page: "https://orchest.example/".parse().unwrap(),
            files: vec![ReleasedFile {
                platform: manifest::this_platform(),
                format: "tar.gz".to_owned(),
                address: "files/orchest.tar.gz".to_owned(),
                size: contents.len() as u64,
                sha256: hex::encode(Sha256::digest(&contents)),
            }],
        };
        self.served.put("/files/orchest.tar.gz", Answer::Ok(contents));
        self.put(&serde_json::to_vec(&manifest).unwrap(), version);
        manifest
    }

    fn put(&self, text: &[u8], version: &str) {
        let comment = trusted_comment(&version.parse().unwrap());
        let signature = minisign::sign(Some(&self.keys.pk), &self.keys.sk, text, Some(&comment), None).unwrap();
        self.served.put("/updates.json", Answer::Ok(text.to_vec()));
        self.served.put("/updates.json.minisig", Answer::Ok(signature.into_string().into_bytes()));
    }

    fn check(&self) -> Result<FoundList, Error> {
        check::check(&self.address(), &self.key(), RUNNING, None, &quick())
    }

    fn source(&self, program: &Path) -> Source {
        Source {
            address: Some(self.address()),
            key: self.key(),
            running: RUNNING.to_owned(),
            program: program.to_owned(),
        }
    }
}

/// Signs a folder of packages, as a release does it.
#[cfg(unix)]
fn by_script(arguments: &[&str], secret: Option<&str>, password: &str) -> Result<String, String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let mut script = std::process::Command::new("bash");
    script.arg(root.join("etc/setup/updates.sh")).args(arguments);
    script.env("ORCHEST_UPDATES_PASSWORD", password).env_remove("ORCHEST_UPDATES_KEY").env("DATE", "2026-11-29");
    if let Some(secret) = secret {
        script.env("ORCHEST_UPDATES_SECRET_KEY", secret);
    }
    let said = script.output().unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    if said.status.success() { Ok(text(&said.stdout)) } else { Err(text(&said.stderr)) }
}

#[cfg(unix)]
#[test]
fn what_the_script_of_a_release_signs_is_believed() {
    let folder = tempfile::tempdir().unwrap();
    let (key, packages, notes) =
        (folder.path().join("release.key"), folder.path().join("packages"), folder.path().join("notes.txt"));
    let text = |path: &Path| path.to_str().unwrap().to_owned();
    by_script(&["key", &text(&key)], None, "correct horse").unwrap();
    let (secret, public) =
        (fs::read_to_string(&key).unwrap(), fs::read_to_string(folder.path().join("release.pub")).unwrap());
    let version = env!("CARGO_PKG_VERSION");
    fs::create_dir(&packages).unwrap();
    for name in [
        format!("orchest-desktop-{version}-linux-x86_64.tar.gz"),
        format!("orchest-desktop_{version}_arm64.deb"),
        "THIRD_PARTY.txt".to_owned(),
    ] {
        fs::write(packages.join(&name), &name).unwrap();
    }
    fs::write(&notes, "Faster.\n").unwrap();
    let page = "https://orchest.example/";
    let (packages_named, notes) = (text(&packages), text(&notes));
    let sign = ["sign", &packages_named, page, &notes];
    assert!(by_script(&sign, Some(&secret), "wrong").is_err());
    assert!(by_script(&sign, None, "correct horse").unwrap_err().contains("ORCHEST_UPDATES_SECRET_KEY"));
    let said = by_script(&sign, Some(&secret), "correct horse").unwrap();
    assert!(said.contains("linux-aarch64\tdeb") && said.contains("linux-x86_64\ttar.gz"), "{said}");

    let served = Served::http();
    for name in ["updates.json", "updates.json.minisig"] {
        served.put(&format!("/{name}"), Answer::Ok(fs::read(packages.join(name)).unwrap()));
    }
    let found = check::check(&served.address("/updates.json"), &public, "0.0.1", None, &quick()).unwrap();
    assert!(found.newer && found.manifest.files.len() == 2 && found.manifest.notes == "Faster.");
    assert_eq!(found.manifest.date, "2026-11-29");

    fs::write(packages.join("orchest-desktop-9.9.9-linux-x86_64.tar.gz"), "").unwrap();
    let other = by_script(&sign, Some(&secret), "correct horse").unwrap_err();
    assert!(other.contains("9.9.9"), "a package of another version: {other}");
}

fn quick() -> Way {
    Way { ca_file: None, within: Some(Duration::from_millis(1500)) }
}

fn is_refused(outcome: &Result<FoundList, Error>) -> bool {
    matches!(outcome, Err(Error::Update { refused: true, .. }))
}

#[test]
fn a_list_is_believed_with_its_signature_alone_and_a_request_says_nothing_of_the_person() {
    let releases = Releases::new();
    let manifest = releases.publish("0.2.0");
    let found = releases.check().unwrap();
    assert!(found.newer && found.manifest == manifest);
    for request in releases.served.requests() {
        let names: Vec<String> = request
            .lines()
            .skip(1)
            .filter_map(|line| line.split_once(':'))
            .map(|(name, _)| name.to_lowercase())
            .collect();
        assert!(request.contains("Orchest Desktop"), "{request}");
        let known = |name: &String| ["host", "user-agent", "accept", "accept-encoding"].contains(&name.as_str());
        assert!(names.iter().all(known), "{names:?}");
        assert!(!request.contains(RUNNING) && !request.lines().next().unwrap().contains('?'), "{request}");
    }

    releases.publish(RUNNING);
    assert!(!releases.check().unwrap().newer);
    releases.publish("0.0.9");
    assert!(is_refused(&releases.check()));
    releases.publish("0.2.0");
    let newer = "0.3.0".parse().unwrap();
    let seen = check::check(&releases.address(), &releases.key(), RUNNING, Some(&newer), &quick());
    assert!(is_refused(&seen), "an older list than one that was seen");
    let other = Releases::new();
    assert!(is_refused(&check::check(&releases.address(), &other.key(), RUNNING, None, &quick())), "another key");
    releases.served.put("/updates.json.minisig", Answer::Status(404));
    assert!(releases.check().is_err());
}

#[test]
fn an_answer_that_is_cut_huge_slow_or_no_list_is_refused_in_time() {
    let releases = Releases::new();
    releases.publish("0.2.0");
    for (name, answer) in [
        ("cut", Answer::Cut(b"{\"version\":".to_vec())),
        ("huge", Answer::Endless),
        ("slow", Answer::Slow),
        ("silent", Answer::Silent),
        ("no list", Answer::Ok(b"<html>".to_vec())),
        ("broken", Answer::Status(500)),
    ] {
        releases.served.put("/updates.json", answer);
        let began = Instant::now();
        assert!(releases.check().is_err(), "{name}");
        assert!(began.elapsed() < Duration::from_secs(8), "{name} {:?}", began.elapsed());
    }
    releases.put(b"[]", "0.2.0");
    assert!(is_refused(&releases.check()), "signed, and no list");
}

#[test]
fn a_redirect_is_followed_to_a_safe_place_alone() {
    let releases = Releases::new();
    releases.publish("0.2.0");
    releases.served.put("/moved", Answer::Redirect("/updates.json".to_owned()));
    releases.served.put("/moved.minisig", Answer::Redirect("/updates.json.minisig".to_owned()));
    let at = |path: &str| check::check(&releases.served.address(path), &releases.key(), RUNNING, None, &quick());
    assert!(at("/moved").unwrap().newer);
    for to in ["http://orchest.invalid/updates.json", "file:///etc/passwd", "ftp://127.0.0.1/", ""] {
        releases.served.put("/moved", Answer::Redirect(to.to_owned()));
        assert!(at("/moved").is_err(), "{to}");
    }
    releases.served.put("/moved", Answer::Redirect("/moved".to_owned()));
    assert!(is_refused(&at("/moved")));
}

#[test]
fn https_needs_an_authority_of_the_machine_or_of_the_settings_and_a_certificate_of_today() {
    let mut releases = Releases::new();
    for (expired, wanted) in [(false, true), (true, false)] {
        let (served, authority) = Served::https(expired);
        releases.served = served;
        releases.publish("0.2.0");
        let folder = tempfile::tempdir().unwrap();
        let ca_file = folder.path().join("ca.pem");
        fs::write(&ca_file, authority).unwrap();
        let way = Way { ca_file: Some(ca_file), ..quick() };
        let checked = check::check(&releases.address(), &releases.key(), RUNNING, None, &way);
        assert_eq!(checked.is_ok(), wanted, "{checked:?}");
        assert!(releases.check().is_err(), "an unknown authority");
        if wanted {
            let plain = Served::http();
            plain.put("/updates.json", Answer::Ok(Vec::new()));
            releases.served.put("/updates.json", Answer::Redirect(plain.address("/updates.json")));
            let checked = check::check(&releases.address(), &releases.key(), RUNNING, None, &way);
            assert!(is_refused(&checked), "from https to http");
            assert!(plain.requests().is_empty());
        }
    }
}

/// A folder of the person's own with version 0.1.0.
fn own_folder() -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().canonicalize().unwrap().join("orchest");
    fs::create_dir(&root).unwrap();
    let old = archive(RUNNING, &[("share/doc/news.txt", RUNNING)]);
    orchest_core::updates::archive::unpack(old.as_slice(), &RUNNING.parse().unwrap(), &root).unwrap();
    (folder, root)
}

fn says(root: &Path) -> String {
    let said = std::process::Command::new(root.join("bin/orchest-desktop")).arg("--version").output().unwrap();
    String::from_utf8(said.stdout).unwrap().trim().to_owned()
}

#[cfg(target_os = "linux")]
#[test]
fn an_archive_that_is_not_the_one_of_the_list_leaves_the_old_version() {
    let releases = Releases::new();
    let (_folder, root) = own_folder();
    let manifest = releases.publish("0.2.0");
    let right = archive("0.2.0", &[("share/doc/news.txt", "0.2.0")]);
    let found = releases.check().unwrap();
    let mut wanted = replace::Wanted {
        version: manifest.version.clone(),
        file: manifest.files[0].clone(),
        address: manifest::address_of(&manifest.files[0], &found.address).unwrap(),
        root: root.clone(),
        way: quick(),
    };
    let go_on = CancellationToken::new();
    let mut changed = right.clone();
    *changed.last_mut().unwrap() ^= 1;
    for (name, answer) in [
        ("changed", Answer::Ok(changed)),
        ("cut", Answer::Cut(right[..right.len() / 2].to_vec())),
        ("shorter", Answer::Ok(right[..right.len() - 1].to_vec())),
        ("endless", Answer::Endless),
        ("slow", Answer::Slow),
        ("gone", Answer::Status(404)),
        ("elsewhere", Answer::Redirect("http://orchest.invalid/a".to_owned())),
    ] {
        releases.served.put("/files/orchest.tar.gz", answer);
        assert!(replace::update(&wanted, |_| {}, &go_on).is_err(), "{name}");
    }
    // The right file, but of a version whose program does not run here.
    let broken = archive("0.2.0-broken", &[]);
    releases.served.put("/files/orchest.tar.gz", Answer::Ok(broken.clone()));
    (wanted.file.size, wanted.file.sha256) = (broken.len() as u64, hex::encode(Sha256::digest(&broken)));
    wanted.version = "0.2.0-broken".parse().unwrap();
    assert!(replace::update(&wanted, |_| {}, &go_on).is_err());
    let cancelled = CancellationToken::new();
    cancelled.cancel();
    assert!(replace::update(&wanted, |_| {}, &cancelled).is_err());

    assert_eq!(says(&root), "orchest 0.1.0");
    assert_eq!(fs::read_to_string(root.join("share/doc/news.txt")).unwrap(), RUNNING);
    let mut left: Vec<_> = fs::read_dir(&root).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    left.sort();
    assert_eq!(left, ["bin", "share"], "nothing is left behind");
}

/// Without an engine.
fn around(home: &tempfile::TempDir) -> ProcessEnv {
    let env = HashMap::from([("DOCKER_HOST".to_owned(), "unix:///nowhere/docker.sock".to_owned())]);
    ProcessEnv { env, home: home.path().join("home") }
}

/// A person with a copy of the program in a folder of their own, while there is a newer version.
struct Person {
    releases: Releases,
    folder: tempfile::TempDir,
    /// The folder of the program.
    root: PathBuf,
    places: AppDirs,
    source: Source,
}

impl Person {
    fn new() -> Person {
        let releases = Releases::new();
        releases.publish("0.2.0");
        let (folder, root) = own_folder();
        let place = |name: &str| folder.path().join(name);
        let places = AppDirs { config: place("config"), data: place("data"), state: place("state") };
        let source = releases.source(&root.join("bin/orchest-desktop"));
        Person { releases, folder, root, places, source }
    }
}

/// The whole way of a person: asked for, found, installed, started, and not shown again.
#[cfg(target_os = "linux")]
#[tokio::test(flavor = "multi_thread")]
async fn a_program_in_a_folder_of_the_persons_own_updates_itself() {
    let Person { releases, folder, root, places, source } = Person::new();
    let app = App::start_with(places.clone(), around(&folder), source.clone());
    app.attend();
    let mut snapshots = app.snapshots();
    let updates = || app.snapshots().borrow().updates.clone();
    tokio::time::sleep(Duration::from_millis(200)).await;
    assert!(releases.served.requests().is_empty(), "nothing is asked before the person agreed");

    app.choose(Change::UpdatesCheck(Some(true))).await.unwrap();
    let found = snapshots.wait_for(|snapshot| snapshot.updates.newer.is_some());
    tokio::time::timeout(Duration::from_secs(20), found).await.unwrap().unwrap();
    let newer = updates().newer.unwrap();
    assert_eq!((newer.version.as_str(), newer.later), ("0.2.0", false));
    assert!(matches!(newer.how, UpdateHow::Itself { .. }));
    assert_eq!(releases.served.requests().len(), 2, "the list and its signature");

    app.put_update_off();
    app.install_update().await.unwrap();
    let installed = snapshots.wait_for(|snapshot| snapshot.updates.installed.is_some());
    tokio::time::timeout(Duration::from_secs(30), installed).await.unwrap().unwrap();
    assert!(updates().newer.is_none());
    assert_eq!(says(&root), "orchest 0.2.0");
    assert_eq!(fs::read_to_string(root.join("share/doc/news.txt")).unwrap(), "0.2.0");
    assert!(root.join(".orchest-before/bin/orchest-desktop").exists(), "the old one is kept");

    // The new version starts, and shows its window.
    let source = Source { running: "0.2.0".to_owned(), ..source };
    assert_eq!(orchest_core::updates::at_start(&places, &source), None);
    let app = App::start_with(places.clone(), around(&folder), source.clone());
    app.has_started(&source);
    for _ in 0..100 {
        if !root.join(".orchest-before").exists() {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert!(!root.join(".orchest-before").exists());
    assert!(app.snapshots().borrow().updates.newer.is_none());

    // The address shows an old list again.
    releases.publish("0.1.5");
    let refused = app.check_updates().await.unwrap_err();
    assert!(refused.message.contains("0.1.5"), "{refused:?}");
}

#[cfg(target_os = "linux")]
#[tokio::test(flavor = "multi_thread")]
async fn a_version_that_was_taken_back_is_told_and_not_offered_again() {
    let Person { releases: _served, folder, root, places, source } = Person::new();
    let start = || App::start_with(places.clone(), around(&folder), source.clone());
    let app = start();
    app.check_updates().await.unwrap();
    let kept = fs::read_to_string(places.updates_record()).unwrap();
    assert!(kept.contains("\"seen\": \"0.2.0\""), "who is answered may end at once: {kept}");
    app.install_update().await.unwrap();
    let mut snapshots = app.snapshots();
    snapshots.wait_for(|snapshot| snapshot.updates.installed.is_some()).await.unwrap();

    assert_eq!(orchest_core::updates::at_start(&places, &source), None, "its first start");
    assert_eq!(orchest_core::updates::at_start(&places, &source), Some(source.program.clone()), "it did not go well");
    assert_eq!(says(&root), "orchest 0.1.0");
    let app = start();
    app.attend();
    let mut snapshots = app.snapshots();
    let told = snapshots.wait_for(|snapshot| !snapshot.notices.is_empty());
    let snapshot = tokio::time::timeout(Duration::from_secs(20), told).await.unwrap().unwrap().clone();
    assert!(snapshot.notices.iter().any(|notice| notice.message.contains("0.2.0")), "{:?}", snapshot.notices);
    assert!(snapshot.updates.newer.as_ref().is_some_and(|newer| newer.later));
}
