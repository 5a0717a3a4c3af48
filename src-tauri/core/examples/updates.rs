//! Makes and signs the list of a version's files, or makes a pair of keys. `etc/setup/updates.sh` calls it and says how.
//!
//! It is no part of the program: whoever has the program cannot sign by it.
#![allow(clippy::print_stdout, reason = "it talks to the person who releases")]

use std::error::Error;
use std::fs;
use std::path::Path;

use minisign::{KeyPair, PublicKey, SecretKeyBox};
use orchest_core::updates::manifest::{self, Manifest, ReleasedFile, trusted_comment};
use semver::Version;
use sha2::{Digest, Sha256};

type Outcome<T> = Result<T, Box<dyn Error>>;

fn main() -> Outcome<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["key", file] => make_keys(Path::new(file)),
        ["sign", folder, version, date, page, notes] => sign(Path::new(folder), version, date, page, Path::new(notes)),
        _ => Err("usage: updates key FILE | updates sign FOLDER VERSION DATE PAGE NOTES".into()),
    }
}

fn variable(name: &str) -> Outcome<String> {
    std::env::var(name).map_err(|_| format!("set {name}").into())
}

/// Writes a pair of keys; the private half is encrypted by a password if one is set.
fn make_keys(file: &Path) -> Outcome<()> {
    let password = std::env::var("ORCHEST_UPDATES_PASSWORD").ok().filter(|password| !password.is_empty());
    let (keys, secret) = match password {
        Some(password) => {
            let keys = KeyPair::generate_encrypted_keypair(Some(password))?;
            let secret = keys.sk.to_box(None)?;
            (keys, secret)
        }
        None => {
            let keys = KeyPair::generate_unencrypted_keypair()?;
            let secret = keys.sk.to_box(None)?;
            (keys, secret)
        }
    };
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    std::io::Write::write_all(&mut options.open(file)?, secret.into_string().as_bytes())?;
    fs::write(file.with_extension("pub"), keys.pk.to_box()?.into_string())?;
    Ok(())
}

/// Writes `updates.json` and its signature beside the packages of a version.
fn sign(folder: &Path, version: &str, date: &str, page: &str, notes: &Path) -> Outcome<()> {
    let version: Version = version.parse()?;
    let mut files = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let Some((platform, format)) = kind_of(&name) else { continue };
        if !name.contains(&version.to_string()) {
            return Err(format!("{name} is not of version {version}").into());
        }
        let contents = fs::read(&path)?;
        let sha256 = Sha256::digest(&contents).iter().map(|byte| format!("{byte:02x}")).collect();
        files.push(ReleasedFile { platform, format, address: name, size: contents.len() as u64, sha256 });
    }
    if files.is_empty() {
        return Err(format!("{} has no packages", folder.display()).into());
    }
    files.sort_by(|one, other| one.address.cmp(&other.address));
    let notes = fs::read_to_string(notes)?.trim().to_owned();
    let list = Manifest { version, date: date.to_owned(), notes, page: page.parse()?, files };
    let text = serde_json::to_vec_pretty(&list)?;

    let password = std::env::var("ORCHEST_UPDATES_PASSWORD").ok().filter(|password| !password.is_empty());
    let secret = SecretKeyBox::from_string(&variable("ORCHEST_UPDATES_SECRET_KEY")?)?;
    let secret = match password {
        Some(password) => secret.into_secret_key(Some(password))?,
        None => secret.into_unencrypted_secret_key()?,
    };
    let public = PublicKey::from_secret_key(&secret)?;
    let signed = minisign::sign(Some(&public), &secret, &text[..], Some(&trusted_comment(&list.version)), None)?;
    let signature = signed.into_string();
    // What is published is what programs accept.
    let wanted = std::env::var("ORCHEST_UPDATES_KEY").ok().filter(|key| !key.is_empty());
    manifest::read(&text, &signature, &wanted.map_or_else(|| public.to_box().map(|it| it.into_string()), Ok)?)?;
    fs::write(folder.join("updates.json"), &text)?;
    fs::write(folder.join("updates.json.minisig"), signature)?;
    for file in &list.files {
        println!("{}\t{}\t{}", file.platform, file.format, file.address);
    }
    Ok(())
}

/// The platform and the kind of a package, by the usual parts of its name.
fn kind_of(name: &str) -> Option<(String, String)> {
    let formats = ["tar.gz", "deb", "rpm", "AppImage", "dmg", "msi", "exe"];
    let format = formats.into_iter().find(|format| name.ends_with(&format!(".{format}")))?;
    let system = match format {
        "dmg" => "macos",
        "msi" | "exe" => "windows",
        "tar.gz" if name.contains("macos") => "macos",
        _ => "linux",
    };
    let processor = match name {
        name if name.contains("aarch64") || name.contains("arm64") => "aarch64",
        name if ["x86_64", "amd64", "x64"].iter().any(|part| name.contains(part)) => "x86_64",
        _ => return None,
    };
    Some((format!("{system}-{processor}"), format.to_owned()))
}
