//! The words for places where launches run.

use std::time::Duration;

use crate::words::error::{self, Error};
use crate::words::plain_text;

fn of(message: String, hint: &str) -> Error {
    Error::Place { message, hint: hint.to_owned() }
}

/// The name of a place cannot be used.
pub(crate) fn not_a_name(name: &str) -> Error {
    of(
        format!("`{}` cannot be the name of a place", plain_text::name(name)),
        "a name has 1 to 40 letters, digits, spaces, `-`, `_` and `.`; `this-machine` is taken",
    )
}

/// An entry of the settings that is no place.
pub(crate) fn broken(name: &str, why: &str) -> Error {
    of(
        format!("the place `{}` in the settings {why}", plain_text::name(name)),
        "correct it there, or remove it: `orchest places remove NAME`. `docs/places.md` has its fields",
    )
}

/// An entry without this field.
pub(crate) fn lacks(field: &str) -> String {
    format!("lacks `{}`", plain_text::name(field))
}

/// An entry with other kinds of values than a place has.
pub(crate) const UNREADABLE: &str = "cannot be read: a value in it has another kind than that of a place";

/// A folder's place is gone from the settings.
pub(crate) fn folder_without(folder: &str, name: &str) -> Error {
    of(
        format!("`{folder}` is launched at the place `{}`, which is not in the settings", plain_text::name(name)),
        "pick another place for it: `orchest places use this-machine DIR`, or add the place again",
    )
}

/// A launch runs elsewhere than it is asked for.
pub(crate) fn runs_at(folder: &str, place: Option<&str>) -> Error {
    let place = place.map_or("this machine".to_owned(), |name| format!("`{name}`"));
    of(format!("`{folder}` runs at {place}"), "stop it first, and launch it then")
}

/// A person's certificate and key are not of each other.
pub(crate) fn other_key(place: &str, reason: &str) -> Error {
    of(
        format!("certificate and key of `{place}` cannot be used together: {reason}"),
        "give a certificate and the key that it was made with, in PEM format and without a password",
    )
}

/// There is no such place.
pub(crate) fn unknown(name: &str, known: &[String]) -> Error {
    let known = if known.is_empty() { "none was added".to_owned() } else { format!("there are {}", listed(known)) };
    of(
        format!("there is no place `{}`", plain_text::name(name)),
        &format!("{known}. `orchest places add NAME --gateway URL` adds one, and `this-machine` is this machine"),
    )
}

fn listed(names: &[String]) -> String {
    names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}

/// A place of this name is there.
pub(crate) fn taken(name: &str) -> Error {
    of(format!("there is a place `{name}` already"), "remove it first, or pick another name")
}

/// An address that is none.
pub(crate) fn not_an_address(text: &str) -> Error {
    of(
        format!("`{}` is no address of a gateway", plain_text::name(text)),
        "give one such as https://gateway.example/team, with http:// or https:// before it",
    )
}

/// An address with a login, a query or a fragment. `text`: its host, or what may be shown of it.
pub(crate) fn more_than_an_address(text: &str) -> Error {
    of(
        format!(
            "the address of `{}` has more than an address",
            plain_text::name(text.split('?').next().unwrap_or_default())
        ),
        "give the address alone; a token is read from standard input (`--token-stdin`) or from a file (`--token-file`)",
    )
}

/// An address that a container does not reach.
pub(crate) fn loopback(text: &str) -> Error {
    of(
        format!(
            "`{}` is this machine's own address, which the server's container does not reach",
            plain_text::name(text)
        ),
        "use this machine's name or its address in the network. A tunnel of ssh has to listen there, too: \
         `ssh -L ADDRESS:PORT:GATEWAY:PORT …`",
    )
}

/// The name of a header that is none.
pub(crate) fn not_a_header(name: &str) -> Error {
    of(format!("`{}` is no name of a header", plain_text::name(name)), "a name has letters, digits and `-`")
}

/// A scheme of `Authorization` that is none.
pub(crate) fn not_a_scheme(name: &str) -> Error {
    of(
        format!("`{}` is no scheme of the header Authorization", plain_text::name(name)),
        "Jupyter's gateways know `token`; a proxy before one may ask for `Bearer`",
    )
}

/// A certificate without a key, or the other way round.
pub(crate) fn half_a_certificate() -> Error {
    of("a certificate and its key belong together".to_owned(), "give both: `--certificate FILE --key FILE`")
}

