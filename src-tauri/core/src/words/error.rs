//! Everything that can go wrong, and the message that a person reads. `hint` has the remedies.

use std::path::PathBuf;
use std::time::Duration;

use crate::contract::failure::{Failure, FailureCode};
use crate::contract::live::KernelAction;
use crate::contract::notice::{Notice, Tone};
use crate::words::{hint, plain_text};

/// The result of core's functions.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Everything that can go wrong. `Display` is the message; [`Error::failure`] adds the hint.
#[derive(Debug, thiserror::Error)]
#[allow(missing_docs)] // the messages say what each field is
pub enum Error {
    #[error("no engine answers at {tried}{}", super::engine::named_by(named_by.as_deref()))]
    EngineUnreachable { tried: String, named_by: Option<String> },
    #[error("no container engine is installed on this machine")]
    EngineNotInstalled { name: String, command: Option<String>, joins: bool },
    #[error("{}", super::engine::stopped(name, endpoint, named_by.as_deref()))]
    EngineStopped { name: String, command: String, endpoint: String, named_by: Option<String> },
    #[error("you are in the group `{group}`, but this session began before you joined it")]
    EngineNotInSession { socket: String, group: String },
    #[error("{}: {reason}", super::engine::setup_failed(name))]
    EngineSetup { name: String, reason: String, command: String, log: Vec<String>, log_file: Option<PathBuf> },
    #[error("this user may not use the engine's socket {socket}")]
    EngineForbidden { socket: String, group: Option<String> },
    #[error("engine {version} has API {api_version}, and Orchest Desktop needs 1.41 or newer")]
    EngineTooOld { version: String, api_version: String },
    #[error("{found_by} names an engine on another machine, which cannot see your folders: {endpoint}")]
    EngineElsewhere { endpoint: String, found_by: String },
    #[error("{found_by} names no engine that can be used: {reason}")]
    EngineConfig { found_by: String, reason: String },
    #[error(
        "kernels are started through a socket on the engine's machine, and none is known of the engine at {endpoint}{}",
        super::engine::named_by(Some(found_by))
    )]
    EngineOnlyTcp { endpoint: String, found_by: String },
    #[error("{message}")]
    EngineNotReached { message: String, hint: String },
    #[error("another engine can be picked when nothing is starting, stopping or being prepared on this one")]
    EngineAtWork,
    #[error("several engines are called `{name}`")]
    SeveralEngines { name: String, known: Vec<String> },
    #[error("there is no engine `{name}`")]
    NoSuchEngine { name: String, known: Vec<String> },
    #[error("the engine no longer answers")]
    EngineLost,
    #[error("the engine stopped answering before it could {what}")]
    EngineGone { what: String },
    #[error("the launch is cancelled, and the engine has not answered yet")]
    EngineHangs,
    #[error("{name} could not be started: {reason}")]
    EngineNotStarted { name: String, reason: String, command: String },
    #[error("the search for an engine is still running")]
    StillLooking,
    #[error("the engine could not {what}: {reason}")]
    Engine { what: String, reason: String },
    #[error("the engine has no free address range for another network")]
    NoAddresses,
    #[error("the engine's disk is full: it could not {what}")]
    DiskFull { what: String },
    #[error("another program's container or network has the name `{name}`")]
    NameTaken { name: String },
    #[error("another program is launching this folder: `{name}` exists already")]
    LaunchedElsewhere { name: String },
    #[error("the engine no longer has the image `{image}`")]
    ImageGone { image: String },
    #[error("the image `{image}` is missing and could not be pulled: {reason}")]
    Pull { image: String, reason: String, log: Vec<String>, log_file: Option<PathBuf> },
    #[error("the image `{image}` could not be built: {reason}")]
    Build { image: String, reason: String, log: Vec<String>, log_file: Option<PathBuf> },
    #[error(
        "`{image}` could not be built: its base image `{base}` is missing and could not be pulled: {reason}{}",
        made.as_ref().map(|made| format!("; nor could one be made: {made}")).unwrap_or_default()
    )]
    BaseImage { base: String, image: String, reason: String, made: Option<String> },
    #[error("{message}")]
    Archive { message: String, hint: String },
    #[error("{message}")]
    Environment { message: String, hint: String, log: Vec<String>, log_file: Option<PathBuf> },
    #[error("the {role} ended with exit code {code}")]
    ContainerDied { role: String, name: String, code: i64, log: Vec<String> },
    #[error("the image `{image}` is for {of}, and the engine's machine is {engine}")]
    OtherArchitecture { image: String, of: String, engine: String },
    #[error("the engine gave the container `{name}` no address on the network `{network}`")]
    NoAddress { name: String, network: String },
    #[error("the gateway, which starts kernels, may not use the engine's socket {socket}")]
    GatewayWithoutEngine { socket: String, log: Vec<String> },
    #[error("JupyterLab was not ready after {} s: {reason}", .after.as_secs_f32().round())]
    NotReady { after: Duration, reason: String, log: Vec<String> },
    #[error("cancelled")]
    Cancelled,
    #[error("{message}")]
    Folder { message: String, hint: String },
    #[error("the folder `{name}` was deleted and created again, and JupyterLab still has the deleted one")]
    FolderMadeAnew { name: String },
    #[error("`{path}` cannot be opened")]
    Unopenable { path: String, problem: String },
    #[error("the gateway has no kernelspec `{name}`; it offers {}", if .offered.is_empty() { "none".to_owned() } else { listed(.offered) })]
    NotOffered { name: String, offered: Vec<String>, log: Vec<String> },
    #[error("{message}")]
    Kernelspec { message: String, hint: String },
    #[error("the test of `{name}` failed: {reason}")]
    KernelTest { name: String, reason: String, hint: Option<String>, log: Vec<String> },
    #[error("the kernelspec `{name}` was not written: its new command was not confirmed")]
    CommandNotConfirmed { name: String },
    #[error("the place `{name}` was not added: its address was not confirmed")]
    PlaceNotConfirmed { name: String },
    #[error("a kernelspec is being tested already")]
    Testing,
    #[error("no pipeline or launch called `{id}`")]
    UnknownPipeline { id: String },
    #[error("the folder has no notebook `{path}`")]
    UnknownNotebook { path: String },
    #[error("the folder has no pipeline file `{path}`")]
    UnknownPipelineFile { path: String },
    #[error("the pipeline file `{}` cannot be read: {reason}", path.display())]
    PipelineFile { path: PathBuf, reason: String },
    #[error("a kernel of `{folder}` ({kernel}) ran out of memory and was ended{}", limit(*limit_mb))]
    KernelOutOfMemory { folder: String, kernel: String, limit_mb: Option<u64> },
    #[error("the gateway of `{folder}` ran out of memory and was ended{}", limit(*limit_mb))]
    GatewayOutOfMemory { folder: String, limit_mb: Option<u64> },
    #[error("this launch has no kernel `{id}`")]
    UnknownKernel { id: String },
    #[error("the kernel could not be {}: {reason}", match action {
        KernelAction::Interrupt => "interrupted",
        KernelAction::Restart => "restarted",
        KernelAction::ShutDown => "shut down",
    })]
    KernelAction { action: KernelAction, reason: String },
    #[error("`{name}` is not running")]
    NotRunning { name: String },
    #[error("`{name}` is running and uses its saved state")]
    Runs { name: String },
    #[error("a container uses the volume `{name}`")]
    InUse { name: String },
    #[error("`{}` is still stopping", .folder.display())]
    StillStopping { folder: PathBuf },
    #[error("{name} is still running, or was launched again")]
    NotStopped { name: String },
    #[error("the settings file could not be read and was renamed to `{}`: {reason}", .moved_to.display())]
    SettingsSetAside { moved_to: PathBuf, reason: String },
    #[error("the settings file `{}` has a mistake: {reason}", .path.display())]
    SettingsBroken { path: PathBuf, reason: String },
    #[error("`{name}` cannot be `{value}`")]
    Setting { name: String, value: String, may_be: String },
    #[error("{} dropped items could not be added: {}; {first}", .names.len(), listed(.names))]
    Dropped { names: Vec<String>, first: String },
    #[error("{message}")]
    CaFile { message: String, hint: String },
    #[error("{message}")]
    Variable { message: String, hint: String },
    #[error("{message}")]
    Place { message: String, hint: String },
    /// `refused`: it was there and must not be used.
    #[error("{message}")]
    Update { message: String, hint: String, refused: bool },
    #[error("this user has no home folder: {reason}")]
    NoHome { name: &'static str, reason: String },
    #[error("the texts of the licences are not installed with `{}`", .program.display())]
    NoLicences { program: PathBuf },
    #[error("could not {what} `{}`: {source}", .path.display())]
    Io { what: String, path: PathBuf, source: std::io::Error },
    #[error("the browser did not open the page: {reason}")]
    Browser { reason: String },
    #[error("{} asked for the address meant for your browser, and was refused", asker(*.by))]
    NotYours { by: Option<u32> },
    #[error("the program is closing")]
    ShuttingDown,
}

