//! A folder without a file for packages gets one, a change of packages that fails leaves the file as it was, and the
//! installer shows an index the login of the person's `.netrc`.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use orchest_core::App;
use orchest_core::engine::ProcessEnv;
use orchest_tests::engine::docker;
use orchest_tests::home::Home;

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

/// An index that has nothing and asks for a login. It keeps what clients showed.
fn index(shown: Arc<Mutex<Vec<String>>>) -> u16 {
    let listener = TcpListener::bind("0.0.0.0:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let Ok(mut stream) = stream else { return };
            let lines = BufReader::new(stream.try_clone().unwrap()).lines();
            let head: Vec<String> = lines.map_while(Result::ok).take_while(|line| !line.is_empty()).collect();
            let login = head.iter().find(|line| line.to_lowercase().starts_with("authorization: ")).cloned();
            let answer = match &login {
                None => "HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: Basic\r\n",
                Some(_) => "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n",
            };
            shown.lock().unwrap().extend(login);
            let _ = write!(stream, "{answer}Content-Length: 0\r\nConnection: close\r\n\r\n");
        }
    });
    port
}

#[tokio::test(flavor = "multi_thread")]
async fn the_installer_shows_an_index_the_login_of_the_persons_netrc() {
    let home = Home::new();
    let bridge = docker(&["network", "inspect", "bridge", "--format", "{{(index .IPAM.Config 0).Gateway}}"]).concat();
    let bridge = if bridge.is_empty() { "172.17.0.1".to_owned() } else { bridge };
    let shown = Arc::new(Mutex::new(Vec::new()));
    let port = index(shown.clone());
    let folder = home.pipeline("private");
    fs::write(folder.join("requirements.txt"), format!("--index-url http://{bridge}:{port}/simple\ncorp-thing\n"))
        .unwrap();
    let netrc = home.path().join("netrc");
    fs::write(
        &netrc,
        format!("machine {bridge} login ada password s3cret-f00d\nmachine other.example login a password b"),
    )
    .unwrap();
    let mut around = ProcessEnv::of_this_process();
    around.env.retain(|name, _| !name.to_lowercase().ends_with("_proxy") && !name.starts_with("UV_"));
    around.env.insert("NETRC".to_owned(), netrc.display().to_string());
    let app = App::start_amid(home.places(), around);
    app.settled().await;
    let id = app.look_at(folder).await.unwrap();
    let failure = app.update_environment(&id, false, true).await.unwrap_err();
    // `ada:s3cret-f00d` in base64.
    let wanted = "Basic YWRhOnMzY3JldC1mMDBk";
    let shown = shown.lock().unwrap().clone();
    assert!(shown.iter().any(|line| line.ends_with(wanted)), "{shown:?} {failure:?}");
    assert!(!format!("{failure:?}").contains("s3cret"), "{failure:?}");
}
