//! The Docker CLI's own configuration: `config.json` in the folder from `DOCKER_CONFIG`, or else in `~/.docker`.

use std::io::ErrorKind;
use std::path::PathBuf;

use serde_json::Value;

use super::ProcessEnv;
use crate::words::credentials as words;

/// The folder of the configuration. `None` if no variable names it and the person has no home folder.
pub(crate) fn folder(around: &ProcessEnv) -> Option<PathBuf> {
    let named = around.set("DOCKER_CONFIG").map(PathBuf::from);
    named.or_else(|| around.home.is_absolute().then(|| around.home.join(".docker")))
}

/// The content of the file, or null if there is no file. The error has the reason and the path, but nothing of the
/// content.
pub(crate) fn read(around: &ProcessEnv) -> Result<Value, String> {
    folder(around).map_or(Ok(Value::Null), |folder| read_file(&folder.join("config.json")))
}

/// The same of any file in this format.
pub(super) fn read_file(file: &std::path::Path) -> Result<Value, String> {
    let text = match std::fs::read_to_string(file) {
        Ok(text) => text,
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => return Ok(Value::Null),
        Err(error) => return Err(words::unreadable(file.display(), &error)),
    };
    if text.trim().is_empty() {
        return Ok(Value::Null);
    }
    serde_json::from_str(&text).map_err(|error| {
        // The parser's own message may quote a password.
        words::not_json(file.display(), error.line(), error.column())
    })
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::collections::HashMap;

    use super::*;

    #[test]
    fn the_configuration_is_where_the_docker_cli_reads_it() {
        let home = tempfile::tempdir().unwrap();
        let around = |env: &[(&str, &str)]| ProcessEnv {
            env: env.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect(),
            home: home.path().to_owned(),
        };
        assert_eq!(read(&around(&[])), Ok(Value::Null));
        std::fs::create_dir(home.path().join(".docker")).unwrap();
        std::fs::write(home.path().join(".docker/config.json"), r#"{"at":"home"}"#).unwrap();
        assert_eq!(read(&around(&[])).unwrap()["at"], "home");
        assert_eq!(read(&around(&[("DOCKER_CONFIG", "")])).unwrap()["at"], "home");
        let other = home.path().join("other");
        let named = [("DOCKER_CONFIG", other.to_str().unwrap())];
        assert_eq!(read(&around(&named)), Ok(Value::Null));
        std::fs::create_dir(&other).unwrap();
        std::fs::write(other.join("config.json"), "{\"auths\": {\"x\": {\"auth\": \"secret\"}\n").unwrap();
        let message = read(&around(&named)).unwrap_err();
        assert!(message.contains("other/config.json` is not JSON: line 2") && !message.contains("secret"), "{message}");
        std::fs::write(other.join("config.json"), "\n").unwrap();
        assert_eq!(read(&around(&named)), Ok(Value::Null));
    }

    #[test]
    fn without_a_home_nothing_is_read_from_the_current_folder() {
        assert_eq!(folder(&ProcessEnv { env: HashMap::new(), home: PathBuf::new() }), None);
    }
}
