//! The words for newer versions of the program.

use std::path::Path;

use semver::Version;
use url::Url;

use crate::contract::notice::{Notice, Tone};
use crate::words::error::Error;
use crate::words::plain_text::name as plain;

pub(crate) const TOO_LARGE: &str = "it is too large";
pub(crate) const TOO_MANY_FILES: &str = "it names too many files";
pub(crate) const SILENT: &str = "it does not answer";

const STAYS: &str = "this version stays; try again later, or look at the page of the program yourself";
const TAMPERED: &str = "somebody may have changed it on its way: this version stays. If it happens again, tell the people \
                        who made this program";

/// A list or a file that must not be used: the person is told, whoever asked.
fn refused(message: String, hint: &str) -> Error {
    Error::Update { message, hint: hint.to_owned(), refused: true }
}

/// Something that did not come about, which may come about later.
fn failed(message: String, hint: &str) -> Error {
    Error::Update { message, hint: hint.to_owned(), refused: false }
}

pub(crate) fn not_https(address: &str) -> Error {
    refused(
        format!("newer versions are not looked for at `{}`", plain(address)),
        "name an address that begins with `https://`, as `updates_address` in the settings",
    )
}

pub(crate) fn not_plain(address: &str) -> Error {
    refused(
        format!("newer versions are not looked for at `{}`", plain(address)),
        "name one that begins with `https://`, without a login and without `?`, as `updates_address` in the settings",
    )
}

pub(crate) fn redirected(from: &Url, to: &str) -> Error {
    refused(format!("`{from}` redirects to `{}`, which is not safe", plain(to)), TAMPERED)
}

pub(crate) fn too_many_redirects(address: &Url) -> Error {
    refused(format!("`{address}` redirects again and again"), STAYS)
}

pub(crate) fn too_large(address: &Url, most: u64) -> Error {
    refused(format!("the answer of `{address}` is larger than {} KB", most >> 10), TAMPERED)
}

pub(crate) fn unreachable(address: &Url, reason: &str) -> Error {
    failed(
        format!("`{address}` does not answer as it should: {}", plain(reason)),
        "check the network, the proxy (`HTTPS_PROXY`) and the file with certificate authorities in Settings",
    )
}

pub(crate) fn status(status: u16) -> String {
    format!("its status is {status}")
}

pub(crate) fn unusable_key(reason: &str) -> Error {
    refused(format!("this program was built with a key that is none: {reason}"), "build it with another one")
}

pub(crate) fn wrong_signature(reason: &str) -> Error {
    refused(format!("the list of versions has a wrong signature: {}", plain(reason)), TAMPERED)
}

pub(crate) fn other_signature(comment: &str, wanted: &str) -> Error {
    refused(
        format!("the list of versions has a signature of another list: `{}` and not `{wanted}`", plain(comment)),
        TAMPERED,
    )
}

pub(crate) fn malformed(reason: &str) -> Error {
    refused(format!("the list of versions cannot be read: {}", plain(reason)), STAYS)
}

pub(crate) fn no_date(date: &str) -> String {
    format!("`{}` is no day", plain(date))
}

pub(crate) fn no_https(address: &str) -> String {
    format!("`{}` does not begin with `https://`", plain(address))
}

pub(crate) fn unusable_file(address: &str) -> String {
    format!("the file `{}` has an unusable address, size or hash", plain(address))
}

pub(crate) fn older_than_seen(named: &Version, seen: &Version) -> Error {
    refused(format!("the list of versions is an old one: it names {named}, and an earlier one named {seen}"), TAMPERED)
}

pub(crate) fn older_than_running(named: &Version, running: &Version) -> Error {
    refused(
        format!("the list of versions is an old one: it names {named}, and this is version {running}"),
        "this version stays",
    )
}

pub(crate) fn other_size(address: &Url, size: u64) -> Error {
    refused(format!("`{address}` has not the size of {size} bytes that the list of versions names"), STAYS)
}

pub(crate) fn other_hash(address: &Url) -> Error {
    refused(format!("`{address}` is not the file that the list of versions names: its hash is another"), TAMPERED)
}

pub(crate) fn unusable_archive(reason: &str) -> Error {
    refused(format!("the new version cannot be unpacked: {}", plain(reason)), STAYS)
}

pub(crate) fn foreign_entry(entry: &Path) -> Error {
    refused(
        format!("the new version cannot be unpacked: `{}` does not belong there", plain(&entry.to_string_lossy())),
        STAYS,
    )
}

pub(crate) fn no_program(program: &str) -> Error {
    refused(format!("the new version cannot be used: it has no `{program}`"), STAYS)
}

pub(crate) fn does_not_run(program: &Path, reason: &str) -> Error {
    let name = program.file_name().unwrap_or_default().to_string_lossy();
    failed(format!("the new `{name}` does not run on this machine: {}", plain(reason)), STAYS)
}

pub(crate) fn says(text: &str) -> String {
    format!("it says `{}`", plain(text))
}

pub(crate) fn cancelled() -> Error {
    failed("the update is cancelled".to_owned(), "this version stays")
}

pub(crate) fn waits_for_start() -> Error {
    failed("a newer version is installed already".to_owned(), "close the window and open it again to use it")
}

/// Nothing is known about newer versions, because no address is.
pub(crate) fn no_address() -> Error {
    failed(
        "this build of the program has no address for newer versions".to_owned(),
        "name one in the settings as `updates_address`",
    )
}

/// There is no newer version, as far as is known.
pub(crate) fn no_newer() -> Error {
    failed("no newer version is known".to_owned(), "look for one in Settings")
}

/// There is nothing to install, or this copy of the program cannot install it.
pub(crate) fn nothing_to_install() -> Error {
    failed(
        "this copy of the program does not update itself".to_owned(),
        "get the newer version the way that this one came",
    )
}

/// A version was installed and did not start.
pub(crate) fn taken_back(version: &str) -> Notice {
    Notice {
        tone: Tone::Failure,
        message: format!("Version {} did not show its window", plain(version)),
        hint: "the old version is back; the log of the app may say why".to_owned(),
    }
}

/// The command that gets a package whose hash the signed list names, and installs it.
pub(crate) fn install_command(address: &Url, name: &str, sha256: &str, deb: bool) -> String {
    let install = if deb { "sudo apt install" } else { "sudo dnf install" };
    format!("curl -fLO '{address}' && echo '{sha256}  {name}' | sha256sum -c && {install} ./{name}")
}
