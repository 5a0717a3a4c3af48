//! Podman's own connections: `podman-connections.json`, which `podman system connection` writes, and `containers.conf`,
//! which people write. A file that cannot be read says nothing, and hides no other.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde_json::Value;
use toml_edit::{DocumentMut, Item};

use super::ProcessEnv;

/// The largest file that is read, bytes. Real ones have a few kilobytes.
const LARGEST: u64 = 1 << 20;

/// A connection: its name, the address of its engine, and the file with the key that it uses for ssh.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Connection {
    pub name: String,
    pub uri: String,
    pub identity: Option<PathBuf>,
}

/// The connections in the person's files: the one that Podman itself uses comes first, and the others by their names.
pub(super) fn connections(around: &ProcessEnv) -> Vec<Connection> {
    let conf: Vec<_> = containers_conf(around).iter().filter_map(|file| read(file)).collect();
    let written = connections_json(around).and_then(|file| read(&file));
    known(&conf, written.as_deref(), around.set("CONTAINER_CONNECTION").map(String::as_str))
}

/// The folder with the person's files of Podman.
fn own_folder(around: &ProcessEnv) -> Option<PathBuf> {
    let config = around.set("XDG_CONFIG_HOME").map(PathBuf::from).filter(|folder| folder.is_absolute());
    let config = config.or_else(|| around.home.is_absolute().then(|| around.home.join(".config")))?;
    Some(config.join("containers"))
}

fn connections_json(around: &ProcessEnv) -> Option<PathBuf> {
    let named = around.set("PODMAN_CONNECTIONS_CONF").map(PathBuf::from);
    named.or_else(|| Some(own_folder(around)?.join("podman-connections.json")))
}

/// The files `containers.conf`, from the weakest to the strongest. A named one is the only one.
fn containers_conf(around: &ProcessEnv) -> Vec<PathBuf> {
    if let Some(named) = around.set("CONTAINERS_CONF") {
        return vec![PathBuf::from(named)];
    }
    let folders =
        [Some(PathBuf::from("/usr/share/containers")), Some(PathBuf::from("/etc/containers")), own_folder(around)];
    let with_parts = |folder: PathBuf| {
        let entries = std::fs::read_dir(folder.join("containers.conf.d")).into_iter().flatten().flatten();
        let mut parts: Vec<_> = entries.map(|entry| entry.path()).collect();
        parts.retain(|path| path.extension().is_some_and(|end| end == "conf"));
        parts.sort();
        std::iter::once(folder.join("containers.conf")).chain(parts)
    };
    folders.into_iter().flatten().flat_map(with_parts).collect()
}

fn read(file: &Path) -> Option<String> {
    // A pipe or a device would never end.
    let about = std::fs::metadata(file).ok()?;
    if !about.is_file() || about.len() > LARGEST {
        return None;
    }
    std::fs::read_to_string(file).ok()
}

/// The connections in the texts of these files. `wanted` is the name in `CONTAINER_CONNECTION`. Pure.
fn known(conf: &[String], written: Option<&str>, wanted: Option<&str>) -> Vec<Connection> {
    let mut all = BTreeMap::new();
    let mut first = None;
    let files = conf.iter().filter_map(|text| {
        let read = text.parse::<DocumentMut>();
        read.inspect_err(|error| tracing::warn!(reason = error.message(), "a containers.conf is no TOML")).ok()
    });
    for file in files {
        let Some(engine) = file.get("engine").and_then(Item::as_table_like) else { continue };
        let active = engine.get("active_service").and_then(Item::as_str);
        first = active.map(str::to_owned).or(first);
        let named = engine.get("service_destinations").and_then(Item::as_table_like);
        for (name, destination) in named.into_iter().flat_map(|named| named.iter()) {
            let text = |name: &str| destination.get(name).and_then(Item::as_str).map(str::to_owned);
            all.extend(text("uri").map(|uri| (name.to_owned(), (uri, text("identity")))));
        }
    }
    let written = written.and_then(|text| {
        let read = serde_json::from_str::<Value>(text);
        read.inspect_err(|error| tracing::warn!(%error, "podman-connections.json is no JSON")).ok()
    });
    if let Some(written) = written {
        let connection = &written["Connection"];
        let usual = connection["Default"].as_str().filter(|name| !name.is_empty());
        first = usual.map(str::to_owned).or(first);
        for (name, destination) in connection["Connections"].as_object().into_iter().flatten() {
            let text = |name: &str| destination[name].as_str().map(str::to_owned);
            all.extend(text("URI").map(|uri| (name.clone(), (uri, text("Identity")))));
        }
    }
    let first = wanted.map(str::to_owned).or(first);
    let mut found: Vec<_> = all.into_iter().map(|(name, (uri, identity))| connection(name, &uri, identity)).collect();
    found.sort_by_key(|connection| Some(&connection.name) != first.as_ref());
    found
}

