//! The remedy for each error: what a person does next. Pure.

use std::io::ErrorKind;

use crate::words::engine;
use crate::words::error::Error;
use crate::words::registry;

/// The remedy for a server that cannot start because of a file in its home.
const FORGET: &str = "If that does not help, \"Forget saved state…\" in the folder's menu (`orchest forget` in a terminal) \
                      removes the files that JupyterLab and the kernels keep outside of the folder";

/// The remedy.
pub(super) fn of(error: &Error) -> String {
    match error {
        Error::EngineUnreachable { named_by: Some(name), .. } => {
            return format!("start this engine, {}", engine::or_another(name));
        }
        Error::EngineUnreachable { .. } if cfg!(target_os = "linux") => {
            "start the engine, for example with `sudo systemctl start docker`; Orchest Desktop connects by itself"
        }
        Error::EngineUnreachable { .. } => {
            "start Docker Desktop, Colima, OrbStack, Rancher Desktop or Podman; Orchest Desktop connects by itself"
        }
        Error::EngineNotInstalled { name, command: Some(command), joins } => return engine::to_install(name, command, *joins),
        Error::EngineNotInstalled { command: None, .. } => engine::INSTALL_BY_HAND,
        Error::EngineStopped { name, command, named_by: None, .. } => return format!("start {name}: `{command}`"),
        Error::EngineStopped { name, command, named_by: Some(named), .. } => {
            return format!("start {name}: `{command}`, {}", engine::or_another(named));
        }
        Error::EngineNotInSession { group, .. } => return engine::log_in_again(group),
        Error::EngineSetup { command, .. } => return format!("run `{command}` in a terminal"),
        Error::EngineForbidden { group: Some(group), .. } => {
            return format!("join the group that may: `sudo usermod -aG {group} $USER`, then log out and in again");
        }
        Error::EngineForbidden { group: None, .. } => {
            "use an engine of your own, such as rootless Docker or Podman, or ask this machine's administrator for access"
        }
        Error::EngineTooOld { .. } => "update Docker to 20.10 or newer",
        Error::EngineElsewhere { found_by, .. } => {
            return engine::to_come_here(found_by);
        }
        Error::EngineConfig { found_by, .. } => return engine::to_correct(found_by),
        Error::EngineOnlyTcp { found_by, .. } => return engine::to_get_a_socket(found_by),
        Error::EngineAtWork => "wait until that is done, or cancel it, and pick again",
        Error::NoSuchEngine { known, .. } if known.is_empty() => "`orchest engine` lists the engines that are found",
        Error::NoSuchEngine { known, .. } => return format!("these are known: {}", known.join(", ")),
        Error::SeveralEngines { known, .. } => return format!("name one of them by its address: {}", known.join(", ")),
        Error::EngineNotStarted { command, .. } => return format!("run `{command}` in a terminal to see more"),
        Error::EngineLost => "start Docker if it was stopped; Orchest Desktop connects again by itself",
        Error::EngineGone { .. } => {
            "start Docker if it was stopped, and launch again; Orchest Desktop connects by itself and removes what the \
             launch left behind"
        }
        Error::EngineHangs => {
            "the rest of this launch is removed as soon as the engine answers, or by the next launch; if the engine never \
             answers, restart Docker"
        }
        Error::StillLooking => "try again in a moment",
        Error::Engine { .. } => "try again; `orchest doctor` checks the engine",
        Error::NoAddresses => "stop a launch, or remove unused networks with `docker network prune`",
        Error::DiskFull { .. } => "free some space; `docker system df` shows what uses it",
        Error::NameTaken { name } => return format!("remove or rename it: `docker rm {name}`"),
        Error::LaunchedElsewhere { .. } => "wait a moment; the launch shows up here when it is ready",
        Error::ImageGone { .. } => "launch again; the image is then pulled or built again",
        Error::Pull { image, reason, .. } if registry::is_denied(reason) => {
            return format!(
                "if the image is private, run `{}` in a terminal and launch again; otherwise check its name in the \
                 kernelspec",
                registry::login_command(image)
            );
        }
        Error::Pull { image, .. } => {
            return format!(
                "check the image's name in the kernelspec and the connection to its registry; for a private image, run \
                 `{}` first",
                registry::login_command(image)
            );
        }
        Error::Build { .. } => "the log shows the instruction that failed; launch again to retry",
        Error::BaseImage { base, reason, .. } if registry::is_denied(reason) => {
            return format!(
                "if the image is private, run `{}` in a terminal and launch again; otherwise name another one as \
                 `base_image` in settings.json",
                registry::login_command(base)
            );
        }
        Error::BaseImage { .. } => {
            "check the connection to the registry. Without one, the app makes the base image from Debian's packages if the \
             package `mmdebstrap` is installed, or if the engine has any image with Debian or Ubuntu; \
             ORCHEST_DEBIAN_MIRROR names the mirror. Or take the images from another machine: `orchest images import \
             FILE`"
        }
        Error::ContainerDied { role, .. } => {
            let retry = "the last lines of its log show the reason; launch again. Saved notebooks are in the folder";
            return if role == "server" { format!("{retry}. {FORGET}") } else { retry.to_owned() };
        }
        Error::OtherArchitecture { image, of, engine } => {
            let architecture = of.rsplit('/').next().unwrap_or_default();
            return format!(
                "get it for this machine (`docker pull --platform {engine} {image}`) or name another image in the \
                 kernelspec; or have the machine emulate {architecture}, which is slow: `docker run --rm --privileged \
                 tonistiigi/binfmt --install {architecture}`"
            );
        }
        Error::NoAddress { .. } => {
            "restart the engine; with Podman, check that `netavark` and `aardvark-dns` are installed. `orchest doctor` checks \
             the network of containers"
        }
        Error::GatewayWithoutEngine { socket, .. } => return engine::admit_group(socket),
        Error::NotReady { .. } => {
            return format!(
                "launch again; on a slow machine, set a longer \"Time to become ready\" in Settings (`orchest launch \
                 --timeout` in a terminal). {FORGET}"
            );
        }
        Error::Cancelled => "everything it started is removed; launch again at any time",
        Error::Folder { hint, .. }
        | Error::Kernelspec { hint, .. }
        | Error::CaFile { hint, .. }
        | Error::Variable { hint, .. }
        | Error::Place { hint, .. }
        | Error::EngineNotReached { hint, .. }
        | Error::Archive { hint, .. }
        | Error::Update { hint, .. }
        | Error::Environment { hint, .. } => return hint.clone(),
        Error::FolderMadeAnew { .. } => {
            "stop it and launch it again to use the new folder; the variables of its kernels are lost"
        }
        Error::Unopenable { problem, .. } => return problem.clone(),
        Error::NotOffered { offered, .. } if offered.is_empty() => {
            "an engine in a virtual machine sees only folders that are shared with it: share the folder with this \
             program's data"
        }
        Error::NotOffered { .. } => {
            "`orchest kernels` lists the kernelspecs and their problems; the gateway's log may show more"
        }
        Error::KernelTest { hint: Some(hint), .. } => return hint.clone(),
        Error::KernelTest { .. } => "check the kernelspec's image, command and variables, and test it again",
        Error::PlaceNotConfirmed { .. } => "add it again and confirm the address",
        Error::CommandNotConfirmed { .. } => "save it again and confirm the command, or restore the one that it had",
        Error::Testing => "wait until that test ends, or cancel it",
        Error::UnknownPipeline { .. } => "`orchest list` shows the pipelines and launches",
        Error::PipelineFile { .. } => "correct the file; the change shows up by itself",
        Error::UnknownNotebook { .. } | Error::UnknownPipelineFile { .. } => "pick one from the folder's list",
        Error::KernelOutOfMemory { limit_mb, .. } => {
            let more = match limit_mb {
                Some(_) => "give kernels more memory in Settings under \"Limits\" and launch the folder again",
                None => "end other programs that use the engine's memory",
            };
            return format!("the kernel starts again without its variables: work on less data at once, or {more}");
        }
        Error::GatewayOutOfMemory { limit_mb, .. } => {
            let more = match limit_mb {
                Some(_) => "set a higher `gateway_memory_mb` in settings.json and launch the folder again",
                None => "end other programs that use the engine's memory",
            };
            return format!(
                "the gateway and its kernels start again, without their variables: write large outputs to files instead \
                 of the page, or {more}"
            );
        }
        Error::UnknownKernel { .. } => "it may have ended; the list shows the kernels that are running",
        Error::KernelAction { .. } => "try again; if that does not help, \"Stop\" ends the launch with all its kernels",
        Error::NotRunning { .. } => "launch it first",
        Error::Runs { .. } => "stop it first",
        Error::InUse { name } => {
            return format!(
                "`docker ps -a --filter volume={name}` shows the container; stop it, then forget the saved state again"
            );
        }
        Error::StillStopping { .. } => "launch it again in a moment",
        Error::NotStopped { .. } => "stop it again",
        Error::SettingsSetAside { .. } => {
            "the list is empty now: add your folders again, or correct the renamed file and name it `settings.json` again"
        }
        Error::SettingsBroken { .. } => {
            "correct the file; its new content applies by itself, and until then the last correct settings"
        }
        Error::Setting { may_be, .. } => return format!("allowed: {may_be}"),
        Error::Dropped { .. } => "drop a folder, or a notebook to add its folder",
        Error::NoHome { name, .. } if cfg!(target_os = "linux") => {
            return format!(
                "set {name} to your home folder, or set XDG_CONFIG_HOME, XDG_DATA_HOME and XDG_STATE_HOME to absolute \
                 paths"
            );
        }
        Error::NoHome { name, .. } => return format!("set {name} to your home folder"),
        Error::NoLicences { .. } => {
            "install Orchest Desktop again from its package; in a checkout, `make licences` collects the texts"
        }
        Error::Io { source, .. } => match source.kind() {
            ErrorKind::StorageFull => "its disk is full: free some space; the previous content is unchanged",
            ErrorKind::ReadOnlyFilesystem => "its disk is read-only: nothing on it was changed",
            _ => "check that the file exists, and its permissions",
        },
        Error::Browser { .. } => {
            "copy the address into a browser; to use another browser, name it in the environment variable BROWSER"
        }
        Error::NotYours { .. } => {
            "if your browser runs as another user, copy the address into it. Otherwise somebody on this machine tried to \
             open your launch, and got nothing"
        }
        Error::ShuttingDown => "start it again",
    }
    .to_owned()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn an_image_that_is_refused_needs_a_login() {
        let pull = |image: &str, reason: &str| {
            let (image, reason) = (image.to_owned(), reason.to_owned());
            of(&Error::Pull { image, reason, log: Vec::new(), log_file: None })
        };
        let denied = pull("registry.example:5000/a/b:1", "unauthorized: authentication required");
        assert!(denied.contains("private, run `docker login registry.example:5000` "), "{denied}");
        let denied = pull("ada/kernel", "pull access denied for ada/kernel, repository does not exist");
        assert!(denied.contains("private, run `docker login` "), "{denied}");
        let missing = pull("ghcr.io/ada/kernel", "manifest unknown");
        assert!(missing.contains("name in the kernelspec") && missing.contains("`docker login ghcr.io`"), "{missing}");
        let (base, image) = ("r.example/base:1".to_owned(), "orchest/server:1".to_owned());
        let denied = of(&Error::BaseImage { base, image, reason: "denied".to_owned(), made: None });
        assert!(denied.contains("`docker login r.example`"), "{denied}");
    }

    #[test]
    fn a_server_that_does_not_start_can_be_helped_by_forgetting_its_home() {
        let ended = |role: &str| {
            let (role, name) = (role.to_owned(), "x".to_owned());
            Error::ContainerDied { role, name, code: 1, log: Vec::new() }.failure().hint
        };
        let late = Error::NotReady { after: Duration::from_secs(60), reason: String::new(), log: Vec::new() };
        for hint in [ended("server"), late.failure().hint] {
            assert!(hint.contains("Forget saved state…") && hint.contains("`orchest forget`"), "{hint}");
        }
        assert!(!ended("gateway").contains("forget"), "nothing of a gateway is kept");
    }

    #[test]
    fn permission_comes_from_a_group_and_never_from_chmod() {
        let failure =
            Error::EngineForbidden { socket: "/run/docker.sock".into(), group: Some("docker".into()) }.failure();
        assert!(failure.hint.contains("usermod -aG docker") && !failure.hint.contains("chmod"));
        assert!(failure.message.starts_with("This user"));
    }
}
