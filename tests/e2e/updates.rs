//! The window installs a newer version and becomes it.

use std::fs;
use std::net::{IpAddr, Ipv4Addr};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use bytes::Bytes;
use flate2::Compression;
use flate2::write::GzEncoder;
use http_body_util::Full;
use hyper::Response;
use minisign::KeyPair;
use orchest_core::updates::manifest::{self, Manifest, ReleasedFile, trusted_comment};
use orchest_tests::served;
use sha2::{Digest, Sha256};

use crate::person::Person;
use crate::screen::{self, request_close, until, window_titled};
use crate::window::{TITLE, Window};

const NEW: &str = "99.0.0";

/// An archive of a version whose window is that of `bin/real`.
fn archive() -> Vec<u8> {
    let program = format!(
        "#!/bin/sh\n[ \"$1\" != --version ] || exec echo orchest-desktop {NEW}\n\
         here=$(dirname \"$0\")\necho $$ >\"$here/started\"\nexec \"$here/real\" \"$@\"\n"
    );
    let terminal = format!("#!/bin/sh\necho orchest {NEW}\n");
    let mut builder = tar::Builder::new(GzEncoder::new(Vec::new(), Compression::fast()));
    for (path, text) in [("bin/orchest-desktop", &program), ("bin/orchest", &terminal)] {
        let mut header = tar::Header::new_gnu();
        header.set_size(text.len() as u64);
        header.set_mode(0o755);
        let path = format!("orchest-desktop-{NEW}-linux-x86_64/{path}");
        builder.append_data(&mut header, path, text.as_bytes()).unwrap();
    }
    builder.into_inner().unwrap().finish().unwrap()
}

/// A folder of the person's own with this program, as from the archive.
fn own_folder(root: &Path, program: &Path) {
    for folder in ["bin", "share"] {
        fs::create_dir_all(root.join(folder)).unwrap();
    }
    for name in ["orchest-desktop", "real"] {
        fs::copy(program, root.join("bin").join(name)).unwrap();
    }
    fs::write(root.join("bin/orchest"), "#!/bin/sh\necho orchest\n").unwrap();
    fs::set_permissions(root.join("bin/orchest"), fs::Permissions::from_mode(0o755)).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn the_window_installs_a_newer_version_and_the_restart_shows_it() {
    let _turn = screen::turn().await;
    let keys = KeyPair::generate_unencrypted_keypair().unwrap();
    let packed = archive();
    let list = Manifest {
        version: NEW.parse().unwrap(),
        date: "2026-11-29".to_owned(),
        notes: "Launches are faster.".to_owned(),
        page: "https://orchest.example/".parse().unwrap(),
        files: vec![ReleasedFile {
            platform: manifest::this_platform(),
            format: "tar.gz".to_owned(),
            address: "orchest.tar.gz".to_owned(),
            size: packed.len() as u64,
            sha256: Sha256::digest(&packed).iter().map(|byte| format!("{byte:02x}")).collect(),
        }],
    };
    let text = serde_json::to_vec(&list).unwrap();
    let comment = trusted_comment(&list.version);
    let signed = minisign::sign(Some(&keys.pk), &keys.sk, &text[..], Some(&comment), None).unwrap();
    let signature = signed.into_string().into_bytes();
    let served = served::serve(IpAddr::V4(Ipv4Addr::LOCALHOST), move |request| {
        let body = match request.uri().path() {
            "/updates.json" => &text,
            "/updates.json.minisig" => &signature,
            _ => &packed,
        };
        Response::new(Full::new(Bytes::from(body.clone())))
    })
    .await;

    let person = Person::new();
    let address = format!("http://{}/updates.json", served.at);
    person.has_settings(serde_json::json!({ "updates_check": true, "updates_address": address }));
    let root = tempfile::tempdir().unwrap();
    let root = root.path().canonicalize().unwrap();
    own_folder(&root, &person.program());
    let key = keys.pk.to_base64();
    let window = Window::open_of(&person, &root.join("bin/orchest-desktop"), |command| {
        command.env("ORCHEST_UPDATES_KEY", key);
    })
    .await;
    window.see_with("update-notice", "[data-kind=newer]").await;
    window.shot("update").await;
    window.click("update-news", "").await;
    assert!(window.see("update-notes").await.text().await.unwrap().contains("Launches are faster."));
    window.click("update-notes-close", "").await;
    window.click("update-now", "").await;
    window.see("update-restart").await;
    // A moment later: the driver's own click would end with the page.
    window.script("setTimeout(() => document.querySelector('[data-testid=update-restart]').click(), 100)").await;
    // The process is the same, and the window another one.
    until("the new version", || root.join("bin/started").exists().then_some(())).await;
    until("its window", || window_titled(TITLE)).await;
    until("the end of the old files", || (!root.join(".orchest-before").exists()).then_some(())).await;
    request_close(TITLE).await;
    until("no window", || window_titled(TITLE).is_none().then_some(())).await;
}
