//! The package indexes of the person: the variables of uv and pip, and pip's own configuration. Pure but for `read`.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use crate::engine::ProcessEnv;

/// The variables that a container gets as they are.
const VARIABLES: [&str; 11] = [
    "UV_DEFAULT_INDEX",
    "UV_INDEX",
    "UV_INDEX_URL",
    "UV_EXTRA_INDEX_URL",
    "UV_FIND_LINKS",
    "UV_INDEX_STRATEGY",
    "UV_INSECURE_HOST",
    "UV_NO_INDEX",
    "UV_PYTHON_INSTALL_MIRROR",
    "UV_PYTHON_DOWNLOADS_JSON_URL",
    // The repository of R's packages, as R's CI actions name it.
    "RSPM",
];
/// The names of pip, and uv's for the same.
const OF_PIP: [(&str, &str, &str); 2] = [
    ("PIP_INDEX_URL", "index-url", "UV_DEFAULT_INDEX"),
    ("PIP_EXTRA_INDEX_URL", "extra-index-url", "UV_EXTRA_INDEX_URL"),
];

/// The variables by which a container finds the person's package indexes. They may have passwords.
pub fn of(around: &ProcessEnv, pip: &BTreeMap<String, String>) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    for (name, value) in &around.env {
        let login = name.starts_with("UV_INDEX_") && (name.ends_with("_USERNAME") || name.ends_with("_PASSWORD"));
        if !value.is_empty() && (login || VARIABLES.contains(&name.as_str())) {
            found.insert(name.clone(), value.clone());
        }
    }
    let has_default = found.contains_key("UV_DEFAULT_INDEX") || found.contains_key("UV_INDEX_URL");
    for (variable, key, name) in OF_PIP {
        if name == "UV_DEFAULT_INDEX" && has_default {
            continue;
        }
        if let Some(value) = around.set(variable).or_else(|| pip.get(key)) {
            found.entry(name.to_owned()).or_insert_with(|| value.clone());
        }
    }
    found
}

/// The same variables without names and passwords: what a package runs while it is built can read them.
pub fn without_logins(env: &[(String, String)]) -> Vec<(String, String)> {
    let is_login =
        |name: &str| name.starts_with("UV_INDEX_") && (name.ends_with("_USERNAME") || name.ends_with("_PASSWORD"));
    let open = env.iter().filter(|(name, _)| !is_login(name));
    open.map(|(name, value)| (name.clone(), without_login(value))).collect()
}

/// A value with one or more addresses, each without what is before `@`.
fn without_login(value: &str) -> String {
    let one = |word: &str| {
        let Some((scheme, rest)) = word.split_once("://") else { return word.to_owned() };
        let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
        let (host, path) = rest.split_at(end);
        format!("{scheme}://{}{path}", host.rsplit('@').next().unwrap_or(host))
    };
    value.split(' ').map(one).collect::<Vec<_>>().join(" ")
}

/// The files of pip's configuration, as `pip config debug` lists them; a later one goes before an earlier one.
pub fn files(around: &ProcessEnv) -> Vec<PathBuf> {
    if let Some(file) = around.set("PIP_CONFIG_FILE") {
        return vec![PathBuf::from(file)];
    }
    let config = around.set("XDG_CONFIG_HOME").map_or_else(|| around.home.join(".config"), PathBuf::from);
    if cfg!(windows) {
        let own = [
            Some(around.home.join("pip/pip.ini")),
            around.set("APPDATA").map(|data| Path::new(data).join("pip/pip.ini")),
        ];
        return own.into_iter().flatten().collect();
    }
    // On macOS pip takes the last one only if there is no such folder; a person has one of the two.
    let of_macos = around.home.join("Library/Application Support/pip/pip.conf");
    let own = [around.home.join(".pip/pip.conf"), config.join("pip/pip.conf"), of_macos];
    std::iter::once(PathBuf::from("/etc/pip.conf")).chain(own).collect()
}

/// The values of `[global]` in pip's configuration.
pub fn read(files: &[PathBuf]) -> BTreeMap<String, String> {
    let text = |file: &Path| {
        fs::metadata(file)
            .is_ok_and(|found| found.is_file() && found.len() < 1 << 20)
            .then(|| fs::read_to_string(file).ok())
            .flatten()
    };
    files.iter().filter_map(|file| text(file)).fold(BTreeMap::new(), |mut all, text| {
        all.extend(global(&text));
        all
    })
}

