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

// Limits and GPUs.

/// A value that is shown at its own field.
pub(crate) const IT: &str = "it";

pub(crate) const MEMORY_MB: &str = "a whole number of MB from 128 to 16777216";
pub(crate) const CPUS: &str = "a number of cores from 0.1 to 1024";
pub(crate) const SHM_MB: &str = "a whole number of MB from 1 to 16777216";

pub(crate) fn limit(place: &str, may_be: &str) -> Problem {
    problem(format!("{place} must be {may_be}"), "correct it, or leave it out: the launch's own limits apply anyway")
}

pub(crate) fn unknown_limit(place: &str) -> Problem {
    problem(format!("{place} is not a limit that this app knows"), "use `memory_mb`, `cpus` or `shm_mb`, or remove it")
}

pub(crate) fn gpus(place: &str) -> Problem {
    problem(format!("{place} must be `all` or a whole number of GPUs from 1"), "correct it, or leave it out for no GPU")
}

// A kernelspec that somebody edits: faults at fields.

pub(crate) fn no_name() -> Problem {
    problem("a kernelspec needs a name", NAME_LETTERS)
}

pub(crate) fn name_letters() -> Problem {
    problem("Jupyter does not allow this name", NAME_LETTERS)
}

const NAME_LETTERS: &str = "use only letters without accents, digits, `.`, `_` and `-`";

pub(crate) fn hidden_name() -> Problem {
    problem("a folder whose name begins with a dot is not read", "begin with a letter or a digit")
}

pub(crate) fn name_taken(other: &str) -> Problem {
    problem(format!("there is already a kernelspec `{other}`"), "choose another name; Jupyter ignores case in names")
}

pub(crate) fn script_used_by(name: &str, others: &[String]) -> Problem {
    let others: Vec<_> = others.iter().map(|other| format!("`{other}`")).collect();
    problem(
        format!("the command of {} runs a script in the folder `{name}`", others.join(", ")),
        "first change `argv` there, so that it names a script of its own",
    )
}

pub(crate) fn draft_without_image() -> Problem {
    problem("a kernelspec needs an image", "name one, such as `python:3.13` or one of the list")
}

pub(crate) fn posix_name() -> Problem {
    problem("it is not a valid name of a variable", "use letters, digits and `_`, and begin with no digit")
}

pub(crate) fn no_variable_name() -> Problem {
    problem("the variable has no name", "name it, or remove the row")
}

pub(crate) fn variable_twice(name: &str) -> Problem {
    problem(format!("`{name}` is there twice"), "remove one of the two")
}

/// The name for people of a copy.
pub(crate) fn copy_of(name: &str) -> String {
    format!("{name} (copy)")
}

// Its actions.

fn refused(message: impl Into<String>, hint: impl Into<String>) -> Error {
    Error::Kernelspec { message: message.into(), hint: hint.into() }
}

/// A kernelspec with this fault is not written.
pub(crate) fn not_saved(name: &str, fault: &str, hint: &str) -> Error {
    refused(format!("the kernelspec `{name}` was not written: {fault}"), hint)
}

/// Another program wrote the file after the editor read it.
pub(crate) fn changed_meanwhile(file: &Path) -> Error {
    refused(
        format!("another program changed `{}` after the editor read it", file.display()),
        "close the editor and open it again: it then shows the file as it is now",
    )
}

/// No folder has this name.
pub(crate) fn no_such(name: &str, kernels_dir: &Path) -> Error {
    refused(
        format!("there is no kernelspec `{name}` in `{}`", kernels_dir.display()),
        "`orchest kernels` lists those that are there",
    )
}

/// The file is no JSON, so that fields cannot change it.
pub(crate) fn no_fields(name: &str, message: &str, hint: &str) -> Error {
    refused(format!("the fields of `{name}` cannot be changed: {message}"), hint)
}

/// A kernelspec that other kernelspecs need is not removed.
pub(crate) fn not_removed(name: &str, (message, hint): Problem) -> Error {
    refused(format!("`{name}` was not removed: {message}"), hint)
}

/// The desktop's trash did not take the folder.
pub(crate) fn not_in_trash(folder: &Path, reason: &str) -> Error {
    refused(
        format!("`{}` could not be moved to the trash: {reason}", folder.display()),
        "remove the folder by hand if you do not need it",
    )
}