/// A shared folder without an absolute path.
pub(crate) fn not_shared(here: &str, there: &str) -> Error {
    of(
        format!("`{}={}` is no shared folder", plain_text::name(here), plain_text::name(there)),
        "give absolute paths: `--shared HERE=THERE`, or `--shared PATH` if both are the same",
    )
}

/// A folder has another place while it runs.
pub(crate) fn runs(folder: &str) -> Error {
    of(format!("`{folder}` runs, and stays where it runs"), "stop it first, and pick its place then")
}

/// Folders are launched at a place that a person removes.
pub(crate) fn used(name: &str, folders: &[String]) -> Error {
    of(format!("launches run at `{name}`: {}", listed(folders)), "stop them first")
}

/// The token is in no keychain.
pub(crate) fn no_keychain(reason: &str) -> Error {
    of(
        format!("the token cannot be kept: {reason}"),
        "keep it in a file that only you may read, and name that: `--token-file FILE`",
    )
}

/// The token is gone from the keychain.
pub(crate) fn token_gone(place: &str) -> Error {
    of(format!("the keychain no longer has the token of `{place}`"), "remove the place and add it again")
}

/// The keychain does not give the token.
pub(crate) fn token_locked(place: &str, reason: &str) -> Error {
    of(format!("the keychain does not give the token of `{place}`: {reason}"), "unlock it, and try again")
}

/// A file of a place cannot be read. `what`: token, certificate, ...
pub(crate) fn unreadable(what: &str, path: &str, reason: &str) -> Error {
    of(
        format!("the {what} in `{path}` cannot be read: {reason}"),
        "correct the file, or remove the place and add it again",
    )
}

/// A file that is no token, certificate or key.
pub(crate) const TOO_LARGE: &str = "it is too large";

/// A file with a token that others may read.
#[cfg(unix)]
pub(crate) fn open_to_others(path: &str) -> Error {
    of(format!("other users may read the token in `{path}`"), &format!("close it: `chmod 600 {path}`"))
}

/// A file has no token.
pub(crate) fn without_token(path: &str) -> Error {
    of(format!("`{path}` has no token of one line"), "write the token into it, and nothing else")
}

/// A file has no certificate, or no key.
pub(crate) fn without(what: &str, path: &str) -> Error {
    of(format!("`{path}` has no {what}"), "give a file in PEM format, which begins with `-----BEGIN`")
}

/// The person's key is in no form that is known.
pub(crate) fn bad_key(place: &str) -> Error {
    of(format!("the key of `{place}` cannot be used"), "give one in PEM format without a password")
}

/// The gateway does not answer.
pub(crate) fn silent(place: &str, address: &str, reason: &str) -> Error {
    let hint = if reason.contains("CaUsedAsEndEntity") {
        "its certificate is marked as that of an authority: those who keep it can make one with `basicConstraints=CA:FALSE`"
    } else if reason.contains("NotValidForName")
        || reason.contains("not valid for name")
        || reason.contains("only valid for")
    {
        "its certificate is for another address: give the place that one"
    } else if reason.contains("Expired") {
        "its certificate has expired: those who keep it can renew it"
    } else if reason.contains("UnknownIssuer") || reason.contains("certificate") {
        "its certificate is signed by another authority than those that this machine and the place know: give the file with the \
         right one (`--ca FILE`)"
    } else if reason.contains("timeout") || reason.contains("timed out") {
        "it may be slow, its network may need a VPN, or the address may need http:// in the place of https://"
    } else {
        "check the address (http:// or https://, the port), and whether the gateway runs and this machine reaches it (VPN, \
         firewall)"
    };
    of(format!("the gateway of `{place}` does not answer at {address}: {reason}"), hint)
}

/// The gateway refuses the token.
pub(crate) fn refused(place: &str, status: u16, with_token: bool) -> Error {
    let (message, hint) = if with_token {
        (
            format!("the gateway of `{place}` refuses the token (status {status})"),
            "ask those who keep the gateway for a valid token, or for the header that it expects; remove the place and add it \
             again with that",
        )
    } else {
        (
            format!("the gateway of `{place}` asks for a token (status {status})"),
            "add the place with one: `--token-stdin` or `--token-file FILE`",
        )
    };
    of(message, hint)
}

