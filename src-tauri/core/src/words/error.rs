//! Everything that can go wrong, and what a person is told of it.

use std::io::ErrorKind;
use std::path::PathBuf;
use std::time::Duration;

use crate::contract::failure::{Failure, FailureCode};
use crate::contract::live::KernelAction;
use crate::contract::notice::{Notice, Tone};
use crate::words::plain_text;
use crate::words::registry;

/// What core's functions answer with.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Everything that can go wrong. `Display` is what happened and with what; [`Error::failure`] adds what to do.
#[derive(Debug, thiserror::Error)]
#[allow(missing_docs)] // the messages say what each field is
pub enum Error {
    #[error("no engine answers at {tried}")]
    EngineUnreachable { tried: String, hint: String },
    #[error("this user may not use the engine's socket {socket}")]
    EngineForbidden { socket: String, group: Option<String> },
    #[error("the engine {version} speaks API {api_version}, and 1.41 is the oldest that works")]
    EngineTooOld { version: String, api_version: String },
    #[error("the engine that {found_by} names, {endpoint}, is on another machine, where the folder is not")]
    EngineElsewhere { endpoint: String, found_by: String },
    #[error("{found_by} names an engine in a way that cannot be used: {reason}")]
    EngineConfig { found_by: String, reason: String },
    #[error("the engine does not answer any more")]
    EngineLost,
    #[error("the engine went away before it could {what}")]
    EngineGone { what: String },
    #[error("{name} could not be started: {reason}")]
    EngineNotStarted { name: String, reason: String, command: String },
    #[error("the engine is still being looked for")]
    StillLooking,
    #[error("the engine could not {what}: {reason}")]
    Engine { what: String, reason: String },
    #[error("the engine has no address left for another network")]
    NoAddresses,
    #[error("the engine's disk is full: it could not {what}")]
    DiskFull { what: String },
    #[error("the name `{name}` is taken by a container that is not ours")]
    NameTaken { name: String },
    #[error("the container `{name}` of this launch is there already: another program launches the folder")]
    LaunchedElsewhere { name: String },
    #[error("the image `{image}` is not on the engine any more")]
    ImageGone { image: String },
    #[error("the image `{image}` is not here and could not be pulled: {reason}")]
    Pull { image: String, reason: String, log: Vec<String>, log_file: Option<PathBuf> },
    #[error("the image `{image}` could not be built: {reason}")]
    Build { image: String, reason: String, log: Vec<String>, log_file: Option<PathBuf> },
    #[error("the base image `{base}`, from which `{image}` is built, is not here and could not be pulled: {reason}")]
    BaseImage { base: String, image: String, reason: String },
    #[error("the {role} ended with exit code {code}")]
    ContainerDied { role: String, name: String, code: i64, log: Vec<String> },
    #[error("JupyterLab was not ready after {} s: {reason}", .after.as_secs_f32().round())]
    NotReady { after: Duration, reason: String, log: Vec<String> },
    #[error("cancelled")]
    Cancelled,
    #[error("{message}")]
    Folder { message: String, hint: String },
    #[error("the folder `{name}` was deleted and made anew, and JupyterLab still has the one that was deleted")]
    FolderMadeAnew { name: String },
    #[error("`{path}` cannot be opened")]
    Unopenable { path: String, problem: String },
    #[error("the gateway has no kernelspec `{name}`; it offers {}", if .offered.is_empty() { "none".to_owned() } else { listed(.offered) })]
    NotOffered { name: String, offered: Vec<String>, log: Vec<String> },
    #[error("{message}")]
    Kernelspec { message: String, hint: String },
    #[error("`{id}` is none of the folders in the list, and nothing that runs")]
    UnknownPipeline { id: String },
    #[error("`{path}` is none of the folder's notebooks")]
    UnknownNotebook { path: String },
    #[error("`{path}` is none of the folder's pipeline files")]
    UnknownPipelineFile { path: String },
    #[error("the pipeline file `{}` cannot be read: {reason}", path.display())]
    PipelineFile { path: PathBuf, reason: String },
    #[error("a kernel of `{folder}` ({kernel}) was ended for want of memory{}", match limit_mb {
        Some(limit) => format!(": it may use {limit} MB"),
        None => String::new(),
    })]
    KernelOutOfMemory { folder: String, kernel: String, limit_mb: Option<u64> },
    #[error("the gateway of `{folder}` was ended for want of memory{}", match limit_mb {
        Some(limit) => format!(": it may use {limit} MB"),
        None => String::new(),
    })]
    GatewayOutOfMemory { folder: String, limit_mb: Option<u64> },
    #[error("no kernel `{id}` runs here")]
    UnknownKernel { id: String },
    #[error("the kernel could not be {}: {reason}", match action {
        KernelAction::Interrupt => "interrupted",
        KernelAction::Restart => "restarted",
        KernelAction::ShutDown => "shut down",
    })]
    KernelAction { action: KernelAction, reason: String },
    #[error("`{name}` does not run")]
    NotRunning { name: String },
    #[error("`{name}` runs: what is kept of it is in use")]
    Runs { name: String },
    #[error("the volume `{name}` is in use by a container")]
    InUse { name: String },
    #[error("`{}` is still being stopped", .folder.display())]
    StillStopping { folder: PathBuf },
    #[error("the settings file could not be read, and was set aside as `{}`: {reason}", .moved_to.display())]
    SettingsSetAside { moved_to: PathBuf, reason: String },
    #[error("the settings file `{}` cannot be understood: {reason}", .path.display())]
    SettingsBroken { path: PathBuf, reason: String },
    #[error("`{name}` cannot be `{value}`")]
    Setting { name: String, value: String, may_be: String },
    #[error("{} of what was dropped could not be added: {}; {first}", .names.len(), listed(.names))]
    Dropped { names: Vec<String>, first: String },
    #[error("{message}")]
    CaFile { message: String, hint: String },
    #[error("this user has no home folder: {reason}")]
    NoHome { name: &'static str, reason: String },
    #[error("could not {what} `{}`: {source}", .path.display())]
    Io { what: String, path: PathBuf, source: std::io::Error },
    #[error("the browser did not come: {reason}")]
    Browser { reason: String },
    #[error("{} asked for the address that was meant for your browser; it was refused", asker(*.by))]
    NotYours { by: Option<u32> },
    #[error("the program is closing")]
    ShuttingDown,
}

