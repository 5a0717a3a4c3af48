//! The words for broken launches, and for launches that the program repaired or stopped by itself.

use std::time::Duration;

use crate::contract::failure::{Failure, FailureCode};
use crate::contract::notice::{Notice, Tone};

/// Its containers run, and nothing answers.
pub(crate) const SILENT: &str = "Its containers run, and JupyterLab does not answer.";
/// Its server's container does not exist.
pub(crate) const SERVER_GONE: &str = "Its server is gone.";
/// Its gateway's container does not exist.
pub(crate) const GATEWAY_GONE: &str = "Its gateway is gone, and its kernels with it.";

/// A part of it ended, and the engine does not say why.
pub(crate) fn ended(part: &str, code: Option<i64>) -> String {
    match code {
        Some(code) => format!("The {part} ended with exit code {code}."),
        None => format!("The {part} ended."),
    }
}

/// The failure of a broken launch.
pub(crate) fn broken(message: &str) -> Failure {
    Failure {
        code: FailureCode::Other,
        message: message.to_owned(),
        hint: "launch again: what is left of it is removed first; saved notebooks are in the folder".to_owned(),
        log: Vec::new(),
        log_file: None,
    }
}

/// The message of a part that ended, after it was started again at least once.
pub(crate) fn again(message: &str, times: usize) -> String {
    let message = message.trim_end_matches('.');
    match times {
        1 => format!("{message}, after it had been started again once"),
        times => format!("{message}, after it had been started again {times} times"),
    }
}

/// It was stopped while somebody waited for it.
pub(crate) fn stopped_meanwhile() -> Failure {
    Failure {
        code: FailureCode::Cancelled,
        message: "The launch was stopped by another program".to_owned(),
        hint: "launch again".to_owned(),
        log: Vec::new(),
        log_file: None,
    }
}

/// Parts of a launch had ended and were replaced.
pub(crate) fn repaired(name: &str, parts: &[&str], kernels_lost: bool, moved: bool) -> Notice {
    let were = if parts.len() == 1 { "was" } else { "were" };
    let hint = match (moved, kernels_lost) {
        (true, _) => {
            "another program has taken its address: close its page in the browser and press Open; saved notebooks are \
             in the folder"
        }
        (false, true) => "its kernels ended, too: run the cells that you need again; saved notebooks are in the folder",
        (false, false) => "its kernels still run; reload the page in the browser if it does not continue by itself",
    };
    Notice {
        tone: Tone::Good,
        message: format!("The {} of {name} had ended and {were} started again", parts.join(" and ")),
        hint: hint.to_owned(),
    }
}

/// An unused launch was stopped.
pub(crate) fn stopped_unused(name: &str, limit: Duration) -> Notice {
    let minutes = limit.as_secs_f64() / 60.0;
    let time = if (minutes - 1.0).abs() < 0.01 { "a minute".to_owned() } else { format!("{minutes:.0} minutes") };
    Notice {
        tone: Tone::Remark,
        message: format!("{name} was stopped: it had not been used for {time}"),
        hint: "saved notebooks are in the folder; Settings has how long a launch may be unused".to_owned(),
    }
}
