//! A folder without a file for packages gets one, a change of packages that fails leaves the file as it was, and the
//! installer shows an index the login of the person's `.netrc`.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::Ordering;

use orchest_tests::home::Home;
use orchest_tests::packages::{Manner, Packages, wheel};
use orchest_tests::served::bridge;

const NOTEBOOK: &str = r#"{"cells": [{"cell_type": "code", "metadata": {}, "outputs": [], "execution_count": null,
"source": ["import os, cowsay\nimport sklearn.svm"]}], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}"#;

fn orchest(home: &Home, folder: &Path, arguments: &[&str]) -> (i32, String, String) {
    let output = home.orchest(&[&["env"], arguments].concat()).current_dir(folder).output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
}

#[test]
fn a_first_file_has_what_notebooks_import_and_a_package_that_cannot_be_had_leaves_it_as_it_was() {
    let home = Home::new();
    let folder: PathBuf = home.pipeline("first");
    fs::write(folder.join("imports.ipynb"), NOTEBOOK).unwrap();
    let file = folder.join("requirements.txt");
    let (code, shown, _) = orchest(&home, &folder, &["init", "--dry-run"]);
    assert_eq!((code, shown.as_str(), file.exists()), (0, "cowsay\nscikit-learn\n", false));
    let (code, _, said) = orchest(&home, &folder, &["init", "--without", "scikit-learn"]);
    assert_eq!(code, 0, "{said}");
    let written = fs::read_to_string(&file).unwrap();
    assert!(written.starts_with("# ") && written.ends_with("\ncowsay\n"), "{written}");
    let (code, _, said) = orchest(&home, &folder, &["init"]);
    assert!(code == 1 && said.contains("`requirements.txt` already"), "{said}");
    let (code, _, said) = orchest(&home, &folder, &["add", "orchest-no-such-package"]);
    assert!(code == 1 && said.contains("orchest-no-such-package"), "{said}");
    assert_eq!(fs::read_to_string(&file).unwrap(), written);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_installer_shows_an_index_the_login_of_the_persons_netrc() {
    let home = Home::new();
    let manner = Manner { login: Some(("ada", "s3cret-f00d")), ..Manner::default() };
    let packages = Packages::start(bridge(), vec![wheel("inhouse", "1.0", 0)], manner).await;
    let requirements = format!("--extra-index-url {}\ninhouse==1.0\n", packages.index());
    let folder = home.pipeline_of("private", &[("requirements.txt", &requirements)]);
    let netrc = home.path().join("netrc");
    let with = |password: &str| {
        let others = "machine other.example login a password b";
        fs::write(&netrc, format!("machine {} login ada password {password}\n{others}", bridge())).unwrap();
    };
    with("mist4ken");
    let app = home.app_amid(&[("NETRC", netrc.to_str().unwrap())]).await;
    let id = app.look_at(folder).await.unwrap();
    let failure = app.update_environment(&id, false, true).await.unwrap_err();
    assert_eq!(packages.served.load(Ordering::Relaxed), 0, "{failure:?}");
    assert!(!format!("{failure:?}").contains("mist4ken"), "{failure:?}");
    with("s3cret-f00d");
    app.update_environment(&id, false, true).await.unwrap_or_else(|failure| panic!("{failure:?}"));
    assert!(packages.served.load(Ordering::Relaxed) > 0);
}
