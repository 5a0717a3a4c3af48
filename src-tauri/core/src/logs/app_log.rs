//! The app's own log: one file and the previous one.

use std::fs::{self, File, OpenOptions};
use std::path::PathBuf;

use tracing::{Level, Metadata};
use tracing_subscriber::filter::filter_fn;
use tracing_subscriber::fmt::writer::{BoxMakeWriter, MakeWriterExt};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{EnvFilter, fmt};

use crate::platform::others;
use crate::platform::paths::AppDirs;
use crate::words::error::Result;
use crate::words::file;

/// A log larger than this is renamed at the next start, bytes.
const LONG: u64 = 5 << 20;

/// The path of the app's own log.
pub fn log_file(places: &AppDirs) -> PathBuf {
    places.logs_dir().join("orchest.log")
}

/// Starts logging to `log_file`, and with `to_stderr` to standard error, too. `ORCHEST_LOG` filters
/// (`debug`, `orchest_core::engine=trace`); `info` without it. A panic is logged, too. A second call changes nothing.
pub fn start(places: &AppDirs, to_stderr: bool) -> Result<()> {
    let path = log_file(places);
    let file = open(&path).map_err(|source| file::failed(file::WRITE, &path, source))?;
    let filter = EnvFilter::try_from_env("ORCHEST_LOG").unwrap_or_else(|_| EnvFilter::new("info"));
    let writer = if to_stderr { BoxMakeWriter::new(file.and(std::io::stderr)) } else { BoxMakeWriter::new(file) };
    let log = fmt().with_env_filter(filter).with_ansi(false).with_writer(writer).finish();
    if log.with(filter_fn(is_fit_to_be_kept)).try_init().is_ok() {
        log_panics();
        tracing::info!(version = env!("CARGO_PKG_VERSION"), process = std::process::id(), "started");
    }
    Ok(())
}

/// At levels with details, libraries log everything that they send and receive, including tokens.
fn is_fit_to_be_kept(about: &Metadata<'_>) -> bool {
    *about.level() <= Level::INFO || about.target().starts_with("orchest")
}

/// Logs the message of a panic: nobody sees the standard error of a program that was started from the desktop.
fn log_panics() {
    let usual = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        tracing::error!(said = panic.to_string(), "a panic");
        usual(panic);
    }));
}

fn open(path: &std::path::Path) -> std::io::Result<File> {
    if let Some(folder) = path.parent() {
        others::closed_folder(folder)?;
    }
    if fs::metadata(path).is_ok_and(|found| found.len() > LONG) {
        fs::rename(path, path.with_extension("1.log"))?;
    }
    OpenOptions::new().create(true).append(true).open(path)
}