/// What helps where something in the server's home keeps it from starting.
const FORGET: &str = "If that does not help, \"Forget what is kept…\" in the folder's menu (`orchest forget` in a \
                      terminal) removes what JupyterLab and the kernels keep outside of the folder";

impl Error {
    /// What a person is told.
    pub fn failure(&self) -> Failure {
        let (log, log_file) = match self {
            Error::Pull { log, log_file, .. } | Error::Build { log, log_file, .. } => (log.clone(), log_file.as_ref()),
            Error::ContainerDied { log, .. } | Error::NotReady { log, .. } | Error::NotOffered { log, .. } => {
                (log.clone(), None)
            }
            _ => (Vec::new(), None),
        };
        // Names of others, engines' words and logs are in all of them.
        Failure {
            code: self.code(),
            message: plain_text::lines(&sentence(&self.to_string())).into_owned(),
            hint: plain_text::lines(&self.hint()).into_owned(),
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
            Error::EngineUnreachable { .. } | Error::EngineLost | Error::EngineGone { .. } => {
                FailureCode::EngineUnreachable
            }
            Error::EngineForbidden { .. } => FailureCode::EngineForbidden,
            Error::EngineTooOld { .. } => FailureCode::EngineTooOld,
            Error::EngineElsewhere { .. } => FailureCode::EngineElsewhere,
            Error::Pull { .. } | Error::Build { .. } | Error::BaseImage { .. } | Error::ImageGone { .. } => {
                FailureCode::Image
            }
            Error::Folder { .. } | Error::FolderMadeAnew { .. } => FailureCode::Folder,
            Error::Cancelled => FailureCode::Cancelled,
            _ => FailureCode::Other,
        }
    }

