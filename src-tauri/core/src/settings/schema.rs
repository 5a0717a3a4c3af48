//! A person's choices: each with its default and its valid values. Pure.
//!
//! A choice has the same name in the settings file and in a [`Change`](crate::contract::choices::Change). One table has
//! the valid values.

use std::path::Path;

use serde::Deserialize;
use serde_json::Value;
use url::{Host, Url};

use crate::contract::choices::{Limits, OnClose, Sort, Theme};
use crate::words::error::Error;
use crate::words::registry;
use crate::words::settings as words;

/// The default time that a launch has to become ready, seconds.
pub const READY_WITHIN_S: u64 = 60;

/// The default memory limit of a gateway, MB. A gateway holds up to three copies of a message of at most 512 MB, and
/// 256 MB for each page that is slow or away.
pub const GATEWAY_MEMORY_MB: u64 = 4096;

/// The default limit of processes and threads of a container. Numerical libraries start a thread per core in each
/// process.
pub const PROCESSES: u64 = 4096;
/// The default size of a container's log, MB.
pub const LOG_MB: u64 = 32;

/// A choice with an invalid value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused {
    /// Its name.
    pub name: String,
    /// Its value.
    pub value: Value,
    /// The valid values.
    pub may_be: &'static str,
}

/// Every choice by its name in the settings file, with its valid values and their check.
type Choice = (&'static str, &'static str, fn(&Value) -> bool);
const CHOICES: &[Choice] = &[
    ("theme", words::THEME, is::<Theme>),
    ("zoom", words::ZOOM, |value| within(value, 0.5, 2.0)),
    ("sort", words::SORT, is::<Sort>),
    ("on_close", words::ON_CLOSE, is::<OnClose>),
    ("launch_timeout_s", words::LAUNCH_TIMEOUT_S, |value| whole_within(value, 5, 3600)),
    ("idle_stop_min", words::IDLE_STOP_MIN, |value| within(value, 0.0, 10_080.0)),
    ("limits", words::LIMITS, |value| {
        // Serde would accept a list as an object whose fields all have defaults.
        let objects = value.as_object().is_some_and(|parts| parts.values().all(Value::is_object));
        let Some(limits) = serde_json::from_value::<Limits>(value.clone()).ok().filter(|_| objects) else {
            return false;
        };
        [limits.server, limits.kernel].iter().all(|limit| {
            limit.cpus.is_none_or(|cpus| (0.1..=1024.0).contains(&cpus))
                && limit.memory_mb.is_none_or(|memory| (128..=16_777_216).contains(&memory))
                && limit.shm_mb.is_none_or(|shm| (1..=16_777_216).contains(&shm))
                && limit.processes.is_none_or(|processes| (64..=4_194_304).contains(&processes))
                && limit.log_mb.is_none_or(|log| (1..=1_048_576).contains(&log))
        })
    }),
    ("gateway_memory_mb", words::GATEWAY_MEMORY_MB, |value| whole_within(value, 128, 16_777_216)),
    ("open_when_ready", words::YES_OR_NO, Value::is_boolean),
    ("tray", words::YES_OR_NO, Value::is_boolean),
    ("engine", words::ENGINE, is_engine),
    ("places", words::PLACES, Value::is_object),
    ("base_image", words::IMAGE, is_text),
    ("images_registry", words::REGISTRY, |value| value.as_str().is_some_and(registry::is_place)),
    ("ca_file", words::FILE, is_text),
    ("updates_check", words::YES_OR_NO, Value::is_boolean),
    ("updates_address", words::SAFE_ADDRESS, is_safe_address),
    ("kernels_dir", words::ABSOLUTE_FOLDER, |value| value.as_str().is_some_and(|path| Path::new(path).is_absolute())),
];

fn is<T: for<'a> Deserialize<'a>>(value: &Value) -> bool {
    serde_json::from_value::<T>(value.clone()).is_ok()
}

fn is_text(value: &Value) -> bool {
    value.as_str().is_some_and(|text| !text.trim().is_empty())
}

fn is_engine(value: &Value) -> bool {
    let schemes = ["unix://", "npipe://", "tcp://"];
    let rest = value.as_str().and_then(|text| schemes.iter().find_map(|scheme| text.strip_prefix(scheme)));
    rest.is_some_and(|rest| !rest.is_empty() && !rest.contains(char::is_control))
}