/// The gateway knows the token and refuses what the person wants.
pub(crate) fn not_allowed(place: &str, what: &str, said: &str, user: Option<&str>) -> Error {
    let hint = match user {
        Some(user) => format!("ask those who keep the gateway whether `{user}` may start kernels there"),
        None => "it may want the name of a user: add the place again with `--user NAME`, or ask those who keep it"
            .to_owned(),
    };
    of(format!("the gateway of `{place}` does not allow to {what}: {said}"), &hint)
}

/// Something else than a gateway answers.
pub(crate) fn no_gateway(place: &str, address: &str, status: u16) -> Error {
    let hint = match status {
        300..400 => {
            "it leads elsewhere, perhaps to a page for logging in: give the address of the gateway itself, or a token"
        }
        500.. => "it is not available at the moment: try again later, or ask those who keep it",
        _ => "the address may lack a path, such as https://example.com/gateway, or a page for logging in answers",
    };
    of(format!("no Jupyter gateway answers at {address}, the address of `{place}` (status {status})"), hint)
}

/// The gateway answers with an error.
pub(crate) fn failed(place: &str, what: &str, reason: &str) -> Error {
    of(
        format!("the gateway of `{place}` could not {what}: {reason}"),
        "those who keep the gateway find the cause in its log",
    )
}

/// The gateway has no kernelspecs.
pub(crate) fn without_kernelspecs(place: &str) -> Error {
    of(format!("the gateway of `{place}` offers no kernelspecs"), "ask those who keep the gateway for some")
}

/// The gateway has no kernelspec of this name.
pub(crate) fn not_offered(place: &str, name: &str, offered: &[String]) -> Error {
    of(
        format!("the gateway of `{place}` has no kernelspec `{}`", plain_text::name(name)),
        &format!("it offers {}", listed(offered)),
    )
}

/// A kernel did not become ready in time.
pub(crate) fn kernel_silent(place: &str, kernelspec: &str, seconds: u64) -> Error {
    of(
        format!("a kernel of `{kernelspec}` at `{place}` was not ready after {seconds} s"),
        "those who keep the gateway see in its log whether it waits for a machine or an image",
    )
}

/// The gateway, by its name and version.
pub(crate) fn version(version: Option<&str>, api: Option<&str>) -> String {
    match (version, api) {
        (Some(version), _) => format!("Enterprise Gateway {version}"),
        (None, Some(api)) => format!("Jupyter server {api}"),
        (None, None) => "a Jupyter gateway".to_owned(),
    }
}

/// The kernelspecs of a gateway.
pub(crate) fn kernelspecs(names: &[String]) -> String {
    error::listed(names)
}

/// How the gateway knows the person.
pub(crate) fn secrets(token: bool, certificate: bool, authority: bool) -> String {
    let parts = [
        token.then_some("a token"),
        certificate.then_some("a certificate of yours"),
        authority.then_some("an authority of its own"),
    ];
    let parts: Vec<_> = parts.into_iter().flatten().collect();
    if parts.is_empty() { "none".to_owned() } else { parts.join(", ") }
}

/// A kernel was started and ended.
pub(crate) fn kernel_started(kernelspec: &str, proxy: Option<&str>, took: Duration) -> String {
    let by = proxy.map(|proxy| format!(" by {proxy}")).unwrap_or_default();
    format!("one of `{kernelspec}` started{by} in {:.1} s, and was ended", took.as_secs_f64())
}

/// A kernel of a test is gone before it is ready.
pub(crate) const KERNEL_ENDED: &str = "it ended at once";

/// A launch was stopped, and its gateway did not end its kernels.
pub(crate) fn kernels_left(place: &str) -> Error {
    of(
        format!(
            "kernels of the launch may still run at `{place}`: its gateway did not answer while the launch was stopped"
        ),
        "many gateways end idle kernels after a while; those who keep this one can end them now",
    )
}

/// A shared folder.
pub(crate) fn shared(here: &str, there: &str) -> String {
    if here == there { here.to_owned() } else { format!("{here}={there}") }
}

/// What kernels at a gateway do not have of the folder.
pub(crate) const UNSEEN: &str = "its kernels do not see this folder";
/// The folder's variables stay here.
pub(crate) const WITHOUT_VARIABLES: &str = "the folder's variables are not passed on";
/// The steps of a test.
pub(crate) const ADDRESS: &str = "address";
pub(crate) const SECRETS: &str = "token and certificates";
pub(crate) const ANSWER: &str = "gateway";
pub(crate) const KERNELSPECS: &str = "kernelspecs";
pub(crate) const KERNEL: &str = "kernel";
