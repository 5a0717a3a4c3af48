//! Opening the person's browser and file manager.

use std::ffi::{OsStr, OsString};
use std::path::Path;
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use tokio::process::Command;
use tokio::time::{Instant, sleep_until, timeout};
use url::Url;

use crate::browser::redirect::{LIFETIME, Redirect};
use crate::platform::paths;
use crate::words::error::{Error, Result};
use crate::words::{browser as words, file};

/// How long a browser has to request the address.
const COMES_WITHIN: Duration = Duration::from_secs(8);
/// How long to wait for a request after the browser's process has ended with an error.
const GRACE: Duration = Duration::from_millis(500);

/// Opens the address in the person's browser: the one of `$BROWSER`, or else the system's choice. The error is the
/// reason why none requested it; a later request still succeeds while the address is valid.
pub(crate) async fn visit(redirect: &Redirect) -> Result<()> {
    let chosen = std::env::var_os("BROWSER").filter(|_| cfg!(unix));
    visit_by(redirect, chosen.as_deref(), COMES_WITHIN).await
}

async fn visit_by(redirect: &Redirect, chosen: Option<&OsStr>, within: Duration) -> Result<()> {
    let listed = chosen.map(|chosen| listed(chosen, &redirect.url, |path| Path::new(path).is_file()));
    let commands = match listed {
        Some(listed) if !listed.is_empty() => listed.iter().map(|words| command(words)).collect(),
        _ => open::commands(redirect.url.as_str()).into_iter().map(Command::from).collect::<Vec<_>>(),
    };
    let mut why = words::NO_PROGRAM.to_owned();
    for command in commands {
        let name = command.as_std().get_program().to_string_lossy().into_owned();
        match visit_with(redirect, command, within).await {
            Ok(()) => return Ok(()),
            Err(Refusal { reason, last }) => {
                why = words::program(&name, &reason);
                tracing::info!(why, "the browser did not open the page");
                if last {
                    break;
                }
            }
        }
    }
    Err(Error::Browser { reason: why })
}

/// The reason why a program did not request the address.
struct Refusal {
    reason: String,
    /// It may still request it: a second browser would be too many.
    last: bool,
}

async fn visit_with(redirect: &Redirect, mut command: Command, within: Duration) -> Result<(), Refusal> {
    command.env("PATH", paths::of_programs(std::env::var_os("PATH")));
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    let deadline = Instant::now() + within;
    let refused = |reason: String| Err(Refusal { reason, last: false });
    // Tokio waits for its end in any case, so that no zombie stays.
    let mut program = match command.spawn() {
        Ok(program) => program,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return refused(words::NOT_FOUND.to_owned()),
        Err(error) => return refused(words::not_started(&error)),
    };
    let ended = tokio::select! {
        biased;
        () = redirect.visit() => return Ok(()),
        status = program.wait() => status,
        () = sleep_until(deadline) => return Err(late(within)),
    };
    match ended {
        Ok(status) if !status.success() => {
            if timeout(GRACE, redirect.visit()).await.is_ok() {
                return Ok(());
            }
            refused(of_status(status))
        }
        // It has handed the address to a browser that runs already, or that is starting.
        _ => tokio::select! {
            () = redirect.visit() => Ok(()),
            () = sleep_until(deadline) => Err(late(within)),
        },
    }
}

fn late(within: Duration) -> Refusal {
    Refusal { reason: words::late(within.as_secs_f32().round()), last: true }
}

fn of_status(status: ExitStatus) -> String {
    match status.code() {
        Some(code) => words::ended(code),
        None => words::was_ended(status),
    }
}

/// The commands that `$BROWSER` lists, as xdg-open reads it: separated by colons, each split at spaces, `%s` the address,
/// `%c` a colon and `%%` a percent sign; without `%s` the address is added at the end. A whole entry that names a file is a
/// program with spaces in its name.
fn listed(chosen: &OsStr, url: &str, is_file: impl Fn(&str) -> bool) -> Vec<Vec<OsString>> {
    let Some(chosen) = chosen.to_str() else { return vec![vec![chosen.to_owned(), url.into()]] };
    let entries = chosen.split(':').map(str::trim).filter(|entry| !entry.is_empty());
    entries
        .map(|entry| {
            if is_file(entry) {
                return vec![entry.into(), url.into()];
            }
            let (mut words, mut placed) = (Vec::new(), false);
            for word in entry.split_whitespace() {
                let (word, has_url) = filled(word, url);
                placed |= has_url;
                words.push(word.into());
            }
            if !placed {
                words.push(url.into());
            }
            words
        })
        .collect()
}

/// A word with its percent signs resolved, and whether it contains the address.
fn filled(word: &str, url: &str) -> (String, bool) {
    let (mut filled, mut placed) = (String::with_capacity(word.len()), false);
    let mut letters = word.chars().peekable();
    while let Some(letter) = letters.next() {
        match (letter, letters.peek()) {
            ('%', Some('s')) => {
                filled.push_str(url);
                placed = true;
                letters.next();
            }
            ('%', Some('c')) => {
                filled.push(':');
                letters.next();
            }
            ('%', Some('%')) => {
                filled.push('%');
                letters.next();
            }
            (other, _) => filled.push(other),
        }
    }
    (filled, placed)
}

fn command(words: &[OsString]) -> Command {
    let (program, arguments) = words.split_first().map_or((OsStr::new(""), &[][..]), |(a, b)| (a.as_os_str(), b));
    let mut command = Command::new(program);
    command.args(arguments);
    command
}

