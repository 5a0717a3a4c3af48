//! The list that names the newest version, and its signature. Pure.
//!
//! The list is JSON, signed by minisign: <https://jedisct1.github.io/minisign/>. The signature's trusted comment names the
//! program, the version and the file, so that a signature of something else that the same key signed does not count.

use minisign_verify::{PublicKey, Signature};
use semver::Version;
use serde::{Deserialize, Serialize};
use url::Url;

use crate::words::error::Result;
use crate::words::updates as words;

/// The largest list, bytes.
pub const LARGEST: u64 = 256 << 10;
/// The largest signature, bytes.
pub const LARGEST_SIGNATURE: u64 = 4 << 10;
/// The largest file that a list may name, bytes.
pub const LARGEST_FILE: u64 = 2 << 30;
const MOST_FILES: usize = 100;

/// The list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// The newest version.
    pub version: Version,
    /// The day of its release, as `2026-11-29`.
    pub date: String,
    /// What is new in it: plain text.
    #[serde(default)]
    pub notes: String,
    /// The page that describes it and has all its files.
    pub page: Url,
    /// Its files.
    pub files: Vec<ReleasedFile>,
}

/// A file of a version.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReleasedFile {
    /// The system and the processor, as `linux-x86_64`.
    pub platform: String,
    /// Its kind: `tar.gz`, `deb`, `rpm` or another.
    pub format: String,
    /// Where it is; relative to the list's own address if it is no whole address.
    pub address: String,
    /// Its size, bytes.
    pub size: u64,
    /// The SHA-256 of its contents, in hexadecimal digits.
    pub sha256: String,
}

impl Manifest {
    /// The file of this kind for a platform.
    pub fn file(&self, platform: &str, format: &str) -> Option<&ReleasedFile> {
        self.files.iter().find(|file| file.platform == platform && file.format == format)
    }
}

impl ReleasedFile {
    /// The name that the file has at its address.
    pub fn name(&self) -> &str {
        self.address.rsplit('/').next().unwrap_or_default()
    }
}

/// The platform that this program was built for.
pub fn this_platform() -> String {
    format!("{}-{}", std::env::consts::OS, std::env::consts::ARCH)
}

/// The trusted comment of the signature of a version's list.
pub fn trusted_comment(version: &Version) -> String {
    format!("orchest-desktop {version} updates.json")
}

/// Reads a list after its signature was found right.
pub fn read(text: &[u8], signature: &str, key: &str) -> Result<Manifest> {
    let key = key.trim();
    let key = if key.contains('\n') { PublicKey::decode(key) } else { PublicKey::from_base64(key) };
    let key = key.map_err(|error| words::unusable_key(&error.to_string()))?;
    let signature = Signature::decode(signature).map_err(|error| words::wrong_signature(&error.to_string()))?;
    // Only signatures of a hash: those of older programs sign another thing.
    key.verify(text, &signature, false).map_err(|error| words::wrong_signature(&error.to_string()))?;
    let manifest = parse(text)?;
    let wanted = trusted_comment(&manifest.version);
    if signature.trusted_comment() != wanted {
        return Err(words::other_signature(signature.trusted_comment(), &wanted));
    }
    Ok(manifest)
}

/// The contents of a list, without a look at its signature.
pub fn parse(text: &[u8]) -> Result<Manifest> {
    if text.len() as u64 > LARGEST {
        return Err(words::malformed(words::TOO_LARGE));
    }
    let manifest: Manifest = serde_json::from_slice(text).map_err(|error| words::malformed(&error.to_string()))?;
    match fault(&manifest) {
        Some(fault) => Err(words::malformed(&fault)),
        None => Ok(manifest),
    }
}

fn fault(manifest: &Manifest) -> Option<String> {
    if manifest.date.len() != 10 || !manifest.date.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-') {
        return Some(words::no_date(&manifest.date));
    }
    if manifest.page.scheme() != "https" {
        return Some(words::no_https(manifest.page.as_str()));
    }
    if manifest.files.len() > MOST_FILES {
        return Some(words::TOO_MANY_FILES.to_owned());
    }
    manifest.files.iter().find_map(|file| {
        // A name is part of a command that a person copies into a terminal.
        let plain = |letter: char| letter.is_ascii_alphanumeric() || "._+~-".contains(letter);
        let name = file.name();
        let named = name.chars().all(plain) && name.starts_with(|first: char| first.is_ascii_alphanumeric());
        let printable = file.address.bytes().all(|byte| byte.is_ascii_graphic() && !b"'\"\\`".contains(&byte));
        let hash = file.sha256.len() == 64 && file.sha256.bytes().all(|byte| byte.is_ascii_hexdigit());
        let sized = (1..=LARGEST_FILE).contains(&file.size);
        (!(named && printable && hash && sized)).then(|| words::unusable_file(&file.address))
    })
}

/// The address of a file of a list that came from `list`.
pub fn address_of(file: &ReleasedFile, list: &Url) -> Result<Url> {
    let address = list.join(&file.address).map_err(|error| words::malformed(&error.to_string()))?;
    super::fetch::allowed(&address)?;
    Ok(address)
}

/// Keys and signatures for tests.
#[cfg(test)]
#[allow(clippy::unwrap_used)]
pub(crate) mod samples {
    use minisign::KeyPair;

    use super::*;

    pub fn keys() -> KeyPair {
        KeyPair::generate_unencrypted_keypair().unwrap()
    }

    pub fn public(keys: &KeyPair) -> String {
        keys.pk.to_box().unwrap().into_string()
    }

