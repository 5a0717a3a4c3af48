//! A line of a log, as a person sees it. Pure.

use serde::Serialize;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;
use ts_rs::TS;

use crate::words::{log as words, plain_text};

/// The longest line that is shown, letters.
const LONGEST: usize = 4_000;

/// A line of a container's log, or of the app's own.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
pub struct LogLine {
    /// `gateway`, `server`, `kernel` with the start of its id, or `app`.
    pub source: String,
    /// Its level, if the line has one.
    pub level: Option<LogLevel>,
    /// The line, without its end, without escape sequences, and with `…` for every token.
    pub text: String,
    /// The time when it was written, if the engine reports it.
    #[ts(type = "number | null")]
    pub at: Option<u64>,
    /// This is not a line, but the end of its source.
    pub ended: bool,
}

/// The level of a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum LogLevel {
    /// A failure.
    Error,
    /// A possible failure.
    Warning,
    /// A report of normal work.
    Info,
    /// Details for finding a fault.
    Debug,
}

impl LogLine {
    /// A line with all `secrets` hidden.
    pub fn of(source: &str, text: &str, secrets: &[String]) -> LogLine {
        let text = shown(text, secrets);
        LogLine { source: source.to_owned(), level: level_of(&text), text, at: None, ended: false }
    }

    /// The same for a line with a time stamp of the engine.
    pub fn stamped(source: &str, line: &str, secrets: &[String]) -> LogLine {
        let (at, text) = stamp(line);
        LogLine { at, ..LogLine::of(source, text, secrets) }
    }

    /// The first line for a log of which the engine keeps at most `kept` bytes.
    pub fn cut(source: &str, kept: u64) -> LogLine {
        let text = words::cut(kept >> 20);
        LogLine { source: source.to_owned(), level: Some(LogLevel::Warning), text, at: None, ended: false }
    }

    /// The end of a source.
    pub fn end(source: &str) -> LogLine {
        LogLine { source: source.to_owned(), level: None, text: String::new(), at: None, ended: true }
    }
}

/// Splits a line into its time, milliseconds since the epoch, and its text. A line without a time stamp is all text.
fn stamp(line: &str) -> (Option<u64>, &str) {
    let (stamp, text) = line.split_once(' ').unwrap_or((line, ""));
    let Ok(at) = OffsetDateTime::parse(stamp, &Rfc3339) else { return (None, line) };
    (u64::try_from(at.unix_timestamp_nanos() / 1_000_000).ok(), text)
}

/// A line as a person may see it, without `secrets`.
pub(crate) fn shown(text: &str, secrets: &[String]) -> String {
    let mut text = plain_text::of_terminal(text);
    for secret in secrets.iter().filter(|secret| !secret.is_empty()) {
        if text.contains(secret.as_str()) {
            text = text.replace(secret.as_str(), "…");
        }
    }
    for mark in ["token=", "token "] {
        text = without_tokens_after(&text, mark);
    }
    let text = without_passwords(&text);
    match text.char_indices().nth(LONGEST) {
        Some((at, _)) => format!("{}…", &text[..at]),
        None => text,
    }
}

/// Hides everything after this word that looks like a token: 20 hexadecimal digits or more.
fn without_tokens_after(text: &str, mark: &str) -> String {
    let mut hidden = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(mark) {
        let (before, after) = rest.split_at(at + mark.len());
        let digits = after.bytes().take_while(u8::is_ascii_hexdigit).count();
        hidden.push_str(before);
        if digits >= 20 {
            hidden.push('…');
            rest = &after[digits..];
        } else {
            rest = after;
        }
    }
    hidden + rest
}

/// Hides user and password of an address, as in `http://ada:secret@proxy`.
fn without_passwords(text: &str) -> String {
    let mut hidden = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find("://") {
        let (before, after) = rest.split_at(at + 3);
        let end = after.find(|letter: char| letter == '/' || letter.is_whitespace()).unwrap_or(after.len());
        hidden.push_str(before);
        rest = after;
        if let Some(at) = after[..end].rfind('@').filter(|at| after[..*at].contains(':')) {
            hidden.push('…');
            rest = &after[at..];
        }
    }
    hidden + rest
}

