//! Programs that run to their end in a container of their own: files go in, lines come out, and the engine removes the
//! container when it ends.

use std::collections::BTreeMap;
use std::ops::ControlFlow;

use bollard::body_full;
use bollard::container::{AttachContainerResults, LogOutput};
use bollard::models::{ContainerCreateBody, HostConfig};
use bollard::query_parameters::{
    AttachContainerOptionsBuilder, CreateContainerOptionsBuilder, DownloadFromContainerOptionsBuilder,
    UploadToContainerOptionsBuilder, WaitContainerOptionsBuilder,
};
use bytes::Bytes;
use futures_util::StreamExt;

use super::Engine;
use super::calls::error;
use super::containers::{bytes_of, log_config, mount, no_log, not_created};
use super::spec::{Mount, forms};
use crate::words::engine as actions;
use crate::words::error::{Error, Result};

/// The longest line that is read; the rest of it is dropped.
const LONGEST_LINE: usize = 1 << 20;

/// A program and its container. It has no capabilities but those that it is given, can gain no privileges, and is on the
/// engine's default network, on another one, or on none.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RunSpec {
    /// The container's name.
    pub name: String,
    /// Its image.
    pub image: String,
    /// The program and its arguments, in place of the image's own.
    pub command: Vec<String>,
    /// `uid:gid`.
    pub user: String,
    /// Its environment in addition to the image's.
    pub env: Vec<(String, String)>,
    /// Its labels.
    pub labels: BTreeMap<String, String>,
    /// Its mounts.
    pub mounts: Vec<Mount>,
    /// Security options in addition to no-new-privileges.
    pub security_opt: Vec<String>,
    /// The most processes and threads that it may have.
    pub processes: Option<i64>,
    /// The engine removes the container when it ends. Otherwise its files can be read until it is removed.
    pub removed_at_end: bool,
    /// It has no network.
    pub offline: bool,
    /// The network that it is on, instead of the engine's default one.
    pub network: Option<String>,
    /// Additional groups of its user.
    pub group_add: Vec<String>,
    /// Its memory, cores and `/dev/shm`.
    pub limits: RunLimits,
    /// Options of the engine's own log driver; without one, its log is as the engine has it.
    pub log: BTreeMap<String, String>,
    /// The engine keeps no log of it: its lines are contents of files.
    pub unlogged: bool,
    /// The capabilities that it has, such as `CAP_SYS_CHROOT`.
    pub capabilities: Vec<String>,
    /// Its standard input is open, with nothing to read, until nobody reads its lines any more.
    pub input: bool,
}

/// The limits of a program's container. Without one, it has what the engine has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RunLimits {
    /// Bytes of memory.
    pub memory: Option<i64>,
    /// 10⁻⁹ of a core.
    pub nano_cpus: Option<i64>,
    /// Bytes of `/dev/shm`.
    pub shm: Option<i64>,
}

/// How a program ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RunEnd {
    /// It ended with this exit code.
    Ended(i64),
    /// It runs on: nobody reads its lines any more.
    RunsOn,
}

impl Engine {
    /// Runs a program. `files` is a tar archive that is unpacked at the container's root before the program starts.
    /// `on_line` gets each line of its standard output, and the bool says whether it is one of standard error instead.
    /// Once it breaks, the program runs on unread.
    ///
    /// If the future is dropped, the container stays: remove it by its name.
    ///
    /// # Errors
    /// `ImageGone` if its image is missing, `NameTaken` if another container has its name.
    pub async fn run(
        &self,
        spec: &RunSpec,
        files: Bytes,
        mut on_line: impl FnMut(&str, bool) -> ControlFlow<()>,
    ) -> Result<RunEnd> {
        self.label_volumes(&spec.mounts).await?;
        let options = CreateContainerOptionsBuilder::default().name(&spec.name).build();
        let body = body(spec, self.userns_mode(), self.facts.unquoted_mounts);
        let created = self.docker.create_container(Some(options), body).await;
        created.map_err(|refusal| not_created(&spec.name, &spec.image, &refusal))?;
        let what = actions::start_container(&spec.name);
        let refused = |refusal: &bollard::errors::Error| error(&what, refusal);
        self.put_files(&spec.name, files, &what).await?;
        // Both before the start: an ended container takes its output and its exit code with it.
        let attach = AttachContainerOptionsBuilder::default().stdin(spec.input).stdout(true).stderr(true);
        let attached = self.docker.attach_container(&spec.name, Some(attach.stream(true).build())).await;
        // Both are halves of one connection. The engine closes the program's input with it.
        let AttachContainerResults { mut output, input: _input } = attached.map_err(|refusal| refused(&refusal))?;
        let next_exit = WaitContainerOptionsBuilder::default().condition("next-exit").build();
        let mut end = Box::pin(self.docker.wait_container(&spec.name, Some(next_exit)));
        let waiting = tokio::spawn(async move { end.next().await });
        self.start_container(&spec.name).await?;

        let (mut told, mut wrong) = (Lines::default(), Lines::default());
        while let Some(part) = output.next().await {
            let Ok(part) = part else { break };
            let is_error = matches!(part, LogOutput::StdErr { .. });
            let lines = if is_error { &mut wrong } else { &mut told };
            for line in lines.take(bytes_of(&part)) {
                if on_line(&line, is_error).is_break() {
                    return Ok(RunEnd::RunsOn);
                }
            }
        }
        for (lines, is_error) in [(told, false), (wrong, true)] {
            if !lines.rest.is_empty() && on_line(&String::from_utf8_lossy(&lines.rest), is_error).is_break() {
                return Ok(RunEnd::RunsOn);
            }
        }
        match waiting.await {
            Ok(Some(Ok(ended))) => Ok(RunEnd::Ended(ended.status_code)),
            // bollard gives an exit code other than 0 as an error.
            Ok(Some(Err(bollard::errors::Error::DockerContainerWaitError { code, .. }))) => Ok(RunEnd::Ended(code)),
            Ok(Some(Err(refusal))) => Err(refused(&refusal)),
            Ok(None) | Err(_) => Err(Error::EngineGone { what: what.clone() }),
        }
    }