fn connection(name: String, uri: &str, identity: Option<String>) -> Connection {
    let identity = identity.filter(|file| !file.is_empty()).map(PathBuf::from);
    Connection { name, uri: absolute(uri), identity }
}

/// An address as this program writes it: Podman also takes `unix:/run/podman/podman.sock`.
pub(super) fn absolute(uri: &str) -> String {
    match uri.strip_prefix("unix:") {
        Some(path) if path.starts_with('/') && !path.starts_with("//") => format!("unix://{path}"),
        _ => uri.to_owned(),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    const CONF: &str = r#"
[containers]
pids_limit = 2048
[engine]
active_service = "own"
[engine.service_destinations.own]
uri = "unix:/run/user/7/podman/podman.sock"
[engine.service_destinations.farm]
uri = "ssh://root@farm:22/run/podman/podman.sock"
identity = "/home/ada/.ssh/id"
"#;
    const WRITTEN: &str = r#"{"Connection":{"Default":"two","Connections":{
        "two":{"URI":"unix:///two.sock","Identity":"","IsMachine":false},
        "farm":{"URI":"unix:///farm.sock"}}},"Farm":{}}"#;

    fn told(conf: &[&str], written: Option<&str>, wanted: Option<&str>) -> Vec<String> {
        let conf: Vec<_> = conf.iter().map(|text| (*text).to_owned()).collect();
        known(&conf, written, wanted).into_iter().map(|one| format!("{} {}", one.name, one.uri)).collect()
    }

    #[test]
    fn the_connection_that_podman_uses_comes_first() {
        let own = "own unix:///run/user/7/podman/podman.sock";
        let farm = "farm ssh://root@farm:22/run/podman/podman.sock";
        assert_eq!(told(&[CONF], None, None), [own, farm]);
        assert_eq!(told(&[CONF], None, Some("farm")), [farm, own]);
        assert_eq!(
            told(&[CONF], Some(WRITTEN), None),
            ["two unix:///two.sock", "farm unix:///farm.sock", own],
            "what Podman writes goes before what people write"
        );
        let stronger = "[engine]\nactive_service = \"farm\"\n[engine.service_destinations.own]\nuri = \"unix:///x\"";
        assert_eq!(told(&[CONF, stronger], None, None), [farm, "own unix:///x"]);
    }

    #[test]
    fn a_connection_has_its_key() {
        let found = known(&[CONF.to_owned()], Some(WRITTEN), None);
        let key = |name: &str| found.iter().find(|one| one.name == name).unwrap().identity.clone();
        assert_eq!((key("two"), key("own")), (None, None), "an empty one is none");
        let found = known(&[CONF.to_owned()], None, Some("farm"));
        assert_eq!(found[0].identity, Some(PathBuf::from("/home/ada/.ssh/id")));
    }

    #[test]
    fn a_broken_file_hides_no_other() {
        for broken in
            ["", "[engine", "engine = 3", "[engine]\nservice_destinations = 4", "\0", "[engine]\nactive_service = []"]
        {
            assert_eq!(told(&[broken, CONF], Some("{"), None).len(), 2, "{broken}");
        }
        for broken in
            ["", "[]", "{\"Connection\":[]}", "{\"Connection\":{\"Connections\":{\"a\":{\"URI\":1}}}}", "null"]
        {
            assert_eq!(told(&[CONF], Some(broken), None).len(), 2, "{broken}");
        }
    }

    #[test]
    fn the_files_are_where_podman_reads_them() {
        let home = tempfile::tempdir().unwrap();
        let folder = home.path().join(".config/containers");
        let parts = folder.join("containers.conf.d");
        std::fs::create_dir_all(&parts).unwrap();
        let mut around = ProcessEnv { home: home.path().to_owned(), ..ProcessEnv::default() };
        std::fs::write(folder.join("containers.conf"), CONF).unwrap();
        std::fs::write(parts.join("1.conf"), "[engine]\nactive_service = \"farm\"").unwrap();
        let names = |around: &ProcessEnv| connections(around).into_iter().map(|one| one.name).collect::<Vec<_>>();
        assert_eq!(names(&around), ["farm", "own"]);
        std::fs::write(folder.join("podman-connections.json"), WRITTEN).unwrap();
        assert_eq!(names(&around), ["two", "farm", "own"]);
        for name in ["CONTAINERS_CONF", "PODMAN_CONNECTIONS_CONF"] {
            around.env.insert(name.to_owned(), home.path().join("none").display().to_string());
        }
        assert_eq!(names(&around), Vec::<String>::new());
        around.env.insert("CONTAINERS_CONF".to_owned(), "/dev/zero".to_owned());
        assert_eq!(names(&around), Vec::<String>::new());
    }
}
