//! The words for folders on the machine of an engine elsewhere.

use crate::words::error::Error;
use crate::words::plain_text;

/// The action of the containers that look, as in "the engine could not …".
pub(crate) const LOOK: &str = "look at folders of its machine";

/// The folder is not there any more.
pub(crate) fn gone(folder: &str) -> Error {
    Error::Folder {
        message: format!("the folder `{folder}` is no longer on the engine's machine"),
        hint: "put it back there, or remove it from the list".to_owned(),
    }
}

/// The path has no beginning.
pub(crate) fn not_whole(path: &str) -> Error {
    Error::Folder {
        message: format!("`{path}` is not the whole path of a folder on the engine's machine"),
        hint: "a whole path begins with `/`, such as /home/ada/notebooks".to_owned(),
    }
}

/// The program that looks ended without an answer. `said`: its last words.
pub(crate) fn ended(code: i64, said: &str) -> Error {
    let said = plain_text::name(said);
    let said = if said.is_empty() { String::new() } else { format!(": {said}") };
    refused(format!("the program that looks ended with exit code {code}{said}"))
}

/// The program that looks said something that it never says.
pub(crate) fn not_understood() -> Error {
    refused("the program that looks gave an answer that is none".to_owned())
}

/// There is more to copy than a folder of notebooks has.
pub(crate) fn too_much(folder: &str, mb: u64) -> Error {
    Error::Folder {
        message: format!("the notebooks and scripts of `{folder}` have more than {mb} MB"),
        hint: "pick a folder further down".to_owned(),
    }
}

fn refused(reason: String) -> Error {
    Error::Engine { what: LOOK.to_owned(), reason }
}

/// Nothing came from the engine for too long.
pub(crate) fn silent() -> Error {
    Error::EngineGone { what: LOOK.to_owned() }
}
