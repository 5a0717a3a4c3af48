//! Pulls an image.

use crate::engine::{Engine, StreamLine};
use crate::images::log::Log;
use crate::images::progress::Pull;
use crate::images::{ImageProgress, Options};
use crate::platform::clock::now;
use crate::words::error::{Error, Result};
use crate::words::image as words;

pub async fn pull(
    engine: &Engine,
    name: &str,
    options: &Options,
    on_progress: &(impl Fn(ImageProgress) + Send + Sync),
) -> Result<()> {
    let mut log = Log::open(&options.logs_dir, "pull", name);
    let mut pull = Pull::default();
    on_progress(ImageProgress { detail: words::pulling(name, None), progress: None, log: Vec::new() });
    let outcome = engine
        .pull(name, |line| {
            log.write(&as_text(&line));
            pull.fold(&line, now());
            let detail = words::pulling(name, Some(pull.status()));
            on_progress(ImageProgress { detail, progress: pull.progress(), log: Vec::new() });
        })
        .await;
    outcome.map_err(|reason| {
        log.write(&reason);
        Error::Pull { image: name.to_owned(), reason, log: log.tail(), log_file: log.path }
    })
}

fn as_text(line: &StreamLine) -> String {
    match (&line.layer, line.current, line.total) {
        (Some(layer), Some(current), Some(total)) => format!("{layer}: {} {current}/{total}", line.text),
        (Some(layer), ..) => format!("{layer}: {}", line.text),
        (None, ..) => line.text.clone(),
    }
}
