//! A person's choices, on their way to an interface and back.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use ts_rs::TS;

/// The colours of the window.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum Theme {
    /// Follows the system.
    #[default]
    System,
    /// Always light.
    Light,
    /// Always dark.
    Dark,
}

/// What to do with running launches when the window is closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum OnClose {
    /// They keep running, and the window shows them when it is opened again.
    Keep,
    /// They are stopped.
    Stop,
}

/// The order of the list, below running launches and pinned folders.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum Sort {
    /// By name.
    #[default]
    Name,
    /// By the last launch or opening, newest first.
    Opened,
    /// By the last change of a notebook or script, newest first.
    Changed,
}

/// The limits of one container.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct Limit {
    /// CPU cores, such as `1.5`; by default all of the engine's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(type = "number | null")]
    pub cpus: Option<f64>,
    /// Memory, in MB as `docker run --memory` counts them (1024 × 1024 bytes); by default all of the engine's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(type = "number | null")]
    pub memory_mb: Option<u64>,
    /// The part of the memory that processes can share (`/dev/shm`), MB; by default all of `memory_mb`, or half of the
    /// engine's memory if there is no limit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(type = "number | null")]
    pub shm_mb: Option<u64>,
    /// Processes and threads; 4096 by default.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(type = "number | null")]
    pub processes: Option<u64>,
    /// How much of its log the engine keeps, MB; 32 by default.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(type = "number | null")]
    pub log_mb: Option<u64>,
}

/// The limits of a launch's containers. The gateway, which is small, always has the default limits for processes and
/// log.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct Limits {
    /// The Jupyter server.
    #[serde(default, skip_serializing_if = "is_default")]
    pub server: Limit,
    /// Each kernel.
    #[serde(default, skip_serializing_if = "is_default")]
    pub kernel: Limit,
}

pub(crate) fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

/// One changed choice; null means the default. Numbers are as they were typed: core refuses invalid ones.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
#[serde(tag = "name", content = "value", rename_all = "snake_case")]
pub enum Change {
    /// The colours of the window.
    Theme(Theme),
    /// The zoom of the window; 1 is the normal size.
    Zoom(Option<f64>),
    /// The order of the list.
    Sort(Sort),
    /// What to do with running launches when the window is closed; by default the window asks.
    OnClose(Option<OnClose>),
    /// How long a launch has to become ready, seconds.
    LaunchTimeoutS(Option<f64>),
    /// An unused launch is stopped after this time, minutes.
    IdleStopMin(Option<f64>),
    /// The limits of containers; numbers as in [`Limits`].
    Limits(WantedLimits),
    /// Whether the browser opens as soon as a launch is ready; true by default.
    OpenWhenReady(Option<bool>),
    /// Whether an icon in the system's tray shows running launches, even when the window is closed.
    Tray(bool),
    /// Whether newer versions are looked for; null means that the person is asked.
    UpdatesCheck(Option<bool>),
    /// A file with certificate authorities. The page never sets it, because it knows no paths.
    #[serde(skip_deserializing)]
    #[ts(skip)]
    CaFile(Option<PathBuf>),
    /// The address of the engine. The page picks one that was found, by another command.
    #[serde(skip_deserializing)]
    #[ts(skip)]
    Engine(Option<String>),
    /// The folder of the kernelspecs. The page never sets it.
    #[serde(skip_deserializing)]
    #[ts(skip)]
    KernelsDir(Option<PathBuf>),
}

/// [`Limits`] as they were typed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize, TS)]
pub struct WantedLimits {
    /// The Jupyter server.
    pub server: WantedLimit,
    /// Each kernel.
    pub kernel: WantedLimit,
}

/// A [`Limit`] as it was typed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize, TS)]
pub struct WantedLimit {
    /// Cores.
    pub cpus: Option<f64>,
    /// Memory, MB.
    pub memory_mb: Option<f64>,
    /// Shared memory, MB.
    #[serde(default)]
    #[ts(optional = nullable)]
    pub shm_mb: Option<f64>,
    /// Processes and threads.
    #[serde(default)]
    #[ts(optional = nullable)]
    pub processes: Option<f64>,
    /// Log, MB.
    #[serde(default)]
    #[ts(optional = nullable)]
    pub log_mb: Option<f64>,
}

impl Change {
    /// The choice's name in the settings file, and its value there.
    pub fn named(&self) -> (String, Value) {
        let mut pair = serde_json::to_value(self).unwrap_or_default();
        let name = pair["name"].as_str().unwrap_or_default().to_owned();
        (name, plain(pair["value"].take()))
    }
}

/// Removes nulls, and the decimal point of whole numbers: as a person would write the value.
fn plain(value: Value) -> Value {
    match value {
        Value::Number(number) => match number.as_f64() {
            Some(whole) if whole.fract() == 0.0 && whole.abs() < 1e15 => Value::from(whole as i64),
            _ => Value::Number(number),
        },
        Value::Object(map) => map
            .into_iter()
            .filter(|(_, value)| !value.is_null())
            .map(|(name, value)| (name, plain(value)))
            .collect::<serde_json::Map<_, _>>()
            .into(),
        other => other,
    }
}
