//! The person's `.netrc`: logins by host. Only the installer gets them, and only those of hosts that it may ask.
//!
//! Its form: <https://www.gnu.org/software/inetutils/manual/html_node/The-_002enetrc-file.html>.

use std::fs;
use std::path::PathBuf;

use crate::engine::ProcessEnv;
use crate::platform::secret::Secret;

/// The largest file that is read, bytes.
const LARGEST: u64 = 1 << 20;

/// A login at a host.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Login {
    /// The host.
    pub host: String,
    user: Secret,
    password: Secret,
}

/// The logins of the person's file: the one that `NETRC` names, or the one in the home.
pub fn read(around: &ProcessEnv) -> Vec<Login> {
    let own = if cfg!(windows) { "_netrc" } else { ".netrc" };
    let file = around.set("NETRC").map_or_else(|| around.home.join(own), PathBuf::from);
    let small = fs::metadata(&file).is_ok_and(|found| found.is_file() && found.len() <= LARGEST);
    let text = small.then(|| fs::read_to_string(&file).ok()).flatten();
    text.map(|text| parse(&text)).unwrap_or_default()
}

/// The logins in a text. A login for all other hosts is left out, since it is meant for no index.
fn parse(text: &str) -> Vec<Login> {
    let mut found: Vec<Login> = Vec::new();
    let mut is_open = false;
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        let mut words = Words { rest: line };
        while let Some(word) = words.next() {
            match word.as_str() {
                "machine" => {
                    let host = words.next().unwrap_or_default().to_lowercase();
                    found.push(Login { host, user: Secret::new(""), password: Secret::new("") });
                    is_open = true;
                }
                "default" => is_open = false,
                "login" | "password" | "account" => {
                    let value = Secret::new(words.next().unwrap_or_default());
                    match (found.last_mut().filter(|_| is_open), word.as_str()) {
                        (Some(login), "login") => login.user = value,
                        (Some(login), "password") => login.password = value,
                        _ => {}
                    }
                }
                // A macro goes on to an empty line.
                "macdef" => {
                    lines.by_ref().find(|line| line.trim().is_empty());
                    break;
                }
                _ => {}
            }
        }
    }
    found.retain(|login| !login.host.is_empty());
    found
}

/// The words of a line. One in double quotation marks may have spaces; `#` at the beginning of a word begins a comment.
struct Words<'a> {
    rest: &'a str,
}

impl Iterator for Words<'_> {
    type Item = String;

    fn next(&mut self) -> Option<String> {
        self.rest = self.rest.trim_start();
        if self.rest.is_empty() || self.rest.starts_with('#') {
            return None;
        }
        let (mut word, mut quoted, mut escaped) = (String::new(), false, false);
        let mut end = self.rest.len();
        for (place, letter) in self.rest.char_indices() {
            match letter {
                _ if escaped => {
                    word.push(letter);
                    escaped = false;
                }
                '\\' if quoted => escaped = true,
                '"' if quoted || place == 0 => quoted = !quoted,
                letter if letter.is_whitespace() && !quoted => {
                    end = place;
                    break;
                }
                letter => word.push(letter),
            }
        }
        self.rest = &self.rest[end..];
        Some(word)
    }
}

/// A `.netrc` with the logins of the hosts that one of the texts names; none if there is no such host. A login that cannot
/// be written in one line is left out.
pub fn for_hosts(logins: &[Login], texts: &[&[u8]]) -> Option<Secret> {
    let names = |login: &&Login| texts.iter().any(|text| has_host(text, login.host.as_bytes()));
    let is_word = |value: &Secret| !value.expose().contains(['"', '\\', '\n', '\r', ' ', '\t', '#']);
    let fits = |login: &&Login| is_word(&login.user) && is_word(&login.password);
    let line = |login: &Login| {
        format!("machine {} login {} password {}\n", login.host, login.user.expose(), login.password.expose())
    };
    let text: String = logins.iter().filter(names).filter(fits).map(line).collect();
    (!text.is_empty()).then(|| Secret::new(text))
}

/// Whether a text names a host, and not only a longer name with the host in it.
fn has_host(text: &[u8], host: &[u8]) -> bool {
    let goes_on = |byte: Option<&u8>| byte.is_some_and(|byte| byte.is_ascii_alphanumeric() || b"-.".contains(byte));
    text.windows(host.len()).enumerate().any(|(place, window)| {
        let before = place.checked_sub(1).and_then(|before| text.get(before));
        window.eq_ignore_ascii_case(host) && !goes_on(before) && !goes_on(text.get(place + host.len()))
    })
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn login(host: &str, user: &str, password: &str) -> Login {
        Login { host: host.into(), user: Secret::new(user), password: Secret::new(password) }
    }

    #[test]
    fn logins_are_read_in_every_form() {
        let text = "# mine\nmachine a.example login ada password s3cret#1\nmachine B.example\n  login \"b b\"\n  account x\n  password \"p\\\"q\"\nmacdef init\nmachine no.example login x\n\nmachine c.example password only\ndefault login anonymous password me";
        assert_eq!(
            parse(text),
            [login("a.example", "ada", "s3cret#1"), login("b.example", "b b", "p\"q"), login("c.example", "", "only")]
        );
        for broken in ["machine", "login a", "machine a login", "\"", "machine \"a"] {
            assert!(parse(broken).iter().all(|login| login.user.expose().is_empty()), "{broken}");
        }
        assert!(!format!("{:?}", parse(text)).contains("s3cret"));
    }

    #[test]
    fn the_installer_gets_only_the_logins_of_hosts_that_it_asks() {
        let logins = [login("a.example", "ada", "1"), login("github.com", "ada", "2"), login("c.example", "a b", "3")];
        let of = |texts: &[&str]| {
            let texts: Vec<&[u8]> = texts.iter().map(|text| text.as_bytes()).collect();
            for_hosts(&logins, &texts).map(|text| text.expose().to_owned())
        };
        assert_eq!(of(&["--index-url https://A.example/simple"]).unwrap(), "machine a.example login ada password 1\n");
        assert_eq!(of(&["numpy", "https://pypi.org https://c.example"]), None);
        assert_eq!(of(&["https://a.example.org", "https://not-a.example/x", "a.exampl"]), None);
    }

    #[test]
    fn the_file_is_the_one_that_the_environment_names_or_the_one_in_the_home() {
        let home = tempfile::tempdir().unwrap();
        let mut around = ProcessEnv { home: home.path().to_owned(), ..ProcessEnv::default() };
        assert_eq!(read(&around), []);
        if !cfg!(windows) {
            fs::write(home.path().join(".netrc"), "machine a login b password c").unwrap();
            assert_eq!(read(&around), [login("a", "b", "c")]);
        }
        let other = home.path().join("other");
        fs::write(&other, "machine x login y password z").unwrap();
        around.env.insert("NETRC".into(), other.display().to_string());
        assert_eq!(read(&around), [login("x", "y", "z")]);
    }
}
