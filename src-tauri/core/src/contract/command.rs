//! The requests of a page to the program, except those that need a channel, a dialog or the clipboard.

use serde::Deserialize;
use ts_rs::TS;

use super::choices::{Change, OnClose};
use super::environment::Language;
use super::kernelspec::{KernelspecDraft, KernelspecSource};
use super::place::NewPlace;
use super::variables::TypedValue;

/// A command of the page. It names folders, launches and kernels by the snapshot's ids, kernelspecs by their names, and
/// files by the snapshot's paths, never by a path or address of its own. `PipelineGraph` and some commands of kernelspecs
/// have an answer.
#[derive(Clone, Debug, PartialEq, Deserialize, TS)]
#[serde(tag = "command", rename_all = "snake_case")]
#[allow(missing_docs, reason = "the fields have the names that they have in the snapshot")]
pub enum Command {
    /// Removes a folder from the list.
    RemovePipeline { id: String },
    /// Removes the data that a folder keeps between launches. Refused while a launch runs.
    ForgetPipeline { id: String },
    /// Pins a folder to the top of the list, or unpins it.
    PinPipeline { id: String, pinned: bool },
    /// Chooses the kernelspec of the folder's next launch.
    PickKernelspec { id: String, name: String },
    /// Allows the installation of what a folder's files ask for now.
    AllowEnvironment { id: String },
    /// Makes a folder's environment from another of its files.
    PickEnvironmentFile { id: String, file: String },
    /// Makes a folder's environment now. `upgrade`: with the newest versions that fit.
    UpdateEnvironment { id: String, upgrade: bool },
    /// Cancels what `UpdateEnvironment` began.
    CancelEnvironment { id: String },
    /// The packages of a folder's environment. The answer is an `EnvironmentPackages`.
    EnvironmentPackages { id: String },
    /// The packages that the notebooks and scripts of a folder import. The answer is a list of names.
    FolderImports { id: String },
    /// Writes a first `requirements.txt` with these packages, into a folder without a file for packages.
    StartEnvironment { id: String, packages: Vec<String> },
    /// Adds packages to the file that a folder's environment comes from, removes others from it, and makes the environment.
    /// If it cannot be made, the file is what it was. `pip`: what is added comes from PyPI, also in a file of conda.
    EditPackages { id: String, add: Vec<String>, remove: Vec<String>, pip: bool },
    /// Takes packages of a language away that were installed by hand in the folder's kernels.
    RemoveByHand { id: String, language: Language, names: Vec<String> },
    /// Gives the kernels of a folder a variable, or another value.
    SetVariable { id: String, name: String, value: TypedValue, secret: bool },
    /// Takes a variable away from the kernels of a folder.
    RemoveVariable { id: String, name: String },
    /// Allows that the kernels of a folder get the variables of its `.env` as it is now, or ends that.
    UseEnvFile { id: String, used: bool },
    /// Has launches of a folder run its `postBuild` as it is now, once, or never.
    RunPostBuild { id: String, run: bool },
    /// Removes environments that no folder uses. The answer is a `Cleaned`; with `dry_run` nothing is removed.
    CleanEnvironments { dry_run: bool },
    /// Launches a folder.
    Launch { id: String },
    /// Cancels a launch that is starting.
    Cancel { id: String },
    /// Stops a launch.
    Stop { id: String },
    /// Stops a launch, and launches it again.
    RestartLaunch { id: String },
    /// Keeps an unused launch that is about to be stopped.
    KeepRunning { id: String },
    /// Opens JupyterLab in the browser.
    OpenPipeline { id: String },
    /// Opens a notebook in the browser; launches its folder first if it is not running.
    OpenNotebook { id: String, path: String },
    /// Reads a pipeline file. The answer is its content.
    PipelineGraph { id: String, file: String },
    /// The kernels of a running launch at this moment. The answer is a list of `LiveKernel`, or null if its server does
    /// not answer.
    LiveKernels { id: String },
    /// Interrupts a kernel; its variables stay.
    InterruptKernel { id: String, kernel: String },
    /// Restarts a kernel.
    RestartKernel { id: String, kernel: String },
    /// Ends a kernel.
    ShutDownKernel { id: String, kernel: String },
    /// Shows a folder in the file manager.
    RevealPipeline { id: String },
    /// Shows the log that a launch's failure names.
    RevealLog { id: String },
    /// Shows the kernels directory.
    RevealKernels,
    /// Shows the settings file.
    RevealSettings,
    /// Shows the folder of logs.
    RevealLogs,
    /// Shows the file with the texts of the licences.
    RevealLicences,
    /// Dismisses the last failure of a launch.
    DismissFailure { id: String },
    /// Dismisses a notice.
    DismissNotice {
        #[ts(type = "number")]
        notice: u64,
    },
    /// Looks for the engine now.
    LookAgain,
    /// The engines that can be found now. The answer is an `Engines`.
    ListEngines,
    /// Uses the engine at this address of the list, from now on.
    UseEngine { endpoint: String },
    /// Forgets which engine was picked, and goes back to the usual search.
    ForgetEngine,
    /// Picks the place of a folder's next launch; none is this machine.
    PickPlace { id: String, place: Option<String> },
    /// Asks a place what it offers; the snapshot has the answer.
    AskPlace { name: String },
    /// Adds a place. The person confirms the address in a dialog of the system.
    AddPlace { place: NewPlace },
    /// Removes a place at which nothing runs.
    RemovePlace { name: String },
    /// Goes through each step of a launch at a place, to its first kernel. The answer is a list of `Check`.
    TestPlace { name: String },
    /// Adds another machine. The person confirms the address in a dialog of the system.
    AddMachine { name: String, engine: String },
    /// Removes a machine on which nothing of this person runs.
    RemoveMachine { name: String },
    /// Goes through what a launch needs on a machine. The answer is a list of `Check`.
    TestMachine { name: String },
    /// Looks for the engine of a machine now.
    LookAgainAt { name: String },
    /// The folders in a folder on a machine, by its whole path there. The answer is a `FoldersThere`.
    ListFolders { machine: String, path: String },
    /// Adds a folder on a machine to the list, by its whole path there. The answer is its id.
    AddFolderThere { machine: String, path: String },
    /// Starts the engine that the snapshot names.
    StartEngine,
    /// Installs the engine that the snapshot names. The system asks for the password.
    InstallEngine,
    /// Adds the person to the group that the snapshot names. The system asks for the password.
    JoinGroup,
    /// Cancels `InstallEngine` or `JoinGroup`, as long as the person has not agreed.
    CancelEngineSetup,
    /// Dismisses the failure of `InstallEngine` or `JoinGroup`.
    DismissEngineSetup,
    /// Pulls or builds every missing image.
    PrepareImages,
    /// Cancels the preparation of images.
    CancelPreparing,
    /// Whether to import this file with images, which the snapshot names.
    AnswerImages { file: String, take: bool },
    /// What to do with running launches when the window is closed; without an answer the window stays open.
    AnswerClose { answer: Option<OnClose>, remember: bool },
    /// Ends the program.
    Quit,
    /// Looks for a newer version of the program now.
    CheckUpdates,
    /// Shows the newer version in Settings alone from now on.
    PutUpdateOff,
    /// Opens the page of the newer version in the browser.
    OpenUpdatePage,
    /// Downloads and installs the newer version.
    InstallUpdate,
    /// Cancels the download.
    CancelUpdate,
    /// Starts the version that was installed, after the choice to keep or stop running launches.
    RestartProgram,
    /// Changes one setting. Core refuses an invalid value.
    Choose { change: Change },
    /// Removes the file with certificate authorities from the settings.
    ClearCaFile,
    /// Goes back to the default kernels directory.
    ClearKernelsDir,
    /// Opens a kernelspec for the editor. The answer is a `KernelspecOpened`.
    OpenKernelspec { source: KernelspecSource },
    /// Checks a draft while somebody types. The answer is a `KernelspecChecked`.
    CheckKernelspec { source: KernelspecSource, draft: KernelspecDraft },
    /// Writes a draft. Refused if it has a fault, or if the file is another one than `seen`. The person confirms another
    /// command in a dialog of the system.
    SaveKernelspec { source: KernelspecSource, draft: KernelspecDraft, seen: Option<String> },
    /// Moves a kernelspec to the desktop's trash.
    DeleteKernelspec { name: String },
    /// Starts a kernel and runs a sum in it. The answer is a `KernelspecTested`.
    TestKernelspec { name: String },
    /// Cancels the test that runs.
    CancelKernelspecTest,
    /// The names of the images on the engine that a kernelspec can have. The answer is a list of names.
    EngineImages,
}

