//! Whether a container's log still has its first lines.

use bollard::query_parameters::LogsOptionsBuilder;
use futures_util::StreamExt;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::Engine;
use super::answers::known;

/// A container that writes at its start writes its first line within this time, seconds.
const FIRST_WITHIN: f64 = 2.0;
/// The overhead of each line in a log's file, without the line and its time, bytes (driver `json-file`).
const AROUND: u64 = 40;

impl Engine {
    /// The limit of a container's log, bytes, if the log has reached it: older lines may be gone. The engine does not
    /// report it, so the log is examined: it starts late, and is larger than the one file that is always kept.
    pub async fn log_cut_at(&self, name: &str) -> Option<u64> {
        let found = known(self.docker.inspect_container(name, None).await).ok()?;
        let options = found.host_config?.log_config?.config?;
        let number = |name: &str| options.get(name)?.parse::<u64>().ok();
        let (file, files) = (number("max-size")?, number("max-file")?);
        let started = OffsetDateTime::parse(&found.state?.started_at?, &Rfc3339).ok()?;

        let options = LogsOptionsBuilder::default().stdout(true).stderr(true).timestamps(true).tail("all").build();
        let mut log = Box::pin(self.docker.logs(name, Some(options)));
        let mut size = 0;
        while let Some(Ok(part)) = log.next().await {
            let line = super::containers::bytes_of(&part);
            if size == 0 {
                let stamp = line.split(|byte| *byte == b' ').next().unwrap_or_default();
                let first = OffsetDateTime::parse(std::str::from_utf8(stamp).ok()?, &Rfc3339).ok()?;
                if (first - started).as_seconds_f64() < FIRST_WITHIN {
                    return None;
                }
            }
            size += line.len() as u64 + AROUND;
            if size >= file * (files - 1) {
                return Some(file * files);
            }
        }
        None
    }
}