/// Reads the level of a line: of Jupyter (`[W 2026-01-01 …]`), of Python's `logging` (`WARNING:`), of the app's own
/// log (`…Z  WARN`), and of errors in Python and R.
fn level_of(text: &str) -> Option<LogLevel> {
    let named = |word: &str| match word.trim_end_matches(':') {
        "ERROR" | "CRITICAL" | "FATAL" => Some(LogLevel::Error),
        "WARN" | "WARNING" => Some(LogLevel::Warning),
        "INFO" => Some(LogLevel::Info),
        "DEBUG" | "TRACE" => Some(LogLevel::Debug),
        _ => None,
    };
    if let Some([letter, b' ']) = text.strip_prefix('[').and_then(|rest| rest.as_bytes().first_chunk()) {
        return match letter {
            b'E' | b'C' => Some(LogLevel::Error),
            b'W' => Some(LogLevel::Warning),
            b'I' => Some(LogLevel::Info),
            b'D' => Some(LogLevel::Debug),
            _ => None,
        };
    }
    if text.starts_with("Traceback (most recent call last)") || text.starts_with("Error in ") {
        return Some(LogLevel::Error);
    }
    if text.starts_with("Warning message") {
        return Some(LogLevel::Warning);
    }
    let word = text.split([' ', ':']).next().and_then(named);
    let after_time = || {
        let (time, rest) = text.split_once(' ')?;
        let is_time = time.len() >= 20 && time.ends_with('Z') && time.starts_with(|digit: char| digit.is_ascii_digit());
        named(rest.split_whitespace().next().filter(|_| is_time)?)
    };
    word.or_else(after_time)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_has_a_level() {
        use LogLevel::{Debug, Error, Info, Warning};
        let table = [
            ("[I 2026-11-23 22:00:00.123 ServerApp] Kernel started", Some(Info)),
            ("[W 2026-11-23 22:00:00.123 EnterpriseGatewayApp] slow", Some(Warning)),
            ("[C 2026-11-23 22:00:00.123 ServerApp] gone", Some(Error)),
            ("[D 22:00:00.123 NotebookApp] x", Some(Debug)),
            ("[IPKernelApp] WARNING | x", None),
            ("WARNING:root:no luck", Some(Warning)),
            ("ERROR: no luck", Some(Error)),
            ("2026-11-23T22:24:30.653773Z  INFO orchest_core::logs::app_log: started", Some(Info)),
            ("2026-11-23T22:24:30.653773Z ERROR x", Some(Error)),
            ("Traceback (most recent call last):", Some(Error)),
            ("Error in library(nothing) : there is no package", Some(Error)),
            ("Warning message:", Some(Warning)),
            ("INFORMATION", None),
            ("", None),
            ("[", None),
            ("an ERROR in the middle", None),
        ];
        for (text, level) in table {
            assert_eq!(level_of(text), level, "{text}");
        }
    }

    #[test]
    fn no_token_is_shown() {
        let secrets = ["cafe01".to_owned(), String::new()];
        let long = "0123456789abcdef0123456789abcdef";
        let table = [
            ("the word cafe01 and cafe01 again".to_owned(), "the word … and … again"),
            (format!("GET /lab?token={long}&x=1"), "GET /lab?token=…&x=1"),
            (format!("Authorization: token {long}"), "Authorization: token …"),
            ("a token is a thing".to_owned(), "a token is a thing"),
            ("token=…".to_owned(), "token=…"),
            ("by http://ada:pass@proxy:3128/x, not http://b@c".to_owned(), "by http://…@proxy:3128/x, not http://b@c"),
            ("ends in https://ada:p@".to_owned(), "ends in https://…@"),
            ("12:30 and a@b: http://c/d:e@f".to_owned(), "12:30 and a@b: http://c/d:e@f"),
        ];
        for (text, wanted) in table {
            assert_eq!(LogLine::of("server", &text, &secrets).text, wanted);
        }
    }

    #[test]
    fn a_line_with_a_time_stamp_has_its_time() {
        let table = [
            ("1970-01-01T00:00:01.234567891Z [I] ready", (Some(1_234), "[I] ready")),
            ("2026-11-25T05:41:09.5+01:00 a b", (Some(1_795_581_669_500), "a b")),
            ("2026-11-25T04:41:09Z", (Some(1_795_581_669_000), "")),
            ("epoch 1: loss 0.5", (None, "epoch 1: loss 0.5")),
            ("", (None, "")),
        ];
        for (line, wanted) in table {
            assert_eq!(stamp(line), wanted, "{line}");
        }
    }

    #[test]
    fn a_line_is_plain_and_of_limited_length() {
        assert_eq!(LogLine::of("a", "\u{1b}[31mred\u{1b}[0m\u{7}", &[]).text, "red");
        let long = LogLine::of("a", &"ü".repeat(5_000), &[]).text;
        assert_eq!((long.chars().count(), long.ends_with('…')), (4_001, true));
    }
}
