//! Makes text of others (names, logs, labels, messages) safe to show. Pure.
//!
//! A terminal obeys control characters, and invisible characters or those that change the direction of writing deceive
//! readers. Both are shown as their codes.

use std::borrow::Cow;

/// Whether a character is shown as its code: a terminal obeys it, it changes the direction of writing (Unicode Annex 9),
/// it has no width, or it ends a line outside of terminals.
pub fn is_deceptive(letter: char) -> bool {
    letter.is_control()
        || matches!(letter,
            '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180b}'..='\u{180f}'
            | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{feff}'
            | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}' | '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}'
            | '\u{e0000}'..='\u{e0fff}')
}

/// A name in one line, with the code of each deceptive character (`\u{202e}`, `\n`).
pub fn name(text: &str) -> Cow<'_, str> {
    escaped(text, |_| false)
}

/// A text of several lines: the same, with its line ends and tabs as they are.
pub fn lines(text: &str) -> Cow<'_, str> {
    escaped(text, |letter| letter == '\n' || letter == '\t')
}

fn escaped(text: &str, kept: impl Fn(char) -> bool) -> Cow<'_, str> {
    let shown_as_code = |letter: char| is_deceptive(letter) && !kept(letter);
    if !text.contains(shown_as_code) {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(text.len() + 16);
    for letter in text.chars() {
        if shown_as_code(letter) {
            shown.extend(letter.escape_default());
        } else {
            shown.push(letter);
        }
    }
    Cow::Owned(shown)
}

/// JSON with the same characters as JSON escapes, so that programs read the same values.
pub fn json(text: &str) -> Cow<'_, str> {
    let shown_as_code = |letter: char| is_deceptive(letter) && letter != '\n';
    if !text.contains(shown_as_code) {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(text.len() + 16);
    for letter in text.chars() {
        if shown_as_code(letter) {
            for unit in letter.encode_utf16(&mut [0; 2]) {
                shown.push_str(&format!("\\u{unit:04x}"));
            }
        } else {
            shown.push(letter);
        }
    }
    Cow::Owned(shown)
}

/// A line as a terminal would show it in the end: without colours, links and titles, and only the last text of those that
/// carriage returns overwrite. Remaining deceptive characters are shown as their codes.
pub fn of_terminal(line: &str) -> String {
    let stripped = anstream::adapter::strip_str(line).to_string();
    let last = stripped.rsplit('\r').find(|part| !part.trim().is_empty()).unwrap_or_default();
    // Bell and backspace show nothing.
    let seen: String = last.chars().filter(|letter| !letter.is_control() || *letter == '\t').collect();
    lines(seen.trim_end()).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn deceptive_characters_are_shown_as_their_codes() {
        let table = [
            ("growth.ipynb", "growth.ipynb"),
            ("ü 数 🌻 ‑ é", "ü 数 🌻 ‑ é"),
            ("two\nlines\t", "two\\nlines\\t"),
            ("\u{1b}[31mred", "\\u{1b}[31mred"),
            ("\u{9b}31mred", "\\u{9b}31mred"),
            ("gpj.\u{202e}bynpi", "gpj.\\u{202e}bynpi"),
            ("a\u{200b}b\u{feff}c", "a\\u{200b}b\\u{feff}c"),
            ("a\u{2028}b\u{2029}c", "a\\u{2028}b\\u{2029}c"),
            ("\u{2066}a\u{2069}\u{61c}", "\\u{2066}a\\u{2069}\\u{61c}"),
            ("tag\u{e0041}", "tag\\u{e0041}"),
        ];
        for (text, shown) in table {
            assert_eq!(name(text), shown, "{text:?}");
        }
        assert_eq!(lines("a\n\tb\u{202e}\r"), "a\n\tb\\u{202e}\\r");
    }

    #[test]
    fn json_stays_the_same_to_a_program() {
        let value = serde_json::json!({ "name": "a\u{202e}b\u{e0041}\u{1b}\n", "plain": "ü" });
        let text = serde_json::to_string_pretty(&value).unwrap_or_default();
        let shown = json(&text);
        assert!(!shown.contains('\u{202e}') && !shown.contains('\u{e0041}'), "{shown}");
        assert_eq!(serde_json::from_str::<serde_json::Value>(&shown).ok(), Some(value));
    }

    #[test]
    fn sequences_of_a_terminal_leave_their_text_and_nothing_else() {
        let table = [
            ("\u{1b}[31mred\u{1b}[0m", "red"),
            ("\u{1b}[38;2;1;2;3mtrue\u{1b}[m", "true"),
            ("see \u{1b}]8;;https://example.org/\u{1b}\\the docs\u{1b}]8;;\u{1b}\\ now", "see the docs now"),
            ("see \u{1b}]8;;https://example.org/\u{7}the docs\u{1b}]8;;\u{7} now", "see the docs now"),
            ("\u{1b}]0;a title\u{7}text", "text"),
            ("\u{1b}]52;c;c2VjcmV0\u{7}text", "text"),
            ("\u{1b}P1;2|payload\u{1b}\\text", "text"),
            ("\u{1b}(Btext\u{1b}[?25l", "text"),
            ("10 %\r50 %\r\n", "50 %"),
            ("bell\u{7} and\u{8} back", "bell and back"),
            ("a\u{202e}b", "a\\u{202e}b"),
            ("tab\tstays", "tab\tstays"),
            ("", ""),
        ];
        for (line, shown) in table {
            assert_eq!(of_terminal(line), shown, "{line:?}");
        }
    }
}
