//! The words for changes of the packages that a file names.

use crate::words::error::{Error, listed};

fn of(message: String, hint: impl Into<String>) -> Error {
    Error::Environment { message, hint: hint.into(), log: Vec::new(), log_file: None }
}

/// Something that is no package's name.
pub(crate) fn no_package(name: &str) -> Error {
    of(format!("`{name}` is no name of a package"), "write a name, or a name with a version, such as `numpy>=2`")
}

/// A file whose packages the app does not change.
pub(crate) fn not_editable(file: &str) -> Error {
    of(format!("the app does not change the packages in `{file}`"), "change the file in an editor")
}

/// A file that could not be made what it was, after its packages could not be installed.
pub(crate) fn not_restored(file: &str, error: &std::io::Error) -> Error {
    of(
        format!("the packages could not be installed, and `{file}` could not be written as it was: {error}"),
        "take the new lines out of it in an editor",
    )
}

/// A file that cannot be read.
pub(crate) fn not_read(file: &str, reason: &str) -> Error {
    of(format!("`{file}` cannot be read: {reason}"), "correct the file in an editor")
}

/// Packages that a file does not name.
pub(crate) fn not_named(file: &str, names: &[String]) -> Error {
    of(format!("`{file}` does not name {}", listed(names)), "look at the list: `orchest env`")
}

/// A file that a tool writes.
pub(crate) fn written_by(file: &str, tool: &str) -> Error {
    let hint = match tool {
        RENV => format!("install the package in a notebook of R, and write the file anew by `{tool}`"),
        _ => format!("change the file that it was made from, and write it anew by `{tool}`"),
    };
    of(format!("the app does not change `{file}`: `{tool}` writes it"), hint)
}

/// What writes an `renv.lock`.
pub(crate) const RENV: &str = "renv::snapshot()";

/// A file that cannot be read well enough to change a line of it.
pub(crate) fn not_changed(file: &str, reason: &str) -> Error {
    of(format!("`{file}` cannot be changed: {reason}"), "correct the file in an editor")
}

/// A form in which a package cannot be changed without touching something else.
pub(crate) fn form(file: &str, line: usize) -> Error {
    of(
        format!("line {line} of `{file}` has a form that the app does not change"),
        format!(
            "change `{file}` in an editor; the app can change a list below `dependencies:` with one package on each \
             line, such as `  - numpy>=2`"
        ),
    )
}

/// A value of a TOML file that is no version.
pub(crate) fn no_version(file: &str, name: &str) -> Error {
    of(
        format!("`{file}` does not take `{name}` from a channel or an index, or not by a version alone"),
        format!("change `{name}` in an editor"),
    )
}

/// An environment of pixi without a feature to add to.
pub(crate) fn no_feature(file: &str, environment: &str) -> Error {
    of(
        format!("the environment `{environment}` of `{file}` has no feature that packages could be added to"),
        "give it a feature in an editor",
    )
}

/// Something that conda does not understand as a package.
pub(crate) fn not_of_conda(package: &str) -> Error {
    of(
        format!("`{package}` is no package of conda"),
        "write a name with an optional version, such as `numpy>=2`; `--pip` adds a package of PyPI",
    )
}

/// A version that a file of pixi has in another form.
pub(crate) fn not_of_pixi(package: &str, file: &str) -> Error {
    of(
        format!("`{package}` has more than a name and a version"),
        format!("write a name with an optional version, such as `numpy>=2`, or change `{file}` in an editor"),
    )
}

/// Something that pip does not understand as a package.
pub(crate) fn not_of_pip(package: &str) -> Error {
    of(format!("`{package}` is no package of pip"), "write a name with an optional version, such as `numpy>=2`")
}

/// Something that is no package of R.
pub(crate) fn not_of_r(package: &str) -> Error {
    of(
        format!("`{package}` is no package of R"),
        "write a name with an optional version, such as `dplyr>=1.1`; case and dots count",
    )
}

/// Packages of Python for a file that names those of R.
pub(crate) fn file_of_r(file: &str, packages: &[String]) -> Error {
    of(
        format!("`{file}` names packages of R, and {} is of Python", listed(packages)),
        "name packages of Python in a file of their own, such as `requirements.txt`",
    )
}

/// A version for a script that installs the newest.
pub(crate) fn no_version_in_script(file: &str, name: &str) -> Error {
    of(
        format!("`install.packages` in `{file}` takes no version"),
        format!("add `{name}` without a version, or write `remotes::install_version` into the file in an editor"),
    )
}

/// A package that a script installs in another way than by a line of its own.
pub(crate) fn other_call(file: &str, name: &str, line: usize) -> Error {
    of(
        format!("line {line} of `{file}` installs `{name}`, and not by `install.packages(\"{name}\")` alone"),
        "change that line in an editor",
    )
}

/// The lock file was written before the app changed packages.
pub(crate) fn lock_is_older(file: &str, lock: &str, names: &[String]) -> String {
    let names = listed(names);
    let writes = match lock.rsplit('/').next().unwrap_or(lock) {
        "uv.lock" => "`uv lock`",
        "poetry.lock" => "`poetry lock`",
        "pdm.lock" => "`pdm lock`",
        "pixi.lock" => {
            return format!(
                "{lock} no longer fits to {file}, because {names} changed: it is not used until `pixi lock` has \
                 written it anew"
            );
        }
        _ => "its tool",
    };
    format!(
        "{lock} no longer fits to {file}, because {names} changed: its other versions hold until {writes} has written \
         it anew"
    )
}
