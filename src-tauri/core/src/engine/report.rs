//! What an engine says of itself beyond its properties, asked anew each time.

use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::answers::known;
use super::calls::error;
use super::{Engine, ProcessEnv};
use crate::platform::clock::now;
use crate::words::engine as actions;
use crate::words::error::Result;

/// What an engine says of itself.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// The folder with its images, on its own machine.
    pub root: Option<String>,
    /// The version of control groups on its machine, `1` or `2`; empty if it does not say.
    pub groups_version: String,
    /// How it makes control groups; empty if it does not say.
    pub groups_driver: String,
    /// Its own proxies for http and https, by which it pulls.
    pub proxies: Vec<String>,
    /// By how much its clock goes before this machine's, milliseconds.
    pub clock_ahead_ms: Option<i64>,
}

impl Engine {
    /// Asks it.
    pub async fn report(&self) -> Result<Report> {
        let before = now();
        let info = known(self.docker.info().await).map_err(|refusal| error(actions::ASK_VERSION, &refusal))?;
        let after = now();
        let proxies = [info.http_proxy, info.https_proxy].into_iter().flatten();
        Ok(Report {
            root: info.docker_root_dir.filter(|root| !root.is_empty()),
            groups_version: info.cgroup_version.map(|version| version.to_string()).unwrap_or_default(),
            groups_driver: info.cgroup_driver.map(|driver| driver.to_string()).unwrap_or_default(),
            proxies: proxies.filter(|proxy| !proxy.is_empty()).collect(),
            clock_ahead_ms: info.system_time.and_then(|time| ahead(&time, before, after)),
        })
    }

    /// The environment in which it was found.
    pub fn around(&self) -> &ProcessEnv {
        &self.around
    }
}

/// By how much a clock goes before this machine's, if it showed `time` at a moment from `before` to `after`.
fn ahead(time: &str, before: u64, after: u64) -> Option<i64> {
    let theirs = OffsetDateTime::parse(time, &Rfc3339).ok()?.unix_timestamp_nanos() / 1_000_000;
    let theirs = i64::try_from(theirs).ok()?;
    let (before, after) = (i64::try_from(before).ok()?, i64::try_from(after).ok()?);
    Some(theirs - theirs.clamp(before, after.max(before)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_is_compared_with_the_whole_time_of_the_question() {
        let time = "1970-01-01T00:01:40.5Z";
        for (before, after, wanted) in
            [(100_000, 101_000, 0), (90_000, 95_000, 5_500), (200_000, 200_001, -99_500), (100_500, 1, 0)]
        {
            assert_eq!(ahead(time, before, after), Some(wanted), "{before} to {after}");
        }
        assert_eq!(ahead("1970-01-01T02:01:40.5+02:00", 100_500, 100_500), Some(0));
        assert_eq!(ahead("yesterday", 0, 0), None);
    }
}
