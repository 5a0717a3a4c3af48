//! What is remembered of earlier lists, in one file.

use std::path::Path;

use semver::Version;
use serde::{Deserialize, Serialize};

use crate::environment::record as file;
use crate::words::error::Result;

/// What is remembered.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Record {
    /// When a list was asked for last, milliseconds since the epoch.
    pub checked_at: u64,
    /// The newest version that a list named. Older lists are refused.
    pub seen: Option<Version>,
    /// The address of the newest list, the list, and its signature: it is verified again when it is read.
    pub list: Option<KeptList>,
    /// The version that the person does not want to be shown.
    pub later: Option<Version>,
    /// The version that was installed and taken away again, until the person was told.
    pub taken_back: Option<String>,
}

/// A list that is kept.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeptList {
    /// Where it came from.
    pub address: String,
    /// Its text.
    pub text: String,
    /// Its signature.
    pub signature: String,
}

/// The record in a file; an empty one if it cannot be read.
pub fn read(path: &Path) -> Record {
    file::parsed(path).unwrap_or_default()
}

/// Writes the record, as a whole. The newest version that was seen stays, whatever another program wrote meanwhile.
pub fn write(path: &Path, record: &Record) -> Result<()> {
    let before = read(path).seen;
    let seen = match (&before, &record.seen) {
        (Some(before), Some(new)) if before.cmp_precedence(new).is_gt() => before.clone().into(),
        (before, None) => before.clone(),
        (_, new) => new.clone(),
    };
    file::write(path, &Record { seen, ..record.clone() })
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_version_that_was_seen_is_never_forgotten() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("updates.json");
        assert_eq!(read(&path), Record::default());
        let seen = |version: Option<&str>| Record { seen: version.map(|it| it.parse().unwrap()), ..Record::default() };
        for (written, kept) in [("0.2.0", "0.2.0"), ("0.1.0", "0.2.0"), ("0.3.0-rc.1", "0.3.0-rc.1")] {
            write(&path, &seen(Some(written))).unwrap();
            assert_eq!(read(&path).seen.unwrap().to_string(), kept);
        }
        write(&path, &seen(None)).unwrap();
        assert_eq!(read(&path).seen.unwrap().to_string(), "0.3.0-rc.1");
        std::fs::write(&path, "{").unwrap();
        assert_eq!(read(&path), Record::default());
    }
}
