//! The words for files that say what a folder's kernels need. Each follows the file's name, its line and a colon.

use crate::words::plain_text;

/// The longest part of a file that a message repeats, letters.
const LONGEST: usize = 80;

/// A part of a file as a message repeats it: short, plain, and without the password of an address.
fn shown(text: &str) -> String {
    let open = without_login(text.trim());
    let short: String = open.chars().take(LONGEST).collect();
    let cut = if short.len() < open.len() { "…" } else { "" };
    format!("`{}{cut}`", plain_text::name(&short))
}

/// The text with `…` in place of what stands before the `@` of each address.
fn without_login(text: &str) -> String {
    let mut parts = text.split("://");
    let mut open = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let host = part.find(['/', ' ', '?', '#']).unwrap_or(part.len());
        open += "://";
        open += &match part[..host].rfind('@') {
            Some(at) => format!("…{}", &part[at..]),
            None => part.to_owned(),
        };
    }
    open
}

// Files that cannot be read.

/// Another file names a file that does not exist.
pub(crate) fn missing(path: &str) -> String {
    format!("the file {} does not exist", shown(path))
}

/// A path leads out of the folder.
pub(crate) fn outside(path: &str) -> String {
    format!("{} leads out of this folder, and only files inside it are used", shown(path))
}

/// The file itself is a link that leads out of the folder.
pub(crate) const LINK_OUTSIDE: &str = "it is a link that leads out of this folder: copy the file here";
/// It is a folder, a pipe or something else.
pub(crate) const NOT_A_FILE: &str = "it is not a plain file";

/// The file is too large, in bytes.
pub(crate) fn too_large(at_most: u64) -> String {
    format!("it is larger than {} MB, and was not read", at_most >> 20)
}

/// The system refused to open the file.
pub(crate) fn unreadable(error: &std::io::Error) -> String {
    format!("it cannot be read: {error}")
}

/// More files than are read.
pub(crate) fn many_files(at_most: usize) -> String {
    format!("it was not read, because this folder's files name more than {at_most} files")
}

/// More bytes than are read, in all files.
pub(crate) fn many_bytes(at_most: usize) -> String {
    format!("it was not read, because this folder's files name more than {} MB of files", at_most >> 20)
}

/// The file is in no known encoding.
pub(crate) const NO_TEXT: &str = "this line is not UTF-8: save the file as UTF-8";

// Bounds.

/// More packages than are listed.
pub(crate) fn many_asks(at_most: usize) -> String {
    format!("it asks for more than {at_most} packages; only the first {at_most} are used")
}

/// More problems than are listed.
pub(crate) const MORE: &str = "there are more problems";

/// Requirements that include each other too deep.
pub(crate) fn too_nested(at_most: usize) -> String {
    format!("this file was not read, because `-r` nests deeper than {at_most} files")
}

/// Lists or tables that nest too deep.
pub(crate) const TOO_DEEP: &str = "its lists and tables nest too deep";
/// A YAML file with more than one document.
pub(crate) const TWO_DOCUMENTS: &str = "it has more than one document";
/// A file with too many values.
pub(crate) const TOO_MANY_NODES: &str = "it has too many values";

// Faults of a format.

/// TOML that cannot be read.
pub(crate) fn not_toml(error: &str) -> String {
    format!("it is not valid TOML: {error}")
}

/// YAML that cannot be read.
pub(crate) fn not_yaml(error: &str) -> String {
    format!("it is not valid YAML: {error}")
}

/// JSON that cannot be read.
pub(crate) fn not_json(error: &serde_json::Error) -> String {
    format!("it is not valid JSON: {error}")
}

/// A key has another form than expected.
pub(crate) fn other_form(key: &str, wanted: &str) -> String {
    format!("{} is not {wanted}", shown(key))
}

/// A list of texts.
pub(crate) const A_LIST: &str = "a list of texts";
/// A table.
pub(crate) const A_TABLE: &str = "a table";
/// A text.
pub(crate) const A_TEXT: &str = "a text";

/// A key that a file of this kind must have is missing.
pub(crate) fn no_key(key: &str) -> String {
    format!("it has no {}", shown(key))
}

// Requirements.

/// An environment of pixi has a feature that the file does not have.
pub(crate) fn unknown_feature(name: &str) -> String {
    format!("there is no feature called `{}`", shown(name))
}

/// A line that is no requirement.
pub(crate) fn not_a_requirement(text: &str) -> String {
    format!("{} is not the name of a package with an optional version", shown(text))
}

/// A command where a package is expected.
pub(crate) fn a_command(text: &str) -> String {
    format!("{} is a command: write only the names of packages, one on each line", shown(text))
}