/// A login or a question mark would say something about the person.
fn is_safe_address(value: &Value) -> bool {
    value.as_str().and_then(|text| text.parse().ok()).is_some_and(|address| is_plain_and_safe(&address))
}

/// Whether a list of versions may be looked for at an address.
pub fn is_plain_and_safe(address: &Url) -> bool {
    is_safe(address) && address.username().is_empty() && address.password().is_none() && address.query().is_none()
}

/// Whether an address may be asked for anything: by https, or on this machine by http.
pub fn is_safe(address: &Url) -> bool {
    let here = match address.host() {
        Some(Host::Ipv4(host)) => host.is_loopback(),
        Some(Host::Ipv6(host)) => host.is_loopback(),
        _ => false,
    };
    address.scheme() == "https" || (address.scheme() == "http" && here)
}

fn within(value: &Value, least: f64, most: f64) -> bool {
    value.as_f64().is_some_and(|number| (least..=most).contains(&number))
}

fn whole_within(value: &Value, least: u64, most: u64) -> bool {
    value.as_u64().is_some_and(|number| (least..=most).contains(&number))
}

/// The names of all choices.
pub(crate) fn names() -> impl Iterator<Item = &'static str> {
    CHOICES.iter().map(|(name, ..)| *name)
}

/// Checks a choice. Null means no choice and is always valid.
pub fn check(name: &str, value: &Value) -> Result<(), Refused> {
    let refused = |may_be| Refused { name: name.to_owned(), value: value.clone(), may_be };
    match CHOICES.iter().find(|(known, ..)| *known == name) {
        _ if value.is_null() => Ok(()),
        Some((_, may_be, makes_sense)) if !makes_sense(value) => Err(refused(may_be)),
        _ => Ok(()),
    }
}

