//! The words for variables of folders.

use crate::words::error::Error;
use crate::words::plain_text::name as plain;

type Problem = (String, String);

fn of((message, hint): Problem) -> Error {
    Error::Variable { message, hint }
}

/// A name or a value that cannot be used.
pub(crate) fn refused(problem: Problem) -> Error {
    of(problem)
}

/// No name of POSIX.
pub(crate) fn not_a_name(name: &str) -> Problem {
    (
        format!("`{}` is no name of a variable", plain(name)),
        "use letters, digits and `_`, and begin with no digit".to_owned(),
    )
}

/// A name that the launch needs.
pub(crate) fn reserved(name: &str) -> Problem {
    (
        format!("a launch sets `{name}` itself"),
        "choose a name other than `PATH` and `HOME`, without `KERNEL_`, `EG_` or `ORCHEST_` at its beginning"
            .to_owned(),
    )
}

/// A name that is too long.
pub(crate) fn long_name(most: usize) -> Problem {
    (format!("the name of the variable is longer than {most} letters"), "choose a shorter name".to_owned())
}

/// A value that no program can get.
pub(crate) fn with_nul(name: &str) -> Problem {
    (format!("the value of `{name}` has a NUL in it"), "remove it: no program can get such a value".to_owned())
}

/// A value that is too long.
pub(crate) fn too_long(name: &str, most: usize) -> Problem {
    (
        format!("the value of `{name}` is longer than {} KB", most / 1000),
        "put it into a file of the folder, and the file's path into the variable".to_owned(),
    )
}

/// A variable that a folder does not have.
pub(crate) fn unknown(name: &str) -> Error {
    of((format!("the folder has no variable `{}`", plain(name)), "`orchest env` lists the variables".to_owned()))
}

/// A `.env` that is not there any more, or that has changed since the person saw it.
pub(crate) fn no_env_file() -> Error {
    of(("the folder has no `.env` with variables".to_owned(), "write one, and look again".to_owned()))
}

/// The keychain refuses.
pub(crate) fn keychain_refused(name: &str, reason: &str) -> Error {
    of((
        format!("the keychain did not take the value of `{name}`: {reason}"),
        "unlock the keychain, and try again; or keep the value without it, not as a secret".to_owned(),
    ))
}

/// A program that ends at once could not keep the value.
pub(crate) fn no_keychain(name: &str, reason: &str) -> Error {
    of((
        format!("this system has no keychain that could keep `{name}`: {reason}"),
        "set it in the window, which keeps it until it ends; or leave out `--secret`".to_owned(),
    ))
}

/// Why a program of a test has no keychain.
pub(crate) const TEST_RUN: &str = "this is a test run";

/// In the settings file, by hand: neither a text nor a secret.
pub(crate) const NO_VALUE: &str = "its value in the settings file is neither a text nor a secret";

// Why a kernel does not have a variable, in the launch's list of stages.

/// The value of a secret is nowhere.
pub(crate) fn lost(name: &str) -> String {
    format!("`{name}` has no value any more; set it again")
}

/// The keychain does not give a value.
pub(crate) fn not_given(name: &str, reason: &str) -> String {
    format!("the keychain did not give `{name}`: {reason}")
}

/// The name or the value cannot be used.
pub(crate) fn left_out(name: &str, reason: &str) -> String {
    format!("kernels do not get `{}`: {reason}", plain(name))
}

/// The `.env` is another one than the person allowed.
pub(crate) const ENV_FILE_CHANGED: &str = "`.env` has changed since you allowed it, and is not used";

// Why a line of a `.env` is not used.

/// A line of a `.env`, and what is wrong with it.
pub(crate) fn line(number: usize, reason: &str) -> String {
    format!(".env, line {number}: {reason}")
}

/// No `=`.
pub(crate) const NO_EQUALS: &str = "there is no `=` after the name";
/// A quotation mark that nothing closes.
pub(crate) const OPEN_QUOTE: &str = "the quotation mark is not closed";
/// Text behind the closing quotation mark.
pub(crate) const AFTER_QUOTE: &str = "there is text after the closing quotation mark";
/// The file is too large, or no text.
pub(crate) const NOT_READ: &str = "it is no text file of at most 1 MB";

/// The variables of a folder could not be written into its gateway.
pub(crate) const PUT: &str = "put the folder's variables into the gateway";
