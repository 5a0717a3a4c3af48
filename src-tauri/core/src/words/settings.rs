//! The words for the valid values of settings.

use std::path::Path;

use crate::words::error::Error;

pub(crate) const THEME: &str = "`system`, `light` or `dark`";
pub(crate) const ZOOM: &str = "a number from 0.5 to 2";
pub(crate) const SORT: &str = "`name`, `opened` or `changed`";
pub(crate) const ON_CLOSE: &str = "`keep` or `stop`; without it the window asks";
pub(crate) const LAUNCH_TIMEOUT_S: &str = "a whole number of seconds from 5 to 3600";
pub(crate) const IDLE_STOP_MIN: &str = "a number of minutes up to 10080, which is a week; 0 is off";
pub(crate) const LIMITS: &str = "`server` and `kernel`, each with `cpus` from 0.1 to 1024, `memory_mb`, a whole number \
                                 from 128 to 16777216, `shm_mb`, a whole number from 1 to 16777216, `processes`, a \
                                 whole number from 64 to 4194304, and `log_mb`, a whole number from 1 to 1048576";
pub(crate) const GATEWAY_MEMORY_MB: &str = "a whole number from 128 to 16777216";
pub(crate) const YES_OR_NO: &str = "`true` or `false`";
/// Places by their names.
pub(crate) const PLACES: &str = "places by their names, each with the address of a gateway";
pub(crate) const ENGINE: &str =
    "the address of an engine on this machine, such as `unix:///run/user/1000/docker.sock`; without it one is searched";
pub(crate) const IMAGE: &str = "the name of an image";
pub(crate) const REGISTRY: &str = "a registry and a folder in it, such as `registry.example/orchest`";
pub(crate) const FILE: &str = "the path of a file";
pub(crate) const SAFE_ADDRESS: &str = "an address that begins with `https://`, without a login and without `?`";
pub(crate) const ABSOLUTE_FOLDER: &str = "the absolute path of a folder";

/// A file of certificate authorities without a certificate.
pub(crate) fn no_certificate(file: &Path) -> Error {
    Error::CaFile {
        message: format!("there is no certificate in `{}`", file.display()),
        hint: "pick a file in PEM format, in which each certificate begins with `-----BEGIN CERTIFICATE-----`"
            .to_owned(),
    }
}
