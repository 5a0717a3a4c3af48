//! Printing: results on standard output, everything else on standard error.

use std::io::{ErrorKind, Write};
use std::process::ExitCode;

use orchest_core::words::plain_text;
use orchest_core::{Failure, FailureCode};
use serde::Serialize;

use crate::words;

/// How a command ended.
pub type Outcome = Result<(), CliError>;

/// Why a command failed.
#[derive(Debug)]
pub enum CliError {
    /// A message with its hint.
    Failure(Failure),
    /// A sentence without a hint.
    Plain(String),
    /// The reason is printed already.
    Printed,
    /// Ctrl-C.
    Interrupted,
    /// The reader of standard output has gone.
    NoReader,
}

impl CliError {
    pub fn plain(message: &str) -> CliError {
        CliError::Plain(message.to_owned())
    }
}

impl From<Failure> for CliError {
    fn from(failure: Failure) -> CliError {
        CliError::Failure(failure)
    }
}

/// Prints the reason of a failure, and returns the exit code.
pub fn end(outcome: Outcome) -> ExitCode {
    match outcome {
        Ok(()) | Err(CliError::NoReader) => ExitCode::SUCCESS,
        Err(CliError::Printed) => ExitCode::FAILURE,
        Err(CliError::Interrupted) => ExitCode::from(130),
        Err(CliError::Plain(message)) => {
            say(&words::error(&message));
            ExitCode::FAILURE
        }
        Err(CliError::Failure(failure)) => {
            failed(&failure);
            ExitCode::FAILURE
        }
    }
}

/// Prints help or a usage error in clap's colours; without colours if an argument contains control characters.
pub fn usage(wrong: &clap::Error) -> ExitCode {
    let own = |argument: std::ffi::OsString| argument.to_string_lossy().contains(plain_text::is_deceptive);
    if std::env::args_os().any(own) {
        say(wrong.to_string().trim_end());
    } else {
        let _ = wrong.print();
    }
    ExitCode::from(u8::try_from(wrong.exit_code()).unwrap_or(2))
}

/// A failure of the terminal itself.
pub fn failure(message: String, hint: String) -> Failure {
    Failure { code: FailureCode::Other, message, hint, log: Vec::new(), log_file: None }
}

/// Prints a failure: its message, the last lines of its log and its hint.
pub fn failed(failure: &Failure) {
    say(&words::error(&failure.message));
    for line in &failure.log {
        say(&format!("  | {line}"));
    }
    if let Some(file) = &failure.log_file {
        say(&words::log(file));
    }
    say(&words::hint(&failure.hint));
}

/// Prints a remark.
pub fn note(message: &str) {
    say(&words::note(message));
}

/// Prints a line on standard error. A failure to print has no place to be reported.
pub fn say(line: &str) {
    let _ = writeln!(std::io::stderr(), "{}", plain_text::lines(line));
}

/// Prints a result.
pub fn print(text: &str) -> Outcome {
    write(&plain_text::lines(text))
}

fn write(text: &str) -> Outcome {
    match writeln!(std::io::stdout(), "{text}") {
        Ok(()) => Ok(()),
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Err(CliError::NoReader),
        Err(error) => Err(CliError::Plain(words::not_printed(&error))),
    }
}

/// Prints a result as JSON.
pub fn print_json(value: &impl Serialize) -> Outcome {
    match serde_json::to_string_pretty(value) {
        Ok(text) => write(&plain_text::json(&text)),
        Err(error) => Err(CliError::Plain(words::not_printed(&error))),
    }
}

/// Rows as a table: each column as wide as its widest cell.
pub fn table(head: &[&str], rows: &[Vec<String>]) -> String {
    let rows: Vec<Vec<String>> =
        rows.iter().map(|row| row.iter().map(|cell| plain_text::name(cell).into_owned()).collect()).collect();
    let mut widths: Vec<usize> = head.iter().map(|cell| cell.chars().count()).collect();
    for row in &rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = (*width).max(cell.chars().count());
        }
    }
    let line = |cells: &mut dyn Iterator<Item = &str>| {
        let padded: Vec<String> = cells.zip(&widths).map(|(cell, width)| format!("{cell:<width$}")).collect();
        padded.join("  ").trim_end().to_owned()
    };
    let mut lines = vec![line(&mut head.iter().copied())];
    lines.extend(rows.iter().map(|row| line(&mut row.iter().map(String::as_str))));
    lines.join("\n")
}

/// A size in kB, MB or GB.
pub fn size(bytes: u64) -> String {
    match bytes {
        0..1_000_000 => format!("{} kB", bytes / 1000),
        1_000_000..1_000_000_000 => format!("{} MB", bytes / 1_000_000),
        _ => format!("{:.1} GB", bytes as f64 / 1e9),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_is_aligned() {
        let rows = vec![vec!["ü".to_owned(), "1".to_owned()], vec!["long".to_owned(), String::new()]];
        assert_eq!(table(&["A", "B"], &rows), "A     B\nü     1\nlong");
    }

    #[test]
    fn sizes_are_short() {
        assert_eq!(
            (size(1_500), size(174_000_000), size(2_340_000_000)),
            ("1 kB".into(), "174 MB".into(), "2.3 GB".into())
        );
    }
}
