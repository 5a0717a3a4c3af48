//! The texts in quotes of a call or a list in a program, without running it. Pure.

/// The letters that are looked through for the calls of one program.
pub(super) const LETTERS: usize = 8 << 20;

/// A text in quotes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Literal {
    pub text: String,
    /// Its line in the program, from 1.
    pub line: usize,
    /// The name of the argument that it is in.
    pub argument: Option<String>,
}

/// Each place in a program after a word, outside of comments and quotes: its offset and its line.
pub(super) fn places(program: &str, word: &str) -> Vec<(usize, usize)> {
    let mut found = Vec::new();
    let mut scan = Scan { rest: program, line: 1 };
    let mut last = ' ';
    while let Some(token) = scan.next(|rest| rest.starts_with(word)) {
        last = match token {
            Token::Here => {
                let is_whole = !is_of_word(last);
                scan.rest = &scan.rest[word.len()..];
                if is_whole && !scan.rest.starts_with(is_of_word) {
                    found.push((program.len() - scan.rest.len(), scan.line));
                }
                '_'
            }
            Token::Quoted(..) => ' ',
            Token::Letter(letter) => letter,
        };
    }
    found
}

fn is_of_word(letter: char) -> bool {
    letter.is_alphanumeric() || matches!(letter, '_' | '.')
}

/// The texts in the brackets that begin at an offset. None without a bracket there. Each letter takes one of `left`, so
/// that calls in calls end in time.
pub(super) fn inside(program: &str, (offset, line): (usize, usize), left: &mut usize) -> Vec<Literal> {
    let mut scan = Scan { rest: program.get(offset..).unwrap_or_default(), line };
    let mut found = Vec::new();
    let mut depth = 0usize;
    let (mut word, mut argument) = (String::new(), None);
    while let Some(token) = scan.next(|_| false) {
        let size = if let Token::Quoted(text, _) = &token { 1 + text.len() } else { 1 };
        let Some(rest) = left.checked_sub(size) else { return found };
        *left = rest;
        match token {
            Token::Quoted(text, line) => found.push(Literal { text, line, argument: argument.clone() }),
            Token::Letter('(' | '[' | '{') => depth += 1,
            Token::Letter(')' | ']' | '}') if depth <= 1 => return found,
            Token::Letter(')' | ']' | '}') => depth -= 1,
            Token::Letter(letter) if depth == 0 => {
                if !letter.is_whitespace() {
                    return found;
                }
                continue;
            }
            Token::Letter(',') if depth == 1 => (word, argument) = (String::new(), None),
            Token::Letter('=') if depth == 1 => argument = Some(std::mem::take(&mut word)),
            Token::Letter(letter) if is_of_word(letter) => word.push(letter),
            Token::Letter(_) | Token::Here => {}
        }
        if depth == 0 {
            return found;
        }
    }
    found
}

struct Scan<'a> {
    rest: &'a str,
    line: usize,
}

enum Token {
    /// The rest is what was looked for.
    Here,
    /// A text in quotes, and the line on which it begins.
    Quoted(String, usize),
    Letter(char),
}

impl Scan<'_> {
    fn next(&mut self, is_wanted: impl Fn(&str) -> bool) -> Option<Token> {
        if is_wanted(self.rest) {
            return Some(Token::Here);
        }
        let letter = self.rest.chars().next()?;
        match letter {
            '#' => {
                let end = self.rest.find('\n').unwrap_or(self.rest.len());
                self.rest = &self.rest[end..];
                Some(Token::Letter(' '))
            }
            '"' | '\'' => Some(self.quoted(letter)),
            _ => {
                self.rest = &self.rest[letter.len_utf8()..];
                self.line += usize::from(letter == '\n');
                Some(Token::Letter(letter))
            }
        }
    }

    fn quoted(&mut self, quote: char) -> Token {
        let long = String::from(quote).repeat(3);
        let end = if self.rest.starts_with(&long) { long } else { String::from(quote) };
        let begin = self.line;
        self.rest = &self.rest[end.len()..];
        let mut text = String::new();
        while !self.rest.is_empty() && !self.rest.starts_with(&end) {
            let mut letters = self.rest.chars();
            let letter = letters.next().unwrap_or_default();
            // Without an end on its line, it is no text.
            if letter == '\n' && end.len() == 1 {
                return Token::Quoted(text, begin);
            }
            let letter = if letter == '\\' { letters.next().unwrap_or_default() } else { letter };
            self.line += usize::from(letter == '\n');
            self.rest = letters.as_str();
            text.push(letter);
        }
        self.rest = self.rest.get(end.len()..).unwrap_or_default();
        Token::Quoted(text, begin)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_found_with_lines_and_arguments_and_not_in_comments() {
        let program = "# f('no')\nx = \"f('no')\"\nmy_f('no')\nf(c('a', \"b\"), # 'no'\n  repos = 'u', pkgs = c(k = 'd\\'e'))\nf()";
        let found: Vec<_> = places(program, "f").into_iter().map(|place| inside(program, place, &mut 1_000)).collect();
        let literal = |text: &str, line, argument: Option<&str>| Literal {
            text: text.to_owned(),
            line,
            argument: argument.map(str::to_owned),
        };
        assert_eq!(
            found,
            [
                vec![
                    literal("a", 4, None),
                    literal("b", 4, None),
                    literal("u", 5, Some("repos")),
                    literal("d'e", 5, Some("pkgs")),
                ],
                vec![]
            ]
        );
        for broken in ["f('a", "f(", "f", "f('a\\", "f('''a''", "f[[[", "f)\""] {
            for place in places(broken, "f") {
                inside(broken, place, &mut 1_000);
            }
        }
    }
}