/// The values of `[global]` in one file. A value may go on in indented lines.
fn global(text: &str) -> BTreeMap<String, String> {
    let mut found: BTreeMap<String, String> = BTreeMap::new();
    let (mut inside, mut last) = (false, None::<String>);
    for line in text.lines() {
        let bare = line.trim();
        if bare.is_empty() || bare.starts_with(['#', ';']) {
            continue;
        }
        if let Some(section) = bare.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
            (inside, last) = (section == "global", None);
        } else if line.starts_with([' ', '\t']) && last.is_some() {
            if let Some(value) = last.as_ref().and_then(|name| found.get_mut(name)) {
                value.push(' ');
                value.push_str(bare);
            }
        } else if let Some((name, value)) = bare.split_once(['=', ':']).filter(|_| inside) {
            let name = name.trim().to_ascii_lowercase().replace('_', "-");
            found.insert(name.clone(), value.trim().to_owned());
            last = Some(name);
        }
    }
    found.into_iter().map(|(name, value)| (name, value.trim().to_owned())).collect()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn around(env: &[(&str, &str)]) -> ProcessEnv {
        let env = env.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        ProcessEnv { env, home: "/home/ada".into() }
    }

    #[test]
    fn variables_of_uv_go_before_those_of_pip_and_those_before_its_file() {
        let file = global(
            "[global]\nindex-url = https://file.example/simple\nextra_index_url =\n  https://a.example\n  https://b.example\n[install]\nindex-url = https://no.example",
        );
        assert_eq!(file["extra-index-url"], "https://a.example https://b.example");
        let of = |env: &[(&str, &str)]| of(&around(env), &file);
        assert_eq!(of(&[])["UV_DEFAULT_INDEX"], "https://file.example/simple");
        assert_eq!(of(&[("PIP_INDEX_URL", "https://pip.example")])["UV_DEFAULT_INDEX"], "https://pip.example");
        let both = of(&[("PIP_INDEX_URL", "https://pip.example"), ("UV_INDEX_URL", "https://uv.example")]);
        assert_eq!((both.get("UV_DEFAULT_INDEX"), both["UV_INDEX_URL"].as_str()), (None, "https://uv.example"));
        let login = of(&[("UV_INDEX_CORP_PASSWORD", "secret"), ("PATH", "/bin"), ("UV_CACHE_DIR", "/c")]);
        assert_eq!(of(&[("RSPM", "https://r.example/latest")])["RSPM"], "https://r.example/latest");
        assert!(login.contains_key("UV_INDEX_CORP_PASSWORD"));
        assert!(!login.contains_key("PATH") && !login.contains_key("UV_CACHE_DIR"));
    }

    #[test]
    fn a_build_gets_the_indexes_without_logins() {
        let env = [
            ("UV_INDEX_CORP_PASSWORD", "secret"),
            ("UV_DEFAULT_INDEX", "https://ada:s3cret@corp.example/simple"),
            ("UV_EXTRA_INDEX_URL", "https://a.example/x@y http://t:o@ken@b.example"),
            ("RSPM", "https://ada:s3cret@r.example"),
            ("HTTP_PROXY", "http://proxy.example:3128"),
        ];
        let env: Vec<_> = env.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        let open = without_logins(&env);
        let values: Vec<&str> = open.iter().map(|(_, value)| value.as_str()).collect();
        assert_eq!(
            values,
            [
                "https://corp.example/simple",
                "https://a.example/x@y http://b.example",
                "https://r.example",
                "http://proxy.example:3128"
            ]
        );
    }

    #[test]
    fn a_broken_or_missing_file_has_no_values() {
        assert!(global("index-url = x\n[global\nindex-url = y\n= z").is_empty());
        assert!(read(&[PathBuf::from("/nowhere/pip.conf")]).is_empty());
        assert_eq!(files(&around(&[("PIP_CONFIG_FILE", "/etc/other.conf")])), [PathBuf::from("/etc/other.conf")]);
    }
}
