//! The words for a Python that a folder wants and cannot have.

use serde::Deserialize;

/// What is known of such a Python.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub(crate) struct Missing {
    /// The version or range, as it is written.
    pub wanted: String,
    /// The file.
    pub file: String,
    /// The version of the shipped Python.
    pub own: String,
    /// The version that would fit.
    pub version: Option<String>,
    /// The place that it comes from.
    pub place: String,
    /// Why it could not be downloaded. Without one, there is no such Python.
    pub reason: Option<String>,
    /// The minor versions that there are.
    pub known: Vec<String>,
}

/// A Python is downloaded.
pub(crate) fn fetching(version: &str) -> String {
    format!("fetching Python {version}")
}

/// A Python of the store is used.
pub(crate) fn taken(version: &str) -> String {
    format!("using Python {version}")
}

/// The message and the remedy.
pub(crate) fn missing(python: &Missing) -> (String, String) {
    let Missing { wanted, file, own, version, place, reason, known } = python;
    let other = format!("choose another kernelspec to launch with the shipped Python {own}");
    match reason {
        Some(reason) => {
            let name = version.as_deref().unwrap_or(wanted);
            (
                format!("Python {name}, which `{file}` asks for, could not be downloaded from {place}: {reason}"),
                format!(
                    "check the network and the proxy, or name a mirror in `UV_PYTHON_INSTALL_MIRROR`, and launch again; or {other}"
                ),
            )
        }
        None => (
            format!("`{file}` asks for Python {wanted}, which does not exist for this machine: {}", all(known)),
            format!("change the version in `{file}`, or {other}"),
        ),
    }
}

/// The oldest and the newest.
fn all(known: &[String]) -> String {
    match known {
        [] => "there is none".to_owned(),
        [only] => format!("there is {only}"),
        [oldest, .., newest] => format!("there are {oldest} to {newest}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_python_that_cannot_be_had_is_named_with_the_file_and_what_there_is() {
        let python = Missing {
            wanted: "3.99".into(),
            file: ".python-version".into(),
            own: "3.11.2".into(),
            ..Missing::default()
        };
        let none = Missing { known: vec!["3.8".into(), "3.12".into(), "3.13".into()], ..python.clone() };
        let (message, hint) = missing(&none);
        assert!(message.contains("Python 3.99") && message.contains("there are 3.8 to 3.13"), "{message}");
        assert!(hint.contains("`.python-version`") && hint.contains("3.11.2"), "{hint}");
        let reason = Some("connection refused".into());
        let offline =
            Missing { reason, version: Some("3.13.5".into()), place: "https://mirror.example".into(), ..python };
        let (message, hint) = missing(&offline);
        assert!(
            message.contains("Python 3.13.5") && message.contains("https://mirror.example: connection refused"),
            "{message}"
        );
        assert!(hint.contains("UV_PYTHON_INSTALL_MIRROR") && hint.contains("3.11.2"), "{hint}");
    }
}