impl Error {
    /// The failure that a person reads.
    pub fn failure(&self) -> Failure {
        let (log, log_file) = match self {
            Error::Pull { log, log_file, .. }
            | Error::Build { log, log_file, .. }
            | Error::EngineSetup { log, log_file, .. }
            | Error::Environment { log, log_file, .. } => (log.clone(), log_file.as_ref()),
            Error::KernelTest { log, .. }
            | Error::ContainerDied { log, .. }
            | Error::GatewayWithoutEngine { log, .. }
            | Error::NotReady { log, .. }
            | Error::NotOffered { log, .. } => (log.clone(), None),
            _ => (Vec::new(), None),
        };
        // Names, answers of the engine and logs can be in each: none may bring control characters.
        Failure {
            code: self.code(),
            message: plain_text::lines(&sentence(&self.to_string())).into_owned(),
            hint: plain_text::lines(&hint::of(self)).into_owned(),
            log: log.iter().map(|line| plain_text::of_terminal(line)).collect(),
            log_file: log_file.map(|path| path.display().to_string()),
        }
    }

    /// The same as a notice, for what is no failure to the person.
    pub fn notice(&self, tone: Tone) -> Notice {
        Notice { tone, ..Notice::from(self.failure()) }
    }

    fn code(&self) -> FailureCode {
        match self {
            Error::EngineUnreachable { .. }
            | Error::EngineNotReached { .. }
            | Error::EngineNotInstalled { .. }
            | Error::EngineStopped { .. }
            | Error::EngineLost
            | Error::EngineGone { .. }
            | Error::EngineHangs => FailureCode::EngineUnreachable,
            Error::EngineForbidden { .. } | Error::EngineNotInSession { .. } => FailureCode::EngineForbidden,
            Error::EngineTooOld { .. } => FailureCode::EngineTooOld,
            Error::EngineElsewhere { .. } => FailureCode::EngineElsewhere,
            Error::Pull { .. }
            | Error::Build { .. }
            | Error::BaseImage { .. }
            | Error::ImageGone { .. }
            | Error::OtherArchitecture { .. } => FailureCode::Image,
            Error::Folder { .. } | Error::FolderMadeAnew { .. } => FailureCode::Folder,
            Error::Cancelled => FailureCode::Cancelled,
            _ => FailureCode::Other,
        }
    }
}