    fn hint(&self) -> String {
        match self {
            Error::EngineUnreachable { hint, .. } => hint.clone(),
            Error::EngineForbidden { group: Some(group), .. } => {
                format!("join the group that may: `sudo usermod -aG {group} $USER`, then log out and in again")
            }
            Error::EngineForbidden { group: None, .. } => {
                "use an engine of your own, such as rootless Docker or Podman, or ask whoever runs this one".to_owned()
            }
            Error::EngineTooOld { .. } => "update Docker to 20.10 or newer".to_owned(),
            Error::EngineElsewhere { found_by, .. } => {
                format!("point {found_by} to an engine on this machine, or unset it")
            }
            Error::EngineConfig { found_by, .. } => format!("correct {found_by}, or unset it"),
            Error::EngineNotStarted { command, .. } => format!("`{command}` in a terminal shows more"),
            Error::EngineLost => "it is looked for again by itself; start Docker if it was stopped".to_owned(),
            Error::EngineGone { .. } => {
                "it is looked for again by itself, and what was left half made is removed then; start Docker if it was \
                 stopped, and launch again"
                    .to_owned()
            }
            Error::StillLooking => "try again in a moment".to_owned(),
            Error::Engine { .. } => "try again; `orchest doctor` looks for what is wrong with the engine".to_owned(),
            Error::NoAddresses => "stop a launch, or remove unused networks with `docker network prune`".to_owned(),
            Error::DiskFull { .. } => "free some space: `docker system df` says what the engine keeps".to_owned(),
            Error::NameTaken { name } => format!("remove or rename it: `docker rm {name}`"),
            Error::LaunchedElsewhere { .. } => "wait a moment: it is shown when it runs".to_owned(),
            Error::ImageGone { .. } => "launch again: it is pulled or built again".to_owned(),
            Error::Pull { image, reason, .. } if registry::is_denied(reason) => format!(
                "if it is private, `{}` in a terminal, then launch again; else check its name in the kernelspec",
                registry::login_command(image)
            ),
            Error::Pull { image, .. } => format!(
                "check the image's name in the kernelspec, and that its registry can be reached; a private one wants \
                 `{}`",
                registry::login_command(image)
            ),
            Error::Build { .. } => "the log says which instruction failed; launch again to retry".to_owned(),
            Error::BaseImage { base, reason, .. } if registry::is_denied(reason) => format!(
                "if it is private, `{}` in a terminal, then launch again; else name another in `base_image` of the \
                 settings",
                registry::login_command(base)
            ),
            Error::BaseImage { .. } => "where no registry can be reached, `etc/images/base/make.sh` of the sources \
                                        makes a base image from Debian's packages (`make run` does so by itself); \
                                        or name one that is here in ORCHEST_BASE_IMAGE"
                .to_owned(),
            Error::ContainerDied { role, .. } if role == "server" => {
                format!("the last lines of its log say why; launch again, and saved notebooks are in the folder. {FORGET}")
            }
            Error::ContainerDied { .. } => {
                "the last lines of its log say why; launch again, and saved notebooks are in the folder".to_owned()
            }
            Error::NotReady { .. } => format!(
                "launch again; on a slow machine a longer \"Time to become ready\" in Settings helps (`orchest launch \
                 --timeout` in a terminal). {FORGET}"
            ),
            Error::Cancelled => "nothing of it is left; launch again at any time".to_owned(),
            Error::Folder { hint, .. } | Error::Kernelspec { hint, .. } | Error::CaFile { hint, .. } => hint.clone(),
            Error::FolderMadeAnew { .. } => {
                "launch it again to have the one that is there now; what a kernel holds in memory is lost with that".to_owned()
            }
            Error::Unopenable { problem, .. } => problem.clone(),
            Error::NotOffered { offered, .. } if offered.is_empty() => {
                "an engine in a virtual machine sees only the folders that are shared with it: share the one that this \
                 program keeps its data in"
                    .to_owned()
            }
            Error::NotOffered { .. } => {
                "`orchest kernels` says what is there, and what is wrong with the others; the gateway's log may say more"
                    .to_owned()
            }
            Error::UnknownPipeline { .. } => "`orchest list` shows what there is".to_owned(),
            Error::PipelineFile { .. } => "mend the file; it is read again by itself".to_owned(),
            Error::UnknownNotebook { .. } | Error::UnknownPipelineFile { .. } => {
                "pick one from the folder's list".to_owned()
            }
            Error::KernelOutOfMemory { limit_mb, .. } => {
                let more = match limit_mb {
                    Some(_) => "give kernels more memory in Settings, under \"Limits\", and launch the folder again",
                    None => "end what else uses the engine's memory",
                };
                format!("it starts again, without its variables: work on less data at once, or {more}")
            }
            Error::GatewayOutOfMemory { limit_mb, .. } => {
                let more = match limit_mb {
                    Some(_) => "set a higher `gateway_memory_mb` in settings.json and launch the folder again",
                    None => "end what else uses the engine's memory",
                };
                format!(
                    "it starts again, and its kernels do, without their variables: write large outputs to files instead of \
                     the page, or {more}"
                )
            }
            Error::UnknownKernel { .. } => "it may have ended; the list shows those that run".to_owned(),
            Error::KernelAction { .. } => "try again; \"Stop\" ends it in any case".to_owned(),
            Error::NotRunning { .. } => "launch it first".to_owned(),
            Error::Runs { .. } => "stop it first".to_owned(),
            Error::InUse { name } => {
                format!("stop what uses it, and forget it then: `docker ps -a --filter volume={name}` lists it")
            }
            Error::StillStopping { .. } => "launch it again in a moment".to_owned(),
            Error::SettingsSetAside { .. } => {
                "the list starts anew: add your folders again, or mend that file and rename it to `settings.json`"
                    .to_owned()
            }
            Error::Dropped { .. } => "drop folders, or a notebook to add the folder that it is in".to_owned(),
            Error::SettingsBroken { .. } => {
                "what it said before holds until it is mended; it is read again by itself".to_owned()
            }
            Error::Setting { may_be, .. } => format!("it may be {may_be}"),
            Error::NoHome { name, .. } if cfg!(target_os = "linux") => format!(
                "set {name} to it, or all of XDG_CONFIG_HOME, XDG_DATA_HOME and XDG_STATE_HOME to absolute paths"
            ),
            Error::NoHome { name, .. } => format!("set {name} to it"),
            Error::Io { source, .. } => match source.kind() {
                ErrorKind::StorageFull => "its disk is full: make room on it; what was there before is as it was",
                ErrorKind::ReadOnlyFilesystem => "its disk is read-only: nothing on it was changed",
                _ => "check that the file is there, and who may use it",
            }
            .to_owned(),
            Error::Browser { .. } => {
                "copy the address into a browser by hand; BROWSER in the environment names another".to_owned()
            }
            Error::NotYours { .. } => "if that was your own browser, which runs as another user, copy the address into it; \
                 else somebody on this machine tried to come before you, and got nothing"
                .to_owned(),
            Error::ShuttingDown => "start it again".to_owned(),
        }
    }
}

