//! Fetches the list of an address and judges it.

use semver::Version;
use url::Url;

use super::fetch::{self, Way};
use super::judge;
use super::manifest::{self, LARGEST, LARGEST_SIGNATURE, Manifest};
use super::record::KeptList;
use crate::settings::schema;
use crate::words::error::Result;
use crate::words::updates as words;

/// A list that counts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FoundList {
    /// The list.
    pub manifest: Manifest,
    /// Its address.
    pub address: Url,
    /// It names a newer version than the one that runs.
    pub newer: bool,
    /// As it is kept.
    pub kept: KeptList,
}

/// The address of a list, if it may be asked.
pub fn address(text: &str) -> Result<Url> {
    let address: Url = text.parse().map_err(|_| words::not_https(text))?;
    if schema::is_plain_and_safe(&address) { Ok(address) } else { Err(words::not_plain(text)) }
}

/// Asks for the list, and for its signature at the same address with `.minisig`.
pub fn check(from: &str, key: &str, running: &str, seen: Option<&Version>, way: &Way) -> Result<FoundList> {
    let list = address(from)?;
    let mut beside = list.clone();
    beside.set_path(&format!("{}.minisig", list.path()));
    let text = fetch::small(&list, way, LARGEST)?;
    let signature = fetch::small(&beside, way, LARGEST_SIGNATURE)?;
    let text = String::from_utf8(text).map_err(|error| words::malformed(&error.to_string()))?;
    let signature = String::from_utf8(signature).map_err(|error| words::wrong_signature(&error.to_string()))?;
    judged(&KeptList { address: from.to_owned(), text, signature }, key, running, seen)
}

/// Judges a list as it came, or as it was kept.
pub fn judged(kept: &KeptList, key: &str, running: &str, seen: Option<&Version>) -> Result<FoundList> {
    let address = address(&kept.address)?;
    let manifest = manifest::read(kept.text.as_bytes(), &kept.signature, key)?;
    let running = running.parse().map_err(|_| words::malformed(running))?;
    let newer = judge::is_newer(&manifest.version, &running, seen)?;
    Ok(FoundList { manifest, address, newer, kept: kept.clone() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_carries_nothing_of_the_person() {
        assert!(address("https://orchest.example/updates.json").is_ok());
        for text in ["https://a:b@orchest.example/u", "https://orchest.example/u?id=1", "orchest.example", ""] {
            assert!(address(text).is_err(), "{text}");
        }
    }
}
