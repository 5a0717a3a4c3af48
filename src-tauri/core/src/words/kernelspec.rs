//! The words for problems of kernelspecs: each a message and a hint.

use std::io::Error as IoError;
use std::path::Path;

use crate::words::error::Error;

/// A message and its hint.
type Problem = (String, String);

fn problem(message: impl Into<String>, hint: impl Into<String>) -> Problem {
    (message.into(), hint.into())
}

/// The remark about a kernelspec without `{public_key}`.
pub(crate) const LACKS_PUBLIC_KEY: &str =
    "Its command lacks {public_key}, as in older kernelspecs; the gateway adds it when a kernel starts.";

const SHOWN_BY_EXAMPLE: &str = "see `python_docker/kernel.json` for an example";
const QUOTES: &str = "write it in quotes";

// Kernelspecs of a launch.

/// The kernels directory has no kernelspec that can be used.
pub(crate) fn nothing_to_launch_with(kernels_dir: &Path) -> Error {
    Error::Kernelspec {
        message: format!("there is no usable kernelspec in `{}`", kernels_dir.display()),
        hint: "`orchest kernels` says what is wrong with those that are there".to_owned(),
    }
}

/// The kernelspec has a problem.
pub(crate) fn unusable(name: &str, problem: &str, hint: &str) -> Error {
    Error::Kernelspec { message: format!("the kernelspec `{name}` cannot be used: {problem}"), hint: hint.to_owned() }
}

/// The kernels directory does not have the kernelspec.
pub(crate) fn unknown(name: &str, kernels_dir: &Path, known: &[String]) -> Error {
    let known: Vec<_> = known.iter().map(|name| format!("`{name}`")).collect();
    Error::Kernelspec {
        message: format!("there is no kernelspec `{name}` in `{}`", kernels_dir.display()),
        hint: format!("pick one of {}", known.join(", ")),
    }
}

// The kernels directory.

pub(crate) fn no_directory() -> Problem {
    problem("the kernels directory does not exist", "restore it, or choose another one in Settings")
}

pub(crate) fn unreadable_directory(error: &IoError) -> Problem {
    problem(format!("the kernels directory cannot be read: {error}"), "check its permissions")
}

pub(crate) fn twin(other: &str) -> Problem {
    problem(format!("Jupyter ignores case in names, and there is also `{other}`"), "rename one of the two folders")
}

pub(crate) fn too_large(files: usize, megabytes: u64, depth: usize) -> Problem {
    problem(
        format!(
            "its folder has more than a kernelspec may have: {files} files, {megabytes} MB, {depth} levels of folders"
        ),
        "move other files out; a link in it may lead to a large folder or to itself",
    )
}

pub(crate) fn none_usable(dir: &Path, name: &str, message: &str) -> String {
    format!("no kernelspec in `{}` can be used; `{name}`: {message}", dir.display())
}

pub(crate) fn none_in(dir: &Path) -> Problem {
    problem(
        format!("there is no kernelspec in `{}`", dir.display()),
        "pick a folder of kernelspecs, each a folder with a `kernel.json`, or an empty folder, which gets the shipped \
         kernelspecs",
    )
}

// The file `kernel.json`.

pub(crate) fn broken_link() -> Problem {
    problem("`kernel.json` is a broken link", "correct the link")
}

pub(crate) fn folder_is_broken_link() -> Problem {
    problem("it is a broken link", "correct the link, or remove it")
}

pub(crate) fn no_file() -> Problem {
    problem("there is no `kernel.json` in it", "put one there, or remove the folder")
}

pub(crate) fn unreadable(error: &IoError) -> Problem {
    problem(format!("`kernel.json` cannot be read: {error}"), "check its permissions, and those of its folder")
}

pub(crate) fn is_folder() -> Problem {
    problem("`kernel.json` is a folder, and must be a file", "replace it with a file")
}

pub(crate) fn not_regular() -> Problem {
    problem("`kernel.json` is not a regular file", "replace it with a regular file")
}

pub(crate) fn too_long() -> Problem {
    problem("`kernel.json` is larger than 1 MB", "correct the file: a kernelspec has only a few lines")
}

pub(crate) fn utf16() -> Problem {
    problem(
        "`kernel.json` begins with the byte-order mark of UTF-16 (line 1, column 1), and must be UTF-8",
        "save the file with the encoding UTF-8",
    )
}

pub(crate) fn not_utf8(line: usize, column: usize) -> Problem {
    problem(
        format!("`kernel.json` is not UTF-8 at line {line}, column {column}"),
        "save the file with the encoding UTF-8",
    )
}

pub(crate) fn byte_order_mark() -> Problem {
    problem(
        "`kernel.json` begins with a byte-order mark (line 1, column 1), which Jupyter does not read",
        "save the file as UTF-8 without a byte-order mark (\"UTF-8\", not \"UTF-8 with BOM\")",
    )
}

pub(crate) fn not_json(what: &str, line: usize, column: usize) -> Problem {
    problem(
        format!("`kernel.json` is not valid JSON: {what} at line {line}, column {column}"),
        format!("correct the file at line {line}, column {column}"),
    )
}

// Its values. `place` is the name of a value with its line and column.

pub(crate) fn place(name: &str, line_and_column: Option<(usize, usize)>) -> String {
    match line_and_column {
        Some((line, column)) => format!("`{name}` (line {line}, column {column})"),
        None => format!("`{name}`"),
    }
}