/// Shows a file or folder in the file manager.
pub fn reveal(path: &Path) -> Result<()> {
    let folder = if path.is_dir() { path } else { path.parent().unwrap_or(path) };
    opened(folder).map_err(|failure| file::failed(file::SHOW, path, failure))
}

/// Shows a page of the web in the browser.
pub fn page(address: &Url) -> Result<()> {
    opened(address.as_str()).map_err(|failure| Error::Browser { reason: failure.to_string() })
}

fn opened(what: impl AsRef<OsStr>) -> std::io::Result<()> {
    let mut failure = std::io::Error::new(std::io::ErrorKind::NotFound, words::NO_PROGRAM);
    for mut command in open::commands(what) {
        command.env("PATH", paths::of_programs(std::env::var_os("PATH")));
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        match command.spawn() {
            Ok(mut child) => {
                // Waits for its end, so that no zombie stays while the app runs.
                std::thread::spawn(move || child.wait());
                return Ok(());
            }
            Err(error) => failure = error,
        }
    }
    Err(failure)
}

/// Waits for a late request, which succeeds while the address is valid.
pub(crate) async fn comes_late(redirect: &Redirect) -> bool {
    timeout(LIFETIME, redirect.visit()).await.is_ok()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn a_list_of_browsers_is_read_as_xdg_open_reads_it() {
        let url = "http://127.0.0.1:1/x";
        for (chosen, commands) in [
            ("firefox", vec![vec!["firefox", url]]),
            ("firefox --new-window", vec![vec!["firefox", "--new-window", url]]),
            ("  firefox \t--new-window ", vec![vec!["firefox", "--new-window", url]]),
            ("firefox --url=%s --kiosk", vec![vec!["firefox", "--url=http://127.0.0.1:1/x", "--kiosk"]]),
            ("a %s %s", vec![vec!["a", url, url]]),
            ("a:b", vec![vec!["a", url], vec!["b", url]]),
            (":a::/usr/bin/b -x:", vec![vec!["a", url], vec!["/usr/bin/b", "-x", url]]),
            ("a --proxy=h%c8080 100%% %s", vec![vec!["a", "--proxy=h:8080", "100%", url]]),
            ("a --zoom=50% 5%d", vec![vec!["a", "--zoom=50%", "5%d", url]]),
            ("a %%s", vec![vec!["a", "%s", url]]),
            ("/opt/my browser/run", vec![vec!["/opt/my browser/run", url]]),
            ("", vec![]),
            (" : ", vec![]),
        ] {
            let read = listed(OsStr::new(chosen), url, |path| path == "/opt/my browser/run");
            assert_eq!(read, commands, "{chosen}");
        }
    }

    #[cfg(unix)]
    mod with_programs {
        use super::*;
        use crate::browser::redirect;

        const TARGET: &str = "http://127.0.0.1:9/lab?token=secret";
        const WITHIN: Duration = Duration::from_secs(2);

        async fn asked(chosen: &str) -> (Result<()>, Duration) {
            let redirect = redirect::once_to(TARGET.to_owned()).await.unwrap();
            let began = Instant::now();
            let outcome = visit_by(&redirect, Some(OsStr::new(chosen)), WITHIN).await;
            (outcome, began.elapsed())
        }

        #[tokio::test(flavor = "multi_thread")]
        async fn the_next_browser_is_tried_if_one_is_missing_or_fails() {
            for chosen in ["curl -s", "nowhere-at-all:false:curl -s -o /dev/null %s", "false : curl --silent"] {
                let (outcome, took) = asked(chosen).await;
                assert!(outcome.is_ok() && took < WITHIN, "{chosen}: {outcome:?}");
            }
        }

        #[tokio::test(flavor = "multi_thread")]
        async fn if_all_browsers_fail_the_last_one_gives_the_reason() {
            for (chosen, why) in [
                ("nowhere-at-all", "`nowhere-at-all` was not found"),
                ("nowhere-at-all:false", "`false` ended with exit code 1"),
                ("/etc/passwd", "`/etc/passwd` could not be started: "),
                ("true", "`true` did not ask for the page within 2 s"),
                ("sleep 30 %%", "`sleep` "),
                ("tail -f /dev/null --pid=1", "`tail` "),
            ] {
                let (outcome, took) = asked(chosen).await;
                let message = outcome.unwrap_err().to_string();
                assert!(
                    message.contains("browser did not open the page: ") && message.contains(why),
                    "{chosen}: {message}"
                );
                assert!(!message.contains("secret") && took < WITHIN * 2, "{message}");
            }
        }

        #[tokio::test(flavor = "multi_thread")]
        async fn a_slow_browser_may_come_late_and_no_other_is_tried() {
            let folder = tempfile::tempdir().unwrap();
            let (other, wrapper) = (folder.path().join("other"), folder.path().join("slow"));
            std::fs::write(&wrapper, "#!/bin/sh\nsleep 3\nexec curl -s \"$1\"\n").unwrap();
            std::fs::set_permissions(&wrapper, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
            let redirect = redirect::once_to(TARGET.to_owned()).await.unwrap();
            let chosen = format!("{}:touch {} %s", wrapper.display(), other.display());
            let outcome = visit_by(&redirect, Some(OsStr::new(&chosen)), WITHIN).await;
            assert!(outcome.unwrap_err().to_string().contains("did not ask"));
            assert!(comes_late(&redirect).await && !other.exists());
        }
    }
}