/// The limit of a container, if it has one.
fn limit(limit_mb: Option<u64>) -> String {
    limit_mb.map(|limit| format!(": its limit is {limit} MB")).unwrap_or_default()
}

/// The process that asked for the person's address, by the number of its user if known.
fn asker(user: Option<u32>) -> String {
    match user {
        Some(0) => "a process of root".to_owned(),
        Some(uid) => format!("a process of another user (number {uid})"),
        None => "a process of an unknown user".to_owned(),
    }
}

/// The first three names, in backquotes.
pub(crate) fn listed(names: &[String]) -> String {
    let shown: Vec<_> = names.iter().take(3).map(|name| format!("`{name}`")).collect();
    let more = if names.len() > shown.len() { ", …" } else { "" };
    format!("{}{more}", shown.join(", "))
}

fn sentence(message: &str) -> String {
    let mut letters = message.chars();
    match letters.next() {
        Some(first) => first.to_uppercase().chain(letters).collect(),
        None => String::new(),
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Failure {
        error.failure()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_is_a_sentence_and_long_lists_are_cut() {
        let names = ["a", "b", "c", "d"].map(str::to_owned).to_vec();
        let dropped = Error::Dropped { names, first: "`a` is a file".to_owned() }.failure();
        assert_eq!(dropped.message, "4 dropped items could not be added: `a`, `b`, `c`, …; `a` is a file");
        let limited = Error::GatewayOutOfMemory { folder: "notes".to_owned(), limit_mb: Some(256) }.failure();
        assert_eq!(limited.message, "The gateway of `notes` ran out of memory and was ended: its limit is 256 MB");
    }
}