/// The process that asked for the person's address: the number of its user, where that is known.
fn asker(user: Option<u32>) -> String {
    match user {
        Some(0) => "a process of root's".to_owned(),
        Some(uid) => format!("a process of another user (number {uid})"),
        None => "a process that is not known to be yours".to_owned(),
    }
}

/// The first few, in code.
fn listed(names: &[String]) -> String {
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
    fn an_image_that_is_refused_is_mended_by_a_login() {
        let pull = |image: &str, reason: &str| {
            let (image, reason) = (image.to_owned(), reason.to_owned());
            Error::Pull { image, reason, log: Vec::new(), log_file: None }.failure().hint
        };
        let denied = pull("registry.example:5000/a/b:1", "unauthorized: authentication required");
        assert!(denied.starts_with("if it is private, `docker login registry.example:5000` "), "{denied}");
        let denied = pull("ada/kernel", "pull access denied for ada/kernel, repository does not exist");
        assert!(denied.starts_with("if it is private, `docker login` "), "{denied}");
        let missing = pull("ghcr.io/ada/kernel", "manifest unknown");
        assert!(missing.contains("name in the kernelspec") && missing.contains("`docker login ghcr.io`"), "{missing}");
        let (base, image) = ("r.example/base:1".to_owned(), "orchest/server:1".to_owned());
        let denied = Error::BaseImage { base, image, reason: "denied".to_owned() }.failure().hint;
        assert!(denied.contains("`docker login r.example`"), "{denied}");
    }

    #[test]
    fn a_server_that_does_not_start_is_mended_by_forgetting_its_home() {
        let ended = |role: &str| {
            let (role, name) = (role.to_owned(), "x".to_owned());
            Error::ContainerDied { role, name, code: 1, log: Vec::new() }.failure().hint
        };
        let late = Error::NotReady { after: Duration::from_secs(60), reason: String::new(), log: Vec::new() };
        for hint in [ended("server"), late.failure().hint] {
            assert!(hint.contains("Forget what is kept…") && hint.contains("`orchest forget`"), "{hint}");
        }
        assert!(!ended("gateway").contains("forget"), "nothing of it is kept");
    }

    #[test]
    fn permission_is_mended_by_a_group_and_never_by_chmod() {
        let failure =
            Error::EngineForbidden { socket: "/run/docker.sock".into(), group: Some("docker".into()) }.failure();
        assert!(failure.hint.contains("usermod -aG docker") && !failure.hint.contains("chmod"));
        assert!(failure.message.starts_with("This user"));
    }
}
