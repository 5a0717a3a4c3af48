//! Where the person's uv has Pythons from: the mirrors in its own settings. Variables go before these. Pure but for `read`.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

use toml::de::DeTable;

use crate::engine::ProcessEnv;

/// The settings, and the variables of the same meaning.
const SETTINGS: [(&str, &str); 2] = [
    ("python-install-mirror", "UV_PYTHON_INSTALL_MIRROR"),
    ("python-downloads-json-url", "UV_PYTHON_DOWNLOADS_JSON_URL"),
];

/// The files of uv's settings for this machine and this person; a later one goes before an earlier one.
pub fn files(around: &ProcessEnv) -> Vec<PathBuf> {
    if let Some(file) = around.set("UV_CONFIG_FILE") {
        return vec![PathBuf::from(file)];
    }
    if cfg!(windows) {
        return around.set("APPDATA").map(|folder| PathBuf::from(folder).join("uv/uv.toml")).into_iter().collect();
    }
    let config = around.set("XDG_CONFIG_HOME").map_or_else(|| around.home.join(".config"), PathBuf::from);
    vec![PathBuf::from("/etc/uv/uv.toml"), config.join("uv/uv.toml")]
}

/// The variables for the settings in these files.
pub fn read(files: &[PathBuf]) -> BTreeMap<String, String> {
    let small = |file: &&PathBuf| fs::metadata(file).is_ok_and(|found| found.is_file() && found.len() < 1 << 20);
    let texts = files.iter().filter(small).filter_map(|file| fs::read_to_string(file).ok());
    texts.flat_map(|text| of(&text)).collect()
}

fn of(text: &str) -> BTreeMap<String, String> {
    let (table, _) = DeTable::parse_recoverable(text);
    let value = |key: &str| table.get_ref().get(key)?.get_ref().as_str().map(str::to_owned);
    let found = SETTINGS.iter().filter_map(|(key, variable)| Some(((*variable).to_owned(), value(key)?)));
    found.filter(|(_, value)| !value.is_empty()).collect()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn the_mirrors_of_the_persons_settings_are_known_and_later_files_go_first() {
        let home = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &str| {
            let file = home.path().join(name);
            fs::write(&file, text).unwrap();
            file
        };
        let system = write("system.toml", "python-install-mirror = \"https://a.example\"\noffline = false\n");
        let own = write(
            "own.toml",
            "python-install-mirror = \"https://b.example\"\npython-downloads-json-url = 7\n= broken\n",
        );
        assert_eq!(read(std::slice::from_ref(&system))["UV_PYTHON_INSTALL_MIRROR"], "https://a.example");
        let both = read(&[system, own, home.path().join("missing.toml")]);
        assert_eq!(
            both.into_iter().collect::<Vec<_>>(),
            [("UV_PYTHON_INSTALL_MIRROR".into(), "https://b.example".into())]
        );
    }

    #[test]
    fn a_named_file_is_the_only_one() {
        let around = |env: &[(&str, &str)]| ProcessEnv {
            env: env.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect(),
            home: "/home/ada".into(),
        };
        assert_eq!(files(&around(&[("UV_CONFIG_FILE", "/x/uv.toml")])), [PathBuf::from("/x/uv.toml")]);
        if cfg!(unix) {
            assert_eq!(files(&around(&[])).last().unwrap(), &PathBuf::from("/home/ada/.config/uv/uv.toml"));
        }
    }
}
