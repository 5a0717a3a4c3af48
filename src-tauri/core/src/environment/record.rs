//! What is remembered of a folder's environment, in a file of its own. The environment itself is in the engine's volume.

use std::fs;
use std::io::{ErrorKind, Write};
use std::path::Path;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::platform::others;
use crate::words::error::Result;
use crate::words::file as words;

/// The largest record that is read, bytes.
const LARGEST: u64 = 16 << 20;

/// What is remembered of a folder's environment.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Record {
    /// The folder.
    pub folder: String,
    /// The digest of the files that the person allowed to be installed.
    pub allowed: Option<String>,
    /// The file that the person picked, if not the nearest.
    pub picked: Option<String>,
    /// The digest of the `.env` whose variables kernels may get.
    pub env_file: Option<String>,
    /// The digest of the `postBuild` that the person allowed to run.
    pub post_build: Option<String>,
    /// The script that has run, and the environment that it ran for.
    pub post_built: Option<String>,
    /// What the app changed after the folder's lock file was written.
    pub unlocked: Option<Unlocked>,
    /// The environment that was made last.
    pub made: Option<Made>,
}

/// Packages that the app changed after a lock file was written. It counts until that file is another one.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Unlocked {
    /// The digest of the lock file.
    pub lock: String,
    /// The names of the packages.
    pub names: Vec<String>,
}

impl Unlocked {
    /// What counts after these packages were changed, too, beside a lock file of this digest.
    pub fn and(before: Option<Unlocked>, lock: Option<String>, names: Vec<String>) -> Option<Unlocked> {
        let lock = lock?;
        let known = before.filter(|before| before.lock == lock).map(|before| before.names).unwrap_or_default();
        let new = names.into_iter().filter(|name| !known.contains(name));
        Some(Unlocked { names: known.iter().cloned().chain(new).collect(), lock })
    }
}

/// An environment that was made.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Made {
    /// The digest of the files that it was made from.
    pub digest: String,
    /// The volume that it is in, and when the engine created that.
    pub store: String,
    /// Its folder in the store.
    pub key: String,
    /// The folder with what the kernel itself needs, if that does not fit into the environment.
    pub support_key: Option<String>,
    /// The image of the kernels, if the folder has one of its own.
    pub image: Option<String>,
    /// The version of Python, or of R.
    pub python: String,
    /// The folder of that Python in the store, if it is not the image's.
    pub base: Option<String>,
    /// The packages, by name.
    pub packages: Vec<Package>,
    /// The bytes of all packages.
    pub size: u64,
    /// When it was made, milliseconds since the epoch.
    pub at: u64,
}

/// An installed package.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Package {
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: String,
    /// Its size, bytes.
    pub size: u64,
}

/// How fast packages arrived in the last installation of any folder.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rate {
    /// Bytes in a second.
    pub bytes: u64,
    /// When it was measured, milliseconds since the epoch.
    pub at: u64,
}

/// The record in a file. One that is missing or cannot be read counts as empty: the environment is then found again.
pub fn read(file: &Path) -> Record {
    parsed(file).unwrap_or_default()
}

/// The rate in a file, if one was measured.
pub fn read_rate(file: &Path) -> Option<Rate> {
    parsed(file)
}

/// What is in a file of JSON, unless it is missing, too large or something else.
pub(crate) fn parsed<T: DeserializeOwned>(file: &Path) -> Option<T> {
    let small = fs::metadata(file).is_ok_and(|found| found.is_file() && found.len() <= LARGEST);
    let text = if small { fs::read(file) } else { Err(ErrorKind::NotFound.into()) };
    serde_json::from_slice(&text.ok()?).ok()
}

/// Writes a record or a rate, as a whole.
pub fn write(file: &Path, record: &impl Serialize) -> Result<()> {
    let folder = file.parent().unwrap_or(file);
    let written = || {
        others::closed_folder(folder)?;
        let mut new = tempfile::Builder::new().prefix(".new-").tempfile_in(folder)?;
        new.write_all(&serde_json::to_vec_pretty(record).unwrap_or_default())?;
        new.persist(file).map(drop).map_err(|error| error.error)
    };
    written().map_err(|error| words::failed(words::WRITE, file, error))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn changes_add_up_until_the_lock_file_is_another_one() {
        let and = |before, lock: Option<&str>, name: &str| {
            Unlocked::and(before, lock.map(str::to_owned), vec![name.to_owned()])
        };
        let first = and(None, Some("a"), "numpy");
        let second = and(and(first.clone(), Some("a"), "dask"), Some("a"), "numpy");
        assert_eq!(second.clone().unwrap().names, ["numpy", "dask"]);
        assert_eq!(and(second.clone(), Some("b"), "scipy").unwrap().names, ["scipy"]);
        assert_eq!(and(second, None, "scipy"), None);
    }

    #[test]
    fn a_record_comes_back_and_a_broken_one_is_empty() {
        let home = tempfile::tempdir().unwrap();
        let file = home.path().join("closed/a.json");
        assert_eq!(read(&file), Record::default());
        let made = Made { digest: "d".into(), key: "k".into(), python: "3.11.2".into(), ..Made::default() };
        let record = Record { allowed: Some("d".into()), made: Some(made), ..Record::default() };
        write(&file, &record).unwrap();
        assert_eq!(read(&file), record);
        for broken in ["", "{", "[]", r#"{"made": 7}"#] {
            fs::write(&file, broken).unwrap();
            assert_eq!(read(&file), Record::default(), "{broken}");
        }
        fs::write(&file, r#"{"allowed": "d", "later": true}"#).unwrap();
        assert_eq!(read(&file).allowed.as_deref(), Some("d"));
        let rate = Rate { bytes: 7_000_000, at: 1 };
        assert_eq!(read_rate(&file), None);
        write(&file, &rate).unwrap();
        assert_eq!(read_rate(&file), Some(rate));
    }
}
