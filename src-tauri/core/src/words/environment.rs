//! The words for environments: what the installer does, and why it cannot.

use crate::contract::environment::Language;
use crate::words::error::Error;

/// Versions that fit together are searched.
pub(crate) const RESOLVING: &str = "finding versions that fit together";
/// The container that installs is being started.
pub(crate) const STARTING: &str = "reading what the folder asks for";

/// So many packages, in words.
pub(crate) fn packages(count: u64) -> String {
    if count == 1 { "1 package".to_owned() } else { format!("{count} packages") }
}

/// The versions are found.
pub(crate) fn resolved(count: u64) -> String {
    format!("installing {}", packages(count))
}

/// Another folder has the same packages.
pub(crate) fn present(count: u64) -> String {
    format!("{}, already installed", packages(count))
}

/// A package is built from its sources.
pub(crate) fn building(package: &str) -> String {
    format!("building {package} from its sources")
}

/// Packages were built from their sources.
pub(crate) fn built(count: u64) -> String {
    format!("{} built from their sources", packages(count))
}

/// Packages are installed.
pub(crate) fn installing(done: u64, of: u64) -> String {
    format!("installing {}, {done} done", packages(of))
}

/// The stage is done.
pub(crate) fn done(file: &str, language: Language, version: &str, count: u64) -> String {
    let language = match language {
        Language::Python => "Python",
        Language::R => "R",
    };
    format!("{file}: {language} {version}, {}", packages(count))
}

/// The folder's `postBuild` runs.
pub(crate) fn running_script(file: &str) -> String {
    format!("running {file}")
}

/// The folder's `postBuild` ended with an exit code other than 0.
pub(crate) fn script_failed(file: &str, code: i64) -> (String, String) {
    (
        format!("the folder's script `{file}` ended with exit code {code}"),
        "the log shows its last lines; correct it and allow it again, or launch without it: \
         \"Do not run it\" in the Environment tab, or `orchest env run-post-build --no`"
            .to_owned(),
    )
}

/// A remark: the person has not allowed the folder's `postBuild`.
pub(crate) fn script_not_run(file: &str) -> String {
    format!("{file} is not run (`orchest env run-post-build` allows it)")
}

/// There is no `postBuild`.
pub(crate) fn no_script(folder: &str) -> Error {
    Error::Environment {
        message: format!("`{folder}` has no `postBuild`"),
        hint: "a script of that name in the folder, in `binder/` or in `.binder/` runs after the installation"
            .to_owned(),
        log: Vec::new(),
        log_file: None,
    }
}

/// Why an environment cannot be made; `file` is the folder's file.
pub(crate) fn failed(file: &str, kind: &str, package: Option<&str>, text: &str) -> (String, String) {
    let package = package.unwrap_or("a package");
    let other = "choose another kernelspec to launch without it".to_owned();
    match kind {
        "unknown_package" if text.contains("no version of ") || text.contains("no versions of ") => (
            format!("`{file}` asks for a version of `{package}` that the package index does not have: {text}"),
            format!("choose another version in `{file}`, or correct the name; or {other}"),
        ),
        "unknown_package" => (
            format!("`{file}` asks for `{package}`, which the package index does not have: {text}"),
            format!("correct the name in `{file}`, or {other}"),
        ),
        "conflict" => (
            format!("the packages that `{file}` asks for do not fit together: {text}"),
            format!("change a version in `{file}`, or {other}"),
        ),
        "network" => (
            format!("the packages of `{file}` could not be fetched: {text}"),
            format!("check the network and the proxy, and launch again; or {other}"),
        ),
        "index_login" => (
            format!("the package index refused the login for `{file}`: {text}"),
            "check user and password of the index in `.netrc`, `pip.conf` or the UV_ variables, and launch again"
                .to_owned(),
        ),
        "disk" => (
            format!("the engine's disk has no room for the packages of `{file}`: {text}"),
            "free some space, or remove environments that no folder uses: `orchest env clean`".to_owned(),
        ),
        "build" => (
            format!("`{package}` could not be built from its sources: {text}"),
            format!("the log shows the reason; choose a version with a wheel in `{file}`, or {other}"),
        ),
        "platform" => (
            format!("`{file}` asks for `{package}`, which has no wheel for the kernels' Linux: {text}"),
            format!(
                "take `{package}` out of `{file}`, or write `; sys_platform == \"win32\"` after it if only Windows \
                 needs it; or {other}"
            ),
        ),
        "python" => (
            format!("`{file}` asks for another Python: {text}"),
            format!("change the version of Python that the folder asks for, or {other}"),
        ),
        "file" => (format!("`{file}` cannot be understood: {text}"), format!("correct it, or {other}")),
        _ => (format!("the environment of `{file}` could not be made: {text}"), format!("launch again, or {other}")),
    }
}

