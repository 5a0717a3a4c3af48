//! Newer versions of this program. Nothing is asked without an address, and nothing before the person agreed.
//!
//! - [`manifest`]: the signed list that names the newest version; [`judge`]: may it be believed and is it newer
//! - [`fetch`]: asks an address, with bounds; [`check`]: fetches the list and judges it
//! - [`record`]: what is remembered of earlier lists
//! - [`origin`]: how this copy of the program came to the machine, and so how it gets a newer version
//! - [`archive`]: unpacks the archive of a version; [`replace`]: puts its files in the place of the old ones

pub mod archive;
pub mod check;
pub mod fetch;
pub mod judge;
pub mod manifest;
pub mod origin;
pub mod record;
pub mod replace;

use std::path::PathBuf;

use crate::platform::paths::AppDirs;
use replace::AtStart;

/// Where newer versions are looked for, and whose signature counts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    /// The address of the list, if the settings name no other.
    pub address: Option<String>,
    /// The public key, as minisign writes it.
    pub key: String,
    /// The version that runs.
    pub running: String,
    /// The executable that runs, as it was at the start: an update puts another file in its place.
    pub program: PathBuf,
}

impl Source {
    /// What was chosen when this program was built. A build for development has no address, and a key whose private half
    /// nobody uses for releases.
    pub fn of_this_build() -> Source {
        let built = |value: Option<&str>| value.map(str::trim).filter(|value| !value.is_empty()).map(str::to_owned);
        // Tests of the whole program sign by a key of their own. A release trusts no key but its own.
        let of_test = std::env::var("ORCHEST_UPDATES_KEY").ok().filter(|_| cfg!(debug_assertions));
        let program = std::env::current_exe().and_then(|program| program.canonicalize());
        Source {
            address: built(option_env!("ORCHEST_UPDATES_ADDRESS")),
            key: of_test
                .or_else(|| built(option_env!("ORCHEST_UPDATES_KEY")))
                .unwrap_or_else(|| include_str!("development.pub").to_owned()),
            running: env!("CARGO_PKG_VERSION").to_owned(),
            program: program.unwrap_or_default(),
        }
    }
}

/// Looks for an update before a window shows anything; only one window of a person may do this. Answers with the program
/// to start instead, if a new version was taken away again.
pub fn at_start(places: &AppDirs, source: &Source) -> Option<PathBuf> {
    let origin::Origin::Archive(root) = origin::look(&source.program) else { return None };
    let AtStart::Restored(version) = replace::at_start(&root) else { return None };
    let path = places.updates_record();
    let mut known = record::read(&path);
    known.later = version.parse().ok();
    known.taken_back = Some(version);
    if let Err(error) = record::write(&path, &known) {
        tracing::warn!(error = &error as &dyn std::error::Error, "nobody will be told that an update was taken back");
    }
    Some(source.program.clone())
}
