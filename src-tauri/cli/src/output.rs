//! What is printed: results on standard output, all else on standard error.

use std::io::{ErrorKind, Write};
use std::process::ExitCode;

use orchest_core::words::plain_text;
use orchest_core::{Failure, FailureCode};
use serde::Serialize;

/// How a command ended.
pub type Outcome = Result<(), CliError>;

/// Why a command failed.
#[derive(Debug)]
pub enum CliError {
    /// What a person is told.
    Failure(Failure),
    /// A sentence without a hint.
    Plain(String),
    /// It was said already.
    Said,
    /// Ctrl-C.
    Interrupted,
    /// Whoever reads standard output has gone.
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

/// Says why a command failed, where it did, and gives its exit code.
pub fn end(outcome: Outcome) -> ExitCode {
    match outcome {
        Ok(()) | Err(CliError::NoReader) => ExitCode::SUCCESS,
        Err(CliError::Said) => ExitCode::FAILURE,
        Err(CliError::Interrupted) => ExitCode::from(130),
        Err(CliError::Plain(message)) => {
            say(&format!("error: {message}"));
            ExitCode::FAILURE
        }
        Err(CliError::Failure(failure)) => {
            tell(&failure);
            ExitCode::FAILURE
        }
    }
}

/// Prints help, or what is wrong with the arguments, as clap has it: in colours, unless an argument would bring its own.
pub fn usage(wrong: &clap::Error) -> ExitCode {
    let own = |argument: std::ffi::OsString| argument.to_string_lossy().contains(plain_text::is_deceptive);
    if std::env::args_os().any(own) {
        say(wrong.to_string().trim_end());
    } else {
        let _ = wrong.print();
    }
    ExitCode::from(u8::try_from(wrong.exit_code()).unwrap_or(2))
}

/// A failure of the terminal's own.
pub fn failure(message: String, hint: String) -> Failure {
    Failure { code: FailureCode::Other, message, hint, log: Vec::new(), log_file: None }
}

/// Prints a failure: what happened, its last log lines, what to do.
pub fn tell(failure: &Failure) {
    say(&format!("error: {}", failure.message));
    for line in &failure.log {
        say(&format!("  | {line}"));
    }
    if let Some(file) = &failure.log_file {
        say(&format!("log: {file}"));
    }
    say(&format!("hint: {}", failure.hint));
}

/// Prints a remark.
pub fn note(message: &str) {
    say(&format!("note: {message}"));
}

/// Prints a line on standard error; there is nobody to tell where that fails.
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
        Err(error) => Err(CliError::Plain(format!("could not print: {error}"))),
    }
}

/// Prints a result as JSON.
pub fn print_json(value: &impl Serialize) -> Outcome {
    match serde_json::to_string_pretty(value) {
        Ok(text) => write(&plain_text::json(&text)),
        Err(error) => Err(CliError::Plain(format!("could not print: {error}"))),
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

/// A size for people.
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