/// The same for a file of conda, whose packages come from channels.
pub(crate) fn failed_of_conda(file: &str, kind: &str, package: Option<&str>, text: &str) -> (String, String) {
    let other = "choose another kernelspec to launch without it";
    match kind {
        "unknown_package" => (
            format!("`{file}` asks for `{}`, and no channel has what fits: {text}", package.unwrap_or("a package")),
            format!("correct its name, its version or the channels in `{file}`, or {other}"),
        ),
        "channel" => (
            format!("a channel of `{file}` cannot be used: {text}"),
            format!("correct the channels in `{file}` or in `.condarc`, or {other}"),
        ),
        "index_login" => (
            format!("a channel refused the login for `{file}`: {text}"),
            format!("check the channel's user and password, or its token, in `{file}` or in `.condarc`"),
        ),
        "no_wheel" => (
            format!("a package that pip is to add for `{file}` has no wheel: {text}"),
            format!("choose a version with a wheel, or take the package from a channel; or {other}"),
        ),
        "without_kernel" => {
            let package = package.unwrap_or("python");
            (text.to_owned(), format!("add `{package}` to `{file}`, or a channel that has it; or {other}"))
        }
        _ => failed(file, kind, package, text),
    }
}

/// The installer ended without a reason.
pub(crate) fn ended(code: i64) -> String {
    if code == 137 {
        "its container was killed, maybe because the engine has too little memory".to_owned()
    } else {
        format!("its container ended with exit code {code}")
    }
}

/// A place in a file that cannot be understood.
pub(crate) fn problem(file: &str, line: Option<usize>, message: &str) -> String {
    match line {
        Some(line) => format!("{file}, line {line}: {message}"),
        None => format!("{file}: {message}"),
    }
}

/// The folder's files were changed or removed while the launch began.
pub(crate) fn nothing_found(folder: &str) -> Error {
    Error::Environment {
        message: format!("`{folder}` has no file that names packages any more"),
        hint: "launch again with another kernelspec".to_owned(),
        log: Vec::new(),
        log_file: None,
    }
}

fn of(message: String, hint: &str) -> Error {
    Error::Environment { message, hint: hint.to_owned(), log: Vec::new(), log_file: None }
}

/// The first lines of a file that the app writes.
pub(crate) const FIRST_FILE: &str = "# What the notebooks and scripts of this folder import.\n";

/// The folder has a file for packages already.
pub(crate) fn has_file(file: &str) -> Error {
    of(format!("the folder has `{file}` already"), "add packages to it: in the folder's page, or by `orchest env add`")
}

/// Nothing that a first file could name.
pub(crate) fn no_imports() -> Error {
    of(
        "the notebooks and scripts of this folder import no packages".to_owned(),
        "add packages by their names: `orchest env add NAME`",
    )
}

/// Environments that could not be removed.
pub(crate) fn not_cleaned(reason: &str) -> Error {
    of(format!("environments could not be removed: {reason}"), "try again once no environment is being made")
}

/// Packages by hand that could not be removed.
pub(crate) fn not_removed(names: &[String]) -> Error {
    of(format!("{} could not be removed", super::error::listed(names)), "shut the folder's kernels down, and try again")
}

/// Packages by hand that could not be listed.
pub(crate) fn not_listed(reason: &str) -> Error {
    of(format!("what was installed by hand could not be listed: {reason}"), "try again; `orchest logs` shows more")
}

/// A file that no environment is made from.
pub(crate) fn not_usable(file: &str) -> Error {
    Error::Environment {
        message: format!("no environment can be made from `{file}`"),
        hint: "pick another file of the folder".to_owned(),
        log: Vec::new(),
        log_file: None,
    }
}

/// The person has not allowed the installation.
pub(crate) fn not_allowed(name: &str, file: &str, count: usize) -> Error {
    Error::Environment {
        message: format!(
            "`{name}` asks for {} in `{file}`, and nobody has allowed to install them",
            packages(count as u64)
        ),
        hint: "look at the list in the folder's page, and press Install and launch".to_owned(),
        log: Vec::new(),
        log_file: None,
    }
}
