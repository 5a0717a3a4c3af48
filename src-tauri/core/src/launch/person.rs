//! What server and kernels get from the person who launches, in addition to the folder: umask, time zone, locale,
//! proxies, extensions of JupyterLab.

use std::collections::BTreeMap;
use std::path::Path;

use crate::engine::ProcessEnv;
use crate::launch::proxies;
use crate::platform::user;

/// What server and kernels get from the person who launches.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Person {
    /// The permissions that new files lack.
    pub umask: u32,
    /// The time zone's name, such as `Europe/Berlin`.
    pub time_zone: Option<String>,
    /// `LANG` and the `LC_…` that name a locale in UTF-8, such as `de_DE.UTF-8`. A locale has an effect only if an image has
    /// it.
    pub locale: BTreeMap<String, String>,
    /// The proxies by which they reach the network.
    pub proxies: BTreeMap<String, String>,
    /// The folder of the person's own extensions of JupyterLab's page, if there are any.
    pub labextensions: Option<String>,
}

/// The person of this process, on the engine at `endpoint`. `labextensions`: the folder of their own extensions.
pub fn of_this_process(around: &ProcessEnv, endpoint: &str, labextensions: &Path) -> Person {
    Person {
        umask: user::umask(),
        time_zone: time_zone(around, Path::new("/etc")),
        locale: locale(around),
        proxies: proxies::of_launch(around, endpoint),
        labextensions: filled(labextensions),
    }
}

/// The folder's own path, without links, if it is not empty. An engine in a virtual machine may not have the folder, so an
/// empty one is not mounted.
fn filled(folder: &Path) -> Option<String> {
    let mut entries = std::fs::read_dir(folder).ok()?;
    entries.next()?.ok()?;
    folder.canonicalize().ok()?.to_str().map(str::to_owned)
}

/// The time zone's name: from the environment, the link `localtime`, or the file `timezone`. A rule such as `CET-1CEST` is
/// passed on unchanged.
fn time_zone(around: &ProcessEnv, etc: &Path) -> Option<String> {
    let named = |path: &str| path.rsplit_once("zoneinfo/").map(|(_, name)| name.to_owned());
    let of_environment = around.set("TZ").and_then(|zone| {
        let zone = zone.trim_start_matches(':');
        if zone.starts_with('/') { named(zone) } else { Some(zone.to_owned()) }
    });
    let of_link = || named(std::fs::read_link(etc.join("localtime")).ok()?.to_str()?);
    let of_file = || Some(std::fs::read_to_string(etc.join("timezone")).ok()?.trim().to_owned());
    let plain = |zone: &String| !zone.is_empty() && zone.chars().all(|letter| letter.is_ascii_graphic());
    of_environment.or_else(of_link).or_else(of_file).filter(plain)
}

/// What names a locale in UTF-8. `C` and `POSIX` are no wish for anything, and images have none in other encodings.
fn locale(around: &ProcessEnv) -> BTreeMap<String, String> {
    let is_name = |name: &str| name == "LANG" || (name.starts_with("LC_") && name.len() < 20);
    let encoding = |value: &str| value.split_once('.').map(|(_, encoding)| encoding.to_lowercase().replace('-', ""));
    let is_utf8 = |value: &str| {
        let end = encoding(value);
        end.is_some_and(|end| end.split('@').next() == Some("utf8"))
            && value.chars().all(|letter| letter.is_ascii_alphanumeric() || "._-@".contains(letter))
    };
    let named = around.env.iter().filter(|(name, value)| is_name(name) && is_utf8(value));
    named.map(|(name, value)| (name.clone(), value.clone())).collect()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn around(env: &[(&str, &str)]) -> ProcessEnv {
        let env = env.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        ProcessEnv { env, ..ProcessEnv::default() }
    }

    #[test]
    fn extensions_are_a_folder_with_something_in_it() {
        let data = tempfile::tempdir().unwrap();
        let folder = data.path().canonicalize().unwrap().join("labextensions");
        assert_eq!(filled(&folder), None);
        std::fs::create_dir(&folder).unwrap();
        assert_eq!(filled(&folder), None);
        std::fs::create_dir(folder.join("one")).unwrap();
        assert_eq!(filled(&folder).as_deref(), folder.to_str());
        assert_eq!(filled(Path::new("/dev/null")), None);
    }

    #[test]
    fn a_time_zone_is_the_environments_or_the_machines() {
        let etc = tempfile::tempdir().unwrap();
        let zone = |env: &[(&str, &str)]| time_zone(&around(env), etc.path());
        assert_eq!(zone(&[]), None);
        std::fs::write(etc.path().join("timezone"), "Asia/Kolkata\n").unwrap();
        assert_eq!(zone(&[]).unwrap(), "Asia/Kolkata");
        #[cfg(unix)]
        {
            let target = "/var/db/timezone/zoneinfo/America/Argentina/Ushuaia";
            std::os::unix::fs::symlink(target, etc.path().join("localtime")).unwrap();
            assert_eq!(zone(&[]).unwrap(), "America/Argentina/Ushuaia");
        }
        for (value, wanted) in [
            ("Europe/Berlin", Some("Europe/Berlin")),
            (":Europe/Berlin", Some("Europe/Berlin")),
            (":/usr/share/zoneinfo/Europe/Berlin", Some("Europe/Berlin")),
            ("CET-1CEST", Some("CET-1CEST")),
        ] {
            assert_eq!(zone(&[("TZ", value)]).as_deref(), wanted);
        }
        assert_eq!(zone(&[("TZ", "two words\n")]), None);
    }

    #[test]
    fn a_locale_is_passed_on_where_an_image_could_have_it() {
        let env = [
            ("LANG", "de_DE.UTF-8"),
            ("LC_TIME", "en_DK.utf8"),
            ("LC_MONETARY", "de_DE.UTF-8@euro"),
            ("LC_PAPER", "de_DE.ISO-8859-15"),
            ("LC_ALL", "C"),
            ("LANGUAGE", "de:en"),
            ("LC_X", "$(x).utf8"),
        ];
        let found = locale(&around(&env));
        assert_eq!(found.keys().collect::<Vec<_>>(), ["LANG", "LC_MONETARY", "LC_TIME"]);
        assert_eq!(found["LANG"], "de_DE.UTF-8");
    }
}
