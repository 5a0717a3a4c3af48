//! The choices of a person, as they cross to an interface and back.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use ts_rs::TS;

/// The colours of the window.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum Theme {
    /// As the system has them.
    #[default]
    System,
    /// Always light.
    Light,
    /// Always dark.
    Dark,
}

/// What becomes of launches when the window is closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum OnClose {
    /// They run on, and are shown when the window is opened again.
    Keep,
    /// They are stopped.
    Stop,
}

/// The order of the list, below what runs and what is pinned.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum Sort {
    /// By name.
    #[default]
    Name,
    /// What was launched or opened last comes first.
    Opened,
    /// Where a notebook or script changed last comes first.
    Changed,
}

/// The most that one container may use.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct Limit {
    /// Cores, such as `1.5`; all of the engine's where none is given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(type = "number | null")]
    pub cpus: Option<f64>,
    /// Memory, in MB as `docker run --memory` counts them (1024 × 1024 bytes); all of the engine's where none is given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(type = "number | null")]
    pub memory_mb: Option<u64>,
    /// Of that memory, how much may be shared between processes (`/dev/shm`), MB; all of it where none is given, and
    /// half of the engine's where memory has no limit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(type = "number | null")]
    pub shm_mb: Option<u64>,
    /// Processes and threads; 4096 where none is given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(type = "number | null")]
    pub processes: Option<u64>,
    /// How much of its log the engine keeps, MB; 32 where none is given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(type = "number | null")]
    pub log_mb: Option<u64>,
}

/// The most that the containers of a launch may use. The gateway, which is small, has the default of processes and log
/// alone.
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

/// One choice, made anew; nothing stands for the default. Numbers are as they were typed: what makes no sense is refused.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
#[serde(tag = "name", content = "value", rename_all = "snake_case")]
pub enum Change {
    /// The colours of the window.
    Theme(Theme),
    /// How large all in the window is; 1 is the usual size.
    Zoom(Option<f64>),
    /// The order of the list.
    Sort(Sort),
    /// What becomes of launches when the window is closed; the person is asked where none is chosen.
    OnClose(Option<OnClose>),
    /// How long a launch has to become usable, seconds.
    LaunchTimeoutS(Option<f64>),
    /// After how many minutes a launch that nobody uses is stopped.
    IdleStopMin(Option<f64>),
    /// The most that containers may use; numbers as in [`Limits`].
    Limits(WantedLimits),
    /// Whether the browser is opened as soon as a launch can be used, which is the usual.
    OpenWhenReady(Option<bool>),
    /// Whether running launches are one click away in the system's tray, also while the window is closed.
    Tray(bool),
    /// A file with certificate authorities; never from the page, which knows no paths.
    #[serde(skip_deserializing)]
    #[ts(skip)]
    CaFile(Option<PathBuf>),
    /// The folder that kernelspecs are read from; never from the page.
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
    /// Its name in the settings file, and what stands there.
    pub fn named(&self) -> (String, Value) {
        let mut pair = serde_json::to_value(self).unwrap_or_default();
        let name = pair["name"].as_str().unwrap_or_default().to_owned();
        (name, plain(pair["value"].take()))
    }
}

/// Without what is null, and whole numbers without a point: as a person would write it.
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