pub(crate) fn kind(value: &serde_json::Value) -> &'static str {
    use serde_json::Value;
    match value {
        Value::Null => "null",
        Value::Bool(_) => "true or false",
        Value::Number(_) => "a number",
        Value::String(_) => STRING,
        Value::Array(_) => "a list",
        Value::Object(_) => OBJECT,
    }
}

pub(crate) const STRING: &str = "a string";
pub(crate) const OBJECT: &str = "an object";
pub(crate) const STRINGS: &str = "a list of strings";
pub(crate) const OBJECT_OF_STRINGS: &str = "an object of strings";

fn must_be(place: &str, found: &serde_json::Value, wanted: &str, hint: &str) -> Problem {
    problem(format!("{place} is {}, and must be {wanted}", kind(found)), hint)
}

pub(crate) fn not_object(found: &serde_json::Value) -> Problem {
    must_be("`kernel.json`", found, OBJECT, &format!("write it as `{{…}}`; {SHOWN_BY_EXAMPLE}"))
}

pub(crate) fn member_not_object(place: &str, found: &serde_json::Value) -> Problem {
    must_be(place, found, OBJECT, SHOWN_BY_EXAMPLE)
}

pub(crate) fn not_string(place: &str, found: &serde_json::Value) -> Problem {
    must_be(place, found, STRING, QUOTES)
}

pub(crate) fn optional_not_string(place: &str, found: &serde_json::Value) -> Problem {
    must_be(place, found, STRING, "write it in quotes, or leave it out")
}

pub(crate) fn nul(place: &str) -> Problem {
    problem(format!("{place} has a NUL in it"), "remove the `\\u0000`")
}

pub(crate) fn reserved(place: &str) -> Problem {
    problem(format!("{place} is a name that is reserved by Jupyter"), "remove it, or give it another name")
}

pub(crate) fn name() -> Problem {
    problem(
        "Jupyter does not allow the name of this kernelspec",
        "rename the folder; use only letters without accents, digits, `.`, `_` and `-`",
    )
}

pub(crate) fn script(place: &str, script: &Path) -> Problem {
    problem(
        format!("{place} names the script `{}`, which is not in the kernels directory", script.display()),
        "put it there, or name another one in `argv`",
    )
}

const ARGV: &str = "give it a list of words; see `python_docker/kernel.json` for an example";

pub(crate) fn no_argv() -> Problem {
    problem("it has no `argv`, the command that starts a kernel", ARGV)
}

pub(crate) fn argv_not_list(place: &str, found: &serde_json::Value) -> Problem {
    must_be(place, found, STRINGS, ARGV)
}

pub(crate) fn no_command(place: &str) -> Problem {
    problem(format!("{place} names no command that starts a kernel"), ARGV)
}

const LANGUAGE: &str = "name the kernel's language, such as `\"language\": \"python\"`";

pub(crate) fn no_language() -> Problem {
    problem("it has no `language`, which its kernels need to start", LANGUAGE)
}

pub(crate) fn empty_language(place: &str) -> Problem {
    problem(format!("{place} names no language"), LANGUAGE)
}

pub(crate) fn interrupt_mode(place: &str, mode: &str) -> Problem {
    problem(
        format!("{place} is not a mode of Jupyter: `{mode}`"),
        "write `\"signal\"` or `\"message\"`, or leave it out",
    )
}

pub(crate) fn env_not_object(place: &str, found: &serde_json::Value) -> Problem {
    must_be(place, found, OBJECT_OF_STRINGS, "write it as `{\"NAME\": \"value\"}`, or leave it out")
}

pub(crate) fn variable_name(place: &str) -> Problem {
    problem(format!("{place} is not a valid name of a variable"), "a name needs at least one letter and no `=`")
}

pub(crate) fn variable_not_string(place: &str, found: &serde_json::Value) -> Problem {
    must_be(place, found, STRING, "write its value in quotes")
}

fn give_class(class: &str) -> String {
    format!("give it the class `{class}` and an image")
}

pub(crate) fn no_proxy(class: &str) -> Problem {
    problem(
        "it has no `metadata.process_proxy`: its kernels would run beside the gateway, not in a container",
        give_class(class),
    )
}

pub(crate) fn no_class(place: &str, class: &str) -> Problem {
    problem(format!("{place} has no `class_name`"), give_class(class))
}

pub(crate) fn class_not_string(place: &str, found: &serde_json::Value, class: &str) -> Problem {
    must_be(place, found, STRING, &give_class(class))
}

pub(crate) fn unknown_class(place: &str, name: &str, class: &str) -> Problem {
    problem(format!("{place} names a process proxy that this app does not support: `{name}`"), format!("use `{class}`"))
}

const IMAGE: &str = "name one, such as `orchest/kernel-python:0.1.0`";

pub(crate) fn no_image() -> Problem {
    problem("it names no image in `metadata.process_proxy.config.image_name`", IMAGE)
}

pub(crate) fn image_not_string(place: &str, found: &serde_json::Value) -> Problem {
    must_be(place, found, STRING, IMAGE)
}

pub(crate) fn invalid_image(place: &str, image: &str) -> Problem {
    problem(
        format!("{place} is not a valid name of an image: `{image}`"),
        "write it as `name:tag` or `registry/name:tag`, in lower case",
    )
}
