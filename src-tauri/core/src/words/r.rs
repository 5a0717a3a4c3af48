//! The words for packages of R that cannot be installed.

use crate::words::environment;

/// Why an environment of R cannot be made; `file` is the folder's file.
pub(crate) fn failed(file: &str, kind: &str, package: Option<&str>, text: &str) -> (String, String) {
    let other = "choose another kernelspec to launch without it";
    match (kind, package) {
        ("unknown_package", Some(package)) => (
            format!("`{file}` asks for `{package}`, which is in no repository: {text}"),
            format!("correct name and version in `{file}`, or {other}; the variable `RSPM` names another repository"),
        ),
        ("network", _) => (
            format!("the packages of `{file}` could not be fetched: {text}"),
            format!("check the network, the proxy and the address of the repository, and launch again; or {other}"),
        ),
        ("build", Some(package)) => (
            format!("`{package}` could not be built from its sources: {text}"),
            format!("the log shows the reason; choose another version of `{package}`, or {other}"),
        ),
        ("build", None) => (
            format!("`{file}` ended with an error: {text}"),
            format!("the log shows the reason; correct `{file}`, or {other}"),
        ),
        ("file", _) => (format!("`{file}` cannot be used: {text}"), format!("correct it, or {other}")),
        _ => environment::failed(file, kind, package, text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_names_the_package_or_else_the_file() {
        let of = |kind: &str, package: Option<&str>| failed("install.R", kind, package, "why").0;
        assert_eq!(of("build", Some("rlang")), "`rlang` could not be built from its sources: why");
        assert_eq!(of("build", None), "`install.R` ended with an error: why");
        assert_eq!(
            of("unknown_package", Some("dplir")),
            "`install.R` asks for `dplir`, which is in no repository: why"
        );
        assert!(of("disk", None).contains("the engine's disk has no room"));
    }
}