impl From<Refused> for Error {
    fn from(Refused { name, value, may_be }: Refused) -> Error {
        let value = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        Error::Setting { name, value, may_be: may_be.to_owned() }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::contract::choices::{Change, WantedLimit, WantedLimits};

    #[test]
    fn valid_values_are_accepted_and_all_others_refused() {
        let fine = [
            ("theme", json!("dark")),
            ("theme", json!("system")),
            ("theme", json!(null)),
            ("zoom", json!(0.5)),
            ("zoom", json!(2)),
            ("sort", json!("opened")),
            ("on_close", json!("keep")),
            ("launch_timeout_s", json!(5)),
            ("launch_timeout_s", json!(3600)),
            ("idle_stop_min", json!(0)),
            ("idle_stop_min", json!(0.05)),
            ("limits", json!({})),
            ("limits", json!({"kernel": {"cpus": 0.1}})),
            ("limits", json!({"kernel": {"shm_mb": 64}})),
            ("limits", json!({"kernel": {"processes": 64}, "server": {"log_mb": 1}})),
            ("limits", json!({"server": {"memory_mb": 128}, "kernel": {"cpus": 2, "memory_mb": 4096}})),
            ("gateway_memory_mb", json!(1024)),
            ("images_registry", json!("registry.example:5000/orchest")),
            ("ca_file", json!("/etc/ssl/company.crt")),
            ("tray", json!(true)),
            ("updates_check", json!(false)),
            ("updates_address", json!("https://orchest.example/updates.json")),
            ("updates_address", json!("http://127.0.0.1:8000/updates.json")),
            ("engine", json!("unix:///run/user/1000/podman/podman.sock")),
            ("engine", json!("npipe:////./pipe/docker_engine")),
            ("engine", json!("tcp://127.0.0.1:2375")),
            ("engine", json!(null)),
            ("places", json!({"team": {"gateway": "https://gateway.example", "user": "ada"}})),
            ("kernels_dir", json!(std::env::temp_dir())),
            ("what a newer version has", json!([1, 2])),
        ];
        for (name, value) in fine {
            assert_eq!(check(name, &value), Ok(()), "{name} {value}");
        }
        let nonsense = [
            ("theme", json!("purple")),
            ("theme", json!(1)),
            ("zoom", json!(0.4)),
            ("zoom", json!(2.1)),
            ("zoom", json!("1")),
            ("sort", json!("size")),
            ("on_close", json!("ask")),
            ("launch_timeout_s", json!(4)),
            ("launch_timeout_s", json!(60.5)),
            ("launch_timeout_s", json!(-5)),
            ("launch_timeout_s", json!("60")),
            ("idle_stop_min", json!(-1)),
            ("idle_stop_min", json!(10_081)),
            ("limits", json!({"kernel": {"cpus": 0}})),
            ("limits", json!({"kernel": {"memory_mb": 1.5}})),
            ("limits", json!({"kernel": {"memory_mb": 64}})),
            ("limits", json!({"kernel": {"shm_mb": 0}})),
            ("limits", json!({"kernel": {"processes": 63}})),
            ("limits", json!({"kernel": {"processes": -1}})),
            ("limits", json!({"server": {"log_mb": 0}})),
            ("limits", json!({"server": {"log_mb": "10m"}})),
            ("limits", json!({"kernel": {"shm_mb": 64.5}})),
            ("limits", json!({"kernel": {"memory": "1g"}})),
            ("limits", json!({"gateway": {"cpus": 1}})),
            ("limits", json!([])),
            ("limits", json!({"server": []})),
            ("gateway_memory_mb", json!(64)),
            ("gateway_memory_mb", json!("1g")),
            ("base_image", json!("")),
            ("images_registry", json!("https://registry.example/orchest")),
            ("ca_file", json!(7)),
            ("tray", json!("yes")),
            ("updates_check", json!("daily")),
            ("updates_address", json!("http://orchest.example/updates.json")),
            ("updates_address", json!("https://orchest.example/updates.json?id=1")),
            ("updates_address", json!("https://ada:x@orchest.example/updates.json")),
            ("updates_address", json!("file:///etc/passwd")),
            ("updates_address", json!("")),
            ("engine", json!("/var/run/docker.sock")),
            ("engine", json!("unix://")),
            ("engine", json!("unix:///a\nb")),
            ("engine", json!("ssh://ada@engine")),
            ("engine", json!({"endpoint": "unix:///a"})),
            ("kernels_dir", json!("kernels")),
            ("places", json!(["https://gateway.example"])),
        ];
        for (name, value) in nonsense {
            let refused = check(name, &value).unwrap_err();
            assert_eq!((refused.name.as_str(), refused.value), (name, value));
        }
    }

    #[test]
    fn a_change_has_the_files_name_and_is_written_as_by_a_person() {
        let limits = WantedLimits {
            kernel: WantedLimit { cpus: Some(2.0), ..WantedLimit::default() },
            ..WantedLimits::default()
        };
        let table = [
            (Change::Theme(Theme::Dark), "theme", json!("dark")),
            (Change::Zoom(Some(1.25)), "zoom", json!(1.25)),
            (Change::Sort(Sort::Changed), "sort", json!("changed")),
            (Change::OnClose(None), "on_close", json!(null)),
            (Change::LaunchTimeoutS(Some(90.0)), "launch_timeout_s", json!(90)),
            (Change::IdleStopMin(Some(30.0)), "idle_stop_min", json!(30)),
            (Change::Limits(limits), "limits", json!({"server": {}, "kernel": {"cpus": 2}})),
            (Change::CaFile(Some("/a/b.crt".into())), "ca_file", json!("/a/b.crt")),
            (Change::Tray(true), "tray", json!(true)),
            (Change::UpdatesCheck(Some(false)), "updates_check", json!(false)),
            (Change::OpenWhenReady(Some(false)), "open_when_ready", json!(false)),
            (Change::Engine(Some("unix:///a.sock".into())), "engine", json!("unix:///a.sock")),
            (Change::KernelsDir(Some("/a/kernels".into())), "kernels_dir", json!("/a/kernels")),
        ];
        for (change, name, value) in table {
            assert_eq!(change.named(), (name.to_owned(), value));
            assert!(names().any(|known| known == name), "{name}");
        }
    }

    #[test]
    fn the_page_can_send_no_path() {
        for name in ["ca_file", "engine", "kernels_dir", "updates_address"] {
            let sent = json!({"name": name, "value": "/etc/shadow"});
            assert!(serde_json::from_value::<Change>(sent).is_err());
        }
        let sent = json!({"name": "idle_stop_min", "value": 30});
        assert_eq!(serde_json::from_value::<Change>(sent).unwrap(), Change::IdleStopMin(Some(30.0)));
    }
}
