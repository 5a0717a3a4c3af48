//! The certificate authorities that builds trust beside those of the base image.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use crate::platform::paths;

/// The certificate authorities that were added to this machine by hand, and those of `extra`.
pub fn of_this_machine(extra: Option<&Path>) -> BTreeMap<String, Vec<u8>> {
    let folders = ["/usr/local/share/ca-certificates", "/etc/pki/ca-trust/source/anchors"];
    let mut paths: Vec<PathBuf> = extra.map(Path::to_owned).into_iter().collect();
    let mut waiting: Vec<PathBuf> = folders.map(PathBuf::from).to_vec();
    while let Some(folder) = waiting.pop() {
        for entry in fs::read_dir(&folder).into_iter().flatten().flatten() {
            match entry.file_type() {
                Ok(kind) if kind.is_dir() => waiting.push(entry.path()),
                _ => paths.push(entry.path()),
            }
        }
    }
    let mut authorities = BTreeMap::new();
    for path in paths {
        match fs::read(&path) {
            Ok(contents) if are_in(&contents) => {
                let stem = path.file_stem().unwrap_or_default().to_string_lossy();
                authorities.insert(format!("{}.crt", paths::safe_name(&stem)), contents);
            }
            Ok(_) => {}
            Err(error) => tracing::warn!(path = %path.display(), %error, "a certificate authority cannot be read"),
        }
    }
    authorities
}

/// The label of an image that was built with authorities, and their digest.
pub(super) const LABEL: &str = "org.orchest.authorities";

/// The digest of authorities; none if there are none.
pub(super) fn digest(authorities: &BTreeMap<String, Vec<u8>>) -> Option<String> {
    // By their contents alone: the files have other names on other machines.
    let contents: BTreeSet<&[u8]> = authorities.values().map(Vec::as_slice).collect();
    let mut hash = Sha256::new();
    contents.iter().for_each(|contents| hash.update(Sha256::digest(contents)));
    (!contents.is_empty()).then(|| hex::encode(&hash.finalize()[..8]))
}

/// Whether the contents of a file in PEM format (RFC 7468) have a certificate.
pub fn are_in(contents: &[u8]) -> bool {
    const BEGIN: &[u8] = b"-----BEGIN CERTIFICATE-----";
    contents.windows(BEGIN.len()).any(|part| part == BEGIN)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn a_file_without_a_certificate_is_left_out_and_names_are_safe() {
        let folder = tempfile::tempdir().unwrap();
        let (good, key) = (folder.path().join("the company's root.pem"), folder.path().join("key.pem"));
        let certificate = b"# ours\n-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n";
        fs::write(&good, certificate).unwrap();
        fs::write(&key, "-----BEGIN PRIVATE KEY-----\nMIIB\n-----END PRIVATE KEY-----\n").unwrap();
        let name = "the-company-s-root.crt";
        assert_eq!(of_this_machine(Some(&good))[name], certificate);
        assert!(!of_this_machine(Some(&key)).contains_key("key.crt"));
        assert!(!of_this_machine(Some(Path::new("/nowhere/at all.pem"))).contains_key("at-all.crt"));
    }
}