    pub fn sign(keys: &KeyPair, text: &[u8], trusted: &str) -> String {
        minisign::sign(Some(&keys.pk), &keys.sk, text, Some(trusted), None).unwrap().into_string()
    }

    pub fn manifest(version: &str) -> Manifest {
        Manifest {
            version: version.parse().unwrap(),
            date: "2026-11-29".to_owned(),
            notes: "Faster launches.\nFewer words.".to_owned(),
            page: "https://orchest.example/releases".parse().unwrap(),
            files: vec![ReleasedFile {
                platform: this_platform(),
                format: "tar.gz".to_owned(),
                address: format!("orchest-desktop-{version}.tar.gz"),
                size: 10,
                sha256: "0".repeat(64),
            }],
        }
    }

    pub fn signed(keys: &KeyPair, manifest: &Manifest) -> (Vec<u8>, String) {
        let text = serde_json::to_vec(manifest).unwrap();
        let signature = sign(keys, &text, &trusted_comment(&manifest.version));
        (text, signature)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::samples::{keys, manifest, public, sign, signed};
    use super::*;

    #[test]
    fn a_list_is_read_only_with_a_signature_of_its_own_by_the_key() {
        let (mine, other) = (keys(), keys());
        let key = public(&mine);
        let (text, signature) = signed(&mine, &manifest("0.2.0"));
        assert_eq!(read(&text, &signature, &key).unwrap(), manifest("0.2.0"));
        assert_eq!(read(&text, &signature, key.lines().nth(1).unwrap()).unwrap().version.to_string(), "0.2.0");

        let (_, by_other) = signed(&other, &manifest("0.2.0"));
        assert!(read(&text, &by_other, &key).unwrap_err().to_string().contains("signature"));
        let (older, of_older) = signed(&mine, &manifest("0.1.0"));
        assert!(read(&text, &of_older, &key).is_err(), "the signature of another list");
        assert!(read(&older, &of_older, &key).is_ok());
        let mut changed = text.clone();
        changed[13] ^= 1;
        assert!(read(&changed, &signature, &key).is_err());
        for nonsense in ["", "untrusted comment: x\nAAAA\n", &signature[..signature.len() / 2]] {
            assert!(read(&text, nonsense, &key).is_err());
        }
        assert!(read(&text, &signature, "no key").is_err());
    }

    #[test]
    fn a_signature_of_another_version_or_file_by_the_same_key_does_not_count() {
        let keys = keys();
        let (text, _) = signed(&keys, &manifest("0.2.0"));
        let (older, another_file) = ("orchest-desktop 0.1.0 updates.json", "orchest-desktop 0.2.0 beta.json");
        for comment in [older, another_file, "", "timestamp:1"] {
            let refused = read(&text, &sign(&keys, &text, comment), &public(&keys)).unwrap_err().failure();
            assert!(refused.message.contains("another"), "{refused:?}");
        }
    }

    #[test]
    fn the_key_of_a_development_build_is_one() {
        let key = super::super::Source::of_this_build().key;
        assert!(PublicKey::decode(&key).is_ok(), "{key}");
    }

    #[test]
    fn what_is_no_list_is_refused() {
        let text = |change: &dyn Fn(&mut serde_json::Value)| {
            let mut value = serde_json::to_value(manifest("0.2.0")).unwrap();
            change(&mut value);
            value.to_string().into_bytes()
        };
        assert!(parse(&text(&|_| {})).is_ok());
        type Break = fn(&mut serde_json::Value);
        let broken: [Break; 13] = [
            |it| it["version"] = "2".into(),
            |it| it["version"] = "../../etc".into(),
            |it| it["date"] = "today".into(),
            |it| it["page"] = "javascript:alert(1)".into(),
            |it| it["page"] = "http://orchest.example".into(),
            |it| it["more"] = 1.into(),
            |it| it["files"] = vec![it["files"][0].clone(); MOST_FILES + 1].into(),
            |it| it["files"][0]["size"] = 0.into(),
            |it| it["files"][0]["size"] = (LARGEST_FILE + 1).into(),
            |it| it["files"][0]["sha256"] = "00".into(),
            |it| it["files"][0]["address"] = "https://a/b c.deb".into(),
            |it| it["files"][0]["address"] = "https://a/b/-rf".into(),
            |it| it["files"][0]["address"] = "https://a/'$(x)'/b.deb".into(),
        ];
        for (at, change) in broken.iter().enumerate() {
            assert!(parse(&text(change)).is_err(), "{at}");
        }
        for nonsense in ["", "null", "[]", "{", "<html>"] {
            assert!(parse(nonsense.as_bytes()).is_err(), "{nonsense}");
        }
        assert!(parse(&vec![b' '; LARGEST as usize + 1]).is_err());
    }

    #[test]
    fn a_file_is_found_by_its_platform_and_its_address_starts_at_the_list() {
        let list: Url = "https://orchest.example/releases/updates.json".parse().unwrap();
        let found = manifest("0.2.0");
        assert_eq!(found.file("plan9-mips", "tar.gz"), None);
        let mut file = found.file(&this_platform(), "tar.gz").unwrap().clone();
        assert_eq!(
            address_of(&file, &list).unwrap().as_str(),
            "https://orchest.example/releases/orchest-desktop-0.2.0.tar.gz"
        );
        for (address, allowed) in [("https://b/a.deb", true), ("http://b/a.deb", false), ("file:///etc/a.deb", false)] {
            file.address = address.to_owned();
            assert_eq!(address_of(&file, &list).is_ok(), allowed, "{address}");
        }
    }
}
