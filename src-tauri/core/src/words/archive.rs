//! The words for images in a file.

use std::path::Path;

use crate::contract::archive::{Came, Imported};
use crate::contract::notice::{Notice, Tone};
use crate::words::error::{Error, listed};
use crate::words::names;

/// What a person does about a file that is no whole archive.
const GET_AGAIN: &str = "copy or download it again, or write a new one with `orchest images export FILE`";

// What an export or an import does right now.

/// The engine collects the images.
pub(crate) fn collecting() -> String {
    "the engine collects the images".to_owned()
}

pub(crate) fn writing(to: &Path) -> String {
    format!("writing {}", names::display_name(to))
}

pub(crate) fn checking(name: &str) -> String {
    format!("checking {name}")
}

pub(crate) fn importing(name: &str) -> String {
    format!("importing {name}")
}

// Exports.

/// Images that are to be exported are not on the engine.
pub(crate) fn missing(images: &[String]) -> Error {
    let are = if images.len() == 1 { "is" } else { "are" };
    Error::Archive {
        message: format!("{} {are} not on the engine, or not as this version has it", listed(images)),
        hint: "get what is missing with `orchest images --prepare`, then export again".to_owned(),
    }
}

/// An image that is named by its digest.
pub(crate) fn not_nameable(image: &str) -> Error {
    Error::Archive {
        message: format!("`{image}` cannot be exported: only a registry can give an image this name"),
        hint: "name the image with a tag in the kernelspec".to_owned(),
    }
}

pub(crate) fn exists(to: &Path) -> Error {
    Error::Archive {
        message: format!("`{}` exists already", to.display()),
        hint: "name another file, or replace this one with `--force`".to_owned(),
    }
}

pub(crate) fn is_folder(to: &Path) -> Error {
    Error::Archive {
        message: format!("`{}` is a folder", to.display()),
        hint: "name a file in it, such as `images.orchest-images`".to_owned(),
    }
}

/// The engine's archive is not like one.
pub(crate) fn not_exported(reason: &str) -> Error {
    Error::Archive {
        message: format!("the engine sent an archive that cannot be written into a file: {reason}"),
        hint: "export again; if that does not help, restart the engine".to_owned(),
    }
}

// Imports.

// What is wrong with a file that was made to do harm.

pub(crate) const LONG_LIST: &str = "its list of images is too long";
pub(crate) const TOO_LARGE: &str = "it would become far too large";
pub(crate) const NO_WRITER: &str = "it does not say what wrote it";
pub(crate) const ODD_IMAGES: &str = "it has no images, too many, or two with one name";
pub(crate) const ODD_NAME: &str = "an image in it has no proper name or id";
pub(crate) const MANY_ENTRIES: &str = "it has too many entries";
pub(crate) const TWICE: &str = "it has an entry twice";
pub(crate) const LINK_OUT: &str = "it has a link that leads out of it";
pub(crate) const NOT_ALL: &str = "it does not have the images that it names";

/// Why a file is refused.
pub(crate) enum Refused<'a> {
    NotOurs,
    Format { its: u32, ours: u32 },
    Damaged,
    Unsound(&'a str),
}

/// A file that is refused.
pub(crate) fn refused(path: &Path, reason: &Refused<'_>) -> Error {
    let name = names::display_name(path);
    let (message, hint) = match reason {
        Refused::NotOurs => (
            format!("`{name}` is no archive of images"),
            "choose a file that `orchest images export` wrote; its name ends in `.orchest-images`".to_owned(),
        ),
        Refused::Format { its, ours } => (
            format!("`{name}` has format {its}, and this version of Orchest Desktop reads format {ours}"),
            "import it with the version that wrote it, or write it again with this one".to_owned(),
        ),
        Refused::Damaged => (format!("`{name}` is incomplete or was changed"), GET_AGAIN.to_owned()),
        Refused::Unsound(reason) => (format!("`{name}` is refused: {reason}"), GET_AGAIN.to_owned()),
    };
    Error::Archive { message, hint }
}

pub(crate) fn other_architecture(path: &Path, its: &str, engines: &str) -> Error {
    Error::Archive {
        message: format!("`{}` has images for {its}, and the engine runs on {engines}", names::display_name(path)),
        hint: format!("write the file on a machine with {engines}"),
    }
}

/// The engine said that it took all images, but one is missing.
pub(crate) fn not_taken(image: &str) -> Error {
    Error::Archive {
        message: format!("the engine did not take `{image}`, although it did not refuse it"),
        hint: "try again; if that does not help, restart the engine".to_owned(),
    }
}

/// What came of an import.
pub(crate) fn imported(imported: &Imported) -> Notice {
    let name = names::display_name(Path::new(&imported.file));
    let count = imported.images.len();
    let images = if count == 1 { "1 image".to_owned() } else { format!("{count} images") };
    let all_there = imported.images.iter().all(|image| image.came == Came::Present);
    let message = if all_there {
        format!("The engine has all of {name} already")
    } else {
        format!("Imported {images} from {name}")
    };
    let others: Vec<String> =
        imported.images.iter().filter(|image| image.of_another_version).map(|image| image.name.clone()).collect();
    let (tone, hint) = if others.is_empty() {
        (Tone::Good, "launches use them from now on".to_owned())
    } else {
        let are = if others.len() == 1 { "was" } else { "were" };
        (Tone::Remark, format!("{} {are} built from another version; the app builds its own", listed(&others)))
    };
    Notice { tone, message, hint }
}