    /// Unpacks a tar archive at the root of a container, which need not run. `what` is the action in an error.
    pub async fn put_files(&self, name: &str, files: Bytes, what: &str) -> Result<()> {
        let options = UploadToContainerOptionsBuilder::default().path("/").build();
        let uploaded = self.docker.upload_to_container(name, Some(options), body_full(files)).await;
        uploaded.map_err(|refusal| error(what, &refusal))
    }

    /// The files below a path of a container, as a tar archive of at most `most` bytes.
    pub async fn files_of(&self, name: &str, path: &str, most: usize) -> Result<Bytes> {
        let what = actions::read_files(name);
        let options = DownloadFromContainerOptionsBuilder::default().path(path).build();
        let mut stream = Box::pin(self.docker.download_from_container(name, Some(options)));
        let mut all = Vec::new();
        while let Some(part) = stream.next().await {
            all.extend_from_slice(&part.map_err(|refusal| error(&what, &refusal))?);
            if all.len() > most {
                return Err(Error::Engine { what, reason: actions::too_many_bytes(most) });
            }
        }
        Ok(all.into())
    }
}

fn body(spec: &RunSpec, userns_mode: &str, unquoted: bool) -> ContainerCreateBody {
    let (mounts, binds) = forms(&spec.mounts, unquoted);
    let mut security_opt = vec!["no-new-privileges".to_owned()];
    security_opt.extend(spec.security_opt.clone());
    ContainerCreateBody {
        user: Some(spec.user.clone()),
        image: Some(spec.image.clone()),
        entrypoint: Some(spec.command.clone()),
        cmd: Some(Vec::new()),
        env: Some(spec.env.iter().map(|(name, value)| format!("{name}={value}")).collect()),
        labels: Some(spec.labels.clone().into_iter().collect()),
        attach_stdin: Some(spec.input),
        open_stdin: Some(spec.input),
        stdin_once: Some(spec.input),
        attach_stdout: Some(true),
        attach_stderr: Some(true),
        host_config: Some(HostConfig {
            auto_remove: Some(spec.removed_at_end),
            network_mode: if spec.offline { Some("none".to_owned()) } else { spec.network.clone() },
            mounts: Some(mounts.into_iter().map(mount).collect()),
            binds: Some(binds),
            cap_drop: Some(vec!["ALL".to_owned()]),
            cap_add: Some(spec.capabilities.clone()),
            security_opt: Some(security_opt),
            userns_mode: Some(userns_mode.to_owned()),
            pids_limit: spec.processes,
            group_add: Some(spec.group_add.clone()),
            memory: spec.limits.memory,
            nano_cpus: spec.limits.nano_cpus,
            shm_size: spec.limits.shm,
            log_config: if spec.unlogged { Some(no_log()) } else { log_config(&spec.log) },
            ..HostConfig::default()
        }),
        ..ContainerCreateBody::default()
    }
}

/// Cuts a stream into lines.
#[derive(Default)]
struct Lines {
    rest: Vec<u8>,
}

impl Lines {
    fn take(&mut self, part: &[u8]) -> Vec<String> {
        let mut lines = Vec::new();
        for piece in part.split_inclusive(|byte| *byte == b'\n') {
            let room = LONGEST_LINE.saturating_sub(self.rest.len());
            self.rest.extend_from_slice(piece.get(..room).unwrap_or(piece));
            if piece.ends_with(b"\n") {
                lines.push(String::from_utf8_lossy(&self.rest).trim_end().to_owned());
                self.rest.clear();
            }
        }
        lines
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_come_whole_however_the_stream_is_cut() {
        let text = "one\ntwö\r\n\nthree".as_bytes();
        for cut in 0..text.len() {
            let mut lines = Lines::default();
            let mut all = lines.take(&text[..cut]);
            all.extend(lines.take(&text[cut..]));
            assert_eq!(all, ["one", "twö", ""], "{cut}");
            assert_eq!(lines.rest, b"three");
        }
    }

    #[test]
    fn a_line_without_an_end_takes_no_more_than_its_bound() {
        let mut lines = Lines::default();
        for _ in 0..3 {
            assert_eq!(lines.take(&vec![b'x'; LONGEST_LINE]), Vec::<String>::new());
        }
        assert_eq!(lines.rest.len(), LONGEST_LINE);
        assert_eq!(lines.take(b"\nnext\n")[1], "next");
    }
}
