//! Whether a list that is signed says something new. Pure.

use semver::Version;

use crate::words::error::Result;
use crate::words::updates as words;

/// Whether the version of a list is newer than the one that runs. An old list, which somebody may show again to keep a
/// person on an old version, is refused: one that is older than what runs, or than a list that was seen before.
pub fn is_newer(named: &Version, running: &Version, seen: Option<&Version>) -> Result<bool> {
    if let Some(seen) = seen.filter(|seen| named.cmp_precedence(seen).is_lt()) {
        return Err(words::older_than_seen(named, seen));
    }
    if named.cmp_precedence(running).is_lt() {
        return Err(words::older_than_running(named, running));
    }
    Ok(named.cmp_precedence(running).is_gt())
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn a_list_counts_if_it_is_no_older_than_what_is_known() {
        let table = [
            ("0.2.0", "0.1.0", None, Some(true)),
            ("0.1.0", "0.1.0", None, Some(false)),
            ("0.1.0+other-build", "0.1.0", None, Some(false)),
            ("0.10.0", "0.9.0", None, Some(true)),
            ("0.2.0-rc.1", "0.2.0", None, None),
            ("0.2.0", "0.2.0-rc.2", None, Some(true)),
            ("0.2.0-rc.10", "0.2.0-rc.9", None, Some(true)),
            ("0.1.0", "0.2.0", None, None),
            ("0.2.0", "0.1.0", Some("0.3.0"), None),
            ("0.3.0", "0.1.0", Some("0.3.0"), Some(true)),
            ("0.1.0", "0.1.0", Some("0.3.0"), None),
            ("0.4.0", "0.1.0", Some("0.3.0"), Some(true)),
        ];
        for (named, running, seen, wanted) in table {
            let version = |text: &str| text.parse::<Version>().unwrap();
            let seen = seen.map(version);
            let judged = is_newer(&version(named), &version(running), seen.as_ref());
            assert_eq!(judged.ok(), wanted, "{named} {running} {seen:?}");
        }
    }
}