impl Command {
    /// The id of the folder, launch or pipeline that it is about.
    pub fn id(&mut self) -> Option<&mut String> {
        use Command as C;
        match self {
            C::RemovePipeline { id }
            | C::ForgetPipeline { id }
            | C::PinPipeline { id, .. }
            | C::PickKernelspec { id, .. }
            | C::AllowEnvironment { id }
            | C::PickEnvironmentFile { id, .. }
            | C::UpdateEnvironment { id, .. }
            | C::CancelEnvironment { id }
            | C::EnvironmentPackages { id }
            | C::FolderImports { id }
            | C::StartEnvironment { id, .. }
            | C::EditPackages { id, .. }
            | C::RemoveByHand { id, .. }
            | C::SetVariable { id, .. }
            | C::RemoveVariable { id, .. }
            | C::UseEnvFile { id, .. }
            | C::RunPostBuild { id, .. }
            | C::Launch { id }
            | C::Cancel { id }
            | C::Stop { id }
            | C::RestartLaunch { id }
            | C::KeepRunning { id }
            | C::OpenPipeline { id }
            | C::OpenNotebook { id, .. }
            | C::PipelineGraph { id, .. }
            | C::LiveKernels { id }
            | C::InterruptKernel { id, .. }
            | C::RestartKernel { id, .. }
            | C::ShutDownKernel { id, .. }
            | C::RevealPipeline { id }
            | C::RevealLog { id }
            | C::DismissFailure { id }
            | C::PickPlace { id, .. } => Some(id),
            _ => None,
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Command, serde_json::Error> {
        serde_json::from_str(text)
    }

    #[test]
    fn each_command_with_an_id_says_it() {
        let source = include_str!("command.rs").split("\nimpl Command").next().unwrap();
        let with_id: Vec<&str> = source.lines().filter(|line| line.contains("{ id: String")).collect();
        let said = include_str!("command.rs").split("pub fn id").nth(1).unwrap();
        assert!(with_id.len() > 30);
        for line in with_id {
            let name = line.trim().split(' ').next().unwrap();
            assert!(said.contains(&format!("C::{name} {{ id")), "{name}");
        }
    }

    #[test]
    fn a_command_is_read_by_its_name() {
        let pin = Command::PinPipeline { id: "a".into(), pinned: true };
        assert_eq!(read(r#"{"command": "pin_pipeline", "id": "a", "pinned": true}"#).unwrap(), pin);
        assert_eq!(read(r#"{"command": "quit"}"#).unwrap(), Command::Quit);
    }

    #[test]
    fn a_command_that_is_unknown_or_lacks_something_is_refused() {
        for text in [r#"{"command": "run_shell"}"#, r#"{"command": "launch"}"#, r#"{"id": "a"}"#, r#""launch""#] {
            assert!(read(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_value_of_a_variable_is_in_no_log() {
        let text = r#"{"command": "set_variable", "id": "a", "name": "KEY", "value": "s3cret", "secret": true}"#;
        let shown = format!("{:?}", read(text).unwrap());
        assert!(shown.contains("KEY") && !shown.contains("s3cret"), "{shown}");
    }

    #[test]
    fn a_command_cannot_set_a_path() {
        for name in ["ca_file", "engine", "kernels_dir"] {
            let text = format!(r#"{{"command": "choose", "change": {{"name": "{name}", "value": "/etc"}}}}"#);
            assert!(read(&text).is_err(), "{text}");
        }
    }
}