/// A line of a program where a package is expected.
pub(crate) fn an_import(text: &str) -> String {
    format!("{} is a line of a program: write only the names of packages, one on each line", shown(text))
}

/// A name and a version without a sign, as `pip list` prints them.
pub(crate) fn no_sign(text: &str, wanted: &str) -> String {
    format!("{} has no `==` before the version: write {}", shown(text), shown(wanted))
}

/// A line of `conda list --export`.
pub(crate) fn of_conda(text: &str, wanted: &str) -> String {
    format!("{} is a package as conda lists it: write {}, or leave it out", shown(text), shown(wanted))
}

/// A conda package with extras, which only pip knows.
pub(crate) fn extras_of_pip(text: &str, name: &str) -> String {
    format!("{} has extras, which conda does not know: write {}, or move it below `pip:`", shown(text), shown(name))
}

/// A variable in a version or a name.
pub(crate) fn a_variable(text: &str) -> String {
    format!("{} has a variable of another computer: write its value", shown(text))
}

/// A link that a copy of the folder has as a plain text.
pub(crate) fn link_as_text(target: &str) -> String {
    format!("it has only the path of another file, {}, as a copy of a link has: copy that file here", shown(target))
}

/// A version with one `=`.
pub(crate) fn one_equals(text: &str) -> String {
    format!("{} has a single `=`: write `==`", shown(text))
}

/// An option that `pip` does not know in a file.
pub(crate) fn unknown_option(option: &str) -> String {
    format!("`pip` knows no option {} in a requirements file", shown(option))
}

/// An option without its value.
pub(crate) fn no_value(option: &str) -> String {
    format!("the option {} has no value", shown(option))
}

/// A package that is a file of the machine on which the list was made.
pub(crate) fn other_machine(text: &str) -> String {
    format!("{} is a file of another computer: write the package's version instead", shown(text))
}

/// A version that is not understood.
pub(crate) fn not_a_version(text: &str) -> String {
    format!("{} is not a version or a range of versions", shown(text))
}

/// A group of dependencies that does not exist.
pub(crate) fn no_group(name: &str) -> String {
    format!("there is no group of dependencies with the name {}", shown(name))
}

/// Groups of dependencies that include each other.
pub(crate) fn circle(name: &str) -> String {
    format!("the group of dependencies {} includes itself", shown(name))
}

/// A member of a uv workspace.
pub(crate) fn of_workspace(name: &str) -> String {
    format!("{} is a package of a workspace, and other packages of a workspace are not installed", shown(name))
}

// Images.

/// A Dockerfile without a base.
pub(crate) const NO_FROM: &str = "it has no `FROM`, so there is no image to build";
/// A `FROM` without an image.
pub(crate) const NO_BASE: &str = "this `FROM` names no image";
/// A dev container of several containers.
pub(crate) const COMPOSE: &str = "it uses Docker Compose: only `image` and `build` are understood";
/// A dev container without an image.
pub(crate) const NO_IMAGE: &str = "it has neither an `image` nor a `build`";

/// A key of a dev container that has no effect.
pub(crate) fn unused(key: &str) -> String {
    format!("{} has no effect in this app", shown(key))
}

/// GPUs that are neither all nor a number of them.
pub(crate) fn some_gpus(asked: &str) -> String {
    format!("`--gpus {}` has no effect in this app, which knows `all` and a number from 1", shown(asked))
}

/// A base whose name depends on an argument without a default.
pub(crate) fn open_argument(image: &str) -> String {
    format!("the image {} depends on a build argument that has no default", shown(image))
}

// Other packages.

/// A line of `apt.txt` that is no package.
pub(crate) fn not_debian(text: &str) -> String {
    format!("{} is not the name of a Debian package", shown(text))
}

/// A name that is no package of R.
pub(crate) fn not_an_r_package(text: &str) -> String {
    format!("{} is not the name of an R package", shown(text))
}

/// A `postBuild` that is too long to be read before it runs.
pub(crate) fn long_script(most: usize) -> String {
    format!("the script is larger than {} KB, so it is not offered and not run", most >> 10)
}

/// A PEP 723 block without its last line.
pub(crate) const NO_END: &str = "the block `# /// script` has no end: add a line `# ///`";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_repeats_no_password_and_no_long_text() {
        let text = missing("git+https://ada:secret@example.org/a@b https://t@x/y?z=u@v");
        assert_eq!(text, "the file `git+https://…@example.org/a@b https://…@x/y?z=u@v` does not exist");
        assert!(missing(&"x".repeat(1000)).len() < 150);
    }
}
